/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats open, openat, openat2 and creat, gives descriptors. Two ways:
 *
 *	held	what is there is held, decided on, and opened again through /proc/self/fd
 *	new	nothing is there: decided on as an entry of a held folder, created there exclusively
 *
 * If the world changes between the two, all begins again. As with AppArmor, O_CREAT asks for the
 * permission to create even where the file is there, and a nameless file (O_TMPFILE) is an entry
 * "#NUMBER" of its folder.
 */
#include "engine/serve.h"
#include "engine/serve_file.h"
#include "engine/walk.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	TRIES_MAX = 100,		/* beginnings anew, and links that lead nowhere yet */
	LINKS_MAX = 40,
	AGAIN = 4096,			/* no errno: begin again */
	HOW_MAX = 4096,			/* bytes of struct open_how that the kernel reads */
	IS_CACHED = 0x20,		/* RESOLVE_CACHED */
};

struct request {
	int dirfd;
	char path[PATH_MAX];
	uint64_t flags;
	mode_t mode;
	uint64_t resolve;
	int n_links;			/* that led nowhere and were followed */
};

static const uint64_t tmpfile_flag = O_TMPFILE & ~O_DIRECTORY;
static const uint64_t known_flags = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |
				    O_NONBLOCK | O_DSYNC | O_SYNC | O_ASYNC | O_DIRECT | 0100000 |
				    O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE;
static const uint64_t known_resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS |
				      RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH | RESOLVE_IN_ROOT | IS_CACHED;

/* A later, larger struct is fine if what we do not know of is 0. */
static int read_how(struct call *c, struct request *q)
{
	static _Thread_local uint64_t how[HOW_MAX / sizeof(uint64_t)];
	uint64_t size = c->args[3];
	int r;

	if (size < sizeof(struct open_how))
		return -EINVAL;
	if (size > HOW_MAX)
		return -E2BIG;
	memset(how, 0, sizeof(how));
	r = call_read(c, c->args[2], how, size);
	if (r < 0)
		return r;
	for (size_t i = 3; i < sizeof(how) / sizeof(how[0]); i++)
		if (how[i])
			return -E2BIG;
	q->flags = how[0];
	q->mode = (mode_t)how[1];
	q->resolve = how[2];
	if (q->flags & ~known_flags || how[1] & ~07777ull || q->resolve & ~known_resolve ||
	    (q->resolve & RESOLVE_BENEATH && q->resolve & RESOLVE_IN_ROOT) ||
	    (how[1] && !(q->flags & (O_CREAT | tmpfile_flag))))
		return -EINVAL;
	if (q->flags & O_PATH)
		return -ENOSYS;
	/* "Only if it costs nothing": it never does here. */
	return q->resolve & IS_CACHED ? -EAGAIN : 0;
}

static int check_flags(const struct request *q)
{
	if (q->flags & O_CREAT && q->flags & O_DIRECTORY)
		return -EINVAL;
	if (q->flags & tmpfile_flag &&
	    (!(q->flags & O_DIRECTORY) || (q->flags & O_ACCMODE) == O_RDONLY))
		return -EINVAL;
	return 0;
}

static int read_request(struct call *c, struct request *q)
{
	bool is_at = c->nr == __NR_openat || c->nr == __NR_openat2;
	const uint64_t *args = c->args + is_at;
	int n = 0;

	q->dirfd = is_at ? (int)c->args[0] : AT_FDCWD;
	q->resolve = 0;
	q->n_links = 0;
	q->flags = c->nr == __NR_creat ? O_CREAT | O_WRONLY | O_TRUNC : (uint32_t)args[1];
	q->mode = (mode_t)(c->nr == __NR_creat ? args[1] : args[2]) & 07777;
	if (c->nr == __NR_openat2)
		n = read_how(c, q);
	else
		q->flags &= known_flags;
	if (!n)
		n = check_flags(q);
	if (n < 0)
		return n;
	n = call_read_text(c, args[0], q->path, sizeof(q->path));
	return n < 0 ? n : n ? 0 : -ENOENT;
}

