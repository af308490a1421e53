/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats the command line, gives it to the command it names. The one idea: a constant table. */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/apparmor_parser.h"
#include "cli/near.h"

const struct cmd *const cmds[] = {
	&cmd_run,     &cmd_check,    &cmd_lint,    &cmd_compile, &cmd_explain,      &cmd_dump,
	&cmd_diff,    &cmd_fmt,      &cmd_engines, &cmd_apparmor,
#if HAS_BPF
	&cmd_load,    &cmd_unload,   &cmd_reload,   &cmd_status,  &cmd_list,         &cmd_enforce,
	&cmd_complain, &cmd_disable, &cmd_bind,     &cmd_unbind,  &cmd_daemon,
	&cmd_apparmorfs,
#endif
	&cmd_version, &cmd_help_command,
	NULL,
};

const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; cmds[i]; i++)
		if (!strcmp(cmds[i]->name, name))
			return cmds[i];
	return NULL;
}

static void add_overview(struct buf *out)
{
	buf_add_text(out, "usage: pavise COMMAND [OPTION...] [ARGUMENT...]\n\n"
			  "Confine programs by AppArmor profiles.\n\n");
	for (size_t i = 0; cmds[i]; i++)
		buf_printf(out, "  %-10s  %s\n", cmds[i]->name, cmds[i]->summary);
	buf_add_text(out, "\n`pavise COMMAND --help` tells the options of a command;"
			  " pavise(1) is the manual.\n");
}

static int unknown_command(const char *name)
{
	auto_buf out = BUF_INIT;
	struct near near;

	near_init(&near, slice_of(name));
	for (size_t i = 0; cmds[i]; i++)
		near_add(&near, slice_of(cmds[i]->name));
	near_print(&near, &out);
	log_error("unknown command %s%s%s", name, out.len ? "; near it: " : "", buf_text(&out));
	buf_clear(&out);
	add_overview(&out);
	io_write_fd(STDERR_FILENO, out.data, out.len);
	return CMD_USAGE;
}

static int run_help(const struct cmd *cmd, int argc, char **argv)
{
	auto_buf out = BUF_INIT;
	const struct cmd *about;
	int status = cmd_no_options(cmd, argc, argv);

	if (status != -1)
		return status;
	if (argc - 1 > 1)
		return cmd_usage(cmd, "one command at a time");
	if (argc == 1) {
		add_overview(&out);
		return cmd_answer(&out, CMD_OK);
	}
	about = cmd_find(argv[1]);
	return about ? cmd_help(about) : unknown_command(argv[1]);
}

static int run_version(const struct cmd *cmd, int argc, char **argv)
{
	auto_buf out = BUF_INIT;
	int status = cmd_no_options(cmd, argc, argv);

	if (status != -1)
		return status;
	if (argc > 1)
		return cmd_usage(cmd, "it takes no arguments");
	buf_add_text(&out, "pavise " PAVISE_VERSION "\n");
	return cmd_answer(&out, CMD_OK);
}

static const struct cmd_option no_options[] = { { 0 } };

const struct cmd cmd_help_command = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "tell what pavise or one of its commands does",
	.options = no_options,
	.run = run_help,
};

const struct cmd cmd_version = {
	.name = "version",
	.arguments = "",
	.summary = "tell the version",
	.options = no_options,
	.run = run_version,
};

int main(int argc, char **argv)
{
	const struct cmd *cmd;
	auto_buf out = BUF_INIT;

	if (argc && apparmor_parser_is_name(argv[0]))
		return apparmor_parser_main(argc, argv);
	if (argc < 2) {
		add_overview(&out);
		io_write_fd(STDERR_FILENO, out.data, out.len);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		cmd = &cmd_help_command;
	else if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		cmd = &cmd_version;
	else
		cmd = cmd_find(argv[1]);
	return cmd ? cmd->run(cmd, argc - 1, argv + 1) : unknown_command(argv[1]);
}
