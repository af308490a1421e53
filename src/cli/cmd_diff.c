/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise diff: eats two policies, tells whether they mean the same, and if not, what differs, with
 * an example for each kind of difference.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/coverage.h"
#include "cli/load.h"
#include "cli/words.h"
#include "compile/diff.h"
#include "event/event.h"
#include "event/names.h"

#include <getopt.h>
#include <inttypes.h>

enum { DIFF_TROUBLE = 2 };		/* as diff(1): 0 same, 1 different */

static const struct cmd_option options[] = {
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ 'q', "quiet", NULL, "write nothing, only answer by the exit status" },
	{ 0 },
};

static struct load loads[2];		/* large */

struct teller {
	bool is_quiet;
	const char *profile;		/* whose differences are being told */
	struct buf out;
};

static char sign_of(int side)
{
	if (side < 0)
		return '~';
	return side ? '+' : '-';
}

static void begin_line(struct teller *t, const struct diff_item *item)
{
	const char *profile = item->profile ? item->profile : "";

	if (!t->profile || strcmp(t->profile, profile) != 0) {
		if (item->profile) {
			buf_add_text(&t->out, "profile ");
			buf_add_escaped(&t->out, slice_of(profile));
			buf_add_char(&t->out, '\n');
		} else {
			buf_add_text(&t->out, "attachments\n");
		}
	}
	t->profile = profile;
	buf_printf(&t->out, "  %c ", sign_of(item->side));
}

static void add_text(struct teller *t, const char *text)
{
	if (text && *text)
		buf_add_escaped(&t->out, slice_of(text));
	else
		buf_add_text(&t->out, "none");
}

static void add_capabilities(struct teller *t, const struct diff_item *item)
{
	buf_printf(&t->out, "capabilities %s:", item->field);
	if (item->number[0] == UINT64_MAX)
		buf_add_text(&t->out, " all");
	for (int c = 0; c < 64 && item->number[0] != UINT64_MAX; c++) {
		const char *name = event_capability_name(c);

		if (item->number[0] >> c & 1 && name)
			buf_printf(&t->out, " %s", name);
		else if (item->number[0] >> c & 1)
			buf_printf(&t->out, " %d", c);
	}
}

static void add_rlimit(struct teller *t, const struct diff_item *item)
{
	const char *name = event_rlimit_name(item->rlimit);

	buf_printf(&t->out, "rlimit %s: ", name ? name : "unknown");
	for (int i = 0; i < 2; i++) {
		if (i)
			buf_add_text(&t->out, " | ");
		if (!item->has_number[i])
			buf_add_text(&t->out, "not set");
		else if (item->number[i] == UINT64_MAX)
			buf_add_text(&t->out, "infinity");
		else
			buf_printf(&t->out, "%" PRIu64, item->number[i]);
	}
}

static void add_object(struct teller *t, const struct diff_item *item)
{
	size_t before = t->out.len;

	words_add_object(item->class_id, item->object, &t->out);
	if (t->out.len > before)
		buf_add_char(&t->out, ' ');
	buf_add_char(&t->out, '(');
	event_print_mask(item->class_id, item->perms, &t->out);
	buf_printf(&t->out, "%s)", item->is_owner ? ", to the owner" : "");
}

static void add_exec(struct teller *t, const struct diff_item *item)
{
	buf_add_text(&t->out, "exec of ");
	words_add_object(item->class_id, item->object, &t->out);
	buf_add_text(&t->out, item->is_owner ? " by its owner: " : ": ");
	words_add_exec(&loads[0].image, &item->exec[0], &t->out);
	buf_add_text(&t->out, " | ");
	words_add_exec(&loads[1].image, &item->exec[1], &t->out);
}

