/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiled kernel programs (src/bpf), within this program. */
#ifndef ENGINE_BPF_OBJECT_H
#define ENGINE_BPF_OBJECT_H

#include <stddef.h>

extern const unsigned char bpf_object_bytes[];
extern const size_t bpf_object_len;

#endif
