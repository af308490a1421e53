/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compiled image against rule-by-rule evaluation: random profiles, random requests. Both must say
 * the same of each, masks and transitions alike.
 */
#include "base/io.h"
#include "compile/compile.h"
#include "compile/lead.h"
#include "compile/link.h"
#include "compile/provenance.h"
#include "image/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

enum { N_PROFILES = 400, N_REQUESTS = 120 };

static const char *const no_dirs[] = { "/nonexistent", NULL };
static uint32_t seed = 3;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

#define PICK(list) ((list)[roll(sizeof(list) / sizeof((list)[0]))])

static void random_path(struct buf *out)
{
	static const char *const parts[] = { "a", "b", "ab", "*", "**", "?", "{a,b}", "[ab]", "c" };

	for (uint32_t n = 1 + roll(3); n; n--) {
		buf_add_char(out, '/');
		buf_add_text(out, PICK(parts));
	}
}

static void random_rule(struct buf *out)
{
	static const char *const before[] = { "", "", "", "audit ", "owner ", "deny ", "audit deny ",
					      "deny owner ", "priority=1 ", "priority=2 deny ",
					      "priority=-1 " };
	static const char *const perms[] = { "r", "w", "rw", "m", "rk", "a", "l", "rl", "ix" };
	const char *first = PICK(before), *letters = PICK(perms);
	bool is_deny = strstr(first, "deny");

	buf_printf(out, "  %s", first);
	random_path(out);
	buf_printf(out, " %s,\n", is_deny && !strcmp(letters, "ix") ? "x" : letters);
}

static void random_policy(struct buf *out)
{
	buf_add_text(out, "profile p {\n");
	for (uint32_t n = roll(10); n; n--)
		random_rule(out);
	buf_add_text(out, "  signal send set=(term) peer=q,\n  deny capability sys_admin,\n"
			  "  capability kill,\n}\n");
}

static void random_object(struct buf *out)
{
	buf_clear(out);
	for (uint32_t n = 1 + roll(4); n; n--) {
		buf_add_char(out, '/');
		buf_add_text(out, &"ab\0a\0b\0c\0abc"[roll(5) * 2 + (roll(5) == 4)]);
	}
	if (!roll(5))
		buf_add_char(out, '/');
}

static void same(const struct verdict *v, const struct provenance_answer *a, const char *policy,
		 const char *object)
{
	if (v->allowed == a->allowed && v->missing == a->missing && v->denied == a->denied &&
	    v->audit == a->audit && v->quiet == a->quiet && v->exec.kind == a->exec.kind)
		return;
	fail_msg("%s of %s: image %x %x %x %x %x, rules %x %x %x %x %x", policy, object, v->allowed,
		 v->missing, v->denied, v->audit, v->quiet, a->allowed, a->missing, a->denied, a->audit,
		 a->quiet);
}

static void ask(const struct image *img, struct provenance *p, const char *text)
{
	auto_buf object = BUF_INIT;
	auto_buf other = BUF_INIT;
	struct provenance_answer a;
	struct verdict v;
	bool is_owner = roll(2);

	random_object(&object);
	v = image_decide(img, 0, CLASS_FILE, buf_slice(&object), UINT32_MAX, is_owner);
	assert_true(provenance_decide(p, SLICE("p"), CLASS_FILE, buf_slice(&object), UINT32_MAX,
				      is_owner, &a));
	same(&v, &a, text, buf_text(&object));
	random_object(&other);
	v = image_decide_link(img, 0, buf_slice(&object), buf_slice(&other), is_owner);
	buf_add_char(&object, '\0');
	buf_add_slice(&object, buf_slice(&other));
	assert_true(provenance_decide(p, SLICE("p"), CLASS_LINK, buf_slice(&object), PERM_LINK,
				      is_owner, &a));
	same(&v, &a, text, buf_text(&object));
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
			fail_msg("%s%s", buf_text(&text), buf_text(&problems));
		}
		assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
		p = provenance_new(&policy);
		for (int k = 0; k < N_REQUESTS; k++)
			ask(&img, p, buf_text(&text));
		provenance_free(p);
		policy_release(&policy);
		diag_release(&diag);
	}
}

