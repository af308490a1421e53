/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rule of the policy made an event. */
#ifndef CLI_BLAME_H
#define CLI_BLAME_H

#include "compile/provenance.h"
#include "event/event.h"

/*
 * Fills e->rule with "FILE:LINE: rule" for the rule that decided (of a stack: in the first of its profiles
 * that has one); leaves it as it is if it is set
 * already, if no rule decided (nothing allows the use) or if the profile is not in the policy.
 */
void blame_event(struct provenance *p, struct event *e);

/* Adds the object of a class in the form abi/class.h draws; false for a class that has none. */
bool blame_object(const struct event *e, struct buf *out);

#endif
