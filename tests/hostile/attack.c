/* SPDX-License-Identifier: BSD-2-Clause */
/* One forbidden thing by name: prints "ok" if it worked, else the name of the error. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static long open_of(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, flags);
}

/* getuid by the i386 gate; a kernel with it answers, a filter says ENOSYS. */
static long int80(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(199L) : "memory");
	if (r < 0 && r > -4096) {
		errno = (int)-r;
		return -1;
	}
	return 0;
}

static long memfd_exec(const char *file)
{
	int fd = memfd_create("x", 0), from = open(file, O_RDONLY);
	char *const argv[] = { "x", NULL };
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			return -1;
	return fexecve(fd, argv, argv + 1);
}

static long untraced(void)
{
	long pid = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	return pid;
}

static long clone3(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	long pid = syscall(SYS_clone3, &a, sizeof(a));

	if (!pid)
		_exit(0);
	return pid;
}

static long memory_of(pid_t pid)
{
	char c;
	struct iovec mine = { &c, 1 }, its = { (void *)0x400000, 1 };

	return process_vm_readv(pid, &mine, 1, &its, 1, 0);
}

static long act(const char *what, const char *word)
{
	pid_t above = getppid();
	struct rlimit none = { 0, 0 };
	char params[256] = "";

	if (!strcmp(what, "kill"))
		return kill(above, SIGKILL);
	if (!strcmp(what, "kill-0"))
		return kill(above, 0);
	if (!strcmp(what, "queue"))
		return syscall(SYS_rt_sigqueueinfo, above, SIGKILL, params);
	if (!strcmp(what, "pidfd"))
		return syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, above, 0), SIGKILL, NULL, 0);
	if (!strcmp(what, "prlimit"))
		return prlimit(above, RLIMIT_NOFILE, &none, NULL);
	if (!strcmp(what, "ptrace"))
		return ptrace(PTRACE_SEIZE, above, 0, 0);
	if (!strcmp(what, "mem"))
		return open_of(above, "mem", O_RDWR);
	if (!strcmp(what, "fd"))
		return open_of(above, "fd/0", O_RDONLY);
	if (!strcmp(what, "environ"))
		return open_of(above, "environ", O_RDONLY);
	if (!strcmp(what, "vm"))
		return memory_of(above);
	if (!strcmp(what, "int80"))
		return int80();
	if (!strcmp(what, "x32"))
		return syscall(0x40000000 | SYS_open, word, O_RDONLY);
	if (!strcmp(what, "io_uring"))
		return syscall(SYS_io_uring_setup, 1, params);
	if (!strcmp(what, "clone3"))
		return clone3();
	if (!strcmp(what, "untraced"))
		return untraced();
	if (!strcmp(what, "userns"))
		return syscall(SYS_unshare, CLONE_NEWUSER);
	if (!strcmp(what, "handle"))
		return syscall(SYS_open_by_handle_at, AT_FDCWD, params, O_RDONLY);
	if (!strcmp(what, "memfd"))
		return memfd_exec(word);
	if (!strcmp(what, "openat2")) {
		uint64_t how[3] = { O_RDONLY, 0, 0 };

		return syscall(437, AT_FDCWD, word, how, sizeof(how));
	}
	if (!strcmp(what, "root-link")) {
		snprintf(params, sizeof(params), "/proc/self/root%s", word);
		return open(params, O_RDONLY);
	}
	if (!strcmp(what, "path-fd")) {
		snprintf(params, sizeof(params), "/proc/self/fd/%d", open(word, O_PATH));
		return open(params, O_RDONLY);
	}
	if (!strcmp(what, "inherited"))
		return read(9, params, 1) == 1 && params[0] == 'S' ? 0 : -1;
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	errno = 0;
	puts(argc > 1 && act(argv[1], argc > 2 ? argv[2] : "") >= 0 ? "ok" : strerrorname_np(errno));
	return 0;
}
