/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Variables and aliases of one file's preamble, and what words become with them.
 *
 * A variable in a pattern becomes its value, or {a,b} of its values; values are taken in order and
 * once each. They are expanded when they are first used, so that order in the preamble matters to
 * assignments alone.
 */
#ifndef LANG_EXPAND_H
#define LANG_EXPAND_H

#include "base/map.h"
#include "lang/ast.h"

/* Expanded values; two variables with the same ones share one struct, so pointers compare. */
struct value_set {
	struct slice *texts;
	size_t n;
};

struct variable {
	struct word_list words;		/* as assigned */
	struct place place;
	const struct value_set *set;	/* NULL: not expanded yet */
	bool is_open;			/* being expanded: its use would be a cycle */
	bool has_failed;		/* reported already */
};

struct alias {
	struct slice from;
	struct slice to;
	struct alias *next;
};

/* Interned texts and sets of a policy. */
struct pool {
	struct arena *arena;
	struct map sets;
	struct map texts;
};

struct scope {
	struct arena *arena;
	struct diag *diag;
	struct pool *pool;
	struct map variables;		/* name → struct variable * */
	struct map booleans;		/* name → bool * */
	struct alias *aliases;
	struct alias **last_alias;
	const void *aliases_id;		/* equal pointers: equal aliases */
	/* Of the profile in work; absent outside. */
	const struct variable *profile_name;
	const struct variable *attach_path;
};

void pool_init(struct pool *pool, struct arena *arena);
void scope_init(struct scope *scope, struct arena *arena, struct diag *diag, struct pool *pool);

/* Carry out the assignments of the preamble; false: reported. */
bool scope_assign(struct scope *scope, const struct node_variable *node);
bool scope_assign_boolean(struct scope *scope, const struct node_boolean *node);
void scope_add_alias(struct scope *scope, const struct node_alias *node);

/* A variable with one ready value, for the builtin ones. */
struct variable *scope_builtin(struct scope *scope, struct slice value);

/* Expansion of one word, outside of rules. */
bool scope_word(struct scope *scope, const struct word *from, struct word *to);
bool scope_values(struct scope *scope, const struct word *from, struct word_list *to);

/* A rule with variables put in: itself and one more for each alias that rewrites it. */
struct expanded {
	struct rule rule;
	struct expanded *next;
};

/*
 * The memory of a rule's last expansion: which variables it met and what they were. While they
 * are the same, the expansion is too, and profiles share it.
 */
struct memo {
	struct slice *names;
	const struct value_set **sets;
	size_t n;
	const void *aliases_id;
	const struct expanded *result;
};

/* False: reported. */
bool expand_rule(struct scope *scope, struct node_rule *node, const struct expanded **out);


#endif
