/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the events of a run go: grouped, the deciding rule added, printed to a log or to standard
 * error. The functions that take void * fit struct engine_run; they are called by one thread at a
 * time.
 */
#ifndef CLI_SINK_H
#define CLI_SINK_H

#include "base/err.h"
#include "event/event.h"
#include "lang/policy.h"

#include <stdbool.h>

enum sink_form { SINK_AUDIT, SINK_JSON, SINK_LINE };

struct sink_options {
	const char *log_path;		/* events are appended there; NULL: standard error */
	bool is_json;
	bool is_quiet;			/* nothing on standard error */
	bool is_stdout;			/* without log_path: standard output */
	bool is_limited;		/* event/limit.h */
	const struct policy *policy;	/* must outlive the sink; NULL: no rules are told */
};

struct sink;

/* NULL with words if the log cannot be opened. */
struct sink *sink_new(const struct sink_options *options, struct err *err);
void sink_free(struct sink *s);

void sink_event(void *sink, const struct event *e);
void sink_tick(void *sink);

/* Rules are looked for in another policy from now on, which may be NULL; the one before may go. */
void sink_set_policy(struct sink *s, const struct policy *policy);

/* Opens the log's path again, after it was renamed; on failure the old one goes on. */
int sink_reopen(struct sink *s, struct err *err);

/* Gives out what is still held, and says on standard error how many there were, if any. */
void sink_close(struct sink *s);

#endif
