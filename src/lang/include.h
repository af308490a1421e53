/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of a policy: found, read and parsed once a run, however often they are included.
 */
#ifndef LANG_INCLUDE_H
#define LANG_INCLUDE_H

#include "lang/ast.h"
#include "lang/policy.h"

#include "base/map.h"

struct include_cache {
	struct arena *arena;
	const char *const *dirs;	/* search path of <…>, NULL-ended */
	struct policy *policy;		/* for which is being read */
	struct include_result *asking;	/* what is being found out is remembered there */
	struct map asked;		/* context and name as written → struct include_result * */
	struct map files;		/* context, device and inode → struct file * */
};

struct include_need {
	enum policy_need need;
	const char *path;
	struct include_need *next;
};

/* What an include stands for: a file, or those of a directory in the order of their names. */
struct include_result {
	struct file **files;
	size_t n;
	bool is_missing;
	bool has_failed;		/* it is there but cannot be read; reported */
	struct include_need *needs;	/* what that depends on */
};

void include_init(struct include_cache *cache, struct arena *arena, const char *const *dirs);

/* From here on files are read for that policy: its diag, its needs. */
void include_begin(struct include_cache *cache, struct policy *policy);

/* Tells the policy, and remembers it for who asks the same again. */
void include_need(struct include_cache *cache, enum policy_need need, const char *path);

/* Never NULL. A missing file is not reported here. */
const struct include_result *include_find(struct include_cache *cache, enum file_context context,
					  const struct node_include *node);

/* Reports that a file is missing and where it was looked for. */
void include_report_missing(struct include_cache *cache, struct place at, struct slice path,
			    bool is_magic);

/* The path of a file for `abi` and the like; false: not there. */
bool include_search(struct include_cache *cache, struct slice path, bool is_magic,
		    struct buf *found);

/* True for what editors and package managers leave behind, README and hidden files. */
bool include_is_ignored(const char *name);

#endif
