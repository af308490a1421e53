/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a policy, gives its findings: runs all checks on each profile, keeps one finding a place. */
#include "compile/lint.h"

#include "compile/lint_view.h"

#include <stdint.h>
#include <stdlib.h>

/* All groups of checks. */
static const struct lint_check *const groups[] = {
	lint_rules_checks, lint_danger_checks, lint_move_checks,
	lint_exec_checks,  lint_attach_checks,
};

enum { N_GROUPS = sizeof(groups) / sizeof(groups[0]) };

/* A check and a place: what findings are told apart by. */
struct key {
	const struct lint_check *check;
	const struct source *source;
	uint64_t line, col;
};

struct kept {
	struct lint_finding finding;
	bool has_finding;
	bool is_refuted; /* does not hold in some profile that has the rule */
};

struct lint {
	const struct policy *policy;
	const struct lint_options *options;
	struct arena *arena; /* the result's */
	struct arena scratch;
	struct map kept; /* struct key → struct kept */
	struct automaton_patterns patterns;
	struct lint_result *result;
	size_t cap_too_large;
};

const struct lint_check *lint_check_at(size_t number)
{
	for (size_t g = 0; g < N_GROUPS; g++)
		for (const struct lint_check *c = groups[g]; c->id; c++)
			if (!number--)
				return c;
	return NULL;
}

const struct lint_check *lint_check_find(struct slice id)
{
	const struct lint_check *c = lint_check_at(0);

	for (size_t i = 0; c && !slice_is(id, c->id); i++)
		c = lint_check_at(i + 1);
	return c;
}

/* --- what checks tell --- */

struct arena *lint_arena(struct lint *l)
{
	return &l->scratch;
}

struct automaton_patterns *lint_patterns(struct lint *l)
{
	return &l->patterns;
}

const struct policy *lint_policy_of(const struct lint *l)
{
	return l->policy;
}

const struct rule *lint_own_rule(struct lint *l, const struct rule *a, const struct rule *b)
{
	const struct lint_options *o = l->options;

	if (!a || !b)
		return a ? a : b;
	return !o->is_own(o->of, a->place) && o->is_own(o->of, b->place) ? b : a;
}

const char *lint_rule_text(struct lint *l, const struct rule *rule)
{
	auto_buf text = BUF_INIT;

	if (rule->place.source)
		buf_printf(&text, "%s:%u (", rule->place.source->name, rule->place.line);
	rule_print(rule, &text);
	if (text.len && text.data[text.len - 1] == ',')
		text.len--;
	if (rule->place.source)
		buf_add_char(&text, ')');
	return arena_text(&l->scratch, buf_slice(&text));
}

const struct pattern *lint_real_paths(struct lint *l)
{
	struct pattern_problem problem = { 0 };
	struct pattern *whole = arena_new(&l->scratch, struct pattern);
	struct pattern *many = arena_new(&l->scratch, struct pattern);

	many->kind = PATTERN_STAR;
	many->left = (struct pattern *)(uintptr_t)automaton_pattern(
		&l->patterns, SLICE("/{[^/.]*,.[^/.]*,..[^/]*}"), &problem);
	whole->kind = PATTERN_CAT;
	whole->left = many;
	whole->right = (struct pattern *)(uintptr_t)automaton_pattern(&l->patterns, SLICE("{/,}"),
								      &problem);
	return whole;
}

bool lint_is_real_path(struct slice path)
{
	if (!path.len || path.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < path.len; i++) {
		struct slice rest = slice_cut(path, i, path.len);

		if (slice_starts(rest, "//") || slice_starts(rest, "/./") ||
		    slice_starts(rest, "/../") || slice_is(rest, "/.") || slice_is(rest, "/.."))
			return false;
	}
	return true;
}

static struct kept *kept_of(struct lint *l, const struct lint_check *check, struct place at)
{
	struct key key = { check, at.source, at.line, at.col };
	struct slice bytes = slice_make((const char *)&key, sizeof(key));
	struct kept *k = map_find(&l->kept, bytes);

	if (k)
		return k;
	k = arena_new(&l->scratch, struct kept);
	map_set(&l->kept, bytes, k);
	return k;
}

static void keep(struct lint *l, struct kept *k, const struct lint_check *check,
		 const struct profile *profile, struct place at, const struct lint_words *words)
{
	if (k->has_finding)
		return;
	k->has_finding = true;
	k->finding = (struct lint_finding){
		.check = check,
		.place = at,
		.profile = profile,
		.text = arena_text(l->arena, slice_of(words->text)),
		.help = arena_text(l->arena, slice_of(words->help)),
		.has_witness = words->class_id != CLASS_NONE,
		.class_id = words->class_id,
		.who = words->who ? words->who : WHO_ALL,
	};
	if (k->finding.has_witness)
		k->finding.witness = arena_slice(l->arena, words->witness);
}

void lint_tell(struct lint *l, const struct lint_check *check, const struct profile *profile,
	       struct place at, const struct lint_words *words)
{
	keep(l, kept_of(l, check, at), check, profile, at, words);
}

void lint_tell_if_always(struct lint *l, const struct lint_check *check,
			 const struct profile *profile, struct place at,
			 const struct lint_words *words)
{
	struct kept *k = kept_of(l, check, at);

	if (words)
		keep(l, k, check, profile, at, words);
	else
		k->is_refuted = true;
}

