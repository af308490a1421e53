/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of growing size in a list, newest first; allocation moves a mark within the newest. A
 * request larger than a block gets a block of its own, behind the newest one, whose rest stays
 * in use.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef HARD_TEST
enum { BLOCK_FIRST = 64, BLOCK_MAX = 64 };
#else
enum { BLOCK_FIRST = 4 << 10, BLOCK_MAX = 1 << 20 };
#endif

struct arena_block {
	struct arena_block *older;
	size_t used;
	size_t cap;
	alignas(max_align_t) unsigned char bytes[];
};

void base_no_memory(void)
{
	fputs("pavise: out of memory\n", stderr);
	exit(3);
}

void arena_release(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *older = a->blocks->older;

		free(a->blocks);
		a->blocks = older;
	}
	a->used = 0;
}

static struct arena_block *block_new(size_t cap)
{
	struct arena_block *b = calloc(1, sizeof(*b) + cap);

	if (!b)
		base_no_memory();
	b->cap = cap;
	return b;
}

static size_t next_cap(const struct arena *a)
{
	if (!a->blocks)
		return BLOCK_FIRST;
	return a->blocks->cap < BLOCK_MAX / 2 ? a->blocks->cap * 2 : BLOCK_MAX;
}

/* A block with room for len bytes. */
static struct arena_block *block_for(struct arena *a, size_t len)
{
	struct arena_block *b = a->blocks;

	if (b && b->cap - b->used >= len)
		return b;
	if (b && len > BLOCK_MAX / 4) {
		struct arena_block *own = block_new(len);

		own->older = b->older;
		b->older = own;
		return own;
	}
	b = block_new(next_cap(a) > len ? next_cap(a) : len);
	b->older = a->blocks;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t len)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *b;
	void *p;

	if (len > SIZE_MAX / 2)
		base_no_memory();
	len = (len + align - 1) & ~(align - 1);
	b = block_for(a, len);
	p = b->bytes + b->used;
	b->used += len;
	a->used += len;
	return p;
}

void *arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t len;

	if (__builtin_mul_overflow(n, size, &len))
		base_no_memory();
	return arena_alloc(a, len);
}

char *arena_text(struct arena *a, struct slice text)
{
	char *copy = arena_alloc(a, text.len + 1);

	if (text.len)
		memcpy(copy, text.ptr, text.len);
	return copy;
}

struct slice arena_slice(struct arena *a, struct slice text)
{
	return slice_make(arena_text(a, text), text.len);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		base_no_memory();
	text = arena_alloc(a, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}
