/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks of profiles in the policy that kernel programs walk, against the slow way: each profile of the
 * stack is asked by itself, in its own mode, and all of them have to agree. Which stacks are made, under
 * which names and numbers, is told by small policies.
 */
#include "compile/compile.h"
#include "engine/bpf_policy.h"
#include "engine/bpf_stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const no_dirs[] = { "/nonexistent", NULL };

struct made {
	struct buf bytes;
	struct image img;
	struct buf policy;
};

static void make_after(struct made *m, const char *text, struct slice old)
{
	struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	struct policy policy;
	struct err err = ERR_INIT;

	*m = (struct made){ 0 };
	policy_init(&policy, &options, &diag);
	if (!policy_read_text(&policy, "text", slice_of(text)) || !compile_policy(&policy, &m->bytes))
		fail_msg("%s\n%s", diag.n_items ? diag.items[0].text : "", text);
	assert_int_equal(image_open(m->bytes.data, m->bytes.len, &m->img, NULL), 0);
	policy_release(&policy);
	diag_release(&diag);
	assert_int_equal(bpf_policy_build(&m->img, old, MODE_ENFORCE, &m->policy, &err), 0);
}

static void make(struct made *m, const char *text)
{
	make_after(m, text, slice_of(""));
}

static void release(struct made *m)
{
	buf_release(&m->bytes);
	buf_release(&m->policy);
}

static const struct policy_header *header_of(const struct made *m)
{
	return (const void *)m->policy.data;
}

static const struct policy_profile *profile_of(const struct made *m, const char *name)
{
	uint32_t number = bpf_policy_find(buf_slice(&m->policy), slice_of(name));

	return number ? bpf_policy_profile(buf_slice(&m->policy), number) : NULL;
}

static uint32_t number_of(const struct made *m, const char *name)
{
	return bpf_policy_find(buf_slice(&m->policy), slice_of(name));
}

static const struct image_entry *entry_of(const struct made *m, const struct policy_profile *p,
					  enum class_id class_id, struct slice object)
{
	const char *policy = m->policy.data;
	const struct policy_table *t = &p->table;
	const uint8_t *class_of = (const uint8_t *)policy + t->class_of;
	const uint16_t *spread = (const void *)(policy + t->cells);
	const struct match_table packed = { class_of, (const void *)(policy + t->states),
					    (const void *)(policy + t->cells) };
	uint32_t state = p->start[class_id];

	if (state && header_of(m)->is_packed)
		state = match_walk(&packed, state, (const uint8_t *)object.ptr, object.len);
	for (size_t i = 0; state && !header_of(m)->is_packed && i < object.len; i++)
		state = spread[state * t->row + class_of[(uint8_t)object.ptr[i]]];
	if (!packed.states[state].accept || !state)
		return (const void *)(policy + header_of(m)->nothing);
	return (const void *)(policy + t->entries + packed.states[state].accept * sizeof(struct image_entry));
}

/* The state that an object leads to in the automaton of the image's own profile. */
static uint32_t match_state_of(const struct made *m, const struct image_profile *own, enum class_id class_id,
			       struct slice object)
{
	struct match_table t = image_table_walk(&m->img, own->table);

	return match_walk(&t, own->start[class_id], (const uint8_t *)object.ptr, object.len);
}

/* ---- what is refused and told, by the stack and by its parts ---- */

struct answer {
	uint32_t refused;
	uint32_t told;			/* of the refused ones */
	uint32_t audited;		/* of the others, where all parts enforce */
};

static bool is_complaining(uint32_t mode)
{
	return mode == MODE_COMPLAIN || mode == MODE_PROMPT;
}

/* As bpf/decide.h does it. */
static struct answer ask_stack(const struct made *m, const struct policy_profile *p, enum class_id class_id,
			       struct slice object, bool is_owner)
{
	const struct image_entry *e = entry_of(m, p, class_id, object);
	int w = is_owner ? 0 : 1;
	uint32_t allowed = e->allow[w], missing, quiet = e->quiet[w], audit = e->audit[w];
	struct answer a;

