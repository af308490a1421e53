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

static int write_temporary(int fd, const void *bytes, size_t len, unsigned mode)
{
	int code = io_write_fd(fd, bytes, len);

	if (code)
		return code;
	return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* A device, a pipe, a terminal is written to: a file in its place would be a surprise. */
static int write_special(const char *path, const void *bytes, size_t len, struct err *err)
{
	auto_fd fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int code = fd < 0 ? -errno : io_write_fd(fd, bytes, len);

	return code ? err_set(err, code, "%s", path) : 0;
}

int io_replace_file(const char *path, const void *bytes, size_t len, unsigned mode,
		    struct err *err)
{
	auto_buf temporary = BUF_INIT;
	auto_fd fd = -1;
	struct stat st;
	int code;

	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return write_special(path, bytes, len, err);
	buf_printf(&temporary, "%s.XXXXXX", path);
	fd = mkostemp(temporary.data, O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "%s", path);
	code = write_temporary(fd, bytes, len, mode);
	if (!code && rename(temporary.data, path) < 0)
		code = -errno;
	if (code) {
		unlink(temporary.data);
		return err_set(err, code, "%s", path);
	}
	return 0;
}
