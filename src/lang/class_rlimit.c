/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * set rlimit NAME <= VALUE: eats a number with a unit, gives a hard limit. The one idea: each limit
 * is of one kind, and the kind says which units there are and what a bare number counts.
 */
#include "lang/rule_class.h"

#include <sys/resource.h>

enum limit_kind {
	LIMIT_NUMBER,			/* no units */
	LIMIT_SIZE,			/* bytes */
	LIMIT_SECONDS,
	LIMIT_MICROSECONDS,
	LIMIT_NICE,			/* -20 to 19 */
};

struct rlimit_name {
	const char *name;
	unsigned number;		/* RLIMIT_* */
	enum limit_kind kind;
};

struct rlimit_detail {
	const struct rlimit_name *limit;
	uint64_t value;			/* in the kernel's unit; UINT64_MAX: infinity */
};

/* Of two names for one number, the first is printed. */
static const struct rlimit_name limits[] = {
	{ "cpu", RLIMIT_CPU, LIMIT_SECONDS },
	{ "fsize", RLIMIT_FSIZE, LIMIT_SIZE },
	{ "data", RLIMIT_DATA, LIMIT_SIZE },
	{ "stack", RLIMIT_STACK, LIMIT_SIZE },
	{ "core", RLIMIT_CORE, LIMIT_SIZE },
	{ "rss", RLIMIT_RSS, LIMIT_SIZE },
	{ "nofile", RLIMIT_NOFILE, LIMIT_NUMBER },
	{ "ofile", RLIMIT_NOFILE, LIMIT_NUMBER },
	{ "as", RLIMIT_AS, LIMIT_SIZE },
	{ "nproc", RLIMIT_NPROC, LIMIT_NUMBER },
	{ "memlock", RLIMIT_MEMLOCK, LIMIT_SIZE },
	{ "locks", RLIMIT_LOCKS, LIMIT_NUMBER },
	{ "sigpending", RLIMIT_SIGPENDING, LIMIT_NUMBER },
	{ "msgqueue", RLIMIT_MSGQUEUE, LIMIT_SIZE },
	{ "nice", RLIMIT_NICE, LIMIT_NICE },
	{ "rtprio", RLIMIT_RTPRIO, LIMIT_NUMBER },
	{ "rttime", RLIMIT_RTTIME, LIMIT_MICROSECONDS },
};
enum { N_LIMITS = sizeof(limits) / sizeof(*limits) };

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "K", UINT64_C(1) << 10 }, { "KB", UINT64_C(1) << 10 }, { "M", UINT64_C(1) << 20 },
	{ "MB", UINT64_C(1) << 20 }, { "G", UINT64_C(1) << 30 }, { "GB", UINT64_C(1) << 30 },
	{ NULL, 0 },
};

#define SECOND UINT64_C(1000000)

/* In microseconds. */
static const struct unit times[] = {
	{ "us", 1 },		     { "microsecond", 1 },     { "microseconds", 1 },
	{ "ms", 1000 },		     { "millisecond", 1000 },  { "milliseconds", 1000 },
	{ "s", SECOND },	     { "sec", SECOND },	       { "second", SECOND },
	{ "seconds", SECOND },	     { "min", 60 * SECOND },   { "minute", 60 * SECOND },
	{ "minutes", 60 * SECOND },  { "h", 3600 * SECOND },   { "hour", 3600 * SECOND },
	{ "hours", 3600 * SECOND },  { "d", 86400 * SECOND },  { "day", 86400 * SECOND },
	{ "days", 86400 * SECOND },  { "week", 604800 * SECOND }, { "weeks", 604800 * SECOND },
	{ NULL, 0 },
};
enum { UNITS_MAX = sizeof(times) / sizeof(*times) };

static bool parse_name(struct parser *p, struct rlimit_detail *detail)
{
	struct place at = parser_place(p);
	struct slice name = parser_peek_keyword(p);
	const char *known[N_LIMITS + 1] = { NULL };

	if (!name.len)
		return parser_expected(p, "the name of a limit");
	for (size_t i = 0; i < N_LIMITS; i++) {
		known[i] = limits[i].name;
		if (slice_is(name, limits[i].name)) {
			detail->limit = &limits[i];
			return parser_take_keyword(p, limits[i].name);
		}
	}
	return parser_unknown(p, at, "limit", name, known);
}

/* The number and what follows it as unit: "10", "10K" or "10 K". */
static bool read_value(struct parser *p, struct word *value, struct slice *number,
		       struct slice *unit)
{
	struct word second = { 0 };
	size_t n = 0;

	if (!parser_word(p, WORD_PLAIN, "the value of a limit", value))
		return false;
	while (n < value->text.len && (value->text.ptr[n] == '-' ||
				       (value->text.ptr[n] >= '0' && value->text.ptr[n] <= '9')))
		n++;
	*number = slice_cut(value->text, 0, n);
	*unit = slice_cut(value->text, n, value->text.len);
	if (parser_at_end(p) || unit->len)
		return true;
	if (!parser_word(p, WORD_PLAIN, "a unit, or \",\"", &second))
		return false;
	*unit = second.text;
	return true;
}

