/* SPDX-License-Identifier: BSD-2-Clause */
/* Aliases: a path that begins with one side may begin with the other too. */
#ifndef LANG_REWRITE_H
#define LANG_REWRITE_H

#include "lang/expand.h"

/*
 * Adds to the list the texts that the scope's aliases make of those in it, each alias in its turn
 * on all that the ones before it made. False: too many, reported at the first word.
 */
bool rewrite_paths(struct scope *scope, struct word_list *paths);

/* Puts the rewritten rules behind an expanded one. Rules without paths are left alone. */
bool rewrite_rule(struct scope *scope, struct expanded *rule);

#endif
