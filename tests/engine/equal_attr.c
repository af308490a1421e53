/* SPDX-License-Identifier: BSD-2-Clause */
/* What an object carries: mode, owner, size, times, extended attributes, locks, and looking at them. */
#include "say.h"

#include <linux/fs.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <utime.h>

#ifndef __NR_fchmodat2
#define __NR_fchmodat2 452
#endif

static char *const bad = (char *)8;
static const char *const names[] = { "f", "d", "d/", "lf", "ld", "ln", "loop", "none", "", ".", "f/", "fifo",
				     "d/../f", "ro" };

static void fill(void)
{
	umask(022);
	mkdir("d", 0755);
	put_file("f", "hello, world");
	put_file("ro", "ro");
	chmod("ro", 0444);
	symlink("f", "lf");
	symlink("d", "ld");
	symlink("none", "ln");
	symlink("loop", "loop");
	mkfifo("fifo", 0644);
}

static long do_chmod(const char *p) { return chmod(p, 0640); }
static long do_chmod_at(const char *p) { return fchmodat(AT_FDCWD, p, 06711, 0); }
static long do_chmod_link(const char *p) { return fchmodat(AT_FDCWD, p, 0600, AT_SYMLINK_NOFOLLOW); }
static long do_chmod_2(const char *p)
{
	return syscall(__NR_fchmodat2, AT_FDCWD, p, 0604, AT_SYMLINK_NOFOLLOW);
}
static long do_chown(const char *p) { return chown(p, getuid(), getgid()); }
static long do_chown_same(const char *p) { return chown(p, (uid_t)-1, (gid_t)-1); }
static long do_chown_other(const char *p) { return chown(p, 1234, 4321); }
static long do_lchown(const char *p) { return lchown(p, getuid(), (gid_t)-1); }
static long do_truncate(const char *p) { return truncate(p, 5); }
static long do_grow(const char *p) { return truncate(p, 100000); }
static long do_utimes(const char *p)
{
	struct timeval t[2] = { { 1000, 5 }, { 2000, 6 } };

	return utimes(p, t);
}
static long do_utime(const char *p)
{
	struct utimbuf t = { 10, 20 };

	return syscall(SYS_utime, p, &t);
}
static long do_utimens_link(const char *p)
{
	struct timespec t[2] = { { 30, 1 }, { 40, 2 } };

	return utimensat(AT_FDCWD, p, t, AT_SYMLINK_NOFOLLOW);
}
static long do_omit(const char *p)
{
	struct timespec t[2] = { { 0, UTIME_OMIT }, { 50, 0 } };

	return utimensat(AT_FDCWD, p, t, 0);
}
static long do_setxattr(const char *p) { return setxattr(p, "user.a", "value", 5, 0); }
static long do_lsetxattr(const char *p) { return lsetxattr(p, "user.b", "", 0, XATTR_CREATE); }
static long do_removexattr(const char *p) { return removexattr(p, "user.a"); }
static long do_lremovexattr(const char *p) { return lremovexattr(p, "user.b"); }
static long do_access(const char *p) { return access(p, W_OK); }
static long do_faccess(const char *p) { return faccessat(AT_FDCWD, p, X_OK, AT_EACCESS); }
static long do_chdir(const char *p)
{
	long r = chdir(p);
	int e = errno;

	if (r == 0 && strcmp(p, ".") && strcmp(p, ""))
		r = chdir("..");
	errno = e;
	return r;
}

static void show(void)
{
	for (size_t i = 0; i < 5; i++) {
		struct stat st;
		char value[64];

		if (lstat(names[i], &st) == 0 && !S_ISDIR(st.st_mode))
			printf("  %s %o %ld m%ld a%ld x%ld\n", names[i], st.st_mode, (long)st.st_size,
			       (long)(st.st_mtime < 100000 ? st.st_mtime : -1),
			       (long)(st.st_atime < 100000 ? st.st_atime : -1),
			       (long)getxattr(names[i], "user.a", value, sizeof(value)));
	}
}

static void one_name(const char *verb, long (*act)(const char *))
{
	char what[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(what, sizeof(what), "%s %s", verb, names[i]);
		if (say(what, act(names[i])) == 0)
			show();
	}
	chmod("f", 0644);
	chmod("d", 0755);
	chown("f", getuid(), getgid());
}

