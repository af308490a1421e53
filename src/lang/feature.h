/* SPDX-License-Identifier: BSD-2-Clause */
/* Feature files, which `abi` names: what kernel a policy was written for. */
#ifndef LANG_FEATURE_H
#define LANG_FEATURE_H

#include "lang/include.h"

/*
 * Finds and checks the feature file of an `abi` rule; *name is what to call it by. "kernel" and
 * "default" need no file. False: reported.
 */
bool feature_read(struct include_cache *cache, const struct node_abi *node, struct slice *name);

#endif
