/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4): names for contents. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/slice.h"

#include <stdint.h>

enum { SHA256_LEN = 32 };

struct sha256 {
	uint8_t bytes[SHA256_LEN];
};

void sha256(struct slice text, struct sha256 *out);

/* 64 hexadecimal digits and a NUL. */
void sha256_text(const struct sha256 *sum, char text[2 * SHA256_LEN + 1]);

#endif
