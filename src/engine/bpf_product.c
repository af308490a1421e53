/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats profiles of an image, gives their product. A state is one state of each, met breadth-first; its
 * entry is what all of their entries allow. The one idea: what makes profiles differ in how they take an
 * entry (complain mode, all that is not denied being allowed) is put into the entry before they are joined.
 * Where one profile's automaton is dead nothing is allowed any more, but the others still have something to
 * say of it, so their walk goes on.
 */
#include "engine/bpf_product.h"

#include "base/buf.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

enum { WHO = 2 };			/* entries speak of the owner, and of all others */

struct side {
	const struct image_profile *profile;
	struct match_table table;
	uint32_t place;			/* among the parts */
	bool is_soft;			/* complains, while others enforce */
};

struct job {
	struct arena *arena;
	const struct image *img;
	struct side sides[POLICY_PARTS_MAX];
	uint32_t n;
	enum image_mode mode;		/* of the product */
	struct buf states;		/* uint64_t[]: 16 bits for each side's state */
	struct buf cells;
	struct buf accept;
	struct buf entries;
	struct buf said;		/* const struct image_entry *[][POLICY_PARTS_MAX] */
	struct map entries_met;		/* what the sides say → number */
	uint32_t *slots;		/* hash table of states: number + 1 */
	uint32_t n_slots;
	uint8_t byte_of[256];		/* by class: one of its bytes */
};

enum image_mode bpf_product_mode(const struct image_profile *p, enum image_mode mode)
{
	bool is_hard = p->mode == MODE_ENFORCE || p->mode == MODE_KILL;

	return mode == MODE_COMPLAIN && is_hard ? MODE_COMPLAIN : p->mode;
}

static bool is_complaining(enum image_mode mode)
{
	return mode == MODE_COMPLAIN || mode == MODE_PROMPT;
}

/* ---- fields ---- */

static enum image_mode joint_mode(const struct image *img, const uint32_t *parts, uint32_t n,
				  enum image_mode mode)
{
	enum image_mode joint = MODE_UNCONFINED;

	for (uint32_t i = 0; i < n; i++) {
		enum image_mode own = bpf_product_mode(&img->profiles[parts[i]], mode);

		if (own == MODE_KILL || joint == MODE_KILL)
			joint = MODE_KILL;
		else if (own == MODE_ENFORCE || joint == MODE_ENFORCE)
			joint = MODE_ENFORCE;
		else if (own != MODE_UNCONFINED)
			joint = MODE_COMPLAIN;
	}
	return joint;
}

/* The profiles that confine. */
static void find_sides(struct job *j, const uint32_t *parts, uint32_t n, enum image_mode mode)
{
	j->mode = joint_mode(j->img, parts, n, mode);
	for (uint32_t i = 0; i < n; i++) {
		const struct image_profile *p = &j->img->profiles[parts[i]];
		enum image_mode own = bpf_product_mode(p, mode);
		struct side *s = &j->sides[j->n];

		if (own == MODE_UNCONFINED)
			continue;
		s->profile = p;
		s->place = i;
		s->table = image_table_walk(j->img, p->table);
		s->is_soft = is_complaining(own) && j->mode != MODE_COMPLAIN;
		j->n++;
	}
}

static bool is_lenient(const struct side *s)
{
	return s->is_soft || s->profile->flags & PROFILE_DEFAULT_ALLOW;
}

static void join_capabilities(const struct side *s, bool is_first, struct image_profile *to)
{
	const struct image_profile *p = s->profile;
	uint64_t allow = p->cap_allow, audit = p->cap_audit, quiet;

	if (s->is_soft)
		audit |= ~(p->cap_allow | p->cap_quiet);
	if (is_lenient(s))
		allow |= ~p->cap_deny;
	quiet = p->cap_quiet | allow;
	to->cap_allow = is_first ? allow : to->cap_allow & allow;
	to->cap_quiet = is_first ? quiet : to->cap_quiet & quiet;
	to->cap_deny |= p->cap_deny;
	to->cap_audit |= audit;
}

static void join_limits(const struct image_profile *p, struct image_profile *to)
{
	for (int i = 0; i < IMAGE_N_RLIMITS; i++) {
		uint32_t bit = 1u << i;

		if (p->rlimit_set & bit && (!(to->rlimit_set & bit) || p->rlimit[i] < to->rlimit[i]))
			to->rlimit[i] = p->rlimit[i];
	}
	to->rlimit_set |= p->rlimit_set;
}

