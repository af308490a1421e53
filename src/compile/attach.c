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

/* What attributes decide, until it gets its place in the image. */
struct choice {
	const struct image_choice *items;
	size_t n_items;
};

struct attachments {
	struct arena arena;
	struct image_build *image;
	struct dfa_builder *dfa;
	struct automaton_patterns *patterns;
	struct diag *diag;
	struct candidate *candidates;
	size_t n_candidates, cap_candidates;
	const struct summary_profile *profiles;
	size_t n_profiles;
	uint32_t *answers;		/* accept value → as SECTION_ATTACH has it */
	size_t n_answers, cap_answers;
	struct choice *choices;		/* as IMAGE_CHOICE | n among the answers */
	size_t n_choices, cap_choices;
	struct map choices_met;		/* bytes of items → number + 1 */
	bool *is_contested;		/* by profile: another one wants a program of its */
	bool has_contest;
	bool is_second_pass;
	bool is_good;
};

/* Room for one more behind n items. */
#define MAKE_ROOM(a, items, n, cap)                                                                \
	do {                                                                                       \
		if ((n) == (cap)) {                                                                \
			void *more_ = arena_alloc(&(a)->arena, ((cap) * 2 + 16) * sizeof(*(items))); \
			if (n)                                                                     \
				memcpy(more_, (items), (n) * sizeof(*(items)));                    \
			(items) = more_;                                                           \
			(cap) = (cap) * 2 + 16;                                                    \
		}                                                                                  \
	} while (0)

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

struct slice attach_sole_name(struct slice name, size_t n_attachments, size_t n_xattrs)
{
	return n_attachments == 1 && !n_xattrs ? name : SLICE("");
}

static void add_part(struct attachments *a, unsigned start, uint32_t profile,
		     const struct lead_part *part)
{
	MAKE_ROOM(a, a->candidates, a->n_candidates, a->cap_candidates);
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
		n = attach_split(attach_sole_name(p->own_name, p->n_attachments, p->n_xattrs), pattern,
				 parts[0].tree, &a->arena, parts);
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
	MAKE_ROOM(a, a->answers, a->n_answers, a->cap_answers);
	a->answers[a->n_answers] = answer;
	return (uint32_t)a->n_answers++;
}

/* Only the first pass is asked for this: in the second they are all known. */
static void set_contest(struct attachments *a, const uint32_t *labels, size_t n_labels)
{
	for (size_t i = 0; i < n_labels && !a->is_second_pass; i++)
		a->is_contested[a->candidates[labels[i]].profile] = a->has_contest = true;
}

static size_t n_xattrs_of(const struct attachments *a, const struct candidate *c)
{
	return a->profiles[c->profile].n_xattrs;
}

/* How c stands to d: above 0 if he goes before him. */
static int compare_standing(const struct attachments *a, const struct candidate *c, const struct candidate *d)
{
	size_t n = n_xattrs_of(a, c), m = n_xattrs_of(a, d);

	if (c->lead != d->lead)
		return c->lead > d->lead ? 1 : -1;
	return (n > m) - (n < m);
}

/* Puts a candidate in his place among n, best first, each profile once with the best of his. */
static size_t put_in_order(const struct attachments *a, const struct candidate *c, struct candidate *sorted,
			   size_t n)
{
	size_t at;

	for (at = 0; at < n; at++)
		if (sorted[at].profile == c->profile) {
			if (compare_standing(a, c, &sorted[at]) <= 0)
				return n;
			memmove(sorted + at, sorted + at + 1, (--n - at) * sizeof(*sorted));
		}
	for (at = n; at && compare_standing(a, c, &sorted[at - 1]) > 0; at--)
		sorted[at] = sorted[at - 1];
	sorted[at] = *c;
	return n + 1;
}

