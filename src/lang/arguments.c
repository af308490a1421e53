/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in rules after the keyword: patterns, key=value, (lists), access names, numbers. */
#include "lang/glob.h"
#include "lang/lexer.h"
#include "lang/policy.h"
#include "lang/rule_class.h"

#include "base/buf.h"

#include <stdlib.h>

bool parser_check_pattern(struct parser *p, const struct word *w)
{
	struct glob_problem problem;
	struct place at = w->place;

	if (w->text.len > POLICY_PATTERN_MAX)
		return parser_error(p, at, "a pattern of more than %d bytes", POLICY_PATTERN_MAX);
	/* With variables it may become whole only when they are put in. */
	if (word_has_variable(w) || glob_check(w->text, &problem))
		return true;
	at.col += (unsigned)problem.at + w->is_quoted;
	parser_error(p, at, "%s", problem.text);
	if (problem.help)
		parser_help(p, "%s", problem.help);
	return false;
}

bool parser_pattern(struct parser *p, unsigned stops, const char *what, struct word *out)
{
	if (!parser_word(p, stops, what, out))
		return false;
	out->is_pattern = true;
	return parser_check_pattern(p, out);
}

/* Finds "=" or "in" behind the keyword that is next; false: no condition. */
static bool find_condition(struct parser *p, struct slice *key, const char **after,
			   enum condition_op *op)
{
	const char *at;

	*key = parser_peek_keyword(p);
	if (!key->len)
		return false;
	at = p->at + key->len;
	while (at < p->end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	if (at < p->end && *at == '=' && (at + 1 == p->end || at[1] != '=')) {
		*op = CONDITION_IS;
		*after = at + 1;
		return true;
	}
	if (p->end - at < 3 || at[0] != 'i' || at[1] != 'n' || at == p->at + key->len ||
	    (at[2] != ' ' && at[2] != '\t' && at[2] != '(' && at[2] != '\n'))
		return false;
	*op = CONDITION_IN;
	*after = at + 2;
	return true;
}

bool parser_at_condition(struct parser *p)
{
	enum condition_op op;
	const char *after;
	struct slice key;

	return find_condition(p, &key, &after, &op);
}

bool parser_take_condition(struct parser *p, struct slice *key, struct place *at,
			   enum condition_op *op)
{
	const char *after;

	if (!find_condition(p, key, &after, op))
		return false;
	*at = parser_place(p);
	p->at = after;
	return true;
}

static bool read_value(struct parser *p, const char *what, bool is_pattern, struct word *out)
{
	bool is_enclosed = parser_take(p, "(");
	bool is_good = is_pattern ? parser_pattern(p, WORD_IN_LIST, what, out)
				  : parser_word(p, WORD_IN_LIST, what, out);

	return is_good && (!is_enclosed || parser_need(p, ")"));
}

bool parser_value(struct parser *p, const char *what, struct word *out)
{
	return read_value(p, what, false, out);
}

bool parser_pattern_value(struct parser *p, const char *what, struct word *out)
{
	return read_value(p, what, true, out);
}

void word_list_add(struct arena *arena, struct word_list *list, const struct word *w)
{
	/* Grows when the count reaches a power of two; lists are short. */
	if ((list->n & (list->n - 1)) == 0) {
		struct word *words = arena_array(arena, struct word, list->n ? list->n * 2 : 1);

		if (list->n)
			memcpy(words, list->words, list->n * sizeof(*words));
		list->words = words;
	}
	list->words[list->n++] = *w;
}

bool parser_values(struct parser *p, const char *what, struct word_list *out)
{
	struct word_list list = { 0 };
	struct word w;

	if (!parser_take(p, "(")) {
		if (!parser_word(p, WORD_IN_LIST, what, &w))
			return false;
		word_list_add(p->arena, &list, &w);
		*out = list;
		return true;
	}
	while (!parser_take(p, ")")) {
		if (parser_take(p, ","))
			continue;
		if (!parser_word(p, WORD_IN_LIST, what, &w))
			return false;
		word_list_add(p->arena, &list, &w);
	}
	if (!list.n)
		return parser_error(p, parser_place_of(p, p->at - 1), "expected %s, found \")\"",
				    what);
	*out = list;
	return true;
}

static const struct access_name *find_access(const struct access_name *names, size_t n,
					     struct slice name)
{
	for (size_t i = 0; i < n; i++) {
		if (slice_is(name, names[i].name))
			return &names[i];
	}
	return NULL;
}

static bool unknown_access(struct parser *p, const struct access_name *names, size_t n,
			   struct slice name)
{
	const char **all = arena_array(p->arena, const char *, n + 1);

