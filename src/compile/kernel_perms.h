/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Permissions of files in a table of their own, for kernels that read one (their features say
 * policy/permstable32): a state's word is an index of it, and a transition at exec has 24 bits
 * instead of four.
 *
 *	struct "perms" { "version" u32 1 | array of entries } | ["permsv" u32]
 *	entry	u32 × 14: nothing, allow, deny, subtree, cond, kill, complain, prompt, audit, quiet,
 *		hide, transition, tag, label
 *
 * Of each pair of entries the first is the owner's, the second everybody else's. Kernels whose table
 * is of version 3 look at the second only where the state's other word says so.
 */
#ifndef COMPILE_KERNEL_PERMS_H
#define COMPILE_KERNEL_PERMS_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

enum {
	KERNEL_PERMS_MAX = 65534,	/* entries of a table */
	KERNEL_PERMS_FLAGS_VERSION = 3,	/* from here on states have flags */
	KERNEL_STATE_HAS_OWNER = 1,	/* such a flag */
};

/* The words of the packed form: seven letters x w r a l k m, transition bits, see kernel_abi.c. */
struct kernel_perm {
	uint32_t allow, audit, quiet;	/* letters */
	uint32_t exec;			/* transition bits but for the index */
	uint32_t index;			/* 0 none, 1 unconfined, 2 profile, 3 child, 4 and up: a name */
	int has_change_profile, has_onexec;
};

/* Writes the table; version is the kernel's. */
void kernel_perms_write(struct buf *out, const struct kernel_perm *perms, size_t n,
			unsigned version);

#endif
