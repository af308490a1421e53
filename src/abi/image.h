/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of a compiled policy, the "image": one blob with offsets, checked once, then shared.
 *
 *	header | sections in the order of enum image_section_id, each aligned to 8 bytes
 *
 * All numbers are in the byte order of the machine that compiled; all offsets count from the
 * blob's first byte, except where a comment says otherwise. Index 0 of entries, execs and strings
 * stands for "none" (a zeroed entry, a zeroed exec, the empty string).
 */
#ifndef ABI_IMAGE_H
#define ABI_IMAGE_H

#include "abi/class.h"

#include <stdint.h>

#define IMAGE_MAGIC "PAVISE\r\n"

enum {
	IMAGE_VERSION = 3,
	IMAGE_LEN_MAX = 1 << 30,	/* bytes; a length is a multiple of 8 */
	IMAGE_PROFILES_MAX = 1 << 16,
	IMAGE_N_RLIMITS = 16,
};
#define IMAGE_STACKED "//&"		/* between the names of profiles that are stacked */
#define IMAGE_NONE 0xffffffffu		/* no such profile */
#define IMAGE_AMBIGUOUS 0xfffffffeu	/* two profiles attach equally well: none is used */
#define IMAGE_UNREADABLE 0xfffffffdu	/* an extended attribute that it hangs on cannot be read */
#define IMAGE_CHOICE 0x80000000u	/* and a number in SECTION_CHOICES: attributes decide */

enum image_section_id {
	SECTION_ROWS,		/* of each table: struct image_state[], struct image_cell[] */
	SECTION_PROFILES,	/* struct image_profile[] */
	SECTION_TABLES,		/* struct image_table[] */
	SECTION_ENTRIES,	/* struct image_entry[] */
	SECTION_EXECS,		/* struct image_exec[] */
	SECTION_ATTACH,		/* uint32_t[]: profile numbers, IMAGE_NONE, IMAGE_AMBIGUOUS, IMAGE_CHOICE | n */
	SECTION_CHOICES,	/* struct image_choice[] */
	SECTION_XATTRS,		/* struct image_xattr[] */
	SECTION_STRINGS,	/* text, each ended by NUL */
	SECTION_LINKAGE,	/* what putting images together needs, not for engines: compile/summary.h */
	N_SECTIONS,
};

struct image_section {
	uint32_t off;
	uint32_t len;			/* bytes */
};

struct image_header {
	char magic[8];			/* IMAGE_MAGIC */
	uint32_t version;		/* IMAGE_VERSION */
	uint32_t len;			/* the whole blob, bytes */
	uint64_t checksum;		/* image_checksum() */
	uint32_t attach_table;		/* table of attachments: paths → SECTION_ATTACH */
	uint32_t attach_start;		/* its start state for programs started by unconfined ones */
	struct image_section sections[N_SECTIONS];
};

struct image_table {
	uint32_t states;		/* its first state, SECTION_ROWS seen as struct image_state[] */
	uint32_t n_states;
	uint32_t cells;			/* its first cell, SECTION_ROWS seen as struct image_cell[] */
	uint32_t n_cells;
	uint32_t n_classes;
	uint32_t first_entry;		/* accept value a means entry first_entry + a, 0 means entry 0;
					   in the attachment table: SECTION_ATTACH[first_entry + a] */
	uint8_t class_of[256];
};

/*
 * Who attaches to a program, if its extended attributes are as he asks: items in falling standing, of
 * which the first that fits is taken, or none if one of equal standing fits too. The end: IMAGE_NONE.
 */
struct image_choice {
	uint32_t profile;
	uint32_t standing;
};

/* What a profile asks of a program's attributes: this one is there, with a value that the table accepts. */
struct image_xattr {
	uint32_t name;			/* string */
	uint32_t table;
	uint32_t start;			/* its start state */
};

/* How tables are walked: abi/match.h. */
struct image_state {
	uint32_t base;
	uint16_t fallback;
	uint16_t accept;		/* 0: accepts nothing */
};

struct image_cell {
	uint16_t check;
	uint16_t next;
};

/* What the policy says of one object: [0] to the file's owner, [1] to everybody else. */
struct image_entry {
	uint32_t allow[2];		/* allowed; denied bits are already taken out */
	uint32_t deny[2];		/* explicitly denied: refused in complain mode too */
	uint32_t audit[2];		/* report when allowed */
	uint32_t quiet[2];		/* do not report when denied */
	uint32_t exec[2];		/* number in SECTION_EXECS, 0: none */
};

