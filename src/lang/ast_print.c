/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats profiles, gives their canonical text: names and rules with variables put in, two blanks per
 * level, rules in order, then children. Read back, it gives the same rows and the same text.
 */
#include "lang/rule_class.h"

#include <signal.h>
#include <string.h>

static void print_qualifiers(const struct qualifiers *q, bool may_own, struct buf *out)
{
	if (q->has_priority)
		buf_printf(out, "priority=%d ", q->priority);
	if (q->audit)
		buf_add_text(out, "audit ");
	if (q->allow)
		buf_add_text(out, "allow ");
	if (q->deny)
		buf_add_text(out, "deny ");
	if (q->prompt)
		buf_add_text(out, "prompt ");
	if (q->quiet)
		buf_add_text(out, "quiet ");
	if (may_own && q->who == WHO_OWNER)
		buf_add_text(out, "owner ");
	if (may_own && q->who == WHO_OTHER)
		buf_add_text(out, "other ");
}

void rule_print(const struct rule *rule, struct buf *out)
{
	unsigned may = rule->rule_class->may;

	print_qualifiers(&rule->qualifiers, may & RULE_MAY_OWNER, out);
	if (may & RULE_MUST_SET)
		buf_add_text(out, "set ");
	rule->rule_class->print(rule, out);
	buf_add_char(out, ',');
}

struct flag_name {
	unsigned bit;
	const char *name;
};

static void add_flag(struct buf *flags, const char *text)
{
	buf_printf(flags, "%s%s", flags->len ? " " : "", text);
}

static void add_flags(struct buf *flags, unsigned set, const struct flag_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (set & names[i].bit)
			add_flag(flags, names[i].name);
	}
}

static void add_valued(struct buf *flags, const char *key, struct slice value)
{
	struct word w = { .text = value };

	if (!value.len)
		return;
	add_flag(flags, key);
	buf_add_char(flags, '=');
	word_print(&w, flags);
}

static void add_signal(struct buf *flags, unsigned number)
{
	const char *name = number < 32 ? sigabbrev_np((int)number) : NULL;

	if (!number)
		return;
	add_flag(flags, "kill.signal=");
	if (number >= 32)
		buf_printf(flags, "rtmin+%u", number - 32);
	else
		for (; name && *name; name++)
			buf_add_char(flags,
				     *name >= 'A' && *name <= 'Z' ? (char)(*name + 32) : *name);
}

static void print_flags(const struct profile *p, struct buf *out)
{
	static const char *const modes[] = { [MODE_ENFORCE] = "enforce",
					     [MODE_COMPLAIN] = "complain",
					     [MODE_KILL] = "kill",
					     [MODE_UNCONFINED] = "unconfined",
					     [MODE_PROMPT] = "prompt" };
	static const struct flag_name names[] = {
		{ PROFILE_AUDIT, "audit" },
		{ PROFILE_INTERRUPTIBLE, "interruptible" },
		{ PROFILE_MEDIATE_DELETED, "mediate_deleted" },
		{ PROFILE_CHROOT_RELATIVE, "chroot_relative" },
	};
	static const struct flag_name more_names[] = {
		{ MORE_NO_ATTACH_DISCONNECTED, "no_attach_disconnected" },
		{ MORE_DELEGATE_DELETED, "delegate_deleted" },
		{ MORE_NAMESPACE_RELATIVE, "namespace_relative" },
		{ MORE_CHROOT_ATTACH, "chroot_attach" },
		{ MORE_CHROOT_NO_ATTACH, "chroot_no_attach" },
		{ MORE_DEBUG, "debug" },
	};
	auto_buf flags = BUF_INIT;

	if (p->flags & PROFILE_DEFAULT_ALLOW)
		add_flag(&flags, "default_allow");
	else if (p->has_mode)
		add_flag(&flags, modes[p->mode]);
	add_flags(&flags, p->flags, names, sizeof(names) / sizeof(*names));
	if ((p->flags & PROFILE_ATTACH_DISCONNECTED) && !p->disconnected.len)
		add_flag(&flags, "attach_disconnected");
	add_valued(&flags, "attach_disconnected.path", p->disconnected);
	if ((p->more_flags & MORE_ATTACH_DISCONNECTED_IPC) && !p->disconnected_ipc.len)
		add_flag(&flags, "attach_disconnected.ipc");
	add_valued(&flags, "attach_disconnected.ipc", p->disconnected_ipc);
	add_flags(&flags, p->more_flags, more_names, sizeof(more_names) / sizeof(*more_names));
	add_signal(&flags, p->kill_signal);
	if (p->error) {
		add_flag(&flags, "error=");
		buf_add_text(&flags, strerrorname_np((int)p->error));
	}
	if (flags.len)
		buf_printf(out, " flags=(%s)", buf_text(&flags));
}

