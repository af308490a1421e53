/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sockets by family, type and protocol, and where the profile has rules of addresses, by these: of the
 * socket itself as the kernel keeps it, of the peer as the call names it (the kernel's copy) or as the
 * socket is connected. Unix sockets are in hook_unix.h.
 *
 * Not to be seen from here are network interfaces, the label of a peer, who sent a datagram to a socket
 * that is not connected, and who will be accepted: those parts of an object are empty.
 */
#ifndef BPF_HOOK_NET_H
#define BPF_HOOK_NET_H

#include "bpf/asked.h"
#include "bpf/hook_unix.h"

enum { MSG_FASTOPEN = 0x20000000 };

struct net_request {
	const struct policy_label *label;
	struct sock *sk;		/* NULL: it is being made */
	const void *address;		/* of the call; NULL: none */
	__u32 address_len;
	__u32 op;
	__u32 wanted;
	__u32 family, type, protocol;
	__u32 is_remote;		/* 1: the other end does it: no process is to be told of, or killed */
};

static __always_inline bool is_inet(__u32 family)
{
	return family == AF_INET || family == AF_INET6;
}

/*
 * The addresses as they are at this moment: what is asked, put and remembered goes by these. Gives 0: of a
 * function that gives nothing, what is left in its place might be what the verifier lets none give.
 */
static __noinline __u32 net_ask_addresses(struct question *asked, const struct net_request *q)
{
	struct endpoint *own = &asked->ends[0], *peer = &asked->ends[1];
	bool is_bind = q->wanted == PERM_NET_BIND;

	if (is_bind)
		endpoint_read(own, q->address, q->address_len, q->family);
	else
		endpoint_local(own, q->sk);
	if (!is_bind && q->address) {
		endpoint_read(peer, q->address, q->address_len, q->family);
		endpoint_resolve(peer, own);
	} else if (!is_bind && q->wanted & PERM_NET_PEER) {
		endpoint_remote(peer, q->sk);
	} else {
		__builtin_memset(peer, 0, sizeof(*peer));
	}
	forget_ends(asked);
	return unknown(0);
}

static __always_inline __u32 net_ask(struct question *asked, const struct hook *h,
				    const struct net_request *q)
{
	asked->generation = generation_of(h);
	asked->profile = h->number;
	asked->family = q->family;
	asked->type = q->type;
	asked->protocol = q->protocol;
	asked->has_peer = 0;
	asked->peer_label = POLICY_NO_PEER;
	return net_ask_addresses(asked, q);
}

/* Puts both addresses as text to where events take them from: hook_unix.h. */
static __noinline int net_put_addresses(struct hook *h, const struct question *asked)
{
	const struct endpoint *own = &asked->ends[0], *peer = &asked->ends[1];

	if (!hook_claim(h))
		return -ENOMEM;
	/* Unknown to the verifier, which would follow each by itself from here on. */
	h->name_len = unknown(endpoint_len(own));
	h->name = POLICY_PATH_MAX - h->name_len;
	h->target_len = unknown(endpoint_len(peer));
	h->target = unknown(POLICY_PATH_MAX);
	endpoint_put(h->scratch, h->name, own);
	endpoint_put(h->scratch, h->target, peer);
	return 0;
}

/* local | 0 | peer | 0 | interface | 0 | own label | 0 | peer label */
static __noinline __u32 net_match_addresses(struct hook *h, __u32 state)
{
	const struct policy_table *t = &h->profile->table;

	state = match_name(h, state, h->name, h->name_len);
	state = match_byte(h->policy, t, state, 0);
	state = match_name(h, state, h->target, h->target_len);
	state = match_byte(h->policy, t, state, 0);
	state = match_byte(h->policy, t, state, 0);
	state = match_text(h->policy, t, state, h->profile->name, h->profile->name_len);
	return match_byte(h->policy, t, state, 0);
}

static __noinline __u32 net_match_kind(const struct hook *h)
{
	const struct policy_table *t = &h->profile->table;
	__u32 state = h->profile->start[CLASS_NET];

	if (!state)
		return 0;
	state = match_u16(h->policy, t, state, h->value >> 16);
	state = match_u16(h->policy, t, state, h->value);
	return match_u16(h->policy, t, state, h->protocol);
}

static __noinline int net_decide(struct hook *h, __u32 state, const struct question *asked,
				 __u32 is_remote)
{
	struct verdict v;

	settle(h, match_entry(h->policy, &h->profile->table, state), false, &v);
	if (asked && !v.missing && !v.audit)
		note_allowed(asked, h->wanted);
	if (is_remote)
		return (is_complaining(h) ? v.denied : v.missing) ? -EACCES : 0;
	return obey(h, &v, EACCES);
}

/* Of a socket of which the profile wants to know the addresses. */
static __noinline int net_check_addresses(struct hook *h, const struct net_request *q)
{
	struct question asked;
	int r;

	if (net_ask(&asked, h, q))
		return -EACCES;
	if (!(h->label_flags & LABEL_NULL) && was_allowed(&asked, h->wanted))
		return 0;
	r = net_put_addresses(h, &asked);
	if (r)
		return r;
	return net_decide(h, net_match_addresses(h, net_match_kind(h)), &asked, q->is_remote);
}

static __noinline int net_check(const struct net_request *q)
{
	struct hook h;
	int r = hook_begin_as(&h, q->label);

	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	h.class_id = CLASS_NET;
	h.op = q->op;
	h.wanted = q->wanted;
	h.value = q->family << 16 | (q->type & 0xffff);
	h.protocol = q->protocol;
	if (q->sk && is_inet(q->family) && h.profile->classes & 1ull << CLASS_INET)
		r = net_check_addresses(&h, q);
	else
		r = net_decide(&h, net_match_kind(&h), NULL, q->is_remote);
	hook_end(&h);
	return r;
}

static __always_inline int check_net(const struct policy_label *l, struct sock *sk, __u32 op,
				     __u32 wanted, const void *address, __u32 len)
{
	struct net_request q;

	if (is_granted_to(l, wanted, false))
		return 0;
	q = (struct net_request){
		.label = l, .sk = sk, .address = address, .address_len = len, .op = op,
		.wanted = wanted, .family = sk->__sk_common.skc_family, .type = sk->sk_type,
		.protocol = sk->sk_protocol,
	};
	return net_check(&q);
}

/* Who calls, and on which socket; false: there is nothing to ask, *ret is the answer. */
static __always_inline bool socket_begin(struct socket *sock, int *ret, struct policy_label **l,
					 struct sock **sk)
{
	if (*ret)
		return false;
	*l = label_of(current_key());
	if (!*l)
		return false;
	*sk = sock->sk;
	if (!*sk)
		*ret = -EACCES;
	return *sk;
}

static __always_inline int check_socket(struct socket *sock, int ret, __u32 op, __u32 wanted)
{
	struct policy_label *l;
	struct sock *sk;

	if (!socket_begin(sock, &ret, &l, &sk))
		return ret;
	if (sk->__sk_common.skc_family == AF_UNIX)
		return check_unix(l, sk, op, wanted);
	return check_net(l, sk, op, wanted, NULL, 0);
}

SEC("lsm/socket_create")
int BPF_PROG(check_socket_create, int family, int type, int protocol, int kern, int ret)
{
	struct net_request q = { .op = POLICY_OP_CREATE, .wanted = PERM_NET_CREATE };

	if (ret || kern)
		return answer(ret);
	q.label = label_of(current_key());
	if (!q.label || is_granted_to(q.label, q.wanted, false))
		return 0;
	q.family = family;
	q.type = type;
	q.protocol = protocol;
	return answer(net_check(&q));
}

SEC("lsm/socket_bind")
int BPF_PROG(check_bind, struct socket *sock, void *address, int len, int ret)
{
	struct policy_label *l;
	struct sock *sk;

	if (!socket_begin(sock, &ret, &l, &sk))
		return answer(ret);
	if (sk->__sk_common.skc_family == AF_UNIX)
		return answer(check_unix_bind(l, sk, address, len));
	return answer(check_net(l, sk, POLICY_OP_BIND, PERM_NET_BIND, address, len));
}

/* An unspecified family takes an association back: asked about as of the peer that it is with. */
SEC("lsm/socket_connect")
int BPF_PROG(check_connect, struct socket *sock, void *address, int len, int ret)
{
	struct policy_label *l;
	struct sock *sk;
	__u16 family = AF_UNSPEC;

	if (!socket_begin(sock, &ret, &l, &sk))
		return answer(ret);
	/* asked about where the other socket is known: hook_unix.h */
	if (sk->__sk_common.skc_family == AF_UNIX)
		return 0;
	if (len >= 2)
		bpf_probe_read_kernel(&family, sizeof(family), address);
	return answer(check_net(l, sk, POLICY_OP_CONNECT, PERM_NET_CONNECT,
				family == AF_UNSPEC ? NULL : address, len));
}

SEC("lsm/socket_listen")
int BPF_PROG(check_listen, struct socket *sock, int backlog, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_LISTEN, PERM_NET_LISTEN));
}

