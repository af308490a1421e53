/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule behind an event, by a table: what engines put into it leads to the rule that decided. */
#include "cli/blame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static const char text[] =
	"profile p {\n"							/* line 1 */
	"network (create, bind) inet stream ip=127.0.0.1 port=80,\n"
	"audit network connect inet stream peer=(ip=10.0.0.1 port=443),\n"
	"deny network connect inet stream peer=(ip=10.0.0.9),\n"
	"deny network bind inet6 dgram ip=::1 port=53,\n"		/* 5 */
	"audit network listen inet stream,\n"
	"audit unix create type=stream addr=@x,\n"
	"unix bind type=stream addr=@a*,\n"
	"deny unix bind type=stream addr=@abc,\n"
	"deny unix (send, receive) type=dgram peer=(addr=@far label=q),\n" /* 10 */
	"audit unix connect type=seqpacket addr=@own peer=(label=q),\n"
	"deny mqueue write label=q /queue,\n"
	"audit mqueue create /queue,\n"
	"audit mqueue read type=sysv 7,\n"
	"deny userns,\n"						/* 15 */
	"audit io_uring sqpoll,\n"
	"deny io_uring override_creds label=q,\n"
	"audit network create netlink raw,\n"
	"audit network connect inet dgram label=p,\n"
	"}\n"								/* 20 */
	"profile above {\n"
	"deny unix bind type=stream addr=@bcd,\n"
	"audit network connect inet dgram label=p//&above,\n"
	"}\n"
	"profile moves {\n"						/* 25 */
	"deny change_profile -> c,\n"
	"deny change_profile -> &c,\n"
	"audit change_profile /x -> &c//&d,\n"
	"}\n";

struct row {
	const char *profile;		/* NULL: p */
	enum class_id class_id;
	enum event_verdict verdict;
	uint32_t wanted;
	int family, type, protocol;
	const char *name, *target, *peer; /* CLASS_LABEL: in place of peer the operation */
	bool has_no_addresses;		/* though it is of the internet: a socket that is made, the other engine */
	unsigned line;			/* 0: no rule */
};

