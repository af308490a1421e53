/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats plans and execs that happened, puts labels on. At PTRACE_EVENT_EXEC nothing of the new program
 * has run: what is wrong then is killed, and what the new label demands is done first.
 */
#include "engine/exec.h"

#include "engine/inject.h"
#include "engine/judge.h"
#include "engine/target.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

enum {
	N_PLACES = SUPERVISOR_PENDING_MAX,
	STACK_WORDS_MAX = 1 << 20,	/* arguments and environment looked over, each 8 bytes */
	AUXV_MAX = 64,
};

struct execs {
	pthread_mutex_t lock;
	unsigned oldest;
	pid_t tids[N_PLACES];		/* whose plan it is, together for a quick look; 0: free */
	struct exec_plan plans[N_PLACES];
};

struct execs *execs_new(void)
{
	struct execs *x = calloc(1, sizeof(*x));

	if (x)
		pthread_mutex_init(&x->lock, NULL);
	return x;
}

void execs_free(struct execs *x)
{
	if (x)
		pthread_mutex_destroy(&x->lock);
	free(x);
}

/* The plan of a thread, else a free place, else the one that has waited longest. */
static unsigned place_of(struct execs *x, pid_t tid)
{
	unsigned free_place = N_PLACES;

	for (unsigned i = 0; i < N_PLACES; i++) {
		if (x->tids[i] == tid)
			return i;
		if (!x->tids[i] && free_place == N_PLACES)
			free_place = i;
	}
	return free_place < N_PLACES ? free_place : x->oldest++ % N_PLACES;
}

void execs_remember(struct execs *x, const struct exec_plan *plan)
{
	unsigned at;

	pthread_mutex_lock(&x->lock);
	at = place_of(x, plan->tid);
	x->tids[at] = plan->tid;
	x->plans[at] = *plan;
	pthread_mutex_unlock(&x->lock);
}

bool execs_take(struct execs *x, pid_t tid, struct exec_plan *out)
{
	bool found = false;

	pthread_mutex_lock(&x->lock);
	for (unsigned i = 0; i < N_PLACES && !found; i++) {
		found = x->tids[i] == tid;
		if (found) {
			*out = x->plans[i];
			x->tids[i] = 0;
		}
	}
	pthread_mutex_unlock(&x->lock);
	return found;
}

static bool peek(pid_t tid, uint64_t address, void *to, size_t len)
{
	struct iovec mine = { to, len }, its = { (void *)(uintptr_t)address, len };

	return process_vm_readv(tid, &mine, 1, &its, 1, 0) == (ssize_t)len;
}

static bool poke(pid_t tid, uint64_t address, const void *from, size_t len)
{
	struct iovec mine = { (void *)(uintptr_t)from, len };
	struct iovec its = { (void *)(uintptr_t)address, len };

	return process_vm_writev(tid, &mine, 1, &its, 1, 0) == (ssize_t)len;
}

/*
 * The auxiliary vector on a new stack: argc, arguments, 0, environment, 0, then pairs. Gives its
 * address, 0 if the stack is not of this form.
 */
static uint64_t find_auxv(pid_t tid, uint64_t stack)
{
	uint64_t words[512], at = stack, argc = 0;

	if (!peek(tid, stack, &argc, sizeof(argc)) || argc > STACK_WORDS_MAX)
		return 0;
	at += 8 * (argc + 2);
	for (unsigned n = 0; n < STACK_WORDS_MAX; n += 512) {
		/* To the end of a page: the stack may end behind it. */
		size_t len = 4096 - at % 4096;

		if (!peek(tid, at, words, len))
			return 0;
		for (size_t i = 0; i < len / 8; i++)
			if (!words[i])
				return at + 8 * (i + 1);
		at += len;
	}
	return 0;
}

/* Reads the vector; gives the number of pairs. */
static int read_auxv(pid_t tid, uint64_t address, Elf64_auxv_t auxv[AUXV_MAX])
{
	int n = 0;

	while (n < AUXV_MAX && peek(tid, address + (uint64_t)n * sizeof(*auxv), &auxv[n], sizeof(*auxv)) &&
	       auxv[n].a_type != AT_NULL)
		n++;
	return n;
}

static uint64_t stack_of(pid_t tid)
{
	struct user_regs_struct regs;

	return inject_regs(tid, &regs) ? regs.rsp : 0;
}

