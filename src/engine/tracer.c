/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats wait statuses, keeps the table of threads true. The one idea: every thread of the tree stops
 * before its first step, and goes on only when its label is known.
 *
 *	fork, clone	the child gets its parent's label
 *	exec		exec.c
 *	seccomp		the self-transition call: control.c
 *	signals		delivered as they came; group stops stay stops (PTRACE_LISTEN)
 *	exit		forgotten
 */
#include "engine/tracer.h"

#include "engine/control.h"
#include "engine/exec.h"
#include "engine/inject.h"
#include "engine/syscalls.h"
#include "engine/target.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	EARLY_MAX = 4096,		/* children that stopped before their parent's event came */
	RESTART_ALWAYS = 513,		/* the kernel's ERESTARTNOINTR */
};

struct tracer {
	struct supervisor *s;
	pid_t early[EARLY_MAX];
	int n_early;
	int status;			/* of the command */
};

/* Those that end a program and may be sent to us in its stead. */
static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM };
static const int ignored[] = { SIGTSTP, SIGTTIN, SIGTTOU };
static struct sigaction before[NSIG];
static volatile pid_t command;

/*
 * What the terminal sends it sends to the whole group, the command included: only what another
 * process sent to us alone is passed on.
 */
static void pass_on(int signal, siginfo_t *info, void *context)
{
	int code = errno;

	(void)context;
	if (info->si_code <= 0 && command > 0)
		kill(command, signal);
	errno = code;
}

void tracer_catch_signals(const struct supervisor *s)
{
	struct sigaction pass = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	command = s->child;
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaction(passed_on[i], &pass, &before[passed_on[i]]);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &ignore, &before[ignored[i]]);
}

void tracer_release_signals(void)
{
	command = 0;
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaction(passed_on[i], &before[passed_on[i]], NULL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &before[ignored[i]], NULL);
}

static void resume(pid_t tid, int signal)
{
	/* ESRCH: it was killed meanwhile, and its end is told soon. */
	ptrace(PTRACE_CONT, tid, 0, signal);
}

static bool take_early(struct tracer *t, pid_t tid)
{
	for (int i = 0; i < t->n_early; i++)
		if (t->early[i] == tid) {
			t->early[i] = t->early[--t->n_early];
			return true;
		}
	return false;
}

static void born(struct tracer *t, pid_t parent, pid_t child)
{
	struct task task;
	pid_t tgid = target_tgid(child);

	if (!tasks_find(t->s->tasks, parent, &task) ||
	    tasks_add(t->s->tasks, child, tgid ? tgid : child, &task.label) < 0) {
		kill(child, SIGKILL);
		return;
	}
	if (take_early(t, child))
		resume(child, 0);
}

/* The first stop of a child: it waits until its parent's event has told whose child it is. */
static void first_stop(struct tracer *t, pid_t tid)
{
	if (t->n_early == EARLY_MAX)
		kill(tid, SIGKILL);
	else
		t->early[t->n_early++] = tid;
}

/* The command stopped for the terminal's sake: whoever waits for us must see a stop as well. */
static void stop_with(const struct tracer *t, pid_t tid, int signal)
{
	if (tid == t->s->child && (signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU))
		raise(SIGSTOP);
}

static void group_stop(struct tracer *t, pid_t tid, int signal)
{
	if (signal != SIGSTOP && signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU) {
		resume(tid, 0);
		return;
	}
	ptrace(PTRACE_LISTEN, tid, 0, 0);
	stop_with(t, tid, signal);
}

static void event(struct tracer *t, pid_t tid, int status)
{
	struct task task;
	unsigned long number = 0;

	ptrace(PTRACE_GETEVENTMSG, tid, 0, &number);
	switch (status >> 16) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		born(t, tid, (pid_t)number);
		break;
	case PTRACE_EVENT_EXEC:
		exec_done(t->s, tid, (pid_t)number);
		break;
	case PTRACE_EVENT_SECCOMP:
		control_serve(t->s, tid);
		break;
	case PTRACE_EVENT_STOP:
		if (!tasks_find(t->s->tasks, tid, &task))
			first_stop(t, tid);
		else
			group_stop(t, tid, WSTOPSIG(status));
		return;
	}
	resume(tid, 0);
}

/*
 * A served call that still waits to be received when a signal comes is taken back by the kernel as
 * "restart, or EINTR". It has not begun, so it must begin again, whatever the handler's flags say.
 */
static void mend_restart(struct tracer *t, pid_t tid)
{
	const struct syscall_row *row;
	struct user_regs_struct regs;
	struct task task;

	if (!inject_regs(tid, &regs) || (int64_t)regs.rax != -CALL_RESTART ||
	    !tasks_find(t->s->tasks, tid, &task) || task.is_restarting)
		return;
	row = syscall_find((int)regs.orig_rax);
	if (!row || row->way != WAY_SERVE)
		return;
	regs.rax = (unsigned long long)-RESTART_ALWAYS;
	ptrace(PTRACE_SETREGS, tid, 0, &regs);
}

static void stopped(struct tracer *t, pid_t tid, int status)
{
	int signal = WSTOPSIG(status);

	if (status >> 16) {
		event(t, tid, status);
	} else if (signal == (SIGTRAP | 0x80)) {
		resume(tid, 0);
	} else {
		mend_restart(t, tid);
		resume(tid, signal);
	}
}

int tracer_run(struct supervisor *s)
{
	static struct tracer t;

	t = (struct tracer){ .s = s };
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			return t.status;
		if (WIFSTOPPED(status)) {
			stopped(&t, tid, status);
			continue;
		}
		if (tid == s->child)
			t.status = status;
		take_early(&t, tid);
		tasks_remove(s->tasks, tid);
	}
}
