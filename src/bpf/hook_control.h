/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The self-transition call of abi/control.h: a prctl that the kernel does not know. And where AppArmor
 * is not active, what libapparmor writes to the files of /proc/self/attr.
 *
 * Nothing can be written to the caller's memory from here, not where the kernel is locked down: the
 * caller's label is told in the answers themselves, three bytes in each.
 */
#ifndef BPF_HOOK_CONTROL_H
#define BPF_HOOK_CONTROL_H

#include "abi/control.h"
#include "bpf/hook_held.h"
#include "bpf/hook_ipc.h"
#include "bpf/label.h"

enum { EFAULT = 14, ERANGE = 34, EPROTO = 71, EOPNOTSUPP = 95, PFA_NO_NEW_PRIVS = 1 };

/* Where in a room the request is read to, a full name is put together, and the next label. */
enum { CONTROL_REQUEST_AT = 0, CONTROL_KEY_AT = 1024, CONTROL_LABEL_AT = 4096 };

static __always_inline bool is_sound(const struct control_request *r)
{
	return r->version == CONTROL_VERSION && r->verb >= CONTROL_CHANGE_PROFILE &&
	       r->verb <= CONTROL_STACK_ONEXEC && r->name_len < CONTROL_NAME_MAX &&
	       !r->name[r->name_len & (CONTROL_NAME_MAX - 1)];
}

/* A label that a request names, while its name is read: "A//&B" in any order, behind "&" if to be stacked. */
struct naming {
	struct hook *h;
	struct parts parts;
	__u32 is_over_nobody;
	__u32 is_top;
	__u32 is_lost;			/* one of them is not there */
	__u32 at;			/* the request's next byte */
	__u32 len;			/* bytes of a part's name that are in the key */
	__u32 is_begun;			/* something but what is in front of names was read */
};

static __always_inline struct control_request *request_of(const struct hook *h)
{
	return (void *)(h->scratch->room + CONTROL_REQUEST_AT);
}

static __always_inline struct profile_name *key_of_name(const struct hook *h)
{
	return (void *)(h->scratch->room + CONTROL_KEY_AT);
}

static __always_inline bool is_unconfined_name(const char *name)
{
	static const char text[] = "unconfined";

	for (__u32 i = 0; i < sizeof(text); i++)
		if (name[i] != text[i])
			return false;
	return true;
}

/* The number of the profile whose full name is the key; POLICY_UNCONFINED if there is none. */
static __always_inline __u32 number_of_key(const struct hook *h)
{
	const __u32 *number = bpf_map_lookup_elem(&names, key_of_name(h));
	const struct policy_profile *p;

	if (!number)
		return POLICY_UNCONFINED;
	/* A profile that was removed keeps its number, not its place. */
	p = profile_at(h->policy, *number);
	return p->classes || p->table.cells ? *number : POLICY_UNCONFINED;
}

/* The name in the key is that of a part; none, at the end and behind another one, is "unconfined". */
static __noinline void take_part(struct naming *n, __u32 is_last)
{
	struct profile_name *key = key_of_name(n->h);
	__u32 number = n->len ? number_of_key(n->h) : POLICY_UNCONFINED, is_nobody;

	is_nobody = is_unconfined_name(key->text) || (!n->len && is_last && n->at > 2);
	if (number)
		parts_add(&n->parts, number);
	n->is_over_nobody = unknown(n->is_over_nobody | (!number && is_nobody));
	n->is_lost = unknown(n->is_lost | (!number && !is_nobody));
	__builtin_memset(key, 0, sizeof(*key));
	n->len = unknown(0);
}

/* What it keeps is unknown to the verifier, or each round would be another one. */
static long read_label_name(__u32 i, struct naming *n)
{
	const char *name = request_of(n->h)->name;
	__u32 at = unknown(n->at) & (CONTROL_NAME_MAX - 1), len = n->len;
	char c = name[at];

	(void)i;
	n->at = unknown(n->at + 1);
	if (!n->is_begun && (c == '&' || c == ' ')) {
		n->is_top = unknown(n->is_top | (c == '&'));
		return 0;
	}
	n->is_begun = unknown(1);
	if (!c || (c == '/' && name[(at + 1) & (CONTROL_NAME_MAX - 1)] == '/' &&
		   name[(at + 2) & (CONTROL_NAME_MAX - 1)] == '&')) {
		take_part(n, !c);
		n->at = unknown(at + 3);
		return !c;
	}
	n->is_lost = unknown(n->is_lost | (len >= POLICY_LABEL_MAX - 1));
	key_of_name(n->h)->text[len & (POLICY_LABEL_MAX - 1)] = c;
	n->len = unknown(len + 1);
	return 0;
}

