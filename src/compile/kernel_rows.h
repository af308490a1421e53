/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of a profile in the objects of an AppArmor kernel: two automata, one over paths, one
 * over all the rest, whose objects begin with the byte of their class:
 *
 *	files	path | path 0 target of a link | label of change_profile | program 0 label
 *	others	class | what abi/class.h draws, but: no protocol and no addresses of sockets, signals
 *		in the kernel's own numbers
 *		class of labels | class | label: tracing, and signals of any number
 *
 * Classes that the kernel does not know are left out and told once.
 */
#ifndef COMPILE_KERNEL_ROWS_H
#define COMPILE_KERNEL_ROWS_H

#include "compile/automaton.h"
#include "compile/kernel_features.h"
#include "compile/rows.h"

/* What of the language a kernel enforces. */
struct kernel_support {
	unsigned version;		/* of the policy format: 5 … 8 */
	uint64_t classes;		/* bit c: class c is mediated */
	bool has_posix_mqueue, has_sysv_mqueue;
	unsigned permstable;		/* version of the table of permissions that it reads; 0: none */
	bool has_xattrs;
	bool has_disconnected_ipc, has_kill_signal, has_error, has_interruptible;
};

/*
 * What both the kernel and the policy know; policy is NULL if it says nothing.
 */
struct kernel_support kernel_support_of(const struct kernel_features *kernel,
					const struct kernel_features *policy);

enum {
	/* Not a permission: set beside PERM_ONEXEC where the environment is left as it is. */
	KERNEL_PERM_UNSAFE = 1 << 19,
};

/* The starts of the two automata; as class ids in their rows. */
#define KERNEL_START_FILES CLASS_FILE
#define KERNEL_START_OTHERS CLASS_NONE

struct kernel_rows {
	struct arena arena;
	struct rows files, others;	/* only groups and n_rows, profile, diag are filled */
	size_t cap_files, cap_others;
	const struct rows *from;
	const struct kernel_support *support;
	struct automaton_patterns *patterns;
	uint64_t told;			/* classes left out and told */
};

/* Points into rows and patterns, which must outlive it. False: problems are in rows' diag. */
bool kernel_rows_init(struct kernel_rows *k, const struct rows *rows,
		      const struct kernel_support *support, struct automaton_patterns *patterns);
void kernel_rows_release(struct kernel_rows *k);

#endif
