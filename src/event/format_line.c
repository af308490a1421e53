/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an event, gives one line for a person:
 *
 *	denied: cat[4711] open /etc/shadow (r) in profile viewer, by v.aa:3: deny /etc/shadow r,
 *
 * The one idea: who did what to what, then which profile and why; everything else is in the
 * record forms. Bytes that others chose are escaped.
 */
#include "event/event.h"

#include "event/names.h"

static const char *say_verdict(enum event_verdict verdict)
{
	static const char *const words[N_EVENT_VERDICTS] = {
		[EVENT_AUDIT] = "audit",   [EVENT_ALLOWED] = "would deny",
		[EVENT_DENIED] = "denied", [EVENT_KILLED] = "killed",
		[EVENT_STATUS] = "note",
	};

	return (size_t)verdict < N_EVENT_VERDICTS ? words[verdict] : "error";
}

void event_print_object(const struct event *e, struct buf *out)
{
	const char *name = NULL;

	switch ((int)e->class_id) {
	case CLASS_CAPABILITY:
		name = event_capability_name(e->capability);
		buf_printf(out, "%s", name ? name : "unknown");
		return;
	case CLASS_NET:
	case CLASS_UNIX:
		name = event_family_name(e->family);
		buf_printf(out, "%s", name ? name : "unknown");
		name = event_socket_type_name(e->type);
		buf_printf(out, " %s", name ? name : "unknown");
		break;
	case CLASS_SIGNAL:
		event_print_signal(e->signal, out);
		break;
	case CLASS_RLIMIT:
		name = event_rlimit_name(e->rlimit);
		buf_printf(out, "%s", name ? name : "unknown");
		return;
	default:
		buf_add(out, e->name, e->name_len);
		return;
	}
	if (e->name_len) {
		buf_add_char(out, ' ');
		buf_add(out, e->name, e->name_len);
	}
}

static void add_object(const struct event *e, struct buf *out)
{
	auto_buf object = BUF_INIT;

	event_print_object(e, &object);
	if (object.len) {
		buf_add_char(out, ' ');
		buf_add_escaped(out, buf_slice(&object));
	}
	if (e->target_len) {
		buf_add_text(out, " -> ");
		buf_add_escaped(out, slice_make(e->target, e->target_len));
	}
	if (e->peer[0]) {
		buf_add_text(out, " peer ");
		buf_add_escaped(out, slice_of(e->peer));
	}
}

static void add_reason(const struct event *e, struct buf *out)
{
	if (e->info[0]) {
		buf_add_text(out, ": ");
		buf_add_escaped(out, slice_of(e->info));
	}
	if (e->rule[0]) {
		buf_add_text(out, ", by ");
		buf_add_escaped(out, slice_of(e->rule));
	}
	if (e->lost)
		buf_printf(out, ", %u events lost", e->lost);
	if (e->count > 1)
		buf_printf(out, " (%u times)", e->count);
}

void event_print_line(const struct event *e, struct buf *out)
{
	uint32_t mask = e->denied ? e->denied : e->requested;

	buf_printf(out, "%s: ", say_verdict(e->verdict));
	if (e->pid) {
		buf_add_escaped(out, slice_of(e->comm));
		buf_printf(out, "[%d] ", e->pid);
	}
	buf_add_escaped(out, slice_of(e->operation));
	add_object(e, out);
	if (mask && e->class_id != CLASS_CAPABILITY && e->class_id != CLASS_RLIMIT) {
		buf_add_text(out, " (");
		event_print_mask(e->class_id, mask, out);
		buf_add_char(out, ')');
	}
	if (e->profile[0]) {
		buf_add_text(out, " in profile ");
		buf_add_escaped(out, slice_of(e->profile));
	}
	add_reason(e, out);
	buf_add_char(out, '\n');
}
