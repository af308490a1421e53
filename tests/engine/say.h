/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the situations of equal_*.c share: each T(call) prints the call, its result and the name of its
 * error, one line each, so that two runs can be compared line by line. Nothing printed may depend on
 * time, process numbers or addresses.
 */
#ifndef TESTS_ENGINE_SAY_H
#define TESTS_ENGINE_SAY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#ifndef __NR_openat2
#define __NR_openat2 437
#endif

static inline long say(const char *what, long r)
{
	int e = errno;

	if (r == -1)
		printf("%s = %s\n", what, strerrorname_np(e) ? strerrorname_np(e) : "E?");
	else
		printf("%s = %ld\n", what, r);
	fflush(stdout);
	errno = e;
	return r;
}

#define T(e) say(#e, (errno = 0, (long)(e)))
/* For results that differ from run to run: only whether it worked. */
#define OK(e) say(#e, (errno = 0, (long)(e)) == -1 ? -1 : 0)

static inline void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static inline void head(const char *what)
{
	note("== %s", what);
}

static inline void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		note("cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static inline void show_file(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0) {
		note("%s: %s", path, strerrorname_np(errno));
	} else {
		text[n] = 0;
		note("%s: [%s]", path, text);
	}
	if (fd >= 0)
		close(fd);
}

static inline int tree_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char to[PATH_MAX] = "";

	(void)flag;
	(void)ftw;
	if (S_ISLNK(st->st_mode) && readlink(path, to, sizeof(to) - 1) < 0)
		strcpy(to, "?");
	printf("  %s %06o %u:%u %lu", path, st->st_mode, st->st_uid, st->st_gid,
	       (unsigned long)st->st_nlink);
	if (!S_ISDIR(st->st_mode))
		printf(" %ld", (long)st->st_size);
	printf("%s%s\n", *to ? " -> " : "", to);
	return 0;
}

static inline int tree_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Prints all below a folder, in the order of names. */
static inline void tree(const char *folder)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, NULL, tree_compare);

	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		if (strcmp(list[i]->d_name, ".") && strcmp(list[i]->d_name, "..") &&
		    lstat(path, &st) == 0) {
			tree_entry(path, &st, 0, NULL);
			if (S_ISDIR(st.st_mode))
				tree(path);
		}
		free(list[i]);
	}
	free(list);
	fflush(stdout);
}

/* The descriptors open now, as numbers: leaks and lost ones show. */
static inline void show_fds(void)
{
	printf("fds:");
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d%s", fd, fcntl(fd, F_GETFD) & FD_CLOEXEC ? "c" : "");
	putchar('\n');
	fflush(stdout);
}

static inline const char *show_status(int status)
{
	static char text[64];

	if (WIFEXITED(status))
		snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
	else if (WIFSTOPPED(status))
		snprintf(text, sizeof(text), "stopped %d", WSTOPSIG(status));
	else
		snprintf(text, sizeof(text), "continued");
	return text;
}

/* Runs body in a child and tells how it ended. */
#define CHILD(what, ...)                                                                           \
	do {                                                                                       \
		int child_status_ = -1;                                                            \
		pid_t child_ = fork();                                                             \
		if (child_ == 0) {                                                                 \
			__VA_ARGS__;                                                               \
			_exit(0);                                                                  \
		}                                                                                  \
		while (waitpid(child_, &child_status_, 0) < 0 && errno == EINTR)                   \
			;                                                                          \
		note("child %s: %s", what, show_status(child_status_));                            \
	} while (0)

static inline void nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

#endif
