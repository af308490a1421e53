/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Unix sockets: by type, addresses and the label of the peer; those with a path by file rules. A socket
 * is made by family and type alone (hook_net.h), as it has no address then.
 *
 *	connect		by the caller's profile, and by that of the socket it comes to
 *	datagrams	likewise, each as it is sent; taking them is asked about only under another
 *			label than the socket's: who sends has been asked for both
 *	streams		sending and taking by the caller's profile; paths were asked about as it connected,
 *			unless under another label
 */
#ifndef BPF_HOOK_UNIX_H
#define BPF_HOOK_UNIX_H

#include "bpf/decide.h"
#include "bpf/sock.h"

enum {
	UNIX_PATH_AT = 2,		/* of a struct sockaddr_un */
	UNIX_PATH_MAX = 108,
	UNIX_WORDS = (UNIX_PATH_MAX + 7) / 8,
};

/* One side of what happens between two sockets, or to one. */
struct unix_request {
	const struct policy_label *label;
	struct unix_sock *own;
	struct unix_sock *peer;		/* NULL: none */
	const void *address;		/* bind: in place of own's */
	__u32 address_len;
	__u32 op;
	__u32 wanted;
	__u32 kind;			/* type << 16 | protocol */
	__u32 peer_label;
};

static __always_inline const void *unix_name_at(struct unix_sock *u)
{
	return (const void *)u->addr + bpf_core_field_offset(struct unix_address, name) + UNIX_PATH_AT;
}

/* By its address, which stays when the socket is shut down; its file does not. */
static __always_inline bool unix_has_path(struct unix_sock *u)
{
	struct unix_address *a = u->addr;
	__u8 first = 0;

	if (!a || a->len <= UNIX_PATH_AT)
		return false;
	bpf_probe_read_kernel(&first, 1, unix_name_at(u));
	return first;
}

/* An abstract name: "@" in place of its first byte, byte 1 of each NUL. */
static __always_inline void unix_put_name(struct scratch *s, __u32 off, const void *from, __u32 len)
{
	const __u64 low = 0x7f7f7f7f7f7f7f7full;
	__u8 *to = s->room + (off & (SCRATCH_ROOM - 1));

	len = unknown(len);	/* what the loop tells of it the verifier is to forget again */
	bpf_probe_read_kernel(to, len & 127, from);
	for (__u32 i = 0; i < UNIX_WORDS; i++) {
		__u64 *word = (__u64 *)(to + 8 * i), bytes = *word;

		if (8 * i >= len)
			break;
		*word = bytes | ~(((bytes & low) + low) | bytes | low) >> 7;
	}
	*to = '@';
}

static __always_inline __u32 unix_name_len(struct unix_sock *u)
{
	struct unix_address *a = u->addr;
	__u32 len = a ? a->len : 0;

	if (len <= UNIX_PATH_AT || unix_has_path(u))
		return 0;
	len -= UNIX_PATH_AT;
	return len > UNIX_PATH_MAX ? UNIX_PATH_MAX : len;
}

/* The own name ends the first half of the room, the peer's begins the second: written in this order. */
static __noinline int unix_put_names(struct hook *h, const struct unix_request *q)
{
	/* Unknown to the verifier, which would follow each by itself from here on. */
	h->name_len = unknown(q->address ? q->address_len : unix_name_len(q->own));
	h->target_len = q->peer ? unknown(unix_name_len(q->peer)) : 0;
	h->name = POLICY_PATH_MAX - h->name_len;
	h->target = unknown(POLICY_PATH_MAX);
	if (!h->name_len && !h->target_len)
		return 0;
	if (!hook_claim(h))
		return -ENOMEM;
	if (h->name_len)
		unix_put_name(h->scratch, h->name, q->address ? q->address : unix_name_at(q->own),
			      h->name_len);
	if (q->peer && h->target_len)
		unix_put_name(h->scratch, h->target, unix_name_at(q->peer), h->target_len);
	return 0;
}

