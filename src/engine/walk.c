/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a path, gives a held object and its name. Two ways: the kernel resolves it in one call, unless
 * something in it means us instead of the caller; then walk_slow.c does, step by step. What is held is
 * the object either way, and its name is asked of the kernel afterwards, unless the text tells it.
 */
#include "engine/walk.h"

#include "engine/plain.h"
#include "engine/supervisor.h"
#include "engine/walk_slow.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void held_release(struct held *h)
{
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
}

struct slice held_name(const struct held *h)
{
	return slice_make(h->name, h->len);
}

void entry_release(struct entry *e)
{
	held_release(&e->folder);
}

struct slice entry_name(const struct entry *e)
{
	return slice_make(e->name, e->len);
}

static bool has_flag(const struct call *c, uint32_t flag)
{
	const struct label *l = &c->task.label;

	return l->profile == IMAGE_NONE || c->supervisor->image->profiles[l->profile].flags & flag;
}

/* The kernel marks names that lead nowhere any more; a real name may end so, too. */
static void cut_deleted(struct held *h)
{
	static const char mark[] = " (deleted)";
	size_t len = sizeof(mark) - 1;
	struct stat st;

	if (h->len <= len || memcmp(h->name + h->len - len, mark, len))
		return;
	if (!lstat(h->name, &st) && st.st_dev == h->st.st_dev && st.st_ino == h->st.st_ino)
		return;
	h->len -= len;
	h->name[h->len] = '\0';
}

