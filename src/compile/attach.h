/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which program gets which profile: one automaton over paths for the whole image.
 *
 * Start 0 asks the top-level profiles. The children of profile number n are asked from the state
 * that is reached from start 1 over the four bytes of n: any number of parents fits one automaton.
 * If several profiles attach, it is as the kernel has it:
 *
 *	1. a profile whose name is the path and that has no other attachment;
 *	2. who matches more bytes before the first *, **, ? or [^…] (compile/lead.h).
 *
 * Two of equal standing are ambiguous: none is taken. A profile with xattrs= attaches to nothing.
 */
#ifndef COMPILE_ATTACH_H
#define COMPILE_ATTACH_H

#include "compile/automaton.h"
#include "compile/lead.h"
#include "image/image_build.h"

/* A profile and its number in the image. */
struct attach_profile {
	const struct profile *profile;
	uint32_t number;
};

/*
 * Adds the automaton to the image under construction and tells each profile's start state for its
 * children in children_start, by number. False: problems are in diag.
 */
bool attach_build(struct image_build *b, const struct attach_profile *profiles, size_t n_profiles,
		  uint32_t *children_start, struct automaton_patterns *patterns,
		  struct diag *diag);

/*
 * The parts of an attachment, each with its standing as len: of two that match, the longer one wins.
 * tree is the pattern's, or of the pattern behind a prefix that all who compete have.
 */
size_t attach_split(const struct profile *p, struct slice pattern, const struct pattern *tree,
		    struct arena *arena, struct lead_part parts[LEAD_PARTS_MAX]);

/* False for those that no path leads into: hats, profiles with xattrs=, top ones of a namespace. */
bool attach_is_possible(const struct profile *p);

#endif
