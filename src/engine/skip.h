/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy never refuses and never reports. */
#ifndef ENGINE_SKIP_H
#define ENGINE_SKIP_H

#include "image/image.h"

#include <stdbool.h>
#include <stdint.h>

/* True if all profiles give these permissions of paths on all paths. */
bool skip_is_given(const struct image *img, uint32_t perms);

#endif
