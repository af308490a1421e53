/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs to which two profiles attach equally well, so that neither does. Asked for each row of
 * siblings: the top level, and the children of each profile.
 */
#include "compile/lint_view.h"

#include "compile/attach.h"

#include <stdint.h>

/* A part of one profile's attachments. */
struct claim {
	const struct profile *profile;
	size_t standing;
};

/* Two claims that are the best of some program, and equal. */
struct tie {
	const struct claim *first, *second;
};

struct tie_search {
	struct arena arena;
	struct claim *claims;
	size_t n_claims, cap_claims; /* [0] is of all real paths */
	struct tie *ties; /* n_ties; [0] is not in use */
	size_t n_ties, cap_ties;
};

static void add_claim(struct tie_search *s, const struct profile *profile, size_t standing)
{
	if (s->n_claims == s->cap_claims) {
		struct claim *more;

		s->cap_claims = s->cap_claims * 2 + 16;
		more = arena_array(&s->arena, struct claim, s->cap_claims);
		if (s->n_claims)
			memcpy(more, s->claims, s->n_claims * sizeof(*more));
		s->claims = more;
	}
	s->claims[s->n_claims++] = (struct claim){ profile, standing };
}

static void add_attachment(struct lint *l, struct tie_search *s, const struct profile *p,
			   struct slice pattern, struct dfa_builder *builder)
{
	struct lead_part parts[LEAD_PARTS_MAX];
	struct pattern_problem problem = { 0 };
	const struct pattern *tree = automaton_pattern(lint_patterns(l), pattern, &problem);
	size_t n = tree ? attach_split(attach_sole_name(p->name, p->n_attachments, 0), pattern, tree,
				   &s->arena, parts) : 0;

	for (size_t i = 0; i < n; i++) {
		dfa_builder_add(builder, 0, parts[i].tree, (uint32_t)s->n_claims);
		add_claim(s, p, parts[i].len);
	}
}

static void add_claims(struct lint *l, struct tie_search *s, const struct profile *list,
		       struct dfa_builder *builder)
{
	add_claim(s, NULL, 0);
	dfa_builder_add(builder, 0, lint_real_paths(l), 0);
	/* Those that ask for attributes want a program that may well have only one's of them. */
	for (const struct profile *p = list; p; p = p->next)
		for (size_t i = 0; i < p->n_attachments && attach_is_possible(p) && !p->n_xattrs; i++)
			add_attachment(l, s, p, p->attachments[i], builder);
}

static bool is_same_standing(const struct claim *a, const struct claim *b)
{
	return a->profile != b->profile && a->standing == b->standing;
}

static uint32_t tie_number(struct tie_search *s, const struct claim *a, const struct claim *b)
{
	for (size_t i = 1; i < s->n_ties; i++)
		if (s->ties[i].first->profile == a->profile &&
		    s->ties[i].second->profile == b->profile)
			return (uint32_t)i;
	if (s->n_ties > UINT16_MAX)
		return UINT16_MAX;
	if (s->n_ties >= s->cap_ties) {
		struct tie *more;

		s->cap_ties = s->cap_ties * 2 + 8;
		more = arena_array(&s->arena, struct tie, s->cap_ties);
		if (s->ties)
			memcpy(more, s->ties, s->n_ties * sizeof(*more));
		s->ties = more;
	}
	s->ties[s->n_ties] = (struct tie){ a, b };
	return (uint32_t)s->n_ties++;
}

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	struct tie_search *s = of;
	const struct claim *best;

	/* Label 0 is of all real paths. */
	if (labels[0] || n_labels == 1)
		return 0;
	best = &s->claims[labels[1]];
	for (size_t i = 2; i < n_labels; i++)
		if (s->claims[labels[i]].standing > best->standing)
			best = &s->claims[labels[i]];
	/* Claims are in the order of the text, so that the first of the two is the earlier one. */
	for (size_t i = 1; i < n_labels; i++)
		if (is_same_standing(best, &s->claims[labels[i]]))
			return tie_number(s, best, &s->claims[labels[i]]);
	return 0;
}

static void tell_tie(struct lint *l, const struct lint_check *check, const struct tie *tie,
		     struct slice path)
{
	const struct profile *first = tie->first->profile, *second = tie->second->profile;
	struct lint_words words = { .class_id = CLASS_FILE, .witness = path };

	words.text = arena_printf(
		lint_arena(l),
		"profiles %.*s and %.*s (%s:%u) attach to one program equally well, so"
		" that neither does",
		SLICE_FMT(second->full_name), SLICE_FMT(first->full_name),
		first->place.source ? first->place.source->name : "", first->place.line);
	words.help =
		"name the program exactly in one of them, or make its pattern begin with more that"
		" is no glob";
	lint_tell(l, check, second, second->place, &words);
}

static void tell_ties(struct lint *l, const struct lint_check *check, const struct tie_search *s,
		      const struct dfa *dfa)
{
	struct product_side side = product_side_of(dfa, 0);
	bool *is_told = arena_array(lint_arena(l), bool, s->n_ties + 1);
	struct reach reach;

	reach_init(&reach, &side.table, side.start);
	for (uint32_t i = 0; i < reach.n_states; i++) {
		uint32_t number = dfa->accept[reach.states[i]];
		auto_buf path = BUF_INIT;

		if (!number || number >= s->n_ties || is_told[number])
			continue;
		is_told[number] = true;
		reach_add_string(&reach, reach.states[i], &path);
		tell_tie(l, check, &s->ties[number], buf_slice(&path));
	}
	reach_release(&reach);
}

static void look_at_siblings(struct lint *l, const struct lint_check *check,
			     const struct profile *list)
{
	struct dfa_builder *builder = dfa_builder_new();
	struct tie_search s = { .n_ties = 1 };
	struct dfa_meaning meaning = { &s, resolve };
	struct err err = ERR_INIT;
	struct dfa dfa;

	add_claims(l, &s, list, builder);
	if (s.n_claims > 2 && dfa_build(builder, &meaning, &dfa, &err) >= 0) {
		tell_ties(l, check, &s, &dfa);
		dfa_release(&dfa);
	}
	dfa_builder_free(builder);
	arena_release(&s.arena);
	for (const struct profile *p = list; p; p = p->next)
		if (p->children)
			look_at_siblings(l, check, p->children);
}

static void look_for_ties(struct lint *l, const struct lint_check *check)
{
	look_at_siblings(l, check, lint_policy_of(l)->profiles);
}

const struct lint_check lint_attach_checks[] = {
	{ "same-attachment", LINT_WARNING,
	  "a program to which two profiles attach equally well, so that neither does", NULL,
	  look_for_ties },
	{ 0 },
};
