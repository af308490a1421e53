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
	const struct policy *policy;	/* must outlive the sink */
};

struct sink;

/* NULL with words if the log cannot be opened. */
struct sink *sink_new(const struct sink_options *options, struct err *err);
void sink_free(struct sink *s);

void sink_event(void *sink, const struct event *e);
void sink_tick(void *sink);

/* Gives out what is still held, and says on standard error how many there were, if any. */
void sink_close(struct sink *s);

#endif
