/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What several processes or threads do together, in turn:
 *
 *	- play a=LABEL b=LABEL : a OP ARGUMENT… ; b OP ARGUMENT… ; …
 *
 * Actors are processes, named a to f; others come by "fork X" and "thread X". Each op is answered by one
 * word, and the answers stand in one line. Descriptors have names of one letter, too. "@b" among the
 * arguments is the number of actor b. "&" behind an op: its answer is not waited for, but told by "b join".
 * An op behind "!" is done before the actor's label is put on. What is written as \xHH in an argument is
 * that byte. Each play has a new /t/p, and mounts of its own if it speaks of some.
 */
#ifndef DRIVE_PLAY_H
#define DRIVE_PLAY_H

#include <dirent.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/uio.h>

enum {
	ACTORS_MAX = 6,
	PLAY_WORDS = 16, PLAY_STEPS = 64, PLAY_TEXT = 512,
	PLAY_ORDERS = 40,		/* descriptor that actor 0 reads its orders from */
	PLAY_ANSWERS = 50,
	PLAY_OWN = 60,			/* the other ends, for who directs */
	PLAY_FDS = 100,			/* descriptor "a" */
	PLAY_WAIT_MS = 4000,
};

struct act {
	char *w[PLAY_WORDS + 1];
	int n;
	int self;			/* which actor */
	char said[PLAY_TEXT];		/* the answer, if it is not just how it went */
};

static void play_serve(int self);

static int play_fd(const char *word)
{
	return word[0] == '-' ? AT_FDCWD : PLAY_FDS + word[0] - 'a';
}

