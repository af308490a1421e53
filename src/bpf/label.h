/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Labels as rules of CLASS_LABEL name them: as a whole, with the parts in the order of their names; or, what
 * is as good, each part by itself.
 *
 * Which label is asked about stands in the hook: peer is its number (POLICY_UNCONFINED: "unconfined"), and
 * value enum policy_wish.
 */
#ifndef BPF_LABEL_H
#define BPF_LABEL_H

#include "bpf/decide.h"
#include "bpf/stack.h"

/* The state behind the whole name, with "unconfined" in its place. */
static __noinline __u32 match_whole(const struct hook *h, __u32 state, bool is_over_nobody)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	const struct policy_profile *p = profile_at(h->policy, h->peer);
	__u32 at = is_over_nobody ? p->nobody_at : p->name_len;

	state = match_text(h->policy, &h->profile->table, state, p->name, at);
	if (!is_over_nobody)
		return state;
	state = match_text(h->policy, &h->profile->table, state,
			   at == p->name_len ? head->nobody_behind : head->nobody_before, POLICY_NOBODY_LEN);
	return match_text(h->policy, &h->profile->table, state, p->name + at, p->name_len - at);
}

/* The state behind the end of a name, and behind the program it is asked for. */
static __always_inline __u32 match_end(const struct hook *h, __u32 state)
{
	state = match_byte(h->policy, &h->profile->table, state, 0);
	if (h->value & WISH_AT_EXEC)
		state = match_room(h->policy, &h->profile->table, state, h->scratch, h->name, h->name_len);
	return state;
}

static __noinline void settle_label(const struct hook *h, __u32 state, struct verdict *v)
{
	settle(h, match_entry(h->policy, &h->profile->table, match_end(h, state)), false, v);
}

struct each_part {
	const struct hook *h;
	__u32 state;			/* that the names begin in */
	__u32 missing;
};

/* The profile that is the i-th part; behind all of them, "unconfined". */
static __always_inline __u32 wished_part(const struct hook *h, __u32 i)
{
	const struct policy_profile *p = profile_at(h->policy, h->peer);

	if (i == POLICY_PARTS_MAX)
		return h->value & WISH_OVER_NOBODY ? POLICY_UNCONFINED : POLICY_NO_PART;
	if (p->n_parts)
		return p->by_name[i & (POLICY_PARTS_MAX - 1)];
	return i ? POLICY_NO_PART : h->peer;
}

static long ask_about_part(__u32 i, struct each_part *e)
{
	const struct hook *h = e->h;
	__u32 number = wished_part(h, i), state;
	const struct policy_profile *p;
	struct verdict v;

	if (number == POLICY_NO_PART)
		return 0;
	p = profile_at(h->policy, number);
	state = match_text(h->policy, &h->profile->table, e->state, p->name, p->name_len);
	settle(h, match_entry(h->policy, &h->profile->table, match_end(h, state)), false, &v);
	e->missing |= v.missing;
	return 0;
}

static __always_inline bool has_wished_parts(const struct hook *h)
{
	return h->value & WISH_OVER_NOBODY || profile_at(h->policy, h->peer)->n_parts;
}

static __noinline void look_up_label(const struct hook *h, struct verdict *v)
{
	struct each_part e = { .h = h };
	__u32 state = h->profile->start[CLASS_LABEL];

	if (state && h->value & WISH_STACK)
		state = match_byte(h->policy, &h->profile->table, state, '&');
	e.state = state;
	e.missing = unknown(0);
	settle_label(h, state ? match_whole(h, state, h->value & WISH_OVER_NOBODY) : 0, v);
	if (!v->missing || !has_wished_parts(h))
		return;
	bpf_loop(POLICY_PARTS_MAX + 1, ask_about_part, &e, 0);
	if (!e.missing)
		v->missing = v->denied = v->quiet = v->audit = 0;
}

#endif
