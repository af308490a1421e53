/* SPDX-License-Identifier: BSD-2-Clause */
/* Escapes of pattern text, one byte at a time. Private to the patterns. */
#ifndef AUTOMATA_ESCAPE_H
#define AUTOMATA_ESCAPE_H

#include "base/slice.h"

/*
 * The byte that stands at *at, which is below text.len; moves *at behind it. \xHH takes one or two
 * hexadecimal digits, \o one to three octal ones; \a \b \e \f \n \r \t as in C; \c is c for any
 * other c. A backslash at the very end is itself.
 */
int escape_read(struct slice text, size_t *at);

#endif