static const struct row rows[] = {
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_CONNECT, AF_INET, SOCK_STREAM, 6, "127.0.0.1:999", "10.0.0.1:443",
	  "", false, 3 },
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_CONNECT, AF_INET, SOCK_STREAM, 6, "", "10.0.0.1:443", "", false, 3 },
	{ NULL, CLASS_NET, EVENT_DENIED, PERM_NET_CONNECT, AF_INET, SOCK_STREAM, 6, "", "10.0.0.9:1", "", false, 4 },
	{ NULL, CLASS_NET, EVENT_DENIED, PERM_NET_CONNECT, AF_INET, SOCK_STREAM, 6, "", "10.0.0.8:1", "", false, 0 },
	{ NULL, CLASS_NET, EVENT_DENIED, PERM_NET_BIND, AF_INET6, SOCK_DGRAM, 17, "[::1]:53", "", "", false, 5 },
	{ NULL, CLASS_NET, EVENT_DENIED, PERM_NET_BIND, AF_INET6, SOCK_DGRAM, 17, "[::2]:53", "", "", false, 0 },
	/* Neither end has an address yet. */
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_LISTEN, AF_INET, SOCK_STREAM, 6, "", "", "", false, 6 },
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_LISTEN, AF_INET, SOCK_STREAM, 6, "", "", "", true, 6 },
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_CREATE, AF_UNIX, SOCK_STREAM, 0, "", "", "", true, 7 },
	{ NULL, CLASS_UNIX, EVENT_DENIED, PERM_NET_BIND, AF_UNIX, SOCK_STREAM, 0, "@abc", "", "", true, 9 },
	{ NULL, CLASS_UNIX, EVENT_DENIED, PERM_NET_BIND, AF_UNIX, SOCK_STREAM, 0, "@bcd", "", "", true, 0 },
	{ NULL, CLASS_UNIX, EVENT_DENIED, PERM_NET_SEND, AF_UNIX, SOCK_DGRAM, 0, "", "@far", "q", true, 10 },
	{ NULL, CLASS_UNIX, EVENT_DENIED, PERM_NET_SEND, AF_UNIX, SOCK_DGRAM, 0, "", "@far", "r", true, 0 },
	{ NULL, CLASS_UNIX, EVENT_DENIED, PERM_NET_SEND, AF_UNIX, SOCK_DGRAM, 0, "", "@near", "q", true, 0 },
	{ NULL, CLASS_UNIX, EVENT_AUDIT, PERM_NET_CONNECT, AF_UNIX, SOCK_SEQPACKET, 0, "@own", "@any", "q", true, 11 },
	{ NULL, CLASS_MQUEUE, EVENT_DENIED, PERM_MQUEUE_WRITE, 0, 0, 0, "/queue", "", "q", true, 12 },
	{ NULL, CLASS_MQUEUE, EVENT_DENIED, PERM_MQUEUE_WRITE, 0, 0, 0, "/queue", "", "r", true, 0 },
	{ NULL, CLASS_MQUEUE, EVENT_AUDIT, PERM_MQUEUE_CREATE, 0, 0, 0, "/queue", "", "", true, 13 },
	{ NULL, CLASS_MQUEUE, EVENT_AUDIT, PERM_MQUEUE_READ, 0, 0, 0, "7", "", "unconfined", true, 14 },
	{ NULL, CLASS_USERNS, EVENT_DENIED, PERM_USERNS_CREATE, 0, 0, 0, "", "", "", true, 15 },
	{ NULL, CLASS_IO_URING, EVENT_AUDIT, PERM_IO_URING_SQPOLL, 0, 0, 0, "", "", "", true, 16 },
	{ NULL, CLASS_IO_URING, EVENT_DENIED, PERM_IO_URING_OVERRIDE_CREDS, 0, 0, 0, "", "", "q", true, 17 },
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_CONNECT, AF_INET, SOCK_DGRAM, 17, "", "10.0.0.1:1", "", false, 19 },
	{ "p//&above", CLASS_UNIX, EVENT_DENIED, PERM_NET_BIND, AF_UNIX, SOCK_STREAM, 0, "@abc", "", "", true, 9 },
	{ "p//&above", CLASS_UNIX, EVENT_DENIED, PERM_NET_BIND, AF_UNIX, SOCK_STREAM, 0, "@bcd", "", "", true, 22 },
	{ "unconfined//&above", CLASS_UNIX, EVENT_DENIED, PERM_NET_BIND, AF_UNIX, SOCK_STREAM, 0, "@bcd", "", "", true,
	  22 },
	{ "p//&above", CLASS_UNIX, EVENT_DENIED, PERM_NET_BIND, AF_UNIX, SOCK_STREAM, 0, "@cde", "", "", true, 0 },
	{ "p//&above", CLASS_NET, EVENT_AUDIT, PERM_NET_CONNECT, AF_INET, SOCK_DGRAM, 17, "", "10.0.0.1:1", "", false,
	  23 },
	{ "p//null-x", CLASS_NET, EVENT_AUDIT, PERM_NET_CONNECT, AF_INET, SOCK_DGRAM, 17, "", "10.0.0.1:1", "", false,
	  0 },
	{ NULL, CLASS_NET, EVENT_AUDIT, PERM_NET_CREATE, AF_NETLINK, SOCK_RAW, 4, "", "", "", true, 18 },
	{ "moves", CLASS_LABEL, EVENT_DENIED, PERM_CHANGE_PROFILE, 0, 0, 0, "c", "", "change_profile", true, 26 },
	{ "moves", CLASS_LABEL, EVENT_DENIED, PERM_CHANGE_PROFILE, 0, 0, 0, "c", "", "stack", true, 27 },
	{ "moves", CLASS_LABEL, EVENT_AUDIT, PERM_ONEXEC, 0, 0, 0, "c//&d", "/x", "stack_onexec", true, 28 },
	{ "moves", CLASS_LABEL, EVENT_AUDIT, PERM_ONEXEC, 0, 0, 0, "c//&d", "/x", "change_onexec", true, 0 },
};

static void fill(const struct row *row, struct event *e)
{
	*e = (struct event){
		.verdict = row->verdict, .class_id = row->class_id, .requested = row->wanted,
		.denied = row->verdict == EVENT_DENIED ? row->wanted : 0, 
		.family = row->family, .type = row->type, .protocol = row->protocol,
		.has_addresses = !row->has_no_addresses,
	};
	strcpy(e->profile, row->profile ? row->profile : "p");
	e->name_len = (uint16_t)strlen(strcpy(e->name, row->name));
	e->target_len = (uint16_t)strlen(strcpy(e->target, row->target));
	strcpy(row->class_id == CLASS_LABEL ? e->operation : e->peer, row->peer);
}

static void test_blame(void **state)
{
	static const char *const no_dirs[] = { NULL };
	struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	struct policy policy;
	struct provenance *p;

	(void)state;
	policy_init(&policy, &options, &diag);
	assert_true(policy_read_text(&policy, "text", slice_of(text)));
	p = provenance_new(&policy);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct event e;
		char place[32] = "";

		fill(&rows[i], &e);
		blame_event(p, &e);
		if (rows[i].line)
			snprintf(place, sizeof(place), "text:%u: ", rows[i].line);
		if (strncmp(e.rule, place, rows[i].line ? strlen(place) : sizeof(e.rule)) != 0)
			fail_msg("row %zu: \"%s\" in place of \"%s\"", i, e.rule, place);
	}
	provenance_free(p);
	policy_release(&policy);
	diag_release(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_blame) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