	if (p->mode == MODE_UNCONFINED)
		return (struct answer){ 0 };
	if (p->flags & PROFILE_DEFAULT_ALLOW)
		allowed |= ~e->deny[w];
	if (p->flags & PROFILE_AUDIT) {
		quiet = 0;
		audit = ~0u;
	}
	missing = ~allowed;
	a.refused = is_complaining(p->mode) ? missing & e->deny[w] : missing;
	a.told = a.refused & ~quiet;
	a.audited = allowed & audit;
	return a;
}

static struct answer ask_parts(const struct image *img, const struct bpf_stack *s, enum class_id class_id,
			       struct slice object, bool is_owner)
{
	struct answer a = { 0 };

	for (uint32_t i = 0; i < s->n_parts; i++) {
		uint32_t mode = img->profiles[s->parts[i]].mode, refused;
		struct verdict v;

		if (mode == MODE_UNCONFINED)
			continue;
		v = image_decide(img, s->parts[i], class_id, object, ~0u, is_owner);
		refused = is_complaining(mode) ? v.denied : v.missing;
		a.refused |= refused;
		a.told |= refused & ~v.quiet;
		a.audited |= v.audit;
	}
	a.audited &= ~a.refused;
	return a;
}

/* What decides whether reports are compared: complaining parts report more, and so do auditing ones. */
static bool tells_alike(const struct image *img, const struct bpf_stack *s)
{
	for (uint32_t i = 0; i < s->n_parts; i++) {
		const struct image_profile *p = &img->profiles[s->parts[i]];

		if (is_complaining(p->mode) || p->flags & (PROFILE_AUDIT | PROFILE_DEFAULT_ALLOW))
			return false;
	}
	return true;
}

/* The entry of the part that is the k-th by name, as bpf/decide.h finds it. */
static const struct image_entry *entry_of_part(const struct made *m, const struct policy_profile *p,
					       const struct image_entry *e, uint32_t k)
{
	uint32_t entry = (uint32_t)((const char *)e - m->policy.data), number, at = entry;

	number = entry == header_of(m)->nothing ? 0 : (entry - p->table.entries) / sizeof(*e);
	if (p->part_entries)
		memcpy(&at, m->policy.data + p->part_entries + (number * POLICY_PARTS_MAX + k) * sizeof(at),
		       sizeof(at));
	return (const void *)(m->policy.data + at);
}

/* Each part says what it says by itself; and where one has something to report, the stack asks them. */
static void compare_parts(const struct made *m, const struct bpf_stack *s, enum class_id class_id,
			  struct slice object, bool is_owner)
{
	const struct policy_profile *p = profile_of(m, s->name);
	const struct image_entry *whole = entry_of(m, p, class_id, object);
	struct answer a = ask_stack(m, p, class_id, object, is_owner);
	uint32_t asks = a.refused | a.audited, reported = 0;
	int w = is_owner ? 0 : 1;

	if (p->mode == MODE_COMPLAIN)
		asks |= ~whole->allow[w];
	for (uint32_t k = 0; k < s->n_parts; k++) {
		uint32_t part = s->parts[s->by_name[k]];
		const struct image_profile *own = &m->img.profiles[part];
		struct verdict v = image_decide(&m->img, part, class_id, object, ~0u, is_owner);
		const struct image_entry *e;

		if (k)
			assert_true(strcmp(image_text(&m->img, m->img.profiles[s->parts[s->by_name[k - 1]]].name),
					   image_text(&m->img, own->name)) < 0);
		if (own->mode == MODE_UNCONFINED)
			continue;
		e = entry_of_part(m, p, whole, k);
		assert_memory_equal(e, image_table_entry(&m->img, own->table,
							 match_state_of(m, own, class_id, object)), sizeof(*e));
		reported |= (v.missing & ~v.quiet) | v.audit;
	}
	assert_int_equal(reported & ~asks, 0);
}

static void compare(const struct made *m, const struct bpf_stack *s, enum class_id class_id,
		    struct slice object)
{
	const struct policy_profile *p = profile_of(m, s->name);

