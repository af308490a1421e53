/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The automaton by which a kernel finds the profile of a program. Its objects:
 *
 *	path { beyond 0 VALUE }
 *
 * with a value for each extended attribute that the profile asks for; "beyond" is a step that no byte
 * makes. An attribute that is missing makes two such steps in a row, which lead nowhere. The kernel
 * looks for acceptance behind the path and behind each value.
 */
#ifndef COMPILE_KERNEL_ATTACH_H
#define COMPILE_KERNEL_ATTACH_H

#include "base/buf.h"
#include "base/diag.h"
#include "compile/automaton.h"
#include "lang/policy.h"

/* A profile asks for no more extended attributes. */
enum { KERNEL_ATTACH_XATTRS_MAX = DFA_STARTS_MAX - 1 };

/*
 * Adds the automaton and the length of its shortest path. with_xattrs false: whatever attributes a
 * program has. Adds nothing for a profile whose name is its only condition: kernels compare names.
 * False: reported.
 */
bool kernel_attach_write(const struct profile *p, bool with_xattrs,
			 struct automaton_patterns *patterns, struct buf *out, struct diag *diag);

/* Adds the names of the attributes, in the order of their values in the automaton. */
void kernel_attach_write_names(const struct profile *p, struct buf *out);

#endif
