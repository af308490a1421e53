/* SPDX-License-Identifier: BSD-2-Clause */
/* What the serve functions for files share. */
#ifndef ENGINE_SERVE_FILE_H
#define ENGINE_SERVE_FILE_H

#include "engine/judge.h"
#include "engine/walk.h"

#include "base/io.h"

#include <errno.h>
#include <time.h>

/*
 * judge_file, then the caller's credentials again: telling an event looks at the caller with our own,
 * and what follows a verdict must not be done with those.
 */
static inline int serve_judge(struct call *c, const char *operation, struct slice name,
			      uint32_t wanted, uid_t owner)
{
	int r = judge_file(c, operation, name, wanted, owner);

	return r < 0 ? r : call_act(c, false);
}

/* As serve_judge for a held object; one without a path is not mediated. */
static inline int serve_judge_held(struct call *c, const char *operation, const struct held *h,
				   uint32_t wanted)
{
	if (h->is_nameless)
		return call_act(c, false);
	return serve_judge(c, operation, held_name(h), wanted, h->st.st_uid);
}

/* The answer for a system call's result of ours. */
static inline int serve_result(long r)
{
	return r < 0 ? -errno : 0;
}

/*
 * Opens a held object (no symlink, no socket) with the caller's flags: an fd of ours or a negative
 * errno, -CALL_RESTART when it waited for the other end of a FIFO and a signal came. reopen.c
 */
int reopen_held(struct call *c, const struct held *h, uint64_t flags);

/*
 * For calls that wait in this thread for the caller: a timer makes them fail with EINTR now and then;
 * waking_is_over tells whether to give up (the caller has a signal or is gone) or to wait again. The
 * timer is deleted by who started it.
 */
int waking_start(const struct call *c, timer_t *timer);
bool waking_is_over(const struct call *c);

/*
 * Opens by the name that stands in the text, if that decides the verdict: an fd of ours, the errno for the
 * caller, or -OPEN_NOT_PLAIN: then the object must be looked at first. open_plain.c
 */
enum { OPEN_NOT_PLAIN = 4097 };
int open_plain(struct call *c, int dirfd, const char *path, uint64_t flags, mode_t mode,
	       uint32_t wanted);

#endif
