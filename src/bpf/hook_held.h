/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Descriptors from before: opened under another label than the one that uses them now, inherited over an
 * exec, kept over a change of profile, received over a socket. As in AppArmor, what an unconfined
 * task opened is free to be handed on, and everything else is asked about again by its name.
 *
 * Under which label a file was opened is known without a mark on the file: it remembers the
 * credentials it was opened with (f_cred), and credentials are made anew at fork and exec. So the
 * table `creds` holds the label that credentials were made for, and the common case is one
 * comparison: the file's credentials are the task's own, and these have seen no other label
 * (policy_label.cred). Only two kinds of files need an entry of their own in `held`:
 *
 *	opened by a task that changed its label by itself, and so under credentials of the old one
 *	asked about again and let pass under another label: remembered, so as not to ask each time
 *
 * When a task changes its label by itself, its credentials are marked as mixed and `epoch` moves on:
 * whatever task held them to be of one label looks again.
 */
#ifndef BPF_HOOK_HELD_H
#define BPF_HOOK_HELD_H

#include "bpf/decide.h"

enum {
	FMODE_WRITE = 2, FMODE_READ = 1, FMODE_EXEC = 0x20,
	O_APPEND = 02000, O_TRUNC = 01000, O_CREAT = 0100,
	HELD_LABELS = 2,
};

struct cred_label {
	__u32 profile;
	__u32 flags;
	__u32 is_mixed;			/* tasks with these credentials have had other labels too */
	__u32 zero;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, __u64);
	__type(value, struct cred_label);
} creds SEC(".maps");

struct cred_place {
	struct place place;
	struct cred_label label;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << PLACE_BITS);
	__type(key, __u32);
	__type(value, struct cred_place);
} cred_places SEC(".maps");

/* Values are replaced whole: readers never see a half of one. */
struct held_file {
	__u32 is_opener_known;
	__u32 opener;			/* label at open */
	__u32 opener_flags;
	__u32 turn;			/* which of seen is overwritten next */
	struct {
		__u32 profile, flags, allowed, zero;
	} seen[HELD_LABELS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, __u64);
	__type(value, struct held_file);
} held SEC(".maps");

enum tally { TALLY_HELD, TALLY_EPOCH, N_TALLIES };

/* How many files have an entry; never less than there are. The epoch. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, N_TALLIES);
	__type(key, __u32);
	__type(value, __u64);
} tallies SEC(".maps");

static __always_inline __u64 *tally(__u32 which)
{
	return bpf_map_lookup_elem(&tallies, &which);
}

static __always_inline __u64 epoch_now(void)
{
	__u64 *n = tally(TALLY_EPOCH);

	return n ? *(volatile __u64 *)n : ~0ull;
}

/* ---- labels of credentials ---- */

static __always_inline struct cred_label *cred_find(const struct cred *cred)
{
	return place_find(&cred_places, &creds, (__u64)cred);
}

/* Only who makes credentials, and whoever they are passed to before they are in use, labels them. */
static __always_inline int label_cred(const struct cred *cred, __u32 profile, __u32 flags)
{
	struct cred_label c = { .profile = profile, .flags = flags }, *own = cred_find(cred);
	struct place *p = place_at(&cred_places, (__u64)cred);

	if (!p)
		return -ENOMEM;
	if (own) {
		*own = c;
		return 0;
	}
	own = place_take(p);
	if (!own)
		return place_beyond(p, &creds, (__u64)cred, &c);
	*own = c;
	place_filled(p, (__u64)cred);
	return 0;
}

SEC("lsm/cred_prepare")
int BPF_PROG(label_new_cred, struct cred *new_cred, const struct cred *old, unsigned int gfp, int ret)
{
	struct policy_label *l;

	if (ret)
		return answer(ret);
	l = label_of(current_key());
	return l ? answer(label_cred(new_cred, l->profile, l->flags)) : 0;
}

SEC("lsm/cred_alloc_blank")
int BPF_PROG(label_blank_cred, struct cred *cred, unsigned int gfp, int ret)
{
	struct policy_label *l;

	if (ret)
		return answer(ret);
	l = label_of(current_key());
	return l ? answer(label_cred(cred, l->profile, l->flags)) : 0;
}

SEC("lsm/cred_free")
int BPF_PROG(unlabel_cred, struct cred *cred)
{
	place_drop(&cred_places, &creds, (__u64)cred);
	return 0;
}

