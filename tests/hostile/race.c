/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Swaps what a path means while it is opened: prints how often the secret came out. Usage:
 * race text|link|exec ROUNDS ALLOWED DENIED
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[4096], other[4096];
static const char *allowed, *denied;
static volatile int done;

static void *swap_text(void *arg)
{
	size_t n = strlen(allowed);

	(void)arg;
	/* The two differ in their last byte alone, so that no half-swapped path is a third one. */
	while (!done) {
		*(volatile char *)&path[n - 1] = denied[n - 1];
		*(volatile char *)&path[n - 1] = allowed[n - 1];
	}
	return NULL;
}

static void *swap_link(void *arg)
{
	(void)arg;
	while (!done) {
		unlink(other);
		if (symlink(denied, other) == 0)
			rename(other, path);
		if (symlink(allowed, other) == 0)
			rename(other, path);
	}
	return NULL;
}

static int leaks_open(void)
{
	char c = 0;
	int fd = open(path, O_RDONLY), n;

	if (fd < 0)
		return 0;
	n = read(fd, &c, 1) == 1 && c == 'S';
	close(fd);
	return n;
}

/* The denied program ends with 42. */
static int leaks_exec(void)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		execl(path, path, (char *)NULL);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

int main(int argc, char **argv)
{
	int rounds = argc > 4 ? atoi(argv[2]) : 0, leaks = 0;
	int is_link = argc > 4 && !strcmp(argv[1], "link"), is_exec = argc > 4 && !strcmp(argv[1], "exec");
	pthread_t thread;

	if (!rounds)
		return 2;
	allowed = argv[3];
	denied = argv[4];
	snprintf(path, sizeof(path), "%s%s", allowed, is_link ? ".link" : "");
	snprintf(other, sizeof(other), "%s.tmp", allowed);
	if (pthread_create(&thread, NULL, is_link ? swap_link : swap_text, NULL))
		return 2;
	for (int i = 0; i < rounds; i++)
		leaks += is_exec ? leaks_exec() : leaks_open();
	done = 1;
	pthread_join(thread, NULL);
	printf("%d\n", leaks);
	return 0;
}
