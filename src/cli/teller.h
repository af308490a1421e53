/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that reads the events of the programs in force, and nothing else. What it reads was chosen by
 * those who are confined: before it reads any of it, it gives up all that it could do harm with, and what
 * needs a privilege (the next programs, the log after it was renamed, policy files) is for the process that
 * started it, which reads no event, and starts another one.
 */
#ifndef CLI_TELLER_H
#define CLI_TELLER_H

#include "base/err.h"
#include "cli/sink.h"

#include <stdbool.h>
#include <sys/types.h>

struct teller {
	pid_t pid;
	int stop;			/* it ends when this end of a pipe is closed */
};

/* What it tells with. */
struct teller_means {
	struct sink *sink;		/* open; the child has a copy */
	/* Reads policy, once there is an event; NULL: there is none to read. Called with the caller's rights. */
	const struct policy *(*read_policy)(void *to);
	void *to;
};

/*
 * Starts one for the ring buffer of the programs in force. The caller has dropped its privileges for good
 * (cli/drop.h), and has one thread.
 */
int teller_start(struct teller *t, const struct teller_means *means, struct err *err);

/* Whether it has ended by itself: *r is what teller_stop() would give then. */
bool teller_has_ended(struct teller *t, int *r, struct err *err);

/* Has it tell what is there and end. Negative errno if it failed, which it has said itself, or was killed. */
int teller_stop(struct teller *t, struct err *err);

#endif
