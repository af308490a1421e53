/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a text, gives words and keywords with their places.
 *
 * There is no row of tokens: whoever parses says what may come next, and the text is read that
 * way. A bare word goes on over "," unless a blank follows, so that `/a{b,c} r,` needs no quotes.
 */
#include "lang/lexer.h"

#include "base/buf.h"
#include "lang/policy.h"

#include <stdarg.h>

void parser_init(struct parser *p, struct arena *arena, struct diag *diag,
		 const struct source *source)
{
	*p = (struct parser){
		.arena = arena,
		.diag = diag,
		.source = source,
		.at = source->text.ptr,
		.end = source->text.ptr + source->text.len,
		.counted = source->text.ptr,
		.line_start = source->text.ptr,
		.line = 1,
		.skipped_from = source->text.ptr,
	};
}

struct arena *parser_arena(struct parser *p)
{
	return p->arena;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct place parser_place_of(struct parser *p, const char *at)
{
	if (at < p->counted) {
		p->counted = p->line_start = p->source->text.ptr;
		p->line = 1;
	}
	while (p->counted < at) {
		const char *line_end = memchr(p->counted, '\n', (size_t)(at - p->counted));

		if (!line_end)
			break;
		p->line++;
		p->counted = p->line_start = line_end + 1;
	}
	p->counted = at;
	return (struct place){
		.source = p->source,
		.line = p->line,
		.col = (unsigned)(at - p->line_start) + 1,
	};
}

/* True if a file to include follows what is at `at`. */
static bool is_include_argument(const char *at, const char *end)
{
	return at < end && (*at == ' ' || *at == '\t' || *at == '<' || *at == '"');
}

static bool is_include(const char *at, const char *end)
{
	if (at < end && *at == '#')
		at++;
	if (end - at < 7 || memcmp(at, "include", 7) != 0)
		return false;
	return is_include_argument(at + 7, end);
}

/* True at a "\\" that joins the next line to this one. */
static bool is_joined(const struct parser *p)
{
	const char *next = p->at + 1;

	return p->is_one_line && *p->at == '\\' && next < p->end && (*next == '\n' || *next == '\r');
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->end) {
		const char *line_end;

		if (is_blank(*p->at) || is_joined(p)) {
			p->at++;
			continue;
		}
		if (*p->at != '#' || is_include(p->at, p->end))
			return;
		line_end = memchr(p->at, '\n', (size_t)(p->end - p->at));
		p->at = line_end ? line_end : p->end;
	}
}

void parser_skip(struct parser *p)
{
	if (p->at != p->skipped_to)
		p->skipped_from = p->at;
	skip_blanks(p);
	p->skipped_to = p->at;
}

bool parser_at_line_end(struct parser *p)
{
	parser_skip(p);
	return p->at >= p->end;
}

bool parser_at_include(struct parser *p)
{
	parser_skip(p);
	return is_include(p->at, p->end);
}

struct place parser_place(struct parser *p)
{
	parser_skip(p);
	return parser_place_of(p, p->at);
}

bool parser_error(struct parser *p, struct place at, const char *fmt, ...)
{
	auto_buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	p->has_failed = true;
	return diag_error(p->diag, at, "%s", buf_text(&text));
}

void parser_warn(struct parser *p, struct place at, const char *fmt, ...)
{
	auto_buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	diag_warn(p->diag, at, "%s", buf_text(&text));
}

void parser_help(struct parser *p, const char *fmt, ...)
{
	auto_buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	diag_help(p->diag, "%s", buf_text(&text));
}

/* The nearest of the candidates, NULL if none is near. */
static const char *find_near(struct slice name, const char *const *candidates)
{
	size_t best = name.len < 4 ? 2 : 3;
	const char *near = NULL;

	for (; *candidates; candidates++) {
		size_t distance = slice_distance(name, slice_of(*candidates));

		if (distance < best) {
			best = distance;
			near = *candidates;
		}
	}
	return near;
}

static void help_with_all(struct parser *p, const char *const *candidates)
{
	enum { SHOWN_MAX = 24 };
	auto_buf text = BUF_INIT;
	size_t n = 0;

	for (; candidates[n]; n++) {
		if (n == SHOWN_MAX)
			return;
		buf_printf(&text, "%s%s", n ? ", " : "one of ", candidates[n]);
	}
	if (n)
		parser_help(p, "%s", buf_text(&text));
}