static void by_descriptor(void)
{
	struct timespec t[2] = { { 7, 0 }, { 8, 0 } };
	struct timeval tv[2] = { { 9, 0 }, { 11, 0 } };

	head("by descriptor");
	put_file("f", "hello, world");
	T(open("f", O_RDWR));
	T(open("f", O_RDONLY));
	T(open("f", O_PATH));
	T(open("d", O_RDONLY));
	for (int fd = 3; fd <= 8; fd++) {
		note("descriptor %d", fd);
		T(fchmod(fd, 0600));
		T(fchown(fd, (uid_t)-1, getgid()));
		T(ftruncate(fd, 3));
		T(futimens(fd, t));
		T(futimesat(fd, NULL, tv));
		T(futimesat(fd, "f", tv));
		T(fsetxattr(fd, "user.f", "v", 1, 0));
		T(fremovexattr(fd, "user.f"));
		T(fsync(fd));
		T(fallocate(fd, 0, 0, 100));
		T(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10));
		T(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
		T(flock(fd, LOCK_SH | LOCK_NB));
		T(flock(fd, LOCK_UN));
		T(fchownat(fd, "", getuid(), (gid_t)-1, AT_EMPTY_PATH));
		T(utimensat(fd, "", t, AT_EMPTY_PATH));
		T(utimensat(fd, NULL, t, 0));
		T(fchmodat(fd, "f", 0644, 0));
		T(syscall(__NR_fchmodat2, fd, "", 0640, AT_EMPTY_PATH));
	}
	for (int fd = 3; fd <= 6; fd++)
		close(fd);
	show();
	T(truncate("f", -1));
	T(open("f", O_RDWR));
	T(ftruncate(3, -1));
	T(close(3));
}

static void magic(void)
{
	struct timespec t[2] = { { 7, 0 }, { 8, 0 } };

	head("through /proc/self/fd");
	T(open("f", O_RDONLY));
	T(chmod("/proc/self/fd/3", 0604));
	T(truncate("/proc/self/fd/3", 2));
	T(utimensat(AT_FDCWD, "/proc/self/fd/3", t, 0));
	T(setxattr("/proc/self/fd/3", "user.m", "x", 1, 0));
	T(chmod("/dev/fd/3", 0644));
	T(close(3));
	show();
	head("limits");
	CHILD("grows past its limit", {
		struct rlimit l = { 1000, 1000 };
		setrlimit(RLIMIT_FSIZE, &l);
		signal(SIGXFSZ, SIG_IGN);
		T(open("f", O_RDWR));
		T(ftruncate(3, 999));
		T(fallocate(3, 0, 0, 2000));
	});
}

static void attributes(void)
{
	char value[100], name[300];

	head("extended attributes");
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[255] = 0;
	T(setxattr("f", name, "x", 1, 0));
	name[255] = 'n';
	name[256] = 0;
	T(setxattr("f", name, "x", 1, 0));
	T(setxattr("f", "user.x", "old", 3, XATTR_REPLACE));
	T(setxattr("f", "user.x", "old", 3, XATTR_CREATE));
	T(setxattr("f", "user.x", "new", 3, XATTR_CREATE));
	T(setxattr("f", "user.x", "new", 3, XATTR_REPLACE));
	T(getxattr("f", "user.x", value, sizeof(value)));
	T(setxattr("f", "user.x", "new", 3, 4));
	T(setxattr("f", "", "x", 1, 0));
	T(setxattr("f", "nothing", "x", 1, 0));
	T(setxattr("f", "user.", "x", 1, 0));
	T(setxattr("f", bad, "x", 1, 0));
	T(setxattr("f", "user.x", bad, 10, 0));
	T(setxattr(bad, "user.x", "x", 1, 0));
	T(setxattr("f", "user.x", "x", 100000, 0));
	T(removexattr("f", "user.none"));
	T(removexattr("f", bad));
	T(OK(listxattr("f", value, 0)));
	T(setxattr("f", "trusted.x", "x", 1, 0));
	T(setxattr("f", "security.x", "x", 1, 0));
	T(removexattr("f", "security.x"));
}

static void locks(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
	int pipes[2];
	pid_t pid;
	char byte;

	head("locks");
	put_file("f", "0123456789");
	T(open("f", O_RDWR));
	T(open("f", O_RDONLY));
	T(flock(3, LOCK_EX));
	T(flock(4, LOCK_EX | LOCK_NB));
	T(flock(4, LOCK_SH | LOCK_NB));
	T(flock(3, LOCK_SH));
	T(flock(4, LOCK_SH | LOCK_NB));
	T(flock(3, LOCK_UN));
	T(flock(4, LOCK_UN));
	T(flock(3, 77));
	T(flock(99, LOCK_EX));
	T(fcntl(3, F_SETLK, &l));
	T(fcntl(4, F_SETLK, &l));
	l.l_type = F_RDLCK;
	T(fcntl(4, F_SETLK, &l));
	l.l_type = F_WRLCK;
	T(fcntl(3, F_SETLK, &l));
	CHILD("asks for a lock held by the parent", {
		T(fcntl(3, F_SETLK, &l));
		T(fcntl(3, F_GETLK, &l));
		note("held: type %d start %ld by parent %d", l.l_type, (long)l.l_start, l.l_pid == getppid());
		l.l_pid = 0;
		l.l_type = F_WRLCK;
		T(fcntl(3, F_OFD_SETLK, &l));
	});
	pipe(pipes);
	pid = fork();
	if (!pid) {
		T(write(pipes[1], "x", 1));
		_exit(fcntl(3, F_SETLKW, &l) == 0 ? 42 : 1);
	}
	read(pipes[0], &byte, 1);
	nap(50);
	l.l_type = F_UNLCK;
	T(fcntl(3, F_SETLK, &l));
	{
		int status;

		waitpid(pid, &status, 0);
		note("waited for a lock: %s", show_status(status));
	}
	l.l_type = F_WRLCK;
	l.l_pid = 0;
	T(fcntl(3, F_OFD_SETLK, &l));
	T(fcntl(3, F_OFD_SETLKW, &l));
	l.l_pid = 1;
	T(fcntl(3, F_OFD_SETLK, &l));
	l.l_whence = 9;
	T(fcntl(3, F_SETLK, &l));
	T(fcntl(3, F_SETLK, bad));
	T(fcntl(99, F_SETLK, &l));
	T(fcntl(3, F_SETLEASE, F_UNLCK));
	T(fcntl(4, F_SETLEASE, F_RDLCK));
	T(fcntl(4, F_GETLEASE));
	T(fcntl(3, F_DUPFD, 20));
	T(fcntl(3, F_GETFL) & O_ACCMODE);
	T(fcntl(3, F_SETFL, O_APPEND));
	T(fcntl(3, 9999));
	for (int fd = 3; fd <= 20; fd++)
		close(fd);
	head("deadlock");
	T(open("f", O_RDWR));
	l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
	T(fcntl(3, F_SETLK, &l));
	pid = fork();
	if (!pid) {
		struct flock one = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };

		fcntl(3, F_SETLK, &one);
		if (write(pipes[1], "x", 1) != 1)
			_exit(9);
		one.l_start = 0;
		_exit(fcntl(3, F_SETLKW, &one) == 0 ? 0 : errno);
	}
	read(pipes[0], &byte, 1);
	nap(200);
	l.l_start = 1;
	T(fcntl(3, F_SETLKW, &l));
	l.l_type = F_UNLCK;
	l.l_start = 0;
	l.l_len = 0;
	fcntl(3, F_SETLK, &l);
	{
		int status;

		waitpid(pid, &status, 0);
		note("other side: %s", show_status(status));
	}
	close(3);
}