/* A new descriptor gets the one of its name. */
static int play_keep(int fd, const char *word)
{
	int r;

	if (fd < 0)
		return -errno;
	r = dup2(fd, play_fd(word)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int play_flags(const char *how)
{
	static const struct { char c; int flag; } more[] = {
		{ 'c', O_CREAT }, { 'x', O_EXCL }, { 't', O_TRUNC }, { 'p', O_PATH }, { 'd', O_DIRECTORY },
		{ 'T', O_TMPFILE }, { 'n', O_NOFOLLOW }, { 'b', O_NONBLOCK },
	};
	int flags = open_flags(how);

	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		flags |= strchr(how, more[i].c) ? more[i].flag : 0;
	return flags;
}

/* ---- files ---- */

static int do_open(struct act *a) { return play_keep(open(a->w[3], play_flags(a->w[2]), 0644), a->w[1]); }
static int do_openat(struct act *a)
{
	return play_keep(openat(play_fd(a->w[2]), a->w[4], play_flags(a->w[3]), 0644), a->w[1]);
}
static int do_reopen(struct act *a)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", play_fd(a->w[1]));
	return play_keep(open(path, play_flags(a->w[2])), a->w[3]);
}
static int do_close(struct act *a) { return done(close(play_fd(a->w[1]))); }
static int do_dup(struct act *a) { return play_keep(dup(play_fd(a->w[1])), a->w[2]); }
static int do_use(struct act *a)
{
	return use(a->w[0], play_fd(a->w[1]));
}
static int do_pread(struct act *a)
{
	char c;

	return done(pread(play_fd(a->w[1]), &c, 1, 0));
}
static int do_pwrite(struct act *a) { return done(pwrite(play_fd(a->w[1]), "x", 1, 0)); }
static int do_readv(struct act *a)
{
	char c;
	struct iovec v = { &c, 1 };

	return done(preadv2(play_fd(a->w[1]), &v, 1, -1, 0));
}
static int do_protect(struct act *a)	/* protect S HOW FROM TO, of r w x */
{
	const char *from = a->w[3], *to = a->w[4];
	int p = (strchr(from, 'r') ? PROT_READ : 0) | (strchr(from, 'w') ? PROT_WRITE : 0) |
		(strchr(from, 'x') ? PROT_EXEC : 0), q = (strchr(to, 'r') ? PROT_READ : 0) |
		(strchr(to, 'w') ? PROT_WRITE : 0) | (strchr(to, 'x') ? PROT_EXEC : 0);
	void *at = mmap(NULL, 4096, p, a->w[2][0] == 's' ? MAP_SHARED : MAP_PRIVATE, play_fd(a->w[1]), 0);
	int r;

	if (at == MAP_FAILED)
		return -errno;
	r = done(mprotect(at, 4096, q));
	munmap(at, 4096);
	return r;
}
static int do_fstat(struct act *a)
{
	struct stat st;

	return done(fstat(play_fd(a->w[1]), &st));
}
static int do_statx(struct act *a)
{
	struct statx st;

	return done(statx(play_fd(a->w[1]), a->n > 2 ? a->w[2] : "", AT_EMPTY_PATH, STATX_ALL, &st));
}
static int do_stat(struct act *a)
{
	struct stat st;

	return done(stat(a->w[1], &st));
}
static int do_access(struct act *a) { return done(access(a->w[2], atoi(a->w[1]))); }
static int do_mkdir(struct act *a) { return done(mkdir(a->w[1], 0755)); }
static int do_mkdirat(struct act *a) { return done(mkdirat(play_fd(a->w[1]), a->w[2], 0755)); }
static int do_rmdir(struct act *a) { return done(rmdir(a->w[1])); }
static int do_unlink(struct act *a) { return done(unlink(a->w[1])); }
static int do_unlinkat(struct act *a) { return done(unlinkat(play_fd(a->w[1]), a->w[2], 0)); }
static int do_rename(struct act *a)
{
	return done(syscall(SYS_renameat2, AT_FDCWD, a->w[1], AT_FDCWD, a->w[2], a->n > 3 ? atoi(a->w[3]) : 0));
}
static int do_link(struct act *a) { return done(link(a->w[1], a->w[2])); }
static int do_linkfd(struct act *a) { return done(linkat(play_fd(a->w[1]), "", AT_FDCWD, a->w[2], AT_EMPTY_PATH)); }
static int do_linkproc(struct act *a)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", play_fd(a->w[1]));
	return done(linkat(AT_FDCWD, path, AT_FDCWD, a->w[2], AT_SYMLINK_FOLLOW));
}
static int do_symlink(struct act *a) { return done(symlink(a->w[1], a->w[2])); }
static int do_readlink(struct act *a)
{
	char text[256];

	return done(readlink(a->w[1], text, sizeof(text)));
}
static int do_truncate(struct act *a) { return done(truncate(a->w[1], 1)); }
static int do_chmod(struct act *a) { return done(chmod(a->w[1], 0644)); }
static int do_fchmod(struct act *a) { return done(fchmod(play_fd(a->w[1]), 0644)); }
static int do_chown(struct act *a) { return done(chown(a->w[1], 0, 0)); }
static int do_fchown(struct act *a) { return done(fchown(play_fd(a->w[1]), 0, 0)); }
static int do_utimes(struct act *a) { return done(utimensat(AT_FDCWD, a->w[1], NULL, 0)); }
static int do_futimes(struct act *a) { return done(futimens(play_fd(a->w[1]), NULL)); }
static int do_utime0(struct act *a)
{
	struct timespec t[2] = { { 1, 0 }, { 1, 0 } };

	return done(utimensat(AT_FDCWD, a->w[1], t, 0));
}
static int do_setxattr(struct act *a) { return done(setxattr(a->w[1], a->w[2], "v", 1, 0)); }
static int do_getxattr(struct act *a)
{
	char value[64];

	return done(getxattr(a->w[1], a->w[2], value, sizeof(value)));
}
static int do_removexattr(struct act *a) { return done(removexattr(a->w[1], a->w[2])); }
static int do_listxattr(struct act *a)
{
	char value[256];

	return done(listxattr(a->w[1], value, sizeof(value)));
}
static int do_fsetxattr(struct act *a) { return done(fsetxattr(play_fd(a->w[1]), a->w[2], "v", 1, 0)); }
static int do_fgetxattr(struct act *a)
{
	char value[64];

	return done(fgetxattr(play_fd(a->w[1]), a->w[2], value, sizeof(value)));
}
static int do_mknod(struct act *a)
{
	mode_t type = a->w[2][0] == 'c' ? S_IFCHR : a->w[2][0] == 'b' ? S_IFBLK : a->w[2][0] == 'p' ? S_IFIFO :
		      a->w[2][0] == 's' ? S_IFSOCK : S_IFREG;

	return done(mknod(a->w[1], type | 0666, a->w[2][0] == 'c' ? 0x103 : 0x100));
}
static int do_statfs(struct act *a)
{
	char room[256];

	return done(syscall(SYS_statfs, a->w[1], room));
}
static int do_list(struct act *a)
{
	char room[4096];

	lseek(play_fd(a->w[1]), 0, SEEK_SET);
	return done(syscall(SYS_getdents64, play_fd(a->w[1]), room, sizeof(room)));
}
static int do_chdir(struct act *a) { return done(chdir(a->w[1])); }
static int do_fchdir(struct act *a) { return done(fchdir(play_fd(a->w[1]))); }
static int do_chroot(struct act *a) { return done(chroot(a->w[1])); }
static int do_flock(struct act *a)
{
	return done(flock(play_fd(a->w[1]), (a->w[2][0] == 'w' ? LOCK_EX : LOCK_SH) | LOCK_NB));
}
static int do_posix_lock(struct act *a)
{
	struct flock l = { .l_type = a->w[2][0] == 'w' ? F_WRLCK : a->w[2][0] == 'u' ? F_UNLCK : F_RDLCK };

	return done(fcntl(play_fd(a->w[1]), F_SETLK, &l));
}
static int do_lease(struct act *a)
{
	return done(fcntl(play_fd(a->w[1]), F_SETLEASE, a->w[2][0] == 'w' ? F_WRLCK : F_RDLCK));
}
static int do_copy(struct act *a)
{
	loff_t from = 0;

	return done(copy_file_range(play_fd(a->w[1]), &from, play_fd(a->w[2]), NULL, 1, 0));
}
static int do_sendfile(struct act *a)
{
	off_t from = 0;

	return done(sendfile(play_fd(a->w[2]), play_fd(a->w[1]), &from, 1));
}
static int do_splice(struct act *a)
{
	return done(splice(play_fd(a->w[1]), NULL, play_fd(a->w[2]), NULL, 1, SPLICE_F_NONBLOCK));
}
static int do_fallocate(struct act *a) { return done(fallocate(play_fd(a->w[1]), 0, 0, 16)); }
static int do_fsync(struct act *a) { return done(fsync(play_fd(a->w[1]))); }
static int do_advise(struct act *a) { return -posix_fadvise(play_fd(a->w[1]), 0, 0, POSIX_FADV_WILLNEED); }
static int do_chattr(struct act *a)
{
	int flags = 0x80;

	return done(ioctl(play_fd(a->w[1]), 0x40086602, &flags));
}
static int do_fionread(struct act *a)
{
	int n;

	return done(ioctl(play_fd(a->w[1]), 0x541B, &n));
}
static int do_fcntl(struct act *a)	/* fcntl S a: appending; n: not; s: size of a pipe */
{
	int fd = play_fd(a->w[1]);

	if (a->w[2][0] == 's')
		return done(fcntl(fd, F_GETPIPE_SZ));
	return done(fcntl(fd, F_SETFL, a->w[2][0] == 'a' ? O_APPEND : 0));
}
static int do_inotify(struct act *a)
{
	int fd = inotify_init1(IN_NONBLOCK), r;

	r = done(inotify_add_watch(fd, a->w[1], IN_ALL_EVENTS));
	close(fd);
	return r;
}
static int do_fanotify(struct act *a)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY), r;

	if (fd < 0)
		return -errno;
	r = done(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, a->w[1]));
	close(fd);
	return r;
}
static int do_handle(struct act *a)	/* handle PATH MOUNTFD S */
{
	char room[sizeof(struct file_handle) + 64] __attribute__((aligned(8)));
	struct file_handle *h = (void *)room;
	int id;

	h->handle_bytes = 64;
	if (name_to_handle_at(AT_FDCWD, a->w[1], h, &id, 0) < 0)
		return -errno;
	return play_keep(open_by_handle_at(play_fd(a->w[2]), h, O_RDONLY), a->w[3]);
}
static int do_sysctl(struct act *a)	/* sysctl r|w PATH: writes back what is read before, or "0" */
{
	char text[128] = "0\n";
	int fd = open(a->w[2], a->w[1][0] == 'w' ? O_WRONLY : O_RDONLY), r;

	if (fd < 0)
		return -errno;
	r = done(a->w[1][0] == 'w' ? write(fd, text, 2) : read(fd, text, sizeof(text)));
	close(fd);
	return r;
}
static int do_pipe(struct act *a)
{
	int ends[2], r;

	if (pipe2(ends, O_NONBLOCK) < 0)
		return -errno;
	r = play_keep(ends[0], a->w[1]);
	return r ? r : play_keep(ends[1], a->w[2]);
}
static int do_memfd(struct act *a)
{
	int fd = memfd_create("m", 0);

	if (fd < 0 || write(fd, "x", 1) < 0)
		return -errno;
	return play_keep(fd, a->w[1]);
}
/* A copy of a program in a descriptor without a name. */
static int do_memprogram(struct act *a)
{
	int fd = memfd_create("m", 0), from = open("/bin/drive", O_RDONLY);
	struct stat st;

	if (fd < 0 || from < 0 || fstat(from, &st) < 0)
		return -errno;
	while (sendfile(fd, from, NULL, (size_t)st.st_size) > 0)
		;
	close(from);
	return play_keep(fd, a->w[1]);
}
static int do_ring_read(struct act *a)	/* ring OPCODE S */
{
	struct io_uring_params p = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &p), r;
	char *ring, *cells;
	static char byte[8];
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;

	if (fd < 0)
		return -errno;
	ring = mmap(NULL, p.sq_off.array + 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	cells = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	if (ring == MAP_FAILED || (void *)sqe == MAP_FAILED || cells == MAP_FAILED) {
		r = -errno;
		close(fd);
		return r;
	}
	*sqe = (struct io_uring_sqe){ .fd = play_fd(a->w[2]), .addr = (uint64_t)byte, .len = 1 };
	sqe->opcode = a->w[1][0] == 'r' ? IORING_OP_READ : IORING_OP_WRITE;
	if (a->w[1][0] == 'o') {
		sqe->opcode = IORING_OP_OPENAT;
		sqe->fd = AT_FDCWD;
		sqe->addr = (uint64_t)a->w[2];
		sqe->len = 0;
		sqe->open_flags = O_RDONLY;
	}
	if (a->n > 3)
		sqe->flags = IOSQE_ASYNC;
	*(uint32_t *)(void *)(ring + p.sq_off.array) = 0;
	*(uint32_t *)(void *)(ring + p.sq_off.tail) = 1;
	r = done(syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0));
	cqe = (void *)(cells + p.cq_off.cqes);
	if (!r)
		r = cqe->res < 0 ? cqe->res : 0;
	close(fd);
	return r;
}

