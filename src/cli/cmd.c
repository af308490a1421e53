/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a command's table of options, gives getopt_long its tables and people their help. The one
 * idea: options are written down once.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>

struct getopt_tables {
	char letters[2 * CMD_OPTIONS_MAX + 4];
	struct option longs[CMD_OPTIONS_MAX + 2];
};

static void fill_tables(const struct cmd *cmd, struct getopt_tables *t)
{
	char *letter = t->letters;
	size_t n = 0;

	if (cmd->has_command)
		*letter++ = '+';
	*letter++ = ':';
	for (const struct cmd_option *o = cmd->options; o->name; o++, n++) {
		assert(n < CMD_OPTIONS_MAX);
		t->longs[n] = (struct option){ o->name, o->arg != NULL, NULL, o->id };
		if (o->id >= CMD_LONG_ONLY)
			continue;
		*letter++ = (char)o->id;
		if (o->arg)
			*letter++ = ':';
	}
	*letter++ = CMD_OPTION_HELP;
	*letter = '\0';
	t->longs[n] = (struct option){ "help", no_argument, NULL, CMD_OPTION_HELP };
	t->longs[n + 1] = (struct option){ 0 };
}

static bool has_letter(const struct cmd *cmd, int letter)
{
	for (const struct cmd_option *o = cmd->options; o->name; o++)
		if (o->id == letter)
			return true;
	return letter == CMD_OPTION_HELP;
}

static void tell_bad_option(const struct cmd *cmd, char **argv)
{
	/* getopt(3): optopt is 0 for an unknown long option. */
	if (!optopt)
		cmd_usage(cmd, "unknown option %s", argv[optind - 1]);
	else if (optopt < CMD_LONG_ONLY && !has_letter(cmd, optopt))
		cmd_usage(cmd, "unknown option -%c", optopt);
	else
		cmd_usage(cmd, "option %s takes no argument", argv[optind - 1]);
}

static int next_option(const struct cmd *cmd, int argc, char **argv)
{
	struct getopt_tables tables;
	int id;

	fill_tables(cmd, &tables);
	opterr = 0;
	id = getopt_long(argc, argv, tables.letters, tables.longs, NULL);
	if (id == ':')
		cmd_usage(cmd, "option %s needs an argument", argv[optind - 1]);
	else if (id == '?')
		tell_bad_option(cmd, argv);
	return id == ':' ? CMD_OPTION_BAD : id;
}

bool cmd_take_option(const struct cmd *cmd, int argc, char **argv, int *id, int *status)
{
	*id = next_option(cmd, argc, argv);
	if (*id == CMD_OPTION_HELP)
		*status = cmd_help(cmd);
	else
		*status = *id == CMD_OPTION_BAD ? CMD_USAGE : -1;
	return *id != -1 && *status == -1;
}

int cmd_no_options(const struct cmd *cmd, int argc, char **argv)
{
	int id, status;

	cmd_take_option(cmd, argc, argv, &id, &status);
	return status;
}

static void add_usage(const struct cmd *cmd, struct buf *out)
{
	buf_printf(out, "usage: pavise %s%s%s%s\n", cmd->name,
		   cmd->options->name ? " [OPTION...]" : "", cmd->arguments[0] ? " " : "",
		   cmd->arguments);
}

static void add_option(const struct cmd_option *o, struct buf *out)
{
	auto_buf left = BUF_INIT;

	if (o->id < CMD_LONG_ONLY)
		buf_printf(&left, "-%c, ", o->id);
	else
		buf_add_text(&left, "    ");
	buf_printf(&left, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
	buf_printf(out, "  %-26s  %s\n", buf_text(&left), o->help);
}

int cmd_help(const struct cmd *cmd)
{
	static const struct cmd_option help = { CMD_OPTION_HELP, "help", NULL, "say this" };
	auto_buf out = BUF_INIT;

	add_usage(cmd, &out);
	buf_printf(&out, "\n%s\n\n", cmd->summary);
	for (const struct cmd_option *o = cmd->options; o->name; o++)
		add_option(o, &out);
	add_option(&help, &out);
	return cmd_answer(&out, CMD_OK);
}

int cmd_usage(const struct cmd *cmd, const char *fmt, ...)
{
	auto_buf text = BUF_INIT;
	auto_buf usage = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	log_error("%s: %s", cmd->name, buf_text(&text));
	add_usage(cmd, &usage);
	buf_printf(&usage, "`pavise %s --help` tells more.\n", cmd->name);
	io_write_fd(STDERR_FILENO, usage.data, usage.len);
	return CMD_USAGE;
}

int cmd_answer(const struct buf *out, int status)
{
	struct err err = ERR_INIT;
	int r = io_write_fd(STDOUT_FILENO, buf_text(out), out->len);

	if (r >= 0)
		return status;
	err_set(&err, r, "cannot write to standard output");
	log_error("%s", err.text);
	return CMD_NO;
}
