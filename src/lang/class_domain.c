/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_profile [safe|unsafe] [PROGRAM] [-> LABEL]: which profiles a program may move itself to.
 *
 * Without PROGRAM the move may be made at once or at the next exec of anything; with it, only at
 * an exec of that program. CLASS_LABEL objects are "label | 0 | program": the change itself asks
 * with nothing behind the 0.
 */
#include "lang/class_domain.h"

#include "lang/object.h"
#include "lang/rule_class.h"

enum exec_safety { SAFETY_DEFAULT, SAFETY_SAFE, SAFETY_UNSAFE };

struct change_profile {
	enum exec_safety safety;
	struct word program; /* absent: any, and none */
	struct word label; /* absent: any */
};

static bool read_program(struct parser *p, struct change_profile *detail)
{
	char first;

	if (detail->safety != SAFETY_DEFAULT && (parser_at(p, "->") || parser_at_end(p)))
		return parser_expected(p, "the path of a program after \"safe\" or \"unsafe\"");
	if (parser_at(p, "->") || parser_at_end(p))
		return true;
	if (!parser_pattern(p, WORD_PLAIN, "the path of a program or \"->\"", &detail->program))
		return false;
	first = detail->program.text.len ? detail->program.text.ptr[0] : '\0';
	if (first == '/' || slice_starts(detail->program.text, "@{"))
		return true;
	parser_error(p, detail->program.place, "a program's path begins with \"/\"");
	parser_help(p, "change_profile [/PROGRAM] -> PROFILE,");
	return false;
}

/* A bare name right behind the arrow is one word with it to AppArmor, and no rule. */
static bool is_glued(struct place arrow, const struct word *name)
{
	return !name->is_quoted && name->place.line == arrow.line && name->place.col == arrow.col + 2;
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct change_profile *detail = rule_detail_new(p, struct change_profile);
	struct place arrow;

	rule->detail = detail;
	if (parser_take_keyword(p, "safe"))
		detail->safety = SAFETY_SAFE;
	else if (parser_take_keyword(p, "unsafe"))
		detail->safety = SAFETY_UNSAFE;
	if (!read_program(p, detail))
		return false;
	arrow = parser_place(p);
	if (!parser_take(p, "->"))
		return true;
	if (!parser_pattern(p, WORD_PLAIN, "the name of a profile", &detail->label))
		return false;
	if (!detail->label.text.len)
		return parser_error(p, detail->label.place, "this name is empty");
	if (is_glued(arrow, &detail->label))
		return parser_error(p, arrow, "a blank is missing behind \"->\"");
	return true;
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct change_profile *before = from->detail;
	struct change_profile *after = arena_new(expansion_arena(x), struct change_profile);

	*after = *before;
	to->detail = after;
	if (before->program.text.ptr && !expand_word(x, &before->program, &after->program))
		return false;
	return !before->label.text.ptr || expand_word(x, &before->label, &after->label);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct change_profile *x = a->detail, *y = b->detail;
	int order = word_compare(&x->program, &y->program);

	if (!order)
		order = word_compare(&x->label, &y->label);
	return order ? order : (x->safety > y->safety) - (x->safety < y->safety);
}

static void print(const struct rule *rule, struct buf *out)
{
	static const char *const safety[] = { "", " safe", " unsafe" };
	const struct change_profile *d = rule->detail;

	buf_printf(out, "change_profile%s", safety[d->safety]);
	if (d->program.text.ptr) {
		buf_add_char(out, ' ');
		word_print(&d->program, out);
	}
	if (d->label.text.ptr) {
		buf_add_text(out, " -> ");
		word_print(&d->label, out);
	}
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct change_profile *d = rule->detail;
	struct lower_row row = lower_row_of(rule, CLASS_LABEL);
	auto_buf pattern = BUF_INIT;

	if (d->safety != SAFETY_UNSAFE)
		row.exec.flags = EXEC_SCRUB;
	object_part(&pattern, &d->label);
	object_end(&pattern);
	/* The change; or the wish for one at exec, which is asked about again then. */
	lower_give(sink, row, &pattern,
		   d->program.text.ptr ? PERM_ONEXEC : PERM_ONEXEC | PERM_CHANGE_PROFILE);
	if (d->program.text.ptr)
		buf_add_slice(&pattern, d->program.text);
	else
		buf_add_text(&pattern, "/{**,}");
	lower_give(sink, row, &pattern, PERM_ONEXEC);
}

bool change_profile_key(const struct rule *rule, struct buf *key, bool *is_unsafe)
{
	const struct change_profile *d = rule->detail;

	if (rule->rule_class != &class_change_profile || !d->program.text.ptr)
		return false;
	buf_add_slice(key, d->program.text);
	buf_add_char(key, '\0');
	buf_add_slice(key, d->label.text);
	buf_add_char(key, rule->qualifiers.deny ? '-' : '+');
	*is_unsafe = d->safety == SAFETY_UNSAFE;
	return true;
}

const struct rule_class class_change_profile = {
	.keyword = "change_profile",
	.class_id = CLASS_LABEL,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};