/* --- comments --- */

/* The list behind "# pavise: ignore" in a line; empty if there is none. */
static struct slice ignore_list(struct slice line)
{
	static const char mark[] = "pavise: ignore ";

	for (size_t i = 0; i < line.len; i++) {
		struct slice rest = slice_cut(line, i, line.len);

		if (line.ptr[i] != '#')
			continue;
		for (rest = slice_cut(rest, 1, rest.len); rest.len && rest.ptr[0] == ' ';)
			rest = slice_cut(rest, 1, rest.len);
		if (slice_starts(rest, mark))
			return slice_cut(rest, sizeof(mark) - 1, rest.len);
	}
	return SLICE("");
}

static bool is_listed(struct slice list, const char *id)
{
	size_t at = 0;

	while (at < list.len) {
		size_t end = at;

		while (end < list.len && !memchr(", \t\r", list.ptr[end], 4))
			end++;
		if (slice_is(slice_cut(list, at, end), id))
			return true;
		at = end + 1;
	}
	return false;
}

static bool is_comment(struct slice line)
{
	size_t i = 0;

	while (i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '\t'))
		i++;
	return i < line.len && line.ptr[i] == '#';
}

bool lint_is_ignored(struct place at, const char *id)
{
	struct slice line;

	if (!at.source || !at.line)
		return false;
	if (is_listed(ignore_list(diag_line(at.source->text, at.line)), id))
		return true;
	if (at.line == 1)
		return false;
	line = diag_line(at.source->text, at.line - 1);
	return is_comment(line) && is_listed(ignore_list(line), id);
}

/* --- the run --- */

static bool is_wanted(const struct lint *l, const struct lint_check *check)
{
	return l->options->is_wanted(l->options->of, check);
}

static void add_too_large(struct lint *l, const struct profile *profile)
{
	struct lint_result *r = l->result;

	if (r->n_too_large == l->cap_too_large) {
		const char **more;

		l->cap_too_large = l->cap_too_large * 2 + 4;
		more = arena_array(l->arena, const char *, l->cap_too_large);
		if (r->n_too_large)
			memcpy(more, r->too_large, r->n_too_large * sizeof(*more));
		r->too_large = more;
	}
	r->too_large[r->n_too_large++] = arena_text(l->arena, profile->full_name);
}

static void look_at_profile(struct lint *l, const struct profile *profile)
{
	const struct lint_check *check;
	struct lint_view view;

	/* What an unconfined profile's rules say counts for nothing. */
	if (profile->mode == MODE_UNCONFINED)
		return;
	if (lint_view_init(&view, l, profile, &l->patterns)) {
		for (size_t i = 0; (check = lint_check_at(i)); i++)
			if (check->look && is_wanted(l, check))
				check->look(l, check, &view);
	} else {
		add_too_large(l, profile);
	}
	lint_view_release(&view);
}

static void look_at_profiles(struct lint *l, const struct profile *list)
{
	for (const struct profile *p = list; p; p = p->next) {
		look_at_profile(l, p);
		look_at_profiles(l, p->children);
	}
}

struct sorted {
	struct lint_finding finding;
	size_t file, number;
};

static int compare(const void *left, const void *right)
{
	const struct sorted *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->finding.place.line != b->finding.place.line)
		return a->finding.place.line < b->finding.place.line ? -1 : 1;
	if (a->finding.place.col != b->finding.place.col)
		return a->finding.place.col < b->finding.place.col ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

/* Numbers sources in the order in which they are met. */
static size_t file_number(struct map *files, const struct source *source)
{
	struct slice key = slice_of(source ? source->name : "");
	uintptr_t number = (uintptr_t)map_find(files, key);

	if (!number) {
		number = files->n_items + 1;
		map_set(files, key, (void *)number);
	}
	return number;
}

static void take_findings(struct lint *l)
{
	struct sorted *sorted = arena_array(&l->scratch, struct sorted, l->kept.n_items + 1);
	struct map files;
	size_t n = 0;

	map_init(&files, &l->scratch);
	for (size_t i = 0; i < l->kept.n_items; i++) {
		const struct kept *k = l->kept.items[i].value;

		if (!k->has_finding || k->is_refuted)
			continue;
		sorted[n].finding = k->finding;
		sorted[n].file = file_number(&files, k->finding.place.source);
		sorted[n].number = n;
		n++;
	}
	qsort(sorted, n, sizeof(*sorted), compare);
	l->result->findings = arena_array(l->arena, struct lint_finding, n + 1);
	l->result->n_findings = n;
	for (size_t i = 0; i < n; i++)
		l->result->findings[i] = sorted[i].finding;
}

void lint_policy(const struct policy *policy, const struct lint_options *options,
		 struct arena *arena, struct lint_result *out)
{
	struct lint l = { .policy = policy, .options = options, .arena = arena, .result = out };
	const struct lint_check *check;

	*out = (struct lint_result){ 0 };
	map_init(&l.kept, &l.scratch);
	automaton_patterns_init(&l.patterns);
	look_at_profiles(&l, policy->profiles);
	for (size_t i = 0; (check = lint_check_at(i)); i++)
		if (check->look_at_all && is_wanted(&l, check))
			check->look_at_all(&l, check);
	take_findings(&l);
	automaton_patterns_release(&l.patterns);
	arena_release(&l.scratch);
}
