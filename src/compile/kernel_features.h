/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an AppArmor kernel can mediate: the tree below /sys/kernel/security/apparmor/features, or a
 * feature file, which is the same tree as text:
 *
 *	caps {mask {chown dac_override
 *	}
 *	}
 *
 * A name stands for a file or a directory, its path is written with "/": "caps/mask".
 */
#ifndef COMPILE_KERNEL_FEATURES_H
#define COMPILE_KERNEL_FEATURES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>

#define KERNEL_FEATURES_DIR "/sys/kernel/security/apparmor/features"

enum {
	KERNEL_FEATURES_MAX = 1 << 20,	/* bytes of a feature file */
	KERNEL_FEATURES_DEPTH = 16,
};

struct kernel_features {
	struct arena arena;
	struct map words;		/* path → struct slice *, the text there */
};

void kernel_features_init(struct kernel_features *f);
void kernel_features_release(struct kernel_features *f);

/* Adds the tree of a feature file or of a directory. -EINVAL with words if it is neither. */
int kernel_features_read(struct kernel_features *f, const char *path, struct err *err);
int kernel_features_parse(struct kernel_features *f, const char *name, struct slice text,
			  struct err *err);

/* True if the path is there; if word is given, if it is among the words there too. */
bool kernel_features_has(const struct kernel_features *f, const char *path, const char *word);

/* Adds the whole tree as a feature file, for a cache's key. */
void kernel_features_print(const struct kernel_features *f, struct buf *out);

#endif
