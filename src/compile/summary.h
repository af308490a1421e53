/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What profiles say of each other, apart from their automata: names that may stand once only, programs
 * that they attach to, profiles that their rules lead to. Profiles that were compiled apart, some of
 * them long ago, are put together by it.
 */
#ifndef COMPILE_SUMMARY_H
#define COMPILE_SUMMARY_H

#include "abi/image.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"

#include <stdbool.h>
#include <stdint.h>

struct profile;

/* A profile by an exec rule. */
struct summary_target {
	struct slice name;
	struct place place;		/* of the rule */
};

/* An extended attribute that a program must have for a profile to attach to it. */
struct summary_xattr {
	struct slice name;
	struct slice value;		/* pattern; ptr NULL: any */
};

struct summary_profile {
	struct slice name;		/* in the image */
	struct slice full_name;
	struct slice namespace_name;
	struct slice own_name;		/* last part: "child" of "parent//child" */
	enum image_mode mode;		/* as the text has it */
	uint32_t parent;		/* number of the profile in the same list, or IMAGE_NONE */
	struct slice *attachments;	/* those that a path leads into: attach_is_possible() */
	size_t n_attachments;
	struct summary_xattr *xattrs;	/* if a path leads into it */
	size_t n_xattrs;
	struct place place;
	struct summary_target *targets;
	size_t n_targets;
	const struct profile *source;	/* NULL: it was read by summary_read() */
	uint32_t unit;			/* which of the units that are linked it is from */
	uint32_t number;		/* its number there */
	bool has_new_mode;		/* the image is to have new_mode, not the one it has there */
	enum image_mode new_mode;
};

/* Profiles in the order of an image: by namespace, then name. */
struct summary {
	struct arena arena;
	struct summary_profile *profiles;
	size_t n_profiles;
};

void summary_release(struct summary *l);

/*
 * Lists profiles and their children, sorted. Texts and sources are the policy's, targets are not filled
 * in. l is empty before.
 */
void summary_list(struct summary *l, const struct profile *profiles);

/* Adds its written form to *out: summary_read() takes it again. */
void summary_write(const struct summary *l, struct buf *out);

/*
 * Adds the profiles of a unit written by summary_write() behind those that are there; summary_sort() when
 * all are. Their text is in the bytes, which must outlive it. False: these are no such bytes.
 */
bool summary_read(struct summary *l, struct slice bytes, uint32_t unit);
void summary_sort(struct summary *l);

/* Adds one to the targets of a profile; what is there already is not added again. */
void summary_add_target(struct summary *l, struct summary_profile *p, struct slice name, struct place place);

/*
 * Reports names that stand twice (errors, unless allow_duplicates) and targets that are not among the
 * profiles (warnings: AppArmor, too, takes them). False after an error.
 */
bool summary_check(const struct summary *l, bool allow_duplicates, struct diag *diag);

#endif