bool parser_unknown(struct parser *p, struct place at, const char *what, struct slice name,
		    const char *const *candidates)
{
	const char *near = find_near(name, candidates);

	parser_error(p, at, "unknown %s \"%.*s\"", what, SLICE_FMT(name));
	if (near)
		parser_help(p, "did you mean \"%s\"?", near);
	else
		help_with_all(p, candidates);
	return false;
}

/* What stands next, in words. */
static void describe_next(struct parser *p, struct buf *out)
{
	enum { SHOWN_MAX = 40 };
	size_t len = 1;

	if (p->at >= p->end) {
		buf_add_text(out, p->is_one_line ? "the end of the line" : "the end of the text");
		return;
	}
	if (*p->at == '"' || is_alpha(*p->at) || *p->at == '/') {
		while (p->at + len < p->end && len < SHOWN_MAX && !is_blank(p->at[len]) &&
		       p->at[len] != ',')
			len++;
	}
	buf_printf(out, "\"%.*s\"", (int)len, p->at);
}

bool parser_expected(struct parser *p, const char *what)
{
	struct place at = parser_place(p);
	auto_buf found = BUF_INIT;

	describe_next(p, &found);
	return parser_error(p, at, "expected %s, found %s", what, buf_text(&found));
}

bool parser_at(struct parser *p, const char *text)
{
	parser_skip(p);
	return slice_starts(slice_make(p->at, (size_t)(p->end - p->at)), text);
}

bool parser_take(struct parser *p, const char *text)
{
	if (!parser_at(p, text))
		return false;
	p->at += strlen(text);
	return true;
}

bool parser_need(struct parser *p, const char *text)
{
	auto_buf what = BUF_INIT;

	if (parser_take(p, text))
		return true;
	buf_printf(&what, "\"%s\"", text);
	return parser_expected(p, buf_text(&what));
}

/* True for a "," that ends a rule: what follows cannot go on with a word. */
static bool is_final_comma(const char *at, const char *end)
{
	return at + 1 >= end || is_blank(at[1]) || at[1] == '"' || at[1] == ',' || at[1] == '#';
}

bool parser_at_end(struct parser *p)
{
	parser_skip(p);
	return p->at >= p->end || *p->at == ',' || *p->at == '}';
}

bool parser_enter(struct parser *p)
{
	if (p->depth == POLICY_NESTING_MAX)
		return parser_error(p, parser_place(p), "nested more than %d levels deep",
				    POLICY_NESTING_MAX);
	p->depth++;
	return true;
}

void parser_leave(struct parser *p)
{
	p->depth--;
}

static bool is_keyword_char(char c)
{
	return is_alpha(c) || is_digit(c) || c == '_' || c == '-' || c == '+' || c == '.';
}

/* True if a word goes on here: the run of letters before it is no keyword. */
static bool goes_on_as_word(const char *at, const char *end)
{
	if (at >= end)
		return false;
	if (*at == '{')
		return at + 1 < end && !is_blank(at[1]) && at[1] != '}' && at[1] != '#';
	return *at == '/' || *at == '*' || *at == '?' || *at == '[' || *at == '@' || *at == ':' ||
	       *at == '^' || *at == '\\' || *at == '$' || *at == '~' || *at == '%' || *at == '\'';
}

size_t parser_keyword_len(const struct parser *p)
{
	const char *at = p->at;

	while (at < p->end && is_keyword_char(*at)) {
		if (*at == '-' && at + 1 < p->end && at[1] == '>')
			break;
		if (*at == '+' && at + 1 < p->end && at[1] == '=')
			break;
		at++;
	}
	return goes_on_as_word(at, p->end) ? 0 : (size_t)(at - p->at);
}

struct slice parser_peek_keyword(struct parser *p)
{
	parser_skip(p);
	return slice_make(p->at, parser_keyword_len(p));
}

bool parser_take_keyword(struct parser *p, const char *keyword)
{
	if (!slice_is(parser_peek_keyword(p), keyword))
		return false;
	p->at += strlen(keyword);
	return true;
}

