/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conditions of a rule, read by a table: `key=value …` and then `peer=(key=value …)`.
 *
 * Each key may stand once, and takes "=" alone, not "in". Nothing may follow the group of the peer.
 */
#ifndef LANG_CONDITIONS_H
#define LANG_CONDITIONS_H

#include "lang/parser.h"

#include <stdbool.h>
#include <stddef.h>

enum { CONDITIONS_MAX = 12 };		/* keys of one table */

struct condition {
	const char *key;
	const char *what;		/* for "expected WHAT, found …" */
	struct word *to;		/* absent before, set once */
	bool is_text;			/* a name or a number, not a pattern */
	bool is_bare;			/* never in parentheses */
	struct word_list *list;		/* instead of to: a word or (a b); may stand repeatedly */
};

struct conditions {
	const char *rule;		/* "dbus", for messages */
	const struct condition *own;
	size_t n_own;
	const struct condition *peer;	/* NULL: the rule has no peer=() */
	size_t n_peer;
	bool has_peer;			/* out: a group was there, though it may be empty */
};

/* Reads all conditions that follow. False: reported. */
bool conditions_parse(struct parser *p, struct conditions *c);

/* Adds " peer=(…)" around conditions printed to a buffer of their own; nothing if it is empty. */
void conditions_print_peer(const struct buf *inside, struct buf *out);

#endif
