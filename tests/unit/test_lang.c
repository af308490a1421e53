/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reader of policy: what it refuses and where, what names, variables, aliases, conditionals and
 * includes become, which rows file rules give, that printing is a fixed point, and every limit.
 */
#include "base/io.h"
#include "lang/lower.h"
#include "lang/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { DIRS_MAX = 2 };

/* One policy in work, with a folder of files to include. */
struct bench {
	struct policy policy;
	struct diag diag;
	struct policy_options options;
	char dir[32];
	const char *dirs[DIRS_MAX];
	bool is_good;
};

static void begin(struct bench *b)
{
	*b = (struct bench){ .is_good = false };
	strcpy(b->dir, "/tmp/test-lang-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->dirs[0] = b->dir;
	b->options.include_dirs = b->dirs;
	policy_init(&b->policy, &b->options, &b->diag);
}

static void end(struct bench *b)
{
	auto_buf command = BUF_INIT;

	policy_release(&b->policy);
	diag_release(&b->diag);
	buf_printf(&command, "rm -rf %s", b->dir);
	assert_int_equal(system(buf_text(&command)), 0);
}

static void write_file(struct bench *b, const char *name, const char *text)
{
	auto_buf path = BUF_INIT;
	auto_file f = NULL;

	buf_printf(&path, "%s/%s", b->dir, name);
	f = fopen(buf_text(&path), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void make_dir(struct bench *b, const char *name)
{
	auto_buf path = BUF_INIT;

	buf_printf(&path, "%s/%s", b->dir, name);
	assert_int_equal(mkdir(buf_text(&path), 0700), 0);
}

static bool read_text(struct bench *b, const char *text)
{
	b->is_good = policy_read_text(&b->policy, "test", slice_of(text));
	return b->is_good;
}

static void problems(struct bench *b, struct buf *out)
{
	buf_clear(out);
	diag_print(&b->diag, out);
}

/* Fails with the problems if the text was refused. */
static void read_good(struct bench *b, const char *text)
{
	auto_buf out = BUF_INIT;

	if (read_text(b, text))
		return;
	problems(b, &out);
	fail_msg("refused: %s\n%s", text, buf_text(&out));
}

/* Rows as lines: "CLASS PATTERN PERMS [deny] [owner] [exec KIND FLAGS NAME]". */
static void print_row(void *to, const struct lower_row *row)
{
	struct buf *out = to;

	buf_printf(out, "%d %.*s %x", row->class_id, SLICE_FMT(row->pattern), row->perms);
	if (row->verb == LOWER_DENY)
		buf_add_text(out, " deny");
	if (row->who != WHO_ALL)
		buf_add_text(out, row->who == WHO_OWNER ? " owner" : " other");
	if (row->audit)
		buf_add_text(out, " audit");
	if (row->priority)
		buf_printf(out, " priority %d", row->priority);
	if (row->exec.kind != EXEC_NONE)
		buf_printf(out, " exec %d %x %.*s", row->exec.kind, row->exec.flags,
			   SLICE_FMT(row->exec.name));
	buf_add_char(out, '\n');
}

static void print_capability(void *to, uint64_t caps, const struct lower_row *how)
{
	buf_printf(to, "capability %llx %d\n", (unsigned long long)caps, how->verb);
}

static void print_rlimit(void *to, unsigned limit, uint64_t value, const struct lower_row *how)
{
	(void)how;
	buf_printf(to, "rlimit %u %llu\n", limit, (unsigned long long)value);
}

static void print_unlowered(void *to, enum class_id class_id, const struct rule *rule)
{
	(void)rule;
	buf_printf(to, "unlowered %d\n", class_id);
}

static void add_rows(const struct profile *p, struct arena *arena, struct diag *diag,
		     struct buf *out)
{
	struct lower_sink sink = {
		.to = out, .diag = diag, .arena = arena, .row = print_row,
		.capability = print_capability, .rlimit = print_rlimit,
		.unlowered = print_unlowered,
	};

	for (; p; p = p->next) {
		buf_printf(out, "%.*s\n", SLICE_FMT(p->full_name));
		profile_lower(p, &sink);
		add_rows(p->children, arena, diag, out);
	}
}

struct refusal {
	const char *text;
	const char *says;		/* part of what is printed */
};

static const struct refusal refusals[] = {
	{ "profile a {\n  /x rw\n}\n", "test:2:8: error: expected \",\" after the rule" },
	{ "profile a {\n  /x rq,\n}\n", "test:2:7: error: unknown access \"q\"" },
	{ "profile a { /x px ux, }", "expected \",\" after the rule" },
	{ "profile a { /x pxux, }", "two ways to execute" },
	{ "profile a { /x wa, }", "exclude each other" },
	{ "profile a { /x x, }", "does not say how to execute" },
	{ "profile a { deny /x ix, }", "takes no way to execute" },
	{ "profile a { deny { /x ix, } }", "takes no way to execute" },
	{ "profile a { unsafe r /x, }", "\"unsafe\" is for rules with \"x\"" },
	{ "profile a { lr subset /x -> /y, }", "\"subset\" is for links alone" },
	{ "profile a { lpx /x -> /y, }", "cannot be for both" },
	{ "profile a { link /x, }", "expected \"->\"" },
	{ "profile a { /x l -> :n:y, }", "not to a namespace" },
	{ "profile a { x/y r, }", "paths begin with \"/\"" },
	{ "profile a { capabilty chown, }", "did you mean \"capability\"?" },
	{ "profile a { deny audit /x r, }", "\"audit\" cannot stand here" },
	{ "profile a { allow deny /x r, }", "exclude each other" },
	{ "profile a { owner audit /x r, }", "cannot stand here" },
	{ "profile a { priority=1001 /x r, }", "from -1000 to 1000" },
	{ "profile a { priority=x /x r, }", "from -1000 to 1000" },
	{ "profile a { owner capability chown, }", "\"owner\" cannot stand before \"capability\"" },
	{ "profile a { rlimit cpu <= 1, }", "stands behind \"set\"" },
	{ "profile a { set file, }", "\"set\" cannot stand before \"file\"" },
	{ "profile a { owner { other /x r, } }", "leave nobody" },
	{ "profile a { deny { allow /x r, } }", "contradicts the qualifiers" },

	{ "profile a { /x{a} r, }", "test:1:15: error: braces need two alternatives" },
	{ "profile a { /x{a,b r, }", "this \"{\" is not closed" },
	{ "profile a { /x} r, }", "closes nothing" },
	{ "profile a { /x[a r, }", "this \"[\" is not closed" },
	{ "profile a { /x[] r, }", "no characters" },
	{ "profile a { /x] r, }", "closes nothing" },
	{ "profile a { \"/x\\\" r, }", "not closed on its line" },
	{ "profile a { \"/x r, }", "this quote is not closed" },

	{ "/a{\n /x r,\n}", "test:1:3: error: a blank is missing before this \"{\"" },
	{ "a { }", "expected \"profile\" or the path of a program" },
	{ "profile { }", "expected the name of a profile" },
	{ "profile \"\" { }", "this name is empty" },
	{ "profile a b { }", "expected \"{\"" },
	{ "profile a \"b\" { }", "an attachment begins with \"/\"" },
	{ "profile :ns { }", "not closed by \":\"" },
	{ "profile :ns: { }", "no name behind this namespace" },
	{ "profile a {\n} }\n", "test:2:3: error: this \"}\" closes nothing" },
	{ "profile a {\n", "test:1:11: error: this \"{\" is not closed" },
	{ "profile a { } profile a { }", "there is a profile \"a\" already" },
	{ "profile a { ^b { } hat b { } }", "there is a profile \"a//b\" already" },
	{ "profile a { /x { } }", "expected access letters" },
	{ "profile a { ^ b { } }", "right after \"^\"" },
	{ "/x flags=(complain) xattrs=(a=b) { }", "expected \"{\"" },
	{ "profile a { ^b xattrs=(a=b) { } }", "a hat attaches to nothing" },
	{ "profile a + { }", "identities" },
	{ "profile a flags=() { }", "expected a profile flag" },
	{ "profile a flags=(complian) { }", "did you mean \"complain\"?" },
	{ "profile a flogs=(audit) { }", "did you mean \"flags\"?" },
	{ "profile a flags=(enforce, complain) { }", "\"enforce\" and \"complain\" exclude" },
	{ "profile a flags=(default_allow kill) { }", "exclude each other" },
	{ "profile a flags=(mediate_deleted delegate_deleted) { }", "exclude each other" },
	{ "profile a flags=(no_attach_disconnected attach_disconnected.path=/x) { }", "exclude" },
	{ "profile a flags=(chroot_attach chroot_no_attach) { }", "exclude each other" },
	{ "profile a flags=(chroot_relative namespace_relative) { }", "exclude each other" },
	{ "profile a flags=(kill.signal=foo) { }", "unknown signal \"foo\"" },
	{ "profile a flags=(kill.signal=hup kill.signal=int) { }", "another value already" },
	{ "profile a flags=(error=EFOO) { }", "unknown error \"EFOO\"" },
	{ "profile a flags=(attach_disconnected.path=x) { }", "does not begin with \"/\"" },
	{ "@{X}=x\nprofile a flags=(attach_disconnected.path=@{X}) { }", "does not begin with" },
	{ "file,", "rules stand within profiles" },

	{ "profile a { /@{X} r, }", "test:1:13: error: @{X} has no value" },
	{ "@{FOO}=a\nprofile a { /@{FO} r, }", "did you mean @{FOO}?" },
	{ "@{X}=a\n@{X}=b\n", "@{X} has a value already" },
	{ "@{X}+=a\n", "has no value yet" },
	{ "@{X}=\n", "is given no value" },
	{ "@{X}=a, b\n", "separated by blanks" },
	{ "@{_X}=a\n", "the name of a variable" },
	{ "@{X}=@{Y}\n@{Y}=@{X}\nprofile a { /@{X} r, }", "leads back to itself" },
	{ "@{profile_name}=a\n", "cannot be assigned" },
	{ "@{X}={a\nprofile a { /@{X} r, }", "with its variables put in" },
	{ "profile a { }\n@{X}=a\n", "before all profiles" },
	{ "profile a { @{X}=a\n }", "assigned before profiles" },
	{ "profile a { alias /x -> /y, }", "before profiles" },
	{ "profile a { @{attach_path} r, }", "attaches to no program" },
	{ "$B=1\n", "expected a comparison" },
	{ "$B=\nprofile a { }\n", "found the end of the line" },
	{ "$B=true false\n", "expected the end of the line" },
	{ "$B=$C and true\n", "$C has no value" },
	{ "$B=(true\n)\n", "expected \")\"" },
	{ "$B=true\n@{B}=x\n", "both a boolean and a variable" },
	{ "@{B}=x\n$B=true\n", "both a boolean and a variable" },
	{ "@{B}=x\n$B:=true\n", "both a boolean and a variable" },
	{ "profile a { if true { } else if $N { } }", "$N has no value" },
	{ "profile a { if false { /x r, if not $N { } } }", "$N has no value" },
	{ "profile a { if false { deny { if $N { } } } }", "$N has no value" },
	{ "profile a { if true { } else { ^h { if $N { } } } }", "$N has no value" },
	{ "profile a flags=(hat) { }", "unknown profile flag" },
	{ "profile a! { }", "a bare \"!\"" },
	{ "profile a { /x!y r, }", "a bare \"!\"" },
	{ "profile &a { }", "begins with \"&\"" },
	{ "profile a { deny unsafe x /x, }", "takes no \"unsafe\"" },
	{ "@{B}=/x\n@{B}/a { }\n", "expected \"profile\" or the path" },
	{ "profile a flags=(no_attach_disconnected attach_disconnected.ipc) { }", "exclude each" },
	{ "profile a flags=(attach_disconnected.ipc=/x no_attach_disconnected) { }", "exclude each" },
	{ "$B=true\n$B=true\n", "has a value already" },
	{ "profile a { if $B { /x r, } }", "$B has no value" },
	{ "profile a { else { } }", "\"else\" without an \"if\"" },
	{ "profile a { if { } }", "expected a comparison" },
	{ "profile a { if 1 < x { } }", "a number can be compared with a number only" },
	{ "alias a -> b,", "begin with \"/\"" },
	{ "alias /a -> /b\nprofile a { }", "expected \",\"" },

	{ "include <nothing/here>\n", "there is no file <nothing/here>" },
	{ "include <nothing/here>\n", "searched in /tmp/test-lang-" },
	{ "include \"/nothing/here\"\n", "there is no file \"/nothing/here\"" },
	{ "include <nothing\n", "not closed on its line" },
	{ "include \n", "which file?" },
	{ "abi <nothing/here>,\n", "there is no file <nothing/here>" },
	{ "abi <kernel>\nprofile a { }", "expected \",\"" },
	{ "profile a { change_profile safe, }", "expected the path of a program" },
	{ "profile a { change_profile x -> y, }", "a program's path begins with \"/\"" },
	{ "profile a { change_profile {/x,/y} -> y, }", "a program's path begins with \"/\"" },
	{ "profile a { change_profile ->y, }", "a blank is missing behind" },
	{ "profile a { change_profile /x ->&y, }", "a blank is missing behind" },
	{ "profile a { change_profile -> , }", "expected the name of a profile" },
	{ "profile a { change_profile /x -> y, change_profile unsafe /x -> y, }", "in another rule" },
	{ "profile a { * r, }", "paths begin with \"/\"" },
	{ "profile a { owner change_profile -> x, }", "cannot stand before \"change_profile\"" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		auto_buf out = BUF_INIT;
		struct bench b;

		begin(&b);
		if (read_text(&b, refusals[i].text))
			fail_msg("not refused: %s", refusals[i].text);
		problems(&b, &out);
		if (!strstr(buf_text(&out), refusals[i].says))
			fail_msg("%s\nshould say %s but says\n%s", refusals[i].text, refusals[i].says,
				 buf_text(&out));
		assert_null(b.policy.profiles);
		assert_int_equal(b.policy.n_profiles, 0);
		end(&b);
	}
}

/* What stands at a line's end in values: joined lines, a lone "\", one before "\r". */
static void test_value_ends(void **state)
{
	static const struct {
		const char *text;
		const char *rule; /* the first of the first profile, "" if there is none; NULL: refused */
	} cases[] = {
		{ "@{A}=a \\\n b\nprofile p { /@{A} r, }", "/{a,b} r," },
		{ "@{A}=a\\\r\n  b\r\nprofile p { /@{A} r, }", "/{a,b} r," },
		{ "@{A}=\\\nb\nprofile p { /@{A} r, }", "/b r," },
		{ "@{A}=a\\", "" },
		{ "@{A}=\\\r", "" },
		{ "@{A}=\\\rb\nprofile p { }", "" },
		{ "@{A}=\\\n", NULL },
		{ "@{A}=a\\ b\nprofile p { \"/@{A}\" r, }", "/a\\ b r," },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		auto_buf out = BUF_INIT;
		struct bench b;

		begin(&b);
		if (read_text(&b, cases[i].text) != !!cases[i].rule)
			fail_msg("case %zu", i);
		if (b.policy.profiles && b.policy.profiles->rules)
			rule_print(b.policy.profiles->rules, &out);
		if (cases[i].rule)
			assert_string_equal(buf_text(&out), cases[i].rule);
		end(&b);
	}
}

/* A NUL byte ends no text, and is refused wherever it stands. */
static void test_nul_bytes(void **state)
{
	static const char *const texts[] = {
		"profile a { /x~y r, }", "profile a { /x\\~y r, }",
		"profile a { \"/x~y\" r, }", "@{A} = x~y\nprofile a { }",
		"@{A} = \"x~y\"\nprofile a { }", "include <x~y>\nprofile a { }",
		"profile a flags=(audit~) { }", "profile a~ { }", "profile a { }~",
		"alias /a~ -> /b,\nprofile a { }", "profile a { signal peer=x~y, }",
		"$B = ~true\nprofile a { }", "profile a { if x~ == y { } }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct bench b;
		char text[64];

		begin(&b);
		strcpy(text, texts[i]);
		*strchr(text, '~') = '\0';
		if (policy_read_text(&b.policy, "test", slice_make(text, strlen(texts[i]))))
			fail_msg("accepted: %s", texts[i]);
		end(&b);
	}
}

static void test_all_problems_at_once(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	assert_false(read_text(&b, "profile a {\n"
				   "  /x rq,\n"
				   "  capability foo,\n"
				   "  /y r,\n"
				   "  /z{ r,\n"
				   "  profile b {\n"
				   "    network foo,\n"
				   "  }\n"
				   "}\n"
				   "profile c flags=(foo) {\n"
				   "  /x r,\n"
				   "}\n"
				   "profile d {\n"
				   "  /x rwa,\n"
				   "}\n"));
	assert_int_equal(b.diag.n_errors, 6);
	for (size_t i = 0; i < 6; i++) {
		static const unsigned lines[] = { 2, 3, 5, 7, 10, 14 };

		assert_int_equal(b.diag.items[i].place.line, lines[i]);
	}
	/* A good file after a bad one is read all the same. */
	assert_true(read_text(&b, "profile e { /x r, }"));
	assert_int_equal(b.policy.n_profiles, 1);
	end(&b);
}

/* Rules and the rows they give. */
struct lowering {
	const char *text;		/* rules of profile p */
	const char *rows;
};

static const struct lowering lowerings[] = {
	{ "/x r,", "2 /x 244\n" },
	{ "/x w,", "2 /x 33fa\n" },
	{ "/x a,", "2 /x 248\n" },
	{ "/x m,", "2 /x 10200\n" },
	{ "/x k,", "2 /x 8200\n" },
	{ "r /x,", "2 /x 244\n" },
	{ "file r /x,", "2 /x 244\n" },
	{ "file /x r,", "2 /x 244\n" },
	{ "\"/a b\" r,", "2 /a b 244\n" },
	{ "/a\\ b r,", "2 /a\\ b 244\n" },
	{ "/a\\d065 r,", "2 /a\\x41 244\n" },
	{ "/a\\o101 r,", "2 /a\\x41 244\n" },
	{ "/a{b,c} r,", "2 /a{b,c} 244\n" },
	{ "deny /x r,", "2 /x 4 deny\n" },
	{ "deny /x w,", "2 /x 31ba deny\n" },
	{ "deny /x x,", "2 /x 1 deny\n" },
	{ "audit owner /x r,", "2 /x 244 owner audit\n" },
	{ "priority=-5 other /x r,", "2 /x 244 other priority -5\n" },
	{ "audit { owner { /x r, } }", "2 /x 244 owner audit\n" },
	{ "/x l,", "2 /x 40200\n13 /x\\x00/[^/]** 8040000\n" },
	{ "/x l -> /y,", "2 /x 40200\n13 /x\\x00/y 40000\n" },
	{ "l /x -> /y,", "2 /x 40200\n13 /x\\x00/y 40000\n" },
	{ "link /x -> /y,", "2 /x 40200\n13 /x\\x00/y 40000\n" },
	{ "link subset /x -> /y,", "2 /x 40200\n13 /x\\x00/y 8040000\n" },
	{ "link /x/* -> /y,", "2 /x/* 40200\n13 /x/[^/\\x00]*\\x00/y 40000\n" },
	{ "deny link /x -> /y,", "13 /x\\x00/y 40000 deny\n" },
	{ "/x ix,", "2 /x 10201 exec 1 0 \n" },
	{ "/x ux,", "2 /x 201 exec 2 0 \n" },
	{ "/x Ux,", "2 /x 201 exec 2 1 \n" },
	{ "/x px,", "2 /x 201 exec 3 0 \n" },
	{ "/x Px,", "2 /x 201 exec 3 1 \n" },
	{ "/x cx,", "2 /x 201 exec 4 0 \n" },
	{ "/x Cx,", "2 /x 201 exec 4 1 \n" },
	{ "/x pix,", "2 /x 10201 exec 3 2 \n" },
	{ "/x Pix,", "2 /x 10201 exec 3 3 \n" },
	{ "/x cix,", "2 /x 10201 exec 4 2 \n" },
	{ "/x Cix,", "2 /x 10201 exec 4 3 \n" },
	{ "/x pux,", "2 /x 201 exec 3 4 \n" },
	{ "/x PUx,", "2 /x 201 exec 3 5 \n" },
	{ "/x Pux,", "2 /x 201 exec 3 5 \n" },
	{ "/x cux,", "2 /x 201 exec 4 4 \n" },
	{ "/x CUx,", "2 /x 201 exec 4 5 \n" },
	{ "/x rPx -> y,", "2 /x 245 exec 3 1 y\n" },
	{ "/x px -> &y,", "2 /x 201 exec 3 8 y\n" },
	{ "/x px -> &z//&y,", "2 /x 201 exec 3 8 z//&y\n" },
	{ "/x ix -> &y,", "2 /x 10201 exec 3 b y\n" },
	/* As AppArmor takes it: nobody has such a name. */
	{ "/x px -> &,", "2 /x 201 exec 3 8 \n" },
	{ "/x px ->y,", "2 /x 201 exec 3 0 y\n" },
	{ "/x px -> :n:y,", "2 /x 201 exec 3 0 :n:y\n" },
	{ "/x cx -> y,", "2 /x 201 exec 3 0 p//y\n" },
	{ "/x px -> \"y z\",", "2 /x 201 exec 3 0 y z\n" },
	{ "unsafe Px /x,", "2 /x 201 exec 3 0 \n" },
	{ "safe px /x,", "2 /x 201 exec 3 1 \n" },
	{ "unsafe /x Px,", "2 /x 201 exec 3 0 \n" },
	{ "file safe /x px,", "2 /x 201 exec 3 1 \n" },
	{ "unsafe ix /x,", "2 /x 10201 exec 1 0 \n" },
	{ "change_profile -> x,", "16 x\\x00 60000000\n16 x\\x00/{**,} 20000000\n" },
	{ "change_profile ->\"x\",", "16 x\\x00 60000000\n16 x\\x00/{**,} 20000000\n" },
	{ "change_profile -> &y//&z,", "16 &y//&z\\x00 60000000\n16 &y//&z\\x00/{**,} 20000000\n" },
	{ "change_profile -> &,", "16 &\\x00 60000000\n16 &\\x00/{**,} 20000000\n" },
	{ "change_profile /y -> x,", "16 x\\x00 20000000\n16 x\\x00/y 20000000\n" },
	{ "change_profile,", "16 **\\x00 60000000\n16 **\\x00/{**,} 20000000\n" },
	{ "deny change_profile -> x,",
	  "16 x\\x00 60000000 deny\n16 x\\x00/{**,} 20000000 deny\n" },
	/* Variables: T = /tmp/, H = /home/x/ and /root/, N = a b, E = "". */
	{ "@{T}/x r,", "2 /tmp/x 244\n" },
	{ "@{H}/x r,", "2 {/home/x,/root}/x 244\n" },
	{ "/a/@{H}x r,", "2 /a/{home/x/,root/}x 244\n" },
	{ "/@{H}x r,", "2 /{home/x/,root/}x 244\n" },
	{ "/@{T}x r,", "2 //tmp/x 244\n" },
	{ "/a//b///c r,", "2 /a/b/c 244\n" },
	{ "//a//b r,", "2 //a/b 244\n" },
	{ "///a r,", "2 /a 244\n" },
	{ "/@{N}/@{N} r,", "2 /{a,b}/{a,b} 244\n" },
	{ "/@{E}x r,", "2 /x 244\n" },
	{ "/@{NEST}x r,", "2 /{a-{a,b},z}x 244\n" },
	{ "/@{COMMA} r,", "2 /{a\\,b,c} 244\n" },
	{ "\"/@{N}\" r,", "2 /{a,b} 244\n" },
	{ "/\\@{N} r,", NULL },
	{ "/@{profile_name} r,", "2 /p 244\n" },
	{ "/x@{VIA} r,", "2 /x/run/p 244\n" },
	{ "/x px -> @{ONE},", "2 /x 201 exec 3 0 one\n" },
	{ "/x px -> &@{ONE}//&y,", "2 /x 201 exec 3 8 one//&y\n" },
	{ "/x px -> @{N},", "2 /x 201 exec 3 0 @{N}\n" },
};

static const char preamble[] = "@{T} = /tmp/\n@{H} = /home/x/ /root/\n@{N} = a b a\n@{E} = \"\"\n"
			       "@{NEST} = a-@{N} z\n@{COMMA} = \"a,b\" c\n@{ONE} = one\n"
			       "@{VIA} = /run/@{profile_name}\n";

static void test_lowering(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lowerings) / sizeof(*lowerings); i++) {
		auto_buf text = BUF_INIT, rows = BUF_INIT, want = BUF_INIT;
		struct bench b;

		begin(&b);
		buf_printf(&text, "%sprofile p {\n%s\n}\n", preamble, lowerings[i].text);
		if (!lowerings[i].rows) {
			assert_false(read_text(&b, buf_text(&text)));
			end(&b);
			continue;
		}
		read_good(&b, buf_text(&text));
		add_rows(b.policy.profiles, &b.policy.arena, &b.diag, &rows);
		buf_printf(&want, "p\n%s", lowerings[i].rows);
		assert_string_equal(buf_text(&rows), buf_text(&want));
		end(&b);
	}
}

struct alias_case {
	const char *preamble;
	const char *rule;
	const char *paths;		/* of the rows, each with a blank behind it */
};

static const struct alias_case alias_cases[] = {
	{ "alias /a/ -> /b/,\n", "/a/x r,", "/a/x /b/x " },
	{ "alias /a/ -> /b/,\n", "/c/a/x r,", "/c/a/x " },
	{ "alias /a/ -> /b/,\nalias /b/ -> /c/,\n", "/a/x r,", "/a/x /b/x /c/x " },
	{ "alias /b/ -> /c/,\nalias /a/ -> /b/,\n", "/a/x r,", "/a/x /b/x " },
	{ "alias /a -> /b,\n", "/ax r,", "/ax /bx " },
	{ "alias /a/ -> /b/,\n@{X} = /a /c\n", "@{X}/x r,", "{/a,/c}/x /b/x " },
	{ "alias /a/ -> /b/,\nalias /q/ -> /r/,\n", "link /a/x -> /q/y,",
	  "/a/x /a/x\\x00/q/y /a/x /a/x\\x00/r/y /b/x /b/x\\x00/q/y /b/x /b/x\\x00/r/y " },
	{ "alias /a/ -> /b/,\n", "/x px -> /a/y,", "/x " },
	{ "alias /a/ -> /b/,\n", "deny /a/* w,", "/a/* /b/* " },
};

static void print_path(void *to, const struct lower_row *row)
{
	buf_printf(to, "%.*s ", SLICE_FMT(row->pattern));
}

static void test_aliases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(alias_cases) / sizeof(*alias_cases); i++) {
		const struct alias_case *c = &alias_cases[i];
		auto_buf text = BUF_INIT, paths = BUF_INIT;
		struct lower_sink sink = { .to = &paths, .row = print_path };
		struct bench b;

		begin(&b);
		buf_printf(&text, "%sprofile p { %s }", c->preamble, c->rule);
		read_good(&b, buf_text(&text));
		sink.arena = &b.policy.arena;
		sink.diag = &b.diag;
		profile_lower(b.policy.profiles, &sink);
		assert_string_equal(buf_text(&paths), c->paths);
		end(&b);
	}
}

