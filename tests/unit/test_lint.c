/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lint: of each kind a case that is found and near ones that are not; each witness is held against
 * rule-by-rule evaluation; and of random policies a rule that is told to be without effect is taken
 * out, after which the policy must mean the same.
 */
#include "automata/pattern.h"
#include "compile/compile.h"
#include "compile/diff.h"
#include "compile/lint.h"
#include "compile/provenance.h"
#include "lang/rule_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

enum { STEPS_MAX = 1000000, N_POLICIES = 1500 };

static const char *const no_dirs[] = { "/nonexistent", NULL };

struct side {
	struct diag diag;
	struct policy policy;
	struct buf bytes;
	struct image image;
	struct arena arena;
	struct lint_result result;
};

static bool every_check(void *of, const struct lint_check *check)
{
	const char *only = of;

	return !only || !strcmp(only, check->id);
}

static bool every_place(void *of, struct place at)
{
	(void)of;
	(void)at;
	return true;
}

static void open_side(struct side *s, const char *text, const char *only)
{
	const struct policy_options options = { .include_dirs = no_dirs };
	const struct lint_options wanted = { (void *)(uintptr_t)only, every_check, every_place };
	auto_buf problems = BUF_INIT;

	*s = (struct side){ 0 };
	policy_init(&s->policy, &options, &s->diag);
	if (!policy_read_text(&s->policy, "text", slice_of(text)) ||
	    !compile_policy(&s->policy, &s->bytes)) {
		diag_print(&s->diag, &problems);
		fail_msg("%s\n%s", text, buf_text(&problems));
	}
	assert_int_equal(image_open(s->bytes.data, s->bytes.len, &s->image, NULL), 0);
	lint_policy(&s->policy, &wanted, &s->arena, &s->result);
}

static void close_side(struct side *s)
{
	arena_release(&s->arena);
	buf_release(&s->bytes);
	policy_release(&s->policy);
	diag_release(&s->diag);
}

/* --- each witness by the rules themselves --- */

struct proof {
	const struct side *side;
	const struct lint_finding *f;
	struct provenance *rules;
};

static struct provenance_answer ask(const struct proof *p, struct slice object, uint32_t wanted)
{
	struct provenance_answer a;

	assert_true(provenance_decide(p->rules, p->f->profile->full_name, p->f->class_id, object,
				      wanted, p->f->who == WHO_OWNER, &a));
	return a;
}

static uint32_t all_of(enum class_id class_id)
{
	if (class_id == CLASS_CAPABILITY)
		return 1;
	return class_id == CLASS_FILE ? ~(uint32_t)(PERM_GETATTR | PERM_OPEN) : UINT32_MAX;
}

static bool is_at(const struct lower_row *row, struct place at)
{
	return row->rule->place.line == at.line && row->rule->place.col == at.col;
}

/* The rule matches, and settles nothing. */
static bool shows_dead(const struct proof *p)
{
	struct provenance_answer a =
		ask(p, p->f->witness, all_of(p->f->class_id) & ~(uint32_t)PERM_LINK);
	bool is_met = false;

	/* A link is asked about by a law of its own, in which its name decides too. */
	if (p->f->class_id == CLASS_LINK)
		return !ask(p, p->f->witness, PERM_LINK).allowed;
	for (size_t i = 0; i < a.n_matches; i++) {
		if (!is_at(a.matches[i].row, p->f->place))
			continue;
		is_met = true;
		if (a.matches[i].is_deciding)
			return false;
	}
	return is_met;
}

/* The rule matches, and another one that says the same bits. */
static bool shows_redundant(const struct proof *p)
{
	struct provenance_answer a = ask(p, p->f->witness, all_of(p->f->class_id));
	const struct provenance_match *mine = NULL;

	for (size_t i = 0; i < a.n_matches; i++)
		if (is_at(a.matches[i].row, p->f->place))
			mine = &a.matches[i];
	for (size_t i = 0; mine && i < a.n_matches; i++)
		if (!is_at(a.matches[i].row, p->f->place) &&
		    a.matches[i].row->verb == mine->row->verb &&
		    (a.matches[i].perms & mine->perms) == mine->perms)
			return true;
	return false;
}

