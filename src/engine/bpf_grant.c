/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a profile's automaton, gives the permissions that all objects of a class of sockets have in
 * common. The one idea: an object is some bytes and then parts with a NUL between them (abi/class.h), so
 * the automaton is walked by all bytes at once, with how far an object has come beside the state.
 */
#include "engine/bpf_grant.h"

#include "base/arena.h"

#include <stdlib.h>

/*
 * Beyond its fixed bytes an object of CLASS_NET may end at once or have all parts. How far it has come:
 * below n_fixed so many bytes, n_fixed all of them, then one more than the NULs that are over.
 */
struct shape {
	uint32_t n_fixed, n_nuls;
	bool may_be_short;
};

static const struct shape net_shape = { 6, 4, true }, unix_shape = { 4, 3, false };

struct grant_walk {
	const struct image *img;
	const struct image_profile *profile;
	struct match_table table;
	struct shape shape;
	uint32_t n_states;
	uint32_t granted;
	bool has_text[256];		/* by class of bytes: some of it are not NUL */
	uint8_t *seen;			/* [how far][state] */
	uint32_t *todo;			/* places in seen */
	size_t n_todo;
};

static uint32_t allowed_by(const struct grant_walk *w, uint32_t state)
{
	const struct image_entry *e = image_table_entry(w->img, w->profile->table, state);
	uint32_t allowed = e->allow[1];

	if (w->profile->flags & PROFILE_DEFAULT_ALLOW)
		allowed |= ~e->deny[1];
	return allowed & ~e->audit[1];
}

static bool is_complete(const struct shape *s, uint32_t far)
{
	return far == s->n_fixed + 1 + s->n_nuls || (s->may_be_short && far == s->n_fixed);
}

static void come_to(struct grant_walk *w, uint32_t far, uint32_t state)
{
	uint32_t place = far * w->n_states + state;

	if (w->seen[place])
		return;
	w->seen[place] = 1;
	w->todo[w->n_todo++] = place;
	if (is_complete(&w->shape, far))
		w->granted &= allowed_by(w, state);
}

static void go_on(struct grant_walk *w, uint32_t far, uint32_t state)
{
	uint32_t n_classes = w->img->tables[w->profile->table].n_classes;
	uint32_t part = far == w->shape.n_fixed ? far + 1 : far;

	for (uint32_t class = 0; class < n_classes; class++) {
		uint32_t next = match_step(&w->table, state, class);

		if (far < w->shape.n_fixed) {
			come_to(w, far + 1, next);
			continue;
		}
		if (w->has_text[class])
			come_to(w, part, next);
		if (class == w->table.class_of[0] && part <= w->shape.n_fixed + w->shape.n_nuls)
			come_to(w, part + 1, next);
	}
}

static void walk(struct grant_walk *w, uint32_t start)
{
	for (unsigned byte = 1; byte < 256; byte++)
		w->has_text[w->table.class_of[byte]] = true;
	come_to(w, 0, start);
	while (w->n_todo && w->granted) {
		uint32_t place = w->todo[--w->n_todo];

		go_on(w, place / w->n_states, place % w->n_states);
	}
}

uint32_t bpf_grant_sockets(const struct image *img, const struct image_profile *profile,
			   enum class_id class_id)
{
	struct grant_walk w = {
		.img = img,
		.profile = profile,
		.table = image_table_walk(img, profile->table),
		.shape = class_id == CLASS_NET ? net_shape : unix_shape,
		.n_states = img->tables[profile->table].n_states,
		.granted = PERM_NET_ALL,
	};
	size_t n = (size_t)w.n_states * (w.shape.n_fixed + w.shape.n_nuls + 2);

	if (!profile->start[class_id] || profile->flags & PROFILE_AUDIT)
		return 0;
	w.seen = calloc(n, sizeof(*w.seen));
	w.todo = calloc(n, sizeof(*w.todo));
	if (!w.seen || !w.todo)
		base_no_memory();
	walk(&w, profile->start[class_id]);
	free(w.seen);
	free(w.todo);
	return w.granted;
}
