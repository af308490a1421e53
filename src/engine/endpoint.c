/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats sockets and addresses of the caller, gives copies that nobody can change any more. Only the path
 * of a unix socket is a name in the tree of files: it is replaced by the object it led to.
 */
#include "engine/endpoint.h"

#include "engine/serve_file.h"
#include "engine/supervisor.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void endpoint_release(struct endpoint *e)
{
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	held_release(&e->peer);
}

static bool read_option(int fd, int name, int *value)
{
	socklen_t len = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, name, value, &len) == 0;
}

int endpoint_take(struct call *c, int fd, struct endpoint *e)
{
	e->len = 0;
	e->fd = call_take_fd(c, fd);
	if (e->fd < 0)
		return e->fd;
	if (!read_option(e->fd, SO_DOMAIN, &e->family) || !read_option(e->fd, SO_TYPE, &e->type))
		return errno == ENOTSOCK ? -ENOTSOCK : -EBADF;
	if (!read_option(e->fd, SO_PROTOCOL, &e->protocol))
		e->protocol = 0;
	return 0;
}

int endpoint_read(struct call *c, uint64_t address, int len, struct endpoint *e)
{
	int r;

	if (len < 0 || len > ADDRESS_MAX)
		return -EINVAL;
	r = call_read(c, address, e->address.bytes, (size_t)len);
	if (r < 0)
		return r;
	e->len = (socklen_t)len;
	e->address.bytes[len] = '\0';
	if (e->family == AF_UNIX && e->len > sizeof(struct sockaddr_un))
		return -EINVAL;
	return 0;
}

int endpoint_judge(struct call *c, const char *operation, const struct endpoint *e, uint32_t wanted)
{
	return judge_net(c, operation, e->family, e->type, e->protocol, wanted);
}

bool endpoint_has_path(const struct endpoint *e)
{
	return e->family == AF_UNIX && e->len > offsetof(struct sockaddr_un, sun_path) &&
	       e->address.any.sa_family == AF_UNIX && e->address.un.sun_path[0];
}

const char *endpoint_path(const struct endpoint *e)
{
	return e->address.bytes + offsetof(struct sockaddr_un, sun_path);
}

int endpoint_hold_peer(struct call *c, const char *operation, struct endpoint *e)
{
	/* Datagrams go one way: a log's socket is written to by those who may not read it. */
	uint32_t wanted = PERM_WRITE | (e->type == SOCK_DGRAM ? 0 : PERM_READ);
	struct sockaddr_un *un = &e->address.un;
	int r;

	if (!endpoint_has_path(e))
		return 0;
	r = call_act(c, false);
	if (!r)
		r = walk_hold(c, AT_FDCWD, endpoint_path(e), 0, &e->peer);
	/* What is no socket refuses by itself. */
	if (!r && S_ISSOCK(e->peer.st.st_mode))
		r = serve_judge_held(c, operation, &e->peer, wanted);
	if (r < 0)
		return r;
	memset(un->sun_path, 0, sizeof(un->sun_path));
	snprintf(un->sun_path, sizeof(un->sun_path), "/proc/self/fd/%d", e->peer.fd);
	e->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(un->sun_path) + 1);
	return 0;
}

static int set_effective(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)(effective & permitted), (uint32_t)permitted, 0 },
		{ (uint32_t)((effective & permitted) >> 32), (uint32_t)(permitted >> 32), 0 },
	};

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/*
 * Raw calls: they change this thread alone. The saved ids stay ours, so that nothing is lost and all
 * can be taken back without a privilege.
 */
int endpoint_lend(struct call *c, struct lent *l)
{
	const struct creds *its = &c->task.creds;
	int r = call_act(c, false);

	*l = (struct lent){ .uid = getuid(), .euid = geteuid(), .gid = getgid(), .egid = getegid() };
	if (r < 0 || !c->supervisor->is_privileged ||
	    (its->fsuid == l->uid && its->fsuid == l->euid && its->fsgid == l->gid &&
	     its->fsgid == l->egid))
		return r;
	act_own(c->supervisor);
	l->is_lent = true;
	if (syscall(SYS_setresgid, its->fsgid, its->fsgid, -1) < 0 ||
	    syscall(SYS_setresuid, its->fsuid, its->fsuid, -1) < 0 ||
	    set_effective(its->cap_effective, c->supervisor->own_caps) < 0) {
		endpoint_unlend(c, l);
		return -EACCES;
	}
	return 0;
}

void endpoint_unlend(const struct call *c, struct lent *l)
{
	if (!l->is_lent)
		return;
	l->is_lent = false;
	if (syscall(SYS_setresuid, l->uid, l->euid, -1) < 0 ||
	    syscall(SYS_setresgid, l->gid, l->egid, -1) < 0)
		abort();
	set_effective(c->supervisor->own_caps, c->supervisor->own_caps);
}