static void looking(void)
{
	struct statvfs fs;
	struct statx stx;
	struct stat st;
	char text[64];

	head("looking");
	T(readlink("lf", text, sizeof(text)));
	T(readlink("f", text, sizeof(text)));
	T(readlink("loop", text, 1));
	T(statvfs("f", &fs));
	T(statx(AT_FDCWD, "f", 0, STATX_ALL, &stx));
	T(statx(AT_FDCWD, "none", 0, STATX_ALL, &stx));
	T(open("f", O_PATH));
	T(fstatat(3, "", &st, AT_EMPTY_PATH));
	T(statx(3, "", AT_EMPTY_PATH, STATX_ALL, &stx));
	T(read(3, text, 1));
	T(readlinkat(3, "", text, sizeof(text)));
	T(close(3));
	T(open("lf", O_PATH | O_NOFOLLOW));
	T(readlinkat(3, "", text, sizeof(text)));
	T(fchmod(3, 0600));
	T(close(3));
	T(inotify_init1(IN_NONBLOCK));
	T(inotify_add_watch(3, ".", IN_ALL_EVENTS));
	put_file("watched", "x");
	rename("watched", "watched2");
	unlink("watched2");
	for (int i = 0; i < 64; i++) {
		union {
			char bytes[512];
			struct inotify_event e;
		} u;
		ssize_t n = read(3, &u, sizeof(u));

		for (ssize_t at = 0; at < n;) {
			struct inotify_event *e = (struct inotify_event *)(u.bytes + at);

			note("  saw %#x %s", e->mask, e->len ? e->name : "");
			at += (ssize_t)(sizeof(*e) + e->len);
		}
		if (n <= 0)
			break;
	}
	close(3);
}

int main(void)
{
	fill();
	one_name("chmod", do_chmod);
	one_name("fchmodat", do_chmod_at);
	one_name("fchmodat nofollow", do_chmod_link);
	one_name("fchmodat2", do_chmod_2);
	one_name("chown", do_chown);
	one_name("chown same", do_chown_same);
	one_name("chown other", do_chown_other);
	one_name("lchown", do_lchown);
	one_name("truncate", do_truncate);
	one_name("grow", do_grow);
	one_name("utimes", do_utimes);
	one_name("utime", do_utime);
	one_name("utimensat nofollow", do_utimens_link);
	one_name("utimensat omit", do_omit);
	one_name("setxattr", do_setxattr);
	one_name("lsetxattr", do_lsetxattr);
	one_name("removexattr", do_removexattr);
	one_name("lremovexattr", do_lremovexattr);
	one_name("access", do_access);
	one_name("faccessat", do_faccess);
	one_name("chdir", do_chdir);
	head("pointers");
	T(chmod(bad, 0));
	T(chown(bad, 0, 0));
	T(truncate(bad, 0));
	T(utimes(bad, NULL));
	T(syscall(SYS_utimes, "f", (void *)bad));
	T(utimensat(AT_FDCWD, "f", NULL, 0));
	T(utimensat(AT_FDCWD, "f", NULL, 0x4000));
	T(fchmodat(AT_FDCWD, "f", 0644, 0x4000));
	T(fchownat(AT_FDCWD, "f", getuid(), (gid_t)-1, 0x8000));
	T(utimes("ro", NULL));
	by_descriptor();
	magic();
	attributes();
	locks();
	looking();
	return 0;
}