/* "… FROM may be renamed to TO…": both may, and what was denied is allowed there. */
static bool shows_move(const struct proof *p)
{
	static const char between[] = " may be renamed to ";
	const uint32_t from_perms = PERM_READ | PERM_WRITE | PERM_SETATTR | PERM_DELETE;
	const uint32_t to_perms = PERM_WRITE | PERM_SETATTR | PERM_CREATE;
	const char *at = strstr(p->f->text, between), *from = at, *to = at + sizeof(between) - 1;
	auto_buf moved = BUF_INIT;
	struct slice old, new;
	uint32_t denied;

	while (from[-1] != ' ')
		from--;
	old = slice_make(from, (size_t)(at - from));
	new = slice_make(to, strcspn(to, " "));
	if (p->f->witness.len < old.len || memcmp(p->f->witness.ptr, old.ptr, old.len) != 0)
		return false;
	buf_add_slice(&moved, new);
	buf_add_slice(&moved, slice_cut(p->f->witness, old.len, p->f->witness.len));
	denied = ask(p, p->f->witness, all_of(CLASS_FILE)).denied;
	return ask(p, old, from_perms).allowed == from_perms &&
	       ask(p, new, to_perms).allowed == to_perms &&
	       ask(p, buf_slice(&moved), all_of(CLASS_FILE)).allowed & denied;
}

static bool is_allowed(const struct proof *p, uint32_t wanted)
{
	return ask(p, p->f->witness, wanted).allowed == wanted;
}

static unsigned count_attached(const struct profile *siblings, struct slice path)
{
	unsigned n = 0;

	for (const struct profile *q = siblings; q; q = q->next)
		for (size_t i = 0; i < q->n_attachments; i++)
			n += pattern_matches(q->attachments[i], path, STEPS_MAX) == 1;
	return n;
}

static bool shows_missing(const struct proof *p)
{
	struct provenance_answer a;

	if (p->f->class_id == CLASS_LABEL)
		return is_allowed(p, PERM_CHANGE_PROFILE) &&
		       !policy_find(&p->side->policy, slice_of(p->f->witness.ptr));
	a = ask(p, p->f->witness, PERM_EXEC);
	if (a.exec.name.len)
		return a.allowed && !policy_find(&p->side->policy, a.exec.name);
	if (a.exec.kind == EXEC_CHILD)
		return a.allowed && !p->f->profile->children;
	return a.allowed && !count_attached(p->side->policy.profiles, p->f->witness);
}

/* Two attach, and the compiled policy takes neither. */
static bool shows_tie(const struct proof *p)
{
	const struct profile *parent = p->f->profile->parent;
	uint32_t number = parent ? image_find_profile(&p->side->image, parent->full_name) : IMAGE_NONE;

	return count_attached(parent ? parent->children : p->side->policy.profiles, p->f->witness) > 1 &&
	       image_attach(&p->side->image, number, p->f->witness, NULL) == IMAGE_AMBIGUOUS;
}

static bool is_shown(const struct proof *p)
{
	const char *id = p->f->check->id;

	if (!strcmp(id, "matches-nothing"))
		return !p->f->has_witness || strstr(p->f->witness.ptr, "/.") ||
		       p->f->witness.ptr[0] != '/';
	if (!strcmp(id, "shadowed-allow") || !strcmp(id, "unreachable-rule"))
		return shows_dead(p);
	if (!strcmp(id, "redundant-rule"))
		return shows_redundant(p);
	if (!strcmp(id, "write-and-exec"))
		return is_allowed(p, PERM_WRITE | PERM_EXEC);
	if (!strcmp(id, "attr-write"))
		return strstr(p->f->witness.ptr, "/attr/") &&
		       ask(p, p->f->witness, PERM_WRITE | PERM_APPEND).allowed;
	if (!strcmp(id, "strong-capability"))
		return is_allowed(p, 1);
	if (!strcmp(id, "movable-denial"))
		return shows_move(p);
	if (!strcmp(id, "unscrubbed-exec"))
		return is_allowed(p, PERM_EXEC) &&
		       !(ask(p, p->f->witness, PERM_EXEC).exec.flags & EXEC_SCRUB);
	if (!strcmp(id, "missing-target"))
		return shows_missing(p);
	if (!strcmp(id, "same-attachment"))
		return shows_tie(p);
	return false;
}

