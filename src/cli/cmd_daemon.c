/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise daemon: has the events of the policy of the whole system told. It waits where nothing is in force,
 * goes on when programs are renewed, and takes up anew what was taken out and loaded again. The one idea: it
 * reads no event itself. For each ring buffer, and after each SIGHUP, it starts a process that does
 * (cli/teller.h), and can nothing else; itself it has no capability any more.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/drop.h"
#include "cli/load.h"
#include "cli/sink.h"
#include "cli/teller.h"
#include "engine/bpf_kernel.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { OPTION_LOG = CMD_LONG_ONLY, OPTION_JSON, OPTION_NO_WAIT };
enum { LOOK_MS = 500 };		/* between looks at what is in force */

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
	const char *files[CMD_FILES_MAX];	/* as they were given: a directory is listed when it is read */
	size_t n_files;
	const char *dirs[CMD_DIRS_MAX];
	size_t n_dirs;
	bool no_wait;
};

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

/* The text as it is now; what is wrong in it is no matter of ours. It lives as long as the process. */
static const struct policy *read_policy(void *to)
{
	static struct load load;
	const struct daemon *d = to;
	struct err err = ERR_INIT;
	int r = 0;

	load_init(&load);
	for (size_t i = 0; !r && i < d->n_dirs; i++)
		r = load_add_dir(&load, d->dirs[i], &err);
	for (size_t i = 0; !r && i < d->n_files; i++)
		r = load_add_known_file(&load, d->files[i], &err);
	if (r)
		log_error("%s", err.text);
	load_read(&load);
	return &load.policy;
}

/* Waits for programs in force: their ring buffer in *id; 1 if the daemon is to end before there are any. */
static int wait_for_policy(const struct daemon *d, uint32_t *id, struct err *err)
{
	bool is_told = false;

	while (!is_ending) {
		*err = (struct err)ERR_INIT;
		if (bpf_kernel_is_installed() && !bpf_kernel_events_id(id, err))
			return 0;
		if (!err->code)
			err_say(err, -ENOENT, "no policy is in force");
		if (d->no_wait || err->code != -ENOENT)
			return err->code;
		if (!is_told)
			log_warning("no policy is in force: waiting for one");
		is_told = true;
		usleep(LOOK_MS * 1000);
	}
	return 1;
}

static bool is_current(uint32_t id)
{
	struct err ignored = ERR_INIT;
	uint32_t now;

	return bpf_kernel_is_installed() && !bpf_kernel_events_id(&now, &ignored) && now == id;
}

static void reopen(struct daemon *d)
{
	struct err err = ERR_INIT;

	is_renewing = 0;
	if (sink_reopen(d->sink, &err) < 0)
		log_error("%s", err.text);
}

/* Has the events told of one ring buffer, or of its part between two signals. */
static int follow(struct daemon *d, uint32_t id, struct err *err)
{
	const struct teller_means means = {
		.sink = d->sink,
		.read_policy = d->n_files ? read_policy : NULL,
		.to = d,
	};
	struct teller t;
	int r = teller_start(&t, &means, err);

	if (r)
		return r;
	while (!is_ending && !is_renewing && is_current(id)) {
		usleep(LOOK_MS * 1000);
		if (teller_has_ended(&t, &r, err))
			return r;
	}
	return teller_stop(&t, err);
}

static int serve(struct daemon *d, struct err *err)
{
	auto_free char *path = d->to.log_path ? strdup(d->to.log_path) : NULL;
	int r = drop_privileges(path ? dirname(path) : NULL, err);
	uint32_t id;

	/* Waiting for a policy is being there. */
	if (!r)
		tell_manager("READY=1");
	while (!r && !is_ending) {
		r = wait_for_policy(d, &id, err);
		if (!r)
			r = follow(d, id, err);
		if (is_renewing)
			reopen(d);
	}
	return r < 0 ? r : 0;
}

static int read_words(const struct cmd *cmd, int argc, char **argv, struct daemon *d)
{
	struct err err = ERR_INIT;
	int r = 0, status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'f' && d->n_files == CMD_FILES_MAX)
			r = err_say(&err, -E2BIG, "more than %d policy files", CMD_FILES_MAX);
		else if (id == 'f')
			d->files[d->n_files++] = optarg;
		if (id == 'I' && d->n_dirs == CMD_DIRS_MAX)
			r = err_say(&err, -E2BIG, "more than %d include directories", CMD_DIRS_MAX);
		else if (id == 'I')
			d->dirs[d->n_dirs++] = optarg;
		if (id == OPTION_LOG)
			d->to.log_path = optarg;
		d->to.is_json |= id == OPTION_JSON;
		d->no_wait |= id == OPTION_NO_WAIT;
	}
	if (status != -1)
		return status;
	if (r) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return optind == argc ? -1 : cmd_usage(cmd, "no names are taken");
}

static int run_daemon(const struct cmd *cmd, int argc, char **argv)
{
	static struct daemon d = { .to = { .is_stdout = true, .is_limited = true } };
	struct err err = ERR_INIT;
	int status, r;

	status = read_words(cmd, argc, argv, &d);
	if (status != -1)
		return status;
	r = bpf_kernel_probe(&err);
	if (!r)
		d.sink = sink_new(&d.to, &err);
	if (d.sink) {
		catch_signals();
		r = serve(&d, &err);
		sink_free(d.sink);
	}
	if (r || !d.sink)
		log_error("%s", err.text);
	return r || !d.sink ? CMD_NO : CMD_OK;
}

const struct cmd cmd_daemon = {
	.name = "daemon",
	.arguments = "",
	.summary = "tell the events of the policy of the whole system",
	.options = options,
	.run = run_daemon,
};
