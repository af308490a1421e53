/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Profiles to an image: the one place where language and automata meet.
 */
#ifndef COMPILE_COMPILE_H
#define COMPILE_COMPILE_H

#include "base/buf.h"
#include "base/diag.h"
#include "lang/policy.h"

#include <stdbool.h>

/*
 * Compiles all profiles of a policy and adds the image to *image (its start is aligned to 8 when
 * *image was empty). False if anything is wrong: every problem is in the policy's diag, with its
 * place, and *image is as it was.
 */
bool compile_policy(struct policy *policy, struct buf *image);

#endif
