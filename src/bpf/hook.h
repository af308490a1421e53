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

#include "bpf/place.h"

struct hook {
	__u8 *policy;			/* the value in policy[0] */
	struct policy_profile *profile;
	struct scratch *scratch;	/* NULL until hook_claim() */
	__u32 number;			/* of the profile */
	__u32 label_flags;
	__u32 table;			/* offset of the automaton that paths are looked up in */
	__u32 start;			/* its start state for them, 0: it has no paths */
	/* what is asked */
	__u16 class_id;
	__u16 op;
	__u16 info;
	__u16 protocol;
	__u32 wanted;
	__u32 ouid;
	__u32 fsuid;
	__u32 peer;
	__u32 peer_pid;
	__u32 value;
	__u32 name;			/* offset of the object's name in scratch->room */
	__u32 name_len;
	__u32 target;			/* likewise, of the second one */
	__u32 target_len;
};

static __always_inline __u64 current_key(void)
{
	return bpf_get_current_task();
}

/* The key of another task. */
static __always_inline __u64 key_of(const struct task_struct *task)
{
	return (__u64)task;
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

/* The label of a task, if it has one. */
static __always_inline struct policy_label *label_find(__u64 key)
{
	return place_find(&label_places, &labels, key);
}

/* Only a task itself, or its parent before it runs, puts a label: nobody else does so meanwhile. */
static __always_inline int label_put(__u64 key, const struct policy_label *l)
{
	struct place *p = place_at(&label_places, key);
	struct policy_label *own = label_find(key);

	if (!p)
		return -ENOMEM;
	if (own) {
		*own = *l;
		return 0;
	}
	own = place_take(p);
	if (!own)
		return place_beyond(p, &labels, key, l);
	*own = *l;
	place_filled(p, key);
	return 0;
}

static __always_inline void label_drop(__u64 key)
{
	place_drop(&label_places, &labels, key);
}

static __always_inline struct task_struct *owner_of_worker(const struct task_struct *task)
{
	void *worker = BPF_CORE_READ(task, worker_private);

	if (!worker)
		return NULL;
	if (bpf_core_field_exists(((struct io_worker *)worker)->wqe))
		return BPF_CORE_READ((struct io_worker *)worker, wqe, wq, task);
	return BPF_CORE_READ((struct io_worker___newer *)worker, wq, task);
}

/*
 * What a worker of io_uring does is its owner's doing, whose label may be another one by now: the owner lives as
 * long as its workers. The thread that polls a ring is nobody's, and keeps the label that it was made under.
 */
static __noinline struct policy_label *label_behind(__u64 key, struct policy_label *own)
{
	struct task_struct *owner = owner_of_worker((struct task_struct *)key);

	return owner ? label_find(key_of(owner)) : own;
}

/* The label of a task, if it is confined by it. */
static __always_inline struct policy_label *label_of(__u64 key)
{
	struct policy_label *l = label_find(key);

	if (l && l->is_worker)
		l = label_behind(key, l);
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
	h->table = (__u8 *)&h->profile->table - h->policy;
	h->start = h->profile->start[CLASS_FILE];
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
