/* SPDX-License-Identifier: BSD-2-Clause */
/* Which engine, which profile: the choices a run makes, with words for each way they fail. */
#ifndef CLI_CHOOSE_H
#define CLI_CHOOSE_H

#include "base/err.h"
#include "engine/engine.h"
#include "image/image.h"

/*
 * The engine of that name, or with NULL the first that works here. NULL with words if there is
 * none, or if the named one does not work here.
 */
const struct engine_ops *choose_engine(const char *name, struct err *err);

/* The engine of that name whether or not it works here; NULL with words, near names among them. */
const struct engine_ops *choose_engine_by_name(const char *name, struct err *err);

/* Sets *profile to the one of that name. -ENOENT with words, near names among them. */
int choose_profile(const struct image *img, const char *name, uint32_t *profile, struct err *err);

/* Sets *profile to the one that attaches to a program. -ENOENT with words if none or two do. */
int choose_attached(const struct image *img, const char *program, uint32_t *profile,
		    struct err *err);

#endif
