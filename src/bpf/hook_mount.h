/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The tree of mounts: mount in its six forms, umount, pivot_root, and what the newer calls do to it.
 *
 * The source of a bind mount, of a move, or of a file system on a device is a text when the hook is
 * asked, and looked up by the kernel afterwards. So the name decided about is made of that text, and
 * the lookup that follows has to mean the same: for its length no symbolic link may be followed
 * (is_mounting in the label). Where the rules let every source pass, none of this is needed.
 *
 *	mount point | 0 | source | 0 | type | 0 | flags
 */
#ifndef BPF_HOOK_MOUNT_H
#define BPF_HOOK_MOUNT_H

#include "bpf/decide.h"
#include "bpf/hook_file.h"
#include "bpf/hook_guard.h"

extern const void file_systems __ksym;

enum {
	MS_REMOUNT = 1 << 5, MS_BIND = 1 << 12, MS_MOVE = 1 << 13, MS_REC = 1 << 14,
	MS_SILENT = 1 << 15, MS_PROPAGATION = 0xf << 17,
	MS_KERNEL = 1 << 22 | 7 << 28,		/* the kernel's own marks */
	MNT_DETACH = 2,
	FS_REQUIRES_DEV = 1,
	FS_TYPES_MAX = 256,
	FS_NAME_MAX = 32,
	MOUNT_TEXT_MAX = 4096,			/* bytes of what mount(2) takes as text */
	SYS_FSCONFIG = 431, SYS_MOUNT_SETATTR = 442,	/* the same numbers everywhere */
};
#define MS_MAGIC 0xc0ed0000ul
#define MS_MAGIC_MASK 0xffff0000ul

enum source_kind { SOURCE_NONE, SOURCE_TEXT, SOURCE_PATH };

/* Lookups in progress that must not follow links: 0 spares everybody else the question. */
__u32 n_mounting;

struct mount_request {
	const char *source;
	const char *type;
	__u32 flags;
	__u32 kind;			/* enum source_kind */
	bool is_dir;
	bool is_absolute;
	bool is_watched;		/* the kernel's lookup has to mean the name decided about */
	__u32 off;			/* of the tidied text, from the end of the room on */
};

/* ---- the name of a source ---- */

/* Takes a text apart from its end, as the walk to the root does with dentries. */
struct source_scan {
	__u8 *in;			/* MOUNT_TEXT_MAX bytes */
	__u8 *out;			/* POLICY_PATH_MAX bytes, written from the end */
	__u32 at;			/* bytes of in still to be read */
	__u32 len;			/* of the component being read */
	__u32 off;
	__u32 n_up;			/* ".." not yet used up */
	bool is_too_long;
};

static __always_inline void source_component(struct source_scan *s)
{
	__u32 len = s->len & (MOUNT_TEXT_MAX - 1), from = s->at & (MOUNT_TEXT_MAX - 1), off = s->off;
	__u8 first = s->in[from], second = s->in[from + 1];

	s->len = 0;
	if (!len || (len == 1 && first == '.'))
		return;
	if (len == 2 && first == '.' && second == '.') {
		s->n_up++;
		return;
	}
	if (s->n_up) {
		s->n_up--;
		return;
	}
	if (off < len + 1) {
		s->is_too_long = true;
		return;
	}
	off -= len;
	bpf_probe_read_kernel(s->out + (off & (POLICY_PATH_MAX - 1)), len, s->in + from);
	off--;
	s->out[off & (POLICY_PATH_MAX - 1)] = '/';
	s->off = off;
}

static long source_step(__u32 i, struct source_scan *s)
{
	if (!s->at) {
		source_component(s);
		return 1;
	}
	if (s->in[(s->at - 1) & (MOUNT_TEXT_MAX - 1)] == '/')
		source_component(s);
	else
		s->len++;
	s->at--;
	return 0;
}

/*
 * First step: the text without "." and "..", ended at the end of what lies behind the room; the second
 * half of the room is the workbench.
 */