/* ---- programs and labels ---- */

static char **play_program(struct act *a, char *const path)
{
	static char *argv[4], letter[2];

	letter[0] = (char)('a' + a->self);
	argv[0] = path;
	argv[1] = (char *)(uintptr_t)"--actor";
	argv[2] = letter;
	return argv;
}
static int do_exec(struct act *a)
{
	execve(a->w[1], play_program(a, a->w[1]), environ);
	return -errno;
}
static int do_fexec(struct act *a)	/* fexec S */
{
	syscall(SYS_execveat, play_fd(a->w[1]), "", play_program(a, a->w[1]), environ, AT_EMPTY_PATH);
	return -errno;
}
static int do_execat(struct act *a)	/* execat S NAME */
{
	syscall(SYS_execveat, play_fd(a->w[1]), a->w[2], play_program(a, a->w[2]), environ, 0);
	return -errno;
}
static int spawned(pid_t pid, struct act *a, int *pipe_ends)
{
	char text[256];
	ssize_t n;
	int status;

	close(pipe_ends[1]);
	n = read(pipe_ends[0], text, sizeof(text) - 1);
	close(pipe_ends[0]);
	waitpid(pid, &status, 0);
	if (n <= 0) {
		snprintf(a->said, sizeof(a->said), "ended-by-%d", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
		return 0;
	}
	text[n] = '\0';
	for (char *c = text; *c; c++)
		*c = *c == ' ' ? ',' : *c;
	snprintf(a->said, sizeof(a->said), "%s", text);
	return 0;
}
/* spawn PATH: a child shows itself, "ok,secure=…,nofile=…,label" */
static int do_spawn(struct act *a)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return -errno;
	pid = a->n > 2 ? vfork() : fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		char *argv[] = { a->w[1], (char *)(uintptr_t)"--tell", NULL };

		dup2(ends[1], 1);
		close(ends[0]);
		execve(a->w[1], argv, environ);
		dprintf(1, "%s", strerrorname_np(errno));
		_exit(1);
	}
	return spawned(pid, a, ends);
}
static int thread_attr(struct act *a, const char *file, const char *text, size_t len)
{
	char path[64];
	int fd, r;

	(void)a;
	snprintf(path, sizeof(path), "/proc/thread-self/attr/%s", file);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	r = done(write(fd, text, len));
	close(fd);
	return r;
}
static int play_ask(enum control_verb verb, const char *name, uint64_t token)
{
	struct control_request r = { .version = CONTROL_VERSION, .verb = verb, .token = token };

	r.name_len = (uint32_t)snprintf(r.name, sizeof(r.name), "%s", name);
	return syscall(SYS_prctl, (long)CONTROL_PRCTL, &r, sizeof(r), 0l, 0l) < 0 ? -errno : 0;
}
/* By the call where AppArmor is there to answer for the files. */
static int play_by_call(void)
{
	return getenv("PAVISE_ENGINE") && !access("/sys/kernel/security/apparmor", F_OK);
}

static int play_request(struct act *a, enum control_verb verb, const char *file, const char *word)
{
	char text[PLAY_TEXT];
	int len;

	if (play_by_call())
		return play_ask(verb, a->w[1], 0);
	len = snprintf(text, sizeof(text), "%s %s", word, a->w[1]);
	return thread_attr(a, file, text, (size_t)len);
}
static int do_become(struct act *a) { return play_request(a, CONTROL_CHANGE_PROFILE, "current", "changeprofile"); }
static int do_stack(struct act *a) { return play_request(a, CONTROL_STACK, "current", "stack"); }
static int do_onexec(struct act *a) { return play_request(a, CONTROL_CHANGE_ONEXEC, "exec", "exec"); }
static int do_onstack(struct act *a) { return play_request(a, CONTROL_STACK_ONEXEC, "exec", "stack"); }
/* hat TOKEN [NAME…]: several only where the file is written */
static int do_hat(struct act *a)
{
	char text[PLAY_TEXT];
	int len;

	if (play_by_call() && a->n <= 3)
		return play_ask(CONTROL_CHANGE_HAT, a->n > 2 ? a->w[2] : "", strtoull(a->w[1], NULL, 16));
	len = snprintf(text, sizeof(text), "changehat %016llx^", strtoull(a->w[1], NULL, 16));
	for (int i = 2; i < a->n; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%s", a->w[i]) + 1;
	return thread_attr(a, "current", text, (size_t)len - (a->n > 2));
}
/* attr FILE TEXT: as it is; its bytes may be written \xHH, "\\0" for NUL */
static int do_attr(struct act *a)
{
	char text[PLAY_TEXT], *to = text;

	for (const char *c = a->w[2]; *c && to < text + sizeof(text) - 1; c++) {
		*to++ = c[0] == '~' ? '\0' : c[0] == '_' ? ' ' : c[0];
	}
	return thread_attr(a, a->w[1], text, (size_t)(to - text));
}
static int do_label(struct act *a)
{
	char text[512];
	ssize_t n = pavise_get_label(text, sizeof(text));
	int fd;

	if (n < 0) {
		fd = open("/proc/thread-self/attr/current", O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (fd >= 0)
			close(fd);
		if (n < 0)
			return -errno;
		text[n] = '\0';
	}
	text[strcspn(text, "\n")] = '\0';
	for (char *c = text; *c; c++)
		*c = *c == ' ' ? ',' : *c;
	snprintf(a->said, sizeof(a->said), "%s", text);
	return 0;
}
/* What an executed program tells of itself. */
static int play_tell(void)
{
	struct act a = { .n = 0 };
	int r = do_label(&a);

	printf("secure=%lu,%s", getauxval(AT_SECURE), r ? strerrorname_np(-r) : a.said);
	return fflush(stdout);
}
static int do_secure(struct act *a)
{
	snprintf(a->said, sizeof(a->said), "secure=%lu", getauxval(AT_SECURE));
	return 0;
}
static int do_nnp(struct act *a) { (void)a; return done(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
static int do_setuid(struct act *a)
{
	int uid = atoi(a->w[1]);

	return done(syscall(SYS_setresuid, uid, uid, uid));
}
static int do_securebits(struct act *a) { return done(prctl(PR_SET_SECUREBITS, atoi(a->w[1]), 0, 0, 0)); }
static int do_dumpable(struct act *a) { return done(prctl(PR_SET_DUMPABLE, atoi(a->w[1]), 0, 0, 0)); }

/* ---- processes ---- */

static int do_dumpable_is(struct act *a)
{
	snprintf(a->said, sizeof(a->said), "dumpable=%d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	return 0;
}
static int do_personality(struct act *a)	/* personality [N]: tells it, or sets it */
{
	int is = personality(a->n > 1 ? strtoul(a->w[1], NULL, 0) : 0xffffffff);

	if (a->n < 2)
		snprintf(a->said, sizeof(a->said), "persona=%x", (unsigned)is);
	return is < 0 ? -errno : 0;
}
/* caps [N]: what is effective, permitted, inheritable and ambient; or permitted and effective is N alone */
static int do_caps(struct act *a)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2] = { { 0 } };
	unsigned ambient = 0;

	if (a->n > 1) {
		set[0].permitted = set[0].effective = set[0].inheritable = (unsigned)strtoul(a->w[1], NULL, 0);
		return done(syscall(SYS_capset, &head, set));
	}
	if (syscall(SYS_capget, &head, set) < 0)
		return -errno;
	for (int i = 0; i < 32; i++)
		ambient |= (unsigned)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) > 0) << i;
	snprintf(a->said, sizeof(a->said), "%x,%x,%x,%x", set[0].effective, set[0].permitted, set[0].inheritable, ambient);
	return 0;
}
static int do_ambient(struct act *a) { return done(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, atoi(a->w[1]), 0, 0)); }
static int do_keepcaps(struct act *a) { return done(prctl(PR_SET_KEEPCAPS, atoi(a->w[1]), 0, 0, 0)); }
/* script PATH INTERPRETER: which goes on as the actor; program PATH: likewise */
static int do_script(struct act *a)
{
	int fd = open(a->w[1], O_CREAT | O_WRONLY | O_TRUNC, 0755), r;

	if (fd < 0)
		return -errno;
	r = dprintf(fd, "#!%s --actor\n", a->w[2]) < 0 ? -errno : 0;
	close(fd);
	return r;
}
static int do_program(struct act *a)
{
	unlink(a->w[1]);
	return done(link("/t/pb/no", a->w[1]));
}

