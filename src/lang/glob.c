/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats glob texts; gives what is wrong with them. A stack of open braces is all the state. */
#include "lang/glob.h"

#include "base/buf.h"
#include "lang/lexer.h"

struct check {
	struct slice text;
	size_t at;
	unsigned depth;
	size_t opened[GLOB_DEPTH_MAX];
	bool has_comma[GLOB_DEPTH_MAX];
	struct glob_problem *problem;
};

static bool fail(struct check *c, size_t at, const char *text, const char *help)
{
	*c->problem = (struct glob_problem){ at, text, help };
	return false;
}

/* One byte of a set. */
static bool check_set_byte(struct check *c, size_t from)
{
	if (c->text.ptr[c->at] == '\\' && ++c->at >= c->text.len)
		return fail(c, from, "this \"[\" is not closed", "add \"]\"");
	c->at++;
	return true;
}

static bool check_set(struct check *c)
{
	size_t from = c->at++, n = 0;

	if (c->at < c->text.len && c->text.ptr[c->at] == '^')
		c->at++;
	for (; c->at < c->text.len && c->text.ptr[c->at] != ']'; n++) {
		if (!check_set_byte(c, from))
			return false;
		if (c->at + 1 >= c->text.len || c->text.ptr[c->at] != '-' ||
		    c->text.ptr[c->at + 1] == ']')
			continue;
		c->at++;
		if (!check_set_byte(c, from))
			return false;
	}
	if (c->at >= c->text.len)
		return fail(c, from, "this \"[\" is not closed",
			    "add \"]\", or put a backslash before the character itself");
	if (!n)
		return fail(c, from, "this set has no characters",
			    "put a backslash before \"]\" in a set");
	c->at++;
	return true;
}

static bool check_open(struct check *c)
{
	if (c->depth == GLOB_DEPTH_MAX)
		return fail(c, c->at, "braces are nested too deep", NULL);
	c->opened[c->depth] = c->at;
	c->has_comma[c->depth] = false;
	c->depth++;
	c->at++;
	return true;
}

static bool check_close(struct check *c)
{
	if (!c->depth)
		return fail(c, c->at, "this \"}\" closes nothing",
			    "put a backslash before the character itself");
	c->depth--;
	if (!c->has_comma[c->depth])
		return fail(c, c->opened[c->depth], "braces need two alternatives or more",
			    "{a,b}; one of them may be empty: {a,}");
	c->at++;
	return true;
}

static bool check_one(struct check *c)
{
	size_t variable = variable_len(c->text.ptr + c->at, c->text.ptr + c->text.len);

	if (variable) {
		c->at += variable;
		return true;
	}
	switch (c->text.ptr[c->at]) {
	case '\\':
		if (c->at + 1 == c->text.len)
			return fail(c, c->at, "nothing follows this \"\\\"",
				    "write two of them for the character itself");
		c->at += 2;
		return true;
	case '[':
		return check_set(c);
	case ']':
		return fail(c, c->at, "this \"]\" closes nothing",
			    "put a backslash before the character itself");
	case '{':
		return check_open(c);
	case '}':
		return check_close(c);
	case ',':
		if (c->depth)
			c->has_comma[c->depth - 1] = true;
		break;
	default:
		break;
	}
	c->at++;
	return true;
}

bool glob_check(struct slice text, struct glob_problem *problem)
{
	struct check c;

	c.text = text;
	c.at = 0;
	c.depth = 0;
	c.problem = problem;
	while (c.at < text.len) {
		if (!check_one(&c))
			return false;
	}
	if (c.depth)
		return fail(&c, c.opened[c.depth - 1], "this \"{\" is not closed",
			    "add \"}\", or put a backslash before the character itself");
	return true;
}

bool glob_is_literal(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\')
			i++;
		else if (c == '*' || c == '?' || c == '[' || c == '{')
			return false;
	}
	return true;
}

struct slice glob_collapse_slashes(struct arena *arena, struct slice text)
{
	auto_buf out = BUF_INIT;
	size_t i = 0;

	for (i = 1; i < text.len && !(text.ptr[i] == '/' && text.ptr[i - 1] == '/'); i++)
		;
	if (i >= text.len)
		return text;
	i = text.len > 2 && text.ptr[0] == '/' && text.ptr[1] == '/' && text.ptr[2] != '/' ? 2 : 0;
	buf_add(&out, text.ptr, i);
	for (; i < text.len; i++) {
		char last = out.len ? out.data[out.len - 1] : '\0';

		if (text.ptr[i] == '\\' && i + 1 < text.len) {
			buf_add(&out, text.ptr + i, 2);
			i++;
		} else if (text.ptr[i] != '/' || last != '/') {
			buf_add_char(&out, text.ptr[i]);
		}
	}
	return arena_slice(arena, buf_slice(&out));
}
