/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets: families, addresses, passing of descriptors and credentials. Loopback only. */
#include "say.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>

static void kinds(void)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_BLUETOOTH,
					AF_VSOCK, AF_ALG, AF_KEY, 0, 44, 99, -1 };
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM, 0, 11, 17,
				     SOCK_STREAM | SOCK_CLOEXEC, SOCK_DGRAM | SOCK_NONBLOCK, -1 };
	static const int protocols[] = { 0, 1, IPPROTO_TCP, IPPROTO_UDP, 255, 300, -1 };

	for (size_t f = 0; f < sizeof(families) / sizeof(*families); f++)
		for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++)
			for (size_t p = 0; p < sizeof(protocols) / sizeof(*protocols); p++) {
				char what[80];
				int pair[2] = { -1, -1 }, fd;

				snprintf(what, sizeof(what), "socket %d %#x %d", families[f], types[t], protocols[p]);
				fd = socket(families[f], types[t], protocols[p]);
				say(what, fd);
				if (fd >= 0) {
					note("  flags %d %#o", fcntl(fd, F_GETFD), fcntl(fd, F_GETFL));
					close(fd);
				}
				if (f > 1)
					continue;
				memcpy(what, "paired", 6);
				if (say(what, socketpair(families[f], types[t], protocols[p], pair)) == 0) {
					note("  %d %d flags %d", pair[0], pair[1], fcntl(pair[1], F_GETFD));
					close(pair[0]);
					close(pair[1]);
				}
			}
	T(socketpair(AF_UNIX, SOCK_STREAM, 0, (int *)8));
	show_fds();
}

static socklen_t address(struct sockaddr_un *a, const char *name, size_t len)
{
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path, name, len < sizeof(a->sun_path) ? len : sizeof(a->sun_path));
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void show_name(int fd)
{
	struct sockaddr_un a = { 0 };
	socklen_t len = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		note("  name of %u bytes [%s%s]", len, a.sun_path[0] ? "" : "@",
		     a.sun_path[0] ? a.sun_path : a.sun_path + 1);
}

static void by_path(void)
{
	struct sockaddr_un a;
	char long_name[120], text[16] = "", abstract[64];
	socklen_t len;
	struct stat st;
	int n;

	head("unix sockets by path");
	umask(027);
	len = address(&a, "sock", 5);
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect(3, (void *)&a, len));
	T(bind(3, (void *)&a, len));
	show_name(3);
	T(bind(3, (void *)&a, len));
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(bind(4, (void *)&a, len));
	T(connect(4, (void *)&a, len));
	T(listen(3, 5));
	T(connect(4, (void *)&a, len));
	T(connect(4, (void *)&a, len));
	T(accept4(3, NULL, NULL, SOCK_CLOEXEC));
	T(write(4, "over", 4));
	T(read(5, text, sizeof(text)));
	note("%s", text);
	T(lstat("sock", &st));
	note("mode %o", st.st_mode);
	close(4);
	close(5);
	head("by other names");
	symlink("sock", "ls");
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	len = address(&a, "ls", 3);
	T(connect(4, (void *)&a, len));
	close(4);
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(bind(4, (void *)&a, len));
	symlink("dangling-target", "ld");
	len = address(&a, "ld", 3);
	T(bind(4, (void *)&a, len));
	len = address(&a, "none/x", 7);
	T(bind(4, (void *)&a, len));
	T(connect(4, (void *)&a, len));
	put_file("plain", "");
	len = address(&a, "plain", 6);
	T(connect(4, (void *)&a, len));
	T(bind(4, (void *)&a, len));
	len = address(&a, ".", 2);
	T(connect(4, (void *)&a, len));
	len = address(&a, "nozero", 6);
	T(bind(4, (void *)&a, len));
	show_name(4);
	close(4);
	memset(long_name, 'l', sizeof(long_name));
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	len = address(&a, long_name, 108);
	T(bind(4, (void *)&a, len));
	show_name(4);
	T(bind(4, (void *)&a, len + 1));
	T(bind(4, (void *)&a, 1));
	T(bind(4, (void *)&a, 0));
	T(bind(4, (void *)8, len));
	T(bind(99, (void *)&a, len));
	T(bind(0, (void *)&a, len));
	T(connect(4, (void *)8, len));
	T(connect(99, (void *)&a, len));
	close(4);
	head("datagrams by path");
	len = address(&a, "dgram", 6);
	T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(bind(4, (void *)&a, len));
	T(socket(AF_UNIX, SOCK_DGRAM, 0));
	T(sendto(5, "to path", 7, 0, (void *)&a, len));
	T(read(4, text, sizeof(text)));
	T(sendto(5, "x", 1, 0, (void *)8, len));
	T(sendto(5, (void *)8, 5, 0, (void *)&a, len));
	T(connect(5, (void *)&a, len));
	T(send(5, "y", 1, 0));
	len = address(&a, "none", 5);
	T(sendto(5, "x", 1, 0, (void *)&a, len));
	unlink("dgram");
	T(sendto(5, "x", 1, 0, NULL, 0));
	close(4);
	close(5);
	close(3);
	head("abstract names");
	n = snprintf(abstract, sizeof(abstract), "%cpavise-test-%d", 0, getpid());
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	len = address(&a, abstract, (size_t)n);
	T(bind(3, (void *)&a, len));
	T(listen(3, 1));
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(connect(4, (void *)&a, len));
	T(connect(4, (void *)&a, len - 1));
	close(4);
	close(3);
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(bind(3, (void *)&a, sizeof(sa_family_t)));
	close(3);
}

