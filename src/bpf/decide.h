/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * From an entry of the policy to an answer, as image/image.c and engine/judge.c do it in user space:
 *
 *	enforce		what is missing is refused
 *	complain	only what a rule denies explicitly is refused
 *	kill		as enforce, and the process is killed
 *
 * What is refused or to be audited is told through the ring buffer. Where a stack refuses or has something to
 * report, each of its parts is asked, and tells its own event.
 */
#ifndef BPF_DECIDE_H
#define BPF_DECIDE_H

#include "bpf/hook.h"
#include "bpf/known.h"
#include "bpf/match.h"
#include "bpf/path.h"

enum { SIGKILL = 9 };

struct verdict {
	__u32 missing;
	__u32 denied;
	__u32 audit;
	__u32 quiet;
	__u32 entry;			/* where it comes from, 0: from no entry; and enum verdict_how */
};

enum verdict_how {
	HOW_OWNER = 1 << 0,		/* the object is the caller's */
	HOW_SILENT = 1 << 1,		/* nothing is to be told */
	HOW_OF_NO_ENTRY = 1 << 2,	/* of capabilities, which are fields of profiles */
	HOW_BITS = 7,			/* entries are aligned */
};

static __always_inline bool is_complaining(const struct hook *h)
{
	return h->label_flags & LABEL_NULL || h->profile->mode == MODE_COMPLAIN ||
	       h->profile->mode == MODE_PROMPT;
}

static __always_inline void settle(const struct hook *h, const struct image_entry *e, bool is_owner,
				   struct verdict *v)
{
	__u32 flags = h->profile->flags, allowed, deny;

	v->entry = ((const __u8 *)e - h->policy) | (is_owner ? HOW_OWNER : 0);
	if (h->label_flags & LABEL_NULL) {
		__builtin_memset(v, 0, sizeof(*v));
		v->missing = h->wanted;
		return;
	}
	allowed = h->wanted & (is_owner ? e->allow[0] : e->allow[1]);
	deny = is_owner ? e->deny[0] : e->deny[1];
	if (flags & PROFILE_DEFAULT_ALLOW)
		allowed |= h->wanted & ~deny;
	v->missing = h->wanted & ~allowed;
	v->denied = v->missing & deny;
	v->quiet = v->missing & (is_owner ? e->quiet[0] : e->quiet[1]);
	v->audit = allowed & (is_owner ? e->audit[0] : e->audit[1]);
	if (flags & PROFILE_AUDIT) {
		v->quiet = 0;
		v->audit = allowed;
	}
}

/* How an exec that is asked about goes on, if it is allowed: a number in the policy's execs. */
static __always_inline __u32 exec_number(const struct hook *h, const struct verdict *v)
{
	const struct image_entry *e = (const void *)(h->policy + (v->entry & policy_mask & ~7u));

	if (!v->entry || !(h->wanted & ~v->missing & (PERM_EXEC | PERM_ONEXEC)))
		return 0;
	return v->entry & HOW_OWNER ? e->exec[0] : e->exec[1];
}

static __always_inline void settle_capability(const struct hook *h, __u32 cap, struct verdict *v)
{
	const struct policy_profile *p = h->profile;
	__u64 bit = 1ull << (cap & 63);
	bool is_denied = p->cap_deny & bit, is_allowed;

	__builtin_memset(v, 0, sizeof(*v));
	v->entry = HOW_OF_NO_ENTRY;
	if (h->label_flags & LABEL_NULL) {
		v->missing = 1;
		return;
	}
	is_allowed = p->cap_allow & bit || (p->flags & PROFILE_DEFAULT_ALLOW && !is_denied);
	v->missing = !is_allowed;
	v->denied = !is_allowed && is_denied;
	v->quiet = !is_allowed && p->cap_quiet & bit && !(p->flags & PROFILE_AUDIT);
	v->audit = is_allowed && (p->flags & PROFILE_AUDIT || p->cap_audit & bit);
}

static __always_inline void fill_event(const struct hook *h, struct policy_event *e)
{
	struct task_struct *task = bpf_get_current_task_btf();

	e->time = bpf_ktime_get_boot_ns();
	e->class_id = h->class_id;
	e->op = h->op;
	e->info = h->info;
	e->profile = h->number;
	e->label_flags = h->label_flags;
	e->requested = h->wanted;
	e->pid = task->tgid;
	e->tid = task->pid;
	e->parent = task->real_parent->tgid;
	e->fsuid = task->cred->fsuid.val;
	e->ouid = h->ouid;
	e->peer = h->peer;
	e->peer_pid = h->peer_pid;
	e->value = h->value;
	e->protocol = h->protocol;
	e->generation = ((struct policy_header *)h->policy)->generation;
	e->name_len = h->name_len;
	e->target_len = h->target_len;
	e->zero = 0;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
}

