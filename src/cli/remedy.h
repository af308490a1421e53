/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule that would change a verdict. */
#ifndef CLI_REMEDY_H
#define CLI_REMEDY_H

#include "base/buf.h"
#include "cli/request.h"
#include "compile/provenance.h"

#include <stdbool.h>

/*
 * Adds the shortest rule that, put at the end of the profile, allows all of a request of which
 * something is missing, or denies one that is allowed. Each rule thought of is tried before it is
 * told. False, and nothing added, if none of them does it. The policy is as before afterwards.
 */
bool remedy_find(struct policy *policy, struct slice profile, const struct request *r,
		 bool is_owner, const struct provenance_answer *answer, struct buf *out);

#endif