static __noinline __u32 tidy_source(struct hook *h, struct mount_request *q)
{
	__u8 *room = h->scratch->room;
	struct source_scan s = { .in = room + POLICY_PATH_MAX, .out = room + SCRATCH_ROOM };
	long n = bpf_probe_read_kernel_str(s.in, MOUNT_TEXT_MAX, q->source);

	if (n <= 1 || n >= MOUNT_TEXT_MAX)
		return POLICY_INFO_TOO_LONG;
	s.at = n - 1;
	s.len = unknown(0);
	s.n_up = unknown(0);
	s.off = unknown(POLICY_PATH_MAX);
	if (q->is_dir) {
		s.off--;
		s.out[s.off & (POLICY_PATH_MAX - 1)] = '/';
	}
	bpf_loop(MOUNT_TEXT_MAX, source_step, &s, 0);
	if (s.is_too_long)
		return POLICY_INFO_TOO_LONG;
	q->is_absolute = s.in[0] == '/';
	q->off = s.off;
	return s.n_up && !q->is_absolute ? POLICY_INFO_SOURCE : POLICY_INFO_NONE;
}

/* Second step: the name of the directory that the text begins at. */
static __noinline __u32 name_base(struct hook *h, const struct mount_request *q)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	struct vfsmount *mnt;
	struct dentry *dentry;

	if (q->is_absolute) {
		mnt = fs->root.mnt;
		dentry = fs->root.dentry;
	} else {
		mnt = fs->pwd.mnt;
		dentry = fs->pwd.dentry;
	}
	return path_name(h, POLICY_PATH_MAX, mnt, dentry, true);
}

/* Third step: without its last "/" it goes before the text, and both into the second half. */
static __noinline __u32 join_source(struct hook *h, const struct mount_request *q, __u32 base)
{
	__u8 *room = h->scratch->room, *rest = room + SCRATCH_ROOM;
	__u32 off = q->off, len = (POLICY_PATH_MAX - 1 - base) & (POLICY_PATH_MAX - 1);

	if (off < len)
		return POLICY_INFO_TOO_LONG;
	off -= len;
	bpf_probe_read_kernel(rest + (off & (POLICY_PATH_MAX - 1)), len,
			      room + POLICY_PATH_MAX + (base & (POLICY_PATH_MAX - 1)));
	len = (POLICY_PATH_MAX - off) & (POLICY_PATH_MAX - 1);
	bpf_probe_read_kernel(room + POLICY_PATH_MAX + (off & (POLICY_PATH_MAX - 1)), len,
			      rest + (off & (POLICY_PATH_MAX - 1)));
	h->target = POLICY_PATH_MAX + off;
	h->target_len = len;
	return POLICY_INFO_NONE;
}

/* A text as it is, at the start of the second half. */
static __always_inline void put_text(struct hook *h, const char *text)
{
	__u8 *to = h->scratch->room + POLICY_PATH_MAX;
	long n = text ? bpf_probe_read_kernel_str(to, MOUNT_TEXT_MAX, text) : 0;

	h->target = POLICY_PATH_MAX;
	h->target_len = n > 1 ? (n - 1) & (MOUNT_TEXT_MAX - 1) : 0;
}

/* ---- which kind of source a file system has ---- */

struct fs_search {
	struct file_system_type *at;
	__u32 is_past;			/* the end of what counts of wanted */
	char wanted[FS_NAME_MAX] __attribute__((aligned(8)));
	bool is_found;
};

/* "fuse.x" is "fuse": what stands behind is cleared. */
static long fs_cut(__u32 i, struct fs_search *s)
{
	i &= FS_NAME_MAX - 1;
	s->is_past = s->is_past || s->wanted[i] == '.' || !s->wanted[i];
	if (s->is_past)
		s->wanted[i] = 0;
	return 0;
}

static long fs_step(__u32 i, struct fs_search *s)
{
	struct file_system_type *at = s->at;
	__u64 name[FS_NAME_MAX / 8] = { 0 };
	const __u64 *wanted = (const void *)s->wanted;

	if (!at)
		return 1;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(at, name));
	if (name[0] == wanted[0] && name[1] == wanted[1] && name[2] == wanted[2] &&
	    name[3] == wanted[3]) {
		s->is_found = true;
		return 1;
	}
	s->at = BPF_CORE_READ(at, next);
	return 0;
}

