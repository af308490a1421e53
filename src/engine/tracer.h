/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop that waits for the tree's threads. */
#ifndef ENGINE_TRACER_H
#define ENGINE_TRACER_H

#include "engine/supervisor.h"

/* Signals that this process passes on to the command; before the tree goes on. */
void tracer_catch_signals(const struct supervisor *s);
void tracer_release_signals(void);

/* Until the whole tree is gone. Gives the command's wait status. */
int tracer_run(struct supervisor *s);

#endif
