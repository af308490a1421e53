/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats events of one ring buffer, gives records. The one idea: all is opened, and all policy is read, before
 * the first byte of an event is; from then on a filter leaves the process what reading and writing takes.
 */
#include "cli/teller.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/drop.h"
#include "engine/bpf_events.h"
#include "engine/bpf_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 250 };

static void tell(void *to, const struct event *e)
{
	sink_event(to, e);
}

/* The other end of the pipe was closed, by the parent or by its end. */
static bool is_to_end(int stop)
{
	char none;

	return read(stop, &none, 1) == 0;
}

static void read_policy(const struct teller_means *means, const struct bpf_events *events, int stop)
{
	if (!means->read_policy)
		return;
	/* Most never have to: a rule is looked up when there is an event. */
	while (!bpf_events_wait(events, POLL_MS))
		if (is_to_end(stop))
			return;
	sink_set_policy(means->sink, means->read_policy(means->to));
}

static int tell_all(const struct teller_means *means, struct bpf_events *events, int stop, struct err *err)
{
	bool is_last = false;
	int r = 0;

	while (r >= 0 && !is_last) {
		is_last = is_to_end(stop);
		r = bpf_events_poll(events, is_last ? 0 : POLL_MS, err);
		sink_tick(means->sink);
	}
	return r < 0 ? r : 0;
}

static int follow(const struct teller_means *means, int stop, struct err *err)
{
	struct bpf_events *events = bpf_events_new(tell, means->sink, err);
	int r;

	/* Taken out since it was looked at: the parent will wait for the next ones. */
	if (!events)
		return err->code == -ENOENT ? 0 : err->code;
	read_policy(means, events, stop);
	r = drop_calls(err);
	if (!r)
		r = tell_all(means, events, stop, err);
	sink_close(means->sink);
	bpf_events_free(events);
	return r;
}

/* Signals that end a service or are typed at a terminal are for the parent, which has it end in good order. */
static void ignore_signals(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

int teller_start(struct teller *t, const struct teller_means *means, struct err *err)
{
	struct err failure = ERR_INIT;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_set(err, -errno, "cannot make a pipe");
	t->pid = fork();
	if (t->pid) {
		close(ends[0]);
		t->stop = ends[1];
		if (t->pid > 0)
			return 0;
		close(ends[1]);
		return err_set(err, -errno, "cannot fork");
	}
	ignore_signals();
	close(ends[1]);
	if (!follow(means, ends[0], &failure))
		_exit(0);
	log_error("%s", failure.text);
	_exit(1);
}

static int result_of(int status, struct err *err)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) ? err_say(err, -EIO, "the events cannot be told") : 0;
	return err_say(err, -EIO, "the process that tells events was ended by signal %d", WTERMSIG(status));
}

bool teller_has_ended(struct teller *t, int *r, struct err *err)
{
	int status;

	if (waitpid(t->pid, &status, WNOHANG) != t->pid)
		return false;
	close(t->stop);
	*r = result_of(status, err);
	return true;
}

int teller_stop(struct teller *t, struct err *err)
{
	int status;

	close(t->stop);
	while (waitpid(t->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_set(err, -errno, "cannot wait for the process that tells events");
	return result_of(status, err);
}