/* What the request asks for, noted as label.h has it: 0, or a negative errno if there is no such label. */
static __noinline int read_wish(struct hook *h)
{
	struct naming n = { .h = h };

	n.is_over_nobody = n.is_top = n.is_lost = n.at = n.len = n.is_begun = unknown(0);
	parts_init(&n.parts);
	__builtin_memset(key_of_name(h), 0, sizeof(struct profile_name));
	bpf_loop(CONTROL_NAME_MAX, read_label_name, &n, 0);
	if (n.is_lost)
		return -ENOENT;
	h->peer = stack_of(&n.parts);
	if (h->peer == POLICY_AMBIGUOUS)
		return refuse(h, POLICY_INFO_STACK, ENOENT);
	h->value = h->peer && n.is_over_nobody ? WISH_OVER_NOBODY : 0;
	if (n.is_top || request_of(h)->verb >= CONTROL_STACK)
		h->value |= WISH_STACK;
	return 0;
}

/* The number of the hat that a request names; POLICY_UNCONFINED if there is none. */
static __noinline __u32 hat_named(struct hook *h, const struct policy_profile *parent)
{
	struct control_request *r = request_of(h);
	struct profile_name *key = key_of_name(h);
	__u32 len = r->name_len, at = parent->name_len & (POLICY_LABEL_MAX - 1), number;

	__builtin_memset(key, 0, sizeof(*key));
	bpf_probe_read_kernel(key->text, at, h->policy + (parent->name & policy_mask));
	if (at + 2 + len >= POLICY_LABEL_MAX)
		return POLICY_UNCONFINED;
	key->text[at & (POLICY_LABEL_MAX - 1)] = '/';
	key->text[(at + 1) & (POLICY_LABEL_MAX - 1)] = '/';
	at += 2;
	/* The room goes on behind the key, so the sum of both bounds is within it. */
	bpf_probe_read_kernel(key->text + (at & (POLICY_LABEL_MAX - 1)), len & (POLICY_LABEL_MAX - 1), r->name);
	number = number_of_key(h);
	return profile_at(h->policy, number)->flags & PROFILE_HAT ? number : POLICY_UNCONFINED;
}

/* May the profile change to that label now? */
static __noinline int may_change_to(struct hook *h)
{
	struct verdict v;

	look_up_label(h, &v);
	return obey(h, &v, EACCES);
}

static __always_inline bool has_no_new_privs(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->atomic_flags & PFA_NO_NEW_PRIVS;
}

static __always_inline bool is_onexec(const struct control_request *r)
{
	return r->verb == CONTROL_CHANGE_ONEXEC || r->verb == CONTROL_STACK_ONEXEC;
}

/* Whether it may be is asked when the program is known. */
static __always_inline void wish_at_exec(const struct hook *h, struct policy_label *next)
{
	next->onexec_set = (h->value & WISH_STACK ? ONEXEC_STACK : ONEXEC_CHANGE) |
			   (h->value & WISH_OVER_NOBODY ? ONEXEC_OVER_NOBODY : 0);
	next->onexec = h->peer;
}

/* The next label, if the rules allow it: the way back from a hat is known to stacks still. */
static __noinline int change_now(struct hook *h, struct policy_label *next)
{
	__u32 number = next->profile, flags = next->flags, is_stack = h->value & WISH_STACK;
	__u32 wished = h->value & WISH_OVER_NOBODY ? LABEL_OVER_NOBODY : 0;

	if (!is_stack) {
		number = h->peer;
		flags = wished;
	} else if (flags & LABEL_NULL || !put_on_top(h->peer, wished, &number, &flags)) {
		return refuse(h, POLICY_INFO_STACK, ENOENT);
	}
	next->profile = number;
	next->flags = flags;
	if (is_stack)
		return 0;
	next->hat_of = 0;
	next->hat_token = 0;
	return 0;
}

static __noinline int change_profile(struct hook *h, struct policy_label *next, bool is_confined)
{
	struct control_request *r = request_of(h);
	int e;

	if (is_onexec(r) && !r->name_len) {
		next->onexec_set = ONEXEC_NOT;
		return 0;
	}
	h->class_id = CLASS_LABEL;
	h->op = is_onexec(r) ? POLICY_OP_CHANGE_ONEXEC : POLICY_OP_CHANGE_PROFILE;
	h->wanted = PERM_CHANGE_PROFILE;
	e = read_wish(h);
	if (e)
		return e;
	if (is_onexec(r)) {
		wish_at_exec(h, next);
		return 0;
	}
	if (is_confined && (h->value & WISH_STACK || h->peer != h->number)) {
		e = may_change_to(h);
		if (e)
			return e;
	}
	e = change_now(h, next);
	if (!e && is_confined && has_no_new_privs() && !is_narrowing(h, next->profile, next->flags))
		e = refuse(h, POLICY_INFO_NO_NEW_PRIVS, EPERM);
	return e;
}

