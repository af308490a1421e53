/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One mediated system call on its way: what was asked, by whom, and the answer. A worker receives
 * the notification, fills a struct call, runs the serve function that the table names, and sends
 * the answer. A serve function answers exactly once; without an answer the worker sends EACCES.
 *
 * Adding a mediated system call: a serve function in its family's serve_*.c, its line in
 * syscalls.c (number → strategy, function, grade, words for people).
 *
 * The law against races: pointers are read once, into our memory; what is decided on is an object
 * held by an fd of ours, and that same fd is what is acted on. call_continue is only for calls
 * whose mediated arguments are all in registers, or whose object nobody else can swap.
 */
#ifndef ENGINE_CALL_H
#define ENGINE_CALL_H

#include "base/slice.h"
#include "engine/task.h"

#include <limits.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct supervisor;

enum { CALL_RESTART = 512 };		/* the kernel's ERESTARTSYS */

enum answer_kind { ANSWER_NONE, ANSWER_CONTINUE, ANSWER_RETURN, ANSWER_ADD_FD };

struct call {
	struct supervisor *supervisor;
	int nr;				/* __NR_* of x86-64 */
	uint64_t args[6];
	uint64_t id;			/* of the notification */
	struct task task;		/* the caller, copied when the call came in */
	enum answer_kind answer;
	int64_t value;			/* ANSWER_RETURN: as the kernel returns it (-errno or a value) */
	int fd;				/* ANSWER_ADD_FD: ours; closed by the worker once sent */
	bool is_cloexec;
	bool is_unmasked;		/* umask was set for this call and must be put back */
};

/* Answers. A negative errno in `r` of call_return is the error. */
void call_continue(struct call *c);
void call_return(struct call *c, int64_t r);
/* Gives fd (ours, taken over) to the caller as its lowest free descriptor. */
void call_add_fd(struct call *c, int fd, bool is_cloexec);

/* True while the caller still waits for this very call. Checked after each read of the target. */
bool call_is_alive(const struct call *c);

/*
 * Read from or write to the caller's memory: 0, or -EFAULT, or -ESRCH when the caller is gone (any
 * answer is then dropped).
 */
int call_read(const struct call *c, uint64_t address, void *to, size_t len);
int call_write(const struct call *c, uint64_t address, const void *from, size_t len);

/*
 * Reads a NUL-ended text of at most size - 1 bytes: its length, -EFAULT, or -ENAMETOOLONG. An empty
 * text gives 0: calls that refuse one answer -ENOENT themselves.
 */
int call_read_text(const struct call *c, uint64_t address, char *to, size_t size);

/* A copy of the caller's descriptor, ours to close: an fd, -EBADF, or -ESRCH. Works for O_PATH fds. */
int call_take_fd(const struct call *c, int fd);

/* The caller's current folder, its root ("/"), as O_PATH fds of ours. */
int call_take_cwd(const struct call *c);

/* The task of another thread of the tree, copied; false if it is not of the tree. */
bool call_find_task(struct call *c, pid_t tid, struct task *out);

/*
 * From here to the end of the call this worker's thread acts with the caller's fsuid, fsgid,
 * groups and effective capabilities (raw per-thread system calls). Does nothing where the
 * supervisor has no privilege to lend. -EACCES if the caller's credentials cannot be taken on.
 * Every serve function calls it before it touches a file system, with_umask where it creates.
 */
int call_act(struct call *c, bool with_umask);

/* Fills in the caller's credentials where they are not known: 0 or a negative errno. */
int call_know_creds(struct call *c);

/* The thread group the supervisor itself is: its /proc files are never opened for anybody. */
pid_t call_supervisor_pid(const struct call *c);

/*
 * True once a signal is pending for the caller, for serve functions that wait: they stop with
 * -ERESTARTSYS (512), which the kernel turns into a restart or EINTR.
 */
bool call_is_interrupted(const struct call *c);

#endif