/* The loader then drops LD_PRELOAD and its kind, the C library its own. */
static bool scrub(pid_t tid)
{
	uint64_t address = find_auxv(tid, stack_of(tid)), yes = 1;
	Elf64_auxv_t auxv[AUXV_MAX];
	int n = address ? read_auxv(tid, address, auxv) : 0;

	for (int i = 0; i < n; i++)
		if (auxv[i].a_type == AT_SECURE)
			return poke(tid, address + (uint64_t)i * sizeof(*auxv) + 8, &yes, sizeof(yes));
	return false;
}

/* The kernel's own copy of the path that it executed. */
static bool is_executed_path(pid_t tid, const char *text)
{
	uint64_t address = find_auxv(tid, stack_of(tid));
	Elf64_auxv_t auxv[AUXV_MAX];
	int n = address ? read_auxv(tid, address, auxv) : 0;
	char have[PATH_MAX] = "";
	size_t len = strlen(text) + 1;

	for (int i = 0; i < n; i++)
		if (auxv[i].a_type == AT_EXECFN)
			return peek(tid, auxv[i].a_un.a_val, have, len) && !memcmp(have, text, len);
	return false;
}

static bool is_planned_binary(pid_t tid, const struct exec_plan *plan)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/exe", tid);
	return !stat(path, &st) && st.st_dev == plan->dev && st.st_ino == plan->ino;
}

/* Something else runs than what was decided on: somebody swapped it meanwhile. */
static void kill_swapped(struct supervisor *s, pid_t tid)
{
	struct call c = { .supervisor = s };
	struct event e = {
		.verdict = EVENT_KILLED,
		.class_id = CLASS_FILE,
		.operation = "exec",
		.info = "another program was put in its place during exec",
		.requested = PERM_EXEC,
		.denied = PERM_EXEC,
		.error = EACCES,
		.ouid = (uid_t)-1,
	};
	ssize_t n = target_link(tid, "exe", e.name, sizeof(e.name));

	e.name_len = n < 0 ? 0 : (uint16_t)n;
	if (tasks_find(s->tasks, tid, &c.task))
		judge_tell(&c, &e);
	kill(tid, SIGKILL);
}

static void set_limits(const struct supervisor *s, pid_t tid, const struct label *label)
{
	const struct image_profile *p = &s->image->profiles[label->profile];

	for (unsigned r = 0; r < IMAGE_N_RLIMITS; r++) {
		struct rlimit have, want;

		if (!(p->rlimit_set & 1u << r) || prlimit(tid, r, NULL, &have) < 0)
			continue;
		/* As the kernel's AppArmor: the hard limit is set, the soft one follows down. */
		want.rlim_max = p->rlimit[r] < have.rlim_max ? p->rlimit[r] : have.rlim_max;
		want.rlim_cur = have.rlim_cur < want.rlim_max ? have.rlim_cur : want.rlim_max;
		prlimit(tid, r, &want, NULL);
	}
}

void exec_enter(struct supervisor *s, pid_t tid, const struct label *label)
{
	const struct image_profile *p;

	if (label->profile == IMAGE_NONE || label->null)
		return;
	p = &s->image->profiles[label->profile];
	if (p->mode == MODE_UNCONFINED)
		return;
	set_limits(s, tid, label);
	if (s->own_caps && !s->run->complain && (p->mode == MODE_ENFORCE || p->mode == MODE_KILL) &&
	    !inject_caps(tid, p->flags & PROFILE_DEFAULT_ALLOW ? ~p->cap_deny : p->cap_allow))
		kill(tid, SIGKILL);
}

void exec_done(struct supervisor *s, pid_t tid, pid_t old_tid)
{
	static struct exec_plan plan;	/* the tracer alone */
	bool is_first, is_planned = execs_take(s->execs, old_tid, &plan);
	struct task before;

	if (!tasks_find(s->tasks, old_tid, &before) || !tasks_exec(s->tasks, old_tid, tid)) {
		kill(tid, SIGKILL);
		return;
	}
	if (!is_planned || !is_planned_binary(tid, &plan) ||
	    (plan.is_script && plan.text[0] && !is_executed_path(tid, plan.text))) {
		kill_swapped(s, tid);
		return;
	}
	is_first = before.label.profile == IMAGE_NONE && tid == s->child && before.label.onexec != IMAGE_NONE;
	tasks_set_label(s->tasks, tid, &plan.label);
	if (plan.is_scrubbed && !scrub(tid)) {
		kill(tid, SIGKILL);
		return;
	}
	if (!plan.is_changed)
		return;
	inject_close_files(s, tid, &plan.label, is_first);
	exec_enter(s, tid, &plan.label);
}
