/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats notifications, gives answers. Each worker waits, serves one call, answers, waits again. Calls
 * may block (a FIFO, a connection): when no worker has been idle for a while, another one is started.
 * Not at once: workers that take turns over the calls of one thread cost more than one that stays warm.
 */
#include "engine/supervisor.h"
#include "engine/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
	NOTIF_MAX = 1024,		/* bytes of a notification, whatever the kernel's version */
	KNOWN_WAIT_MS = 2000,		/* for the tracer to tell of a new thread */
	BUSY_MS = 3,			/* without an idle worker, until another is started */
};

struct worker {
	struct supervisor *s;
	union {
		struct seccomp_notif notif;
		char room[NOTIF_MAX];
	};
	union {
		struct seccomp_notif_resp resp;
		char resp_room[NOTIF_MAX];
	};
};

static void wake(int signal)
{
	(void)signal;
}

/* A thread that was born a moment ago may call before the tracer has heard of it. */
static bool find_caller(struct call *c, pid_t tid)
{
	const struct timespec pause = { 0, 1000000 };

	for (int ms = 0; ms < KNOWN_WAIT_MS; ms++) {
		if (tasks_find(c->supervisor->tasks, tid, &c->task))
			return true;
		if (!call_is_alive(c))
			return false;
		nanosleep(&pause, NULL);
	}
	return false;
}

/*
 * True if the call is answered. A caller that goes on at once may execute, lock or watch what it wrote:
 * of a file open for writing our copy must be gone by then, so it is given first and answered later.
 */
