/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats calls that change what an object carries: mode, owner, size, times, extended attributes. Each
 * object is held; what the kernel offers by path only is done on the path of our descriptor.
 */
#include "engine/serve.h"
#include "engine/serve_file.h"
#include "engine/supervisor.h"
#include "engine/walk.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

enum { VALUE_MAX = 65536, KEY_MAX = 256, NR_FCHMODAT2 = 452 };

static const char *path_of(const struct held *h, char path[64])
{
	snprintf(path, 64, "/proc/self/fd/%d", h->fd);
	return path;
}

/* The object of a path argument. */
static int hold_path(struct call *c, int dirfd, uint64_t address, unsigned flags, struct held *out)
{
	char path[PATH_MAX];
	int r = call_read_text(c, address, path, sizeof(path));

	if (r >= 0)
		r = call_act(c, false);
	return r < 0 ? r : walk_hold(c, dirfd, path, flags, out);
}

/* The object of a descriptor; one opened with O_PATH serves no call but those with AT_EMPTY_PATH. */
static int hold_fd(struct call *c, int number, struct held *out)
{
	int fd = call_take_fd(c, number), r;

	if (fd < 0)
		return fd;
	r = walk_name(c, fd, out);
	if (!r && fcntl(fd, F_GETFL) & O_PATH)
		r = -EBADF;
	return r < 0 ? r : call_act(c, false);
}

void serve_chmod(struct call *c)
{
	auto_held h = HELD_INIT;
	bool is_at = c->nr == __NR_fchmodat || c->nr == NR_FCHMODAT2;
	mode_t mode = (mode_t)c->args[1 + is_at] & 07777;
	int flags = c->nr == NR_FCHMODAT2 ? (int)c->args[3] : 0, r;
	unsigned walk = (flags & AT_SYMLINK_NOFOLLOW ? WALK_NOFOLLOW : 0) |
			(flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);
	char path[64];

	if (c->nr == __NR_fchmod)
		r = hold_fd(c, (int)c->args[0], &h);
	else if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		r = -EINVAL;
	else
		r = hold_path(c, is_at ? (int)c->args[0] : AT_FDCWD, c->args[is_at], walk, &h);
	if (!r && S_ISLNK(h.st.st_mode))
		r = -EOPNOTSUPP;
	if (!r)
		r = serve_judge_held(c, "chmod", &h, PERM_CHMOD);
	if (!r)
		r = serve_result(chmod(path_of(&h, path), mode));
	call_return(c, r);
}

static int chown_held(struct call *c, struct held *h, uid_t uid, gid_t gid)
{
	int r = serve_judge_held(c, "chown", h, PERM_CHOWN);

	return r < 0 ? r : serve_result(fchownat(h->fd, "", uid, gid, AT_EMPTY_PATH));
}

void serve_chown(struct call *c)
{
	auto_held h = HELD_INIT;
	bool is_at = c->nr == __NR_fchownat;
	int flags = is_at ? (int)c->args[4] : 0, r;
	unsigned walk = 0;

	if (c->nr == __NR_lchown || flags & AT_SYMLINK_NOFOLLOW)
		walk |= WALK_NOFOLLOW;
	if (flags & AT_EMPTY_PATH)
		walk |= WALK_EMPTY;
	if (c->nr == __NR_fchown)
		r = hold_fd(c, (int)c->args[0], &h);
	else if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		r = -EINVAL;
	else
		r = hold_path(c, is_at ? (int)c->args[0] : AT_FDCWD, c->args[is_at], walk, &h);
	if (!r)
		r = chown_held(c, &h, (uid_t)c->args[1 + is_at], (gid_t)c->args[2 + is_at]);
	call_return(c, r);
}

/* The kernel tells whoever truncates of too large a size by a signal: here that is us. */
static void hold_off_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/*
 * The caller's own bound on the size of files. /proc tells it to everybody; prlimit() would want a
 * privilege for others' processes.
 */