static __always_inline int leave_hat(struct hook *h, struct policy_label *next, __u64 token)
{
	if (!next->hat_of)
		return -EACCES;
	if (next->hat_token != token || !token) {
		h->op = POLICY_OP_CHANGE_HAT;
		tell(h, POLICY_EVENT_KILLED, 0, EPERM);
		bpf_send_signal(SIGKILL);
		return -EPERM;
	}
	next->profile = next->hat_of;
	next->flags = 0;
	next->hat_of = 0;
	next->hat_token = 0;
	return 0;
}

/* A hat of that name of each part: all of them change, or none. POLICY_AMBIGUOUS if one has no such hat. */
static __noinline __u32 hats_named(struct hook *h, __u32 number)
{
	const struct policy_profile *stack = profile_at(h->policy, number);
	struct parts hats;

	parts_init(&hats);
	for (int i = 0; i < POLICY_PARTS_MAX; i++) {
		__u32 part = stack->parts[i];

		if (part == POLICY_NO_PART)
			break;
		part = hat_named(h, profile_at(h->policy, part));
		if (!part)
			return POLICY_AMBIGUOUS;
		parts_add(&hats, part);
	}
	return stack_of(&hats);
}

/* From hats to hats: profiles that were put on top of a hat have none. */
static __noinline bool has_hats_alone(struct hook *h, __u32 number)
{
	const struct policy_profile *stack = profile_at(h->policy, number);
	__u32 is_hat = 1;

	for (int i = 0; i < POLICY_PARTS_MAX; i++) {
		__u32 part = stack->parts[i];

		is_hat &= is_same(part, POLICY_NO_PART) |
			  !is_same(profile_at(h->policy, part)->flags & PROFILE_HAT, 0);
	}
	return is_hat;
}

/* As change_hat() of one profile. "unconfined" has no hats. */
static __noinline int change_hats(struct hook *h, struct policy_label *next, __u64 token)
{
	__u32 parent = next->hat_of ? next->hat_of : h->number, hats;

	if (next->hat_of && !has_hats_alone(h, h->number))
		return -EPERM;
	if (h->label_flags & LABEL_OVER_NOBODY || !profile_at(h->policy, parent)->n_parts)
		return -ENOENT;
	hats = hats_named(h, parent);
	if (hats == POLICY_AMBIGUOUS)
		return -ENOENT;
	next->profile = hats;
	next->flags = 0;
	next->hat_of = parent;
	next->hat_token = token;
	return 0;
}

static __noinline int change_hat(struct hook *h, struct policy_label *next)
{
	struct control_request *r = request_of(h);
	__u32 parent = next->hat_of ? next->hat_of : h->number, target;
	__u64 token = r->token;

	if (!r->name_len)
		return leave_hat(h, next, token);
	if (next->hat_of && next->hat_token != token)
		return leave_hat(h, next, token);
	if (is_stacked(h))
		return change_hats(h, next, token);
	target = hat_named(h, profile_at(h->policy, parent));
	if (!target)
		return -ENOENT;
	next->profile = target;
	next->flags = 0;
	next->hat_of = parent;
	next->hat_token = token;
	return 0;
}

/* A byte of a label's name, with "unconfined" in its place if that is one of them; NUL behind it. */
static __noinline __u32 byte_of_label(const struct hook *h, const struct policy_profile *p, __u32 at,
				      __u32 extra)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 from = p->name + at;
	__u8 byte = 0;

	if (extra && at >= p->nobody_at) {
		if (at - p->nobody_at >= extra)
			from -= extra;
		else
			from = (p->nobody_at == p->name_len ? head->nobody_behind : head->nobody_before) +
			       at - p->nobody_at;
	}
	if (at < p->name_len + extra)
		bpf_probe_read_kernel(&byte, sizeof(byte), h->policy + (from & policy_mask));
	return byte;
}

