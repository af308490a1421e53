/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What is known of a directory: the state in which a profile's automaton is behind its path. Then of an
 * object in it only the last name has to be read and matched.
 *
 * It hangs on the directory's inode, and ends with it. It counts while it is the same directory at the
 * same path: reached by the same dentry, through the same mount of the same namespace, and nothing was
 * renamed or mounted since, which the kernel counts. What a dentry's address alone could not tell is
 * whether it is still the same dentry: it may have been freed, and the address used again. If it is for
 * the same inode again, the path is the same too, for a directory has one name alone, and gets another by a
 * rename. But not so where names change behind the kernel's back, on a server: file systems that
 * have to ask whether a name still holds are left out.
 *
 * The counts are read last, when all else was: they are those of the beginning, so nothing changed.
 */
#ifndef BPF_KNOWN_H
#define BPF_KNOWN_H

#include "bpf/match.h"
#include "bpf/path.h"

enum {
	KNOWN_PROFILES = 2,		/* of a directory at a time, by their number's lowest bit */
	KNOWN_JIFFIES = 4096,		/* far less than the counts of renames and mounts need to come round */
};

struct known_path {
	__u32 turn;			/* odd while it is written */
	__u32 state;
	__u32 profile;
	__u32 renames;
	__u32 mounts;
	__u32 table;
	__u64 generation;
	__u64 dentry;
	__u64 mount;
	__u64 space;
	__u64 until;			/* jiffies */
};

struct known_dir {
	struct known_path of[KNOWN_PROFILES];
};

/* Not shared with programs that take the place of these: their policies may have the same generation. */
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct known_dir);
} known SEC(".maps");

static __always_inline __u64 generation_of(const struct hook *h)
{
	return ((const struct policy_header *)h->policy)->generation;
}

static __always_inline const struct policy_table *table_of(const struct hook *h)
{
	return (const void *)(h->policy + (h->table & policy_mask & ~7u));
}

static __always_inline __u64 own_space(void)
{
	return (__u64)bpf_get_current_task_btf()->nsproxy->mnt_ns;
}

static __always_inline bool is_known(const struct known_path *k, const struct hook *h,
				     const struct vfsmount *mnt, const struct dentry *dir)
{
	return k->profile == h->number && k->table == h->table && k->dentry == (__u64)dir &&
	       k->mount == (__u64)mnt && k->generation == generation_of(h) &&
	       k->space == own_space() && k->until > bpf_jiffies64();
}

/* Takes over what is noted in k; false if that is of another profile, another place, or from before. */
static __always_inline bool known_take(const struct known_path *k, const struct hook *h, struct path_state *p,
				       const struct vfsmount *mnt, const struct dentry *dir)
{
	__u32 turn = *(volatile __u32 *)&k->turn, renames = p->renames;

	barrier();
	p->renames = k->renames;
	p->mounts = k->mounts;
	p->state = k->state;
	/* Older than what was read last with this buffer: it is not worth looking at. */
	if (turn & 1 || p->renames != renames || !is_known(k, h, mnt, dir))
		return false;
	barrier();
	return *(volatile __u32 *)&k->turn == turn;
}

/*
 * Whether the object's directory is known: then its last name alone is read, into the room's first half, and
 * path.state is the state before it; it may be the dead one.
 */
static __noinline __u32 known_name(struct hook *h, struct vfsmount *mnt, struct dentry *dentry, __u32 is_dir)
{
	struct dentry *dir = dentry->d_parent;
	struct scratch *s = h->scratch;
	struct known_dir *known_dir;

	if (!s || dentry == mnt->mnt_root || dir == dentry || path_is_deleted(dentry))
		return false;
	known_dir = bpf_inode_storage_get(&known, dir->d_inode, NULL, 0);
	if (!known_dir)
		return false;
	s->path.base = 0;
	if (!known_take(&known_dir->of[h->number & (KNOWN_PROFILES - 1)], h, &s->path, mnt, dir))
		return false;
	path_start(s, is_dir);
	if (!path_put_name_of(s, dentry))
		return false;
	s->path.off++;	/* the slash before it is behind the directory's path */
	return unknown(s->path.renames == sequence_of(&rename_lock) &&
		       s->path.mounts == sequence_of(&mount_lock));
}

/* Remembers the state behind the path of the directory that the object, just read, is in. */
static __always_inline void know_dir(struct hook *h, struct vfsmount *mnt, struct dentry *dentry)
{
	const struct path_state *p = &h->scratch->path;
	struct dentry *dir = dentry->d_parent;
	struct known_dir *known_dir;
	struct known_path *k;
	__u32 turn;

	known_dir = bpf_inode_storage_get(&known, dir->d_inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!known_dir)
		return;
	k = &known_dir->of[h->number & (KNOWN_PROFILES - 1)];
	turn = *(volatile __u32 *)&k->turn;
	if (turn & 1 || __sync_val_compare_and_swap(&k->turn, turn, turn + 1) != turn)
		return;
	k->state = p->state;
	k->profile = h->number;
	k->table = h->table;
	k->renames = p->renames;
	k->mounts = p->mounts;
	k->generation = generation_of(h);
	k->dentry = (__u64)dir;
	k->mount = (__u64)mnt;
	k->space = own_space();
	k->until = bpf_jiffies64() + KNOWN_JIFFIES;
	__sync_lock_test_and_set(&k->turn, turn + 2);
}

static __always_inline bool is_lasting(const struct path_state *p, const struct vfsmount *mnt,
				       const struct dentry *dentry)
{
	return p->end == PATH_AT_ROOT && p->is_ours && !p->is_asked && dentry != mnt->mnt_root;
}

/* Matches the directory's part of it, which is remembered: the rest is at path.off, the state in path.state. */
static __noinline void match_dir(struct hook *h, struct vfsmount *mnt, struct dentry *dentry, __u32 is_dir)
{
	__u32 last = dentry->d_name.len + is_dir;
	struct scratch *s = h->scratch;

	if (!s || last >= h->name_len || !is_lasting(&s->path, mnt, dentry))
		return;
	if (s->path.state)
		s->path.state = match_room(h->policy, table_of(h), s->path.state, s, h->name,
					   h->name_len - last);
	s->path.off = POLICY_PATH_MAX - last;
	know_dir(h, mnt, dentry);
}

/* What name_object() has read is matched from the start on. */
static __always_inline void begin_match(struct hook *h, struct vfsmount *mnt, struct dentry *dentry, __u32 is_dir)
{
	h->scratch->path.state = h->start;
	match_dir(h, mnt, dentry, is_dir);
}

/*
 * Reads an object's whole name into the room's first half and notes its place in h. Gives path_name()'s.
 * One after the other and not one within the other: stacks are short.
 */
static __always_inline __u32 read_name(struct hook *h, struct vfsmount *mnt, struct dentry *dentry,
				       __u32 is_dir)
{
	__u32 info = name_object(h, mnt, dentry, is_dir);

	if (info)
		return info;
	begin_match(h, mnt, dentry, is_dir);
	return 0;
}

/* The state behind what known_name() or read_name() left. */
static __always_inline __u32 match_last(const struct hook *h)
{
	struct scratch *s = h->scratch;

	if (!s || !s->path.state)
		return 0;
	return match_room(h->policy, table_of(h), s->path.state, s, s->path.off, POLICY_PATH_MAX - s->path.off);
}

#endif