struct condition_case {
	const char *condition;
	bool holds;
};

/* With $T true, $F false, @{A} = a, @{AB} = a b, @{BA} = b a, @{N} = 9. */
static const struct condition_case condition_cases[] = {
	{ "$T", true },
	{ "$F", false },
	{ "${T}", true },
	{ "true", true },
	{ "FALSE", false },
	{ "not $F", true },
	{ "not not $F", false },
	{ "$T and $F", false },
	{ "$T or $F", true },
	{ "$F and $F or $T", true },
	{ "$T or $F and $F", true },
	{ "($T or $F) and $F", false },
	{ "not ($T and $F)", true },
	{ "not $T and $F", false },
	{ "not $F or $F", true },
	{ "defined $T", true },
	{ "defined $NONE", false },
	{ "defined @{A}", true },
	{ "defined @A", true },
	{ "defined @{NONE}", false },
	{ "not defined @{NONE} and defined $F", true },
	{ "@{A} == a", true },
	{ "@{A} != a", false },
	{ "@{AB} == @{BA}", true },
	{ "@{AB} != @{A}", true },
	{ "@{A} in @{AB}", true },
	{ "@{AB} in @{A}", false },
	{ "a in @{AB}", true },
	{ "c in @{AB}", false },
	{ "\"a\" == @{A}", true },
	{ "@{N} < 10", true },
	{ "@{N}<10", true },
	{ "@{N} > 10", false },
	{ "@{N} <= 9", true },
	{ "@{N} >= 0x0a", false },
	{ "a < b", true },
	{ "b <= a", false },
	{ "(@{A} == a) and (@{N} == 9)", true },
};