static void *play_thread(void *self)
{
	play_serve((int)(intptr_t)self);
	return NULL;
}
static int do_thread(struct act *a)
{
	pthread_t t;

	return -pthread_create(&t, NULL, play_thread, (void *)(intptr_t)(a->w[1][0] - 'a'));
}
static int do_fork(struct act *a)
{
	pid_t pid = fork();

	if (pid)
		return done(pid);
	alarm(20);
	play_serve(a->w[1][0] - 'a');
	_exit(0);
}
static int play_clone(void *self)
{
	play_serve((int)(intptr_t)self);
	_exit(0);
}
static int do_clone(struct act *a)	/* clone X FLAGS, of v m f s */
{
	const char *how = a->w[2];
	int flags = SIGCHLD | (strchr(how, 'v') ? CLONE_VM : 0) | (strchr(how, 'f') ? CLONE_FILES : 0) |
		    (strchr(how, 's') ? CLONE_FS : 0) | (strchr(how, 'u') ? CLONE_NEWUSER : 0) |
		    (strchr(how, 'm') ? CLONE_NEWNS : 0) | (strchr(how, 'p') ? CLONE_PARENT : 0) |
		    (strchr(how, 'n') ? CLONE_NEWNET : 0) | (strchr(how, 'P') ? CLONE_NEWPID : 0);
	char *stack = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return done(clone(play_clone, stack + (1 << 20) - 64, flags, (void *)(intptr_t)(a->w[1][0] - 'a')));
}
static int do_wait(struct act *a)
{
	int status;
	pid_t pid = waitpid(atoi(a->w[1]), &status, __WALL);

	if (pid < 0)
		return -errno;
	if (WIFSTOPPED(status))
		snprintf(a->said, sizeof(a->said), "stopped-%d-%d", WSTOPSIG(status), status >> 16);
	else if (WIFSIGNALED(status))
		snprintf(a->said, sizeof(a->said), "killed-%d%s", WTERMSIG(status), WCOREDUMP(status) ? "-core" : "");
	else
		snprintf(a->said, sizeof(a->said), "exit-%d", WEXITSTATUS(status));
	return 0;
}
static int do_kill(struct act *a) { return done(kill(atoi(a->w[1]), atoi(a->w[2]))); }
static int do_tgkill(struct act *a) { return done(syscall(SYS_tgkill, atoi(a->w[1]), atoi(a->w[2]), atoi(a->w[3]))); }
static int do_queue(struct act *a)
{
	union sigval v = { 0 };

	return done(sigqueue(atoi(a->w[1]), atoi(a->w[2]), v));
}
static int do_killpg(struct act *a) { return done(kill(-atoi(a->w[1]), atoi(a->w[2]))); }
static int do_setpgid(struct act *a) { return done(setpgid(atoi(a->w[1]), atoi(a->w[2]))); }
static int do_getpgid(struct act *a) { return done(getpgid(atoi(a->w[1]))); }
static int do_getsid(struct act *a) { return done(getsid(atoi(a->w[1]))); }
/* got SIGNAL: has it come? */
static int do_got(struct act *a)
{
	struct timespec now = { 0, 50000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, atoi(a->w[1]));
	snprintf(a->said, sizeof(a->said), sigtimedwait(&set, NULL, &now) < 0 ? "no" : "yes");
	return 0;
}
static int do_owner(struct act *a)	/* owner S PID: who is told of what comes to S */
{
	int fd = play_fd(a->w[1]);

	if (fcntl(fd, F_SETOWN, atoi(a->w[2])) < 0)
		return -errno;
	return done(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC));
}
static int do_pdeath_is(struct act *a)
{
	int signal = -1;

	if (prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) < 0)
		return -errno;
	snprintf(a->said, sizeof(a->said), "pdeath=%d", signal);
	return 0;
}
static int do_pdeath(struct act *a) { return done(prctl(PR_SET_PDEATHSIG, atoi(a->w[1]), 0, 0, 0)); }
static int do_exit(struct act *a) { _exit(a->n > 1 ? atoi(a->w[1]) : 0); }
static int do_abort(struct act *a) { (void)a; signal(SIGABRT, SIG_DFL); abort(); }
static int do_core(struct act *a)
{
	struct rlimit limit = { (rlim_t)atoi(a->w[1]), RLIM_INFINITY };

	return done(setrlimit(RLIMIT_CORE, &limit));
}

