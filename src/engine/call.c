/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a call under way, gives looks into its caller. After each look it is asked whether the caller
 * still waits for this very call: only then was it the caller that was looked at.
 */
#include "engine/call.h"

#include "engine/supervisor.h"
#include "engine/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

void call_continue(struct call *c)
{
	c->answer = ANSWER_CONTINUE;
}

void call_return(struct call *c, int64_t r)
{
	c->answer = ANSWER_RETURN;
	c->value = r;
}

void call_add_fd(struct call *c, int fd, bool is_cloexec)
{
	c->answer = ANSWER_ADD_FD;
	c->fd = fd;
	c->is_cloexec = is_cloexec;
}

bool call_is_alive(const struct call *c)
{
	uint64_t id = c->id;

	return !ioctl(c->supervisor->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

int call_read(const struct call *c, uint64_t address, void *to, size_t len)
{
	struct iovec mine = { to, len }, its = { (void *)(uintptr_t)address, len };
	ssize_t n;

	if (!len)
		return 0;
	act_own(c->supervisor);
	n = process_vm_readv(c->task.tid, &mine, 1, &its, 1, 0);
	if (!call_is_alive(c))
		return -ESRCH;
	return n == (ssize_t)len ? 0 : -EFAULT;
}

int call_write(const struct call *c, uint64_t address, const void *from, size_t len)
{
	struct iovec mine = { (void *)(uintptr_t)from, len };
	struct iovec its = { (void *)(uintptr_t)address, len };

	if (!len)
		return 0;
	act_own(c->supervisor);
	/* Asked before: a stranger's memory must not be written. Its number is ours while we trace it. */
	if (!call_is_alive(c))
		return -ESRCH;
	return process_vm_writev(c->task.tid, &mine, 1, &its, 1, 0) == (ssize_t)len ? 0 : -EFAULT;
}

/* Reads up to len bytes that may end early where memory ends; gives how many. */
static ssize_t read_some(const struct call *c, uint64_t address, char *to, size_t len)
{
	struct iovec mine = { to, len }, its = { (void *)(uintptr_t)address, len };

	return process_vm_readv(c->task.tid, &mine, 1, &its, 1, 0);
}

int call_read_text(const struct call *c, uint64_t address, char *to, size_t size)
{
	size_t done = 0;

	if (!address)
		return -EFAULT;
	act_own(c->supervisor);
	while (done < size) {
		/* Not beyond a page: the next one need not be there. */
		size_t len = 4096 - (address + done) % 4096;
		ssize_t n;
		char *end;

		if (len > size - done)
			len = size - done;
		n = read_some(c, address + done, to + done, len);
		if (n <= 0)
			return call_is_alive(c) ? -EFAULT : -ESRCH;
		end = memchr(to + done, '\0', (size_t)n);
		if (end)
			return call_is_alive(c) ? (int)(end - to) : -ESRCH;
		done += (size_t)n;
	}
	return call_is_alive(c) ? -ENAMETOOLONG : -ESRCH;
}

/* By /proc: works for every thread and for O_PATH descriptors, but only as O_PATH. */
static int take_proc_fd(const struct call *c, int fd)
{
	char path[64];
	int mine;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task.tid, fd);
	mine = open(path, O_PATH | O_CLOEXEC);
	if (mine < 0)
		return errno == ENOENT ? -EBADF : -errno;
	return mine;
}

/* The pidfd of the caller, opened once and kept with the task; pidfds name thread groups only. */
static int pidfd_of(const struct call *c)
{
	int fd = c->task.pidfd;

	if (fd >= 0)
		return fd;
	fd = (int)syscall(SYS_pidfd_open, c->task.tgid, 0);
	if (fd >= 0)
		tasks_keep_pidfd(c->supervisor->tasks, c->task.tid, fd);
	return fd < 0 ? -errno : fd;
}

int call_take_fd(const struct call *c, int fd)
{
	int mine, pidfd;

	if (fd < 0)
		return -EBADF;
	act_own(c->supervisor);
	pidfd = pidfd_of(c);
	mine = pidfd < 0 ? pidfd : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (mine < 0)
		mine = take_proc_fd(c, fd);
	if (mine >= 0 && !call_is_alive(c)) {
		close(mine);
		return -ESRCH;
	}
	return mine;
}

int call_take_cwd(const struct call *c)
{
	char path[64];
	int fd;

	act_own(c->supervisor);
	snprintf(path, sizeof(path), "/proc/%d/cwd", c->task.tid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!call_is_alive(c)) {
		close(fd);
		return -ESRCH;
	}
	return fd;
}

bool call_find_task(struct call *c, pid_t tid, struct task *out)
{
	return tasks_find(c->supervisor->tasks, tid, out);
}

pid_t call_supervisor_pid(const struct call *c)
{
	return c->supervisor->pid;
}

bool call_is_interrupted(const struct call *c)
{
	uint64_t own = 0, shared = 0, blocked = 0, ignored = 0;
	char status[4096];

	if (!call_is_alive(c) || target_status(c->task.tid, status, sizeof(status)) < 0)
		return true;
	target_field(status, "SigPnd", 16, &own);
	target_field(status, "ShdPnd", 16, &shared);
	target_field(status, "SigBlk", 16, &blocked);
	target_field(status, "SigIgn", 16, &ignored);
	return (own | shared) & ~blocked & ~ignored;
}
