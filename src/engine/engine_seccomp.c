/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seccomp engine: a supervisor for one process tree, without privileges. Eats an image and a command,
 * gives the command's wait status. The parts and who does what: supervisor.h.
 */
#include "engine/engine.h"

#include "engine/exec.h"
#include "engine/launch.h"
#include "engine/skip.h"
#include "engine/supervisor.h"
#include "engine/syscalls.h"
#include "engine/target.h"
#include "engine/tracer.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define SYNC_WAKE_UP 1ull

enum { KERNEL_MAJOR = 5, KERNEL_MINOR = 19, WAKE_SIGNAL_OFFSET = 7 };

/* WAIT_KILLABLE_RECV came with 5.19: without it calls would be carried out twice. */
static int check_kernel(struct err *err)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	if (strcmp(name.machine, "x86_64"))
		return err_say(err, -ENOTSUP, "the seccomp engine knows x86-64 only, not %s", name.machine);
	if (sscanf(name.release, "%u.%u", &major, &minor) != 2 || major < KERNEL_MAJOR ||
	    (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		return err_say(err, -ENOSYS, "the seccomp engine needs Linux 5.19, this is %s", name.release);
	return 0;
}

static int probe(struct err *err)
{
	uint32_t action = SECCOMP_RET_USER_NOTIF;
	int r = check_kernel(err);

	if (r < 0)
		return r;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return err_set(err, -errno, "no seccomp notifications here");
	return 0;
}

static const struct engine_coverage coverage[] = {
	{ CLASS_FILE, GRADE_EXACT,
	  "by every name and descriptor; executable mappings and locks of descriptors that another thread "
	  "swaps at that moment, and descriptors received over sockets, are approximate" },
	{ CLASS_LINK, GRADE_EXACT, "" },
	{ CLASS_CAPABILITY, GRADE_APPROXIMATE,
	  "dropped when a profile is entered, and not given back by a later one; complain mode drops and "
	  "tells nothing" },
	{ CLASS_NET, GRADE_APPROXIMATE,
	  "by family, type and protocol for create, bind, connect and send to an address; listen, accept, "
	  "receive and options follow from create" },
	{ CLASS_INET, GRADE_REFUSED, "addresses, ports and interfaces are not looked at: such rules allow "
				     "nothing but creating the socket" },
	{ CLASS_UNIX, GRADE_APPROXIMATE,
	  "by network rules and, for sockets with a path, by file rules; abstract addresses and peers are "
	  "not looked at" },
	{ CLASS_SIGNAL, GRADE_EXACT, "a signal to a group is sent to all its members of the tree or to none" },
	{ CLASS_PTRACE, GRADE_APPROXIMATE,
	  "reading other processes by both labels; tracing itself is always refused" },
	{ CLASS_LABEL, GRADE_EXACT, "without stacking" },
	{ CLASS_RLIMIT, GRADE_EXACT, "" },
	{ CLASS_MOUNT, GRADE_REFUSED, "mounting is always refused" },
	{ CLASS_DBUS, GRADE_REFUSED, "messages are mediated by the bus, which does not ask this engine" },
	{ CLASS_MQUEUE, GRADE_REFUSED, "message queues of POSIX are always refused, those of System V free" },
	{ CLASS_IO_URING, GRADE_REFUSED, "io_uring is always refused" },
	{ CLASS_USERNS, GRADE_REFUSED, "new user namespaces are always refused" },
	{ CLASS_NONE, GRADE_EXACT, NULL },
};

static uint64_t own_capabilities(void)
{
	uint64_t permitted = 0;
	char status[4096];

	if (!target_status(getpid(), status, sizeof(status)))
		target_field(status, "CapPrm", 16, &permitted);
	return permitted;
}

static int prepare(struct supervisor *s, struct err *err)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return err_set(err, -errno, "no seccomp notifications here");
	s->notif_size = sizes.seccomp_notif;
	s->resp_size = sizes.seccomp_notif_resp;
	s->pid = getpid();
	s->own_uid = geteuid();
	s->own_gid = getegid();
	s->own_caps = own_capabilities();
	s->is_privileged = s->own_caps;
	s->has_landlock_signals = landlock_has_signals();
	s->wake_signal = SIGRTMIN + WAKE_SIGNAL_OFFSET;
	s->tasks = tasks_new(s->image);
	s->execs = execs_new();
	s->report = report_new(s->run);
	if (!s->tasks || !s->execs || !s->report)
		return err_say(err, -ENOMEM, "not enough memory for the supervisor");
	syscalls_init();
	return 0;
}

