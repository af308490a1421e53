/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a correct policy may still be wrong about: rules that never decide anything, holes, and what
 * is dangerous to allow. Each finding has a place, words, and an example from the automata.
 *
 * To add a kind of finding: a line {id, severity, sentence, function} in the table of its group,
 * lint_GROUP.c (see lint_view.h for what functions get), or a new group and its line in lint.c;
 * a case that is found and one that must not be found in tests/unit/test_lint.c; its id in
 * man/pavise.1.
 */
#ifndef COMPILE_LINT_H
#define COMPILE_LINT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"
#include "lang/policy.h"

#include <stdbool.h>

enum lint_severity {
	LINT_NOTE,			/* could be said shorter or safer */
	LINT_WARNING,			/* does not do what it seems to say, or is dangerous */
};

struct lint;
struct lint_view;

/* One kind of finding. One of the two functions is there. */
struct lint_check {
	const char *id;			/* stable: people write it in commands and comments */
	enum lint_severity severity;
	const char *sentence;		/* what it finds */
	void (*look)(struct lint *l, const struct lint_check *check, struct lint_view *view);
	void (*look_at_all)(struct lint *l, const struct lint_check *check);
};

struct lint_finding {
	const struct lint_check *check;
	struct place place;
	const struct profile *profile;
	const char *text;		/* what is wrong */
	const char *help;		/* what to write instead */
	bool has_witness;
	enum class_id class_id;		/* CLASS_CAPABILITY: the witness is a name */
	struct slice witness;		/* an object of that class for which it is so */
	unsigned who;			/* enum lower_who: whose object it is */
};

struct lint_options {
	void *of;
	bool (*is_wanted)(void *of, const struct lint_check *check);
	bool (*is_own)(void *of, struct place at); /* a place that the asker can change */
};

struct lint_result {
	struct lint_finding *findings;	/* in the arena; by file as first met, line, column */
	size_t n_findings;
	const char **too_large;		/* profiles whose rules could not be told apart */
	size_t n_too_large;
};

/* Looks at a policy that compiles; both it and the arena outlive the result. */
void lint_policy(const struct policy *policy, const struct lint_options *options,
		 struct arena *arena, struct lint_result *out);

/* The kind of that id, NULL if there is none; all of them, by number, NULL past the last. */
const struct lint_check *lint_check_find(struct slice id);
const struct lint_check *lint_check_at(size_t number);

/*
 * True if the text at that line, or a line of nothing but a comment before it, says
 * "# pavise: ignore ID[, ID…]".
 */
bool lint_is_ignored(struct place at, const char *id);

#endif