/* The same meaning in other words gives the same bytes, but for the places. */
static void compile(const char *text, struct buf *out)
{
	const struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	struct policy policy;

	policy_init(&policy, &options, &diag);
	assert_true(policy_read_text(&policy, "text", slice_of(text)));
	assert_true(compile_policy(&policy, out));
	policy_release(&policy);
	diag_release(&diag);
}

static void test_same_meaning(void **state)
{
	auto_buf a = BUF_INIT;
	auto_buf b = BUF_INIT;

	(void)state;
	compile("profile p { /a r, /b w, deny /c r, }", &a);
	compile("profile p { deny /c r, /{a,b} r, deny /b r, /b w, }", &b);
	assert_false(a.len == b.len && !memcmp(a.data, b.data, a.len));
	buf_clear(&b);
	compile("profile p { deny /c r, /b w, /a r, /[a] r, }", &b);
	assert_true(a.len == b.len && !memcmp(a.data, b.data, a.len));
}

static const struct attach_case {
	const char *text;
	const char *path;
	const char *profile;		/* "": none, "?": ambiguous; of profile "p": among its children;
					   "!": it cannot be known */
} attach_cases[] = {
	{ "profile a /usr/bin/* { } profile b /usr/bin/x* { }", "/usr/bin/xy", "b" },
	{ "profile a /usr/bin/* { } profile b /usr/bin/x* { }", "/usr/bin/y", "a" },
	{ "profile a /usr/bin/* { } profile b /usr/bin/x* { }", "/bin/y", "" },
	{ "profile a /usr/{bin,sbin}/f* { } profile b /usr/sbin/f* { }", "/usr/sbin/fo", "?" },
	{ "profile a /usr/{bin,sbin}/f* { } profile b /usr/sbin/f* { }", "/usr/bin/fo", "a" },
	{ "profile a /usr/{,local/}bin/* { } profile b /usr/** { }", "/usr/local/bin/fo", "a" },
	{ "profile a /bin/x { } profile b /bin/* { }", "/bin/x", "a" },
	{ "profile a /bin/x { } profile b /bin/x* { }", "/bin/x", "?" },
	{ "profile a /bin/x { } profile b /bin/x* { }", "/bin/xy", "b" },
	{ "profile a /bin/x { } profile b /bin/[xy] { }", "/bin/x", "?" },
	{ "profile a /bin/x { } profile b /bin/{x,*} { }", "/bin/x", "?" },
	{ "profile a /bin/{x,*} { } profile b /bin/{y,*} { }", "/bin/y", "b" },
	{ "/bin/x { } profile b /bin/x* { } profile c /bin/x { }", "/bin/x", "/bin/x" },
	{ "profile /bin/x /bin/{x,y} { } profile c /bin/x { }", "/bin/x", "?" },
	{ "profile a /{**,bin/x} { } profile b /bin/* { }", "/bin/x", "a" },
	{ "profile a /{**,bin/x} { } profile b /bin/* { }", "/bin/y", "b" },
	{ "profile a /bin/??x { } profile b /bin/*x { }", "/bin/abx", "?" },
	{ "profile a /bin/x xattrs=(user.a=b) { } profile b /** { }", "/bin/x", "b" },
	{ "profile a /bin/x xattrs=(user.a=b) { }", "/bin/x", "" },
	{ "profile p { profile k /x* { } profile l /xy { } }", "/xyz", "p//k" },
	{ "profile p { profile k /x* { } profile l /xy* { } }", "/xyz", "p//l" },
	{ "profile p { profile k /x* { } profile l /x?z { } }", "/xyz", "?" },
	{ "profile p { profile /xyz { } profile l /xyz { } }", "/xyz", "p///xyz" },
};

