/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a stopped thread, gives what a system call of its own returned. Right after exec the program's
 * first instruction is replaced by "syscall" for as long as this lasts; at a system call that was
 * stopped, that very call is made to be another one. Signals are blocked meanwhile.
 */
#include "engine/inject.h"

#include "engine/judge.h"
#include "engine/target.h"
#include "engine/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	SYSCALL_STOP = SIGTRAP | 0x80,
	SYSCALL_INSN = 0x050f,		/* little-endian: 0f 05 */
	STOPS_MAX = 64,			/* other ones, before a thread that should work for us is given up */
	BELOW_STACK = 1024,		/* bytes: beyond the 128 that a leaf function may use */
};

struct injection {
	pid_t tid;
	bool is_exec;			/* after an exec, else at PTRACE_EVENT_SECCOMP */
	struct user_regs_struct regs;	/* as they were and will be again */
	long text;
	uint64_t blocked;		/* its signal mask */
	bool is_stopped;		/* SIGSTOP came meanwhile */
};

bool inject_regs(pid_t tid, struct user_regs_struct *out)
{
	return !ptrace(PTRACE_GETREGS, tid, 0, out);
}

/* Waits for the next stop and gives its code; 0 if the thread died, which is left for the tracer to see. */
static int wait_stop(pid_t tid)
{
	siginfo_t info;

	do
		info = (siginfo_t){ 0 };
	while (waitid(P_PID, (id_t)tid, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) < 0 && errno == EINTR);
	if (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)
		return 0;
	info.si_pid = 0;
	if (waitid(P_PID, (id_t)tid, &info, WSTOPPED | WNOHANG | __WALL) < 0 || !info.si_pid)
		return 0;
	return info.si_status;
}

/* Resumes to the next system call stop. SIGSTOP cannot be blocked: it is sent again at the end. */
static bool next_stop(struct injection *in)
{
	for (int i = 0; i < STOPS_MAX; i++) {
		int code;

		if (ptrace(PTRACE_SYSCALL, in->tid, 0, 0) < 0)
			return false;
		code = wait_stop(in->tid);
		if (!code)
			return false;
		if (code == SYSCALL_STOP)
			return true;
		if (code == SIGSTOP || code >> 8 == PTRACE_EVENT_STOP)
			in->is_stopped = true;
	}
	return false;
}

/* Why the thread is stopped: SIGTRAP and an event, or SYSCALL_STOP; 0 if it is not. */
static int stop_code(pid_t tid)
{
	siginfo_t info;

	return ptrace(PTRACE_GETSIGINFO, tid, 0, &info) ? 0 : info.si_code;
}

static bool block_signals(struct injection *in)
{
	uint64_t all = ~0ull;

	return !ptrace(PTRACE_GETSIGMASK, in->tid, sizeof(in->blocked), &in->blocked) &&
	       !ptrace(PTRACE_SETSIGMASK, in->tid, sizeof(all), &all);
}

static bool begin(struct injection *in, pid_t tid)
{
	int code = stop_code(tid);

	*in = (struct injection){ .tid = tid };
	in->is_exec = code != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8);
	if (!block_signals(in))
		return false;
	if (!in->is_exec)
		return inject_regs(tid, &in->regs);
	/*
	 * exec itself must end first, or its end would overwrite our registers; after an earlier
	 * injection it has.
	 */
	if ((code != SYSCALL_STOP && !next_stop(in)) || !inject_regs(tid, &in->regs))
		return false;
	errno = 0;
	in->text = ptrace(PTRACE_PEEKTEXT, tid, in->regs.rip, 0);
	return !errno &&
	       !ptrace(PTRACE_POKETEXT, tid, in->regs.rip, (in->text & ~0xffffL) | SYSCALL_INSN);
}

static bool run(struct injection *in, long nr, uint64_t a, uint64_t b, uint64_t c, int64_t *result)
{
	struct user_regs_struct regs = in->regs;

	regs.rax = (unsigned long long)nr;
	regs.rdi = a;
	regs.rsi = b;
	regs.rdx = c;
	if (!in->is_exec)
		regs.orig_rax = (unsigned long long)nr;
	if (ptrace(PTRACE_SETREGS, in->tid, 0, &regs) < 0)
		return false;
	/* After exec: into the call, then out of it. At a stopped call: out of it. */
	if ((in->is_exec && !next_stop(in)) || !next_stop(in) || !inject_regs(in->tid, &regs))
		return false;
	*result = (int64_t)regs.rax;
	return true;
}

static bool end(struct injection *in)
{
	bool is_good = true;

	if (in->is_exec)
		is_good = !ptrace(PTRACE_POKETEXT, in->tid, in->regs.rip, in->text);
	is_good = !ptrace(PTRACE_SETREGS, in->tid, 0, &in->regs) && is_good;
	is_good = !ptrace(PTRACE_SETSIGMASK, in->tid, sizeof(in->blocked), &in->blocked) && is_good;
	if (in->is_stopped)
		syscall(SYS_tgkill, target_tgid(in->tid), in->tid, SIGSTOP);
	return is_good;
}

struct caps {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[2];
};

static bool read_caps(pid_t tid, uint64_t *permitted, uint64_t *effective, uint64_t *inheritable)
{
	char status[4096];

	return !target_status(tid, status, sizeof(status)) &&
	       target_field(status, "CapPrm", 16, permitted) &&
	       target_field(status, "CapEff", 16, effective) &&
	       target_field(status, "CapInh", 16, inheritable);
}