static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(condition_cases) / sizeof(*condition_cases); i++) {
		const struct condition_case *c = &condition_cases[i];
		auto_buf text = BUF_INIT, out = BUF_INIT;
		struct bench b;

		begin(&b);
		buf_printf(&text,
			   "$T = true\n$F = false\n@{A} = a\n@{AB} = a b\n@{BA} = b a\n@{N} = 9\n"
			   "profile p { if %s { /yes r, } else { /no r, } }", c->condition);
		read_good(&b, buf_text(&text));
		profile_print(b.policy.profiles, &out);
		if (!strstr(buf_text(&out), c->holds ? "/yes" : "/no"))
			fail_msg("\"%s\" is not %d", c->condition, c->holds);
		end(&b);
	}
}

struct boolean_case {
	const char *text;
	bool value;
};

/* Of $B; with $T true, $F false, @{A} = a. */
static const struct boolean_case boolean_cases[] = {
	{ "$B = true", true },
	{ "$B = FALSE", false },
	{ "$B = \"true\"", true },
	{ "$B = $T and not $F # why", true },
	{ "$B = $F or \\\n  $T", true },
	{ "$B = ($T and $F)", false },
	{ "$B = @{A} in a", true },
	{ "$B = defined @{NONE}", false },
	{ "$B = true\n$B ?= false", true },
	{ "$B = true\n$B := not $B", false },
	{ "$B ?= @{A} == a", true },
	{ "${B}=$F", false },
};

