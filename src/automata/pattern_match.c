/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a pattern's text and an object, says whether they match. By backtracking on the text, with no
 * tree and no automaton: slow, and written so differently from them that it can judge them.
 */
#include "automata/pattern.h"

#include "automata/escape.h"

enum { DEPTH_MAX = 3000 };		/* choices at once: stacks end */

struct matcher {
	struct slice text;
	struct slice object;
	size_t n_steps;
	unsigned depth;
	bool is_spent;
};

/*
 * What is still to be matched after the text at hand: when a run inside braces ends, matching goes on
 * behind the closing brace.
 */
struct rest {
	size_t at;			/* in the text */
	const struct rest *outer;
};

static bool match(struct matcher *m, size_t at, size_t object, const struct rest *rest);

static bool is_between(int byte, int one, int other)
{
	return one <= other ? byte >= one && byte <= other : byte >= other && byte <= one;
}

/* The place behind a class that begins at `at`; says whether byte is in it. */
static size_t match_class(struct slice text, size_t at, int byte, bool *is_in)
{
	bool is_inverted, found = false;

	at++;
	is_inverted = at < text.len && text.ptr[at] == '^';
	at += is_inverted;
	while (at < text.len && text.ptr[at] != ']') {
		int low = escape_read(text, &at), high = low;

		if (at + 1 < text.len && text.ptr[at] == '-' && text.ptr[at + 1] != ']') {
			at++;
			high = escape_read(text, &at);
		}
		found |= is_between(byte, low, high);
	}
	*is_in = is_inverted ? byte && !found : found;
	return at + 1;
}

/* The place of the "," or "}" that ends the alternative which begins at `at`. */
static size_t alternative_end(struct slice text, size_t at)
{
	unsigned depth = 0;
	bool ignored;

	while (at < text.len) {
		char c = text.ptr[at];

		if (!depth && (c == ',' || c == '}'))
			return at;
		if (c == '[') {
			at = match_class(text, at, 0, &ignored);
			continue;
		}
		depth += c == '{';
		depth -= c == '}';
		escape_read(text, &at);
	}
	return at;
}

static bool match_braces(struct matcher *m, size_t at, size_t object, const struct rest *rest)
{
	size_t begin = at + 1, end, close = begin;

	for (end = alternative_end(m->text, begin); end < m->text.len && m->text.ptr[end] == ',';
	     end = alternative_end(m->text, end + 1))
		;
	close = end;
	for (;; begin = end + 1) {
		struct rest behind = { close + 1, rest };

		end = alternative_end(m->text, begin);
		if (match(m, begin, object, &behind))
			return true;
		if (end >= close)
			return false;
	}
}

static bool is_path_end(const struct matcher *m, size_t at)
{
	return at == m->text.len || m->text.ptr[at] == '/';
}

static bool match_stars(struct matcher *m, size_t at, size_t object, const struct rest *rest)
{
	size_t behind = at, least = 0;
	bool is_wide;

	while (behind < m->text.len && m->text.ptr[behind] == '*')
		behind++;
	is_wide = behind - at > 1;
	if (at && m->text.ptr[at - 1] == '/' && is_path_end(m, behind))
		least = 1;
	for (size_t n = 0;; n++) {
		char c;

		if (n >= least && match(m, behind, object + n, rest))
			return true;
		if (object + n == m->object.len || m->is_spent)
			return false;
		c = m->object.ptr[object + n];
		if (!c || (c == '/' && (!is_wide || n < least)))
			return false;
	}
}

/* Takes one byte from both: moves *at and *object on if it fits. */
static bool match_one(const struct matcher *m, size_t *at, size_t *object)
{
	int byte = *object < m->object.len ? (unsigned char)m->object.ptr[*object] : -1;
	char c = m->text.ptr[*at];
	bool is_in;

	if (c == '[') {
		*at = match_class(m->text, *at, byte, &is_in);
	} else if (c == '?') {
		++*at;
		is_in = byte && byte != '/';
	} else {
		is_in = escape_read(m->text, at) == byte;
	}
	++*object;
	return byte >= 0 && is_in;
}

static bool match_here(struct matcher *m, size_t at, size_t object, const struct rest *rest)
{
	for (; m->n_steps; m->n_steps--) {
		char c;

		if (at == m->text.len)
			return object == m->object.len;
		c = m->text.ptr[at];
		if (rest && (c == ',' || c == '}')) {
			at = rest->at;
			rest = rest->outer;
		} else if (c == '{') {
			return match_braces(m, at, object, rest);
		} else if (c == '*') {
			return match_stars(m, at, object, rest);
		} else if (!match_one(m, &at, &object)) {
			return false;
		}
	}
	m->is_spent = true;
	return false;
}

static bool match(struct matcher *m, size_t at, size_t object, const struct rest *rest)
{
	bool is_match = false;

	if (m->n_steps && m->depth < DEPTH_MAX) {
		m->n_steps--;
		m->depth++;
		is_match = match_here(m, at, object, rest);
		m->depth--;
	} else {
		m->is_spent = true;
	}
	return is_match;
}

int pattern_matches(struct slice text, struct slice object, size_t n_steps)
{
	struct matcher m = { .text = text, .object = object, .n_steps = n_steps };
	bool is_match = match(&m, 0, 0, NULL);

	if (is_match)
		return 1;
	return m.is_spent ? -1 : 0;
}
