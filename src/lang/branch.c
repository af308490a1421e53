/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats `$A and not (defined @{B} or @{C} in @{D})`, gives true or false. A function per level of
 * binding, from "or" (weakest) to a single term.
 */
#include "lang/branch.h"

#include "lang/expand.h"
#include "lang/lexer.h"

#include <errno.h>
#include <stdlib.h>

enum branch_kind {
	BRANCH_VALUE,
	BRANCH_BOOLEAN, /* $NAME */
	BRANCH_DEFINED,
	BRANCH_COMPARE,
	BRANCH_NOT,
	BRANCH_AND,
	BRANCH_OR,
};

enum compare_op {
	COMPARE_EQUAL,
	COMPARE_UNEQUAL,
	COMPARE_LESS_EQUAL,
	COMPARE_GREATER_EQUAL,
	COMPARE_LESS,
	COMPARE_GREATER,
	COMPARE_IN,
	N_COMPARES,
};

/* The longer ones first. */
static const char *const compare_names[] = { "==", "!=", "<=", ">=", "<", ">", "in" };

struct branch {
	enum branch_kind kind;
	struct place place;
	bool value;
	bool is_boolean; /* of DEFINED: $NAME, not @{NAME} */
	struct slice name;
	enum compare_op op;
	struct word sides[2];
	struct branch *left;
	struct branch *right;
};

static struct branch *parse_or(struct parser *p);

static struct branch *branch_new(struct parser *p, enum branch_kind kind, struct place at)
{
	struct branch *b = arena_new(p->arena, struct branch);

	b->kind = kind;
	b->place = at;
	return b;
}

/* The length of a name at `at`. */
static size_t name_len(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && ((at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z') ||
				(n && ((at[n] >= '0' && at[n] <= '9') || at[n] == '_'))))
		n++;
	return n;
}

/* Takes `$NAME`, `${NAME}`, `@NAME` or `@{NAME}`, whichever the sigil says. */
static bool take_name(struct parser *p, char sigil, struct slice *name)
{
	const char *at = p->at;
	bool is_braced;
	size_t len;

	if (at >= p->end || *at != sigil)
		return false;
	at++;
	is_braced = at < p->end && *at == '{';
	at += is_braced;
	len = name_len(at, p->end);
	if (!len || (is_braced && (at + len >= p->end || at[len] != '}')))
		return false;
	*name = slice_make(at, len);
	p->at = at + len + is_braced;
	return true;
}

static struct branch *parse_defined(struct parser *p, struct place at)
{
	struct branch *b = branch_new(p, BRANCH_DEFINED, at);

	parser_skip(p);
	b->is_boolean = take_name(p, '$', &b->name);
	if (b->is_boolean || take_name(p, '@', &b->name))
		return b;
	parser_expected(p, "a variable after \"defined\": @{NAME} or $NAME");
	return NULL;
}

static bool take_compare(struct parser *p, enum compare_op *op)
{
	for (unsigned i = 0; i < N_COMPARES; i++) {
		if (i == COMPARE_IN ? parser_take_keyword(p, "in")
				    : parser_take(p, compare_names[i])) {
			*op = (enum compare_op)i;
			return true;
		}
	}
	return false;
}

/* One side of a comparison: it ends before the comparison's sign. */
static bool parse_side(struct parser *p, const char *what, struct word *out)
{
	const char *end, *at;

	if (!parser_word(p, WORD_IN_LIST | WORD_NO_EQUALS, what, out))
		return false;
	if (out->is_quoted)
		return true;
	end = out->text.ptr + out->text.len;
	for (at = out->text.ptr; at < end && *at != '<' && *at != '>'; at++)
		;
	if (at == end || at == out->text.ptr)
		return true;
	p->at -= end - at;
	out->text.len -= (size_t)(end - at);
	return true;
}

static bool word_is_value(struct slice word, bool *value)
{
	*value = word.len == 4 && !strncasecmp(word.ptr, "true", 4);
	return *value || (word.len == 5 && !strncasecmp(word.ptr, "false", 5));
}

static struct branch *parse_compare(struct parser *p, struct place at)
{
	struct branch *b = branch_new(p, BRANCH_COMPARE, at);

	if (!parse_side(p, "a condition", &b->sides[0]))
		return NULL;
	if (!take_compare(p, &b->op)) {
		if (word_is_value(b->sides[0].text, &b->value)) {
			b->kind = BRANCH_VALUE;
			return b;
		}
		parser_expected(p, "a comparison: == != < <= > >= or \"in\"");
		return NULL;
	}
	return parse_side(p, "a value to compare with", &b->sides[1]) ? b : NULL;
}

/* True if a comparison goes on behind the word that is next. */
static bool compare_follows(struct parser *p, size_t len)
{
	struct parser ahead = *p;
	enum compare_op op;

	ahead.at += len;
	return take_compare(&ahead, &op);
}

static struct branch *parse_term(struct parser *p)
{
	struct place at = parser_place(p);
	struct branch *b;
	struct slice word;

	if (parser_take(p, "(")) {
		if (!parser_enter(p))
			return NULL;
		b = parse_or(p);
		parser_leave(p);
		return b && parser_need(p, ")") ? b : NULL;
	}
	if (parser_take_keyword(p, "defined"))
		return parse_defined(p, at);
	b = branch_new(p, BRANCH_BOOLEAN, at);
	if (take_name(p, '$', &b->name))
		return b;
	word = parser_peek_keyword(p);
	if (!word_is_value(word, &b->value) || compare_follows(p, word.len))
		return parse_compare(p, at);
	p->at += word.len;
	b->kind = BRANCH_VALUE;
	return b;
}

static struct branch *parse_not(struct parser *p)
{
	struct place at = parser_place(p);
	struct branch *b;

