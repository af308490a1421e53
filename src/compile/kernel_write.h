/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of AppArmor's binary policy, drawn in kernel_abi.h: each with its kind. */
#ifndef COMPILE_KERNEL_WRITE_H
#define COMPILE_KERNEL_WRITE_H

#include "base/buf.h"

#include <stdint.h>

/* name NULL: the value has none. */
void kernel_write_u32(struct buf *out, const char *name, uint32_t value);
void kernel_write_u64(struct buf *out, uint64_t value);
void kernel_write_string(struct buf *out, const char *name, struct slice text);
void kernel_write_open(struct buf *out, const char *name);	/* a struct */
void kernel_write_close(struct buf *out);
void kernel_write_array(struct buf *out, size_t n);
void kernel_write_array_end(struct buf *out);

/* A blob named "aadfa", moved so that its tables lie on multiples of 8. */
void kernel_write_dfa(struct buf *out, struct slice tables);

#endif
