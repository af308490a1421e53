/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the attachments of all profiles, gives the attachment automaton. How specific an attachment is
 * counts only where two profiles want one program, and telling its parts apart makes many states: so
 * first all are taken whole, and if some path turns out to be contested, those who want it are split.
 */
#include "compile/attach.h"

#include "compile/table.h"


#include <string.h>

enum {
	START_TOP = 0,
	START_CHILDREN = 1,
	NUMBER_BYTES = 4,
};

/* Some of one profile's attachments: a label of the automaton. */
struct candidate {
	uint32_t profile;
	size_t lead;			/* LEAD_NAME: the profile is called as the program */
};

static const size_t LEAD_NAME = SIZE_MAX;

struct attachments {
	struct arena arena;
	struct image_build *image;
	struct dfa_builder *dfa;
	struct automaton_patterns *patterns;
	struct diag *diag;
	struct candidate *candidates;
	size_t n_candidates, cap_candidates;
	uint32_t *answers;		/* accept value → profile number or IMAGE_AMBIGUOUS */
	size_t n_answers;
	bool *is_contested;		/* by profile: another one wants a program of its */
	bool has_contest;
	bool is_second_pass;
	bool is_good;
};

static void number_bytes(uint32_t number, uint8_t bytes[NUMBER_BYTES])
{
	for (int i = 0; i < NUMBER_BYTES; i++)
		bytes[i] = (uint8_t)(number >> (8 * (NUMBER_BYTES - 1 - i)));
}

/* "\xHH\xHH\xHH\xHH" and the pattern: an attachment among the children of a profile. */
static struct slice with_parent(struct attachments *a, uint32_t parent, struct slice pattern)
{
	uint8_t bytes[NUMBER_BYTES];

	number_bytes(parent, bytes);
	return slice_of(arena_printf(&a->arena, "\\x%02x\\x%02x\\x%02x\\x%02x%.*s", bytes[0],
				     bytes[1], bytes[2], bytes[3], SLICE_FMT(pattern)));
}

size_t attach_split(struct slice sole_name, struct slice pattern, const struct pattern *tree,
		    struct arena *arena, struct lead_part parts[LEAD_PARTS_MAX])
{
	size_t n = lead_split(tree, arena, parts);

	/* A profile called as its program, with no other condition, goes before all patterns. */
	if (sole_name.len && pattern_is_literal(pattern) && slice_eq(sole_name, pattern))
		parts[0].len = LEAD_NAME;
	return n;
}

struct slice attach_sole_name(struct slice name, size_t n_attachments)
{
	return n_attachments == 1 ? name : SLICE("");
}

static void add_part(struct attachments *a, unsigned start, uint32_t profile,
		     const struct lead_part *part)
{
	if (a->n_candidates == a->cap_candidates) {
		struct candidate *more;

		a->cap_candidates = a->cap_candidates * 2 + 16;
		more = arena_array(&a->arena, struct candidate, a->cap_candidates);
		if (a->n_candidates)
			memcpy(more, a->candidates, a->n_candidates * sizeof(*more));
		a->candidates = more;
	}
	a->candidates[a->n_candidates] = (struct candidate){ profile, part->len };
	dfa_builder_add(a->dfa, start, part->tree, (uint32_t)a->n_candidates++);
}

static void add_attachment(struct attachments *a, const struct summary_profile *p,
			   uint32_t number, struct slice pattern)
{
	struct lead_part parts[LEAD_PARTS_MAX] = { 0 };
	struct pattern_problem problem = { 0 };
	struct slice whole = pattern;
	unsigned start = START_TOP;
	size_t n = 1;

	if (p->parent != IMAGE_NONE) {
		whole = with_parent(a, p->parent, pattern);
		start = START_CHILDREN;
	}
	parts[0].tree = automaton_pattern(a->patterns, whole, &problem);
	if (!parts[0].tree) {
		a->is_good = diag_error(a->diag, p->place, "attachment \"%.*s\": %s",
					SLICE_FMT(pattern), problem.text);
		return;
	}
	if (a->is_contested[number])
		n = attach_split(attach_sole_name(p->own_name, p->n_attachments), pattern, parts[0].tree, &a->arena, parts);
	for (size_t i = 0; i < n; i++)
		add_part(a, start, number, &parts[i]);
}

static uint32_t answer_number(struct attachments *a, uint32_t answer)
{
	for (size_t i = 1; i < a->n_answers; i++)
		if (a->answers[i] == answer)
			return (uint32_t)i;
	if (a->n_answers > UINT16_MAX) {
		a->is_good = diag_error(a->diag, (struct place){ 0 },
					"attachments: more than %d profiles attach", UINT16_MAX);
		return 0;
	}
	a->answers[a->n_answers] = answer;
	return (uint32_t)a->n_answers++;
}

