/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signal [ACCESS] [set=(SIGNAL…)] [peer=LABEL]: eats names of signals, gives rows whose object is
 * the signal's number and the label of the other side. The one idea: the rule is a set of numbers,
 * Linux' own; see abi/class.h for the few that need a convention.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/object.h"
#include "lang/rule_class.h"

enum {
	SIGNAL_ALL = PERM_SIGNAL_SEND | PERM_SIGNAL_RECEIVE,
	SIGNAL_EXISTS = 0,
	SIGNAL_RTMIN = 32,		/* the kernel's, not that of the C library */
	SIGNAL_RT_MAX = 32,		/* rtmin+32 is the last one */
	SIGNAL_EMT = 127,
	N_SIGNALS = 128,
};

struct signal {
	uint32_t access;		/* never 0 */
	bool has_set;
	uint64_t set[N_SIGNALS / 64];	/* bit n: signal n */
	struct word peer;
};

/* The first two are printed; the others are synonyms. */
static const struct access_name names[] = {
	{ "send", PERM_SIGNAL_SEND },	 { "receive", PERM_SIGNAL_RECEIVE },
	{ "write", PERM_SIGNAL_SEND },	 { "read", PERM_SIGNAL_RECEIVE },
	{ "w", PERM_SIGNAL_SEND },	 { "r", PERM_SIGNAL_RECEIVE },
	{ "rw", SIGNAL_ALL },		 { "wr", SIGNAL_ALL },
};
enum { N_PRINTED = 2 };

/* Of several names for one number, the first is printed. */
static const struct {
	const char *name;
	unsigned number;
} signals[] = {
	{ "exists", SIGNAL_EXISTS },
	{ "hup", 1 },	  { "int", 2 },	    { "quit", 3 },  { "ill", 4 },
	{ "trap", 5 },	  { "abrt", 6 },    { "bus", 7 },   { "fpe", 8 },
	{ "kill", 9 },	  { "usr1", 10 },   { "segv", 11 }, { "usr2", 12 },
	{ "pipe", 13 },	  { "alrm", 14 },   { "term", 15 }, { "stkflt", 16 },
	{ "chld", 17 },	  { "cont", 18 },   { "stop", 19 }, { "stp", 20 },
	{ "tstp", 20 },	  { "ttin", 21 },   { "ttou", 22 }, { "urg", 23 },
	{ "xcpu", 24 },	  { "xfsz", 25 },   { "vtalrm", 26 }, { "prof", 27 },
	{ "winch", 28 },  { "io", 29 },	    { "poll", 29 }, { "pwr", 30 },
	{ "sys", 31 },	  { "emt", SIGNAL_EMT },
};
enum { N_NAMES = sizeof(signals) / sizeof(*signals) };

static bool unknown_signal(struct parser *p, const struct word *w)
{
	const char *known[N_NAMES + 1] = { NULL };

	if (slice_starts(w->text, "rtmin+")) {
		parser_error(p, w->place, "there is no real-time signal \"%.*s\"",
			     SLICE_FMT(w->text));
		parser_help(p, "they are rtmin+0 to rtmin+%d", SIGNAL_RT_MAX);
		return false;
	}
	for (size_t i = 0; i < N_NAMES; i++)
		known[i] = signals[i].name;
	return parser_unknown(p, w->place, "signal", w->text, known);
}

/* N of "rtmin+N", decimal digits alone; -1 if it is none. */
static int real_time_number(struct slice name)
{
	unsigned n = 0;

	if (!slice_starts(name, "rtmin+") || name.len < 7 || name.len > 9)
		return -1;
	for (size_t i = 6; i < name.len; i++) {
		if (name.ptr[i] < '0' || name.ptr[i] > '9')
			return -1;
		n = n * 10 + (unsigned)(name.ptr[i] - '0');
	}
	return n <= SIGNAL_RT_MAX ? (int)n : -1;
}

static void add_signal(struct signal *detail, unsigned number)
{
	detail->set[number / 64] |= UINT64_C(1) << number % 64;
	detail->has_set = true;
}