static void inet(int family)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *a = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six), got = len;
	char text[16] = "";
	int on = 1;

	note("== internet family %d", family);
	T(socket(family, SOCK_STREAM, 0));
	T(setsockopt(3, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	T(bind(3, a, len));
	T(listen(3, 4));
	T(getsockname(3, a, &got));
	T(socket(family, SOCK_STREAM, 0));
	T(connect(4, a, len));
	T(accept(3, NULL, NULL));
	T(send(4, "stream", 6, 0));
	T(recv(5, text, sizeof(text), 0));
	note("%s", text);
	T(shutdown(4, SHUT_WR));
	T(recv(5, text, sizeof(text), 0));
	T(connect(4, a, len));
	close(5);
	close(4);
	close(3);
	T(socket(family, SOCK_STREAM, 0));
	T(connect(3, a, len));
	T(connect(3, a, 3));
	T(bind(3, a, 3));
	close(3);
	T(socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0));
	T(connect(3, a, len) < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED) ? 0 : -1);
	close(3);
	if (family == AF_INET)
		four.sin_port = 0;
	else
		six.sin6_port = 0;
	T(socket(family, SOCK_DGRAM, 0));
	T(bind(3, a, len));
	got = len;
	T(getsockname(3, a, &got));
	T(socket(family, SOCK_DGRAM, 0));
	T(sendto(4, "datagram", 8, 0, a, len));
	T(recv(3, text, sizeof(text), 0));
	note("%s", text);
	T(sendto(4, "x", 1, 0, a, 3));
	T(sendto(4, "x", 1, 0, (void *)8, len));
	T(sendto(4, "x", 1, 0, NULL, 0));
	T(sendto(99, "x", 1, 0, a, len));
	T(connect(4, a, len));
	T(send(4, "y", 1, 0));
	four.sin_family = AF_UNSPEC;
	T(connect(4, (void *)&four, sizeof(four)));
	close(4);
	close(3);
}

/* Sends bytes and descriptors over a socket. */
static ssize_t pass(int via, const int *fds, size_t n, int flags, struct sockaddr_un *to, socklen_t len)
{
	char control[CMSG_SPACE(sizeof(int) * 260)] = { 0 };
	struct iovec iov = { (char[]){ "data" }, 4 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_name = to, .msg_namelen = len };

	if (n) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		m.msg_control = control;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
	}
	return sendmsg(via, &m, flags);
}

static ssize_t take(int via, int flags)
{
	char control[CMSG_SPACE(sizeof(int) * 260)], text[16];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			    .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(via, &m, flags);

	if (n >= 0)
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
			int count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));

			if (c->cmsg_type == SCM_CREDENTIALS) {
				struct ucred *u = (struct ucred *)CMSG_DATA(c);

				note("  credentials: mine %d uid %u", u->pid == getpid(), u->uid);
				continue;
			}
			printf("  got %d:", count);
			for (int i = 0; i < count && i < 4; i++)
				printf(" %d", ((int *)CMSG_DATA(c))[i]);
			puts("");
			for (int i = 0; i < count; i++)
				close(((int *)CMSG_DATA(c))[i]);
		}
	return n;
}

