/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing run of bytes that doubles. */
#include "base/buf.h"
#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef HARD_TEST
enum { CAP_FIRST = 1, PRINTF_ROOM = 1 };
#else
enum { CAP_FIRST = 64, PRINTF_ROOM = 48 };	/* most of what is printed is short */
#endif

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	size_t need, cap = b->cap ? b->cap : CAP_FIRST;

	if (__builtin_add_overflow(b->len, more, &need) || need > SIZE_MAX / 4)
		base_no_memory();
	if (b->data && need < b->cap)
		return;
	while (cap <= need)
		cap *= 2;
	b->data = realloc(b->data, cap);
	if (!b->data)
		base_no_memory();
	b->cap = cap;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	buf_reserve(b, len);
	if (len)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.ptr, s.len);
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	buf_reserve(b, PRINTF_ROOM);
	len = vsnprintf(b->data + b->len, b->cap - b->len, fmt, ap);
	assert(len >= 0);
	if ((size_t)len >= b->cap - b->len) {
		buf_reserve(b, (size_t)len + 1);
		vsnprintf(b->data + b->len, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	b->len += (size_t)len;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void buf_add_zeros(struct buf *b, size_t len)
{
	buf_reserve(b, len);
	memset(b->data + b->len, 0, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_cut(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

void buf_align(struct buf *b, size_t to)
{
	while (b->len & (to - 1))
		buf_add_char(b, '\0');
}

/*
 * The length of the well-formed UTF-8 sequence at s (RFC 3629: no overlong forms, no surrogates),
 * 0 if there is none.
 */
static size_t utf8_len(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	unsigned low = 0x80, high = 0xbf;

	if (!len || p[0] > 0xf4 || len > s.len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < len; i++, low = 0x80, high = 0xbf)
		if (p[i] < low || p[i] > high)
			return 0;
	return len;
}

static bool is_control(struct slice s, size_t len)
{
	unsigned char c = (unsigned char)s.ptr[0];

	/* C1 controls are U+0080 to U+009F. */
	return (len == 1 && (c < 0x20 || c == 0x7f)) ||
	       (len == 2 && c == 0xc2 && (unsigned char)s.ptr[1] < 0xa0);
}

void buf_add_escaped(struct buf *b, struct slice s)
{
	for (size_t i = 0, len; i < s.len; i += len) {
		struct slice rest = slice_cut(s, i, s.len);

		len = utf8_len(rest);
		if (len && !is_control(rest, len) && s.ptr[i] != '\\') {
			buf_add(b, rest.ptr, len);
			continue;
		}
		len = len ? len : 1;
		for (size_t k = 0; k < len; k++)
			buf_printf(b, "\\x%02x", (unsigned char)rest.ptr[k]);
	}
}

void buf_add_json(struct buf *b, struct slice s)
{
	for (size_t i = 0, len; i < s.len; i += len) {
		struct slice rest = slice_cut(s, i, s.len);
		unsigned char c = (unsigned char)s.ptr[i];

		len = utf8_len(rest);
		if (!len) {
			buf_add_text(b, "\\ufffd");
			len = 1;
		} else if (c == '"' || c == '\\') {
			buf_printf(b, "\\%c", c);
		} else if (is_control(rest, len)) {
			buf_printf(b, "\\u%04x", len == 1 ? c : (unsigned char)s.ptr[i + 1]);
		} else {
			buf_add(b, rest.ptr, len);
		}
	}
}

const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

struct slice buf_slice(const struct buf *b)
{
	return slice_make(buf_text(b), b->len);
}
