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
 * from the kernel, anew when an event is of a later policy. Opening takes being root, by number; from
 * then on nothing is opened any more, and of bpf(2) no more is called than reading and writing elements of
 * maps, and of files no more than readlink(2) on those of /proc.
 */
struct bpf_events *bpf_events_new(void (*tell)(void *to, const struct event *e), void *to,
				  struct err *err);
void bpf_events_free(struct bpf_events *b);

/*
 * Waits at most ms milliseconds and tells what is there. Losses since the last call are told as one
 * EVENT_STATUS. Negative errno with words when the buffer cannot be read.
 */
int bpf_events_poll(struct bpf_events *b, int ms, struct err *err);

/* Waits likewise, but tells nothing: whether there is something to tell. */
bool bpf_events_wait(const struct bpf_events *b, int ms);

#endif