	assert_non_null(p);
	for (int owner = 0; owner < 2; owner++) {
		struct answer a = ask_stack(m, p, class_id, object, owner);
		struct answer b = ask_parts(&m->img, s, class_id, object, owner);

		compare_parts(m, s, class_id, object, owner);
		if (a.refused != b.refused)
			fail_msg("%s, class %d, %.*s: %x refused, parts %x", s->name, class_id,
				 SLICE_FMT(object), a.refused, b.refused);
		if (!tells_alike(&m->img, s))
			continue;
		assert_int_equal(a.told, b.told);
		assert_int_equal(a.audited, b.audited);
	}
}

static void compare_capabilities(const struct made *m, const struct bpf_stack *s)
{
	const struct policy_profile *p = profile_of(m, s->name);

	for (unsigned cap = 0; cap < 41; cap++) {
		uint64_t bit = 1ull << cap;
		bool is_denied = p->cap_deny & bit, is_refused = false;
		bool is_allowed = p->cap_allow & bit ||
				  (p->flags & PROFILE_DEFAULT_ALLOW && !is_denied) ||
				  p->mode == MODE_UNCONFINED || (is_complaining(p->mode) && !is_denied);

		for (uint32_t i = 0; i < s->n_parts; i++) {
			uint32_t mode = m->img.profiles[s->parts[i]].mode;
			struct verdict v = image_decide_capability(&m->img, s->parts[i], cap);

			is_refused |= is_complaining(mode) ? v.denied : v.missing;
		}
		assert_int_equal(is_allowed, !is_refused);
	}
}

/* ---- random policies ---- */

static unsigned draw(unsigned n)
{
	return (unsigned)random() % n;
}

static void add_piece(struct buf *out)
{
	static const char *const pieces[] = { "a", "b", "a*", "b**", "?", "{a,b}", "/a", "[ab]", "ab", "a/b" };

	buf_add_text(out, pieces[draw(sizeof(pieces) / sizeof(pieces[0]))]);
}

static void add_rule(struct buf *out)
{
	static const char *const heads[] = { "", "", "", "deny ", "audit ", "owner ", "audit deny ",
					     "deny owner " };
	static const char *const perms[] = { "r", "w", "rw", "rk", "m", "a" };
	static const char *const others[] = {
		"capability chown,", "deny capability kill,", "audit capability sys_admin,", "capability,",
		"signal send peer=p1,", "deny signal peer=p*,", "signal,", "ptrace read peer=p2,",
		"network inet stream,", "deny network,", "network,", "mount /a/ -> /b/,",
	};

	if (!draw(3)) {
		buf_printf(out, "  %s\n", others[draw(sizeof(others) / sizeof(others[0]))]);
		return;
	}
	buf_printf(out, "  %s/", heads[draw(8)]);
	for (unsigned n = 1 + draw(3); n; n--)
		add_piece(out);
	buf_printf(out, " %s,\n", perms[draw(6)]);
}

static void add_profile(struct buf *out, unsigned number)
{
	static const char *const flags[] = {
		"", "", "", "flags=(complain) ", "flags=(audit) ", "flags=(default_allow) ", "flags=(kill) ",
		"flags=(complain,audit) ",
	};

	buf_printf(out, "profile p%u %s{\n", number, flags[draw(8)]);
	for (unsigned n = draw(8); n; n--)
		add_rule(out);
	buf_add_text(out, "  change_profile -> &p{0,1,2,3},\n}\n");
}

static struct slice draw_path(char path[16])
{
	size_t n = 1 + draw(6);

	path[0] = '/';
	for (size_t i = 1; i <= n; i++)
		path[i] = "ab/"[draw(3)];
	return slice_make(path, n + 1);
}

static void compare_all(const struct made *m, const struct bpf_stacks *stacks)
{
	static const char signal[] = "\x0fp1", net[] = "\0\2\0\1\0\6";
	char path[16];

	for (uint32_t i = 0; i < stacks->n; i++) {
		const struct bpf_stack *s = &stacks->all[i];

		for (int n = 0; n < 30; n++)
			compare(m, s, CLASS_FILE, draw_path(path));
		compare(m, s, CLASS_SIGNAL, slice_make(signal, 3));
		compare(m, s, CLASS_PTRACE, SLICE("p2"));
		compare(m, s, CLASS_NET, slice_make(net, 6));
		compare(m, s, CLASS_LABEL, slice_make("&p1", 4));
		compare(m, s, CLASS_MOUNT, slice_make("/b/\0/a/\0\0\x0d", 10));
		compare(m, s, CLASS_UNIX, SLICE(""));
		compare_capabilities(m, s);
	}
}

