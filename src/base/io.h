/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files read whole and written whole, and owners that clean up after themselves.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/buf.h"
#include "base/err.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void io_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void io_free(void *p)
{
	free(*(void **)p);
}

static inline void io_close_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void io_close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Variables that own: the value is closed or freed when they go out of scope. fds start as -1. */
#define auto_fd __attribute__((cleanup(io_close_fd))) int
#define auto_free __attribute__((cleanup(io_free)))
#define auto_file __attribute__((cleanup(io_close_file))) FILE *
#define auto_dir __attribute__((cleanup(io_close_dir))) DIR *

/* The fd, no longer owned by the variable. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* The pointer, no longer owned by the variable. */
#define take(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

/*
 * Adds the whole of a regular file, or of whatever fd gives until its end, to *out; at most
 * `limit` bytes (more: -EFBIG). The name is only for words.
 */
int io_read_file(const char *path, size_t limit, struct buf *out, struct err *err);
int io_read_fd(int fd, const char *name, size_t limit, struct buf *out, struct err *err);

/* Writes all bytes, again after EINTR and short writes. */
int io_write_fd(int fd, const void *bytes, size_t len);

/*
 * A file that is replaced in one step: it is written under another name, and takes the old one's place
 * when it is whole. What is there and no file, a device or a pipe, is written to at the end.
 */
struct io_replacement {
	int fd;				/* to write, seek and read; ours */
	const char *path;		/* the caller's */
	struct buf temporary;		/* name until then, empty: it has none */
	int to;				/* descriptor that gets it at the end, else -1 */
	bool is_to_ours;
};

/* Begins: negative errno with words, nothing to end then. path must last until the end. */
int io_replacement_open(struct io_replacement *r, const char *path, struct err *err);

/* The same for a descriptor, which stays open; the name is only for words. */
int io_replacement_open_fd(struct io_replacement *r, int to, const char *name, struct err *err);

/* Ends: with is_whole the file takes its place, fsync included, with that mode; else it is forgotten. */
int io_replacement_close(struct io_replacement *r, bool is_whole, unsigned mode, struct err *err);

/*
 * Replaces the file at path by bytes in one step: a temporary file beside it, fsync, rename.
 * On failure the old file stays as it was and no temporary is left. What is there and no file, a
 * device or a pipe, is written to.
 */
int io_replace_file(const char *path, const void *bytes, size_t len, unsigned mode,
		    struct err *err);

#endif
