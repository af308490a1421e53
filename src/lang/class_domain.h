/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for change_profile: which of them contradict each other. */
#ifndef LANG_CLASS_DOMAIN_H
#define LANG_CLASS_DOMAIN_H

#include "base/buf.h"
#include "lang/policy.h"

/*
 * Two rules of one profile with the same key and a different *is_unsafe contradict each other.
 * False: the rule is none of change_profile with a program.
 */
bool change_profile_key(const struct rule *rule, struct buf *key, bool *is_unsafe);

#endif
