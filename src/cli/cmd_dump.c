/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise dump: eats policy files, gives their compiled form in words, or their canonical text. */
#include "cli/cmd.h"

#include "base/log.h"
#include "cli/load.h"

#include <getopt.h>
#include <unistd.h>

enum { OPTION_TABLES = CMD_LONG_ONLY, OPTION_TEXT };

static const struct cmd_option options[] = {
	{ 'f', "file", "FILE", "read profiles from FILE (\"-\": standard input) or a directory" },
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_TABLES, "tables", NULL, "print the rows of the automata too" },
	{ OPTION_TEXT, "text", NULL, "print the policy as text, expanded, instead" },
	{ 0 },
};

static struct load load;

static int dump(bool with_tables, bool as_text)
{
	auto_buf out = BUF_INIT;
	bool is_good = load_read(&load) && (as_text || load_compile(&load));

	load_print_problems(&load, STDERR_FILENO, false);
	if (!is_good)
		return CMD_NO;
	if (as_text)
		policy_print(&load.policy, &out);
	else
		image_print(&load.image, with_tables, &out);
	return cmd_answer(&out, CMD_OK);
}

static int run_dump(const struct cmd *cmd, int argc, char **argv)
{
	bool with_tables = false, as_text = false;
	struct err err = ERR_INIT;
	int r = 0, status;

	load_init(&load);
	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'I' && !r)
			r = load_add_dir(&load, optarg, &err);
		if (id == 'f' && !r)
			r = load_add_file(&load, optarg, &err);
		with_tables |= id == OPTION_TABLES;
		as_text |= id == OPTION_TEXT;
	}
	if (status != -1)
		return status;
	for (int i = optind; i < argc && !r; i++)
		r = load_add_file(&load, argv[i], &err);
	if (r < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	if (!load.n_files)
		return cmd_usage(cmd, "which files? \"-\" is standard input");
	status = dump(with_tables, as_text);
	load_release(&load);
	return status;
}

const struct cmd cmd_dump = {
	.name = "dump",
	.arguments = "[FILE...]",
	.summary = "print a compiled policy in words",
	.options = options,
	.run = run_dump,
};
