/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The maps and what stands in them. Names are at most 15 bytes and without dots: they are pinned.
 *
 * policy	[0] is the policy in force: an array of one value, swapped as a whole
 * label_places	task → its label; a task without one is unconfined
 * labels	the same, of tasks that found their place taken
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
	PLACE_BITS = 14,
};

enum { EACCES = 13, EPERM = 1, ENOENT = 2, EINVAL = 22, ENAMETOOLONG = 36, ENOMEM = 12, EAGAIN = 11 };

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

/*
 * The name that is being read, or was read last. It stands here and not on the stack: what stands in a map
 * the verifier takes for unknown, so that it need not follow each way to it by itself.
 */
struct path_state {
	__u32 base;			/* the room's first byte for this name */
	__u32 off;			/* counted from base */
	__u32 end;			/* enum path_end */
	__u32 state;			/* of the automaton, behind what is not to be matched any more */
	__u32 renames, mounts;		/* their counts before it was read */
	__u8 is_read;			/* and neither names nor mounts changed meanwhile */
	__u8 is_ours;			/* the object's mount is in the namespace of this process */
	__u8 is_asked;			/* a name has to be asked about whether it still holds */
	__u8 zero;
};

struct scratch {
	__u32 busy;
	struct path_state path;
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

/* How an entry of a table of places begins, see place.h. */
struct place {
	__u64 key;
	__u64 n_more;
};

struct label_place {
	struct place place;
	struct policy_label label;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << PLACE_BITS);
	__type(key, __u32);
	__type(value, struct label_place);
} label_places SEC(".maps");

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

extern int LINUX_KERNEL_VERSION __kconfig;

/* The verifier follows callbacks of bpf_loop until nothing new comes, and not once only. */
static __always_inline bool has_exact_loops(void)
{
	return LINUX_KERNEL_VERSION >= (6 << 16 | 7 << 8);
}

static __always_inline void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif
