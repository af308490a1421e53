/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests for another label by the process itself. */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "engine/supervisor.h"

/* tid is stopped at PTRACE_EVENT_SECCOMP before its prctl(CONTROL_PRCTL, …). For the tracer. */
void control_serve(struct supervisor *s, pid_t tid);

#endif
