/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exec in two halves. The early one (a worker, serve_exec.c) decides on the file it holds and
 * remembers what it decided on; the late one (the tracer, at PTRACE_EVENT_EXEC) looks at what really
 * was executed, before its first instruction, and puts on the new label, or kills.
 */
#ifndef ENGINE_EXEC_H
#define ENGINE_EXEC_H

#include "engine/call.h"
#include "engine/supervisor.h"
#include "engine/walk.h"

/* What was decided, until the exec happens. */
struct exec_plan {
	pid_t tid;
	struct label label;		/* the one to come */
	bool is_scrubbed;		/* AT_SECURE */
	bool is_changed;		/* another label than before */
	bool is_script;
	dev_t dev;			/* of the binary that the kernel will run */
	ino_t ino;
	char text[PATH_MAX];		/* a script: the path as the kernel was told it */
};

struct execs *execs_new(void);
void execs_free(struct execs *x);
void execs_remember(struct execs *x, const struct exec_plan *plan);
/* Takes the plan of a thread out; false if there is none. */
bool execs_take(struct execs *x, pid_t tid, struct exec_plan *out);

/*
 * The label after executing the program by the rules of AppArmor (domain transitions):
 * 0 and *plan's label, is_scrubbed and is_changed; or the negative errno for the caller, told.
 */
int exec_transition(struct call *c, const struct held *program, struct exec_plan *plan);

/* The late half, for the tracer: tid is stopped at PTRACE_EVENT_EXEC, was old_tid before. */
void exec_done(struct supervisor *s, pid_t tid, pid_t old_tid);

/* What a profile demands when it is put on: limits, capabilities. tid is stopped. */
void exec_enter(struct supervisor *s, pid_t tid, const struct label *label);

#endif
