/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mqueue [ACCESS] [type=posix|sysv] [label=LABEL] [NAME]: eats message queues of both kinds, gives
 * rows whose object is the queue's name and label. The one idea: names of the one kind begin with
 * "/" and those of the other are numbers, so the object needs no mark of its kind.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/object.h"
#include "lang/rule_class.h"

enum queue_type { QUEUE_ANY, QUEUE_POSIX, QUEUE_SYSV };

struct mqueue {
	uint32_t access;		/* never 0 */
	enum queue_type type;		/* also as the name implies it */
	struct word label;
	struct word name;		/* sysv: a decimal number */
};

/* The first seven are printed. */
static const struct access_name names[] = {
	{ "create", PERM_MQUEUE_CREATE },
	{ "open", PERM_MQUEUE_OPEN },
	{ "delete", PERM_MQUEUE_DELETE },
	{ "getattr", PERM_MQUEUE_GETATTR },
	{ "setattr", PERM_MQUEUE_SETATTR },
	{ "read", PERM_MQUEUE_READ },
	{ "write", PERM_MQUEUE_WRITE },
	{ "r", PERM_MQUEUE_READ },
	{ "w", PERM_MQUEUE_WRITE },
	{ "rw", PERM_MQUEUE_READ | PERM_MQUEUE_WRITE },
	{ "wr", PERM_MQUEUE_READ | PERM_MQUEUE_WRITE },
};
enum { N_PRINTED = 7 };

static const char *const type_names[] = { "posix", "sysv", NULL };

static bool read_type(struct parser *p, const struct word *w, struct mqueue *detail)
{
	if (!w->text.ptr)
		return true;
	if (slice_is(w->text, "posix"))
		detail->type = QUEUE_POSIX;
	else if (slice_is(w->text, "sysv"))
		detail->type = QUEUE_SYSV;
	else
		return parser_unknown(p, w->place, "type of message queue", w->text, type_names);
	return true;
}

/* Decimal digits alone, at most what a key_t holds, without leading zeros in *key. */
static bool is_key(struct slice text, struct slice *key)
{
	uint64_t value = 0;
	size_t zeros = 0;

	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text.ptr[i] - '0');
		if (value > UINT32_MAX)
			return false;
	}
	while (zeros + 1 < text.len && text.ptr[zeros] == '0')
		zeros++;
	*key = slice_cut(text, zeros, text.len);
	return true;
}

/* What is wrong with the name, NULL if nothing is; the name implies the type. */
static const char *check_name(struct mqueue *detail)
{
	struct slice name = detail->name.text, key;

	if (name.len && name.ptr[0] == '/') {
		if (detail->type == QUEUE_SYSV)
			return "System V message queues have a number, not a name";
		detail->type = QUEUE_POSIX;
		return NULL;
	}
	if (!is_key(name, &key))
		return "a message queue is \"/NAME\" (POSIX) or a number (System V)";
	if (detail->type == QUEUE_POSIX)
		return "names of POSIX message queues begin with \"/\"";
	detail->type = QUEUE_SYSV;
	detail->name.text = key;
	return NULL;
}