/* No rule speaks of the socket's own label: its part is left empty. */
static __noinline int unix_decide(struct hook *h, const struct unix_request *q)
{
	const struct policy_table *t = &h->profile->table;
	const struct policy_profile *peer = profile_at(h->policy, q->peer_label);
	__u32 state = h->profile->start[CLASS_UNIX];
	struct verdict v;

	if (state) {
		state = match_u16(h->policy, t, state, q->kind >> 16);
		state = match_u16(h->policy, t, state, q->kind);
		state = match_name(h, state, h->name, h->name_len);
		state = match_byte(h->policy, t, state, 0);
		state = match_byte(h->policy, t, state, 0);
		state = match_name(h, state, h->target, h->target_len);
		state = match_byte(h->policy, t, state, 0);
		if (q->peer)
			state = match_text(h->policy, t, state, peer->name, peer->name_len);
	}
	settle(h, match_entry(h->policy, t, state), false, &v);
	return obey(h, &v, EACCES);
}

static __noinline int unix_check(const struct unix_request *q)
{
	struct hook h;
	int r = hook_begin_as(&h, q->label);

	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	if (is_granted(&h, q->wanted, h.profile->unix_granted))
		return 0;
	h.class_id = CLASS_UNIX;
	h.op = q->op;
	h.wanted = q->wanted;
	h.peer = q->peer ? q->peer_label : POLICY_NO_PEER;
	h.value = AF_UNIX << 16 | q->kind >> 16;
	h.protocol = q->kind & 0xffff;
	r = unix_put_names(&h, q);
	if (!r)
		r = unix_decide(&h, q);
	hook_end(&h);
	return r;
}

/* A socket with a path, by the rules for that file. */
static __noinline int unix_check_path(const struct policy_label *l, struct unix_sock *u, __u32 op,
				      __u32 wanted)
{
	struct vfsmount *mnt = u->path.mnt;
	struct dentry *dentry = u->path.dentry;
	struct inode *inode;
	struct hook h;
	int r = hook_begin_as(&h, l);

	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	/* Shut down: what is left to be taken from it was allowed when it was connected. */
	if (!dentry) {
		hook_end(&h);
		return 0;
	}
	h.class_id = CLASS_FILE;
	h.op = op;
	h.wanted = wanted;
	inode = dentry->d_inode;
	h.ouid = inode ? inode->i_uid.val : ~0u;
	r = check_path(&h, mnt, dentry, false);
	hook_end(&h);
	return r;
}

static __always_inline __u32 unix_kind(const struct sock *sk)
{
	return (__u32)sk->sk_type << 16 | sk->sk_protocol;
}

static __always_inline bool unix_is_own(const struct policy_label *l, const struct sock *sk)
{
	struct sock_label *s = sock_label(sk);

	return s && s->profile == l->profile && s->flags == l->flags;
}

static __always_inline __u32 unix_label_of(const struct sock *sk)
{
	struct sock_label *s = sock_label(sk);

	return s ? s->profile : POLICY_UNCONFINED;
}

/* What of a file's permissions sending and taking are. */
static __always_inline __u32 unix_file_perms(__u32 wanted)
{
	return (wanted & PERM_NET_SEND ? PERM_WRITE : 0) | (wanted & PERM_NET_RECEIVE ? PERM_READ : 0);
}

/* An operation of the caller on a socket alone. */
static __noinline int check_unix(const struct policy_label *l, struct sock *sk, __u32 op, __u32 wanted)
{
	struct unix_request q = { .label = l, .op = op, .wanted = wanted };

	q.own = bpf_skc_to_unix_sock(sk);
	if (!q.own)
		return -EACCES;
	q.kind = unix_kind(sk);
	return unix_has_path(q.own) ? 0 : unix_check(&q);
}

