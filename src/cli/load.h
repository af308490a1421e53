/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy files named on a command line, read and compiled to an open image: all or nothing, unless it is
 * asked otherwise.
 *
 * Life: load_init, load_add_file and load_add_dir for each option, load_read, load_compile (or load_good in
 * place of both), then use policy and image, load_release. A path that is a directory stands for the profiles in it:
 * its regular files by name, without hidden ones, editors' and package managers' leftovers, and
 * those switched off by a file of the same name in its folder "disable".
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "cli/cmd.h"
#include "image/image.h"
#include "lang/policy.h"

#include <stdbool.h>

#define LOAD_DEFAULT_DIR "/etc/apparmor.d"

struct load {
	const char *dirs[CMD_DIRS_MAX + 2]; /* include path, NULL-ended; LOAD_DEFAULT_DIR is last */
	size_t n_dirs;
	const char *files[CMD_FILES_MAX];
	size_t n_files;
	struct arena arena;		/* names of files found in directories */
	struct diag diag;
	struct policy policy;
	bool has_policy;
	struct buf bytes;		/* what image looks into */
	struct image image;
};

/* The struct is large: keep it static or on the heap. */
void load_init(struct load *l);
void load_release(struct load *l);

/* Paths are not copied. -E2BIG past the limits, or why a directory cannot be listed. */
int load_add_file(struct load *l, const char *path, struct err *err);

/* As load_add_file, by its whole name, which the image then tells of its profiles wherever one is. */
int load_add_known_file(struct load *l, const char *path, struct err *err);
int load_add_dir(struct load *l, const char *dir, struct err *err);

/* Reads all files; all problems are in l->diag. False if there are errors. */
bool load_read(struct load *l);

/* Compiles what was read and opens it; call it only after load_read gave true. */
bool load_compile(struct load *l);

/*
 * Reads and compiles what can be: files that are wrong are taken from l->files and named, their problems
 * printed to fd. False if none is left, or what is wrong is in none of them. "-" cannot be among the files:
 * they are read more than once.
 */
bool load_good(struct load *l, int fd);

/* Prints all problems to fd as text; nothing if there are none or only warnings and is_quiet. */
void load_print_problems(const struct load *l, int fd, bool is_quiet);

#endif
