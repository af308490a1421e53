/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats addresses in one form, gives them in the other. The one idea: inet_pton(3) knows the rest. */
#include "event/inet.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PORT_DIGITS = 4, IPV4_DIGITS = 8, IPV6_DIGITS = 32, IPV4_BYTES = 4, IPV6_BYTES = 16 };

static bool read_hex(const char *text, size_t n_bytes, uint8_t *bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		char part[3] = { text[2 * i], text[2 * i + 1] }, *end;

		bytes[i] = (uint8_t)strtoul(part, &end, 16);
		if (end != part + 2)
			return false;
	}
	return true;
}

bool event_print_inet(struct slice object, struct buf *out)
{
	bool is_ipv6 = object.len == PORT_DIGITS + IPV6_DIGITS;
	uint8_t port[2], bytes[IPV6_BYTES];
	char ip[INET6_ADDRSTRLEN];

	if (!is_ipv6 && object.len != PORT_DIGITS + IPV4_DIGITS)
		return false;
	if (!read_hex(object.ptr, sizeof(port), port) ||
	    !read_hex(object.ptr + PORT_DIGITS, is_ipv6 ? IPV6_BYTES : IPV4_BYTES, bytes))
		return false;
	inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, bytes, ip, sizeof(ip));
	buf_printf(out, is_ipv6 ? "[%s]:%u" : "%s:%u", ip, port[0] << 8 | port[1]);
	return true;
}

static bool read_port(struct slice text, unsigned *port)
{
	*port = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		*port = *port * 10 + (unsigned)(text.ptr[i] - '0');
		if (*port > UINT16_MAX)
			return false;
	}
	return text.len;
}

/* The bytes of the address and their number, 0 if it is none. */
static size_t read_ip(struct slice text, uint8_t *bytes)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool is_ipv6 = text.len && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';
	char ip[INET6_ADDRSTRLEN];

	if (is_ipv6)
		text = slice_cut(text, 1, text.len - 1);
	if (text.len >= sizeof(ip))
		return 0;
	snprintf(ip, sizeof(ip), "%.*s", SLICE_FMT(text));
	if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, ip, bytes) != 1)
		return 0;
	if (!is_ipv6 || memcmp(bytes, mapped, sizeof(mapped)) != 0)
		return is_ipv6 ? IPV6_BYTES : IPV4_BYTES;
	memmove(bytes, bytes + sizeof(mapped), IPV4_BYTES);
	return IPV4_BYTES;
}

bool event_parse_inet(struct slice text, struct buf *out)
{
	size_t colon = text.len, n;
	uint8_t bytes[IPV6_BYTES];
	unsigned port;

	if (!text.len)
		return true;
	while (colon && text.ptr[colon - 1] != ':')
		colon--;
	if (!colon || !read_port(slice_cut(text, colon, text.len), &port))
		return false;
	n = read_ip(slice_cut(text, 0, colon - 1), bytes);
	if (!n)
		return false;
	buf_printf(out, "%04x", port);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02x", bytes[i]);
	return true;
}
