/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rule classes other than files: what they refuse and what they say then, how they print, and
 * which objects their rows allow. Rows are judged by the slow matcher, without an automaton.
 */
#include "automata/pattern.h"
#include "base/buf.h"
#include "lang/lower.h"
#include "lang/policy.h"
#include "lang/rule_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

enum { MATCH_STEPS = 1 << 22 };

/* A profile of the rules; false if they were refused, *diag says why. */
static bool read_rules(struct policy *policy, struct diag *diag, const char *rules)
{
	auto_buf text = BUF_INIT;

	buf_printf(&text, "@{LABELS} = /bin/a /bin/b\n@{ADDR} = @x none\n@{QUEUE} = /q\n"
			  "profile t {\n%s\n}\n", rules);
	*diag = (struct diag)DIAG_INIT;
	policy_init(policy, NULL, diag);
	return policy_read_text(policy, "test", buf_slice(&text));
}

static void release(struct policy *policy, struct diag *diag)
{
	policy_release(policy);
	diag_release(diag);
}

struct refusal {
	const char *rule;
	const char *says;		/* part of the message or of the help */
};

static const struct refusal refusals[] = {
	{ "capability foobar,", "unknown capability \"foobar\"" },
	{ "capability sys_amin,", "did you mean \"sys_admin\"" },
	{ "owner capability chown,", "owner" },
	{ "set capability chown,", "set" },
	{ "capability (chown),", "expected" },

	{ "network foo,", "unknown family, type or protocol" },
	{ "network inet6x,", "did you mean \"inet6\"" },
	{ "network inet foo,", "unknown type or protocol" },
	{ "network inet steam,", "did you mean \"stream\"" },
	{ "network inet raw tcp,", "expected" },
	{ "network stream inet,", "the family stands before" },
	{ "network inet6 icmp,", "has no \"icmp\"" },
	{ "network unix tcp,", "of inet and inet6 alone" },
	{ "network netlink ip=127.0.0.1,", "has no ip= and port=" },
	{ "network ip=1.2.3,", "no IP address" },
	{ "network ip=1.2.3.4/24,", "no range, no mask" },
	{ "network ip=::1-::2,", "no IP address" },
	{ "network ip=1.2.3.4 ip=1.2.3.5,", "stands twice" },
	{ "network port=65536,", "no port" },
	{ "network port=-1,", "no port" },
	{ "network port=22-,", "no port" },
	{ "network port=30-20,", "the smaller one first" },
	{ "network port=1-2-3,", "no port" },
	{ "network port=x,", "no port" },
	{ "network ip in (1.2.3.4),", "\"in\" is not possible" },
	{ "network bind peer=(ip=1.2.3.4),", "no peer has a part in bind" },
	{ "network (send, listen) peer=(port=1),", "listen" },
	{ "network peer=(interface=eth0),", "unknown condition of a peer" },
	{ "network peer=(ip=1.2.3.4) port=1,", "peer=() is the last" },
	{ "network peer(ip=1.2.3.4),", "" },
	{ "network peer=(port=22 - 443),", "" },
	{ "owner network inet,", "owner" },

	{ "unix addr=/run/x,", "takes a file rule: /run/x rw," },
	{ "unix addr=x,", "addr=@NAME" },
	{ "unix label=x,", "write peer=(label=VALUE)" },
	{ "unix protocol=1,", "unknown condition \"protocol\"" },
	{ "unix type=foo,", "unknown type of socket" },
	{ "unix type=(stream dgram),", "" },
	{ "unix create peer=(addr=@x),", "no peer has a part in create" },
	{ "unix setopt peer=(label=x),", "setopt" },
	{ "unix peer=(type=stream),", "unknown condition of a peer" },
	{ "unix peer=x,", "expected \"(\"" },
	{ "unix addr=@a addr=@b,", "stands twice" },
	{ "unix send peer=(label=a label=b),", "stands twice" },
	{ "unix addr=@{LABELS},", "no address of a unix rule" },

	{ "signal set=nohup,", "unknown signal" },
	{ "signal set=rtmin+33,", "rtmin+0 to rtmin+32" },
	{ "signal set=rtmin+-1,", "no real-time signal" },
	{ "signal set=lost,", "unknown signal" },
	{ "signal set in (hup),", "in" },
	{ "signal set=(),", "expected a signal" },
	{ "signal peer=a peer=b,", "stands twice" },
	{ "signal peer=(label=a),", "expected the label" },
	{ "signal (mr),", "unknown access" },
	{ "signal mr,", "" },

	{ "ptrace read readby,", "expected" },
	{ "ptrace (read peer=x),", "" },
	{ "ptrace peer=a peer=b,", "stands twice" },
	{ "ptrace set=hup,", "unknown condition" },

	{ "set rlimit foo <= 1,", "unknown limit" },
	{ "set rlimit nofile = 1,", "expected \"<=\"" },
	{ "set rlimit nofile <= 10K,", "has no unit" },
	{ "set rlimit nproc <= 10 min,", "has no unit" },
	{ "set rlimit as <= 10k,", "unknown unit of size" },
	{ "set rlimit as <= 10s,", "unknown unit of size" },
	{ "set rlimit cpu <= 10MB,", "unknown unit of time" },
	{ "set rlimit cpu <= 999ms,", "least limit of cpu time" },
	{ "set rlimit rttime <= 60m,", "unknown unit of time" },
	{ "set rlimit nice <= 20,", "-20 to 19" },
	{ "set rlimit nice <= -21,", "-20 to 19" },
	{ "set rlimit nice <= 1s,", "has no unit" },
	{ "set rlimit core <= -1,", "from 0 up" },
	{ "set rlimit core <= infinite,", "" },
	{ "set rlimit core <= 99999999999999999999,", "too large" },
	{ "set rlimit core <= 9999999999999 G,", "too large" },
	{ "set rlimit core <=,", "expected the value" },
	{ "rlimit core <= 1,", "" },
	{ "audit set rlimit core <= 1,", "" },

	{ "mount options=(ro rw),", "contradict each other about \"ro\"" },
	{ "mount options=(lazytime, nolazytime) -> /x,", "lazytime" },
	{ "mount options=foo,", "unknown mount option" },
	{ "mount options=(load),", "did you mean" },
	{ "mount options=ro,noexec /a -> /b,", "unknown mount option" },
	{ "mount options in ro,noexec /a -> /b,", "list in parentheses" },
	{ "mount fstype in ext3,ext4 /a -> /b,", "list in parentheses" },
	{ "mount options=(private) /a -> /b,", "has no source" },
	{ "mount options=(rw rshared) /a -> /b,", "has no source" },
	{ "mount options=(bind) fstype=ext3 /a -> /b,", "leave out fstype=" },
	{ "mount options=(remount) /a -> /b,", "no mount can meet" },
	{ "mount /a /b,", "" },
	{ "mount -> ,", "expected a mount point" },
	{ "mount /a -> options=ro /b,", "stand before the source" },
	{ "mount foo=bar /a,", "unknown condition" },
	{ "mount fstype={ext3 /a,", "" },
	{ "owner mount,", "owner" },
	{ "pivot_root fstype=x /a/,", "unknown condition" },
	{ "pivot_root oldroot=/a/ oldroot=/b/,", "stands once" },

	{ "dbus send bus=a bus=b,", "stands twice" },
	{ "dbus send bus in (session, system),", "\"in\" is not possible" },
	{ "dbus send bus=(session, system),", "" },
	{ "dbus bind interface=a,", "\"bind\" in a rule of messages" },
	{ "dbus bind peer=(name=a),", "\"bind\" in a rule of messages" },
	{ "dbus send name=a,", "stands in peer=(name=…)" },
	{ "dbus (send bind) name=a,", "stands in peer=(name=…)" },
	{ "dbus name=a path=/b,", "\"name=\" is of a service" },
	{ "dbus eavesdrop path=/b,", "eavesdrop" },
	{ "dbus eavesdrop name=b,", "eavesdrop" },
	{ "dbus label=a,", "write peer=(label=VALUE)" },
	{ "dbus send peer=(label=a) bus=b,", "peer=() is the last" },
	{ "dbus send foo=a,", "unknown condition" },
	{ "dbus send bus=s{a,b peer=(label=x),", "" },
	{ "dbus bind name=a]b,", "" },
	{ "dbus foo,", "" },

	{ "mqueue foo,", "\"/NAME\" (POSIX) or a number" },
	{ "mqueue 12a,", "is no name of a message queue" },
	{ "mqueue 4294967296,", "is no name of a message queue" },
	{ "mqueue type=posix 1,", "begin with \"/\"" },
	{ "mqueue type=sysv /a,", "have a number" },
	{ "mqueue type=foo,", "unknown type of message queue" },
	{ "mqueue label=,", "expected a label" },
	{ "mqueue badaccess /a,", "" },
	{ "mqueue (badaccess) /a,", "unknown access" },
	{ "mqueue @{LABELS} @{LABELS},", "" },
	{ "mqueue type=sysv @{QUEUE},", "no name of a message queue" },

	{ "userns foo,", "expected" },
	{ "userns label=x,", "no conditions" },
	{ "io_uring foo,", "" },
	{ "io_uring (foo),", "unknown access" },
	{ "io_uring path=x,", "unknown condition" },
	{ "all read,", "after \"all\"" },
	{ "owner all,", "owner" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct policy policy;
		struct diag diag;
		auto_buf said = BUF_INIT;

		if (read_rules(&policy, &diag, refusals[i].rule))
			fail_msg("accepted: %s", refusals[i].rule);
		diag_print(&diag, &said);
		if (!diag.n_errors || !strstr(buf_text(&said), refusals[i].says))
			fail_msg("%s: no word of \"%s\" in:\n%s", refusals[i].rule,
				 refusals[i].says, buf_text(&said));
		release(&policy, &diag);
	}
}

