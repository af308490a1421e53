/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise load: eats policy files, puts their profiles in force for the whole system with the bpf engine,
 * in one step. Other profiles stay; after any failure everything stays as it was, or, if so asked, what was
 * wrong is left out and the others go on.
 */
#include "cli/cmd.h"

#include "base/log.h"
#include "cli/coverage.h"
#include "cli/load.h"
#include "cli/system.h"
#include "engine/bpf_kernel.h"
#include "engine/engine.h"

#include <getopt.h>
#include <unistd.h>

enum { OPTION_COMPLAIN = CMD_LONG_ONLY, OPTION_STRICT, OPTION_ADD, OPTION_ONLY, OPTION_KEEP_GOING };

static const struct cmd_option options[] = {
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_ADD, "add", NULL, "refuse profiles that are in force already" },
	{ OPTION_ONLY, "only", NULL, "take all other profiles out of force" },
	{ OPTION_KEEP_GOING, "keep-going", NULL, "leave files with errors out, and put the others in force" },
	{ OPTION_COMPLAIN, "complain", NULL, "deny only what a rule denies; report the rest" },
	{ OPTION_STRICT, "strict", NULL, "refuse rules and stacks that the engine cannot have" },
	{ 'q', "quiet", NULL, "say nothing on standard error but errors" },
	{ 0 },
};

struct words {
	bool is_complain, is_strict, is_quiet, is_add, is_only, is_keeping_going;
	size_t n_files;			/* that were named, or are in folders that were */
};

static struct load load;

static int fail(const struct err *err)
{
	log_error("%s", err->text);
	return CMD_NO;
}

/* -1 to go on, else the exit status. */
static int read_words(const struct cmd *cmd, int argc, char **argv, struct words *w)
{
	struct err err = ERR_INIT;
	int status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'I' && load_add_dir(&load, optarg, &err) < 0)
			return fail(&err);
		w->is_add |= id == OPTION_ADD;
		w->is_only |= id == OPTION_ONLY;
		w->is_keeping_going |= id == OPTION_KEEP_GOING;
		w->is_complain |= id == OPTION_COMPLAIN;
		w->is_strict |= id == OPTION_STRICT;
		w->is_quiet |= id == 'q';
	}
	if (status != -1)
		return status;
	if (optind == argc)
		return cmd_usage(cmd, "which policy files?");
	if (w->is_keeping_going && w->is_only)
		return cmd_usage(cmd, "--only would take what is left out out of force");
	for (; optind < argc; optind++) {
		if (w->is_keeping_going && !strcmp(argv[optind], "-"))
			return cmd_usage(cmd, "--keep-going reads files more than once: not standard input");
		if (load_add_known_file(&load, argv[optind], &err) < 0)
			return fail(&err);
	}
	w->n_files = load.n_files;
	return -1;
}

static bool read_files(const struct words *w)
{
	return w->is_keeping_going ? load_good(&load, STDERR_FILENO) : load_read(&load) && load_compile(&load);
}

static bool prepare(const struct words *w)
{
	bool is_good = read_files(w);
	size_t n_refused = 0;

	if (is_good)
		n_refused = coverage_warn(engine_find("bpf"), &load.policy, &load.diag);
	if (is_good || !w->is_keeping_going)
		load_print_problems(&load, STDERR_FILENO, w->is_quiet && !(w->is_strict && n_refused));
	if (!is_good)
		log_error("the policy has errors; what was in force stays");
	else if (w->is_strict && n_refused)
		log_error("--strict: engine bpf cannot enforce all rules; what was in force stays");
	return is_good && !(w->is_strict && n_refused);
}

static int put_in_force(const struct words *w, struct err *err)
{
	struct system_change change;
	int r = system_begin(&change, err);

	if (!r && w->is_only)
		memset(change.gone, true, change.n_profiles * sizeof(*change.gone));
	if (!r)
		r = system_bring(&change, &load.bytes, w->is_add, w->is_complain, err);
	change.system.is_strict = w->is_strict;
	change.is_quiet = w->is_quiet;
	if (!r)
		r = system_commit(&change, err);
	if (!r && load.n_files < w->n_files)
		log_error("%zu of %zu files were left out; the others are in force", w->n_files - load.n_files,
			  w->n_files);
	system_end(&change);
	return r;
}

static int run_load(const struct cmd *cmd, int argc, char **argv)
{
	struct words words = { 0 };
	struct err err = ERR_INIT;
	int status;

	load_init(&load);
	status = read_words(cmd, argc, argv, &words);
	if (status == -1) {
		if (bpf_kernel_probe(&err) < 0)
			status = fail(&err);
		else if (!prepare(&words))
			status = CMD_NO;
		else
			status = put_in_force(&words, &err) < 0 ? fail(&err) :
				 load.n_files < words.n_files ? CMD_NO : CMD_OK;
	}
	load_release(&load);
	return status;
}

const struct cmd cmd_load = {
	.name = "load",
	.arguments = "FILE...",
	.summary = "put profiles in force for the whole system",
	.options = options,
	.run = run_load,
};