size_t variable_len(const char *at, const char *end)
{
	const char *from = at;

	if (end - at < 4 || at[0] != '@' || at[1] != '{' || !is_alpha(at[2]))
		return 0;
	for (at += 3; at < end && (is_alpha(*at) || is_digit(*at) || *at == '_'); at++)
		;
	return at < end && *at == '}' ? (size_t)(at + 1 - from) : 0;
}

/* Length of `@NAME`, the form without braces. */
static size_t bare_variable_len(const char *at, const char *end)
{
	const char *from = at;

	if (end - at < 2 || at[0] != '@' || !is_alpha(at[1]))
		return 0;
	for (at += 2; at < end && (is_alpha(*at) || is_digit(*at) || *at == '_'); at++)
		;
	return (size_t)(at - from);
}

bool parser_at_assignment(const struct parser *p)
{
	size_t len = variable_len(p->at, p->end);
	const char *at;

	if (!len)
		len = bare_variable_len(p->at, p->end);
	if (!len)
		return false;
	for (at = p->at + len; at < p->end && (*at == ' ' || *at == '\t'); at++)
		;
	if (at < p->end && (*at == '+' || *at == '?' || *at == ':'))
		at++;
	return at < p->end && *at == '=';
}

/* Skips one element of a bare word; false where the word ends. */
static bool skip_word_element(const struct parser *p, const char **at, unsigned stops,
			      unsigned *braces)
{
	size_t variable = variable_len(*at, p->end);
	char next = *at + 1 < p->end ? (*at)[1] : '\n';
	char c = **at;

	if (variable) {
		*at += variable;
		return true;
	}
	if (is_blank(c) || c == '"')
		return false;
	if (c == '\\') {
		*at += next == '\n' || next == '\r' ? 1 : 2;
		return true;
	}
	if (c == ',' && !*braces && (stops & WORD_IN_LIST))
		return false;
	if (c == ',' && (is_final_comma(*at, p->end) || (!*braces && next == '}')))
		return false;
	if ((stops & WORD_IN_LIST) && (c == '(' || c == ')'))
		return false;
	if ((stops & WORD_NO_EQUALS) && (c == '=' || (c == '!' && next == '=')))
		return false;
	if (c == '{')
		++*braces;
	if (c == '}' && *braces)
		--*braces;
	++*at;
	return true;
}

static const char *find_word_end(const struct parser *p, unsigned stops)
{
	const char *at = p->at;
	unsigned braces = 0;

	while (at < p->end && skip_word_element(p, &at, stops, &braces))
		;
	return at < p->end ? at : p->end;
}

bool parser_at_word(struct parser *p)
{
	parser_skip(p);
	if (p->at >= p->end || *p->at == '#')
		return false;
	if (*p->at == '"')
		return true;
	if (*p->at == '(' || *p->at == ')' || *p->at == '=' || parser_at(p, "->") ||
	    (*p->at == '}' && (p->at + 1 == p->end || is_blank(p->at[1]))))
		return false;
	return find_word_end(p, WORD_PLAIN) > p->at;
}

/* Value of n digits in a base; -1 if they are none. */
static int escape_value(const char *at, const char *end, unsigned base, size_t n_max, size_t *n)
{
	int value = 0;

	for (*n = 0; *n < n_max && at + *n < end; ++*n) {
		char c = at[*n];
		int digit = is_digit(c) ? c - '0' : -1;

		if (digit < 0 || digit >= (int)base || value * (int)base + digit > 255)
			break;
		value = value * (int)base + digit;
	}
	return *n ? value : -1;
}

/* True if text needs a copy: it has an escape that is written otherwise within. */
static bool needs_copy(struct slice text)
{
	const char *at = text.len ? memchr(text.ptr, '\\', text.len) : NULL;
	const char *end = text.ptr + text.len;

	for (; at && at + 1 < end; at = memchr(at + 2, '\\', (size_t)(end - at - 2))) {
		if (at[1] == 'd' || at[1] == 'o' || at[1] == '"')
			return true;
		if (at + 2 >= end)
			break;
	}
	return false;
}

/* Turns \dNNN and \oNNN into \xHH, and \" into ". */
static struct slice normalise(struct parser *p, struct slice text)
{
	auto_buf out = BUF_INIT;
	const char *end = text.ptr + text.len;

