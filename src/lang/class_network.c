/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * network [ACCESS] [FAMILY] [TYPE|PROTOCOL] [ip= port= interface= label=]
 * [peer=(ip= port= label=)]: eats rules of sockets, gives rows of CLASS_NET, and of CLASS_UNIX
 * where unix sockets are covered.
 *
 * The one idea: a rule without conditions covers an operation whatever is known of its addresses;
 * a rule with some covers creation, which has no address yet, and then only what is seen to meet
 * them. Own conditions bind what concerns the socket alone, both bind what concerns a peer.
 */
#include "lang/address.h"
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/object.h"
#include "lang/socket.h"

/* What the word after the family may be. */
struct kind {
	const char *name;
	int type, protocol;
	enum { KIND_OF_ALL, KIND_OF_INET, KIND_OF_INET4 } families;
};

struct network {
	uint32_t access;		/* never 0 */
	bool has_access;		/* written, not implied */
	int family;			/* SOCKET_ANY: not said */
	const struct kind *kind;	/* NULL: not said */
	struct address local, peer;
	struct word interface, label, peer_label;
};

static const struct kind kinds[] = {
	{ "stream", 1, SOCKET_ANY, KIND_OF_ALL },
	{ "dgram", 2, SOCKET_ANY, KIND_OF_ALL },
	{ "raw", 3, SOCKET_ANY, KIND_OF_ALL },
	{ "rdm", 4, SOCKET_ANY, KIND_OF_ALL },
	{ "seqpacket", 5, SOCKET_ANY, KIND_OF_ALL },
	{ "packet", 10, SOCKET_ANY, KIND_OF_ALL },
	{ "tcp", 1, SOCKET_ANY, KIND_OF_INET },
	{ "udp", 2, SOCKET_ANY, KIND_OF_INET },
	{ "icmp", 3, 1, KIND_OF_INET4 },
};
enum { N_KINDS = sizeof(kinds) / sizeof(*kinds) };

