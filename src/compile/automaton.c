/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the groups of rows of a profile, gives its automaton: a pattern per group, a start per
 * class; what a set of groups means is settled by conflict.c.
 */
#include "compile/automaton.h"

#include <assert.h>
#include <stdlib.h>

enum {
	ENTRIES_MAX = UINT16_MAX,	/* accept values are u16, 0 is taken */
	CLASHES_MAX = 50,		/* reported for one profile */
};

void automaton_patterns_init(struct automaton_patterns *p)
{
	*p = (struct automaton_patterns){ 0 };
	map_init(&p->trees, &p->arena);
}

void automaton_patterns_release(struct automaton_patterns *p)
{
	arena_release(&p->arena);
}

/* Any bytes, NUL included: what no pattern text can say in one star. */
static struct pattern *match_all(struct arena *arena)
{
	struct pattern *star = arena_new(arena, struct pattern);
	struct pattern *any = arena_new(arena, struct pattern);

	any->kind = PATTERN_SET;
	memset(any->set, 0xff, sizeof(any->set));
	star->kind = PATTERN_STAR;
	star->left = any;
	return star;
}

const struct pattern *automaton_pattern(struct automaton_patterns *p, struct slice text,
					struct pattern_problem *problem)
{
	struct pattern *tree;

	if (!text.ptr)
		return match_all(&p->arena);
	tree = map_find(&p->trees, text);
	if (tree)
		return tree;
	tree = pattern_parse(text, &p->arena, problem);
	if (tree)
		map_set(&p->trees, text, tree);
	return tree;
}

const struct pattern *automaton_value(struct automaton_patterns *p, struct slice text,
				      struct pattern_problem *problem)
{
	return text.ptr ? pattern_parse_value(text, &p->arena, problem) : match_all(&p->arena);
}

const struct pattern *automaton_both(struct automaton_patterns *p, const struct pattern *first,
				     const struct pattern *second)
{
	struct pattern *both = arena_new(&p->arena, struct pattern);

	both->kind = PATTERN_CAT;
	/* Not const only because links between nodes are not. */
	both->left = (struct pattern *)(uintptr_t)first;
	both->right = (struct pattern *)(uintptr_t)second;
	return both;
}

/* A build under way. */
struct build {
	struct automaton *out;
	const struct rows *rows;
	struct diag *diag;
	struct map by_content;		/* bytes of an entry → its number */
	struct map by_exec;		/* words of an exec → its number */
	size_t cap_entries, cap_execs;
	const struct conflict_row **scratch; /* room for all rows */
	struct map by_meaning;		/* words of a group's rows → label + 1 */
	bool has_place_labels;		/* a label for each group, to tell places */
	bool has_clash;
	bool is_too_large;		/* past the limits of automata */
	struct map clashes;		/* pairs of places reported */
	bool is_bad;
};

static const char *exec_text(struct arena *arena, const struct lower_exec *x)
{
	return arena_printf(arena, "%d %u %.*s", (int)x->kind, x->flags, SLICE_FMT(x->name));
}

static uint32_t exec_number(struct build *b, const struct lower_exec *x)
{
	struct automaton *a = b->out;
	struct slice key;
	uintptr_t number;

	if (!x)
		return 0;
	key = slice_of(exec_text(&a->arena, x));
	number = (uintptr_t)map_find(&b->by_exec, key);
	if (number)
		return (uint32_t)number;
	if (a->n_execs == b->cap_execs) {
		const struct lower_exec **more;

		b->cap_execs = b->cap_execs * 2 + 8;
		more = arena_array(&a->arena, const struct lower_exec *, b->cap_execs);
		if (a->n_execs)
			memcpy(more, a->execs, a->n_execs * sizeof(*more));
		a->execs = more;
	}
	number = a->n_execs++;
	a->execs[number] = x;
	map_set(&b->by_exec, key, (void *)number);
	return (uint32_t)number;
}

static void add_place(struct buf *out, const struct lower_row *row)
{
	if (row->rule && row->rule->place.source)
		buf_printf(out, "%s:%u: ", row->rule->place.source->name, row->rule->place.line);
	if (row->rule)
		rule_print(row->rule, out);
	else
		buf_add_text(out, "flags=(default_allow)");
}

static struct place place_of(const struct build *b, const struct lower_row *row)
{
	return row->rule ? row->rule->place : b->rows->profile->place;
}

