/* SPDX-License-Identifier: BSD-2-Clause */
/* The look of a glob text, as far as the language cares: is it well formed, is it literal. */
#ifndef LANG_GLOB_H
#define LANG_GLOB_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

enum { GLOB_DEPTH_MAX = 64 };		/* nested braces */

struct glob_problem {
	size_t at;			/* offset into the text */
	const char *text;		/* what is wrong, a constant */
	const char *help;		/* what would be right, or NULL */
};

/* False and *problem filled if brackets, braces or escapes are wrong. @{VAR} is passed over. */
bool glob_check(struct slice text, struct glob_problem *problem);

/* True if nothing in it is special but escapes. */
bool glob_is_literal(struct slice text);

/* "//" within becomes "/"; exactly two at the very start stay, as POSIX has it. */
struct slice glob_collapse_slashes(struct arena *arena, struct slice text);

#endif
