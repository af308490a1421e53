/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether bytes are a sound image. Private to this floor. */
#ifndef IMAGE_IMAGE_CHECK_H
#define IMAGE_IMAGE_CHECK_H

#include "image/image.h"

/*
 * The checksum of an image of len bytes, a multiple of 8: FNV-1a with eight bytes at a step, over what
 * follows the header, then over what follows the checksum in it. Added up piece by piece, each of a
 * multiple of 8 bytes, from IMAGE_SUM_INIT on.
 */
#define IMAGE_SUM_INIT 0xcbf29ce484222325u
void image_sum_add(uint64_t *sum, const void *bytes, size_t len);
uint64_t image_checksum(const void *bytes, size_t len);

/* Header and sections: they are within len bytes, aligned, whole. NULL, or what is wrong. */
const char *image_check_frame(const void *bytes, size_t len);

/* Every number that is followed when deciding. NULL, or what is wrong. */
const char *image_check_content(const struct image *img);

#endif
