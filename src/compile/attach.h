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
 *	3. who asks for more extended attributes, if the program has them all.
 *
 * Two of equal standing are ambiguous: none is taken. What attributes decide is left to whoever has the
 * program: the automaton's answer is then a list, best first (struct image_choice).
 */
#ifndef COMPILE_ATTACH_H
#define COMPILE_ATTACH_H

#include "compile/automaton.h"
#include "compile/lead.h"
#include "compile/summary.h"
#include "image/image_build.h"

/*
 * Adds the automaton and those of attributes' values to the image under construction; fills in each
 * image's attach_start, xattrs and n_xattrs. Profiles and images are in the order of the image. False:
 * problems are in diag.
 */
bool attach_build(struct image_build *b, const struct summary_profile *profiles, size_t n_profiles,
		  struct image_profile *images, struct automaton_patterns *patterns,
		  struct diag *diag);

/*
 * The parts of an attachment, each with its standing as len: of two that match, the longer one wins.
 * sole_name is attach_sole_name(); tree is the pattern's, or of the pattern behind a prefix that all
 * who compete have.
 */
size_t attach_split(struct slice sole_name, struct slice pattern, const struct pattern *tree,
		    struct arena *arena, struct lead_part parts[LEAD_PARTS_MAX]);

/*
 * The profile's name if one attachment is all that it asks for, else empty: a name may stand for a
 * program.
 */
struct slice attach_sole_name(struct slice name, size_t n_attachments, size_t n_xattrs);

/* False for those that no path leads into: hats, top ones of a namespace. */
bool attach_is_possible(const struct profile *p);

#endif