static void print_xattrs(const struct profile *p, struct buf *out)
{
	for (size_t i = 0; i < p->n_xattrs; i++) {
		struct word name = { .text = p->xattrs[i].name };
		struct word value = { .text = p->xattrs[i].value };

		buf_add_text(out, i ? " " : " xattrs=(");
		word_print(&name, out);
		if (!value.text.ptr)
			continue;
		buf_add_char(out, '=');
		word_print(&value, out);
	}
	if (p->n_xattrs)
		buf_add_char(out, ')');
}

static void print_identities(const struct profile *p, struct buf *out)
{
	for (size_t i = 0; i < p->n_identities; i++) {
		struct word w = { .text = p->identities[i] };

		buf_add_text(out, i ? " " : " + identities=(");
		word_print(&w, out);
	}
	if (p->n_identities)
		buf_add_char(out, ')');
}

/* All attachments as one pattern; nothing if the name alone says it. */
static void print_attachments(const struct profile *p, struct buf *out)
{
	struct word w = { 0 };
	auto_buf all = BUF_INIT;

	if (!p->n_attachments || (p->n_attachments == 1 && slice_eq(p->attachments[0], p->name)))
		return;
	for (size_t i = 0; i < p->n_attachments; i++) {
		buf_add_char(&all, p->n_attachments == 1 ? ' ' : i ? ',' : '{');
		buf_add_slice(&all, p->attachments[i]);
	}
	if (p->n_attachments > 1)
		buf_add_char(&all, '}');
	w.text = buf_slice(&all);
	if (p->n_attachments == 1)
		w.text = slice_cut(w.text, 1, w.text.len);
	buf_add_char(out, ' ');
	word_print(&w, out);
}

static void print_head(const struct profile *p, struct buf *out)
{
	auto_buf name = BUF_INIT;
	struct word w = { 0 };

	if (p->namespace_name.len)
		buf_printf(&name, ":%.*s:", SLICE_FMT(p->namespace_name));
	buf_add_slice(&name, p->name);
	w.text = buf_slice(&name);
	buf_add_text(out, p->flags & PROFILE_HAT ? "hat " : "profile ");
	word_print(&w, out);
	print_attachments(p, out);
	print_xattrs(p, out);
	print_identities(p, out);
	print_flags(p, out);
	buf_add_text(out, " {\n");
}

static void add_indent(struct buf *out, unsigned level)
{
	for (unsigned i = 0; i < level; i++)
		buf_add_text(out, "  ");
}

static void print_profile(const struct profile *p, unsigned level, struct buf *out)
{
	add_indent(out, level);
	print_head(p, out);
	for (const struct rule *rule = p->rules; rule; rule = rule->next) {
		add_indent(out, level + 1);
		rule_print(rule, out);
		buf_add_char(out, '\n');
	}
	for (const struct profile *child = p->children; child; child = child->next) {
		if (child != p->children || p->rules)
			buf_add_char(out, '\n');
		print_profile(child, level + 1, out);
	}
	add_indent(out, level);
	buf_add_text(out, "}\n");
}

void profile_print(const struct profile *profile, struct buf *out)
{
	print_profile(profile, 0, out);
}

void policy_print(const struct policy *p, struct buf *out)
{
	for (const struct profile *one = p->profiles; one; one = one->next) {
		if (one != p->profiles)
			buf_add_char(out, '\n');
		profile_print(one, out);
	}
}
