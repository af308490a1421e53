/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a label's name as somebody writes it, gives it as everybody reads it. */
#include "image/label.h"

#include "abi/image.h"

#include <stdlib.h>

static int by_text(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* Gives how many names there are, or 0 if there are too many. */
static size_t split(struct slice name, struct slice names[LABEL_NAMES_MAX])
{
	size_t n = 0;
	bool is_open = slice_ends(name, IMAGE_STACKED) && name.len > strlen(IMAGE_STACKED);

	while (name.len) {
		if (n + is_open == LABEL_NAMES_MAX)
			return 0;
		names[n++] = slice_take(&name, IMAGE_STACKED);
	}
	if (is_open)
		names[n++] = SLICE("unconfined");
	return n;
}

void label_print(struct slice name, struct buf *out)
{
	struct slice names[LABEL_NAMES_MAX];
	size_t n;

	if (slice_starts(name, "&")) {
		buf_add_char(out, '&');
		name = slice_cut(name, 1, name.len);
	}
	n = split(name, names);
	if (!n)
		buf_add_slice(out, name);
	qsort(names, n, sizeof(*names), by_text);
	for (size_t i = 0; i < n; i++) {
		if (i && !slice_compare(names[i - 1], names[i]))
			continue;
		buf_add_text(out, i ? IMAGE_STACKED : "");
		buf_add_slice(out, names[i]);
	}
}

void label_print_with(const char *name, bool with_nobody, struct buf *out)
{
	auto_buf told = BUF_INIT;

	buf_printf(&told, "%s%s", name, with_nobody ? IMAGE_STACKED "unconfined" : "");
	label_print(buf_slice(&told), out);
}