/* Sending or taking. */
static __noinline int check_unix_message(const struct policy_label *l, struct sock *sk, __u32 op,
					 __u32 wanted)
{
	struct unix_request q = { .label = l, .op = op, .wanted = wanted };
	struct unix_sock *peer = NULL, *named = NULL;

	q.own = bpf_skc_to_unix_sock(sk);
	if (!q.own)
		return -EACCES;
	q.kind = unix_kind(sk);
	if (sk->sk_type == SOCK_DGRAM) {
		/* asked about as it is sent, by check_send_unix */
		if (wanted == PERM_NET_SEND || unix_is_own(l, sk))
			return 0;
	} else if (q.own->peer) {
		peer = bpf_skc_to_unix_sock(q.own->peer);
		q.peer_label = unix_label_of(q.own->peer);
	}
	if (unix_has_path(q.own))
		named = q.own;
	else if (peer && unix_has_path(peer))
		named = peer;
	if (named)
		return unix_is_own(l, sk) ? 0
					  : unix_check_path(l, named, op, unix_file_perms(wanted));
	q.peer = peer;
	return unix_check(&q);
}

/* The address is one of the kernel's copies; a path is asked about as its file is made. */
static __always_inline int check_unix_bind(const struct policy_label *l, struct sock *sk,
					   const void *address, __u32 len)
{
	struct unix_request q = { .label = l, .op = POLICY_OP_BIND, .wanted = PERM_NET_BIND };
	__u8 first = 0;

	q.own = bpf_skc_to_unix_sock(sk);
	if (!q.own)
		return -EACCES;
	q.kind = unix_kind(sk);
	q.address = address + UNIX_PATH_AT;
	if (len > UNIX_PATH_AT) {
		q.address_len = len - UNIX_PATH_AT;
		bpf_probe_read_kernel(&first, 1, q.address);
		if (first)
			return 0;
	}
	/* The kernel takes none that is longer. */
	return q.address_len > UNIX_PATH_MAX ? 0 : unix_check(&q);
}

/* Between the caller's socket and another: both sides are asked. */
static __noinline int check_unix_pair(struct sock *sk, struct sock *other, __u32 op, __u32 active,
				      __u32 passive)
{
	struct policy_label *l = label_of(current_key());
	struct sock_label *to = sock_label(other);
	struct unix_request q = { .label = l, .op = op, .wanted = active };
	struct unix_sock *own = bpf_skc_to_unix_sock(sk), *peer = bpf_skc_to_unix_sock(other);
	int r = 0;

	if (!l && !to)
		return 0;
	if (!own || !peer)
		return -EACCES;
	if (unix_has_path(peer))
		return l ? unix_check_path(l, peer, op, unix_file_perms(active)) : 0;
	q.own = own;
	q.peer = peer;
	q.kind = unix_kind(sk);
	q.peer_label = to ? to->profile : POLICY_UNCONFINED;
	if (l)
		r = unix_check(&q);
	if (r || !to)
		return r;
	q.label = (const struct policy_label *)to;
	q.own = peer;
	q.peer = own;
	q.wanted = passive;
	q.peer_label = l ? l->profile : POLICY_UNCONFINED;
	return unix_check(&q);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(check_connect_unix, struct sock *sock, struct sock *other, struct sock *new_sock, int ret)
{
	struct sock_label *to;
	int r;

	if (ret)
		return answer(ret);
	to = sock_label(other);
	if (!to && !label_of(current_key()))
		return 0;
	r = check_unix_pair(sock, other, POLICY_OP_CONNECT,
			    PERM_NET_CONNECT | PERM_NET_SEND | PERM_NET_RECEIVE,
			    PERM_NET_ACCEPT | PERM_NET_SEND | PERM_NET_RECEIVE);
	if (!r && to)
		r = sock_put_label(new_sock, to->profile, to->flags);
	return answer(r);
}

SEC("lsm/unix_may_send")
int BPF_PROG(check_send_unix, struct socket *sock, struct socket *other, int ret)
{
	struct sock *sk = sock->sk, *to = other->sk;

	if (ret)
		return answer(ret);
	if (!label_of(current_key()) && !sock_label(to))
		return 0;
	if (!sk || !to)
		return -EACCES;
	return answer(check_unix_pair(sk, to, POLICY_OP_SENDMSG, PERM_NET_SEND, PERM_NET_RECEIVE));
}

#endif
