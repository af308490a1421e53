/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats records of the ring buffer (abi/policy.h), gives events. */
#include "engine/bpf_events.h"

#include "base/arena.h"
#include "base/io.h"
#include "engine/bpf_kernel.h"
#include "engine/target.h"
#include "event/inet.h"
#include "image/label.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Full names of profiles by number. */
struct bpf_names {
	char (*texts)[POLICY_LABEL_MAX];
	uint32_t n;
	int fd;				/* where they are read from */
};

struct bpf_events {
	struct ring_buffer *ring;
	int counts;
	struct bpf_names names;
	uint64_t generation;
	uint64_t lost;			/* told so far, by earlier daemons too */
	uint64_t serial;
	void (*tell)(void *to, const struct event *e);
	void *to;
};

static const char *const operations[N_POLICY_OPS] = {
	[POLICY_OP_OPEN] = "open", [POLICY_OP_MKNOD] = "mknod", [POLICY_OP_MKDIR] = "mkdir",
	[POLICY_OP_RMDIR] = "rmdir", [POLICY_OP_UNLINK] = "unlink",
	[POLICY_OP_TRUNCATE] = "truncate", [POLICY_OP_SYMLINK] = "symlink",
	[POLICY_OP_LINK] = "link", [POLICY_OP_RENAME_SRC] = "rename_src",
	[POLICY_OP_RENAME_DEST] = "rename_dest", [POLICY_OP_CHMOD] = "chmod",
	[POLICY_OP_CHOWN] = "chown", [POLICY_OP_FILE_PERM] = "file_perm",
	[POLICY_OP_FILE_RECEIVE] = "file_receive", [POLICY_OP_FILE_LOCK] = "file_lock",
	[POLICY_OP_FILE_MMAP] = "file_mmap", [POLICY_OP_FILE_MPROTECT] = "file_mprotect",
	[POLICY_OP_EXEC] = "exec", [POLICY_OP_CAPABLE] = "capable", [POLICY_OP_CREATE] = "create",
	[POLICY_OP_BIND] = "bind", [POLICY_OP_CONNECT] = "connect", [POLICY_OP_LISTEN] = "listen",
	[POLICY_OP_ACCEPT] = "accept", [POLICY_OP_SENDMSG] = "sendmsg",
	[POLICY_OP_RECVMSG] = "recvmsg", [POLICY_OP_GETSOCKOPT] = "getsockopt",
	[POLICY_OP_SETSOCKOPT] = "setsockopt", [POLICY_OP_GETSOCKNAME] = "getsockname",
	[POLICY_OP_GETPEERNAME] = "getpeername", [POLICY_OP_SHUTDOWN] = "socket_shutdown",
	[POLICY_OP_SIGNAL] = "signal", [POLICY_OP_PTRACE] = "ptrace", [POLICY_OP_MOUNT] = "mount",
	[POLICY_OP_REMOUNT] = "remount", [POLICY_OP_UMOUNT] = "umount",
	[POLICY_OP_PIVOTROOT] = "pivotroot", [POLICY_OP_SETRLIMIT] = "setrlimit",
	[POLICY_OP_USERNS] = "userns_create", [POLICY_OP_URING_SQPOLL] = "uring_sqpoll",
	[POLICY_OP_URING_OVERRIDE] = "uring_override", [POLICY_OP_GUARD] = "guard",
	[POLICY_OP_CHANGE_PROFILE] = "change_profile", [POLICY_OP_CHANGE_HAT] = "change_hat",
	[POLICY_OP_CHANGE_ONEXEC] = "change_onexec", [POLICY_OP_GETATTR] = "getattr",
	[POLICY_OP_SENDTO] = "sendmsg", [POLICY_OP_MQUEUE] = "mqueue",
};

static const char *const infos[N_POLICY_INFOS] = {
	[POLICY_INFO_DISCONNECTED] = "Failed name lookup - disconnected path",
	[POLICY_INFO_DELETED] = "Failed name lookup - deleted entry",
	[POLICY_INFO_TOO_LONG] = "Failed name lookup - name too long",
	[POLICY_INFO_NO_PROFILE] = "profile not found",
	[POLICY_INFO_AMBIGUOUS] = "several profiles attach",
	[POLICY_INFO_NO_SCRATCH] = "no buffer was free",
	[POLICY_INFO_NO_NEW_PRIVS] = "no new privs",
	[POLICY_INFO_STACK] = "this stack was not made with the policy",
	[POLICY_INFO_GUARD] = "part of the engine",
	[POLICY_INFO_BUSY] = "names changed while they were read",
	[POLICY_INFO_TRACED] = "ptrace prevents transition",
	[POLICY_INFO_SOURCE] = "the source is named by a symbolic link or ..",
	[POLICY_INFO_NO_OBJECT] = "needs a rule that allows every remount",
};

static enum event_verdict verdict_of(uint32_t kind)
{
	switch (kind) {
	case POLICY_EVENT_ALLOWED:
		return EVENT_ALLOWED;
	case POLICY_EVENT_AUDIT:
		return EVENT_AUDIT;
	case POLICY_EVENT_KILLED:
		return EVENT_KILLED;
	default:
		return EVENT_DENIED;
	}
}