static uint32_t wanted_of(const struct request *q)
{
	uint64_t access = q->flags & O_ACCMODE;
	uint32_t wanted = 0;

	/* 3 asks for both rights and gives neither. */
	if (access != O_WRONLY)
		wanted |= PERM_READ;
	if (access != O_RDONLY)
		wanted |= q->flags & O_APPEND ? PERM_APPEND : PERM_WRITE;
	if (q->flags & O_TRUNC)
		wanted |= PERM_WRITE;
	if (q->flags & (O_CREAT | tmpfile_flag))
		wanted |= PERM_CREATE;
	return wanted;
}

/* A number in /proc/sys/fs; the strictest where it cannot be read. */
static int protection(const char *name)
{
	char path[64], text[8];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/fs/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return n > 0 ? atoi(text) : 2;
}

/*
 * The kernel's protection of others' files in folders like /tmp from an open that meant to create. It
 * looks at O_CREAT, which the second opening has no more.
 */
static int check_sticky(const struct call *c, const struct held *h)
{
	const char *name = S_ISFIFO(h->st.st_mode) ? "protected_fifos" : "protected_regular";
	char folder[PATH_MAX + 1];
	struct stat st;
	char *end;

	if ((!S_ISREG(h->st.st_mode) && !S_ISFIFO(h->st.st_mode)) || h->is_nameless ||
	    h->st.st_uid == c->task.creds.fsuid)
		return 0;
	memcpy(folder, h->name, h->len + 1);
	end = strrchr(folder, '/');
	if (!end)
		return 0;
	end[end == folder] = '\0';
	if (stat(folder, &st) < 0 || !(st.st_mode & S_ISVTX) || st.st_uid == h->st.st_uid)
		return 0;
	if (st.st_mode & S_IWOTH)
		return protection(name) >= 1 ? -EACCES : 0;
	return st.st_mode & S_IWGRP && protection(name) >= 2 ? -EACCES : 0;
}

