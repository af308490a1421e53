/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Hard links: the name, the pair, and where the pair's rule says so, no more than the target allows. */
#ifndef BPF_HOOK_LINK_H
#define BPF_HOOK_LINK_H

#include "bpf/decide.h"
#include "bpf/stack.h"

enum { LINK_COMPARED = ~(PERM_LINK | PERM_GETATTR | PERM_OPEN) };

static __always_inline const struct image_entry *entry_of_room(struct hook *h, __u32 off, __u32 len)
{
	__u32 state = h->profile->start[CLASS_FILE];

	if (state)
		state = match_room(h->policy, &h->profile->table, state, h->scratch, off, len);
	return match_entry(h->policy, &h->profile->table, state);
}

static __always_inline __u32 execs_of(const struct hook *h, __u32 number)
{
	const struct policy_header *head = (const struct policy_header *)h->policy;
	__u32 at = head->execs + number * (__u32)sizeof(struct policy_exec);
	const struct policy_exec *x = (const void *)(h->policy + (at & policy_mask & ~7u));

	return x->kind << 8 | x->flags | x->target << 16;
}

static __noinline bool is_subset(struct hook *h, bool is_owner)
{
	const struct image_entry *mine = entry_of_room(h, h->name, h->name_len);
	const struct image_entry *its = entry_of_room(h, h->target, h->target_len);
	__u32 my_exec, its_exec;
	struct verdict a, b;

	h->wanted = LINK_COMPARED;
	settle(h, mine, is_owner, &a);
	settle(h, its, is_owner, &b);
	my_exec = exec_number(h, &a);
	its_exec = exec_number(h, &b);
	h->wanted = PERM_LINK;
	if (b.missing & ~a.missing)
		return false;
	return a.missing & PERM_EXEC || execs_of(h, my_exec) == execs_of(h, its_exec);
}

static __noinline int decide_link(struct hook *h)
{
	const struct policy_table *t = &h->profile->table;
	__u32 state = h->profile->start[CLASS_LINK];
	bool is_owner = h->ouid == h->fsuid;
	const struct image_entry *e;
	struct verdict name, pair;

	settle(h, entry_of_room(h, h->name, h->name_len), is_owner, &name);
	if (state) {
		state = match_room(h->policy, t, state, h->scratch, h->name, h->name_len);
		state = match_byte(h->policy, t, state, 0);
		state = match_room(h->policy, t, state, h->scratch, h->target, h->target_len);
	}
	e = match_entry(h->policy, t, state);
	settle(h, e, is_owner, &pair);
	pair.missing |= name.missing;
	pair.denied |= name.denied;
	pair.quiet |= name.quiet;
	pair.audit |= name.audit;
	if (!pair.missing && (is_owner ? e->allow[0] : e->allow[1]) & PERM_LINK_SUBSET &&
	    !is_subset(h, is_owner))
		pair.missing = PERM_LINK;
	if (pair.missing)
		pair.audit = 0;
	return obey_alone(h, &pair, EACCES);
}

static __noinline int name_both(struct hook *h, struct vfsmount *mnt, struct dentry *link,
				struct dentry *target)
{
	__u32 info = name_object(h, mnt, link, false);

	if (info)
		return refuse(h, info, error_of_path(info));
	info = path_name(h, POLICY_PATH_MAX, mnt, target, false);
	if (info)
		return refuse(h, info, error_of_path(info));
	h->target_len = POLICY_PATH_MAX - h->scratch->path.off;
	h->target = SCRATCH_ROOM - h->target_len;
	return 0;
}

/* Each part of a stack has rules of its own about what a link may gain. */
struct link_parts {
	struct hook *h;
	__u32 asked[POLICY_PARTS_MAX];
	int r;
};

static long link_part(__u32 i, struct link_parts *l)
{
	struct hook *h = l->h;
	int r;

	h->number = l->asked[i & (POLICY_PARTS_MAX - 1)];
	if (h->number == POLICY_NO_PART)
		return 1;
	h->profile = profile_at(h->policy, h->number);
	if (h->profile->mode == MODE_UNCONFINED)
		return 0;
	h->wanted = PERM_LINK;
	r = decide_link(h);
	if (r)
		l->r = r;
	return 0;
}

static __noinline int decide_parts_of_link(struct hook *h)
{
	struct link_parts l = { .h = h };

	if (h->label_flags & LABEL_NULL || !h->profile->n_parts)
		return decide_link(h);
	l.r = (int)unknown(0);
	for (int i = 0; i < POLICY_PARTS_MAX; i++)
		l.asked[i] = h->profile->by_name[i];
	bpf_loop(POLICY_PARTS_MAX, link_part, &l, 0);
	return l.r;
}

SEC("lsm/path_link")
int BPF_PROG(check_link, struct dentry *old_dentry, const struct path *new_dir,
	     struct dentry *new_dentry, int ret)
{
	struct hook h;
	int r;

	if (ret)
		return answer(ret);
	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return answer(r == HOOK_BROKEN ? -EACCES : 0);
	if (!hook_claim(&h))
		return -ENOMEM;
	h.class_id = CLASS_LINK;
	h.op = POLICY_OP_LINK;
	h.wanted = PERM_LINK;
	h.fsuid = current_fsuid();
	h.ouid = old_dentry->d_inode->i_uid.val;
	r = name_both(&h, new_dir->mnt, new_dentry, old_dentry);
	if (!r)
		r = decide_parts_of_link(&h);
	hook_end(&h);
	return answer(r);
}

#endif