	for (const char *at = text.ptr; at < end; at++) {
		size_t n = 0;
		int value = -1;

		if (*at != '\\' || at + 1 == end) {
			buf_add_char(&out, *at);
			continue;
		}
		at++;
		if (*at == 'd' || *at == 'o')
			value = escape_value(at + 1, end, *at == 'd' ? 10 : 8, 3, &n);
		if (value >= 0) {
			buf_printf(&out, "\\x%02x", (unsigned)value);
			at += n;
		} else if (*at == '"') {
			buf_add_char(&out, '"');
		} else {
			buf_add_char(&out, '\\');
			buf_add_char(&out, *at);
		}
	}
	return arena_slice(p->arena, buf_slice(&out));
}

struct slice parser_normalise(struct parser *p, struct slice text)
{
	return needs_copy(text) ? normalise(p, text) : text;
}

/* The text of a word between two places; most are used as they stand in the file. */
static struct slice word_text(struct parser *p, const char *from, const char *to, bool is_quoted,
			      unsigned stops)
{
	struct slice text = slice_make(from, (size_t)(to - from));
	bool is_value = is_quoted || stops & (WORD_IN_LIST | WORD_VALUE);
	size_t bare = is_value ? 0 : bare_variable_len(from, to);

	if (bare && bare == text.len)
		return slice_of(arena_printf(p->arena, "@{%.*s}", (int)bare - 1, from + 1));
	return parser_normalise(p, text);
}

static bool read_quoted(struct parser *p, struct word *out)
{
	const char *from = p->at + 1, *at = from;

	while (at < p->end && *at != '"' && *at != '\n')
		at += *at == '\\' && at + 1 < p->end && at[1] != '\n' ? 2 : 1;
	if (at >= p->end || *at == '\n') {
		parser_error(p, out->place, "this quote is not closed on its line");
		p->at = at < p->end ? at : p->end;
		return false;
	}
	p->at = at + 1;
	if (memchr(from, '\0', (size_t)(at - from)))
		return parser_error(p, out->place, "a NUL byte in the text");
	out->text = word_text(p, from, at, true, 0);
	out->is_quoted = true;
	return true;
}

bool parser_check_bare(struct parser *p, const struct word *w)
{
	if (w->text.len && memchr(w->text.ptr, '\0', w->text.len))
		return parser_error(p, w->place, "a NUL byte in the text");
	for (size_t i = 0; i < w->text.len; i++) {
		if (w->text.ptr[i] == '\\') {
			i++;
		} else if (w->text.ptr[i] == '!') {
			parser_error(p, w->place, "a bare \"!\" in \"%.*s\"", SLICE_FMT(w->text));
			parser_help(p, "put it in quotes: \"%.*s\"", SLICE_FMT(w->text));
			return false;
		}
	}
	return true;
}

bool parser_word(struct parser *p, unsigned stops, const char *what, struct word *out)
{
	const char *end;

	*out = (struct word){ .place = parser_place(p) };
	if (p->at < p->end && *p->at == '"')
		return read_quoted(p, out);
	if (p->at >= p->end || *p->at == '#' || parser_at(p, "->"))
		return parser_expected(p, what);
	end = find_word_end(p, stops);
	if (end == p->at || (*p->at == '}' && end == p->at + 1))
		return parser_expected(p, what);
	out->text = word_text(p, p->at, end, false, stops);
	p->at = end;
	return parser_check_bare(p, out);
}

/* One step of recovery; false at the end of what is broken. */
static bool recover_step(struct parser *p)
{
	const char *before;

	parser_skip(p);
	before = p->at;
	if (p->at >= p->end || *p->at == '}')
		return false;
	if (*p->at == ',') {
		p->at++;
		return false;
	}
	if (*p->at == '"') {
		const char *close = memchr(p->at + 1, '"', (size_t)(p->end - p->at - 1));

		p->at = close ? close + 1 : p->end;
		return true;
	}
	if (*p->at == '{') {
		/* A block that nobody asked for: it is skipped whole. */
		p->at++;
		if (p->depth < POLICY_NESTING_MAX) {
			p->depth++;
			while (p->at < p->end && *p->at != '}')
				parser_recover(p);
			p->depth--;
		}
		parser_take(p, "}");
		return false;
	}
	p->at = find_word_end(p, WORD_PLAIN);
	if (p->at == before)
		p->at++;
	return true;
}

void parser_recover(struct parser *p)
{
	while (recover_step(p))
		;
}
