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
 * Opens the ring buffer; tell gets each event, from within bpf_events_poll. The policy (names of
 * profiles) is read from the kernel, anew when an event is of a later one.
 */
struct bpf_events *bpf_events_new(void (*tell)(void *to, const struct event *e), void *to,
				  struct err *err);
void bpf_events_free(struct bpf_events *b);

/*
 * Waits at most ms milliseconds and tells what is there. Losses since the last call are told as one
 * EVENT_STATUS. Negative errno with words when the buffer cannot be read.
 */
int bpf_events_poll(struct bpf_events *b, int ms, struct err *err);

/* One record of len bytes, checked, as an event; false if it is malformed. */
bool bpf_events_translate(const void *bytes, size_t len, struct slice policy, struct event *out);

#endif
