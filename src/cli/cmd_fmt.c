/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise fmt: eats policy files, gives them back in canonical layout, comments kept. */
#include "cli/cmd.h"

#include "base/diag.h"
#include "base/io.h"
#include "base/log.h"
#include "lang/format.h"
#include "lang/policy.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

enum { OPTION_CHECK = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
	{ OPTION_CHECK, "check", NULL, "name the files that would change, change nothing" },
	{ 'w', "write", NULL, "replace the files instead of printing" },
	{ 0 },
};

enum fmt_way { FMT_PRINT, FMT_CHECK, FMT_WRITE };

static int read_whole(const char *path, struct buf *text, struct err *err)
{
	if (!strcmp(path, "-"))
		return io_read_fd(STDIN_FILENO, "standard input", POLICY_FILE_MAX, text, err);
	return io_read_file(path, POLICY_FILE_MAX, text, err);
}

static int write_back(const char *path, const struct buf *text, struct err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_set(err, -errno, "cannot look at %s", path);
	return io_replace_file(path, text->data, text->len, st.st_mode & 07777, err);
}

/* CMD_OK, CMD_NO; a file with mistakes is left as it is. */
static int give(const char *path, enum fmt_way way, const struct buf *before,
		const struct buf *after, struct err *err)
{
	bool is_same = slice_eq(buf_slice(before), buf_slice(after));
	auto_buf line = BUF_INIT;

	if (way == FMT_PRINT)
		return cmd_answer(after, CMD_OK);
	if (is_same)
		return CMD_OK;
	if (way == FMT_WRITE)
		return write_back(path, after, err) < 0 ? CMD_NO : CMD_OK;
	buf_add_escaped(&line, slice_of(path));
	buf_add_char(&line, '\n');
	cmd_answer(&line, CMD_NO);
	return CMD_NO;
}

static int format_file(const char *path, enum fmt_way way)
{
	auto_buf before = BUF_INIT;
	auto_buf after = BUF_INIT;
	auto_buf problems = BUF_INIT;
	struct diag diag = DIAG_INIT;
	struct err err = ERR_INIT;
	struct source source = { !strcmp(path, "-") ? "<stdin>" : path, { 0 } };
	int status = CMD_NO;

	if (read_whole(path, &before, &err) == 0) {
		source.text = buf_slice(&before);
		if (format_text(&source, &after, &diag))
			status = give(path, way, &before, &after, &err);
	}
	diag_print(&diag, &problems);
	io_write_fd(STDERR_FILENO, buf_text(&problems), problems.len);
	diag_release(&diag);
	if (err.code)
		log_error("%s", err.text);
	return status;
}

static int run_fmt(const struct cmd *cmd, int argc, char **argv)
{
	enum fmt_way way = FMT_PRINT;
	int status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		way = id == 'w' ? FMT_WRITE : FMT_CHECK;
	}
	if (status != -1)
		return status;
	if (optind == argc)
		return cmd_usage(cmd, "which files? \"-\" is standard input");
	status = CMD_OK;
	for (int i = optind; i < argc; i++) {
		if (way == FMT_WRITE && !strcmp(argv[i], "-"))
			return cmd_usage(cmd, "standard input cannot be replaced");
		if (format_file(argv[i], way) != CMD_OK)
			status = CMD_NO;
	}
	return status;
}

const struct cmd cmd_fmt = {
	.name = "fmt",
	.arguments = "FILE...",
	.summary = "lay out policy files, keeping comments",
	.options = options,
	.run = run_fmt,
};
