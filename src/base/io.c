/* SPDX-License-Identifier: BSD-2-Clause */
/* Files read whole and written whole. */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { READ_STEP = 64 << 10 };

int io_read_fd(int fd, const char *name, size_t limit, struct buf *out, struct err *err)
{
	size_t start = out->len;
	ssize_t n;

	do {
		buf_reserve(out, READ_STEP);
		n = read(fd, out->data + out->len, READ_STEP);
		if (n > 0)
			out->len += (size_t)n;
		if (out->len - start > limit)
			n = -1, errno = EFBIG;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0) {
		int code = -errno;

		out->len = start;
		out->data[start] = '\0';
		return err_set(err, code, "%s", name);
	}
	out->data[out->len] = '\0';
	return 0;
}

int io_read_file(const char *path, size_t limit, struct buf *out, struct err *err)
{
	/* O_NONBLOCK: a FIFO under that name must not hold us up. */
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(err, -EISDIR, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_say(err, -EINVAL, "%s: not a regular file", path);
	return io_read_fd(fd, path, limit, out, err);
}

int io_write_fd(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int open_nameless(const char *name, struct err *err)
{
	FILE *file = tmpfile();
	int fd = file ? fcntl(fileno(file), F_DUPFD_CLOEXEC, 0) : -1;
	int code = -errno;

	if (file)
		fclose(file);
	return fd < 0 ? err_set(err, code, "%s", name) : fd;
}

int io_replacement_open_fd(struct io_replacement *r, int to, const char *name, struct err *err)
{
	int fd = open_nameless(name, err);

	if (fd < 0)
		return fd;
	*r = (struct io_replacement){ .fd = fd, .path = name, .to = to };
	return 0;
}

/* A device, a pipe, a terminal is written to: a file in its place would be a surprise. */
static int open_special(struct io_replacement *r, const char *path, struct err *err)
{
	auto_fd to = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int code;

	if (to < 0)
		return err_set(err, -errno, "%s", path);
	code = io_replacement_open_fd(r, to, path, err);
	if (code)
		return code;
	take_fd(&to);
	r->is_to_ours = true;
	return 0;
}

int io_replacement_open(struct io_replacement *r, const char *path, struct err *err)
{
	struct buf temporary = BUF_INIT;
	struct stat st;
	int fd;

	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return open_special(r, path, err);
	buf_printf(&temporary, "%s.XXXXXX", path);
	fd = mkostemp(temporary.data, O_CLOEXEC);
	if (fd < 0) {
		buf_release(&temporary);
		return err_set(err, -errno, "%s", path);
	}
	*r = (struct io_replacement){ .fd = fd, .path = path, .temporary = temporary, .to = -1 };
	return 0;
}

static int copy_out(int from, int to)
{
	char chunk[1 << 16];
	off_t at = 0;
	ssize_t n;
	int code = 0;

	while (!code && (n = pread(from, chunk, sizeof(chunk), at)) > 0) {
		code = io_write_fd(to, chunk, (size_t)n);
		at += n;
	}
	return code ? code : n < 0 ? -errno : 0;
}

static int put_in_place(struct io_replacement *r, unsigned mode)
{
	if (r->to >= 0)
		return copy_out(r->fd, r->to);
	if (fchmod(r->fd, mode) < 0 || fsync(r->fd) < 0 || rename(r->temporary.data, r->path) < 0)
		return -errno;
	return 0;
}

int io_replacement_close(struct io_replacement *r, bool is_whole, unsigned mode, struct err *err)
{
	int code = is_whole ? put_in_place(r, mode) : 0;

	if (r->temporary.len && (code || !is_whole))
		unlink(r->temporary.data);
	if (r->is_to_ours)
		close(r->to);
	close(r->fd);
	buf_release(&r->temporary);
	return code ? err_set(err, code, "%s", r->path) : 0;
}

int io_replace_file(const char *path, const void *bytes, size_t len, unsigned mode,
		    struct err *err)
{
	struct io_replacement r;
	int code = io_replacement_open(&r, path, err);

	if (code)
		return code;
	code = io_write_fd(r.fd, bytes, len);
	if (!code)
		return io_replacement_close(&r, true, mode, err);
	io_replacement_close(&r, false, mode, NULL);
	return err_set(err, code, "%s", path);
}