static void copy_name(char *to, uint16_t *to_len, bool *is_cut, const char *from, size_t len)
{
	if (len > EVENT_NAME_MAX - 1) {
		len = EVENT_NAME_MAX - 1;
		*is_cut = true;
	}
	memcpy(to, from, len);
	to[len] = '\0';
	*to_len = (uint16_t)len;
}

/* An address of the internet, for people. */
static void write_inet(char *text, uint16_t *len)
{
	auto_buf words = BUF_INIT;

	if (!event_print_inet(slice_make(text, *len), &words))
		return;
	*len = (uint16_t)words.len;
	memcpy(text, buf_text(&words), words.len + 1);
}

static const char *name_of(const struct bpf_names *names, uint32_t number)
{
	return number < names->n && names->texts[number][0] ? names->texts[number] : "unconfined";
}

static void keep_name(void *to, const char *name, uint32_t number)
{
	struct bpf_names *names = to;

	if (number >= POLICY_PROFILES_MAX)
		return;
	if (number >= names->n) {
		uint32_t n = number + 64;
		void *more = realloc(names->texts, n * sizeof(*names->texts));

		if (!more)
			return;		/* who is meant stays unsaid; the event is told */
		names->texts = more;
		memset(names->texts + names->n, 0, (n - names->n) * sizeof(*names->texts));
		names->n = n;
	}
	snprintf(names->texts[number], POLICY_LABEL_MAX, "%s", name);
}

static void fill_label(const struct policy_event *r, const struct bpf_names *names, struct event *out)
{
	const char *name = name_of(names, r->profile);

	if (r->label_flags & LABEL_NULL)
		snprintf(out->profile, sizeof(out->profile), "%s//null-%s", name, out->comm);
	else
		snprintf(out->profile, sizeof(out->profile), "%s", name);
}

/* The label that was asked for, and with what word. */
static void fill_wish(const struct policy_event *r, const struct bpf_names *names, struct event *out)
{
	auto_buf name = BUF_INIT;

	if (r->peer == POLICY_NO_PART)
		return;
	label_print_with(name_of(names, r->peer), r->value & WISH_OVER_NOBODY, &name);
	copy_name(out->name, &out->name_len, &out->is_cut, buf_text(&name), name.len);
	if (r->value & WISH_STACK)
		snprintf(out->operation, sizeof(out->operation), "%s",
			 r->op == POLICY_OP_CHANGE_ONEXEC ? "stack_onexec" : "stack");
}

static void fill_peer(const struct policy_event *r, const struct bpf_names *names, uint32_t flags, struct event *out)
{
	auto_buf name = BUF_INIT;

	label_print_with(name_of(names, r->peer), flags & LABEL_OVER_NOBODY, &name);
	snprintf(out->peer, sizeof(out->peer), "%s", buf_text(&name));
}

static void fill_class(const struct policy_event *r, const struct bpf_names *names, struct event *out)
{
	switch (r->class_id) {
	case CLASS_CAPABILITY:
		out->capability = (int32_t)r->value;
		break;
	case CLASS_SIGNAL:
		out->signal = (int32_t)r->value;
		fill_peer(r, names, r->protocol, out);
		break;
	case CLASS_PTRACE:
		fill_peer(r, names, r->protocol, out);
		break;
	case CLASS_IO_URING:
		if (r->op == POLICY_OP_URING_OVERRIDE)
			fill_peer(r, names, r->protocol, out);
		break;
	case CLASS_MQUEUE:
		if (r->peer != POLICY_NO_PEER)
			fill_peer(r, names, 0, out);
		break;
	case CLASS_RLIMIT:
		out->rlimit = r->value;
		break;
	case CLASS_UNIX:
		if (r->peer != POLICY_NO_PEER)
			fill_peer(r, names, 0, out);
		/* fall through */
	case CLASS_NET:
		out->family = (int32_t)(r->value >> 16);
		out->has_addresses = r->class_id == CLASS_NET && r->op != POLICY_OP_CREATE &&
				     (out->family == AF_INET || out->family == AF_INET6);
		out->type = (int32_t)(r->value & 0xffff);
		out->protocol = (int32_t)r->protocol;
		break;
	}
}

