/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a path as the caller means it to an object we hold and the name policy knows it by.
 *
 * The path is read by then; it is resolved by us, from the caller's root and folder, with the
 * caller's meaning of /proc/self and /proc/thread-self and of the magic links below them. The name
 * is that of the held object (what /proc/self/fd shows), never the text that led there.
 */
#ifndef ENGINE_WALK_H
#define ENGINE_WALK_H

#include "base/slice.h"
#include "engine/call.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum walk_flag {
	WALK_NOFOLLOW = 1 << 0,		/* a symlink at the end is itself the object */
	WALK_EMPTY = 1 << 1,		/* an empty path means dirfd itself (AT_EMPTY_PATH) */
	WALK_FOLDER = 1 << 2,		/* the object must be a folder */
};

struct held {
	int fd;				/* O_PATH (or a real one), ours; -1: nothing held */
	struct stat st;			/* of the object */
	bool is_nameless;		/* pipe, socket, memfd, anonymous inode: not mediated by path */
	size_t len;
	char name[PATH_MAX + 1];	/* absolute, a folder's with "/" at its end; NUL-ended */
};

#define HELD_INIT { .fd = -1 }
#define auto_held __attribute__((cleanup(held_release))) struct held
void held_release(struct held *h);
struct slice held_name(const struct held *h);

/*
 * Resolves path and holds what it leads to. 0 or the negative errno the caller would have got.
 * The supervisor's own files in /proc give -EACCES.
 */
int walk_hold(struct call *c, int dirfd, const char *path, unsigned flags, struct held *out);

/*
 * As walk_hold with openat2's RESOLVE_* flags, which bound what the path may lead to. Such a path never
 * follows the magic links of /proc.
 */
int walk_hold_within(struct call *c, int dirfd, const char *path, unsigned flags, uint64_t resolve,
		     struct held *out);

/*
 * Names an fd that is held already (taken from the caller, or just opened), fills st and name; the fd
 * is out's from then on, whatever is returned.
 */
int walk_name(struct call *c, int fd, struct held *out);

/*
 * For calls on names: holds the folder and copies the last part of the path ("." and ".." and ""
 * are kept for the caller to refuse as the kernel would); *has_slash: the path ended in "/".
 * *name gets the full policy name of the entry (no "/" added), its length is given back.
 */
struct entry {
	struct held folder;
	char last[NAME_MAX + 1];
	bool has_slash;
	size_t len;
	char name[PATH_MAX + NAME_MAX + 2];
};

#define ENTRY_INIT { .folder = HELD_INIT }
#define auto_entry __attribute__((cleanup(entry_release))) struct entry
void entry_release(struct entry *e);
struct slice entry_name(const struct entry *e);

int walk_entry(struct call *c, int dirfd, const char *path, struct entry *out);
int walk_entry_within(struct call *c, int dirfd, const char *path, uint64_t resolve,
		      struct entry *out);

/* The kernel's protection of links in folders that all may write to, like /tmp. */
bool walk_may_follow(const struct call *c, int folder, const struct stat *link);

#endif
