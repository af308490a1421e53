/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise daemon: eats the events of the policy of the whole system, gives records. It waits where nothing
 * is in force, goes on when programs are renewed, and takes up anew what was taken out and loaded again.
 * Once it reads it has no capability any more: what it handles was chosen by those who are confined.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/drop.h"
#include "cli/load.h"
#include "cli/sink.h"
#include "engine/bpf_events.h"
#include "engine/bpf_kernel.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { OPTION_LOG = CMD_LONG_ONLY, OPTION_JSON, OPTION_NO_WAIT };
enum { POLL_MS = 250, LOOK_EVERY = 4 };	/* polls between looks whether the ring is still the one */

static const struct cmd_option options[] = {
	{ 'f', "file", "FILE", "look for the rule behind an event in FILE or a directory" },
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_LOG, "log", "FILE", "append the events to FILE, not to standard output" },
	{ OPTION_JSON, "json", NULL, "write events as JSON, one a line" },
	{ OPTION_NO_WAIT, "no-wait", NULL, "fail if no policy is in force, do not wait for one" },
	{ 0 },
};

struct daemon {
	struct sink_options to;
	struct sink *sink;
	struct bpf_events *events;
	bool no_wait;
	bool is_reading;		/* the policy's text was read */
};

static struct load load;
static volatile sig_atomic_t is_ending, is_renewing;

static void take_signal(int signal)
{
	if (signal == SIGHUP)
		is_renewing = 1;
	else
		is_ending = 1;
}

static void catch_signals(void)
{
	struct sigaction take = { .sa_handler = take_signal };

	sigaction(SIGTERM, &take, NULL);
	sigaction(SIGINT, &take, NULL);
	sigaction(SIGHUP, &take, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* sd_notify(3), by hand: one datagram. */
static void tell_manager(const char *state)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;
	auto_fd fd = -1;

	if (len < 2 || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

/* The text, where there is one; what is wrong in it is no matter of ours. */
static void read_policy(struct daemon *d)
{
	if (!load.n_files)
		return;
	if (load.has_policy) {
		sink_set_policy(d->sink, NULL);
		policy_release(&load.policy);
		diag_release(&load.diag);
	}
	load_read(&load);
	sink_set_policy(d->sink, &load.policy);
	d->is_reading = true;
}

/* A rule is looked up when there is an event: most daemons never have to read. */
static void tell(void *to, const struct event *e)
{
	struct daemon *d = to;

	if (!d->is_reading)
		read_policy(d);
	sink_event(d->sink, e);
}

static void renew(struct daemon *d)
{
	struct err err = ERR_INIT;

	is_renewing = 0;
	d->is_reading = false;
	if (sink_reopen(d->sink, &err) < 0)
		log_error("%s", err.text);
}

/* Waits for the ring; 1: the daemon is to end before there is one. */
static int open_events(struct daemon *d, struct err *err)
{
	bool is_told = false;

	while (!is_ending) {
		*err = (struct err)ERR_INIT;
		d->events = bpf_kernel_is_installed() ? bpf_events_new(tell, d, err) : NULL;
		if (d->events)
			return 0;
		if (!err->code)
			err_say(err, -ENOENT, "no policy is in force");
		if (d->no_wait || (err->code != -ENOENT && bpf_kernel_is_installed()))
			return err->code;
		if (!is_told)
			log_warning("no policy is in force: waiting for one");
		is_told = true;
		usleep(POLL_MS * 1000);
		sink_tick(d->sink);
	}
	return 1;
}

/* Until it is to end, or the ring is nobody's any more: 0. */
static int follow(struct daemon *d, struct err *err)
{
	int r = 0;

	for (unsigned i = 1; !r && !is_ending; i++) {
		r = bpf_events_poll(d->events, POLL_MS, err);
		sink_tick(d->sink);
		if (is_renewing)
			renew(d);
		if (r >= 0 && i % LOOK_EVERY == 0 && !bpf_events_is_current(d->events)) {
			bpf_events_poll(d->events, 0, err);
			break;
		}
		/* The counters went with the rest: that is the end, too, and told by is_current. */
		if (r < 0 && !bpf_events_is_current(d->events))
			r = 0;
	}
	return r < 0 ? r : 0;
}

static int serve(struct daemon *d, struct err *err)
{
	auto_free char *path = d->to.log_path ? strdup(d->to.log_path) : NULL;
	int r;

	/* Waiting for a policy is being there. */
	tell_manager("READY=1");
	r = open_events(d, err);
	if (!r)
		r = drop_privileges(path ? dirname(path) : NULL, err);
	while (!r && !is_ending) {
		r = follow(d, err);
		bpf_events_free(d->events);
		d->events = NULL;
		if (!r && !is_ending)
			r = open_events(d, err);
	}
	bpf_events_free(d->events);
	return r < 0 ? r : 0;
}

static int read_words(const struct cmd *cmd, int argc, char **argv, struct daemon *d)
{
	struct err err = ERR_INIT;
	int r = 0;

	for (int id; (id = cmd_next_option(cmd, argc, argv)) != -1;) {
		if (id == CMD_OPTION_HELP)
			return cmd_help(cmd);
		if (id == CMD_OPTION_BAD)
			return CMD_USAGE;
		if (id == 'f' && !r)
			r = load_add_known_file(&load, optarg, &err);
		if (id == 'I' && !r)
			r = load_add_dir(&load, optarg, &err);
		if (id == OPTION_LOG)
			d->to.log_path = optarg;
		d->to.is_json |= id == OPTION_JSON;
		d->no_wait |= id == OPTION_NO_WAIT;
	}
	if (r) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return optind == argc ? -1 : cmd_usage(cmd, "no names are taken");
}

static int run_daemon(const struct cmd *cmd, int argc, char **argv)
{
	struct daemon d = { .to = { .is_stdout = true, .is_limited = true } };
	struct err err = ERR_INIT;
	int status, r;

	load_init(&load);
	status = read_words(cmd, argc, argv, &d);
	if (status != -1) {
		load_release(&load);
		return status;
	}
	r = bpf_kernel_probe(&err);
	if (!r)
		d.sink = sink_new(&d.to, &err);
	if (d.sink) {
		catch_signals();
		r = serve(&d, &err);
		sink_close(d.sink);
		sink_free(d.sink);
	}
	if (r || !d.sink)
		log_error("%s", err.text);
	load_release(&load);
	return r || !d.sink ? CMD_NO : CMD_OK;
}

const struct cmd cmd_daemon = {
	.name = "daemon",
	.arguments = "",
	.summary = "tell the events of the policy of the whole system",
	.options = options,
	.run = run_daemon,
};
