/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a profile, gives its rules with what becomes of them. The one idea: the sets of rules that
 * match together are met while the automaton is built, each once; all that can be said of a rule by
 * itself is said from those sets.
 */
#include "compile/lint_view.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>

/* --- rules --- */

static struct lint_rule *rule_of(struct lint_view *v, const struct rule *rule)
{
	struct slice key = slice_make((const char *)&rule, sizeof(rule));
	struct lint_rule *mine;

	if (!rule)
		return NULL;
	mine = map_find(&v->by_rule, key);
	if (mine)
		return mine;
	mine = arena_new(&v->arena, struct lint_rule);
	mine->rule = rule;
	map_set(&v->by_rule, key, mine);
	return mine;
}

static void add_group(struct lint_view *v, uint32_t number)
{
	const struct rows_group *from = v->rows.groups[number];
	struct lint_group *to = &v->groups[number];

	to->rows = arena_array(&v->arena, struct lint_row, from->n_rows);
	to->n_rows = from->n_rows;
	for (size_t i = 0; i < from->n_rows; i++) {
		struct lint_row *r = &to->rows[i];

		r->row = from->rows[i]->row;
		r->is_exact = from->rows[i]->is_exact;
		r->group = number;
		r->rule = rule_of(v, r->row->rule);
		if (!r->rule)
			continue;
		r->next = r->rule->rows;
		r->rule->rows = r;
	}
}

static void add_caps(struct lint_view *v)
{
	for (size_t i = 0; i < v->rows.n_caps; i++) {
		struct lint_rule *rule = rule_of(v, v->rows.caps[i].how.rule);
		struct lint_cap *c = arena_new(&v->arena, struct lint_cap);

		c->row = &v->rows.caps[i];
		if (!rule)
			continue;
		c->next = rule->caps;
		rule->caps = c;
	}
}

static void list_rules(struct lint_view *v)
{
	v->groups = arena_array(&v->arena, struct lint_group, v->rows.n_groups + 1);
	for (size_t i = 0; i < v->rows.n_groups; i++)
		add_group(v, (uint32_t)i);
	add_caps(v);
	v->n_rules = v->by_rule.n_items;
	v->rules = arena_array(&v->arena, struct lint_rule *, v->n_rules + 1);
	for (size_t i = 0; i < v->n_rules; i++)
		v->rules[i] = v->by_rule.items[i].value;
}

/* --- fates --- */

uint32_t lint_row_bits(const struct lint_row *r)
{
	if (r->row->class_id == CLASS_FILE)
		return r->row->perms & ~(uint32_t)(PERM_GETATTR | PERM_OPEN);
	return r->row->perms;
}

/* A row among others that speak of the same object. */
struct voice {
	const struct lower_row *row;
	uint64_t bits;
	struct lint_fate *fate;
};

static bool next_level(const struct voice *voices, size_t n, int64_t below, int64_t *level)
{
	*level = INT64_MIN;
	for (size_t i = 0; i < n; i++)
		if (voices[i].row->priority < below && voices[i].row->priority > *level)
			*level = voices[i].row->priority;
	return *level != INT64_MIN;
}

static const struct lower_row *first_deny(const struct voice *voices, size_t n, int64_t level,
					  uint64_t bits)
{
	for (size_t i = 0; i < n; i++)
		if (voices[i].row->priority == level && voices[i].row->verb == LOWER_DENY &&
		    voices[i].bits & bits)
			return voices[i].row;
	return NULL;
}

static const struct lower_row *first_above(const struct voice *voices, size_t n, int64_t level,
					   uint64_t bits)
{
	for (size_t i = 0; i < n; i++)
		if (voices[i].row->priority > level && voices[i].bits & bits)
			return voices[i].row;
	return NULL;
}

static void settle_voice(const struct voice *v, const struct voice *voices, size_t n, int64_t level,
			 uint64_t open, uint64_t denied)
{
	bool is_allow = v->row->verb == LOWER_ALLOW;
	uint64_t killed = is_allow ? v->bits & open & denied : 0;

	v->fate->met |= v->bits;
	v->fate->live |= v->bits & open & ~killed;
	v->fate->killed |= killed;
	v->fate->covered |= v->bits & ~open;
	if (killed && !v->fate->killer)
		v->fate->killer = first_deny(voices, n, level, killed);
	if (v->bits & ~open && !v->fate->cover)
		v->fate->cover = first_above(voices, n, level, v->bits & ~open);
}

