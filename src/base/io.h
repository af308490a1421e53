/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files read whole and written whole, and owners that clean up after themselves.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include "base/buf.h"
#include "base/err.h"

#include <dirent.h>
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
 * Replaces the file at path by bytes in one step: a temporary file beside it, fsync, rename.
 * On failure the old file stays as it was and no temporary is left. What is there and no file, a
 * device or a pipe, is written to.
 */
int io_replace_file(const char *path, const void *bytes, size_t len, unsigned mode,
		    struct err *err);

#endif