static const struct {
	struct attach_case c;
	const char *attributes;		/* see get_attribute() */
} xattr_cases[] = {
	{ { "profile a /bin/x xattrs=(user.a) { }", "/bin/x", "a" }, "user.a=" },
	{ { "profile a /bin/x xattrs=(user.a=x*) { }", "/bin/x", "a" }, "user.a=x" },
	{ { "profile a /bin/x xattrs=(user.a=x*) { }", "/bin/x", "" }, "user.a=y" },
	{ { "profile a /bin/x xattrs=(user.a=x* user.b) { }", "/bin/x", "" }, "user.a=x" },
	{ { "profile a /bin/x xattrs=(user.a=x* user.b) { }", "/bin/x", "a" }, "user.b=,user.a=x" },
	/* More attributes, the longer path, the name. */
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* { }", "/bin", "a" }, "user.a=" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* { }", "/bin", "b" }, "user.b=" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /bi* { }", "/bin", "b" }, "user.a=" },
	{ { "profile a /b* xattrs=(user.a) { } /bin { }", "/bin", "/bin" }, "user.a=" },
	{ { "profile a /bin xattrs=(user.a) { } /bin { }", "/bin", "/bin" }, "user.a=" },
	{ { "/bin xattrs=(user.a) { } profile b /bin { }", "/bin", "/bin" }, "user.a=" },
	{ { "/bin xattrs=(user.a) { } profile b /bin { }", "/bin", "b" }, "user.b=" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* xattrs=(user.b) { } profile c /b* { }", "/bin", "?" }, "user.a=,user.b=" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* xattrs=(user.b) { } profile c /b* { }", "/bin", "b" }, "user.b=" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* xattrs=(user.b) { } profile c /b* { }", "/bin", "c" }, "" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* { } profile c /b* { }", "/bin", "?" }, "" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /b* { } profile c /b* { }", "/bin", "a" }, "user.a=" },
	{ { "profile a /b* xattrs=(user.a user.b) { } profile b /b* xattrs=(user.b) { }", "/bin", "a" }, "user.a=,user.b=" },
	{ { "profile a /{b,bi}* xattrs=(user.a) { } profile b /b* xattrs=(user.b user.c) { }", "/bin", "a" }, "user.a=,user.b=,user.c=" },
	/* What cannot be read matters where it decides. */
	{ { "profile a /b* xattrs=(user.a) { }", "/bin", "!" }, "!user.a" },
	{ { "profile a /b* xattrs=(user.a) { }", "/c", "" }, "!user.a" },
	{ { "profile a /b* xattrs=(user.a) { } profile b /bi* xattrs=(user.b) { }", "/bin", "b" }, "user.b=,!user.a" },
	{ { "profile p { profile k /x* xattrs=(user.a) { } profile l /x* { } }", "/xyz", "p//k" }, "user.a=" },
	{ { "profile p { profile k /x* xattrs=(user.a) { } profile l /x* { } }", "/xyz", "p//l" }, "" },
};

/* "NAME=VALUE,NAME=VALUE,!NAME": the last one cannot be read. */
static int get_attribute(void *of, const char *name, struct slice *value)
{
	size_t len = strlen(name);

	for (const char *at = of; *at; at += strcspn(at, ","), at += *at == ',') {
		if (*at == '!' && !strncmp(at + 1, name, len))
			return -EACCES;
		if (!strncmp(at, name, len) && at[len] == '=') {
			*value = slice_make(at + len + 1, strcspn(at + len + 1, ","));
			return 1;
		}
	}
	return 0;
}

static void check_attach(const struct attach_case *c, const char *has)
{
	struct image_attributes attributes = { get_attribute, (void *)(uintptr_t)has };
	const char *got = "";
	auto_buf bytes = BUF_INIT;
	struct image img;
	uint32_t of, number;

	compile(c->text, &bytes);
	assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
	of = image_find_profile(&img, SLICE("p"));
	number = image_attach(&img, of, slice_of(c->path), has ? &attributes : NULL);
	if (number == IMAGE_UNREADABLE)
		got = "!";
	else if (number == IMAGE_AMBIGUOUS)
		got = "?";
	else if (number != IMAGE_NONE)
		got = image_text(&img, img.profiles[number].name);
	if (strcmp(got, c->profile) != 0)
		fail_msg("%s, %s: \"%s\"", c->text, c->path, got);
}

