/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every class but files at random, the compiled image against rule-by-rule evaluation: profiles of
 * rules from a pool, requests from another, all permissions asked for at once.
 */
#include "cli/request.h"
#include "compile/compile.h"
#include "compile/provenance.h"
#include "event/names.h"
#include "image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { N_PROFILES = 300, RULES_MAX = 12, WORDS_MAX = 10 };

static const char *const no_dirs[] = { "/nonexistent", NULL };
static uint32_t seed = 5;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

#define PICK(list) ((list)[roll(sizeof(list) / sizeof((list)[0]))])

static const char *const rules[] = {
	"network", "network inet", "network inet stream", "network inet6 dgram", "network unix",
	"network (create, bind) inet", "network bind ip=10.0.0.1",
	"network connect inet stream peer=(ip=10.0.0.2 port=80)", "network send peer=(port=7-90)",
	"network inet6 stream peer=(ip=::1)", "network ip=10.0.0.1 port=80 peer=(ip=::1)",
	"network netlink raw", "network tcp",
	"signal", "signal send", "signal set=(term, kill)", "signal (receive) peer=q",
	"signal send set=(hup) peer={q,r}", "signal peer=q*",
	"ptrace", "ptrace read", "ptrace (trace, tracedby) peer=q", "ptrace readby peer=[q-s]",
	"unix", "unix type=stream", "unix (create, bind) addr=@a*", "unix connect peer=(addr=@b)",
	"unix (send, receive) type=dgram peer=(label=q)",
	"mount", "mount fstype=tmpfs", "mount options=(ro, nosuid) /dev/* -> /mnt/**",
	"mount options in (ro, nodev) fstype=ext4", "mount /dev/sda -> /mnt/", "remount /mnt/",
	"umount", "umount /mnt/**", "pivot_root", "pivot_root oldroot=/new/old/ /new/",
	"dbus", "dbus send bus=session", "dbus (send, receive) path=/a/** member=M",
	"dbus bind name=org.x.*", "dbus eavesdrop bus=system", "dbus send peer=(label=q)",
	"mqueue", "mqueue read type=posix /a*", "mqueue (create, open) type=sysv",
	"mqueue write label=q /ab", "userns", "userns create", "io_uring", "io_uring sqpoll",
	"io_uring override_creds label=q", "capability", "capability kill", "capability chown kill",
	"change_profile", "change_profile -> q", "change_profile /bin/a* -> {q,r}",
	"change_profile unsafe /bin/ab -> q", "all",
};

static const char *const questions[] = {
	"network inet stream", "network inet dgram", "network inet6 dgram", "network unix stream",
	"network netlink raw", "network inet raw 1",
	"signal term q", "signal kill q", "signal hup r", "signal hup unconfined", "signal usr1 qq",
	"ptrace q", "ptrace r", "ptrace unconfined",
	"unix stream", "unix dgram", "unix bind stream @a", "unix bind stream @ab p",
	"unix connect stream - p @b q", "unix send dgram - p @b q", "unix send dgram @c p @d r",
	"network bind inet stream 0 10.0.0.1:80", "network connect inet stream 6 - 10.0.0.2:80",
	"network send inet dgram 17 10.0.0.1:99 [::1]:7", "network connect inet6 stream 6 - [::1]:80",
	"mount /mnt/ /dev/sda ext4 ro", "mount /mnt/ /dev/sda ext4 ro,nosuid", "mount /mnt/ tmpfs tmpfs",
	"mount /mnt/a/ /dev/sdb ext4 nodev", "mount /mnt/ - - remount,ro", "mount /mnt/ /a/ - bind",
	"mount /new/old/", "umount /mnt/", "umount /mnt/a/", "pivot_root /new/ /new/old/",
	"pivot_root /new/ /x/",
	"dbus send session n q /a/b i M", "dbus send system n r /a i N", "dbus bind system org.x.y",
	"dbus bind session org.y", "dbus eavesdrop system", "dbus eavesdrop session",
	"mqueue /a", "mqueue /ab q", "mqueue /b", "mqueue 12", "mqueue 12 q",
	"userns", "io_uring", "io_uring override_creds q", "io_uring override_creds r",
	"capability kill", "capability chown", "capability sys_admin",
	"change_profile q", "change_profile r", "change_profile s", "change_onexec q /bin/a",
	"change_onexec q /bin/ab", "change_onexec r /bin/ab", "change_onexec s /bin/b",
};

