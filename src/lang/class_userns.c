/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * userns [create]: eats an access that is always the same, gives one row for the empty object.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/rule_class.h"

struct userns {
	uint32_t access;		/* never 0 */
};

static const struct access_name names[] = { { "create", PERM_USERNS_CREATE } };

static bool parse(struct parser *p, struct rule *rule)
{
	struct userns *detail = rule_detail_new(p, struct userns);

	rule->detail = detail;
	if (!parser_access(p, names, 1, &detail->access))
		return false;
	detail->access = PERM_USERNS_CREATE;
	if (parser_at_condition(p))
		return parser_error(p, parser_place(p), "userns rules have no conditions");
	return true;
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
	buf_add_text(out, "userns");
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct userns *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	lower_give(sink, lower_row_of(rule, CLASS_USERNS), &pattern, detail->access);
}

const struct rule_class class_userns = {
	.keyword = "userns",
	.class_id = CLASS_USERNS,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct userns bare = { .access = PERM_USERNS_CREATE };
const struct bare_rule bare_userns = { &class_userns, &bare };
