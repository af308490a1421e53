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
#include "bpf/label.h"

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

/* The profile that attaches to a program, by the state behind its path; 0: none. */
static __always_inline __u32 attachment(const struct hook *h, __u32 state)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 accept = match_accept(h->policy, &head->attach, state), at;

	if (!accept)
		return POLICY_UNCONFINED;
	at = head->attach.entries + accept * 4;
	return *(const __u32 *)(h->policy + (at & policy_mask & ~3u));
}

/* The same of the name in the room, from a start state on. */
static __always_inline __u32 attached(const struct hook *h, __u32 start)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;

	if (!start)
		return POLICY_UNCONFINED;
	return attachment(h, match_room(h->policy, &head->attach, start, h->scratch, h->name, h->name_len));
}

static __always_inline void become_null(struct hook *h, struct transition *t)
{
	t->profile = h->number;
	t->flags = LABEL_NULL;
}

/* Of the label that a rule names. */
static __always_inline __u32 flags_of(const struct policy_exec *x)
{
	return x->flags & POLICY_OVER_NOBODY && !(x->flags & EXEC_STACK) ? LABEL_OVER_NOBODY : 0;
}

/* px and cx: by name, else by attachment. */
static __noinline int to_profile(struct hook *h, const struct policy_exec *x, struct transition *t)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 target;

	/* cx -> &NAME: the profile itself, whatever attaches. */
	if (x->kind == EXEC_CHILD && x->flags & EXEC_STACK)
		return 0;
	if (x->flags & POLICY_BY_NAME && !(x->flags & EXEC_STACK))
		target = x->target;
	else
		target = attached(h, x->kind == EXEC_CHILD ? h->profile->attach_start
							   : head->attach_start);
	if (target && target != POLICY_AMBIGUOUS) {
		t->profile = target;
		t->flags = flags_of(x);
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

static __noinline int to_stack(struct hook *h, __u32 top, __u32 flags, struct transition *t)
{
	if (t->flags & LABEL_NULL)
		return 0;
	return put_on_top(top, flags, &t->profile, &t->flags) ? 0 : refuse(h, POLICY_INFO_STACK, EACCES);
}

/* -> &NAME: on top of where the program would go without it. */
static __always_inline int to_stack_of_rule(struct hook *h, const struct policy_exec *x, struct transition *t)
{
	if (t->flags & LABEL_NULL)
		return 0;
	if (!x->target)
		return refuse(h, POLICY_INFO_NO_PROFILE, EACCES);
	return to_stack(h, x->target, x->flags & POLICY_OVER_NOBODY ? LABEL_OVER_NOBODY : 0, t);
}

static __always_inline const struct policy_exec *exec_of(const struct hook *h, __u32 number)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 at = head->execs + number * (__u32)sizeof(struct policy_exec);

	return (const void *)(h->policy + (at & policy_mask & ~7u));
}

static __noinline int by_rule(struct hook *h, const struct verdict *v, struct transition *t)
{
	const struct policy_exec *x = exec_of(h, exec_number(h, v));
	int r = obey_alone(h, v, EACCES);

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
		r = to_profile(h, x, t);
		return r || !(x->flags & EXEC_STACK) ? r : to_stack_of_rule(h, x, t);
	}
	return 0;
}

static __always_inline bool is_unconfined(const struct hook *h)
{
	return h->number == POLICY_UNCONFINED ||
	       (!(h->label_flags & LABEL_NULL) && h->profile->mode == MODE_UNCONFINED);
}

/* On top of the present label, not of where the program would lead: as AppArmor has it. */
static __always_inline int to_request(struct hook *h, struct transition *t)
{
	__u32 flags = h->value & WISH_OVER_NOBODY ? LABEL_OVER_NOBODY : 0;

	if (h->value & WISH_STACK)
		return to_stack(h, h->peer, flags, t);
	t->profile = h->peer;
	t->flags = flags;
	return 0;
}

