/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats calls on other processes and on the caller's own powers, gives verdicts by numbers in
 * registers. What stays within the tree the kernel carries out; the supervisor itself is out of
 * reach for all of them.
 */
#include "engine/judge.h"
#include "engine/serve.h"
#include "engine/supervisor.h"
#include "engine/target.h"
#include "engine/walk_slow.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct label unconfined_label = {
	.profile = IMAGE_NONE, .hat_of = IMAGE_NONE, .onexec = IMAGE_NONE,
};

static bool is_supervisor(const struct call *c, pid_t pid)
{
	return pid == c->supervisor->pid || target_tgid(pid) == c->supervisor->pid;
}

/* The label of a process or thread; *is_ours: it is of the tree. */
static struct label label_of(struct call *c, pid_t pid, bool *is_ours)
{
	struct task task;

	*is_ours = call_find_task(c, pid, &task);
	return *is_ours ? task.label : unconfined_label;
}

static void finish(struct call *c, int r)
{
	if (r < 0)
		call_return(c, r);
	else
		call_continue(c);
}

/* Sends a signal in the place of the caller, as the caller: 0 or the kernel's answer. */
static int send_for(struct call *c, pid_t pid, int signal)
{
	int r = call_act(c, false);

	if (r < 0)
		return r;
	r = kill(pid, signal) < 0 ? -errno : 0;
	act_own(c->supervisor);
	return r;
}

/* One process or thread: 0 to go on natively, 1 if it was sent by us, or a negative errno. */
static int signal_one(struct call *c, pid_t pid, int signal, bool may_send)
{
	bool is_ours;
	struct label peer = label_of(c, pid, &is_ours);
	int r;

	if (is_supervisor(c, pid))
		return -EPERM;
	if (!is_ours && kill(pid, 0) < 0 && errno == ESRCH)
		return -ESRCH;
	r = judge_signal(c, signal, pid, &peer);
	if (r < 0 || is_ours)
		return r;
	r = may_send ? send_for(c, pid, signal) : -EPERM;
	return r < 0 ? r : 1;
}

struct group_signal {
	int signal;
	bool is_all;			/* kill(-1): not to the caller itself */
	bool has_member;
	int refused;			/* the first refusal */
	int r;
	void (*visit)(struct call *c, struct group_signal *g, pid_t pid, const struct label *peer);
};

/* Calls visit for each process of the tree in a group (0: in all). */
static void each_of_group(struct call *c, pid_t group, struct group_signal *g)
{
	DIR *dir = opendir("/proc");

	if (!dir)
		return;
	for (struct dirent *d; (d = readdir(dir));) {
		pid_t pid = (pid_t)atoi(d->d_name);
		bool is_ours;
		struct label peer;

		if (pid <= 0 || (group && getpgid(pid) != group))
			continue;
		peer = label_of(c, pid, &is_ours);
		if (is_ours && !(g->is_all && pid == c->task.tgid))
			g->visit(c, g, pid, &peer);
	}
	closedir(dir);
}

static void judge_member(struct call *c, struct group_signal *g, pid_t pid, const struct label *peer)
{
	int r = judge_signal(c, g->signal, pid, peer);

	g->has_member = true;
	if (r < 0 && !g->refused)
		g->refused = r;
}

static void signal_member(struct call *c, struct group_signal *g, pid_t pid, const struct label *peer)
{
	(void)peer;
	if (!send_for(c, pid, g->signal))
		g->r = 1;
}

/*
 * A group: each member in the tree is asked about, and one refusal refuses all, for the kernel cannot be
 * told to leave some out. It keeps the signal within the tree; where it does not know how, we send.
 */
static int signal_group(struct call *c, pid_t group, int signal)
{
	struct group_signal g = {
		.signal = signal,
		.is_all = !group,
		.r = -EPERM,
		.visit = judge_member,
	};

	each_of_group(c, group, &g);
	if (g.refused || !g.has_member)
		return g.refused ? g.refused : -ESRCH;
	if (c->supervisor->has_landlock_signals)
		return 0;
	g.visit = signal_member;
	each_of_group(c, group, &g);
	return g.r;
}

