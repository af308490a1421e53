/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * So that one profile cannot drown the others: at most LIMIT_RECORDS records of a profile in a window.
 * What is swallowed is counted and told as one EVENT_STATUS of that profile, operation "limited", with
 * the number in `lost`, when the window ends. The sum of all counts given out and all `lost` told is
 * always the number of events put in.
 */
#ifndef EVENT_LIMIT_H
#define EVENT_LIMIT_H

#include "event/group.h"

#ifdef HARD_TEST
enum { LIMIT_PLACES = 2, LIMIT_RECORDS = 3, LIMIT_WINDOW_MS = 1000 };
#else
enum { LIMIT_PLACES = 256, LIMIT_RECORDS = 50, LIMIT_WINDOW_MS = 1000 };
#endif

struct limit;

/* NULL if there is no memory. */
struct limit *limit_new(struct group_out out);
void limit_free(struct limit *l);	/* flushes first */

/* Puts a record in at now_ms (any monotonic clock). Facts about the engine always pass. */
void limit_add(struct limit *l, const struct event *e, uint64_t now_ms);

/* Tells what was swallowed in windows that have ended. */
void limit_tick(struct limit *l, uint64_t now_ms);
void limit_flush(struct limit *l);

#endif
