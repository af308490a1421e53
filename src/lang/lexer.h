/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a parser: a place in a text. For the files of the reader; rule classes see
 * lang/parser.h alone.
 */
#ifndef LANG_LEXER_H
#define LANG_LEXER_H

#include "lang/parser.h"

struct parser {
	struct arena *arena;
	struct diag *diag;
	const struct source *source;
	const char *at;
	const char *end;
	const char *counted;		/* lines are counted up to here */
	const char *line_start;
	unsigned line;
	const char *skipped_from;	/* the end of what was taken last */
	const char *skipped_to;		/* p->at after the last skip */
	unsigned depth;			/* nested profiles, blocks, conditionals and parentheses */
	bool has_failed;
	bool in_deny;			/* within the braces of a "deny" */
	bool is_one_line;		/* the text ends with the line; "\\" at its end goes on */
};

void parser_init(struct parser *p, struct arena *arena, struct diag *diag,
		 const struct source *source);

/* Blanks, line ends and comments; "#include" is none. */
void parser_skip(struct parser *p);

/* Of is_one_line: true if nothing else stands on the line. */
bool parser_at_line_end(struct parser *p);

/* The place of a byte of the text, and of what comes next. */
struct place parser_place_of(struct parser *p, const char *at);

/* True at "include" or "#include" with something to include. */
bool parser_at_include(struct parser *p);

/* True at `@{NAME} =` and its relatives (+= ?= :=): an assignment, not a word. */
bool parser_at_assignment(const struct parser *p);

/* Length of `@{NAME}` at `at`, 0 if there is none. */
size_t variable_len(const char *at, const char *end);

/* A word's text with its escapes as struct word has them. */
struct slice parser_normalise(struct parser *p, struct slice text);

/* Refuses bytes that a word may not have without quotes. */
bool parser_check_bare(struct parser *p, const struct word *w);

/* Goes on after the next "," that ends a rule, or stops at a "}". */
void parser_recover(struct parser *p);

/* One level deeper; false: reported as too deep. */
bool parser_enter(struct parser *p);
void parser_leave(struct parser *p);

/* The length of the keyword at p->at, without skipping anything. */
size_t parser_keyword_len(const struct parser *p);

#endif