/* The policy again in the packed form that large ones have. */
static void pack(struct made *m)
{
	auto_buf old = BUF_INIT;

	buf_add_slice(&old, buf_slice(&m->policy));
	((struct policy_header *)(void *)old.data)->is_packed = 1;
	buf_clear(&m->policy);
	assert_int_equal(bpf_policy_build(&m->img, buf_slice(&old), MODE_ENFORCE, &m->policy, NULL), 0);
	assert_true(bpf_policy_is_packed(buf_slice(&m->policy)));
}

static void test_random(void **state)
{
	const char *given = getenv("PAVISE_TEST_SEED");
	unsigned seed = given ? (unsigned)atoi(given) : 1;

	(void)state;
	srandom(seed);
	for (int round = 0; round < 60; round++) {
		struct bpf_stacks stacks;
		auto_buf text = BUF_INIT;
		struct made m;

		for (unsigned i = 0; i < 4; i++)
			add_profile(&text, i);
		make(&m, buf_text(&text));
		assert_int_equal(bpf_stacks_make(&stacks, &m.img, MODE_ENFORCE, NULL, 0, NULL), 0);
		/* Every set of two, three and four. */
		assert_int_equal(stacks.n, 6 + 4 + 1);
		assert_int_equal(header_of(&m)->n_stacks, stacks.n);
		compare_all(&m, &stacks);
		pack(&m);
		compare_all(&m, &stacks);
		bpf_stacks_release(&stacks);
		release(&m);
	}
}

/* ---- which stacks are made ---- */

static bool is_made(const struct made *m, const char *name)
{
	const struct policy_profile *p = profile_of(m, name);

	return p && p->n_parts;
}

static void test_from_changes(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { change_profile -> &b, change_profile -> c//&b, }\n"
		 "profile b { change_profile -> &c, }\nprofile c { }\n"
		 "profile d { change_profile /x -> &c, }\n"
		 "profile any { change_profile, }\n");
	assert_true(is_made(&m, "a//&b"));
	assert_true(is_made(&m, "b//&c"));
	assert_true(is_made(&m, "c//&d"));
	/* A wildcard takes few names here, so all of them are made. */
	assert_true(is_made(&m, "any//&c"));
	/* c may not change, so neither may what it is part of. */
	assert_false(is_made(&m, "a//&c"));
	assert_false(is_made(&m, "a//&b//&c"));
	/* Its parts, in the order of their numbers. */
	assert_int_equal(profile_of(&m, "b//&c")->parts[0], number_of(&m, "b"));
	assert_int_equal(profile_of(&m, "b//&c")->parts[1], number_of(&m, "c"));
	assert_int_equal(profile_of(&m, "b//&c")->parts[2], POLICY_NO_PART);
	release(&m);
}

static void test_from_execs(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { /on px -> &b, /both ix, /some ix, /y px -> d//&c, }\n"
		 "profile att /on { /x px -> c, }\n"
		 "profile b { /x px -> d, /both ix, /some/{,**} px, }\n"
		 "profile c { }\nprofile d { }\n"
		 "profile far /some/thing { }\n");
	assert_true(is_made(&m, "att//&b"));
	assert_true(is_made(&m, "c//&d"));
	/* Nothing leads a program of a to b but /on, and that is where att is. */
	assert_false(is_made(&m, "a//&b"));
	assert_false(is_made(&m, "att//&far"));
	release(&m);
}

/* The target of a profile's only exec rule. */
static const struct policy_exec *target_of(const struct made *m)
{
	const struct policy_exec *x = (const void *)(m->policy.data + header_of(m)->execs);

	while (x->kind != EXEC_PROFILE)
		x++;
	return x;
}

