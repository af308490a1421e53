/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dbus [ACCESS] [bus= path= interface= member=] [peer=(name= label=)], or dbus [ACCESS] [bus=]
 * [name=]: eats rules of messages, of services and of eavesdropping, gives rows of up to three
 * kinds of object. The one idea: which conditions a rule has says which accesses it can have.
 */
#include "lang/bare.h"
#include "lang/conditions.h"
#include "lang/glob.h"
#include "lang/object.h"
#include "lang/rule_class.h"

struct dbus {
	uint32_t access;		/* never 0 */
	struct word bus;
	struct word path, interface, member;
	struct word name;		/* of a service */
	struct word peer_name, peer_label;
};

enum {
	DBUS_MESSAGE = PERM_DBUS_SEND | PERM_DBUS_RECEIVE,
	DBUS_ALL = DBUS_MESSAGE | PERM_DBUS_BIND | PERM_DBUS_EAVESDROP,
};

/* The first four are printed. */
static const struct access_name names[] = {
	{ "send", PERM_DBUS_SEND },	{ "receive", PERM_DBUS_RECEIVE },
	{ "bind", PERM_DBUS_BIND },	{ "eavesdrop", PERM_DBUS_EAVESDROP },
	{ "write", PERM_DBUS_SEND },	{ "read", PERM_DBUS_RECEIVE },
	{ "w", PERM_DBUS_SEND },	{ "r", PERM_DBUS_RECEIVE },
	{ "rw", DBUS_MESSAGE },		{ "wr", DBUS_MESSAGE },
};
enum { N_PRINTED = 4 };

static bool is_message(const struct dbus *detail)
{
	return detail->path.text.ptr || detail->interface.text.ptr || detail->member.text.ptr ||
	       detail->peer_name.text.ptr || detail->peer_label.text.ptr;
}

static bool is_service(const struct dbus *detail)
{
	return detail->name.text.ptr;
}

static uint32_t implied_access(const struct dbus *detail)
{
	if (is_message(detail))
		return DBUS_MESSAGE;
	return is_service(detail) ? PERM_DBUS_BIND : DBUS_ALL;
}

static bool check(struct parser *p, const struct rule *rule, const struct dbus *detail)
{
	uint32_t access = detail->access;

	if (is_message(detail) && is_service(detail)) {
		parser_error(p, detail->name.place,
			     "\"name=\" is of a service, the other conditions are of messages");
		parser_help(p, "the name that a message goes to stands in peer=(name=…)");
		return false;
	}
	if (access & PERM_DBUS_EAVESDROP && (is_message(detail) || is_service(detail))) {
		parser_error(p, rule->place, "\"eavesdrop\" with conditions other than \"bus=\"");
		parser_help(p, "write eavesdrop as a rule of its own");
		return false;
	}
	if (access & PERM_DBUS_BIND && is_message(detail)) {
		parser_error(p, rule->place, "\"bind\" in a rule of messages");
		parser_help(p, "bind takes bus= and name= alone");
		return false;
	}
	if (access & DBUS_MESSAGE && is_service(detail)) {
		parser_error(p, rule->place, "\"send\" or \"receive\" in a rule of a service");
		parser_help(p, "the name that a message goes to stands in peer=(name=…)");
		return false;
	}
	return true;
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct dbus *detail = rule_detail_new(p, struct dbus);
	const struct condition own[] = {
		{ .key = "bus", .what = "the name of a bus", .to = &detail->bus },
		{ .key = "path", .what = "the path of an object", .to = &detail->path },
		{ .key = "interface", .what = "an interface", .to = &detail->interface },
		{ .key = "member", .what = "a method or signal", .to = &detail->member },
		{ .key = "name", .what = "the name of a service", .to = &detail->name },
	};
	const struct condition peer[] = {
		{ .key = "name", .what = "the name of the peer", .to = &detail->peer_name },
		{ .key = "label", .what = "the label of the peer", .to = &detail->peer_label },
	};
	struct conditions conditions = {
		.rule = "dbus", .own = own, .n_own = 5, .peer = peer, .n_peer = 2,
	};

	rule->detail = detail;
	if (!parser_access(p, names, sizeof(names) / sizeof(*names), &detail->access))
		return false;
	if (!conditions_parse(p, &conditions) || !check(p, rule, detail))
		return false;
	if (!detail->access)
		detail->access = implied_access(detail);
	return true;
}

