/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images put together to one, so that profiles come and go without the text of the others: what
 * linking images of single files gives is, byte for byte, what compiling all files at once gives.
 *
 * An image carries for this, in SECTION_LINKAGE, one record for each profile: which file it is from and
 * its attachments as patterns, for attachments of all profiles are one automaton and have to be built
 * anew. All functions check what they read: an image may come from anywhere.
 */
#ifndef COMPILE_LINK_H
#define COMPILE_LINK_H

#include "base/buf.h"
#include "base/err.h"
#include "image/image.h"
#include "lang/policy.h"

#include <stdbool.h>

enum {
	LINK_ATTACHMENTS_MAX = 1 << 16,	/* of one profile */
};

/* What an image tells of a profile for linking; text is the image's. */
struct link_record {
	struct slice name;		/* last part: "child" of "parent//child" */
	struct slice file;		/* where its text is, as it was named; "<stdin>" */
	enum image_mode mode;		/* as the text has it, whatever mode it is in now */
	uint32_t n_attachments;
	struct slice attachments;	/* n_attachments times: uint32_t length, pattern */
};

/* Adds the record of a profile to a section that is being written. */
void link_describe(const struct profile *p, struct buf *section);

/* The records of all profiles, in the order of their numbers: -EINVAL with words if they are unsound. */
int link_read(const struct image *img, struct link_record *records, struct err *err);

/*
 * Asked of each profile of an image: false leaves it out. *mode is the mode that it is in and may be
 * changed.
 */
typedef bool link_choose(void *of, const struct image *img, uint32_t profile, enum image_mode *mode);

struct link;

struct link *link_new(void);
void link_free(struct link *l);

/* Takes the chosen profiles of an image (all with choose NULL), which must outlive the job. */
int link_add(struct link *l, const struct image *img, link_choose *choose, void *of, struct err *err);

/*
 * Adds the image of all profiles taken to *out. Profiles whose parent is not among them keep their
 * name and have no parent. -EEXIST with words if two have the same name.
 */
int link_finish(struct link *l, struct buf *out, struct err *err);

#endif