static bool add_fd(struct worker *w, struct call *c)
{
	bool is_written = (fcntl(c->fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
	struct seccomp_notif_addfd add = {
		.id = c->id,
		.flags = is_written ? 0 : SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)c->fd,
		.newfd_flags = c->is_cloexec ? O_CLOEXEC : 0,
	};
	int r = ioctl(w->s->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	int code = errno;

	close(c->fd);
	if (r >= 0 ? !is_written : code == ENOENT)
		return true;
	/* Or its table of descriptors is full, or the like. */
	call_return(c, r >= 0 ? r : -code);
	return false;
}

/* Calls that the kernel may leave waiting after we let them go on: a signal ends them as it always does. */
static bool may_wait(const struct call *c)
{
	switch (c->nr) {
	case __NR_flock:
		return !(c->args[1] & LOCK_NB);
	case __NR_fcntl:
		return (int)c->args[1] == F_SETLKW || (int)c->args[1] == F_OFD_SETLKW;
	case __NR_sendto:
	case __NR_sendmmsg:
		return !(c->args[3] & MSG_DONTWAIT);
	case __NR_sendmsg:
		return !(c->args[2] & MSG_DONTWAIT);
	default:
		return false;
	}
}

static void answer(struct worker *w, struct call *c)
{
	if (c->answer == ANSWER_ADD_FD && add_fd(w, c))
		return;
	if ((c->answer == ANSWER_RETURN && c->value == -CALL_RESTART) ||
	    (c->answer == ANSWER_CONTINUE && may_wait(c)))
		tasks_set_restarting(w->s->tasks, c->task.tid, true);
	memset(w->resp_room, 0, w->s->resp_size);
	w->resp.id = c->id;
	if (c->answer == ANSWER_CONTINUE)
		w->resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	else if (c->answer == ANSWER_NONE)
		w->resp.error = -EACCES;
	else if (c->value < 0)
		w->resp.error = (int32_t)c->value;
	else
		w->resp.val = c->value;
	/* ENOENT: the caller is gone. */
	ioctl(w->s->listener, SECCOMP_IOCTL_NOTIF_SEND, &w->resp);
}

static void serve(struct worker *w)
{
	struct call c = {
		.supervisor = w->s,
		.nr = w->notif.data.nr,
		.id = w->notif.id,
		.fd = -1,
	};
	const struct syscall_row *row = syscall_find(c.nr);

	for (int i = 0; i < 6; i++)
		c.args[i] = w->notif.data.args[i];
	if (row && row->serve && find_caller(&c, (pid_t)w->notif.pid)) {
		/* Its last call is over. */
		if (c.task.is_restarting)
			tasks_set_restarting(w->s->tasks, c.task.tid, false);
		row->serve(&c);
	}
	answer(w, &c);
}

static int receive(struct worker *w)
{
	memset(w->room, 0, w->s->notif_size);
	return ioctl(w->s->listener, SECCOMP_IOCTL_NOTIF_RECV, &w->notif) < 0 ? -errno : 0;
}

/* Cheap where the grower looks after it already, which is the common case under load. */
static void wake_grower(struct supervisor *s)
{
	if (atomic_exchange(&s->is_growing, true))
		return;
	pthread_mutex_lock(&s->workers_lock);
	pthread_cond_signal(&s->grow);
	pthread_mutex_unlock(&s->workers_lock);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct supervisor *s = w->s;

	/* An umask and a current folder of its own. */
	if (unshare(CLONE_FS) < 0)
		abort();
	while (!atomic_load(&s->is_done)) {
		int r;

		atomic_fetch_add(&s->n_idle, 1);
		r = receive(w);
		if (atomic_fetch_sub(&s->n_idle, 1) == 1 && !r)
			wake_grower(s);
		if (!r)
			serve(w);
		else if (r != -EINTR && r != -ENOENT)
			break;
	}
	act_own(s);
	free(w);
	return NULL;
}

/* Beyond the limit, or where no thread can be had, calls wait for a worker. */
static void start_one(struct supervisor *s)
{
	struct worker *w;
	int n;

	pthread_mutex_lock(&s->workers_lock);
	n = atomic_load(&s->n_workers);
	w = n < SUPERVISOR_WORKERS_MAX && !atomic_load(&s->is_done) ? calloc(1, sizeof(*w)) : NULL;
	if (w) {
		w->s = s;
		if (pthread_create(&s->workers[n], NULL, work, w))
			free(w);
		else
			atomic_store(&s->n_workers, n + 1);
	}
	pthread_mutex_unlock(&s->workers_lock);
}

/* Its credentials are the supervisor's own, and so are those of the workers it starts. */
static void *grow(void *arg)
{
	const struct timespec while_busy = { 0, BUSY_MS * 1000000L };
	struct supervisor *s = arg;

	while (!atomic_load(&s->is_done)) {
		pthread_mutex_lock(&s->workers_lock);
		while (!atomic_load(&s->is_growing) && !atomic_load(&s->is_done))
			pthread_cond_wait(&s->grow, &s->workers_lock);
		pthread_mutex_unlock(&s->workers_lock);
		nanosleep(&while_busy, NULL);
		atomic_store(&s->is_growing, false);
		if (!atomic_load(&s->n_idle)) {
			start_one(s);
			/* Is it enough? */
			atomic_store(&s->is_growing, true);
		}
	}
	return NULL;
}

int workers_start(struct supervisor *s, struct err *err)
{
	struct sigaction action = { .sa_handler = wake };

	if (s->notif_size > NOTIF_MAX || s->resp_size > NOTIF_MAX)
		return err_say(err, -EMSGSIZE, "this kernel's seccomp notifications are too large");
	pthread_mutex_init(&s->workers_lock, NULL);
	pthread_cond_init(&s->grow, NULL);
	sigaction(s->wake_signal, &action, NULL);
	for (int i = 0; i < SUPERVISOR_WORKERS_MIN; i++)
		start_one(s);
	if (!atomic_load(&s->n_workers) || pthread_create(&s->grower, NULL, grow, s))
		return err_say(err, -EAGAIN, "cannot start the workers' threads");
	return 0;
}

/* A worker may be just about to wait when the signal comes: it is sent until the thread ends. */
static void stop_one(struct supervisor *s, pthread_t thread)
{
	struct timespec until;

	do {
		pthread_kill(thread, s->wake_signal);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 2000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
	} while (pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT);
}

void workers_stop(struct supervisor *s)
{
	int n;

	pthread_mutex_lock(&s->workers_lock);
	atomic_store(&s->is_done, true);
	n = atomic_load(&s->n_workers);
	pthread_cond_signal(&s->grow);
	pthread_mutex_unlock(&s->workers_lock);
	if (s->grower)
		pthread_join(s->grower, NULL);
	for (int i = 0; i < n; i++)
		stop_one(s, s->workers[i]);
	pthread_mutex_destroy(&s->workers_lock);
}