/* A rule and its canonical text; NULL: it is that already. */
static const struct {
	const char *rule, *canonical;
} prints[] = {
	{ "capability,", NULL },
	{ "capability checkpoint_restore chown,", "capability chown checkpoint_restore," },
	{ "audit deny capability sys_admin,", NULL },

	{ "network,", NULL },
	{ "network inet stream,", NULL },
	{ "network tcp,", NULL },
	{ "network packet,", NULL },
	{ "network (w r) inet,", "network (send receive) inet," },
	{ "network ip=0000::0001 port=0080,", "network ip=::1 port=80," },
	{ "network ip=::ffff:1.2.3.4,", "network ip=1.2.3.4," },
	{ "network inet peer=( port = 22-443 ),", "network inet peer=(port=22-443)," },
	{ "network send ip=none interface=eth0 label=a peer=(ip=10.0.0.1 label=b),", NULL },
	{ "network port=7-7,", "network port=7," },

	{ "unix,", NULL },
	{ "unix (send, receive, connect, accept) peer=(label=a),", "unix peer=(label=a)," },
	{ "unix (r w) type=stream addr=@a peer=(label=b addr=none),",
	  "unix (send receive) type=stream addr=@a peer=(addr=none label=b)," },
	{ "unix bind addr=auto,", NULL },

	{ "signal,", NULL },
	{ "signal rw,", "signal," },
	{ "signal send set=int set=(hup, term),", "signal send set=(hup int term)," },
	{ "signal r set=poll peer=/a/{b,c},", "signal receive set=(io) peer=/a/{b,c}," },
	{ "signal set=(rtmin+32 exists emt tstp),", "signal set=(exists stp rtmin+32 emt)," },

	{ "ptrace,", NULL },
	{ "ptrace (w, r) peer=a,", "ptrace (read trace) peer=a," },

	{ "set rlimit cpu <= 2 min,", "set rlimit cpu <= 120s," },
	{ "set rlimit rttime <= 3ms,", "set rlimit rttime <= 3000us," },
	{ "set rlimit as<=2047MB,", "set rlimit as <= 2146435072," },
	{ "set rlimit ofile <= 7,", "set rlimit nofile <= 7," },
	{ "set rlimit nice <= -5,", NULL },
	{ "set rlimit core <= infinity,", NULL },

	{ "mount,", NULL },
	{ "mount options=(w) none -> /a,", "mount options=rw none -> /a," },
	{ "mount option in (noexec,ro,R) /a -> /b,", "mount options in (ro noexec rbind) /a -> /b," },
	{ "mount options=B options=(nosuid ro) /a -> /b,",
	  "mount options=(ro nosuid) options=bind /a -> /b," },
	{ "mount vfstype=ext3,ext4 /dev -> /mnt,", "mount fstype=(ext3 ext4) /dev -> /mnt," },
	{ "mount options=(make-rprivate) -> /,", "mount options=rprivate -> /," },
	{ "remount options=ro /a/,", NULL },
	{ "remount,", NULL },
	{ "unmount /a/,", "umount /a/," },
	{ "pivot_root oldroot=/a/ /b/ -> c,", NULL },

	{ "dbus,", NULL },
	{ "dbus (send, receive, bind, eavesdrop),", "dbus," },
	{ "dbus bind name=a.b,", "dbus name=a.b," },
	{ "dbus rw bus=session path=/a,", "dbus bus=session path=/a," },
	{ "dbus w bus=(session) member=M interface=I peer=(label=l name=(n)),",
	  "dbus send bus=session interface=I member=M peer=(name=n label=l)," },

	{ "mqueue,", NULL },
	{ "mqueue w label=x 0012,", "mqueue write type=sysv label=x 12," },
	{ "mqueue (delete,create) /a,", "mqueue (create delete) type=posix /a," },
	{ "userns create,", "userns," },
	{ "io_uring,", NULL },
	{ "io_uring override_creds label = /a,", "io_uring override_creds label=/a," },
	{ "all,", NULL },
	{ "audit deny all,", NULL },
};