/* What becomes of rows that all speak of one object, to its owner or to others. */
static void settle_fates(const struct voice *voices, size_t n)
{
	uint64_t open = UINT64_MAX;

	for (int64_t below = (int64_t)INT_MAX + 1, level; next_level(voices, n, below, &level);
	     below = level) {
		uint64_t denied = 0, spoken = 0;

		for (size_t i = 0; i < n; i++) {
			if (voices[i].row->priority != level)
				continue;
			spoken |= voices[i].bits;
			if (voices[i].row->verb == LOWER_DENY)
				denied |= voices[i].bits;
		}
		for (size_t i = 0; i < n; i++)
			if (voices[i].row->priority == level)
				settle_voice(&voices[i], voices, n, level, open, denied);
		open &= ~spoken;
	}
}

static void settle_caps(struct lint_view *v)
{
	struct voice *voices = arena_array(&v->arena, struct voice, v->rows.n_caps + 1);
	size_t n = 0;

	for (size_t i = 0; i < v->n_rules; i++)
		for (struct lint_cap *c = v->rules[i]->caps; c; c = c->next)
			voices[n++] = (struct voice){ &c->row->how, c->row->caps, &c->fate };
	settle_fates(voices, n);
	conflict_settle_caps(v->rows.caps, v->rows.n_caps, &v->caps);
}

/* --- sets --- */

/* What building the sets needs besides the view. */
struct set_build {
	struct lint_view *view;
	struct voice *voices; /* room for all rows */
	const struct conflict_row **rows;
};

static void add_set_to_group(struct lint_view *v, struct lint_group *g, uint32_t set)
{
	if (g->n_sets == g->cap_sets) {
		uint32_t *more;

		g->cap_sets = g->cap_sets * 2 + 4;
		more = arena_array(&v->arena, uint32_t, g->cap_sets);
		if (g->n_sets)
			memcpy(more, g->sets, g->n_sets * sizeof(*more));
		g->sets = more;
	}
	g->sets[g->n_sets++] = set;
}

static struct lint_set *new_set(struct lint_view *v, const uint32_t *groups, size_t n_groups)
{
	struct lint_set *s;
	uint32_t *mine = arena_array(&v->arena, uint32_t, n_groups);

	if (v->n_sets == v->cap_sets) {
		v->cap_sets = v->cap_sets * 2 + 64;
		s = arena_array(&v->arena, struct lint_set, v->cap_sets);
		if (v->n_sets)
			memcpy(s, v->sets, v->n_sets * sizeof(*s));
		v->sets = s;
	}
	memcpy(mine, groups, n_groups * sizeof(*mine));
	s = &v->sets[v->n_sets++];
	*s = (struct lint_set){ .groups = mine, .n_groups = n_groups };
	return s;
}

static void settle_set(struct set_build *b, struct lint_set *s)
{
	struct lint_view *v = b->view;
	size_t n_rows = 0;

	for (size_t i = 0; i < s->n_groups; i++) {
		const struct rows_group *group = v->rows.groups[s->groups[i]];

		memcpy(b->rows + n_rows, group->rows, group->n_rows * sizeof(*group->rows));
		n_rows += group->n_rows;
	}
	conflict_settle(b->rows, n_rows, &s->result);
	for (unsigned who = WHO_OWNER; who <= WHO_OTHER; who++) {
		size_t n = 0;

		for (size_t i = 0; i < s->n_groups; i++) {
			struct lint_group *g = &v->groups[s->groups[i]];

			for (size_t k = 0; k < g->n_rows; k++)
				if (g->rows[k].row->who & who)
					b->voices[n++] = (struct voice){ g->rows[k].row,
									 lint_row_bits(&g->rows[k]),
									 &g->rows[k].fate };
		}
		settle_fates(b->voices, n);
	}
}

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	struct set_build *b = of;
	struct lint_view *v = b->view;
	uint32_t number = (uint32_t)v->n_sets;
	struct lint_set *s;

	/* As many as accept values can tell; the view then counts as too large. */
	if (v->n_sets > UINT16_MAX)
		return UINT16_MAX;
	s = new_set(v, labels, n_labels);
	for (size_t i = 0; i < n_labels; i++)
		add_set_to_group(v, &v->groups[labels[i]], number);
	settle_set(b, s);
	return number;
}