/* Paths of objects have single slashes. */
static bool expand_path(struct expansion *x, const struct word *from, struct word *to)
{
	if (!expand_word(x, from, to))
		return false;
	if (to->text.ptr)
		to->text = glob_collapse_slashes(expansion_arena(x), to->text);
	return true;
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct dbus *before = from->detail;
	struct dbus *after = arena_new(expansion_arena(x), struct dbus);

	*after = *before;
	to->detail = after;
	return expand_word(x, &before->bus, &after->bus) &&
	       expand_path(x, &before->path, &after->path) &&
	       expand_word(x, &before->interface, &after->interface) &&
	       expand_word(x, &before->member, &after->member) &&
	       expand_word(x, &before->name, &after->name) &&
	       expand_word(x, &before->peer_name, &after->peer_name) &&
	       expand_word(x, &before->peer_label, &after->peer_label);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct dbus *x = a->detail, *y = b->detail;
	int order = (x->access > y->access) - (x->access < y->access);

	order = order ? order : word_compare(&x->bus, &y->bus);
	order = order ? order : word_compare(&x->path, &y->path);
	order = order ? order : word_compare(&x->interface, &y->interface);
	order = order ? order : word_compare(&x->member, &y->member);
	order = order ? order : word_compare(&x->name, &y->name);
	order = order ? order : word_compare(&x->peer_name, &y->peer_name);
	return order ? order : word_compare(&x->peer_label, &y->peer_label);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct dbus *detail = rule->detail;
	auto_buf peer = BUF_INIT;

	buf_add_text(out, "dbus");
	if (detail->access != implied_access(detail)) {
		buf_add_char(out, ' ');
		access_print(names, N_PRINTED, detail->access, out);
	}
	word_print_condition("bus", &detail->bus, out);
	word_print_condition("path", &detail->path, out);
	word_print_condition("interface", &detail->interface, out);
	word_print_condition("member", &detail->member, out);
	word_print_condition("name", &detail->name, out);
	word_print_condition("name", &detail->peer_name, &peer);
	word_print_condition("label", &detail->peer_label, &peer);
	conditions_print_peer(&peer, out);
}

static void add(struct buf *pattern, const struct word *w)
{
	object_end(pattern);
	object_part(pattern, w);
}

static void lower_message(const struct rule *rule, const struct lower_sink *sink)
{
	const struct dbus *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	object_part(&pattern, &detail->bus);
	add(&pattern, &detail->peer_name);
	add(&pattern, &detail->peer_label);
	add(&pattern, &detail->path);
	add(&pattern, &detail->interface);
	add(&pattern, &detail->member);
	lower_give(sink, lower_row_of(rule, CLASS_DBUS), &pattern, detail->access & DBUS_MESSAGE);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct dbus *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	if (detail->access & DBUS_MESSAGE)
		lower_message(rule, sink);
	object_part(&pattern, &detail->bus);
	if (detail->access & PERM_DBUS_EAVESDROP)
		lower_give(sink, lower_row_of(rule, CLASS_DBUS), &pattern, PERM_DBUS_EAVESDROP);
	add(&pattern, &detail->name);
	if (detail->access & PERM_DBUS_BIND)
		lower_give(sink, lower_row_of(rule, CLASS_DBUS), &pattern, PERM_DBUS_BIND);
}

const struct rule_class class_dbus = {
	.keyword = "dbus",
	.class_id = CLASS_DBUS,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct dbus bare = { .access = DBUS_ALL };
const struct bare_rule bare_dbus = { &class_dbus, &bare };