/* The kernel counts from boot, people do not. */
static struct timespec wall_time(uint64_t boot_ns)
{
	struct timespec now, boot;
	int64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	ns = ((int64_t)now.tv_sec - boot.tv_sec) * 1000000000 + now.tv_nsec - boot.tv_nsec +
	     (int64_t)boot_ns;
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

static bool translate(const void *bytes, size_t len, const struct bpf_names *names, struct event *out)
{
	const struct policy_event *r = bytes;
	const char *name = (const char *)(r + 1);

	if (len < sizeof(*r) || r->op >= N_POLICY_OPS || r->info >= N_POLICY_INFOS ||
	    (size_t)r->name_len + r->target_len > len - sizeof(*r))
		return false;
	memset(out, 0, sizeof(*out));
	out->time = wall_time(r->time);
	out->count = 1;
	out->verdict = verdict_of(r->kind);
	out->class_id = (enum class_id)r->class_id;
	snprintf(out->operation, sizeof(out->operation), "%s",
		 operations[r->op] ? operations[r->op] : "unknown");
	snprintf(out->info, sizeof(out->info), "%s", infos[r->info] ? infos[r->info] : "");
	out->requested = r->requested;
	out->denied = r->denied;
	out->error = r->error;
	out->pid = (pid_t)r->pid;
	out->tid = (pid_t)r->tid;
	out->parent = (pid_t)r->parent;
	out->fsuid = r->fsuid;
	out->ouid = r->ouid;
	memcpy(out->comm, r->comm, sizeof(out->comm));
	out->comm[sizeof(out->comm) - 1] = '\0';
	fill_label(r, names, out);
	fill_class(r, names, out);
	if (r->class_id == CLASS_LABEL) {
		fill_wish(r, names, out);
		copy_name(out->target, &out->target_len, &out->is_cut, name, r->name_len);
	} else {
		copy_name(out->name, &out->name_len, &out->is_cut, name, r->name_len);
		copy_name(out->target, &out->target_len, &out->is_cut, name + r->name_len, r->target_len);
	}
	if (r->class_id == CLASS_NET) {
		write_inet(out->name, &out->name_len);
		write_inet(out->target, &out->target_len);
	}
	return true;
}

static int take_event(void *to, void *bytes, size_t len)
{
	struct bpf_events *b = to;
	const struct policy_event *r = bytes;
	static struct event e;		/* large, and one thread reads */
	ssize_t n;

	if (len >= sizeof(*r) && r->generation != b->generation) {
		/* Numbers keep their names: what is known of an older policy stays true. */
		bpf_kernel_each_name(b->names.fd, keep_name, &b->names);
		b->generation = r->generation;
	}
	if (!translate(bytes, len, &b->names, &e))
		return 0;
	e.serial = ++b->serial;
	/* It may be gone or another program by now: only if it is still named so. */
	n = target_link(e.tid, "exe", e.exe, sizeof(e.exe));
	e.exe_len = n < 0 ? 0 : (uint16_t)n;
	b->tell(b->to, &e);
	return 0;
}

static int find_losses(const struct bpf_events *b, uint64_t *n, struct err *err)
{
	uint64_t lost;
	int r = bpf_kernel_count(b->counts, COUNT_EVENTS_LOST, &lost, err);

	if (!r)
		*n = lost - b->lost;
	return r;
}

static int tell_losses(struct bpf_events *b, struct err *err)
{
	static struct event e;
	uint64_t n;
	int r = find_losses(b, &n, err);

	if (r || !n)
		return r;
	memset(&e, 0, sizeof(e));
	clock_gettime(CLOCK_REALTIME, &e.time);
	e.serial = ++b->serial;
	e.count = 1;
	e.verdict = EVENT_STATUS;
	e.lost = (uint32_t)n;
	snprintf(e.operation, sizeof(e.operation), "lost");
	b->lost += n;
	b->tell(b->to, &e);
	return bpf_kernel_count_add(b->counts, COUNT_LOSSES_TOLD, e.lost, err);
}

static int open_parts(struct bpf_events *b, struct err *err)
{
	auto_fd ring = bpf_kernel_open_events(err);

	if (ring < 0)
		return ring;
	b->counts = bpf_kernel_open_counts(err);
	b->names.fd = b->counts < 0 ? b->counts : bpf_kernel_open_names(err);
	if (b->names.fd < 0)
		return b->names.fd;
	b->ring = ring_buffer__new(ring, take_event, b, NULL);
	if (!b->ring)
		return err_set(err, -errno, "cannot map the events");
	return bpf_kernel_count(b->counts, COUNT_LOSSES_TOLD, &b->lost, err);
}

struct bpf_events *bpf_events_new(void (*tell)(void *to, const struct event *e), void *to,
				  struct err *err)
{
	struct bpf_events *b = calloc(1, sizeof(*b));

	if (!b)
		base_no_memory();
	b->tell = tell;
	b->to = to;
	b->counts = b->names.fd = -1;
	if (!open_parts(b, err))
		return b;
	bpf_events_free(b);
	return NULL;
}

void bpf_events_free(struct bpf_events *b)
{
	if (!b)
		return;
	ring_buffer__free(b->ring);
	free(b->names.texts);
	if (b->counts >= 0)
		close(b->counts);
	if (b->names.fd >= 0)
		close(b->names.fd);
	free(b);
}

bool bpf_events_wait(const struct bpf_events *b, int ms)
{
	struct pollfd ring = { .fd = ring_buffer__epoll_fd(b->ring), .events = POLLIN };
	struct err ignored = ERR_INIT;
	uint64_t n = 0;

	return poll(&ring, 1, ms) > 0 || (!find_losses(b, &n, &ignored) && n);
}

int bpf_events_poll(struct bpf_events *b, int ms, struct err *err)
{
	int r = ring_buffer__poll(b->ring, ms);

	if (r < 0 && r != -EINTR)
		return err_set(err, r, "cannot read the events");
	return tell_losses(b, err);
}
