/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise lint: eats policy files, gives what is wrong with them although they compile: each finding
 * with its place, an example and what to write instead.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/load.h"
#include "cli/near.h"
#include "cli/words.h"
#include "compile/lint.h"
#include "lang/lower.h"

#include <getopt.h>

enum { OPTION_JSON = CMD_LONG_ONLY, OPTION_ONLY, OPTION_IGNORE, OPTION_ALL, OPTION_LIST };

enum { LINT_TROUBLE = 2 }; /* the policy cannot be read, or not be looked at */

static const struct cmd_option options[] = {
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_JSON, "json", NULL, "write findings as JSON, one a line" },
	{ OPTION_ONLY, "only", "ID,...", "look for these alone" },
	{ OPTION_IGNORE, "ignore", "ID,...", "do not look for these" },
	{ OPTION_ALL, "all", NULL, "tell of included files too" },
	{ OPTION_LIST, "list", NULL, "list the ids, and what each finds" },
	{ 0 },
};

static struct load load; /* large */

enum { LINT_IDS_MAX = 64 };

struct wishes {
	const struct lint_check *only[LINT_IDS_MAX], *ignored[LINT_IDS_MAX];
	size_t n_only, n_ignored;
	bool is_json, has_all;
	size_t n_suppressed, n_included;
};

static bool is_among(const struct lint_check *const *list, size_t n, const struct lint_check *c)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == c)
			return true;
	return false;
}

static bool is_wanted(void *of, const struct lint_check *check)
{
	const struct wishes *w = of;

	return (!w->n_only || is_among(w->only, w->n_only, check)) &&
	       !is_among(w->ignored, w->n_ignored, check);
}

/* What was named on the command line its user can change. */
static bool is_own(void *of, struct place at)
{
	(void)of;
	for (size_t i = 0; at.source && i < load.n_files; i++)
		if (!strcmp(at.source->name, load.files[i]) ||
		    (!strcmp(load.files[i], "-") && !strcmp(at.source->name, "<stdin>")))
			return true;
	return false;
}

/* --- ids --- */

static int unknown_id(const struct cmd *cmd, struct slice id)
{
	auto_buf out = BUF_INIT;
	const struct lint_check *check;
	struct near near;

	near_init(&near, id);
	for (size_t i = 0; (check = lint_check_at(i)); i++)
		near_add(&near, slice_of(check->id));
	near_print(&near, &out);
	return cmd_usage(cmd, "unknown id %.*s%s%s; --list tells all", SLICE_FMT(id),
			 out.len ? "; near it: " : "", buf_text(&out));
}

/* -1 to go on, else the exit status. */
static int add_ids(const struct cmd *cmd, const char *text, const struct lint_check **list,
		   size_t *n)
{
	struct slice rest = slice_of(text);

	for (;;) {
		const char *comma = memchr(rest.ptr, ',', rest.len);
		size_t end = comma ? (size_t)(comma - rest.ptr) : rest.len;
		const struct lint_check *check = lint_check_find(slice_cut(rest, 0, end));

		if (!check)
			return unknown_id(cmd, slice_cut(rest, 0, end));
		if (*n < LINT_IDS_MAX && !is_among(list, *n, check))
			list[(*n)++] = check;
		if (!comma)
			return -1;
		rest = slice_cut(rest, end + 1, rest.len);
	}
}

static const char *severity_word(const struct lint_check *check)
{
	return check->severity == LINT_WARNING ? "warning" : "note";
}

static int list_checks(void)
{
	auto_buf out = BUF_INIT;
	const struct lint_check *check;

	for (size_t i = 0; (check = lint_check_at(i)); i++)
		buf_printf(&out, "%-18s %-8s %s\n", check->id, severity_word(check),
			   check->sentence);
	return cmd_answer(&out, CMD_OK);
}

/* --- answers --- */

static void add_witness(const struct lint_finding *f, struct buf *out)
{
	if (f->class_id == CLASS_CAPABILITY)
		buf_add_escaped(out, f->witness);
	else
		words_add_object(f->class_id, f->witness, out);
}

static void print_text(const struct lint_finding *f, struct buf *out)
{
	diag_print_place(f->place, out);
	buf_printf(out, "%s: ", severity_word(f->check));
	words_add_rule(slice_of(f->text), out);
	buf_printf(out, " [%s]\n", f->check->id);
	if (f->place.source && f->place.line)
		diag_print_line(f->place, out);
	if (f->has_witness) {
		diag_print_place(f->place, out);
		buf_add_text(out, "witness: ");
		add_witness(f, out);
		buf_add_text(out, f->who == WHO_OWNER ? " (of the user's own)\n" : "\n");
	}
	diag_print_place(f->place, out);
	buf_add_text(out, "help: ");
	words_add_rule(slice_of(f->help), out);
	buf_add_char(out, '\n');
}