/* "(unreachable)/x": the object is not below the root that we see. */
static int connect_name(const struct call *c, struct held *h)
{
	static const char mark[] = "(unreachable)";
	const struct label *l = &c->task.label;
	const char *prefix = "";
	char rest[PATH_MAX];

	if (strncmp(h->name, mark, sizeof(mark) - 1)) {
		h->is_nameless = true;
		return 0;
	}
	if (!has_flag(c, PROFILE_ATTACH_DISCONNECTED))
		return -EACCES;
	if (l->profile != IMAGE_NONE)
		prefix = image_text(c->supervisor->image,
				    c->supervisor->image->profiles[l->profile].disconnected);
	memcpy(rest, h->name + sizeof(mark) - 1, h->len - sizeof(mark) + 2);
	h->len = (size_t)snprintf(h->name, PATH_MAX, "%s%s%s", prefix, rest[0] == '/' ? "" : "/", rest);
	return h->len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int walk_name(struct call *c, int fd, struct held *out)
{
	char path[64];
	ssize_t n;
	int r = 0;

	out->fd = fd;
	out->is_nameless = false;
	if (fstat(fd, &out->st) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, out->name, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	out->name[n] = '\0';
	out->len = (size_t)n;
	if (out->name[0] != '/')
		r = connect_name(c, out);
	else if (!strncmp(out->name, "/memfd:", 7) && !out->st.st_nlink)
		out->is_nameless = true;
	else
		cut_deleted(out);
	if (!r && S_ISDIR(out->st.st_mode) && out->len > 1 && !out->is_nameless) {
		out->name[out->len++] = '/';
		out->name[out->len] = '\0';
	}
	return r;
}

/* A folder to start from: of ours, or -1 for absolute paths; a negative errno in *r. */
static int take_base(struct call *c, int dirfd, const char *path, int *r)
{
	int fd;

	if (path[0] == '/')
		return -1;
	fd = dirfd == AT_FDCWD ? call_take_cwd(c) : call_take_fd(c, dirfd);
	if (fd < 0)
		*r = fd;
	else
		*r = call_act(c, false);
	return fd;
}

static int open_fast(int base, const char *path, unsigned flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd;

	if (flags & WALK_NOFOLLOW)
		how.flags |= O_NOFOLLOW;
	fd = (int)syscall(SYS_openat2, base < 0 ? AT_FDCWD : base, path, &how, sizeof(how));
	return fd < 0 ? -errno : fd;
}

/* True if a path that we resolved went through our own /proc/self. */
static bool is_ours(const struct call *c, const struct held *h)
{
	char own[32];
	int n = snprintf(own, sizeof(own), "/%d/", call_supervisor_pid(c));

	return n > 0 && strstr(h->name, own) && walk_is_proc(h->fd);
}

static int hold(struct call *c, int fd, struct held *out)
{
	int r = fd < 0 ? fd : walk_name(c, fd, out);

	if (r < 0 && fd >= 0)
		held_release(out);
	return r;
}

/*
 * Nothing was found: was it because "self" in a procfs meant us? Surely not if the path does not leave
 * the mount it begins on and that is no procfs: the usual case, and a cheap question.
 */
static bool may_be_ours(int base, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int fd;

	if (base >= 0 && walk_is_proc(base))
		return true;
	fd = (int)syscall(SYS_openat2, base < 0 ? AT_FDCWD : base, path, &how, sizeof(how));
	if (fd < 0)
		return errno != ENOENT;
	close(fd);
	return true;
}

/* What is asked of each held object at the end; r: what it came to so far. */
static int check(struct call *c, int r, unsigned flags, struct held *out)
{
	if (!r && walk_is_proc(out->fd)) {
		r = walk_guard_proc(c, out->name);
		if (!r)
			r = call_act(c, false);
	}
	if (!r && flags & WALK_FOLDER && !S_ISDIR(out->st.st_mode))
		r = -ENOTDIR;
	if (r < 0)
		held_release(out);
	return r;
}

/* 1 if the text does not tell the name, else as walk_hold: it is not asked for then. */
static int hold_plain(const char *path, unsigned flags, struct held *out)
{
	struct plain p;
	int fd;

	if (path[0] != '/' || !plain_read("", path, &p))
		return 1;
	fd = open_fast(-1, path, flags, RESOLVE_NO_SYMLINKS);
	if (fd < 0)
		return fd == -ELOOP ? 1 : fd;
	out->fd = fd;
	out->is_nameless = false;
	if (fstat(fd, &out->st) < 0) {
		held_release(out);
		return -EIO;
	}
	if (S_ISDIR(out->st.st_mode))
		plain_make_folder(&p);
	memcpy(out->name, p.name, p.len + 1);
	out->len = p.len;
	return 0;
}

static int resolve_any(struct call *c, int base, const char *path, unsigned flags, struct held *out)
{
	int r = hold(c, open_fast(base, path, flags, 0), out);

	if (r == -ELOOP || (r == -ENOENT && may_be_ours(base, path)) || (!r && is_ours(c, out))) {
		held_release(out);
		r = hold(c, walk_slow(c, base, path, flags), out);
	}
	return check(c, r, flags, out);
}

static int resolve(struct call *c, int base, const char *path, unsigned flags, struct held *out)
{
	int r = hold_plain(path, flags, out);

	if (r > 0)
		return resolve_any(c, base, path, flags, out);
	if (!r && flags & WALK_FOLDER && !S_ISDIR(out->st.st_mode)) {
		held_release(out);
		return -ENOTDIR;
	}
	return r;
}

int walk_hold(struct call *c, int dirfd, const char *path, unsigned flags, struct held *out)
{
	int r = 0, base;

	if (!path[0] && !(flags & WALK_EMPTY))
		return -ENOENT;
	base = take_base(c, dirfd, path, &r);
	if (r < 0) {
		if (base >= 0)
			close(base);
		return r;
	}
	if (!path[0])
		return hold(c, base, out);
	r = resolve(c, base, path, flags, out);
	if (base >= 0)
		close(base);
	return r;
}

int walk_hold_within(struct call *c, int dirfd, const char *path, unsigned flags, uint64_t within,
		     struct held *out)
{
	/* An absolute path may begin at dirfd, too. */
	int base = dirfd == AT_FDCWD ? call_take_cwd(c) : call_take_fd(c, dirfd);
	int r = base < 0 ? base : call_act(c, false);

	if (!r) {
		r = hold(c, open_fast(base, path, flags, within), out);
		r = check(c, r, flags, out);
	}
	if (base >= 0)
		close(base);
	return r;
}

/* Cuts a path into the folder's part (empty: the start itself) and the last name. */
static int split(const char *path, char folder[PATH_MAX], struct entry *out)
{
	size_t len = strlen(path), from;

	while (len && path[len - 1] == '/')
		len--;
	out->has_slash = path[len] == '/';
	from = len;
	while (from && path[from - 1] != '/')
		from--;
	if (len - from > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(out->last, path + from, len - from);
	out->last[len - from] = '\0';
	memcpy(folder, path, from);
	folder[from] = '\0';
	if (!from)
		strcpy(folder, ".");
	return 0;
}

static int hold_entry(struct call *c, int dirfd, const char *path, uint64_t within,
		      struct entry *out)
{
	char folder[PATH_MAX];
	int r;

	if (!path[0])
		return -ENOENT;
	r = split(path, folder, out);
	if (!r)
		r = within ? walk_hold_within(c, dirfd, folder, WALK_FOLDER, within, &out->folder)
			   : walk_hold(c, dirfd, folder, WALK_FOLDER, &out->folder);
	if (r < 0)
		return r;
	out->len = (size_t)snprintf(out->name, sizeof(out->name), "%s%s", out->folder.name, out->last);
	return 0;
}

int walk_entry(struct call *c, int dirfd, const char *path, struct entry *out)
{
	return hold_entry(c, dirfd, path, 0, out);
}

int walk_entry_within(struct call *c, int dirfd, const char *path, uint64_t resolve,
		      struct entry *out)
{
	return hold_entry(c, dirfd, path, resolve, out);
}