/*
 * A record without names goes out as it is. With names, they are put behind it: the object's name ends
 * a room, so the head is written before it, and the other name is copied in front of the room's end.
 */
static __always_inline void tell_here(struct hook *h, __u32 kind, __u32 denied, __u32 error)
{
	struct scratch *s = h->scratch;
	__u32 off = h->name, len = h->name_len, at;
	struct policy_event *e;

	if (!s && !hook_claim(h)) {
		count(COUNT_EVENTS_LOST);
		return;
	}
	s = h->scratch;
	if (!s)
		return;
	e = &s->event;
	fill_event(h, e);
	e->kind = kind;
	e->denied = denied;
	e->error = error;
	if (h->target_len && h->target_len + len <= SCRATCH_ROOM - POLICY_PATH_MAX) {
		/* The first name stands in the first half's end, the second one goes behind it. */
		at = POLICY_PATH_MAX;
		bpf_probe_read_kernel(s->room + at, h->target_len & (POLICY_PATH_MAX - 1),
				      s->room + (h->target & (SCRATCH_ROOM - 1)));
		len += h->target_len;
	}
	/* head is right before room: the record begins sizeof(*e) bytes before the name */
	off &= SCRATCH_ROOM - 1;
	bpf_probe_read_kernel(s->head + SCRATCH_HEAD + off - sizeof(*e), sizeof(*e), e);
	len &= SCRATCH_ROOM - 1;
	if (off + len > SCRATCH_ROOM)
		len = 0;
	if (bpf_ringbuf_output(&events, s->head + SCRATCH_HEAD + off - sizeof(*e),
			       sizeof(*e) + len, 0))
		count(COUNT_EVENTS_LOST);
}

static __noinline void tell(struct hook *h, __u32 kind, __u32 denied, __u32 error)
{
	tell_here(h, kind, denied, error);
}

static __always_inline __u32 error_of(const struct hook *h, __u32 error)
{
	__u32 own = h->label_flags & LABEL_NULL ? 0 : h->profile->error & 4095;

	return own ? own : error;
}

/* One profile's answer. A part's has no frame of its own for telling: stacks of programs are short. */
static __always_inline int obey_one(struct hook *h, const struct verdict *v, __u32 error, bool is_part)
{
	bool complains = is_complaining(h);
	__u32 refused = complains ? v->denied : v->missing;
	__u32 given = refused ? error_of(h, error) : 0, kind;
	__u32 told = v->missing ? v->missing & ~v->quiet : v->audit;

	if (refused)
		kind = h->profile->mode == MODE_KILL ? POLICY_EVENT_KILLED : POLICY_EVENT_DENIED;
	else
		kind = v->missing ? POLICY_EVENT_ALLOWED : POLICY_EVENT_AUDIT;
	if (!v->missing)
		h->wanted = v->audit;
	if (told) {
		if (is_part)
			tell_here(h, kind, v->missing & told, given);
		else
			tell(h, kind, v->missing & told, given);
	}
	if (kind == POLICY_EVENT_KILLED)
		bpf_send_signal(h->profile->kill_signal ? h->profile->kill_signal : SIGKILL);
	return given > 4095 ? -EACCES : -(int)given;
}

/* Of a profile that is no stack, or one part of it. */
static __noinline int obey_alone_slowly(struct hook *h, const struct verdict *v, __u32 error)
{
	return obey_one(h, v, error, false);
}

static __always_inline int obey_alone(struct hook *h, const struct verdict *v, __u32 error)
{
	return v->missing || v->audit ? obey_alone_slowly(h, v, error) : 0;
}

/* What a part says of that for which its stack has this entry. */
static __always_inline const struct image_entry *
entry_of_part(const struct hook *h, const struct policy_profile *stack, __u32 entry, __u32 i)
{
	__u32 number = (entry - stack->table.entries) / (__u32)sizeof(struct image_entry), at = entry;

	if (entry == ((const struct policy_header *)h->policy)->nothing)
		number = 0;
	/* Without such a list one part confines, and the table is its own. */
	if (stack->part_entries) {
		at = stack->part_entries + (number * POLICY_PARTS_MAX + i) * 4;
		at = *(const __u32 *)(h->policy + (at & policy_mask & ~3u));
	}
	return (const void *)(h->policy + (at & policy_mask & ~7u));
}

/* A stack's parts that are asked one by one. The stack's number is kept in h->start: room is scarce there. */
struct obeying {
	struct hook *h;
	__u32 entry;			/* of the stack */
	__u32 wanted;
	__u32 error;
	__u32 answer;			/* an errno: of the first part that refuses */
};

