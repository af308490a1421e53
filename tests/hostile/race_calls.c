/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Swaps what a call means while it is made, for calls other than open by text (race.c): prints how often
 * what is denied was reached. Usage: race_calls WAY ROUNDS ALLOWED DENIED; the two differ in their last
 * byte alone. Ways: connect send rename truncate unlink openat middle script.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AT = 40 };

static char path[4096], other[4096];
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static const char *allowed, *denied;
static char *volatile text = path;
static volatile int done, ready;

static void *swap_text(void *arg)
{
	size_t n = strlen(allowed);

	while (!done) {
		*(volatile char *)&text[n - 1] = denied[n - 1];
		*(volatile char *)&text[n - 1] = allowed[n - 1];
		ready = 1;
	}
	return arg;
}

/* A descriptor that is one folder now, the other then. */
static void *swap_folder(void *arg)
{
	int a = open(allowed, O_PATH), b = open(denied, O_PATH);

	while (!done) {
		dup2(b, AT);
		dup2(a, AT);
		ready = 1;
	}
	return arg;
}

static void *swap_link(void *arg)
{
	while (!done) {
		if (symlink(denied, other) == 0)
			rename(other, path);
		if (symlink(allowed, other) == 0)
			rename(other, path);
		ready = 1;
	}
	return arg;
}

static int is_secret(int fd)
{
	char c = 0;
	int yes = fd >= 0 && read(fd, &c, 1) == 1 && c == 'S';

	if (fd >= 0)
		close(fd);
	return yes;
}

static void put(const char *name, const char *content)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd >= 0 && write(fd, content, strlen(content)) < 0)
		perror(name);
	if (fd >= 0)
		close(fd);
}

static int by_connect(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(fd, (void *)&address, sizeof(address)) == 0)
		return is_secret(fd);
	close(fd);
	return 0;
}

/* The receiver counts. */
static int by_send(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	sendto(fd, "x", 1, 0, (void *)&address, sizeof(address));
	return 0;
}

static int by_rename(void)
{
	put(allowed, "plain");
	if (rename(path, other) < 0 || !is_secret(open(other, O_RDONLY)))
		return 0;
	rename(other, denied);
	return 1;
}

static int is_short(void)
{
	struct stat st;

	return stat(denied, &st) == 0 && st.st_size == 0;
}

static int by_truncate(void)
{
	close(open(path, O_WRONLY | O_TRUNC));
	if (!is_short())
		return 0;
	put(denied, "Secret\n");
	return 1;
}

static int by_unlink(void)
{
	put(allowed, "plain");
	unlink(path);
	if (access(denied, F_OK) == 0)
		return 0;
	put(denied, "Secret\n");
	return 1;
}

static int by_openat(void)
{
	return is_secret(openat(AT, "file", O_RDONLY));
}

static int by_middle(void)
{
	char name[4200];

	snprintf(name, sizeof(name), "%s/file", path);
	return is_secret(open(name, O_RDONLY));
}

static int by_script(void)
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

static const struct way {
	const char *name;
	int (*act)(void);
	void *(*swap)(void *);
} ways[] = {
	{ "connect", by_connect, swap_text }, { "send", by_send, swap_text },
	{ "rename", by_rename, swap_text },   { "truncate", by_truncate, swap_text },
	{ "unlink", by_unlink, swap_text },   { "openat", by_openat, swap_folder },
	{ "middle", by_middle, swap_link },   { "script", by_script, swap_text },
};

int main(int argc, char **argv)
{
	const struct way *way = NULL;
	pthread_t thread;
	int n = 0;

	for (size_t i = 0; argc == 5 && i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].name, argv[1]))
			way = &ways[i];
	if (!way)
		return 2;
	allowed = argv[3];
	denied = argv[4];
	snprintf(path, sizeof(path), "%s%s", allowed, way->act == by_middle ? ".link" : "");
	snprintf(other, sizeof(other), "%s.tmp", allowed);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", allowed);
	if (way->act == by_connect || way->act == by_send)
		text = address.sun_path;
	if (pthread_create(&thread, NULL, way->swap, NULL))
		return 2;
	while (!ready)
		sched_yield();
	for (int i = 0, rounds = atoi(argv[2]); i < rounds; i++)
		n += way->act();
	done = 1;
	pthread_join(thread, NULL);
	printf("%d\n", n);
	return 0;
}
