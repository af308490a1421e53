/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Labels live and die with tasks. A fork that cannot have its label does not happen.
 *
 * What only tidies up (here, credentials, sockets) is a program of its hook all the same. The way to one that
 * stands before a function (fentry) is shorter, but the kernel leaves it out where another task was interrupted
 * in it on the same processor, and a hook's programs never.
 */
#ifndef BPF_HOOK_TASK_H
#define BPF_HOOK_TASK_H

#include "bpf/hook_held.h"

enum { CLONE_THREAD = 0x10000, PF_IO_WORKER = 0x10 };

SEC("lsm/task_alloc")
int BPF_PROG(label_task, struct task_struct *task, unsigned long clone_flags, int ret)
{
	__u64 own = current_key(), key = key_of(task);
	bool is_worker = task->flags & PF_IO_WORKER;
	struct policy_label *l, copy = { 0 };

	if (ret)
		return answer(ret);
	l = label_find(own);
	label_drop(key);	/* of a task before it that had the same address: there should be none */
	if (!l && !is_worker)
		return 0;
	if (l)
		copy = *l;
	copy.is_worker = is_worker;
	copy.bprm = 0;
	copy.is_mounting = 0;
	/* Its credentials are its parent's, or were made for it under this very label just now. */
	if (!(clone_flags & CLONE_THREAD)) {
		copy.cred = (__u64)task->cred;
		copy.cred_epoch = epoch_now();
	}
	if (!copy.profile && !copy.onexec_set && !is_worker)
		return 0;
	return answer(label_put(key, &copy));
}

SEC("lsm/task_free")
int BPF_PROG(unlabel_task, struct task_struct *task)
{
	label_drop(key_of(task));
	return 0;
}

#endif
