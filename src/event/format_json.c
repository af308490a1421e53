/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an event, gives it as one line of JSON. The one idea: the record's own fields stand flat at
 * the top under AppArmor's names; beside them the same facts in the nested objects of the Elastic
 * Common Schema, for stores that know it.
 *
 *	{"time": …, "verdict": "denied", "profile": …, "operation": …, "class": …, "object": …,
 *	 …, "rule": … or null, "count": 1, "@timestamp": …, "event": {…}, "process": {…}, …}
 *
 * JSON is Unicode: bytes that are not UTF-8 become U+FFFD, and the exact bytes of such a name are
 * given beside it as hex (name_hex, target_hex, exe_hex). A limit without end is -1.
 */
#include "event/event.h"

#include "event/names.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

static void add_key(struct buf *out, const char *key)
{
	if (out->data[out->len - 1] != '{')
		buf_add_text(out, ", ");
	buf_printf(out, "\"%s\": ", key);
}

static void add_slice(struct buf *out, const char *key, struct slice text)
{
	add_key(out, key);
	buf_add_char(out, '"');
	buf_add_json(out, text);
	buf_add_char(out, '"');
}

static void add_text(struct buf *out, const char *key, const char *text)
{
	add_slice(out, key, slice_of(text));
}

static void add_number(struct buf *out, const char *key, int64_t number)
{
	add_key(out, key);
	buf_printf(out, "%" PRId64, number);
}

static void add_open(struct buf *out, const char *key)
{
	add_key(out, key);
	buf_add_char(out, '{');
}

static bool is_utf8(struct slice text)
{
	json_t *string = json_stringn(text.ptr, text.len);
	bool is_good = string;

	json_decref(string);
	return is_good;
}

/* A name that an attacker may have chosen, so: any bytes. */
static void add_name(struct buf *out, const char *key, struct slice name)
{
	char key_hex[16];

	add_slice(out, key, name);
	if (is_utf8(name))
		return;
	snprintf(key_hex, sizeof(key_hex), "%s_hex", key);
	add_key(out, key_hex);
	buf_add_char(out, '"');
	for (size_t i = 0; i < name.len; i++)
		buf_printf(out, "%02x", (unsigned char)name.ptr[i]);
	buf_add_char(out, '"');
}

static void add_mask(const struct event *e, const char *key, uint32_t mask, struct buf *out)
{
	add_key(out, key);
	buf_add_char(out, '"');
	event_print_mask(e->class_id, mask, out);
	buf_add_char(out, '"');
}

static const char *say_verdict(enum event_verdict verdict)
{
	static const char *const words[N_EVENT_VERDICTS] = {
		[EVENT_AUDIT] = "audit",   [EVENT_ALLOWED] = "allowed",
		[EVENT_DENIED] = "denied", [EVENT_KILLED] = "killed",
		[EVENT_STATUS] = "status",
	};

	return (size_t)verdict < N_EVENT_VERDICTS ? words[verdict] : "error";
}

static void add_net(const struct event *e, struct buf *out)
{
	const char *family = event_family_name(e->family), *type = event_socket_type_name(e->type);

	add_text(out, "family", family ? family : "unknown");
	add_text(out, "sock_type", type ? type : "unknown");
	add_number(out, "protocol", e->protocol);
}

static void add_class_fields(const struct event *e, struct buf *out)
{
	const char *name;

	switch ((int)e->class_id) {
	case CLASS_NET:
	case CLASS_UNIX:
		add_net(e, out);
		break;
	case CLASS_CAPABILITY:
		name = event_capability_name(e->capability);
		add_text(out, "capname", name ? name : "unknown");
		add_number(out, "capability", e->capability);
		break;
	case CLASS_SIGNAL:
		add_key(out, "signal");
		buf_add_char(out, '"');
		event_print_signal(e->signal, out);
		buf_add_char(out, '"');
		break;
	case CLASS_RLIMIT:
		name = event_rlimit_name(e->rlimit);
		add_text(out, "rlimit", name ? name : "unknown");
		add_number(out, "value", (int64_t)e->rlimit_value);
		break;
	default:
		break;
	}
	if (e->peer[0])
		add_text(out, "peer", e->peer);
}

