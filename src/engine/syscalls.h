/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of system calls: what the engine does with each. What is not in it does not exist for
 * the tree (ENOSYS): programs then take an older way, and a call that Linux gets tomorrow is no hole.
 */
#ifndef ENGINE_SYSCALLS_H
#define ENGINE_SYSCALLS_H

#include "base/buf.h"
#include "engine/call.h"

enum syscall_way {
	WAY_ALLOW,			/* native */
	WAY_SERVE,			/* the supervisor answers */
	WAY_REFUSE,			/* fails with an errno */
};

/* When the filter lets a call to be served go on natively. */
enum syscall_when {
	WHEN_ALWAYS,			/* never: each one is served */
	WHEN_NO_PATH_FD,		/* served unless flags (argument `at`) hold O_PATH */
	WHEN_EXECUTABLE_FILE,		/* served if PROT_EXEC and not MAP_ANONYMOUS */
	WHEN_EXECUTABLE,		/* served if PROT_EXEC */
	WHEN_ADDRESS,			/* served if argument `at` is not 0 */
	WHEN_LOCKING,			/* fcntl: served for locks and leases */
	WHEN_PRCTL,			/* prctl: by its options */
	WHEN_CLONE,			/* refused with flags for new namespaces or CLONE_UNTRACED */
	WHEN_UNSHARE,			/* refused unless only tables are unshared */
	WHEN_IOCTL,			/* refused: faking terminal input */
	WHEN_PERSONALITY,		/* refused with READ_IMPLIES_EXEC */
};

struct syscall_row {
	const char *name;
	enum syscall_way way;
	enum syscall_when when;
	unsigned at;			/* which argument */
	int error;			/* WAY_REFUSE: positive errno */
	void (*serve)(struct call *c);
	const char *grade;		/* for people */
	const char *how;
};

extern const struct syscall_row syscall_rows[];	/* ended by a NULL name */

/* The row that serves a number, NULL if there is none. Ready after syscalls_init(). */
const struct syscall_row *syscall_find(int nr);
void syscalls_init(void);

/* The number of a row's call here, or a negative one if this system has none. */
int syscall_number(const struct syscall_row *row);

void syscalls_print(struct buf *out);

#endif
