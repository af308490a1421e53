/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What each hook begins and ends with: whose label is it, under which policy, a buffer for names.
 *
 *	struct hook h;
 *	if (!hook_begin(&h)) return 0;		unconfined
 *	…
 *	hook_end(&h);
 *
 * Whatever fails on the way of a confined task refuses.
 */
#ifndef BPF_HOOK_H
#define BPF_HOOK_H

#include "bpf/maps.h"

enum { EACCES = 13, EPERM = 1, ENOENT = 2, EINVAL = 22, ENAMETOOLONG = 36, ENOMEM = 12 };

struct hook {
	__u8 *policy;			/* the value in policy[0] */
	struct policy_profile *profile;
	struct scratch *scratch;	/* NULL until hook_claim() */
	__u32 number;			/* of the profile */
	__u32 label_flags;
	/* what is asked */
	__u32 class_id;
	__u32 op;
	__u32 info;
	__u32 wanted;
	__u32 ouid;
	__u32 fsuid;
	__u32 peer;
	__u32 peer_pid;
	__u32 value;
	__u32 protocol;
	__u32 name;			/* offset of the object's name in scratch->room */
	__u32 name_len;
	__u32 target;			/* likewise, of the second one */
	__u32 target_len;
};

static __always_inline __u64 current_key(void)
{
	return bpf_get_current_task();
}

/* The key of another task. The verifier knows it for a pointer, with which it lets nobody reckon. */
static __always_inline __u64 key_of(const struct task_struct *task)
{
	__u64 key = 0;

	bpf_probe_read_kernel(&key, sizeof(key), &task);
	return key;
}

static __always_inline __u32 current_fsuid(void)
{
	return bpf_get_current_task_btf()->cred->fsuid.val;
}

static __always_inline __u8 *policy_now(void)
{
	__u32 zero = 0;
	void *slot = bpf_map_lookup_elem(&policy, &zero);

	return slot ? bpf_map_lookup_elem(slot, &zero) : NULL;
}

static __always_inline struct policy_profile *profile_at(__u8 *bytes, __u32 number)
{
	struct policy_header *head = (struct policy_header *)bytes;
	__u32 at = head->profiles + number * (__u32)sizeof(struct policy_profile);

	if (number >= head->n_profiles)
		at = head->profiles;
	return (struct policy_profile *)(bytes + (at & policy_mask & ~7u));
}

/* Keys are addresses of tasks: their lowest bits are all alike. */
static __always_inline __u32 *sieve_place(__u64 key)
{
	__u32 at = (key >> 6 ^ key >> 22) & (LABEL_SIEVE - 1);

	/* Never NULL, which the verifier does not know. */
	return bpf_map_lookup_elem(&label_sieve, &at);
}

/* The label of a task, if it has one. */
static __always_inline struct policy_label *label_find(__u64 key)
{
	__u32 *n = sieve_place(key);

	return !n || *n ? bpf_map_lookup_elem(&labels, &key) : NULL;
}

/* Only a task itself, or its parent before it runs, puts a label: nobody else does so meanwhile. */
static __always_inline int label_put(__u64 key, const struct policy_label *l)
{
	__u32 *n = sieve_place(key);

	if (!n)
		return -ENOMEM;
	if (*n && !bpf_map_update_elem(&labels, &key, l, BPF_EXIST))
		return 0;
	__sync_fetch_and_add(n, 1);
	if (!bpf_map_update_elem(&labels, &key, l, BPF_NOEXIST))
		return 0;
	__sync_fetch_and_add(n, -1);
	count(COUNT_NO_LABEL);
	return -ENOMEM;
}

static __always_inline void label_drop(__u64 key)
{
	__u32 *n = sieve_place(key);

	if (n && *n && !bpf_map_delete_elem(&labels, &key))
		__sync_fetch_and_add(n, -1);
}

/* The label of a task, if it is confined by it. */
static __always_inline struct policy_label *label_of(__u64 key)
{
	struct policy_label *l = label_find(key);

	return l && l->profile != POLICY_UNCONFINED ? l : NULL;
}

enum hook_state { HOOK_UNCONFINED, HOOK_CONFINED, HOOK_BROKEN };

/* Of the label l; a policy that is not there is no reason to let anything pass. */
static __always_inline enum hook_state hook_begin_as(struct hook *h, const struct policy_label *l)
{
	__builtin_memset(h, 0, sizeof(*h));
	h->number = l->profile;
	h->label_flags = l->flags;
	h->ouid = h->fsuid = ~0u;
	h->policy = policy_now();
	if (!h->policy)
		return HOOK_BROKEN;
	h->profile = profile_at(h->policy, h->number);
	if (!(l->flags & LABEL_NULL) && h->profile->mode == MODE_UNCONFINED)
		return HOOK_UNCONFINED;
	return HOOK_CONFINED;
}

static __always_inline enum hook_state hook_begin(struct hook *h)
{
	struct policy_label *l = label_of(current_key());

	return l ? hook_begin_as(h, l) : HOOK_UNCONFINED;
}

static __always_inline bool hook_claim(struct hook *h)
{
	__u32 first = bpf_get_smp_processor_id() * 4;

	for (__u32 i = 0; i < SCRATCH_TRIES; i++) {
		__u32 slot = (first + i) & scratch_mask;
		struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);

		if (s && !__sync_val_compare_and_swap(&s->busy, 0, 1)) {
			h->scratch = s;
			return true;
		}
	}
	count(COUNT_NO_SCRATCH);
	return false;
}

static __always_inline void hook_end(struct hook *h)
{
	if (h->scratch)
		__sync_lock_test_and_set(&h->scratch->busy, 0);
}

/* Newer kernels want to see that a program gives 0 or a negative errno and nothing else. */
static __always_inline int answer(int r)
{
	if (r >= 0)
		return 0;
	return r < -4095 ? -4095 : r;
}

#endif
