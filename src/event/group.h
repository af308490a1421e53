/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identical events in a burst become one record with a count. The first of a kind is given out at
 * once; repeats within the window are counted and given out as one record when the window ends,
 * when the table needs the place, or at group_flush(). The sum of all counts given out is always
 * the number of events put in.
 */
#ifndef EVENT_GROUP_H
#define EVENT_GROUP_H

#include "event/event.h"

enum { GROUP_PLACES = 64, GROUP_WINDOW_MS = 1000 };

struct group;

struct group_out {
	void *to;
	void (*emit)(void *to, const struct event *e);
};

/* NULL if there is no memory. */
struct group *group_new(struct group_out out);
void group_free(struct group *g);	/* flushes first */

/* Puts an event in at now_ms (any monotonic clock). */
void group_add(struct group *g, const struct event *e, uint64_t now_ms);

/* Gives out what is due at now_ms; gives the ms until the next is due, -1: nothing waits. */
int group_tick(struct group *g, uint64_t now_ms);
void group_flush(struct group *g);

#endif
