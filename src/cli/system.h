/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of the policy of the whole system, and the words by which people choose profiles in it. Each
 * change is one step: it is done, or what was in force stays.
 */
#ifndef CLI_SYSTEM_H
#define CLI_SYSTEM_H

#include "compile/link.h"
#include "engine/bpf_system.h"

#include <stdbool.h>

enum system_put {
	SYSTEM_ADD,			/* -EEXIST if a profile is there */
	SYSTEM_REPLACE,			/* profiles of the same name give way */
	SYSTEM_ONLY,			/* everything else gives way too */
};

enum { SYSTEM_KEEP_MODE = -1 };


/* Puts the profiles of an image in force; complain: none of them enforces. */
int system_load(struct bpf_system *s, const struct image *img, enum system_put how, bool complain,
		struct err *err);

/*
 * Marks the profiles that a word names: a profile's full name, and its children with it, or a file that
 * profiles are from. -ENOENT with words, and near names, if there is none.
 */
int system_choose(const struct bpf_system *s, const char *word, bool *chosen, struct err *err);
int system_choose_all(const struct bpf_system *s, char **words, int n_words, bool *chosen,
		      struct err *err);

/* All that for profiles marked by number in s->image. */
int system_remove(struct bpf_system *s, const bool *chosen, struct err *err);
int system_set_mode(struct bpf_system *s, const bool *chosen, enum image_mode mode, struct err *err);

/* As many marks as there are profiles, none set; free() it. */
bool *system_marks(const struct bpf_system *s);

/* Opens to change; -ENOENT with words where nothing is in force. */
int system_open_present(struct bpf_system *s, struct err *err);

#endif
