/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does one thing and ends with 0, or with the errno of its failure. Static, so that a profile need not
 * speak of libraries. Usage: probe OP OBJECT...
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* As src/abi/control.h draws it. */
struct request {
	uint32_t version, verb;
	uint64_t token, reply;
	uint32_t reply_len, name_len;
	char name[512];
};

static int change_profile(const char *name)
{
	struct request r = { .version = 1, .verb = 1, .name_len = (uint32_t)strlen(name) };

	strncpy(r.name, name, sizeof(r.name) - 1);
	return prctl(0x50415653, &r, sizeof(r), 0, 0);
}

static int make_socket(char **words)
{
	int family = !strcmp(words[0], "inet") ? AF_INET : !strcmp(words[0], "inet6") ? AF_INET6
			: !strcmp(words[0], "unix") ? AF_UNIX : AF_NETLINK;
	int type = words[1] && !strcmp(words[1], "dgram") ? SOCK_DGRAM
			: words[1] && !strcmp(words[1], "raw") ? SOCK_RAW : SOCK_STREAM;

	return socket(family, type, 0);
}

static int lock(const char *path)
{
	int fd = open(path, O_RDONLY);

	return fd < 0 ? -1 : flock(fd, LOCK_SH);
}

static int act(const char *op, char **words)
{
	char *const argv[] = { words[0], "nothing", NULL };

	if (!strcmp(op, "nothing"))
		return 0;
	if (!strcmp(op, "read"))
		return open(words[0], O_RDONLY);
	if (!strcmp(op, "write"))
		return open(words[0], O_WRONLY);
	if (!strcmp(op, "append"))
		return open(words[0], O_WRONLY | O_APPEND);
	if (!strcmp(op, "exec"))
		return execv(words[0], argv);
	if (!strcmp(op, "unlink"))
		return unlink(words[0]);
	if (!strcmp(op, "mkdir"))
		return mkdir(words[0], 0777);
	if (!strcmp(op, "link"))
		return link(words[1], words[0]);
	if (!strcmp(op, "lock"))
		return lock(words[0]);
	if (!strcmp(op, "network"))
		return make_socket(words);
	if (!strcmp(op, "change_profile"))
		return change_profile(words[0]);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return EINVAL;
	return act(argv[1], argv + 2) < 0 ? errno : 0;
}
