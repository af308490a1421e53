/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy of the whole system as one thing that is read, changed and put back, by one changer at a
 * time. It is stored nowhere but in the kernel, where it is in force: there is nothing that could
 * be different from it, be left half-written or survive a boot.
 */
#ifndef ENGINE_BPF_SYSTEM_H
#define ENGINE_BPF_SYSTEM_H

#include "base/buf.h"
#include "base/err.h"
#include "image/image.h"

#include <stdbool.h>

struct bpf_system {
	int lock;			/* -1: only read */
	bool is_installed;		/* false: nothing is in force, and policy is empty */
	struct buf policy;		/* in force, checked */
	struct image image;		/* that it was made of; only if is_installed */
	bool is_strict;			/* set: a policy of which stacks have to be left out is refused */
	struct buf unstacked;		/* words on stacks that were left out; may be empty */
};

#define BPF_SYSTEM_INIT { .lock = -1 }

/*
 * Reads what is in force. to_change: keeps other changers waiting until bpf_system_close(). Negative
 * errno with words where this kernel has no such engine or it cannot be read. Close it in any case.
 */
int bpf_system_open(struct bpf_system *s, bool to_change, struct err *err);
void bpf_system_close(struct bpf_system *s);

/*
 * Puts the image in force, in one step; with renew, by new programs. On failure what was stays: -E2BIG with
 * words if it is strict and there are more stacks than there is room for.
 */
int bpf_system_put(struct bpf_system *s, const struct image *img, bool renew, struct err *err);

#endif
