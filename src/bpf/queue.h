/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Message queues by name and label: those of POSIX are files of a file system of their own, those of
 * System V have a number. A queue has the label of the task that made it, kept by the address of what
 * the kernel has of it; one without was made by nobody who was confined.
 *
 *	name | 0 | label, which is empty as the queue is made
 */
#ifndef BPF_QUEUE_H
#define BPF_QUEUE_H

#include "bpf/hook_held.h"

enum { MQUEUE_MAGIC = 0x19800202, S_IFREG = 0100000, KEY_DIGITS = 10 };

struct queue_label {
	__u32 profile;
	__u32 flags;
	__u64 maker;			/* POSIX: the task that made it and has not opened it yet */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 16);
	__type(key, __u64);
	__type(value, struct queue_label);
} queues SEC(".maps");

struct queue_request {
	const struct policy_label *label;
	const unsigned char *name;	/* POSIX; NULL: System V */
	__u32 name_len;
	__u32 number;			/* System V */
	__u32 wanted;
	__u32 owner;			/* label of the queue */
	bool is_new;			/* it has none yet */
};

static __always_inline bool is_queue(struct inode *inode)
{
	return inode && inode->i_sb->s_magic == MQUEUE_MAGIC && (inode->i_mode & S_IFMT) == S_IFREG;
}

static __always_inline struct queue_label *queue_label(const void *queue)
{
	__u64 key = (__u64)queue;

	return bpf_map_lookup_elem(&queues, &key);
}

static __always_inline int queue_put_label(const void *queue, const struct policy_label *l, __u64 maker)
{
	struct queue_label q = { l->profile, l->flags, maker };
	__u64 key = (__u64)queue;

	if (!bpf_map_update_elem(&queues, &key, &q, BPF_ANY))
		return 0;
	count(COUNT_NO_LABEL);
	return -ENOMEM;
}

static __always_inline void queue_drop_label(const void *queue)
{
	__u64 key = (__u64)queue;

	bpf_map_delete_elem(&queues, &key);
}

static __always_inline __u32 queue_owner(const struct queue_label *q)
{
	return q ? q->profile : POLICY_UNCONFINED;
}

/*
 * POSIX: as it is about to be made, and can be refused yet, a queue is labelled by its dentry, which is all there is
 * of it. Once it is made the label goes over to its inode, with which it ends. The kernel may leave that out
 * (see hook_task.h), or there is no room: then it stays with the dentry, which has no other queue meanwhile.
 */
static __always_inline struct queue_label *queue_label_of(const struct dentry *dentry)
{
	struct queue_label *q = queue_label(dentry->d_inode);

	return q ? q : queue_label(dentry);
}

static __always_inline void queue_is_made(const struct dentry *dentry)
{
	struct queue_label *q = queue_label(dentry);
	__u64 key = (__u64)dentry->d_inode;

	if (q && !bpf_map_update_elem(&queues, &key, q, BPF_ANY))
		queue_drop_label(dentry);
}

/* Decimal, from the end of the first half of the room. */
static __always_inline void queue_put_number(struct hook *h, __u32 number)
{
	__u32 off = POLICY_PATH_MAX;

	for (int i = 0; i < KEY_DIGITS; i++) {
		off--;
		h->scratch->room[off] = '0' + number % 10;
		number /= 10;
		if (!number)
			break;
	}
	h->name = unknown(off);
}

static __always_inline void queue_put_name(struct hook *h, const unsigned char *name, __u32 len)
{
	__u32 off = (POLICY_PATH_MAX - 1 - (len & 255)) & (POLICY_PATH_MAX - 1);

	h->scratch->room[off] = '/';
	bpf_probe_read_kernel(h->scratch->room + off + 1, len & 255, name);
	h->name = unknown(off);
}

static __noinline int queue_check(const struct queue_request *q)
{
	const struct policy_profile *owner;
	struct verdict v;
	struct hook h;
	__u32 state;
	int r = hook_begin_as(&h, q->label);

	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	if (!hook_claim(&h))
		return -ENOMEM;
	h.class_id = CLASS_MQUEUE;
	h.op = POLICY_OP_MQUEUE;
	h.wanted = q->wanted;
	h.peer = q->is_new ? POLICY_NO_PEER : q->owner;
	if (q->name)
		queue_put_name(&h, q->name, q->name_len);
	else
		queue_put_number(&h, q->number);
	h.name_len = POLICY_PATH_MAX - h.name;
	owner = profile_at(h.policy, q->owner);
	state = h.profile->start[CLASS_MQUEUE];
	state = state ? match_name(&h, state, h.name, h.name_len) : 0;
	state = match_byte(h.policy, &h.profile->table, state, 0);
	if (!q->is_new)
		state = match_text(h.policy, &h.profile->table, state, owner->name, owner->name_len);
	settle(&h, match_entry(h.policy, &h.profile->table, state), false, &v);
	r = obey(&h, &v, EACCES);
	hook_end(&h);
	return r;
}

/* A queue of POSIX that is there. */
static __noinline int queue_check_file(const struct policy_label *l, struct dentry *dentry, __u32 wanted)
{
	struct queue_request q = { .label = l, .name = dentry->d_name.name,
				   .name_len = dentry->d_name.len, .wanted = wanted };
	struct queue_label *label = queue_label_of(dentry);

	/* What made it asks for no more than that and what it opens it for: mq_open() is one call. */
	if (wanted & PERM_MQUEUE_OPEN && label && label->maker == current_key()) {
		label->maker = 0;
		q.wanted &= ~PERM_MQUEUE_OPEN;
		q.is_new = true;
		return queue_check(&q);
	}
	q.owner = queue_owner(label);
	return queue_check(&q);
}

static __always_inline __u32 queue_perms_of_open(const struct file *file)
{
	__u32 mode = file->f_mode;

	return PERM_MQUEUE_OPEN | (mode & FMODE_READ ? PERM_MQUEUE_READ : 0) |
	       (mode & FMODE_WRITE ? PERM_MQUEUE_WRITE : 0);
}

#endif
