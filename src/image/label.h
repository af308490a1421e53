/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of labels: a profile's, "unconfined", or of several that are stacked, "A//&B". Whatever order they
 * are told in, and however often each, the label is the same one, and has one name: AppArmor's, in which they
 * are in the order of their bytes.
 */
#ifndef IMAGE_LABEL_H
#define IMAGE_LABEL_H

#include "base/buf.h"
#include "base/slice.h"

enum { LABEL_NAMES_MAX = 64 };		/* of one label; what has more is left as it is told */

/*
 * Adds the one name of a label. A "&" in front, by which it is asked for on top of another one, stays there;
 * none behind the last "//&" is "unconfined", as AppArmor has it.
 */
void label_print(struct slice name, struct buf *out);

/* Adds the one name of that label, with "unconfined" as one more of its names if so told. */
void label_print_with(const char *name, bool with_nobody, struct buf *out);

#endif