/* A detached object has the same name for all, or none. */
static void join_flags(const struct job *j, struct image_profile *to)
{
	uint32_t all = ~0u, any = 0;
	bool is_lenient_all = true;

	for (uint32_t i = 0; i < j->n; i++) {
		const struct image_profile *p = j->sides[i].profile;

		all &= p->flags;
		any |= p->flags;
		if (p->disconnected != j->sides[0].profile->disconnected)
			all &= ~(uint32_t)PROFILE_ATTACH_DISCONNECTED;
		is_lenient_all &= is_lenient(&j->sides[i]);
	}
	to->flags = all & (PROFILE_ATTACH_DISCONNECTED | PROFILE_MEDIATE_DELETED | PROFILE_CHROOT_RELATIVE);
	to->flags |= any & (PROFILE_AUDIT | PROFILE_INTERRUPTIBLE);
	if (is_lenient_all)
		to->flags |= PROFILE_DEFAULT_ALLOW;
	to->disconnected = to->flags & PROFILE_ATTACH_DISCONNECTED ? j->sides[0].profile->disconnected : 0;
}

static void fill_profile(const struct job *j, struct image_profile *to)
{
	*to = (struct image_profile){ .parent = IMAGE_NONE, .mode = j->mode };
	for (uint32_t i = 0; i < j->n; i++) {
		const struct image_profile *p = j->sides[i].profile;

		join_capabilities(&j->sides[i], !i, to);
		join_limits(p, to);
		to->classes |= p->classes;
		if (!to->error)
			to->error = p->error;
		if (!to->kill_signal && p->mode == MODE_KILL)
			to->kill_signal = p->kill_signal;
	}
	to->cap_quiet &= ~to->cap_allow;
	if (j->n)
		join_flags(j, to);
}

void bpf_product_profile(const struct image *img, const uint32_t *parts, uint32_t n,
			 enum image_mode mode, struct image_profile *profile)
{
	struct job j = { .img = img };

	find_sides(&j, parts, n, mode);
	fill_profile(&j, profile);
}

/* ---- the table ---- */

static uint32_t state_of(uint64_t states, uint32_t side)
{
	return states >> 16 * side & 0xffff;
}

static uint64_t state_at(const struct job *j, uint32_t number)
{
	uint64_t states;

	memcpy(&states, j->states.data + number * sizeof(states), sizeof(states));
	return states;
}

static uint32_t count_states(const struct job *j)
{
	return (uint32_t)(j->states.len / sizeof(uint64_t));
}

/* Bytes that no side tells apart are one class. */
static void join_classes(struct job *j, struct bpf_product *out)
{
	uint32_t met[256], n = 0;

	for (unsigned byte = 0; byte < 256; byte++) {
		uint32_t classes = 0, i = 0;

		for (uint32_t s = 0; s < j->n; s++)
			classes |= (uint32_t)j->sides[s].table.class_of[byte] << 8 * s;
		while (i < n && met[i] != classes)
			i++;
		if (i == n) {
			met[n] = classes;
			j->byte_of[n++] = (uint8_t)byte;
		}
		out->class_of[byte] = (uint8_t)i;
	}
	out->n_classes = n;
}

/* What one side says in a state, as it would be in a profile of the product's mode and flags. */
static struct image_entry entry_of(const struct job *j, const struct side *s, uint32_t state)
{
	struct image_entry e = *image_table_entry(j->img, s->profile->table, state);

	for (int w = 0; w < WHO; w++) {
		if (s->is_soft)
			e.audit[w] |= ~(e.allow[w] | e.quiet[w]);
		if (is_lenient(s))
			e.allow[w] |= ~e.deny[w];
		e.quiet[w] |= e.allow[w];
	}
	return e;
}

static void join_entries(const struct job *j, uint64_t states, struct image_entry *to)
{
	*to = entry_of(j, &j->sides[0], state_of(states, 0));
	for (uint32_t s = 1; s < j->n; s++) {
		struct image_entry e = entry_of(j, &j->sides[s], state_of(states, s));

		for (int w = 0; w < WHO; w++) {
			to->allow[w] &= e.allow[w];
			to->deny[w] |= e.deny[w];
			to->audit[w] |= e.audit[w];
			to->quiet[w] &= e.quiet[w];
		}
	}
	for (int w = 0; w < WHO; w++) {
		to->audit[w] &= to->allow[w];
		to->quiet[w] &= ~to->allow[w];
		to->exec[w] = 0;
	}
}

/* What each of the sides says, by its place. */
static void find_said(const struct job *j, uint64_t states, const struct image_entry *said[POLICY_PARTS_MAX])
{
	memset(said, 0, POLICY_PARTS_MAX * sizeof(*said));
	for (uint32_t s = 0; s < j->n; s++)
		said[j->sides[s].place] = image_table_entry(j->img, j->sides[s].profile->table,
							    state_of(states, s));
}

static size_t count_entries(const struct job *j)
{
	return j->entries.len / sizeof(struct image_entry);
}

/*
 * Entry 0, which a state has that accepts nothing: of nobody's rules. What is reported where no rule speaks
 * (complain mode beside default_allow) makes an entry of its own.
 */
