/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An image laid out for the kernel programs (abi/policy.h). Profiles keep the numbers they had in the
 * policy before, by name: labels of running processes are such numbers. A profile that is gone leaves
 * a place without rules and in unconfined mode, as AppArmor unconfines the processes of a removed one.
 */
#ifndef ENGINE_BPF_POLICY_H
#define ENGINE_BPF_POLICY_H

#include "abi/policy.h"
#include "base/buf.h"
#include "base/err.h"
#include "image/image.h"

/*
 * Adds the policy to *out (empty before). old: the policy in force, checked, or an empty slice. mode:
 * MODE_COMPLAIN to treat every enforcing profile so, else MODE_ENFORCE for each profile's own.
 * -E2BIG with words past a limit of abi/policy.h.
 */
int bpf_policy_build(const struct image *img, struct slice old, enum image_mode mode, struct buf *out,
		 struct err *err);

/* Checks that every offset of a policy lies in it. -EINVAL with words. */
int bpf_policy_check(struct slice policy, struct err *err);

/*
 * Opens the image that a checked policy was made of; it points into the policy, whose start is aligned
 * to 8. -EINVAL with words.
 */
int bpf_policy_image(struct slice policy, struct image *img, struct err *err);

/* How many stacks rules lead to that were not made, past a limit (bpf_stack.h); and in words, "" if none. */
uint32_t bpf_policy_unstacked(struct slice policy);
const char *bpf_policy_unstacked_words(struct slice policy);

/* How many policies there were since the programs were loaded, this one counted; 0 of none. */
uint64_t bpf_policy_generation(struct slice policy);

/* Its bytes, without the room behind it. */
uint32_t bpf_policy_len(struct slice policy);

/*
 * Bytes of a checked policy that a profile of its image takes: its two places, its automaton in all forms
 * that are there, and the entries that this leads to. An automaton that several profiles have counts for each;
 * names, attachments and places of profiles that are gone count for none.
 */
size_t bpf_policy_bytes_of(struct slice policy, const struct image *img, uint32_t profile);

/* Numbers of a checked policy: below this, 0 being nobody's; and the profile behind one. */
uint32_t bpf_policy_count(struct slice policy);

/* Whether its tables are packed: then its room has to be larger than POLICY_SPREAD_ROOM, else not. */
bool bpf_policy_is_packed(struct slice policy);
const struct policy_profile *bpf_policy_profile(struct slice policy, uint32_t number);

/* The profile's number by its full name; POLICY_UNCONFINED if there is none. */
uint32_t bpf_policy_find(struct slice policy, struct slice name);

/* The full name behind a number; "unconfined" for 0 and for what is not there. */
const char *bpf_policy_name(struct slice policy, uint32_t number);

#endif
