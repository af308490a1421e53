/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the text of conditions, fills the words that a rule class points to. The one idea: what a
 * class allows is a table, so that every class refuses repetition, "in" and unknown keys alike.
 */
#include "lang/conditions.h"

#include <assert.h>

static const struct condition *find(const struct condition *table, size_t n, struct slice key)
{
	for (size_t i = 0; i < n; i++)
		if (slice_is(key, table[i].key))
			return &table[i];
	return NULL;
}

static bool unknown_key(struct parser *p, struct place at, const char *what, struct slice key,
			const struct condition *table, size_t n, const char *more)
{
	const char *names[CONDITIONS_MAX + 2] = { NULL };
	size_t n_names = 0;

	assert(n <= CONDITIONS_MAX);
	for (size_t i = 0; i < n; i++)
		names[n_names++] = table[i].key;
	if (more)
		names[n_names] = more;
	return parser_unknown(p, at, what, key, names);
}

static bool is_allowed(struct parser *p, const struct condition *c, struct place at,
		       enum condition_op op)
{
	if (op == CONDITION_IN) {
		parser_error(p, at, "\"in\" is not possible with \"%s\" here", c->key);
		parser_help(p, "write %s=VALUE", c->key);
		return false;
	}
	if (c->to && c->to->text.ptr) {
		parser_error(p, at, "\"%s=\" stands twice in one rule", c->key);
		parser_help(p, "write two rules, or one pattern that matches both");
		return false;
	}
	return true;
}

static bool add_values(struct parser *p, const struct condition *c)
{
	struct word_list words = { 0 };

	if (!parser_values(p, c->what, &words))
		return false;
	for (size_t i = 0; i < words.n; i++)
		word_list_add(parser_arena(p), c->list, &words.words[i]);
	return true;
}

/* Alone, a value goes on over commas, as a path does; in parentheses "," and ")" end it. */
static bool read_word(struct parser *p, const struct condition *c, unsigned stops)
{
	bool is_enclosed = !c->is_bare && parser_take(p, "(");
	struct word w = { 0 };

	if (c->is_bare && parser_at(p, "("))
		return parser_expected(p, c->what);
	stops = is_enclosed ? WORD_IN_LIST : stops;
	if (!(c->is_text ? parser_word(p, stops, c->what, &w) :
			   parser_pattern(p, stops, c->what, &w)))
		return false;
	if (is_enclosed && !parser_need(p, ")"))
		return false;
	*c->to = w;
	return true;
}

static bool read_own(struct parser *p, const struct condition *c)
{
	struct word w = { 0 };

	if (!c->list)
		return read_word(p, c, WORD_VALUE);
	if (!parser_at(p, "(")) {
		if (!parser_word(p, WORD_VALUE, c->what, &w))
			return false;
		word_list_add(parser_arena(p), c->list, &w);
		return true;
	}
	return add_values(p, c);
}

static bool read_peer(struct parser *p, struct conditions *c)
{
	struct slice key;
	struct place at;
	enum condition_op op;

	if (!parser_need(p, "("))
		return false;
	for (;;) {
		const struct condition *found;

		while (parser_take(p, ","))
			continue;
		if (parser_take(p, ")"))
			break;
		if (!parser_take_condition(p, &key, &at, &op))
			return parser_expected(p, "a condition like label=NAME, or \")\"");
		found = find(c->peer, c->n_peer, key);
		if (!found)
			return unknown_key(p, at, "condition of a peer", key, c->peer, c->n_peer,
					   NULL);
		if (!is_allowed(p, found, at, op) || !read_word(p, found, WORD_IN_LIST))
			return false;
	}
	c->has_peer = true;
	return true;
}

bool conditions_parse(struct parser *p, struct conditions *c)
{
	struct slice key;
	struct place at;
	enum condition_op op;

	while (parser_take_condition(p, &key, &at, &op)) {
		const struct condition *found = find(c->own, c->n_own, key);

		if (c->has_peer) {
			parser_error(p, at, "\"%.*s=\" stands after peer=()", SLICE_FMT(key));
			parser_help(p, "peer=() is the last of the conditions");
			return false;
		}
		if (c->peer && slice_is(key, "peer") && op == CONDITION_IS) {
			if (!read_peer(p, c))
				return false;
			continue;
		}
		if (!found && find(c->peer, c->n_peer, key)) {
			parser_error(p, at, "%s rules have \"%.*s=\" for the peer alone", c->rule,
				     SLICE_FMT(key));
			parser_help(p, "write peer=(%.*s=VALUE)", SLICE_FMT(key));
			return false;
		}
		if (!found)
			return unknown_key(p, at, "condition", key, c->own, c->n_own,
					   c->peer ? "peer" : NULL);
		if (!is_allowed(p, found, at, op) || !read_own(p, found))
			return false;
	}
	return true;
}

void conditions_print_peer(const struct buf *inside, struct buf *out)
{
	struct slice text = buf_slice(inside);

	if (!text.len)
		return;
	if (text.ptr[0] == ' ')
		text = slice_cut(text, 1, text.len);
	buf_add_text(out, " peer=(");
	buf_add_slice(out, text);
	buf_add_char(out, ')');
}