/* The transition to a label asked for with change_onexec: CLASS_LABEL, label | 0 | program. */
static __noinline int by_request(struct hook *h, __u32 target, __u32 how, struct transition *t)
{
	struct verdict v;
	int r;

	h->peer = target;
	h->value = WISH_AT_EXEC | (how & ONEXEC_OVER_NOBODY ? WISH_OVER_NOBODY : 0) |
		   ((how & ONEXEC_KINDS) == ONEXEC_STACK ? WISH_STACK : 0);
	if (is_unconfined(h))
		return to_request(h, t);
	h->class_id = CLASS_LABEL;
	h->op = POLICY_OP_CHANGE_ONEXEC;
	h->wanted = PERM_ONEXEC;
	look_up_label(h, &v);
	r = obey(h, &v, EACCES);
	t->is_scrubbed = !v.missing && exec_of(h, exec_number(h, &v))->flags & EXEC_SCRUB;
	return r ? r : to_request(h, t);
}

static __noinline void attach_to(const struct hook *h, struct transition *t)
{
	__u32 state = match_last(h), target = state ? attachment(h, state) : POLICY_UNCONFINED;

	if (target == POLICY_UNCONFINED || target == POLICY_AMBIGUOUS)
		return;
	t->profile = target;
	t->flags = 0;
}

/* All is allowed without a word, and the next label does not hang on the whole name. */
static __noinline bool needs_no_name(const struct hook *h, const struct verdict *v,
				     const struct linux_binprm *bprm)
{
	const struct policy_exec *x = exec_of(h, exec_number(h, v));

	if (v->missing || v->audit || bprm->unsafe & LSM_UNSAFE_NO_NEW_PRIVS)
		return false;
	return x->kind <= EXEC_UNCONFINED ||
	       (x->flags & POLICY_BY_NAME && x->target && !(x->flags & EXEC_STACK));
}

static __always_inline void look_among_attachments(struct hook *h)
{
	h->table = unknown(offsetof(struct policy_header, attach));
	h->start = ((const struct policy_header *)h->policy)->attach_start;
}

static __noinline int decide_exec(struct hook *h, struct linux_binprm *bprm,
				  const struct policy_label *l, struct transition *t)
{
	struct vfsmount *mnt = bprm->file->f_path.mnt;
	struct dentry *dentry = bprm->file->f_path.dentry;
	/* To the verifier unknown: or all that follows is looked at for each of them. */
	__u32 is_free = unknown(is_unconfined(h)), is_asked_for = unknown(l && l->onexec_set);
	__u32 info, is_settled = unknown(0), onexec = l ? l->onexec : 0, how = l ? l->onexec_set : 0;
	struct verdict v = { 0 };

	if (!hook_claim(h))
		return refuse(h, POLICY_INFO_NO_SCRATCH, EACCES);
	h->ouid = bprm->file->f_inode->i_uid.val;
	h->fsuid = current_fsuid();
	if (is_free)
		look_among_attachments(h);
	if (!is_asked_for && known_name(h, mnt, dentry, false)) {
		if (!is_free)
			settle_path(h, &v);
		is_settled = unknown(is_free || needs_no_name(h, &v, bprm));
	}
	if (!is_settled) {
		info = read_name(h, mnt, dentry, false);
		if (info)
			return is_free ? 0 : refuse(h, info, error_of_path(info));
	}
	if (is_asked_for)
		return by_request(h, onexec, how, t);
	if (is_free) {
		attach_to(h, t);
		return 0;
	}
	if (!is_settled)
		settle_path(h, &v);
	return by_rule(h, &v, t);
}

/* Complain mode lets the program run, as what its caller is. */
static __always_inline void stay(const struct hook *h, struct transition *t)
{
	t->profile = h->number;
	t->flags = h->label_flags;
	t->is_scrubbed = false;
}

/* Whether a change of label is safe in the state the process is in. */
static __always_inline int may_change(struct hook *h, struct linux_binprm *bprm,
				      struct transition *t)
{
	int unsafe = bprm->unsafe;

	if (t->profile == h->number && t->flags == h->label_flags)
		return 0;
	if (h->number == POLICY_UNCONFINED || !(unsafe & LSM_UNSAFE_NO_NEW_PRIVS) ||
	    is_narrowing(h, t->profile, t->flags))
		return 0;
	if (!is_complaining(h))
		return refuse(h, POLICY_INFO_NO_NEW_PRIVS, EPERM);
	h->info = POLICY_INFO_NO_NEW_PRIVS;
	tell(h, POLICY_EVENT_ALLOWED, h->wanted, 0);
	stay(h, t);
	return 0;
}

