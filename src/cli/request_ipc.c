/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about mounts, D-Bus, message queues, namespaces and io_uring: eats words,
 * gives objects as abi/class.h draws them.
 */
#include "cli/request_words.h"

#include <errno.h>
#include <sys/mount.h>

static bool has_words(const struct words *w, size_t n)
{
	return w->n_words - w->next >= n;
}

/* What is asked of the flags of a call: a bind, a move, a change of type have but their own. */
static unsigned long asked_flags(unsigned long flags)
{
	const unsigned long types = MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED;

	if (flags & MS_REMOUNT)
		return flags;
	if (flags & MS_BIND)
		return flags & (MS_BIND | MS_REC);
	if (flags & types)
		return flags & (types | MS_REC | MS_SILENT);
	return flags & MS_MOVE ? MS_MOVE : flags;
}

/* "ro,nosuid" as the bytes of an object; false for an unknown flag. */
static bool add_mount_flags(struct request *out, struct slice words)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} flags[] = {
		{ "ro", MS_RDONLY },	       { "nosuid", MS_NOSUID },
		{ "nodev", MS_NODEV },	       { "noexec", MS_NOEXEC },
		{ "sync", MS_SYNCHRONOUS },    { "remount", MS_REMOUNT },
		{ "mand", MS_MANDLOCK },       { "dirsync", MS_DIRSYNC },
		{ "noatime", MS_NOATIME },     { "nodiratime", MS_NODIRATIME },
		{ "bind", MS_BIND },	       { "move", MS_MOVE },
		{ "rec", MS_REC },	       { "silent", MS_SILENT },
		{ "unbindable", MS_UNBINDABLE }, { "private", MS_PRIVATE },
		{ "slave", MS_SLAVE },	       { "shared", MS_SHARED },
		{ "relatime", MS_RELATIME },   { "strictatime", MS_STRICTATIME },
	};
	unsigned long mask = 0;

	for (size_t at = 0, end; at < words.len; at = end + 1) {
		const char *comma = memchr(words.ptr + at, ',', words.len - at);
		size_t i = 0;

		end = comma ? (size_t)(comma - words.ptr) : words.len;
		while (i < sizeof(flags) / sizeof(flags[0]) &&
		       !slice_is(slice_cut(words, at, end), flags[i].name))
			i++;
		if (i == sizeof(flags) / sizeof(flags[0]))
			return false;
		mask |= flags[i].flag;
	}
	mask = asked_flags(mask);
	for (int bit = 0; bit < 32; bit++)
		if (mask & 1ul << bit)
			buf_add_char(&out->object, (char)(bit + 1));
	return true;
}

static int parse_mount(struct request *out, const struct operation *op, struct words *w,
		       struct err *err)
{
	struct slice word;

	out->class_id = CLASS_MOUNT;
	out->wanted = op->wanted;
	if (!has_words(w, 1))
		return err_say(err, -EINVAL, "%s where? give a path", op->name);
	words_add_parts(w, out, 3);
	buf_add_char(&out->object, '\0');
	if (words_take(w, &word) && !slice_is(word, "-") && !add_mount_flags(out, word))
		return err_say(err, -EINVAL, "no mount flags %.*s", SLICE_FMT(word));
	return 0;
}

static int parse_umount(struct request *out, const struct operation *op, struct words *w,
			struct err *err)
{
	out->class_id = CLASS_MOUNT;
	out->wanted = op->wanted;
	if (!has_words(w, 1))
		return err_say(err, -EINVAL, "%s where? give a path", op->name);
	words_add_parts(w, out, 1);
	return 0;
}

static int parse_pivot_root(struct request *out, const struct operation *op, struct words *w,
			    struct err *err)
{
	out->class_id = CLASS_MOUNT;
	out->wanted = op->wanted;
	if (!has_words(w, 2))
		return err_say(err, -EINVAL, "pivot_root needs the new root and a place for the old");
	words_add_parts(w, out, 2);
	return 0;
}

static int parse_dbus(struct request *out, const struct operation *op, struct words *w,
		      struct err *err)
{
	static const struct access accesses[] = {
		{ "send", PERM_DBUS_SEND },
		{ "receive", PERM_DBUS_RECEIVE },
		{ "bind", PERM_DBUS_BIND },
		{ "eavesdrop", PERM_DBUS_EAVESDROP },
	};

	(void)op;
	out->class_id = CLASS_DBUS;
	out->wanted = words_take_access(w, accesses, sizeof(accesses) / sizeof(accesses[0]));
	if (!has_words(w, 1))
		return err_say(err, -EINVAL, "which bus? system, session, …");
	if (out->wanted == PERM_DBUS_EAVESDROP)
		words_add_parts(w, out, 1);
	else
		words_add_parts(w, out, out->wanted == PERM_DBUS_BIND ? 2 : 6);
	return 0;
}

static int parse_mqueue(struct request *out, const struct operation *op, struct words *w,
			struct err *err)
{
	static const struct access accesses[] = {
		{ "open", PERM_MQUEUE_OPEN },	    { "create", PERM_MQUEUE_CREATE },
		{ "read", PERM_MQUEUE_READ },	    { "write", PERM_MQUEUE_WRITE },
		{ "delete", PERM_MQUEUE_DELETE },   { "getattr", PERM_MQUEUE_GETATTR },
		{ "setattr", PERM_MQUEUE_SETATTR },
	};

	(void)op;
	out->class_id = CLASS_MQUEUE;
	out->wanted = words_take_access(w, accesses, sizeof(accesses) / sizeof(accesses[0]));
	if (!has_words(w, 1))
		return err_say(err, -EINVAL, "which message queue? /name, or a System V key");
	words_add_parts(w, out, 2);
	return 0;
}

static int parse_userns(struct request *out, const struct operation *op, struct words *w,
			struct err *err)
{
	static const struct access accesses[] = { { "create", PERM_USERNS_CREATE } };

	(void)op;
	(void)err;
	out->class_id = CLASS_USERNS;
	out->wanted = words_take_access(w, accesses, 1);
	return 0;
}

static int parse_io_uring(struct request *out, const struct operation *op, struct words *w,
			  struct err *err)
{
	static const struct access accesses[] = {
		{ "sqpoll", PERM_IO_URING_SQPOLL },
		{ "override_creds", PERM_IO_URING_OVERRIDE_CREDS },
	};

	(void)op;
	(void)err;
	out->class_id = CLASS_IO_URING;
	out->wanted = words_take_access(w, accesses, sizeof(accesses) / sizeof(accesses[0]));
	words_add_parts(w, out, 1);
	return 0;
}

static int parse_onexec(struct request *out, const struct operation *op, struct words *w,
			struct err *err)
{
	out->class_id = CLASS_LABEL;
	out->wanted = op->wanted;
	if (!has_words(w, 2))
		return err_say(err, -EINVAL, "%s needs a profile and the path of a program", op->name);
	words_add_parts(w, out, 2);
	return 0;
}

const struct operation request_ipc[] = {
	{ "mount", PERM_MOUNT_MOUNT, parse_mount },
	{ "umount", PERM_MOUNT_UMOUNT, parse_umount },
	{ "pivot_root", PERM_MOUNT_PIVOT_ROOT, parse_pivot_root },
	{ "dbus", 0, parse_dbus },
	{ "mqueue", 0, parse_mqueue },
	{ "userns", 0, parse_userns },
	{ "io_uring", 0, parse_io_uring },
	{ "change_onexec", PERM_ONEXEC, parse_onexec },
	{ 0 },
};