static void test_order_of_names(void **state)
{
	static const struct {
		const char *told, *name;
		bool is_over_nobody;
	} rows[] = {
		{ "c//&b", "b//&c", false },	{ "b//&c//&b", "b//&c", false },
		{ "b//&b", "b", false },	{ "c//&a//h", "a//h//&c", false },
		{ "b//&none", NULL, false },	{ "b//&unconfined", "b", true },
		{ "unconfined//&c//&b", "b//&c", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf text = BUF_INIT;
		struct made m;

		buf_printf(&text, "profile a { /on px -> %s, ^h { } }\nprofile b { }\nprofile c { }\n",
			   rows[i].told);
		make(&m, buf_text(&text));
		assert_int_equal(target_of(&m)->target, rows[i].name ? number_of(&m, rows[i].name) : 0);
		assert_int_equal(!!(target_of(&m)->flags & POLICY_OVER_NOBODY), rows[i].is_over_nobody);
		release(&m);
	}
}

static void test_place_of_nobody(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { change_profile -> &z, }\nprofile z { }\n"
		 "profile x { change_profile -> &z, }\nprofile b { change_profile -> &a, }\n");
	assert_int_equal(profile_of(&m, "a")->nobody_at, strlen("a"));
	assert_int_equal(profile_of(&m, "z")->nobody_at, 0);
	assert_int_equal(profile_of(&m, "a//&z")->nobody_at, strlen("a//&"));
	assert_int_equal(profile_of(&m, "x//&z")->nobody_at, 0);
	assert_int_equal(profile_of(&m, "a//&b")->nobody_at, strlen("a//&b"));
	release(&m);
}

/* What may be had one by one may be had together, but not of many. */
static void test_together(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { change_profile -> {b,c,d}, }\nprofile s { change_profile -> &{c,d}, }\n"
		 "profile b { }\nprofile c { }\nprofile d { }\nprofile e { }\n");
	assert_true(is_made(&m, "b//&c"));
	assert_true(is_made(&m, "b//&c//&d"));
	assert_true(is_made(&m, "c//&d//&s"));
	assert_false(is_made(&m, "b//&e"));
	release(&m);
	make(&m, "profile a { change_profile -> {b,c,d,e,f}, }\nprofile b { }\nprofile c { }\n"
		 "profile d { }\nprofile e { }\nprofile f { }\nprofile g { }\n");
	assert_false(is_made(&m, "b//&c"));
	assert_int_equal(header_of(&m)->n_unstacked, 0);
	release(&m);
}

/* Who needs no rule, with one more profile. */
static void test_unasked(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile u flags=(unconfined) { }\nprofile v flags=(unconfined) { }\n"
		 "profile d flags=(default_allow) { }\n"
		 "profile a { change_profile -> &b, }\nprofile b { change_profile -> &a, }\n");
	assert_true(is_made(&m, "a//&u"));
	assert_true(is_made(&m, "u//&v"));
	assert_true(is_made(&m, "a//&d"));
	assert_true(is_made(&m, "a//&b//&u"));
	assert_false(is_made(&m, "a//&u//&v"));
	release(&m);
}

static void test_attached_part(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { change_profile -> &b, /some/thing ix, /some/other ux, }\n"
		 "profile b { change_profile, /some/* px, }\n"
		 "profile far /some/thing { /** ix, }\nprofile else /some/thin { }\n");
	assert_true(is_made(&m, "a//&b"));
	assert_true(is_made(&m, "a//&far"));
	assert_false(is_made(&m, "a//&else"));
	release(&m);
}

static void test_hats(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { change_profile -> &b, ^x { /x r, } ^y { } profile z { } }\n"
		 "profile b { change_profile -> &c, ^x { } profile y { } ^z { } }\nprofile c { ^x { } }\n");
	assert_true(is_made(&m, "a//x//&b//x"));
	assert_true(is_made(&m, "b//x//&c//x"));
	assert_false(is_made(&m, "a//y//&b//y"));
	assert_false(is_made(&m, "a//z//&b//z"));
	release(&m);
}

