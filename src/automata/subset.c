/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats nodes, gives states that are sets of nodes. The one idea: most bytes lead to the same place.
 * A state's nodes are put together by the set of classes they take. Most of these sets are one class;
 * the few wide ones cut the rest into parts whose classes all go the same way, and each part is followed
 * once.
 */
#include "automata/subset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
#ifdef HARD_TEST
	FIRST_STATES = 2,
#else
	FIRST_STATES = 1024,
#endif
	FIRST_STATES_MAX = 32 << 10,
	SHORT = 16,			/* labels that are sorted by insertion */
	MOVES_MAX = 24 << 20,		/* 192 MiB */
	WORK_MAX = 512 << 20,		/* nodes looked at: some seconds */
	KEPT_MAX = 64 << 20,		/* nodes remembered in closures and states: 256 MiB */
};

/* Classes that go the same way from a state. */
struct part {
	struct class_set classes;
	uint32_t narrow;		/* the set of nothing but this class, or NFA_NONE */
};

/* What following one state needs, laid out once. */
struct subset_work {
	struct class_set *classes;	/* of each set of the nodes */
	bool *is_narrow;		/* whether that is one class */
	uint32_t *set_first;		/* first member that takes this set, as place + 1; 0: none */
	uint32_t *member_next;		/* place + 1 of the next member with the same set */
	uint32_t *narrow, n_narrow;	/* sets met in this state: of one class */
	uint32_t *wide, n_wide;		/* and of several */
	struct part parts[CLASSES_MAX];
	uint32_t n_parts;
	uint64_t *weights;		/* of nodes */
	uint32_t *found;		/* nodes of the state under construction */
	uint32_t n_found;
	uint64_t hash;
	uint32_t *labels;
};

static void *room(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		base_no_memory();
	return p;
}

static uint64_t weight(uint32_t number)
{
	uint64_t w = (number + 1) * 0x9e3779b97f4a7c15u;

	w = (w ^ w >> 31) * 0xd6e8feb86659fd93u;
	return w ^ w >> 32;
}

static void list_classes(struct subset *s, struct subset_work *w)
{
	const struct nfa *n = s->nfa;
	uint8_t first_of[CLASSES_MAX] = { 0 };

	for (unsigned byte = 256; byte-- > 0;)
		first_of[s->class_of[byte]] = (uint8_t)byte;
	w->classes = room(n->n_sets, sizeof(*w->classes));
	w->is_narrow = room(n->n_sets, sizeof(*w->is_narrow));
	for (uint32_t i = 0; i < n->n_sets; i++) {
		unsigned n_classes = 0;

		for (uint32_t c = 0; c < s->n_classes; c++) {
			if (!(n->sets[i][first_of[c] / 64] >> first_of[c] % 64 & 1))
				continue;
			class_set_add(&w->classes[i], c);
			n_classes++;
		}
		w->is_narrow[i] = n_classes == 1;
	}
}

static uint32_t add_state(struct subset *s);

void subset_init(struct subset *s, struct nfa *nfa, const struct dfa_meaning *meaning)
{
	struct subset_work *w;

	*s = (struct subset){ .nfa = nfa, .meaning = meaning };
	s->n_classes = nfa_classes(nfa, s->class_of);
	map_init(&s->label_sets, &s->arena);
	moves_init(&s->moves);
	s->n_slots = FIRST_STATES;
	s->slots = room(s->n_slots, sizeof(*s->slots));
	w = s->work = room(1, sizeof(*w));
	list_classes(s, w);
	w->set_first = room(nfa->n_sets, sizeof(*w->set_first));
	w->narrow = room(nfa->n_sets, sizeof(*w->narrow));
	w->wide = room(nfa->n_sets, sizeof(*w->wide));
	w->member_next = room(nfa->n_nodes, sizeof(*w->member_next));
	w->found = room(nfa->n_nodes, sizeof(*w->found));
	w->weights = room(nfa->n_nodes, sizeof(*w->weights));
	for (uint32_t i = 0; i < nfa->n_nodes; i++)
		w->weights[i] = weight(i);
	w->labels = room(nfa->n_nodes, sizeof(*w->labels));
	add_state(s);
}

