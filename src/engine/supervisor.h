/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor of a confined tree, seen from inside: what its threads share.
 *
 *	tracer	(the thread that called run)	ptrace: births, deaths, signals, exec, self-transition
 *	workers	receive notifications of mediated system calls and answer them
 *	reporter	hands events to whoever ran us
 */
#ifndef ENGINE_SUPERVISOR_H
#define ENGINE_SUPERVISOR_H

#include "engine/call.h"
#include "engine/engine.h"
#include "engine/task.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	SUPERVISOR_WORKERS_MIN = 1,
	SUPERVISOR_WORKERS_MAX = 64,	/* more calls that block wait for one to end */
	SUPERVISOR_EVENTS_MAX = 256,	/* in the queue; further ones are counted as lost */
	SUPERVISOR_PENDING_MAX = 1024,	/* scripts and exec verdicts between notice and exec */
};

struct report;
struct execs;

struct supervisor {
	const struct engine_run *run;
	const struct image *image;
	struct tasks *tasks;
	struct report *report;
	struct execs *execs;
	int listener;			/* of seccomp notifications */
	size_t notif_size, resp_size;
	pid_t pid;			/* ours */
	pid_t child;			/* the command's process */
	bool is_privileged;		/* we hold capabilities: act as the caller for each call */
	uint64_t own_caps;		/* permitted */
	uid_t own_uid;			/* effective */
	gid_t own_gid;
	bool has_landlock_signals;	/* the kernel keeps the tree's signals inside */
	atomic_bool is_done;
	atomic_int n_idle;
	atomic_int n_workers;
	pthread_mutex_t workers_lock;
	pthread_t grower;		/* starts workers */
	pthread_cond_t grow;
	atomic_bool is_growing;
	pthread_t workers[SUPERVISOR_WORKERS_MAX];
	int wake_signal;		/* gets a worker out of its wait */
};

/* report.c: a bounded queue and the thread that empties it. NULL without memory. */
struct report *report_new(const struct engine_run *run);
int report_start(struct report *r, struct err *err);
/* Takes a copy, or counts it as lost. Fills in time and serial. */
void report_event(struct report *r, const struct event *e);
/* Hands out what is left, tells of losses, ends the thread. */
void report_stop(struct report *r);
void report_free(struct report *r);

/* worker.c */
int workers_start(struct supervisor *s, struct err *err);
void workers_stop(struct supervisor *s);

/* act.c: this thread's own credentials again, for looking into other processes. */
void act_own(const struct supervisor *s);

#endif
