/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binary policy that AppArmor kernels (5.x, 6.x) load: written to .load or .replace below
 * /sys/kernel/security/apparmor, or kept in a file.
 *
 * Profiles one after the other, a parent before its children. Numbers are little-endian, each value
 * has a byte that tells its kind in front, some have a name in front of that:
 *
 *	"version" u32 | ["namespace" string] | struct "profile" {
 *		string NAME | [xmatch blob "aadfa" | u32 length of its shortest match]
 *		["disconnected" string] | ["kill" u32] | ["error" u32]
 *		struct "flags" { u32 hat… | u32 mode | u32 audit } | ["path_flags" u32]
 *		u32 × 4 capabilities, low halves | struct "caps64" { u32 × 4 }
 *		[struct "xattrs" { array of strings }] | [struct "rlimits" { u32 which | array of u64 }]
 *		struct "policydb" { blob "aadfa" }
 *		[[struct "perms", see compile/kernel_perms.h] blob "aadfa": files]
 *		[struct "xtable" { array of strings }] }
 *
 * Blobs are drawn in compile/kernel_table.h, their objects in compile/kernel_rows.h and, those of
 * attachments, in compile/kernel_attach.h.
 */
#ifndef COMPILE_KERNEL_ABI_H
#define COMPILE_KERNEL_ABI_H

#include "base/buf.h"
#include "compile/kernel_features.h"
#include "lang/policy.h"

#include <stdbool.h>

/* Different named exec transitions of one profile: packed into states' words, and in a table. */
enum { KERNEL_TRANSITIONS_MAX = 12, KERNEL_TABLE_TRANSITIONS_MAX = 4096 };

struct kernel_options {
	const struct kernel_features *features;	/* the kernel's */
	/* What profiles that name no abi are written for; NULL: for that kernel. */
	const struct kernel_features *policy_features;
	bool ignore_abi;			/* policy_features count for those that name one too */
	struct slice namespace_name;		/* not empty: of all profiles */
	const char *const *include_dirs;	/* where <abi/…> is looked for; NULL-ended */
	bool force_complain;
};

/* Compiles profiles for one kernel; what they share is done once. */
struct kernel_abi;

struct kernel_abi *kernel_abi_new(const struct kernel_options *options, struct diag *diag);
void kernel_abi_free(struct kernel_abi *k);

/*
 * Adds the binary of a top-level profile and its children: one piece, which a kernel takes or
 * refuses as a whole. False: problems are in diag and *out is as it was.
 */
bool kernel_abi_add(struct kernel_abi *k, const struct profile *profile, struct buf *out);

/*
 * Adds what the binary of a profile depends on besides its text: equal bytes, equal binary. False:
 * reported.
 */
bool kernel_abi_add_key(struct kernel_abi *k, const struct profile *profile, struct buf *out);

/* All profiles of a policy, in the order of the text. */
bool kernel_abi_compile(struct policy *policy, const struct kernel_options *options,
			struct buf *out);

#endif
