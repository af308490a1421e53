/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats bytes as an image. The checksum is made right first, so that the checks behind it are what is
 * tried; an image that opens must be safe to ask, to print and to link, and what linking
 * gives is an image again.
 */
#include "compile/link.h"
#include "image/image.h"
#include "image/image_check.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int get(void *of, const char *name, struct slice *value)
{
	(void)of;
	*value = slice_of(name);
	return 1;
}

static void use(const struct image *img)
{
	struct image_attributes attributes = { get, NULL };
	auto_buf text = BUF_INIT;

	for (uint32_t p = 0; p < img->n_profiles; p++)
		for (int c = 0; c < N_CLASSES; c++) {
			image_decide(img, p, (enum class_id)c, SLICE("/a/b"), UINT32_MAX, c & 1);
			image_decide_link(img, p, SLICE("/a"), SLICE("/b"), c & 1);
			image_decide_capability(img, p, (unsigned)c);
			image_attach(img, p, SLICE("/a"), &attributes);
		}
	image_attach(img, IMAGE_NONE, SLICE("/a/b"), &attributes);
	image_print(img, true, &text);
}

static void link_it(const struct image *img)
{
	struct link *l = link_new();
	auto_buf out = BUF_INIT;
	struct image linked;

	if (!link_add(l, img, NULL, NULL, NULL) && !link_finish(l, &out, NULL) &&
	    image_open(out.data, out.len, &linked, NULL) < 0)
		abort();
	link_free(l);
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
	if (!image_open(bytes, len, &img, NULL)) {
		use(&img);
		link_it(&img);
	}
	free(bytes);
	return 0;
}