static void begin_entries(struct job *j)
{
	static const struct image_entry nothing;
	const struct image_entry *said[POLICY_PARTS_MAX];
	struct image_entry e;

	find_said(j, 0, said);
	join_entries(j, 0, &e);
	buf_add(&j->entries, &nothing, sizeof(nothing));
	buf_add(&j->said, said, sizeof(said));
	if (!memcmp(&e, &nothing, sizeof(e)))
		map_set(&j->entries_met, slice_make((const char *)said, sizeof(said)), (void *)1);
}

/* The accept value of a state: entries are the same if all sides say the same. */
static uint16_t add_entry(struct job *j, uint64_t states)
{
	const struct image_entry *said[POLICY_PARTS_MAX];
	struct slice key = slice_make((const char *)said, sizeof(said));
	struct image_entry e;
	uintptr_t number;

	find_said(j, states, said);
	number = (uintptr_t)map_find(&j->entries_met, key);
	if (number)
		return (uint16_t)(number - 1);
	number = count_entries(j);
	join_entries(j, states, &e);
	buf_add(&j->entries, &e, sizeof(e));
	buf_add(&j->said, said, sizeof(said));
	map_set(&j->entries_met, key, (void *)(number + 1));
	return (uint16_t)number;
}

static uint32_t slot_of(const struct job *j, uint64_t states)
{
	uint32_t at = (uint32_t)(states * 0x9e3779b97f4a7c15u >> 32) & (j->n_slots - 1);

	while (j->slots[at] && state_at(j, j->slots[at] - 1) != states)
		at = (at + 1) & (j->n_slots - 1);
	return at;
}

/* The number of a state, made when new. */
static uint16_t number_state(struct job *j, uint64_t states)
{
	uint32_t at = slot_of(j, states);

	if (!j->slots[at]) {
		uint16_t accept = add_entry(j, states);

		buf_add(&j->states, &states, sizeof(states));
		buf_add(&j->accept, &accept, sizeof(accept));
		j->slots[at] = count_states(j);
	}
	return (uint16_t)(j->slots[at] - 1);
}

static uint64_t step(const struct job *j, uint64_t states, uint8_t byte)
{
	uint64_t next = 0;

	for (uint32_t s = 0; s < j->n; s++) {
		const struct match_table *t = &j->sides[s].table;

		next |= (uint64_t)match_step(t, state_of(states, s), t->class_of[byte]) << 16 * s;
	}
	return next;
}

static void begin(struct job *j, struct image_profile *profile)
{
	for (unsigned class = 0; class < N_CLASSES; class++) {
		uint64_t states = 0;

		for (uint32_t s = 0; s < j->n; s++)
			states |= (uint64_t)j->sides[s].profile->start[class] << 16 * s;
		profile->start[class] = number_state(j, states);
	}
}

static bool follow(struct job *j, uint32_t n_classes)
{
	for (uint32_t from = 0; from < count_states(j); from++) {
		for (uint32_t class = 0; class < n_classes; class++) {
			uint16_t to = number_state(j, step(j, state_at(j, from), j->byte_of[class]));

			buf_add(&j->cells, &to, sizeof(to));
		}
		/* One byte leads to n_classes more at most: the hash table has room for those. */
		if (count_states(j) > MATCH_STATES_MAX ||
		    (uint64_t)count_states(j) * n_classes > PRODUCT_CELLS_MAX)
			return false;
	}
	return true;
}

static void *keep(struct arena *arena, const struct buf *b)
{
	void *to = arena_alloc(arena, b->len);

	memcpy(to, b->data, b->len);
	return to;
}

static void give(struct job *j, struct bpf_product *out)
{
	out->n_states = count_states(j);
	out->cells = keep(j->arena, &j->cells);
	out->accept = keep(j->arena, &j->accept);
	out->entries = keep(j->arena, &j->entries);
	out->said = keep(j->arena, &j->said);
	out->n_entries = (uint32_t)count_entries(j);
}

bool bpf_product_make(struct arena *arena, const struct image *img, const uint32_t *parts, uint32_t n,
		      enum image_mode mode, struct image_profile *profile, struct bpf_product *out)
{
	struct job j = { .arena = arena, .img = img, .n_slots = 1 << 18 };
	struct arena scratch = ARENA_INIT;
	bool is_good;

	find_sides(&j, parts, n, mode);
	map_init(&j.entries_met, &scratch);
	j.slots = calloc(j.n_slots, sizeof(*j.slots));
	if (!j.slots)
		base_no_memory();
	join_classes(&j, out);
	/* Entry 0 stands for nothing, and state 0 is where all of them are dead. */
	begin_entries(&j);
	number_state(&j, 0);
	begin(&j, profile);
	is_good = follow(&j, out->n_classes);
	if (is_good)
		give(&j, out);
	free(j.slots);
	buf_release(&j.states);
	buf_release(&j.cells);
	buf_release(&j.accept);
	buf_release(&j.entries);
	buf_release(&j.said);
	arena_release(&scratch);
	return is_good;
}
