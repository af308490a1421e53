/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is freed all at once: one arena per compile job. Allocation never fails: a job
 * that runs out of memory ends the program in one place, base_no_memory().
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;	/* newest first */
	size_t used;			/* bytes handed out so far, for --timing and tests */
};

#define ARENA_INIT { 0 }

/* Frees everything; the arena is empty and usable again. */
void arena_release(struct arena *a);

/* len zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *a, size_t len);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_calloc((a), (n), sizeof(type)))

/* n * size zeroed bytes; an overflow of the product ends the program. */
void *arena_calloc(struct arena *a, size_t n, size_t size);

/* Copies of text that live as long as the arena; both end with NUL, which len does not count. */
char *arena_text(struct arena *a, struct slice text);
struct slice arena_slice(struct arena *a, struct slice text);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Says that memory ran out and ends the program with status 3. Compile jobs only. */
_Noreturn void base_no_memory(void);

#endif
