/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise unload: takes the policy of the whole system out of force; nobody is confined by it any more. */
#include "cli/cmd.h"

#include "base/log.h"
#include "engine/bpf_kernel.h"

#include <getopt.h>

static const struct cmd_option options[] = {
	{ 0 },
};

static int run_unload(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	int id = cmd_next_option(cmd, argc, argv);

	if (id != -1)
		return id == CMD_OPTION_HELP ? cmd_help(cmd) : CMD_USAGE;
	if (optind != argc)
		return cmd_usage(cmd, "the policy is taken out as a whole, without names");
	if (!bpf_kernel_is_installed()) {
		log_error("no policy is in force");
		return CMD_NO;
	}
	if (bpf_kernel_remove(&err) < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	return CMD_OK;
}

const struct cmd cmd_unload = {
	.name = "unload",
	.arguments = "",
	.summary = "take the policy of the whole system out of force",
	.options = options,
	.run = run_unload,
};
