/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether bytes are a sound image. Private to this floor. */
#ifndef IMAGE_IMAGE_CHECK_H
#define IMAGE_IMAGE_CHECK_H

#include "image/image.h"

/* FNV-1a, 64 bits, over all bytes of the image behind the checksum. */
uint64_t image_checksum(const void *bytes, size_t len);

/* Header and sections: they are within len bytes, aligned, whole. NULL, or what is wrong. */
const char *image_check_frame(const void *bytes, size_t len);

/* Every number that is followed when deciding. NULL, or what is wrong. */
const char *image_check_content(const struct image *img, uint32_t n_cells);

#endif