void subset_release(struct subset *s)
{
	struct subset_work *w = s->work;

	free(w->classes);
	free(w->is_narrow);
	free(w->set_first);
	free(w->narrow);
	free(w->wide);
	free(w->member_next);
	free(w->found);
	free(w->weights);
	free(w->labels);
	free(w);
	free(s->states);
	moves_release(&s->moves);
	free(s->accept);
	free(s->slots);
	arena_release(&s->arena);
}

static void *resize(void *items, size_t n, size_t size)
{
	items = realloc(items, n * size);
	if (!items)
		base_no_memory();
	return items;
}

/* There are about as many states as nodes; room that is not used costs nothing. */
static uint32_t first_states(const struct nfa *n)
{
	if (FIRST_STATES == 2 || n->n_nodes < FIRST_STATES)
		return FIRST_STATES;
	return n->n_nodes < FIRST_STATES_MAX ? n->n_nodes : FIRST_STATES_MAX;
}

/* Room for one more. */
static uint32_t add_state(struct subset *s)
{
	if (s->n_states == s->cap_states) {
		s->cap_states = s->cap_states ? s->cap_states * 2 : first_states(s->nfa);
		s->states = resize(s->states, s->cap_states, sizeof(*s->states));
		s->accept = resize(s->accept, s->cap_states, sizeof(*s->accept));
	}
	s->states[s->n_states] = (struct subset_state){ 0 };
	s->accept[s->n_states] = 0;
	return s->n_states++;
}