static int open_tmpfile(struct call *c, const struct request *q, const struct held *folder)
{
	char path[64], name[PATH_MAX + 32];
	struct stat st;
	int fd, r = call_act(c, true);

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", folder->fd);
	/* It has no name until it is linked, so making it is no harm before the verdict. */
	fd = open(path, (int)(q->flags & ~(uint64_t)O_NOFOLLOW) | O_CLOEXEC, q->mode);
	if (fd < 0)
		return -errno;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	snprintf(name, sizeof(name), "%s#%lu", folder->name, (unsigned long)st.st_ino);
	if (!r)
		r = judge_file(c, "open", slice_of(name), wanted_of(q), st.st_uid);
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* What is there: decided on, opened again. */
static int open_held(struct call *c, const struct request *q, const struct held *h)
{
	int r;

	if (S_ISLNK(h->st.st_mode))
		return -ELOOP;
	if (q->flags & tmpfile_flag)
		return open_tmpfile(c, q, h);
	if (S_ISDIR(h->st.st_mode) && q->flags & (O_ACCMODE | O_CREAT | O_TRUNC))
		return -EISDIR;
	if (S_ISSOCK(h->st.st_mode))
		return -ENXIO;
	r = serve_judge_held(c, "open", h, wanted_of(q));
	if (!r && q->flags & O_CREAT)
		r = check_sticky(c, h);
	return r < 0 ? r : reopen_held(c, h, q->flags);
}

/* A link at the end that leads nowhere: its text takes its place in the path. */
static int follow_dangling(const struct call *c, struct request *q, const struct entry *e,
			   const struct stat *st)
{
	char text[PATH_MAX], joined[2 * PATH_MAX + 2];
	ssize_t n = readlinkat(e->folder.fd, e->last, text, sizeof(text) - 1);

	if (n < 0)
		return errno == EINVAL || errno == ENOENT ? -AGAIN : -errno;
	if (++q->n_links > LINKS_MAX)
		return -ELOOP;
	if (!walk_may_follow(c, e->folder.fd, st))
		return -EACCES;
	text[n] = '\0';
	snprintf(joined, sizeof(joined), "%s%s", text[0] == '/' ? "" : e->folder.name, text);
	if (strlen(joined) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(q->path, joined);
	q->dirfd = AT_FDCWD;
	return -AGAIN;
}

static int create_entry(struct call *c, const struct request *q, const struct entry *e)
{
	int flags = (int)q->flags | O_EXCL | O_NOCTTY | O_CLOEXEC;
	uid_t owner;
	int fd, r = call_know_creds(c);

	owner = c->task.creds.fsuid;
	if (!r)
		r = judge_file(c, "mknod", entry_name(e), PERM_CREATE, owner);
	if (!r)
		r = judge_file(c, "open", entry_name(e), wanted_of(q), owner);
	if (!r)
		r = call_act(c, true);
	if (r < 0)
		return r;
	fd = openat(e->folder.fd, e->last, flags, q->mode);
	if (fd >= 0)
		return fd;
	return errno == EEXIST && !(q->flags & O_EXCL) ? -AGAIN : -errno;
}

/* Nothing was there, or a link that leads nowhere. */
static int create(struct call *c, struct request *q)
{
	auto_entry e = ENTRY_INIT;
	struct stat st;
	int r = q->resolve ? walk_entry_within(c, q->dirfd, q->path, q->resolve, &e)
			   : walk_entry(c, q->dirfd, q->path, &e);

	if (r < 0)
		return r;
	if (e.has_slash || !e.last[0] || !strcmp(e.last, ".") || !strcmp(e.last, ".."))
		return -EISDIR;
	if (fstatat(e.folder.fd, e.last, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? create_entry(c, q, &e) : -errno;
	if (q->flags & O_EXCL)
		return -EEXIST;
	if (!S_ISLNK(st.st_mode))
		return -AGAIN;
	if (q->flags & O_NOFOLLOW || q->resolve & RESOLVE_NO_SYMLINKS)
		return -ELOOP;
	/* Such a link's text has another meaning there; programs can do without, as on old kernels. */
	return q->resolve ? -ENOSYS : follow_dangling(c, q, &e, &st);
}

/* "Make name/": no file can have such a name, whatever is there. */
static int refuse_slash(struct call *c, const struct request *q)
{
	auto_entry e = ENTRY_INIT;
	int r;

	if (!(q->flags & O_CREAT) || q->path[strlen(q->path) - 1] != '/')
		return 0;
	r = q->resolve ? walk_entry_within(c, q->dirfd, q->path, q->resolve, &e)
		       : walk_entry(c, q->dirfd, q->path, &e);
	if (r < 0)
		return r;
	return e.last[0] && strcmp(e.last, ".") && strcmp(e.last, "..") ? -EISDIR : 0;
}

static int open_once(struct call *c, struct request *q)
{
	bool is_exclusive = q->flags & O_CREAT && q->flags & O_EXCL;
	unsigned flags = (q->flags & O_NOFOLLOW || is_exclusive ? WALK_NOFOLLOW : 0) |
			 (q->flags & O_DIRECTORY ? WALK_FOLDER : 0);
	auto_held h = HELD_INIT;
	int r = refuse_slash(c, q);

	if (r < 0)
		return r;
	r = q->resolve ? walk_hold_within(c, q->dirfd, q->path, flags, q->resolve, &h)
		       : walk_hold(c, q->dirfd, q->path, flags, &h);
	if (r == -ENOENT && q->flags & O_CREAT)
		return create(c, q);
	if (r < 0)
		return r;
	return is_exclusive ? -EEXIST : open_held(c, q, &h);
}

void serve_open(struct call *c)
{
	struct request q;
	int r = read_request(c, &q);

	if (!r)
		r = call_know_creds(c);
	if (!r)
		r = call_act(c, false);
	if (!r)
		r = q.resolve ? -OPEN_NOT_PLAIN
			      : open_plain(c, q.dirfd, q.path, q.flags, q.mode, wanted_of(&q));
	if (r == -OPEN_NOT_PLAIN) {
		r = call_act(c, false);
		if (!r)
			r = -AGAIN;
		for (int i = 0; r == -AGAIN && i < TRIES_MAX; i++)
			r = open_once(c, &q);
	}
	if (r == -AGAIN)
		r = -ESTALE;
	if (r < 0)
		call_return(c, r);
	else
		call_add_fd(c, r, q.flags & O_CLOEXEC);
}