	for (size_t i = 0; i < n; i++)
		all[i] = names[i].name;
	return parser_unknown(p, parser_place(p), "access", name, all);
}

bool parser_access(struct parser *p, const struct access_name *names, size_t n, uint32_t *mask)
{
	const struct access_name *found;
	struct slice name;

	*mask = 0;
	if (!parser_take(p, "(")) {
		name = parser_peek_keyword(p);
		found = find_access(names, n, name);
		if (!found || parser_at_condition(p))
			return true;
		p->at += name.len;
		*mask = found->bits;
		return true;
	}
	while (!parser_take(p, ")")) {
		if (parser_take(p, ","))
			continue;
		name = parser_peek_keyword(p);
		if (!name.len)
			return parser_expected(p, "an access or \")\"");
		found = find_access(names, n, name);
		if (!found)
			return unknown_access(p, names, n, name);
		p->at += name.len;
		*mask |= found->bits;
	}
	if (!*mask)
		parser_warn(p, parser_place_of(p, p->at - 1), "an empty list means every access");
	return true;
}

bool slice_number(struct slice s, uint64_t *out)
{
	unsigned base = 10;
	uint64_t value = 0;
	size_t i = 0;

	if (s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'X')) {
		base = 16;
		i = 2;
	} else if (s.len > 1 && s.ptr[0] == '0') {
		base = 8;
		i = 1;
	}
	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		const char *digits = "0123456789abcdef", *digit;
		char c = s.ptr[i] >= 'A' && s.ptr[i] <= 'F' ? (char)(s.ptr[i] + 32) : s.ptr[i];

		digit = memchr(digits, c, base);
		if (!digit || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(digit - digits), &value))
			return false;
	}
	*out = value;
	return true;
}

/* The byte of an escape at text.ptr[*at], which is behind the backslash; *at goes past it. */
static char unescape(struct slice text, size_t *at)
{
	static const char names[] = "abefnrt", values[] = "\a\b\033\f\n\r\t";
	char c = text.ptr[(*at)++];
	const char *named = memchr(names, c, sizeof(names) - 1);
	char digits[4] = { 0 };
	size_t n = 0;

	if (named)
		return values[named - names];
	if (c == 'x') {
		while (n < 2 && *at + n < text.len && text.ptr[*at + n] &&
		       strchr("0123456789abcdefABCDEF", text.ptr[*at + n])) {
			digits[n] = text.ptr[*at + n];
			n++;
		}
		*at += n;
		return n ? (char)strtoul(digits, NULL, 16) : c;
	}
	if (c < '0' || c > '7')
		return c;
	for (--*at;
	     n < 3 && *at + n < text.len && text.ptr[*at + n] >= '0' && text.ptr[*at + n] <= '7';
	     n++)
		digits[n] = text.ptr[*at + n];
	*at += n;
	return (char)strtoul(digits, NULL, 8);
}

struct slice word_bytes(struct arena *arena, const struct word *w)
{
	auto_buf out = BUF_INIT;

	if (!w->text.len || !memchr(w->text.ptr, '\\', w->text.len))
		return w->text;
	for (size_t at = 0; at < w->text.len;) {
		if (w->text.ptr[at] == '\\' && at + 1 < w->text.len) {
			at++;
			buf_add_char(&out, unescape(w->text, &at));
		} else {
			buf_add_char(&out, w->text.ptr[at++]);
		}
	}
	return arena_slice(arena, buf_slice(&out));
}
