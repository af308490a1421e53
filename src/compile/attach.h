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
#include "compile/summary.h"
#include "image/image_build.h"

/*
 * Adds the automaton to the image under construction and tells each profile's start state for its
 * children in children_start. Profiles are in the order of the image. False: problems are in diag.
 */
bool attach_build(struct image_build *b, const struct summary_profile *profiles, size_t n_profiles,
		  uint32_t *children_start, struct automaton_patterns *patterns,
		  struct diag *diag);

/*
 * The parts of an attachment, each with its standing as len: of two that match, the longer one wins.
 * sole_name is attach_sole_name(); tree is the pattern's, or of the pattern behind a prefix that all
 * who compete have.
 */
size_t attach_split(struct slice sole_name, struct slice pattern, const struct pattern *tree,
		    struct arena *arena, struct lead_part parts[LEAD_PARTS_MAX]);

/* The profile's name if it has one attachment only, else empty: a name may stand for a program. */
struct slice attach_sole_name(struct slice name, size_t n_attachments);

/* False for those that no path leads into: hats, profiles with xattrs=, top ones of a namespace. */
bool attach_is_possible(const struct profile *p);

#endif