static void add_object(const struct event *e, struct buf *out)
{
	auto_buf object = BUF_INIT;

	event_print_object(e, &object);
	add_slice(out, "object", buf_slice(&object));
	if (e->name_len)
		add_name(out, "name", slice_make(e->name, e->name_len));
	if (e->target_len)
		add_name(out, "target", slice_make(e->target, e->target_len));
	if (e->is_cut) {
		add_key(out, "is_cut");
		buf_add_text(out, "true");
	}
	add_class_fields(e, out);
	add_mask(e, "requested_mask", e->requested, out);
	add_mask(e, "denied_mask", e->denied, out);
}

static void add_actor(const struct event *e, struct buf *out)
{
	add_number(out, "pid", e->pid);
	add_number(out, "tid", e->tid);
	add_number(out, "parent", e->parent);
	add_text(out, "comm", e->comm);
	add_name(out, "exe", slice_make(e->exe, e->exe_len));
	add_number(out, "uid", e->fsuid);
	add_number(out, "fsuid", e->fsuid);
	if (e->ouid != (uid_t)-1)
		add_number(out, "ouid", e->ouid);
}

static void add_native(const struct event *e, struct buf *out)
{
	add_key(out, "time");
	buf_printf(out, "%lld.%03ld", (long long)e->time.tv_sec, e->time.tv_nsec / 1000000);
	add_number(out, "serial", (int64_t)e->serial);
	add_text(out, "verdict", say_verdict(e->verdict));
	add_text(out, "apparmor", event_verdict_name(e->verdict));
	add_text(out, "profile", e->profile);
	add_text(out, "operation", e->operation);
	add_text(out, "class", event_class_name(e->class_id));
	add_object(e, out);
	add_actor(e, out);
	if (e->error)
		add_number(out, "error", -e->error);
	if (e->info[0])
		add_text(out, "info", e->info);
	add_key(out, "rule");
	if (e->rule[0]) {
		buf_add_char(out, '"');
		buf_add_json(out, slice_of(e->rule));
		buf_add_char(out, '"');
	} else {
		buf_add_text(out, "null");
	}
	add_number(out, "count", e->count);
	if (e->lost)
		add_number(out, "lost", e->lost);
}

static void add_timestamp(const struct event *e, struct buf *out)
{
	struct tm tm;
	char text[32] = "";

	if (gmtime_r(&e->time.tv_sec, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	add_key(out, "@timestamp");
	buf_printf(out, "\"%s.%03ldZ\"", text, e->time.tv_nsec / 1000000);
}

static const char *ecs_category(enum class_id class_id)
{
	if (class_id == CLASS_FILE || class_id == CLASS_LINK)
		return "file";
	return class_id == CLASS_NET || class_id == CLASS_UNIX ? "network" : "process";
}

static void add_ecs_event(const struct event *e, struct buf *out)
{
	bool is_denied = e->verdict == EVENT_DENIED || e->verdict == EVENT_KILLED;
	bool is_violation = is_denied || e->verdict == EVENT_ALLOWED;

	add_open(out, "event");
	add_text(out, "kind", is_denied ? "alert" : "event");
	add_text(out, "module", "pavise");
	add_text(out, "action", is_violation		     ? "violated-apparmor-policy" :
				e->verdict == EVENT_AUDIT ? "used-audited-permission" :
							    "reported-status");
	add_key(out, "category");
	buf_printf(out, "[\"%s\"]", ecs_category(e->class_id));
	add_key(out, "type");
	buf_printf(out, "[\"%s\"]",
		   is_denied ? "denied" : e->verdict == EVENT_STATUS ? "info" : "allowed");
	add_text(out, "outcome", is_denied ? "failure" : "success");
	buf_add_char(out, '}');
}

static void add_ecs(const struct event *e, struct buf *out)
{
	add_timestamp(e, out);
	add_ecs_event(e, out);
	add_open(out, "process");
	add_number(out, "pid", e->pid);
	add_text(out, "name", e->comm);
	add_slice(out, "executable", slice_make(e->exe, e->exe_len));
	add_open(out, "parent");
	add_number(out, "pid", e->parent);
	buf_add_text(out, "}}");
	add_open(out, "user");
	add_key(out, "id");
	buf_printf(out, "\"%u\"}", e->fsuid);
	if (strcmp(ecs_category(e->class_id), "file"))
		return;
	add_open(out, "file");
	add_slice(out, "path", slice_make(e->name, e->name_len));
	buf_add_char(out, '}');
}

void event_print_json(const struct event *e, struct buf *out)
{
	buf_add_char(out, '{');
	add_native(e, out);
	add_ecs(e, out);
	buf_add_text(out, "}\n");
}
