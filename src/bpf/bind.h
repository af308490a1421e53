/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Control groups bound to a profile: who is unconfined and executes a program in one of them, or in one
 * below, gets the profile. That is how a container is confined whose runtime knows nothing of it: it sets
 * everything up, moves into the container's group, and executes. Of nested ones the deepest counts.
 */
#ifndef BPF_BIND_H
#define BPF_BIND_H

#include "bpf/maps.h"

enum { BIND_LEVELS = 16 };		/* groups below this depth are asked about by those above */

/* The profile that the current task's group is bound to; POLICY_UNCONFINED: none. */
__u32 bound_profile(void);

/* A function of its own to the verifier: looked at once. */
__attribute__((noinline)) __u32 bound_profile(void)
{
	__u32 found = POLICY_UNCONFINED, *number;
	__u64 id = POLICY_BINDS_ANY;

	if (!bpf_map_lookup_elem(&binds, &id))
		return POLICY_UNCONFINED;
	for (int level = 1; level < BIND_LEVELS; level++) {
		id = bpf_get_current_ancestor_cgroup_id(level);
		if (!id)
			break;
		number = bpf_map_lookup_elem(&binds, &id);
		if (number)
			found = *number;
	}
	return found;
}

#endif
