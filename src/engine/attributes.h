/* SPDX-License-Identifier: BSD-2-Clause */
/* The extended attributes of a program, as attachments ask for them. */
#ifndef ENGINE_ATTRIBUTES_H
#define ENGINE_ATTRIBUTES_H

#include "image/image.h"

/*
 * Reads an attribute of the file at path as this thread may: 1 and *value, which is valid until this
 * thread's next call; 0 if it is not there; a negative errno if that cannot be known. Attributes whose
 * names begin with "trusted." are shown to CAP_SYS_ADMIN of the machine alone: without it they give
 * -EPERM.
 */
int attributes_read(const char *path, const char *name, struct slice *value);

/* Those of the file at path, which must stay, for image_attach(). */
struct image_attributes attributes_of_path(const char *path);

#endif
