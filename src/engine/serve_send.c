/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats sendto, sendmsg and sendmmsg. A path can stand in the address of a unix datagram alone: such
 * messages are copied once and sent by us, to the object that was decided on. All others are native:
 * the kernel does not look at the tree of files for them.
 *
 * Descriptors that go with a message are taken over and sent; other control data of a unix datagram is
 * refused with EPERM, for the kernel would check it against the wrong process.
 */
#include "engine/endpoint.h"
#include "engine/serve.h"
#include "engine/serve_file.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
	DATA_MAX = 1 << 24,		/* of one message; what a socket takes is far less */
	PARTS_MAX = 1024,		/* the kernel's UIO_MAXIOV */
	CONTROL_MAX = 8192,
	FDS_MAX = 253,			/* the kernel's SCM_MAX_FD */
};

/* A message on its way: our copy. */
struct message {
	char *data;
	size_t len;
	int n_fds;
	int fds[FDS_MAX];
};

static void message_release(struct message *m)
{
	for (int i = 0; i < m->n_fds; i++)
		close(m->fds[i]);
	m->n_fds = 0;
	free(m->data);
	m->data = NULL;
}

#define auto_message __attribute__((cleanup(message_release))) struct message

static int read_data(struct call *c, const struct iovec *parts, size_t n, struct message *m)
{
	size_t at = 0;

	m->len = 0;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].iov_len > DATA_MAX - m->len)
			return -EMSGSIZE;
		m->len += parts[i].iov_len;
	}
	m->data = malloc(m->len + 1);
	if (!m->data)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = call_read(c, (uint64_t)(uintptr_t)parts[i].iov_base, m->data + at, parts[i].iov_len);

		if (r < 0)
			return r;
		at += parts[i].iov_len;
	}
	return 0;
}

static int take_fds(struct call *c, const struct cmsghdr *head, struct message *m)
{
	const unsigned char *at = CMSG_DATA(head);
	size_t n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < n; i++) {
		int fd;

		if (m->n_fds == FDS_MAX)
			return -EINVAL;
		memcpy(&fd, at + i * sizeof(fd), sizeof(fd));
		fd = call_take_fd(c, fd);
		if (fd < 0)
			return fd;
		m->fds[m->n_fds++] = fd;
	}
	return 0;
}

static int read_control(struct call *c, const struct msghdr *h, struct message *m)
{
	_Alignas(struct cmsghdr) char room[CONTROL_MAX];
	struct msghdr copy = { .msg_control = room, .msg_controllen = h->msg_controllen };
	int r;

	if (!h->msg_controllen)
		return 0;
	if (h->msg_controllen > sizeof(room))
		return -ENOBUFS;
	r = call_read(c, (uint64_t)(uintptr_t)h->msg_control, room, h->msg_controllen);
	for (struct cmsghdr *head = CMSG_FIRSTHDR(&copy); !r && head; head = CMSG_NXTHDR(&copy, head)) {
		size_t left = copy.msg_controllen - (size_t)((char *)head - room);

		if (head->cmsg_len < CMSG_LEN(0) || head->cmsg_len > left)
			return -EINVAL;
		if (head->cmsg_level != SOL_SOCKET)
			continue;
		r = head->cmsg_type == SCM_RIGHTS ? take_fds(c, head, m) : -EPERM;
	}
	return r;
}

/* Sends, waiting in pieces if the peer is slow. */
static int64_t send_waiting(struct call *c, const struct endpoint *e, const struct msghdr *h, int flags)
{
	bool is_waiting = !(flags & MSG_DONTWAIT) && !(fcntl(e->fd, F_GETFL) & O_NONBLOCK);
	timer_t timer;
	int64_t r = is_waiting ? waking_start(c, &timer) : 0;

	if (r < 0)
		return r;
	do {
		ssize_t n = sendmsg(e->fd, h, flags | MSG_NOSIGNAL);

		r = n < 0 ? -errno : n;
		if (r == -EINTR && waking_is_over(c))
			r = -CALL_RESTART;
	} while (r == -EINTR);
	if (is_waiting)
		timer_delete(timer);
	return r;
}

