/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats objects of these classes, gives the text of the rule that speaks of one of them alone. */
#include "cli/remedy_ipc.h"

#include "event/names.h"

#include <sys/mount.h>

enum { PARTS_MAX = 6 };

struct parts {
	struct slice part[PARTS_MAX];	/* those that are not there are empty */
	size_t n_parts;
};

static struct parts split(struct slice object)
{
	struct parts p = { 0 };

	for (size_t at = 0; p.n_parts < PARTS_MAX && at <= object.len;) {
		const char *end = memchr(object.ptr + at, '\0', object.len - at);
		size_t to = end ? (size_t)(end - object.ptr) : object.len;

		p.part[p.n_parts++] = slice_cut(object, at, to);
		at = to + 1;
	}
	return p;
}

struct access {
	uint32_t bit;
	const char *word;
};

/* " WORD", or " (WORD, WORD)"; false if a bit has no word. */
static bool add_access(struct buf *out, const struct access *words, uint32_t mask)
{
	const char *before = " (";

	for (; words->word; words++) {
		if (!(mask & words->bit))
			continue;
		buf_printf(out, "%s%s", before, words->word);
		before = ", ";
		mask &= ~words->bit;
	}
	buf_add_char(out, ')');
	return !mask;
}

/* " KEY=WORD"; nothing for an empty part. */
static void add_condition(struct buf *out, const char *key, struct slice part)
{
	if (!part.len)
		return;
	buf_printf(out, "%s=", key);
	remedy_add_word(out, part);
}

static void add_peer(struct buf *out, const char *key, struct slice first, struct slice label)
{
	if (!first.len && !label.len)
		return;
	buf_add_text(out, " peer=(");
	add_condition(out, key, first);
	if (first.len && label.len)
		buf_add_char(out, ' ');
	add_condition(out, "label", label);
	buf_add_char(out, ')');
}

static bool add_unix(struct buf *out, struct slice object, uint32_t mask)
{
	static const struct access words[] = {
		{ PERM_NET_CREATE, "create" },	 { PERM_NET_BIND, "bind" },
		{ PERM_NET_LISTEN, "listen" },	 { PERM_NET_ACCEPT, "accept" },
		{ PERM_NET_CONNECT, "connect" }, { PERM_NET_SEND, "send" },
		{ PERM_NET_RECEIVE, "receive" }, { PERM_NET_SHUTDOWN, "shutdown" },
		{ PERM_NET_GETATTR, "getattr" }, { PERM_NET_SETATTR, "setattr" },
		{ PERM_NET_GETOPT, "getopt" },	 { PERM_NET_SETOPT, "setopt" },
		{ 0, NULL },
	};
	struct parts p = split(slice_cut(object, 4, object.len));
	const char *type = event_socket_type_name(object.ptr[1]);

	buf_add_text(out, "unix");
	if (!type || !add_access(out, words, mask))
		return false;
	buf_printf(out, " type=%s", type);
	add_condition(out, " addr", p.part[0]);
	add_peer(out, "addr", p.part[2], p.part[3]);
	return true;
}

static bool add_mount_options(struct buf *out, struct slice flags)
{
	static const struct {
		unsigned long flag;
		const char *word;
	} words[] = {
		{ MS_RDONLY, "ro" },	       { MS_NOSUID, "nosuid" },
		{ MS_NODEV, "nodev" },	       { MS_NOEXEC, "noexec" },
		{ MS_SYNCHRONOUS, "sync" },    { MS_REMOUNT, "remount" },
		{ MS_MANDLOCK, "mand" },       { MS_DIRSYNC, "dirsync" },
		{ MS_NOATIME, "noatime" },     { MS_NODIRATIME, "nodiratime" },
		{ MS_BIND, "bind" },	       { MS_MOVE, "move" },
		{ MS_REC, "rec" },	       { MS_SILENT, "silent" },
		{ MS_UNBINDABLE, "unbindable" }, { MS_PRIVATE, "private" },
		{ MS_SLAVE, "slave" },	       { MS_SHARED, "shared" },
		{ MS_RELATIME, "relatime" },   { MS_STRICTATIME, "strictatime" },
	};
	const char *before = " options=(";

	for (size_t i = 0; i < flags.len; i++) {
		size_t k = 0;

		while (k < sizeof(words) / sizeof(words[0]) &&
		       words[k].flag != 1ul << (flags.ptr[i] - 1))
			k++;
		if (k == sizeof(words) / sizeof(words[0]))
			return false;
		buf_printf(out, "%s%s", before, words[k].word);
		before = ", ";
	}
	if (flags.len)
		buf_add_char(out, ')');
	return true;
}