static int do_attach(struct act *a) { return done(ptrace(PTRACE_ATTACH, atoi(a->w[1]), 0, 0)); }
static int do_seize(struct act *a) { return done(ptrace(PTRACE_SEIZE, atoi(a->w[1]), 0, 0)); }
static int do_interrupt(struct act *a) { return done(ptrace(PTRACE_INTERRUPT, atoi(a->w[1]), 0, 0)); }
static int do_traceme(struct act *a) { (void)a; return done(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int do_cont(struct act *a) { return done(ptrace(PTRACE_CONT, atoi(a->w[1]), 0, 0)); }
static int do_detach(struct act *a) { return done(ptrace(PTRACE_DETACH, atoi(a->w[1]), 0, 0)); }
static int do_peekdata(struct act *a)
{
	errno = 0;
	ptrace(PTRACE_PEEKUSER, atoi(a->w[1]), 0, 0);
	return -errno;
}
static int do_options(struct act *a) { return done(ptrace(PTRACE_SETOPTIONS, atoi(a->w[1]), 0, atol(a->w[2]))); }
/* proc PID FILE HOW */
static int do_proc(struct act *a)
{
	char path[128], room[256];
	int fd, r;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/%s", a->w[1], a->w[2]);
	if (lstat(path, &st) < 0)
		return -errno;
	if (a->n > 3 && a->w[3][0] == 'l')
		return done(readlink(path, room, sizeof(room)));
	if (a->n > 3 && a->w[3][0] == 'd') {
		fd = open(path, O_RDONLY | O_DIRECTORY);
		r = fd < 0 ? -errno : done(syscall(SYS_getdents64, fd, room, sizeof(room)));
	} else if (a->n > 3 && a->w[3][0] == 's') {
		return done(stat(path, &st));
	} else {
		fd = open(path, a->n > 3 && a->w[3][0] == 'w' ? O_RDWR : O_RDONLY);
		r = fd < 0 ? -errno : 0;
		if (fd >= 0 && strcmp(a->w[2], "mem"))
			r = done(read(fd, room, sizeof(room)));
	}
	if (fd >= 0)
		close(fd);
	return r;
}
static char play_cell[16];
static int do_vmread(struct act *a)
{
	char byte[8];
	struct iovec here = { byte, 8 }, there = { play_cell, 8 };

	return done(process_vm_readv(atoi(a->w[1]), &here, 1, &there, 1, 0));
}
static int do_vmwrite(struct act *a)
{
	char byte[8] = { 0 };
	struct iovec here = { byte, 8 }, there = { play_cell, 8 };

	return done(process_vm_writev(atoi(a->w[1]), &here, 1, &there, 1, 0));
}
static int do_kcmp(struct act *a) { return done(syscall(SYS_kcmp, atoi(a->w[1]), atoi(a->w[2]), 1, 0, 0)); }
static int do_pidfd(struct act *a)	/* pidfd PID S */
{
	return play_keep((int)syscall(SYS_pidfd_open, atoi(a->w[1]), 0), a->w[2]);
}
static int do_getfd(struct act *a)	/* getfd PIDFD THEIRS S */
{
	return play_keep((int)syscall(SYS_pidfd_getfd, play_fd(a->w[1]), play_fd(a->w[2]), 0), a->w[3]);
}
static int do_pidkill(struct act *a) { return done(syscall(SYS_pidfd_send_signal, play_fd(a->w[1]), atoi(a->w[2]), NULL, 0)); }
static int do_robust(struct act *a)
{
	void *head;
	size_t len;

	return done(syscall(SYS_get_robust_list, atoi(a->w[1]), &head, &len));
}
static int do_madvise(struct act *a)
{
	struct iovec v = { play_cell, 8 };

	return done(syscall(SYS_process_madvise, play_fd(a->w[1]), &v, 1, MADV_COLD, 0));
}
static int do_move_pages(struct act *a)
{
	void *page = play_cell;
	int status;

	return done(syscall(SYS_move_pages, atoi(a->w[1]), 1, &page, NULL, &status, 0));
}
static int do_migrate(struct act *a)
{
	unsigned long nodes = 1;

	return done(syscall(SYS_migrate_pages, atoi(a->w[1]), 2, &nodes, &nodes));
}
static int do_perf(struct act *a)
{
	struct { unsigned type, size; unsigned long config[14]; } attr = { 1, 112, { 0 } };

	attr.config[4] = 1 << 5 | 1 << 6;	/* the user's side alone */
	return done(syscall(SYS_perf_event_open, &attr, atoi(a->w[1]), -1, -1, 0));
}
static int do_limit_of(struct act *a)	/* limit PID N, "r": only read */
{
	struct rlimit limit = { (rlim_t)atoi(a->w[2]), (rlim_t)atoi(a->w[2]) };

	return done(prlimit(atoi(a->w[1]), RLIMIT_NOFILE, a->w[2][0] == 'r' ? NULL : &limit,
			    a->w[2][0] == 'r' ? &limit : NULL));
}
static int do_nice_of(struct act *a) { return done(setpriority(PRIO_PROCESS, (id_t)atoi(a->w[1]), atoi(a->w[2]))); }
static int do_getnice(struct act *a) { errno = 0; getpriority(PRIO_PROCESS, (id_t)atoi(a->w[1])); return -errno; }
static int do_affinity(struct act *a)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return done(sched_setaffinity(atoi(a->w[1]), sizeof(set), &set));
}
static int do_getaffinity(struct act *a)
{
	cpu_set_t set;

	return done(sched_getaffinity(atoi(a->w[1]), sizeof(set), &set));
}
static int do_scheduler(struct act *a)
{
	struct sched_param p = { .sched_priority = atoi(a->w[2]) };

	return done(sched_setscheduler(atoi(a->w[1]), p.sched_priority ? SCHED_FIFO : SCHED_BATCH, &p));
}
static int do_getscheduler(struct act *a) { return done(sched_getscheduler(atoi(a->w[1]))); }
static int do_ioprio(struct act *a) { return done(syscall(SYS_ioprio_set, 1, atoi(a->w[1]), 2 << 13 | 4)); }
static int do_getioprio(struct act *a) { return done(syscall(SYS_ioprio_get, 1, atoi(a->w[1]))); }
static int do_setns(struct act *a)	/* setns PID NAME */
{
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", a->w[1], a->w[2]);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -errno;
	r = done(setns(fd, 0));
	close(fd);
	return r;
}
static int do_unshare(struct act *a)
{
	const char *how = a->w[1];
	int flags = (strchr(how, 'u') ? CLONE_NEWUSER : 0) | (strchr(how, 'm') ? CLONE_NEWNS : 0) |
		    (strchr(how, 'n') ? CLONE_NEWNET : 0) | (strchr(how, 'p') ? CLONE_NEWPID : 0) |
		    (strchr(how, 'i') ? CLONE_NEWIPC : 0) | (strchr(how, 't') ? CLONE_NEWUTS : 0) |
		    (strchr(how, 'c') ? CLONE_NEWCGROUP : 0) | (strchr(how, 'f') ? CLONE_FILES : 0) |
		    (strchr(how, 's') ? CLONE_FS : 0);

	return done(unshare(flags));
}

/* ---- sockets between actors ---- */

static socklen_t play_name(struct sockaddr_un *at, const char *name)
{
	size_t len = strlen(name);

	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (!strcmp(name, "-"))
		return sizeof(at->sun_family);
	memcpy(at->sun_path, name, len);
	if (name[0] == '@')
		at->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (name[0] != '@'));
}
static int do_sock(struct act *a) { return play_keep(socket(AF_UNIX, number(a->w[2]) | SOCK_NONBLOCK, 0), a->w[1]); }
static int do_socks(struct act *a)
{
	int ends[2], r;

	if (socketpair(AF_UNIX, number(a->w[3]) | SOCK_NONBLOCK, 0, ends) < 0)
		return -errno;
	r = play_keep(ends[0], a->w[1]);
	return r ? r : play_keep(ends[1], a->w[2]);
}
static int do_bind(struct act *a)
{
	struct sockaddr_un at;
	socklen_t len = play_name(&at, a->w[2]);

	return done(bind(play_fd(a->w[1]), (void *)&at, len));
}
static int do_listen(struct act *a) { return done(listen(play_fd(a->w[1]), 4)); }
static int do_connect(struct act *a)
{
	struct sockaddr_un at;
	socklen_t len = play_name(&at, a->w[2]);

	return done(connect(play_fd(a->w[1]), (void *)&at, len));
}
static int do_accept(struct act *a)
{
	return play_keep(accept4(play_fd(a->w[1]), NULL, NULL, SOCK_NONBLOCK), a->w[2]);
}
static int do_send(struct act *a) { return done(send(play_fd(a->w[1]), "x", 1, MSG_NOSIGNAL)); }
static int do_sendto(struct act *a)
{
	struct sockaddr_un at;
	socklen_t len = play_name(&at, a->w[2]);

	return done(sendto(play_fd(a->w[1]), "x", 1, MSG_NOSIGNAL, (void *)&at, len));
}
static int do_recv(struct act *a)
{
	char c;

	return done(recv(play_fd(a->w[1]), &c, 1, MSG_DONTWAIT));
}
static int do_shutdown(struct act *a) { return done(shutdown(play_fd(a->w[1]), SHUT_WR)); }
static int do_getopt(struct act *a)
{
	int v;
	socklen_t len = sizeof(v);

	return done(getsockopt(play_fd(a->w[1]), SOL_SOCKET, SO_TYPE, &v, &len));
}
static int do_setopt(struct act *a)
{
	int one = 1;

	return done(setsockopt(play_fd(a->w[1]), SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)));
}
static int do_sockname(struct act *a)
{
	struct sockaddr_un at;
	socklen_t len = sizeof(at);

	return done(getsockname(play_fd(a->w[1]), (void *)&at, &len));
}
static int do_peername(struct act *a)
{
	struct sockaddr_un at;
	socklen_t len = sizeof(at);

	return done(getpeername(play_fd(a->w[1]), (void *)&at, &len));
}
static int do_sendfd(struct act *a)	/* sendfd S FD */
{
	union fd_message m = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec byte = { (char[]){ 'x' }, 1 };
	struct msghdr h = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = m.bytes, .msg_controllen = sizeof(m.bytes) };
	int fd = play_fd(a->w[2]);

	memcpy(CMSG_DATA(&m.head), &fd, sizeof(fd));
	return done(sendmsg(play_fd(a->w[1]), &h, MSG_NOSIGNAL));
}
static int do_recvfd(struct act *a)	/* recvfd S FD */
{
	union fd_message m;
	struct iovec byte = { (char[1]){ 0 }, 1 };
	struct msghdr h = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = m.bytes, .msg_controllen = sizeof(m.bytes) };
	int fd;

	if (recvmsg(play_fd(a->w[1]), &h, MSG_DONTWAIT) < 0)
		return -errno;
	if (h.msg_flags & MSG_CTRUNC || !CMSG_FIRSTHDR(&h)) {
		snprintf(a->said, sizeof(a->said), "lost");
		return 0;
	}
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(fd));
	return play_keep(fd, a->w[2]);
}

