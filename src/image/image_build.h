/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts an image together, section by section; the result is what image_open() takes.
 */
#ifndef IMAGE_IMAGE_BUILD_H
#define IMAGE_IMAGE_BUILD_H

#include "abi/image.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdint.h>

struct image_build {
	struct arena arena;
	struct map strings_met;
	struct map execs_met;
	struct map tables_met;		/* hash of the rows → number + 1 */
	struct buf sections[N_SECTIONS];
	uint32_t attach_table;
	uint32_t attach_start;
};

void image_build_init(struct image_build *b);
void image_build_release(struct image_build *b);

/* The offset of a string, added once however often it is asked for; 0 for the empty one. */
uint32_t image_build_string(struct image_build *b, struct slice text);

/* The number of an exec transition, added once. */
uint32_t image_build_exec(struct image_build *b, const struct image_exec *exec);

/* Appends entries that belong together; gives the number of the first. */
uint32_t image_build_entries(struct image_build *b, const struct image_entry *entries, size_t n);

/*
 * Appends a table: class_of has 256 bytes, cells n_states << shift, accept n_states. first_entry
 * as struct image_table has it. Equal tables are shared. Gives its number.
 */
struct image_build_table {
	const uint8_t *class_of;
	const uint16_t *cells;
	const uint16_t *accept;
	uint32_t n_states;
	uint32_t shift;
	uint32_t first_entry;
};
uint32_t image_build_table(struct image_build *b, const struct image_build_table *table);

/* Appends a profile; gives its number. */
uint32_t image_build_profile(struct image_build *b, const struct image_profile *profile);

/* Appends an attachment target (a profile number or IMAGE_AMBIGUOUS); gives its number. */
uint32_t image_build_attach(struct image_build *b, uint32_t profile);

/* Adds the finished image to *out. -E2BIG with words if it crosses a limit of abi/image.h. */
int image_build_finish(struct image_build *b, struct buf *out, struct err *err);

#endif
