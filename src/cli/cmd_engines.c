/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise engines: what each engine can do on this machine, and how well. */
#include "cli/cmd.h"

#include "cli/coverage.h"

#include <getopt.h>

enum { OPTION_JSON = CMD_LONG_ONLY, OPTION_SYSCALLS };

static const struct cmd_option options[] = {
	{ OPTION_JSON, "json", NULL, "write the answer as JSON" },
	{ OPTION_SYSCALLS, "syscalls", NULL, "print what each engine does with each system call" },
	{ 0 },
};

/* Attachments by extended attributes. */
static const char *xattrs_grade(const struct engine_ops *engine)
{
	return coverage_grade_word(engine->without_xattrs ? GRADE_REFUSED : GRADE_EXACT);
}

static void add_engine(const struct engine_ops *engine, struct buf *out)
{
	struct err missing = ERR_INIT;
	int r = engine->probe(&missing);

	buf_printf(out, "%s: %s\n  here: %s%s\n", engine->name, engine->summary,
		   r ? "does not work: " : "works", r ? missing.text : "");
	for (const struct engine_coverage *c = engine->coverage; c->class_id != CLASS_NONE; c++)
		buf_printf(out, "  %-14s  %-11s  %s\n", coverage_class_word(c->class_id),
			   coverage_grade_word(c->grade), c->how ? c->how : "");
	buf_printf(out, "  %-14s  %-11s  %s\n", "xattrs=", xattrs_grade(engine),
		   engine->without_xattrs ? engine->without_xattrs : "");
}

static void add_json_text(const char *key, const char *text, struct buf *out)
{
	buf_printf(out, "\"%s\": \"", key);
	buf_add_json(out, slice_of(text));
	buf_add_char(out, '"');
}

static void add_json_classes(const struct engine_ops *engine, struct buf *out)
{
	const struct engine_coverage *c = engine->coverage;

	buf_add_text(out, ", \"classes\": [");
	for (; c->class_id != CLASS_NONE; c++) {
		buf_add_text(out, c == engine->coverage ? "{" : ", {");
		add_json_text("class", coverage_class_word(c->class_id), out);
		buf_add_text(out, ", ");
		add_json_text("grade", coverage_grade_word(c->grade), out);
		buf_add_text(out, ", ");
		add_json_text("how", c->how ? c->how : "", out);
		buf_add_char(out, '}');
	}
	buf_add_char(out, ']');
}

static void add_json_engine(const struct engine_ops *engine, struct buf *out)
{
	struct err missing = ERR_INIT;
	int r = engine->probe(&missing);

	buf_add_char(out, '{');
	add_json_text("name", engine->name, out);
	buf_add_text(out, ", ");
	add_json_text("summary", engine->summary, out);
	buf_printf(out, ", \"works\": %s", r ? "false" : "true");
	if (r) {
		buf_add_text(out, ", ");
		add_json_text("missing", missing.text, out);
	}
	add_json_classes(engine, out);
	buf_add_text(out, ", ");
	add_json_text("xattrs", xattrs_grade(engine), out);
	buf_add_char(out, '}');
}

static void add_all_json(struct buf *out)
{
	buf_add_char(out, '[');
	for (size_t i = 0; engines[i]; i++) {
		if (i)
			buf_add_text(out, ",\n ");
		add_json_engine(engines[i], out);
	}
	buf_add_text(out, "]\n");
}

static int run_engines(const struct cmd *cmd, int argc, char **argv)
{
	bool is_json = false, is_syscalls = false;
	auto_buf out = BUF_INIT;
	int status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		is_json |= id == OPTION_JSON;
		is_syscalls |= id == OPTION_SYSCALLS;
	}
	if (status != -1)
		return status;
	if (optind < argc)
		return cmd_usage(cmd, "it takes no arguments");
	if (is_json && is_syscalls)
		return cmd_usage(cmd, "--json and --syscalls do not go together");
	if (is_json)
		add_all_json(&out);
	for (size_t i = 0; engines[i] && !is_json; i++) {
		if (is_syscalls)
			engines[i]->print_table(&out);
		else
			add_engine(engines[i], &out);
	}
	return cmd_answer(&out, CMD_OK);
}

const struct cmd cmd_engines = {
	.name = "engines",
	.arguments = "",
	.summary = "tell what each engine can do here",
	.options = options,
	.run = run_engines,
};