static bool set_caps(struct injection *in, const struct caps *caps)
{
	uint64_t at = (in->regs.rsp - BELOW_STACK) & ~15ull;
	struct iovec mine = { (void *)(uintptr_t)caps, sizeof(*caps) };
	struct iovec its = { (void *)(uintptr_t)at, sizeof(*caps) };
	int64_t result;

	return process_vm_writev(in->tid, &mine, 1, &its, 1, 0) == (ssize_t)sizeof(*caps) &&
	       run(in, SYS_capset, at, at + offsetof(struct caps, data), 0, &result) && !result;
}

bool inject_caps(pid_t tid, uint64_t allowed)
{
	struct caps caps = { .head = { _LINUX_CAPABILITY_VERSION_3, 0 } };
	uint64_t permitted, effective, inheritable;
	struct injection in;
	bool is_good;

	if (!read_caps(tid, &permitted, &effective, &inheritable))
		return false;
	if (!((permitted | inheritable) & ~allowed))
		return true;
	for (int i = 0; i < 2; i++) {
		caps.data[i].effective = (uint32_t)((effective & allowed) >> 32 * i);
		caps.data[i].permitted = (uint32_t)((permitted & allowed) >> 32 * i);
		caps.data[i].inheritable = (uint32_t)((inheritable & allowed) >> 32 * i);
	}
	if (!begin(&in, tid))
		return false;
	is_good = set_caps(&in, &caps);
	return end(&in) && is_good;
}

/* How a descriptor is open; false if it is gone. */
static bool read_flags(pid_t tid, int fd, uint64_t *flags)
{
	char path[64], text[512];
	ssize_t n;
	int info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", tid, fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	n = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	if (info >= 0)
		close(info);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return target_field(text, "flags", 8, flags);
}

static int hold_fd(struct call *c, int fd, struct held *out)
{
	char path[64];
	int mine;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->task.tid, fd);
	mine = open(path, O_PATH | O_CLOEXEC);
	return mine < 0 ? -errno : walk_name(c, mine, out);
}

static uint32_t wanted_of(uint64_t flags)
{
	if (flags & O_PATH)
		return 0;
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return PERM_READ;
	case O_WRONLY:
		return flags & O_APPEND ? PERM_APPEND : PERM_WRITE;
	default:
		return PERM_READ | (flags & O_APPEND ? PERM_APPEND : PERM_WRITE);
	}
}

/* True if the label may not keep this descriptor. */
static bool is_refused(struct call *c, int fd, bool is_first, bool *is_cloexec)
{
	auto_held h = HELD_INIT;
	uint32_t wanted;
	uint64_t flags;
	int r;

	if (!read_flags(c->task.tid, fd, &flags))
		return false;
	*is_cloexec = flags & O_CLOEXEC;
	wanted = wanted_of(flags);
	if (!wanted)
		return false;
	r = hold_fd(c, fd, &h);
	if (r == -ENOENT || (!r && h.is_nameless))
		return false;
	/* A name that reaches no root. */
	if (r < 0)
		return true;
	if (is_first)
		return !judge_would_pass(c, held_name(&h), wanted, h.st.st_uid);
	return judge_file(c, "file_inherit", held_name(&h), wanted, h.st.st_uid) < 0;
}

static bool replace(struct injection *in, int fd, bool is_cloexec, int64_t *empty)
{
	int64_t result;

	/* Any text will do for a name: the stack begins with the number of arguments. */
	if (*empty < 0 && (!run(in, SYS_memfd_create, in->regs.rsp, MFD_CLOEXEC, 0, empty) || *empty < 0))
		return false;
	return run(in, SYS_dup3, (uint64_t)*empty, (uint64_t)fd, is_cloexec ? O_CLOEXEC : 0, &result) &&
	       result == fd;
}

static bool replace_all(struct call *c, DIR *dir, bool is_first)
{
	bool is_started = false, is_good = true;
	struct injection in;
	int64_t empty = -1, ignored;

	for (struct dirent *d; is_good && (d = readdir(dir));) {
		int fd = d->d_name[0] == '.' ? -1 : atoi(d->d_name);
		bool is_cloexec = false;

		if (fd < (is_first ? 3 : 0) || !is_refused(c, fd, is_first, &is_cloexec))
			continue;
		if (!is_started)
			is_good = is_started = begin(&in, c->task.tid);
		is_good = is_good && replace(&in, fd, is_cloexec, &empty);
	}
	if (is_started && empty >= 0)
		is_good = is_good && run(&in, SYS_close, (uint64_t)empty, 0, 0, &ignored);
	return (!is_started || end(&in)) && is_good;
}

void inject_close_files(struct supervisor *s, pid_t tid, const struct label *label, bool is_first)
{
	struct call c = { .supervisor = s };
	char path[64];
	DIR *dir;

	if (label->profile == IMAGE_NONE || !tasks_find(s->tasks, tid, &c.task))
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd", tid);
	dir = opendir(path);
	if (!dir || !replace_all(&c, dir, is_first))
		kill(tid, SIGKILL);
	if (dir)
		closedir(dir);
}

bool inject_answer(pid_t tid, int64_t result)
{
	struct user_regs_struct regs;

	if (!inject_regs(tid, &regs))
		return false;
	regs.orig_rax = (unsigned long long)-1;
	regs.rax = (unsigned long long)result;
	return !ptrace(PTRACE_SETREGS, tid, 0, &regs);
}