static int signal_kill(struct call *c, pid_t pid, int signal)
{
	if (pid > 0)
		return signal_one(c, pid, signal, true);
	if (pid == -1)
		return signal_group(c, 0, signal);
	return signal_group(c, pid ? -pid : getpgid(c->task.tgid), signal);
}

void serve_kill(struct call *c)
{
	pid_t first = (pid_t)c->args[0], second = (pid_t)c->args[1];
	int r;

	act_own(c->supervisor);
	switch (c->nr) {
	case __NR_kill:
		r = signal_kill(c, first, (int)c->args[1]);
		break;
	case __NR_tgkill:
	case __NR_rt_tgsigqueueinfo:
		r = second > 0 ? signal_one(c, second, (int)c->args[2], false) : 0;
		break;
	default:			/* tkill, rt_sigqueueinfo */
		r = first > 0 ? signal_one(c, first, (int)c->args[1], false) : 0;
	}
	if (r == 1)
		call_return(c, 0);
	else
		finish(c, r);
}

/* A folder of a process in a procfs names it as a pidfd does. */
static pid_t pid_of_folder(const struct call *c, int fd)
{
	struct proc_place place;
	char path[64], name[PATH_MAX];
	bool is_proc;
	int folder;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task.tid, fd);
	folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return -EBADF;
	is_proc = walk_is_proc(folder);
	snprintf(path, sizeof(path), "fd/%d", folder);
	is_proc = is_proc && target_link(getpid(), path, name, sizeof(name)) > 0 &&
		  walk_find_proc(name, &place) && place.is_ours && place.pid && !*place.rest;
	close(folder);
	return is_proc ? place.pid : -EBADF;
}

/* The process that a pidfd of the caller names; a negative errno. */
static pid_t pid_of_fd(struct call *c, int fd)
{
	char path[64], text[512];
	uint64_t number = 0;
	FILE *info;
	pid_t pid;
	size_t n;

	act_own(c->supervisor);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", c->task.tid, fd);
	info = fopen(path, "re");
	if (!info)
		return -EBADF;
	n = fread(text, 1, sizeof(text) - 1, info);
	text[n] = '\0';
	fclose(info);
	pid = target_field(text, "Pid", 10, &number) ? (pid_t)number : pid_of_folder(c, fd);
	if (pid <= 0)
		return -EBADF;
	return call_is_alive(c) ? pid : -ESRCH;
}

void serve_pidfd_signal(struct call *c)
{
	pid_t pid = pid_of_fd(c, (int)c->args[0]);

	finish(c, pid < 0 ? pid : signal_one(c, pid, (int)c->args[1], false));
}

/* All of a group are of the tree. */
static bool is_group_ours(struct call *c, pid_t group)
{
	DIR *dir = opendir("/proc");
	bool is_ours = dir;

	for (struct dirent *d; is_ours && (d = readdir(dir));) {
		pid_t pid = (pid_t)atoi(d->d_name);

		if (pid > 0 && getpgid(pid) == group)
			label_of(c, pid, &is_ours);
	}
	if (dir)
		closedir(dir);
	return is_ours;
}

/* Sets the owner of a descriptor's file in the place of the caller: the request is in memory. */
static int set_owner(struct call *c, const struct f_owner_ex *owner)
{
	int fd = call_take_fd(c, (int)c->args[0]), r;

	if (fd < 0)
		return fd;
	r = call_act(c, false);
	if (!r && fcntl(fd, F_SETOWN_EX, owner) < 0)
		r = -errno;
	close(fd);
	return r;
}

/*
 * Who gets the signals of a file. AppArmor asks nobody about them; here they must stay in the tree, and
 * this is asked where the kernel cannot keep them there.
 */
void serve_set_owner(struct call *c)
{
	struct f_owner_ex owner = { F_OWNER_PID, (pid_t)c->args[2] };
	bool is_ours = true;
	int r = 0;

	act_own(c->supervisor);
	if ((int)c->args[1] == F_SETOWN_EX)
		r = call_read(c, c->args[2], &owner, sizeof(owner));
	else if (owner.pid < 0)
		owner = (struct f_owner_ex){ F_OWNER_PGRP, -owner.pid };
	if (!r && owner.pid > 0 && owner.type == F_OWNER_PGRP)
		is_ours = is_group_ours(c, owner.pid);
	else if (!r && owner.pid > 0)
		label_of(c, owner.pid, &is_ours);
	if (!r && !is_ours)
		r = -EPERM;
	call_return(c, r < 0 ? r : set_owner(c, &owner));
}