static void add_json(struct buf *out, const char *name, struct slice value)
{
	buf_printf(out, ",\"%s\":\"", name);
	buf_add_json(out, value);
	buf_add_char(out, '"');
}

static void print_json(const struct lint_finding *f, struct buf *out)
{
	auto_buf witness = BUF_INIT;

	buf_printf(out, "{\"id\":\"%s\",\"severity\":\"%s\"", f->check->id,
		   severity_word(f->check));
	add_json(out, "file", slice_of(f->place.source ? f->place.source->name : ""));
	buf_printf(out, ",\"line\":%u,\"column\":%u", f->place.line, f->place.col);
	add_json(out, "profile", f->profile->full_name);
	add_json(out, "message", slice_of(f->text));
	if (f->has_witness) {
		add_witness(f, &witness);
		add_json(out, "witness", buf_slice(&witness));
		if (f->who == WHO_OWNER)
			buf_add_text(out, ",\"owner\":true");
	}
	add_json(out, "help", slice_of(f->help));
	buf_add_text(out, "}\n");
}

/* How many were told, and how many not; nothing if all is well. */
static void tell_summary(const struct wishes *w, size_t n_told, const struct lint_result *result)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < result->n_too_large; i++)
		log_error("profile %s is too large: its rules were not looked at",
			    result->too_large[i]);
	if (!n_told && !w->n_suppressed && !w->n_included)
		return;
	buf_printf(&out, "%zu finding%s", n_told, n_told == 1 ? "" : "s");
	if (w->n_suppressed)
		buf_printf(&out, ", %zu suppressed by comments", w->n_suppressed);
	if (w->n_included)
		buf_printf(&out, ", %zu in included files (--all tells them)", w->n_included);
	buf_add_char(&out, '\n');
	io_write_fd(STDERR_FILENO, out.data, out.len);
}

static int look(struct wishes *w)
{
	const struct lint_options wanted = { w, is_wanted, is_own };
	struct lint_result result;
	auto_buf out = BUF_INIT;
	size_t n_told = 0;
	int status;

	lint_policy(&load.policy, &wanted, &load.arena, &result);
	for (size_t i = 0; i < result.n_findings; i++) {
		const struct lint_finding *f = &result.findings[i];

		if (lint_is_ignored(f->place, f->check->id)) {
			w->n_suppressed++;
		} else if (!w->has_all && !is_own(NULL, f->place)) {
			w->n_included++;
		} else {
			(w->is_json ? print_json : print_text)(f, &out);
			n_told++;
		}
	}
	status = cmd_answer(&out, CMD_OK);
	tell_summary(w, n_told, &result);
	if (status != CMD_OK || result.n_too_large)
		return LINT_TROUBLE;
	return n_told ? CMD_NO : CMD_OK;
}

/* -1 to go on, else the exit status. */
static int read_option(const struct cmd *cmd, int id, struct wishes *w, struct err *err)
{
	switch (id) {
	case 'I':
		return load_add_dir(&load, optarg, err) < 0 ? LINT_TROUBLE : -1;
	case OPTION_ONLY:
		return add_ids(cmd, optarg, w->only, &w->n_only);
	case OPTION_IGNORE:
		return add_ids(cmd, optarg, w->ignored, &w->n_ignored);
	case OPTION_LIST:
		return list_checks();
	default:
		w->is_json |= id == OPTION_JSON;
		w->has_all |= id == OPTION_ALL;
		return -1;
	}
}

static int read_words(const struct cmd *cmd, int argc, char **argv, struct wishes *w)
{
	struct err err = ERR_INIT;
	int status = -1;

	for (int id; status == -1 && cmd_take_option(cmd, argc, argv, &id, &status);)
		status = read_option(cmd, id, w, &err);
	if (status == -1 && optind == argc)
		return cmd_usage(cmd, "which files? \"-\" is standard input");
	for (int i = optind; i < argc && status == -1; i++)
		if (load_add_file(&load, argv[i], &err) < 0)
			status = LINT_TROUBLE;
	if (err.code)
		log_error("%s", err.text);
	return status;
}

static int run_lint(const struct cmd *cmd, int argc, char **argv)
{
	struct wishes w = { 0 };
	bool is_good;
	int status;

	load_init(&load);
	status = read_words(cmd, argc, argv, &w);
	if (status == -1) {
		is_good = load_read(&load) && load_compile(&load);
		load_print_problems(&load, STDERR_FILENO, true);
		status = is_good ? look(&w) : LINT_TROUBLE;
	}
	load_release(&load);
	return status;
}

const struct cmd cmd_lint = {
	.name = "lint",
	.arguments = "FILE...",
	.summary = "find what is dangerous or without effect in correct policy files",
	.options = options,
	.run = run_lint,
};
