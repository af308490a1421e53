/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats executable mappings of files, gives verdicts on the mapped file. The kernel carries them out:
 * a thread that swaps descriptors or mappings at that very moment can have another file mapped, which
 * is why the table calls these approximate.
 */
#include "engine/judge.h"
#include "engine/serve.h"
#include "engine/supervisor.h"
#include "engine/walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int judge_mapped(struct call *c, const struct held *h, uint64_t prot)
{
	uint32_t wanted = PERM_MMAP | (prot & PROT_READ ? PERM_READ : 0);

	if (h->is_nameless)
		return 0;
	return judge_file(c, "file_mmap", held_name(h), wanted, h->st.st_uid);
}

void serve_mmap(struct call *c)
{
	auto_held file = HELD_INIT;
	int fd, r;

	if (judge_is_unconfined(c)) {
		call_continue(c);
		return;
	}
	fd = call_take_fd(c, (int)c->args[4]);
	r = fd < 0 ? fd : walk_name(c, fd, &file);
	if (!r)
		r = judge_mapped(c, &file, c->args[2]);
	if (r < 0)
		call_return(c, r);
	else
		call_continue(c);
}

/* The owner of the mapped file, if its name still leads to it. */
static uid_t owner_of(const char *name, unsigned major_number, unsigned minor_number, unsigned long inode)
{
	struct stat st;

	if (lstat(name, &st) < 0 || st.st_ino != inode || st.st_dev != makedev(major_number, minor_number))
		return (uid_t)-1;
	return st.st_uid;
}

/* Lines of /proc/PID/maps that overlap from … to and have a file. */
static int judge_range(struct call *c, FILE *maps, uint64_t from, uint64_t to, uint64_t prot)
{
	static const char deleted[] = " (deleted)";
	char line[PATH_MAX + 128];
	int r = 0;

	while (!r && fgets(line, sizeof(line), maps)) {
		unsigned long begin, end, inode;
		unsigned major_number, minor_number;
		int at = 0;
		char *name;
		size_t len;

		if (sscanf(line, "%lx-%lx %*s %*s %x:%x %lu %n", &begin, &end, &major_number,
			   &minor_number, &inode, &at) != 5 || !at)
			continue;
		name = line + at;
		len = strcspn(name, "\n");
		if (end <= from || begin >= to || name[0] != '/' || !strncmp(name, "/memfd:", 7))
			continue;
		if (len > sizeof(deleted) && !strncmp(name + len - sizeof(deleted) + 1, deleted, 10))
			len -= sizeof(deleted) - 1;
		name[len] = '\0';
		r = judge_file(c, "file_mprotect", slice_make(name, len),
			       PERM_MMAP | (prot & PROT_READ ? PERM_READ : 0),
			       owner_of(name, major_number, minor_number, inode));
	}
	return r;
}

void serve_mprotect(struct call *c)
{
	char path[64];
	FILE *maps;
	int r;

	if (judge_is_unconfined(c)) {
		call_continue(c);
		return;
	}
	act_own(c->supervisor);
	snprintf(path, sizeof(path), "/proc/%d/maps", c->task.tid);
	maps = fopen(path, "re");
	if (!maps) {
		call_return(c, -EACCES);
		return;
	}
	r = judge_range(c, maps, c->args[0], c->args[0] + c->args[1], c->args[2]);
	fclose(maps);
	if (r < 0)
		call_return(c, r);
	else
		call_continue(c);
}