static void test_booleans(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(boolean_cases) / sizeof(*boolean_cases); i++) {
		auto_buf text = BUF_INIT;
		struct bench b;

		begin(&b);
		buf_printf(&text, "$T=true\n$F=false\n@{A}=a\n%s\nprofile p { if $B { /yes r, } }\n",
			   boolean_cases[i].text);
		read_good(&b, buf_text(&text));
		if (!!b.policy.profiles->rules != boolean_cases[i].value)
			fail_msg("wrong: %s", boolean_cases[i].text);
		end(&b);
	}
}

static void test_branches(void **state)
{
	auto_buf out = BUF_INIT;
	struct bench b;

	(void)state;
	begin(&b);
	read_good(&b, "$F = false\n"
		      "if defined $NONE { @{X} = none\n } else if not $F { @{X} = second\n }\n"
		      "else { @{X} = third\n }\n"
		      "@{X} ?= late\n@{Y} ?= first\n@{Y} := new\n@{Z} = a\\\n   b # comment\n@{Z} += c\n"
		      "profile p {\n"
		      "  if $F { /a r, } else if $F { /b r, } else if defined @{X} { /@{X} r, }\n"
		      "  if $F { ^h { } }\n"
		      "  if not $F { ^h { /@{Y} r, } }\n"
		      "  /@{Z} r,\n"
		      "}\n");
	policy_print(&b.policy, &out);
	assert_string_equal(buf_text(&out), "profile p {\n  /second r,\n  /{a,b,c} r,\n\n"
					    "  hat h {\n    /new r,\n  }\n}\n");
	end(&b);
}

