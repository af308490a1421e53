/* SPDX-License-Identifier: BSD-2-Clause */
/* An automaton to a table of an image. */
#ifndef COMPILE_TABLE_H
#define COMPILE_TABLE_H

#include "automata/dfa.h"
#include "image/image_build.h"

/* Packs the automaton and appends it; first_entry as struct image_table has it. Its number. */
uint32_t table_add(struct image_build *b, const struct dfa *d, uint32_t first_entry);

#endif