/* Two rows say differently how one program goes on; each pair of rules is told once. */
static void report_clash(struct build *b, const struct lower_row *const clash[2])
{
	const struct lower_row *first = clash[0], *second = clash[1];
	auto_buf one = BUF_INIT;
	auto_buf two = BUF_INIT;
	auto_buf key = BUF_INIT;

	b->is_bad = true;
	add_place(&one, first);
	add_place(&two, second);
	buf_printf(&key, "%s\n%s", buf_text(&one), buf_text(&two));
	if (map_find(&b->clashes, buf_slice(&key)) || b->clashes.n_items == CLASHES_MAX)
		return;
	map_set(&b->clashes, buf_slice(&key), b);
	diag_error(b->diag, place_of(b, second),
		   "conflicting exec modifiers in profile %.*s: some program matches this rule and %s",
		   SLICE_FMT(b->rows->profile->full_name), buf_text(&one));
	diag_help(b->diag,
		  "give both the same modifiers, name the program exactly in one, or give one a"
		  " priority=");
}

static uint32_t intern_entry(struct build *b, const struct image_entry *entry)
{
	static const struct image_entry nothing;
	struct slice key = slice_make((const char *)entry, sizeof(*entry));
	struct automaton *a = b->out;
	uintptr_t number;

	if (!memcmp(entry, &nothing, sizeof(nothing)))
		return 0;
	number = (uintptr_t)map_find(&b->by_content, key);
	if (number)
		return (uint32_t)number;
	if (a->n_entries > ENTRIES_MAX) {
		b->is_bad = true;
		return 0;
	}
	if (a->n_entries == b->cap_entries) {
		struct image_entry *more;

		b->cap_entries = b->cap_entries * 2 + 8;
		more = arena_array(&a->arena, struct image_entry, b->cap_entries);
		if (a->n_entries)
			memcpy(more, a->entries, a->n_entries * sizeof(*more));
		a->entries = more;
	}
	number = a->n_entries++;
	a->entries[number] = *entry;
	map_set(&b->by_content, key, (void *)number);
	return (uint32_t)number;
}

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	struct build *b = of;
	struct conflict_result result;
	size_t n = 0;

	for (size_t i = 0; i < n_labels; i++) {
		const struct rows_group *group = b->rows->groups[labels[i]];

		memcpy(b->scratch + n, group->rows, group->n_rows * sizeof(*group->rows));
		n += group->n_rows;
	}
	conflict_settle(b->scratch, n, &result);
	b->has_clash |= result.clash[0] != NULL;
	if (result.clash[0] && b->has_place_labels)
		report_clash(b, result.clash);
	for (int w = 0; w < 2; w++)
		result.entry.exec[w] = exec_number(b, result.exec[w]);
	return intern_entry(b, &result.entry);
}

/*
 * Groups whose rows say the same share a label: tails of their patterns are then the same nodes, and
 * sets that differ in nothing but who says it are one. That keeps automata of many `**` rules small.
 */
static uint32_t label_of(struct build *b, size_t number)
{
	const struct rows_group *group = b->rows->groups[number];
	auto_buf key = BUF_INIT;
	uintptr_t label;

	if (b->has_place_labels)
		return (uint32_t)number;
	for (size_t i = 0; i < group->n_rows; i++) {
		const struct lower_row *row = group->rows[i]->row;

		buf_printf(&key, "%x %d %u %d%d%d %d %d %u %.*s\n", row->perms, (int)row->verb, row->who,
			   row->audit, row->quiet, group->rows[i]->is_exact, row->priority,
			   (int)row->exec.kind, row->exec.flags, SLICE_FMT(row->exec.name));
	}
	label = (uintptr_t)map_find(&b->by_meaning, buf_slice(&key));
	if (!label) {
		label = number + 1;
		map_set(&b->by_meaning, buf_slice(&key), (void *)label);
	}
	return (uint32_t)label - 1;
}

static bool add_patterns(struct build *b, struct dfa_builder *dfa, struct automaton_patterns *p)
{
	bool is_good = true;

	for (size_t i = 0; i < b->rows->n_groups; i++) {
		const struct rows_group *group = b->rows->groups[i];
		struct pattern_problem problem = { 0 };
		const struct pattern *tree = automaton_pattern(p, group->pattern, &problem);

		if (tree)
			dfa_builder_add(dfa, group->class_id, tree, label_of(b, i));
		else
			is_good = diag_error(b->diag, place_of(b, group->rows[0]->row),
					     "pattern \"%.*s\": %s", SLICE_FMT(group->pattern),
					     problem.text);
	}
	return is_good;
}

