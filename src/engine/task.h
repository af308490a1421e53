/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The threads of the confined tree and the label each wears. The tracer alone adds and removes;
 * workers read copies. All memory is laid out at start: TASKS_MAX threads, one more is refused
 * (the new thread is ended and an event says so).
 *
 * A label is a profile of the image, or none ("unconfined", after ux), or a null profile: the
 * complain-mode stand-in "PROFILE//null-PATH" for an exec that no rule speaks of.
 */
#ifndef ENGINE_TASK_H
#define ENGINE_TASK_H

#include "base/slice.h"
#include "image/image.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TASKS_MAX = 32768,
	NULL_PROFILES_MAX = 1024,	/* distinct names; further execs share the last */
};

#define LABEL_ONEXEC_UNCONFINED 0xfffffffdu

struct label {
	uint32_t profile;		/* IMAGE_NONE: unconfined */
	uint32_t null;			/* 0: none; else the null profile's number, profile is its root */
	uint32_t hat_of;		/* in a hat: the profile to go back to, else IMAGE_NONE */
	uint64_t hat_token;
	uint32_t onexec;		/* profile for the next exec, IMAGE_NONE: none asked for,
					   LABEL_ONEXEC_UNCONFINED: to be none */
};

/* Credentials a call is carried out with; read anew after a call that may change them. */
struct creds {
	bool is_known;
	uid_t fsuid;
	gid_t fsgid;
	int n_groups;
	gid_t groups[64];		/* more: the call is refused with EACCES */
	uint64_t cap_effective;
};

struct task {
	pid_t tid;			/* 0: free place */
	pid_t tgid;
	struct label label;
	struct creds creds;
	bool is_restarting;		/* its last call ends as the kernel says when a signal comes */
	int pidfd;			/* of the thread group, for pidfd_getfd; -1: not opened yet */
};

struct tasks;

/* NULL if there is no memory. img outlives it. */
struct tasks *tasks_new(const struct image *img);
void tasks_free(struct tasks *t);

/* Copies the task of a thread to *out (creds included); false if it is not of the tree. */
bool tasks_find(struct tasks *t, pid_t tid, struct task *out);

/* -ENOSPC past TASKS_MAX; -EEXIST if it is known. */
int tasks_add(struct tasks *t, pid_t tid, pid_t tgid, const struct label *label);
void tasks_remove(struct tasks *t, pid_t tid);
size_t tasks_count(struct tasks *t);

/* Changes one thread; false if it is gone. */
bool tasks_set_label(struct tasks *t, pid_t tid, const struct label *label);
bool tasks_set_creds(struct tasks *t, pid_t tid, const struct creds *creds);

/* Notes that a call was begun, and that its "restart" at a signal is meant so; or that it is over. */
void tasks_set_restarting(struct tasks *t, pid_t tid, bool is_restarting);

/* Gives the table a pidfd of tid's thread group to keep; it is closed with the task. */
void tasks_keep_pidfd(struct tasks *t, pid_t tid, int pidfd);

/* exec by tid made it the only thread of tgid, under the number tgid (PTRACE_EVENT_EXEC). */
bool tasks_exec(struct tasks *t, pid_t old_tid, pid_t tgid);

/* A number for the null profile of that name, made when new. */
uint32_t tasks_null_profile(struct tasks *t, struct slice name);

/* The label's full name ("unconfined", "a//hat", "a//null-/bin/x"), NUL-ended, into out. */
void tasks_label_name(struct tasks *t, const struct label *label, char *out, size_t len);

#endif
