/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a path, gives what it leads to in the caller's eyes: /proc/self is the caller, not us. Every
 * step is an O_PATH descriptor; symlinks are read and followed here, at most LINKS_MAX of them.
 */
#include "engine/walk_slow.h"

#include "engine/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
	LINKS_MAX = 40,
	PROC_ROOT_INO = 1,
	NO_FOLLOW_MOUNT = 0x2000,	/* ST_NOSYMFOLLOW */
};

struct walker {
	struct call *c;
	int at;				/* where we are, ours */
	unsigned n_links;
	char rest[2 * PATH_MAX];	/* what is still to be walked */
};

static void move_to(struct walker *w, int fd)
{
	close(w->at);
	w->at = fd;
}

/* Takes the first component of rest; an empty one at the end. */
static int take_component(struct walker *w, char part[NAME_MAX + 1])
{
	size_t from = strspn(w->rest, "/"), len = strcspn(w->rest + from, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(part, w->rest + from, len);
	part[len] = '\0';
	memmove(w->rest, w->rest + from + len, strlen(w->rest + from + len) + 1);
	return 0;
}

/* Puts a link's text before what is left. */
static int put_before(struct walker *w, const char *text)
{
	char old[sizeof(w->rest)];

	if (++w->n_links > LINKS_MAX)
		return -ELOOP;
	memcpy(old, w->rest, strlen(w->rest) + 1);
	if (snprintf(w->rest, sizeof(w->rest), "%s%s", text, old) >= (int)sizeof(w->rest))
		return -ENAMETOOLONG;
	if (text[0] == '/') {
		int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0)
			return -errno;
		move_to(w, root);
	}
	return 0;
}

static int name_of(int fd, char name[PATH_MAX])
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	name[n] = '\0';
	return 0;
}

/*
 * A process may follow its own links whatever it wears, so that is done with our own credentials;
 * those of others with the caller's.
 */
static int open_jump(struct walker *w, const char *part, pid_t pid)
{
	struct task owner;
	int fd, r = call_act(w->c, false);

	if (r < 0)
		return r;
	if (call_find_task(w->c, pid, &owner) && owner.tgid == w->c->task.tgid)
		act_own(w->c->supervisor);
	fd = openat(w->at, part, O_PATH | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	r = call_act(w->c, false);
	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* A link of a process' folder: no text, it leads to the object itself. */
static int jump(struct walker *w, const char *name, const char *part, pid_t pid)
{
	int r = walk_guard_proc(w->c, name);

	if (r < 0)
		return r;
	if (++w->n_links > LINKS_MAX)
		return -ELOOP;
	r = open_jump(w, part, pid);
	if (r < 0)
		return r;
	move_to(w, r);
	return 0;
}

bool walk_may_follow(const struct call *c, int folder, const struct stat *link)
{
	char value = '0';
	struct stat st;
	int fd;

	if (fstat(folder, &st) < 0)
		return false;
	if ((st.st_mode & (S_ISVTX | S_IWOTH)) != (S_ISVTX | S_IWOTH) || st.st_uid == link->st_uid ||
	    link->st_uid == c->task.creds.fsuid)
		return true;
	fd = open("/proc/sys/fs/protected_symlinks", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, &value, 1) != 1)
			value = '1';
		close(fd);
	}
	return value == '0';
}

static int follow_text(struct walker *w, int link, const struct stat *st)
{
	char text[PATH_MAX];
	struct statfs fs;
	ssize_t n;

	if (fstatfs(link, &fs) < 0 || fs.f_flags & NO_FOLLOW_MOUNT)
		return -ELOOP;
	if (!walk_may_follow(w->c, w->at, st))
		return -EACCES;
	n = readlinkat(link, "", text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n ? put_before(w, text) : -ENOENT;
}

/* "self" and "thread-self" in the root of a procfs: who asks is the caller. */
static bool own_folder(const struct walker *w, const char *part, char *text, size_t size)
{
	if (!strcmp(part, "self"))
		snprintf(text, size, "%d", w->c->task.tgid);
	else if (!strcmp(part, "thread-self"))
		snprintf(text, size, "%d/task/%d", w->c->task.tgid, w->c->task.tid);
	else
		return false;
	return true;
}

static int follow(struct walker *w, const char *part, int link, const struct stat *st)
{
	char name[PATH_MAX + NAME_MAX + 2], folder[PATH_MAX], own[64];
	struct proc_place place;
	struct stat at;
	int r;

	if (!walk_is_proc(link))
		return follow_text(w, link, st);
	if (fstat(w->at, &at) < 0)
		return -errno;
	if (at.st_ino == PROC_ROOT_INO)
		return own_folder(w, part, own, sizeof(own)) ? put_before(w, own)
							       : follow_text(w, link, st);
	r = name_of(w->at, folder);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s/%s", folder, part);
	if (!walk_find_proc(name, &place))
		return -EACCES;
	return place.pid ? jump(w, name, part, place.pid) : follow_text(w, link, st);
}

/* One component; *is_done when the walk ends at it. */
static int step(struct walker *w, const char *part, unsigned flags, bool *is_done)
{
	bool is_last = !w->rest[strspn(w->rest, "/")];
	bool is_object = is_last && flags & WALK_NOFOLLOW && !w->rest[0];
	struct stat st;
	int fd, r;

	if (!strcmp(part, "."))
		return 0;
	fd = openat(w->at, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		close(fd);
		return -EIO;
	}
	if (S_ISLNK(st.st_mode) && !is_object) {
		r = follow(w, part, fd, &st);
		close(fd);
		return r;
	}
	if ((!is_last || w->rest[0]) && !S_ISDIR(st.st_mode)) {
		close(fd);
		return -ENOTDIR;
	}
	move_to(w, fd);
	*is_done = is_last;
	return 0;
}

int walk_slow(struct call *c, int base, const char *path, unsigned flags)
{
	struct walker w = { .c = c };
	bool is_done = false;
	int r = call_know_creds(c);

	if (r < 0)
		return r;
	w.at = path[0] == '/' ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
			      : fcntl(base, F_DUPFD_CLOEXEC, 0);
	if (w.at < 0)
		return -errno;
	snprintf(w.rest, sizeof(w.rest), "%s", path);
	while (!r && !is_done && w.rest[strspn(w.rest, "/")]) {
		char part[NAME_MAX + 1];

		r = take_component(&w, part);
		if (!r)
			r = step(&w, part, flags, &is_done);
	}
	if (r < 0) {
		close(w.at);
		return r;
	}
	return w.at;
}
