/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What rules become: rows of pattern text and permissions, capabilities and limits. This is all
 * that the compiler learns of a rule; the automata never hear of rules.
 *
 * Pattern text is the glob syntax of automata/pattern.h: ? * ** [] {} and \ escapes, \xHH for any
 * byte. Objects by class are drawn in abi/class.h.
 */
#ifndef LANG_LOWER_H
#define LANG_LOWER_H

#include "abi/class.h"
#include "abi/image.h"
#include "base/diag.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct rule;
struct profile;

enum lower_verb { LOWER_ALLOW, LOWER_DENY };
enum lower_who { WHO_OWNER = 1, WHO_OTHER = 2, WHO_ALL = 3 };

struct lower_exec {
	enum image_exec_kind kind;	/* EXEC_NONE: the row has no exec transition */
	unsigned flags;			/* enum image_exec_flag */
	struct slice name;		/* target's full name, empty: by attachment */
};

struct lower_row {
	enum class_id class_id;
	struct slice pattern;		/* lives as long as the policy's arena */
	uint32_t perms;			/* bits of the class */
	enum lower_verb verb;
	unsigned who;			/* enum lower_who */
	bool audit;			/* allow: report each use; deny: report (else quiet) */
	bool quiet;			/* do not report a denial of these bits */
	int priority;			/* higher wins over lower, whatever they say; 0 unless written */
	struct lower_exec exec;		/* with PERM_EXEC in perms */
	const struct rule *rule;	/* where it comes from */
};

/* What the compiler offers to a rule class that lowers a rule. */
struct lower_sink {
	void *to;
	struct diag *diag;
	struct arena *arena;		/* for pattern text */
	const struct profile *profile;	/* whose rule it is */
	void (*row)(void *to, const struct lower_row *row);
	/* Capability numbers as bits. */
	void (*capability)(void *to, uint64_t caps, const struct lower_row *how);
	/* The hard limit of RLIMIT_* number `limit`; RLIM_INFINITY as UINT64_MAX. */
	void (*rlimit)(void *to, unsigned limit, uint64_t value, const struct lower_row *how);
	/* The profile has a rule of a class that has no automaton form yet. */
	void (*unlowered)(void *to, enum class_id class_id, const struct rule *rule);
};

#endif