SEC("lsm/socket_accept")
int BPF_PROG(check_accept, struct socket *sock, struct socket *new_sock, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_ACCEPT, PERM_NET_ACCEPT));
}

/*
 * A stream goes to whom it is connected, whatever address the call names, unless that is to connect it
 * (MSG_FASTOPEN) without a call of its own. Everything else goes to the address, if there is one.
 */
SEC("lsm/socket_sendmsg")
int BPF_PROG(check_sendmsg, struct socket *sock, struct msghdr *message, int size, int ret)
{
	struct policy_label *l;
	struct sock *sk;
	const void *address;
	__u32 wanted = PERM_NET_SEND;

	sk = sock->sk;
	/* asked about where the other socket is known: hook_unix.h */
	if (sk && sk->sk_type == SOCK_DGRAM && sk->__sk_common.skc_family == AF_UNIX)
		return answer(ret);
	if (!socket_begin(sock, &ret, &l, &sk))
		return answer(ret);
	if (sk->__sk_common.skc_family == AF_UNIX)
		return answer(check_unix_message(l, sk, POLICY_OP_SENDMSG, wanted));
	address = message->msg_name;
	if (address && sk->sk_type == SOCK_STREAM) {
		if (!(message->msg_flags & MSG_FASTOPEN) || sk->__sk_common.skc_dport)
			address = NULL;
		else
			wanted |= PERM_NET_CONNECT;
	}
	return answer(check_net(l, sk, POLICY_OP_SENDMSG, wanted, address, message->msg_namelen));
}