static const struct kind *find_kind(struct slice name)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (slice_is(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

static bool unknown_word(struct parser *p, struct place at, struct slice word, bool has_family)
{
	const char *known[N_KINDS + SOCKET_FAMILIES_MAX + 1] = { NULL };
	size_t n = 0;

	while (n < N_KINDS) {
		known[n] = kinds[n].name;
		n++;
	}
	if (!has_family)
		socket_family_names(known, n);
	return parser_unknown(p, at,
			      has_family ? "type or protocol" : "family, type or protocol", word,
			      known);
}

static bool is_family_of(const struct kind *kind, int family)
{
	if (kind->families == KIND_OF_INET)
		return family == SOCKET_INET || family == SOCKET_INET6;
	return kind->families == KIND_OF_ALL || family == SOCKET_INET;
}

static bool parse_family(struct parser *p, struct network *detail)
{
	struct place at = parser_place(p);
	struct word w = { 0 };

	if (!parser_at_word(p) || parser_at_condition(p))
		return true;
	if (!parser_word(p, WORD_NO_EQUALS, "a family, type or protocol", &w))
		return false;
	detail->family = socket_find_family(w.text);
	if (detail->family != SOCKET_ANY)
		return true;
	detail->kind = find_kind(w.text);
	return detail->kind || unknown_word(p, at, w.text, false);
}

static bool parse_kind(struct parser *p, struct network *detail)
{
	struct place at = parser_place(p);
	struct word w = { 0 };

	if (!parser_at_word(p) || parser_at_condition(p))
		return true;
	if (detail->family == SOCKET_ANY) {
		parser_error(p, at, "the family stands before \"%s\"", detail->kind->name);
		parser_help(p, "write network FAMILY TYPE, like network inet stream");
		return false;
	}
	if (!parser_word(p, WORD_NO_EQUALS, "a type or protocol", &w))
		return false;
	detail->kind = find_kind(w.text);
	if (!detail->kind)
		return unknown_word(p, at, w.text, true);
	if (is_family_of(detail->kind, detail->family))
		return true;
	parser_error(p, at, "the family %s has no \"%s\"", socket_family_name(detail->family),
		     detail->kind->name);
	parser_help(p, "it is %s alone",
		    detail->kind->families == KIND_OF_INET ? "of inet and inet6" : "of inet");
	return false;
}

static bool parse_conditions(struct parser *p, struct network *detail)
{
	struct word ip = { 0 }, port = { 0 }, peer_ip = { 0 }, peer_port = { 0 };
	const struct condition own[] = {
		{ .key = "ip", .what = "an IP address", .to = &ip, .is_text = true },
		{ .key = "port", .what = "a port", .to = &port, .is_text = true },
		{ .key = "interface", .what = "a network interface", .to = &detail->interface },
		{ .key = "label", .what = "a label", .to = &detail->label },
	};
	const struct condition peer[] = {
		{ .key = "ip", .what = "an IP address", .to = &peer_ip, .is_text = true },
		{ .key = "port", .what = "a port", .to = &peer_port, .is_text = true },
		{ .key = "label", .what = "the label of the peer", .to = &detail->peer_label },
	};
	struct conditions conditions = {
		.rule = "network", .own = own, .n_own = 4, .peer = peer, .n_peer = 3,
	};

	return conditions_parse(p, &conditions) && address_parse(p, &ip, &port, &detail->local) &&
	       address_parse(p, &peer_ip, &peer_port, &detail->peer);
}

static bool has_own(const struct network *detail)
{
	return !address_is_any(&detail->local) || detail->interface.text.ptr ||
	       detail->label.text.ptr;
}

static bool has_peer(const struct network *detail)
{
	return !address_is_any(&detail->peer) || detail->peer_label.text.ptr;
}

static bool has_address(const struct network *detail)
{
	return !address_is_any(&detail->local) || !address_is_any(&detail->peer);
}

static bool check(struct parser *p, const struct rule *rule, const struct network *detail)
{
	uint32_t local = detail->access & ~(uint32_t)PERM_NET_PEER;
	auto_buf words = BUF_INIT;

	if (has_peer(detail) && local) {
		socket_print_access(local, &words);
		parser_error(p, rule->place, "no peer has a part in%s", buf_text(&words));
		parser_help(p, "with peer=() go send, receive, connect and accept alone");
		return false;
	}
	if (has_address(detail) && detail->family != SOCKET_ANY &&
	    detail->family != SOCKET_INET && detail->family != SOCKET_INET6) {
		parser_error(p, rule->place, "the family %s has no ip= and port=",
			     socket_family_name(detail->family));
		parser_help(p, "they are of inet and inet6 alone");
		return false;
	}
	return true;
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct network *detail = rule_detail_new(p, struct network);

	rule->detail = detail;
	detail->family = SOCKET_ANY;
	if (!socket_parse_access(p, &detail->access) || !parse_family(p, detail) ||
	    !parse_kind(p, detail) || !parse_conditions(p, detail) || !check(p, rule, detail))
		return false;
	detail->has_access = detail->access;
	if (!detail->access)
		detail->access = PERM_NET_ALL;
	return true;
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct network *before = from->detail;
	struct network *after = arena_new(expansion_arena(x), struct network);

	*after = *before;
	to->detail = after;
	return expand_word(x, &before->interface, &after->interface) &&
	       expand_word(x, &before->label, &after->label) &&
	       expand_word(x, &before->peer_label, &after->peer_label);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct network *x = a->detail, *y = b->detail;
	int order = (x->access > y->access) - (x->access < y->access);

	order = order ? order : x->has_access - y->has_access;
	order = order ? order : x->family - y->family;
	order = order ? order : (x->kind > y->kind) - (x->kind < y->kind);
	order = order ? order : address_compare(&x->local, &y->local);
	order = order ? order : address_compare(&x->peer, &y->peer);
	order = order ? order : word_compare(&x->interface, &y->interface);
	order = order ? order : word_compare(&x->label, &y->label);
	return order ? order : word_compare(&x->peer_label, &y->peer_label);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct network *detail = rule->detail;
	auto_buf peer = BUF_INIT;

	buf_add_text(out, "network");
	if (detail->has_access)
		socket_print_access(detail->access, out);
	if (detail->family != SOCKET_ANY)
		buf_printf(out, " %s", socket_family_name(detail->family));
	if (detail->kind)
		buf_printf(out, " %s", detail->kind->name);
	address_print(&detail->local, out);
	word_print_condition("interface", &detail->interface, out);
	word_print_condition("label", &detail->label, out);
	address_print(&detail->peer, &peer);
	word_print_condition("label", &detail->peer_label, &peer);
	conditions_print_peer(&peer, out);
}

static void add_kind(const struct network *detail, struct buf *out)
{
	bool is_inet4 = detail->kind && detail->kind->families == KIND_OF_INET4;
	bool is_inet = (detail->kind && detail->kind->families == KIND_OF_INET) ||
		       has_address(detail);

	if (detail->family != SOCKET_ANY)
		socket_add_u16(out, detail->family);
	else if (is_inet4)
		socket_add_u16(out, SOCKET_INET);
	else if (is_inet)
		buf_printf(out, "\\x00[\\x%02x\\x%02x]", SOCKET_INET, SOCKET_INET6);
	else
		socket_add_u16(out, SOCKET_ANY);
	socket_add_u16(out, detail->kind ? detail->kind->type : SOCKET_ANY);
	socket_add_u16(out, detail->kind ? detail->kind->protocol : SOCKET_ANY);
}

static void add_addresses(const struct network *detail, bool is_with_peer, struct buf *out)
{
	address_add(&detail->local, out);
	object_end(out);
	if (is_with_peer)
		address_add(&detail->peer, out);
	else
		object_any(out);
	object_end(out);
	object_part(out, &detail->interface);
	object_end(out);
	object_part(out, &detail->label);
	object_end(out);
	if (is_with_peer)
		object_part(out, &detail->peer_label);
	else
		object_any(out);
}

enum addresses { ADDRESSES_ANY, ADDRESSES_OWN, ADDRESSES_BOTH };

static void give(const struct rule *rule, const struct lower_sink *sink, enum addresses addresses,
		 uint32_t perms)
{
	const struct network *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	if (!perms)
		return;
	add_kind(detail, &pattern);
	if (addresses == ADDRESSES_ANY)
		socket_add_any_addresses(&pattern);
	else
		add_addresses(detail, addresses == ADDRESSES_BOTH, &pattern);
	lower_give(sink, lower_row_of(rule, CLASS_NET), &pattern, perms);
}

/* What a rule with conditions says of creation: a denial of some addresses denies none. */
static uint32_t creation(const struct rule *rule, const struct network *detail)
{
	if (rule->qualifiers.deny && !detail->has_access)
		return 0;
	return detail->access & PERM_NET_CREATE;
}

/* What is not seen is not allowed by a rule, but it is not denied by one either. */
static bool needs_unseen(const struct rule *rule, const struct network *detail)
{
	bool is_unseen_peer = detail->access & (PERM_NET_ACCEPT | PERM_NET_RECEIVE) && has_peer(detail);

	return detail->interface.text.ptr || detail->peer_label.text.ptr ||
	       (rule->qualifiers.deny && is_unseen_peer);
}

static void lower_with_conditions(const struct rule *rule, const struct lower_sink *sink)
{
	const struct network *detail = rule->detail;
	uint32_t alone = detail->access & ~(uint32_t)(PERM_NET_PEER | PERM_NET_CREATE);
	uint32_t denied_alone = rule->qualifiers.deny && !has_own(detail) ? alone : 0;

	sink->unlowered(sink->to, CLASS_INET, rule);
	if (needs_unseen(rule, detail))
		sink->unlowered(sink->to, CLASS_INET_UNSEEN, rule);
	give(rule, sink, ADDRESSES_ANY, creation(rule, detail));
	give(rule, sink, has_own(detail) ? ADDRESSES_OWN : ADDRESSES_ANY, alone & ~denied_alone);
	give(rule, sink, ADDRESSES_BOTH, detail->access & PERM_NET_PEER);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct network *detail = rule->detail;
	bool is_unix = detail->family == SOCKET_UNIX || detail->family == SOCKET_ANY;

	if (has_own(detail) || has_peer(detail)) {
		lower_with_conditions(rule, sink);
		return;
	}
	give(rule, sink, ADDRESSES_ANY, detail->access);
	if (is_unix && (!detail->kind || detail->kind->families == KIND_OF_ALL))
		socket_give_unix(rule, sink, detail->kind ? detail->kind->type : SOCKET_ANY,
				 detail->access);
}

const struct rule_class class_network = {
	.keyword = "network",
	.class_id = CLASS_NET,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct network bare = { .access = PERM_NET_ALL, .family = SOCKET_ANY };
const struct bare_rule bare_network = { &class_network, &bare };
