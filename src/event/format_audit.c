/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an event, gives its record as auditd would write it for AppArmor, so that the tools which
 * read such logs read these too. The one idea: the order and the spelling are the kernel's.
 *
 *	type=AVC msg=audit(SECONDS.MILLISECONDS:SERIAL): apparmor="DENIED" operation="open"
 *	class="file" info="…" error=-13 profile="…" name="…" parent=… exe="…" pid=… comm="…"
 *	requested_mask="r" denied_mask="r" fsuid=… ouid=… target="…" rule="…" count=…
 *
 * (one line). Texts that a program or a file chose are quoted; those which hold a quote, a space,
 * a control byte or a byte outside ASCII are bare upper-case hex instead. rule and count are this
 * project's own and come last; count is left out when it is 1.
 */
#include "event/event.h"

#include "event/names.h"

#include <inttypes.h>

static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] < 0x21 || text.ptr[i] > 0x7e || text.ptr[i] == '"')
			return false;
	return true;
}

static void add_untrusted(struct buf *out, const char *key, struct slice text)
{
	buf_printf(out, " %s=", key);
	if (is_plain(text)) {
		buf_printf(out, "\"%.*s\"", SLICE_FMT(text));
		return;
	}
	for (size_t i = 0; i < text.len; i++)
		buf_printf(out, "%02X", (unsigned char)text.ptr[i]);
}

/* Words of this project: spaces stay, so that people can read them. */
static void add_words(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, " %s=\"", key);
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e || *text == '"')
			buf_printf(out, "\\x%02x", (unsigned char)*text);
		else
			buf_add_char(out, *text);
	buf_add_char(out, '"');
}

static void add_masks(const struct event *e, const char *requested, const char *denied,
		      struct buf *out)
{
	buf_printf(out, " %s=\"", requested);
	event_print_mask(e->class_id, e->requested, out);
	buf_add_char(out, '"');
	if (!e->denied)
		return;
	buf_printf(out, " %s=\"", denied);
	event_print_mask(e->class_id, e->denied, out);
	buf_add_char(out, '"');
}

static void add_file(const struct event *e, struct buf *out)
{
	add_masks(e, "requested_mask", "denied_mask", out);
	buf_printf(out, " fsuid=%u", e->fsuid);
	if (e->ouid != (uid_t)-1)
		buf_printf(out, " ouid=%u", e->ouid);
	if (e->target_len)
		add_untrusted(out, "target", slice_make(e->target, e->target_len));
}

static void add_capability(const struct event *e, struct buf *out)
{
	const char *name = event_capability_name(e->capability);

	/* Two spaces, as the kernel has it. */
	buf_printf(out, " capability=%d  capname=\"%s\"", e->capability, name ? name : "unknown");
}

static void add_named(struct buf *out, const char *key, const char *name, int number)
{
	if (name)
		buf_printf(out, " %s=\"%s\"", key, name);
	else
		buf_printf(out, " %s=\"unknown(%d)\"", key, number);
}

/* "127.0.0.1:80" or "[::1]:80" in two. */
static void add_endpoint(struct buf *out, const char *address_key, const char *port_key, struct slice text)
{
	size_t colon = text.len, bracket;

	while (colon && text.ptr[colon - 1] != ':')
		colon--;
	if (!colon)
		return;
	bracket = text.ptr[0] == '[';
	buf_printf(out, " %s=%.*s %s=%.*s", address_key,
		   SLICE_FMT(slice_cut(text, bracket, colon - 1 - bracket)), port_key,
		   SLICE_FMT(slice_cut(text, colon, text.len)));
}

static void add_net(const struct event *e, struct buf *out)
{
	add_named(out, "family", event_family_name(e->family), e->family);
	add_named(out, "sock_type", event_socket_type_name(e->type), e->type);
	buf_printf(out, " protocol=%d", e->protocol);
	add_masks(e, "requested", "denied", out);
	if (e->class_id == CLASS_NET) {
		add_endpoint(out, "laddr", "lport", slice_make(e->name, e->name_len));
		add_endpoint(out, "faddr", "fport", slice_make(e->target, e->target_len));
	}
	if (e->class_id == CLASS_UNIX && e->name_len)
		add_untrusted(out, "addr", slice_make(e->name, e->name_len));
	if (e->class_id == CLASS_UNIX && e->target_len)
		add_untrusted(out, "peer_addr", slice_make(e->target, e->target_len));
}

static void add_class_fields(const struct event *e, struct buf *out)
{
	if (e->class_id == CLASS_FILE || e->class_id == CLASS_LINK)
		add_file(e, out);
	else if (e->class_id == CLASS_CAPABILITY)
		add_capability(e, out);
	else if (e->class_id == CLASS_NET || e->class_id == CLASS_UNIX)
		add_net(e, out);
	else if (e->class_id == CLASS_SIGNAL || e->class_id == CLASS_PTRACE)
		add_masks(e, "requested_mask", "denied_mask", out);
	else if (e->class_id == CLASS_MQUEUE)
		add_masks(e, "requested", "denied", out);
	if (e->class_id == CLASS_LABEL && e->target_len)
		add_untrusted(out, "target", slice_make(e->target, e->target_len));
	if (e->class_id == CLASS_SIGNAL) {
		buf_add_text(out, " signal=");
		event_print_signal(e->signal, out);
	}
	if (e->class_id == CLASS_RLIMIT) {
		const char *name = event_rlimit_name(e->rlimit);

		buf_printf(out, " rlimit=%s value=%" PRIu64, name ? name : "unknown",
			   e->rlimit_value);
	}
	if (e->peer[0])
		add_untrusted(out, "peer", slice_of(e->peer));
}

static void add_subject(const struct event *e, struct buf *out)
{
	if (e->profile[0])
		add_untrusted(out, "profile", slice_of(e->profile));
	if (e->name_len && e->class_id != CLASS_UNIX && e->class_id != CLASS_NET)
		add_untrusted(out, "name", slice_make(e->name, e->name_len));
	if (e->parent)
		buf_printf(out, " parent=%d", e->parent);
	/* Before comm: readers which take exe for comm let the later one win. */
	if (e->exe_len)
		add_untrusted(out, "exe", slice_make(e->exe, e->exe_len));
	if (e->pid)
		buf_printf(out, " pid=%d", e->pid);
	if (e->comm[0])
		add_untrusted(out, "comm", slice_of(e->comm));
}

void event_print_audit(const struct event *e, struct buf *out)
{
	buf_printf(out, "type=AVC msg=audit(%lld.%03ld:%" PRIu64 "): apparmor=\"%s\"",
		   (long long)e->time.tv_sec, e->time.tv_nsec / 1000000, e->serial,
		   event_verdict_name(e->verdict));
	buf_printf(out, " operation=\"%s\"", e->operation);
	/* A change of label carries the class of paths there: the kernel audits it with those. */
	if (e->class_id != CLASS_NONE)
		buf_printf(out, " class=\"%s\"",
			   event_class_name(e->class_id == CLASS_LABEL ? CLASS_FILE : e->class_id));
	if (e->info[0])
		add_words(out, "info", e->info);
	if (e->error)
		buf_printf(out, " error=%d", -e->error);
	add_subject(e, out);
	add_class_fields(e, out);
	if (e->lost)
		buf_printf(out, " lost=%u", e->lost);
	if (e->rule[0])
		add_words(out, "rule", e->rule);
	if (e->count > 1)
		buf_printf(out, " count=%u", e->count);
	buf_add_char(out, '\n');
}
