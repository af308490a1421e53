/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ptrace [ACCESS] [peer=LABEL]: eats who may look at whom, gives rows whose object is the label of
 * the other side.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/object.h"
#include "lang/rule_class.h"

struct ptrace {
	uint32_t access;		/* never 0 */
	struct word peer;
};

enum {
	PTRACE_ALL = PERM_PTRACE_TRACE | PERM_PTRACE_READ | PERM_PTRACE_TRACEDBY |
		     PERM_PTRACE_READBY,
};

/* The first four are those that are printed. */
static const struct access_name names[] = {
	{ "read", PERM_PTRACE_READ },
	{ "readby", PERM_PTRACE_READBY },
	{ "trace", PERM_PTRACE_TRACE },
	{ "tracedby", PERM_PTRACE_TRACEDBY },
	{ "write", PERM_PTRACE_TRACE },
	{ "r", PERM_PTRACE_READ },
	{ "w", PERM_PTRACE_TRACE },
	{ "rw", PERM_PTRACE_READ | PERM_PTRACE_TRACE },
	{ "wr", PERM_PTRACE_READ | PERM_PTRACE_TRACE },
};
enum { N_PRINTED = 4 };

static bool parse(struct parser *p, struct rule *rule)
{
	struct ptrace *detail = rule_detail_new(p, struct ptrace);
	const struct condition table[] = {
		{ .key = "peer", .what = "the label of the other process", .to = &detail->peer,
		  .is_bare = true },
	};
	struct conditions conditions = { .rule = "ptrace", .own = table, .n_own = 1 };

	rule->detail = detail;
	if (!parser_access(p, names, sizeof(names) / sizeof(*names), &detail->access))
		return false;
	if (!detail->access)
		detail->access = PTRACE_ALL;
	return conditions_parse(p, &conditions);
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct ptrace *before = from->detail;
	struct ptrace *after = arena_new(expansion_arena(x), struct ptrace);

	*after = *before;
	to->detail = after;
	return expand_word(x, &before->peer, &after->peer);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct ptrace *x = a->detail, *y = b->detail;

	if (x->access != y->access)
		return x->access < y->access ? -1 : 1;
	return word_compare(&x->peer, &y->peer);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct ptrace *detail = rule->detail;

	buf_add_text(out, "ptrace");
	if (detail->access != PTRACE_ALL) {
		buf_add_char(out, ' ');
		access_print(names, N_PRINTED, detail->access, out);
	}
	word_print_condition("peer", &detail->peer, out);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct ptrace *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	object_part(&pattern, &detail->peer);
	lower_give(sink, lower_row_of(rule, CLASS_PTRACE), &pattern, detail->access);
}

const struct rule_class class_ptrace = {
	.keyword = "ptrace",
	.class_id = CLASS_PTRACE,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct ptrace bare = { .access = PTRACE_ALL };
const struct bare_rule bare_ptrace = { &class_ptrace, &bare };
