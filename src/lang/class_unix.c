/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unix [ACCESS] [type=TYPE] [addr=ADDRESS] [peer=(addr=ADDRESS label=LABEL)]: eats rules of
 * abstract and unnamed sockets, gives rows of CLASS_UNIX. The one idea: a rule with a peer speaks
 * of what happens between two sockets, a rule without of everything.
 *
 * Each rule also gives a row of CLASS_NET, for engines that see no addresses: unless it denies
 * only some addresses or peers, for then that row would deny them all.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/object.h"
#include "lang/socket.h"

struct unix_rule {
	uint32_t access;		/* never 0 */
	int type;			/* SOCKET_ANY: not said */
	struct word addr;
	struct word peer_addr, peer_label;
};

static const struct {
	const char *name;
	int number;
} types[] = {
	{ "stream", 1 }, { "dgram", 2 },     { "raw", 3 },  { "rdm", 4 },
	{ "seqpacket", 5 }, { "dccp", 6 },   { "packet", 10 }, { "none", 0 },
};
enum { N_TYPES = sizeof(types) / sizeof(*types) };

static bool has_peer(const struct unix_rule *detail)
{
	return detail->peer_addr.text.ptr || detail->peer_label.text.ptr;
}

static uint32_t implied_access(const struct unix_rule *detail)
{
	return has_peer(detail) ? PERM_NET_PEER : PERM_NET_ALL;
}

static bool read_type(struct parser *p, const struct word *w, int *type)
{
	const char *known[N_TYPES + 1] = { NULL };

	*type = SOCKET_ANY;
	for (size_t i = 0; w->text.ptr && i < N_TYPES; i++) {
		known[i] = types[i].name;
		if (slice_is(w->text, types[i].name)) {
			*type = types[i].number;
			return true;
		}
	}
	return !w->text.ptr || parser_unknown(p, w->place, "type of socket", w->text, known);
}

static bool is_special(struct slice text)
{
	return slice_is(text, "none") || slice_is(text, "auto");
}

/* The first alternative that is no address, NULL if all are. */
static const struct word *wrong_address(const struct word_list *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		if (!slice_starts(parts->words[i].text, "@") &&
		    !is_special(parts->words[i].text))
			return &parts->words[i];
	return NULL;
}

static bool check_address(struct parser *p, const struct word *w)
{
	struct word_list parts = { 0 };
	const struct word *wrong;

	if (!w->text.ptr)
		return true;
	object_alternatives(parser_arena(p), w, &parts);
	wrong = wrong_address(&parts);
	if (!wrong)
		return true;
	parser_error(p, w->place, "\"%.*s\" is no address of a unix rule", SLICE_FMT(wrong->text));
	if (slice_starts(wrong->text, "/"))
		parser_help(p, "a socket in the file system takes a file rule: %.*s rw,",
			    SLICE_FMT(wrong->text));
	else
		parser_help(p, "write addr=@NAME, addr=none or addr=auto");
	return false;
}

static bool check_access(struct parser *p, const struct rule *rule, const struct unix_rule *detail)
{
	auto_buf local = BUF_INIT;

	if (!has_peer(detail) || !(detail->access & ~(uint32_t)PERM_NET_PEER))
		return true;
	socket_print_access(detail->access & ~(uint32_t)PERM_NET_PEER, &local);
	parser_error(p, rule->place, "no peer has a part in%s", buf_text(&local));
	parser_help(p, "with peer=() go send, receive, connect and accept alone");
	return false;
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct unix_rule *detail = rule_detail_new(p, struct unix_rule);
	struct word type = { 0 };
	const struct condition own[] = {
		{ .key = "type", .what = "a type of socket", .to = &type, .is_text = true },
		{ .key = "addr", .what = "an address", .to = &detail->addr },
	};
	const struct condition peer[] = {
		{ .key = "addr", .what = "an address", .to = &detail->peer_addr },
		{ .key = "label", .what = "the label of the peer", .to = &detail->peer_label },
	};
	struct conditions conditions = {
		.rule = "unix", .own = own, .n_own = 2, .peer = peer, .n_peer = 2,
	};

	rule->detail = detail;
	if (!socket_parse_access(p, &detail->access) || !conditions_parse(p, &conditions) ||
	    !read_type(p, &type, &detail->type) || !check_address(p, &detail->addr) ||
	    !check_address(p, &detail->peer_addr) || !check_access(p, rule, detail))
		return false;
	if (!detail->access)
		detail->access = implied_access(detail);
	return true;
}

static bool expand_address(struct expansion *x, const struct word *from, struct word *to)
{
	struct word_list parts = { 0 };
	const struct word *wrong;

	if (!expand_word(x, from, to))
		return false;
	if (!word_has_variable(from))
		return true;
	object_alternatives(expansion_arena(x), to, &parts);
	wrong = wrong_address(&parts);
	if (!wrong)
		return true;
	return expansion_error(x, from->place,
			       "\"%.*s\" is no address of a unix rule: write @NAME, none or auto",
			       SLICE_FMT(wrong->text));
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct unix_rule *before = from->detail;
	struct unix_rule *after = arena_new(expansion_arena(x), struct unix_rule);

	*after = *before;
	to->detail = after;
	return expand_address(x, &before->addr, &after->addr) &&
	       expand_address(x, &before->peer_addr, &after->peer_addr) &&
	       expand_word(x, &before->peer_label, &after->peer_label);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct unix_rule *x = a->detail, *y = b->detail;
	int order = (x->access > y->access) - (x->access < y->access);

	order = order ? order : x->type - y->type;
	order = order ? order : word_compare(&x->addr, &y->addr);
	order = order ? order : word_compare(&x->peer_addr, &y->peer_addr);
	return order ? order : word_compare(&x->peer_label, &y->peer_label);
}

