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

#include "bpf/asked.h"

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
	bool is_peer_held;		/* it will not go away meanwhile */
};

static __always_inline const void *unix_name_at(struct unix_sock *u)
{
	return (const void *)u->addr + bpf_core_field_offset(struct unix_address, name) + UNIX_PATH_AT;
}

/* By its address, which stays when the socket is shut down; its file does not. */
static __always_inline bool unix_has_path(struct unix_sock *u)
{
	struct unix_address *a = u->addr;

	return a && a->len > UNIX_PATH_AT && a->name[0].sun_path[0];
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

/* 0: it has been given none yet. */
static __always_inline __u64 unix_cookie(struct unix_sock *u)
{
	return u->sk.__sk_common.skc_cookie.counter;
}

static __always_inline void unix_ask(struct question *asked, const struct unix_request *q,
				     __u64 generation)
{
	__builtin_memset(asked, 0, sizeof(*asked));
	asked->generation = generation;
	asked->profile = q->label->profile;
	asked->family = AF_UNIX;
	asked->type = q->kind >> 16;
	asked->protocol = q->kind;
	asked->has_peer = !!q->peer;
	asked->peer_label = q->peer_label;
}

/* Without another walk; binding is asked about once. */
static __noinline bool unix_was_allowed(const struct unix_request *q)
{
	__u8 *policy = policy_now();
	struct question asked;

	if (is_granted_to(q->label, q->wanted, true))
		return true;
	if (!policy || q->address || q->label->flags & LABEL_NULL)
		return false;
	unix_ask(&asked, q, ((const struct policy_header *)policy)->generation);
	if (unix_name_len(q->own)) {
		asked.cookies[0] = unix_cookie(q->own);
		if (!asked.cookies[0])
			return false;
	}
	if (q->peer && unix_name_len(q->peer)) {
		asked.cookies[1] = unix_cookie(q->peer);
		if (!asked.cookies[1])
			return false;
	}
	return was_allowed(&asked, q->wanted);
}

/* Of the names that were decided about, not those of this moment: none may have become one. */
static __noinline void unix_note_allowed(const struct hook *h, const struct unix_request *q)
{
	struct question asked;

	if (q->address)
		return;
	unix_ask(&asked, q, generation_of(h));
	if (h->name_len) {
		asked.cookies[0] = bpf_get_socket_cookie(q->own);
		if (!asked.cookies[0])
			return;
	}
	if (h->target_len && q->peer) {
		asked.cookies[1] = q->is_peer_held ? bpf_get_socket_cookie(q->peer)
						   : unix_cookie(q->peer);
		if (!asked.cookies[1])
			return;
	}
	note_allowed(&asked, q->wanted);
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
	if (!v.missing && !v.audit)
		unix_note_allowed(h, q);
	return obey(h, &v, EACCES);
}

static __noinline int unix_check(const struct unix_request *q)
{
	struct hook h;
	int r;

	if (unix_was_allowed(q))
		return 0;
	r = hook_begin_as(&h, q->label);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
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

	if (is_granted_to(l, wanted, true))
		return 0;
	q.own = bpf_skc_to_unix_sock(sk);
	if (!q.own)
		return -EACCES;
	q.kind = unix_kind(sk);
	return unix_has_path(q.own) ? 0 : unix_check(&q);
}

/* The end of a connection that has a path, or of a socket of datagrams itself; NULL: none. */
static __always_inline struct unix_sock *unix_path_end(struct sock *sk)
{
	struct unix_sock *own = bpf_skc_to_unix_sock(sk), *peer = NULL;

	if (!own || unix_has_path(own))
		return own;
	if (sk->sk_type != SOCK_DGRAM && own->peer)
		peer = bpf_skc_to_unix_sock(own->peer);
	return peer && unix_has_path(peer) ? peer : NULL;
}

/* Without a path; datagrams without the peer. */
static __noinline int check_unix_names(const struct policy_label *l, struct sock *sk, __u32 op,
				       __u32 wanted)
{
	struct unix_request q = { .label = l, .op = op, .wanted = wanted };
	struct sock *other;

	q.own = bpf_skc_to_unix_sock(sk);
	if (!q.own)
		return -EACCES;
	q.kind = unix_kind(sk);
	other = sk->sk_type != SOCK_DGRAM ? q.own->peer : NULL;
	if (other) {
		q.peer = bpf_skc_to_unix_sock(other);
		q.peer_label = unix_label_of(other);
		q.is_peer_held = sk->sk_type == SOCK_STREAM;
	}
	return unix_check(&q);
}

/* Sending or taking. A datagram is asked about as it is sent, by check_send_unix. */
static __always_inline int check_unix_message(const struct policy_label *l, struct sock *sk, __u32 op,
					      __u32 wanted)
{
	bool is_dgram = sk->sk_type == SOCK_DGRAM, is_own;
	struct unix_sock *named;

	if (is_dgram && wanted == PERM_NET_SEND)
		return 0;
	is_own = unix_is_own(l, sk);
	if (is_own && (is_dgram || is_granted_to(l, wanted, true)))
		return 0;
	named = unix_path_end(sk);
	if (!named)
		return check_unix_names(l, sk, op, wanted);
	return is_own ? 0 : unix_check_path(l, named, op, unix_file_perms(wanted));
}

/* The address is one of the kernel's copies; a path is asked about as its file is made. */
static __always_inline int check_unix_bind(const struct policy_label *l, struct sock *sk,
					   const void *address, __u32 len)
{
	struct unix_request q = { .label = l, .op = POLICY_OP_BIND, .wanted = PERM_NET_BIND };
	__u8 first = 0;

	if (is_granted_to(l, q.wanted, true))
		return 0;
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

/* Between the caller's socket and another: both sides are asked; either may be nobody's. */
struct unix_pair {
	const struct policy_label *l;		/* the caller's */
	const struct sock_label *to;		/* the other socket's */
	__u32 op;
	__u32 active, passive;
};

/* Looks p->to up anew: else the verifier follows all of this for each thing that it may be. */
static __noinline int check_unix_pair_slowly(const struct unix_pair *p, struct sock *sk, struct sock *other)
{
	struct unix_sock *own = bpf_skc_to_unix_sock(sk), *peer = bpf_skc_to_unix_sock(other);
	struct unix_request q = { .label = p->l, .is_peer_held = true, .op = p->op, .kind = unix_kind(sk) };
	const struct sock_label *to;
	__u32 own_label = POLICY_UNCONFINED;
	int r;

	if (!own || !peer)
		return -EACCES;
	if (p->l) {
		own_label = p->l->profile;
		q.own = own;
		q.peer = peer;
		q.wanted = p->active;
		q.peer_label = unknown(unix_label_of(other));
		r = unix_check(&q);
		if (r)
			return r;
	}
	to = sock_label(other);
	if (!to)
		return 0;
	q.label = (const struct policy_label *)to;
	q.own = peer;
	q.peer = own;
	q.wanted = p->passive;
	q.peer_label = unknown(own_label);
	return unix_check(&q);
}

static __always_inline bool is_pair_granted(const struct unix_pair *p)
{
	const struct policy_label *to = (const struct policy_label *)p->to;

	if (p->l && to && p->l->profile == to->profile && p->l->flags == to->flags)
		return is_granted_to(p->l, p->active | p->passive, true);
	return (!p->l || is_granted_to(p->l, p->active, true)) &&
	       (!to || is_granted_to(to, p->passive, true));
}

/* A path first, by the caller's label alone: else the verifier follows it for each of p->to. */
static __always_inline int check_unix_pair(struct unix_pair *p, struct sock *sk, struct sock *other)
{
	struct unix_sock *peer;

	if (p->l) {
		peer = bpf_skc_to_unix_sock(other);
		if (!peer)
			return -EACCES;
		if (unix_has_path(peer))
			return unix_check_path(p->l, peer, p->op, unix_file_perms(p->active));
	}
	p->to = sock_label(other);
	if ((!p->l && !p->to) || is_pair_granted(p))
		return 0;
	peer = bpf_skc_to_unix_sock(other);
	if (!peer)
		return -EACCES;
	return unix_has_path(peer) ? 0 : check_unix_pair_slowly(p, sk, other);
}

SEC("lsm/unix_stream_connect")
int BPF_PROG(check_connect_unix, struct sock *sock, struct sock *other, struct sock *new_sock, int ret)
{
	struct unix_pair p = {
		.op = POLICY_OP_CONNECT,
		.active = PERM_NET_CONNECT | PERM_NET_SEND | PERM_NET_RECEIVE,
		.passive = PERM_NET_ACCEPT | PERM_NET_SEND | PERM_NET_RECEIVE,
	};
	struct sock_label *to;
	int r;

	if (ret)
		return answer(ret);
	p.l = label_of(current_key());
	r = check_unix_pair(&p, sock, other);
	if (r)
		return answer(r);
	to = sock_label(other);
	return to ? answer(sock_put_label(new_sock, to->profile, to->flags)) : 0;
}

SEC("lsm/unix_may_send")
int BPF_PROG(check_send_unix, struct socket *sock, struct socket *other, int ret)
{
	struct unix_pair p = {
		.op = POLICY_OP_SENDMSG, .active = PERM_NET_SEND, .passive = PERM_NET_RECEIVE,
	};
	struct sock *sk, *to;

	if (ret)
		return answer(ret);
	p.l = label_of(current_key());
	sk = sock->sk;
	to = other->sk;
	if (!sk || !to)
		return p.l ? -EACCES : 0;
	return answer(check_unix_pair(&p, sk, to));
}

#endif
