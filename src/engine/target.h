/* SPDX-License-Identifier: BSD-2-Clause */
/* What /proc tells of a thread of the tree. All of it is checked text; 0 or a negative errno. */
#ifndef ENGINE_TARGET_H
#define ENGINE_TARGET_H

#include "engine/call.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of the caller. */
int target_creds(struct call *c, struct creds *out);
int target_umask(struct call *c, mode_t *out);

/* Of any thread; for the tracer. */
int target_status(pid_t tid, char *text, size_t size);	/* the whole file, NUL-ended */
bool target_field(const char *status, const char *name, int base, uint64_t *out);
pid_t target_tgid(pid_t tid);				/* 0: gone */
pid_t target_parent(pid_t tid);
void target_comm(pid_t tid, char *out, size_t size);
/* The link /proc/TID/NAME; its length, or a negative errno. */
ssize_t target_link(pid_t tid, const char *name, char *out, size_t size);

#endif