static void print_first(const char *rule, struct buf *out)
{
	struct policy policy;
	struct diag diag;

	if (!read_rules(&policy, &diag, rule)) {
		auto_buf said = BUF_INIT;

		diag_print(&diag, &said);
		fail_msg("refused: %s\n%s", rule, buf_text(&said));
	}
	assert_non_null(policy.profiles->rules);
	assert_null(policy.profiles->rules->next);
	rule_print(policy.profiles->rules, out);
	release(&policy, &diag);
}

static void test_prints(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(prints) / sizeof(*prints); i++) {
		auto_buf once = BUF_INIT;
		auto_buf twice = BUF_INIT;

		print_first(prints[i].rule, &once);
		assert_string_equal(buf_text(&once), prints[i].canonical ? prints[i].canonical
									 : prints[i].rule);
		print_first(buf_text(&once), &twice);
		assert_string_equal(buf_text(&twice), buf_text(&once));
	}
}

/* What a row allows or denies of one object, by rows alone. */
struct judge {
	enum class_id class_id;
	struct slice object;
	uint32_t allow, deny;
	uint64_t caps;
	uint64_t limits[16];
	unsigned n_limits;
	uint64_t unlowered;
	int exec_priority;
};

static void take_row(void *to, const struct lower_row *row)
{
	struct judge *j = to;
	int matches;

	if (row->class_id != j->class_id)
		return;
	if (row->perms & PERM_EXEC && row->class_id == CLASS_FILE)
		j->exec_priority = row->priority;
	matches = pattern_matches(row->pattern, j->object, MATCH_STEPS);
	assert_true(matches >= 0);
	if (matches && row->verb == LOWER_DENY)
		j->deny |= row->perms;
	else if (matches)
		j->allow |= row->perms;
}

static void take_capability(void *to, uint64_t caps, const struct lower_row *how)
{
	struct judge *j = to;

	if (how->verb == LOWER_ALLOW)
		j->caps |= caps;
}

static void take_rlimit(void *to, unsigned limit, uint64_t value, const struct lower_row *how)
{
	struct judge *j = to;

	(void)how;
	j->limits[limit] = value;
	j->n_limits++;
}

