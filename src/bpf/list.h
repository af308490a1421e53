/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Who is confined: a file that gives one struct policy_task for each task that has a label, when it is
 * read. User space cannot tell itself, for a label's key is an address.
 */
#ifndef BPF_LIST_H
#define BPF_LIST_H

#include "bpf/hook.h"

SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct policy_task t = { 0 };
	struct policy_label *l;

	if (!task)
		return 0;
	l = label_of(key_of(task));
	if (!l)
		return 0;
	t.pid = task->tgid;
	t.tid = task->pid;
	t.profile = l->profile;
	t.flags = l->flags;
	bpf_probe_read_kernel(t.comm, sizeof(t.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &t, sizeof(t));
	return 0;
}

#endif
