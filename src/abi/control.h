/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The self-transition call: how a confined process asks its engine for another profile.
 *
 * One prctl option carries all requests:
 *
 *	prctl(CONTROL_PRCTL, &request, sizeof request, 0, 0)
 *
 * Whoever confines the process answers it, a supervisor or a kernel program alike. A kernel
 * without Pavise knows no such option and answers EINVAL; no engine ever answers EINVAL, so a
 * program can tell "not confined" from every other failure.
 *
 * Answers: 0 or CONTROL_DONE (kernel programs cannot answer 0) or, for CONTROL_GET_LABEL, the length of
 * the label written, or for CONTROL_GET_LABEL_PART what CONTROL_LABEL_PART says; else
 *	ENOENT	no profile or hat of that name is loaded, or the stack was not made with the policy
 *	EACCES	the policy in force does not allow this change
 *	EPERM	wrong hat token (the engine then kills the process, as AppArmor does)
 *	EAGAIN	the engine was interrupted and did not hear of it: ask again
 *	EPROTO	the request is not of this form (version, size, flags, name length)
 *	ERANGE	the label does not fit in the reader's buffer; there is no such part
 *	EOPNOTSUPP	the engine cannot write to the caller's memory: ask for the label part by part
 */
#ifndef ABI_CONTROL_H
#define ABI_CONTROL_H

#include <stdint.h>

enum {
	CONTROL_PRCTL = 0x50415653,	/* "PAVS"; far from the kernel's own options */
	CONTROL_VERSION = 1,
	CONTROL_DONE = 1,
	CONTROL_NAME_MAX = 512,		/* bytes of a profile name, its end mark included */
};

enum control_verb {
	CONTROL_CHANGE_PROFILE = 1,	/* now and for good */
	CONTROL_CHANGE_ONEXEC = 2,	/* at the caller's next exec; an empty name cancels */
	CONTROL_CHANGE_HAT = 3,		/* into a hat, or back when the name is empty */
	CONTROL_GET_LABEL = 4,		/* "NAME (MODE)" of the caller, written to reply */
	CONTROL_GET_LABEL_PART = 5,	/* some bytes of NAME, from the byte `token` on, and MODE */
	CONTROL_STACK = 6,		/* on top of the present label, now and for good */
	CONTROL_STACK_ONEXEC = 7,	/* likewise at the caller's next exec */
};

/* A part: CONTROL_LABEL_PART | mode << 24 | bytes, the first one lowest; NUL behind the name's end. */
enum {
	CONTROL_LABEL_PART = 1 << 30,
	CONTROL_PART_LEN = 3,
	CONTROL_MODE_SHIFT = 24,
	CONTROL_MODE_MASK = 31,		/* enum image_mode */
	CONTROL_MODE_MIXED = 30,	/* of a stack whose profiles have several */
	CONTROL_NO_MODE = 31,		/* of "unconfined" */
};

/* One request. Every byte not spoken of is zero. */
struct control_request {
	uint32_t version;		/* CONTROL_VERSION */
	uint32_t verb;			/* enum control_verb */
	uint64_t token;			/* CHANGE_HAT: the secret that leads back, never 0; a part's place */
	uint64_t reply;			/* GET_LABEL: address of the caller's buffer */
	uint32_t reply_len;		/* GET_LABEL: its size in bytes */
	uint32_t name_len;		/* bytes of name in use, the end mark not counted */
	char name[CONTROL_NAME_MAX];	/* ended by NUL */
};

_Static_assert(sizeof(struct control_request) == 32 + CONTROL_NAME_MAX, "control_request layout");

#endif
