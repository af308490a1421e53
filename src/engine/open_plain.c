/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats opens whose verdict needs no look at the object, gives descriptors: the short way of most opens.
 *
 * The name stands in the text (plain.h), the policy allows it to owner and others alike with nothing to
 * report, and the kernel opens it with the caller's flags, refusing symlinks. So the verdict comes before
 * the opening, and what is opened has the name that was decided on, whoever renames what meanwhile. All
 * else goes the longer way of serve_open.c.
 */
#include "engine/plain.h"
#include "engine/serve_file.h"
#include "engine/supervisor.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_EACH_NS = 50000000 };

/*
 * A FIFO may turn up and the opening wait for its other end, deaf to its caller's signals. The watcher
 * gets a thread out that is in the same opening for two looks; it then goes the longer way, which can
 * wait. A turn is odd while its thread opens.
 */
static struct {
	atomic_uint turn;
	pid_t tid;
} slots[SUPERVISOR_WORKERS_MAX];
static atomic_int n_slots;
static _Thread_local int own_slot = -1;
static pthread_once_t watcher_once = PTHREAD_ONCE_INIT;
static atomic_int wake_signal;

static void *watch(void *arg)
{
	static unsigned seen[SUPERVISOR_WORKERS_MAX];
	const struct timespec pause = { 0, LOOK_EACH_NS };

	(void)arg;
	for (;;) {
		int n = atomic_load(&n_slots);

		nanosleep(&pause, NULL);
		for (int i = 0; i < n && i < SUPERVISOR_WORKERS_MAX; i++) {
			unsigned turn = atomic_load(&slots[i].turn);

			if (turn % 2 && turn == seen[i])
				syscall(SYS_tgkill, getpid(), slots[i].tid, atomic_load(&wake_signal));
			seen[i] = turn;
		}
	}
	return NULL;
}

static void start_watcher(void)
{
	pthread_t thread;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (!pthread_create(&thread, NULL, watch, NULL))
		pthread_detach(thread);
	else
		atomic_store(&n_slots, SUPERVISOR_WORKERS_MAX);	/* nobody watches: no short way */
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* A slot for this thread; false if there is none. */
static bool has_slot(const struct supervisor *s)
{
	if (own_slot < 0) {
		atomic_store(&wake_signal, s->wake_signal);
		pthread_once(&watcher_once, start_watcher);
		own_slot = atomic_load(&n_slots) < SUPERVISOR_WORKERS_MAX ? atomic_fetch_add(&n_slots, 1)
									   : SUPERVISOR_WORKERS_MAX;
		if (own_slot < SUPERVISOR_WORKERS_MAX)
			slots[own_slot].tid = gettid();
	}
	return own_slot < SUPERVISOR_WORKERS_MAX;
}

/* The kernel's answer is the caller's but for symlinks and for the watcher's call. */
static int open_it(int base, const char *path, uint64_t flags, mode_t mode)
{
	struct open_how how = {
		.flags = flags | O_NOCTTY | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int fd;

	atomic_fetch_add(&slots[own_slot].turn, 1);
	fd = (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
	if (fd < 0)
		fd = errno == ELOOP || errno == EINTR ? -OPEN_NOT_PLAIN : -errno;
	atomic_fetch_add(&slots[own_slot].turn, 1);
	return fd;
}

/* The name of a folder of ours to begin at; false if it has none to rely on. */
static bool name_base(int base, char name[PATH_MAX])
{
	static const char mark[] = " (deleted)";
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", base);
	n = readlink(path, name, PATH_MAX - 1);
	if (n <= 0 || name[0] != '/')
		return false;
	name[n] = '\0';
	return !slice_ends(slice_make(name, (size_t)n), mark);
}

/* Opened as if it were a file; perhaps it is a folder, which has another name. */
static int check_folder(struct call *c, int fd, struct plain *p, uint32_t wanted)
{
	struct stat st;
	int r;

	plain_make_folder(p);
	if (judge_is_settled(c, slice_make(p->name, p->len), wanted))
		return fd;
	r = fstat(fd, &st) < 0 ? -errno : 0;
	if (!r && S_ISDIR(st.st_mode))
		r = judge_file(c, "open", slice_make(p->name, p->len), wanted, st.st_uid);
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int open_named(struct call *c, int base, const char *path, uint64_t flags, mode_t mode,
		      uint32_t wanted, struct plain *p)
{
	int fd, r;

	if (flags & O_DIRECTORY)
		plain_make_folder(p);
	/* "The terminal" is another one for each session. */
	if (!judge_is_settled(c, slice_make(p->name, p->len), wanted) || !strcmp(p->name, "/dev/tty"))
		return -OPEN_NOT_PLAIN;
	r = call_act(c, flags & O_CREAT);
	if (r < 0)
		return r;
	fd = open_it(base, path, flags, mode);
	/* Only reading opens folders. */
	if (fd < 0 || p->is_folder || flags & (O_ACCMODE | O_CREAT | O_TRUNC))
		return fd;
	return check_folder(c, fd, p, wanted);
}

int open_plain(struct call *c, int dirfd, const char *path, uint64_t flags, mode_t mode,
	       uint32_t wanted)
{
	bool is_absolute = path[0] == '/';
	auto_fd base = -1;
	char name[PATH_MAX];
	struct plain p;

	if (flags & (O_TMPFILE & ~O_DIRECTORY) || !has_slot(c->supervisor))
		return -OPEN_NOT_PLAIN;
	name[0] = '\0';
	if (!is_absolute) {
		base = dirfd == AT_FDCWD ? call_take_cwd(c) : call_take_fd(c, dirfd);
		if (base < 0)
			return base;
		if (!name_base(base, name))
			return -OPEN_NOT_PLAIN;
	}
	if (!plain_read(name, path, &p) || (p.is_folder && flags & O_CREAT))
		return -OPEN_NOT_PLAIN;
	return open_named(c, is_absolute ? AT_FDCWD : base, path, flags, mode, wanted, &p);
}