static int compare_labels(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void sort_labels(uint32_t *labels, uint32_t n)
{
	if (n > SHORT) {
		qsort(labels, n, sizeof(*labels), compare_labels);
		return;
	}
	for (uint32_t i = 1; i < n; i++) {
		uint32_t label = labels[i], at = i;

		for (; at && labels[at - 1] > label; at--)
			labels[at] = labels[at - 1];
		labels[at] = label;
	}
}

static uint16_t meaning_of(struct subset *s)
{
	struct subset_work *w = s->work;
	uint32_t n = 0;
	struct slice key;
	uintptr_t value;

	for (uint32_t i = 0; i < w->n_found; i++)
		if (s->nfa->nodes[w->found[i]].kind == NFA_ACCEPT)
			w->labels[n++] = s->nfa->nodes[w->found[i]].set;
	if (!n)
		return 0;
	sort_labels(w->labels, n);
	key = slice_make((const char *)w->labels, n * sizeof(*w->labels));
	value = (uintptr_t)map_find(&s->label_sets, key);
	if (!value) {
		value = s->meaning->resolve(s->meaning->of, w->labels, n) + 1u;
		map_set(&s->label_sets, key, (void *)value);
	}
	return (uint16_t)(value - 1);
}

/* The nodes found are those of the state: as many, and each is marked. */
static bool is_found(const struct subset *s, const struct subset_state *state)
{
	if (state->hash != s->work->hash || state->n_members != s->work->n_found)
		return false;
	for (uint32_t i = 0; i < state->n_members; i++)
		if (s->nfa->stamps[state->members[i]] != s->nfa->stamp)
			return false;
	return true;
}

static void grow_slots(struct subset *s)
{
	free(s->slots);
	s->n_slots *= 2;
	s->slots = room(s->n_slots, sizeof(*s->slots));
	for (uint32_t i = 1; i < s->n_states; i++) {
		uint32_t at = (uint32_t)s->states[i].hash & (s->n_slots - 1);

		while (s->slots[at])
			at = (at + 1) & (s->n_slots - 1);
		s->slots[at] = i;
	}
}

/* The state of the nodes found; the dead one if there are none. */
static uint32_t state_of_found(struct subset *s)
{
	struct subset_work *w = s->work;
	uint32_t at, number, *members;

	if (!w->n_found)
		return 0;
	if (2 * (s->n_states + 1) > s->n_slots)
		grow_slots(s);
	at = (uint32_t)w->hash & (s->n_slots - 1);
	for (; s->slots[at]; at = (at + 1) & (s->n_slots - 1))
		if (is_found(s, &s->states[s->slots[at]]))
			return s->slots[at];
	number = s->slots[at] = add_state(s);
	members = arena_array(&s->arena, uint32_t, w->n_found);
	memcpy(members, w->found, w->n_found * sizeof(*members));
	s->n_kept += w->n_found;
	s->states[number] = (struct subset_state){ members, w->n_found, w->hash };
	s->accept[number] = meaning_of(s);
	return number;
}

static void begin_found(struct subset *s)
{
	s->work->n_found = 0;
	s->work->hash = 0;
	s->nfa->stamp++;
}

/* Adds the node and whatever is reached from it without a byte. */
static void find(struct subset *s, uint32_t node)
{
	const struct nfa_node *from = &s->nfa->nodes[node];
	uint32_t *stamps = s->nfa->stamps, stamp = s->nfa->stamp;
	struct subset_work *w = s->work;

	s->n_work += from->n_closure + 1;
	for (uint32_t i = 0; i < from->n_closure; i++) {
		uint32_t number = from->closure[i];

		if (stamps[number] == stamp)
			continue;
		stamps[number] = stamp;
		w->found[w->n_found++] = number;
		w->hash += w->weights[number];
	}
}

/* A few patterns of one kind make work that grows with the cube of their length. */
static bool is_too_much(const struct subset *s)
{
	return s->n_work + s->nfa->n_work > WORK_MAX || s->n_kept + s->nfa->n_kept > KEPT_MAX;
}

uint32_t subset_start(struct subset *s, const uint32_t *nodes, uint32_t n_nodes)
{
	for (uint32_t i = 0; i < n_nodes && !is_too_much(s); i++)
		nfa_close(s->nfa, nodes[i]);
	begin_found(s);
	for (uint32_t i = 0; i < n_nodes; i++)
		find(s, nodes[i]);
	return state_of_found(s);
}

/* Puts the members together by the set they take. Also makes sure that all targets are closed. */
static void group_members(struct subset *s, const struct subset_state *state)
{
	struct subset_work *w = s->work;

	w->n_narrow = w->n_wide = 0;
	for (uint32_t i = 0; i < state->n_members; i++) {
		const struct nfa_node *n = &s->nfa->nodes[state->members[i]];

		if (n->kind == NFA_ACCEPT || is_too_much(s))
			continue;
		nfa_close(s->nfa, n->kind == NFA_LOOP ? state->members[i] : n->next);
		if (!w->set_first[n->set] && w->is_narrow[n->set])
			w->narrow[w->n_narrow++] = n->set;
		else if (!w->set_first[n->set])
			w->wide[w->n_wide++] = n->set;
		w->member_next[i] = w->set_first[n->set];
		w->set_first[n->set] = i + 1;
	}
}

static void forget_groups(struct subset_work *w)
{
	for (uint32_t i = 0; i < w->n_narrow; i++)
		w->set_first[w->narrow[i]] = 0;
	for (uint32_t i = 0; i < w->n_wide; i++)
		w->set_first[w->wide[i]] = 0;
}

/* Each narrow set is a part. Gives their classes. */
static struct class_set narrow_parts(struct subset_work *w)
{
	struct class_set all = { 0 };

	w->n_parts = 0;
	for (uint32_t i = 0; i < w->n_narrow; i++) {
		const struct class_set *classes = &w->classes[w->narrow[i]];

		w->parts[w->n_parts++] = (struct part){ *classes, w->narrow[i] };
		for (int k = 0; k < CLASSES_MAX / 64; k++)
			all.bits[k] |= classes->bits[k];
	}
	return all;
}

/* Moves what a and b have in common to *both; whether that is anything. */
static bool take_common(struct class_set *a, struct class_set *b, struct class_set *both)
{
	uint64_t any = 0;

	for (int k = 0; k < CLASSES_MAX / 64; k++) {
		any |= both->bits[k] = a->bits[k] & b->bits[k];
		a->bits[k] &= ~both->bits[k];
		b->bits[k] &= ~both->bits[k];
	}
	return any;
}

static bool is_empty(const struct class_set *set)
{
	return class_set_next(set, 0) == CLASSES_MAX;
}

/* Cuts the parts from number `from` on by a set, and makes one of what is in none of them yet. */
static void cut_parts(struct subset_work *w, uint32_t from, struct class_set rest)
{
	for (uint32_t i = from, n = w->n_parts; i < n; i++) {
		struct part *part = &w->parts[i];
		struct class_set both;

		if (!take_common(&part->classes, &rest, &both))
			continue;
		if (!is_empty(&part->classes))
			w->parts[w->n_parts++] = (struct part){ part->classes, NFA_NONE };
		part->classes = both;
	}
	if (!is_empty(&rest))
		w->parts[w->n_parts++] = (struct part){ rest, NFA_NONE };
}

static void make_parts(struct subset_work *w)
{
	struct class_set taken = narrow_parts(w);

	for (uint32_t i = 0; i < w->n_wide; i++) {
		struct class_set rest = w->classes[w->wide[i]];

		for (int k = 0; k < CLASSES_MAX / 64; k++)
			rest.bits[k] &= ~taken.bits[k];
		cut_parts(w, w->n_narrow, rest);
	}
}

static void follow_set(struct subset *s, const struct subset_state *state, uint32_t set)
{
	const struct subset_work *w = s->work;

	for (uint32_t m = w->set_first[set]; m; m = w->member_next[m - 1]) {
		uint32_t number = state->members[m - 1];
		const struct nfa_node *n = &s->nfa->nodes[number];

		find(s, n->kind == NFA_LOOP ? number : n->next);
	}
}

/* Where the state goes over the classes of a part, of which `class` is one. */
static uint32_t follow(struct subset *s, const struct subset_state *state, const struct part *part,
		       unsigned class)
{
	const struct subset_work *w = s->work;

	/* Past the limits there will be no answer, so any state does. */
	if (is_too_much(s))
		return 0;
	begin_found(s);
	if (part->narrow != NFA_NONE)
		follow_set(s, state, part->narrow);
	for (uint32_t i = 0; i < w->n_wide; i++)
		if (class_set_has(&w->classes[w->wide[i]], class))
			follow_set(s, state, w->wide[i]);
	return state_of_found(s);
}

static void follow_parts(struct subset *s, const struct subset_state *state)
{
	struct subset_work *w = s->work;
	struct class_set firsts = { 0 };
	uint8_t part_of[CLASSES_MAX];

	for (uint32_t i = 0; i < w->n_parts; i++) {
		unsigned first = class_set_next(&w->parts[i].classes, 0);

		class_set_add(&firsts, first);
		part_of[first] = (uint8_t)i;
	}
	for (unsigned c = class_set_next(&firsts, 0); c < CLASSES_MAX;
	     c = class_set_next(&firsts, c + 1)) {
		const struct part *part = &w->parts[part_of[c]];
		uint32_t to = follow(s, state, part, c);

		if (to)
			moves_add(&s->moves, part->narrow != NFA_NONE ? c :
				  moves_set(&s->moves, &part->classes), to);
	}
}

static void follow_all(struct subset *s, uint32_t number)
{
	/* A copy: following adds states, and the array moves. */
	const struct subset_state state = s->states[number];

	group_members(s, &state);
	make_parts(s->work);
	follow_parts(s, &state);
	moves_end(&s->moves, number);
	forget_groups(s->work);
}

static int check_limits(const struct subset *s, struct err *err)
{
	if (is_too_much(s))
		return err_say(err, -E2BIG,
			       "its patterns together take more than %u steps or keep more than %u"
			       " parts; fewer \"*\" and \"{,}\" in long patterns take less",
			       WORK_MAX, KEPT_MAX);
	if (s->n_states > DFA_RAW_STATES_MAX || s->moves.n > MOVES_MAX)
		return err_say(err, -E2BIG,
			       "its patterns together need more than %u states; fewer \"*\" in the"
			       " middle of long patterns need less",
			       s->n_states - 1);
	return 0;
}

int subset_run(struct subset *s, struct err *err)
{
	int r = check_limits(s, err);

	moves_end(&s->moves, 0);
	for (uint32_t i = 1; !r && i < s->n_states; i++) {
		follow_all(s, i);
		r = check_limits(s, err);
	}
	return r;
}