static void test_modes(void **state)
{
	static const char *const text =
		"profile e { change_profile -> &{c,k,u}, /a r, }\n"
		"profile c flags=(complain) { change_profile -> &{d,e}, deny /a r, }\n"
		"profile d flags=(complain) { change_profile -> &{c,u}, }\n"
		"profile k flags=(kill) { change_profile -> &e, }\n"
		"profile u flags=(unconfined) { }\nprofile v flags=(unconfined) { }\n";
	struct made m;

	(void)state;
	make(&m, text);
	assert_int_equal(profile_of(&m, "c//&e")->mode, MODE_ENFORCE);
	assert_int_equal(profile_of(&m, "c//&d")->mode, MODE_COMPLAIN);
	assert_int_equal(profile_of(&m, "e//&k")->mode, MODE_KILL);
	assert_int_equal(profile_of(&m, "e//&u")->mode, MODE_ENFORCE);
	assert_int_equal(profile_of(&m, "d//&u")->mode, MODE_COMPLAIN);
	/* As AppArmor tells it. */
	assert_int_equal(profile_of(&m, "c//&e")->shown_mode, POLICY_MODE_MIXED);
	assert_int_equal(profile_of(&m, "c//&d")->shown_mode, MODE_COMPLAIN);
	assert_int_equal(profile_of(&m, "d//&u")->shown_mode, POLICY_MODE_MIXED);
	assert_int_equal(profile_of(&m, "u//&v")->shown_mode, MODE_UNCONFINED);
	assert_int_equal(profile_of(&m, "c")->shown_mode, MODE_COMPLAIN);
	/* One profile confines: its automaton is the stack's. */
	assert_int_equal(profile_of(&m, "e//&u")->table.cells, profile_of(&m, "e")->table.cells);
	release(&m);
}

static void test_fields(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a flags=(attach_disconnected,mediate_deleted) {\n"
		 "  change_profile -> &b, set rlimit nofile <= 10, set rlimit nproc <= 5,\n}\n"
		 "profile b flags=(attach_disconnected) { set rlimit nofile <= 7, change_profile -> &c, }\n"
		 "profile c flags=(attach_disconnected.path=/x) { }\n");
	assert_int_equal(profile_of(&m, "a//&b")->flags, PROFILE_ATTACH_DISCONNECTED);
	assert_int_equal(profile_of(&m, "b//&c")->flags, 0);
	assert_int_equal(profile_of(&m, "a//&b")->rlimit[7], 7);
	assert_int_equal(profile_of(&m, "a//&b")->rlimit[6], 5);
	release(&m);
}

/* ---- policies that come and go ---- */

#define A "profile a { change_profile -> &b, /1 r, /2 r, }\n"
#define B "profile b { /1 r, /3 r, }\n"

static void test_part_goes(void **state)
{
	struct made both, one, again, none;
	uint32_t number;

	(void)state;
	make(&both, A B);
	number = number_of(&both, "a//&b");
	make_after(&one, A, buf_slice(&both.policy));
	/* Processes with that label go on in what is left of it. */
	assert_int_equal(number_of(&one, "a//&b"), number);
	assert_int_equal(profile_of(&one, "a//&b")->n_parts, 1);
	assert_int_equal(profile_of(&one, "a//&b")->is_part_lost, 1);
	assert_int_equal(profile_of(&one, "a//&b")->table.cells, profile_of(&one, "a")->table.cells);
	assert_int_equal(profile_of(&one, "a//&b")->mode, MODE_ENFORCE);
	assert_int_equal(header_of(&one)->n_stacks, 0);
	make_after(&none, "profile other { }", buf_slice(&one.policy));
	assert_int_equal(profile_of(&none, "a//&b")->mode, MODE_UNCONFINED);
	assert_int_equal(profile_of(&none, "a//&b")->n_parts, 0);
	/* Without the rule that led to it, for there may be such processes. */
	make_after(&again, "profile a { /1 r, /2 r, }\n" B, buf_slice(&none.policy));
	assert_int_equal(number_of(&again, "a//&b"), number);
	assert_int_equal(profile_of(&again, "a//&b")->n_parts, 2);
	assert_int_equal(header_of(&again)->n_stacks, 1);
	release(&both);
	release(&one);
	release(&none);
	release(&again);
}

