/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Tables by the address of a kernel's object: an array, in which an address has one place, straight to
 * read, before one of the kernel's hash tables, to which goes what finds its place taken. A lookup
 * there costs as much as five here, and most of what is looked for is in neither.
 *
 *	place | value		the value's address is the entry: who may write it writes it there
 *
 * n_more counts what had to go on from here: counted before it goes, and after it came back, so what is
 * there is never missed. An address is put and dropped by one task at a time, never by two at once.
 * Programs alone write these tables. They are pinned: programs that take the place of others go on
 * with them.
 */
#ifndef BPF_PLACE_H
#define BPF_PLACE_H

#include "bpf/maps.h"

enum { PLACE_FREE = 0, PLACE_IS_FILLED = 1 };

/* The verifier lets nobody reckon with addresses, but for this: what is left is a number to it. */
static __always_inline __u32 low_bits(__u64 address)
{
	__u32 low = address;

	asm volatile("%0 -= 0" : "+w"(low));
	return low;
}

/* Never NULL, which the verifier does not know. */
static __always_inline struct place *place_at(void *places, __u64 key)
{
	__u32 at = low_bits(key) * 0x9e3779b1u >> (32 - PLACE_BITS);

	return bpf_map_lookup_elem(places, &at);
}

static __always_inline void *place_find(void *places, void *more, __u64 key)
{
	struct place *p = place_at(places, key);

	if (p && p->key == key)
		return p + 1;
	return !p || p->n_more ? bpf_map_lookup_elem(more, &key) : NULL;
}

/* Gives the value's own place for an address that is new; NULL if it is taken. place_filled() ends it. */
static __always_inline void *place_take(struct place *p)
{
	return __sync_val_compare_and_swap(&p->key, PLACE_FREE, PLACE_IS_FILLED) ? NULL : p + 1;
}

static __always_inline void place_filled(struct place *p, __u64 key)
{
	__sync_lock_test_and_set(&p->key, key);
}

/* Puts a value for a new address into the kernel's table; an errno if there is no room. */
static __always_inline int place_beyond(struct place *p, void *more, __u64 key, const void *value)
{
	__sync_fetch_and_add(&p->n_more, 1);
	if (!bpf_map_update_elem(more, &key, value, BPF_NOEXIST))
		return 0;
	__sync_fetch_and_add(&p->n_more, -1);
	count(COUNT_NO_LABEL);
	return -ENOMEM;
}

static __always_inline void place_drop(void *places, void *more, __u64 key)
{
	struct place *p = place_at(places, key);

	if (!p)
		return;
	if (p->key == key)
		__sync_lock_test_and_set(&p->key, PLACE_FREE);
	else if (p->n_more && !bpf_map_delete_elem(more, &key))
		__sync_fetch_and_add(&p->n_more, -1);
}

#endif
