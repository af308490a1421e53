/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats events from all threads, gives them one by one to whoever ran the engine. A ring of fixed
 * size: when it is full an event is counted as lost, and the count is told as an event itself.
 */
#include "engine/supervisor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
#ifdef HARD_TEST
	N_PLACES = 2,
#else
	N_PLACES = SUPERVISOR_EVENTS_MAX,
#endif
	TICK_MS = 100,
};

struct report {
	const struct engine_run *run;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_running;
	bool is_stopping;
	uint64_t serial;
	uint32_t lost;
	unsigned first, n;
	struct event out;		/* the one being handed over */
	struct event ring[N_PLACES];
};

struct report *report_new(const struct engine_run *run)
{
	struct report *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (!r)
		return NULL;
	r->run = run;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->changed, &attr);
	pthread_condattr_destroy(&attr);
	/* Touched now, so that no page is missing later. */
	memset(r->ring, 0, sizeof(r->ring));
	return r;
}

void report_free(struct report *r)
{
	if (!r)
		return;
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->changed);
	free(r);
}

void report_event(struct report *r, const struct event *e)
{
	struct event *place;

	pthread_mutex_lock(&r->lock);
	if (r->n == N_PLACES) {
		r->lost++;
	} else {
		place = &r->ring[(r->first + r->n++) % N_PLACES];
		*place = *e;
		place->serial = ++r->serial;
		clock_gettime(CLOCK_REALTIME, &place->time);
	}
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

/* With the lock held: the next event to hand over is in out. */
static bool take(struct report *r)
{
	if (r->n) {
		r->out = r->ring[r->first];
		r->first = (r->first + 1) % N_PLACES;
		r->n--;
		return true;
	}
	if (!r->lost)
		return false;
	memset(&r->out, 0, sizeof(r->out));
	r->out.verdict = EVENT_STATUS;
	r->out.count = 1;
	r->out.lost = r->lost;
	r->out.serial = ++r->serial;
	r->out.ouid = (uid_t)-1;
	strcpy(r->out.operation, "lost");
	strcpy(r->out.info, "events came faster than they could be written");
	clock_gettime(CLOCK_REALTIME, &r->out.time);
	r->lost = 0;
	return true;
}

static void wait_a_while(struct report *r)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&r->changed, &r->lock, &until);
}

static void *empty(void *arg)
{
	struct report *r = arg;
	bool is_done = false;

	pthread_mutex_lock(&r->lock);
	while (!is_done) {
		if (take(r)) {
			pthread_mutex_unlock(&r->lock);
			r->run->event(r->run->to, &r->out);
			pthread_mutex_lock(&r->lock);
			continue;
		}
		is_done = r->is_stopping;
		if (!is_done)
			wait_a_while(r);
		pthread_mutex_unlock(&r->lock);
		r->run->tick(r->run->to);
		pthread_mutex_lock(&r->lock);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

int report_start(struct report *r, struct err *err)
{
	int code = pthread_create(&r->thread, NULL, empty, r);

	if (code)
		return err_set(err, -code, "cannot start the reporter's thread");
	r->is_running = true;
	return 0;
}

void report_stop(struct report *r)
{
	if (!r->is_running)
		return;
	pthread_mutex_lock(&r->lock);
	r->is_stopping = true;
	pthread_cond_signal(&r->changed);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	r->is_running = false;
}