/* ---- limits ---- */

static void test_wildcards_of_many(void **state)
{
	auto_buf text = BUF_INIT;
	struct made m;

	(void)state;
	buf_add_text(&text, "profile any { change_profile, }\n");
	for (int i = 0; i < STACK_CHOICES_MAX; i++)
		buf_printf(&text, "profile p%02d { }\n", i);
	make(&m, buf_text(&text));
	assert_int_equal(header_of(&m)->n_stacks, 0);
	assert_int_equal(header_of(&m)->n_unstacked, 0);
	release(&m);
}

static void test_too_many(void **state)
{
	auto_buf text = BUF_INIT;
	struct made m;

	(void)state;
	/* All sets of up to four of 16. */
	for (int i = 0; i < 16; i++)
		buf_printf(&text, "profile p%02d { change_profile, /%d r, }\n", i, i);
	make(&m, buf_text(&text));
	assert_int_equal(header_of(&m)->n_stacks, STACKS_MAX);
	assert_true(header_of(&m)->n_unstacked > 0);
	assert_non_null(strstr(bpf_policy_unstacked_words(buf_slice(&m.policy)), "(more than 512 stacks)"));
	/* The smaller ones first. */
	assert_true(is_made(&m, "p14//&p15"));
	assert_false(is_made(&m, "p12//&p13//&p14//&p15"));
	release(&m);
}

/* Two automata of 8,192 states and more, and more than a million together. */
#define LARGE_A "profile a { change_profile -> &b, /**a???????????? r, }\n"
#define LARGE_B "profile b { /**b???????????? r, }\n"

static void test_too_large(void **state)
{
	struct made small, large, failed = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	make(&large, LARGE_A LARGE_B);
	assert_false(is_made(&large, "a//&b"));
	assert_int_equal(header_of(&large)->n_unstacked, 1);
	assert_string_equal(bpf_policy_unstacked_words(buf_slice(&large.policy)),
			    "a//&b (more than 65,535 states or 16 MiB in a stack)");
	/* There may be processes with that label: the policy is refused as a whole. */
	make(&small, A B);
	assert_int_equal(bpf_policy_build(&large.img, buf_slice(&small.policy), MODE_ENFORCE, &failed.policy,
					  &err), -E2BIG);
	assert_non_null(strstr(err.text, "a//&b"));
	release(&small);
	release(&large);
	release(&failed);
}

static void test_five(void **state)
{
	struct made m;

	(void)state;
	make(&m, "profile a { /on px -> f//&e//&d//&c//&b, }\nprofile b { }\nprofile c { }\nprofile d { }\n"
		 "profile e { }\nprofile f { }\n");
	assert_int_equal(target_of(&m)->target, 0);
	assert_int_equal(header_of(&m)->n_unstacked, 1);
	assert_string_equal(bpf_policy_unstacked_words(buf_slice(&m.policy)),
			    "c//&d//&e//&f//&… (more than 4 profiles in a stack)");
	release(&m);
}

static void test_long_name(void **state)
{
	auto_buf text = BUF_INIT;
	char name[POLICY_LABEL_MAX - 1];
	struct made m;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	buf_printf(&text, "profile a { change_profile -> &%s, }\nprofile %s { }\n", name, name);
	make(&m, buf_text(&text));
	assert_int_equal(header_of(&m)->n_stacks, 0);
	assert_int_equal(header_of(&m)->n_unstacked, 1);
	release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),	      cmocka_unit_test(test_from_changes),
		cmocka_unit_test(test_from_execs),    cmocka_unit_test(test_attached_part),
		cmocka_unit_test(test_hats),	      cmocka_unit_test(test_order_of_names),
		cmocka_unit_test(test_place_of_nobody), cmocka_unit_test(test_together),
		cmocka_unit_test(test_unasked),	      cmocka_unit_test(test_five),
		cmocka_unit_test(test_modes),	      cmocka_unit_test(test_fields),
		cmocka_unit_test(test_part_goes),     cmocka_unit_test(test_wildcards_of_many),
		cmocka_unit_test(test_too_many),      cmocka_unit_test(test_long_name),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
