/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What was asked about sockets, and allowed with nothing to report. The answer follows from the policy, the
 * label and the object, and a question has all of these by value: the same question has the same answer,
 * whichever socket it is about, whoever asks. Nothing has to be forgotten: what changes makes another
 * question. So these are kept by a hash of the question, and a new one overwrites what has its place.
 *
 * A unix socket's name stands for itself as the socket's cookie, a number that no other socket is ever
 * given: once a socket has a name it keeps it.
 */
#ifndef BPF_ASKED_H
#define BPF_ASKED_H

#include "bpf/decide.h"
#include "bpf/endpoint.h"

enum { ASKED_BITS = 12, QUESTION_WORDS = 8 };

/* All bytes are set: they are compared as words. */
struct question {
	__u64 generation;		/* of the policy */
	__u32 profile;			/* its number; labels without rules (LABEL_NULL) allow nothing */
	__u16 family, type, protocol;
	__u16 has_peer;
	__u32 peer_label;		/* unix: profile number */
	union {
		struct endpoint ends[2];	/* own, peer */
		__u64 cookies[2];		/* unix: likewise, 0: no name */
		__u64 words[QUESTION_WORDS - 3];
	};
};

_Static_assert(sizeof(struct question) == QUESTION_WORDS * sizeof(__u64), "question: whole words");

struct answered {
	__u64 turn;			/* odd while it is written */
	struct question question;
	__u32 allowed;			/* permissions */
	__u32 zero;
};

/* Not shared with programs that take the place of these: their policies may have the same generation. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << ASKED_BITS);
	__type(key, __u32);
	__type(value, struct answered);
} asked SEC(".maps");

/* Leaves the verifier nothing that it knows of it: or it follows all that comes after for each way here. */
static __always_inline void forget_ends(struct question *q)
{
	__u64 low = unknown(0), zero = low | low << 32;

#pragma unroll
	for (int i = 0; i < QUESTION_WORDS - 3; i++)
		q->words[i] |= zero;
}

/* One end counts otherwise than the other: or both ends of a connection had one place. Never NULL. */
static __always_inline struct answered *answered_at(const struct question *q)
{
	const __u64 odd = 0x9e3779b97f4a7c15ull, *w = q->words;
	__u64 mixed = (w[0] ^ w[2]) * odd + (w[1] ^ w[3] ^ w[4]);
	__u32 at = (mixed ^ q->profile ^ q->peer_label << 8) * odd >> (64 - ASKED_BITS);

	return bpf_map_lookup_elem(&asked, &at);
}

static __always_inline bool is_same_question(const struct question *a, const struct question *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;
	__u64 differing = 0;

#pragma unroll
	for (int i = 0; i < QUESTION_WORDS; i++)
		differing |= x[i] ^ y[i];
	return !differing;
}

/* What the profile allows with all sockets, as the loader found; nothing to labels without rules. */
static __always_inline bool is_granted_to(const struct policy_label *l, __u32 wanted, bool is_unix)
{
	__u8 *policy = policy_now();
	const struct policy_profile *p;

	if (!policy || l->flags & LABEL_NULL)
		return false;
	p = profile_at(policy, l->profile);
	return !(wanted & ~(is_unix ? p->unix_granted : p->net_granted));
}

/* Whether all that is wanted was allowed. */
static __always_inline bool was_allowed(const struct question *q, __u32 wanted)
{
	const struct answered *a = answered_at(q);
	__u64 turn;
	bool is_allowed;

	if (!a)
		return false;
	turn = *(volatile __u64 *)&a->turn;
	barrier();
	is_allowed = !(turn & 1) && !(wanted & ~a->allowed) && is_same_question(&a->question, q);
	barrier();
	return is_allowed && *(volatile __u64 *)&a->turn == turn;
}

/* Who finds it being written leaves it: the next one who asks is asked about again. */
static __noinline void note_allowed(const struct question *q, __u32 wanted)
{
	struct answered *a = answered_at(q);
	__u64 turn;

	if (!a)
		return;
	turn = *(volatile __u64 *)&a->turn;
	if (turn & 1 || __sync_val_compare_and_swap(&a->turn, turn, turn + 1) != turn)
		return;
	if (!is_same_question(&a->question, q)) {
		a->question = *q;
		a->allowed = 0;
	}
	a->allowed |= wanted;
	__sync_lock_test_and_set(&a->turn, turn + 2);
}

#endif
