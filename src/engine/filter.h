/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of system calls as a seccomp filter. */
#ifndef ENGINE_FILTER_H
#define ENGINE_FILTER_H

#include "base/err.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

/* What the policy has nothing to say about, so that the filter need not ask. */
struct filter_skip {
	bool reads;			/* opening for reading alone */
	bool maps;			/* executable mappings */
	bool locks;
	bool owners;			/* signals by F_SETOWN: the kernel keeps them inside */
};

enum { FILTER_LEN_MAX = 4096 };		/* instructions: the kernel's BPF_MAXINSNS */

struct filter {
	struct sock_filter code[FILTER_LEN_MAX];
	struct sock_fprog program;	/* of code */
};

/* Fills *out. A negative errno with words if libseccomp cannot. */
int filter_build(struct filter *out, const struct filter_skip *skip, struct err *err);

/* Puts it on this process, for good: the listener, or a negative errno. Needs no_new_privs. */
int filter_apply(const struct filter *f);

#endif