/* ---- mounts ---- */

static int do_mount(struct act *a)	/* mount SOURCE POINT TYPE FLAGS [DATA] */
{
	return done(mount(or_null(a->w[1]), a->w[2], or_null(a->w[3]), mount_flags(a->w[4]), a->n > 5 ? a->w[5] : NULL));
}
static int do_umount(struct act *a) { return done(umount2(a->w[1], a->n > 2 ? atoi(a->w[2]) : 0)); }
static int do_pivot(struct act *a) { return done(syscall(SYS_pivot_root, a->w[1], a->w[2])); }
static int do_fsmount(struct act *a)	/* fsmount TYPE S */
{
	int context = fsopen(a->w[1], 0), r;

	if (context < 0)
		return -errno;
	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
		r = -errno;
		close(context);
		return r;
	}
	r = play_keep(fsmount(context, 0, 0), a->w[2]);
	close(context);
	return r;
}
static int do_tree(struct act *a)	/* tree PATH S FLAGS: 1 clone, 2 all below */
{
	int flags = atoi(a->w[3]);

	return play_keep(open_tree(AT_FDCWD, a->w[1], (flags & 1 ? OPEN_TREE_CLONE : 0) | (flags & 2 ? AT_RECURSIVE : 0)), a->w[2]);
}
static int do_place(struct act *a)	/* place S PATH */
{
	return done(move_mount(play_fd(a->w[1]), "", AT_FDCWD, a->w[2], MOVE_MOUNT_F_EMPTY_PATH));
}
static int do_move(struct act *a) { return done(move_mount(AT_FDCWD, a->w[1], AT_FDCWD, a->w[2], 0)); }
static int do_setattr(struct act *a)	/* setattr PATH SET PROPAGATION */
{
	struct mount_attr attr = { .attr_set = strtoul(a->w[2], NULL, 0), .propagation = a->n > 3 ? strtoul(a->w[3], NULL, 0) : 0 };

	return done(mount_setattr(AT_FDCWD, a->w[1], 0, &attr, sizeof(attr)));
}

/* ---- other things of the system ---- */

static int do_hostname(struct act *a) { (void)a; return done(sethostname("x", 1)); }
static int do_domainname(struct act *a) { (void)a; return done(setdomainname("x", 1)); }
static int do_syslog(struct act *a)
{
	char room[64];

	return done(syscall(SYS_syslog, atoi(a->w[1]), room, sizeof(room)));
}
static int do_settime(struct act *a)
{
	struct timespec now;

	(void)a;
	clock_gettime(CLOCK_REALTIME, &now);
	return done(clock_settime(CLOCK_REALTIME, &now));
}
static int do_swap(struct act *a) { return done(syscall(SYS_swapon, a->w[1], 0)); }
static int do_swapoff(struct act *a) { return done(syscall(SYS_swapoff, a->w[1])); }
static int do_acct(struct act *a) { return done(syscall(SYS_acct, or_null(a->w[1]))); }
static int do_iopl(struct act *a) { (void)a; return done(syscall(SYS_iopl, 3)); }
static int do_mlock(struct act *a) { (void)a; return done(mlock(play_cell, 8)); }
static int do_key(struct act *a)
{
	long key = syscall(SYS_add_key, "user", a->w[1], "v", 1, -2);

	return done(key);
}
static int do_keyctl(struct act *a) { return done(syscall(SYS_keyctl, atol(a->w[1]), atol(a->w[2]), 0, 0, 0)); }
static int do_shm(struct act *a)	/* shm KEY */
{
	int id = shmget(atoi(a->w[1]), 4096, IPC_CREAT | 0600);
	void *at;

	if (id < 0)
		return -errno;
	at = shmat(id, NULL, 0);
	if (at == (void *)-1)
		return -errno;
	shmdt(at);
	return 0;
}
static int do_shmrm(struct act *a) { return done(shmctl(shmget(atoi(a->w[1]), 0, 0), IPC_RMID, NULL)); }
static int do_sem(struct act *a)
{
	int id = semget(atoi(a->w[1]), 1, IPC_CREAT | 0600);
	struct sembuf up = { 0, 1, 0 };

	return id < 0 ? -errno : done(semop(id, &up, 1));
}
static int do_semrm(struct act *a) { return done(semctl(semget(atoi(a->w[1]), 0, 0), 0, IPC_RMID)); }


