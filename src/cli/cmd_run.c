/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise run: eats policy and a command, gives the command confined, and ends as it ended.
 *
 * Everything that can be wrong is looked for before anything starts: the command line, the policy,
 * the engine, the profile, the program, the log.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/choose.h"
#include "cli/coverage.h"
#include "cli/load.h"
#include "cli/program.h"
#include "cli/sink.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { OPTION_COMPLAIN = CMD_LONG_ONLY, OPTION_JSON, OPTION_STRICT, OPTION_ENGINE, OPTION_LOG };

static const struct cmd_option options[] = {
	{ 'f', "file", "FILE", "read profiles from FILE (\"-\": standard input) or a directory" },
	{ 'p', "profile", "PROFILE", "start in PROFILE, not in the one that attaches" },
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_COMPLAIN, "complain", NULL, "deny only what a rule denies; report the rest" },
	{ OPTION_LOG, "log", "FILE", "append the events to FILE, not to standard error" },
	{ OPTION_JSON, "json", NULL, "write events as JSON, one a line" },
	{ OPTION_ENGINE, "engine", "NAME", "use this engine (see `pavise engines`)" },
	{ OPTION_STRICT, "strict", NULL, "refuse rules that the engine cannot enforce" },
	{ 'q', "quiet", NULL, "say nothing on standard error but errors" },
	{ 'v', "verbose", NULL, "say which profile and engine are used" },
	{ 0 },
};

struct run_words {
	const char *profile;
	const char *engine;
	struct sink_options sink;
	bool is_complain, is_strict, is_verbose;
	char **command;
};

static struct load load;		/* large, and one run has one */

static int fail(int status, const struct err *err)
{
	log_error("%s", err->text);
	return status;
}

static bool take_option(struct run_words *w, int id, struct err *err)
{
	switch (id) {
	case 'f':
		return load_add_file(&load, optarg, err) == 0;
	case 'I':
		return load_add_dir(&load, optarg, err) == 0;
	case 'p':
		w->profile = optarg;
		break;
	case 'q':
		w->sink.is_quiet = true;
		break;
	case 'v':
		w->is_verbose = true;
		break;
	case OPTION_COMPLAIN:
		w->is_complain = true;
		break;
	case OPTION_LOG:
		w->sink.log_path = optarg;
		break;
	case OPTION_JSON:
		w->sink.is_json = true;
		break;
	case OPTION_ENGINE:
		w->engine = optarg;
		break;
	case OPTION_STRICT:
		w->is_strict = true;
		break;
	}
	return true;
}

/* -1 to go on, else the exit status. */
static int read_words(const struct cmd *cmd, int argc, char **argv, struct run_words *w)
{
	struct err err = ERR_INIT;
	int status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (!take_option(w, id, &err))
			return fail(CMD_RUN_FAILED, &err);
	}
	if (status != -1)
		return status;
	w->command = argv + optind;
	if (!w->command[0])
		return cmd_usage(cmd, "which command?");
	if (load.n_files)
		return -1;
	if (access(LOAD_DEFAULT_DIR, R_OK | X_OK) < 0)
		return cmd_usage(cmd, "give profiles with -f FILE; there is no " LOAD_DEFAULT_DIR);
	return load_add_file(&load, LOAD_DEFAULT_DIR, &err) < 0 ? fail(CMD_RUN_FAILED, &err) : -1;
}

/* Reads, compiles and asks the engine what it can hold; tells all problems. */
static bool prepare_policy(const struct run_words *w, const struct engine_ops *engine)
{
	size_t n_refused = 0;
	bool is_good = load_read(&load) && load_compile(&load);

	if (is_good)
		n_refused = coverage_warn(engine, &load.policy, &load.diag);
	load_print_problems(&load, STDERR_FILENO, w->sink.is_quiet && !(w->is_strict && n_refused));
	if (!is_good)
		log_error("%zu error%s in the policy; nothing was started", load.diag.n_errors,
			  load.diag.n_errors == 1 ? "" : "s");
	else if (w->is_strict && n_refused)
		log_error("--strict: engine %s cannot enforce all rules; nothing was started",
			  engine->name);
	return is_good && !(w->is_strict && n_refused);
}

static int find_profile(const struct run_words *w, const char *program, uint32_t *profile,
			struct err *err)
{
	if (w->profile)
		return choose_profile(&load.image, w->profile, profile, err);
	return choose_attached(&load.image, program, profile, err);
}

static int status_of(int r)
{
	if (r == -ENOENT)
		return CMD_RUN_NOT_FOUND;
	return r == -EACCES || r == -ENOEXEC ? CMD_RUN_CANNOT : CMD_RUN_FAILED;
}

/* Ends this process as the program ended: whoever waits for us sees the same. */
static int end_as(int status)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t signals;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	/* The program may have left a core dump; another of ours would only replace it. */
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&signals);
	sigaddset(&signals, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static int run_confined(const struct run_words *w, const struct engine_ops *engine,
			uint32_t profile, struct err *err)
{
	struct sink_options to = w->sink;
	struct engine_run run = {
		.image = &load.image,
		.profile = profile,
		.complain = w->is_complain,
		.is_strict = w->is_strict,
		.is_verbose = w->is_verbose,
		.argv = w->command,
		.event = sink_event,
		.tick = sink_tick,
	};
	int r, status = 0;

	to.policy = &load.policy;
	run.to = sink_new(&to, err);
	if (!run.to)
		return fail(CMD_RUN_FAILED, err);
	log_note("profile %s, engine %s",
		 image_text(&load.image, load.image.profiles[profile].name), engine->name);
	r = engine->run(&run, &status, err);
	sink_close(run.to);
	sink_free(run.to);
	return r < 0 ? fail(status_of(r), err) : end_as(status);
}

static int run_with(const struct run_words *w)
{
	const struct engine_ops *engine;
	struct err err = ERR_INIT;
	char program[PATH_MAX];
	uint32_t profile;
	int r;

	engine = choose_engine(w->engine, &err);
	if (!engine)
		return fail(CMD_RUN_FAILED, &err);
	if (!prepare_policy(w, engine))
		return CMD_RUN_FAILED;
	if (w->profile && choose_profile(&load.image, w->profile, &profile, &err) < 0)
		return fail(CMD_RUN_FAILED, &err);
	r = program_find(w->command[0], program, &err);
	if (r < 0)
		return fail(status_of(r), &err);
	if (find_profile(w, program, &profile, &err) < 0)
		return fail(CMD_RUN_FAILED, &err);
	return run_confined(w, engine, profile, &err);
}

static int run_run(const struct cmd *cmd, int argc, char **argv)
{
	struct run_words words = { 0 };
	int status;

	load_init(&load);
	status = read_words(cmd, argc, argv, &words);
	if (words.is_verbose)
		log_set_level(LOG_NOTES);
	if (status == -1)
		status = run_with(&words);
	load_release(&load);
	return status;
}

const struct cmd cmd_run = {
	.name = "run",
	.arguments = "[--] COMMAND [ARGUMENT...]",
	.summary = "run a command confined by a profile",
	.options = options,
	.has_command = true,
	.run = run_run,
};
