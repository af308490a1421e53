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

enum { ECHILD = 10, EFAULT = 14, ERANGE = 34, EPROTO = 71, EOPNOTSUPP = 95, PFA_NO_NEW_PRIVS = 1 };

/* Where in a room the request is read to, a full name is put together, and the next label. */
enum {
	CONTROL_REQUEST_AT = 0, CONTROL_KEY_AT = 1024, CONTROL_HATS_AT = 3584, CONTROL_LABEL_AT = 4096,
	ATTR_TEXT_AT = 2048, ATTR_TEXT_MAX = 1024,	/* what was written to a file, and how much */
	CONTROL_HATS_MAX = 16,
};

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

/* The number of the hat or child that a request names; POLICY_UNCONFINED if there is none. */
static __noinline __u32 child_named(struct hook *h, const struct policy_profile *parent)
{
	struct control_request *r = request_of(h);
	struct profile_name *key = key_of_name(h);
	__u32 len = r->name_len, at = parent->name_len & (POLICY_LABEL_MAX - 1);

	__builtin_memset(key, 0, sizeof(*key));
	bpf_probe_read_kernel(key->text, at, h->policy + (parent->name & policy_mask));
	if (at + 2 + len >= POLICY_LABEL_MAX)
		return POLICY_UNCONFINED;
	key->text[at & (POLICY_LABEL_MAX - 1)] = '/';
	key->text[(at + 1) & (POLICY_LABEL_MAX - 1)] = '/';
	at += 2;
	/* The room goes on behind the key, so the sum of both bounds is within it. */
	bpf_probe_read_kernel(key->text + (at & (POLICY_LABEL_MAX - 1)), len & (POLICY_LABEL_MAX - 1), r->name);
	return number_of_key(h);
}

