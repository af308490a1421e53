/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* User namespaces, io_uring, limits. */
#ifndef BPF_HOOK_OTHER_H
#define BPF_HOOK_OTHER_H

#include "bpf/hook_capability.h"
#include "bpf/hook_held.h"
#include "bpf/hook_ipc.h"

/* Classes whose object is the empty string. */
static __noinline int check_empty(__u32 class_id, __u32 op, __u32 wanted)
{
	struct verdict v;
	struct hook h;
	int r;

	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	h.class_id = class_id;
	h.op = op;
	h.wanted = wanted;
	settle(&h, match_entry(h.policy, &h.profile->table, h.profile->start[class_id & 31]), false,
	       &v);
	r = obey(&h, &v, EACCES);
	hook_end(&h);
	return r;
}

SEC("lsm/userns_create")
int BPF_PROG(check_userns, const struct cred *cred, int ret)
{
	return answer(ret ? ret : check_empty(CLASS_USERNS, POLICY_OP_USERNS, PERM_USERNS_CREATE));
}

SEC("lsm/uring_sqpoll")
int BPF_PROG(check_sqpoll, int ret)
{
	return answer(ret ? ret : check_empty(CLASS_IO_URING, POLICY_OP_URING_SQPOLL,
					      PERM_IO_URING_SQPOLL));
}

/* Requests of a ring under credentials that were registered with it: whose label they were made for. */
SEC("lsm/uring_override_creds")
int BPF_PROG(check_override, const struct cred *cred, int ret)
{
	const struct ipc ipc = { CLASS_IO_URING, POLICY_OP_URING_OVERRIDE, NO_SIGNAL };
	struct policy_label *l = label_of(current_key());
	/* Their labels begin alike. */
	const struct policy_label *owner = (const struct policy_label *)cred_find(cred);

	if (ret || !l)
		return answer(ret);
	if (cred == bpf_get_current_task_btf()->cred)
		owner = l;
	return answer(check_side(&ipc, l, owner, 0, PERM_IO_URING_OVERRIDE_CREDS));
}

/* No hard limit beyond what the profile sets; those of another label need the capability, as in AppArmor. */
static __always_inline bool may_limit(const struct hook *h, const struct task_struct *task,
				      unsigned int resource, __u64 hard)
{
	const struct policy_profile *p = h->profile;
	struct verdict v;

	if (h->label_flags & LABEL_NULL)
		return true;
	settle_capability(h, CAP_SYS_RESOURCE, &v);
	if (v.missing && number_of(label_of(key_of(task))) != h->number)
		return false;
	return !(p->rlimit_set & 1u << (resource & 15)) || hard <= p->rlimit[resource & 15];
}

SEC("lsm/task_setrlimit")
int BPF_PROG(check_rlimit, struct task_struct *task, unsigned int resource, struct rlimit *new_limit,
	     int ret)
{
	struct verdict v = { .missing = 1 };
	struct hook h;
	int r;

	if (ret)
		return answer(ret);
	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return answer(r == HOOK_BROKEN ? -EACCES : 0);
	if (may_limit(&h, task, resource, new_limit->rlim_max))
		return 0;
	h.class_id = CLASS_RLIMIT;
	h.op = POLICY_OP_SETRLIMIT;
	h.wanted = 1;
	h.value = resource;
	r = obey(&h, &v, EACCES);
	hook_end(&h);
	return answer(r);
}

#endif