struct head_case {
	const char *head;
	const char *full_name;
	const char *attachments;	/* with a blank behind each */
};

static const struct head_case head_cases[] = {
	{ "/usr/bin/x {", "/usr/bin/x", "/usr/bin/x " },
	{ "profile x {", "x", "" },
	{ "profile x /usr/bin/x {", "x", "/usr/bin/x " },
	{ "profile /usr/bin/x {", "/usr/bin/x", "/usr/bin/x " },
	{ "\"/usr/bin/x y\" {", "/usr/bin/x y", "/usr/bin/x y " },
	{ "profile \"x y\" \"/a b\" {", "x y", "/a b " },
	{ "profile @{B}/x {", "{/bin,/usr/bin}/x", "{/bin,/usr/bin}/x " },
	{ "profile x @{B}/x {", "x", "{/bin,/usr/bin}/x " },
	{ "profile x-@{V} {", "x-v", "" },
	{ ":ns:/x {", "/x", "/x " },
	{ "profile :ns://x {", "x", "" },
	{ "profile x /al/x {", "x", "/al/x /alias/x " },
	{ "profile x /a//b {", "x", "/a/b " },
	{ "/x /y {", "/x", "/y " },
	{ "profile x /x + identities=(a b) + identities=(\"c d\") flags=(complain) {", "x", "/x " },
	{ "profile x /x xattrs=(user.a=\"b*\", c) (audit) {", "x", "/x " },
	{ "hat h /x {", "h", "/x " },
	{ "/x flags = ( complain , audit ){", "/x", "/x " },
};