enum image_exec_kind {
	EXEC_NONE,			/* CLASS_LABEL, a change at exec: only the flags count */
	EXEC_INHERIT,			/* ix: stay in the profile */
	EXEC_UNCONFINED,		/* ux: leave confinement */
	EXEC_PROFILE,			/* px: profile by attachment or by name */
	EXEC_CHILD,			/* cx: child profile by attachment or by name */
	N_EXEC_KINDS,
};

enum image_exec_flag {
	EXEC_SCRUB = 1 << 0,		/* upper case: the new program starts with AT_SECURE */
	EXEC_OR_INHERIT = 1 << 1,	/* pix, cix: stay if there is no such profile */
	EXEC_OR_UNCONFINED = 1 << 2,	/* pux, cux: leave if there is no such profile */
	EXEC_STACK = 1 << 3,		/* -> &name: the new profile on top of the old */
};

struct image_exec {
	uint8_t kind;			/* enum image_exec_kind */
	uint8_t flags;			/* enum image_exec_flag */
	uint16_t zero;
	uint32_t name;			/* string: target's full name ("parent//child"), 0: by attachment */
};

enum image_mode {
	MODE_ENFORCE,
	MODE_COMPLAIN,
	MODE_KILL,
	MODE_UNCONFINED,
	MODE_PROMPT,
	N_MODES,
};

enum image_profile_flag {
	PROFILE_HAT = 1 << 0,
	PROFILE_ATTACH_DISCONNECTED = 1 << 1,
	PROFILE_MEDIATE_DELETED = 1 << 2,
	PROFILE_CHROOT_RELATIVE = 1 << 3,
	PROFILE_AUDIT = 1 << 4,		/* report all that is allowed too */
	PROFILE_DEFAULT_ALLOW = 1 << 5,	/* what no rule speaks of is allowed */
	PROFILE_INTERRUPTIBLE = 1 << 6,
	PROFILE_LOCAL = 1 << 7,		/* a child profile: never found by a bare px */
};

struct image_profile {
	uint32_t name;			/* string: full name, "parent//child" for children and hats */
	uint32_t parent;		/* profile number, or IMAGE_NONE */
	uint32_t attachment;		/* string: as written, for people; 0: none */
	uint32_t place;			/* string: "file:line" of its head */
	uint32_t flags;			/* enum image_profile_flag */
	uint32_t mode;			/* enum image_mode */
	uint32_t table;			/* number in SECTION_TABLES */
	uint32_t attach_start;		/* start state in attach_table among its children, 0: none */
	uint32_t xattrs;		/* the first of its n_xattrs in SECTION_XATTRS */
	uint32_t n_xattrs;
	uint64_t classes;		/* bit c: the profile has rules of class c */
	uint64_t cap_allow;		/* bit n: capability number n; denied ones are taken out */
	uint64_t cap_deny;
	uint64_t cap_audit;
	uint64_t cap_quiet;
	uint32_t kill_signal;		/* MODE_KILL: the signal, 0 means SIGKILL */
	uint32_t error;			/* errno of a denial, 0 means EACCES */
	uint32_t rlimit_set;		/* bit r: rlimit r (RLIMIT_*) is set at entry */
	uint32_t disconnected;		/* string: attach_disconnected.path=, 0: none */
	uint64_t rlimit[IMAGE_N_RLIMITS]; /* hard limit, in the resource's own unit */
	uint16_t start[N_CLASSES];	/* start state by class, 0: no rule of that class */
};

_Static_assert(sizeof(struct image_header) == 32 + 8 * N_SECTIONS, "image_header layout");
_Static_assert(sizeof(struct image_table) == 24 + 256, "image_table layout");
_Static_assert(sizeof(struct image_state) == 8, "image_state layout");
_Static_assert(sizeof(struct image_cell) == 4, "image_cell layout");
_Static_assert(sizeof(struct image_entry) == 40, "image_entry layout");
_Static_assert(sizeof(struct image_choice) == 8, "image_choice layout");
_Static_assert(sizeof(struct image_xattr) == 12, "image_xattr layout");
_Static_assert(sizeof(struct image_exec) == 8, "image_exec layout");
_Static_assert(sizeof(struct image_profile) == 96 + 8 * IMAGE_N_RLIMITS + 2 * N_CLASSES,
	       "image_profile layout");

#endif
