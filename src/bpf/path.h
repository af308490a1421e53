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

/*
 * Within the object's own mount the verifier knows what each pointer is, and fields are read by plain
 * loads. Mounts are found by their addresses alone, and what hangs above one of them can only be read
 * by a helper, which costs several times as much.
 */
struct path_walk {
	struct scratch *scratch;
	struct vfsmount *mnt;		/* of the object */
	struct dentry *object;
	struct dentry *dentry;		/* below the root of the object's mount */
	__u32 is_dir;
};

static __always_inline struct mount *mount_of(const struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline void read_dentry(struct dentry_link *to, __u64 at)
{
	struct dentry *dentry = (struct dentry *)at;

	if (bpf_core_field_offset(struct dentry, d_name) ==
	    bpf_core_field_offset(struct dentry, d_parent) + sizeof(to->parent)) {
		bpf_probe_read_kernel(to, sizeof(*to), &dentry->d_parent);
		return;
	}
	to->parent = (__u64)BPF_CORE_READ(dentry, d_parent);
	to->len = BPF_CORE_READ(dentry, d_name.len);
	to->name = BPF_CORE_READ(dentry, d_name.name);
}

static __always_inline void read_mount(struct mount_link *to, __u64 at)
{
	struct mount *mount = (struct mount *)at;
	__u32 first = bpf_core_field_offset(struct mount, mnt_parent);

	if (bpf_core_field_offset(struct mount, mnt_mountpoint) == first + 8 &&
	    bpf_core_field_offset(struct mount, mnt.mnt_root) == first + 16) {
		bpf_probe_read_kernel(to, sizeof(*to), &mount->mnt_parent);
		return;
	}
	to->parent = (__u64)BPF_CORE_READ(mount, mnt_parent);
	to->mountpoint = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
	to->root = (__u64)BPF_CORE_READ(mount, mnt.mnt_root);
}

static __always_inline struct mnt_namespace *namespace_of(__u64 mount)
{
	return BPF_CORE_READ((struct mount *)mount, mnt_ns);
}

/* An anonymous namespace (open_tree with OPEN_TREE_CLONE) has number 0; no namespace: unmounted. */
static __always_inline bool is_in_namespace(__u64 mount)
{
	struct mnt_namespace *ns = namespace_of(mount);

	return ns && (unsigned long)ns < (unsigned long)-4095 && BPF_CORE_READ(ns, seq);
}

static __always_inline bool path_is_ours(const struct vfsmount *mnt)
{
	struct mnt_namespace *ours = bpf_get_current_task_btf()->nsproxy->mnt_ns;

	return ours && namespace_of((__u64)mount_of(mnt)) == ours;
}

static __always_inline __u8 *path_room(struct scratch *s)
{
	return s->room + ((s->path.base + s->path.off) & (SCRATCH_ROOM - 1));
}

static __always_inline bool path_put_name(struct scratch *s, const unsigned char *name, __u32 len)
{
	__u32 off = s->path.off;

	len &= 255;
	if (off < len + 1)
		return false;
	s->path.off = off - len;
	bpf_probe_read_kernel(path_room(s), len, name);
	s->path.off = off - len - 1;
	*path_room(s) = '/';
	return true;
}

/*
 * Most names stand within their dentry, and are copied by words without a helper. The last word goes
 * beyond the name's end: what it covers is put back.
 */
static __always_inline bool path_put_name_of(struct scratch *s, struct dentry *dentry)
{
	__u32 len = dentry->d_name.len, off = s->path.off;
	__u64 at = bpf_core_field_offset(dentry->d_iname), behind;
	const __u64 *words;
	__u8 *to;

	barrier_var(at);	/* or the offset becomes one of a load of the whole array */
	words = (void *)dentry + at;
	if (dentry->d_name.name != (void *)words || len >= sizeof(dentry->d_iname) ||
	    bpf_core_field_size(dentry->d_iname) < sizeof(dentry->d_iname) || off < len + 1)
		return path_put_name(s, dentry->d_name.name, len);
	s->path.off = off - len - 1;
	to = path_room(s);
	*to++ = '/';
	behind = *(__u64 *)(to + len);
	*(__u64 *)to = words[0];
	if (len > 8)
		*(__u64 *)(to + 8) = words[1];
	if (len > 16)
		*(__u64 *)(to + 16) = words[2];
	if (len > 24)
		*(__u64 *)(to + 24) = words[3];
	*(__u64 *)(to + len) = behind;
	return true;
}

/* The file system is asked each time whether the name still holds: it may change without a rename. */
static __always_inline bool is_asked(const struct dentry *dentry)
{
	__u32 bit = DCACHE_OP_REVALIDATE;

	if (bpf_core_enum_value_exists(enum dentry_flags, DCACHE_OP_REVALIDATE))
		bit = bpf_core_enum_value(enum dentry_flags, DCACHE_OP_REVALIDATE);
	return dentry->d_flags & bit;
}

/* Up to the root of the mount, or of the file system. */
static long path_step(__u32 i, struct path_walk *w)
{
	struct dentry *dentry = w->dentry, *parent;
	struct path_state *p = &w->scratch->path;

	(void)i;
	if (dentry == w->mnt->mnt_root)
		return 1;
	parent = dentry->d_parent;
	if (parent == dentry)
		return 1;
	p->is_asked |= is_asked(dentry);
	if (!path_put_name_of(w->scratch, dentry)) {
		p->end = PATH_TOO_LONG;
		return 1;
	}
	w->dentry = parent;
	return 0;
}

/* At the root of a mount: on to where it is mounted, or the end. All mounts of a tree are in one namespace. */
static __always_inline bool path_leave_mount(struct scratch *s)
{
	struct path_above *a = &s->above;

	if (a->in.parent == a->mount) {
		s->path.end = s->path.is_ours || is_in_namespace(a->mount) ? PATH_AT_ROOT : PATH_DETACHED;
		return false;
	}
	a->dentry = a->in.mountpoint;
	a->mount = a->in.parent;
	read_mount(&a->in, a->mount);
	return true;
}

/* The same beyond the object's own mount. */
static long path_step_above(__u32 i, struct path_walk *w)
{
	struct scratch *s = w->scratch;
	struct path_above *a = &s->above;

	(void)i;
	if (a->dentry == a->in.root)
		return !path_leave_mount(s);
	read_dentry(&a->link, a->dentry);
	if (a->link.parent == a->dentry) {
		s->path.end = PATH_DETACHED;	/* moved out of what is mounted */
		return 1;
	}
	if (!path_put_name(s, a->link.name, a->link.len)) {
		s->path.end = PATH_TOO_LONG;
		return 1;
	}
	a->dentry = a->link.parent;
	return 0;
}

static __always_inline __u32 sequence_of(const void *lock)
{
	__u32 n = 0;

	bpf_probe_read_kernel(&n, sizeof(n), lock);
	return n;
}

static __always_inline void path_start(struct scratch *s, __u32 is_dir)
{
	s->path.end = PATH_GOING;
	s->path.off = POLICY_PATH_MAX;
	if (is_dir) {
		s->path.off--;
		*path_room(s) = '/';
	}
}

static __always_inline void path_walk_all(struct path_walk *w)
{
	struct vfsmount *mnt = w->mnt;
	struct scratch *s = w->scratch;

	w->dentry = w->object;
	s->path.is_ours = path_is_ours(mnt);
	s->path.is_asked = false;
	bpf_loop(PATH_STEPS_MAX, path_step, w, 0);
	if (s->path.end)
		return;
	if (w->dentry != mnt->mnt_root) {
		s->path.end = w->dentry->d_parent == w->dentry ? PATH_DETACHED : PATH_TOO_LONG;
		return;
	}
	s->above.mount = (__u64)mount_of(mnt);
	read_mount(&s->above.in, s->above.mount);
	if (path_leave_mount(s))
		bpf_loop(PATH_STEPS_MAX, path_step_above, w, 0);
}

/* One reading; the last one, if names and mounts did not change meanwhile. */
static long path_read_once(__u32 i, struct path_walk *w)
{
	__u32 renames = sequence_of(&rename_lock), mounts = sequence_of(&mount_lock);
	struct path_state *p = &w->scratch->path;

	(void)i;
	p->renames = renames;
	p->mounts = mounts;
	path_start(w->scratch, w->is_dir);
	path_walk_all(w);
	p->is_read = !((renames | mounts) & 1) && renames == sequence_of(&rename_lock) &&
		     mounts == sequence_of(&mount_lock);
	return p->is_read;
}

/*
 * Older verifiers follow a plain loop round by round, and each way through a round; newer ones follow a
 * loop within a callback of bpf_loop again for each round of the outer one.
 */
static __always_inline void path_read(struct path_walk *w)
{
	w->scratch->path.is_read = false;
	if (has_exact_loops())
		for (__u32 i = unknown(0); i < PATH_RETRIES && !w->scratch->path.is_read; i++)
			path_read_once(i, w);
	else
		bpf_loop(PATH_RETRIES, path_read_once, w, 0);
}

/* The name within its own file system: of what does not hang on any root. */
static long path_step_inside(__u32 i, struct path_walk *w)
{
	struct dentry *dentry = w->dentry, *parent = dentry->d_parent;

	(void)i;
	if (parent == dentry) {
		w->scratch->path.end = PATH_DETACHED;
		return 1;
	}
	if (!path_put_name_of(w->scratch, dentry)) {
		w->scratch->path.end = PATH_TOO_LONG;
		return 1;
	}
	w->dentry = parent;
	return 0;
}

/* "prefix" of flags=(attach_disconnected.path=), if the profile has one. */
static __always_inline bool path_put_prefix(struct hook *h)
{
	__u32 len = h->profile->disconnected_len & 255;
	struct scratch *s = h->scratch;

	if (!h->profile->disconnected)
		return true;
	if (s->path.off < len)
		return false;
	s->path.off -= len;
	return !bpf_probe_read_kernel(path_room(s), len,
				      h->policy + (h->profile->disconnected & policy_mask));
}

/* What is not below the root of this process' namespace has no name, unless the profile wants it. */
static __always_inline __u32 path_disconnect(struct hook *h, struct path_walk *w)
{
	if (w->scratch->path.end == PATH_DETACHED) {
		path_start(w->scratch, w->is_dir);
		w->dentry = w->object;
		bpf_loop(PATH_STEPS_MAX, path_step_inside, w, 0);
		if (w->scratch->path.end == PATH_TOO_LONG)
			return POLICY_INFO_TOO_LONG;
	}
	if (!(h->profile->flags & PROFILE_ATTACH_DISCONNECTED))
		return POLICY_INFO_DISCONNECTED;
	return path_put_prefix(h) ? POLICY_INFO_NONE : POLICY_INFO_TOO_LONG;
}

static __always_inline bool path_is_deleted(const struct dentry *dentry)
{
	return !dentry->d_hash.pprev && dentry->d_parent != dentry && dentry->d_inode;
}

static __always_inline __u32 path_find(struct hook *h, struct path_walk *w)
{
	const struct path_state *p = &w->scratch->path;

	path_read(w);
	if (!p->is_read) {
		count(COUNT_PATH_BUSY);
		return POLICY_INFO_BUSY;
	}
	if (p->end == PATH_TOO_LONG || p->end == PATH_GOING)
		return POLICY_INFO_TOO_LONG;
	if (path_is_deleted(w->object) && !(h->profile->flags & PROFILE_MEDIATE_DELETED))
		return POLICY_INFO_DELETED;
	if (p->end == PATH_DETACHED || !p->is_ours)
		return path_disconnect(h, w);
	return POLICY_INFO_NONE;
}

/*
 * Writes the name of an object into the claimed room from `base` (0 or POLICY_PATH_MAX) on: it begins at
 * path.off of there, and ends with the half. Gives POLICY_INFO_NONE, or why it has no name. To the
 * verifier that is one unknown value and not one of six known ones: old ones took what follows on
 * success for never reached.
 */
static __noinline __u32 path_name(struct hook *h, __u32 base, struct vfsmount *mnt, struct dentry *dentry,
				  __u32 is_dir)
{
	struct path_walk w = { .scratch = h->scratch, .mnt = mnt, .object = dentry, .is_dir = is_dir };

	if (!w.scratch)
		return POLICY_INFO_NO_SCRATCH;
	w.scratch->path.base = base;
	return unknown(path_find(h, &w));
}

/*
 * Of the object that is asked about: its name goes into the room's first half and its place into h, as far as it
 * could be read. Gives path_name()'s.
 */
static __always_inline __u32 name_object(struct hook *h, struct vfsmount *mnt, struct dentry *dentry,
					 __u32 is_dir)
{
	__u32 info = path_name(h, 0, mnt, dentry, is_dir);

	h->name = h->scratch->path.off;
	h->name_len = POLICY_PATH_MAX - h->name;
	return info;
}

#endif