/*
 * The caller's label, which is that one, is about to be another one, under the same credentials. Those of who was
 * not confined have no label yet.
 */
static __noinline int mix_creds(__u32 profile, __u32 flags)
{
	const struct cred *cred = bpf_get_current_task_btf()->cred;
	__u64 *epoch = tally(TALLY_EPOCH);
	struct cred_label *c = cred_find(cred);

	if (!c && label_cred(cred, profile, flags))
		return -ENOMEM;
	c = cred_find(cred);
	if (!c || !epoch)
		return -ENOMEM;
	c->is_mixed = 1;
	__sync_fetch_and_add(epoch, 1);
	return 0;
}

/* ---- files ---- */

static __always_inline void put_held(__u64 file, const struct held_file *f, bool is_new, int *r)
{
	__u64 *n = tally(TALLY_HELD);

	if (!n) {
		*r = -ENOMEM;
		return;
	}
	if (is_new)
		__sync_fetch_and_add(n, 1);
	*r = bpf_map_update_elem(&held, &file, f, is_new ? BPF_NOEXIST : BPF_EXIST);
	if (*r && is_new)
		__sync_fetch_and_add(n, -1);
}

/* Mostly no file at all has an entry, which is told sooner than whether this one has. */
static __always_inline struct held_file *held_find(const struct file *file)
{
	__u64 key = (__u64)file, *n = tally(TALLY_HELD);

	return n && !*n ? NULL : bpf_map_lookup_elem(&held, &key);
}

static __always_inline void forget(const struct file *file)
{
	__u64 key = (__u64)file, *n = tally(TALLY_HELD);

	if (n && *n && !bpf_map_delete_elem(&held, &key))
		__sync_fetch_and_add(n, -1);
}

/*
 * Called when the last descriptor of a file that was opened is gone: where files are freed all those pass, too,
 * that were looked for and not found. The kernel may leave it out (see hook_task.h), and a file whose opening failed
 * after it was asked about does not come by: such an entry stays until another file is opened at its address.
 */
SEC("fentry/locks_remove_file")
int BPF_PROG(forget_file, struct file *file)
{
	forget(file);
	return 0;
}

/* What whoever opened it was let do with it. */
static __always_inline __u32 granted_by_open(const struct file *file)
{
	__u32 mode = file->f_mode, flags = file->f_flags, perms = 0;

	if (mode & FMODE_WRITE)
		perms |= flags & O_APPEND ? PERM_APPEND : PERM_WRITE;
	if (mode & FMODE_READ)
		perms |= PERM_READ;
	if (flags & FMODE_EXEC)
		perms |= PERM_READ | PERM_MMAP | PERM_EXEC;
	return perms;
}

static __always_inline bool is_label(const struct policy_label *l, __u32 profile, __u32 flags)
{
	return l->profile == profile && l->flags == flags;
}

/* The task's own credentials have had no label but its present one: remembered until the epoch moves. */
static __always_inline bool is_pure(struct policy_label *l, const struct cred *cred)
{
	__u64 epoch = epoch_now();
	struct cred_label *c = cred_find(cred);

	if (!c || c->is_mixed || !is_label(l, c->profile, c->flags))
		return false;
	l->cred_epoch = epoch;
	l->cred = (__u64)cred;
	return true;
}

static __always_inline bool is_known_pure(const struct policy_label *l, __u64 cred)
{
	return l->cred == cred && l->cred_epoch == epoch_now();
}

/* A file is being opened: by whom has to be found out later. No room to note it: no file. */
static __noinline int note_opener(struct file *file)
{
	struct policy_label *l = label_of(current_key());
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 key = (__u64)file;
	struct held_file f = { .is_opener_known = 1 };
	int r;

	if (!l)
		return -EACCES;
	if (file->f_cred == task->cred && is_pure(l, file->f_cred))
		return 0;
	f.opener = l->profile;
	f.opener_flags = l->flags;
	put_held(key, &f, true, &r);
	if (r)
		count(COUNT_NO_LABEL);
	return r ? -ENOMEM : 0;
}

