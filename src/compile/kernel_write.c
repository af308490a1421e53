/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats values, gives bytes: a kind, then the value, little-endian. */
#include "compile/kernel_write.h"

#include <assert.h>

enum kind {
	KIND_U32 = 2,
	KIND_U64 = 3,
	KIND_NAME = 4,
	KIND_STRING = 5,
	KIND_BLOB = 6,
	KIND_STRUCT = 7,
	KIND_STRUCT_END = 8,
	KIND_ARRAY = 11,
	KIND_ARRAY_END = 12,
};

static void put(struct buf *out, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf_add_char(out, (char)(value >> 8 * i));
}

/* Length with its NUL, bytes, NUL. */
static void put_text(struct buf *out, struct slice text)
{
	assert(text.len < UINT16_MAX);
	put(out, text.len + 1, 2);
	buf_add_slice(out, text);
	buf_add_char(out, '\0');
}

static void put_name(struct buf *out, const char *name)
{
	if (!name)
		return;
	put(out, KIND_NAME, 1);
	put_text(out, slice_of(name));
}

void kernel_write_u32(struct buf *out, const char *name, uint32_t value)
{
	put_name(out, name);
	put(out, KIND_U32, 1);
	put(out, value, 4);
}

void kernel_write_u64(struct buf *out, uint64_t value)
{
	put(out, KIND_U64, 1);
	put(out, value, 8);
}

void kernel_write_string(struct buf *out, const char *name, struct slice text)
{
	put_name(out, name);
	put(out, KIND_STRING, 1);
	put_text(out, text);
}

void kernel_write_open(struct buf *out, const char *name)
{
	put_name(out, name);
	put(out, KIND_STRUCT, 1);
}

void kernel_write_close(struct buf *out)
{
	put(out, KIND_STRUCT_END, 1);
}

void kernel_write_array(struct buf *out, size_t n)
{
	put(out, KIND_ARRAY, 1);
	put(out, n, 2);
}

void kernel_write_array_end(struct buf *out)
{
	put(out, KIND_ARRAY_END, 1);
}

void kernel_write_dfa(struct buf *out, struct slice tables)
{
	size_t pad;

	put_name(out, "aadfa");
	pad = (8 - (out->len + 5) % 8) % 8;
	put(out, KIND_BLOB, 1);
	put(out, tables.len + pad, 4);
	put(out, 0, pad);
	buf_add_slice(out, tables);
}
