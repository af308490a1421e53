/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compiled policy, opened: every offset and cell was checked once, then deciding checks nothing
 * again. The only place in user space where a verdict is made. Opening copies nothing; the bytes
 * must stay and not change. All functions but open and close are safe from any thread and allocate
 * nothing.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "abi/class.h"
#include "abi/image.h"
#include "abi/match.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct image {
	const uint8_t *bytes;		/* the caller's, aligned to 8 */
	const struct image_header *header;
	const struct image_profile *profiles;
	uint32_t n_profiles;
	const struct image_table *tables;
	uint32_t n_tables;
	const struct image_state *states; /* both look at the same section */
	uint32_t n_states;
	const struct image_cell *cells;
	uint32_t n_cells;
	const struct image_entry *entries;
	uint32_t n_entries;
	const struct image_exec *execs;
	uint32_t n_execs;
	const uint32_t *attach;
	uint32_t n_attach;
	const struct image_choice *choices;
	uint32_t n_choices;
	const struct image_xattr *xattrs;
	uint32_t n_xattrs;
	const char *strings;
	uint32_t strings_len;
};

/* Checks len bytes and fills *out. -EINVAL with words for anything that is not a sound image. */
int image_open(const void *bytes, size_t len, struct image *out, struct err *err);

/* The number of the profile of that full name, IMAGE_NONE if there is none. */
uint32_t image_find_profile(const struct image *img, struct slice full_name);

/* A string of the image; always NUL-ended. */
const char *image_text(const struct image *img, uint32_t off);

/* How a table is walked: match_walk(), or match_step() by class. */
struct match_table image_table_walk(const struct image *img, uint32_t table);

/* What accepting in a state of a table means: an entry, entry 0 for nothing. */
const struct image_entry *image_table_entry(const struct image *img, uint32_t table, uint32_t state);

/*
 * The table's rows spread out, as the kernel programs and automata walk them: fills n_states << shift
 * cells, those of classes that are not there with 0, and n_states accept values unless accept is NULL.
 */
uint32_t image_table_shift(const struct image *img, uint32_t table);
void image_table_spread(const struct image *img, uint32_t table, uint16_t *cells, uint16_t *accept);

/* What a policy says to one request. The masks are parts of `wanted`. */
struct verdict {
	uint32_t allowed;
	uint32_t missing;		/* wanted and not allowed: 0 means go ahead */
	uint32_t denied;		/* the part of missing that a rule denies explicitly */
	uint32_t audit;			/* allowed, and to be reported */
	uint32_t quiet;			/* missing, and not to be reported: never with flags=(audit) */
	struct image_exec exec;		/* with PERM_EXEC allowed: how to go on; with PERM_ONEXEC:
					   EXEC_NONE, and EXEC_SCRUB tells what the exec does */
};

/*
 * Decides what `profile` says of an object (abi/class.h) of a class. The profile's mode plays no
 * part here: an engine in complain mode lets `missing & ~denied` pass. MODE_UNCONFINED profiles
 * allow everything (with exec EXEC_UNCONFINED).
 */
struct verdict image_decide(const struct image *img, uint32_t profile, enum class_id class_id,
			    struct slice object, uint32_t wanted, bool is_owner);

/*
 * Decides a hard link: `link` must have PERM_LINK, the pair must be allowed, and where the pair's
 * rule says "subset" the link's permissions must be within the target's and their exec
 * transitions the same. wanted is PERM_LINK in the verdict.
 */
struct verdict image_decide_link(const struct image *img, uint32_t profile, struct slice link,
				 struct slice target, bool is_owner);

/* Decides capability number cap; the masks of the verdict are 1 for "the capability". */
struct verdict image_decide_capability(const struct image *img, uint32_t profile, unsigned cap);

/*
 * The extended attributes of a program. get fills *value, valid until the next call, and gives 1 if the
 * attribute of that name is there; 0 if it is not; negative if that cannot be known.
 */
struct image_attributes {
	int (*get)(void *of, const char *name, struct slice *value);
	void *of;
};

/*
 * The profile that attaches to a program at path with those attributes (NULL: none): among the
 * top-level ones if profile is IMAGE_NONE, else among the children of that profile. IMAGE_NONE if none,
 * IMAGE_AMBIGUOUS if two fit equally well, IMAGE_UNREADABLE if get did not know.
 */
uint32_t image_attach(const struct image *img, uint32_t profile, struct slice path,
		      const struct image_attributes *attributes);

/* The same of an answer in SECTION_ATTACH: IMAGE_CHOICE is decided, others are given back. */
uint32_t image_choose(const struct image *img, uint32_t answer,
		      const struct image_attributes *attributes);

/* Whether an answer in SECTION_ATTACH hangs on attributes; *first is its number in SECTION_CHOICES. */
bool image_is_choice(uint32_t answer, uint32_t *first);

/* Adds a readable listing: profiles, their automata's sizes, states with their permissions. */
void image_print(const struct image *img, bool with_tables, struct buf *out);

#endif