static void random_policy(struct buf *out)
{
	static const char *const before[] = { "", "", "", "", "audit ", "deny ", "audit deny ",
					      "priority=1 ", "priority=2 deny ", "priority=-3 " };
	static const char *const heads[] = { "", "", "", " flags=(audit)", " flags=(default_allow)",
					     " flags=(unconfined)" };

	buf_printf(out, "profile p%s {\n", PICK(heads));
	for (uint32_t n = roll(RULES_MAX); n; n--)
		buf_printf(out, "  %s%s,\n", PICK(before), PICK(rules));
	buf_add_text(out, "}\n");
}

static struct verdict decide(const struct image *img, const struct request *q, uint32_t wanted)
{
	struct slice object = buf_slice(&q->object);

	if (q->class_id == CLASS_CAPABILITY)
		return image_decide_capability(img, 0, (unsigned)event_find_capability(object));
	return image_decide(img, 0, q->class_id, object, wanted, false);
}

static void ask(const struct image *img, struct provenance *p, const char *question,
		const char *text)
{
	struct provenance_answer a;
	struct err err = ERR_INIT;
	struct request q;
	struct verdict v;
	uint32_t wanted;
	char copy[200], *split[WORDS_MAX];
	int n = 0;

	assert_true(strlen(question) < sizeof(copy));
	strcpy(copy, question);
	for (char *w = strtok(copy, " "); w && n < WORDS_MAX; w = strtok(NULL, " "))
		split[n++] = w;
	if (request_parse(&q, n, split, &err))
		fail_msg("%s: %s", question, err.text);
	request_set_profile(&q, SLICE("p"));
	wanted = q.class_id == CLASS_CAPABILITY ? 1 : UINT32_MAX;
	v = decide(img, &q, wanted);
	assert_true(provenance_decide(p, SLICE("p"), q.class_id, buf_slice(&q.object), wanted, false,
				      &a));
	if (v.allowed != a.allowed || v.missing != a.missing || v.denied != a.denied ||
	    v.audit != a.audit || v.quiet != a.quiet || v.exec.flags != a.exec.flags)
		fail_msg("%s%s: image %x %x %x %x %x, rules %x %x %x %x %x", text, question, v.allowed,
			 v.missing, v.denied, v.audit, v.quiet, a.allowed, a.missing, a.denied,
			 a.audit, a.quiet);
	request_release(&q);
}

static void test_random(void **state)
{
	const struct policy_options options = { .include_dirs = no_dirs };

	(void)state;
	for (int i = 0; i < N_PROFILES; i++) {
		struct diag diag = DIAG_INIT;
		struct policy policy;
		struct provenance *p;
		struct image img;
		auto_buf text = BUF_INIT;
		auto_buf bytes = BUF_INIT;
		auto_buf problems = BUF_INIT;

		random_policy(&text);
		policy_init(&policy, &options, &diag);
		if (!policy_read_text(&policy, "random", buf_slice(&text)) ||
		    !compile_policy(&policy, &bytes)) {
			diag_print(&diag, &problems);
			/* Changes that are both safe and unsafe are refused, and rightly so. */
			if (!strstr(buf_text(&problems), "unsafe"))
				fail_msg("%s%s", buf_text(&text), buf_text(&problems));
			policy_release(&policy);
			diag_release(&diag);
			continue;
		}
		assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
		p = provenance_new(&policy);
		for (size_t k = 0; k < sizeof(questions) / sizeof(questions[0]); k++)
			ask(&img, p, questions[k], buf_text(&text));
		provenance_free(p);
		policy_release(&policy);
		diag_release(&diag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
