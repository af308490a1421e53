/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Exec in two halves. Before credentials are made, the transition is decided and noted in the label,
 * with the exec it is for; when they are committed, after which no exec fails any more, it is put on:
 * the first instruction of the new program is confined. The laws are engine/transition.c's.
 */
#ifndef BPF_HOOK_EXEC_H
#define BPF_HOOK_EXEC_H

#include "bpf/bind.h"
#include "bpf/hook_held.h"
#include "bpf/hook_ipc.h"

enum {
	LSM_UNSAFE_PTRACE = 2,
	LSM_UNSAFE_NO_NEW_PRIVS = 4,
	BPRM_SECUREEXEC = 1,
};

struct transition {
	__u32 profile;			/* the next one */
	__u32 flags;			/* its label's */
	bool is_scrubbed;
};

/* The profile that attaches to the name in the room, from a start state on; 0: none. */
static __always_inline __u32 attached(struct hook *h, __u32 start)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 state, at, accept;

	if (!start)
		return POLICY_UNCONFINED;
	state = match_room(h->policy, &head->attach, start, h->scratch, h->name, h->name_len);
	accept = match_accept(h->policy, &head->attach, state);
	if (!accept)
		return POLICY_UNCONFINED;
	at = head->attach.entries + accept * 4;
	return *(const __u32 *)(h->policy + (at & policy_mask & ~3u));
}

static __always_inline void become_null(struct hook *h, struct transition *t)
{
	t->profile = h->number;
	t->flags = LABEL_NULL;
}

/* px and cx: by name, else by attachment. */
static __noinline int to_profile(struct hook *h, const struct policy_exec *x, struct transition *t)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 target;

	if (x->flags & EXEC_STACK)
		return refuse(h, POLICY_INFO_STACK, EACCES);
	if (x->flags & POLICY_BY_NAME)
		target = x->target;
	else
		target = attached(h, x->kind == EXEC_CHILD ? h->profile->attach_start
							   : head->attach_start);
	if (target && target != POLICY_AMBIGUOUS) {
		t->profile = target;
		t->flags = 0;
		return 0;
	}
	if (x->flags & EXEC_OR_INHERIT)
		return 0;
	if (x->flags & EXEC_OR_UNCONFINED) {
		t->profile = POLICY_UNCONFINED;
		t->flags = 0;
		return 0;
	}
	h->info = target ? POLICY_INFO_AMBIGUOUS : POLICY_INFO_NO_PROFILE;
	if (is_complaining(h)) {
		tell(h, POLICY_EVENT_ALLOWED, PERM_EXEC, 0);
		become_null(h, t);
		return 0;
	}
	return refuse(h, h->info, EACCES);
}

static __noinline int by_rule(struct hook *h, const struct verdict *v, struct transition *t)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 at = head->execs + v->exec * (__u32)sizeof(struct policy_exec);
	const struct policy_exec *x = (const void *)(h->policy + (at & policy_mask & ~7u));
	int r = obey(h, v, EACCES);

	if (r)
		return r;
	t->is_scrubbed = x->flags & EXEC_SCRUB;
	switch (x->kind) {
	case EXEC_NONE:
		t->is_scrubbed = false;
		if (is_complaining(h))
			become_null(h, t);
		return 0;
	case EXEC_UNCONFINED:
		t->profile = POLICY_UNCONFINED;
		t->flags = 0;
		return 0;
	case EXEC_PROFILE:
	case EXEC_CHILD:
		return to_profile(h, x, t);
	}
	return 0;
}

/* The transition to a label asked for with change_onexec: CLASS_LABEL, label | 0 | program. */
static __noinline int by_request(struct hook *h, __u32 target, struct transition *t)
{
	const struct policy_profile *p = profile_at(h->policy, target);
	__u32 state = h->profile->start[CLASS_LABEL];
	struct verdict v;

	t->profile = target;
	t->flags = 0;
	if (h->number == POLICY_UNCONFINED)
		return 0;
	h->class_id = CLASS_LABEL;
	h->op = POLICY_OP_CHANGE_ONEXEC;
	h->wanted = PERM_ONEXEC;
	h->peer = target;
	if (state) {
		state = match_text(h->policy, &h->profile->table, state, p->name, p->name_len);
		state = match_byte(h->policy, &h->profile->table, state, 0);
		state = match_room(h->policy, &h->profile->table, state, h->scratch, h->name,
				   h->name_len);
	}
	settle(h, match_entry(h->policy, &h->profile->table, state), false, &v);
	return obey(h, &v, EACCES);
}

static __always_inline int name_program(struct hook *h, struct linux_binprm *bprm)
{
	struct path_walk w = { .base = 0 };
	struct file *file = bprm->file;
	__u32 info;

	if (!hook_claim(h))
		return POLICY_INFO_NO_SCRATCH;
	w.scratch = h->scratch;
	info = path_name(h, file->f_path.mnt, file->f_path.dentry, false, &w);
	h->name = w.off;
	h->name_len = POLICY_PATH_MAX - w.off;
	h->ouid = file->f_inode->i_uid.val;
	h->fsuid = current_fsuid();
	return info;
}