static void take_unlowered(void *to, enum class_id class_id, const struct rule *rule)
{
	struct judge *j = to;

	(void)rule;
	j->unlowered |= UINT64_C(1) << class_id;
}

static void judge_rules(struct judge *j, const char *rules)
{
	struct policy policy;
	struct diag diag;
	struct arena arena = ARENA_INIT;
	struct lower_sink sink = {
		.to = j, .diag = &diag, .arena = &arena, .row = take_row,
		.capability = take_capability, .rlimit = take_rlimit,
		.unlowered = take_unlowered,
	};

	if (!read_rules(&policy, &diag, rules)) {
		auto_buf said = BUF_INIT;

		diag_print(&diag, &said);
		fail_msg("refused: %s\n%s", rules, buf_text(&said));
	}
	sink.profile = policy.profiles;
	profile_lower(policy.profiles, &sink);
	arena_release(&arena);
	release(&policy, &diag);
}

#define OBJECT(text) { text, sizeof(text) - 1 }

enum {
	PEER = PERM_NET_PEER,
	LOCAL = PERM_NET_ALL & ~PERM_NET_PEER,
	BUSY = LOCAL & ~PERM_NET_CREATE,
};

/* The bits of the class that the rules allow of an object. */
static const struct {
	const char *rules;
	enum class_id class_id;
	struct slice object;
	uint32_t allowed;
} rows[] = {
	/* Networks, without addresses. */
	{ "network,", CLASS_NET, OBJECT("\0\2\0\1\0\6"), PERM_NET_ALL },
	{ "network,", CLASS_NET, OBJECT("\0\2\0\1\0"), 0 },
	{ "network inet,", CLASS_NET, OBJECT("\0\2\0\3\0\1"), PERM_NET_ALL },
	{ "network inet,", CLASS_NET, OBJECT("\0\12\0\3\0\1"), 0 },
	{ "network inet stream,", CLASS_NET, OBJECT("\0\2\0\1\1\6"), PERM_NET_ALL },
	{ "network inet stream,", CLASS_NET, OBJECT("\0\2\0\2\0\0"), 0 },
	{ "network tcp,", CLASS_NET, OBJECT("\0\12\0\1\0\0"), PERM_NET_ALL },
	{ "network tcp,", CLASS_NET, OBJECT("\0\1\0\1\0\0"), 0 },
	{ "network stream,", CLASS_NET, OBJECT("\0\1\0\1\0\0"), PERM_NET_ALL },
	{ "network icmp,", CLASS_NET, OBJECT("\0\2\0\3\0\1"), PERM_NET_ALL },
	{ "network icmp,", CLASS_NET, OBJECT("\0\2\0\3\0\2"), 0 },
	{ "network (create, bind) netlink raw,", CLASS_NET, OBJECT("\0\20\0\3\0\17"),
	  PERM_NET_CREATE | PERM_NET_BIND },
	{ "network inet raw,", CLASS_NET, OBJECT("\0\2\0\3\0\57"), PERM_NET_ALL },
	{ "network inet, deny network inet stream,", CLASS_NET, OBJECT("\0\2\0\1\0\0"), 0 },
	/* With addresses. */
	{ "network inet,", CLASS_NET, OBJECT("\0\2\0\1\0\0" "00507f000001\0\0eth0\0\0"),
	  PERM_NET_ALL },
	{ "network ip=127.0.0.1 port=80,", CLASS_NET, OBJECT("\0\2\0\1\0\0"), PERM_NET_CREATE },
	{ "network ip=127.0.0.1 port=80,", CLASS_NET, OBJECT("\0\1\0\1\0\0"), 0 },
	{ "network ip=127.0.0.1 port=80,", CLASS_NET,
	  OBJECT("\0\2\0\1\0\0" "00507f000001\0\0\0\0"), PERM_NET_ALL },
	{ "network ip=127.0.0.1 port=80,", CLASS_NET,
	  OBJECT("\0\2\0\1\0\0" "00517f000001\0\0\0\0"), PERM_NET_CREATE },
	{ "network ip=127.0.0.1 port=80,", CLASS_NET,
	  OBJECT("\0\2\0\1\0\0" "00507f000002\0\0\0\0"), PERM_NET_CREATE },
	{ "network peer=(ip=::1 port=443),", CLASS_NET,
	  OBJECT("\0\12\0\1\0\0" "\0" "01bb00000000000000000000000000000001\0\0\0"),
	  PERM_NET_ALL },
	{ "network peer=(ip=::1 port=443),", CLASS_NET,
	  OBJECT("\0\12\0\1\0\0" "\0" "01bb00000000000000000000000000000002\0\0\0"), LOCAL },
	{ "network peer=(ip=::1 port=443),", CLASS_NET, OBJECT("\0\12\0\1\0\0"), LOCAL },
	{ "network send peer=(port=22),", CLASS_NET, OBJECT("\0\12\0\1\0\0"), 0 },
	{ "network ip=::ffff:127.0.0.1 port=80,", CLASS_NET,
	  OBJECT("\0\12\0\1\0\0" "00507f000001\0\0\0\0"), PERM_NET_ALL },
	{ "network interface=\"eth*\",", CLASS_NET, OBJECT("\0\2\0\1\0\0" "\0\0eth12\0\0"),
	  PERM_NET_ALL },
	{ "network interface=\"eth*\",", CLASS_NET, OBJECT("\0\2\0\1\0\0" "\0\0lo\0\0"),
	  PERM_NET_CREATE },
	{ "network ip=none,", CLASS_NET, OBJECT("\0\2\0\1\0\0" "0050\0\0\0\0"), PERM_NET_ALL },
	{ "network peer=(label=a*),", CLASS_NET, OBJECT("\0\2\0\1\0\0" "\0\0\0\0ab"),
	  PERM_NET_ALL },
	{ "network, deny network ip=127.0.0.1,", CLASS_NET,
	  OBJECT("\0\2\0\1\0\0" "00507f000001\0\0\0\0"), PERM_NET_CREATE },
	{ "network, deny network ip=127.0.0.1,", CLASS_NET,
	  OBJECT("\0\2\0\1\0\0" "00507f000002\0\0\0\0"), PERM_NET_ALL },
	{ "network, deny network peer=(ip=127.0.0.1),", CLASS_NET, OBJECT("\0\2\0\1\0\0"),
	  PERM_NET_ALL },
	/* Networks and unix sockets. */
	{ "network unix stream,", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0m"), PERM_NET_ALL },
	{ "network unix stream,", CLASS_UNIX, OBJECT("\0\2\0\0@a\0l\0@b\0m"), 0 },
	{ "network inet,", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0m"), 0 },
	{ "network tcp,", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0m"), 0 },
	{ "unix create type=stream,", CLASS_NET, OBJECT("\0\1\0\1\0\0"), PERM_NET_CREATE },
	{ "unix create type=stream,", CLASS_NET, OBJECT("\0\1\0\2\0\0"), 0 },
	{ "network unix, deny unix,", CLASS_NET, OBJECT("\0\1\0\2\0\0"), 0 },
	{ "network unix, deny unix addr=@a,", CLASS_NET, OBJECT("\0\1\0\2\0\0"), PERM_NET_ALL },
	/* Unix sockets. */
	{ "unix,", CLASS_UNIX, OBJECT("\0\1\0\0\0l\0\0"), PERM_NET_ALL },
	{ "unix type=dgram,", CLASS_UNIX, OBJECT("\0\2\0\0@a\0l\0@b\0m"), PERM_NET_ALL },
	{ "unix type=dgram,", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0m"), 0 },
	{ "unix addr=@a*,", CLASS_UNIX, OBJECT("\0\1\0\0@abc\0l\0\0"), PERM_NET_ALL },
	{ "unix addr=@a*,", CLASS_UNIX, OBJECT("\0\1\0\0@b\0l\0@abc\0"), 0 },
	{ "unix addr=@a/*,", CLASS_UNIX, OBJECT("\0\1\0\0@a/b\0l\0\0"), PERM_NET_ALL },
	{ "unix addr=@a/*,", CLASS_UNIX, OBJECT("\0\1\0\0@a/\0l\0\0"), 0 },
	{ "unix addr=none,", CLASS_UNIX, OBJECT("\0\1\0\0\0l\0\0"), PERM_NET_ALL },
	{ "unix addr=none,", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0\0"), 0 },
	{ "unix addr=auto,", CLASS_UNIX, OBJECT("\0\1\0\0\0l\0\0"), PERM_NET_BIND },
	{ "unix addr=auto,", CLASS_UNIX, OBJECT("\0\1\0\0@0f3a1\0l\0\0"),
	  PERM_NET_ALL & ~PERM_NET_BIND },
	{ "unix addr=@{ADDR},", CLASS_UNIX, OBJECT("\0\1\0\0\0l\0\0"), PERM_NET_ALL },
	{ "unix addr=@{ADDR},", CLASS_UNIX, OBJECT("\0\1\0\0@x\0l\0\0"), PERM_NET_ALL },
	{ "unix addr=@{ADDR},", CLASS_UNIX, OBJECT("\0\1\0\0@y\0l\0\0"), 0 },
	{ "unix addr=@a\\x00b,", CLASS_UNIX, OBJECT("\0\1\0\0@a\1b\0l\0\0"), PERM_NET_ALL },
	{ "unix addr=@a\\000b,", CLASS_UNIX, OBJECT("\0\1\0\0@a\1b\0l\0\0"), PERM_NET_ALL },
	{ "unix peer=(label=b*),", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0bc"), PEER },
	{ "unix peer=(label=b*),", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0c"), 0 },
	{ "unix peer=(label=b*),", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0\0"), PERM_NET_ACCEPT },
	{ "unix (send) addr=@a peer=(addr=@b),", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0c"),
	  PERM_NET_SEND },
	{ "unix (send) addr=@a peer=(addr=@b),", CLASS_UNIX, OBJECT("\0\1\0\0@b\0l\0@b\0c"), 0 },
	{ "unix peer=(label=@{profile_name}),", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0t"), PEER },
	/* Signals. */
	{ "signal,", CLASS_SIGNAL, OBJECT("\11x"), 6 },
	{ "signal send set=(kill exists),", CLASS_SIGNAL, OBJECT("\0x"), PERM_SIGNAL_SEND },
	{ "signal send set=(kill exists),", CLASS_SIGNAL, OBJECT("\11x"), PERM_SIGNAL_SEND },
	{ "signal send set=(kill exists),", CLASS_SIGNAL, OBJECT("\12x"), 0 },
	{ "signal set=rtmin+15,", CLASS_SIGNAL, OBJECT("\57x"), 6 },
	{ "signal set=rtmin+15 peer=*,", CLASS_SIGNAL, OBJECT("\57"), 6 },
	{ "signal peer=/{**/,}bin/{sh,true},", CLASS_SIGNAL, OBJECT("\11/usr/bin/sh"), 6 },
	{ "signal peer=/{**/,}bin/{sh,true},", CLASS_SIGNAL, OBJECT("\11/usr/bin/bash"), 0 },
	{ "signal peer=@{LABELS},", CLASS_SIGNAL, OBJECT("\11/bin/b"), 6 },
	{ "signal, deny signal set=hup,", CLASS_SIGNAL, OBJECT("\1x"), 0 },
	/* Tracing. */
	{ "ptrace,", CLASS_PTRACE, OBJECT("x"), 30 },
	{ "ptrace rw peer=x,", CLASS_PTRACE, OBJECT("x"), PERM_PTRACE_READ | PERM_PTRACE_TRACE },
	{ "ptrace rw peer=x,", CLASS_PTRACE, OBJECT("xy"), 0 },
	{ "ptrace peer=x//*,", CLASS_PTRACE, OBJECT("x//"), 0 },
	/* Mounts: 1 ro, 2 nosuid, 6 remount, 13 bind, 14 move, 15 rec, 19 private. */
	{ "mount,", CLASS_MOUNT, OBJECT("/a/\0/dev/sda\0ext4\0\1\2"), PERM_MOUNT_MOUNT },
	{ "mount,", CLASS_MOUNT, OBJECT("/a/\0\0\0\6"), PERM_MOUNT_MOUNT },
	{ "mount,", CLASS_MOUNT, OBJECT("/a/\0/b/\0\0\15\17"), PERM_MOUNT_MOUNT },
	{ "mount,", CLASS_MOUNT, OBJECT("/a/"), 0 },
	{ "mount /dev/sda -> /a/,", CLASS_MOUNT, OBJECT("/a/\0/dev/sda\0ext4\0\1"),
	  PERM_MOUNT_MOUNT },
	{ "mount /dev/sda -> /a/,", CLASS_MOUNT, OBJECT("/a/\0/dev/sda\0\0\15"),
	  PERM_MOUNT_MOUNT },
	{ "mount /dev/sda -> /a/,", CLASS_MOUNT, OBJECT("/a/\0/dev/sdb\0ext4\0\1"), 0 },
	{ "mount /dev/sda -> /a/*,", CLASS_MOUNT, OBJECT("/a/\0/dev/sda\0ext4\0\1"), 0 },
	{ "mount /dev/sda -> /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\23"), 0 },
	{ "mount -> /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\23"), PERM_MOUNT_MOUNT },
	{ "mount options=(ro nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0\1\2"),
	  PERM_MOUNT_MOUNT },
	{ "mount options=(ro nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0\1"), 0 },
	{ "mount options in (ro nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0\2"),
	  PERM_MOUNT_MOUNT },
	{ "mount options in (ro nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0"),
	  PERM_MOUNT_MOUNT },
	{ "mount options in (ro nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0\3"), 0 },
	{ "mount options=ro options in (nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0x\0\1\2"),
	  PERM_MOUNT_MOUNT },
	{ "mount options=ro options in (nosuid),", CLASS_MOUNT, OBJECT("/a/\0d\0x\0\2"), 0 },
	{ "mount fstype=(ext3 ext4),", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0"), PERM_MOUNT_MOUNT },
	{ "mount fstype=(ext3 ext4),", CLASS_MOUNT, OBJECT("/a/\0d\0xfs\0"), 0 },
	{ "mount fstype=ext3,ext4,", CLASS_MOUNT, OBJECT("/a/\0d\0ext3\0"), PERM_MOUNT_MOUNT },
	{ "mount fstype=ext{3,4},", CLASS_MOUNT, OBJECT("/a/\0d\0ext3\0"), PERM_MOUNT_MOUNT },
	{ "mount fstype=ext4,", CLASS_MOUNT, OBJECT("/a/\0/b/\0\0\15"), 0 },
	{ "mount options=rbind /b/ -> /a/,", CLASS_MOUNT, OBJECT("/a/\0/b/\0\0\15\17"),
	  PERM_MOUNT_MOUNT },
	{ "mount options=rbind /b/ -> /a/,", CLASS_MOUNT, OBJECT("/a/\0/b/\0\0\15"), 0 },
	{ "mount options=private -> /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\23"), PERM_MOUNT_MOUNT },
	{ "mount options=private /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\23"), PERM_MOUNT_MOUNT },
	{ "mount options=move /b/ -> /a/,", CLASS_MOUNT, OBJECT("/a/\0/b/\0\0\16"),
	  PERM_MOUNT_MOUNT },
	{ "mount detached -> /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\16"), PERM_MOUNT_MOUNT },
	{ "mount \"\" -> \"/\",", CLASS_MOUNT, OBJECT("/\0\0ext4\0"), PERM_MOUNT_MOUNT },
	{ "mount \"\" -> \"/\",", CLASS_MOUNT, OBJECT("/\0d\0ext4\0"), 0 },
	{ "remount /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\1\6"), PERM_MOUNT_MOUNT },
	{ "remount /a/,", CLASS_MOUNT, OBJECT("/a/\0d\0ext4\0\1"), 0 },
	{ "remount options=ro /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\1\6"), PERM_MOUNT_MOUNT },
	{ "remount options=ro /a/,", CLASS_MOUNT, OBJECT("/a/\0\0\0\6"), 0 },
	{ "umount /a/,", CLASS_MOUNT, OBJECT("/a/"), PERM_MOUNT_UMOUNT },
	{ "umount,", CLASS_MOUNT, OBJECT("/b/"), PERM_MOUNT_UMOUNT },
	{ "pivot_root oldroot=/o/ /n/,", CLASS_MOUNT, OBJECT("/n/\0/o/"), PERM_MOUNT_PIVOT_ROOT },
	{ "pivot_root oldroot=/o/ /n/,", CLASS_MOUNT, OBJECT("/o/\0/n/"), 0 },
	{ "pivot_root,", CLASS_MOUNT, OBJECT("/n/\0/o/"), PERM_MOUNT_PIVOT_ROOT },
	/* D-Bus. */
	{ "dbus,", CLASS_DBUS, OBJECT("system\0n\0l\0/p\0i\0m"), 6 },
	{ "dbus,", CLASS_DBUS, OBJECT("system\0n"), PERM_DBUS_BIND },
	{ "dbus,", CLASS_DBUS, OBJECT("system"), PERM_DBUS_EAVESDROP },
	{ "dbus bus=session,", CLASS_DBUS, OBJECT("system"), 0 },
	{ "dbus name=a.*,", CLASS_DBUS, OBJECT("system\0a.b"), PERM_DBUS_BIND },
	{ "dbus send path=/a/* member=M peer=(name=n label=l),", CLASS_DBUS,
	  OBJECT("system\0n\0l\0/a/b\0i\0M"), PERM_DBUS_SEND },
	{ "dbus send path=/a/* member=M peer=(name=n label=l),", CLASS_DBUS,
	  OBJECT("system\0n\0l\0/a/\0i\0M"), 0 },
	{ "dbus send path=/a/* member=M peer=(name=n label=l),", CLASS_DBUS,
	  OBJECT("system\0n\0m\0/a/b\0i\0M"), 0 },
	{ "dbus interface=a{b,c},", CLASS_DBUS, OBJECT("system\0n\0m\0/a/b\0ac\0M"), 6 },
	/* Message queues. */
	{ "mqueue,", CLASS_MQUEUE, OBJECT("/q\0l"), PERM_MQUEUE_ALL },
	{ "mqueue,", CLASS_MQUEUE, OBJECT("12\0l"), PERM_MQUEUE_ALL },
	{ "mqueue type=posix,", CLASS_MQUEUE, OBJECT("/q\0l"), PERM_MQUEUE_ALL },
	{ "mqueue type=posix,", CLASS_MQUEUE, OBJECT("12\0l"), 0 },
	{ "mqueue type=sysv,", CLASS_MQUEUE, OBJECT("12\0l"), PERM_MQUEUE_ALL },
	{ "mqueue type=sysv,", CLASS_MQUEUE, OBJECT("/q\0l"), 0 },
	{ "mqueue rw 012,", CLASS_MQUEUE, OBJECT("12\0l"), PERM_MQUEUE_READ | PERM_MQUEUE_WRITE },
	{ "mqueue label=l /q,", CLASS_MQUEUE, OBJECT("/q\0l"), PERM_MQUEUE_ALL },
	{ "mqueue label=l /q,", CLASS_MQUEUE, OBJECT("/q\0m"), 0 },
	{ "mqueue label=l /q,", CLASS_MQUEUE, OBJECT("/q\0"),
	  PERM_MQUEUE_CREATE | PERM_MQUEUE_READ | PERM_MQUEUE_WRITE },
	{ "mqueue @{QUEUE},", CLASS_MQUEUE, OBJECT("/q\0l"), PERM_MQUEUE_ALL },
	/* The rest. */
	{ "userns,", CLASS_USERNS, OBJECT(""), PERM_USERNS_CREATE },
	{ "userns, deny userns,", CLASS_USERNS, OBJECT(""), 0 },
	{ "io_uring,", CLASS_IO_URING, OBJECT(""),
	  PERM_IO_URING_SQPOLL | PERM_IO_URING_OVERRIDE_CREDS },
	{ "io_uring label=l,", CLASS_IO_URING, OBJECT(""), PERM_IO_URING_SQPOLL },
	{ "io_uring label=l,", CLASS_IO_URING, OBJECT("l"), PERM_IO_URING_OVERRIDE_CREDS },
	{ "all,", CLASS_NET, OBJECT("\0\2\0\1\0\6"), PERM_NET_ALL },
	{ "all,", CLASS_UNIX, OBJECT("\0\1\0\0@a\0l\0@b\0m"), PERM_NET_ALL },
	{ "all,", CLASS_SIGNAL, OBJECT("\11x"), 6 },
	{ "all,", CLASS_PTRACE, OBJECT("x"), 30 },
	{ "all,", CLASS_DBUS, OBJECT("system\0n"), PERM_DBUS_BIND },
	{ "all,", CLASS_MQUEUE, OBJECT("/q\0l"), PERM_MQUEUE_ALL },
	{ "all,", CLASS_MOUNT, OBJECT("/a/\0\0\0\6"), PERM_MOUNT_MOUNT },
	{ "all,", CLASS_MOUNT, OBJECT("/a/"), PERM_MOUNT_UMOUNT },
	{ "all,", CLASS_USERNS, OBJECT(""), PERM_USERNS_CREATE },
	{ "all,", CLASS_LABEL, OBJECT("x\0"), 0 },
	{ "all, deny all,", CLASS_SIGNAL, OBJECT("\11x"), 0 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct judge j = { .class_id = rows[i].class_id, .object = rows[i].object };

		judge_rules(&j, rows[i].rules);
		if ((j.allow & ~j.deny) != rows[i].allowed) {
			auto_buf object = BUF_INIT;

			buf_add_escaped(&object, rows[i].object);
			fail_msg("%s of class %d object %s: %#x, not %#x", rows[i].rules,
				 rows[i].class_id, buf_text(&object), j.allow & ~j.deny,
				 rows[i].allowed);
		}
	}
}

