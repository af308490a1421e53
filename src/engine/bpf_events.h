/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the kernel programs, out of the ring buffer, as struct event. */
#ifndef ENGINE_BPF_EVENTS_H
#define ENGINE_BPF_EVENTS_H

#include "abi/policy.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/event.h"

struct bpf_events;

/*
 * Opens the ring buffer; tell gets each event, from within bpf_events_poll. Names of profiles are read
 * from the kernel, anew when an event is of a later policy. Opening needs what engine/bpf_kernel.h
 * says; on kernels from 6.1 on, the rest needs no capability, only to be root by number.
 */
struct bpf_events *bpf_events_new(void (*tell)(void *to, const struct event *e), void *to,
				  struct err *err);
void bpf_events_free(struct bpf_events *b);

/*
 * Waits at most ms milliseconds and tells what is there. Losses since the last call are told as one
 * EVENT_STATUS. Negative errno with words when the buffer cannot be read.
 */
int bpf_events_poll(struct bpf_events *b, int ms, struct err *err);

/* Whether the programs in force still write to this one: not after they were taken out. */
bool bpf_events_is_current(const struct bpf_events *b);

#endif
