/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats the attachments of all profiles, gives the attachment automaton. */
#include "compile/attach.h"

#include "abi/match.h"

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

/* A profile called as its program, with no other condition, goes before all patterns. */
static bool is_called_so(const struct profile *p, struct slice pattern)
{
	return p->n_attachments == 1 && pattern_is_literal(pattern) && slice_eq(p->name, pattern);
}

size_t attach_split(const struct profile *p, struct slice pattern, const struct pattern *tree,
		    struct arena *arena, struct lead_part parts[LEAD_PARTS_MAX])
{
	size_t n = lead_split(tree, arena, parts);

	if (is_called_so(p, pattern))
		parts[0].len = LEAD_NAME;
	return n;
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

static void add_attachment(struct attachments *a, const struct attach_profile *p,
			   uint32_t parent, struct slice pattern)
{
	struct lead_part parts[LEAD_PARTS_MAX];
	struct pattern_problem problem = { 0 };
	struct slice whole = pattern;
	const struct pattern *tree;
	unsigned start = START_TOP;
	size_t n;

	if (parent != IMAGE_NONE) {
		whole = with_parent(a, parent, pattern);
		start = START_CHILDREN;
	}
	tree = automaton_pattern(a->patterns, whole, &problem);
	if (!tree) {
		a->is_good = diag_error(a->diag, p->profile->place, "attachment \"%.*s\": %s",
					SLICE_FMT(pattern), problem.text);
		return;
	}
	n = attach_split(p->profile, pattern, tree, &a->arena, parts);
	for (size_t i = 0; i < n; i++)
		add_part(a, start, p->number, &parts[i]);
}

static uint32_t number_of(const struct attach_profile *profiles, size_t n_profiles,
			  const struct profile *profile)
{
	for (size_t i = 0; i < n_profiles; i++)
		if (profiles[i].profile == profile)
			return profiles[i].number;
	return IMAGE_NONE;
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

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	struct attachments *a = of;
	const struct candidate *best = &a->candidates[labels[0]];
	bool is_ambiguous = false;

	for (size_t i = 1; i < n_labels; i++) {
		const struct candidate *c = &a->candidates[labels[i]];

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

static void add_table(struct attachments *a, struct dfa *dfa,
		      const struct attach_profile *profiles, size_t n_profiles,
		      uint32_t *children_start)
{
	struct match_table walk = { dfa->class_of, dfa->cells, dfa->accept, dfa->n_states,
				    dfa->shift };
	struct image_build_table table = { dfa->class_of, dfa->cells,  dfa->accept,
					   dfa->n_states, dfa->shift, 0 };

	add_answers(a, dfa);
	a->image->attach_table = image_build_table(a->image, &table);
	a->image->attach_start = dfa->start[START_TOP];
	for (size_t i = 0; i < n_profiles; i++) {
		uint8_t bytes[NUMBER_BYTES];

		number_bytes(profiles[i].number, bytes);
		children_start[profiles[i].number] =
			match_walk(&walk, dfa->start[START_CHILDREN], bytes, sizeof(bytes));
	}
}

bool attach_is_possible(const struct profile *p)
{
	/* A task outside of a namespace is never moved into it by a path. */
	return !(p->flags & PROFILE_HAT) && (p->parent || !p->namespace_name.len) && !p->n_xattrs;
}

/* No engine looks at extended attributes: who might lack them does not get the profile. */
static void warn_xattrs(struct attachments *a, const struct profile *p)
{
	if (!p->n_xattrs || !p->n_attachments)
		return;
	diag_warn(a->diag, p->place,
		  "profile %.*s attaches to no program by itself: its xattrs= cannot be looked at here",
		  SLICE_FMT(p->full_name));
	diag_help(a->diag, "name it where it is to be used: px -> %.*s", SLICE_FMT(p->full_name));
}

static void add_all(struct attachments *a, const struct attach_profile *profiles,
		    size_t n_profiles)
{
	for (size_t i = 0; i < n_profiles; i++) {
		const struct profile *p = profiles[i].profile;
		uint32_t parent = p->parent ? number_of(profiles, n_profiles, p->parent) : IMAGE_NONE;

		warn_xattrs(a, p);
		for (size_t k = 0; k < p->n_attachments && attach_is_possible(p); k++)
			add_attachment(a, &profiles[i], parent, p->attachments[k]);
	}
}

bool attach_build(struct image_build *b, const struct attach_profile *profiles, size_t n_profiles,
		  uint32_t *children_start, struct automaton_patterns *patterns,
		  struct diag *diag)
{
	struct attachments a = { .image = b, .patterns = patterns, .diag = diag, .n_answers = 1,
				 .is_good = true };
	struct dfa_meaning meaning = { &a, resolve };
	struct err err = ERR_INIT;
	struct dfa dfa;

	a.dfa = dfa_builder_new();
	a.answers = arena_array(&a.arena, uint32_t, n_profiles + 2);
	add_all(&a, profiles, n_profiles);
	if (a.is_good && dfa_build(a.dfa, &meaning, &dfa, &err) < 0) {
		a.is_good = diag_error(diag, (struct place){ 0 }, "attachments: %s", err.text);
	} else if (a.is_good) {
		add_table(&a, &dfa, profiles, n_profiles, children_start);
		dfa_release(&dfa);
	}
	dfa_builder_free(a.dfa);
	arena_release(&a.arena);
	return a.is_good;
}
