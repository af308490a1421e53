/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a mount rule comes to: the calls of mount(2) that can meet it. For class_mount.c alone.
 */
#ifndef LANG_MOUNT_ROWS_H
#define LANG_MOUNT_ROWS_H

#include "lang/mount_flags.h"

enum { MOUNT_OPTION_SETS_MAX = 64 };

struct flag_sets {
	uint32_t *sets;			/* ascending, no doubles */
	size_t n;
};

struct mount {
	struct word source;		/* pivot_root: where the old root goes */
	struct word point;		/* pivot_root: the new root */
	struct word target;		/* pivot_root: the profile */
	struct word_list types;
	struct flag_sets exact, part;	/* options=, options in */
	bool is_remount;
};

/* One call: what its object looks like. */
struct mount_row {
	const struct word *point;
	const struct word *device;	/* NULL: none is taken, any is matched */
	const struct word_list *types;	/* NULL: likewise */
	uint32_t set, may;		/* flags that must be and may be there */
};

typedef void mount_give(void *to, const struct mount_row *row);

struct mount_count {
	unsigned n_rows;
	unsigned n_vain;		/* pairs of option sets, well formed, that no mount meets */
};

/* Calls give for each row of a mount or remount rule, unless it is NULL. */
struct mount_count mount_rows(const struct mount *rule, mount_give *give, void *to);

#endif