/* Whoever traces the process has to be let trace what it becomes, even if that is what it was. */
static __always_inline int check_tracer_at_exec(const struct hook *h, struct transition *t)
{
	int r = check_tracer(t->profile, t->flags);

	if (!r || !is_complaining(h))
		return r;
	stay(h, t);
	return 0;
}

/* Not inline: stacks of a chain of calls are short. */
static __noinline int note(__u64 key, struct linux_binprm *bprm, const struct transition *t)
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

/* Each part of the label has to be asked where it goes; a request at exec is asked of the whole. */
static __always_inline bool is_for_parts(const struct hook *h, const struct policy_label *l, __u32 bound)
{
	return l && !l->onexec_set && !bound && is_stacked(h);
}

/* What is decided is noted, and the buffer given back. */
static __always_inline int end_decision(struct hook *h, struct linux_binprm *bprm, __u64 key,
					struct transition *t, int r)
{
	if (!r)
		r = may_change(h, bprm, t);
	hook_end(h);
	/* No tracer comes until the exec is over: the kernel holds the mutex of the process' credentials. */
	if (!r && bprm->unsafe & LSM_UNSAFE_PTRACE)
		r = check_tracer_at_exec(h, t);
	if (!r && t->profile != POLICY_UNCONFINED)
		r = label_cred(bprm->cred, h->number, h->label_flags);
	if (!r)
		r = note(key, bprm, t);
	if (!r && t->is_scrubbed)
		bpf_bprm_opts_set(bprm, BPRM_SECUREEXEC);
	return answer(r);
}

int decide_parts_of(unsigned long long *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(unsigned long long *));
} exec_parts SEC(".maps") = { .values = { (void *)&decide_parts_of } };

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
		return bprm->unsafe & LSM_UNSAFE_PTRACE ? answer(check_tracer(POLICY_UNCONFINED, 0)) : 0;
	if (is_for_parts(&h, l, bound)) {
		bpf_tail_call(ctx, &exec_parts, 0);
		return -EACCES;
	}
	t.profile = h.number;
	t.flags = h.label_flags;
	h.class_id = CLASS_FILE;
	h.op = POLICY_OP_EXEC;
	h.wanted = PERM_EXEC;
	if (bound)
		t.profile = bound;
	else
		r = decide_exec(&h, bprm, l, &t);
	return end_decision(&h, bprm, key, &t, r);
}

/* ---- stacks: where each part would go by itself ---- */

static __always_inline __u32 name_program(struct hook *h, struct linux_binprm *bprm)
{
	struct file *file = bprm->file;
	__u32 info;

	if (!hook_claim(h))
		return POLICY_INFO_NO_SCRATCH;
	info = name_object(h, file->f_path.mnt, file->f_path.dentry, false);
	h->ouid = file->f_inode->i_uid.val;
	h->fsuid = current_fsuid();
	return info;
}

/* Who is unconfined gets the profile that attaches to the program, if one does. */
static __noinline void attach(struct hook *h, struct transition *t)
{
	__u32 target = attached(h, ((const struct policy_header *)h->policy)->attach_start);

	if (!target || target == POLICY_AMBIGUOUS)
		return;
	t->profile = target;
	t->flags = 0;
}

/* What the profile says of the program named in the room. */
static __noinline void look_up_program(struct hook *h, struct verdict *v)
{
	__u32 state = h->profile->start[CLASS_FILE];

	if (state)
		state = match_room(h->policy, &h->profile->table, state, h->scratch, h->name,
				   h->name_len);
	settle(h, match_entry(h->policy, &h->profile->table, state), h->ouid == h->fsuid, v);
}

struct exec_parts {
	struct hook *h;			/* number and profile are those of the part that is asked */
	__u32 asked[POLICY_PARTS_MAX];
	__u32 is_over_nobody;
	__u32 is_scrubbed;
	__u32 is_refused;
	int r;
	struct parts next;
};

