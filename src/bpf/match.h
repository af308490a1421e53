/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Walks an automaton over bytes of a scratch buffer or of the policy itself. The same walk as
 * abi/match.h, in chunks: a plain loop over thousands of bytes is more than the verifier follows, a
 * call for each byte costs four times as much. A whole chunk is one straight line. Indices are
 * masked: the verifier sees that no read leaves the map, whatever the policy says.
 */
#ifndef BPF_MATCH_H
#define BPF_MATCH_H

#include "bpf/hook.h"

enum { MATCH_CHUNK = 16 };

struct match {
	const __u8 *policy;
	const __u8 *bytes;
	const struct policy_table *table;	/* not a copy: stacks are short */
	__u32 at;
	__u32 end;
	__u32 state;
};

/* A table as the steps want it: in registers, and bounded. */
struct match_view {
	const __u8 *policy;
	const __u8 *class_of;
	__u32 states, cells, row;
	__u32 mask;
	bool is_packed;			/* the verifier knows which: the other steps are not there */
};

static __always_inline struct match_view match_view(const __u8 *policy, const struct policy_table *t)
{
	__u32 mask = policy_mask;	/* once: it is volatile */

	return (struct match_view){
		.policy = policy,
		.class_of = policy + (t->class_of & mask),
		.states = t->states,
		.cells = t->cells,
		.row = t->row,
		.mask = mask,
		.is_packed = mask >= POLICY_SPREAD_ROOM,
	};
}

/* A state's base, fallback and accept value: one load, taken apart. */
static __always_inline __u64 match_state(const struct match_view *v, __u32 state)
{
	return *(const __u64 *)(v->policy + ((v->states + (state << 3)) & v->mask & ~7u));
}

static __always_inline __u32 step_packed(const struct match_view *v, __u32 state, __u8 byte)
{
	__u64 word = match_state(v, state);
	__u32 at = (v->cells + (((__u32)word + v->class_of[byte]) << 2)) & v->mask & ~3u;
	__u32 cell = *(const __u32 *)(v->policy + at);

	return (cell & 0xffff) == state ? cell >> 16 : word >> 32 & 0xffff;
}

/* A product costs less than a shift by a variable. */
static __always_inline __u32 step_spread(const struct match_view *v, __u32 state, __u8 byte)
{
	__u32 at = ((v->cells >> 1) + state * v->row + v->class_of[byte]) & v->mask >> 1;

	return *(const __u16 *)(v->policy + (at << 1));
}

static __always_inline __u32 match_step(const struct match_view *v, __u32 state, __u8 byte)
{
	return v->is_packed ? step_packed(v, state, byte) : step_spread(v, state, byte);
}

static __always_inline __u32 match_byte(const __u8 *policy, const struct policy_table *t, __u32 state,
					__u8 byte)
{
	struct match_view v = match_view(policy, t);

	return match_step(&v, state, byte);
}

static __always_inline __u32 chunk_packed(const struct match_view *v, __u32 state, const __u8 *bytes)
{
#pragma unroll
	for (int i = 0; i < MATCH_CHUNK; i++) {
		state = step_packed(v, state, bytes[i]);
		barrier();	/* else all bytes are loaded at first, and spilled */
	}
	return state;
}

static __always_inline __u32 chunk_spread(const struct match_view *v, __u32 state, const __u8 *bytes)
{
#pragma unroll
	for (int i = 0; i < MATCH_CHUNK; i++) {
		state = step_spread(v, state, bytes[i]);
		barrier();
	}
	return state;
}

/* The next chunk, or what is left of one. */
static __always_inline long match_chunk(struct match *m, __u32 mask)
{
	struct match_view v = match_view(m->policy, m->table);
	const __u8 *bytes = m->bytes + (m->at & mask);
	__u32 state = m->state, left = m->end - m->at;

	if (left >= MATCH_CHUNK) {
		state = v.is_packed ? chunk_packed(&v, state, bytes) : chunk_spread(&v, state, bytes);
		m->at += MATCH_CHUNK;
		m->state = state;
		return !state;
	}
	for (__u32 i = 0; i < MATCH_CHUNK && i < left; i++)
		state = match_step(&v, state, bytes[i]);
	m->state = state;
	return 1;
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
	m->table = t;
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

static __always_inline __u32 match_u16(const __u8 *policy, const struct policy_table *t, __u32 state,
				       __u16 n)
{
	state = match_byte(policy, t, state, n >> 8);
	return match_byte(policy, t, state, n & 255);
}

/* The accept value of a state, 0: it accepts nothing. */
static __always_inline __u32 match_accept(const __u8 *policy, const struct policy_table *t, __u32 state)
{
	struct match_view v = match_view(policy, t);

	return match_state(&v, state) >> 48;
}

/* What the state says: entry 0 (nothing) where it accepts nothing. */
static __always_inline const struct image_entry *match_entry(const __u8 *policy,
							      const struct policy_table *t,
							      __u32 state)
{
	__u32 entry = match_accept(policy, t, state);
	__u32 at = t->entries + entry * (__u32)sizeof(struct image_entry);
	if (!entry)
		at = ((const struct policy_header *)policy)->nothing;
	return (const struct image_entry *)(policy + (at & policy_mask & ~7u));
}

#endif