/*
 * A type that is not there yet (the kernel will load its module) may be of either kind: its source has
 * to be good as a path then.
 */
static __noinline __u32 kind_of_type(const struct mount_request *q)
{
	struct fs_search s = { .is_past = unknown(0) };
	struct file_system_type *at;
	char first = 0;

	if (!q->type || !q->source)
		return SOURCE_TEXT;
	bpf_probe_read_kernel_str(s.wanted, sizeof(s.wanted), q->type);
	bpf_loop(FS_NAME_MAX, fs_cut, &s, 0);
	bpf_probe_read_kernel(&s.at, sizeof(s.at), &file_systems);
	bpf_loop(FS_TYPES_MAX, fs_step, &s, 0);
	at = s.at;
	if (s.is_found)
		return BPF_CORE_READ(at, fs_flags) & FS_REQUIRES_DEV ? SOURCE_PATH : SOURCE_TEXT;
	bpf_probe_read_kernel(&first, 1, q->source);
	return first ? SOURCE_PATH : SOURCE_TEXT;
}

/* ---- deciding ---- */

/* Steps of an automaton by bytes that stand nowhere. */
struct byte_walk {
	const __u8 *policy;
	struct policy_table table;
	__u32 state;
	__u32 flags;
	bool is_same;
};

static __always_inline void byte_walk_init(struct byte_walk *w, const struct hook *h, __u32 state)
{
	w->policy = h->policy;
	w->table = h->profile->table;
	w->state = state;
}

static long text_step(__u32 i, struct byte_walk *w)
{
	if (match_byte(w->policy, &w->table, w->state, i + 1) == w->state)
		return 0;
	w->is_same = false;
	return 1;
}

/* In this state of the automaton every text leads back to it. */
static __noinline bool takes_every_text(struct hook *h, __u32 state)
{
	struct byte_walk w = { .is_same = true };

	byte_walk_init(&w, h, state);
	bpf_loop(255, text_step, &w, 0);
	return w.is_same;
}

/* Puts the name of the source into the second half. */
static __always_inline __u32 name_source(struct hook *h, struct mount_request *q, __u32 state)
{
	__u32 info;

	if (q->kind == SOURCE_NONE || !q->source)
		return POLICY_INFO_NONE;
	if (q->kind == SOURCE_TEXT || takes_every_text(h, state)) {
		put_text(h, q->source);
		return POLICY_INFO_NONE;
	}
	q->is_watched = true;
	info = tidy_source(h, q);
	if (!info)
		info = name_base(h, q);
	return info ? info : join_source(h, q, h->scratch->path.off);
}

static __noinline __u32 match_type(struct hook *h, const struct mount_request *q, __u32 state)
{
	__u8 *to = h->scratch->room + SCRATCH_ROOM;
	struct match m = { .bytes = to, .at = unknown(0) };
	long n;

	if (!q->type)
		return state;
	n = bpf_probe_read_kernel_str(to, MOUNT_TEXT_MAX, q->type);
	if (n <= 1)
		return state;
	m.end = m.at + ((n - 1) & (MOUNT_TEXT_MAX - 1));
	match_init(&m, h->policy, &h->profile->table, state);
	bpf_loop(MOUNT_TEXT_MAX / MATCH_CHUNK, match_chunk_scratch, &m, 0);
	return m.state;
}

static long flag_step(__u32 i, struct byte_walk *w)
{
	if (w->flags & 1u << (i & 31))
		w->state = match_byte(w->policy, &w->table, w->state, i + 1);
	return 0;
}

static __noinline __u32 match_flags(struct hook *h, __u32 flags, __u32 state)
{
	struct byte_walk w = { .flags = unknown(flags) };

	byte_walk_init(&w, h, state);
	bpf_loop(32, flag_step, &w, 0);
	return w.state;
}

