/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text by pointer and length. A slice owns nothing; it lives as long as what it points into.
 * Bytes may be anything, NUL included.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* For printf's "%.*s". */
#define SLICE_FMT(s) (int)(s).len, (s).ptr

/* A slice over a string literal. */
#define SLICE(literal) ((struct slice){ "" literal, sizeof(literal) - 1 })

/* A slice over a NUL-ended string; NULL gives the empty slice. */
static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text ? text : "", text ? strlen(text) : 0 };
}

static inline struct slice slice_make(const char *ptr, size_t len)
{
	return (struct slice){ ptr, len };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static inline bool slice_is(struct slice a, const char *text)
{
	return slice_eq(a, slice_of(text));
}

static inline bool slice_starts(struct slice a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && !memcmp(a.ptr, prefix, len);
}

static inline bool slice_ends(struct slice a, const char *suffix)
{
	size_t len = strlen(suffix);

	return a.len >= len && !memcmp(a.ptr + a.len - len, suffix, len);
}

/* The bytes from `from` up to, not including, `to`; both at most a.len. */
static inline struct slice slice_cut(struct slice a, size_t from, size_t to)
{
	return (struct slice){ a.ptr + from, to - from };
}

/* Byte order first, then length: <0, 0, >0. */
int slice_compare(struct slice a, struct slice b);

/* Takes what stands before the next separator off the front, and the separator; all if there is none. */
struct slice slice_take(struct slice *rest, const char *separator);

/* Not the same on machines of other byte order. Nobody who chooses the bytes is kept from collisions. */
unsigned long long slice_hash(struct slice a);

/*
 * How far apart two words are: insertions, deletions and substitutions (Levenshtein). Words of
 * more than 64 bytes count as far apart. For "did you mean".
 */
size_t slice_distance(struct slice a, struct slice b);

#endif
