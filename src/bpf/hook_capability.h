/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Capabilities: plain bit sets of the profile. */
#ifndef BPF_HOOK_CAPABILITY_H
#define BPF_HOOK_CAPABILITY_H

#include "bpf/decide.h"
#include "bpf/hook_mount.h"

enum { CAP_OPT_NOAUDIT = 2, CAP_SYS_ADMIN = 21, CAP_SYS_RESOURCE = 24 };

SEC("lsm/capable")
int BPF_PROG(check_capable, const struct cred *cred, void *ns, int cap, unsigned int opts, int ret)
{
	struct verdict v;
	struct hook h;
	int r;

	if (ret)
		return answer(ret);
	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return answer(r == HOOK_BROKEN ? -EPERM : 0);
	/* Somebody else's capabilities are looked at, not used. */
	if (cred != bpf_get_current_task_btf()->cred)
		return 0;
	h.class_id = CLASS_CAPABILITY;
	h.op = POLICY_OP_CAPABLE;
	h.wanted = 1;
	h.value = cap;
	settle_capability(&h, cap, &v);
	if (opts & CAP_OPT_NOAUDIT) {
		v.quiet = v.missing;
		v.audit = 0;
		v.entry |= HOW_SILENT;
	}
	r = obey(&h, &v, EPERM);
	hook_end(&h);
	/* mount_setattr(2) has no hook of its own but for this question. */
	if (!r && cap == CAP_SYS_ADMIN && !(opts & CAP_OPT_NOAUDIT) &&
	    current_syscall() == SYS_MOUNT_SETATTR)
		r = check_any_remount(PERM_MOUNT_MOUNT);
	return answer(r);
}

#endif