/* A part is asked by itself, and tells its own event. */
static long obey_part(__u32 i, struct obeying *o)
{
	struct hook *h = o->h;
	const struct policy_profile *stack = profile_at(h->policy, h->start);
	struct verdict v;
	int r;

	i &= POLICY_PARTS_MAX - 1;
	h->number = stack->by_name[i];
	if (h->number == POLICY_NO_PART)
		return 1;
	h->profile = profile_at(h->policy, h->number);
	if (h->profile->mode == MODE_UNCONFINED)
		return 0;
	h->wanted = o->wanted;
	if (h->class_id == CLASS_CAPABILITY)
		settle_capability(h, h->value, &v);
	else
		settle(h, entry_of_part(h, stack, o->entry & ~HOW_BITS, i), o->entry & HOW_OWNER, &v);
	if (o->entry & HOW_SILENT) {
		v.quiet = v.missing;
		v.audit = 0;
	}
	if (!v.missing && !v.audit)
		return 0;
	r = obey_one(h, &v, o->error, true);
	o->answer = unknown(o->answer ? o->answer : (__u32)-r);
	return 0;
}

/* All parts are asked, in the order of their names, and one that refuses is enough. */
static __noinline int obey_parts(struct hook *h, const struct verdict *v, __u32 error)
{
	struct obeying o = { .h = h, .wanted = h->wanted, .error = error };

	if (!h->scratch && !hook_claim(h))
		return -ENOMEM;
	h->start = h->number;
	o.entry = unknown(v->entry);
	o.answer = unknown(0);
	bpf_loop(POLICY_PARTS_MAX, obey_part, &o, 0);
	h->number = h->start;
	h->profile = profile_at(h->policy, h->number);
	h->start = h->profile->start[CLASS_FILE];
	if (!o.answer && (is_complaining(h) ? v->denied : v->missing))
		return -EACCES;
	return o.answer > 4095 ? -EACCES : -(int)o.answer;
}

static __always_inline int obey_slowly(struct hook *h, const struct verdict *v, __u32 error)
{
	if (!(h->label_flags & LABEL_NULL) && h->profile->n_parts && v->entry)
		return obey_parts(h, v, error);
	return obey_alone_slowly(h, v, error);
}

/* 0, or the negative errno for the caller. */
static __always_inline int obey(struct hook *h, const struct verdict *v, __u32 error)
{
	if (!v->missing && !v->audit)
		return 0;
	return obey_slowly(h, v, error);
}

/* Refuses in every mode, with words: an object that no rule can speak of. */
static __noinline int refuse(struct hook *h, __u32 info, __u32 error)
{
	h->info = info;
	tell(h, POLICY_EVENT_DENIED, h->wanted, error);
	return error > 4095 ? -EACCES : -(int)error;
}

static __always_inline __u32 error_of_path(__u32 info)
{
	if (info == POLICY_INFO_DELETED)
		return ENOENT;
	return info == POLICY_INFO_TOO_LONG ? ENAMETOOLONG : EACCES;
}

/* The state after one of the names in the room, which may be empty; dead without a room. */
static __always_inline __u32 match_name(struct hook *h, __u32 state, __u32 off, __u32 len)
{
	if (!len)
		return state;
	return h->scratch ? match_room(h->policy, &h->profile->table, state, h->scratch, off, len) : 0;
}

/* Of the name that known_name() or read_name() left. */
static __noinline void settle_path(const struct hook *h, struct verdict *v)
{
	settle(h, match_entry(h->policy, &h->profile->table, match_last(h)), h->ouid == h->fsuid, v);
}

/*
 * Names the object, into the first half of the room; what is allowed needs no whole name. What is asked and
 * of whom the object is becomes unknown to the verifier: or it follows each combination to the end.
 */
static __noinline int check_path(struct hook *h, struct vfsmount *mnt, struct dentry *dentry,
				 __u32 is_dir)
{
	struct verdict v;
	__u32 info;

	if (!h->scratch && !hook_claim(h))
		return -ENOMEM;
	if (h->fsuid == ~0u)
		h->fsuid = current_fsuid();
	h->wanted = unknown(h->wanted);
	h->ouid = unknown(h->ouid);
	h->fsuid = unknown(h->fsuid);
	is_dir = unknown(is_dir);
	if (known_name(h, mnt, dentry, is_dir)) {
		settle_path(h, &v);
		if (!v.missing && !v.audit)
			return 0;
	}
	info = read_name(h, mnt, dentry, is_dir);
	if (info)
		return refuse(h, info, error_of_path(info));
	settle_path(h, &v);
	return obey(h, &v, EACCES);
}

#endif