/* Of a profile's name no byte changes while it is read: a number never gets another one. */
static __noinline int label_part(const struct hook *h, const struct policy_label *l, __u64 at)
{
	const struct policy_profile *p = profile_at(h->policy, l->profile);
	__u32 mode = l->flags & LABEL_NULL ? MODE_COMPLAIN : p->shown_mode, part = 0;
	__u32 extra = l->flags & LABEL_OVER_NOBODY ? POLICY_NOBODY_LEN : 0;

	if (!l->profile || !p->name_len) {
		p = profile_at(h->policy, POLICY_UNCONFINED);
		mode = CONTROL_NO_MODE;
		extra = 0;
	}
	if (at > p->name_len + extra)
		return -ERANGE;
	for (__u32 i = 0; i < CONTROL_PART_LEN; i++)
		part |= byte_of_label(h, p, at + i, extra) << 8 * i;
	return CONTROL_LABEL_PART | (mode & CONTROL_MODE_MASK) << CONTROL_MODE_SHIFT | (part & 0xffffff);
}

/* The request in the room. */
static __noinline int serve_request(struct hook *h, struct policy_label *next, bool is_confined)
{
	struct control_request *r = request_of(h);

	if (!is_sound(r))
		return -EPROTO;
	switch (r->verb) {
	case CONTROL_CHANGE_PROFILE:
	case CONTROL_CHANGE_ONEXEC:
	case CONTROL_STACK:
	case CONTROL_STACK_ONEXEC:
		return change_profile(h, next, is_confined);
	case CONTROL_CHANGE_HAT:
		return is_confined ? change_hat(h, next) : -EPERM;
	case CONTROL_GET_LABEL_PART:
		return label_part(h, next, r->token);
	}
	return -EOPNOTSUPP;
}

/* Puts the new label on. *next began as the old one, of number and flags. */
static __always_inline int become(__u64 key, struct policy_label *next, __u32 number, __u32 flags)
{
	if (next->profile != number || next->flags != flags) {
		int r = check_tracer(next->profile, next->flags);

		if (!r)
			r = mix_creds(number, flags);
		if (r)
			return r;
		next->cred = 0;
	}
	if (next->profile || next->onexec_set)
		return label_put(key, next);
	label_drop(key);
	return 0;
}

/* The caller's label is copied into the room, to become the next one there. */
static __always_inline enum hook_state begin_request(struct hook *h, __u64 key)
{
	static const struct policy_label none;
	const struct policy_label *l = label_find(key);
	enum hook_state state;

	if (!l)
		l = &none;
	state = hook_begin_as(h, l);
	if (state == HOOK_BROKEN || !hook_claim(h))
		return HOOK_BROKEN;
	bpf_probe_read_kernel(h->scratch->room + CONTROL_LABEL_AT, sizeof(*l), l);
	return state;
}

/*
 * Before the hooks and not among them: a hook cannot say that a call it answered with 0 is done. So
 * done is 1, and the request is read without waiting for a page that is not there: EFAULT.
 *
 * Where another task was interrupted in it on the same processor the kernel leaves a program that stands there
 * out, and goes on to the hooks. The one below cannot serve, but is never left out: EAGAIN.
 */
SEC("fmod_ret/security_task_prctl")
int BPF_PROG(control, int option, unsigned long address, unsigned long len, unsigned long arg4,
	     unsigned long arg5, int ret)
{
	__u64 key = current_key();
	struct policy_label *next;
	enum hook_state state;
	struct hook h;
	int r;

	if (option != CONTROL_PRCTL)
		return 0;
	if (len != sizeof(struct control_request))
		return -EPROTO;
	state = begin_request(&h, key);
	if (state == HOOK_BROKEN)
		return -EACCES;
	next = (void *)(h.scratch->room + CONTROL_LABEL_AT);
	r = bpf_probe_read_user(h.scratch->room + CONTROL_REQUEST_AT, sizeof(struct control_request),
				(const void *)address) ? -EFAULT : 0;
	if (!r)
		r = serve_request(&h, next, state == HOOK_CONFINED);
	if (!r)
		r = become(key, next, h.number, h.label_flags);
	hook_end(&h);
	return r ? r : CONTROL_DONE;
}

SEC("lsm/task_prctl")
int BPF_PROG(ask_again, int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
	     unsigned long arg5, int ret)
{
	return option == CONTROL_PRCTL ? -EAGAIN : answer(ret);
}

/* ---- the files of AppArmor: /proc/PID/attr/{current,exec} ---- */

/* Only where AppArmor is not there to answer itself. Not in every kernel. */
extern const void apparmor_initialized __ksym __weak;

enum {
	ATTR_TEXT_AT = 2048, ATTR_TEXT_MAX = 1024,	/* a place in the room, bytes of a text */
	ATTR_TOKEN_MAX = 16,				/* digits */
};

