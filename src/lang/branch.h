/* SPDX-License-Identifier: BSD-2-Clause */
/* The conditions of `if`: what they look like and when they hold. */
#ifndef LANG_BRANCH_H
#define LANG_BRANCH_H

#include "lang/parser.h"

struct branch;
struct scope;

/* Reads the condition behind "if"; NULL: reported. */
struct branch *branch_parse(struct parser *p);

/* Decides it with the variables of a scope. False: reported; else *holds is set. */
bool branch_decide(const struct branch *branch, struct scope *scope, bool *holds);

#endif
