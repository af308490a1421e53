/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions about sockets: eats words, gives objects as abi/class.h draws them. The one idea: what is
 * asked is what engines ask. A socket is made by family, type and protocol alone, a unix socket too;
 * whatever else is done with one of the internet is asked about with the addresses of both ends.
 */
#include "cli/request_words.h"

#include "event/inet.h"
#include "event/names.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>

static const struct access accesses[] = {
	{ "create", PERM_NET_CREATE },	 { "bind", PERM_NET_BIND },
	{ "listen", PERM_NET_LISTEN },	 { "accept", PERM_NET_ACCEPT },
	{ "connect", PERM_NET_CONNECT }, { "send", PERM_NET_SEND },
	{ "receive", PERM_NET_RECEIVE }, { "shutdown", PERM_NET_SHUTDOWN },
	{ "getattr", PERM_NET_GETATTR }, { "setattr", PERM_NET_SETATTR },
	{ "getopt", PERM_NET_GETOPT },	 { "setopt", PERM_NET_SETOPT },
};

static uint32_t take_access(struct words *w)
{
	return words_take_access(w, accesses, sizeof(accesses) / sizeof(accesses[0]));
}

static void add_u16(struct buf *out, int number)
{
	buf_add_char(out, (char)(number >> 8));
	buf_add_char(out, (char)number);
}

static void add_kind(struct request *out, int family, int type, int protocol)
{
	add_u16(&out->object, family);
	add_u16(&out->object, type);
	add_u16(&out->object, protocol);
}

/* A number, or the name of an IP protocol. */
static int find_protocol(struct slice word)
{
	auto_buf name = BUF_INIT;
	const struct protoent *entry;
	char *end;
	long number;

	buf_add_slice(&name, word);
	number = strtol(buf_text(&name), &end, 10);
	if (word.len && !*end)
		return number >= 0 && number <= UINT16_MAX ? (int)number : -1;
	entry = getprotobyname(buf_text(&name));
	return entry ? entry->p_proto : -1;
}

static int add_address(struct request *out, struct words *w, struct err *err)
{
	struct slice word;

	if (!words_take(w, &word) || slice_is(word, "-"))
		return 0;
	if (event_parse_inet(word, &out->object))
		return 0;
	return err_say(err, -EINVAL, "%.*s is no address: they look like 127.0.0.1:80 or [::1]:80",
		       SLICE_FMT(word));
}

/* local | 0 | peer | 0 | interface | 0 | own label | 0 | peer label */
static int add_addresses(struct request *out, struct words *w, struct err *err)
{
	int r = add_address(out, w, err);

	buf_add_char(&out->object, '\0');
	if (!r)
		r = add_address(out, w, err);
	buf_add(&out->object, "\0", 2);
	out->needs_profile = true;
	return r;
}

static int parse_network(struct request *out, const struct operation *op, struct words *w,
			 struct err *err)
{
	int family, type = SOCK_STREAM, protocol = 0;
	struct slice word;

	(void)op;
	out->class_id = CLASS_NET;
	out->wanted = take_access(w);
	if (!words_take(w, &word))
		return err_say(err, -EINVAL, "network needs a family: inet, inet6, unix, …");
	family = event_find_family(word);
	if (family < 0)
		return err_say(err, -EINVAL, "no network family %.*s", SLICE_FMT(word));
	if (words_take(w, &word))
		type = event_find_socket_type(word);
	if (type < 0)
		return err_say(err, -EINVAL, "no socket type %.*s", SLICE_FMT(word));
	if (words_take(w, &word))
		protocol = find_protocol(word);
	if (protocol < 0)
		return err_say(err, -EINVAL, "no protocol %.*s", SLICE_FMT(word));
	add_kind(out, family, type, protocol);
	if (out->wanted == PERM_NET_CREATE || (family != AF_INET && family != AF_INET6))
		return 0;
	return add_addresses(out, w, err);
}

static int parse_unix(struct request *out, const struct operation *op, struct words *w,
		      struct err *err)
{
	struct slice word;
	int type;

	(void)op;
	out->wanted = take_access(w);
	if (!words_take(w, &word))
		return err_say(err, -EINVAL, "which type of unix socket? stream, dgram, …");
	type = event_find_socket_type(word);
	if (type < 0)
		return err_say(err, -EINVAL, "no socket type %.*s", SLICE_FMT(word));
	if (out->wanted == PERM_NET_CREATE) {
		out->class_id = CLASS_NET;
		add_kind(out, AF_UNIX, type, 0);
		return w->next == w->n_words
			       ? 0
			       : err_say(err, -EINVAL, "a socket has no address and no peer as it is made");
	}
	out->class_id = CLASS_UNIX;
	add_u16(&out->object, type);
	add_u16(&out->object, 0);
	words_add_parts(w, out, 4);
	return 0;
}

const struct operation request_net[] = {
	{ "network", 0, parse_network },
	{ "unix", 0, parse_unix },
	{ 0 },
};