/* Every bound of a range of ports against counting. */
static void test_ports(void **state)
{
	static const struct {
		unsigned from, to;
	} ranges[] = {
		{ 0, 65535 }, { 1, 65534 }, { 0, 0 }, { 65535, 65535 }, { 22, 443 },
		{ 4095, 4096 }, { 255, 257 }, { 1024, 65535 }, { 16, 31 }, { 3, 60001 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		for (int step = -1; step < 66; step++) {
			unsigned port = step < 0   ? ranges[i].from :
					step == 65 ? ranges[i].to :
						     (unsigned)step * 1009 % 65536;
			bool is_in = port >= ranges[i].from && port <= ranges[i].to;
			char object[64], rule[64];
			struct judge j = { .class_id = CLASS_NET };

			snprintf(rule, sizeof(rule), "network bind inet port=%u-%u,",
				 ranges[i].from, ranges[i].to);
			memcpy(object, "\0\2\0\1\0\0", 6);
			snprintf(object + 6, sizeof(object) - 6, "%04x7f000001", port);
			memset(object + 18, 0, 4);
			j.object = slice_make(object, 22);
			judge_rules(&j, rule);
			if (j.allow != (is_in ? PERM_NET_BIND : 0u))
				fail_msg("%s with port %u: %#x", rule, port, j.allow);
		}
	}
}

static void test_fields(void **state)
{
	struct judge j = { .class_id = CLASS_NONE };

	(void)state;
	judge_rules(&j, "capability chown bpf, set rlimit cpu <= 1h, set rlimit rttime <= 2s,\n"
			"set rlimit nice <= -5, set rlimit core <= infinity, set rlimit data <= 3 KB,\n"
			"set rlimit rtprio <= 0,");
	assert_true(j.caps == (UINT64_C(1) | UINT64_C(1) << 39));
	assert_int_equal(j.n_limits, 6);
	assert_true(j.limits[RLIMIT_CPU] == 3600);
	assert_true(j.limits[RLIMIT_RTTIME] == 2000000);
	assert_true(j.limits[RLIMIT_NICE] == 15);
	assert_true(j.limits[RLIMIT_CORE] == UINT64_MAX);
	assert_true(j.limits[RLIMIT_DATA] == 3072);
	assert_true(j.limits[RLIMIT_RTPRIO] == 0);
	assert_true(j.unlowered == 0);
}

static void test_marks(void **state)
{
	struct judge j = { .class_id = CLASS_FILE, .object = SLICE("/x") };

	(void)state;
	judge_rules(&j, "network ip=127.0.0.1,");
	assert_true(j.unlowered == UINT64_C(1) << CLASS_INET);
	judge_rules(&j, "network accept peer=(ip=127.0.0.1),");
	assert_true(j.unlowered == UINT64_C(1) << CLASS_INET);
	judge_rules(&j, "deny network accept peer=(ip=127.0.0.1),");
	assert_true(j.unlowered == (UINT64_C(1) << CLASS_INET | UINT64_C(1) << CLASS_INET_UNSEEN));
	judge_rules(&j, "network interface=eth0,");
	assert_true(j.unlowered == (UINT64_C(1) << CLASS_INET | UINT64_C(1) << CLASS_INET_UNSEEN));
	judge_rules(&j, "priority=5 all,");
	assert_true(j.caps == UINT64_MAX);
	assert_true(j.exec_priority == 3);
	assert_true(j.allow & PERM_READ && j.allow & PERM_EXEC);
}

/* A rule may have so many sets of options and no more. */
static void test_option_sets(void **state)
{
	static const char *const names[] = { "ro", "nosuid", "nodev", "noexec", "sync", "mand",
					     "acl" };

	(void)state;
	for (unsigned n = 64; n <= 65; n++) {
		auto_buf rule = BUF_INIT;
		struct policy policy;
		struct diag diag;

		buf_add_text(&rule, "mount");
		for (unsigned i = 1; i <= n; i++) {
			buf_add_text(&rule, " options=(");
			for (unsigned bit = 0; bit < 7; bit++)
				if (i >> bit & 1)
					buf_printf(&rule, " %s", names[bit]);
			buf_add_char(&rule, ')');
		}
		buf_add_char(&rule, ',');
		assert_int_equal(read_rules(&policy, &diag, buf_text(&rule)), n == 64);
		release(&policy, &diag);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_prints),
		cmocka_unit_test(test_rows),	 cmocka_unit_test(test_ports),
		cmocka_unit_test(test_fields),	 cmocka_unit_test(test_marks),
		cmocka_unit_test(test_option_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
