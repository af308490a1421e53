/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What network and unix rules share: names of accesses, families and types, and the beginnings of
 * their objects. A network rule that covers unix sockets covers them in CLASS_UNIX too, and a unix
 * rule covers unix sockets in CLASS_NET, for engines that ask no closer.
 */
#ifndef LANG_SOCKET_H
#define LANG_SOCKET_H

#include "lang/rule_class.h"

#include <stdint.h>

enum {
	SOCKET_ANY = -1,		/* any family, type or protocol */
	SOCKET_UNIX = 1,
	SOCKET_INET = 2,
	SOCKET_INET6 = 10,
	SOCKET_FAMILIES_MAX = 64,	/* families with a name */
};

/* An access list, 0 in *access if there is none. False: reported. */
bool socket_parse_access(struct parser *p, uint32_t *access);
void socket_print_access(uint32_t access, struct buf *out);

/* Linux' number of a family, SOCKET_ANY if there is no such name. */
int socket_find_family(struct slice name);
const char *socket_family_name(int family);

/* Adds the names of all families to a NULL-ended list; gives the number of names in it. */
size_t socket_family_names(const char **names, size_t n);

/* Adds family, type and protocol. */
void socket_add_kind(struct buf *out, int family, int type, int protocol);
void socket_add_u16(struct buf *out, int value);

/* Adds the rest of an object of CLASS_NET: no addresses, or any. */
void socket_add_any_addresses(struct buf *out);

/* Gives a row for all unix sockets of a type: in CLASS_UNIX, in CLASS_NET. */
void socket_give_unix(const struct rule *rule, const struct lower_sink *sink, int type,
		      uint32_t perms);
void socket_give_net_unix(const struct rule *rule, const struct lower_sink *sink, int type,
			  uint32_t perms);

#endif
