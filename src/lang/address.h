/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Internet addresses and ports in rules: ip=ADDRESS|none and port=N or port=N-M. As part of an
 * object they are hexadecimal text, see CLASS_NET in abi/class.h.
 */
#ifndef LANG_ADDRESS_H
#define LANG_ADDRESS_H

#include "base/buf.h"
#include "lang/parser.h"

#include <stdbool.h>
#include <stdint.h>

enum address_kind { ADDRESS_ANY, ADDRESS_NONE, ADDRESS_IPV4, ADDRESS_IPV6 };

struct address {
	enum address_kind kind;
	uint8_t bytes[16];		/* IPv4: the first four, the others 0 */
	bool has_port;
	uint16_t from, to;		/* equal for one port */
};

/* Reads the words after ip= and port=; absent words mean any. False: reported. */
bool address_parse(struct parser *p, const struct word *ip, const struct word *port,
		   struct address *out);

/* True if it says nothing. */
bool address_is_any(const struct address *a);

int address_compare(const struct address *a, const struct address *b);

/* Adds " ip=… port=…". */
void address_print(const struct address *a, struct buf *out);

/* Adds the pattern of the addresses that it covers. */
void address_add(const struct address *a, struct buf *out);

#endif
