/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The policy that kernel programs walk against the image it was made of: walked here as they walk it, it
 * must lead to the same entries and attachments; numbers stay with names whatever comes and goes.
 */
#include "compile/compile.h"
#include "engine/bpf_grant.h"
#include "engine/bpf_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

static const char *const no_dirs[] = { "/nonexistent", NULL };

struct compiled {
	struct buf bytes;
	struct image img;
};

static void compile_text(struct compiled *c, const char *text)
{
	struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	struct policy policy;

	*c = (struct compiled){ 0 };
	policy_init(&policy, &options, &diag);
	assert_true(policy_read_text(&policy, "text", slice_of(text)));
	assert_true(compile_policy(&policy, &c->bytes));
	assert_int_equal(image_open(c->bytes.data, c->bytes.len, &c->img, NULL), 0);
	policy_release(&policy);
	diag_release(&diag);
}

static struct policy_header *header_of(const struct buf *policy)
{
	return (struct policy_header *)(void *)policy->data;
}

static uint32_t walk(const struct buf *policy, const struct policy_table *t, uint32_t state,
		     const char *bytes)
{
	const struct match_table table = {
		.class_of = (const uint8_t *)policy->data + t->class_of,
		.states = (const void *)(policy->data + t->states),
		.cells = (const void *)(policy->data + t->cells),
	};

	const uint16_t *spread = (const void *)(policy->data + t->cells);

	if (header_of(policy)->is_packed)
		state = match_walk(&table, state, (const uint8_t *)bytes, strlen(bytes));
	else
		for (; *bytes; bytes++)
			state = spread[state * t->row + table.class_of[(uint8_t)*bytes]];
	return table.states[state].accept;
}

static const struct image_entry *entry_of(const struct buf *policy, const struct policy_profile *p,
					  const char *path)
{
	uint32_t accept = p->start[CLASS_FILE] ? walk(policy, &p->table, p->start[CLASS_FILE], path) : 0;
	uint32_t at = accept ? p->table.entries + accept * (uint32_t)sizeof(struct image_entry)
			     : header_of(policy)->nothing;

	return (const void *)(policy->data + at);
}

static uint32_t attached(const struct buf *policy, uint32_t start, const char *path)
{
	const struct policy_table *t = &header_of(policy)->attach;
	uint32_t accept = start ? walk(policy, t, start, path) : 0;

	return accept ? *(const uint32_t *)(void *)(policy->data + t->entries + accept * 4) : 0;
}

/* The number that an attachment of the image has in the policy. */
static uint32_t number_of(const struct buf *policy, const struct image *img, uint32_t profile)
{
	if (profile == IMAGE_NONE)
		return 0;
	if (profile == IMAGE_AMBIGUOUS)
		return POLICY_AMBIGUOUS;
	return bpf_policy_find(buf_slice(policy), slice_of(image_text(img, img->profiles[profile].name)));
}

static const char text[] = "profile one /bin/one* flags=(attach_disconnected.path=/gone) {\n"
			   "  /etc/** r,\n  owner /tmp/* rw,\n  deny /etc/x r,\n  /bin/two px,\n"
			   "  /bin/child cx,\n  profile child /bin/child { /c r, }\n}\n"
			   "profile two /bin/two flags=(complain) { /etc/** r, owner /tmp/* rw, deny /etc/x r, }\n"
			   "profile third /bin/one { }\n";
static const char *const paths[] = { "/etc/a", "/etc/x", "/tmp/y", "/bin/one", "/bin/one1", "/bin/two",
				     "/bin/child", "/c", "/", "" };

static void same_as_image(const struct buf *policy, const struct image *img)
{
	struct slice s = buf_slice(policy);

	for (uint32_t i = 0; i < img->n_profiles; i++) {
		struct slice name = slice_of(image_text(img, img->profiles[i].name));
		uint32_t number = bpf_policy_find(s, name);
		const struct policy_profile *p = bpf_policy_profile(s, number);

		assert_int_not_equal(number, 0);
		assert_string_equal(bpf_policy_name(s, number), name.ptr);
		assert_int_equal(p->mode, img->profiles[i].mode);
		for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
			struct verdict v = image_decide(img, i, CLASS_FILE, slice_of(paths[k]), ~0u, false);
			uint32_t a = image_attach(img, i, slice_of(paths[k]), NULL);

			assert_int_equal(entry_of(policy, p, paths[k])->allow[1], v.allowed);
			assert_int_equal(entry_of(policy, p, paths[k])->deny[1], v.denied);
			assert_int_equal(attached(policy, p->attach_start, paths[k]),
					 number_of(policy, img, a));
		}
	}
}

