/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the table of system calls, gives a filter. The one idea: an allow-list. The default answer is
 * ENOSYS; each row adds one or two rules whose conditions part the arguments without overlap.
 */
#include "engine/filter.h"

#include "abi/control.h"
#include "engine/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define MASKED(at, mask, value) SCMP_CMP64(at, SCMP_CMP_MASKED_EQ, mask, value)
#define EQUAL(at, value) SCMP_CMP64(at, SCMP_CMP_EQ, value, 0)

struct adder {
	scmp_filter_ctx ctx;
	const struct filter_skip *skip;
	int nr;
	int r;				/* the first failure */
};

static void add(struct adder *a, uint32_t action, unsigned n, const struct scmp_arg_cmp *cmps)
{
	int r = seccomp_rule_add_array(a->ctx, action, a->nr, n, cmps);

	if (r < 0 && !a->r)
		a->r = r;
}

#define ADD(a, action, ...) \
	add(a, action, sizeof((struct scmp_arg_cmp[]){ __VA_ARGS__ }) / sizeof(struct scmp_arg_cmp), \
	    (struct scmp_arg_cmp[]){ __VA_ARGS__ })

static void add_plain(struct adder *a, uint32_t action)
{
	add(a, action, 0, NULL);
}

/* Flags that make an open more than looking at what is there. */
static const uint64_t creating = O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);

/* Those with O_PATH go on; and, where all may be read, those that only read. */
static void add_open(struct adder *a, unsigned at)
{
	uint64_t looked_at = O_PATH | O_ACCMODE | creating;

	ADD(a, SCMP_ACT_ALLOW, MASKED(at, O_PATH, O_PATH));
	if (!a->skip->reads) {
		ADD(a, SCMP_ACT_NOTIFY, MASKED(at, O_PATH, 0));
		return;
	}
	ADD(a, SCMP_ACT_ALLOW, MASKED(at, looked_at, O_RDONLY));
	for (uint64_t mode = O_WRONLY; mode <= O_ACCMODE; mode++)
		ADD(a, SCMP_ACT_NOTIFY, MASKED(at, O_PATH | O_ACCMODE, mode));
	ADD(a, SCMP_ACT_NOTIFY, MASKED(at, O_PATH | O_ACCMODE | O_CREAT, O_CREAT));
	ADD(a, SCMP_ACT_NOTIFY, MASKED(at, O_PATH | O_ACCMODE | O_CREAT | O_TRUNC, O_TRUNC));
	ADD(a, SCMP_ACT_NOTIFY, MASKED(at, looked_at, O_TMPFILE & ~O_DIRECTORY));
}

static void add_mmap(struct adder *a)
{
	if (a->skip->maps) {
		add_plain(a, SCMP_ACT_ALLOW);
		return;
	}
	ADD(a, SCMP_ACT_ALLOW, MASKED(2, PROT_EXEC, 0));
	ADD(a, SCMP_ACT_ALLOW, MASKED(2, PROT_EXEC, PROT_EXEC), MASKED(3, MAP_ANONYMOUS, MAP_ANONYMOUS));
	ADD(a, SCMP_ACT_NOTIFY, MASKED(2, PROT_EXEC, PROT_EXEC), MASKED(3, MAP_ANONYMOUS, 0));
}

static void add_mprotect(struct adder *a)
{
	if (a->skip->maps) {
		add_plain(a, SCMP_ACT_ALLOW);
		return;
	}
	ADD(a, SCMP_ACT_ALLOW, MASKED(2, PROT_EXEC, 0));
	ADD(a, SCMP_ACT_NOTIFY, MASKED(2, PROT_EXEC, PROT_EXEC));
}

/* One refusal for each flag, and the way for those that have none of them. */
static void add_without(struct adder *a, unsigned at, const uint64_t *flags, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++) {
		ADD(a, SCMP_ACT_ERRNO(EPERM), MASKED(at, flags[i], flags[i]));
		all |= flags[i];
	}
	ADD(a, SCMP_ACT_ALLOW, MASKED(at, all, 0));
}

