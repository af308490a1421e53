/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The name of an object: from its dentry up to the root of its mount namespace, as AppArmor names it
 * (not from the process' own root, as d_path does). Written from the end of a room to its start:
 *
 *	room: … | name, folders end in "/" | 
 *	        ^ off                      ^ end
 *
 * Renames and mounts may change what is being read: their sequence counts are compared before and
 * after, and where they moved, all is read anew, a bounded number of times.
 */
#ifndef BPF_PATH_H
#define BPF_PATH_H

#include "bpf/hook.h"

extern const void rename_lock __ksym;
extern const void mount_lock __ksym;

enum {
	PATH_STEPS_MAX = 4096,		/* components and mounts */
	PATH_RETRIES = 8,
	S_IFMT = 0170000,
	S_IFDIR = 0040000,
	SB_NOUSER = 1u << 31,
	MNT_INTERNAL = 0x4000,
};

enum path_end { PATH_GOING, PATH_AT_ROOT, PATH_DETACHED, PATH_TOO_LONG };

struct path_walk {
	struct scratch *scratch;
	struct dentry *dentry;
	struct dentry *mnt_root;
	struct mount *mount;
	__u32 base;			/* the room's first byte for this name */
	__u32 off;			/* counted from base */
	__u32 end;			/* enum path_end */
};

static __always_inline struct mount *mount_of(const struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* An anonymous namespace (open_tree with OPEN_TREE_CLONE) has number 0; no namespace: unmounted. */
static __always_inline bool is_in_namespace(struct mount *m)
{
	struct mnt_namespace *ns = BPF_CORE_READ(m, mnt_ns);

	return ns && (unsigned long)ns < (unsigned long)-4095 && BPF_CORE_READ(ns, seq);
}

/* Above the root of a mount: on to where it is mounted, or the end. */
static __always_inline long path_leave_mount(struct path_walk *w)
{
	struct mount *mount = w->mount, *parent = BPF_CORE_READ(mount, mnt_parent);

	if (w->dentry != w->mnt_root) {
		w->end = PATH_DETACHED;		/* moved out of what is mounted */
		return 1;
	}
	if (parent == mount) {
		w->end = is_in_namespace(mount) ? PATH_AT_ROOT : PATH_DETACHED;
		return 1;
	}
	w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
	w->mount = parent;
	w->mnt_root = BPF_CORE_READ(parent, mnt.mnt_root);
	return 0;
}

static __always_inline bool path_put_name(struct path_walk *w, struct dentry *dentry)
{
	struct qstr name = BPF_CORE_READ(dentry, d_name);
	__u32 len = name.len & 255, off = w->off;
	__u8 *to;

	if (off < len + 1)
		return false;
	off -= len;
	to = w->scratch->room + ((w->base + off) & (SCRATCH_ROOM - 1));
	bpf_probe_read_kernel(to, len, name.name);
	off--;
	w->scratch->room[(w->base + off) & (SCRATCH_ROOM - 1)] = '/';
	w->off = off;
	return true;
}

static long path_step(__u32 i, struct path_walk *w)
{
	struct dentry *dentry = w->dentry, *parent;

	(void)i;
	if (dentry == w->mnt_root)
		return path_leave_mount(w);
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry)
		return path_leave_mount(w);
	if (!path_put_name(w, dentry)) {
		w->end = PATH_TOO_LONG;
		return 1;
	}
	w->dentry = parent;
	return 0;
}

static __always_inline __u32 sequence_of(const void *lock)
{
	__u32 n = 0;

	bpf_probe_read_kernel(&n, sizeof(n), lock);
	return n;
}

static __always_inline void path_start(struct path_walk *w, struct dentry *dentry, bool is_dir)
{
	w->dentry = dentry;
	w->end = PATH_GOING;
	w->off = POLICY_PATH_MAX;
	if (is_dir) {
		w->off--;
		w->scratch->room[(w->base + w->off) & (SCRATCH_ROOM - 1)] = '/';
	}
}

/* One reading; false if names or mounts changed meanwhile. */
static __always_inline bool path_read_once(struct path_walk *w, struct vfsmount *mnt,
					   struct dentry *dentry, bool is_dir)
{
	__u32 renames = sequence_of(&rename_lock), mounts = sequence_of(&mount_lock);

	path_start(w, dentry, is_dir);
	w->mount = mount_of(mnt);
	w->mnt_root = BPF_CORE_READ(mnt, mnt_root);
	bpf_loop(PATH_STEPS_MAX, path_step, w, 0);
	if (renames & 1 || mounts & 1)
		return false;
	return renames == sequence_of(&rename_lock) && mounts == sequence_of(&mount_lock);
}

/* The name within its own file system: of what does not hang on any root. */
static long path_step_inside(__u32 i, struct path_walk *w)
{
	struct dentry *dentry = w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);

	(void)i;
	if (parent == dentry) {
		w->end = PATH_DETACHED;
		return 1;
	}
	if (!path_put_name(w, dentry)) {
		w->end = PATH_TOO_LONG;
		return 1;
	}
	w->dentry = parent;
	return 0;
}

