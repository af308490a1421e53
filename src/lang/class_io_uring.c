/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * io_uring [ACCESS] [label=LABEL]: eats what a ring may do, gives rows whose object is the label
 * whose credentials the ring takes.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/object.h"
#include "lang/rule_class.h"

enum { IO_URING_ALL = PERM_IO_URING_OVERRIDE_CREDS | PERM_IO_URING_SQPOLL };

struct io_uring {
	uint32_t access;		/* never 0 */
	struct word label;
};

static const struct access_name names[] = {
	{ "sqpoll", PERM_IO_URING_SQPOLL },
	{ "override_creds", PERM_IO_URING_OVERRIDE_CREDS },
};
enum { N_ACCESS_NAMES = sizeof(names) / sizeof(*names) };

static bool parse(struct parser *p, struct rule *rule)
{
	struct io_uring *detail = rule_detail_new(p, struct io_uring);
	const struct condition table[] = {
		{ .key = "label", .what = "a label", .to = &detail->label },
	};
	struct conditions conditions = { .rule = "io_uring", .own = table, .n_own = 1 };

	rule->detail = detail;
	if (!parser_access(p, names, N_ACCESS_NAMES, &detail->access))
		return false;
	if (!detail->access)
		detail->access = IO_URING_ALL;
	return conditions_parse(p, &conditions);
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct io_uring *before = from->detail;
	struct io_uring *after = arena_new(expansion_arena(x), struct io_uring);

	*after = *before;
	to->detail = after;
	return expand_word(x, &before->label, &after->label);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct io_uring *x = a->detail, *y = b->detail;

	if (x->access != y->access)
		return x->access < y->access ? -1 : 1;
	return word_compare(&x->label, &y->label);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct io_uring *detail = rule->detail;

	buf_add_text(out, "io_uring");
	if (detail->access != IO_URING_ALL) {
		buf_add_char(out, ' ');
		access_print(names, N_ACCESS_NAMES, detail->access, out);
	}
	word_print_condition("label", &detail->label, out);
}

/* The label says whose credentials may be taken; a polling thread takes none. */
static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct io_uring *detail = rule->detail;
	uint32_t override = detail->access & PERM_IO_URING_OVERRIDE_CREDS;
	uint32_t sqpoll = detail->access & PERM_IO_URING_SQPOLL;
	auto_buf pattern = BUF_INIT;

	if (sqpoll)
		lower_give(sink, lower_row_of(rule, CLASS_IO_URING), &pattern, sqpoll);
	object_part(&pattern, &detail->label);
	if (override)
		lower_give(sink, lower_row_of(rule, CLASS_IO_URING), &pattern, override);
}

const struct rule_class class_io_uring = {
	.keyword = "io_uring",
	.class_id = CLASS_IO_URING,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct io_uring bare = { .access = IO_URING_ALL };
const struct bare_rule bare_io_uring = { &class_io_uring, &bare };