SEC("lsm/socket_recvmsg")
int BPF_PROG(check_recvmsg, struct socket *sock, void *message, int size, int flags, int ret)
{
	struct policy_label *l;
	struct sock *sk;

	if (!socket_begin(sock, &ret, &l, &sk))
		return answer(ret);
	if (sk->__sk_common.skc_family == AF_UNIX)
		return answer(check_unix_message(l, sk, POLICY_OP_RECVMSG, PERM_NET_RECEIVE));
	return answer(check_net(l, sk, POLICY_OP_RECVMSG, PERM_NET_RECEIVE, NULL, 0));
}

SEC("lsm/socket_getsockname")
int BPF_PROG(check_getsockname, struct socket *sock, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_GETSOCKNAME, PERM_NET_GETATTR));
}

SEC("lsm/socket_getpeername")
int BPF_PROG(check_getpeername, struct socket *sock, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_GETPEERNAME, PERM_NET_GETATTR));
}

SEC("lsm/socket_getsockopt")
int BPF_PROG(check_getsockopt, struct socket *sock, int level, int name, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_GETSOCKOPT, PERM_NET_GETOPT));
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(check_setsockopt, struct socket *sock, int level, int name, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_SETSOCKOPT, PERM_NET_SETOPT));
}

SEC("lsm/socket_shutdown")
int BPF_PROG(check_shutdown, struct socket *sock, int how, int ret)
{
	return answer(check_socket(sock, ret, POLICY_OP_SHUTDOWN, PERM_NET_SHUTDOWN));
}

#endif