/* "prefix" of flags=(attach_disconnected.path=), if the profile has one. */
static __always_inline bool path_put_prefix(struct hook *h, struct path_walk *w)
{
	__u32 len = h->profile->disconnected_len & 255;
	__u8 *to;

	if (!h->profile->disconnected)
		return true;
	if (w->off < len)
		return false;
	w->off -= len;
	to = w->scratch->room + ((w->base + w->off) & (SCRATCH_ROOM - 1));
	return !bpf_probe_read_kernel(to, len,
				      h->policy + (h->profile->disconnected & policy_mask));
}

/* What is not below the root of this process' namespace has no name, unless the profile wants it. */
static __always_inline __u32 path_disconnect(struct hook *h, struct path_walk *w,
					     struct dentry *dentry, bool is_dir)
{
	if (w->end == PATH_DETACHED) {
		path_start(w, dentry, is_dir);
		bpf_loop(PATH_STEPS_MAX, path_step_inside, w, 0);
		if (w->end == PATH_TOO_LONG)
			return POLICY_INFO_TOO_LONG;
	}
	if (!(h->profile->flags & PROFILE_ATTACH_DISCONNECTED))
		return POLICY_INFO_DISCONNECTED;
	return path_put_prefix(h, w) ? POLICY_INFO_NONE : POLICY_INFO_TOO_LONG;
}

static __always_inline bool path_is_ours(const struct vfsmount *mnt)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return BPF_CORE_READ(mount_of(mnt), mnt_ns) == BPF_CORE_READ(task, nsproxy, mnt_ns);
}

static __always_inline bool path_is_deleted(const struct dentry *dentry)
{
	return !BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry &&
	       BPF_CORE_READ(dentry, d_inode);
}

/*
 * Writes the name of an object into the room from `base` (0 or POLICY_PATH_MAX) on. Gives
 * POLICY_INFO_NONE and its place, or why it has none.
 */
static __noinline __u32 path_name(struct hook *h, struct vfsmount *mnt, struct dentry *dentry,
				  bool is_dir, struct path_walk *w)
{
	bool is_read = false;

	for (int i = 0; i < PATH_RETRIES && !is_read; i++)
		is_read = path_read_once(w, mnt, dentry, is_dir);
	if (!is_read) {
		count(COUNT_PATH_BUSY);
		return POLICY_INFO_BUSY;
	}
	if (w->end == PATH_TOO_LONG || w->end == PATH_GOING)
		return POLICY_INFO_TOO_LONG;
	if (path_is_deleted(dentry) && !(h->profile->flags & PROFILE_MEDIATE_DELETED))
		return POLICY_INFO_DELETED;
	if (w->end == PATH_DETACHED || !path_is_ours(mnt))
		return path_disconnect(h, w, dentry, is_dir);
	return POLICY_INFO_NONE;
}

#endif
