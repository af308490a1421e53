/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats words, gives pattern text for parts of objects. The one idea: where the meaning of a glob
 * depends on its being the end of the pattern, the dependence is written out before anything
 * follows.
 */
#include "lang/object.h"

#include <assert.h>

void object_any(struct buf *out)
{
	buf_add_text(out, "**");
}

void object_end(struct buf *out)
{
	buf_add_text(out, "\\x00");
}

void object_any_u16(struct buf *out)
{
	buf_add_text(out, "[\\x00-\\xff][\\x00-\\xff]");
}

/* How many stars that need a byte of the last part of a path end the glob. */
static size_t last_stars(struct slice glob)
{
	size_t n = 0;

	while (n < glob.len && glob.ptr[glob.len - 1 - n] == '*')
		n++;
	if (n == 0 || n == glob.len || glob.ptr[glob.len - 1 - n] != '/')
		return 0;
	return n;
}

void object_glob(struct buf *out, struct slice glob)
{
	size_t n = last_stars(glob);

	buf_add_slice(out, slice_cut(glob, 0, glob.len - n));
	if (!n)
		return;
	buf_add_text(out, "[^/\\x00]");
	buf_add_slice(out, slice_cut(glob, glob.len - n, glob.len));
}

void object_part(struct buf *out, const struct word *w)
{
	if (w->text.ptr)
		object_glob(out, w->text);
	else
		object_any(out);
}

/* Steps over one character of a glob, an escape or a set as a whole. */
static size_t glob_step(struct slice glob, size_t at)
{
	if (glob.ptr[at] == '\\')
		return at + 2 < glob.len ? at + 2 : glob.len;
	if (glob.ptr[at] != '[')
		return at + 1;
	for (size_t i = at + 1; i < glob.len; i++) {
		if (glob.ptr[i] == '\\')
			i++;
		else if (glob.ptr[i] == ']')
			return i + 1;
	}
	return at + 1;
}

/* Adds a glob as one of several in braces: its own commas outside of braces are escaped. */
static void add_alternative(struct buf *out, struct slice glob)
{
	auto_buf part = BUF_INIT;
	unsigned depth = 0;
	size_t next;

	for (size_t at = 0; at < glob.len; at = next) {
		next = glob_step(glob, at);
		if (glob.ptr[at] == '{')
			depth++;
		else if (glob.ptr[at] == '}' && depth)
			depth--;
		else if (glob.ptr[at] == ',' && !depth)
			buf_add_char(&part, '\\');
		buf_add_slice(&part, slice_cut(glob, at, next));
	}
	object_glob(out, buf_slice(&part));
}

void object_any_of(struct buf *out, const struct word_list *list)
{
	if (!list->n) {
		object_any(out);
		return;
	}
	if (list->n == 1) {
		object_part(out, &list->words[0]);
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		buf_add_char(out, i ? ',' : '{');
		add_alternative(out, list->words[i].text);
	}
	buf_add_char(out, '}');
}

/* Where the brace that opens at `at` is closed; glob.len if it is not. */
static size_t closing_brace(struct slice glob, size_t at)
{
	unsigned depth = 0;

	for (size_t i = at; i < glob.len; i = glob_step(glob, i)) {
		if (glob.ptr[i] == '{')
			depth++;
		else if (glob.ptr[i] == '}' && --depth == 0)
			return i;
	}
	return glob.len;
}

static void add_part_of(struct arena *arena, const struct word *w, size_t from, size_t to,
			struct word_list *out)
{
	struct word part = *w;

	part.text = slice_cut(w->text, from, to);
	object_alternatives(arena, &part, out);
}

void object_alternatives(struct arena *arena, const struct word *w, struct word_list *out)
{
	struct slice glob = w->text;
	size_t from = 1, next;
	unsigned depth = 0;

	assert(glob.ptr);
	if (!glob.len || glob.ptr[0] != '{' || closing_brace(glob, 0) != glob.len - 1) {
		word_list_add(arena, out, w);
		return;
	}
	for (size_t at = 1; at < glob.len - 1; at = next) {
		next = glob_step(glob, at);
		if (glob.ptr[at] == '{') {
			depth++;
		} else if (glob.ptr[at] == '}' && depth) {
			depth--;
		} else if (glob.ptr[at] == ',' && !depth) {
			add_part_of(arena, w, from, at, out);
			from = next;
		}
	}
	add_part_of(arena, w, from, glob.len - 1, out);
}
