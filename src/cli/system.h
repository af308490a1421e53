/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of the policy of the whole system, and the words by which people choose profiles in it. A
 * change is begun, what is to go and to come is said, and it is done in one step: until system_commit()
 * nothing has happened, and if that fails nothing has.
 */
#ifndef CLI_SYSTEM_H
#define CLI_SYSTEM_H

#include "compile/link.h"
#include "engine/bpf_system.h"

#include <stdbool.h>

struct system_image;

struct system_change {
	struct bpf_system system;	/* what is in force */
	struct link_record *records;	/* of its profiles */
	bool *gone;			/* by their numbers: these go */
	enum image_mode *modes;		/* likewise: these get that mode */
	uint32_t n_profiles;
	struct system_image *images;	/* what comes; n_images */
	size_t n_images;
	bool has_programs;		/* set: the kernel's programs are renewed too */
	bool is_quiet;			/* set: nothing is said of what is done */
};

enum { SYSTEM_IMAGES_MAX = 10000 };	/* of one change */

/* Keeps other changers waiting until system_end(), which is due whatever this gives. */
int system_begin(struct system_change *c, struct err *err);
void system_end(struct system_change *c);

/* -ENOENT with words where nothing is in force. */
int system_need_policy(const struct system_change *c, struct err *err);

/*
 * Brings the profiles of an image, whose bytes it takes over. Those of the same name give way; with
 * is_add they are a refusal: -EEXIST with words. is_complaining: none of them enforces.
 */
int system_bring(struct system_change *c, struct buf *bytes, bool is_add, bool is_complaining,
		 struct err *err);

/*
 * Marks the profiles in force that a word names: a profile's full name, and its children with it, or a
 * file that profiles are from. -ENOENT with words, and near names, if there is none.
 */
int system_choose(const struct system_change *c, char **words, int n_words, bool *chosen,
		  struct err *err);

/* Takes a profile and its children away, in force or just brought. -ENOENT with words. */
int system_drop(struct system_change *c, struct slice name, struct err *err);

/* As many marks as there are profiles in force, none set; free() it. */
bool *system_marks(const struct system_change *c);

int system_commit(struct system_change *c, struct err *err);

/*
 * Takes everything out of force, programs too, without reading it: what another version has left goes as
 * well. -ENOENT with words where nothing is in force.
 */
int system_clear(struct err *err);

#endif
