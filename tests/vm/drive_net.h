/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on sockets with addresses. Servers are processes of their own, under a profile of their own;
 * they are there before the case's label changes.
 */
#ifndef DRIVE_NET_H
#define DRIVE_NET_H

#include <arpa/inet.h>
#include <linux/sctp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

union any_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

/* IP PORT as an address; "unspec" for none. */
static socklen_t inet_address(const char *ip, const char *port, union any_address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, ip, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)atoi(port));
		return sizeof(a->in);
	}
	if (inet_pton(AF_INET6, ip, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons((uint16_t)atoi(port));
		return sizeof(a->in6);
	}
	return sizeof(a->any);
}

/* "@NAME" abstract (a "%" in it is a NUL), "-" for the kernel to choose, else a path. */
static socklen_t unix_address(const char *name, union any_address *a)
{
	size_t len = strlen(name);

	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	if (!strcmp(name, "-"))
		return sizeof(a->un.sun_family);
	memcpy(a->un.sun_path, name, len);
	if (name[0] != '@')
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	a->un.sun_path[0] = '\0';
	for (size_t i = 1; i < len; i++)
		if (name[i] == '%')
			a->un.sun_path[i] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/* bind FAMILY TYPE IP PORT */
static int op_bind(struct task *t)
{
	int fd = socket(number(t->words[1]), number(t->words[2]), 0);
	union any_address at;
	socklen_t len = inet_address(t->words[3], t->words[4], &at);

	return fd < 0 ? -errno : done(bind(fd, &at.any, len));
}

/* connect FAMILY TYPE IP PORT [OWN-IP OWN-PORT]: bound to the latter first */
static int op_connect(struct task *t)
{
	int fd = socket(number(t->words[1]), number(t->words[2]), 0);
	union any_address at, own;
	socklen_t len = inet_address(t->words[3], t->words[4], &at);

	if (fd < 0)
		return -errno;
	if (t->n > 5 && bind(fd, &own.any, inet_address(t->words[5], t->words[6], &own)) < 0) {
		say("not bound ");
		return -errno;
	}
	return done(connect(fd, &at.any, len));
}

/* sendto FAMILY TYPE IP PORT [fastopen|unspec]: without being connected */
static int op_sendto(struct task *t)
{
	int fd = socket(number(t->words[1]), number(t->words[2]), 0), flags = MSG_NOSIGNAL;
	union any_address at;
	socklen_t len = inet_address(t->words[3], t->words[4], &at);

	if (fd < 0)
		return -errno;
	if (t->n > 5 && !strcmp(t->words[5], "fastopen"))
		flags |= MSG_FASTOPEN;
	if (t->n > 5 && !strcmp(t->words[5], "unspec"))
		at.any.sa_family = AF_UNSPEC;
	return done(sendto(fd, "x", 1, flags, &at.any, len));
}

static int prepared_pair[2];

/*
 * pair TYPE PORT PEER-PORT USE: two IPv4 sockets of the loopback that are connected with each other, made
 * unconfined; the first is used.
 */
static void prepare_pair(struct task *t)
{
	union any_address a[2];
	int on = 1;

	for (int i = 0; i < 2; i++) {
		prepared_pair[i] = socket(AF_INET, SOCK_DGRAM, 0);
		setsockopt(prepared_pair[i], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(prepared_pair[i], &a[i].any, inet_address("127.0.0.1", t->words[1 + i], &a[i])) < 0)
			say("not bound ");
	}
	for (int i = 0; i < 2; i++)
		if (connect(prepared_pair[i], &a[!i].any, sizeof(a[!i].in)) < 0)
			say("not connected ");
	if (write(prepared_pair[1], "x", 1) != 1)
		say("not sent ");
}

/* A byte from or to a pipe, without sending or taking it by a call of sockets. */
static int splice_byte(int fd, bool is_to_socket)
{
	int ends[2];

	if (pipe(ends) < 0 || write(ends[1], "x", 1) != 1)
		return -errno;
	return done(is_to_socket ? splice(ends[0], NULL, fd, NULL, 1, 0)
				 : splice(fd, NULL, ends[1], NULL, 1, SPLICE_F_NONBLOCK));
}

static int use_socket(const char *how, int fd)
{
	union any_address at;
	socklen_t len = sizeof(at);
	int value = 0;
	char byte;

	if (!strcmp(how, "send"))
		return done(send(fd, "x", 1, MSG_NOSIGNAL));
	if (!strcmp(how, "receive"))
		return done(recv(fd, &byte, 1, MSG_DONTWAIT));
	if (!strcmp(how, "splice-to"))
		return splice_byte(fd, true);
	if (!strcmp(how, "splice-from"))
		return splice_byte(fd, false);
	if (!strcmp(how, "write"))
		return done(write(fd, "x", 1));
	if (!strcmp(how, "read"))
		return done(read(fd, &byte, 1));
	if (!strcmp(how, "getattr"))
		return done(getsockname(fd, &at.any, &len));
	if (!strcmp(how, "getpeer"))
		return done(getpeername(fd, &at.any, &len));
	len = sizeof(value);
	if (!strcmp(how, "getopt"))
		return done(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	if (!strcmp(how, "setopt"))
		return done(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, len));
	if (!strcmp(how, "shutdown"))
		return done(shutdown(fd, SHUT_RDWR));
	if (!strcmp(how, "listen"))
		return done(listen(fd, 1));
	memset(&at, 0, sizeof(at));
	if (!strcmp(how, "disconnect"))
		return done(connect(fd, &at.any, sizeof(at.any)));
	return -ENOSYS;
}

static int op_pair(struct task *t) { return use_socket(t->words[3], prepared_pair[0]); }

/* made PROFILE TYPE USE: one end of a socket pair that was made under that profile */
static void prepare_made(struct task *t)
{
	if (strcmp(t->words[1], "-") && change_profile(t->words[1]) < 0)
		say("no maker ");
	if (socketpair(AF_UNIX, number(t->words[2]), 0, prepared_pair) < 0)
		say("not made ");
	if (write(prepared_pair[1], "x", 1) != 1)
		say("not sent ");
}

static int op_made(struct task *t) { return use_socket(t->words[3], prepared_pair[0]); }

/* A server: echoes one message. Its socket has the label it was made under. */
static _Noreturn void serve(struct task *t, int ready)
{
	int type = number(t->words[1]), fd, r = 0;
	union any_address at;
	socklen_t len = unix_address(t->words[3], &at);
	bool has_path = t->words[3][0] == '/';
	char byte;

	alarm(10);
	if (strcmp(t->words[2], "-"))
		r = change_profile(t->words[2]);
	if (has_path)
		unlink(t->words[3]);
	fd = socket(AF_UNIX, type, 0);
	if (r || fd < 0 || bind(fd, &at.any, len) < 0 || (type != SOCK_DGRAM && listen(fd, 1) < 0))
		say("no server ");
	close(ready);
	if (type != SOCK_DGRAM)
		fd = accept(fd, NULL, NULL);
	if (recv(fd, &byte, 1, 0) == 1)
		send(fd, &byte, 1, MSG_NOSIGNAL);
	_exit(0);
}

/*
 * reach TYPE SERVER-PROFILE ADDRESS [OWN-ADDRESS]: connects, or of datagrams, sends one; then sends and
 * waits for the echo of streams.
 */
static void prepare_reach(struct task *t)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		_exit(1);
	if (!fork()) {
		close(ready[0]);
		serve(t, ready[1]);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) < 0)
		_exit(1);
	close(ready[0]);
}

