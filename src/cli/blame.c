/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an event, gives the rule behind it. The one idea: the request is put together again from
 * the event's fields and decided once more, rule by rule.
 */
#include "cli/blame.h"

#include "abi/image.h"
#include "event/inet.h"
#include "event/names.h"

#include <string.h>

static void add_u16(struct buf *out, int number)
{
	buf_add_char(out, (char)(number >> 8));
	buf_add_char(out, (char)number);
}

static void add_pair(const struct event *e, struct buf *out)
{
	buf_add(out, e->name, e->name_len);
	buf_add_char(out, '\0');
	buf_add(out, e->target, e->target_len);
}

static void add_socket(const struct event *e, struct buf *out)
{
	if (e->class_id == CLASS_NET)
		add_u16(out, e->family);
	add_u16(out, e->type);
	add_u16(out, e->protocol);
}

/* As engines ask: no interface and no peer's label is known. */
static bool add_net(const struct event *e, struct buf *out)
{
	add_socket(e, out);
	if (!e->has_addresses)
		return true;
	if (!event_parse_inet(slice_make(e->name, e->name_len), out))
		return false;
	buf_add_char(out, '\0');
	if (!event_parse_inet(slice_make(e->target, e->target_len), out))
		return false;
	buf_add(out, "\0", 2);
	buf_add_text(out, e->profile);
	buf_add_char(out, '\0');
	return true;
}

/* The socket's own label is in no rule, and left empty. */
static void add_unix(const struct event *e, struct buf *out)
{
	add_socket(e, out);
	buf_add(out, e->name, e->name_len);
	buf_add(out, "\0", 2);
	buf_add(out, e->target, e->target_len);
	buf_add_char(out, '\0');
	buf_add_text(out, e->peer);
}

bool blame_object(const struct event *e, struct buf *out)
{
	const char *capability;

	switch ((int)e->class_id) {
	case CLASS_FILE:
		buf_add(out, e->name, e->name_len);
		return true;
	case CLASS_LINK:
		add_pair(e, out);
		return true;
	case CLASS_NET:
		return add_net(e, out);
	case CLASS_UNIX:
		add_unix(e, out);
		return true;
	case CLASS_MQUEUE:
		buf_add(out, e->name, e->name_len);
		buf_add_char(out, '\0');
		buf_add_text(out, e->peer);
		return true;
	case CLASS_SIGNAL:
		buf_add_char(out, (char)e->signal);
		buf_add_text(out, e->peer);
		return true;
	case CLASS_PTRACE:
	case CLASS_IO_URING:
		buf_add_text(out, e->peer);
		return true;
	case CLASS_LABEL:
		if (!strncmp(e->operation, "stack", strlen("stack")))
			buf_add_char(out, '&');
		add_pair(e, out);
		return true;
	case CLASS_USERNS:
		return true;
	case CLASS_CAPABILITY:
		capability = event_capability_name(e->capability);
		buf_add_text(out, capability ? capability : "");
		return capability;
	default:
		return false;
	}
}

static uint32_t wanted_by(const struct event *e)
{
	if (e->class_id == CLASS_CAPABILITY)
		return 1;
	if (e->class_id == CLASS_LINK)
		return PERM_LINK;
	return e->denied ? e->denied : e->requested;
}

static void write_rule(struct event *e, const struct rule *rule)
{
	auto_buf text = BUF_INIT;
	size_t len;

	buf_printf(&text, "%s:%u: ", rule->place.source ? rule->place.source->name : "?",
		   rule->place.line);
	rule_print(rule, &text);
	len = text.len < EVENT_RULE_MAX - 1 ? text.len : EVENT_RULE_MAX - 1;
	memcpy(e->rule, buf_text(&text), len);
	e->rule[len] = '\0';
}

/* The rule of one profile that made the verdict, NULL if there is none. */
static const struct rule *find_rule(struct provenance *p, struct slice profile, const struct event *e,
				    struct slice object)
{
	struct provenance_answer answer;

	if (!provenance_decide(p, profile, e->class_id, object, wanted_by(e), e->fsuid == e->ouid, &answer))
		return NULL;
	for (size_t i = 0; i < answer.n_matches; i++) {
		const struct provenance_match *m = &answer.matches[i];
		bool is_reason = e->verdict == EVENT_AUDIT || m->row->verb == LOWER_DENY;

		if (m->is_deciding && is_reason && m->row->rule)
			return m->row->rule;
	}
	return NULL;
}

void blame_event(struct provenance *p, struct event *e)
{
	struct slice label = slice_of(e->profile);
	const struct rule *rule = NULL;
	auto_buf object = BUF_INIT;

	if (e->rule[0] || e->verdict == EVENT_STATUS || !blame_object(e, &object))
		return;
	/* Of a stack one profile that refuses is enough. */
	while (!rule && label.len)
		rule = find_rule(p, slice_take(&label, IMAGE_STACKED), e, buf_slice(&object));
	if (rule)
		write_rule(e, rule);
}