static int read_size_limit(const struct call *c, uint64_t *limit)
{
	static const char key[] = "Max file size";
	char path[64], line[256], value[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/limits", c->task.tid);
	f = fopen(path, "re");
	if (!f)
		return -EACCES;
	while (!value[0] && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, sizeof(key) - 1))
			sscanf(line + sizeof(key) - 1, "%31s", value);
	fclose(f);
	if (!value[0])
		return -EACCES;
	*limit = !strcmp(value, "unlimited") ? UINT64_MAX : strtoull(value, NULL, 10);
	return 0;
}

/* Growing a file is bound by the caller's limit, not by ours. */
static int check_size(struct call *c, const struct held *h, int64_t size)
{
	uint64_t limit;
	int r;

	if (size <= h->st.st_size)
		return 0;
	r = read_size_limit(c, &limit);
	if (r < 0 || (uint64_t)size <= limit)
		return r;
	act_own(c->supervisor);
	if (call_is_alive(c))
		syscall(SYS_tgkill, c->task.tgid, c->task.tid, SIGXFSZ);
	return -EFBIG;
}

static int check_kind(const struct held *h, bool is_fd)
{
	if (is_fd)
		return S_ISREG(h->st.st_mode) && (fcntl(h->fd, F_GETFL) & O_ACCMODE) != O_RDONLY ? 0 : -EINVAL;
	if (S_ISDIR(h->st.st_mode))
		return -EISDIR;
	return S_ISREG(h->st.st_mode) ? 0 : -EINVAL;
}

void serve_truncate(struct call *c)
{
	auto_held h = HELD_INIT;
	int64_t size = (int64_t)c->args[1];
	bool is_fd = c->nr == __NR_ftruncate;
	char path[64];
	int r = size < 0 ? -EINVAL : 0;

	if (!r)
		r = is_fd ? hold_fd(c, (int)c->args[0], &h) : hold_path(c, AT_FDCWD, c->args[0], 0, &h);
	if (!r)
		r = check_kind(&h, is_fd);
	if (!r)
		r = serve_judge_held(c, "truncate", &h, PERM_WRITE | PERM_SETATTR);
	if (!r)
		r = check_size(c, &h, size);
	if (!r) {
		hold_off_signal();
		r = serve_result(is_fd ? ftruncate(h.fd, size) : truncate(path_of(&h, path), size));
	}
	call_return(c, r);
}

/* The two times in whatever form the call has them; *times is NULL for "now". */
static int read_times(struct call *c, uint64_t address, struct timespec out[2], bool *is_now)
{
	struct timeval tv[2];
	struct utimbuf buf;
	int r;

	*is_now = !address;
	if (!address)
		return 0;
	if (c->nr == __NR_utimensat)
		return call_read(c, address, out, 2 * sizeof(*out));
	if (c->nr == __NR_utime) {
		r = call_read(c, address, &buf, sizeof(buf));
		out[0] = (struct timespec){ buf.actime, 0 };
		out[1] = (struct timespec){ buf.modtime, 0 };
		return r;
	}
	r = call_read(c, address, tv, sizeof(tv));
	for (int i = 0; !r && i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return -EINVAL;
		out[i] = (struct timespec){ tv[i].tv_sec, tv[i].tv_usec * 1000 };
	}
	return r;
}

static int set_times(struct call *c, struct held *h, const struct timespec *times)
{
	char path[64];
	int r = serve_judge_held(c, "setattr", h, PERM_SETATTR);

	if (r < 0)
		return r;
	if (fcntl(h->fd, F_GETFL) & O_PATH)
		return serve_result(S_ISLNK(h->st.st_mode)
				      ? syscall(SYS_utimensat, h->fd, "", times, AT_EMPTY_PATH)
				      : syscall(SYS_utimensat, AT_FDCWD, path_of(h, path), times, 0));
	return serve_result(syscall(SYS_utimensat, h->fd, NULL, times, 0));
}