static bool has_signal(const struct signal *detail, unsigned number)
{
	return detail->set[number / 64] >> number % 64 & 1;
}

static bool add_word(struct parser *p, struct signal *detail, const struct word *w)
{
	int n = real_time_number(w->text);

	if (n >= 0) {
		add_signal(detail, SIGNAL_RTMIN + (unsigned)n);
		return true;
	}
	for (size_t i = 0; i < N_NAMES; i++) {
		if (slice_is(w->text, signals[i].name)) {
			add_signal(detail, signals[i].number);
			return true;
		}
	}
	return unknown_signal(p, w);
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct signal *detail = rule_detail_new(p, struct signal);
	struct word_list set = { 0 };
	const struct condition table[] = {
		{ .key = "set", .what = "a signal, or several in parentheses", .list = &set },
		{ .key = "peer", .what = "the label of the other process", .to = &detail->peer,
		  .is_bare = true },
	};
	struct conditions conditions = { .rule = "signal", .own = table, .n_own = 2 };

	rule->detail = detail;
	if (!parser_access(p, names, sizeof(names) / sizeof(*names), &detail->access))
		return false;
	if (!detail->access)
		detail->access = SIGNAL_ALL;
	if (!conditions_parse(p, &conditions))
		return false;
	for (size_t i = 0; i < set.n; i++)
		if (!add_word(p, detail, &set.words[i]))
			return false;
	return true;
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct signal *before = from->detail;
	struct signal *after = arena_new(expansion_arena(x), struct signal);

	*after = *before;
	to->detail = after;
	return expand_word(x, &before->peer, &after->peer);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct signal *x = a->detail, *y = b->detail;

	if (x->access != y->access)
		return x->access < y->access ? -1 : 1;
	if (x->has_set != y->has_set)
		return x->has_set ? 1 : -1;
	for (size_t i = 0; i < N_SIGNALS / 64; i++)
		if (x->set[i] != y->set[i])
			return x->set[i] < y->set[i] ? -1 : 1;
	return word_compare(&x->peer, &y->peer);
}

static void print_signal(unsigned number, struct buf *out)
{
	for (size_t i = 0; i < N_NAMES; i++) {
		if (signals[i].number == number) {
			buf_add_text(out, signals[i].name);
			return;
		}
	}
	buf_printf(out, "rtmin+%u", number - SIGNAL_RTMIN);
}

static void print_set(const struct signal *detail, struct buf *out)
{
	unsigned n = 0;

	buf_add_text(out, " set=(");
	for (unsigned i = 0; i < N_SIGNALS; i++) {
		if (!has_signal(detail, i))
			continue;
		if (n++)
			buf_add_char(out, ' ');
		print_signal(i, out);
	}
	buf_add_char(out, ')');
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct signal *detail = rule->detail;

	buf_add_text(out, "signal");
	if (detail->access != SIGNAL_ALL) {
		buf_add_char(out, ' ');
		access_print(names, N_PRINTED, detail->access, out);
	}
	if (detail->has_set)
		print_set(detail, out);
	word_print_condition("peer", &detail->peer, out);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct signal *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	/* Always as a set: a byte that looks like "/" must not take part in what follows it. */
	buf_add_char(&pattern, '[');
	for (unsigned i = 0; detail->has_set && i < N_SIGNALS; i++)
		if (has_signal(detail, i))
			buf_printf(&pattern, "\\x%02x", i);
	if (!detail->has_set)
		buf_add_text(&pattern, "\\x00-\\xff");
	buf_add_char(&pattern, ']');
	object_part(&pattern, &detail->peer);
	lower_give(sink, lower_row_of(rule, CLASS_SIGNAL), &pattern, detail->access);
}

const struct rule_class class_signal = {
	.keyword = "signal",
	.class_id = CLASS_SIGNAL,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct signal bare = { .access = SIGNAL_ALL };
const struct bare_rule bare_signal = { &class_signal, &bare };