static void passing(void)
{
	int pair[2], list[260], on = 1;
	struct sockaddr_un a;
	socklen_t len;
	struct mmsghdr two[3];
	struct iovec iov = { (char[]){ "many" }, 4 };

	head("passing descriptors");
	put_file("f", "f");
	T(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	T(open("f", O_RDONLY));
	list[0] = 5;
	list[1] = 1;
	T(pass(3, list, 2, 0, NULL, 0));
	T(take(4, 0));
	T(pass(3, list, 1, 0, NULL, 0));
	T(take(4, MSG_CMSG_CLOEXEC));
	list[1] = 99;
	T(pass(3, list, 2, 0, NULL, 0));
	for (int i = 0; i < 260; i++)
		list[i] = 5;
	T(pass(3, list, 253, 0, NULL, 0));
	T(take(4, 0));
	T(pass(3, list, 254, 0, NULL, 0));
	T(setsockopt(4, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	T(pass(3, NULL, 0, 0, NULL, 0));
	T(take(4, 0));
	T(sendmsg(3, (void *)8, 0));
	T(sendmsg(99, NULL, 0));
	close(3);
	T(pass(4, NULL, 0, MSG_NOSIGNAL, NULL, 0));
	close(4);
	head("messages with an address");
	T(socket(AF_UNIX, SOCK_DGRAM, 0));
	len = address(&a, "msock", 6);
	T(bind(3, (void *)&a, len));
	T(socket(AF_UNIX, SOCK_DGRAM, 0));
	list[0] = 5;
	T(pass(4, list, 1, 0, &a, len));
	T(take(3, 0));
	T(pass(4, NULL, 0, 0, &a, 1));
	T(pass(4, NULL, 0, 0, (void *)8, len));
	memset(two, 0, sizeof(two));
	for (int i = 0; i < 3; i++) {
		two[i].msg_hdr.msg_iov = &iov;
		two[i].msg_hdr.msg_iovlen = 1;
		two[i].msg_hdr.msg_name = &a;
		two[i].msg_hdr.msg_namelen = len;
	}
	T(sendmmsg(4, two, 3, 0));
	note("%u %u %u", two[0].msg_len, two[1].msg_len, two[2].msg_len);
	T(take(3, 0));
	T(take(3, 0));
	T(take(3, 0));
	two[1].msg_hdr.msg_name = (void *)8;
	T(sendmmsg(4, two, 3, 0));
	T(take(3, MSG_DONTWAIT));
	T(sendmmsg(4, (void *)8, 3, 0));
	T(sendmmsg(4, two, 0, 0));
	T(connect(4, (void *)&a, len));
	two[0].msg_hdr.msg_name = NULL;
	two[0].msg_hdr.msg_namelen = 0;
	T(sendmmsg(4, two, 1, 0));
	T(take(3, MSG_DONTWAIT));
	for (int fd = 3; fd <= 5; fd++)
		close(fd);
}

static void waiting(void)
{
	struct sockaddr_un a;
	socklen_t len = address(&a, "slow", 5);
	char byte;
	pid_t pid;
	int status;

	head("calls that wait");
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(bind(3, (void *)&a, len));
	T(listen(3, 0));
	pid = fork();
	if (!pid) {
		int one = socket(AF_UNIX, SOCK_STREAM, 0), two = socket(AF_UNIX, SOCK_STREAM, 0);

		/* The queue holds one: the second waits for an accept. */
		_exit(connect(one, (void *)&a, len) == 0 && connect(two, (void *)&a, len) == 0 &&
		      write(two, "2", 1) == 1 ? 7 : errno);
	}
	nap(100);
	T(accept(3, NULL, NULL));
	T(accept(3, NULL, NULL));
	T(read(5, &byte, 1));
	waitpid(pid, &status, 0);
	note("%s", show_status(status));
	for (int fd = 3; fd <= 5; fd++)
		close(fd);
}

int main(void)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };

	signal(SIGPIPE, SIG_IGN);
	show_fds();
	kinds();
	by_path();
	inet(AF_INET);
	inet(AF_INET6);
	passing();
	waiting();
	head("netlink");
	T(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	T(bind(3, (void *)&nl, sizeof(nl)));
	T(OK(if_nametoindex("lo")));
	close(3);
	show_fds();
	tree(".");
	return 0;
}
