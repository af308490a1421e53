/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats places in a procfs, gives whether the caller may touch them. The supervisor opens for the
 * caller, and the kernel would let it look into each process of the tree and into itself: so what the
 * kernel guards by a ptrace check is asked of the policy here.
 */
#include "engine/walk_slow.h"

#include "engine/judge.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PROC_ROOT_INO = 1 };

/* Files of a process that the kernel shows only to who may look into it, and how deep a look. */
static const struct { const char *name; uint32_t wanted; } guarded[] = {
	{ "mem", PERM_PTRACE_TRACE },
	{ "stack", PERM_PTRACE_TRACE },
	{ "syscall", PERM_PTRACE_TRACE },
	{ "personality", PERM_PTRACE_TRACE },
	{ "timerslack_ns", PERM_PTRACE_TRACE },
	{ "patch_state", PERM_PTRACE_TRACE },
	{ "environ", PERM_PTRACE_READ },
	{ "maps", PERM_PTRACE_READ },
	{ "smaps", PERM_PTRACE_READ },
	{ "smaps_rollup", PERM_PTRACE_READ },
	{ "numa_maps", PERM_PTRACE_READ },
	{ "pagemap", PERM_PTRACE_READ },
	{ "clear_refs", PERM_PTRACE_READ },
	{ "auxv", PERM_PTRACE_READ },
	{ "io", PERM_PTRACE_READ },
	{ "fd", PERM_PTRACE_READ },
	{ "fdinfo", PERM_PTRACE_READ },
	{ "map_files", PERM_PTRACE_READ },
	{ "exe", PERM_PTRACE_READ },
	{ "cwd", PERM_PTRACE_READ },
	{ "root", PERM_PTRACE_READ },
	{ "ns", PERM_PTRACE_READ },
};

bool walk_is_proc(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static bool is_root_at(const char *path, struct stat *st)
{
	struct statfs fs;

	return !stat(path, st) && st->st_ino == PROC_ROOT_INO && !statfs(path, &fs) &&
	       fs.f_type == PROC_SUPER_MAGIC;
}

/* What follows the procfs root in the name; NULL if no part of the name is one. */
static const char *behind_root(const char *name, struct stat *root)
{
	char path[PATH_MAX + 1];
	size_t len = strnlen(name, PATH_MAX);

	for (size_t i = 1; i <= len; i++) {
		if (name[i] != '/' && name[i])
			continue;
		memcpy(path, name, i);
		path[i] = '\0';
		if (is_root_at(path, root))
			return name[i] ? name + i + 1 : name + i;
		if (!name[i])
			break;
	}
	return NULL;
}

bool walk_find_proc(const char *name, struct proc_place *out)
{
	struct stat root, ours;
	const char *rest = behind_root(name, &root);
	unsigned long pid;
	char *end;

	if (!rest)
		return false;
	*out = (struct proc_place){ .rest = rest, .is_ours = is_root_at("/proc", &ours) };
	out->is_ours = out->is_ours && ours.st_dev == root.st_dev;
	if (*rest < '1' || *rest > '9')
		return true;
	pid = strtoul(rest, &end, 10);
	if (*end && *end != '/')
		return true;
	out->pid = pid > INT_MAX ? INT_MAX : (pid_t)pid;
	out->rest = *end ? end + 1 : end;
	return true;
}

static bool is_supervisor(const struct call *c, pid_t pid)
{
	char path[64];

	if (pid == call_supervisor_pid(c))
		return true;
	snprintf(path, sizeof(path), "/proc/self/task/%d", pid);
	return !access(path, F_OK);
}

/* The first component of a text. */
static struct slice first_of(const char *text)
{
	return slice_make(text, strcspn(text, "/"));
}

static uint32_t guard_of(const char *rest)
{
	struct slice name;

	if (slice_is(first_of(rest), "task")) {
		rest += strcspn(rest, "/");
		rest += strspn(rest, "/");
		rest += strcspn(rest, "/");	/* the thread's number */
		rest += strspn(rest, "/");
	}
	name = first_of(rest);
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
		if (slice_is(name, guarded[i].name))
			return guarded[i].wanted;
	return 0;
}

int walk_guard_proc(struct call *c, const char *name)
{
	struct proc_place place;
	struct task peer;
	uint32_t wanted;

	/* A procfs whose root we cannot find is not read for anybody. */
	if (!walk_find_proc(name, &place))
		return -EACCES;
	wanted = place.pid ? guard_of(place.rest) : 0;
	if (!place.pid)
		return 0;
	if (!place.is_ours)
		return wanted ? -EACCES : 0;
	if (is_supervisor(c, place.pid))
		return -EACCES;
	if (!wanted || place.pid == c->task.tgid || place.pid == c->task.tid)
		return 0;
	if (!call_find_task(c, place.pid, &peer))
		return -EACCES;
	if (peer.tgid == c->task.tgid)
		return 0;
	return judge_ptrace(c, "ptrace", peer.tgid, &peer.label, wanted);
}