static const uint64_t namespaces[] = {
	CLONE_NEWNS,	CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,	  CLONE_NEWUSER,
	CLONE_NEWPID, CLONE_NEWNET,	CLONE_NEWTIME, CLONE_UNTRACED,
};

static void add_clone(struct adder *a)
{
	/* CLONE_NEWTIME's bit belongs to the exit signal there. */
	uint64_t flags[] = {
		CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWUSER, CLONE_NEWPID,	CLONE_NEWNET, CLONE_UNTRACED,
	};

	add_without(a, 0, flags, sizeof(flags) / sizeof(flags[0]));
}

/* With READ_IMPLIES_EXEC every mapping is executable, and none asks to be. All bits: only a question. */
static void add_personality(struct adder *a)
{
	if (a->skip->maps) {
		add_plain(a, SCMP_ACT_ALLOW);
		return;
	}
	ADD(a, SCMP_ACT_ALLOW, MASKED(0, 0xffffffff, 0xffffffff));
	ADD(a, SCMP_ACT_ALLOW, MASKED(0, READ_IMPLIES_EXEC, 0));
}

static void add_native(struct adder *a, const struct syscall_row *row)
{
	if (row->when == WHEN_CLONE)
		add_clone(a);
	else if (row->when == WHEN_PERSONALITY)
		add_personality(a);
	else if (row->when == WHEN_UNSHARE)
		add_without(a, 0, namespaces, sizeof(namespaces) / sizeof(namespaces[0]));
	else
		add_plain(a, SCMP_ACT_ALLOW);
}

static void add_served(struct adder *a, const struct syscall_row *row)
{
	switch (row->when) {
	case WHEN_NO_PATH_FD:
		add_open(a, row->at);
		break;
	case WHEN_EXECUTABLE_FILE:
		add_mmap(a);
		break;
	case WHEN_EXECUTABLE:
		add_mprotect(a);
		break;
	case WHEN_ADDRESS:
		ADD(a, SCMP_ACT_ALLOW, EQUAL(row->at, 0));
		ADD(a, SCMP_ACT_NOTIFY, SCMP_CMP64(row->at, SCMP_CMP_NE, 0, 0));
		break;
	case WHEN_LOCKING:
	case WHEN_PRCTL:
		/* The prologue has picked out those to be served. */
		add_plain(a, SCMP_ACT_ALLOW);
		break;
	case WHEN_ALWAYS:
	case WHEN_CLONE:
	case WHEN_UNSHARE:
	case WHEN_IOCTL:
	case WHEN_PERSONALITY:
		add_plain(a, SCMP_ACT_NOTIFY);
		break;
	}
}

static void add_row(struct adder *a, const struct syscall_row *row)
{
	a->nr = syscall_number(row);
	/* ENOSYS is the answer to whatever has no rule. */
	if (a->nr < 0 || (row->way == WAY_REFUSE && row->error == ENOSYS))
		return;
	if (row->way == WAY_REFUSE)
		add_plain(a, SCMP_ACT_ERRNO((uint32_t)row->error));
	else if (row->way == WAY_ALLOW)
		add_native(a, row);
	else
		add_served(a, row);
}

/*
 * libseccomp takes one condition for an argument. Before its program stand values that matter by
 * themselves; they are compared as the kernel reads them, by their lower half. All other values of
 * these calls go on to the program, which allows them.
 */
