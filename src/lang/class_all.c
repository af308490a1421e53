/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * all: eats nothing, gives what a bare rule of every class gives. The one idea: it lowers those
 * bare rules and puts its own name to their rows.
 *
 * Files may be executed within the same profile, at a lower priority than all else, so that other
 * rules can send some of them to other profiles. Changes of profile are not among "all".
 */
#include "lang/bare.h"
#include "lang/class_file.h"

enum { EXEC_STEPS_BELOW = 2 };

static const struct bare_rule *const members[] = {
	&bare_capability, &bare_network, &bare_unix,	&bare_signal,	  &bare_ptrace,
	&bare_mount,	  &bare_remount, &bare_umount,	&bare_pivot_root, &bare_dbus,
	&bare_mqueue,	  &bare_userns,	 &bare_io_uring,
};

struct all {
	const struct rule *rule;
	const struct lower_sink *sink;
};

static bool parse(struct parser *p, struct rule *rule)
{
	(void)rule;
	return parser_at_end(p) || parser_expected(p, "\",\" after \"all\"");
}

static int compare(const struct rule *a, const struct rule *b)
{
	(void)a;
	(void)b;
	return 0;
}

static void print(const struct rule *rule, struct buf *out)
{
	(void)rule;
	buf_add_text(out, "all");
}

static void forward_row(void *to, const struct lower_row *row)
{
	const struct all *all = to;
	struct lower_row own = *row;

	own.rule = all->rule;
	all->sink->row(all->sink->to, &own);
}

static void forward_capability(void *to, uint64_t caps, const struct lower_row *how)
{
	const struct all *all = to;
	struct lower_row own = *how;

	own.rule = all->rule;
	all->sink->capability(all->sink->to, caps, &own);
}

static void forward_unlowered(void *to, enum class_id class_id, const struct rule *rule)
{
	const struct all *all = to;

	(void)rule;
	all->sink->unlowered(all->sink->to, class_id, all->rule);
}

static void lower_as(const struct rule *rule, const struct lower_sink *through,
		     const struct rule_class *rule_class, const void *detail)
{
	struct rule bare = *rule;

	bare.rule_class = rule_class;
	bare.detail = (void *)detail;
	rule_class->lower(&bare, through);
}

static void lower_files(const struct rule *rule, const struct lower_sink *through)
{
	static const struct file_rule access = {
		.letters = LETTER_READ | LETTER_WRITE | LETTER_MMAP | LETTER_LOCK | LETTER_LINK,
	};
	struct file_rule exec = {
		.letters = LETTER_EXEC,
		.exec = rule->qualifiers.deny ? EXEC_NONE : EXEC_INHERIT,
	};
	struct rule below = *rule;

	lower_as(rule, through, &class_file, &access);
	below.qualifiers.priority = (rule->qualifiers.has_priority ? rule->qualifiers.priority : 0) -
				    EXEC_STEPS_BELOW;
	below.qualifiers.has_priority = true;
	lower_as(&below, through, &class_file, &exec);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	struct all all = { rule, sink };
	struct lower_sink through = *sink;

	through.to = &all;
	through.row = forward_row;
	through.capability = forward_capability;
	through.unlowered = forward_unlowered;
	lower_files(rule, &through);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		lower_as(rule, &through, members[i]->rule_class, members[i]->detail);
}

const struct rule_class class_all = {
	.keyword = "all",
	.class_id = CLASS_NONE,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.compare = compare,
	.print = print,
	.lower = lower,
};