/* The number of a choice, the same for equal ones. */
static uint32_t choice_number(struct attachments *a, const struct image_choice *items, size_t n)
{
	struct slice key = slice_make((const char *)items, n * sizeof(*items));
	uintptr_t number = (uintptr_t)map_find(&a->choices_met, key);

	if (!number) {
		MAKE_ROOM(a, a->choices, a->n_choices, a->cap_choices);
		a->choices[a->n_choices++] = (struct choice){ items, n };
		number = a->n_choices;
		map_set(&a->choices_met, key, (void *)number);
	}
	return (uint32_t)(number - 1) | IMAGE_CHOICE;
}

/* Attributes decide between some of these: those behind one that asks for none never have a turn. */
static uint32_t choose(struct attachments *a, const uint32_t *labels, size_t n_labels)
{
	struct candidate *sorted = arena_array(&a->arena, struct candidate, n_labels + 1);
	struct image_choice *items = arena_array(&a->arena, struct image_choice, n_labels);
	size_t n = 0, k;

	for (size_t i = 0; i < n_labels; i++)
		n = put_in_order(a, &a->candidates[labels[i]], sorted, n);
	for (k = 0; k < n; k++) {
		bool is_equal = k && !compare_standing(a, &sorted[k], &sorted[k - 1]);

		if (k && !is_equal && !n_xattrs_of(a, &sorted[k - 1]))
			break;
		items[k].profile = sorted[k].profile;
		items[k].standing = k ? items[k - 1].standing - !is_equal : (uint32_t)n;
	}
	if (n_xattrs_of(a, &sorted[0]))
		return choice_number(a, items, k);
	return k == 1 ? sorted[0].profile : IMAGE_AMBIGUOUS;
}

static bool has_conditions(const struct attachments *a, const uint32_t *labels, size_t n_labels)
{
	for (size_t i = 0; i < n_labels; i++)
		if (n_xattrs_of(a, &a->candidates[labels[i]]))
			return true;
	return false;
}

/* Among profiles that ask for no attributes. */
static uint32_t best_of(struct attachments *a, const uint32_t *labels, size_t n_labels)
{
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
	return is_ambiguous ? IMAGE_AMBIGUOUS : best->profile;
}

static uint32_t resolve(void *of, const uint32_t *labels, size_t n_labels)
{
	struct attachments *a = of;

	for (size_t i = 1; i < n_labels; i++)
		if (a->candidates[labels[i]].profile != a->candidates[labels[0]].profile) {
			set_contest(a, labels, n_labels);
			break;
		}
	return answer_number(a, has_conditions(a, labels, n_labels) ? choose(a, labels, n_labels) :
								      best_of(a, labels, n_labels));
}

static uint32_t accept_any(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	(void)labels;
	return n_labels > 0;
}

static void add_answer(struct attachments *a, uint32_t answer)
{
	uint32_t number;

	if (image_is_choice(answer, &number))
		answer = image_build_choices(a->image, a->choices[number].items, a->choices[number].n_items);
	image_build_attach(a->image, answer);
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
			add_answer(a, a->answers[old]);
			to[old] = n++;
		}
		dfa->accept[s] = to[old];
	}
}

static void add_table(struct attachments *a, struct dfa *dfa, struct image_profile *images)
{
	struct dfa_table walk = dfa_table_of(dfa);

	add_answers(a, dfa);
	a->image->attach_table = table_add(a->image, dfa, 0);
	a->image->attach_start = dfa->start[START_TOP];
	for (size_t i = 0; i < a->n_profiles; i++) {
		uint8_t bytes[NUMBER_BYTES];

		number_bytes((uint32_t)i, bytes);
		images[i].attach_start =
			dfa_walk(&walk, dfa->start[START_CHILDREN], bytes, sizeof(bytes));
	}
}

bool attach_is_possible(const struct profile *p)
{
	/* A task outside of a namespace is never moved into it by a path. */
	return !(p->flags & PROFILE_HAT) && (p->parent || !p->namespace_name.len);
}