/* Asks the rules about its present name; that it has been deleted meanwhile does not matter. */
static __noinline int check_held_path(struct hook *h, struct file *file)
{
	struct inode *inode = file->f_inode;
	struct vfsmount *mnt = file->f_path.mnt;
	struct dentry *dentry = file->f_path.dentry;
	__u32 is_dir = unknown((inode->i_mode & S_IFMT) == S_IFDIR), info;
	struct verdict v;

	if (!hook_claim(h))
		return -ENOMEM;
	h->ouid = inode->i_uid.val;
	h->fsuid = current_fsuid();
	if (known_name(h, mnt, dentry, is_dir)) {
		settle_path(h, &v);
		if (!v.missing && !v.audit)
			return 0;
	}
	info = name_object(h, mnt, dentry, is_dir);
	if (info == POLICY_INFO_DELETED && h->scratch->path.end != PATH_DETACHED && path_is_ours(mnt))
		info = POLICY_INFO_NONE;
	if (info)
		return refuse(h, info, error_of_path(info));
	begin_match(h, mnt, dentry, is_dir);
	settle_path(h, &v);
	return obey(h, &v, EACCES);
}

static __always_inline void remember(struct file *file, const struct policy_label *l, __u32 allowed)
{
	__u64 key = (__u64)file;
	struct held_file *old = bpf_map_lookup_elem(&held, &key), f = { 0 };
	bool is_new = !old;
	__u32 at;
	int r;

	if (old)
		f = *old;
	at = f.turn & 1;
	if (is_label(l, f.seen[0].profile, f.seen[0].flags))
		at = 0;
	else if (is_label(l, f.seen[1].profile, f.seen[1].flags))
		at = 1;
	if (at) {
		f.seen[1].allowed = is_label(l, f.seen[1].profile, f.seen[1].flags)
					    ? f.seen[1].allowed | allowed : allowed;
		f.seen[1].profile = l->profile;
		f.seen[1].flags = l->flags;
	} else {
		f.seen[0].allowed = is_label(l, f.seen[0].profile, f.seen[0].flags)
					    ? f.seen[0].allowed | allowed : allowed;
		f.seen[0].profile = l->profile;
		f.seen[0].flags = l->flags;
	}
	f.turn = !at;
	put_held(key, &f, is_new, &r);	/* without it the next use is asked about again */
}

/* What the label may do with the file without being asked about again; all, if nobody confined opened it. */
static __always_inline __u32 known_of(struct file *file, const struct policy_label *l)
{
	struct held_file *f = held_find(file);
	struct cred_label *c;
	__u32 known = 0;

	if (f && is_label(l, f->seen[0].profile, f->seen[0].flags))
		known = f->seen[0].allowed;
	if (f && is_label(l, f->seen[1].profile, f->seen[1].flags))
		known = f->seen[1].allowed;
	if (f && f->is_opener_known)
		return is_label(l, f->opener, f->opener_flags) ? known | granted_by_open(file) : known;
	c = cred_find(file->f_cred);
	if (!c || c->profile == POLICY_UNCONFINED)
		return ~0u;
	return is_label(l, c->profile, c->flags) ? known | granted_by_open(file) : known;
}

static __noinline int check_held_slowly(struct policy_label *l, struct file *file, __u32 op, __u32 wanted)
{
	__u32 known = unknown(known_of(file, l));
	struct hook h;
	int r;

	if (!(wanted & ~known)) {
		const struct cred *cred = bpf_get_current_task_btf()->cred;

		if (cred == file->f_cred)
			is_pure(l, cred);
		return 0;
	}
	if (file->f_path.mnt->mnt_sb->s_flags & SB_NOUSER)
		return 0;
	r = hook_begin_as(&h, l);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	h.class_id = CLASS_FILE;
	h.op = unknown(op);
	h.wanted = unknown(wanted);
	r = check_held_path(&h, file);
	hook_end(&h);
	if (!r && !(known & granted_by_open(file)))
		remember(file, l, wanted);
	return r;
}

/* Whether the current task may use an open file so. */
static __always_inline int check_held(struct file *file, __u32 op, __u32 wanted)
{
	struct policy_label *l = label_of(current_key());
	const struct cred *cred;

	if (!l)
		return 0;
	cred = file->f_cred;
	if (is_known_pure(l, (__u64)cred) && cred == bpf_get_current_task_btf()->cred &&
	    !(wanted & ~granted_by_open(file)))
		return 0;
	return check_held_slowly(l, file, op, wanted);
}

SEC("lsm/file_receive")
int BPF_PROG(check_receive, struct file *file, int ret)
{
	if (ret)
		return answer(ret);
	return answer(check_held(file, POLICY_OP_FILE_RECEIVE, granted_by_open(file) & ~PERM_MMAP & ~PERM_EXEC));
}

#endif