static void test_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(head_cases) / sizeof(*head_cases); i++) {
		const struct head_case *c = &head_cases[i];
		auto_buf text = BUF_INIT, attachments = BUF_INIT, name = BUF_INIT;
		const struct profile *p;
		struct bench b;

		begin(&b);
		buf_printf(&text, "@{B} = /bin /usr/bin\n@{V} = v\nalias /al/ -> /alias/,\n%s }\n",
			   c->head);
		read_good(&b, buf_text(&text));
		p = b.policy.profiles;
		for (size_t k = 0; k < p->n_attachments; k++)
			buf_printf(&attachments, "%.*s ", SLICE_FMT(p->attachments[k]));
		buf_add_slice(&name, p->full_name);
		assert_string_equal(buf_text(&name), c->full_name);
		assert_string_equal(buf_text(&attachments), c->attachments);
		if (!p->namespace_name.len)
			assert_ptr_equal(policy_find(&b.policy, p->full_name), p);
		end(&b);
	}
}

static void test_flags(void **state)
{
	const struct profile *p;
	struct bench b;

	(void)state;
	begin(&b);
	read_good(&b, "@{D} = /d\n"
		      "profile a flags=(kill, kill.signal=term, error=eperm, audit) { }\n"
		      "profile b flags=(attach_disconnected.path=@{D}, kill.signal=rtmin+3) { }\n"
		      "profile c flags=(default_allow interruptible) { ^h flags=(complain) { } }\n"
		      "profile d flags=(unconfined attach_disconnected mediate_deleted) { }\n");
	p = b.policy.profiles;
	assert_int_equal(p->mode, MODE_KILL);
	assert_int_equal(p->kill_signal, 15);
	assert_int_equal(p->error, 1);
	assert_int_equal(p->flags, PROFILE_AUDIT);
	p = p->next;
	assert_int_equal(p->mode, MODE_ENFORCE);
	assert_int_equal(p->flags, PROFILE_ATTACH_DISCONNECTED);
	assert_true(slice_is(p->disconnected, "/d"));
	assert_int_equal(p->kill_signal, 35);
	p = p->next;
	assert_int_equal(p->flags, PROFILE_DEFAULT_ALLOW | PROFILE_INTERRUPTIBLE);
	assert_int_equal(p->children->mode, MODE_COMPLAIN);
	assert_true(p->children->flags & PROFILE_HAT);
	assert_true(slice_is(p->children->full_name, "c//h"));
	p = p->next;
	assert_int_equal(p->mode, MODE_UNCONFINED);
	assert_int_equal(p->flags, PROFILE_ATTACH_DISCONNECTED | PROFILE_MEDIATE_DELETED);
	assert_int_equal(b.policy.n_profiles, 5);
	end(&b);
}

static void test_builtins(void **state)
{
	auto_buf out = BUF_INIT;
	struct bench b;

	(void)state;
	begin(&b);
	read_good(&b, "profile a /x/* {\n  /n/@{profile_name} r,\n  @{attach_path} r,\n"
		      "  @{exec_path}/y r,\n  ^h { /n/@{profile_name} r, }\n"
		      "  profile c /z { @{exec_path} r, }\n}\n");
	policy_print(&b.policy, &out);
	assert_string_equal(buf_text(&out),
			    "profile a /x/* {\n  /n/a r,\n  /x/* r,\n  /x/*/y r,\n\n"
			    "  hat h {\n    /n/a/h r,\n  }\n\n  profile c /z {\n    /z r,\n  }\n}\n");
	end(&b);
	/* What the file assigns wins over the attachment. */
	begin(&b);
	buf_clear(&out);
	read_good(&b, "@{exec_path} = /own\nprofile a @{exec_path} { @{exec_path} r, }\n"
		      "profile b /b { @{exec_path} r, }\n");
	policy_print(&b.policy, &out);
	assert_string_equal(buf_text(&out), "profile a /own {\n  /own r,\n}\n\n"
					    "profile b /b {\n  /own r,\n}\n");
	end(&b);
}

static void test_includes(void **state)
{
	static const char *const ignored[] = {
		"d/.hidden", "d/README", "d/a~", "d/a.dpkg-new", "d/a.dpkg-old", "d/a.dpkg-dist",
		"d/a.dpkg-bak", "d/a.dpkg-remove", "d/a.pacsave", "d/a.pacnew", "d/a.rpmnew",
		"d/a.rpmsave", "d/a.orig", "d/a.rej",
	};
	auto_buf out = BUF_INIT, path = BUF_INIT;
	struct bench b;

	(void)state;
	begin(&b);
	write_file(&b, "vars", "@{V} = v\n");
	write_file(&b, "more", "include <vars>\n@{V} += w\n");
	write_file(&b, "rules", "/rules/@{V} r,\n#include <deeper>\n");
	write_file(&b, "deeper", "  # comment\n/deeper r,   include <rules>\n");
	write_file(&b, "with space", "/space r,\n");
	make_dir(&b, "d");
	write_file(&b, "d/b", "/d/b r,\n");
	write_file(&b, "d/a", "/d/a r,\n");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		write_file(&b, ignored[i], "nonsense");
	make_dir(&b, "d/sub");
	buf_printf(&path,
		   "include <vars>\ninclude <vars>\ninclude if exists <nothing>\n"
		   "include <more>\n"
		   "profile p {\n  #include <rules> include <d/>\n  include <d>\n"
		   "  include <\"with space\">\n  include \"%s/with space\"\n"
		   "  audit {\n include <deeper>\n }\n"
		   "  include if exists <gone/away>\n"
		   "  ^h { include <deeper> }\n}\n", b.dir);
	read_good(&b, buf_text(&path));
	policy_print(&b.policy, &out);
	assert_string_equal(buf_text(&out),
			    "profile p {\n  /rules/{v,w} r,\n  /deeper r,\n  /d/a r,\n  /d/b r,\n"
			    "  /space r,\n  audit /deeper r,\n  audit /rules/{v,w} r,\n\n"
			    "  hat h {\n    /deeper r,\n    /rules/{v,w} r,\n  }\n}\n");
	end(&b);
}