static void test_attach(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attach_cases) / sizeof(attach_cases[0]); i++)
		check_attach(&attach_cases[i], NULL);
	for (size_t i = 0; i < sizeof(xattr_cases) / sizeof(xattr_cases[0]); i++)
		check_attach(&xattr_cases[i].c, xattr_cases[i].attributes);
}

/* A pattern of more alternatives than are told apart is as specific as its least one. */
static void test_attach_limit(void **state)
{
	auto_buf few = BUF_INIT;
	auto_buf many = BUF_INIT;

	(void)state;
	buf_add_text(&few, "profile b /{b/b,[cd]/b} { } profile a /{b/b");
	for (int i = 2; i < LEAD_PARTS_MAX; i++)
		buf_printf(&few, ",%d", i);
	buf_add_slice(&many, buf_slice(&few));
	buf_add_text(&few, "} { }");
	buf_add_text(&many, ",x,y} { }");
	check_attach(&(struct attach_case){ buf_text(&few), "/b/b", "?" }, NULL);
	check_attach(&(struct attach_case){ buf_text(&many), "/b/b", "b" }, NULL);
}

static const char *const clashing[] = {
	"profile p { /bin/x ix, /bin/x px, }",
	"profile p { /bin/* ix, /bin/?x px, }",
	"profile p { /bin/x px -> a, /bin/x px -> b, }",
	"profile p { /bin/* ix, /bin/? px, /bin/{x,y} ix, }",
	"profile p { /bin/* ix, /bin/? px, deny /bin/** x, }",
	"profile p { owner /bin/x ix, /bin/x px, deny owner /** x, }",
	"profile p { /bin/x ix, /bin/x px, /bin/* cx, }",
};

static const char *const peaceful[] = {
	"profile p { /bin/x ix, /bin/* px, }",
	"profile p { /bin/x ix, /bin/x ix, }",
	"profile p { /bin/a* ix, /bin/b* px, }",
	"profile p { /bin/* ix, /bin/x px, deny /bin/** x, }",
	"profile p { /bin/* ix, /bin/? px, priority=1 /bin/** ux, }",
};

static bool compiles(const char *text)
{
	const struct policy_options options = { .include_dirs = no_dirs };
	auto_buf bytes = BUF_INIT;
	struct diag diag = DIAG_INIT;
	struct policy policy;
	bool is_good;

	policy_init(&policy, &options, &diag);
	is_good = policy_read_text(&policy, "text", slice_of(text)) && compile_policy(&policy, &bytes);
	assert_true(is_good || (diag.n_errors && !bytes.len));
	policy_release(&policy);
	diag_release(&diag);
	return is_good;
}

static void test_clashes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clashing) / sizeof(clashing[0]); i++)
		if (compiles(clashing[i]))
			fail_msg("should clash: %s", clashing[i]);
	for (size_t i = 0; i < sizeof(peaceful) / sizeof(peaceful[0]); i++)
		if (!compiles(peaceful[i]))
			fail_msg("should not clash: %s", peaceful[i]);
}

/* --- units --- */

static const char *const unit_texts[] = {
	"/usr/bin/z flags=(complain) { /a/** rw, /b px, /c cx -> d, profile d { /e r, } ^h { /f w, } }",
	"profile a /{,usr/}bin/a* { /a/** rw, /b px, /c px -> /usr/bin/z//d, signal, }",
	"profile :n:b { } profile c /usr/bin/ab { deny /a/** w, owner /x k, /c px -> nobody, }",
	"profile a2 /bin/a? { /a/** rw, /b px, /c px -> /usr/bin/z//d, signal, } /b { }",
};
enum { N_UNITS = sizeof(unit_texts) / sizeof(unit_texts[0]) };