/* What is moved or where the old root goes: into the second half. */
static __always_inline __u32 name_second(struct hook *h, struct vfsmount *mnt, struct dentry *dentry,
					 bool is_dir)
{
	__u32 info = path_name(h, POLICY_PATH_MAX, mnt, dentry, is_dir);

	h->target = POLICY_PATH_MAX + h->scratch->path.off;
	h->target_len = info ? 0 : POLICY_PATH_MAX - h->scratch->path.off;
	return info;
}

static __always_inline __u32 match_point(struct hook *h)
{
	__u32 state = h->profile->start[CLASS_MOUNT];

	return state ? match_room(h->policy, &h->profile->table, state, h->scratch, h->name,
				  h->name_len)
		     : 0;
}

static __always_inline unsigned long current_syscall(void)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());

	return BPF_CORE_READ(regs, orig_ax);
}

/* From here on a link may not be followed until the call ends. */
static __always_inline void watch(void)
{
	struct policy_label *l = label_of(current_key());

	if (!l)
		return;
	l->is_mounting = current_syscall();
	__sync_fetch_and_add(&n_mounting, 1);
}

static __always_inline void unwatch(struct policy_label *l)
{
	if (!l->is_mounting)
		return;
	l->is_mounting = 0;
	__sync_fetch_and_add(&n_mounting, -1);
}

/* state: of the automaton, after the mount point and its end. */
static __noinline int decide_mount(struct hook *h, const struct mount_request *q, __u32 state)
{
	struct verdict v;
	int r;

	state = match_room(h->policy, &h->profile->table, state, h->scratch, h->target, h->target_len);
	state = match_byte(h->policy, &h->profile->table, state, 0);
	state = match_type(h, q, state);
	state = match_byte(h->policy, &h->profile->table, state, 0);
	state = match_flags(h, q->flags, state);
	settle(h, match_entry(h->policy, &h->profile->table, state), false, &v);
	h->value = q->flags;
	r = obey(h, &v, EACCES);
	if (!r && q->is_watched)
		watch();
	return r;
}

static __always_inline bool begin_mount(struct hook *h, __u32 op, __u32 wanted, int *r)
{
	enum hook_state state = hook_begin(h);

	*r = state == HOOK_BROKEN ? -EACCES : 0;
	if (state != HOOK_CONFINED)
		return false;
	if (!hook_claim(h)) {
		*r = -ENOMEM;
		return false;
	}
	h->class_id = CLASS_MOUNT;
	h->op = op;
	h->wanted = wanted;
	return true;
}

/* Which of the six calls in one it is, and what of its arguments it looks at. */
static __always_inline void sort_out(struct mount_request *q, unsigned long flags)
{
	if ((flags & MS_MAGIC_MASK) == MS_MAGIC)
		flags &= ~MS_MAGIC_MASK;
	q->flags = flags & ~MS_KERNEL;
	q->kind = SOURCE_NONE;
	if (q->flags & MS_REMOUNT) {
		q->type = NULL;
	} else if (q->flags & MS_BIND) {
		q->kind = SOURCE_PATH;
		q->type = NULL;
		q->flags &= MS_BIND | MS_REC;
	} else if (q->flags & MS_PROPAGATION) {
		q->type = NULL;
		q->flags &= MS_REC | MS_SILENT | MS_PROPAGATION;
	} else if (q->flags & MS_MOVE) {
		q->kind = SOURCE_PATH;
		q->type = NULL;
		q->flags = MS_MOVE;
	} else {
		q->kind = kind_of_type(q);
	}
}

static __always_inline bool is_empty_text(const char *text)
{
	char first = 0;

	return !text || bpf_probe_read_kernel(&first, 1, text) || !first;
}

SEC("lsm/sb_mount")
int BPF_PROG(check_mount, const char *device, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	struct mount_request q = { .source = device, .type = type };
	struct vfsmount *mnt = path->mnt;
	struct dentry *dentry = path->dentry;
	struct hook h;
	__u32 state;
	int r;

	if (ret)
		return answer(ret);
	r = guard(is_bpf_fs(mnt->mnt_sb));
	if (r || !begin_mount(&h, POLICY_OP_MOUNT, PERM_MOUNT_MOUNT, &r))
		return answer(r);
	sort_out(&q, flags);
	q.is_dir = is_folder(dentry->d_inode);
	if (q.flags & MS_REMOUNT)
		h.op = POLICY_OP_REMOUNT;
	if (q.kind == SOURCE_PATH && is_empty_text(device)) {
		hook_end(&h);
		return -EINVAL;
	}
	h.info = name_object(&h, mnt, dentry, q.is_dir);
	state = match_byte(h.policy, &h.profile->table, match_point(&h), 0);
	if (!h.info)
		h.info = name_source(&h, &q, state);
	if (h.info)
		r = refuse(&h, h.info, error_of_path(h.info));
	else
		r = decide_mount(&h, &q, state);
	hook_end(&h);
	return answer(r);
}