/* An included file is parsed once; each profile has its own variables in it all the same. */
static void test_include_is_shared(void **state)
{
	auto_buf out = BUF_INIT;
	struct bench b;

	(void)state;
	begin(&b);
	write_file(&b, "rules", "/a/@{V} r,\n/b r,\n");
	read_good(&b, "@{V} = one\nprofile a { include <rules> }\nprofile a2 { include <rules> }");
	/* It is gone, and was read already. */
	write_file(&b, "rules", "nonsense");
	read_good(&b, "@{V} = two\nalias /b -> /c,\nprofile b { include <rules> }");
	read_good(&b, "@{V} = one\nprofile c { include <rules> }");
	policy_print(&b.policy, &out);
	assert_string_equal(buf_text(&out),
			    "profile a {\n  /a/one r,\n  /b r,\n}\n\n"
			    "profile a2 {\n  /a/one r,\n  /b r,\n}\n\n"
			    "profile b {\n  /a/two r,\n  /b r,\n  /c r,\n}\n\n"
			    "profile c {\n  /a/one r,\n  /b r,\n}\n");
	/* Two profiles of one file share what their rules say. */
	assert_ptr_equal(b.policy.profiles->rules->detail, b.policy.profiles->next->rules->detail);
	end(&b);
	/* A bad one fails whoever includes it, and is told about once. */
	begin(&b);
	write_file(&b, "bad", "/a rq,\n");
	assert_false(read_text(&b, "profile a { include <bad> }"));
	assert_false(read_text(&b, "profile b { include <bad> }"));
	assert_int_equal(b.diag.n_errors, 1);
	assert_true(strstr(b.diag.items[0].place.source->name, "/bad") != NULL);
	end(&b);
}

static void test_abi(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	write_file(&b, "features", "file {mask {read write\n}\n}\n");
	write_file(&b, "broken", "file {mask {read write\n}\n");
	read_good(&b, "abi <features>,\nprofile a { }\n");
	assert_true(slice_is(b.policy.profiles->abi_name, "features"));
	read_good(&b, "abi <kernel>,\nprofile b { abi <features>, ^h { } }\n");
	assert_true(slice_is(b.policy.profiles->next->abi_name, "features"));
	assert_true(slice_is(b.policy.profiles->next->children->abi_name, "features"));
	assert_false(read_text(&b, "abi <broken>,\nprofile c { }\n"));
	end(&b);
}

/* The text printed, read and printed again is the same, and so are its rows. */
static void check_fixed_point(struct bench *b, const char *name)
{
	auto_buf first = BUF_INIT, second = BUF_INIT, rows = BUF_INIT, again = BUF_INIT;
	auto_buf out = BUF_INIT;
	struct bench copy;

	begin(&copy);
	policy_print(&b->policy, &first);
	if (!read_text(&copy, buf_text(&first))) {
		problems(&copy, &out);
		fail_msg("%s: what was printed is refused:\n%s", name, buf_text(&out));
	}
	policy_print(&copy.policy, &second);
	assert_string_equal(buf_text(&first), buf_text(&second));
	add_rows(b->policy.profiles, &b->policy.arena, &b->diag, &rows);
	add_rows(copy.policy.profiles, &copy.policy.arena, &copy.diag, &again);
	assert_string_equal(buf_text(&rows), buf_text(&again));
	end(&copy);
}

static const char *const printed[] = {
	"profile \"a b\" \"/x y\" { \"/a b\" r, /c\\ d w, \"/q\\\"q\" r, /p(x)=y r, }",
	"profile a /x/{b,c}* flags=(complain audit error=ENOENT kill.signal=rtmin+1 debug) { }",
	"profile a flags=(enforce attach_disconnected.path=/x/ attach_disconnected.ipc) { }",
	"profile a /x xattrs=(user.a=\"b c\" d) + identities=(\"e f\" g) { }",
	"@{X} = /a /b\nprofile @{X}/x { @{X}/y px -> z, link subset @{X} -> @{X}/q, }",
	"@{X}=\\\"\\\\b\\d065\nprofile /@{X} { /@{X} r, \"/@{X} c\" r, /q\\\"q px -> a\\\"b, }",
	"alias /a -> /b,\n/a/x { /a/y rw, deny /a/z w, }",
	":ns:x { /a r, ^h { } profile c { /b Cx -> d, profile d { } } }",
	"profile a { priority=-7 audit deny owner /x rwklm, allow other /y a, prompt /z r, quiet /q r, }",
	"profile a { file, deny file, audit file, link /a -> /b, l subset /a -> /b, /c lrPUx -> d, }",
	"profile a { la l, file r \"r\", link \"subset\" -> /x, file \"safe\" px, }",
	"profile a { change_profile, change_profile -> b, change_profile unsafe /x -> \"b c\", }",
	"profile a { set rlimit nofile <= 10, capability chown, network inet stream, all, }",
	"profile a { \"{/a,/b}/c\" r, /x px -> &y, /comma\\,x r, \"/trail,\" r, /tab\\tx r, \"/\\\\x\" r, }",
};

static void test_fixed_point(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(printed) / sizeof(*printed); i++) {
		struct bench b;

		begin(&b);
		read_good(&b, printed[i]);
		check_fixed_point(&b, printed[i]);
		end(&b);
	}
}

static void test_installed(void **state)
{
	static const char dir[] = "/etc/apparmor.d";
	static const char *const dirs[] = { dir, NULL };
	auto_dir d = opendir(dir);
	size_t n = 0;

	(void)state;
	for (struct dirent *entry; d && (entry = readdir(d));) {
		auto_buf path = BUF_INIT, out = BUF_INIT;
		struct bench b;
		struct stat st;

		buf_printf(&path, "%s/%s", dir, entry->d_name);
		if (stat(buf_text(&path), &st) < 0 || !S_ISREG(st.st_mode) ||
		    strstr(entry->d_name, ".dpkg-"))
			continue;
		begin(&b);
		policy_release(&b.policy);
		b.options.include_dirs = dirs;
		policy_init(&b.policy, &b.options, &b.diag);
		if (!policy_read_file(&b.policy, buf_text(&path))) {
			problems(&b, &out);
			fail_msg("%s is refused:\n%s", buf_text(&path), buf_text(&out));
		}
		check_fixed_point(&b, buf_text(&path));
		end(&b);
		n++;
	}
	if (!n) {
		print_message("no profiles in %s\n", dir);
		skip();
	}
}

static void repeat(struct buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_add_text(out, text);
}