static int hold_for_times(struct call *c, int flags, struct held *h)
{
	bool is_at = c->nr == __NR_utimensat || c->nr == __NR_futimesat;
	unsigned walk = (flags & AT_SYMLINK_NOFOLLOW ? WALK_NOFOLLOW : 0) |
			(flags & AT_EMPTY_PATH ? WALK_EMPTY : 0);

	/* No path at all means the descriptor. */
	if (is_at && !c->args[1] && (int)c->args[0] != AT_FDCWD)
		return flags ? -EINVAL : hold_fd(c, (int)c->args[0], h);
	return hold_path(c, is_at ? (int)c->args[0] : AT_FDCWD, c->args[is_at], walk, h);
}

void serve_utimes(struct call *c)
{
	auto_held h = HELD_INIT;
	bool is_at = c->nr == __NR_utimensat || c->nr == __NR_futimesat, is_now = false;
	int flags = c->nr == __NR_utimensat ? (int)c->args[3] : 0, r;
	struct timespec times[2];

	r = read_times(c, c->args[1 + is_at], times, &is_now);
	if (!r && c->nr == __NR_utimensat && !is_now && times[0].tv_nsec == UTIME_OMIT &&
	    times[1].tv_nsec == UTIME_OMIT) {
		call_return(c, 0);
		return;
	}
	if (!r && flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		r = -EINVAL;
	if (!r)
		r = hold_for_times(c, flags, &h);
	if (!r)
		r = set_times(c, &h, is_now ? NULL : times);
	call_return(c, r);
}

/* The object of an attribute call: by path, by path without following, by descriptor. */
static int hold_for_xattr(struct call *c, bool is_fd, bool is_link, struct held *h)
{
	if (is_fd)
		return hold_fd(c, (int)c->args[0], h);
	return hold_path(c, AT_FDCWD, c->args[0], is_link ? WALK_NOFOLLOW : 0, h);
}

static int read_key(struct call *c, char key[KEY_MAX])
{
	int n = call_read_text(c, c->args[1], key, KEY_MAX);

	if (n == -ENAMETOOLONG)
		return -ERANGE;
	return n < 0 ? n : n ? 0 : -ERANGE;
}

void serve_setxattr(struct call *c)
{
	static _Thread_local char value[VALUE_MAX];
	bool is_fd = c->nr == __NR_fsetxattr;
	auto_held h = HELD_INIT;
	char key[KEY_MAX], path[64];
	int r = c->args[4] & ~(uint64_t)(XATTR_CREATE | XATTR_REPLACE) ? -EINVAL : read_key(c, key);

	if (!r && c->args[3] > VALUE_MAX)
		r = -E2BIG;
	if (!r)
		r = call_read(c, c->args[2], value, c->args[3]);
	if (!r)
		r = hold_for_xattr(c, is_fd, c->nr == __NR_lsetxattr, &h);
	if (!r)
		r = serve_judge_held(c, "setattr", &h, PERM_SETATTR);
	if (!r && is_fd)
		r = serve_result(fsetxattr(h.fd, key, value, c->args[3], (int)c->args[4]));
	else if (!r)
		r = serve_result(setxattr(path_of(&h, path), key, value, c->args[3], (int)c->args[4]));
	call_return(c, r);
}

void serve_removexattr(struct call *c)
{
	bool is_fd = c->nr == __NR_fremovexattr;
	auto_held h = HELD_INIT;
	char key[KEY_MAX], path[64];
	int r = read_key(c, key);

	if (!r)
		r = hold_for_xattr(c, is_fd, c->nr == __NR_lremovexattr, &h);
	if (!r)
		r = serve_judge_held(c, "setattr", &h, PERM_SETATTR);
	if (!r)
		r = is_fd ? serve_result(fremovexattr(h.fd, key)) : serve_result(removexattr(path_of(&h, path), key));
	call_return(c, r);
}
