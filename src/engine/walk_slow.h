/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to walk*.c: resolving a path component by component, and what is special in /proc. */
#ifndef ENGINE_WALK_SLOW_H
#define ENGINE_WALK_SLOW_H

#include "engine/walk.h"

/*
 * From the folder `base` (ours, stays open) or, for an absolute path, from the root: an O_PATH fd of
 * ours, or a negative errno.
 */
int walk_slow(struct call *c, int base, const char *path, unsigned flags);

bool walk_is_proc(int fd);

/* Where a name lies in a procfs. */
struct proc_place {
	pid_t pid;			/* 0: not below a process' folder */
	const char *rest;		/* behind "PID/", or behind the root if pid is 0 */
	bool is_ours;			/* the numbers are those of the procfs at /proc */
};

/* The place of a name that is one of a procfs; false if no root of one leads there. */
bool walk_find_proc(const char *name, struct proc_place *out);

/*
 * May the caller touch this file of a procfs? 0, or -EACCES for files of the supervisor and for
 * guarded files of others that the labels do not let it see. Credentials must be taken on again.
 */
int walk_guard_proc(struct call *c, const char *name);

#endif
