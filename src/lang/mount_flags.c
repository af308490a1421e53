/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats names of mount options, gives bits, names and patterns. The one idea: the object lists the
 * set bits in order, a byte each, so an optional bit is an optional byte.
 */
#include "lang/mount_flags.h"

/* Of several names for the same bits, the first is printed. */
static const struct option {
	const char *name;
	uint32_t set, clear;
} options[] = {
	{ "ro", MOUNT_RDONLY, 0 },
	{ "r", MOUNT_RDONLY, 0 },
	{ "read-only", MOUNT_RDONLY, 0 },
	{ "rw", 0, MOUNT_RDONLY },
	{ "w", 0, MOUNT_RDONLY },
	{ "nosuid", MOUNT_NOSUID, 0 },
	{ "suid", 0, MOUNT_NOSUID },
	{ "nodev", MOUNT_NODEV, 0 },
	{ "dev", 0, MOUNT_NODEV },
	{ "noexec", MOUNT_NOEXEC, 0 },
	{ "exec", 0, MOUNT_NOEXEC },
	{ "sync", MOUNT_SYNC, 0 },
	{ "async", 0, MOUNT_SYNC },
	{ "remount", MOUNT_REMOUNT, 0 },
	{ "mand", MOUNT_MAND, 0 },
	{ "nomand", 0, MOUNT_MAND },
	{ "dirsync", MOUNT_DIRSYNC, 0 },
	{ "nosymfollow", MOUNT_NOSYMFOLLOW, 0 },
	{ "symfollow", 0, MOUNT_NOSYMFOLLOW },
	{ "noatime", MOUNT_NOATIME, 0 },
	{ "atime", 0, MOUNT_NOATIME },
	{ "nodiratime", MOUNT_NODIRATIME, 0 },
	{ "diratime", 0, MOUNT_NODIRATIME },
	{ "rbind", MOUNT_BIND | MOUNT_REC, 0 },
	{ "R", MOUNT_BIND | MOUNT_REC, 0 },
	{ "bind", MOUNT_BIND, 0 },
	{ "B", MOUNT_BIND, 0 },
	{ "move", MOUNT_MOVE, 0 },
	{ "M", MOUNT_MOVE, 0 },
	{ "silent", MOUNT_SILENT, 0 },
	{ "verbose", MOUNT_SILENT, 0 },
	{ "loud", 0, MOUNT_SILENT },
	{ "acl", MOUNT_ACL, 0 },
	{ "noacl", 0, MOUNT_ACL },
	{ "runbindable", MOUNT_UNBINDABLE | MOUNT_REC, 0 },
	{ "make-runbindable", MOUNT_UNBINDABLE | MOUNT_REC, 0 },
	{ "unbindable", MOUNT_UNBINDABLE, 0 },
	{ "make-unbindable", MOUNT_UNBINDABLE, 0 },
	{ "rprivate", MOUNT_PRIVATE | MOUNT_REC, 0 },
	{ "make-rprivate", MOUNT_PRIVATE | MOUNT_REC, 0 },
	{ "private", MOUNT_PRIVATE, 0 },
	{ "make-private", MOUNT_PRIVATE, 0 },
	{ "rslave", MOUNT_SLAVE | MOUNT_REC, 0 },
	{ "make-rslave", MOUNT_SLAVE | MOUNT_REC, 0 },
	{ "slave", MOUNT_SLAVE, 0 },
	{ "make-slave", MOUNT_SLAVE, 0 },
	{ "rshared", MOUNT_SHARED | MOUNT_REC, 0 },
	{ "make-rshared", MOUNT_SHARED | MOUNT_REC, 0 },
	{ "shared", MOUNT_SHARED, 0 },
	{ "make-shared", MOUNT_SHARED, 0 },
	{ "relatime", MOUNT_RELATIME, 0 },
	{ "norelatime", 0, MOUNT_RELATIME },
	{ "iversion", MOUNT_IVERSION, 0 },
	{ "noiversion", 0, MOUNT_IVERSION },
	{ "strictatime", MOUNT_STRICTATIME, 0 },
	{ "nostrictatime", 0, MOUNT_STRICTATIME },
	{ "lazytime", MOUNT_LAZYTIME, 0 },
	{ "nolazytime", 0, MOUNT_LAZYTIME },
	{ "nouser", MOUNT_NOUSER, 0 },
	{ "user", 0, MOUNT_NOUSER },
};
enum { N_OPTIONS = sizeof(options) / sizeof(*options) };

static const struct option *find(struct slice name)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (slice_is(name, options[i].name))
			return &options[i];
	return NULL;
}

bool mount_flags_parse(struct parser *p, const struct word_list *list, uint32_t *set,
		       uint32_t *clear)
{
	const char *known[N_OPTIONS + 1] = { NULL };

	*set = *clear = 0;
	for (size_t i = 0; i < N_OPTIONS; i++)
		known[i] = options[i].name;
	for (size_t i = 0; i < list->n; i++) {
		const struct option *option = find(list->words[i].text);

		if (!option)
			return parser_unknown(p, list->words[i].place, "mount option",
					      list->words[i].text, known);
		*set |= option->set;
		*clear |= option->clear;
	}
	return true;
}

const char *mount_flags_name(uint32_t set)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (options[i].set && (options[i].set & set) == options[i].set)
			return options[i].name;
	return "rw";
}

void mount_flags_print(uint32_t set, bool is_list, struct buf *out)
{
	auto_buf names = BUF_INIT;
	uint32_t left = set;
	unsigned n = 0;

	for (size_t i = 0; i < N_OPTIONS; i++) {
		if (!options[i].set || (set & options[i].set) != options[i].set ||
		    !(left & options[i].set))
			continue;
		buf_printf(&names, "%s%s", n++ ? " " : "", options[i].name);
		left &= ~options[i].set;
	}
	if (!n)
		buf_add_text(&names, "rw");
	buf_printf(out, n > 1 || is_list ? "(%s)" : "%s", buf_text(&names));
}

void mount_flags_add(uint32_t set, uint32_t may, struct buf *out)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		if (may >> bit & 1)
			buf_printf(out, "{\\x%02x,}", bit + 1);
		else if (set >> bit & 1)
			buf_printf(out, "\\x%02x", bit + 1);
	}
}
