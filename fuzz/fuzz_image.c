/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats bytes as an image. The checksum is made right first, so that the checks behind it are what is
 * tried; an image that opens must be safe to ask and to print.
 */
#include "image/image.h"
#include "image/image_check.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void use(const struct image *img)
{
	auto_buf text = BUF_INIT;

	for (uint32_t p = 0; p < img->n_profiles; p++)
		for (int c = 0; c < N_CLASSES; c++) {
			image_decide(img, p, (enum class_id)c, SLICE("/a/b"), UINT32_MAX, c & 1);
			image_decide_link(img, p, SLICE("/a"), SLICE("/b"), c & 1);
			image_decide_capability(img, p, (unsigned)c);
			image_attach(img, p, SLICE("/a"));
		}
	image_attach(img, IMAGE_NONE, SLICE("/a/b"));
	image_print(img, true, &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *bytes = malloc(len + 1);
	struct image_header *header = (struct image_header *)bytes;
	struct image img;

	memcpy(bytes, data, len);
	if (len >= sizeof(*header)) {
		memcpy(header->magic, IMAGE_MAGIC, sizeof(header->magic));
		header->version = IMAGE_VERSION;
		header->len = (uint32_t)len;
		header->checksum = image_checksum(bytes, len);
	}
	if (!image_open(bytes, len, &img, NULL))
		use(&img);
	free(bytes);
	return 0;
}
