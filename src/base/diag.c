/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Problems with a place. Printed in the order of their places within a file; files in the order
 * in which their first problem was met.
 */
#include "base/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

enum { LINE_SHOWN_MAX = 200 };

void diag_release(struct diag *d)
{
	arena_release(&d->arena);
	*d = (struct diag)DIAG_INIT;
}

static struct diag_item *next_item(struct diag *d)
{
	if (d->n_items == DIAG_ITEMS_MAX)
		return NULL;
	if (d->n_items == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 8;
		struct diag_item *items = arena_array(&d->arena, struct diag_item, cap);

		if (d->n_items)
			memcpy(items, d->items, d->n_items * sizeof(*items));
		d->items = items;
		d->cap = cap;
	}
	return &d->items[d->n_items++];
}

/*
 * A copy of the source in the diag's own arena: problems are printed after the policy is gone.
 * One copy a source, found by walking back: problems of one file come in a row.
 */
static struct place keep_place(struct diag *d, struct place at)
{
	struct source *copy;

	if (!at.source)
		return at;
	for (size_t i = d->n_items; i-- > 0;) {
		const struct source *met = d->items[i].place.source;

		if (met && !strcmp(met->name, at.source->name) &&
		    slice_eq(met->text, at.source->text)) {
			at.source = met;
			return at;
		}
	}
	copy = arena_new(&d->arena, struct source);
	copy->name = arena_text(&d->arena, slice_of(at.source->name));
	copy->text = arena_slice(&d->arena, at.source->text);
	at.source = copy;
	return at;
}

__attribute__((format(printf, 4, 0)))
static void add(struct diag *d, enum diag_level level, struct place at, const char *fmt, va_list ap)
{
	auto_buf text = BUF_INIT;
	struct diag_item *item = next_item(d);

	if (!item)
		return;
	buf_vprintf(&text, fmt, ap);
	*item = (struct diag_item){
		.level = level,
		.place = keep_place(d, at),
		.text = arena_text(&d->arena, buf_slice(&text)),
	};
}

bool diag_error(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_ERROR, at, fmt, ap);
	va_end(ap);
	d->n_errors++;
	return false;
}

bool diag_warn(struct diag *d, struct place at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(d, DIAG_WARNING, at, fmt, ap);
	va_end(ap);
	d->n_warnings++;
	return false;
}

void diag_help(struct diag *d, const char *fmt, ...)
{
	auto_buf text = BUF_INIT;
	va_list ap;

	if (!d->n_items || d->n_errors + d->n_warnings > d->n_items)
		return;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	d->items[d->n_items - 1].help = arena_text(&d->arena, buf_slice(&text));
}

struct slice diag_line(struct slice text, unsigned line)
{
	const char *end;

	while (--line) {
		end = memchr(text.ptr, '\n', text.len);
		if (!end)
			return slice_make(text.ptr, 0);
		text = slice_cut(text, (size_t)(end - text.ptr) + 1, text.len);
	}
	end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
	return end ? slice_cut(text, 0, (size_t)(end - text.ptr)) : text;
}

/* Blanks as wide as the text shows: tabs stay tabs, UTF-8 continuation bytes take no place. */
static void add_blanks(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c == '\t')
			buf_add_char(out, '\t');
		else if (c < 0x20 || c == 0x7f)
			buf_add_text(out, "    ");
		else if ((c & 0xc0) != 0x80)
			buf_add_char(out, ' ');
	}
}

void diag_print_line(struct place at, struct buf *out)
{
	struct slice line = diag_line(at.source->text, at.line);
	size_t before = at.col ? at.col - 1 : 0;

	if (before > line.len)
		before = line.len;
	if (line.len > LINE_SHOWN_MAX && before > LINE_SHOWN_MAX / 2) {
		size_t cut = before - LINE_SHOWN_MAX / 2;

		line = slice_cut(line, cut, line.len);
		before -= cut;
	}
	if (line.len > LINE_SHOWN_MAX)
		line.len = LINE_SHOWN_MAX;
	buf_add_text(out, "    ");
	for (size_t i = 0; i < line.len;) {
		const char *tab = memchr(line.ptr + i, '\t', line.len - i);
		size_t end = tab ? (size_t)(tab - line.ptr) : line.len;

		buf_add_escaped(out, slice_cut(line, i, end));
		if (tab)
			buf_add_char(out, '\t');
		i = end + (tab != NULL);
	}
	buf_add_text(out, "\n    ");
	add_blanks(out, slice_cut(line, 0, before));
	buf_add_text(out, "^\n");
}

