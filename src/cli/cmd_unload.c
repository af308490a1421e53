/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise unload: takes profiles out of force, or all of them and the engine with them. */
#include "cli/cmd.h"

#include "base/log.h"
#include "cli/system.h"

#include <getopt.h>

static const struct cmd_option options[] = {
	{ 0 },
};

static int unload(char **words, int n_words, struct err *err)
{
	struct system_change change;
	int r;

	if (!n_words)
		return system_clear(err);
	r = system_begin(&change, err);
	if (!r)
		r = system_choose(&change, words, n_words, change.gone, err);
	if (!r)
		r = system_commit(&change, err);
	system_end(&change);
	return r;
}

static int run_unload(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	int status = cmd_no_options(cmd, argc, argv);

	if (status != -1)
		return status;
	if (unload(argv + optind, argc - optind, &err) < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return CMD_OK;
}

const struct cmd cmd_unload = {
	.name = "unload",
	.arguments = "[PROFILE|FILE...]",
	.summary = "take profiles, or all of them, out of force",
	.options = options,
	.run = run_unload,
};
