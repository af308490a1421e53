/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subcommand: one file cmd_NAME.c with one const struct cmd.
 *
 * To add one:
 *	1. write cli/cmd_NAME.c: the table of its options, `run`, and `const struct cmd cmd_NAME`;
 *	2. declare it below and add its line to the table in main.c;
 *	3. describe it in man/pavise.1 (tests compare every option of --help with the page) and in
 *	   completions/pavise.bash;
 *	4. write tests/cli/NAME.bats.
 *
 * Answers go to standard output, talk to standard error. `run` gives the exit status of the
 * program; it is the edge: the only place where struct err and struct diag are printed.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "base/buf.h"

#include <stdbool.h>

enum cmd_status {
	CMD_OK = 0,
	CMD_NO = 1,			/* the answer is no, or the work failed */
	CMD_USAGE = 2,			/* the command line is wrong */
	/* 3 is base_no_memory()'s */
	CMD_RUN_FAILED = 125,		/* pavise run: nothing was started */
	CMD_RUN_CANNOT = 126,		/* the program was found but cannot be executed */
	CMD_RUN_NOT_FOUND = 127,
};

enum {
	CMD_OPTIONS_MAX = 24,		/* options of one command */
	CMD_FILES_MAX = 10000,		/* policy files of one call */
	CMD_DIRS_MAX = 64,		/* -I of one call */
	CMD_LONG_ONLY = 256,		/* first id of options that have no letter */
	CMD_OPTION_HELP = 'h',
	CMD_OPTION_BAD = '?',
};

struct cmd_option {
	int id;				/* the letter, or CMD_LONG_ONLY and up */
	const char *name;		/* long name; NULL ends the table */
	const char *arg;		/* name of its argument, NULL: none */
	const char *help;
};

struct cmd {
	const char *name;
	const char *arguments;		/* as the usage line shows them */
	const char *summary;
	const struct cmd_option *options; /* without --help, which all have */
	bool has_command;		/* its first other word begins a command with options */
	int (*run)(const struct cmd *cmd, int argc, char **argv);
};

/*
 * Takes the next option of argv, by its id; its argument is optarg. False when there is none left: *status
 * is -1 where the first other word stands (optind tells which), and the exit status where help was asked
 * for or usage was told. Start with optind = 1.
 */
bool cmd_take_option(const struct cmd *cmd, int argc, char **argv, int *id, int *status);

/* The same for a command that has no options but help: -1 to go on, else the exit status. */
int cmd_no_options(const struct cmd *cmd, int argc, char **argv);

/* Prints the help of a command to standard output; gives CMD_OK. */
int cmd_help(const struct cmd *cmd);

/* Tells what is wrong with a command line, and the usage line; gives CMD_USAGE. */
int cmd_usage(const struct cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes an answer to standard output: status, or CMD_NO if it could not be written. */
int cmd_answer(const struct buf *out, int status);

/* All commands, NULL-ended; by name, NULL if there is none. */
extern const struct cmd *const cmds[];
const struct cmd *cmd_find(const char *name);

extern const struct cmd cmd_apparmor;
extern const struct cmd cmd_apparmorfs;
extern const struct cmd cmd_bind;
extern const struct cmd cmd_check;
extern const struct cmd cmd_compile;
extern const struct cmd cmd_diff;
extern const struct cmd cmd_dump;
extern const struct cmd cmd_engines;
extern const struct cmd cmd_complain;
extern const struct cmd cmd_daemon;
extern const struct cmd cmd_disable;
extern const struct cmd cmd_enforce;
extern const struct cmd cmd_explain;
extern const struct cmd cmd_fmt;
extern const struct cmd cmd_help_command;
extern const struct cmd cmd_lint;
extern const struct cmd cmd_list;
extern const struct cmd cmd_load;
extern const struct cmd cmd_reload;
extern const struct cmd cmd_run;
extern const struct cmd cmd_status;
extern const struct cmd cmd_unbind;
extern const struct cmd cmd_unload;
extern const struct cmd cmd_version;

#endif
