/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diff against the slow way: what it tells is true by rule-by-rule evaluation of both policies, and
 * of policies that it calls the same no request of many is answered differently.
 */
#include "compile/compile.h"
#include "compile/diff.h"
#include "compile/provenance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

enum { N_PAIRS = 1500, N_REQUESTS = 60 };

static const char *const no_dirs[] = { "/nonexistent", NULL };
static uint32_t seed = 11;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

#define PICK(list) ((list)[roll(sizeof(list) / sizeof((list)[0]))])

struct side {
	struct diag diag;
	struct policy policy;
	struct buf bytes;
	struct image image;
	struct provenance *rules;
};

static void open_side(struct side *s, const char *text)
{
	const struct policy_options options = { .include_dirs = no_dirs };
	auto_buf problems = BUF_INIT;

	*s = (struct side){ 0 };
	policy_init(&s->policy, &options, &s->diag);
	if (!policy_read_text(&s->policy, "text", slice_of(text)) ||
	    !compile_policy(&s->policy, &s->bytes)) {
		diag_print(&s->diag, &problems);
		fail_msg("%s%s", text, buf_text(&problems));
	}
	assert_int_equal(image_open(s->bytes.data, s->bytes.len, &s->image, NULL), 0);
	s->rules = provenance_new(&s->policy);
}

static void close_side(struct side *s)
{
	provenance_free(s->rules);
	buf_release(&s->bytes);
	policy_release(&s->policy);
	diag_release(&s->diag);
}

/* Few words, so that two policies often mean the same. */
static void random_rule(struct buf *out)
{
	static const char *const before[] = { "", "", "", "audit ", "owner ", "deny ", "audit deny ",
					      "priority=1 " };
	static const char *const paths[] = { "/a", "/b", "/[ab]", "/{a,b}", "/?", "/*" };
	static const char *const perms[] = { "r", "w", "rw", "ix" };
	static const char *const others[] = {
		"signal send set=(term) peer=q,",   "signal send set=(term kill),",
		"deny signal send set=(kill),",	    "network inet stream,",
		"network inet,",		    "ptrace read peer=[qr],",
		"ptrace read peer=q,",		    "ptrace read peer=r,",
		"mqueue read /x,",		    "userns,",
		"change_profile unsafe /a -> q,", "change_profile /{a,b} -> q,",
	};
	const char *first = PICK(before), *letters = PICK(perms);

	if (!roll(3)) {
		buf_printf(out, "  %s\n", PICK(others));
		return;
	}
	if (!strcmp(letters, "ix") && strstr(first, "deny"))
		letters = "x";
	buf_printf(out, "  %s%s %s,\n", first, PICK(paths), letters);
}

static void random_policy(struct buf *out)
{
	buf_add_text(out, "profile p {\n");
	for (uint32_t n = roll(4); n; n--)
		random_rule(out);
	buf_add_text(out, "}\n");
}

struct check {
	struct side *sides;
	const char *texts[2];
	unsigned n_told;
};

static bool differs(const struct diff_item *item, const struct provenance_answer a[2])
{
	if (item->kind == DIFF_ALLOW)
		return a[item->side].allowed == item->perms && !a[!item->side].allowed;
	if (item->kind == DIFF_EXEC)
		return a[0].exec.kind != a[1].exec.kind || a[0].exec.flags != a[1].exec.flags;
	return !((a[0].allowed ^ a[1].allowed) & item->perms) &&
	       (a[0].audit != a[1].audit || a[0].quiet != a[1].quiet);
}

static bool tell(void *to, const struct diff_item *item)
{
	struct check *c = to;
	struct provenance_answer a[2];
	uint32_t wanted = item->perms;

	c->n_told++;
	if (item->kind == DIFF_EXEC)
		wanted = item->class_id == CLASS_FILE ? PERM_EXEC : PERM_ONEXEC;
	/* "link 0 target" asks for a whole law there; here it is one automaton's part of it. */
	if (item->class_id == CLASS_LINK)
		return true;
	for (int i = 0; i < 2; i++)
		assert_true(provenance_decide(c->sides[i].rules, SLICE("p"), item->class_id,
					      item->object, wanted, item->is_owner, &a[i]));
	if (!differs(item, a))
		fail_msg("told without reason (%d, class %d, %.*s):\n%s%s", (int)item->kind,
			 (int)item->class_id, SLICE_FMT(item->object), c->texts[0], c->texts[1]);
	return true;
}