static const struct {
	int nr;
	unsigned at;
	uint32_t value;
	uint32_t action;
	enum { FOR_ALL, FOR_LOCKS, FOR_OWNERS } what;
} picked[] = {
	{ __NR_prctl, 0, CONTROL_PRCTL, SECCOMP_RET_TRACE | 1, FOR_ALL },
	{ __NR_prctl, 0, PR_SET_DUMPABLE, SECCOMP_RET_USER_NOTIF, FOR_ALL },
	{ __NR_ioctl, 1, TIOCSTI, SECCOMP_RET_ERRNO | EPERM, FOR_ALL },
	{ __NR_ioctl, 1, TIOCLINUX, SECCOMP_RET_ERRNO | EPERM, FOR_ALL },
	/* Opens a terminal without a name; programs then open it by name. */
	{ __NR_ioctl, 1, TIOCGPTPEER, SECCOMP_RET_ERRNO | ENOTTY, FOR_ALL },
	{ __NR_fcntl, 1, F_SETLK, SECCOMP_RET_USER_NOTIF, FOR_LOCKS },
	{ __NR_fcntl, 1, F_SETLKW, SECCOMP_RET_USER_NOTIF, FOR_LOCKS },
	{ __NR_fcntl, 1, F_OFD_SETLK, SECCOMP_RET_USER_NOTIF, FOR_LOCKS },
	{ __NR_fcntl, 1, F_OFD_SETLKW, SECCOMP_RET_USER_NOTIF, FOR_LOCKS },
	{ __NR_fcntl, 1, F_SETLEASE, SECCOMP_RET_USER_NOTIF, FOR_LOCKS },
	{ __NR_fcntl, 1, F_SETOWN, SECCOMP_RET_USER_NOTIF, FOR_OWNERS },
	{ __NR_fcntl, 1, F_SETOWN_EX, SECCOMP_RET_USER_NOTIF, FOR_OWNERS },
	{ __NR_ioctl, 1, FIOSETOWN, SECCOMP_RET_ERRNO | EPERM, FOR_OWNERS },
	{ __NR_ioctl, 1, SIOCSPGRP, SECCOMP_RET_ERRNO | EPERM, FOR_OWNERS },
};

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, n)

/* Calls of another architecture have other numbers: the program turns them away. */
static size_t write_picked(struct sock_filter *code, const struct filter_skip *skip)
{
	size_t n = 2;

	for (size_t i = 0; i < sizeof(picked) / sizeof(picked[0]); i++) {
		size_t argument = offsetof(struct seccomp_data, args) + 8 * picked[i].at;

		if ((picked[i].what == FOR_LOCKS && skip->locks) ||
		    (picked[i].what == FOR_OWNERS && skip->owners))
			continue;
		code[n++] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, nr));
		code[n++] = (struct sock_filter)SKIP_UNLESS(picked[i].nr, 3);
		code[n++] = (struct sock_filter)LOAD(argument);
		code[n++] = (struct sock_filter)SKIP_UNLESS(picked[i].value, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, picked[i].action);
	}
	code[0] = (struct sock_filter)LOAD(offsetof(struct seccomp_data, arch));
	code[1] = (struct sock_filter)SKIP_UNLESS(AUDIT_ARCH_X86_64, (uint8_t)(n - 2));
	return n;
}

/* libseccomp 2.5 writes to a descriptor only. */
static int export(scmp_filter_ctx ctx, struct filter *out, const struct filter_skip *skip,
		  struct err *err)
{
	size_t before = write_picked(out->code, skip), room = sizeof(out->code);
	int fd = memfd_create("filter", MFD_CLOEXEC), r;
	ssize_t n;

	if (fd < 0)
		return err_set(err, -errno, "cannot make room for the filter");
	room -= before * sizeof(out->code[0]);
	r = seccomp_export_bpf(ctx, fd);
	n = r < 0 ? -1 : pread(fd, out->code + before, room, 0);
	close(fd);
	if (r < 0 || n <= 0 || (size_t)n == room)
		return err_set(err, r < 0 ? r : -E2BIG, "cannot write the filter");
	out->program.len = (unsigned short)(before + (size_t)n / sizeof(out->code[0]));
	out->program.filter = out->code;
	return 0;
}

int filter_build(struct filter *out, const struct filter_skip *skip, struct err *err)
{
	struct adder a = { .ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), .skip = skip };
	int r;

	if (!a.ctx)
		return err_set(err, -ENOMEM, "cannot start a filter");
	/* Programs of another architecture get ENOSYS for everything, exec included. */
	seccomp_attr_set(a.ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	seccomp_attr_set(a.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	for (const struct syscall_row *row = syscall_rows; row->name && !a.r; row++) {
		add_row(&a, row);
		if (a.r < 0)
			err_set(err, a.r, "the filter's rule for %s", row->name);
	}
	r = a.r ? a.r : export(a.ctx, out, skip, err);
	seccomp_release(a.ctx);
	return r;
}

int filter_apply(const struct filter *f)
{
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			  SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
			  &f->program);

	return fd < 0 ? -errno : (int)fd;
}
