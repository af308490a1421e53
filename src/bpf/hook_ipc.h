/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Signals and tracing: both sides are asked, each by its own profile and the other's label. */
#ifndef BPF_HOOK_IPC_H
#define BPF_HOOK_IPC_H

#include "bpf/label.h"

enum { PTRACE_MODE_READ = 1, NO_SIGNAL = 256 };

struct ipc {
	__u32 class_id;
	__u32 op;
	__u32 signal;			/* NO_SIGNAL: the object begins with the label */
};

static __always_inline __u32 number_of(const struct policy_label *l)
{
	return l ? l->profile : POLICY_UNCONFINED;
}

/* The state behind signal and the peer's label, as a whole: rules that name its parts do not count, as in AppArmor 6.1. */
static __noinline __u32 match_peer(const struct hook *h, __u32 class_id)
{
	__u32 state = h->profile->start[class_id & 31];

	if (state && h->value < NO_SIGNAL)
		state = match_byte(h->policy, &h->profile->table, state, h->value);
	return state ? match_whole(h, state, h->protocol & LABEL_OVER_NOBODY) : 0;
}

/* One side: what the profile of label l says of a peer, who may be nobody's (NULL). */
static __noinline int check_side(const struct ipc *ipc, const struct policy_label *l,
				 const struct policy_label *peer, __u32 peer_pid, __u32 wanted)
{
	struct verdict v;
	struct hook h;
	int r;

	r = hook_begin_as(&h, l);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	h.class_id = ipc->class_id;
	h.op = ipc->op;
	h.wanted = wanted;
	h.peer = number_of(peer);
	h.peer_pid = peer_pid;
	h.value = ipc->signal;
	h.protocol = peer ? peer->flags : 0;	/* the event tells it */
	settle(&h, match_entry(h.policy, &h.profile->table, match_peer(&h, ipc->class_id)), false, &v);
	r = obey(&h, &v, EACCES);
	hook_end(&h);
	return r;
}

/* Not so that of a profile in mode unconfined, which is there to be named alone. */
static __noinline bool is_confining(const struct policy_label *l)
{
	struct hook h;

	return l && hook_begin_as(&h, l) != HOOK_UNCONFINED;
}

static __always_inline int check_both(const struct ipc *ipc, struct task_struct *from,
				      struct task_struct *to, __u32 active, __u32 passive)
{
	struct policy_label *subject = label_of(key_of(from)), *object = label_of(key_of(to));
	int r = 0;

	if (subject)
		r = check_side(ipc, subject, object, to->tgid, active);
	/* An unconfined tracer needs no rule of the one it traces, an unconfined sender of signals does. */
	if (!r && object && (ipc->class_id != CLASS_PTRACE || is_confining(subject)))
		r = check_side(ipc, object, subject, from->tgid, passive);
	return r;
}

/*
 * Whoever traces a task goes on tracing what becomes of it: so that needs the rules for tracing the new
 * label, as if the tracer began to now. Not static: the verifier looks at it once, whoever calls it.
 */
__noinline int check_tracer(__u32 profile, __u32 flags)
{
	static const struct ipc ipc = { CLASS_PTRACE, POLICY_OP_PTRACE, NO_SIGNAL };
	/* How a label begins; the rest of one has no room on this stack, and is not read. */
	const __u32 begin[2] = { profile, flags };
	const struct policy_label *next = (const struct policy_label *)begin, *tracer;
	struct task_struct *task = bpf_get_current_task_btf(), *parent;
	int r;

	if (!task->ptrace)
		return 0;
	parent = task->parent;
	tracer = label_of(key_of(parent));
	if (!is_confining(tracer))
		return 0;
	r = check_side(&ipc, tracer, next, task->tgid, PERM_PTRACE_TRACE);
	if (!r && profile != POLICY_UNCONFINED)
		r = check_side(&ipc, next, tracer, parent->tgid, PERM_PTRACE_TRACEDBY);
	return r;
}

SEC("lsm/task_kill")
int BPF_PROG(check_signal, struct task_struct *task, struct kernel_siginfo *info, int sig,
	     const struct cred *cred, int ret)
{
	const struct ipc ipc = { CLASS_SIGNAL, POLICY_OP_SIGNAL, sig & 127 };

	if (ret)
		return answer(ret);
	return answer(check_both(&ipc, bpf_get_current_task_btf(), task, PERM_SIGNAL_SEND,
				 PERM_SIGNAL_RECEIVE));
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(check_trace, struct task_struct *child, unsigned int mode, int ret)
{
	const struct ipc ipc = { CLASS_PTRACE, POLICY_OP_PTRACE, NO_SIGNAL };
	bool is_read = mode & PTRACE_MODE_READ;

	if (ret)
		return answer(ret);
	return answer(check_both(&ipc, bpf_get_current_task_btf(), child,
				 is_read ? PERM_PTRACE_READ : PERM_PTRACE_TRACE,
				 is_read ? PERM_PTRACE_READBY : PERM_PTRACE_TRACEDBY));
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(check_traceme, struct task_struct *parent, int ret)
{
	const struct ipc ipc = { CLASS_PTRACE, POLICY_OP_PTRACE, NO_SIGNAL };

	if (ret)
		return answer(ret);
	return answer(check_both(&ipc, parent, bpf_get_current_task_btf(), PERM_PTRACE_TRACE,
				 PERM_PTRACE_TRACEDBY));
}

#endif
