/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Walks an automaton over bytes of a scratch buffer or of the policy itself. The same walk as
 * abi/match.h, in chunks: a plain loop over thousands of bytes is more than the verifier follows,
 * a call for each byte costs four times as much. Indices are masked: the verifier sees that no read
 * leaves the map, whatever the policy says.
 */
#ifndef BPF_MATCH_H
#define BPF_MATCH_H

#include "bpf/hook.h"

enum { MATCH_CHUNK = 32 };

struct match {
	const __u8 *policy;
	const __u8 *bytes;
	__u32 mask;			/* of offsets into bytes */
	__u32 at;
	__u32 end;
	__u32 state;
	__u32 class_of;
	__u32 cells;
	__u32 shift;
};

static __always_inline __u32 match_step(const __u8 *policy, __u32 class_of, __u32 cells, __u32 shift,
					__u32 state, __u8 byte)
{
	__u8 class = policy[(class_of & policy_mask) + byte];
	__u32 at = cells + (((state << shift) + class) << 1);

	return *(const __u16 *)(policy + (at & policy_mask & ~1u));
}

static __always_inline long match_chunk(struct match *m, __u32 mask)
{
	const __u8 *policy = m->policy, *bytes = m->bytes;
	__u32 at = m->at, end = m->end, state = m->state, shift = m->shift & 15;
	__u32 class_of = m->class_of, cells = m->cells;

	for (int i = 0; i < MATCH_CHUNK; i++) {
		if (at >= end)
			break;
		state = match_step(policy, class_of, cells, shift, state, bytes[at & mask]);
		at++;
	}
	m->at = at;
	m->state = state;
	return at >= end || !state;
}

static long match_chunk_scratch(__u32 i, struct match *m)
{
	(void)i;
	return match_chunk(m, SCRATCH_ROOM - 1);
}

static long match_chunk_policy(__u32 i, struct match *m)
{
	(void)i;
	return match_chunk(m, policy_mask);
}

static __always_inline void match_init(struct match *m, const __u8 *policy,
				       const struct policy_table *t, __u32 state)
{
	m->policy = policy;
	m->state = state;
	m->class_of = t->class_of;
	m->cells = t->cells;
	m->shift = t->shift;
}

/* The state after len bytes of the room of a scratch buffer from off on. */
static __always_inline __u32 match_room(const __u8 *policy, const struct policy_table *t, __u32 state,
					const struct scratch *s, __u32 off, __u32 len)
{
	struct match m = { .bytes = s->room, .at = off, .end = off + len };

	match_init(&m, policy, t, state);
	bpf_loop(len / MATCH_CHUNK + 1, match_chunk_scratch, &m, 0);
	return m.state;
}

/* The state after a text of the policy: a label. */
static __always_inline __u32 match_text(const __u8 *policy, const struct policy_table *t, __u32 state,
					__u32 off, __u32 len)
{
	struct match m = { .bytes = policy, .at = off, .end = off + len };

	match_init(&m, policy, t, state);
	bpf_loop((len & 4095) / MATCH_CHUNK + 1, match_chunk_policy, &m, 0);
	return m.state;
}

static __always_inline __u32 match_byte(const __u8 *policy, const struct policy_table *t, __u32 state,
					__u8 byte)
{
	return match_step(policy, t->class_of, t->cells, t->shift & 15, state, byte);
}

static __always_inline __u32 match_u16(const __u8 *policy, const struct policy_table *t, __u32 state,
				       __u16 n)
{
	state = match_byte(policy, t, state, n >> 8);
	return match_byte(policy, t, state, n & 255);
}

/* What the state says: entry 0 (nothing) where it accepts nothing. */
static __always_inline const struct image_entry *match_entry(const __u8 *policy,
							      const struct policy_table *t,
							      __u32 state)
{
	__u32 at = t->accept + (state << 1), entry;

	entry = *(const __u16 *)(policy + (at & policy_mask & ~1u));
	at = t->entries + entry * (__u32)sizeof(struct image_entry);
	if (!entry)
		at = ((const struct policy_header *)policy)->nothing;
	return (const struct image_entry *)(policy + (at & policy_mask & ~7u));
}

#endif