static void add_item(struct teller *t, const struct diff_item *item)
{
	switch (item->kind) {
	case DIFF_FIELD:
		buf_printf(&t->out, "%s: ", item->field);
		add_text(t, item->text[0]);
		buf_add_text(&t->out, " | ");
		add_text(t, item->text[1]);
		break;
	case DIFF_ATTACH:
		buf_add_text(&t->out, "attached to ");
		buf_add_escaped(&t->out, item->object);
		buf_add_text(&t->out, ": ");
		add_text(t, item->text[0]);
		buf_add_text(&t->out, " | ");
		add_text(t, item->text[1]);
		break;
	case DIFF_CAPABILITY:
		add_capabilities(t, item);
		break;
	case DIFF_RLIMIT:
		add_rlimit(t, item);
		break;
	case DIFF_ALLOW:
		buf_printf(&t->out, "%s allowed: ", coverage_class_word(item->class_id));
		add_object(t, item);
		break;
	case DIFF_REPORT:
		buf_printf(&t->out, "%s reported otherwise: ", coverage_class_word(item->class_id));
		add_object(t, item);
		break;
	case DIFF_EXEC:
		add_exec(t, item);
		break;
	case DIFF_MISSING:
		break;
	}
}

static bool tell(void *to, const struct diff_item *item)
{
	struct teller *t = to;

	if (t->is_quiet)
		return false;
	if (item->kind == DIFF_MISSING) {
		buf_printf(&t->out, "%c profile ", sign_of(item->side));
		buf_add_escaped(&t->out, slice_of(item->profile));
	} else {
		begin_line(t, item);
		add_item(t, item);
	}
	buf_add_char(&t->out, '\n');
	return true;
}

static bool read_side(int side)
{
	bool is_good = load_read(&loads[side]) && load_compile(&loads[side]);

	load_print_problems(&loads[side], STDERR_FILENO, true);
	return is_good;
}

static int compare(bool is_quiet)
{
	struct diff_side sides[2];
	struct teller t = { .is_quiet = is_quiet };
	struct err err = ERR_INIT;
	bool is_same = false, is_good = read_side(0);
	int status = DIFF_TROUBLE;

	/* Both are read, so that the problems of both are told. */
	if (!read_side(1) || !is_good)
		return DIFF_TROUBLE;
	for (int i = 0; i < 2; i++)
		sides[i] = (struct diff_side){ &loads[i].policy, &loads[i].image };
	if (diff_policies(sides, tell, &t, &is_same, &err) < 0)
		log_error("%s", err.text);
	else
		status = is_same ? CMD_OK : CMD_NO;
	if (cmd_answer(&t.out, CMD_OK) != CMD_OK)
		status = DIFF_TROUBLE;
	buf_release(&t.out);
	return status;
}

static int add_dir(const char *dir, struct err *err)
{
	int r = load_add_dir(&loads[0], dir, err);

	return r < 0 ? r : load_add_dir(&loads[1], dir, err);
}

/* -1 to go on, else the exit status. */
static int read_words(const struct cmd *cmd, int argc, char **argv, bool *is_quiet)
{
	struct err err = ERR_INIT;
	int r = 0, status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'I' && !r)
			r = add_dir(optarg, &err);
		*is_quiet |= id == 'q';
	}
	if (status != -1)
		return status;
	if (argc - optind != 2)
		return cmd_usage(cmd, "which two policies?");
	if (!strcmp(argv[optind], "-") && !strcmp(argv[optind + 1], "-"))
		return cmd_usage(cmd, "standard input can be one of the two only");
	for (int i = 0; i < 2 && !r; i++)
		r = load_add_file(&loads[i], argv[optind + i], &err);
	if (!r)
		return -1;
	log_error("%s", err.text);
	return DIFF_TROUBLE;
}

static int run_diff(const struct cmd *cmd, int argc, char **argv)
{
	bool is_quiet = false;
	int status;

	for (int i = 0; i < 2; i++)
		load_init(&loads[i]);
	status = read_words(cmd, argc, argv, &is_quiet);
	if (status == -1)
		status = compare(is_quiet);
	for (int i = 0; i < 2; i++)
		load_release(&loads[i]);
	return status;
}

const struct cmd cmd_diff = {
	.name = "diff",
	.arguments = "FILE FILE",
	.summary = "tell whether two policies mean the same, and what differs",
	.options = options,
	.run = run_diff,
};
