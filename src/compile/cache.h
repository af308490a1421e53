/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was compiled before, kept in a directory: an entry for each unit, good as long as every file it
 * was made of has the content it had (by SHA-256), every directory that was listed the same names, and
 * what was looked for in vain is still not there.
 *
 * The directory is for its owner alone: one that another user may write to is not used. Entries are
 * replaced in one step; one that is damaged is as if it were not there; those that were not used for 30
 * days are removed when new ones are kept. Safe from several threads, and from several processes.
 */
#ifndef COMPILE_CACHE_H
#define COMPILE_CACHE_H

#include "base/buf.h"
#include "base/err.h"
#include "lang/policy.h"

struct cache;

/*
 * Opens a cache, making the directory (and those above it) if need be. id: what all entries depend on
 * besides files: who compiles, how, for whom. dir NULL: nothing is kept, but cache_need() works.
 * -EPERM and others with words.
 */
int cache_open(const char *dir, struct slice id, struct cache **out, struct err *err);
void cache_close(struct cache *c);

/* What a unit is made of; an empty one is all 0. */
struct cache_needs {
	struct arena arena;
	struct map met;
	struct buf rows;
};

void cache_needs_init(struct cache_needs *n);
void cache_needs_release(struct cache_needs *n);

/*
 * Adds what a unit depends on, before it is looked at: should it change in between, the entry is out of
 * date, not wrong. Each file is looked at once in the life of the cache.
 */
void cache_need(struct cache *c, struct cache_needs *n, enum policy_need need, const char *path);

/* The parts of an entry, in the caller's order. */
enum { CACHE_PARTS = 3 };

/*
 * Finds the entry of a unit by its name and adds its parts to parts[], of which the last is left out
 * if NULL. False: there is none that is still good.
 */
bool cache_find(struct cache *c, const char *name, struct buf *parts[CACHE_PARTS]);

/* Keeps an entry; false if that could not be done. */
bool cache_keep(struct cache *c, const char *name, const struct cache_needs *needs,
		const struct slice parts[CACHE_PARTS]);

#endif