static const struct {
	const char *name;
	int (*run)(struct act *a);
	int n;				/* words, the op's own one counted */
} acts[] = {
	{ "open", do_open, 4 }, { "openat", do_openat, 5 }, { "reopen", do_reopen, 4 }, { "close", do_close, 2 },
	{ "dup", do_dup, 3 }, { "read", do_use, 2 }, { "write", do_use, 2 }, { "map", do_use, 2 },
	{ "mapx", do_use, 2 }, { "mapw", do_use, 2 }, { "cut", do_use, 2 }, { "lock", do_use, 2 },
	{ "pread", do_pread, 2 }, { "pwrite", do_pwrite, 2 }, { "readv", do_readv, 2 }, { "protect", do_protect, 5 },
	{ "fstat", do_fstat, 2 }, { "statx", do_statx, 2 }, { "stat", do_stat, 2 }, { "access", do_access, 3 },
	{ "mkdir", do_mkdir, 2 }, { "mkdirat", do_mkdirat, 3 }, { "rmdir", do_rmdir, 2 }, { "unlink", do_unlink, 2 },
	{ "unlinkat", do_unlinkat, 3 }, { "rename", do_rename, 3 }, { "link", do_link, 3 }, { "linkfd", do_linkfd, 3 },
	{ "linkproc", do_linkproc, 3 }, { "symlink", do_symlink, 3 }, { "readlink", do_readlink, 2 },
	{ "truncate", do_truncate, 2 }, { "chmod", do_chmod, 2 }, { "fchmod", do_fchmod, 2 }, { "chown", do_chown, 2 },
	{ "fchown", do_fchown, 2 }, { "utimes", do_utimes, 2 }, { "futimes", do_futimes, 2 }, { "utime0", do_utime0, 2 },
	{ "setxattr", do_setxattr, 3 }, { "getxattr", do_getxattr, 3 }, { "removexattr", do_removexattr, 3 },
	{ "listxattr", do_listxattr, 2 }, { "fsetxattr", do_fsetxattr, 3 }, { "fgetxattr", do_fgetxattr, 3 },
	{ "mknod", do_mknod, 3 }, { "statfs", do_statfs, 2 }, { "list", do_list, 2 }, { "chdir", do_chdir, 2 },
	{ "fchdir", do_fchdir, 2 }, { "chroot", do_chroot, 2 }, { "flock", do_flock, 3 },
	{ "plock", do_posix_lock, 3 }, { "lease", do_lease, 3 }, { "copy", do_copy, 3 }, { "sendfile", do_sendfile, 3 },
	{ "splice", do_splice, 3 }, { "fallocate", do_fallocate, 2 }, { "fsync", do_fsync, 2 },
	{ "advise", do_advise, 2 }, { "chattr", do_chattr, 2 }, { "fionread", do_fionread, 2 },
	{ "fcntl", do_fcntl, 3 }, { "inotify", do_inotify, 2 }, { "fanotify", do_fanotify, 2 },
	{ "handle", do_handle, 4 }, { "sysctl", do_sysctl, 3 }, { "pipe", do_pipe, 3 }, { "memfd", do_memfd, 2 },
	{ "memprogram", do_memprogram, 2 }, { "ring", do_ring_read, 3 }, { "exec", do_exec, 2 },
	{ "fexec", do_fexec, 2 }, { "execat", do_execat, 3 }, { "spawn", do_spawn, 2 }, { "become", do_become, 2 },
	{ "stack", do_stack, 2 }, { "onexec", do_onexec, 2 }, { "onstack", do_onstack, 2 }, { "hat", do_hat, 2 },
	{ "attr", do_attr, 3 }, { "label", do_label, 1 }, { "secure", do_secure, 1 }, { "nnp", do_nnp, 1 },
	{ "setuid", do_setuid, 2 }, { "securebits", do_securebits, 2 }, { "dumpable", do_dumpable, 2 },
	{ "isdumpable", do_dumpable_is, 1 }, { "personality", do_personality, 1 }, { "caps", do_caps, 1 },
	{ "ambient", do_ambient, 2 }, { "keepcaps", do_keepcaps, 2 }, { "script", do_script, 3 },
	{ "program", do_program, 2 },
	{ "thread", do_thread, 2 }, { "fork", do_fork, 2 }, { "clone", do_clone, 3 }, { "wait", do_wait, 2 },
	{ "kill", do_kill, 3 }, { "tgkill", do_tgkill, 4 }, { "queue", do_queue, 3 }, { "killpg", do_killpg, 3 },
	{ "setpgid", do_setpgid, 3 }, { "getpgid", do_getpgid, 2 }, { "getsid", do_getsid, 2 }, { "got", do_got, 2 },
	{ "owner", do_owner, 3 }, { "pdeath", do_pdeath, 2 }, { "ispdeath", do_pdeath_is, 1 }, { "exit", do_exit, 1 }, { "abort", do_abort, 1 },
	{ "core", do_core, 2 }, { "attach", do_attach, 2 }, { "seize", do_seize, 2 }, { "interrupt", do_interrupt, 2 },
	{ "traceme", do_traceme, 1 }, { "cont", do_cont, 2 }, { "detach", do_detach, 2 }, { "peekdata", do_peekdata, 2 },
	{ "options", do_options, 3 }, { "proc", do_proc, 3 }, { "vmread", do_vmread, 2 }, { "vmwrite", do_vmwrite, 2 },
	{ "kcmp", do_kcmp, 3 }, { "pidfd", do_pidfd, 3 }, { "getfd", do_getfd, 4 }, { "pidkill", do_pidkill, 3 },
	{ "robust", do_robust, 2 }, { "madvise", do_madvise, 2 }, { "move_pages", do_move_pages, 2 },
	{ "migrate", do_migrate, 2 }, { "perf", do_perf, 2 }, { "limit", do_limit_of, 3 }, { "nice", do_nice_of, 3 },
	{ "getnice", do_getnice, 2 }, { "affinity", do_affinity, 2 }, { "getaffinity", do_getaffinity, 2 },
	{ "scheduler", do_scheduler, 3 }, { "getscheduler", do_getscheduler, 2 }, { "ioprio", do_ioprio, 2 },
	{ "getioprio", do_getioprio, 2 }, { "setns", do_setns, 3 }, { "unshare", do_unshare, 2 },
	{ "sock", do_sock, 3 }, { "socks", do_socks, 4 }, { "bind", do_bind, 3 }, { "listen", do_listen, 2 },
	{ "connect", do_connect, 3 }, { "accept", do_accept, 3 }, { "send", do_send, 2 }, { "sendto", do_sendto, 3 },
	{ "recv", do_recv, 2 }, { "shutdown", do_shutdown, 2 }, { "getopt", do_getopt, 2 }, { "setopt", do_setopt, 2 },
	{ "sockname", do_sockname, 2 }, { "peername", do_peername, 2 }, { "sendfd", do_sendfd, 3 },
	{ "recvfd", do_recvfd, 3 }, { "mount", do_mount, 5 }, { "umount", do_umount, 2 }, { "pivot", do_pivot, 3 },
	{ "fsmount", do_fsmount, 3 }, { "tree", do_tree, 4 }, { "place", do_place, 3 }, { "move", do_move, 3 },
	{ "setattr", do_setattr, 3 }, { "hostname", do_hostname, 1 }, { "domainname", do_domainname, 1 },
	{ "syslog", do_syslog, 2 }, { "settime", do_settime, 1 }, { "swap", do_swap, 2 }, { "swapoff", do_swapoff, 2 },
	{ "acct", do_acct, 2 }, { "iopl", do_iopl, 1 }, { "mlock", do_mlock, 1 }, { "key", do_key, 2 },
	{ "keyctl", do_keyctl, 3 }, { "shm", do_shm, 2 }, { "shmrm", do_shmrm, 2 }, { "sem", do_sem, 2 },
	{ "semrm", do_semrm, 2 },
};


/* Bytes written \xHH, in place. */
static void play_unescape(char *word)
{
	char *to = word;

	for (char *c = word; *c; c++, to++) {
		if (c[0] == '\\' && c[1] == 'x' && c[2] && c[3]) {
			char digits[3] = { c[2], c[3], '\0' };

			*to = (char)strtol(digits, NULL, 16);
			c += 3;
		} else {
			*to = *c;
		}
	}
	*to = '\0';
}

static int play_do(struct act *a)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, a->w[0]))
			return a->n < acts[i].n ? -ENOSYS : acts[i].run(a);
	return -ENOSYS;
}

static void play_answer(int self, const char *text)
{
	if (write(PLAY_ANSWERS + self, text, strlen(text)) < 0)
		_exit(9);
}

