/* SPDX-License-Identifier: BSD-2-Clause */
/* Which file a command word names, as execvp(3) finds it. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "base/err.h"

#include <limits.h>

/*
 * Fills real with the absolute path, free of symbolic links, of the program that `word` names: as
 * it is if it holds a slash, else by PATH. -ENOENT if there is none, -EACCES if there is only one
 * that may not be executed; words say which.
 */
int program_find(const char *word, char real[PATH_MAX], struct err *err);

#endif
