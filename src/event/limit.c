/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats records, gives as many of each profile as people can read, and the number of the others. */
#include "event/limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct limit_place {
	char profile[EVENT_LABEL_MAX];
	uint64_t due;			/* when the window ends; 0: the place is free */
	uint32_t n_given;
	uint32_t n_swallowed;		/* events, not records */
};

struct limit {
	struct group_out out;
	struct event note;		/* large, and one is told at a time */
	struct limit_place places[LIMIT_PLACES];
};

struct limit *limit_new(struct group_out out)
{
	struct limit *l = calloc(1, sizeof(*l));

	if (l)
		l->out = out;
	return l;
}

static void end_window(struct limit *l, struct limit_place *place)
{
	struct event *e = &l->note;

	place->due = 0;
	place->n_given = 0;
	if (!place->n_swallowed)
		return;
	memset(e, 0, sizeof(*e));
	clock_gettime(CLOCK_REALTIME, &e->time);
	e->count = 1;
	e->verdict = EVENT_STATUS;
	e->lost = place->n_swallowed;
	e->ouid = (uid_t)-1;
	snprintf(e->operation, sizeof(e->operation), "limited");
	memcpy(e->profile, place->profile, sizeof(e->profile));
	place->n_swallowed = 0;
	l->out.emit(l->out.to, e);
}

/* The profile's place, or a free one, or the one whose window ends first, after that has ended. */
static struct limit_place *place_of(struct limit *l, const char *profile, uint64_t now_ms)
{
	struct limit_place *best = &l->places[0];

	for (size_t i = 0; i < LIMIT_PLACES; i++) {
		if (l->places[i].due && !strcmp(l->places[i].profile, profile))
			return &l->places[i];
		if (l->places[i].due < best->due)
			best = &l->places[i];
	}
	end_window(l, best);
	snprintf(best->profile, sizeof(best->profile), "%s", profile);
	best->due = now_ms + LIMIT_WINDOW_MS;
	return best;
}

void limit_add(struct limit *l, const struct event *e, uint64_t now_ms)
{
	struct limit_place *place;

	limit_tick(l, now_ms);
	if (e->verdict == EVENT_STATUS) {
		l->out.emit(l->out.to, e);
		return;
	}
	place = place_of(l, e->profile, now_ms);
	if (place->n_given < LIMIT_RECORDS) {
		place->n_given++;
		l->out.emit(l->out.to, e);
		return;
	}
	if (place->n_swallowed > UINT32_MAX - e->count)
		end_window(l, place);
	place->n_swallowed += e->count;
}

void limit_tick(struct limit *l, uint64_t now_ms)
{
	for (size_t i = 0; i < LIMIT_PLACES; i++)
		if (l->places[i].due && l->places[i].due <= now_ms)
			end_window(l, &l->places[i]);
}

void limit_flush(struct limit *l)
{
	for (size_t i = 0; i < LIMIT_PLACES; i++)
		end_window(l, &l->places[i]);
}

void limit_free(struct limit *l)
{
	if (!l)
		return;
	limit_flush(l);
	free(l);
}
