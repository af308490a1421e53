/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bpf engine for one command: puts the policy in force on this system, starts the command under
 * its profile, and takes the policy out of force when it has ended. Where a policy is in force for the
 * whole system already, nothing needs to be run by us, and it is left alone.
 */
#include "abi/control.h"
#include "base/io.h"
#include "engine/bpf_events.h"
#include "engine/bpf_kernel.h"
#include "engine/engine.h"
#include "engine/bpf_policy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct engine_coverage coverage[] = {
	{ CLASS_FILE, GRADE_EXACT,
	  "a descriptor that an exec hands to another profile stays open, and each use of it is asked "
	  "about; stat is never refused" },
	{ CLASS_LINK, GRADE_EXACT, "" },
	{ CLASS_CAPABILITY, GRADE_EXACT, "" },
	{ CLASS_NET, GRADE_EXACT, "by family, type and protocol" },
	{ CLASS_INET, GRADE_APPROXIMATE,
	  "accept, and receive on a socket that is not connected, are asked about before the peer is known: "
	  "rules with peer= do not allow them; sending and receiving on what was accepted are, with the peer" },
	{ CLASS_INET_UNSEEN, GRADE_REFUSED,
	  "the interface, the label of a peer, and the peer of accept and receive (which may be unknown) are "
	  "not looked at: such rules allow and deny nothing" },
	{ CLASS_UNIX, GRADE_EXACT, "sockets with a path by file rules" },
	{ CLASS_SIGNAL, GRADE_EXACT, "" },
	{ CLASS_PTRACE, GRADE_EXACT, "" },
	{ CLASS_LABEL, GRADE_EXACT,
	  "profiles are stacked as far as rules tell when policy is loaded" },
	{ CLASS_RLIMIT, GRADE_REFUSED, "limits are not set when a profile is entered; what is mediated is that no process sets one "
	  "beyond the profile's" },
	{ CLASS_MOUNT, GRADE_APPROXIMATE,
	  "a source named by a symbolic link is refused unless the rules take any source; mount_setattr "
	  "and reconfiguring by fsconfig need rules that allow every remount" },
	{ CLASS_DBUS, GRADE_REFUSED, "messages are mediated by the bus, which does not ask this engine" },
	{ CLASS_MQUEUE, GRADE_APPROXIMATE,
	  "the kernel does not ask as attributes of queues of POSIX are read, nor about each of their messages" },
	{ CLASS_IO_URING, GRADE_EXACT, "" },
	{ CLASS_USERNS, GRADE_EXACT, "" },
	{ CLASS_NONE, GRADE_EXACT, NULL },
};

struct teller {
	const struct engine_run *run;
	struct bpf_events *events;
	atomic_bool is_done;
};

static void tell(void *to, const struct event *e)
{
	struct teller *t = to;

	t->run->event(t->run->to, e);
}

static void *tell_all(void *to)
{
	struct teller *t = to;
	struct err err = ERR_INIT;
	bool is_last = false;

	while (!is_last) {
		is_last = atomic_load(&t->is_done);
		if (bpf_events_poll(t->events, is_last ? 0 : 100, &err) < 0)
			break;
		t->run->tick(t->run->to);
	}
	return NULL;
}

/* In the child: asks for the profile at its exec. */
static int ask_for(const struct engine_run *run)
{
	struct control_request r = { .version = CONTROL_VERSION, .verb = CONTROL_CHANGE_ONEXEC };
	const char *name;

	if (run->profile == IMAGE_NONE)
		return 0;
	name = image_text(run->image, run->image->profiles[run->profile].name);
	r.name_len = (uint32_t)snprintf(r.name, sizeof(r.name), "%s", name);
	return prctl(CONTROL_PRCTL, &r, sizeof(r), 0, 0) < 0 ? -errno : 0;
}

static _Noreturn void become(const struct engine_run *run, int channel)
{
	int r = ask_for(run);

	if (!r) {
		execvp(run->argv[0], run->argv);
		r = -errno;
	}
	if (write(channel, &r, sizeof(r)) < 0)
		_exit(126);
	_exit(127);
}

static int wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int start(const struct engine_run *run, int *status, struct err *err)
{
	int channel[2], failed = 0;
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old_int, old_quit;
	pid_t pid;

	if (pipe2(channel, O_CLOEXEC) < 0)
		return err_set(err, -errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		become(run, channel[1]);
	close(channel[1]);
	if (pid < 0) {
		close(channel[0]);
		return err_set(err, -errno, "cannot fork");
	}
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	if (read(channel[0], &failed, sizeof(failed)) != sizeof(failed))
		failed = 0;
	close(channel[0]);
	wait_for(pid, status);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	return failed ? err_set(err, failed, "cannot execute %s", run->argv[0]) : 0;
}

static int run_told(const struct engine_run *run, int *status, struct err *err)
{
	struct teller t = { .run = run };
	pthread_t thread;
	int r;

	t.events = bpf_events_new(tell, &t, err);
	if (!t.events)
		return err->code;
	r = pthread_create(&thread, NULL, tell_all, &t);
	if (r) {
		bpf_events_free(t.events);
		return err_set(err, -r, "cannot start a thread");
	}
	r = start(run, status, err);
	atomic_store(&t.is_done, true);
	pthread_join(thread, NULL);
	bpf_events_free(t.events);
	return r;
}

static int install(const struct engine_run *run, struct err *err)
{
	auto_buf policy = BUF_INIT;
	auto_fd lock = bpf_kernel_lock(err);
	int r;

	if (lock < 0)
		return lock;
	if (bpf_kernel_is_installed())
		return err_say(err, -EBUSY, "a policy is in force on this system already: load the profile "
					    "with `pavise load` and start the program as it is");
	r = bpf_policy_build(run->image, slice_of(""), run->complain ? MODE_COMPLAIN : MODE_ENFORCE, &policy,
			     err);
	return r ? r : bpf_kernel_install(buf_slice(&policy), err);
}

/* What others have loaded in the meantime stays, and our profiles with it. */
static int remove_own(struct err *err)
{
	auto_buf policy = BUF_INIT;
	auto_fd lock = bpf_kernel_lock(err);
	int r = lock < 0 ? lock : 0;

	if (!r && bpf_kernel_is_installed())
		r = bpf_kernel_read_policy(&policy, err);
	if (!r && bpf_policy_generation(buf_slice(&policy)) == 1)
		r = bpf_kernel_remove(err);
	return r;
}

static int run(const struct engine_run *run, int *status, struct err *err)
{
	struct err end = ERR_INIT;
	int r = bpf_kernel_probe(err);

	if (!r)
		r = install(run, err);
	if (r)
		return r;
	r = run_told(run, status, err);
	if (remove_own(&end) < 0 && !r)
		r = err_say(err, end.code, "%s", end.text);
	return r;
}

static void print_table(struct buf *out)
{
	buf_add_text(out, "The programs stand at LSM hooks, not at system calls: whatever way leads to a file, a "
			  "socket, a signal\nor a capability leads through them.\n");
}

const struct engine_ops engine_bpf = {
	.name = "bpf",
	.summary = "the whole system, in the kernel, by BPF LSM programs",
	.probe = bpf_kernel_probe,
	.coverage = coverage,
	.without_xattrs = "kernel programs see no extended attributes: such profiles attach to nothing",
	.run = run,
	.print_table = print_table,
};
