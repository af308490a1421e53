/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the checks of lint: the rules of a profile and one automaton that tells all of them apart.
 *
 * A state's accept value is the number of a set: the rules that match there, and what they say
 * together. For each row there is what becomes of it: which of its bits it settles in some set,
 * which are always denied by another rule, or settled at a higher priority.
 */
#ifndef COMPILE_LINT_VIEW_H
#define COMPILE_LINT_VIEW_H

#include "automata/product.h"
#include "automata/reach.h"
#include "compile/automaton.h"
#include "compile/lint.h"
#include "compile/rows.h"

struct lint_rule;

/* What becomes of some bits (permissions, or capabilities). */
struct lint_fate {
	uint64_t met;			/* there is an object about which the row speaks of these */
	uint64_t live;			/* it settles these somewhere */
	uint64_t killed;		/* denied somewhere by a rule of the same priority */
	uint64_t covered;		/* settled somewhere by a rule of a higher one */
	const struct lower_row *killer;	/* the first met of each; NULL: none */
	const struct lower_row *cover;
};

struct lint_row {
	const struct lower_row *row;
	bool is_exact;
	uint32_t group;
	struct lint_fate fate;
	struct lint_row *next;		/* of the same rule */
	struct lint_rule *rule;		/* NULL: none wrote it */
};

struct lint_cap {
	const struct conflict_cap_row *row;
	struct lint_fate fate;
	struct lint_cap *next;
};

struct lint_rule {
	const struct rule *rule;
	struct lint_row *rows;
	struct lint_cap *caps;
};

struct lint_group {
	struct lint_row *rows;		/* n_rows: those of rows.groups[i] */
	size_t n_rows;
	uint32_t *sets;			/* n_sets: those in which the group is */
	size_t n_sets, cap_sets;
};

struct lint_set {
	const uint32_t *groups;		/* n_groups, sorted */
	size_t n_groups;
	struct conflict_result result;
};

struct lint_view {
	struct lint *lint;
	const struct profile *profile;
	struct rows rows;
	struct dfa dfa;			/* a start per class */
	struct lint_group *groups;	/* rows.n_groups */
	struct lint_set *sets;		/* n_sets; [0] is not in use */
	size_t n_sets, cap_sets;
	struct lint_rule **rules;	/* n_rules, in the order of the text as lowered */
	size_t n_rules, cap_rules;
	struct conflict_caps caps;
	struct reach *reach[N_CLASSES];	/* made when first asked for */
	struct map by_rule;
	struct arena arena;
	struct diag scratch;		/* problems were told when the policy was compiled */
};

/* False: too large. */
bool lint_view_init(struct lint_view *v, struct lint *lint, const struct profile *profile,
		    struct automaton_patterns *patterns);
void lint_view_release(struct lint_view *v);

const struct reach *lint_view_reach(struct lint_view *v, enum class_id class_id);

/* The set of a state, NULL if no rule matches there. */
const struct lint_set *lint_view_set(const struct lint_view *v, uint32_t state);

bool lint_set_has(const struct lint_set *s, uint32_t group);

/* What a row's bits of permission are worth looking at: without those that come along. */
uint32_t lint_row_bits(const struct lint_row *r);

/* The shortest object of a row's class that it matches, a real path if there is one; false: none. */
bool lint_view_example(struct lint_view *v, const struct lint_row *r, struct buf *out);

/* --- what checks tell --- */

struct lint_words {
	enum class_id class_id;		/* CLASS_NONE: no witness */
	struct slice witness;
	unsigned who;			/* 0: to everybody */
	const char *text, *help;
};

/* Adds a finding; the first of a check and place stays. Texts are copied. */
void lint_tell(struct lint *l, const struct lint_check *check, const struct profile *profile,
	       struct place at, const struct lint_words *words);

/*
 * For findings that count only if they hold in each profile that has the rule: words NULL says that
 * it does not hold here.
 */
void lint_tell_if_always(struct lint *l, const struct lint_check *check,
			 const struct profile *profile, struct place at,
			 const struct lint_words *words);

/* For the pieces of texts: memory until the result is taken. */
struct arena *lint_arena(struct lint *l);
struct automaton_patterns *lint_patterns(struct lint *l);
const struct policy *lint_policy_of(const struct lint *l);

/* The first of two rules if the asker can change it or cannot change either, else the second. */
const struct rule *lint_own_rule(struct lint *l, const struct rule *a, const struct rule *b);

/*
 * Paths as kernels have them: "/", or components that are neither empty nor "." nor "..", with "/"
 * behind for a directory. The same asked of one path.
 */
const struct pattern *lint_real_paths(struct lint *l);
bool lint_is_real_path(struct slice path);

/* "FILE:LINE (deny /a w)" */
const char *lint_rule_text(struct lint *l, const struct rule *rule);

/* The tables of the groups, each ended by one without id. */
extern const struct lint_check lint_rules_checks[];
extern const struct lint_check lint_danger_checks[];
extern const struct lint_check lint_exec_checks[];
extern const struct lint_check lint_move_checks[];
extern const struct lint_check lint_attach_checks[];

#endif
