/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats addresses and ranges of ports, gives patterns over their hexadecimal digits. The one idea: a
 * range of numbers with equally many digits is a handful of patterns: the rest under its first
 * digit, all of what lies between, and the beginning under its last.
 */
#include "lang/address.h"

#include "lang/object.h"

#include <arpa/inet.h>
#include <string.h>

/* An IPv4 address in IPv6's form is that IPv4 address: engines see it so. */
static void unmap(struct address *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	a->kind = ADDRESS_IPV6;
	if (memcmp(a->bytes, mapped, sizeof(mapped)) != 0)
		return;
	a->kind = ADDRESS_IPV4;
	memmove(a->bytes, a->bytes + sizeof(mapped), 4);
	memset(a->bytes + 4, 0, sizeof(a->bytes) - 4);
}

static bool parse_ip(struct parser *p, const struct word *w, struct address *out)
{
	char text[INET6_ADDRSTRLEN + 1] = "";

	if (slice_is(w->text, "none")) {
		out->kind = ADDRESS_NONE;
		return true;
	}
	if (w->text.len < sizeof(text)) {
		memcpy(text, w->text.ptr, w->text.len);
		if (inet_pton(AF_INET6, text, out->bytes) == 1)
			unmap(out);
		else if (inet_pton(AF_INET, text, out->bytes) == 1)
			out->kind = ADDRESS_IPV4;
	}
	if (out->kind != ADDRESS_ANY && strlen(text) == w->text.len)
		return true;
	parser_error(p, w->place, "\"%.*s\" is no IP address", SLICE_FMT(w->text));
	parser_help(p, "write one address like 127.0.0.1 or ::1 (no range, no mask), or none");
	return false;
}

/* Decimal digits up to 65535, which fill the slice. */
static bool read_port(struct slice text, uint16_t *out)
{
	uint32_t value = 0;

	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text.ptr[i] - '0');
		if (value > UINT16_MAX)
			return false;
	}
	*out = (uint16_t)value;
	return true;
}

static bool parse_port(struct parser *p, const struct word *w, struct address *out)
{
	const char *dash = memchr(w->text.ptr, '-', w->text.len);
	size_t at = dash ? (size_t)(dash - w->text.ptr) : w->text.len;
	bool is_right = read_port(slice_cut(w->text, 0, at), &out->from);

	out->has_port = true;
	out->to = out->from;
	if (is_right && dash)
		is_right = read_port(slice_cut(w->text, at + 1, w->text.len), &out->to);
	if (is_right && out->from <= out->to)
		return true;
	parser_error(p, w->place, "\"%.*s\" is no port", SLICE_FMT(w->text));
	parser_help(p, "write a number from 0 to 65535, or FROM-TO with the smaller one first");
	return false;
}

bool address_parse(struct parser *p, const struct word *ip, const struct word *port,
		   struct address *out)
{
	struct address a = { .kind = ADDRESS_ANY };

	if (ip->text.ptr && !parse_ip(p, ip, &a))
		return false;
	if (port->text.ptr && !parse_port(p, port, &a))
		return false;
	*out = a;
	return true;
}

bool address_is_any(const struct address *a)
{
	return a->kind == ADDRESS_ANY && !a->has_port;
}

int address_compare(const struct address *a, const struct address *b)
{
	int order = (int)a->kind - (int)b->kind;

	order = order ? order : memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	order = order ? order : a->has_port - b->has_port;
	order = order ? order : a->from - b->from;
	return order ? order : a->to - b->to;
}

void address_print(const struct address *a, struct buf *out)
{
	char text[INET6_ADDRSTRLEN] = "none";

	if (a->kind == ADDRESS_IPV4)
		inet_ntop(AF_INET, a->bytes, text, sizeof(text));
	else if (a->kind == ADDRESS_IPV6)
		inet_ntop(AF_INET6, a->bytes, text, sizeof(text));
	if (a->kind != ADDRESS_ANY)
		buf_printf(out, " ip=%s", text);
	if (a->has_port)
		buf_printf(out, " port=%u", a->from);
	if (a->has_port && a->to != a->from)
		buf_printf(out, "-%u", a->to);
}

/* One digit out of from…to, then n digits of any value. */
static void add_digits(struct buf *out, unsigned from, unsigned to, unsigned n)
{
	if (from == to)
		buf_printf(out, "%x", from);
	else if (from == 0 && to == 15)
		buf_add_char(out, '?');
	else {
		buf_add_char(out, '[');
		for (unsigned digit = from; digit <= to; digit++)
			buf_printf(out, "%x", digit);
		buf_add_char(out, ']');
	}
	while (n--)
		buf_add_char(out, '?');
}

static void add_range(struct buf *out, unsigned from, unsigned to, unsigned n_digits)
{
	unsigned shift = (n_digits - 1) * 4, low = (1u << shift) - 1;
	unsigned first = from >> shift, last = to >> shift;
	bool is_first_whole = !(from & low), is_last_whole = (to & low) == low;

	if (first == last && !(is_first_whole && is_last_whole)) {
		buf_printf(out, "%x", first);
		add_range(out, from & low, to & low, n_digits - 1);
		return;
	}
	if (is_first_whole && is_last_whole) {
		add_digits(out, first, last, n_digits - 1);
		return;
	}
	buf_add_char(out, '{');
	if (!is_first_whole) {
		buf_printf(out, "%x", first);
		add_range(out, from & low, low, n_digits - 1);
	}
	if (first + !is_first_whole + !is_last_whole <= last) {
		if (!is_first_whole)
			buf_add_char(out, ',');
		add_digits(out, first + !is_first_whole, last - !is_last_whole, n_digits - 1);
	}
	if (!is_last_whole) {
		buf_printf(out, ",%x", last);
		add_range(out, 0, to & low, n_digits - 1);
	}
	buf_add_char(out, '}');
}

static void add_port(const struct address *a, struct buf *out)
{
	if (a->has_port)
		add_range(out, a->from, a->to, 4);
	else
		buf_add_text(out, "????");
}

void address_add(const struct address *a, struct buf *out)
{
	unsigned n_bytes = a->kind == ADDRESS_IPV4 ? 4 : 16;

	if (address_is_any(a)) {
		object_any(out);
		return;
	}
	if (a->kind == ADDRESS_NONE && !a->has_port) {
		buf_add_text(out, "{,????}");
		return;
	}
	add_port(a, out);
	if (a->kind == ADDRESS_ANY)
		object_any(out);
	for (unsigned i = 0; a->kind >= ADDRESS_IPV4 && i < n_bytes; i++)
		buf_printf(out, "%02x", a->bytes[i]);
}