/* The command's process, before its exec: unconfined, with the profile to come. */
static int register_child(struct supervisor *s, struct err *err)
{
	struct label first = {
		.profile = IMAGE_NONE,
		.hat_of = IMAGE_NONE,
		.onexec = s->run->profile,
	};
	int r = tasks_add(s->tasks, s->child, s->child, &first);

	return r < 0 ? err_set(err, r, "cannot register the command") : 0;
}

/* Descriptors that we hold for callers: as many as may be. */
static void raise_limits(void)
{
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static int watch(struct supervisor *s, struct launch *l, int *status, struct err *err)
{
	uint64_t flags = SYNC_WAKE_UP;
	int r = register_child(s, err);

	/* Not on kernels before 6.6: answers then wake the caller on another processor. */
	ioctl(s->listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags);
	raise_limits();
	/* Nobody of the tree may look into the one who decides. */
	prctl(PR_SET_DUMPABLE, 0);
	if (!r)
		r = report_start(s->report, err);
	if (!r)
		r = workers_start(s, err);
	if (!r)
		r = launch_go(l, err);
	if (r < 0) {
		kill(s->child, SIGKILL);
		tracer_run(s);
		return r;
	}
	*status = tracer_run(s);
	r = launch_failure(l);
	return r < 0 ? err_set(err, r, "cannot execute %s", s->run->argv[0]) : 0;
}

/*
 * Reads by a root's tree are always asked about: its capabilities show it what /proc holds of the
 * supervisor, which for everybody else being non-dumpable hides.
 */
static struct filter_skip skips(const struct supervisor *s)
{
	const struct image *img = s->image;
	bool may = !s->run->complain;

	return (struct filter_skip){
		.reads = may && !s->is_privileged && skip_is_given(img, PERM_READ),
		.maps = may && skip_is_given(img, PERM_READ | PERM_MMAP),
		.locks = may && skip_is_given(img, PERM_LOCK),
		.owners = s->has_landlock_signals,
	};
}

static int run_supervised(struct supervisor *s, int *status, struct err *err)
{
	static struct filter filter;
	struct launch launch = { .filter = &filter, .channel = -1 };
	struct filter_skip skip = skips(s);
	int r = filter_build(&filter, &skip, err);

	if (!r)
		r = launch_start(&launch, s, err);
	if (r < 0)
		return r;
	tracer_catch_signals(s);
	r = watch(s, &launch, status, err);
	workers_stop(s);
	report_stop(s->report);
	tracer_release_signals();
	close(s->listener);
	launch_release(&launch);
	return r;
}

static int run(const struct engine_run *run, int *status, struct err *err)
{
	static struct supervisor s;
	int r;

	s = (struct supervisor){ .run = run, .image = run->image, .listener = -1 };
	r = probe(err);
	if (!r)
		r = prepare(&s, err);
	if (!r)
		r = run_supervised(&s, status, err);
	tasks_free(s.tasks);
	execs_free(s.execs);
	report_free(s.report);
	return r;
}

const struct engine_ops engine_seccomp = {
	.name = "seccomp",
	.summary = "one process tree, without privileges, by seccomp notifications",
	.probe = probe,
	.coverage = coverage,
	.run = run,
	.print_table = syscalls_print,
};
