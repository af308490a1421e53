/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Sockets of SCTP have several addresses, which come to them by other calls too: each is asked about as
 * that of bind or connect.
 *
 * The other end of an association may bring in addresses by itself. Then no process calls: the label is
 * that of the socket, and what is refused is not told.
 */
#ifndef BPF_HOOK_SCTP_H
#define BPF_HOOK_SCTP_H

#include "bpf/hook_net.h"

enum sctp_option {
	SCTP_SET_PEER_PRIMARY_ADDR = 5,	/* which of the own ones the other end is to use */
	SCTP_SOCKOPT_BINDX_ADD = 100,
	SCTP_PARAM_ADD_IP = 0x01c0,	/* by the other end; in the order of the network */
	SCTP_PARAM_SET_PRIMARY = 0x04c0,
};

enum { SCTP_ADDRESSES_MAX = 256, INET_ADDRESS_LEN = 16, INET6_ADDRESS_LEN = 28 };

struct sctp_walk {
	struct net_request request;
	__u64 at;			/* of the next address, in kernel memory */
	__u32 left;			/* bytes */
	int answer;
};

static __always_inline __u32 sctp_address_len(__u16 family)
{
	if (family == AF_INET)
		return INET_ADDRESS_LEN;
	return family == AF_INET6 ? INET6_ADDRESS_LEN : 0;
}

/* The kernel has looked that the list is whole. */
static long check_sctp_address(__u32 i, struct sctp_walk *w)
{
	__u16 family = AF_UNSPEC;
	__u32 len;

	if (!w->left)
		return 1;
	bpf_probe_read_kernel(&family, sizeof(family), (const void *)w->at);
	/* Unknown to the verifier, as all that changes here: or it follows each address by itself. */
	len = unknown(sctp_address_len(family));
	if (!len || len > w->left) {
		w->answer = unknown(-EACCES);
		return 1;
	}
	w->request.address = (const void *)w->at;
	w->request.address_len = len;
	w->answer = unknown(net_check(&w->request));
	w->at += len;
	w->left -= len;
	return !!w->answer;
}

SEC("lsm/sctp_bind_connect")
int BPF_PROG(check_sctp, struct sock *sk, int option, void *address, int len, int ret)
{
	bool is_remote = option == SCTP_PARAM_ADD_IP || option == SCTP_PARAM_SET_PRIMARY;
	bool is_bind = option == SCTP_SET_PEER_PRIMARY_ADDR || option == SCTP_SOCKOPT_BINDX_ADD;
	struct sctp_walk w = { 0 };
	const struct policy_label *l;

	if (ret)
		return answer(ret);
	l = is_remote ? (const struct policy_label *)sock_label(sk) : label_of(current_key());
	if (!l || l->profile == POLICY_UNCONFINED || is_granted_to(l, PERM_NET_BIND | PERM_NET_CONNECT, false))
		return 0;
	w.request.label = l;
	w.request.sk = sk;
	/* Unknown to the verifier, which would follow each by itself from here on. */
	w.request.is_remote = unknown(is_remote);
	w.request.op = unknown(is_bind ? POLICY_OP_BIND : POLICY_OP_CONNECT);
	w.request.wanted = unknown(is_bind ? PERM_NET_BIND : PERM_NET_CONNECT);
	w.request.family = sk->__sk_common.skc_family;
	w.request.type = sk->sk_type;
	w.request.protocol = sk->sk_protocol;
	bpf_probe_read_kernel(&w.at, sizeof(w.at), &address);
	w.left = unknown(len);
	w.answer = unknown(0);
	bpf_loop(SCTP_ADDRESSES_MAX, check_sctp_address, &w, 0);
	return answer(w.left && !w.answer ? -EACCES : w.answer);
}

/* An association that was accepted, or parted from a socket of many. */
SEC("lsm/sctp_sk_clone")
int BPF_PROG(label_sctp_clone, void *association, struct sock *sk, struct sock *new_sk)
{
	struct sock_label *own = sock_label(sk);

	if (own)
		sock_put_label(new_sk, own->profile, own->flags);
	return 0;
}

#endif
