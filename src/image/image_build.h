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
#include "image/image.h"

#include <stdint.h>

struct image_build {
	struct arena arena;
	struct map strings_met;
	struct map execs_met;
	struct map entries_met;		/* bytes of a row of entries → first number + 1 */
	struct map tables_met;		/* hash of states and cells → number + 1 */
	struct buf sections[N_SECTIONS];
	uint32_t attach_table;
	uint32_t attach_start;
	int fd;				/* where rows are written as they grow; -1: they are kept */
	size_t n_flushed;		/* bytes of rows there by now */
	int error;			/* errno of the first write that failed */
	uint64_t sum;			/* checksum so far */
};

void image_build_init(struct image_build *b);
void image_build_release(struct image_build *b);

/* The offset of a string, added once however often it is asked for; 0 for the empty one. */
uint32_t image_build_string(struct image_build *b, struct slice text);

/* The number of an exec transition, added once. */
uint32_t image_build_exec(struct image_build *b, const struct image_exec *exec);

/* Appends entries that belong together, once however often; gives the number of the first. */
uint32_t image_build_entries(struct image_build *b, const struct image_entry *entries, size_t n);

/*
 * Appends a table, packed as abi/match.h draws it: class_of has 256 bytes; base, fallback and accept
 * have n_states, check and next n_cells, no base more than n_cells - n_classes. first_entry as struct
 * image_table has it. Equal tables are shared. Gives its number.
 */
struct image_build_table {
	const uint8_t *class_of;
	uint32_t n_classes;
	uint32_t n_states;
	const uint32_t *base;
	const uint16_t *fallback;
	const uint16_t *accept;
	uint32_t n_cells;
	const uint16_t *check;
	const uint16_t *next;
	uint32_t first_entry;
};
uint32_t image_build_table(struct image_build *b, const struct image_build_table *table);

/* Appends a table of another image. Gives its number. */
uint32_t image_build_copy_table(struct image_build *b, const struct image *from, uint32_t number,
				uint32_t first_entry);

/* Appends a profile; gives its number. */
uint32_t image_build_profile(struct image_build *b, const struct image_profile *profile);

/* Appends an attachment target, as SECTION_ATTACH has it; gives its number. */
uint32_t image_build_attach(struct image_build *b, uint32_t answer);

/* Appends n choices and their end; gives the answer for SECTION_ATTACH. */
uint32_t image_build_choices(struct image_build *b, const struct image_choice *choices, size_t n);

/* Appends what a profile asks of one attribute; gives its number. */
uint32_t image_build_xattr(struct image_build *b, const struct image_xattr *xattr);

/* Adds the finished image to *out. -E2BIG with words if it crosses a limit of abi/image.h. */
int image_build_finish(struct image_build *b, struct buf *out, struct err *err);

/* Writes the finished image to b->fd, an empty file set after init; what is in the way of that. */
int image_build_finish_file(struct image_build *b, struct err *err);

#endif