static __noinline int decide_exec(struct hook *h, struct linux_binprm *bprm,
				  const struct policy_label *l, struct transition *t)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 info = name_program(h, bprm), state = h->profile->start[CLASS_FILE], target;
	bool is_free = h->number == POLICY_UNCONFINED ||
		       (!(h->label_flags & LABEL_NULL) && h->profile->mode == MODE_UNCONFINED);
	struct verdict v;

	if (info)
		return is_free && info != POLICY_INFO_NO_SCRATCH ? 0
								 : refuse(h, info, error_of_path(info));
	if (l && l->onexec_set)
		return by_request(h, l->onexec, t);
	if (is_free) {
		target = attached(h, head->attach_start);
		if (target && target != POLICY_AMBIGUOUS) {
			t->profile = target;
			t->flags = 0;
		}
		return 0;
	}
	if (state)
		state = match_room(h->policy, &h->profile->table, state, h->scratch, h->name,
				   h->name_len);
	settle(h, match_entry(h->policy, &h->profile->table, state), h->ouid == h->fsuid, &v);
	return by_rule(h, &v, t);
}

/* Whether a change of label is safe in the state the process is in. */
static __always_inline int may_change(struct hook *h, struct linux_binprm *bprm,
				      const struct transition *t)
{
	int unsafe = bprm->unsafe;

	if (t->profile == h->number && t->flags == h->label_flags)
		return 0;
	if (h->number != POLICY_UNCONFINED && unsafe & LSM_UNSAFE_NO_NEW_PRIVS)
		return refuse(h, POLICY_INFO_NO_NEW_PRIVS, EPERM);
	return 0;
}

static __always_inline int note(__u64 key, struct linux_binprm *bprm, const struct transition *t)
{
	struct policy_label *l = label_find(key), fresh = { 0 };

	if (!l) {
		if (t->profile == POLICY_UNCONFINED)
			return 0;
		fresh.bprm = (__u64)bprm;
		fresh.next_profile = t->profile;
		fresh.next_flags = t->flags;
		return label_put(key, &fresh);
	}
	l->bprm = (__u64)bprm;
	l->next_profile = t->profile;
	l->next_flags = t->flags;
	return 0;
}

SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(decide_program, struct linux_binprm *bprm, int ret)
{
	static const struct policy_label none;
	__u64 key = current_key();
	struct policy_label *l = label_find(key);
	struct transition t = { 0 };
	struct policy_header *head;
	enum hook_state state;
	__u32 bound = 0;
	struct hook h;
	int r = 0;

	if (ret)
		return answer(ret);
	state = hook_begin_as(&h, l ? l : &none);
	if (state == HOOK_BROKEN)
		return answer(l ? -EACCES : 0);
	if (state == HOOK_UNCONFINED && !(l && l->onexec_set))
		bound = bound_profile();
	head = (struct policy_header *)h.policy;
	if (!l && !bound && !head->attach_start)
		return 0;
	t.profile = h.number;
	t.flags = h.label_flags;
	h.class_id = CLASS_FILE;
	h.op = POLICY_OP_EXEC;
	h.wanted = PERM_EXEC;
	if (bound)
		t.profile = bound;
	else
		r = decide_exec(&h, bprm, l, &t);
	if (!r)
		r = may_change(&h, bprm, &t);
	hook_end(&h);
	if (!r && t.profile != POLICY_UNCONFINED)
		r = label_cred((__u64)bprm->cred, h.number, h.label_flags);
	if (!r)
		r = note(key, bprm, &t);
	if (!r && t.is_scrubbed)
		bpf_bprm_opts_set(bprm, BPRM_SECUREEXEC);
	return answer(r);
}

/* Between the two: a tracer that may not trace the next label ends the exec. */
SEC("lsm/bprm_check_security")
int BPF_PROG(check_traced_exec, struct linux_binprm *bprm, int ret)
{
	__u64 key = current_key();
	struct policy_label *l;

	if (ret || !(bprm->unsafe & LSM_UNSAFE_PTRACE))
		return answer(ret);
	l = label_find(key);
	if (!l || l->bprm != (__u64)bprm ||
	    (l->next_profile == l->profile && l->next_flags == l->flags))
		return 0;
	return answer(check_tracer(l->next_profile, l->next_flags));
}

SEC("lsm/bprm_committing_creds")
int BPF_PROG(put_label_on, struct linux_binprm *bprm)
{
	__u64 key = current_key(), cred = (__u64)bprm->cred;
	struct policy_label *l = label_find(key);
	struct cred_label *c;

	if (!l || l->bprm != (__u64)bprm)
		return 0;
	l->profile = l->next_profile;
	l->flags = l->next_flags;
	l->bprm = 0;
	l->onexec_set = 0;
	l->onexec = 0;
	l->hat_of = 0;
	l->hat_token = 0;
	l->cred = 0;
	c = bpf_map_lookup_elem(&creds, &cred);
	if (c) {
		c->profile = l->profile;
		c->flags = l->flags;
		l->cred_epoch = epoch_now();
		l->cred = cred;
	}
	if (l->profile == POLICY_UNCONFINED)
		label_drop(key);
	return 0;
}

#endif
