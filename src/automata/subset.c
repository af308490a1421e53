/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats nodes, gives states that are sets of nodes. The one idea: most bytes lead to the same place.
 * A state's nodes are put together by the set of classes they take. The few sets of several classes cut
 * these into parts whose classes all go the same way; the sets of one class, which are most, then add to
 * where the part around them goes.
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

/* What following one state needs, laid out once. */
struct subset_work {
	struct class_set *classes;	/* of each set of the nodes */
	uint16_t *narrow_class;		/* the class of those of one, or CLASSES_MAX */
	uint32_t *set_first;		/* first member that takes this set, as place + 1; 0: none */
	uint32_t *member_next;		/* place + 1 of the next member with the same set */
	/* Sets met in this state: of one class, by class, and of several. */
	uint32_t narrow_of[CLASSES_MAX];
	struct class_set narrow;
	uint32_t *wide, n_wide;
	struct class_set parts[CLASSES_MAX];	/* which the wide ones make */
	uint32_t n_parts;
	struct move moves[CLASSES_MAX];	/* of this state, by the first class of their set */
	struct class_set firsts;
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
	w->narrow_class = room(n->n_sets, sizeof(*w->narrow_class));
	for (uint32_t i = 0; i < n->n_sets; i++) {
		unsigned n_classes = 0, last = 0;

		for (uint32_t c = 0; c < s->n_classes; c++) {
			if (!(n->sets[i][first_of[c] / 64] >> first_of[c] % 64 & 1))
				continue;
			class_set_add(&w->classes[i], c);
			n_classes++;
			last = c;
		}
		w->narrow_class[i] = (uint16_t)(n_classes == 1 ? last : CLASSES_MAX);
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
	free(w->narrow_class);
	free(w->set_first);
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

static void add_group(struct subset_work *w, uint32_t set)
{
	unsigned class = w->narrow_class[set];

	if (class == CLASSES_MAX) {
		w->wide[w->n_wide++] = set;
		return;
	}
	w->narrow_of[class] = set;
	class_set_add(&w->narrow, class);
}

/* Puts the members together by the set they take. Also makes sure that all targets are closed. */
static void group_members(struct subset *s, const struct subset_state *state)
{
	struct subset_work *w = s->work;

	w->n_wide = 0;
	w->narrow = (struct class_set){ 0 };
	for (uint32_t i = 0; i < state->n_members; i++) {
		const struct nfa_node *n = &s->nfa->nodes[state->members[i]];
		uint32_t to = n->kind == NFA_LOOP ? state->members[i] : n->next;

		if (n->kind == NFA_ACCEPT || is_too_much(s))
			continue;
		if (!s->nfa->nodes[to].n_closure)
			nfa_close(s->nfa, to);
		if (!w->set_first[n->set])
			add_group(w, n->set);
		w->member_next[i] = w->set_first[n->set];
		w->set_first[n->set] = i + 1;
	}
}

static void forget_groups(struct subset_work *w)
{
	for (unsigned c = class_set_next(&w->narrow, 0); c < CLASSES_MAX;
	     c = class_set_next(&w->narrow, c + 1))
		w->set_first[w->narrow_of[c]] = 0;
	for (uint32_t i = 0; i < w->n_wide; i++)
		w->set_first[w->wide[i]] = 0;
}

/* Cuts the parts by a set, and makes one of what is in none of them yet. */
static void cut_parts(struct subset_work *w, struct class_set rest)
{
	for (uint32_t i = 0, n = w->n_parts; i < n; i++) {
		struct class_set both = class_set_and(&w->parts[i], &rest);

		if (class_set_is_empty(&both))
			continue;
		w->parts[w->n_parts] = class_set_without(&w->parts[i], &both);
		w->n_parts += !class_set_is_empty(&w->parts[w->n_parts]);
		w->parts[i] = both;
		rest = class_set_without(&rest, &both);
	}
	if (!class_set_is_empty(&rest))
		w->parts[w->n_parts++] = rest;
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

/* Over these classes the state goes to the nodes found. */
static void note_move(struct subset *s, unsigned first, uint32_t over)
{
	struct subset_work *w = s->work;
	uint32_t to = state_of_found(s);

	if (!to)
		return;
	class_set_add(&w->firsts, first);
	w->moves[first] = (struct move){ to, over };
}

/* Over each of the classes the state goes to the nodes found so far and to those of the class. */
static void follow_narrow(struct subset *s, const struct subset_state *state,
			  const struct class_set *classes)
{
	struct subset_work *w = s->work;
	uint32_t n_before = w->n_found;
	uint64_t hash_before = w->hash;

	for (unsigned c = class_set_next(classes, 0); c < CLASSES_MAX && !is_too_much(s);
	     c = class_set_next(classes, c + 1)) {
		follow_set(s, state, w->narrow_of[c]);
		note_move(s, c, c);
		while (w->n_found > n_before)
			s->nfa->stamps[w->found[--w->n_found]] = s->nfa->stamp - 1;
		w->hash = hash_before;
	}
}

/* Past the limits there will be no answer, so none is looked for. */
static void follow_part(struct subset *s, const struct subset_state *state,
			const struct class_set *part)
{
	struct subset_work *w = s->work;
	struct class_set narrow = class_set_and(part, &w->narrow);
	struct class_set rest = class_set_without(part, &narrow);
	unsigned one = class_set_next(part, 0);

	if (is_too_much(s))
		return;
	begin_found(s);
	for (uint32_t i = 0; i < w->n_wide; i++)
		if (class_set_has(&w->classes[w->wide[i]], one))
			follow_set(s, state, w->wide[i]);
	if (!class_set_is_empty(&rest))
		note_move(s, class_set_next(&rest, 0), moves_set(&s->moves, &rest));
	follow_narrow(s, state, &narrow);
}

static void follow_parts(struct subset *s, const struct subset_state *state)
{
	struct subset_work *w = s->work;
	struct class_set alone = w->narrow;

	w->firsts = (struct class_set){ 0 };
	w->n_parts = 0;
	for (uint32_t i = 0; i < w->n_wide; i++)
		cut_parts(w, w->classes[w->wide[i]]);
	for (uint32_t i = 0; i < w->n_parts; i++) {
		alone = class_set_without(&alone, &w->parts[i]);
		follow_part(s, state, &w->parts[i]);
	}
	begin_found(s);
	follow_narrow(s, state, &alone);
}

static void follow_all(struct subset *s, uint32_t number)
{
	/* A copy: following adds states, and the array moves. */
	const struct subset_state state = s->states[number];
	const struct subset_work *w = s->work;

	group_members(s, &state);
	follow_parts(s, &state);
	for (unsigned c = class_set_next(&w->firsts, 0); c < CLASSES_MAX;
	     c = class_set_next(&w->firsts, c + 1))
		moves_add(&s->moves, w->moves[c].over, w->moves[c].to);
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

/* Whichever way is taken from a node, its label is at the end; next ways do not go round. */
static uint32_t label_of(const struct nfa *n, uint32_t node)
{
	while (n->nodes[node].kind != NFA_ACCEPT)
		node = n->nodes[node].next;
	return n->nodes[node].set;
}

void subset_weigh_labels(const struct subset *s, uint64_t *by_label)
{
	uint32_t *held = room(s->nfa->n_nodes, sizeof(*held));

	for (uint32_t i = 1; i < s->n_states; i++)
		for (uint32_t k = 0; k < s->states[i].n_members; k++)
			held[s->states[i].members[k]]++;
	for (uint32_t node = 0; node < s->nfa->n_nodes; node++)
		if (held[node])
			by_label[label_of(s->nfa, node)] += held[node];
	free(held);
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