/* "@NAME" is no variable here and needs no quotes for it. */
static void print_address(const struct word *w, struct buf *out)
{
	struct word name = *w;
	auto_buf text = BUF_INIT;

	if (w->text.len && w->text.ptr[0] == '@') {
		name.text = slice_cut(w->text, 1, w->text.len);
		word_print(&name, &text);
	}
	if (!text.len || text.data[0] == '"')
		word_print_condition("addr", w, out);
	else
		buf_printf(out, " addr=@%s", buf_text(&text));
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct unix_rule *detail = rule->detail;
	auto_buf peer = BUF_INIT;

	buf_add_text(out, "unix");
	if (detail->access != implied_access(detail))
		socket_print_access(detail->access, out);
	for (size_t i = 0; i < N_TYPES; i++)
		if (types[i].number == detail->type)
			buf_printf(out, " type=%s", types[i].name);
	print_address(&detail->addr, out);
	print_address(&detail->peer_addr, &peer);
	word_print_condition("label", &detail->peer_label, &peer);
	conditions_print_peer(&peer, out);
}

/* How long the escape for a NUL byte is that the text begins with, 0 if it does not. */
static size_t nul_escape(struct slice text)
{
	size_t n = 1;

	if (slice_starts(text, "\\x00"))
		return 4;
	if (!slice_starts(text, "\\0"))
		return 0;
	while (n < text.len && n < 4 && text.ptr[n] == '0')
		n++;
	return n < 4 && n < text.len && text.ptr[n] >= '1' && text.ptr[n] <= '7' ? 0 : n;
}

/* Byte 1 stands for NUL within a name, as NUL parts the object. */
static void add_name(struct buf *out, struct slice name)
{
	auto_buf text = BUF_INIT;
	size_t n;

	for (size_t at = 0; at < name.len; at += n) {
		n = nul_escape(slice_cut(name, at, name.len));
		if (n) {
			buf_add_text(&text, "\\x01");
			continue;
		}
		n = name.ptr[at] == '\\' && at + 1 < name.len ? 2 : 1;
		buf_add_slice(&text, slice_cut(name, at, at + n));
	}
	object_glob(out, buf_slice(&text));
}

/* A socket is bound to a name of the kernel's choice by being bound to no name. */
static void add_address(struct buf *out, const struct word *address, bool is_bind)
{
	if (!address->text.ptr)
		object_any(out);
	else if (slice_is(address->text, "auto") && !is_bind)
		buf_add_text(out, "@[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]");
	else if (!is_special(address->text))
		add_name(out, address->text);
}

/* One row: an own address, and a peer's if the rule has one. */
struct sides {
	const struct word *own;
	const struct word *peer;	/* NULL: any peer or none */
	bool is_alone;			/* the object has no peer */
};

static void give(const struct rule *rule, const struct lower_sink *sink, struct sides sides,
		 uint32_t perms)
{
	const struct unix_rule *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	if (!perms)
		return;
	socket_add_u16(&pattern, detail->type);
	socket_add_u16(&pattern, SOCKET_ANY);
	add_address(&pattern, sides.own, perms == PERM_NET_BIND);
	object_end(&pattern);
	object_any(&pattern);
	object_end(&pattern);
	if (!sides.is_alone) {
		add_address(&pattern, sides.peer, false);
		object_end(&pattern);
		object_part(&pattern, &detail->peer_label);
	} else {
		object_end(&pattern);
	}
	lower_give(sink, lower_row_of(rule, CLASS_UNIX), &pattern, perms);
}

static void give_with_peer(const struct rule *rule, const struct lower_sink *sink,
			   const struct word *own)
{
	const struct unix_rule *detail = rule->detail;
	struct word_list peers = { 0 };

	if (detail->peer_addr.text.ptr)
		object_alternatives(sink->arena, &detail->peer_addr, &peers);
	else
		word_list_add(sink->arena, &peers, &detail->peer_addr);
	for (size_t i = 0; i < peers.n; i++)
		give(rule, sink, (struct sides){ .own = own, .peer = &peers.words[i] },
		     detail->access & PERM_NET_PEER);
	/* Whether a socket accepts at all is asked before there is a peer. */
	give(rule, sink, (struct sides){ .own = own, .is_alone = true },
	     detail->access & PERM_NET_ACCEPT);
}

static void give_alone(const struct rule *rule, const struct lower_sink *sink,
		       const struct word *own)
{
	const struct unix_rule *detail = rule->detail;
	static const struct word any;
	struct sides sides = { .own = own, .peer = &any };
	uint32_t bind = 0;

	if (own->text.ptr && slice_is(own->text, "auto"))
		bind = detail->access & PERM_NET_BIND;
	give(rule, sink, sides, bind);
	give(rule, sink, sides, detail->access & ~bind);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct unix_rule *detail = rule->detail;
	struct word_list own = { 0 };

	if (detail->addr.text.ptr)
		object_alternatives(sink->arena, &detail->addr, &own);
	else
		word_list_add(sink->arena, &own, &detail->addr);
	for (size_t i = 0; i < own.n; i++) {
		if (has_peer(detail))
			give_with_peer(rule, sink, &own.words[i]);
		else
			give_alone(rule, sink, &own.words[i]);
	}
	if (!rule->qualifiers.deny || (!has_peer(detail) && !detail->addr.text.ptr))
		socket_give_net_unix(rule, sink, detail->type, detail->access);
}

const struct rule_class class_unix = {
	.keyword = "unix",
	.class_id = CLASS_UNIX,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct unix_rule bare = { .access = PERM_NET_ALL, .type = SOCKET_ANY };
const struct bare_rule bare_unix = { &class_unix, &bare };
