/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control groups (cgroup v2) bound to profiles, for containers: bpf/bind.h. Hold the lock of
 * engine/bpf_kernel.h while changing them. They stay when policy is changed or programs are renewed, and
 * go with their groups, whose ids are never used again, or when everything is taken out.
 */
#ifndef ENGINE_BPF_BIND_H
#define ENGINE_BPF_BIND_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The id of a group by its directory. -EINVAL with words for another kind of directory, or the root. */
int bpf_bind_id(const char *dir, uint64_t *id, struct err *err);

/* Adds the directory of the group that a process is in. */
int bpf_bind_group_of(pid_t pid, struct buf *dir, struct err *err);

/* -ENOSPC with words when POLICY_BINDS_MAX groups that are still there are bound. */
int bpf_bind_add(uint64_t id, uint32_t number, struct err *err);

/* -ENOENT with words. */
int bpf_bind_remove(uint64_t id, struct err *err);

/* Calls visit for each; is_there: the group still is. */
int bpf_bind_each(void (*visit)(void *to, uint64_t id, uint32_t number, bool is_there), void *to,
		  struct err *err);

#endif
