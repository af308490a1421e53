/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats socket, bind and connect, gives verdicts and results. A family, type and protocol stand in
 * registers or with the socket; the address is copied once and used by us on the caller's socket, so
 * that neither the memory nor the descriptor can be swapped under the verdict.
 *
 * Two things look different from outside. A unix socket is bound in a held folder by its last name
 * alone, so getsockname() tells that name instead of the whole path; connecting by the path works. And
 * the process number in SO_PEERCRED of a unix connection is the supervisor's; the ids are the caller's.
 */
#include "engine/endpoint.h"
#include "engine/serve.h"
#include "engine/serve_file.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* What no kernel knows fails there by itself, before a policy is asked. */
static bool is_known(int family, int type)
{
	return family >= 0 && family < AF_MAX && type >= 0 && type <= SOCK_PACKET;
}

void serve_socket(struct call *c)
{
	int family = (int)c->args[0], type = (int)c->args[1] & 0xf, r = 0;

	if (is_known(family, type))
		r = judge_net(c, "create", family, type, (int)c->args[2], PERM_NET_CREATE);
	if (r < 0)
		call_return(c, r);
	else
		call_continue(c);
}

/* The socket and the address of bind and connect. */
static int read_call(struct call *c, struct endpoint *e)
{
	int r = endpoint_take(c, (int)c->args[0], e);

	return r < 0 ? r : endpoint_read(c, c->args[1], (int)c->args[2], e);
}

/*
 * Binds in the held folder: this thread's current folder is its own, and from there the last name is
 * enough.
 */
static int bind_entry(const struct endpoint *e, const struct entry *at)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t len = strlen(at->last);
	int r;

	if (len > sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, at->last, len);
	if (fchdir(at->folder.fd) < 0)
		return -errno;
	/* A name may fill its place to the last byte, and then has no NUL. */
	r = serve_result(bind(e->fd, (struct sockaddr *)&un,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
					  (len < sizeof(un.sun_path)))));
	/* Standing in it would keep its file system busy. */
	if (chdir("/") < 0 && !r)
		r = -errno;
	return r;
}

static int bind_path(struct call *c, const struct endpoint *e)
{
	auto_entry at = ENTRY_INIT;
	struct stat st;
	int r = call_act(c, false);

	if (!r)
		r = walk_entry(c, AT_FDCWD, endpoint_path(e), &at);
	if (r < 0)
		return r;
	if (!at.last[0] || !fstatat(at.folder.fd, at.last, &st, AT_SYMLINK_NOFOLLOW))
		return -EADDRINUSE;
	if (at.has_slash)
		return -ENOENT;
	r = call_know_creds(c);
	if (!r)
		r = judge_file(c, "bind", entry_name(&at), PERM_CREATE | PERM_WRITE, c->task.creds.fsuid);
	if (!r)
		r = call_act(c, true);
	return r < 0 ? r : bind_entry(e, &at);
}

/*
 * A netlink socket without a number gets that of the process that binds: it is to be the caller's. If
 * that is taken, or the socket has one, the kernel chooses.
 */
static int bind_netlink(const struct call *c, const struct endpoint *e)
{
	struct sockaddr_nl at;

	if (e->len < sizeof(at) || e->address.any.sa_family != AF_NETLINK)
		return serve_result(bind(e->fd, &e->address.any, e->len));
	memcpy(&at, e->address.bytes, sizeof(at));
	if (!at.nl_pid) {
		at.nl_pid = (uint32_t)c->task.tgid;
		if (bind(e->fd, (struct sockaddr *)&at, sizeof(at)) == 0)
			return 0;
		at.nl_pid = 0;
	}
	return serve_result(bind(e->fd, (struct sockaddr *)&at, sizeof(at)));
}

static int do_bind(struct call *c)
{
	auto_endpoint e = ENDPOINT_INIT;
	int r = read_call(c, &e);

	if (!r)
		r = endpoint_judge(c, "bind", &e, PERM_NET_BIND);
	if (r < 0)
		return r;
	if (endpoint_has_path(&e))
		return bind_path(c, &e);
	r = call_act(c, false);
	if (r < 0)
		return r;
	return e.family == AF_NETLINK ? bind_netlink(c, &e)
				      : serve_result(bind(e.fd, &e.address.any, e.len));
}

void serve_bind(struct call *c)
{
	if (judge_is_unconfined(c))
		call_continue(c);
	else
		call_return(c, do_bind(c));
}

/* How long a call on this socket may wait, in ms; 0: without end. */
static int64_t limit_of(const struct endpoint *e)
{
	struct timeval tv = { 0, 0 };
	socklen_t len = sizeof(tv);

	if (getsockopt(e->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, &len) < 0)
		return 0;
	return tv.tv_sec * 1000 + (tv.tv_usec + 999) / 1000;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Connects and waits as the caller would, in pieces: a socket goes on connecting between them. */
static int connect_waiting(struct call *c, const struct endpoint *e)
{
	int64_t limit = limit_of(e), begin = now_ms();
	timer_t timer;
	int r = waking_start(c, &timer);

	if (r < 0)
		return r;
	for (;;) {
		r = serve_result(connect(e->fd, &e->address.any, e->len));
		if (r != -EINTR)
			break;
		if (limit && now_ms() - begin >= limit) {
			r = e->family == AF_UNIX ? -EAGAIN : -EINPROGRESS;
			break;
		}
		if (waking_is_over(c)) {
			r = limit ? -EINTR : -CALL_RESTART;
			break;
		}
	}
	timer_delete(timer);
	return r;
}

static int connect_endpoint(struct call *c, const struct endpoint *e)
{
	bool is_waiting = e->type != SOCK_DGRAM && !(fcntl(e->fd, F_GETFL) & O_NONBLOCK);
	struct lent lent;
	int r = endpoint_lend(c, &lent);

	if (r < 0)
		return r;
	r = is_waiting ? connect_waiting(c, e)
		       : serve_result(connect(e->fd, &e->address.any, e->len));
	endpoint_unlend(c, &lent);
	return r;
}

/* Connecting gives a netlink socket a number, too: see bind_netlink. */
static void place_netlink(const struct call *c, const struct endpoint *e)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK }, mine = at;
	socklen_t len = sizeof(mine);

	at.nl_pid = (uint32_t)c->task.tgid;
	if (!getsockname(e->fd, (struct sockaddr *)&mine, &len) && !mine.nl_pid)
		(void)!bind(e->fd, (struct sockaddr *)&at, sizeof(at));
}

static int do_connect(struct call *c)
{
	auto_endpoint e = ENDPOINT_INIT;
	int r = read_call(c, &e);

	if (!r)
		r = endpoint_judge(c, "connect", &e, PERM_NET_CONNECT);
	if (!r)
		r = endpoint_hold_peer(c, "connect", &e);
	if (r < 0)
		return r;
	if (e.family == AF_NETLINK)
		place_netlink(c, &e);
	return connect_endpoint(c, &e);
}

void serve_connect(struct call *c)
{
	if (judge_is_unconfined(c))
		call_continue(c);
	else
		call_return(c, do_connect(c));
}