static int64_t send_message(struct call *c, struct endpoint *e, struct message *m, int flags)
{
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(int) * FDS_MAX)];
	struct iovec part = { m->data, m->len };
	struct msghdr h = { .msg_iov = &part, .msg_iovlen = 1 };
	struct lent lent;
	int64_t r;

	if (e->len) {
		h.msg_name = &e->address;
		h.msg_namelen = e->len;
	}
	if (m->n_fds) {
		struct cmsghdr *head = (struct cmsghdr *)room;
		size_t len = sizeof(int) * (size_t)m->n_fds;

		memset(room, 0, sizeof(room));
		*head = (struct cmsghdr){ CMSG_LEN(len), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(head), m->fds, len);
		h.msg_control = room;
		h.msg_controllen = CMSG_SPACE(len);
	}
	r = endpoint_lend(c, &lent);
	if (r < 0)
		return r;
	r = send_waiting(c, e, &h, flags);
	endpoint_unlend(c, &lent);
	return r;
}

/* Decides on one message whose address was copied, and sends it. */
static int64_t send_judged(struct call *c, struct endpoint *e, struct message *m, int flags)
{
	int r = endpoint_judge(c, "sendmsg", e, PERM_NET_SEND);

	if (!r)
		r = endpoint_hold_peer(c, "sendmsg", e);
	return r < 0 ? r : send_message(c, e, m, flags);
}

static bool is_unix_datagram(const struct endpoint *e)
{
	return e->family == AF_UNIX && e->type == SOCK_DGRAM;
}

/*
 * The socket, decided on; an answer is given, and false, for all that the kernel may go on with and for
 * all that fails.
 */
static bool take_datagram(struct call *c, struct endpoint *e)
{
	int r;

	if (judge_is_unconfined(c)) {
		call_continue(c);
		return false;
	}
	r = endpoint_take(c, (int)c->args[0], e);
	if (!r && is_unix_datagram(e))
		return true;
	if (!r)
		r = endpoint_judge(c, "sendmsg", e, PERM_NET_SEND);
	if (r < 0)
		call_return(c, r);
	else
		call_continue(c);
	return false;
}

void serve_sendto(struct call *c)
{
	auto_endpoint e = ENDPOINT_INIT;
	auto_message m = { .n_fds = 0 };
	struct iovec part = { (void *)(uintptr_t)c->args[1], c->args[2] };
	int r;

	if (!take_datagram(c, &e))
		return;
	r = endpoint_read(c, c->args[4], (int)c->args[5], &e);
	if (!r)
		r = read_data(c, &part, 1, &m);
	call_return(c, r < 0 ? r : send_judged(c, &e, &m, (int)c->args[3]));
}

/* One struct msghdr of the caller. */
static int64_t send_header(struct call *c, struct endpoint *e, uint64_t address, int flags)
{
	static _Thread_local struct iovec parts[PARTS_MAX];
	auto_message m = { .n_fds = 0 };
	struct msghdr h;
	int r = call_read(c, address, &h, sizeof(h));

	held_release(&e->peer);
	e->len = 0;
	if (r < 0)
		return r;
	if (h.msg_iovlen > PARTS_MAX)
		return -EMSGSIZE;
	/* As the kernel: a longer address is cut; none has no length. */
	if (h.msg_name && h.msg_namelen)
		r = (int)h.msg_namelen < 0 ? -EINVAL
					   : endpoint_read(c, (uint64_t)(uintptr_t)h.msg_name,
							   h.msg_namelen > ADDRESS_MAX ? ADDRESS_MAX
										       : (int)h.msg_namelen,
							   e);
	if (!r)
		r = call_read(c, (uint64_t)(uintptr_t)h.msg_iov, parts, h.msg_iovlen * sizeof(parts[0]));
	if (!r)
		r = read_data(c, parts, h.msg_iovlen, &m);
	if (!r)
		r = read_control(c, &h, &m);
	return r < 0 ? r : send_judged(c, e, &m, flags);
}

/* Many messages: how many went out, or why the first did not. */
static int64_t send_headers(struct call *c, struct endpoint *e, uint64_t address, unsigned n,
			    int flags)
{
	unsigned done = 0;

	for (; done < n && done < PARTS_MAX; done++) {
		uint64_t at = address + done * sizeof(struct mmsghdr);
		int64_t r = send_header(c, e, at, flags);
		unsigned len;

		if (r < 0)
			return done ? (int64_t)done : r;
		len = (unsigned)r;
		r = call_write(c, at + offsetof(struct mmsghdr, msg_len), &len, sizeof(len));
		if (r < 0)
			return done ? (int64_t)done : r;
	}
	return done;
}

void serve_sendmsg(struct call *c)
{
	auto_endpoint e = ENDPOINT_INIT;

	if (!take_datagram(c, &e))
		return;
	if (c->nr == __NR_sendmmsg)
		call_return(c, send_headers(c, &e, c->args[1], (unsigned)c->args[2], (int)c->args[3]));
	else
		call_return(c, send_header(c, &e, c->args[1], (int)c->args[2]));
}