/* The lookups of a mount are over. The kernel may leave this out (see hook_task.h): another call is none, either. */
SEC("fexit/path_mount")
int BPF_PROG(end_mount)
{
	struct policy_label *l = n_mounting ? label_of(current_key()) : NULL;

	if (l)
		unwatch(l);
	return 0;
}

SEC("lsm/inode_follow_link")
int BPF_PROG(check_follow, struct dentry *dentry, struct inode *inode, bool rcu, int ret)
{
	struct policy_label *l;
	struct hook h;
	bool is_over;
	int r = 0;

	if (ret || !n_mounting)
		return answer(ret);
	l = label_of(current_key());
	if (!l || !l->is_mounting)
		return 0;
	is_over = l->is_mounting != (__u32)current_syscall();
	unwatch(l);
	if (!is_over && begin_mount(&h, POLICY_OP_MOUNT, PERM_MOUNT_MOUNT, &r)) {
		r = refuse(&h, POLICY_INFO_SOURCE, EACCES);
		hook_end(&h);
	}
	return answer(r);
}

/*
 * By move_mount(2) both are known. What is not mounted yet (fsmount, open_tree with OPEN_TREE_CLONE)
 * has no source: as AppArmor sees it from 6.8 on; older ones do not look.
 */
SEC("lsm/move_mount")
int BPF_PROG(check_move_mount, const struct path *from, const struct path *to, int ret)
{
	struct mount_request q = { .flags = MS_MOVE };
	struct vfsmount *mnt = to->mnt, *old = from->mnt;
	struct dentry *dentry = to->dentry, *old_dentry = from->dentry;
	struct hook h;
	__u32 state;
	int r;

	if (ret)
		return answer(ret);
	r = guard(is_bpf_fs(mnt->mnt_sb) || is_bpf_fs(old->mnt_sb));
	if (r || !begin_mount(&h, POLICY_OP_MOUNT, PERM_MOUNT_MOUNT, &r))
		return answer(r);
	h.info = name_object(&h, mnt, dentry, is_folder(dentry->d_inode));
	if (!h.info && path_is_ours(old))
		h.info = name_second(&h, old, old_dentry, is_folder(old_dentry->d_inode));
	state = match_byte(h.policy, &h.profile->table, match_point(&h), 0);
	if (h.info)
		r = refuse(&h, h.info, error_of_path(h.info));
	else
		r = decide_mount(&h, &q, state);
	hook_end(&h);
	return answer(r);
}

/* ---- umount, pivot_root ---- */

/* Whether a mount of bpffs hangs below one that is about to be detached with all below it. */
struct mount_search {
	struct mount *root, *at;
	__u32 is_up;			/* at's children have been seen */
	bool is_found;
	bool is_done;
};

static __always_inline struct mount *mount_at_child(struct list_head *link)
{
	return (void *)link - bpf_core_field_offset(struct mount, mnt_child);
}

static long mount_step(__u32 i, struct mount_search *s)
{
	struct mount *at = s->at;
	void *children = (void *)at + bpf_core_field_offset(struct mount, mnt_mounts);
	struct list_head *next;

	if (!s->is_up) {
		if (is_bpf_fs(BPF_CORE_READ(at, mnt.mnt_sb))) {
			s->is_found = true;
			return 1;
		}
		next = BPF_CORE_READ(at, mnt_mounts.next);
		if (next != children)
			s->at = mount_at_child(next);
		else
			s->is_up = true;
		return 0;
	}
	if (at == s->root) {
		s->is_done = true;
		return 1;
	}
	next = BPF_CORE_READ(at, mnt_child.next);
	s->at = BPF_CORE_READ(at, mnt_parent);
	if (next != (void *)s->at + bpf_core_field_offset(struct mount, mnt_mounts)) {
		s->at = mount_at_child(next);
		s->is_up = false;
	}
	return 0;
}

