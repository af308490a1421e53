/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Canonical layout of policy text: what `pavise fmt` writes. It moves blanks and line ends only;
 * words, comments and their order stay, so the meaning does too. Formatting twice changes nothing.
 *
 *	two blanks per level · one rule a line · one blank between words, none inside parentheses
 *	at most one empty line in a row, none after "{" or before "}"
 *	a rule that was written on several lines keeps them, indented by two levels more
 */
#ifndef LANG_FORMAT_H
#define LANG_FORMAT_H

#include "base/buf.h"
#include "base/diag.h"

#include <stdbool.h>

/*
 * Adds the text of source in canonical layout to *out. False, and *out as it was, if braces or
 * quotes do not close: the places are in diag. Other mistakes in the text do not matter here.
 */
bool format_text(const struct source *source, struct buf *out, struct diag *diag);

#endif
