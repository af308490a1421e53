/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pattern text of objects that are made of several parts (abi/class.h draws them).
 *
 * A glob means something else in the middle of a longer pattern: "*" that is all of the last part
 * of a path stands for one byte at least, but only where the pattern ends. These functions keep its
 * meaning wherever it is put.
 */
#ifndef LANG_OBJECT_H
#define LANG_OBJECT_H

#include "base/buf.h"
#include "lang/parser.h"

/* Adds a word as one part; an absent word is any text without NUL, the empty one included. */
void object_part(struct buf *out, const struct word *w);

/* Adds glob text as one part. */
void object_glob(struct buf *out, struct slice glob);

/* Adds a list as one part, any of its words; an absent list is any text. */
void object_any_of(struct buf *out, const struct word_list *list);

/* Adds any text without NUL. */
void object_any(struct buf *out);

/* Adds the NUL between two parts. */
void object_end(struct buf *out);

/* Adds 16 bits of any value. */
void object_any_u16(struct buf *out);

/*
 * Adds the alternatives that a word consists of as a whole: "{a,{b,c}}" gives a, b and c, anything
 * else itself.
 */
void object_alternatives(struct arena *arena, const struct word *w, struct word_list *out);

#endif
