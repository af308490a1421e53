/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel programs of the bpf engine: loaded, attached and pinned below BPF_KERNEL_DIR, where they
 * outlive whoever loaded them; and the policy they walk, which is swapped as a whole.
 *
 * All functions need the capabilities bpf, perfmon and sys_admin.
 */
#ifndef ENGINE_BPF_KERNEL_H
#define ENGINE_BPF_KERNEL_H

#include "abi/policy.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

#define BPF_KERNEL_DIR "/sys/fs/bpf/pavise"

/* 0 if this kernel can run the programs; else a negative errno and what is missing. */
int bpf_kernel_probe(struct err *err);

/* Whether the programs are attached and pinned. */
bool bpf_kernel_is_installed(void);

/*
 * Keeps all others from changing anything until the descriptor that is given back is closed, and takes
 * away what somebody left who ended in the midst of a change. Before any of the next ones but reading.
 */
int bpf_kernel_lock(struct err *err);

/*
 * Puts the programs in force with that policy; they were not before. Labels are given out only after
 * every other program is attached. On failure nothing is left.
 */
int bpf_kernel_install(struct slice policy, struct err *err);

/*
 * Puts another policy in the place of the one in force: every decision is made by one or the other. A
 * policy that the programs have no room for gets programs that have: see bpf_kernel_renew().
 */
int bpf_kernel_swap(struct slice policy, struct err *err);

/*
 * The same with new programs, whatever room there is: those of this version, too. Old and new ones
 * both decide for a moment, and refuse what one of them refuses; labels stay. On failure the old ones
 * go on alone.
 */
int bpf_kernel_renew(struct slice policy, struct err *err);

/* Adds the policy in force to *out, checked. */
int bpf_kernel_read_policy(struct buf *out, struct err *err);

/* Detaches everything: when it is back nobody is confined by this engine. */
int bpf_kernel_remove(struct err *err);

/* Calls visit for each task that has a label. */
int bpf_kernel_each_task(void (*visit)(void *to, const struct policy_task *task), void *to,
			 struct err *err);

struct bpf_kernel_program {
	const char *hook;		/* "lsm/file_open" */
	bool is_attached;
	uint64_t n_left_out;		/* times the kernel did not run it, for it was interrupted in it */
};

/* Calls visit for each program that this kernel has a place for. */
int bpf_kernel_each_program(void (*visit)(void *to, const struct bpf_kernel_program *program), void *to,
			    struct err *err);

/* Bytes that the policy in force may have before new programs are needed. */
int bpf_kernel_room(uint32_t *room, struct err *err);

/*
 * Descriptors, which the caller closes, of what tells of the programs in force; negative errno. Names are
 * open for reading alone, the ring buffer of events and the counters for writing too.
 */
int bpf_kernel_open_events(struct err *err);
int bpf_kernel_open_counts(struct err *err);
int bpf_kernel_open_names(struct err *err);

/* The sum of a counter over all processors. */
int bpf_kernel_count(int counts, enum policy_count which, uint64_t *n, struct err *err);

/* Adds to a counter that only user space writes; of two who do so at once, one may be forgotten. */
int bpf_kernel_count_add(int counts, enum policy_count which, uint64_t n, struct err *err);

/* Calls visit for each name of a profile and its number. */
void bpf_kernel_each_name(int names, void (*visit)(void *to, const char *name, uint32_t number), void *to);

/* What tells the ring buffer of the programs in force from those before and after. */
int bpf_kernel_events_id(uint32_t *id, struct err *err);

#endif
