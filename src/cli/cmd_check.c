/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise check: eats policy files, gives all their problems at once. Nothing is applied. */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/choose.h"
#include "cli/coverage.h"
#include "cli/load.h"

#include <getopt.h>

enum { OPTION_JSON = CMD_LONG_ONLY, OPTION_ENGINE };

static const struct cmd_option options[] = {
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_JSON, "json", NULL, "write the problems as JSON" },
	{ OPTION_ENGINE, "engine", "NAME", "warn of rules that this engine cannot enforce" },
	{ 0 },
};

static struct load load;

static int answer_json(void)
{
	auto_buf out = BUF_INIT;

	buf_printf(&out, "{\"errors\": %zu, \"warnings\": %zu, \"profiles\": %zu, \"problems\": ",
		   load.diag.n_errors, load.diag.n_warnings, load.policy.n_profiles);
	diag_print_json(&load.diag, &out);
	while (out.len && out.data[out.len - 1] == '\n')
		out.len--;
	buf_add_text(&out, "}\n");
	return cmd_answer(&out, load.diag.n_errors ? CMD_NO : CMD_OK);
}

static int answer_text(void)
{
	auto_buf out = BUF_INIT;

	diag_print(&load.diag, &out);
	return cmd_answer(&out, load.diag.n_errors ? CMD_NO : CMD_OK);
}

static int check_files(const char *engine_name, bool is_json)
{
	const struct engine_ops *engine = NULL;
	struct err err = ERR_INIT;

	if (engine_name) {
		engine = choose_engine_by_name(engine_name, &err);
		if (!engine) {
			log_error("%s", err.text);
			return CMD_USAGE;
		}
	}
	/* What could be read is compiled too, so that its problems are told in the same go. */
	load_read(&load);
	if (load_compile(&load) && engine)
		coverage_warn(engine, &load.policy, &load.diag);
	return is_json ? answer_json() : answer_text();
}

static int run_check(const struct cmd *cmd, int argc, char **argv)
{
	const char *engine_name = NULL;
	struct err err = ERR_INIT;
	bool is_json = false;
	int r = 0, status;

	load_init(&load);
	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'I' && !r)
			r = load_add_dir(&load, optarg, &err);
		if (id == OPTION_ENGINE)
			engine_name = optarg;
		is_json |= id == OPTION_JSON;
	}
	if (status != -1)
		return status;
	if (optind == argc)
		return cmd_usage(cmd, "which files? \"-\" is standard input");
	for (int i = optind; i < argc && !r; i++)
		r = load_add_file(&load, argv[i], &err);
	if (r < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	status = check_files(engine_name, is_json);
	load_release(&load);
	return status;
}

const struct cmd cmd_check = {
	.name = "check",
	.arguments = "FILE...",
	.summary = "find all problems in policy files",
	.options = options,
	.run = run_check,
};
