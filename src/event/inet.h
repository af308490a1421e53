/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet addresses: as parts of an object of CLASS_NET (abi/class.h), and as people write them. */
#ifndef EVENT_INET_H
#define EVENT_INET_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

/*
 * Adds the address of an object as people write it: "127.0.0.1:80", "[::1]:80". False, and nothing is
 * added, if it is no whole address.
 */
bool event_print_inet(struct slice object, struct buf *out);

/*
 * Adds such a text as the object has it; one that is empty adds nothing. An IPv4 address in IPv6's form
 * becomes the IPv4 address that it is. False, and nothing is added, if it is no address and port.
 */
bool event_parse_inet(struct slice text, struct buf *out);

#endif