static void check_witnesses(const struct side *s, const char *text)
{
	struct proof p = { .side = s, .rules = provenance_new(&s->policy) };

	for (size_t i = 0; i < s->result.n_findings; i++) {
		p.f = &s->result.findings[i];
		if (!is_shown(&p))
			fail_msg("%s\n%s at line %u: \"%.*s\" does not show it: %s", text,
				 p.f->check->id, p.f->place.line, SLICE_FMT(p.f->witness), p.f->text);
	}
	provenance_free(p.rules);
}

/* --- what is found, and what is not --- */

struct row {
	const char *id;
	const char *text;		/* a rule a line, from line 2 on; "profile p {" before it */
	unsigned line;			/* of the one finding; 0: there must be none */
	const char *witness;		/* NULL: has none, or is not compared */
};

static const struct row rows[] = {
	{ "shadowed-allow", "/a r,\ndeny /a r,", 2, "/a" },
	{ "shadowed-allow", "/a r,\ndeny /* r,", 2, "/a" },
	{ "shadowed-allow", "/[ab] rw,\ndeny /a rw,\ndeny /? w,\ndeny /b r,", 2, "/a" },
	{ "shadowed-allow", "/a r,\ndeny /b r,", 0, NULL },
	{ "shadowed-allow", "/* r,\ndeny /a r,", 0, NULL },
	{ "shadowed-allow", "/a rw,\ndeny /a w,", 0, NULL },
	{ "shadowed-allow", "/a r,\ndeny owner /a r,", 0, NULL },
	{ "shadowed-allow", "owner /a r,\ndeny /a r,", 2, "/a" },
	{ "shadowed-allow", "priority=1 /a r,\ndeny /a r,", 0, NULL },
	{ "shadowed-allow", "/a l,\ndeny /a l,", 2, NULL },
	{ "shadowed-allow", "/a rl,\ndeny /a l,", 0, NULL },
	{ "shadowed-allow", "capability kill,\ndeny capability kill,", 2, "kill" },
	{ "shadowed-allow", "capability kill,\ndeny capability chown,", 0, NULL },
	{ "shadowed-allow", "network inet stream,\ndeny network inet,", 2, NULL },
	{ "shadowed-allow", "network inet,\ndeny network inet stream,", 0, NULL },
	{ "shadowed-allow", "unix (connect) peer=(addr=@x),\ndeny unix (connect) peer=(addr=@x),", 2,
	  NULL },
	{ "shadowed-allow", "unix (connect) peer=(addr=@x),\ndeny unix (connect) peer=(addr=@y),", 0,
	  NULL },
	{ "shadowed-allow", "signal send set=(term),\ndeny signal send,", 2, NULL },

	{ "unreachable-rule", "/a/b w,\npriority=1 deny /a/** w,", 2, "/a/b" },
	{ "unreachable-rule", "deny /a/b w,\npriority=1 /a/** w,", 2, "/a/b" },
	{ "unreachable-rule", "/a/b w,\npriority=-1 deny /a/** w,", 0, NULL },
	{ "unreachable-rule", "/a/b rw,\npriority=1 deny /a/** w,", 0, NULL },
	{ "unreachable-rule", "/a/* w,\npriority=1 deny /a/b w,", 0, NULL },
	{ "unreachable-rule", "capability kill,\npriority=1 deny capability,", 2, NULL },

	{ "redundant-rule", "/a/** r,\n/a/b r,", 3, "/a/b" },
	{ "redundant-rule", "/a r,\n/a r,", 3, "/a" },
	{ "redundant-rule", "/a/b r,\n/a/** rw,", 2, "/a/b" },
	{ "redundant-rule", "owner /a r,\n/a r,", 2, "/a" },
	{ "redundant-rule", "/a r,\nowner /a rw,", 0, NULL },
	{ "redundant-rule", "/a/* r,\n/a/** w,", 0, NULL },
	{ "redundant-rule", "audit /a/b r,\n/a/** r,", 0, NULL },
	{ "redundant-rule", "/bin/ls ix,\n/bin/* ix,", 0, NULL },
	{ "redundant-rule", "/bin/l* ix,\n/bin/* rix,", 2, "/bin/l" },
	{ "redundant-rule", "deny /a r,\ndeny /* rw,", 2, "/a" },
	{ "redundant-rule", "priority=1 /a r,\n/a r,", 0, NULL },
	{ "redundant-rule", "capability kill,\ncapability kill chown,", 2, NULL },
	{ "redundant-rule", "network inet stream,\nnetwork inet,", 2, NULL },

	{ "matches-nothing", "/a/../b r,", 2, "/a/../b" },
	{ "matches-nothing", "/a/./b r,", 2, "/a/./b" },
	{ "matches-nothing", "/a/.. r,", 2, "/a/.." },
	{ "matches-nothing", "/a[^\\x00-\\xff]b r,", 2, NULL },
	{ "matches-nothing", "/a/{..,b}/c r,", 0, NULL },
	{ "matches-nothing", "/a/.b/..c/... r,", 0, NULL },
	{ "matches-nothing", "/a/*./b. r,", 0, NULL },
	{ "matches-nothing", "/{,a/}b r,", 0, NULL },
	{ "matches-nothing", "/ r,\n/** r,", 0, NULL },
	{ "matches-nothing", "/a/../b l,", 2, NULL },

	{ "write-and-exec", "/a wix,", 2, "/a" },
	{ "write-and-exec", "/h/** rw,\n/h/bin/* ix,", 2, "/h/bin/a" },
	{ "write-and-exec", "/h/** rw,\n/h/bin/* ix,\ndeny /h/bin/* w,", 0, NULL },
	{ "write-and-exec", "/h/* rw,\n/h/bin/* ix,", 0, NULL },
	{ "write-and-exec", "/a/** rix,\n/b/** rw,", 0, NULL },
	{ "write-and-exec", "owner /a w,\n/a ux,", 2, "/a" },
	{ "write-and-exec", "/a aix,", 0, NULL },
	{ "write-and-exec", "/a/[^a-c]/* wix,", 2, "/a/d/a" },
	{ "write-and-exec", "/a/../** w,\n/a/** ix,", 0, NULL },

	{ "attr-write", "/proc/** rw,", 2, NULL },
	{ "attr-write", "/proc/*/attr/current w,", 2, NULL },
	{ "attr-write", "owner /proc/[0-9]*/task/[0-9]*/attr/apparmor/exec a,", 2, NULL },
	{ "attr-write", "/proc/*/attr/current r,", 0, NULL },
	{ "attr-write", "/proc/*/attr w,", 0, NULL },
	{ "attr-write", "/proc/** rw,\ndeny /proc/*/{,task/*/}attr/** w,", 0, NULL },
	{ "attr-write", "/proc/*/attr/current w,\nchange_profile -> p,", 0, NULL },
	{ "attr-write", "/proc/** w,\nchange_profile -> p,", 2, NULL },

	{ "strong-capability", "capability sys_admin,", 2, "sys_admin" },
	{ "strong-capability", "capability kill sys_ptrace,", 2, "sys_ptrace" },
	{ "strong-capability", "capability,", 2, "sys_module" },
	{ "strong-capability", "capability kill,", 0, NULL },
	{ "strong-capability", "deny capability sys_module,", 0, NULL },
	{ "strong-capability", "capability,\ndeny capability sys_module sys_rawio sys_ptrace sys_admin"
			       " mac_override mac_admin,", 0, NULL },

	{ "movable-denial", "/h/** rw,\ndeny /h/.ssh/** rw,", 3, "/h/.ssh/a" },
	{ "movable-denial", "owner /h/** rw,\ndeny /h/.ssh/** rw,", 3, "/h/.ssh/a" },
	{ "movable-denial", "/h/** rw,\ndeny /h/.config/x/{,**} w,", 3, "/h/.config/x/" },
	{ "movable-denial", "/h/a/ rw,\n/h/b{,/**} rw,\n/h/b/ rw,\ndeny /h/a/s r,", 5, "/h/a/s" },
	{ "movable-denial", "/h/** rw,\ndeny /h/.ssh/{,**} rw,", 0, NULL },
	{ "movable-denial", "/h/** rw,\ndeny /h/.ssh/** rw,\ndeny /h/.ssh/ w,", 0, NULL },
	{ "movable-denial", "/h/*/* rw,\ndeny /h/.ssh/** rw,", 0, NULL },
	{ "movable-denial", "/h/** r,\ndeny /h/.ssh/** r,", 0, NULL },
	{ "movable-denial", "/proc/** rw,\ndeny /proc/sys/** rw,", 0, NULL },
	{ "movable-denial", "/h/a/ rw,\n/h/b/ rw,\ndeny /h/a/s r,", 0, NULL },

	{ "unscrubbed-exec", "/a px -> p,", 2, "/a" },
	{ "unscrubbed-exec", "/a ux,", 2, "/a" },
	{ "unscrubbed-exec", "/a pux,", 2, "/a" },
	{ "unscrubbed-exec", "/a Px -> p,\n/b Ux,\n/c ix,", 0, NULL },
	{ "unscrubbed-exec", "/* ux,\n/a Ux,\ndeny /[^a]* x,\ndeny /a?* x,", 0, NULL },

	{ "missing-target", "/a Px -> q,", 2, "/a" },
	{ "missing-target", "/a Cx -> q,", 2, "/a" },
	{ "missing-target", "/a Px,", 2, "/a" },
	{ "missing-target", "/a Cx,", 2, "/a" },
	{ "missing-target", "change_profile -> q,", 2, NULL },
	{ "missing-target", "/a Px -> p,", 0, NULL },
	{ "missing-target", "/a Pix -> q,\n/b PUx,", 0, NULL },
	{ "missing-target", "/a Px -> :other:q,", 0, NULL },
	{ "missing-target", "change_profile -> p,\nchange_profile -> q*,\nchange_profile /a,", 0, NULL },
	{ "missing-target", "/a Px,\n}\nprofile q /[ab] {", 0, NULL },
	{ "missing-target", "/* Cx,\nprofile c /a {\n}", 0, NULL },
	{ "missing-target", "/a Cx -> c,\nprofile c {\n}", 0, NULL },

	{ "same-attachment", "}\nprofile a /bin/[ab] {\n}\nprofile b /bin/[bc] {", 5, "/bin/b" },
	{ "same-attachment", "}\nprofile a /bin/{a,b} {\n}\nprofile b /bin/b {", 5, "/bin/b" },
	{ "same-attachment", "}\nprofile a /?/b {\n}\nprofile b /../b {", 0, NULL },
	{ "same-attachment", "}\nprofile a /bin/* {\n}\nprofile b /bin/b {", 0, NULL },
	{ "same-attachment", "}\nprofile a /bin/a {\n}\nprofile b /bin/b {", 0, NULL },
	{ "same-attachment", "}\nprofile a /bin/b xattrs=(user.a=x) {\n}\nprofile b /bin/b {", 0, NULL },
	{ "same-attachment", "profile c /bin/b {\n}\nprofile d /bin/b {\n}", 4, "/bin/b" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const struct lint_finding *f;
		auto_buf text = BUF_INIT;
		struct side s;

		buf_printf(&text, "profile p {\n%s\n}\n", row->text);
		open_side(&s, buf_text(&text), row->id);
		f = s.result.findings;
		if (s.result.n_findings != (row->line != 0))
			fail_msg("%s: %zu findings in\n%s", row->id, s.result.n_findings, buf_text(&text));
		if (row->line && f->place.line != row->line)
			fail_msg("%s: at line %u of\n%s", row->id, f->place.line, buf_text(&text));
		if (row->line && row->witness && !slice_is(f->witness, row->witness))
			fail_msg("%s: witness %.*s in\n%s", row->id, SLICE_FMT(f->witness),
				 buf_text(&text));
		if (row->line)
			assert_true(*f->text && *f->help);
		check_witnesses(&s, buf_text(&text));
		close_side(&s);
	}
}