static void add_all(struct attachments *a)
{
	for (size_t i = 0; i < a->n_profiles; i++) {
		const struct summary_profile *p = &a->profiles[i];

		for (size_t k = 0; k < p->n_attachments; k++)
			add_attachment(a, p, (uint32_t)i, p->attachments[k]);
	}
}

/* One pass; the automaton is there only if all is good. */
static void build_automaton(struct attachments *a, struct dfa *dfa)
{
	struct dfa_meaning meaning = { a, resolve };
	struct err err = ERR_INIT;

	a->dfa = dfa_builder_new();
	add_all(a);
	if (!a->is_good || dfa_build(a->dfa, &meaning, dfa, &err) < 0)
		a->is_good = a->is_good && diag_error(a->diag, (struct place){ 0 }, "attachments: %s",
						      err.text);
	else if (!a->is_good)
		dfa_release(dfa);
	dfa_builder_free(a->dfa);
}

/* The automaton of a value: it accepts with entry 0, for nobody looks at more than whether. */
static bool add_xattr(struct attachments *a, const struct summary_profile *p, const struct summary_xattr *x,
		      struct image_profile *image)
{
	struct pattern_problem problem = { 0 };
	struct image_xattr xattr = { .name = image_build_string(a->image, x->name) };
	const struct pattern *tree = automaton_value(a->patterns, x->value, &problem);
	struct dfa_meaning meaning = { NULL, accept_any };
	struct dfa_builder *builder;
	struct err err = ERR_INIT;
	struct dfa dfa;
	int r;

	if (!tree)
		return diag_error(a->diag, p->place, "value \"%.*s\": %s", SLICE_FMT(x->value),
				  problem.text);
	builder = dfa_builder_new();
	dfa_builder_add(builder, 0, tree, 0);
	r = dfa_build(builder, &meaning, &dfa, &err);
	dfa_builder_free(builder);
	if (r < 0)
		return diag_error(a->diag, p->place, "value \"%.*s\": %s", SLICE_FMT(x->value), err.text);
	xattr.table = table_add(a->image, &dfa, UINT32_MAX);
	xattr.start = dfa.start[0];
	dfa_release(&dfa);
	image_build_xattr(a->image, &xattr);
	image->n_xattrs++;
	return true;
}

static void add_xattrs(struct attachments *a, struct image_profile *images)
{
	uint32_t first = 0;

	for (size_t i = 0; i < a->n_profiles; i++) {
		const struct summary_profile *p = &a->profiles[i];

		images[i].xattrs = first;
		images[i].n_xattrs = 0;
		for (size_t k = 0; k < p->n_xattrs; k++)
			a->is_good &= add_xattr(a, p, &p->xattrs[k], &images[i]);
		first += images[i].n_xattrs;
	}
}

bool attach_build(struct image_build *b, const struct summary_profile *profiles, size_t n_profiles,
		  struct image_profile *images, struct automaton_patterns *patterns,
		  struct diag *diag)
{
	struct attachments a = { .image = b, .patterns = patterns, .diag = diag, .n_answers = 1,
				 .cap_answers = 1, .is_good = true, .profiles = profiles, .n_profiles = n_profiles };
	struct dfa dfa;

	a.answers = arena_array(&a.arena, uint32_t, a.cap_answers);
	map_init(&a.choices_met, &a.arena);
	a.is_contested = arena_array(&a.arena, bool, n_profiles + 1);
	build_automaton(&a, &dfa);
	if (a.is_good && a.has_contest) {
		dfa_release(&dfa);
		a.is_second_pass = true;
		a.n_candidates = 0;
		a.n_answers = 1;
		build_automaton(&a, &dfa);
	}
	if (a.is_good) {
		add_table(&a, &dfa, images);
		dfa_release(&dfa);
		add_xattrs(&a, images);
	}
	arena_release(&a.arena);
	return a.is_good;
}
