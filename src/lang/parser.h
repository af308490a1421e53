/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rule classes read policy text with: words, keywords, conditions, access lists.
 *
 * The text is read without a separate row of tokens, for what a character means depends on where it
 * stands ("," ends a rule, parts a list, or stands within a path). Every function first skips
 * blanks, line ends and comments. Functions that give bool and are called parser_take_… answer
 * whether the thing was there and took it; all others give false only after reporting an error,
 * and the caller returns false at once (the body parser goes on at the next "," or "}").
 */
#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct parser;

/*
 * A word: quotes are taken off, escapes stay (\" becomes "), \dNNN and \oNNN become \xHH.
 * As a pattern it may be handed on as it is.
 */
struct word {
	struct slice text;		/* ptr NULL: absent */
	struct place place;
	bool is_quoted;
	bool is_pattern;		/* checked as one, and again when variables are put in */
};

struct word_list {
	struct word *words;
	size_t n;			/* 0: absent */
};

/* Where a bare word ends besides blanks, quotes and "," before a blank. */
enum word_stop {
	WORD_PLAIN = 0,			/* a path or label: parts like {a,b} and a=b are in it */
	WORD_IN_LIST = 1 << 0,		/* "," outside of braces, "(" and ")" end it */
	WORD_NO_EQUALS = 1 << 1,	/* "=" ends it, and "!=" */
	WORD_VALUE = 1 << 2,		/* "@NAME" is that text (unix addr=@NAME); elsewhere, but for
					   lists, it is the variable @{NAME} */
};

/* Where the next thing stands. */
struct place parser_place(struct parser *p);
struct arena *parser_arena(struct parser *p);

/* Reports at a place; both return false. Help is for the error just reported. */
bool parser_error(struct parser *p, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void parser_warn(struct parser *p, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void parser_help(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Reports "unknown WHAT "NAME"" and the nearest of the candidates (NULL-ended), or all of them if
 * they are few and none is near. Returns false.
 */
bool parser_unknown(struct parser *p, struct place at, const char *what, struct slice name,
		    const char *const *candidates);

/* Reports "expected WHAT, found …" at the next thing. Returns false. */
bool parser_expected(struct parser *p, const char *what);

/* True if the next thing is the "," that ends the rule (or a "}" or the end of the text). */
bool parser_at_end(struct parser *p);

/* True if the text goes on with exactly these characters: "(", "->", "<=". */
bool parser_at(struct parser *p, const char *text);
bool parser_take(struct parser *p, const char *text);
bool parser_need(struct parser *p, const char *text);	/* expected "…", found … */

/* A keyword: a run of letters, digits, "_", "-", "+" and ".", not followed by word characters.
   Peeking gives an empty slice if there is none (a path, a quoted word, punctuation). */
struct slice parser_peek_keyword(struct parser *p);
bool parser_take_keyword(struct parser *p, const char *keyword);

/* True if another word is there at all: bare or quoted. */
bool parser_at_word(struct parser *p);

/* A word, bare or quoted. `what` names it for the message: "expected WHAT, found …". */
bool parser_word(struct parser *p, unsigned stops, const char *what, struct word *out);

/* A word that is a pattern: its brackets, braces and escapes are checked too. */
bool parser_pattern(struct parser *p, unsigned stops, const char *what, struct word *out);

/* Checks a word as a pattern, for those that were read otherwise. */
bool parser_check_pattern(struct parser *p, const struct word *w);

/*
 * Conditions: `key=…`, `key = …` and `key in (…)`.
 *
 *	struct slice key; struct place at; enum condition_op op;
 *	while (parser_take_condition(p, &key, &at, &op)) {
 *		if (slice_is(key, "type")) { ok = parser_value(p, "a type", &detail->type); }
 *		…
 *		else return parser_unknown(p, at, "condition", key, keys);
 *	}
 */
enum condition_op {
	CONDITION_IS,			/* = */
	CONDITION_IN,			/* in */
};

bool parser_at_condition(struct parser *p);
bool parser_take_condition(struct parser *p, struct slice *key, struct place *at,
			   enum condition_op *op);

/* After `key=`: one word, bare, quoted or alone in parentheses. */
bool parser_value(struct parser *p, const char *what, struct word *out);
bool parser_pattern_value(struct parser *p, const char *what, struct word *out);

/* After `key=` or `key in`: one word or `(a b, c)`, not empty. */
bool parser_values(struct parser *p, const char *what, struct word_list *out);

/* Adds a word to a list in the policy's arena. */
void word_list_add(struct arena *arena, struct word_list *list, const struct word *w);

/*
 * Access lists: nothing, `send` or `(send, receive)`. In *mask: 0 if nothing was there. A bare
 * keyword that is not in the table, or that is followed by "=", is left alone; within parentheses
 * it is an error.
 */
struct access_name {
	const char *name;
	uint32_t bits;
};

bool parser_access(struct parser *p, const struct access_name *names, size_t n, uint32_t *mask);

/* A decimal, octal (0…) or hexadecimal (0x…) number that fills the whole slice. */
bool slice_number(struct slice s, uint64_t *out);

/* The bytes that a word stands for when it is not a pattern: escapes undone, in the arena. */
struct slice word_bytes(struct arena *arena, const struct word *w);

#endif