void serve_ptrace(struct call *c)
{
	pid_t pid = (pid_t)c->args[1];
	bool is_ours;
	struct label peer = label_of(c, pid, &is_ours);

	if (c->args[0] && pid > 0)
		judge_ptrace(c, "ptrace", pid, &peer, PERM_PTRACE_TRACE);
	call_return(c, -EPERM);
}

/* Reading and writing another's memory: within the tree and by both labels. */
static int judge_other(struct call *c, pid_t pid, uint32_t wanted)
{
	bool is_ours;
	struct label peer = label_of(c, pid, &is_ours);
	int r;

	if (pid == c->task.tgid || pid == c->task.tid)
		return 0;
	r = judge_ptrace(c, "ptrace", pid, &peer, wanted);
	if (r < 0)
		return r;
	return is_ours ? 0 : -EPERM;
}

void serve_process_vm(struct call *c)
{
	pid_t pid = (pid_t)c->args[0];
	int r;

	switch (c->nr) {
	case __NR_process_vm_readv:
		r = judge_other(c, pid, PERM_PTRACE_READ);
		break;
	case __NR_process_vm_writev:
		r = judge_other(c, pid, PERM_PTRACE_TRACE);
		break;
	case __NR_kcmp:
		r = judge_other(c, pid, PERM_PTRACE_READ);
		if (!r)
			r = judge_other(c, (pid_t)c->args[1], PERM_PTRACE_READ);
		break;
	default:			/* pidfd_getfd */
		r = -EPERM;
	}
	finish(c, r);
}

static bool is_other_label(const struct label *a, const struct label *b)
{
	return a->profile != b->profile || a->null != b->null;
}

/* What the kernel would let the caller do, and its profile may not: raise a limit that the profile sets. */
static int set_limit(struct call *c, const struct task *peer, unsigned limit, uint64_t new, uint64_t old)
{
	struct rlimit want, before;
	int r = call_read(c, new, &want, sizeof(want));

	if (!r)
		r = judge_rlimit(c, limit, want.rlim_max, is_other_label(&c->task.label, &peer->label));
	act_own(c->supervisor);
	if (!r && prlimit(peer->tgid, limit, &want, &before) < 0)
		r = -errno;
	if (!r && old)
		r = call_write(c, old, &before, sizeof(before));
	return r;
}

/*
 * Whoever has not this capability raises no hard limit, nor changes those of another user's process:
 * then the kernel's own rules are as strict as the policy's.
 */
static bool may_raise(struct call *c)
{
	return !judge_is_unconfined(c) && c->supervisor->is_privileged && !call_know_creds(c) &&
	       c->task.creds.cap_effective & 1ull << CAP_SYS_RESOURCE;
}

void serve_prlimit(struct call *c)
{
	bool is_own = c->nr == __NR_setrlimit;
	pid_t pid = is_own ? 0 : (pid_t)c->args[0];
	uint64_t limit = c->args[is_own ? 0 : 1], new = c->args[is_own ? 1 : 2];
	struct task peer = c->task;

	if (pid && pid != c->task.tgid && pid != c->task.tid && !call_find_task(c, pid, &peer))
		call_return(c, kill(pid, 0) < 0 && errno == ESRCH ? -ESRCH : -EPERM);
	else if (new && (uint32_t)limit < RLIM_NLIMITS && may_raise(c))
		call_return(c, set_limit(c, &peer, (uint32_t)limit, new, is_own ? 0 : c->args[3]));
	else
		call_continue(c);
}

/* The kernel decides by the capabilities that the profile left; what we knew of the caller is old. */
void serve_set_ids(struct call *c)
{
	struct creds unknown = { .is_known = false };

	tasks_set_creds(c->supervisor->tasks, c->task.tid, &unknown);
	call_continue(c);
}

/* PR_SET_DUMPABLE: a program that nobody may look into could not be served any more. */
void serve_prctl(struct call *c)
{
	if (c->args[0] == PR_SET_DUMPABLE && c->args[1] <= 1)
		call_return(c, 0);
	else
		call_return(c, -EINVAL);
}
