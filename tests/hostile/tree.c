/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reaching past the tree, and odd ways to live within it. Prints "ok" if it worked, else the name of the
 * error. Usage: tree WHAT [PID|PATH]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/kcmp.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *word;
static pid_t pid;

static long all(void) { return kill(-1, SIGURG); }
static long group(void) { return kill(-pid, SIGURG); }
static long one(void) { return kill(pid, SIGURG); }
static long thread(void) { return syscall(SYS_tkill, pid, SIGURG); }
static long traceme(void) { return ptrace(PTRACE_TRACEME, 0, 0, 0); }
static long compare(void) { return syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, 1, 1); }
static long take_fd(void) { return syscall(438, syscall(SYS_pidfd_open, pid, 0), 1, 0); }
static long pages(void) { return syscall(SYS_move_pages, pid, 0, NULL, NULL, NULL, 0); }

/* A signal by way of a descriptor's owner. */
static long owner(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || fcntl(fds[0], F_SETOWN, pid) ||
	    fcntl(fds[0], F_SETSIG, SIGURG) || fcntl(fds[0], F_SETFL, O_ASYNC | O_NONBLOCK))
		return -1;
	return write(fds[1], "x", 1);
}

static long owner_ex(void)
{
	struct f_owner_ex ex = { F_OWNER_PID, pid };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || fcntl(fds[0], F_SETOWN_EX, &ex) ||
	    fcntl(fds[0], F_SETSIG, SIGURG) || fcntl(fds[0], F_SETFL, O_ASYNC | O_NONBLOCK))
		return -1;
	return write(fds[1], "x", 1);
}

static long in_proc(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY);
}
static long proc_task(void)
{
	char name[64];

	snprintf(name, sizeof(name), "task/%d/mem", pid);
	return in_proc(name);
}
static long proc_root(void) { return in_proc("root/etc/passwd"); }
static long proc_cwd(void) { return in_proc("cwd/."); }
static long proc_maps(void) { return in_proc("maps"); }
static long proc_net(void) { return in_proc("fdinfo/1"); }

static long listener(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* What makes a process unreadable to its like must not let its calls through. */
static long hidden(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return open(word, O_RDONLY);
}

static long after_vfork(void)
{
	int status;
	pid_t child = vfork();

	if (!child) {
		execl(word, word, (char *)NULL);
		_exit(errno);
	}
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 77 ? 0 : -1;
}

static void *exec_word(void *error)
{
	execl(word, word, (char *)NULL);
	*(int *)error = errno;
	return NULL;
}

/* Another thread than the first executes; the denied one fails and lives on. */
static long by_thread(void)
{
	pthread_t t;
	int error = 0;

	pthread_create(&t, NULL, exec_word, &error);
	pthread_join(t, NULL);
	errno = error;
	return -1;
}

static long passed(void)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} u = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u,
			    .msg_controllen = sizeof(u) };
	int fds[2], fd;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		return -1;
	fd = open(word, O_RDONLY);
	memcpy(CMSG_DATA(&u.header), &fd, sizeof(fd));
	if (fd < 0 || sendmsg(fds[0], &m, 0) != 1)
		return -1;
	close(fd);
	if (fork())
		return wait(&fd) > 0 ? fd : -1;
	if (recvmsg(fds[1], &m, 0) != 1)
		_exit(1);
	memcpy(&fd, CMSG_DATA(&u.header), sizeof(fd));
	_exit(read(fd, &byte, 1) == 1 ? 0 : 1);
}

static const struct {
	const char *name;
	long (*act)(void);
} acts[] = {
	{ "all", all }, { "group", group }, { "one", one }, { "thread", thread }, { "owner", owner },
	{ "owner-ex", owner_ex }, { "traceme", traceme }, { "kcmp", compare },
	{ "take-fd", take_fd }, { "pages", pages }, { "proc-task", proc_task }, { "proc-root", proc_root },
	{ "proc-cwd", proc_cwd }, { "proc-maps", proc_maps }, { "proc-fdinfo", proc_net },
	{ "listener", listener }, { "hidden", hidden }, { "vfork", after_vfork },
	{ "by-thread", by_thread }, { "passed", passed },
};

int main(int argc, char **argv)
{
	word = argc > 2 ? argv[2] : "";
	pid = *word == 's' ? getppid() : atoi(word);
	signal(SIGURG, SIG_IGN);
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(*acts); i++)
		if (!strcmp(acts[i].name, argv[1])) {
			errno = 0;
			puts(acts[i].act() >= 0 ? "ok" : strerrorname_np(errno));
			return 0;
		}
	return 2;
}
