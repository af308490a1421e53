/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The kernel side of the bpf engine: one object, one program for each LSM hook. */
#include "bpf/kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#include "bpf/hook_task.h"
#include "bpf/hook_exec.h"
#include "bpf/hook_file.h"
#include "bpf/hook_held.h"
#include "bpf/hook_capability.h"
#include "bpf/hook_control.h"
#include "bpf/hook_guard.h"
#include "bpf/hook_ipc.h"
#include "bpf/hook_link.h"
#include "bpf/hook_mount.h"
#include "bpf/hook_net.h"
#include "bpf/hook_other.h"
#include "bpf/hook_queue.h"
#include "bpf/hook_sctp.h"
#include "bpf/hook_use.h"
#include "bpf/list.h"
