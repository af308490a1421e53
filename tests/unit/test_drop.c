/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is left to a process that tells events: nothing but to go on reading and writing. With "pins" as an
 * argument, in a machine where the programs are in force, also that nothing of theirs can be had any more.
 */
#include "cli/drop.h"
#include "engine/bpf_kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PIN "/sys/fs/bpf/pavise/policy"

enum { PAGE = 4096 };

static char page[PAGE * 2];

static long bpf_call(int cmd)
{
	union bpf_attr attr = { .map_fd = (uint32_t)-1 };

	if (cmd == BPF_OBJ_GET)
		attr.pathname = (uintptr_t)PIN;
	return syscall(SYS_bpf, cmd, &attr, sizeof(attr));
}

static long on_page(long (*call)(void *page))
{
	return call(page + (PAGE - (uintptr_t)page % PAGE) % PAGE);
}

static long make_executable(void *p)
{
	return mprotect(p, PAGE, PROT_READ | PROT_EXEC);
}

static long ioctl_of(int fd)
{
	return syscall(SYS_ioctl, fd, TCGETS, page);
}

static long map_executable(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long run_program(void)
{
	char *const words[] = { (char *)(uintptr_t)"/bin/true", NULL };

	return execve(words[0], words, words + 1);
}

static long read_of_parent(void)
{
	struct iovec own = { page, 1 }, its = { page, 1 };

	return process_vm_readv(getppid(), &own, 1, &its, 1, 0);
}

/* Each is a call that would do something, but for the filter; all that fail with another errno are named. */
#define TRIES \
	TRY(open("/etc/passwd", O_RDONLY)) TRY(openat(AT_FDCWD, "/proc/self/mem", O_RDWR)) \
	TRY(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0)) TRY(open("/tmp", O_TMPFILE | O_RDWR, 0600)) \
	TRY(unlink("/tmp/nothing")) TRY(rename("/tmp/nothing", "/tmp/nobody")) TRY(symlink("/", "/tmp/nothing")) \
	TRY(mkdir("/tmp/nothing", 0700)) TRY(chmod("/tmp", 0777)) TRY(chown("/tmp", 0, 0)) TRY(chdir("/")) \
	TRY(socket(AF_UNIX, SOCK_STREAM, 0)) TRY(socket(AF_INET, SOCK_STREAM, 0)) \
	TRY(kill(getppid(), 0)) TRY(syscall(SYS_tgkill, getppid(), getppid(), 0)) TRY(syscall(SYS_tkill, getppid(), 0)) \
	TRY(syscall(SYS_pidfd_open, getppid(), 0)) TRY(ptrace(PTRACE_ATTACH, getppid(), 0, 0)) TRY(read_of_parent()) \
	TRY(fork()) TRY(syscall(SYS_clone3, NULL, 0)) TRY(run_program()) TRY(unshare(CLONE_NEWUSER)) \
	TRY(setuid(getuid())) TRY(setgid(0)) TRY(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)) TRY(syscall(SYS_seccomp, 0, 0, NULL)) \
	TRY(mount("none", "/tmp", "tmpfs", 0, NULL)) TRY(umount2("/tmp", MNT_DETACH)) \
	TRY(syscall(SYS_memfd_create, "x", 0)) TRY(syscall(SYS_io_uring_setup, 1, NULL)) TRY(syscall(SYS_userfaultfd, 0)) \
	TRY(map_executable()) TRY(on_page(make_executable)) TRY(fcntl(1, F_GETFD)) TRY(dup(1)) TRY(ioctl_of(1)) \
	TRY(bpf_call(BPF_OBJ_GET)) TRY(bpf_call(BPF_OBJ_PIN)) TRY(bpf_call(BPF_MAP_CREATE)) TRY(bpf_call(BPF_PROG_LOAD)) \
	TRY(bpf_call(BPF_MAP_DELETE_ELEM)) TRY(bpf_call(BPF_MAP_GET_FD_BY_ID)) TRY(bpf_call(BPF_PROG_GET_FD_BY_ID)) \
	TRY(bpf_call(BPF_LINK_GET_FD_BY_ID)) TRY(bpf_call(BPF_LINK_DETACH)) TRY(bpf_call(BPF_LINK_UPDATE)) \
	TRY(bpf_call(BPF_MAP_FREEZE)) TRY(bpf_call(BPF_PROG_DETACH)) TRY(bpf_call(BPF_ITER_CREATE)) \
	TRY(bpf_call(BPF_MAP_UPDATE_BATCH)) TRY(bpf_call(BPF_OBJ_GET_INFO_BY_FD))

/* The number of calls that were not refused by the filter. */
static int try_all(void)
{
	int n = 0;

#define TRY(call) \
	errno = 0; \
	if ((call) != -1 || errno != EPERM) { \
		printf("%s: %s\n", #call, errno ? strerror(errno) : "works"); \
		n++; \
	}
	TRIES
#undef TRY
	return n;
}

/* What telling takes. */
static bool can_go_on(void)
{
	struct timespec now;
	char target[64];
	char *large = malloc(64 << 20);

	if (!large)
		return false;
	memset(large, 1, 64 << 20);
	free(large);
	return !clock_gettime(CLOCK_BOOTTIME, &now) && write(1, "", 0) == 0 &&
	       readlink("/proc/self/exe", target, sizeof(target)) > 0;
}

/* Not _exit(2): sanitizers would make calls of their own before it. */
static void leave(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

static int in_child(void)
{
	struct err err = ERR_INIT;
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (drop_calls(&err)) {
			printf("%s\n", err.text);
			leave(2);
		}
		status = try_all();
		fflush(stdout);
		leave(status ? 3 : can_go_on() ? 0 : 4);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_calls(void **state)
{
	(void)state;
	assert_int_equal(in_child(), 0);
}

static void keep(void *to, const char *name, uint32_t number)
{
	(void)name;
	(void)number;
	++*(int *)to;
}

/* Prints what is wrong, and at last "ok" if nothing is. */
static int test_pins(void)
{
	struct err err = ERR_INIT;
	int names = bpf_kernel_open_names(&err), counts = bpf_kernel_open_counts(&err), n = 0, r = 0;
	char key[POLICY_LABEL_MAX + 1] = "x";
	uint32_t number = 1;
	uint64_t lost;

	if (names < 0 || counts < 0 || bpf_call(BPF_OBJ_GET) < 0)
		r = printf("before: %s\n", err.text);
	/* It caches the number of processors. */
	bpf_kernel_count(counts, COUNT_EVENTS_LOST, &lost, &err);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (drop_calls(&err))
		r = printf("%s\n", err.text);
	bpf_kernel_each_name(names, keep, &n);
	if (!n)
		r = puts("no names can be read");
	if (bpf_kernel_count(counts, COUNT_EVENTS_LOST, &lost, &err))
		r = printf("%s\n", err.text);
	if (!bpf_map_update_elem(names, key, &number, BPF_ANY))
		r = puts("names can be written");
	if (!r && !try_all())
		puts("ok");
	fflush(stdout);
	leave(r);
	return r;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_calls) };

	if (argc == 2 && !strcmp(argv[1], "pins"))
		return test_pins();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
