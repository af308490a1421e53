/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mount options as bits of mount(2), and the pattern text of a set of them.
 *
 * A name sets a bit or says that it is clear: ro and rw are two sides of one bit.
 */
#ifndef LANG_MOUNT_FLAGS_H
#define LANG_MOUNT_FLAGS_H

#include "base/buf.h"
#include "lang/parser.h"

#include <stdint.h>

/* MS_* of mount(2). */
enum mount_flag {
	MOUNT_RDONLY = 1u << 0,
	MOUNT_NOSUID = 1u << 1,
	MOUNT_NODEV = 1u << 2,
	MOUNT_NOEXEC = 1u << 3,
	MOUNT_SYNC = 1u << 4,
	MOUNT_REMOUNT = 1u << 5,
	MOUNT_MAND = 1u << 6,
	MOUNT_DIRSYNC = 1u << 7,
	MOUNT_NOSYMFOLLOW = 1u << 8,
	MOUNT_NOATIME = 1u << 10,
	MOUNT_NODIRATIME = 1u << 11,
	MOUNT_BIND = 1u << 12,
	MOUNT_MOVE = 1u << 13,
	MOUNT_REC = 1u << 14,
	MOUNT_SILENT = 1u << 15,
	MOUNT_ACL = 1u << 16,
	MOUNT_UNBINDABLE = 1u << 17,
	MOUNT_PRIVATE = 1u << 18,
	MOUNT_SLAVE = 1u << 19,
	MOUNT_SHARED = 1u << 20,
	MOUNT_RELATIME = 1u << 21,
	MOUNT_IVERSION = 1u << 23,
	MOUNT_STRICTATIME = 1u << 24,
	MOUNT_LAZYTIME = 1u << 25,
};
#define MOUNT_NOUSER (1u << 31)

/* What mount(2) is asked to do, as its flags tell. */
#define MOUNT_PROPAGATION                                                                         \
	(MOUNT_UNBINDABLE | MOUNT_PRIVATE | MOUNT_SLAVE | MOUNT_SHARED | MOUNT_REC)
#define MOUNT_COMMANDS (MOUNT_MOVE | MOUNT_REMOUNT | MOUNT_BIND | MOUNT_PROPAGATION)
/* What a rule without options covers: bits without a name as well, for mount(2) takes them. */
#define MOUNT_ALL_FLAGS UINT32_MAX

/*
 * The bits that a list of options sets, and those that it says are clear. False: one of them is
 * unknown, and that is reported.
 */
bool mount_flags_parse(struct parser *p, const struct word_list *options, uint32_t *set,
		       uint32_t *clear);

/* Adds names for the bits, "rw" for none: "ro" or "(ro nosuid)"; always in parentheses if asked. */
void mount_flags_print(uint32_t set, bool is_list, struct buf *out);

/* The name of one of the bits, for messages; "rw" for none. */
const char *mount_flags_name(uint32_t set);

/* Adds the flags part of an object that has all of `set`, perhaps some of `may`, no other. */
void mount_flags_add(uint32_t set, uint32_t may, struct buf *out);

#endif