struct unit {
	struct policy policy;
	struct buf summary;
	struct buf body;
	struct image image;
};

static const struct image *open_unit(void *of, uint32_t number)
{
	return &((struct unit *)of)[number].image;
}

static void make_unit(struct unit *u, struct policy_trees *trees, const char *text,
		      struct diag *diag)
{
	struct policy_options options = { .trees = trees };
	struct summary summary = { 0 };

	policy_init(&u->policy, &options, diag);
	assert_true(policy_read_text(&u->policy, "unit", slice_of(text)));
	assert_true(compile_unit(&u->policy, &summary, &u->body));
	summary_write(&summary, &u->summary);
	summary_release(&summary);
	policy_release(&u->policy);
	assert_int_equal(image_open(u->body.data, u->body.len, &u->image, NULL), 0);
}

static void whole_image(struct buf *out, struct diag *diag)
{
	struct policy_options options = { .include_dirs = no_dirs };
	struct policy policy;

	policy_init(&policy, &options, diag);
	for (int i = 0; i < N_UNITS; i++)
		assert_true(policy_read_text(&policy, "unit", slice_of(unit_texts[i])));
	assert_true(compile_policy(&policy, out));
	policy_release(&policy);
}

/* Unit by unit, in any order, is byte for byte what all at once is, warnings included. */
static void test_units(void **state)
{
	struct diag whole_diag = DIAG_INIT, diag = DIAG_INIT;
	struct policy_trees *trees = policy_trees_new(no_dirs);
	struct unit units[N_UNITS] = { 0 };
	struct link_units all = { units, open_unit };
	auto_buf whole = BUF_INIT;
	auto_buf linked = BUF_INIT;
	struct summary summary = { 0 };
	FILE *file = tmpfile();

	(void)state;
	whole_image(&whole, &whole_diag);
	for (uint32_t i = N_UNITS; i-- > 0;) {
		make_unit(&units[i], trees, unit_texts[i], &diag);
		assert_true(summary_read(&summary, buf_slice(&units[i].summary), i));
	}
	summary_sort(&summary);
	assert_true(summary_check(&summary, false, &diag));
	assert_true(link_units(&summary, &all, fileno(file), &diag));
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	assert_int_equal(io_read_fd(fileno(file), "linked", 1 << 20, &linked, NULL), 0);
	assert_int_equal(linked.len, whole.len);
	assert_memory_equal(linked.data, whole.data, whole.len);
	assert_int_equal(diag.n_warnings, whole_diag.n_warnings);
	assert_true(diag.n_warnings > 0);
	for (int i = 0; i < N_UNITS; i++) {
		buf_release(&units[i].summary);
		buf_release(&units[i].body);
	}
	fclose(file);
	summary_release(&summary);
	policy_trees_free(trees);
	diag_release(&whole_diag);
	diag_release(&diag);
}

/* What was kept of a unit may be damaged: it is refused, or read, and nothing worse. */
static void test_damaged_link(void **state)
{
	struct diag diag = DIAG_INIT;
	struct policy_trees *trees = policy_trees_new(no_dirs);
	struct unit unit = { 0 };
	int n_refused = 0;

	(void)state;
	make_unit(&unit, trees, unit_texts[0], &diag);
	for (size_t i = 0; i < unit.summary.len; i++) {
		struct summary summary = { 0 };
		char was = unit.summary.data[i];

		unit.summary.data[i] = (char)(was ^ 1 << roll(8));
		n_refused += !summary_read(&summary, buf_slice(&unit.summary), 0);
		summary_release(&summary);
		n_refused += !summary_read(&summary, slice_make(unit.summary.data, i), 0);
		summary_release(&summary);
		unit.summary.data[i] = was;
	}
	assert_true(n_refused > (int)unit.summary.len);
	buf_release(&unit.summary);
	buf_release(&unit.body);
	policy_trees_free(trees);
	diag_release(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_same_meaning),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_attach_limit),
		cmocka_unit_test(test_clashes),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_damaged_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
