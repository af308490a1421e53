/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing run of bytes. Invariant: data[len] is NUL whenever data is not NULL, so buf_text() is
 * always a C string. Growing never fails (see base_no_memory); daemons write to sized arrays.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/slice.h"

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;			/* owned; NULL until something is added */
	size_t len;
	size_t cap;
};

#define BUF_INIT { 0 }
#define auto_buf __attribute__((cleanup(buf_release))) struct buf

void buf_release(struct buf *b);

void buf_clear(struct buf *b);
void buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_char(struct buf *b, char c);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Adds len zero bytes; takes the end off, down to len bytes. */
void buf_add_zeros(struct buf *b, size_t len);
void buf_cut(struct buf *b, size_t len);

/* Adds zero bytes until len is a multiple of `to`, a power of two. */
void buf_align(struct buf *b, size_t to);

/*
 * Adds text for a person's terminal: control bytes, backslash and bytes that are not UTF-8 become
 * \xHH. An attacker chooses paths, so nothing of his reaches a terminal as it is.
 */
void buf_add_escaped(struct buf *b, struct slice s);

/* Adds the inside of a JSON string: quotes, controls and bytes that are not UTF-8 escaped
   (the latter as U+FFFD). */
void buf_add_json(struct buf *b, struct slice s);

/* The text so far; "" when nothing was added. Valid until the next change. */
const char *buf_text(const struct buf *b);
struct slice buf_slice(const struct buf *b);

#endif