/* What comes after a packed policy is packed. */
static void test_packed(void **state)
{
	struct compiled c;
	auto_buf first = BUF_INIT;
	auto_buf second = BUF_INIT;

	(void)state;
	compile_text(&c, text);
	assert_int_equal(bpf_policy_build(&c.img, slice_of(""), MODE_ENFORCE, &first, NULL), 0);
	assert_false(bpf_policy_is_packed(buf_slice(&first)));
	header_of(&first)->is_packed = 1;
	assert_int_equal(bpf_policy_build(&c.img, buf_slice(&first), MODE_ENFORCE, &second, NULL), 0);
	assert_true(bpf_policy_is_packed(buf_slice(&second)));
	assert_true(second.len < first.len);
	same_as_image(&second, &c.img);
	buf_release(&c.bytes);
}

/* What a profile is said to take is what the policy grows by with it, but for names and room between parts. */
static void test_bytes(void **state)
{
	static const char more[] = "profile more { /srv/*/[a-f]*/**.txt rw, /etc/** r, network inet, signal peer=q*, }\n";
	struct compiled few, many;
	auto_buf first = BUF_INIT, second = BUF_INIT, third = BUF_INIT, both = BUF_INIT;
	size_t spread, packed, grown;
	uint32_t number;

	(void)state;
	buf_printf(&both, "%s%s", text, more);
	compile_text(&few, text);
	compile_text(&many, buf_text(&both));
	assert_int_equal(bpf_policy_build(&few.img, slice_of(""), MODE_ENFORCE, &first, NULL), 0);
	assert_int_equal(bpf_policy_build(&many.img, slice_of(""), MODE_ENFORCE, &second, NULL), 0);
	number = image_find_profile(&many.img, SLICE("more"));
	spread = bpf_policy_bytes_of(buf_slice(&second), &many.img, number);
	grown = bpf_policy_len(buf_slice(&second)) - bpf_policy_len(buf_slice(&first));
	if (grown < spread || grown - spread > 100)
		fail_msg("grown by %zu bytes, of which %zu are said to be the profile's", grown, spread);
	header_of(&second)->is_packed = 1;
	assert_int_equal(bpf_policy_build(&many.img, buf_slice(&second), MODE_ENFORCE, &third, NULL), 0);
	packed = bpf_policy_bytes_of(buf_slice(&third), &many.img, number);
	assert_true(packed < spread);
	buf_release(&few.bytes);
	buf_release(&many.bytes);
}

static void test_walk(void **state)
{
	struct compiled c;
	auto_buf policy = BUF_INIT;
	struct image back;
	const struct policy_profile *one;

	(void)state;
	compile_text(&c, text);
	assert_int_equal(bpf_policy_build(&c.img, slice_of(""), MODE_ENFORCE, &policy, NULL), 0);
	assert_int_equal(bpf_policy_check(buf_slice(&policy), NULL), 0);
	same_as_image(&policy, &c.img);
	for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++) {
		uint32_t a = image_attach(&c.img, IMAGE_NONE, slice_of(paths[k]), NULL);
		uint32_t number = attached(&policy, header_of(&policy)->attach_start, paths[k]);

		assert_int_equal(number, number_of(&policy, &c.img, a));
	}
	one = bpf_policy_profile(buf_slice(&policy), bpf_policy_find(buf_slice(&policy), SLICE("one")));
	assert_memory_equal(policy.data + one->disconnected, "/gone", one->disconnected_len);
	assert_int_equal(bpf_policy_image(buf_slice(&policy), &back, NULL), 0);
	assert_memory_equal(back.bytes, c.bytes.data, c.bytes.len);
	buf_release(&c.bytes);
}

/* Two policies after the first: a profile goes and comes back under its number, unconfined between. */
static void test_numbers(void **state)
{
	struct compiled all, less;
	auto_buf first = BUF_INIT, second = BUF_INIT, third = BUF_INIT;
	uint32_t two;

	(void)state;
	compile_text(&all, text);
	compile_text(&less, "profile one { }\nprofile fourth { /c r, }\n");
	assert_int_equal(bpf_policy_build(&all.img, slice_of(""), MODE_ENFORCE, &first, NULL), 0);
	assert_int_equal(bpf_policy_build(&less.img, buf_slice(&first), MODE_ENFORCE, &second, NULL), 0);
	assert_int_equal(bpf_policy_build(&all.img, buf_slice(&second), MODE_ENFORCE, &third, NULL), 0);
	two = bpf_policy_find(buf_slice(&first), SLICE("two"));
	assert_int_equal(bpf_policy_find(buf_slice(&second), SLICE("two")), two);
	assert_int_equal(bpf_policy_profile(buf_slice(&second), two)->mode, MODE_UNCONFINED);
	assert_int_equal(bpf_policy_find(buf_slice(&third), SLICE("two")), two);
	assert_int_equal(bpf_policy_profile(buf_slice(&third), two)->mode, MODE_COMPLAIN);
	assert_int_equal(bpf_policy_count(buf_slice(&second)), bpf_policy_count(buf_slice(&first)) + 1);
	assert_int_equal(bpf_policy_generation(buf_slice(&third)), 3);
	same_as_image(&second, &less.img);
	same_as_image(&third, &all.img);
	buf_release(&all.bytes);
	buf_release(&less.bytes);
}

