/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Profiles to an image: the one place where language and automata meet. Either a whole policy at once,
 * or unit by unit (a file's profiles are one), to be put together by compile/link.h: the bytes are the
 * same.
 */
#ifndef COMPILE_COMPILE_H
#define COMPILE_COMPILE_H

#include "base/buf.h"
#include "base/diag.h"
#include "compile/summary.h"
#include "image/image.h"
#include "lang/policy.h"

#include <stdbool.h>

/*
 * Compiles all profiles of a policy and adds the image to *image (its start is aligned to 8 when
 * *image was empty). False if anything is wrong: every problem is in the policy's diag, with its
 * place, and *image is as it was.
 */
bool compile_policy(struct policy *policy, struct buf *image);

/*
 * The same of a policy that is one unit of a greater one: nothing attaches in its image, and what its
 * profiles have to do with others is in *summary, empty before, whose texts live as long as the policy.
 */
bool compile_unit(struct policy *policy, struct summary *summary, struct buf *image);

#endif
