/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sockets by family, type and protocol; addresses are not looked at. */
#ifndef BPF_HOOK_NET_H
#define BPF_HOOK_NET_H

#include "bpf/decide.h"

static __noinline int check_socket_of(__u32 op, __u32 wanted, __u32 family, __u32 type, __u32 protocol)
{
	struct verdict v;
	struct hook h;
	__u32 state;
	int r;

	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	h.class_id = CLASS_NET;
	h.op = op;
	h.wanted = wanted;
	h.value = family << 16 | (type & 0xffff);
	h.protocol = protocol;
	state = h.profile->start[CLASS_NET];
	if (state) {
		state = match_u16(h.policy, &h.profile->table, state, family);
		state = match_u16(h.policy, &h.profile->table, state, type);
		state = match_u16(h.policy, &h.profile->table, state, protocol);
	}
	settle(&h, match_entry(h.policy, &h.profile->table, state), false, &v);
	r = obey(&h, &v, EACCES);
	hook_end(&h);
	return r;
}

static __always_inline int check_socket(struct socket *sock, __u32 op, __u32 wanted)
{
	struct sock *sk = BPF_CORE_READ(sock, sk);

	if (!label_of(current_key()))
		return 0;
	if (!sk)
		return -EACCES;
	return check_socket_of(op, wanted, BPF_CORE_READ(sk, __sk_common.skc_family),
			       BPF_CORE_READ(sk, sk_type), BPF_CORE_READ(sk, sk_protocol));
}

SEC("lsm/socket_create")
int BPF_PROG(check_socket_create, int family, int type, int protocol, int kern, int ret)
{
	if (ret || kern || !label_of(current_key()))
		return answer(ret);
	return answer(check_socket_of(POLICY_OP_CREATE, PERM_NET_CREATE, family, type, protocol));
}

SEC("lsm/socket_bind")
int BPF_PROG(check_bind, struct socket *sock, void *address, int len, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_BIND, PERM_NET_BIND));
}

SEC("lsm/socket_connect")
int BPF_PROG(check_connect, struct socket *sock, void *address, int len, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_CONNECT, PERM_NET_CONNECT));
}

SEC("lsm/socket_listen")
int BPF_PROG(check_listen, struct socket *sock, int backlog, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_LISTEN, PERM_NET_LISTEN));
}

SEC("lsm/socket_accept")
int BPF_PROG(check_accept, struct socket *sock, struct socket *new_sock, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_ACCEPT, PERM_NET_ACCEPT));
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(check_sendmsg, struct socket *sock, void *message, int size, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_SENDMSG, PERM_NET_SEND));
}

SEC("lsm/socket_recvmsg")
int BPF_PROG(check_recvmsg, struct socket *sock, void *message, int size, int flags, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_RECVMSG, PERM_NET_RECEIVE));
}

SEC("lsm/socket_getsockname")
int BPF_PROG(check_getsockname, struct socket *sock, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_GETSOCKNAME, PERM_NET_GETATTR));
}

SEC("lsm/socket_getpeername")
int BPF_PROG(check_getpeername, struct socket *sock, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_GETPEERNAME, PERM_NET_GETATTR));
}

SEC("lsm/socket_getsockopt")
int BPF_PROG(check_getsockopt, struct socket *sock, int level, int name, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_GETSOCKOPT, PERM_NET_GETOPT));
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(check_setsockopt, struct socket *sock, int level, int name, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_SETSOCKOPT, PERM_NET_SETOPT));
}

SEC("lsm/socket_shutdown")
int BPF_PROG(check_shutdown, struct socket *sock, int how, int ret)
{
	return answer(ret ? ret : check_socket(sock, POLICY_OP_SHUTDOWN, PERM_NET_SHUTDOWN));
}

#endif
