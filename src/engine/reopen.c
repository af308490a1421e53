/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats held objects, gives open descriptors of them. Through /proc/self/fd the very object is opened
 * that was decided on; the kernel checks its mode for the caller, as always.
 */
#include "engine/serve_file.h"

#include "engine/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum {
	TTY_MAJOR = 5,			/* /dev/tty is minor 0 */
	PTS_MAJOR = 136,		/* eight majors of 256 terminals each in tty_nr */
	ASK_EACH_NS = 20000000,		/* how often a waiting open looks for signals of its caller */
};

/* The controlling terminal of a process as /proc tells it, 0: none. */
static dev_t terminal_of(pid_t pid)
{
	char path[64], text[512];
	const char *end;
	int tty = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	/* The program's name, in brackets, may hold anything. */
	end = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	fclose(f);
	if (!end || sscanf(end + 1, " %*c %*d %*d %*d %d", &tty) != 1)
		return 0;
	return (dev_t)(unsigned)tty;
}

/* "The terminal" means the caller's: ours too, mostly. */
static int open_terminal(struct call *c, int flags)
{
	dev_t tty = terminal_of(c->task.tgid);
	char path[64];
	int fd;

	if (!tty)
		return -ENXIO;
	if (tty == terminal_of(call_supervisor_pid(c)))
		snprintf(path, sizeof(path), "/dev/tty");
	else if (major(tty) >= PTS_MAJOR && major(tty) < PTS_MAJOR + 8)
		snprintf(path, sizeof(path), "/dev/pts/%u",
			 minor(tty) + 256 * (major(tty) - PTS_MAJOR));
	else
		return -ENXIO;
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

int waking_start(const struct call *c, timer_t *timer)
{
	const struct itimerspec each = { { 0, ASK_EACH_NS }, { 0, ASK_EACH_NS } };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = c->supervisor->wake_signal,
	};

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, timer) < 0)
		return -errno;
	if (timer_settime(*timer, 0, &each, NULL) == 0)
		return 0;
	timer_delete(*timer);
	return -EAGAIN;
}

bool waking_is_over(const struct call *c)
{
	return atomic_load(&c->supervisor->is_done) || call_is_interrupted(c);
}

/*
 * Waits for the other end as the kernel does, and lets go when the caller gets a signal. Between two
 * waits the other end sees nobody here for a moment: one that does not wait itself may be told so.
 */
static int open_waiting(struct call *c, const char *path, int flags)
{
	timer_t timer;
	int fd, r = waking_start(c, &timer);

	if (r < 0)
		return r;
	for (;;) {
		fd = open(path, flags);
		if (fd >= 0 || errno != EINTR)
			break;
		if (waking_is_over(c)) {
			fd = -CALL_RESTART;
			break;
		}
	}
	r = fd == -1 ? -errno : fd;
	timer_delete(timer);
	return r;
}

int reopen_held(struct call *c, const struct held *h, uint64_t flags)
{
	uint64_t without = O_CREAT | O_NOFOLLOW | (flags & O_CREAT ? O_EXCL : 0);
	/* The terminal is never ours, and no program that we start gets the descriptor. */
	int own = (int)((flags & ~without) | O_NOCTTY | O_CLOEXEC), fd;
	char path[64];

	if (S_ISCHR(h->st.st_mode) && h->st.st_rdev == makedev(TTY_MAJOR, 0))
		return open_terminal(c, own);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", h->fd);
	if (S_ISFIFO(h->st.st_mode) && !(own & O_NONBLOCK) && (own & O_ACCMODE) != O_RDWR)
		return open_waiting(c, path, own);
	fd = open(path, own);
	return fd < 0 ? -errno : fd;
}