/* May the profile change to that label, now or at an exec? */
static __noinline int may_change_to(struct hook *h, __u32 wanted)
{
	struct verdict v;

	h->class_id = CLASS_LABEL;
	h->wanted = wanted;
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

/* Whether it may be is asked again when the program is known. */
static __always_inline void wish_at_exec(const struct hook *h, struct policy_label *next)
{
	next->onexec_set = (h->value & WISH_STACK ? ONEXEC_STACK : ONEXEC_CHANGE) |
			   (h->value & WISH_OVER_NOBODY ? ONEXEC_OVER_NOBODY : 0);
	next->onexec = h->peer;
}

/* Of the label that is asked for, by itself. */
static __always_inline __u32 wished_flags(const struct hook *h)
{
	return h->value & WISH_OVER_NOBODY ? LABEL_OVER_NOBODY : 0;
}

/* The next label, if the rules allow it: the way back from a hat is known to stacks still. */
static __noinline int change_now(struct hook *h, struct policy_label *next)
{
	__u32 number = next->profile, flags = next->flags, is_stack = h->value & WISH_STACK;
	__u32 wished = wished_flags(h);

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
	e = read_wish(h);
	if (e)
		return e;
	h->op = is_onexec(r) ? POLICY_OP_CHANGE_ONEXEC : POLICY_OP_CHANGE_PROFILE;
	if (is_confined)
		e = may_change_to(h, is_onexec(r) ? PERM_ONEXEC : PERM_CHANGE_PROFILE);
	if (e)
		return e;
	if (!is_onexec(r))
		return change_now(h, next);
	wish_at_exec(h, next);
	return 0;
}

static __always_inline int kill_guesser(struct hook *h)
{
	h->op = POLICY_OP_CHANGE_HAT;
	tell(h, POLICY_EVENT_KILLED, 0, EPERM);
	bpf_send_signal(SIGKILL);
	return -EPERM;
}

/* Who is in no hat has nowhere to go back to, and stays. */
static __noinline int leave_hat(struct hook *h, struct policy_label *next, __u64 token)
{
	if (!next->hat_of)
		return 0;
	if (next->hat_token != token)
		return kill_guesser(h);
	next->profile = next->hat_of;
	next->flags = 0;
	next->hat_of = 0;
	next->hat_token = 0;
	next->onexec_set = 0;
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
		part = child_named(h, profile_at(h->policy, part));
		if (!part || !(profile_at(h->policy, part)->flags & PROFILE_HAT))
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

/* As find_hat() of one profile. "unconfined" has no hats. */
static __noinline int find_hats(struct hook *h, struct policy_label *next)
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
	return 0;
}

/*
 * Puts the hat named in the request into the next label: one beside that of now, for who is in one. In complain
 * mode one that is not there is found, too, and has no rules.
 */
static __always_inline int find_hat(struct hook *h, struct policy_label *next)
{
	const struct policy_profile *hat;
	__u32 root = h->profile->flags & PROFILE_HAT ? h->profile->parent : h->number, target;

	/* A program without a profile has no hats either. */
	target = h->label_flags & LABEL_NULL && !next->hat_of ? POLICY_UNCONFINED
							       : child_named(h, profile_at(h->policy, root));
	hat = profile_at(h->policy, target);
	if (target && !(hat->flags & PROFILE_HAT))
		return -EPERM;
	if (!target && !is_complaining(h))
		return -ENOENT;
	next->profile = target ? target : h->number;
	next->flags = target ? 0 : LABEL_NULL;
	return 0;
}

/* The names behind the first one of a list of hats, in the text that was written to a file. */
struct hat_list {
	__u32 at;
	__u32 end;
};

static __always_inline struct hat_list *hat_list(const struct hook *h)
{
	return (void *)(h->scratch->room + CONTROL_HATS_AT);
}

struct hat_search {
	struct hook *h;
	struct policy_label *next;
	int r;
};

static long search_hat(__u32 i, struct hat_search *s)
{
	struct hook *h = s->h;
	struct control_request *r = request_of(h);
	struct hat_list *list = hat_list(h);
	__u32 at = list->at;
	long n;

	(void)i;
	s->r = find_hat(h, s->next);
	if (s->r != -ENOENT || at >= list->end)
		return 1;
	n = bpf_probe_read_kernel_str(r->name, CONTROL_NAME_MAX,
				      h->scratch->room + ATTR_TEXT_AT + (at & (ATTR_TEXT_MAX - 1)));
	if (n <= 0)
		return 1;
	list->at = at + n;
	r->name_len = n - 1;
	return 0;
}

/* The first one of the list that is there. */
static __always_inline int find_first_hat(struct hook *h, struct policy_label *next)
{
	struct hat_search s = { .h = h, .next = next, .r = (int)unknown(0) };

	bpf_loop(CONTROL_HATS_MAX, search_hat, &s, 0);
	if (s.r == -ENOENT && !h->profile->n_children)
		return -ECHILD;
	return s.r < -4095 || s.r > 0 ? -EACCES : s.r;
}

static __noinline int change_hat(struct hook *h, struct policy_label *next)
{
	struct control_request *r = request_of(h);
	__u64 token = r->token;
	int e;

	h->op = POLICY_OP_CHANGE_HAT;
	if (!r->name_len)
		return leave_hat(h, next, token);
	e = is_stacked(h) ? find_hats(h, next) : find_first_hat(h, next);
	if (e)
		return e;
	if (next->hat_of && next->hat_token != token)
		return kill_guesser(h);
	if (!next->hat_of)
		next->hat_of = h->number;
	next->hat_token = token;
	next->onexec_set = 0;
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

/* Who cannot gain rights goes on being confined by all that does so now: by a request at exec from then on. */
static __always_inline int check_gain(struct hook *h, const struct policy_label *next)
{
	const struct control_request *r = request_of(h);
	__u32 number = next->profile, flags = next->flags;

	if (is_onexec(r)) {
		if (!r->name_len || h->value & WISH_STACK)
			return 0;
		number = h->peer;
		flags = wished_flags(h);
	}
	if (!has_no_new_privs() || is_narrowing(h, number, flags))
		return 0;
	return refuse(h, POLICY_INFO_NO_NEW_PRIVS, EPERM);
}

/*
 * Whoever traces the caller has to be let trace the label that is asked for: the one that is named, even if it is
 * put on top of others, or is that of now, or is for the next exec. Not so where a hat is left. Complain mode lets
 * pass what changes the profile now.
 */
static __always_inline int check_tracer_of_request(const struct hook *h, const struct policy_label *next, bool is_asking)
{
	const struct control_request *r = request_of(h);
	int e;

	if (!r->name_len)
		return 0;
	if (r->verb == CONTROL_CHANGE_HAT)
		return check_tracer(next->profile, next->flags);
	e = check_tracer(h->peer, wished_flags(h));
	return e && !is_onexec(r) && !is_asking && is_complaining(h) ? 0 : e;
}

/* What the rules allow the caller may be refused still, for who traces it, or because it may gain no rights. */
static __always_inline int check_request(struct hook *h, const struct policy_label *next, bool is_confined,
					 bool is_asking)
{
	int r = check_tracer_of_request(h, next, is_asking);

	if (r || !is_confined || (is_asking && request_of(h)->verb != CONTROL_CHANGE_HAT))
		return r;
	return check_gain(h, next);
}

/* Puts the new label on. *next began as the old one, of number and flags. */
static __always_inline int become(__u64 key, struct policy_label *next, __u32 number, __u32 flags)
{
	if (next->profile != number || next->flags != flags) {
		int r = mix_creds(number, flags);

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
	*hat_list(h) = (struct hat_list){ 0, 0 };
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
		r = check_request(&h, next, state == HOOK_CONFINED, false);
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

static __always_inline __u8 text_byte(const struct scratch *s, __u32 at)
{
	return s->room[(ATTR_TEXT_AT + (at & (ATTR_TEXT_MAX - 1))) & (SCRATCH_ROOM - 1)];
}

static __always_inline bool is_space(__u8 c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

static __always_inline bool is_digit(__u8 c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Over a text or a name from one end, while its bytes are of one kind. */
struct text_walk {
	struct scratch *scratch;
	__u32 at;
	__u64 number;
};

static long skip_space(__u32 i, struct text_walk *w)
{
	(void)i;
	if (!is_space(text_byte(w->scratch, w->at)))
		return 1;
	w->at++;
	return 0;
}

/* Where the text goes on behind spaces. */
static __noinline __u32 skip_spaces(struct scratch *s, __u32 at)
{
	struct text_walk w = { .scratch = s, .at = unknown(at) };

	bpf_loop(ATTR_TEXT_MAX, skip_space, &w, 0);
	return unknown(w.at);
}

static long read_digit(__u32 i, struct text_walk *w)
{
	__u8 c = text_byte(w->scratch, w->at);

	(void)i;
	if (!is_digit(c))
		return 1;
	w->number = w->number << 4 | ((c & 15) + (c > '9' ? 9 : 0));
	w->at++;
	return 0;
}

/* Hexadecimal digits and "^"; gives the place behind it, 0 if that is not what stands there. */
static __noinline __u32 read_token(struct scratch *s, __u32 at, uint64_t *token)
{
	struct text_walk w = { .scratch = s, .at = unknown(at), .number = unknown(0) };
	__u32 first;

	if (text_byte(s, at) == '0' && (text_byte(s, at + 1) | 32) == 'x' && is_digit(text_byte(s, at + 2)))
		w.at = unknown(at + 2);
	first = w.at;
	bpf_loop(ATTR_TEXT_MAX, read_digit, &w, 0);
	*token = w.number;
	return w.at != first && text_byte(s, w.at) == '^' ? unknown(w.at + 1) : 0;
}

static long cut_space(__u32 i, struct text_walk *w)
{
	struct control_request *r = (void *)(w->scratch->room + CONTROL_REQUEST_AT);

	(void)i;
	if (!w->at || !is_space(r->name[(w->at - 1) & (CONTROL_NAME_MAX - 1)]))
		return 1;
	w->at--;
	r->name[w->at & (CONTROL_NAME_MAX - 1)] = 0;
	return 0;
}

/* Without the spaces at its end. */
static __noinline void read_name_of_text(struct hook *h, __u32 at, __u32 size)
{
	struct control_request *r = request_of(h);
	long n = bpf_probe_read_kernel_str(r->name, CONTROL_NAME_MAX,
					   h->scratch->room + ATTR_TEXT_AT + (at & (ATTR_TEXT_MAX - 1)));
	struct text_walk w = { .scratch = h->scratch, .at = unknown(n > 0 ? n - 1 : 0) };

	*hat_list(h) = (struct hat_list){ at + w.at + 1, size };
	bpf_loop(CONTROL_NAME_MAX, cut_space, &w, 0);
	r->name_len = w.at;
}

/*
 * "changeprofile NAME", "changehat TOKEN^HAT" with more hats behind NULs for current, "exec NAME" for exec,
 * "stack NAME" for both: makes the request of it. *is_asking: it is only asked whether it may be.
 */
static __noinline int request_of_text(struct hook *h, const char *attr, const void *value, __u64 size,
				      __u32 *is_asking)
{
	struct control_request *r = request_of(h);
	__u8 *text = h->scratch->room + ATTR_TEXT_AT;
	char which[8] = "";
	__u32 at;

	if (!size || size >= ATTR_TEXT_MAX)
		return -EINVAL;
	bpf_probe_read_kernel(text, size & (ATTR_TEXT_MAX - 1), value);
	text[size & (ATTR_TEXT_MAX - 1)] = 0;
	bpf_probe_read_kernel_str(which, sizeof(which), attr);
	r->version = CONTROL_VERSION;
	r->token = 0;
	at = skip_spaces(h->scratch, 0);
	text += at & (ATTR_TEXT_MAX - 1);
	if (which[0] == 'c' && begins_with(text, "changeprofile ", 14)) {
		r->verb = CONTROL_CHANGE_PROFILE;
		at += 14;
	} else if (which[0] == 'c' && begins_with(text, "permprofile ", 12)) {
		r->verb = CONTROL_CHANGE_PROFILE;
		*is_asking = unknown(1);
		at += 12;
	} else if (which[0] == 'c' && begins_with(text, "changehat ", 10)) {
		r->verb = CONTROL_CHANGE_HAT;
		at += 10;
	} else if (which[0] == 'c' && begins_with(text, "permhat ", 8)) {
		r->verb = CONTROL_CHANGE_HAT;
		*is_asking = unknown(1);
		at += 8;
	} else if (begins_with(text, "stack ", 6)) {
		r->verb = which[0] == 'c' ? CONTROL_STACK : CONTROL_STACK_ONEXEC;
		at += 6;
	} else if (which[0] == 'e' && begins_with(text, "exec ", 5)) {
		r->verb = CONTROL_CHANGE_ONEXEC;
		at += 5;
	} else {
		return -EINVAL;
	}
	at = skip_spaces(h->scratch, at);
	if (r->verb == CONTROL_CHANGE_HAT) {
		at = read_token(h->scratch, at, &r->token);
		if (!at)
			return -EINVAL;
	}
	read_name_of_text(h, at, size);
	return r->name_len || r->token ? 0 : -EINVAL;
}

SEC("fmod_ret/security_setprocattr")
int BPF_PROG(control_by_file, unsigned long lsm, const char *attr, void *value, unsigned long size,
	     int ret)
{
	__u64 key = current_key();
	struct policy_label *next;
	__u32 is_asking = unknown(0);
	enum hook_state state;
	struct hook h;
	int r;

	state = begin_request(&h, key);
	if (state == HOOK_BROKEN)
		return -EACCES;
	next = (void *)(h.scratch->room + CONTROL_LABEL_AT);
	r = request_of_text(&h, attr, value, size, &is_asking);
	if (!r)
		r = serve_request(&h, next, state == HOOK_CONFINED);
	if (!r)
		r = check_request(&h, next, state == HOOK_CONFINED, is_asking);
	if (!r && !is_asking)
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