static void ask_both(struct check *c)
{
	static const struct {
		enum class_id class_id;
		struct slice object;
	} objects[] = {
		{ CLASS_FILE, { "/a", 2 } },	     { CLASS_FILE, { "/b", 2 } },
		{ CLASS_FILE, { "/c", 2 } },	     { CLASS_FILE, { "/ab", 3 } },
		{ CLASS_SIGNAL, { "\17q", 2 } },     { CLASS_SIGNAL, { "\11q", 2 } },
		{ CLASS_NET, { "\0\2\0\1\0\0", 6 } }, { CLASS_NET, { "\0\2\0\2\0\0", 6 } },
		{ CLASS_PTRACE, { "q", 1 } },	     { CLASS_PTRACE, { "r", 1 } },
		{ CLASS_MQUEUE, { "/x\0", 3 } },     { CLASS_USERNS, { "", 0 } },
		{ CLASS_LABEL, { "q\0/a", 4 } },     { CLASS_LABEL, { "q\0/b", 4 } },
	};
	const uint32_t not_looked_at = PERM_GETATTR | PERM_OPEN;
	bool is_owner = roll(2);
	size_t k = roll(sizeof(objects) / sizeof(objects[0]));
	uint32_t mask = objects[k].class_id == CLASS_FILE ? ~not_looked_at : UINT32_MAX;
	struct verdict v[2];

	for (int i = 0; i < 2; i++)
		v[i] = image_decide(&c->sides[i].image, 0, objects[k].class_id, objects[k].object,
				    mask, is_owner);
	if (v[0].allowed != v[1].allowed || v[0].audit != v[1].audit || v[0].quiet != v[1].quiet ||
	    v[0].exec.kind != v[1].exec.kind || v[0].exec.flags != v[1].exec.flags)
		fail_msg("called the same, but not for object %zu:\n%s%s", k, c->texts[0], c->texts[1]);
}

static void test_random(void **state)
{
	unsigned n_same = 0;

	(void)state;
	for (int i = 0; i < N_PAIRS; i++) {
		struct side sides[2];
		struct buf texts[2] = { BUF_INIT, BUF_INIT };
		struct check c = { .sides = sides };
		struct diff_side compared[2];
		bool is_same;

		for (int s = 0; s < 2; s++) {
			random_policy(&texts[s]);
			c.texts[s] = buf_text(&texts[s]);
			open_side(&sides[s], c.texts[s]);
			compared[s] = (struct diff_side){ &sides[s].policy, &sides[s].image };
		}
		assert_int_equal(diff_policies(compared, tell, &c, &is_same, NULL), 0);
		assert_int_equal(is_same, c.n_told == 0);
		n_same += is_same;
		for (int k = 0; is_same && k < N_REQUESTS; k++)
			ask_both(&c);
		for (int s = 0; s < 2; s++) {
			close_side(&sides[s]);
			buf_release(&texts[s]);
		}
	}
	/* Both halves of the test took place. */
	assert_true(n_same > N_PAIRS / 100 && n_same < N_PAIRS / 2);
}

static bool stop_at_once(void *to, const struct diff_item *item)
{
	(void)item;
	++*(unsigned *)to;
	return false;
}

static void test_stops(void **state)
{
	struct side sides[2];
	struct diff_side compared[2];
	unsigned n_told = 0;
	bool is_same;

	(void)state;
	open_side(&sides[0], "profile p { /a r, capability, } profile q { } profile r { }");
	open_side(&sides[1], "profile p flags=(complain) { /b r, } profile s { }");
	for (int i = 0; i < 2; i++)
		compared[i] = (struct diff_side){ &sides[i].policy, &sides[i].image };
	assert_int_equal(diff_policies(compared, stop_at_once, &n_told, &is_same, NULL), 0);
	assert_false(is_same);
	assert_int_equal(n_told, 1);
	for (int i = 0; i < 2; i++)
		close_side(&sides[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
