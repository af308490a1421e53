/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls made by a stopped thread on the tracer's behalf. For the tracer's thread alone. */
#ifndef ENGINE_INJECT_H
#define ENGINE_INJECT_H

#include "engine/supervisor.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

bool inject_regs(pid_t tid, struct user_regs_struct *out);

/*
 * Takes from a thread, stopped at PTRACE_EVENT_EXEC or PTRACE_EVENT_SECCOMP, all capabilities that
 * are not in `allowed`. False if that failed: it must not go on.
 */
bool inject_caps(pid_t tid, uint64_t allowed);

/*
 * At PTRACE_EVENT_EXEC: descriptors of files which the label may not use as they are open become an
 * empty file. A thread for which that fails is killed. At the very first exec (is_first) the three
 * standard ones stay what whoever typed the command made them, and no event is told: what else a
 * shell happens to have open is no deed of the program.
 */
void inject_close_files(struct supervisor *s, pid_t tid, const struct label *label, bool is_first);

/* At PTRACE_EVENT_SECCOMP: the call is not made, its answer is `result`. */
bool inject_answer(pid_t tid, int64_t result);

#endif