static int op_reach(struct task *t)
{
	int type = number(t->words[1]), fd = socket(AF_UNIX, type, 0);
	union any_address at, own;
	socklen_t len = unix_address(t->words[3], &at);
	ssize_t r;
	char byte;

	if (fd < 0)
		return -errno;
	if (t->n > 4 && bind(fd, &own.any, unix_address(t->words[4], &own)) < 0) {
		say("not bound ");
		return -errno;
	}
	if (type == SOCK_DGRAM)
		return done(sendto(fd, "x", 1, MSG_NOSIGNAL, &at.any, len));
	if (connect(fd, &at.any, len) < 0)
		return -errno;
	if (send(fd, "x", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	/* What a server sent may be taken when it is gone, too. */
	poll(&(struct pollfd){ fd, POLLRDHUP, 0 }, 1, 5000);
	r = recv(fd, &byte, 1, 0);
	return r == 1 ? 0 : r < 0 ? -errno : -EPIPE;
}

/* bind-name TYPE ADDRESS [listen]: a unix socket */
static int op_bind_name(struct task *t)
{
	int fd = socket(AF_UNIX, number(t->words[1]), 0);
	union any_address at;
	socklen_t len = unix_address(t->words[2], &at);

	if (fd < 0)
		return -errno;
	if (bind(fd, &at.any, len) < 0)
		return -errno;
	return t->n > 3 ? use_socket(t->words[3], fd) : 0;
}

/* accept IP PORT: who connects is unconfined */
static void prepare_accept(struct task *t)
{
	union any_address at;
	socklen_t len = inet_address(t->words[1], t->words[2], &at);
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(5999),
				   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int on = 1;

	if (fork())
		return;
	alarm(10);
	for (int i = 0; i < 50; i++) {
		int fd = socket(at.any.sa_family, SOCK_STREAM, 0);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (at.any.sa_family == AF_INET && bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
			say("not bound ");
		if (!connect(fd, &at.any, len))
			break;
		close(fd);
		usleep(100000);
	}
	sleep(2);
	_exit(0);
}

static int op_accept(struct task *t)
{
	int fd, on = 1;
	union any_address at;
	socklen_t len = inet_address(t->words[1], t->words[2], &at);

	fd = socket(at.any.sa_family, SOCK_STREAM, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, &at.any, len) < 0 || listen(fd, 1) < 0)
		return -errno;
	return done(accept(fd, NULL, NULL));
}

/* ---- SCTP: sockets with several addresses ---- */

enum { SCTP_ADDRESSES_MAX = 4, SCTP_TRIES = 20 };

/* Addresses of one port, one behind the other, as the options take them; gives their length. */
static socklen_t sctp_list(char **ips, int n, const char *port, char list[])
{
	socklen_t len = 0;

	for (int i = 0; i < n; i++) {
		union any_address a;
		socklen_t one = inet_address(ips[i], port, &a);

		memcpy(list + len, &a, one);
		len += one;
	}
	return len;
}

/* sctp-bind PORT IP...: by bind for the first, and by one call for all others */
static int op_sctp_bind(struct task *t)
{
	char list[SCTP_ADDRESSES_MAX * sizeof(union any_address)];
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	union any_address first;
	socklen_t len = inet_address(t->words[2], t->words[1], &first);

	if (fd < 0)
		return -errno;
	if (bind(fd, &first.any, len) < 0) {
		say("not bound ");
		return -errno;
	}
	len = sctp_list(t->words + 3, t->n - 3, t->words[1], list);
	return done(setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, list, len));
}

/* sctp-connect PORT IP...: to all of them at once; nobody is there */
static int op_sctp_connect(struct task *t)
{
	char list[SCTP_ADDRESSES_MAX * sizeof(union any_address)];
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	socklen_t len = sctp_list(t->words + 2, t->n - 2, t->words[1], list);

	if (fd < 0)
		return -errno;
	return done(setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, list, len));
}

