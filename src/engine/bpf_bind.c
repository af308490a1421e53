/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats control groups, gives entries of the map `binds`. A group's id is its directory's inode. */
#include "engine/bpf_bind.h"

#include "abi/policy.h"
#include "base/io.h"
#include "engine/bpf_kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#define CGROUP_DIR "/sys/fs/cgroup"

enum {
	CGROUP2_MAGIC = 0x63677270,	/* CGROUP2_SUPER_MAGIC of linux/magic.h */
	HANDLE_KERNFS = 0xfe,		/* FILEID_KERNFS of linux/exportfs.h: eight bytes, the id */
	CGROUP_FILE_MAX = 1 << 16,
};

int bpf_bind_id(const char *dir, uint64_t *id, struct err *err)
{
	struct statfs fs;
	struct stat st, up;
	auto_buf parent = BUF_INIT;

	if (statfs(dir, &fs) < 0 || stat(dir, &st) < 0)
		return err_set(err, -errno, "cannot look at %s", dir);
	if ((unsigned long)fs.f_type != CGROUP2_MAGIC || !S_ISDIR(st.st_mode))
		return err_say(err, -EINVAL, "%s is no control group (cgroup v2)", dir);
	buf_printf(&parent, "%s/..", dir);
	if (stat(buf_text(&parent), &up) < 0 || up.st_dev != st.st_dev)
		return err_say(err, -EINVAL, "%s is the root of all groups: a profile that attaches by path is "
					     "what is meant", dir);
	*id = st.st_ino;
	return 0;
}

int bpf_bind_group_of(pid_t pid, struct buf *dir, struct err *err)
{
	auto_buf path = BUF_INIT;
	auto_buf text = BUF_INIT;
	const char *at;
	int r;

	buf_printf(&path, "/proc/%d/cgroup", pid);
	r = io_read_file(buf_text(&path), CGROUP_FILE_MAX, &text, err);
	if (r)
		return r;
	at = strstr(buf_text(&text), "0::/");
	if (!at || (at != text.data && at[-1] != '\n'))
		return err_say(err, -ENOENT, "process %d is in no control group of cgroup v2", pid);
	at += strlen("0::");
	buf_add_text(dir, CGROUP_DIR);
	buf_add(dir, at, strcspn(at, "\n"));
	return 0;
}

static int open_map(struct err *err)
{
	int fd = bpf_obj_get(BPF_KERNEL_DIR "/binds");

	return fd < 0 ? err_set(err, fd, "cannot open the bound groups: is a policy loaded?") : fd;
}

/* Whether there still is a group of that id. */
static bool is_group(int mount, uint64_t id)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + sizeof(id)];
	} u = { .handle = { .handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS } };
	int fd;

	memcpy(u.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount, &u.handle, O_PATH | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	/* Who cannot ask does not know. */
	return fd >= 0 || (errno != ESTALE && errno != ENOENT);
}

int bpf_bind_each(void (*visit)(void *to, uint64_t id, uint32_t number, bool is_there), void *to,
		  struct err *err)
{
	auto_fd map = open_map(err);
	auto_fd mount = open(CGROUP_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	uint64_t id, *last = NULL;
	uint32_t number;

	if (map < 0)
		return map;
	for (; !bpf_map_get_next_key(map, last, &id); last = &id)
		if (id != POLICY_BINDS_ANY && !bpf_map_lookup_elem(map, &id, &number))
			visit(to, id, number, mount < 0 || is_group(mount, id));
	return 0;
}

static void note_gone(void *to, uint64_t id, uint32_t number, bool is_there)
{
	(void)number;
	if (!is_there)
		buf_add(to, &id, sizeof(id));
}

/* Entries of groups that are gone make room. */
static int prune(int map, struct err *err)
{
	auto_buf gone = BUF_INIT;
	int r = bpf_bind_each(note_gone, &gone, err);

	for (size_t i = 0; !r && i < gone.len / sizeof(uint64_t); i++)
		bpf_map_delete_elem(map, (const uint64_t *)(void *)gone.data + i);
	return r;
}

int bpf_bind_add(uint64_t id, uint32_t number, struct err *err)
{
	auto_fd map = open_map(err);
	uint64_t any = POLICY_BINDS_ANY;
	uint32_t one = 1;
	int r;

	if (map < 0)
		return map;
	r = prune(map, err);
	if (r)
		return r;
	r = bpf_map_update_elem(map, &id, &number, BPF_ANY);
	if (r == -E2BIG)
		return err_say(err, -ENOSPC, "more than %d control groups are bound", POLICY_BINDS_MAX);
	if (!r)
		r = bpf_map_update_elem(map, &any, &one, BPF_ANY);
	return r ? err_set(err, r, "cannot bind the control group") : 0;
}

int bpf_bind_remove(uint64_t id, struct err *err)
{
	auto_fd map = open_map(err);
	uint64_t any = POLICY_BINDS_ANY, next;
	int r;

	if (map < 0)
		return map;
	r = bpf_map_delete_elem(map, &id);
	if (r)
		return err_say(err, r, "the control group is not bound");
	/* The mark goes with the last one: nobody else changes them now. */
	if (!bpf_map_get_next_key(map, NULL, &next) && next == any &&
	    bpf_map_get_next_key(map, &any, &next) == -ENOENT)
		bpf_map_delete_elem(map, &any);
	return 0;
}
