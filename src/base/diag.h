/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy text is wrong: problems with a place. They are collected, all of them, and printed at
 * the edge:
 *
 *	FILE:LINE:COL: error: WHAT IS WRONG
 *	    the line of text
 *	        ^
 *	FILE:LINE:COL: help: WHAT WOULD BE RIGHT
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

/* A text that was read. It lives in the arena of its job. */
struct source {
	const char *name;		/* as people know it; "<stdin>" for standard input */
	struct slice text;		/* empty: not at hand, lines are not shown */
};

/* Where something stands. line and col count from 1, col in bytes; line 0: the whole file. */
struct place {
	const struct source *source;
	unsigned line;
	unsigned col;
};

enum diag_level { DIAG_ERROR, DIAG_WARNING };

struct diag_item {
	enum diag_level level;
	struct place place;
	const char *text;
	const char *help;		/* what would be right; NULL: nothing to add */
};

enum { DIAG_ITEMS_MAX = 1000 };		/* further ones are counted only */

struct diag {
	struct arena arena;
	struct diag_item *items;
	size_t n_items;
	size_t cap;
	size_t n_errors;		/* all of them, also those past the limit */
	size_t n_warnings;
};

#define DIAG_INIT { 0 }

void diag_release(struct diag *d);

/* Adds a problem. Both return false, so that a parser can say `return diag_error(…)`. */
bool diag_error(struct diag *d, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool diag_warn(struct diag *d, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Says what would be right, for the problem added last. */
void diag_help(struct diag *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds all problems as text, in the order of their places within a file, files in order met. */
void diag_print(const struct diag *d, struct buf *out);

/* Parts of that, for commands that tell other things of places: "FILE:LINE:COL: "; the line of text
   and the mark under the place (at.line is not 0). */
void diag_print_place(struct place at, struct buf *out);
void diag_print_line(struct place at, struct buf *out);

/* Line number `line`, from 1, of a text, without its end. */
struct slice diag_line(struct slice text, unsigned line);

/* The same as a JSON array of {level, file, line, column, message, help}. */
void diag_print_json(const struct diag *d, struct buf *out);

#endif