/* What is one less than too much is good, and what is one more is refused with these words. */
static void check_limit(const struct buf *good, const struct buf *bad, const char *says)
{
	auto_buf out = BUF_INIT;
	struct bench b;

	begin(&b);
	read_good(&b, buf_text(good));
	end(&b);
	begin(&b);
	assert_false(policy_read_text(&b.policy, "test", buf_slice(bad)));
	problems(&b, &out);
	if (!strstr(buf_text(&out), says))
		fail_msg("should say %s but says\n%.2000s", says, buf_text(&out));
	end(&b);
}

static void test_limit_nesting(void **state)
{
	static const struct {
		const char *before, *open, *inside, *close, *after;
		size_t n_outside;	/* levels taken by what is around */
	} cases[] = {
		{ "", "profile p {", "/x r,", "}", "", 0 },
		{ "profile p {", "audit {", "/x r,", "}", "}", 1 },
		{ "profile p {", "if true {", "/x r,", "}", "}", 1 },
		{ "profile p { if ", "(", "true", ")", "{ } }", 2 },
		{ "profile p { if ", "not ", "true", "", "{ } }", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf texts[2] = { BUF_INIT, BUF_INIT };

		for (size_t k = 0; k < 2; k++) {
			size_t n = POLICY_NESTING_MAX - cases[i].n_outside + k;

			buf_add_text(&texts[k], cases[i].before);
			repeat(&texts[k], cases[i].open, n);
			buf_add_text(&texts[k], cases[i].inside);
			repeat(&texts[k], cases[i].close, n);
			buf_add_text(&texts[k], cases[i].after);
		}
		check_limit(&texts[0], &texts[1], "nested more than 64 levels deep");
		buf_release(&texts[0]);
		buf_release(&texts[1]);
	}
}

static void test_limit_includes(void **state)
{
	auto_buf out = BUF_INIT;
	struct bench b;

	(void)state;
	begin(&b);
	for (int i = 0; i < POLICY_INCLUDE_DEPTH + 2; i++) {
		char name[16], text[48];

		snprintf(name, sizeof(name), "f%d", i);
		snprintf(text, sizeof(text), "include if exists <f%d>\n", i + 1);
		write_file(&b, name, text);
	}
	read_good(&b, "profile a { include <f3> }");
	assert_false(read_text(&b, "profile b { include <f0> }"));
	problems(&b, &out);
	assert_non_null(strstr(buf_text(&out), "more than 64 files deep"));
	end(&b);
}

/* Profiles that include each other's bodies nest without nesting in any one text. */
static void test_limit_nesting_through_includes(void **state)
{
	auto_buf out = BUF_INIT;
	struct bench b;

	(void)state;
	begin(&b);
	write_file(&b, "self", "profile x { include <self> }\n");
	read_text(&b, "profile a { include <self> }");
	problems(&b, &out);
	assert_non_null(strstr(buf_text(&out), b.is_good ? "includes itself" : "64"));
	end(&b);
}

static void test_limit_sizes(void **state)
{
	auto_buf good = BUF_INIT, bad = BUF_INIT;

	(void)state;
	/* A file. */
	buf_add_text(&good, "profile a { /x r, }\n");
	repeat(&good, " ", POLICY_FILE_MAX - good.len);
	buf_add_slice(&bad, buf_slice(&good));
	buf_add_char(&bad, ' ');
	check_limit(&good, &bad, "more than 16777216 bytes of text");
	/* A name. */
	for (size_t k = 0; k < 2; k++) {
		struct buf *text = k ? &bad : &good;

		buf_clear(text);
		buf_add_text(text, "profile ");
		repeat(text, "n", POLICY_NAME_MAX + k);
		buf_add_text(text, " { }");
	}
	check_limit(&good, &bad, "this name has more than 4096 bytes");
	/* A pattern as it is written, and with its variables put in. */
	for (size_t k = 0; k < 2; k++) {
		struct buf *text = k ? &bad : &good;

		buf_clear(text);
		buf_add_text(text, "profile a { /");
		repeat(text, "n", POLICY_PATTERN_MAX - 1 + k);
		buf_add_text(text, " r, }");
	}
	check_limit(&good, &bad, "a pattern of more than 65536 bytes");
	for (size_t k = 0; k < 2; k++) {
		struct buf *text = k ? &bad : &good;

		buf_clear(text);
		buf_add_text(text, "@{V} = ");
		repeat(text, "n", POLICY_PATTERN_MAX / 2 - 1 + k);
		buf_add_text(text, "\nprofile a { /@{V}/@{V} r, }");
	}
	check_limit(&good, &bad, "with its variables put in, this is more than 65536 bytes");
}

static void test_limit_expansions(void **state)
{
	auto_buf good = BUF_INIT, bad = BUF_INIT;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct buf *text = k ? &bad : &good;

		buf_add_text(text, "@{V} =");
		for (int i = 0; i < 256; i++)
			buf_printf(text, " v%d", i);
		buf_add_text(text, "\n@{W} = @{V}-@{V}\n");
		buf_add_text(text, k ? "@{X} = @{W}-@{V}\n" : "@{X} = @{W}\n");
		buf_add_text(text, "profile a { if x in @{X} { /x r, } }\n");
	}
	check_limit(&good, &bad, "more than 65536 values");
}

/* Texts that are almost right never crash the reader, nor are they read by halves. */
static void test_mangled(void **state)
{
	static const char alphabet[] = "{}[]()\"\\,@$^#:=-> \n/*?aprxw&!";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		const char *from = printed[round % (sizeof(printed) / sizeof(*printed))];
		auto_buf text = BUF_INIT;
		struct bench b = { .is_good = false };

		buf_add_text(&text, from);
		for (int i = 0; i < 3; i++) {
			seed = seed * 1103515245 + 12345;
			text.data[(seed >> 8) % text.len] = alphabet[(seed >> 4) % (sizeof(alphabet) - 1)];
		}
		policy_init(&b.policy, NULL, &b.diag);
		if (!read_text(&b, buf_text(&text))) {
			assert_true(b.diag.n_errors > 0);
			assert_null(b.policy.profiles);
		} else {
			assert_int_equal(b.diag.n_errors, 0);
		}
		policy_release(&b.policy);
		diag_release(&b.diag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_value_ends),
		cmocka_unit_test(test_all_problems_at_once),
		cmocka_unit_test(test_lowering),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_builtins),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_include_is_shared),
		cmocka_unit_test(test_abi),
		cmocka_unit_test(test_fixed_point),
		cmocka_unit_test(test_installed),
		cmocka_unit_test(test_limit_nesting),
		cmocka_unit_test(test_limit_includes),
		cmocka_unit_test(test_limit_nesting_through_includes),
		cmocka_unit_test(test_limit_sizes),
		cmocka_unit_test(test_limit_expansions),
		cmocka_unit_test(test_mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