static long exec_part(__u32 i, struct exec_parts *x)
{
	struct hook *h = x->h;
	struct transition t = { 0 };
	struct verdict v;
	int r = 0;

	h->number = x->asked[i & (POLICY_PARTS_MAX - 1)];
	if (h->number == POLICY_NO_PART)
		return 1;
	h->profile = profile_at(h->policy, h->number);
	h->wanted = PERM_EXEC;
	h->info = POLICY_INFO_NONE;
	t.profile = h->number;
	if (h->profile->mode == MODE_UNCONFINED) {
		attach(h, &t);
	} else {
		look_up_program(h, &v);
		r = by_rule(h, &v, &t);
	}
	if (r) {
		x->is_refused = 1;
		x->r = r;
		return 1;
	}
	parts_add_label(&x->next, t.profile);
	x->is_over_nobody |= t.flags & LABEL_OVER_NOBODY || t.profile == POLICY_UNCONFINED;
	x->is_scrubbed |= t.is_scrubbed;
	return 0;
}

/* "unconfined" as a part: what attaches takes its place. */
static __noinline void exec_nobody(struct hook *h, struct exec_parts *x)
{
	struct transition t = { 0 };

	attach(h, &t);
	parts_add_label(&x->next, t.profile);
	x->is_over_nobody |= t.profile == POLICY_UNCONFINED;
}

static __always_inline int exec_all(struct hook *h, const struct policy_profile *stack, bool is_over_nobody,
			       struct transition *to)
{
	struct exec_parts x = { .h = h };
	__u32 number = h->number, n_parts = stack->n_parts, next;

	x.is_over_nobody = x.is_scrubbed = x.is_refused = unknown(0);
	x.r = (int)unknown(0);
	for (int i = 0; i < POLICY_PARTS_MAX; i++)
		x.asked[i] = n_parts ? stack->by_name[i] : i ? POLICY_NO_PART : number;
	parts_init(&x.next);
	bpf_loop(POLICY_PARTS_MAX, exec_part, &x, 0);
	if (is_over_nobody)
		exec_nobody(h, &x);
	h->number = number;
	h->profile = profile_at(h->policy, number);
	if (x.is_refused)
		return x.r < 0 ? x.r : -EACCES;
	next = stack_of(&x.next);
	if (next == POLICY_AMBIGUOUS)
		return refuse(h, POLICY_INFO_STACK, EACCES);
	to->profile = next;
	to->flags = x.is_over_nobody && next ? LABEL_OVER_NOBODY : 0;
	to->is_scrubbed = x.is_scrubbed;
	return 0;
}

static __noinline int decide_parts(struct hook *h, struct linux_binprm *bprm, struct transition *t)
{
	__u32 info = name_program(h, bprm), is_over_nobody;

	if (info)
		return refuse(h, info, error_of_path(info));
	is_over_nobody = h->label_flags & LABEL_OVER_NOBODY || h->profile->is_part_lost;
	return exec_all(h, h->profile, is_over_nobody, t);
}

/* A program of its own, to which the other one goes on: what is verified of that is enough for one. */
SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(decide_parts_of, struct linux_binprm *bprm, int ret)
{
	__u64 key = current_key();
	struct policy_label *l = label_of(key);
	struct transition t = { 0 };
	enum hook_state state;
	struct hook h;

	if (ret || !l)
		return answer(ret);
	state = hook_begin_as(&h, l);
	if (state == HOOK_BROKEN)
		return -EACCES;
	/* The policy was replaced between the two. */
	if (!is_for_parts(&h, l, state == HOOK_UNCONFINED ? bound_profile() : 0))
		return -EACCES;
	h.class_id = CLASS_FILE;
	h.op = POLICY_OP_EXEC;
	h.wanted = PERM_EXEC;
	return end_decision(&h, bprm, key, &t, decide_parts(&h, bprm, &t));
}

SEC("lsm/bprm_committing_creds")
int BPF_PROG(put_label_on, struct linux_binprm *bprm)
{
	__u64 key = current_key();
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
	c = cred_find(bprm->cred);
	if (c) {
		c->profile = l->profile;
		c->flags = l->flags;
		l->cred_epoch = epoch_now();
		l->cred = (__u64)bprm->cred;
	}
	if (l->profile == POLICY_UNCONFINED)
		label_drop(key);
	return 0;
}

#endif
