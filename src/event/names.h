/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words for the numbers in an event, as AppArmor's own records have them. All texts are constant.
 */
#ifndef EVENT_NAMES_H
#define EVENT_NAMES_H

#include "abi/class.h"
#include "event/event.h"

/* "file", "cap", "net", …: the class= of a record; "unknown" for a number without one. */
const char *event_class_name(enum class_id class_id);

/* "AUDIT", "ALLOWED", "DENIED", "KILLED", "STATUS". */
const char *event_verdict_name(enum event_verdict verdict);

/* "sys_admin"; NULL for a capability this table does not know. */
const char *event_capability_name(int capability);

/* "inet", "stream"; NULL if unknown. */
const char *event_family_name(int family);
const char *event_socket_type_name(int type);

/* "nofile"; NULL if unknown. */
const char *event_rlimit_name(unsigned limit);

/* Adds "term", "rtmin+3", "exists" for 0, "unknown(99)". */
void event_print_signal(int signal, struct buf *out);

/* The number of a word as above, -1 if there is none such. */
int event_find_capability(struct slice name);
int event_find_family(struct slice name);
int event_find_socket_type(struct slice name);
int event_find_signal(struct slice name);

#endif