/* --- random policies --- */

static uint32_t seed = 7;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

#define PICK(list) ((list)[roll(sizeof(list) / sizeof((list)[0]))])

enum { RULES_MAX = 7, RULE_MAX = 80 };

/*
 * Without links and unix sockets: what those rules say in other classes too stays when it is taken
 * out of their own.
 */
static void random_rule(char out[RULE_MAX])
{
	static const char *const before[] = { "", "", "", "", "owner ", "audit ", "deny ", "deny ",
					      "deny owner ", "priority=1 ", "priority=1 deny " };
	static const char *const paths[] = { "/a", "/b", "/a/", "/a/b", "/?", "/*", "/**", "/a/*",
					     "/a/**", "/[ab]/", "/{a,b}/**", "/a/{,**}" };
	static const char *const letters[] = { "r", "w", "rw", "rwk", "m", "k", "ix", "rix" };
	static const char *const others[] = {
		"capability kill,",	       "deny capability kill,", "capability kill sys_admin,",
		"network inet stream,",	       "deny network inet,",	"network inet,",
		"signal send set=(term),",     "deny signal send,",	"ptrace read,",
	};
	const char *first = PICK(before), *access = PICK(letters);

	if (!roll(4)) {
		snprintf(out, RULE_MAX, "%s", PICK(others));
		return;
	}
	if (strstr(first, "deny") && strstr(access, "ix"))
		access = "x";
	snprintf(out, RULE_MAX, "%s%s %s,", first, PICK(paths), access);
}

