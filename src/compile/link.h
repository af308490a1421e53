/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images put together to one: what linking images of single files gives is, byte for byte, what
 * compiling all files at once gives. So profiles come and go without the text of the others.
 *
 * An image of compile_policy() or of link_finish() carries what that needs in SECTION_LINKAGE, the written
 * form of compile/summary.h, for attachments of all profiles are one automaton and have to be built anew.
 * All functions check what they read: an image may come from anywhere.
 */
#ifndef COMPILE_LINK_H
#define COMPILE_LINK_H

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "compile/summary.h"
#include "image/image.h"

#include <stdbool.h>

/* What an image tells of a profile besides its rules; text is the image's. */
struct link_record {
	struct slice name;		/* last part: "child" of "parent//child" */
	struct slice file;		/* where its text is, as it was named; "<stdin>" */
	enum image_mode mode;		/* as the text has it, whatever mode it is in now */
	size_t n_attachments;
};

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

/* --- images that need not all be in memory --- */

/* Where the images of units are had from, one after the other. */
struct link_units {
	void *of;
	/* Valid until the next call; NULL: reported. */
	const struct image *(*open)(void *of, uint32_t unit);
};

/*
 * Writes the image of all profiles of a summary, sorted and checked, to fd, an empty file. False:
 * problems are in diag.
 */
bool link_units(struct summary *summary, const struct link_units *units, int fd, struct diag *diag);

#endif
