/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats single events, gives records with counts. The one idea: a small table of kinds lately seen;
 * each place keeps the last event of its kind and how many of them were not given out yet.
 *
 *	place: free | waiting until `due`, `held` events not given out (0: only remembered)
 *
 * All memory is taken at the start. Looking a kind up walks the table: GROUP_PLACES short
 * comparisons of a hash.
 */
#include "event/group.h"

#include <stdlib.h>

#ifdef HARD_TEST
enum { N_PLACES = 1 };
#else
enum { N_PLACES = GROUP_PLACES };
#endif

struct group_place {
	bool is_used;
	uint64_t hash;
	uint64_t due;			/* end of its window, ms */
	uint32_t held;
	struct event last;
};

struct group {
	struct group_out out;
	struct group_place places[N_PLACES];
};

struct group *group_new(struct group_out out)
{
	struct group *g = calloc(1, sizeof(*g));

	if (g)
		g->out = out;
	return g;
}

void group_free(struct group *g)
{
	if (!g)
		return;
	group_flush(g);
	free(g);
}

static uint64_t hash_of(const struct event *e)
{
	return slice_hash(slice_make(e->name, e->name_len)) * 31 +
	       slice_hash(slice_of(e->profile)) * 7 + slice_hash(slice_of(e->operation)) +
	       e->denied + (uint64_t)e->class_id;
}

static void give_held(struct group *g, struct group_place *place)
{
	if (!place->held)
		return;
	place->last.count = place->held;
	place->held = 0;
	g->out.emit(g->out.to, &place->last);
}

static struct group_place *find_place(struct group *g, const struct event *e, uint64_t hash)
{
	for (size_t i = 0; i < N_PLACES; i++) {
		struct group_place *place = &g->places[i];

		if (place->is_used && place->hash == hash && event_is_same(&place->last, e))
			return place;
	}
	return NULL;
}

/* A free place, or the one whose window ends first, after giving out what it holds. */
static struct group_place *free_place(struct group *g)
{
	struct group_place *first = &g->places[0];

	for (size_t i = 0; i < N_PLACES; i++) {
		if (!g->places[i].is_used)
			return &g->places[i];
		if (g->places[i].due < first->due)
			first = &g->places[i];
	}
	give_held(g, first);
	return first;
}

static void hold(struct group *g, struct group_place *place, const struct event *e)
{
	if (place->held > UINT32_MAX - e->count)
		give_held(g, place);
	place->held += e->count;
	place->last = *e;
}

void group_add(struct group *g, const struct event *e, uint64_t now_ms)
{
	uint64_t hash = hash_of(e);
	struct group_place *place;

	group_tick(g, now_ms);
	/* Facts about the engine, losses above all, are never put together. */
	if (e->verdict == EVENT_STATUS) {
		g->out.emit(g->out.to, e);
		return;
	}
	place = find_place(g, e, hash);
	if (place) {
		hold(g, place, e);
		return;
	}
	place = free_place(g);
	place->is_used = true;
	place->hash = hash;
	place->due = now_ms + GROUP_WINDOW_MS;
	place->held = 0;
	place->last = *e;
	g->out.emit(g->out.to, e);
}

int group_tick(struct group *g, uint64_t now_ms)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < N_PLACES; i++) {
		struct group_place *place = &g->places[i];

		if (place->is_used && place->due <= now_ms) {
			/* A burst that goes on gives one record per window. */
			place->is_used = place->held > 0;
			place->due = now_ms + GROUP_WINDOW_MS;
			give_held(g, place);
		}
		if (place->is_used && place->held && place->due < next)
			next = place->due;
	}
	return next == UINT64_MAX ? -1 : (int)(next - now_ms);
}

void group_flush(struct group *g)
{
	for (size_t i = 0; i < N_PLACES; i++) {
		give_held(g, &g->places[i]);
		g->places[i].is_used = false;
	}
}
