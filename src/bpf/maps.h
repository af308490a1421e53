/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The maps and what stands in them. Names are at most 15 bytes and without dots: they are pinned.
 *
 * policy	[0] is the policy in force: an array of one value, swapped as a whole
 * labels	task → its label; a task without one is unconfined
 * names	full name of a profile → its number: numbers are never given to another name
 * binds	control group → number of the profile that is put on who executes in it
 * scratch	buffers for names, claimed by compare-and-swap: a program may be preempted by another
 *		on the same processor, so buffers of a processor would be torn
 * events	ring buffer to user space
 */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include "abi/image.h"
#include "abi/policy.h"

enum {
	SCRATCH_ROOM = 2 * POLICY_PATH_MAX,
	SCRATCH_SLACK = SCRATCH_ROOM + 64,/* behind the room: the verifier adds largest offset and length */
	SCRATCH_HEAD = 256,		/* before it: an event's head */
	SCRATCH_TRIES = 8,
	LABEL_SIEVE = 1 << 16,
};

/* A dentry and a mount as they are read: these fields stand together in both. */
struct dentry_link {
	__u64 parent;
	__u32 hash;
	__u32 len;
	const unsigned char *name;
};

struct mount_link {
	__u64 parent;
	__u64 mountpoint;
	__u64 root;
};

/* Where a walk to the root is, beyond the object's own mount. */
struct path_above {
	__u64 dentry;
	__u64 mount;
	struct mount_link in;		/* what mount is mounted in, and where */
	struct dentry_link link;
};

struct scratch {
	__u32 busy;
	__u32 zero;
	struct policy_event event;
	struct path_above above;
	__u8 head[SCRATCH_HEAD];
	__u8 room[SCRATCH_ROOM + SCRATCH_SLACK];
};

/* Its value's size is a stand-in: the loader sets the real one, a power of two and the slack. */
struct inner_policy {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, 4);
	__uint(value_size, (1 << 22) + POLICY_SLACK);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct inner_policy);
} policy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 16);
	__type(key, __u64);
	__type(value, struct policy_label);
} labels SEC(".maps");

/*
 * How many labels fall on each place of the sieve, by a hash of their key: where there is none, no label
 * needs to be looked for, which is what most processes pay. Counted before a label is put and after it
 * was taken away, so a label that is there is never missed. Programs alone write labels. Pinned as those
 * are: programs that take the place of others go on with both.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LABEL_SIEVE);
	__type(key, __u32);
	__type(value, __u32);
} label_sieve SEC(".maps");

struct profile_name {
	char text[POLICY_LABEL_MAX];	/* filled up with NUL */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, POLICY_PROFILES_MAX);
	__type(key, struct profile_name);
	__type(value, __u32);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, POLICY_BINDS_MAX + 1);
	__type(key, __u64);
	__type(value, __u32);
} binds SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);	/* a power of two; the loader fits it to the processors */
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, N_POLICY_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* Set by the loader before loading: constants to the verifier. */
const volatile __u32 policy_mask = (1 << 22) - 1;
const volatile __u32 scratch_mask = 63;

/*
 * A value that the verifier does not know. Kernels before 6.7 follow a callback of bpf_loop once only,
 * from the values it starts with, and take out what these do not lead to: whatever a callback
 * branches on and changes must start as such a value.
 */
__u32 always_zero;

static __always_inline __u32 unknown(__u32 value)
{
	return value + *(volatile __u32 *)&always_zero;
}

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif
