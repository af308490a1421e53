/* SPDX-License-Identifier: BSD-2-Clause */
/* A caller's socket and the address it names, copied once; private to serve_net.c and serve_send.c. */
#ifndef ENGINE_ENDPOINT_H
#define ENGINE_ENDPOINT_H

#include "engine/call.h"
#include "engine/walk.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { ADDRESS_MAX = 128 };		/* the kernel's own limit */

struct endpoint {
	int fd;				/* our copy of the caller's socket */
	int family, type, protocol;
	socklen_t len;			/* of the address; 0: none */
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		char bytes[ADDRESS_MAX + 1];	/* NUL-ended */
	} address;
	struct held peer;		/* what its path leads to */
};

#define ENDPOINT_INIT { .fd = -1, .peer = HELD_INIT }
#define auto_endpoint __attribute__((cleanup(endpoint_release))) struct endpoint
void endpoint_release(struct endpoint *e);

/* Takes the caller's socket; -EBADF, -ENOTSOCK. */
int endpoint_take(struct call *c, int fd, struct endpoint *e);

/* Copies an address out of the caller. */
int endpoint_read(struct call *c, uint64_t address, int len, struct endpoint *e);

/* The network rules for this socket. */
int endpoint_judge(struct call *c, const char *operation, const struct endpoint *e, uint32_t wanted);

/* A unix address that is a path, and its text. */
bool endpoint_has_path(const struct endpoint *e);
const char *endpoint_path(const struct endpoint *e);

/*
 * Holds the socket that the path leads to, decides on it, and makes the address mean that object and
 * nothing else. Does nothing with other addresses.
 */
int endpoint_hold_peer(struct call *c, const char *operation, struct endpoint *e);

/*
 * What a peer is told of who speaks (SO_PEERCRED, SCM_CREDENTIALS) are the ids of the thread that makes
 * the call, not those for file systems: from here to endpoint_unlend they are the caller's, too. The
 * number of the process stays the supervisor's.
 */
struct lent {
	bool is_lent;
	uid_t uid, euid;
	gid_t gid, egid;
};
int endpoint_lend(struct call *c, struct lent *l);
void endpoint_unlend(const struct call *c, struct lent *l);

#endif