	if (!parser_take_keyword(p, "not"))
		return parse_term(p);
	b = branch_new(p, BRANCH_NOT, at);
	if (!parser_enter(p))
		return NULL;
	b->left = parse_not(p);
	parser_leave(p);
	return b->left ? b : NULL;
}

static struct branch *parse_pairs(struct parser *p, enum branch_kind kind, const char *keyword,
				  struct branch *(*parse_side_of)(struct parser *p))
{
	struct branch *left = parse_side_of(p);

	while (left) {
		struct place at = parser_place(p);
		struct branch *b;

		if (!parser_take_keyword(p, keyword))
			return left;
		b = branch_new(p, kind, at);
		b->left = left;
		b->right = parse_side_of(p);
		left = b->right ? b : NULL;
	}
	return NULL;
}

static struct branch *parse_and(struct parser *p)
{
	return parse_pairs(p, BRANCH_AND, "and", parse_not);
}

static struct branch *parse_or(struct parser *p)
{
	return parse_pairs(p, BRANCH_OR, "or", parse_and);
}

struct branch *branch_parse(struct parser *p)
{
	return parse_or(p);
}

static bool has_text(const struct word_list *list, struct slice text)
{
	for (size_t i = 0; i < list->n; i++) {
		if (slice_eq(list->words[i].text, text))
			return true;
	}
	return false;
}

static bool is_subset(const struct word_list *a, const struct word_list *b)
{
	for (size_t i = 0; i < a->n; i++) {
		if (!has_text(b, a->words[i].text))
			return false;
	}
	return true;
}

/* The number that a set of one value is; false if it is none. */
static bool set_number(const struct word_list *set, long *number)
{
	char text[32], *end;

	if (set->n != 1 || !set->words[0].text.len || set->words[0].text.len >= sizeof(text))
		return false;
	memcpy(text, set->words[0].text.ptr, set->words[0].text.len);
	text[set->words[0].text.len] = '\0';
	errno = 0;
	*number = strtol(text, &end, 0);
	return !*end && !errno;
}

static int compare_texts(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return slice_compare(x->text, y->text);
}

/* Sets in order: by their values, sorted, one after the other. */
static int compare_sets(struct word_list *a, struct word_list *b)
{
	qsort(a->words, a->n, sizeof(*a->words), compare_texts);
	qsort(b->words, b->n, sizeof(*b->words), compare_texts);
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int order = compare_texts(&a->words[i], &b->words[i]);

		if (order)
			return order;
	}
	return a->n < b->n ? -1 : a->n > b->n;
}

static bool order_holds(enum compare_op op, int order)
{
	switch (op) {
	case COMPARE_LESS:
		return order < 0;
	case COMPARE_LESS_EQUAL:
		return order <= 0;
	case COMPARE_GREATER:
		return order > 0;
	case COMPARE_GREATER_EQUAL:
		return order >= 0;
	case COMPARE_EQUAL:
	case COMPARE_UNEQUAL:
	case COMPARE_IN:
	case N_COMPARES:
		break;
	}
	return false;
}

static bool decide_compare(const struct branch *b, struct scope *scope, bool *holds)
{
	struct word_list left, right;
	bool is_number[2];
	long numbers[2];

	if (!scope_values(scope, &b->sides[0], &left) || !scope_values(scope, &b->sides[1], &right))
		return false;
	if (b->op == COMPARE_IN || b->op == COMPARE_EQUAL || b->op == COMPARE_UNEQUAL) {
		*holds = is_subset(&left, &right) &&
			 (b->op == COMPARE_IN || is_subset(&right, &left));
		*holds ^= b->op == COMPARE_UNEQUAL;
		return true;
	}
	is_number[0] = set_number(&left, &numbers[0]);
	is_number[1] = set_number(&right, &numbers[1]);
	if (is_number[0] != is_number[1])
		return diag_error(scope->diag, b->place,
				  "a number can be compared with a number only");
	if (is_number[0])
		*holds = order_holds(b->op, (numbers[0] > numbers[1]) - (numbers[0] < numbers[1]));
	else
		*holds = order_holds(b->op, compare_sets(&left, &right));
	return true;
}

static bool decide_boolean(const struct branch *b, struct scope *scope, bool *holds)
{
	const bool *value = map_find(&scope->booleans, b->name);

	if (!value) {
		diag_error(scope->diag, b->place, "$%.*s has no value", SLICE_FMT(b->name));
		diag_help(scope->diag, "give it one before the profile: $%.*s = true",
			  SLICE_FMT(b->name));
		return false;
	}
	*holds = *value;
	return true;
}

static bool decide_pair(const struct branch *b, struct scope *scope, bool *holds)
{
	bool left, right;

	/* Both sides always, so that mistakes in either are told. */
	if (!branch_decide(b->left, scope, &left) || !branch_decide(b->right, scope, &right))
		return false;
	*holds = b->kind == BRANCH_AND ? left && right : left || right;
	return true;
}

bool branch_decide(const struct branch *b, struct scope *scope, bool *holds)
{
	switch (b->kind) {
	case BRANCH_VALUE:
		*holds = b->value;
		return true;
	case BRANCH_BOOLEAN:
		return decide_boolean(b, scope, holds);
	case BRANCH_DEFINED:
		*holds = map_find(b->is_boolean ? &scope->booleans : &scope->variables, b->name);
		return true;
	case BRANCH_COMPARE:
		return decide_compare(b, scope, holds);
	case BRANCH_NOT:
		if (!branch_decide(b->left, scope, holds))
			return false;
		*holds = !*holds;
		return true;
	case BRANCH_AND:
	case BRANCH_OR:
		return decide_pair(b, scope, holds);
	}
	return false;
}
