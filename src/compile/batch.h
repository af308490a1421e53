/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many policy files to one output: each file is a unit, compiled by itself, taken from a cache where
 * nothing changed, several at a time; then put together. Files that are wrong are left out, and told.
 */
#ifndef COMPILE_BATCH_H
#define COMPILE_BATCH_H

#include "base/buf.h"
#include "base/err.h"
#include "compile/kernel_abi.h"

#include <stdbool.h>
#include <stdint.h>

enum { BATCH_JOBS_MAX = 64 };

struct batch_options {
	const char *const *include_dirs; /* NULL-ended */
	const char *const *files;	/* "-": standard input */
	size_t n_files;
	const struct kernel_options *kernel; /* for that kernel; NULL: an image */
	unsigned jobs;			/* at a time, 1 to BATCH_JOBS_MAX */
	const char *cache_dir;		/* NULL: nothing is kept */
	bool is_cache_optional;		/* without it, too, if it cannot be had */
	struct slice cache_id;		/* of the program that compiles */
	bool is_strict;			/* one bad file spoils all */
};

/* CPU time, ns, of all threads together. */
struct batch_times {
	uint64_t find;			/* looking into the cache */
	uint64_t read;			/* parsing and expanding */
	uint64_t compile;
	uint64_t link;			/* putting together and writing */
};

struct batch_result {
	size_t n_good;			/* files in the output */
	size_t n_bad;			/* files that were left out */
	size_t n_cached;		/* files that did not have to be compiled */
	struct batch_times times;
};

/*
 * Writes the output of all good files to fd, an empty file. All problems are added to *problems as text, in
 * the order of the files. False if there is no output: no file is good, one is bad and is_strict, or
 * what *err says.
 */
bool batch_compile(const struct batch_options *options, int fd, struct buf *problems,
		   struct batch_result *result, struct err *err);

#endif
