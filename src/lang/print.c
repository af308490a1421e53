/* SPDX-License-Identifier: BSD-2-Clause */
/* Words as they must be written to be read back the same; and what classes print with. */
#include "lang/lexer.h"
#include "lang/rule_class.h"

/* True if the text reads as itself when it is written bare. */
static bool is_bare(struct slice text)
{
	if (!text.len || memchr("{(#^$&\"->=", text.ptr[0], 10) || text.ptr[text.len - 1] == ',')
		return false;
	if (text.ptr[0] == '@' && !variable_len(text.ptr, text.ptr + text.len))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\') {
			if (i + 1 < text.len && (text.ptr[i + 1] == 'd' || text.ptr[i + 1] == 'o'))
				return false;
			i++;
		} else if (memchr(" \t\r\n\f\v\"()=!", c, 11)) {
			return false;
		} else if (c == ',' && memchr(" \t\r\n\",#}", text.ptr[i + 1], 8)) {
			return false;
		}
	}
	return true;
}

void word_print(const struct word *w, struct buf *out)
{
	/* A comma outside of braces would end a word in a list. */
	unsigned depth = 0;
	bool bare = is_bare(w->text);

	for (size_t i = 0; bare && i < w->text.len; i++) {
		char c = w->text.ptr[i];

		if (c == '\\')
			i++;
		else if (c == '{')
			depth++;
		else if (c == '}')
			depth -= depth > 0;
		else if (c == ',' && !depth)
			bare = false;
	}
	if (bare) {
		buf_add_slice(out, w->text);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < w->text.len; i++) {
		char c = w->text.ptr[i];

		if (c == '\\' && i + 1 < w->text.len) {
			buf_add_char(out, c);
			c = w->text.ptr[++i];
		} else if (c == '"') {
			buf_add_char(out, '\\');
		}
		buf_add_char(out, c);
	}
	buf_add_char(out, '"');
}

void word_list_print(const struct word_list *l, struct buf *out)
{
	if (l->n != 1)
		buf_add_char(out, '(');
	for (size_t i = 0; i < l->n; i++) {
		if (i)
			buf_add_char(out, ' ');
		word_print(&l->words[i], out);
	}
	if (l->n != 1)
		buf_add_char(out, ')');
}

void word_print_condition(const char *key, const struct word *w, struct buf *out)
{
	if (!w->text.ptr)
		return;
	buf_printf(out, " %s=", key);
	word_print(w, out);
}

void word_list_print_condition(const char *key, const struct word_list *l, struct buf *out)
{
	if (!l->n)
		return;
	buf_printf(out, " %s=", key);
	word_list_print(l, out);
}

int word_compare(const struct word *a, const struct word *b)
{
	if (!a->text.ptr || !b->text.ptr)
		return (a->text.ptr != NULL) - (b->text.ptr != NULL);
	return slice_compare(a->text, b->text);
}

int word_list_compare(const struct word_list *a, const struct word_list *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int order = word_compare(&a->words[i], &b->words[i]);

		if (order)
			return order;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}

static unsigned count_bits(uint32_t bits)
{
	return (unsigned)__builtin_popcount(bits);
}

void access_print(const struct access_name *names, size_t n, uint32_t mask, struct buf *out)
{
	const struct access_name *chosen[32];
	size_t n_chosen = 0;

	while (mask && n_chosen < 32) {
		const struct access_name *best = NULL;

		for (size_t i = 0; i < n; i++) {
			if (names[i].bits && (names[i].bits & ~mask) == 0 &&
			    (!best || count_bits(names[i].bits) > count_bits(best->bits)))
				best = &names[i];
		}
		if (!best)
			break;
		chosen[n_chosen++] = best;
		mask &= ~best->bits;
	}
	if (n_chosen != 1)
		buf_add_char(out, '(');
	for (size_t i = 0; i < n_chosen; i++)
		buf_printf(out, "%s%s", i ? " " : "", chosen[i]->name);
	if (n_chosen != 1)
		buf_add_char(out, ')');
}
