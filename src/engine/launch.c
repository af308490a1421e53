/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a command, gives a child that waits to execute it:
 *
 *	child				parent
 *	waits				PTRACE_SEIZE, "go on"
 *	no_new_privs, Landlock, filter
 *	"listener is N"			takes descriptor N of the child
 *	waits				tracer and workers start, "go on"
 *	execve: the first call that is served
 *
 * Whatever fails is written to the channel as a negative errno; the channel closes at exec.
 */
#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool receive(int channel, int *number)
{
	ssize_t n;

	do
		n = read(channel, number, sizeof(*number));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*number);
}

static bool tell(int channel, int number)
{
	ssize_t n;

	do
		n = send(channel, &number, sizeof(number), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(number);
}

/* As tell, but by a call that the filter lets pass as it is. */
static _Noreturn void fail(int channel, int code)
{
	ssize_t n = write(channel, &code, sizeof(code));

	(void)n;
	_exit(127);
}

/* Looks a word up in PATH, as execvp does. 0 or a negative errno. */
static int find_program(const char *word, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH"), *end;
	int r = -ENOENT;
	struct stat st;

	if (strchr(word, '/'))
		return snprintf(path, PATH_MAX, "%s", word) < PATH_MAX ? 0 : -ENAMETOOLONG;
	for (dirs = dirs ? dirs : "/bin:/usr/bin";; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - dirs), dirs,
			     end > dirs ? "/" : "", word) < PATH_MAX &&
		    !stat(path, &st) && S_ISREG(st.st_mode)) {
			if (!access(path, X_OK))
				return 0;
			r = -EACCES;
		}
		if (!*end)
			return r;
	}
}

/* A text without "#!" is a script of the shell, as for execvp. */
static int execute(char *const argv[], const char *path)
{
	size_t n = 0;
	char **words;

	execve(path, argv, environ);
	if (errno != ENOEXEC)
		return -errno;
	while (argv[n])
		n++;
	words = calloc(n + 2, sizeof(*words));
	if (!words)
		return -ENOMEM;
	words[0] = argv[0];
	words[1] = (char *)(uintptr_t)path;
	if (n > 1)
		memcpy(words + 2, argv + 1, (n - 1) * sizeof(*words));
	execve("/bin/sh", words, environ);
	return -errno;
}

static _Noreturn void be_child(const struct launch *l, const struct supervisor *s, int channel)
{
	char path[PATH_MAX];
	bool has_signals;
	int number, listener, r;

	if (!receive(channel, &number))
		_exit(127);
	r = find_program(s->run->argv[0], path);
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	if (r)
		fail(channel, r);
	r = landlock_confine(&has_signals);
	/* What the supervisor counts on must be there; a kernel without it is known to it. */
	if (r < 0 && landlock_has_signals())
		fail(channel, r);
	listener = filter_apply(l->filter);
	if (listener < 0)
		fail(channel, listener);
	number = listener;
	if (write(channel, &number, sizeof(number)) != (ssize_t)sizeof(number) ||
	    !receive(channel, &number))
		_exit(127);
	close(listener);
	fail(channel, execute(s->run->argv, path));
}

static int take_listener(struct supervisor *s, int number)
{
	int pidfd = (int)syscall(SYS_pidfd_open, s->child, 0), fd;

	if (pidfd < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	if (fd < 0)
		fd = -errno;
	close(pidfd);
	return fd;
}

static int attach(struct launch *l, struct supervisor *s, struct err *err)
{
	long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL |
		       PTRACE_O_TRACESYSGOOD;
	int number;

	if (ptrace(PTRACE_SEIZE, s->child, 0, options) < 0)
		return err_set(err, -errno, "cannot trace the command (is ptrace allowed here?)");
	if (!tell(l->channel, 0) || !receive(l->channel, &number))
		return err_say(err, -ECHILD, "the command's process ended early");
	if (number < 0)
		return err_set(err, number, "cannot start %s", s->run->argv[0]);
	s->listener = take_listener(s, number);
	if (s->listener < 0)
		return err_set(err, s->listener, "cannot take the filter's listener");
	return 0;
}

int launch_start(struct launch *l, struct supervisor *s, struct err *err)
{
	int ends[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, -errno, "cannot make a channel to the command");
	s->child = fork();
	if (s->child < 0) {
		r = err_set(err, -errno, "cannot start a process");
		close(ends[0]);
		close(ends[1]);
		return r;
	}
	if (!s->child) {
		close(ends[0]);
		be_child(l, s, ends[1]);
	}
	close(ends[1]);
	l->channel = ends[0];
	r = attach(l, s, err);
	if (r < 0) {
		kill(s->child, SIGKILL);
		while (waitpid(s->child, NULL, __WALL) < 0 && errno == EINTR)
			;
		launch_release(l);
	}
	return r;
}

int launch_go(struct launch *l, struct err *err)
{
	if (!tell(l->channel, 0))
		return err_say(err, -ECHILD, "the command's process ended early");
	return 0;
}

int launch_failure(struct launch *l)
{
	int number;

	return receive(l->channel, &number) ? number : 0;
}

void launch_release(struct launch *l)
{
	if (l->channel >= 0)
		close(l->channel);
	l->channel = -1;
}