/* Numbers entries and execs in the order of their first use by the states. */
static void renumber(struct automaton *a)
{
	struct image_entry *entries = arena_array(&a->arena, struct image_entry, a->n_entries);
	const struct lower_exec **execs =
		arena_array(&a->arena, const struct lower_exec *, a->n_execs);
	uint16_t *entry_to = arena_array(&a->arena, uint16_t, a->n_entries);
	uint32_t *exec_to = arena_array(&a->arena, uint32_t, a->n_execs);
	size_t n_entries = 1, n_execs = 1;

	for (size_t s = 0; s < a->dfa.n_states; s++) {
		uint16_t old = a->dfa.accept[s];

		if (old && !entry_to[old]) {
			struct image_entry *e = &entries[n_entries];

			*e = a->entries[old];
			entry_to[old] = (uint16_t)n_entries++;
			for (int w = 0; w < 2; w++) {
				if (e->exec[w] && !exec_to[e->exec[w]]) {
					execs[n_execs] = a->execs[e->exec[w]];
					exec_to[e->exec[w]] = (uint32_t)n_execs++;
				}
				e->exec[w] = exec_to[e->exec[w]];
			}
		}
		a->dfa.accept[s] = entry_to[old];
	}
	a->entries = entries;
	a->n_entries = n_entries;
	a->execs = execs;
	a->n_execs = n_execs;
}

/* Names the rules that cost most. */
static bool report_too_large(struct build *b, const struct dfa_builder *dfa, const struct err *err)
{
	uint32_t labels[DFA_COSTLY_MAX];
	size_t n = dfa_builder_costly(dfa, labels);
	auto_buf text = BUF_INIT;

	diag_error(b->diag, b->rows->profile->place, "profile %.*s: %s",
		   SLICE_FMT(b->rows->profile->full_name), err->text);
	for (size_t i = 0; i < n; i++) {
		buf_add_text(&text, i ? "; " : "");
		add_place(&text, b->rows->groups[labels[i]]->rows[0]->row);
	}
	if (n)
		diag_help(b->diag, "these take most, the first the most of all: %s", buf_text(&text));
	return false;
}

static bool build_once(struct build *b, struct automaton_patterns *p)
{
	struct dfa_builder *dfa = dfa_builder_new();
	struct dfa_meaning meaning = { b, resolve };
	struct err err = ERR_INIT;
	bool is_good = add_patterns(b, dfa, p);

	b->has_clash = b->is_too_large = false;
	if (is_good && dfa_build(dfa, &meaning, &b->out->dfa, &err) < 0) {
		b->is_too_large = true;
		is_good = b->has_place_labels && report_too_large(b, dfa, &err);
	}
	dfa_builder_free(dfa);
	return is_good;
}

static bool build_dfa(struct build *b, struct automaton_patterns *p)
{
	bool is_good = build_once(b, p);

	if (b->is_too_large || (is_good && b->has_clash)) {
		/* Once more, only to learn whose rules are to blame. */
		if (is_good)
			dfa_release(&b->out->dfa);
		b->has_place_labels = true;
		is_good = build_once(b, p);
	}
	if (is_good && b->is_bad)
		dfa_release(&b->out->dfa);
	if (is_good && b->is_bad && !b->clashes.n_items)
		diag_error(b->diag, b->rows->profile->place,
			   "profile %.*s: its rules give more than %d different permissions",
			   SLICE_FMT(b->rows->profile->full_name), ENTRIES_MAX);
	return is_good && !b->is_bad;
}

bool automaton_build(struct automaton *out, const struct rows *r, struct automaton_patterns *p,
		     struct diag *diag)
{
	struct automaton a = { .n_entries = 1, .n_execs = 1 };
	struct build b = { .out = &a, .rows = r, .diag = diag, .cap_entries = 8, .cap_execs = 8 };

	a.entries = arena_array(&a.arena, struct image_entry, b.cap_entries);
	a.execs = arena_array(&a.arena, const struct lower_exec *, b.cap_execs);
	b.scratch = arena_array(&a.arena, const struct conflict_row *, r->n_rows + 1);
	map_init(&b.by_content, &a.arena);
	map_init(&b.by_exec, &a.arena);
	map_init(&b.clashes, &a.arena);
	map_init(&b.by_meaning, &a.arena);
	if (!build_dfa(&b, p)) {
		arena_release(&a.arena);
		return false;
	}
	renumber(&a);
	*out = a;
	return true;
}

void automaton_release(struct automaton *a)
{
	dfa_release(&a->dfa);
	arena_release(&a->arena);
}
