/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a policy an engine can hold. */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include "base/diag.h"
#include "engine/engine.h"
#include "lang/policy.h"

/* The word people use for rules of a class: "file", "mount", "network". */
const char *coverage_class_word(enum class_id class_id);

/* "exact", "approximate", "refused". */
const char *coverage_grade_word(enum engine_grade grade);

/*
 * Adds one warning to *diag for each class of rules in the policy that the engine cannot hold, at
 * the first such rule; its help names the places of the others. Gives the number of such classes.
 */
size_t coverage_warn(const struct engine_ops *engine, const struct policy *policy,
		     struct diag *diag);

#endif
