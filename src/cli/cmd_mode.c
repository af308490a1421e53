/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise enforce, pavise complain: eat names of profiles or files, change the mode that those are in, for
 * running processes too. The text is not changed: loading it again brings its own mode back.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/system.h"

#include <getopt.h>

static const struct cmd_option options[] = {
	{ 0 },
};

static int set_mode(char **words, int n_words, enum image_mode mode, struct err *err)
{
	struct system_change change;
	auto_free bool *chosen = NULL;
	int r = system_begin(&change, err);

	if (!r) {
		chosen = system_marks(&change);
		r = system_choose(&change, words, n_words, chosen, err);
	}
	for (uint32_t i = 0; !r && i < change.n_profiles; i++)
		if (chosen[i])
			change.modes[i] = mode;
	if (!r)
		r = system_commit(&change, err);
	system_end(&change);
	return r;
}

static int run_mode(const struct cmd *cmd, int argc, char **argv)
{
	enum image_mode mode = cmd == &cmd_complain ? MODE_COMPLAIN : MODE_ENFORCE;
	struct err err = ERR_INIT;
	int status = cmd_no_options(cmd, argc, argv);

	if (status != -1)
		return status;
	if (optind == argc)
		return cmd_usage(cmd, "which profiles?");
	if (set_mode(argv + optind, argc - optind, mode, &err) < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return CMD_OK;
}

const struct cmd cmd_enforce = {
	.name = "enforce",
	.arguments = "PROFILE|FILE...",
	.summary = "let profiles in force refuse what they do not allow",
	.options = options,
	.run = run_mode,
};

const struct cmd cmd_complain = {
	.name = "complain",
	.arguments = "PROFILE|FILE...",
	.summary = "let profiles in force report what they do not allow",
	.options = options,
	.run = run_mode,
};
