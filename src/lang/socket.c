/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats names of socket families and accesses, gives numbers, bits and the pattern text that they
 * become.
 */
#include "lang/socket.h"

#include "lang/object.h"

enum { RW = PERM_NET_SEND | PERM_NET_RECEIVE };

/* The first twelve are printed; the others are synonyms. */
static const struct access_name accesses[] = {
	{ "create", PERM_NET_CREATE },	   { "bind", PERM_NET_BIND },
	{ "listen", PERM_NET_LISTEN },	   { "accept", PERM_NET_ACCEPT },
	{ "connect", PERM_NET_CONNECT },   { "shutdown", PERM_NET_SHUTDOWN },
	{ "getattr", PERM_NET_GETATTR },   { "setattr", PERM_NET_SETATTR },
	{ "getopt", PERM_NET_GETOPT },	   { "setopt", PERM_NET_SETOPT },
	{ "send", PERM_NET_SEND },	   { "receive", PERM_NET_RECEIVE },
	{ "write", PERM_NET_SEND },	   { "read", PERM_NET_RECEIVE },
	{ "w", PERM_NET_SEND },		   { "r", PERM_NET_RECEIVE },
	{ "rw", RW },			   { "wr", RW },
};
enum { N_PRINTED = 12 };

/* By number, as Linux has them (AF_*). */
static const char *const families[] = {
	[0] = "unspec",	    [1] = "unix",     [2] = "inet",	 [3] = "ax25",
	[4] = "ipx",	    [5] = "appletalk", [6] = "netrom",	 [7] = "bridge",
	[8] = "atmpvc",	    [9] = "x25",      [10] = "inet6",	 [11] = "rose",
	[13] = "netbeui",   [14] = "security", [15] = "key",	 [16] = "netlink",
	[17] = "packet",    [18] = "ash",     [19] = "econet",	 [20] = "atmsvc",
	[21] = "rds",	    [22] = "sna",     [23] = "irda",	 [24] = "pppox",
	[25] = "wanpipe",   [26] = "llc",     [27] = "ib",	 [28] = "mpls",
	[29] = "can",	    [30] = "tipc",    [31] = "bluetooth", [32] = "iucv",
	[33] = "rxrpc",	    [34] = "isdn",    [35] = "phonet",	 [36] = "ieee802154",
	[37] = "caif",	    [38] = "alg",     [39] = "nfc",	 [40] = "vsock",
	[41] = "kcm",	    [42] = "qipcrtr", [43] = "smc",	 [44] = "xdp",
	[45] = "mctp",
};
enum { N_FAMILIES = sizeof(families) / sizeof(*families) };

_Static_assert(sizeof(families) / sizeof(*families) <= SOCKET_FAMILIES_MAX,
	       "room for the names of all families");

bool socket_parse_access(struct parser *p, uint32_t *access)
{
	*access = 0;
	return parser_access(p, accesses, sizeof(accesses) / sizeof(*accesses), access);
}

void socket_print_access(uint32_t access, struct buf *out)
{
	buf_add_char(out, ' ');
	access_print(accesses, N_PRINTED, access, out);
}

int socket_find_family(struct slice name)
{
	for (int i = 0; i < N_FAMILIES; i++)
		if (families[i] && slice_is(name, families[i]))
			return i;
	return SOCKET_ANY;
}

const char *socket_family_name(int family)
{
	return families[family];
}

size_t socket_family_names(const char **names, size_t n)
{
	for (int i = 0; i < N_FAMILIES; i++)
		if (families[i])
			names[n++] = families[i];
	return n;
}

void socket_add_u16(struct buf *out, int value)
{
	if (value == SOCKET_ANY)
		object_any_u16(out);
	else
		lower_add_u16(out, (unsigned)value);
}

void socket_add_kind(struct buf *out, int family, int type, int protocol)
{
	socket_add_u16(out, family);
	socket_add_u16(out, type);
	socket_add_u16(out, protocol);
}

void socket_add_any_addresses(struct buf *out)
{
	buf_add_text(out, "{,**\\x00**\\x00**\\x00**\\x00**}");
}

void socket_give_unix(const struct rule *rule, const struct lower_sink *sink, int type,
		      uint32_t perms)
{
	auto_buf pattern = BUF_INIT;

	socket_add_u16(&pattern, type);
	socket_add_u16(&pattern, SOCKET_ANY);
	buf_add_text(&pattern, "**\\x00**\\x00**\\x00**");
	lower_give(sink, lower_row_of(rule, CLASS_UNIX), &pattern, perms);
}

void socket_give_net_unix(const struct rule *rule, const struct lower_sink *sink, int type,
			  uint32_t perms)
{
	auto_buf pattern = BUF_INIT;

	socket_add_kind(&pattern, SOCKET_UNIX, type, SOCKET_ANY);
	socket_add_any_addresses(&pattern);
	lower_give(sink, lower_row_of(rule, CLASS_NET), &pattern, perms);
}