static void add_policy(struct buf *out, char rules[][RULE_MAX], size_t n, size_t without)
{
	buf_add_text(out, "profile p {\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s\n", i == without ? "" : rules[i]);
	buf_add_text(out, "}\n");
}

static bool tell_none(void *to, const struct diff_item *item)
{
	(void)to;
	(void)item;
	return false;
}

static bool means_the_same(const struct side *a, const struct side *b)
{
	const struct diff_side sides[2] = { { &a->policy, &a->image }, { &b->policy, &b->image } };
	bool is_same = false;

	assert_int_equal(diff_policies(sides, tell_none, NULL, &is_same, NULL), 0);
	return is_same;
}

static bool is_without_effect(const struct lint_check *check)
{
	return !strcmp(check->id, "shadowed-allow") || !strcmp(check->id, "unreachable-rule") ||
	       !strcmp(check->id, "redundant-rule");
}

static void take_out(const struct side *s, const char *text, char rules[][RULE_MAX], size_t n,
		     const struct lint_finding *f)
{
	auto_buf less = BUF_INIT;
	struct side other;

	add_policy(&less, rules, n, f->place.line - 2);
	open_side(&other, buf_text(&less), "shadowed-allow");
	if (!means_the_same(s, &other))
		fail_msg("%s\n%s at line %u, but it has an effect", text, f->check->id, f->place.line);
	close_side(&other);
}

