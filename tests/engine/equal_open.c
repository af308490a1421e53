/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening: every flag, kind of object and error. */
#include "say.h"

#include <linux/openat2.h>
#include <pty.h>

static void *const bad = (void *)8;

static void flags(void)
{
	static const int list[] = {
		O_RDONLY, O_WRONLY, O_RDWR, 3, O_RDONLY | O_TRUNC, O_WRONLY | O_TRUNC, O_RDWR | O_APPEND,
		O_WRONLY | O_APPEND | O_TRUNC, O_RDONLY | O_CREAT, O_WRONLY | O_CREAT, O_CREAT | O_EXCL,
		O_WRONLY | O_CREAT | O_EXCL, O_RDONLY | O_DIRECTORY, O_RDONLY | O_NOFOLLOW, O_PATH,
		O_PATH | O_NOFOLLOW, O_RDONLY | O_NOATIME, O_RDWR | O_SYNC, O_RDWR | O_DSYNC,
		O_RDONLY | O_NONBLOCK, O_RDONLY | O_ASYNC, O_RDONLY | O_LARGEFILE, O_WRONLY | O_DIRECTORY,
		O_RDONLY | O_CREAT | O_DIRECTORY, O_PATH | O_CREAT, O_RDWR | O_CREAT | O_NOFOLLOW,
		O_RDONLY | O_CLOEXEC, O_RDONLY | 0x40000000,
	};
	static const char *const names[] = { "f", "new", "d", "d/", "ro", "lf", "ld", "ln", "loop", "f/",
					     "f/x", "none/x", "", ".", "..", "fifo", "lf/", "ld/", "ln/",
					     "new/", "/", "//", "./f", "d/../f", "lnew" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (size_t k = 0; k < sizeof(list) / sizeof(*list); k++) {
			int flags = list[k], fd;
			char what[64];

			if (!strcmp(names[i], "fifo") && !(flags & O_PATH))
				flags |= O_NONBLOCK;
			put_file("f", "hello");
			snprintf(what, sizeof(what), "open %s %#o", names[i], flags);
			fd = open(names[i], flags, 0640);
			say(what, fd);
			if (fd >= 0) {
				note("  fd flags %d, status flags %#o", fcntl(fd, F_GETFD), fcntl(fd, F_GETFL));
				close(fd);
			}
			unlink("new");
			unlink("target");
		}
}

static void creating(void)
{
	head("modes and umask");
	for (int mask = 0; mask <= 0777; mask += 0111) {
		int fd;

		umask((mode_t)mask);
		fd = open("m", O_WRONLY | O_CREAT, 07777);
		close(fd);
		tree(".");
		unlink("m");
	}
	umask(022);
	T(creat("c", 0600));
	T(creat("c", 0644));
	T(creat("d", 0644));
	T(close(3));
	T(close(4));
	T(open("x", O_RDWR | O_CREAT | O_EXCL, 0));
	T(write(3, "abc", 3));
	T(lseek(3, 0, SEEK_SET));
	T(open("x", O_RDONLY));
	show_fds();
	T(close(3));
	close(4);
	head("append writes at the end");
	put_file("a", "one");
	T(open("a", O_WRONLY | O_APPEND));
	T(write(3, "two", 3));
	T(lseek(3, 0, SEEK_SET));
	T(write(3, "three", 5));
	close(3);
	show_file("a");
	head("truncation");
	T(open("a", O_RDWR | O_TRUNC));
	close(3);
	show_file("a");
	T(open("ro", O_WRONLY | O_TRUNC));
	close(3);
}

static void temporary(void)
{
	char link[64];

	head("O_TMPFILE");
	T(open(".", O_TMPFILE | O_RDWR, 0600));
	T(write(3, "tmp", 3));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", 3);
	T(linkat(AT_FDCWD, link, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	T(close(3));
	show_file("named");
	T(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
	T(linkat(AT_FDCWD, link, AT_FDCWD, "named2", AT_SYMLINK_FOLLOW));
	T(close(3));
	T(open(".", O_TMPFILE | O_RDONLY, 0600));
	T(open("f", O_TMPFILE | O_RDWR, 0600));
	T(open("d", O_TMPFILE | O_WRONLY, 0777));
	T(close(3));
	T(open("none", O_TMPFILE | O_WRONLY, 0777));
}

static void pointers(void)
{
	char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char long_name[PATH_MAX + 10], component[300];

	head("pointers and lengths");
	munmap(edge + 4096, 4096);
	T(open(bad, O_RDONLY));
	T(syscall(SYS_open, NULL, O_RDONLY));
	T(open((char *)-1, O_RDONLY));
	strcpy(edge + 4096 - 2, "f");
	T(open(edge + 4096 - 2, O_RDONLY));
	T(close(3));
	edge[4095] = 'f';
	T(open(edge + 4095, O_RDONLY));
	T(creat(bad, 0600));
	memset(component, 'c', sizeof(component));
	component[255] = 0;
	T(open(component, O_RDWR | O_CREAT, 0600));
	T(close(3));
	T(unlink(component));
	component[255] = 'c';
	component[256] = 0;
	T(open(component, O_RDWR | O_CREAT, 0600));
	for (size_t len = PATH_MAX - 2; len <= PATH_MAX + 1; len++) {
		memset(long_name, '/', len);
		memcpy(long_name, "./", 2);
		long_name[len] = 0;
		long_name[len - 1] = 'f';
		say("open long", open(long_name, O_RDONLY));
		close(3);
	}
	T(openat(-1, "f", O_RDONLY));
	T(openat(99, "f", O_RDONLY));
	T(openat(-1, "/", O_RDONLY));
	T(close(3));
	T(openat(0, "f", O_RDONLY));
	T(openat(AT_FDCWD, "f", O_RDONLY));
	T(openat(3, "f", O_RDONLY));
	T(openat(3, "", O_RDONLY));
	T(close(3));
}

static void folders(void)
{
	head("relative to descriptors");
	T(open("d", O_RDONLY | O_DIRECTORY));
	T(openat(3, "in", O_RDWR | O_CREAT, 0600));
	T(openat(3, "../f", O_RDONLY));
	T(openat(3, "..", O_RDONLY));
	T(openat(3, ".", O_PATH));
	T(openat(7, "in", O_RDONLY));
	show_fds();
	for (int fd = 3; fd < 9; fd++)
		close(fd);
	T(open("d", O_PATH));
	T(openat(3, "in", O_RDONLY));
	T(mkdir("gone", 0700));
	T(open("gone", O_RDONLY));
	T(rmdir("gone"));
	T(openat(5, "x", O_CREAT | O_WRONLY, 0600));
	T(openat(5, ".", O_RDONLY));
	T(openat(5, "..", O_RDONLY));
	for (int fd = 3; fd < 9; fd++)
		close(fd);
	T(unlink("d/in"));
	head("a working folder that is gone");
	T(mkdir("cwd", 0700));
	T(chdir("cwd"));
	T(rmdir("../cwd"));
	T(open("x", O_CREAT | O_WRONLY, 0600));
	T(open(".", O_RDONLY));
	T(close(3));
	T(open("../f", O_RDONLY));
	T(mkdir("y", 0700));
	T(chdir(".."));
	head("a folder moved under a descriptor");
	T(mkdir("before", 0700));
	T(open("before", O_RDONLY));
	T(rename("before", "after"));
	T(openat(3, "in", O_CREAT | O_WRONLY, 0600));
	tree("after");
	close(3);
	close(4);
	unlink("after/in");
	rmdir("after");
}

static void chains(void)
{
	char name[32], to[32];

	head("chains of symlinks");
	symlink("f", "s0");
	for (int i = 1; i <= 42; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		snprintf(to, sizeof(to), "s%d", i - 1);
		symlink(to, name);
	}
	for (int i = 36; i <= 42; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		say(name, open(name, O_RDONLY));
		close(3);
	}
	symlink("new", "dangling");
	T(open("dangling", O_RDONLY));
	T(open("dangling", O_CREAT | O_WRONLY | O_EXCL, 0600));
	T(open("dangling", O_CREAT | O_WRONLY | O_NOFOLLOW, 0600));
	T(open("dangling", O_CREAT | O_WRONLY, 0600));
	T(close(3));
	T(unlink("new"));
	symlink("none/new", "dangling2");
	T(open("dangling2", O_CREAT | O_WRONLY, 0600));
	symlink("", "empty");
	symlink("d/../d/../f", "dots");
	T(open("dots", O_RDONLY));
	T(close(3));
	for (int i = 0; i <= 42; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		unlink(name);
	}
}

static long openat2_of(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve,
		       size_t size)
{
	struct {
		struct open_how how;
		char more[64];
	} h;

	memset(&h, 0, sizeof(h));
	h.how.flags = flags;
	h.how.mode = mode;
	h.how.resolve = resolve;
	return syscall(__NR_openat2, dirfd, path, &h, size);
}

static void second(void)
{
	static const char *const names[] = { "f", "lf", "d/../f", "../x", "/etc/passwd", "/proc/self/exe",
					     "/proc/self/fd/0", "d", "abs", "ld/in", "none" };
	char long_how[128] = { 0 };

	head("openat2");
	put_file("d/in", "x");
	symlink("/etc/passwd", "abs");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (unsigned resolve = 0; resolve <= 0x10; resolve = resolve ? resolve << 1 : 1) {
			char what[80];

			snprintf(what, sizeof(what), "openat2 %s resolve %#x", names[i], resolve);
			say(what, openat2_of(AT_FDCWD, names[i], O_RDONLY, 0, resolve, sizeof(struct open_how)));
			close(3);
		}
	T(openat2_of(AT_FDCWD, "f", O_RDONLY | O_CLOEXEC, 0, 0, sizeof(struct open_how)));
	T(fcntl(3, F_GETFD));
	close(3);
	T(openat2_of(AT_FDCWD, "o2", O_WRONLY | O_CREAT | O_EXCL, 0640, 0, sizeof(struct open_how)));
	close(3);
	T(openat2_of(AT_FDCWD, "f", O_RDONLY, 0600, 0, sizeof(struct open_how)));
	T(openat2_of(AT_FDCWD, "o3", O_WRONLY | O_CREAT, 010000, 0, sizeof(struct open_how)));
	T(openat2_of(AT_FDCWD, "f", 1ull << 40, 0, 0, sizeof(struct open_how)));
	T(openat2_of(AT_FDCWD, "f", O_RDONLY, 0, 1 << 20, sizeof(struct open_how)));
	T(openat2_of(AT_FDCWD, "f", O_RDONLY, 0, 0, 8));
	T(openat2_of(AT_FDCWD, "f", O_RDONLY, 0, 0, 40));
	close(3);
	long_how[100] = 1;
	T(syscall(__NR_openat2, AT_FDCWD, "f", long_how, 128));
	T(syscall(__NR_openat2, AT_FDCWD, "f", bad, sizeof(struct open_how)));
	T(syscall(__NR_openat2, AT_FDCWD, "f", long_how, 5000));
	unlink("d/in");
	unlink("abs");
	unlink("o2");
	unlink("o3");
}

static void fifos(void)
{
	pid_t pid;
	char text[16] = "";

	head("fifos");
	T(open("fifo", O_WRONLY | O_NONBLOCK));
	T(open("fifo", O_RDONLY | O_NONBLOCK));
	T(open("fifo", O_WRONLY | O_NONBLOCK));
	T(write(4, "x", 1));
	T(read(3, text, 1));
	T(open("fifo", O_RDWR));
	close(3);
	close(4);
	close(5);
	pid = fork();
	if (!pid) {
		int fd = open("fifo", O_WRONLY);

		_exit(fd >= 0 && write(fd, "waited", 6) == 6 ? 0 : 1);
	}
	T(open("fifo", O_RDONLY));
	T(read(3, text, sizeof(text)));
	note("%s", text);
	close(3);
	waitpid(pid, NULL, 0);
}

static void devices(void)
{
	int master, slave;
	char name[64], text[8];

	head("devices and terminals");
	T(open("/dev/null", O_RDWR));
	T(write(3, "x", 1));
	T(read(3, text, 1));
	T(close(3));
	T(open("/dev/zero", O_RDONLY));
	T(read(3, text, 8));
	T(close(3));
	T(open("/dev/null", O_RDONLY | O_DIRECTORY));
	T(open("/dev/null", O_CREAT | O_TRUNC | O_WRONLY, 0600));
	T(close(3));
	T(setsid() > 0 ? 0 : -1);
	T(open("/dev/tty", O_RDWR));
	T(openpty(&master, &slave, name, NULL, NULL));
	T(open(name, O_RDWR | O_NOCTTY));
	T(open("/dev/tty", O_RDWR));
	T(close(5));
	CHILD("acquires a terminal by opening it", {
		setsid();
		T(open(name, O_RDWR));
		T(open("/dev/tty", O_RDWR) < 0 ? -1 : 0);
	});
	close(3);
	close(4);
	T(open("/dev/ptmx", O_RDWR | O_NOCTTY));
	T(close(3));
	T(open("/dev/fd/0", O_RDONLY));
	close(3);
	T(open("/dev/stdout", O_WRONLY | O_APPEND));
	close(3);
	T(open("/dev/fd/77", O_RDONLY));
}

static void limits(void)
{
	struct rlimit old, few;

	head("descriptors run out");
	getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = 5;
	setrlimit(RLIMIT_NOFILE, &few);
	T(open("f", O_RDONLY));
	T(open("f", O_RDONLY));
	T(open("f", O_RDONLY));
	T(open("made-though-full", O_CREAT | O_WRONLY, 0600));
	T(open("none", O_RDONLY));
	close(3);
	close(4);
	setrlimit(RLIMIT_NOFILE, &old);
	T(access("made-though-full", F_OK));
}

int main(void)
{
	umask(022);
	mkdir("d", 0755);
	put_file("f", "hello");
	put_file("ro", "ro");
	chmod("ro", 0444);
	symlink("f", "lf");
	symlink("d", "ld");
	symlink("none", "ln");
	symlink("target", "lnew");
	symlink("loop", "loop");
	mkfifo("fifo", 0600);
	signal(SIGPIPE, SIG_IGN);
	show_fds();
	flags();
	creating();
	temporary();
	pointers();
	folders();
	chains();
	second();
	fifos();
	devices();
	limits();
	show_fds();
	tree(".");
	return 0;
}
