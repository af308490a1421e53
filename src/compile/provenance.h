/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rules made a verdict. Evaluates a policy rule by rule, without any automaton: slow next to
 * the image, but it knows places, and it is written so differently that it serves as the oracle of
 * the compiled image.
 */
#ifndef COMPILE_PROVENANCE_H
#define COMPILE_PROVENANCE_H

#include "abi/class.h"
#include "abi/image.h"
#include "base/slice.h"
#include "lang/lower.h"
#include "lang/policy.h"

#include <stdbool.h>
#include <stdint.h>

/* One row that matched a request. */
struct provenance_match {
	const struct lower_row *row;
	uint32_t perms;			/* the wanted bits it speaks about; 1 for a capability */
	bool is_deciding;		/* it settles a bit, or how to go on after exec; of several that
					   settle the same bit the same way, the first in the text */
};

struct provenance_answer {
	uint32_t allowed;		/* as in struct verdict */
	uint32_t missing;
	uint32_t denied;
	uint32_t audit;
	uint32_t quiet;
	struct lower_exec exec;
	struct provenance_match *matches; /* in the order of the text */
	size_t n_matches;
};

struct provenance;

/* Looks into a policy, which must outlive it; profiles are lowered when first asked. Never NULL. */
struct provenance *provenance_new(const struct policy *policy);
void provenance_free(struct provenance *p);

/*
 * Fills *out for a request to the profile of that full name (false if there is none). matches
 * belong to p and live until the next call. For CLASS_CAPABILITY the object is the capability's
 * name and wanted is 1; for CLASS_LINK the object is "link|0|target" and wanted PERM_LINK: the
 * whole law of links is applied.
 */
bool provenance_decide(struct provenance *p, struct slice profile, enum class_id class_id,
		       struct slice object, uint32_t wanted, bool is_owner,
		       struct provenance_answer *out);

#endif
