/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats files of /proc, gives numbers and names. */
#include "engine/target.h"

#include "engine/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_MAX = 4096 };

static ssize_t read_proc(pid_t tid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, out, size - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	out[n < 0 ? 0 : n] = '\0';
	return n;
}

int target_status(pid_t tid, char *text, size_t size)
{
	ssize_t n = read_proc(tid, "status", text, size);

	return n < 0 ? (int)n : 0;
}

/* The text behind "NAME:" at a line's begin. */
static const char *field_text(const char *status, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

bool target_field(const char *status, const char *name, int base, uint64_t *out)
{
	const char *text = field_text(status, name);
	char *end;

	if (!text)
		return false;
	*out = strtoull(text, &end, base);
	return end != text;
}

/* Of four ids in a row, the last is the file system's. */
static bool last_id(const char *status, const char *name, uint32_t *out)
{
	const char *text = field_text(status, name);
	unsigned real, effective, saved, fs;

	if (!text || sscanf(text, "%u %u %u %u", &real, &effective, &saved, &fs) != 4)
		return false;
	*out = fs;
	return true;
}

static bool read_groups(const char *status, struct creds *out)
{
	const char *text = field_text(status, "Groups");
	int n = 0;

	if (!text)
		return false;
	for (;;) {
		char *end;
		unsigned long group;

		while (*text == ' ' || *text == '\t')
			text++;
		if (*text == '\n' || !*text)
			break;
		group = strtoul(text, &end, 10);
		if (end == text || n == (int)(sizeof(out->groups) / sizeof(out->groups[0])))
			return false;
		out->groups[n++] = (gid_t)group;
		text = end;
	}
	out->n_groups = n;
	return true;
}

int target_creds(struct call *c, struct creds *out)
{
	char status[STATUS_MAX];
	struct creds creds = { .is_known = true };
	int r;

	act_own(c->supervisor);
	r = target_status(c->task.tid, status, sizeof(status));
	if (r < 0)
		return r;
	if (!last_id(status, "Uid", &creds.fsuid) || !last_id(status, "Gid", &creds.fsgid) ||
	    !read_groups(status, &creds) || !target_field(status, "CapEff", 16, &creds.cap_effective))
		return -EACCES;
	*out = creds;
	return 0;
}

int target_umask(struct call *c, mode_t *out)
{
	char status[STATUS_MAX];
	uint64_t mask;
	int r = target_status(c->task.tid, status, sizeof(status));

	if (r < 0)
		return r;
	if (!target_field(status, "Umask", 8, &mask))
		return -EACCES;
	*out = (mode_t)mask & 07777;
	return 0;
}

static pid_t pid_field(pid_t tid, const char *name)
{
	char status[STATUS_MAX];
	uint64_t value;

	if (target_status(tid, status, sizeof(status)) < 0 || !target_field(status, name, 10, &value))
		return 0;
	return (pid_t)value;
}

pid_t target_tgid(pid_t tid)
{
	return pid_field(tid, "Tgid");
}

pid_t target_parent(pid_t tid)
{
	return pid_field(tid, "PPid");
}

void target_comm(pid_t tid, char *out, size_t size)
{
	ssize_t n = read_proc(tid, "comm", out, size);

	if (n > 0 && out[n - 1] == '\n')
		out[n - 1] = '\0';
}

ssize_t target_link(pid_t tid, const char *name, char *out, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	n = readlink(path, out, size - 1);
	if (n < 0) {
		out[0] = '\0';
		return -errno;
	}
	out[n] = '\0';
	return n;
}
