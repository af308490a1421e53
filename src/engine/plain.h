/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names told from the text of a path alone. If the kernel resolves the text without crossing a symlink,
 * the name is that of what it found: no need to ask.
 */
#ifndef ENGINE_PLAIN_H
#define ENGINE_PLAIN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct plain {
	bool is_folder;			/* the text itself says so: by "/" or "." at its end */
	size_t len;
	char name[PATH_MAX + 2];	/* absolute, NUL-ended; "/" at its end if is_folder */
};

/*
 * base: a folder's absolute name for a relative path, "" for an absolute one. False if the text alone
 * does not tell: a ".." (whose folder may have moved), a part that is a number (a process in a procfs,
 * whose files want a closer look), too long.
 */
bool plain_read(const char *base, const char *path, struct plain *out);

/* The name as of a folder. */
void plain_make_folder(struct plain *p);

#endif