static __always_inline bool is_apparmor_there(void)
{
	__u32 is_there = 0;

	if (&apparmor_initialized)
		bpf_probe_read_kernel(&is_there, sizeof(is_there), &apparmor_initialized);
	return is_there;
}

static __always_inline bool begins_with(const __u8 *text, const char *word, __u32 len)
{
	bool is_same = true;

	for (__u32 i = 0; i < len; i++)
		is_same &= text[i] == (__u8)word[i];
	return is_same;
}

/* Hexadecimal digits up to "^"; gives the place behind it, 0 if there is none. */
static __noinline __u32 read_token(const struct scratch *s, __u32 at,
				   uint64_t *token)
{
	__u64 n = 0;

	for (__u32 i = 0; i <= ATTR_TOKEN_MAX; i++) {
		__u8 c = s->room[(ATTR_TEXT_AT + at + i) & (SCRATCH_ROOM - 1)];

		if (c == '^') {
			*token = n;
			return at + i + 1;
		}
		n = n << 4 | (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
	}
	return 0;
}

/*
 * "changeprofile NAME", "changehat TOKEN^HAT" for current, "exec NAME" for exec, "stack NAME" for both:
 * makes the request of it. Of several hats the first counts; the permissions of tests are not served.
 */
static __noinline int request_of_text(struct hook *h, const char *attr, const void *value, __u64 size)
{
	struct control_request *r = (void *)(h->scratch->room + CONTROL_REQUEST_AT);
	__u8 *text = h->scratch->room + ATTR_TEXT_AT;
	char which[8] = "";
	__u32 at;
	long n;

	if (!size || size >= ATTR_TEXT_MAX)
		return -EINVAL;
	bpf_probe_read_kernel(text, size & (ATTR_TEXT_MAX - 1), value);
	text[size & (ATTR_TEXT_MAX - 1)] = 0;
	bpf_probe_read_kernel_str(which, sizeof(which), attr);
	r->version = CONTROL_VERSION;
	r->token = 0;
	if (which[0] == 'c' && begins_with(text, "changeprofile ", 14)) {
		r->verb = CONTROL_CHANGE_PROFILE;
		at = 14;
	} else if (which[0] == 'c' && begins_with(text, "changehat ", 10)) {
		r->verb = CONTROL_CHANGE_HAT;
		at = read_token(h->scratch, 10, &r->token);
		if (!at)
			return -EINVAL;
	} else if (begins_with(text, "stack ", 6)) {
		r->verb = which[0] == 'c' ? CONTROL_STACK : CONTROL_STACK_ONEXEC;
		at = 6;
	} else if (which[0] == 'e' && begins_with(text, "exec ", 5)) {
		r->verb = CONTROL_CHANGE_ONEXEC;
		at = 5;
	} else {
		return -EINVAL;
	}
	n = bpf_probe_read_kernel_str(r->name, CONTROL_NAME_MAX, text + (at & 63));
	r->name_len = n > 0 ? n - 1 : 0;
	return 0;
}

SEC("fmod_ret/security_setprocattr")
int BPF_PROG(control_by_file, unsigned long lsm, const char *attr, void *value, unsigned long size,
	     int ret)
{
	__u64 key = current_key();
	struct policy_label *next;
	enum hook_state state;
	struct hook h;
	int r;

	state = begin_request(&h, key);
	if (state == HOOK_BROKEN)
		return -EACCES;
	next = (void *)(h.scratch->room + CONTROL_LABEL_AT);
	r = request_of_text(&h, attr, value, size);
	if (!r)
		r = serve_request(&h, next, state == HOOK_CONFINED);
	if (!r)
		r = become(key, next, h.number, h.label_flags);
	hook_end(&h);
	return r ? r : (int)(size & (ATTR_TEXT_MAX - 1));
}

/*
 * AppArmor's library asks once, and no hook is asked about this file where its LSM is not there. So several stand
 * before it, of which the first that is not left out goes on to the one that answers, and ends it: as many tasks
 * have to be interrupted at once on a processor for a request to go unheard. The answer is the kernel's own then,
 * EINVAL.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(unsigned long long *));
} by_file SEC(".maps") = { .values = { (void *)&control_by_file } };

#define READER(number)							\
	SEC("fmod_ret/security_setprocattr")				\
	int BPF_PROG(reader_##number)					\
	{								\
		if (!is_apparmor_there())				\
			bpf_tail_call(ctx, &by_file, 0);		\
		return 0;						\
	}

READER(1)
READER(2)
READER(3)
READER(4)
READER(5)
READER(6)
READER(7)
READER(8)

#endif