static bool find_unit(struct parser *p, const struct rlimit_detail *detail, struct place at,
		      struct slice unit, uint64_t *factor)
{
	const struct unit *units = NULL;
	const char *known[UNITS_MAX] = { NULL };

	*factor = 1;
	if (detail->limit->kind == LIMIT_SIZE)
		units = sizes;
	else if (detail->limit->kind != LIMIT_NUMBER && detail->limit->kind != LIMIT_NICE)
		units = times;
	if (!units) {
		parser_error(p, at, "the limit %s has no unit, found \"%.*s\"",
			     detail->limit->name, SLICE_FMT(unit));
		parser_help(p, "write a number alone, or infinity");
		return false;
	}
	for (size_t i = 0; units[i].name; i++) {
		known[i] = units[i].name;
		if (slice_is(unit, units[i].name)) {
			*factor = units[i].factor;
			return true;
		}
	}
	return parser_unknown(p, at, units == sizes ? "unit of size" : "unit of time", unit,
			      known);
}

static bool parse_nice(struct parser *p, struct rlimit_detail *detail, const struct word *value,
		       struct slice number)
{
	bool is_negative = slice_starts(number, "-");
	uint64_t n = 0;

	if (!slice_number(slice_cut(number, is_negative, number.len), &n) ||
	    n > (is_negative ? 20 : 19)) {
		parser_error(p, value->place, "\"%.*s\" is no nice value",
			     SLICE_FMT(value->text));
		parser_help(p, "they are -20 to 19");
		return false;
	}
	/* The limit counts from -20 up, as AppArmor hands it to the kernel. */
	detail->value = is_negative ? 20 - n : 20 + n;
	return true;
}

static bool too_large(struct parser *p, const struct word *value)
{
	parser_error(p, value->place, "the value \"%.*s\" is too large", SLICE_FMT(value->text));
	parser_help(p, "write infinity for no limit");
	return false;
}

static bool scale(struct parser *p, struct rlimit_detail *detail, const struct word *value,
		  uint64_t n, struct slice unit)
{
	uint64_t factor = 1;

	detail->value = n;
	if (unit.len) {
		if (!find_unit(p, detail, value->place, unit, &factor))
			return false;
		if (__builtin_mul_overflow(n, factor, &detail->value))
			return too_large(p, value);
		if (detail->limit->kind == LIMIT_SECONDS) {
			if (detail->value < SECOND) {
				parser_error(p, value->place, "the least limit of cpu time is 1s");
				return false;
			}
			detail->value /= SECOND;
		}
	}
	return detail->value > INT64_MAX ? too_large(p, value) : true;
}

static bool parse_value(struct parser *p, struct rlimit_detail *detail)
{
	struct word value = { 0 };
	struct slice number, unit;
	uint64_t n = 0;

	if (!read_value(p, &value, &number, &unit))
		return false;
	if (slice_is(value.text, "infinity") && unit.ptr == value.text.ptr) {
		detail->value = UINT64_MAX;
		return true;
	}
	if (detail->limit->kind == LIMIT_NICE && !unit.len)
		return parse_nice(p, detail, &value, number);
	if (number.len > 19 && !slice_starts(number, "-"))
		return too_large(p, &value);
	if (!slice_number(number, &n)) {
		parser_error(p, value.place, "\"%.*s\" is no value of the limit %s",
			     SLICE_FMT(value.text), detail->limit->name);
		parser_help(p, "write a number from 0 up, or infinity");
		return false;
	}
	return scale(p, detail, &value, n, unit);
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct rlimit_detail *detail = rule_detail_new(p, struct rlimit_detail);

	rule->detail = detail;
	return parse_name(p, detail) && parser_need(p, "<=") && parse_value(p, detail);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct rlimit_detail *x = a->detail, *y = b->detail;

	if (x->limit->number != y->limit->number)
		return x->limit->number < y->limit->number ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct rlimit_detail *detail = rule->detail;
	const struct rlimit_name *limit = limits;
	unsigned long long value = detail->value;

	while (limit->number != detail->limit->number)
		limit++;
	buf_printf(out, "rlimit %s <= ", limit->name);
	if (detail->value == UINT64_MAX)
		buf_add_text(out, "infinity");
	else if (limit->kind == LIMIT_NICE)
		buf_printf(out, "%d", (int)value - 20);
	else
		buf_printf(out, "%llu%s", value,
			   limit->kind == LIMIT_SECONDS	     ? "s" :
			   limit->kind == LIMIT_MICROSECONDS ? "us" :
							       "");
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct rlimit_detail *detail = rule->detail;
	struct lower_row row = lower_row_of(rule, CLASS_RLIMIT);

	sink->rlimit(sink->to, detail->limit->number, detail->value, &row);
}

const struct rule_class class_rlimit = {
	.keyword = "rlimit",
	.class_id = CLASS_RLIMIT,
	.may = RULE_MUST_SET,
	.parse = parse,
	.compare = compare,
	.print = print,
	.lower = lower,
};