static __noinline bool holds_bpf_fs(struct vfsmount *mnt)
{
	for (int i = 0; i < PATH_RETRIES; i++) {
		struct mount_search s = { .root = mount_of(mnt), .at = mount_of(mnt),
					  .is_up = unknown(0) };
		__u32 mounts = sequence_of(&mount_lock);

		bpf_loop(1 << 16, mount_step, &s, 0);
		if (s.is_found)
			return true;
		if (s.is_done && !(mounts & 1) && mounts == sequence_of(&mount_lock))
			return false;
	}
	return true;
}

SEC("lsm/sb_umount")
int BPF_PROG(check_umount, struct vfsmount *mnt, int flags, int ret)
{
	struct dentry *root = mnt->mnt_root;
	struct verdict v;
	struct hook h;
	int r;

	if (ret || !label_of(current_key()))
		return answer(ret);
	r = guard(is_bpf_fs(mnt->mnt_sb) || (flags & MNT_DETACH && holds_bpf_fs(mnt)));
	if (r || !begin_mount(&h, POLICY_OP_UMOUNT, PERM_MOUNT_UMOUNT, &r))
		return answer(r);
	h.info = name_object(&h, mnt, root, is_folder(root->d_inode));
	if (h.info) {
		r = refuse(&h, h.info, error_of_path(h.info));
	} else {
		settle(&h, match_entry(h.policy, &h.profile->table, match_point(&h)), false, &v);
		r = obey(&h, &v, EACCES);
	}
	hook_end(&h);
	return answer(r);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(check_pivotroot, const struct path *old_path, const struct path *new_path, int ret)
{
	struct vfsmount *mnt = new_path->mnt, *old = old_path->mnt;
	struct dentry *dentry = new_path->dentry, *old_dentry = old_path->dentry;
	struct verdict v;
	struct hook h;
	__u32 state;
	int r;

	if (ret || !begin_mount(&h, POLICY_OP_PIVOTROOT, PERM_MOUNT_PIVOT_ROOT, &r))
		return answer(ret ? ret : r);
	h.info = name_object(&h, mnt, dentry, true);
	if (!h.info)
		h.info = name_second(&h, old, old_dentry, true);
	if (h.info) {
		r = refuse(&h, h.info, error_of_path(h.info));
	} else {
		state = match_byte(h.policy, &h.profile->table, match_point(&h), 0);
		state = match_room(h.policy, &h.profile->table, state, h.scratch, h.target,
				   h.target_len);
		settle(&h, match_entry(h.policy, &h.profile->table, state), false, &v);
		r = obey(&h, &v, EACCES);
	}
	hook_end(&h);
	return answer(r);
}

/* ---- calls that do not tell which mount they change ---- */

static __noinline int check_any_remount(__u32 wanted)
{
	struct verdict v = { .missing = wanted };
	struct hook h;
	int r;

	if (!begin_mount(&h, POLICY_OP_REMOUNT, wanted, &r))
		return r;
	if (h.label_flags & LABEL_NULL || !(h.profile->grants & POLICY_GRANT_REMOUNT)) {
		h.info = POLICY_INFO_NO_OBJECT;
		r = obey(&h, &v, EACCES);
	}
	hook_end(&h);
	return r;
}

/* fsconfig(2) with FSCONFIG_CMD_RECONFIGURE: a remount without a mount point. */
SEC("lsm/sb_remount")
int BPF_PROG(check_remount, struct super_block *sb, void *options, int ret)
{
	if (ret || !label_of(current_key()) || current_syscall() != SYS_FSCONFIG)
		return answer(ret);
	ret = guard(is_bpf_fs(sb));
	return answer(ret ? ret : check_any_remount(PERM_MOUNT_MOUNT));
}

#endif