/* The other end: takes an association, and brings an address into it. */
static _Noreturn void sctp_serve(struct task *t, int listening)
{
	char list[sizeof(union any_address)];
	socklen_t len = sctp_list(t->words + 2, 1, t->words[1], list);
	char byte;
	int fd;

	alarm(10);
	fd = accept(listening, NULL, NULL);
	if (fd < 0 || setsockopt(fd, IPPROTO_SCTP, SCTP_SOCKOPT_BINDX_ADD, list, len) < 0)
		say("not added ");
	while (recv(fd, &byte, 1, 0) > 0)
		;
	_exit(0);
}

/* sctp-added PORT IP: connected with 127.0.0.1, which then says that it has the address, too */
static void prepare_sctp_added(struct task *t)
{
	union any_address a;
	socklen_t len = inet_address("127.0.0.1", t->words[1], &a);

	t->fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
	if (bind(t->fd, &a.any, len) < 0 || listen(t->fd, 1) < 0)
		say("no server ");
	if (!fork())
		sctp_serve(t, t->fd);
	close(t->fd);
}

static int op_sctp_added(struct task *t)
{
	struct {
		struct sctp_getaddrs head;
		char room[SCTP_ADDRESSES_MAX * sizeof(union any_address)];
	} peers;
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP), r = 0;
	union any_address a;
	socklen_t len = inet_address("127.0.0.1", t->words[1], &a);
	unsigned n = 0;

	if (fd < 0 || connect(fd, &a.any, len) < 0)
		return -errno;
	for (int i = 0; i < SCTP_TRIES && !r && n < 2; i++) {
		usleep(100000);
		memset(&peers, 0, sizeof(peers));
		len = sizeof(peers);
		r = done(getsockopt(fd, IPPROTO_SCTP, SCTP_GET_PEER_ADDRS, &peers, &len));
		n = peers.head.addr_num;
	}
	close(fd);
	return r ? r : n < 2 ? -ENOENT : 0;
}

#endif