static bool build_sets(struct lint_view *v, struct automaton_patterns *patterns)
{
	struct dfa_builder *builder = dfa_builder_new();
	struct set_build b = { .view = v };
	struct dfa_meaning meaning = { &b, resolve };
	struct err err = ERR_INIT;
	bool is_good = true;

	b.voices = arena_array(&v->arena, struct voice, v->rows.n_rows + 1);
	b.rows = arena_array(&v->arena, const struct conflict_row *, v->rows.n_rows + 1);
	v->n_sets = 1;
	v->cap_sets = 64;
	v->sets = arena_array(&v->arena, struct lint_set, v->cap_sets);
	for (size_t i = 0; i < v->rows.n_groups && is_good; i++) {
		struct pattern_problem problem = { 0 };
		const struct pattern *tree =
			automaton_pattern(patterns, v->rows.groups[i]->pattern, &problem);

		is_good = tree != NULL;
		if (tree)
			dfa_builder_add(builder, v->rows.groups[i]->class_id, tree, (uint32_t)i);
	}
	is_good = is_good && dfa_build(builder, &meaning, &v->dfa, &err) >= 0;
	dfa_builder_free(builder);
	return is_good && v->n_sets <= UINT16_MAX;
}

bool lint_view_init(struct lint_view *v, struct lint *lint, const struct profile *profile,
		    struct automaton_patterns *patterns)
{
	*v = (struct lint_view){ .lint = lint, .profile = profile };
	map_init(&v->by_rule, &v->arena);
	rows_init(&v->rows, profile, &v->scratch);
	list_rules(v);
	settle_caps(v);
	return build_sets(v, patterns);
}

void lint_view_release(struct lint_view *v)
{
	for (int c = 0; c < N_CLASSES; c++)
		if (v->reach[c])
			reach_release(v->reach[c]);
	dfa_release(&v->dfa);
	rows_release(&v->rows);
	diag_release(&v->scratch);
	arena_release(&v->arena);
}

/* --- questions --- */

const struct reach *lint_view_reach(struct lint_view *v, enum class_id class_id)
{
	struct product_side side = product_side_of(&v->dfa, class_id);

	if (!v->reach[class_id]) {
		v->reach[class_id] = arena_new(&v->arena, struct reach);
		reach_init(v->reach[class_id], &side.table, side.start);
	}
	return v->reach[class_id];
}

const struct lint_set *lint_view_set(const struct lint_view *v, uint32_t state)
{
	uint32_t number = v->dfa.accept[state];

	assert(number < v->n_sets);
	return number ? &v->sets[number] : NULL;
}

bool lint_set_has(const struct lint_set *s, uint32_t group)
{
	size_t low = 0, high = s->n_groups;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->groups[middle] == group)
			return true;
		if (s->groups[middle] < group)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool lint_view_example(struct lint_view *v, const struct lint_row *r, struct buf *out)
{
	const struct reach *reach = lint_view_reach(v, r->row->class_id);
	auto_buf first = BUF_INIT;
	bool found = false;

	for (uint32_t i = 0; i < reach->n_states; i++) {
		const struct lint_set *s = lint_view_set(v, reach->states[i]);
		auto_buf text = BUF_INIT;

		if (!s || !lint_set_has(s, r->group))
			continue;
		reach_add_string(reach, reach->states[i], &text);
		if (!found)
			buf_add_slice(&first, buf_slice(&text));
		found = true;
		if (r->row->class_id != CLASS_FILE || lint_is_real_path(buf_slice(&text))) {
			buf_add_slice(out, buf_slice(&text));
			return true;
		}
	}
	buf_add_slice(out, buf_slice(&first));
	return found;
}
