/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats permissions in the seven letters of the packed form, gives the table of kernels that read one.
 * The one idea: the kernel makes such a table of the packed form itself, and this is what it makes.
 */
#include "compile/kernel_perms.h"

#include "compile/kernel_write.h"

#include <assert.h>

enum {
	LETTER_WRITE = 0x2,
	LETTER_READ = 0x4,
	LETTER_LINK = 0x10,
	LETTER_LOCK = 0x20,		/* and the subset of links */
	LETTER_MMAP = 0x40,
	LETTERS_SAME = 0xf,		/* x w r a */
	MAY_CREATE = 0x10,
	MAY_DELETE = 0x20,
	MAY_OPEN = 0x40,
	MAY_SETATTR = 0x100,
	MAY_GETATTR = 0x200,
	MAY_CHMOD = 0x1000,
	MAY_CHOWN = 0x2000,
	MAY_LOCK = 0x8000,
	MAY_MMAP = 0x10000,
	MAY_LINK = 0x40000,
	MAY_ONEXEC = 0x20000000,
	MAY_CHANGE_PROFILE = 0x40000000,
	/* Transitions, packed. */
	PACKED_OR_UNCONFINED = 0x80,
	PACKED_UNSAFE = 0x100,
	PACKED_INHERIT = 0x200,
	INDEX_UNCONFINED = 1,
	INDEX_PROFILE = 2,
	INDEX_CHILD = 3,
	INDEX_NAMES = 4,
};
#define X_NAME 0x04000000u
#define X_TABLE 0x08000000u
#define X_UNSAFE 0x10000000u
#define X_CHILD 0x20000000u
#define X_INHERIT 0x40000000u
#define X_UNCONFINED 0x80000000u

static uint32_t spread(uint32_t letters)
{
	uint32_t may = letters & LETTERS_SAME;

	if (letters & LETTER_READ)
		may |= MAY_GETATTR | MAY_OPEN;
	if (letters & LETTER_WRITE)
		may |= MAY_SETATTR | MAY_CREATE | MAY_DELETE | MAY_CHMOD | MAY_CHOWN | MAY_OPEN;
	if (letters & LETTER_LINK)
		may |= MAY_LINK;
	if (letters & LETTER_LOCK)
		may |= MAY_LOCK;
	if (letters & LETTER_MMAP)
		may |= MAY_MMAP;
	return may;
}

static uint32_t transition(const struct kernel_perm *p)
{
	uint32_t x = 0;

	if (p->exec & PACKED_UNSAFE)
		x |= X_UNSAFE;
	if (p->exec & PACKED_INHERIT)
		x |= X_INHERIT;
	if (p->exec & PACKED_OR_UNCONFINED || p->index == INDEX_UNCONFINED)
		x |= X_UNCONFINED;
	if (p->index == INDEX_PROFILE)
		x |= X_NAME;
	else if (p->index == INDEX_CHILD)
		x |= X_NAME | X_CHILD;
	else if (p->index >= INDEX_NAMES)
		x |= X_TABLE | (p->index - INDEX_NAMES);
	return x;
}

static void write_entry(struct buf *out, const struct kernel_perm *p)
{
	uint32_t allow = spread(p->allow) | MAY_GETATTR;
	/* Nothing, allow, six that are not used, audit, quiet, hide, transition, tag, label. */
	uint32_t words[14] = { [8] = spread(p->audit), [9] = spread(p->quiet), [11] = transition(p) };

	if (p->has_change_profile)
		allow |= MAY_CHANGE_PROFILE;
	if (p->has_onexec)
		allow |= MAY_ONEXEC;
	words[1] = allow;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		kernel_write_u32(out, NULL, words[i]);
}

void kernel_perms_write(struct buf *out, const struct kernel_perm *perms, size_t n,
			unsigned version)
{
	assert(n <= KERNEL_PERMS_MAX);
	kernel_write_open(out, "perms");
	kernel_write_u32(out, "version", 1);
	kernel_write_array(out, n);
	for (size_t i = 0; i < n; i++)
		write_entry(out, &perms[i]);
	kernel_write_array_end(out);
	kernel_write_close(out);
	if (version >= KERNEL_PERMS_FLAGS_VERSION)
		kernel_write_u32(out, "permsv", version);
}