/* Takes orders until there are no more. */
static void play_serve(int self)
{
	char text[PLAY_TEXT], *save;
	ssize_t n;

	snprintf(text, sizeof(text), "%ld", (long)syscall(SYS_gettid));
	play_answer(self, text);
	while ((n = read(PLAY_ORDERS + self, text, sizeof(text) - 1)) != 0) {
		struct act a = { .self = self };
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		text[n] = '\0';
		for (char *w = strtok_r(text, " ", &save); w && a.n < PLAY_WORDS; w = strtok_r(NULL, " ", &save)) {
			play_unescape(w);
			a.w[a.n++] = w;
		}
		r = a.n ? play_do(&a) : -ENOSYS;
		play_answer(self, r ? strerrorname_np(-r) ? strerrorname_np(-r) : "E?" : a.said[0] ? a.said : "ok");
	}
}

static void play_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGIO);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	for (int i = 0; i < 6; i++)
		sigaddset(&set, 34 + i);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- who directs ---- */

struct play {
	pid_t pids[ACTORS_MAX];
	int is_stuck;
};

/* What actor i says; "-" after a while without. */
static void play_hear(int i, char *text, int wait)
{
	struct pollfd p = { .fd = PLAY_OWN + 10 + i, .events = POLLIN };
	ssize_t n;

	strcpy(text, "-");
	if (poll(&p, 1, wait) <= 0)
		return;
	n = read(PLAY_OWN + 10 + i, text, PLAY_TEXT - 1);
	text[n > 0 ? n : 0] = '\0';
}

static int play_is_gone(pid_t pid)
{
	char path[64], text[256] = "", *at;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 1;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	at = strrchr(text, ')');
	return !at || at[2] == 'Z' || at[2] == 'X';
}

/* Waits in pieces: who ends does not answer. */
static void play_wait(struct play *p, int i, char *text)
{
	for (int waited = 0; waited < PLAY_WAIT_MS; waited += 100) {
		play_hear(i, text, 100);
		if (strcmp(text, "-"))
			return;
		if (play_is_gone(p->pids[i])) {
			play_hear(i, text, 0);
			if (!strcmp(text, "-"))
				strcpy(text, "gone");
			return;
		}
	}
	strcpy(text, "waits");
	p->is_stuck = 1;
}

static void play_start(struct play *p, int i)
{
	char text[PLAY_TEXT];

	play_hear(i, text, PLAY_WAIT_MS);
	p->pids[i] = atoi(text);
}

static int play_is_actor(const char *word)
{
	return word && word[0] >= 'a' && word[0] < 'a' + ACTORS_MAX && !word[1];
}

/* "@b" becomes the number of b. */
static void play_say(struct play *p, int i, char **words, int n)
{
	char text[PLAY_TEXT];
	int len = 0;

	for (int w = 0; w < n; w++) {
		char *word = words[w];
		int is_pid = word[0] == '@' && word[1] >= 'a' && word[1] < 'a' + ACTORS_MAX && !word[2];

		if (is_pid)
			len += snprintf(text + len, sizeof(text) - (size_t)len, "%s%d", w ? " " : "", (int)p->pids[word[1] - 'a']);
		else
			len += snprintf(text + len, sizeof(text) - (size_t)len, "%s%s", w ? " " : "", word);
	}
	if (write(PLAY_OWN + i, text, (size_t)len) < 0)
		return;
}

static void play_step(struct play *p, char *step)
{
	char *words[PLAY_WORDS], *save, text[PLAY_TEXT];
	int n = 0, i, is_left = 0;

	for (char *w = strtok_r(step, " ", &save); w && n < PLAY_WORDS; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	if (n && !strcmp(words[n - 1], "&"))
		is_left = n--;
	if (n < 2 || !play_is_actor(words[0])) {
		printf(" ?");
		return;
	}
	i = words[0][0] - 'a';
	if (strcmp(words[1], "join"))
		play_say(p, i, words + 1, n - 1);
	if (is_left) {
		usleep(100000);
		return;
	}
	play_wait(p, i, text);
	if (!strcmp(words[1], "thread") || !strcmp(words[1], "fork") || !strcmp(words[1], "clone"))
		if (n > 2 && play_is_actor(words[2]) && !strcmp(text, "ok"))
			play_start(p, words[2][0] - 'a');
	if (!strcmp(words[1], "exec") || !strcmp(words[1], "fexec") || !strcmp(words[1], "execat"))
		if (text[0] >= '0' && text[0] <= '9')
			strcpy(text, "ok");
	printf(" %s", text);
}

static void play_channels(void)
{
	for (int i = 0; i < ACTORS_MAX; i++) {
		int ends[2];

		if (pipe(ends) < 0)
			exit(2);
		dup2(ends[0], PLAY_ORDERS + i);
		dup2(ends[1], PLAY_OWN + i);
		close(ends[0]);
		close(ends[1]);
		if (pipe(ends) < 0)
			exit(2);
		dup2(ends[0], PLAY_OWN + 10 + i);
		dup2(ends[1], PLAY_ANSWERS + i);
		close(ends[0]);
		close(ends[1]);
	}
}

static void play_actor(int i, const char *label)
{
	int r;

	for (int fd = 3; fd < 90; fd++)
		if (fd < PLAY_ORDERS || fd >= PLAY_OWN)
			close(fd);
	alarm(20);
	play_block_signals();
	r = strcmp(label, "-") ? change_profile(label) : 0;
	if (r) {
		play_answer(i, "0");
		_exit(1);
	}
	play_serve(i);
	_exit(0);
}

/* What every play finds. */
static void play_scene(int has_mounts)
{
	static const char *const files[] = { "r", "w", "rw", "a", "k", "m", "none", "src", "src2", "d/r", "d/none" };
	char path[64];

	if (has_mounts && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
		printf("(no scene)");
	gone("/t/p");
	mkdir("/t/p", 0777);
	mkdir("/t/p/d", 0777);
	mkdir("/t/p/e", 0777);
	mkdir("/t/p/mm", 0777);
	mkdir("/t/p/n", 0777);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd;

		snprintf(path, sizeof(path), "/t/p/%s", files[i]);
		fd = open(path, O_CREAT | O_WRONLY, 0666);
		if (fd < 0 || write(fd, "xxxx", 4) < 0)
			printf("(no file)");
		close(fd);
	}
}

static void run_play(char *line)
{
	struct play p = { { 0 }, 0 };
	char *steps = strstr(line, " : "), *save;

	if (!steps) {
		printf("no steps");
		return;
	}
	*steps = '\0';
	steps += 3;
	play_scene(strstr(steps, "mount") || strstr(steps, " unshare ") || strstr(steps, " pivot ") ||
		   strstr(steps, " move "));
	play_channels();
	fflush(stdout);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		int i = w[0] - 'a';

		if (i < 0 || i >= ACTORS_MAX || w[1] != '=')
			continue;
		if (!fork())
			play_actor(i, w + 2);
		play_start(&p, i);
		if (!p.pids[i])
			printf("(no %s) ", w);
	}
	for (char *next, *step = steps; step; step = next) {
		if (p.is_stuck)
			break;
		next = strstr(step, " ; ");
		if (next) {
			*next = '\0';
			next += 3;
		}
		play_step(&p, step);
	}
	for (int i = 0; i < ACTORS_MAX; i++)
		if (p.pids[i]) {
			char over[] = "exit", *words[] = { over };

			play_say(&p, i, words, 1);
		}
	fflush(stdout);
}

/* In a process of its own, that takes with it whatever is left. */
static void play(char *line)
{
	pid_t pid = fork();

	if (!pid) {
		run_play(line);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

#endif