static bool read_name(struct parser *p, struct mqueue *detail)
{
	const char *wrong;

	if (!parser_pattern(p, WORD_PLAIN, "the name of a message queue", &detail->name))
		return false;
	/* A name that begins with a variable is known only when that is put in. */
	if (slice_starts(detail->name.text, "@{"))
		return true;
	wrong = check_name(detail);
	if (!wrong)
		return true;
	parser_error(p, detail->name.place, "\"%.*s\" is no name of a message queue%s",
		     SLICE_FMT(detail->name.text),
		     detail->type == QUEUE_POSIX  ? " of type posix" :
		     detail->type == QUEUE_SYSV ? " of type sysv" :
						    "");
	parser_help(p, "%s", wrong);
	return false;
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct mqueue *detail = rule_detail_new(p, struct mqueue);
	struct word type = { 0 };
	const struct condition table[] = {
		{ .key = "type", .what = "posix or sysv", .to = &type, .is_text = true },
		{ .key = "label", .what = "a label", .to = &detail->label },
	};
	struct conditions conditions = { .rule = "mqueue", .own = table, .n_own = 2 };

	rule->detail = detail;
	if (!parser_access(p, names, sizeof(names) / sizeof(*names), &detail->access))
		return false;
	if (!detail->access)
		detail->access = PERM_MQUEUE_ALL;
	if (!conditions_parse(p, &conditions) || !read_type(p, &type, detail))
		return false;
	return parser_at_end(p) || read_name(p, detail);
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct mqueue *before = from->detail;
	struct mqueue *after = arena_new(expansion_arena(x), struct mqueue);
	struct word_list parts = { 0 };
	const char *wrong;

	*after = *before;
	to->detail = after;
	if (!expand_word(x, &before->label, &after->label) ||
	    !expand_word(x, &before->name, &after->name))
		return false;
	if (!word_has_variable(&before->name))
		return true;
	object_alternatives(expansion_arena(x), &after->name, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		struct mqueue part = { .type = after->type, .name = parts.words[i] };

		wrong = check_name(&part);
		if (wrong)
			return expansion_error(x, before->name.place,
					       "\"%.*s\" is no name of a message queue: %s",
					       SLICE_FMT(part.name.text), wrong);
		after->type = part.type;
		if (parts.n == 1)
			after->name.text = part.name.text;
	}
	return true;
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct mqueue *x = a->detail, *y = b->detail;
	int order;

	if (x->access != y->access)
		return x->access < y->access ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	order = word_compare(&x->label, &y->label);
	return order ? order : word_compare(&x->name, &y->name);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct mqueue *detail = rule->detail;

	buf_add_text(out, "mqueue");
	if (detail->access != PERM_MQUEUE_ALL) {
		buf_add_char(out, ' ');
		access_print(names, N_PRINTED, detail->access, out);
	}
	if (detail->type != QUEUE_ANY)
		buf_printf(out, " type=%s", detail->type == QUEUE_POSIX ? "posix" : "sysv");
	word_print_condition("label", &detail->label, out);
	if (detail->name.text.ptr) {
		buf_add_char(out, ' ');
		word_print(&detail->name, out);
	}
}

static void add_name(const struct mqueue *detail, struct buf *out)
{
	if (detail->name.text.ptr)
		object_part(out, &detail->name);
	else if (detail->type == QUEUE_POSIX)
		buf_add_text(out, "[/]**");
	else
		buf_add_text(out, "[0-9]**");
	object_end(out);
}

/*
 * A queue gets its label by being created, so a rule with a label lets it be created unlabelled
 * too, with the read and write that the creating call asks for at the same time.
 */
static void lower_kind(const struct rule *rule, const struct mqueue *detail,
		       const struct lower_sink *sink)
{
	uint32_t creating = PERM_MQUEUE_CREATE | PERM_MQUEUE_READ | PERM_MQUEUE_WRITE;
	auto_buf pattern = BUF_INIT;

	add_name(detail, &pattern);
	if (detail->label.text.ptr && detail->access & PERM_MQUEUE_CREATE)
		lower_give(sink, lower_row_of(rule, CLASS_MQUEUE), &pattern,
			   detail->access & creating);
	object_part(&pattern, &detail->label);
	lower_give(sink, lower_row_of(rule, CLASS_MQUEUE), &pattern, detail->access);
}

/* Without a name and a type: the queues of both kinds. */
static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct mqueue *detail = rule->detail;
	struct mqueue one = *detail;

	if (detail->type != QUEUE_ANY || detail->name.text.ptr) {
		lower_kind(rule, detail, sink);
		return;
	}
	one.type = QUEUE_POSIX;
	lower_kind(rule, &one, sink);
	one.type = QUEUE_SYSV;
	lower_kind(rule, &one, sink);
}

const struct rule_class class_mqueue = {
	.keyword = "mqueue",
	.class_id = CLASS_MQUEUE,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct mqueue bare = { .access = PERM_MQUEUE_ALL };
const struct bare_rule bare_mqueue = { &class_mqueue, &bare };
