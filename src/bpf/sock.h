/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Labels of unix sockets, and of those of SCTP: of the task that made one, for as long as it lives; what
 * accepts a connection has that of the socket it came to. A socket without one was made by nobody who was
 * confined.
 *
 * They are kept by the socket's address and not in it: looking there up is safe even for a peer that is
 * going away meanwhile.
 */
#ifndef BPF_SOCK_H
#define BPF_SOCK_H

#include "bpf/hook_held.h"

enum { AF_UNSPEC = 0, AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10 };
enum { SOCK_STREAM = 1, SOCK_DGRAM = 2 };
enum { IPPROTO_SCTP = 132 };

/* How a policy_label begins. */
struct sock_label {
	__u32 profile;
	__u32 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 17);
	__type(key, __u64);
	__type(value, struct sock_label);
} socks SEC(".maps");

struct sock_place {
	struct place place;
	struct sock_label label;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << PLACE_BITS);
	__type(key, __u32);
	__type(value, struct sock_place);
} sock_places SEC(".maps");

/* NULL: nobody's. */
static __always_inline struct sock_label *sock_label(const struct sock *sk)
{
	return place_find(&sock_places, &socks, (__u64)sk);
}

/* While programs take the place of others, each socket is labelled by both. */
static __always_inline int sock_put_label(const struct sock *sk, __u32 profile, __u32 flags)
{
	struct sock_label l = { profile, flags }, *own = sock_label(sk);
	struct place *p = place_at(&sock_places, (__u64)sk);

	if (!p)
		return -ENOMEM;
	if (own) {
		*own = l;
		return 0;
	}
	own = place_take(p);
	if (!own)
		return place_beyond(p, &socks, (__u64)sk, &l);
	*own = l;
	place_filled(p, (__u64)sk);
	return 0;
}

SEC("lsm/socket_post_create")
int BPF_PROG(label_sock, struct socket *sock, int family, int type, int protocol, int kern, int ret)
{
	struct sock *sk = sock->sk;
	struct policy_label *l;

	if (ret || kern || !sk || (family != AF_UNIX && sk->sk_protocol != IPPROTO_SCTP))
		return answer(ret);
	l = label_of(current_key());
	return l ? answer(sock_put_label(sk, l->profile, l->flags)) : 0;
}

SEC("lsm/sk_free_security")
int BPF_PROG(unlabel_sock, struct sock *sk)
{
	place_drop(&sock_places, &socks, (__u64)sk);
	return 0;
}

#endif