void diag_print_place(struct place at, struct buf *out)
{
	if (!at.source)
		return;
	buf_add_escaped(out, slice_of(at.source->name));
	if (at.line)
		buf_printf(out, ":%u:%u", at.line, at.col ? at.col : 1);
	buf_add_text(out, ": ");
}

static void print_item(const struct diag_item *item, struct buf *out)
{
	diag_print_place(item->place, out);
	buf_add_text(out, item->level == DIAG_ERROR ? "error: " : "warning: ");
	buf_add_escaped(out, slice_of(item->text));
	buf_add_char(out, '\n');
	if (item->place.source && item->place.line && item->place.source->text.len)
		diag_print_line(item->place, out);
	if (item->help) {
		diag_print_place(item->place, out);
		buf_add_text(out, "help: ");
		buf_add_escaped(out, slice_of(item->help));
		buf_add_char(out, '\n');
	}
}

/* A copy of the items with a key to sort by: when their file was first met. */
struct sorted_item {
	const struct diag_item *item;
	size_t file;
};

static int compare_items(const void *left, const void *right)
{
	const struct sorted_item *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->item->place.line != b->item->place.line)
		return a->item->place.line < b->item->place.line ? -1 : 1;
	if (a->item->place.col != b->item->place.col)
		return a->item->place.col < b->item->place.col ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

/* The items in the order to print them; the caller frees. NULL if there are none. */
static struct sorted_item *sort_items(const struct diag *d)
{
	struct sorted_item *sorted;

	if (!d->n_items)
		return NULL;
	sorted = calloc(d->n_items, sizeof(*sorted));
	if (!sorted)
		base_no_memory();
	for (size_t i = 0; i < d->n_items; i++) {
		size_t first = 0;

		while (d->items[first].place.source != d->items[i].place.source)
			first++;
		sorted[i] = (struct sorted_item){ &d->items[i], first };
	}
	qsort(sorted, d->n_items, sizeof(*sorted), compare_items);
	return sorted;
}

void diag_print(const struct diag *d, struct buf *out)
{
	struct sorted_item *sorted = sort_items(d);
	size_t more = d->n_errors + d->n_warnings - d->n_items;

	for (size_t i = 0; i < d->n_items; i++)
		print_item(sorted[i].item, out);
	free(sorted);
	if (more)
		buf_printf(out, "and %zu more problems, not shown\n", more);
}

static void print_item_json(const struct diag_item *item, struct buf *out)
{
	buf_printf(out, "{\"level\":\"%s\",\"file\":\"",
		   item->level == DIAG_ERROR ? "error" : "warning");
	buf_add_json(out, slice_of(item->place.source ? item->place.source->name : ""));
	buf_printf(out, "\",\"line\":%u,\"column\":%u,\"message\":\"", item->place.line,
		   item->place.col);
	buf_add_json(out, slice_of(item->text));
	buf_add_char(out, '"');
	if (item->help) {
		buf_add_text(out, ",\"help\":\"");
		buf_add_json(out, slice_of(item->help));
		buf_add_char(out, '"');
	}
	buf_add_char(out, '}');
}

void diag_print_json(const struct diag *d, struct buf *out)
{
	struct sorted_item *sorted = sort_items(d);

	buf_add_char(out, '[');
	for (size_t i = 0; i < d->n_items; i++) {
		if (i)
			buf_add_char(out, ',');
		print_item_json(sorted[i].item, out);
	}
	free(sorted);
	buf_add_char(out, ']');
}
