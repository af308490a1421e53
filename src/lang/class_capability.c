/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * capability [NAME…]: eats names, gives bits. The one idea: the rule is its set of bits; no name
 * means all of them, those of later kernels included.
 */
#include "lang/bare.h"
#include "lang/class_capability.h"

#include "lang/rule_class.h"

struct capability {
	uint64_t caps;
};

/* By number, as in linux/capability.h. */
static const char *const names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	"setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
	"lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore", NULL,
};

const char *capability_name(unsigned number)
{
	return number < sizeof(names) / sizeof(names[0]) ? names[number] : NULL;
}

static bool add_name(struct parser *p, struct capability *detail)
{
	struct place at = parser_place(p);
	struct word w = { 0 };

	if (!parser_word(p, WORD_PLAIN, "the name of a capability", &w))
		return false;
	for (unsigned i = 0; names[i]; i++) {
		if (slice_is(w.text, names[i])) {
			detail->caps |= UINT64_C(1) << i;
			return true;
		}
	}
	return parser_unknown(p, at, "capability", w.text, names);
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct capability *detail = rule_detail_new(p, struct capability);

	rule->detail = detail;
	if (parser_at_end(p))
		detail->caps = UINT64_MAX;
	while (!parser_at_end(p)) {
		if (!parser_at_word(p))
			return parser_expected(p, "the name of a capability, or \",\"");
		if (!add_name(p, detail))
			return false;
	}
	return true;
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct capability *x = a->detail, *y = b->detail;

	return (x->caps > y->caps) - (x->caps < y->caps);
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct capability *detail = rule->detail;

	buf_add_text(out, "capability");
	if (detail->caps == UINT64_MAX)
		return;
	for (unsigned i = 0; names[i]; i++)
		if (detail->caps & UINT64_C(1) << i)
			buf_printf(out, " %s", names[i]);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct capability *detail = rule->detail;
	struct lower_row row = lower_row_of(rule, CLASS_CAPABILITY);

	sink->capability(sink->to, detail->caps, &row);
}

const struct rule_class class_capability = {
	.keyword = "capability",
	.class_id = CLASS_CAPABILITY,
	.may = RULE_MAY_MOST,
	.parse = parse,
	.compare = compare,
	.print = print,
	.lower = lower,
};

static const struct capability bare = { .caps = UINT64_MAX };
const struct bare_rule bare_capability = { &class_capability, &bare };
