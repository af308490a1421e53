/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Message queues: where they are made, labelled, removed, and each message of System V's. */
#ifndef BPF_HOOK_QUEUE_H
#define BPF_HOOK_QUEUE_H

#include "bpf/hook_guard.h"
#include "bpf/queue.h"

enum {
	IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2, IPC_INFO = 3,
	MSG_STAT = 11, MSG_INFO = 12, MSG_STAT_ANY = 13,
};

/* ---- POSIX; opening is in hook_file.h ---- */

SEC("lsm/inode_create")
int BPF_PROG(check_make_queue, struct inode *dir, struct dentry *dentry, unsigned short mode, int ret)
{
	struct queue_request q = { .wanted = PERM_MQUEUE_CREATE, .is_new = true };

	if (ret || dir->i_sb->s_magic != MQUEUE_MAGIC)
		return answer(ret);
	queue_drop_label(dentry);	/* of one that could not be made */
	q.label = label_of(current_key());
	if (!q.label)
		return 0;
	q.name = dentry->d_name.name;
	q.name_len = dentry->d_name.len;
	ret = queue_check(&q);
	return answer(ret ? ret : queue_put_label(dentry, q.label, current_key()));
}

static __always_inline int end_make_queue(const struct dentry *dentry, int ret)
{
	if (ret)
		queue_drop_label(dentry);
	else
		queue_is_made(dentry);
	return 0;
}

/* By a name below /dev/mqueue, or by mq_open(3). */
SEC("fexit/mqueue_create")
int BPF_PROG(label_queue_file, void *ids, struct inode *dir, struct dentry *dentry, unsigned short mode,
	     bool is_exclusive, int ret)
{
	return end_make_queue(dentry, ret);
}

SEC("fexit/mqueue_create_attr")
int BPF_PROG(label_queue_opened, struct dentry *dentry, unsigned short mode, void *attr, int ret)
{
	return end_make_queue(dentry, ret);
}

SEC("fentry/mqueue_evict_inode")
int BPF_PROG(unlabel_queue_file, struct inode *inode)
{
	queue_drop_label(inode);
	return 0;
}

/* Other files are asked about by their path, in hook_file.h. */
SEC("lsm/inode_unlink")
int BPF_PROG(check_remove_inode, struct inode *dir, struct dentry *dentry, int ret)
{
	struct policy_label *l;

	if (ret || dir->i_sb->s_magic != MQUEUE_MAGIC)
		return answer(ret ? ret : guard_pins(dir->i_sb));
	l = label_of(current_key());
	return l ? answer(queue_check_file(l, dentry, PERM_MQUEUE_DELETE)) : 0;
}

/* ---- System V ---- */

static __noinline int check_number(const struct policy_label *l, struct kern_ipc_perm *perm, __u32 wanted)
{
	struct queue_request q = { .label = l, .number = perm->key, .wanted = wanted };

	q.owner = queue_owner(queue_label(perm));
	return queue_check(&q);
}

static __always_inline int check_own_number(struct kern_ipc_perm *perm, __u32 wanted)
{
	struct policy_label *l = label_of(current_key());

	return l ? check_number(l, perm, wanted) : 0;
}

SEC("lsm/msg_queue_alloc_security")
int BPF_PROG(check_make_number, struct kern_ipc_perm *perm, int ret)
{
	struct queue_request q = { .wanted = PERM_MQUEUE_CREATE, .is_new = true };
	int r;

	if (ret)
		return answer(ret);
	q.label = label_of(current_key());
	if (!q.label)
		return 0;
	q.number = perm->key;
	r = queue_check(&q);
	return answer(r ? r : queue_put_label(perm, q.label, 0));
}

SEC("lsm/msg_queue_free_security")
int BPF_PROG(unlabel_number, struct kern_ipc_perm *perm)
{
	queue_drop_label(perm);
	return 0;
}

SEC("lsm/msg_queue_associate")
int BPF_PROG(check_find_number, struct kern_ipc_perm *perm, int flags, int ret)
{
	return answer(ret ? ret : check_own_number(perm, PERM_MQUEUE_OPEN));
}

static __always_inline __u32 perms_of_control(int command)
{
	switch (command) {
	case IPC_RMID:
		return PERM_MQUEUE_DELETE;
	case IPC_SET:
		return PERM_MQUEUE_SETATTR;
	case IPC_INFO:
	case MSG_INFO:
		return 0;		/* of no queue */
	default:
		return PERM_MQUEUE_GETATTR;
	}
}

SEC("lsm/msg_queue_msgctl")
int BPF_PROG(check_control_number, struct kern_ipc_perm *perm, int command, int ret)
{
	__u32 wanted = perms_of_control(command);

	return answer(ret || !wanted ? ret : check_own_number(perm, wanted));
}

SEC("lsm/msg_queue_msgsnd")
int BPF_PROG(check_send_number, struct kern_ipc_perm *perm, void *message, int flags, int ret)
{
	return answer(ret ? ret : check_own_number(perm, PERM_MQUEUE_WRITE));
}

/* Who waits for a message gets it from who sends it: not the current task is asked about. */
SEC("lsm/msg_queue_msgrcv")
int BPF_PROG(check_take_number, struct kern_ipc_perm *perm, void *message, struct task_struct *target,
	     long type, int mode, int ret)
{
	struct policy_label *l;

	if (ret)
		return answer(ret);
	l = label_of(key_of(target));
	return l ? answer(check_number(l, perm, PERM_MQUEUE_READ)) : 0;
}

#endif