static bool add_mount(struct buf *out, struct slice object, uint32_t mask)
{
	struct parts p = split(object);

	if (mask & PERM_MOUNT_UMOUNT) {
		buf_add_text(out, "umount ");
		remedy_add_word(out, p.part[0]);
		return true;
	}
	if (mask & PERM_MOUNT_PIVOT_ROOT) {
		buf_add_text(out, "pivot_root");
		add_condition(out, " oldroot", p.part[1]);
		buf_add_char(out, ' ');
		remedy_add_word(out, p.part[0]);
		return true;
	}
	buf_add_text(out, "mount");
	add_condition(out, " fstype", p.part[2]);
	if (!add_mount_options(out, p.part[3]))
		return false;
	buf_add_char(out, ' ');
	if (p.part[1].len)
		remedy_add_word(out, p.part[1]);
	buf_add_text(out, " -> ");
	remedy_add_word(out, p.part[0]);
	return true;
}

static bool add_dbus(struct buf *out, struct slice object, uint32_t mask)
{
	static const struct access words[] = {
		{ PERM_DBUS_SEND, "send" },
		{ PERM_DBUS_RECEIVE, "receive" },
		{ PERM_DBUS_BIND, "bind" },
		{ PERM_DBUS_EAVESDROP, "eavesdrop" },
		{ 0, NULL },
	};
	struct parts p = split(object);

	buf_add_text(out, "dbus");
	if (!add_access(out, words, mask))
		return false;
	add_condition(out, " bus", p.part[0]);
	if (mask & PERM_DBUS_BIND)
		add_condition(out, " name", p.part[1]);
	if (!(mask & (PERM_DBUS_SEND | PERM_DBUS_RECEIVE)))
		return true;
	add_condition(out, " path", p.part[3]);
	add_condition(out, " interface", p.part[4]);
	add_condition(out, " member", p.part[5]);
	add_peer(out, "name", p.part[1], p.part[2]);
	return true;
}

static bool add_mqueue(struct buf *out, struct slice object, uint32_t mask)
{
	static const struct access words[] = {
		{ PERM_MQUEUE_OPEN, "open" },	    { PERM_MQUEUE_CREATE, "create" },
		{ PERM_MQUEUE_READ, "read" },	    { PERM_MQUEUE_WRITE, "write" },
		{ PERM_MQUEUE_DELETE, "delete" },   { PERM_MQUEUE_GETATTR, "getattr" },
		{ PERM_MQUEUE_SETATTR, "setattr" }, { 0, NULL },
	};
	struct parts p = split(object);

	buf_add_text(out, "mqueue");
	if (!add_access(out, words, mask))
		return false;
	add_condition(out, " label", p.part[1]);
	buf_add_char(out, ' ');
	remedy_add_word(out, p.part[0]);
	return true;
}

static bool add_io_uring(struct buf *out, struct slice object, uint32_t mask)
{
	buf_printf(out, "io_uring %s",
		   mask & PERM_IO_URING_SQPOLL ? "sqpoll" : "override_creds");
	if (!(mask & PERM_IO_URING_SQPOLL))
		add_condition(out, " label", object);
	return true;
}

bool remedy_add_ipc(struct buf *out, enum class_id class_id, struct slice object, uint32_t mask)
{
	switch ((int)class_id) {
	case CLASS_UNIX:
		return object.len >= 4 && add_unix(out, object, mask);
	case CLASS_MOUNT:
		return add_mount(out, object, mask);
	case CLASS_DBUS:
		return add_dbus(out, object, mask);
	case CLASS_MQUEUE:
		return add_mqueue(out, object, mask);
	case CLASS_USERNS:
		buf_add_text(out, "userns create");
		return true;
	case CLASS_IO_URING:
		return add_io_uring(out, object, mask);
	default:
		return false;
	}
}
