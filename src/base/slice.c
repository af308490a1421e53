/* SPDX-License-Identifier: BSD-2-Clause */
/* Text by pointer and length: what is too long for the header. */
#include "base/slice.h"

#include <stdint.h>

enum { DISTANCE_LEN_MAX = 64 };

int slice_compare(struct slice a, struct slice b)
{
	size_t shorter = a.len < b.len ? a.len : b.len;
	int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

struct slice slice_take(struct slice *rest, const char *separator)
{
	const char *end = rest->len ? memmem(rest->ptr, rest->len, separator, strlen(separator)) : NULL;
	size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
	struct slice first = slice_cut(*rest, 0, len);

	*rest = slice_cut(*rest, end ? len + strlen(separator) : len, rest->len);
	return first;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

unsigned long long slice_hash(struct slice a)
{
	uint64_t hash = a.len, word;

	for (; a.len >= sizeof(word); a = slice_cut(a, sizeof(word), a.len)) {
		memcpy(&word, a.ptr, sizeof(word));
		hash = mix(hash, word);
	}
	word = 0;
	if (a.len)
		memcpy(&word, a.ptr, a.len);
	return mix(mix(hash, word), 0);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

size_t slice_distance(struct slice a, struct slice b)
{
	size_t row[DISTANCE_LEN_MAX + 1];

	if (a.len > DISTANCE_LEN_MAX || b.len > DISTANCE_LEN_MAX)
		return a.len + b.len;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t above = row[j];

			row[j] = least(row[j] + 1, row[j - 1] + 1,
				       diagonal + (a.ptr[i - 1] != b.ptr[j - 1]));
			diagonal = above;
		}
	}
	return row[b.len];
}