/* Only the first pass is asked for this: in the second they are all known. */
static void set_contest(struct attachments *a, const uint32_t *labels, size_t n_labels)
{
	for (size_t i = 0; i < n_labels && !a->is_second_pass; i++)
		a->is_contested[a->candidates[labels[i]].profile] = a->has_contest = true;
}

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	struct attachments *a = of;
	const struct candidate *best = &a->candidates[labels[0]];
	bool is_ambiguous = false;

	for (size_t i = 1; i < n_labels; i++) {
		const struct candidate *c = &a->candidates[labels[i]];

		if (c->profile != best->profile)
			set_contest(a, labels, n_labels);
		if (c->lead > best->lead) {
			best = c;
			is_ambiguous = false;
		} else if (c->lead == best->lead && c->profile != best->profile) {
			is_ambiguous = true;
		}
	}
	return answer_number(a, is_ambiguous ? IMAGE_AMBIGUOUS : best->profile);
}

/* Numbers answers in the order of their first use by the states. */
static void add_answers(struct attachments *a, struct dfa *dfa)
{
	uint16_t *to = arena_array(&a->arena, uint16_t, a->n_answers);
	uint16_t n = 1;

	image_build_attach(a->image, IMAGE_NONE);
	for (size_t s = 0; s < dfa->n_states; s++) {
		uint16_t old = dfa->accept[s];

		if (old && !to[old]) {
			image_build_attach(a->image, a->answers[old]);
			to[old] = n++;
		}
		dfa->accept[s] = to[old];
	}
}

static void add_table(struct attachments *a, struct dfa *dfa, size_t n_profiles,
		      uint32_t *children_start)
{
	struct dfa_table walk = dfa_table_of(dfa);

	add_answers(a, dfa);
	a->image->attach_table = table_add(a->image, dfa, 0);
	a->image->attach_start = dfa->start[START_TOP];
	for (size_t i = 0; i < n_profiles; i++) {
		uint8_t bytes[NUMBER_BYTES];

		number_bytes((uint32_t)i, bytes);
		children_start[i] =
			dfa_walk(&walk, dfa->start[START_CHILDREN], bytes, sizeof(bytes));
	}
}

bool attach_is_possible(const struct profile *p)
{
	/* A task outside of a namespace is never moved into it by a path. */
	return !(p->flags & PROFILE_HAT) && (p->parent || !p->namespace_name.len) && !p->n_xattrs;
}

/* No engine looks at extended attributes: who might lack them does not get the profile. */
static void warn_xattrs(struct attachments *a, const struct summary_profile *p)
{
	diag_warn(a->diag, p->place,
		  "profile %.*s attaches to no program by itself: its xattrs= cannot be looked at here",
		  SLICE_FMT(p->name));
	diag_help(a->diag, "name it where it is to be used: px -> %.*s", SLICE_FMT(p->name));
}

static void add_all(struct attachments *a, const struct summary_profile *profiles, size_t n_profiles)
{
	for (size_t i = 0; i < n_profiles; i++) {
		const struct summary_profile *p = &profiles[i];

		if (p->is_held_by_xattrs && !a->is_second_pass)
			warn_xattrs(a, p);
		for (size_t k = 0; k < p->n_attachments; k++)
			add_attachment(a, p, (uint32_t)i, p->attachments[k]);
	}
}

/* One pass; the automaton is there only if all is good. */
static void build_automaton(struct attachments *a, const struct summary_profile *profiles,
			    size_t n_profiles, struct dfa *dfa)
{
	struct dfa_meaning meaning = { a, resolve };
	struct err err = ERR_INIT;

	a->dfa = dfa_builder_new();
	add_all(a, profiles, n_profiles);
	if (!a->is_good || dfa_build(a->dfa, &meaning, dfa, &err) < 0)
		a->is_good = a->is_good && diag_error(a->diag, (struct place){ 0 }, "attachments: %s",
						      err.text);
	else if (!a->is_good)
		dfa_release(dfa);
	dfa_builder_free(a->dfa);
}

bool attach_build(struct image_build *b, const struct summary_profile *profiles, size_t n_profiles,
		  uint32_t *children_start, struct automaton_patterns *patterns,
		  struct diag *diag)
{
	struct attachments a = { .image = b, .patterns = patterns, .diag = diag, .n_answers = 1,
				 .is_good = true };
	struct dfa dfa;

	a.answers = arena_array(&a.arena, uint32_t, n_profiles + 2);
	a.is_contested = arena_array(&a.arena, bool, n_profiles + 1);
	build_automaton(&a, profiles, n_profiles, &dfa);
	if (a.is_good && a.has_contest) {
		dfa_release(&dfa);
		a.is_second_pass = true;
		a.n_candidates = 0;
		a.n_answers = 1;
		build_automaton(&a, profiles, n_profiles, &dfa);
	}
	if (a.is_good) {
		add_table(&a, &dfa, n_profiles, children_start);
		dfa_release(&dfa);
	}
	arena_release(&a.arena);
	return a.is_good;
}
