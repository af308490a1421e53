/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Internet addresses as abi/class.h has them: 4 hexadecimal digits of the port and 8 or 32 of the
 * address. An IPv4 address in IPv6's form (::ffff:127.0.0.1) is that IPv4 address.
 *
 * Numbers in struct endpoint are in the order of the network.
 */
#ifndef BPF_ENDPOINT_H
#define BPF_ENDPOINT_H

#include "bpf/sock.h"

/* In the order of the network. */
#define LOOPBACK __builtin_bswap32(0x7f000001)
#define MAPPED __builtin_bswap32(0x0000ffff)

enum { ENDPOINT_MAX = 4 + 32 };

struct endpoint {
	__u32 words[4];
	__u16 port;
	__u16 n;			/* words that count: 1, 4, or 0 if there is no address */
};

/* What bind, connect and sendmsg take, of which the kernel made a copy that always has this room. */
struct inet_address {
	__u16 family;
	__u16 port;
	__u32 words[6];			/* IPv4: the first; IPv6: from the second on */
};

static __always_inline bool endpoint_is_any(const struct endpoint *e)
{
	return !(e->words[0] | e->words[1] | e->words[2] | e->words[3]);
}

static __always_inline void endpoint_unmap(struct endpoint *e)
{
	if (e->n != 4 || e->words[0] | e->words[1] || e->words[2] != MAPPED)
		return;
	e->words[0] = e->words[3];
	e->words[2] = e->words[3] = 0;
	e->n = 1;
}

/* Gives no address where the kernel will find none either. */
static __always_inline void endpoint_read(struct endpoint *e, const void *address, __u32 len,
					  __u32 family)
{
	struct inet_address a = { 0 };

	__builtin_memset(e, 0, sizeof(*e));
	if (!address || len < 2)
		return;
	bpf_probe_read_kernel(&a, sizeof(a), address);
	e->port = a.port;
	/* IPv4 sockets take an unspecified family for their own. */
	if (len >= 8 && (a.family == AF_INET || (a.family == AF_UNSPEC && family == AF_INET))) {
		e->words[0] = a.words[0];
		e->n = 1;
	} else if (len >= 24 && a.family == AF_INET6) {
		e->words[0] = a.words[1];
		e->words[1] = a.words[2];
		e->words[2] = a.words[3];
		e->words[3] = a.words[4];
		e->n = 4;
		endpoint_unmap(e);
	}
}

static __always_inline void endpoint_take6(struct endpoint *e, const struct in6_addr *a)
{
	e->words[0] = a->in6_u.u6_addr32[0];
	e->words[1] = a->in6_u.u6_addr32[1];
	e->words[2] = a->in6_u.u6_addr32[2];
	e->words[3] = a->in6_u.u6_addr32[3];
	e->n = 4;
	endpoint_unmap(e);
}

/* Whose own address is any, and has no port, has none yet. */
static __always_inline void endpoint_local(struct endpoint *e, struct sock *sk)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->port = __builtin_bswap16(sk->__sk_common.skc_num);
	if (sk->__sk_common.skc_family == AF_INET6) {
		endpoint_take6(e, &sk->__sk_common.skc_v6_rcv_saddr);
	} else {
		e->words[0] = sk->__sk_common.skc_rcv_saddr;
		e->n = 1;
	}
	if (!e->port && endpoint_is_any(e))
		e->n = 0;
}

static __always_inline void endpoint_remote(struct endpoint *e, struct sock *sk)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->port = sk->__sk_common.skc_dport;
	if (sk->__sk_common.skc_family == AF_INET6) {
		endpoint_take6(e, &sk->__sk_common.skc_v6_daddr);
	} else {
		e->words[0] = sk->__sk_common.skc_daddr;
		e->n = 1;
	}
	if (endpoint_is_any(e))
		e->n = 0;
}

/* Who connects or sends to any address comes to its own, or to the loopback. */
static __always_inline void endpoint_resolve(struct endpoint *peer, const struct endpoint *own)
{
	bool is_own4 = own->n == 1 && own->words[0];

	if (!peer->n || !endpoint_is_any(peer))
		return;
	if (peer->n == 1 || is_own4) {
		peer->words[0] = is_own4 ? own->words[0] : LOOPBACK;
		peer->n = 1;
	} else {
		peer->words[3] = __builtin_bswap32(1);
	}
}

/* 8 digits for the bytes of a number as they stand in memory, to stand so in memory too. */
static __always_inline __u64 endpoint_hex(__u32 bytes)
{
	__u64 n = bytes;

	n = (n | n << 16) & 0x0000ffff0000ffffull;
	n = (n | n << 8) & 0x00ff00ff00ff00ffull;
	n = (n >> 4 & 0x000f000f000f000full) | (n & 0x000f000f000f000full) << 8;
	/* '0' is 0x30, and 'a' 39 more than what would follow '9' */
	return n + 0x3030303030303030ull + (((n + 0x0606060606060606ull) >> 4 & 0x0101010101010101ull) * 39);
}

static __always_inline __u32 endpoint_len(const struct endpoint *e)
{
	return e->n ? 4 + 8 * e->n : 0;
}

/* Writes the text to room[off]. */
static __always_inline void endpoint_put(struct scratch *s, __u32 off, const struct endpoint *e)
{
	__u8 *to = s->room + (off & (SCRATCH_ROOM - 1));

	if (!e->n)
		return;
	*(__u32 *)to = (__u32)endpoint_hex(e->port);
	*(__u64 *)(to + 4) = endpoint_hex(e->words[0]);
	if (e->n != 4)
		return;
	*(__u64 *)(to + 12) = endpoint_hex(e->words[1]);
	*(__u64 *)(to + 20) = endpoint_hex(e->words[2]);
	*(__u64 *)(to + 28) = endpoint_hex(e->words[3]);
}

#endif