static void test_refusals(void **state)
{
	struct compiled c;
	auto_buf policy = BUF_INIT;
	auto_buf long_text = BUF_INIT;
	struct image back;
	struct err err = ERR_INIT;

	(void)state;
	compile_text(&c, text);
	assert_int_equal(bpf_policy_build(&c.img, slice_of(""), MODE_ENFORCE, &policy, NULL), 0);
	buf_release(&c.bytes);
	header_of(&policy)->image_len += 8;
	assert_int_equal(bpf_policy_image(buf_slice(&policy), &back, &err), -EINVAL);
	header_of(&policy)->image_len -= 8;
	policy.data[header_of(&policy)->image + header_of(&policy)->image_len - 1] ^= 1;
	assert_int_equal(bpf_policy_image(buf_slice(&policy), &back, &err), -EINVAL);
	header_of(&policy)->n_profiles = 1 << 30;
	assert_int_equal(bpf_policy_check(buf_slice(&policy), &err), -EINVAL);
	buf_add_text(&long_text, "profile ");
	for (int i = 0; i < POLICY_LABEL_MAX; i++)
		buf_add_char(&long_text, 'x');
	buf_add_text(&long_text, " { }");
	compile_text(&c, buf_text(&long_text));
	buf_clear(&policy);
	assert_int_equal(bpf_policy_build(&c.img, slice_of(""), MODE_ENFORCE, &policy, &err), -E2BIG);
	buf_release(&c.bytes);
}

/* What all sockets are allowed, whatever they are. */
static void test_grants(void **state)
{
	static const struct {
		const char *rules;
		uint32_t net, unix_;
	} rows[] = {
		{ "/x r,", 0, 0 },
		{ "network,", PERM_NET_ALL, PERM_NET_ALL },
		{ "network, unix,", PERM_NET_ALL, PERM_NET_ALL },
		{ "unix,", 0, PERM_NET_ALL },
		{ "network inet,", 0, 0 },
		{ "network unix,", 0, PERM_NET_ALL },
		{ "network unix stream,", 0, 0 },
		{ "network send,", PERM_NET_SEND, PERM_NET_SEND },
		{ "network, deny network bind inet,", PERM_NET_ALL & ~PERM_NET_BIND, PERM_NET_ALL },
		{ "network, deny network bind ip=127.0.0.1,", PERM_NET_ALL & ~PERM_NET_BIND, PERM_NET_ALL },
		{ "network, audit network listen inet6,", PERM_NET_ALL & ~PERM_NET_LISTEN, PERM_NET_ALL },
		{ "network ip=127.0.0.1,", 0, 0 },
		{ "unix, deny unix send peer=(label=x),", 0, PERM_NET_ALL & ~PERM_NET_SEND },
		{ "unix, deny unix bind addr=@x*,", 0, PERM_NET_ALL & ~PERM_NET_BIND },
		{ "unix (create, getattr), unix peer=(label=x),", 0, PERM_NET_CREATE | PERM_NET_GETATTR },
		{ "unix addr=@x,", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct compiled c;
		char profile[256];

		snprintf(profile, sizeof(profile), "profile p { %s }", rows[i].rules);
		compile_text(&c, profile);
		if (bpf_grant_sockets(&c.img, c.img.profiles, CLASS_NET) != rows[i].net ||
		    bpf_grant_sockets(&c.img, c.img.profiles, CLASS_UNIX) != rows[i].unix_)
			fail_msg("%s: %#x %#x", rows[i].rules,
				 bpf_grant_sockets(&c.img, c.img.profiles, CLASS_NET),
				 bpf_grant_sockets(&c.img, c.img.profiles, CLASS_UNIX));
		buf_release(&c.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk), cmocka_unit_test(test_packed),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_grants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
