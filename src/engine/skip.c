/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an image, tells what needs no question: permissions that every profile gives on every path, to
 * owner and others alike, without a report. The one idea: follow the automaton from "/" over all bytes
 * but NUL and, behind a "/", no other "/": what the kernel calls a path. If no state there lacks the
 * permission, no path does. Labels likewise, from any byte.
 */
#include "engine/skip.h"

#include <stdlib.h>

/* The entry of a state; accept value 0 is the empty one. */
static bool gives(const struct image_entry *e, uint32_t perms)
{
	for (int w = 0; w < 2; w++)
		if ((e->allow[w] & perms) != perms || e->audit[w] & perms)
			return false;
	return true;
}

/* States met, each once behind a "/" and once not. */
struct search {
	uint32_t *queue;		/* state * 2 + is behind a "/" */
	bool *is_met;
	uint32_t n;
};

static void meet(struct search *q, uint32_t state, bool is_behind)
{
	uint32_t at = state * 2 + is_behind;

	if (!q->is_met[at])
		q->queue[q->n++] = at;
	q->is_met[at] = true;
}

static bool all_give(const struct image *img, uint32_t table, struct search *q, uint32_t perms,
		     bool is_path)
{
	struct match_table walk = image_table_walk(img, table);

	for (uint32_t i = 0; i < q->n; i++) {
		uint32_t state = q->queue[i] / 2;

		if (!gives(image_table_entry(img, table, state), perms))
			return false;
		for (int byte = 1; byte < 256; byte++)
			if (byte != '/' || !(q->queue[i] & 1))
				meet(q, match_step(&walk, state, walk.class_of[byte]), is_path && byte == '/');
	}
	return true;
}

/* The states behind the first byte. */
static void meet_first(const struct image *img, uint32_t table, uint32_t start, struct search *q,
		       bool is_path)
{
	struct match_table walk = image_table_walk(img, table);

	for (int byte = 1; byte < 256; byte++)
		if (!is_path || byte == '/')
			meet(q, match_step(&walk, start, walk.class_of[byte]), is_path);
}

/* True if all states that paths, or labels, lead to give the permissions. */
static bool gives_all(const struct image *img, const struct image_profile *p,
		      enum class_id class_id, uint32_t perms)
{
	const struct image_table *t = &img->tables[p->table];
	struct search q = {
		.queue = calloc(2 * (size_t)t->n_states, sizeof(*q.queue)),
		.is_met = calloc(2 * (size_t)t->n_states, sizeof(*q.is_met)),
	};
	bool is_path = class_id == CLASS_FILE, is_good = q.queue && q.is_met;

	if (is_good) {
		meet_first(img, p->table, p->start[class_id], &q, is_path);
		is_good = all_give(img, p->table, &q, perms, is_path);
	}
	free(q.queue);
	free(q.is_met);
	return is_good;
}

static bool is_given(const struct image *img, enum class_id class_id, uint32_t perms)
{
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		const struct image_profile *p = &img->profiles[i];

		if (p->mode == MODE_UNCONFINED)
			continue;
		/* It may lead to null profiles, which report everything. */
		if (p->mode == MODE_COMPLAIN || p->mode == MODE_PROMPT)
			return false;
		if (p->flags & (PROFILE_AUDIT | PROFILE_DEFAULT_ALLOW) ||
		    !gives_all(img, p, class_id, perms))
			return false;
	}
	return true;
}

bool skip_is_given(const struct image *img, uint32_t perms)
{
	/* Some files below /proc are read by who may read another process, not by path alone. */
	if (perms & PERM_READ &&
	    !is_given(img, CLASS_PTRACE, PERM_PTRACE_READ | PERM_PTRACE_READBY | PERM_PTRACE_TRACE |
						 PERM_PTRACE_TRACEDBY))
		return false;
	return is_given(img, CLASS_FILE, perms);
}