static void test_random(void **state)
{
	unsigned n_found[2] = { 0 };

	(void)state;
	for (unsigned i = 0; i < N_POLICIES; i++) {
		char rules[RULES_MAX][RULE_MAX];
		size_t n = 1 + roll(RULES_MAX);
		auto_buf text = BUF_INIT;
		struct side s;

		for (size_t k = 0; k < n; k++)
			random_rule(rules[k]);
		add_policy(&text, rules, n, n);
		open_side(&s, buf_text(&text), NULL);
		check_witnesses(&s, buf_text(&text));
		for (size_t k = 0; k < s.result.n_findings; k++) {
			bool is_idle = is_without_effect(s.result.findings[k].check);

			n_found[is_idle]++;
			if (is_idle)
				take_out(&s, buf_text(&text), rules, n, &s.result.findings[k]);
		}
		close_side(&s);
	}
	assert_true(n_found[0] > N_POLICIES / 10 && n_found[1] > N_POLICIES / 10);
}

/* --- comments --- */

static void test_ignored(void **state)
{
	static const struct source source = {
		"text", { "/a r, # pavise: ignore one, two\n"
			  "/b r,\n"
			  "  #pavise: ignore three\n"
			  "/c r,\n"
			  "/d r,\n", 0 }
	};
	static const struct {
		unsigned line;
		const char *id;
		bool is_ignored;
	} cases[] = {
		{ 1, "one", true },   { 1, "two", true },   { 1, "on", false },
		{ 1, "three", false }, { 2, "one", false },  { 4, "three", true },
		{ 5, "three", false }, { 3, "three", true },
	};
	struct source whole = source;

	(void)state;
	whole.text.len = strlen(whole.text.ptr);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (lint_is_ignored((struct place){ &whole, cases[i].line, 1 }, cases[i].id) !=
		    cases[i].is_ignored)
			fail_msg("line %u, %s", cases[i].line, cases[i].id);
	assert_false(lint_is_ignored((struct place){ 0 }, "one"));
}

static void test_list(void **state)
{
	const struct lint_check *check;
	size_t n = 0;

	(void)state;
	for (; (check = lint_check_at(n)); n++) {
		size_t n_rows[2] = { 0 };

		assert_ptr_equal(lint_check_find(slice_of(check->id)), check);
		assert_true((check->look != NULL) != (check->look_at_all != NULL));
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			n_rows[rows[i].line != 0] += !strcmp(rows[i].id, check->id);
		/* Each has a case that is found and one that is not. */
		assert_true(n_rows[0] && n_rows[1]);
	}
	assert_true(n >= 11);
	assert_null(lint_check_find(SLICE("shadowed")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
