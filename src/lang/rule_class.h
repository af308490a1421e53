/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rule class: one kind of rule, one file, one const descriptor, one line in rule_class.c.
 *
 * To add a class NAME:
 *	1. give it an id and permission bits in abi/class.h and draw its object there;
 *	2. write class_NAME.c: a detail struct and the functions of struct rule_class below;
 *	3. add `extern const struct rule_class class_NAME;` here and its line in rule_class.c;
 *	4. add rows to tests/decide/NAME.case and a paragraph to man/pavise-policy.5.
 *
 * Life of a rule: parse() makes a detail that holds words as they are written. That rule is shared:
 * its file is parsed once however many profiles include it. expand() then makes a detail of its
 * own for each profile, with the variables of the including file put in. compare, print and lower
 * see both kinds; lower sees expanded ones only. Details and texts live in the policy's arena.
 */
#ifndef LANG_RULE_CLASS_H
#define LANG_RULE_CLASS_H

#include "abi/class.h"
#include "base/buf.h"
#include "lang/lower.h"
#include "lang/parser.h"
#include "lang/policy.h"

#include <stdbool.h>

struct expansion;

/* The qualifiers that a class may carry; others are refused before parse() is called. */
enum rule_may {
	RULE_MAY_PRIORITY = 1 << 0,
	RULE_MAY_AUDIT = 1 << 1,
	RULE_MAY_ALLOW = 1 << 2,	/* allow and deny and prompt */
	RULE_MAY_QUIET = 1 << 3,
	RULE_MAY_OWNER = 1 << 4,	/* owner and other */
	RULE_MAY_SET = 1 << 5,		/* "set" before the keyword: set capability */
	RULE_MUST_SET = 1 << 6,		/* never without it: set rlimit */
	RULE_MAY_MOST = RULE_MAY_PRIORITY | RULE_MAY_AUDIT | RULE_MAY_ALLOW | RULE_MAY_QUIET,
};

struct rule_class {
	const char *keyword;
	enum class_id class_id;
	unsigned may;			/* enum rule_may */

	/*
	 * Reads what follows the keyword, up to but without the "," and sets rule->detail. rule's
	 * place and qualifiers are filled already. False: it has reported what is wrong.
	 */
	bool (*parse)(struct parser *p, struct rule *rule);

	/*
	 * Sets to->detail (which is from->detail at the call) to a copy with variables expanded.
	 * NULL: its rules have no words. False: it has reported what is wrong.
	 */
	bool (*expand)(struct expansion *x, const struct rule *from, struct rule *to);

	/* Orders two rules of the class by detail alone: 0 means that they say the same. */
	int (*compare)(const struct rule *a, const struct rule *b);

	/* Adds the canonical text from the keyword on, without qualifiers and without ",". */
	void (*print)(const struct rule *rule, struct buf *out);

	/* Gives rows, capabilities or limits to the sink. */
	void (*lower)(const struct rule *rule, const struct lower_sink *sink);
};

extern const struct rule_class class_file;
extern const struct rule_class class_link;
extern const struct rule_class class_change_profile;
extern const struct rule_class class_capability;
extern const struct rule_class class_network;
extern const struct rule_class class_unix;
extern const struct rule_class class_signal;
extern const struct rule_class class_ptrace;
extern const struct rule_class class_rlimit;
extern const struct rule_class class_mount;
extern const struct rule_class class_remount;
extern const struct rule_class class_umount;
extern const struct rule_class class_pivot_root;
extern const struct rule_class class_dbus;
extern const struct rule_class class_mqueue;
extern const struct rule_class class_userns;
extern const struct rule_class class_io_uring;
extern const struct rule_class class_all;

/* The class with that keyword ("unmount" is "umount"), NULL if there is none. */
const struct rule_class *rule_class_find(struct slice keyword);

/* All of them, NULL-ended. */
extern const struct rule_class *const rule_classes[];

/* For parse(): zeroed memory in the policy's arena. */
#define rule_detail_new(p, type) ((type *)arena_alloc(parser_arena(p), sizeof(type)))

/*
 * For expand(). expand_word gives one pattern text: several values of a variable become an
 * alternation {a,b}; "//" that arises where values meet is collapsed. expand_values gives every
 * text by itself, for words that are not patterns. Both leave words without variables as they
 * are (and cost nothing then). False: reported.
 */
bool expand_word(struct expansion *x, const struct word *from, struct word *to);
bool expand_words(struct expansion *x, const struct word_list *from, struct word_list *to);
bool expand_values(struct expansion *x, const struct word *from, struct word_list *to);
struct arena *expansion_arena(struct expansion *x);
bool expansion_error(struct expansion *x, struct place at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* True if the word is the name of a variable's use or has one within: @{VAR}. */
bool word_has_variable(const struct word *w);

/* For compare(): by text, absent (text.ptr NULL) before empty. */
int word_compare(const struct word *a, const struct word *b);
int word_list_compare(const struct word_list *a, const struct word_list *b);

/*
 * For print(): the word as it must be written to be read back the same, quoted if need be. Lists
 * as "(a b)", one word bare.
 */
void word_print(const struct word *w, struct buf *out);
void word_list_print(const struct word_list *l, struct buf *out);

/* Adds " key=word" or " key=(a b)"; nothing if the word or list is absent. */
void word_print_condition(const char *key, const struct word *w, struct buf *out);
void word_list_print_condition(const char *key, const struct word_list *l, struct buf *out);

/* Adds "(a b)" or "a", the names whose bits are all in mask, most bits first as in the table. */
void access_print(const struct access_name *names, size_t n, uint32_t mask, struct buf *out);

/*
 * For lower(): a row of that class with the rule's qualifiers, no pattern, perms or exec yet;
 * lower_capability and lower_rlimit hand it on as `how`.
 */
struct lower_row lower_row_of(const struct rule *rule, enum class_id class_id);

/* Bytes of a pattern text: escapes whatever is special in it, NUL as \x00. */
void lower_add_literal(struct buf *out, struct slice bytes);
void lower_add_u8(struct buf *out, unsigned value);
void lower_add_u16(struct buf *out, unsigned value);	/* big-endian */

/* Gives one row whose pattern is the text in buf (copied to the sink's arena). */
void lower_give(const struct lower_sink *sink, struct lower_row row, const struct buf *pattern,
		uint32_t perms);

#endif
