/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linking against compiling: images of single files, put together in any order, with profiles taken
 * out and put in again, are byte for byte what compiling the same files at once gives.
 */
#include "compile/compile.h"
#include "compile/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>

enum { N_FILES = 6, N_ROUNDS = 60 };

static const char *const no_dirs[] = { "/nonexistent", NULL };
static uint32_t seed = 7;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void add_rules(struct buf *out)
{
	static const char *const rules[] = {
		"/etc/** r,", "owner /home/*/** rw,", "/bin/* px,", "/bin/a cx -> child,",
		"/bin/b px -> p3,", "/bin/c pux,", "capability kill,", "network inet,",
		"deny /etc/shadow rw,", "audit /x/{a,b,c}* rwk,", "signal send peer=p1,",
		"set rlimit nofile <= 10,", "/bin/d ux,", "change_profile -> p2,",
	};

	for (uint32_t n = roll(6); n; n--)
		buf_printf(out, "  %s\n", rules[roll(sizeof(rules) / sizeof(rules[0]))]);
}

/* Files of one or two profiles; files 0 and 3 say the same under two names. */
static void write_file(uint32_t i, struct buf *out)
{
	static const char *const attachments[] = { "/bin/p*", "/bin/{a,b}", "/usr/**", "/bin/p1", "",
						   "/bin/p* xattrs=(user.a=\"x*\" user.b)",
						   "/bin/p1 xattrs=(user.a=x?)" };

	buf_printf(out, "profile p%u %s flags=(%s) {\n", i, attachments[roll(7)],
		   roll(3) ? "attach_disconnected" : "complain");
	add_rules(out);
	buf_add_text(out, "  profile child /bin/child* {\n");
	add_rules(out);
	buf_add_text(out, "  }\n  ^hat {\n");
	add_rules(out);
	buf_add_text(out, "  }\n}\n");
	if (roll(2)) {
		buf_printf(out, "profile /bin/q%u {\n", i);
		add_rules(out);
		buf_add_text(out, "}\n");
	}
}

/* Compiles the files of a set of numbers; the image's bytes stay the buffer's. */
static void compile_files(const struct buf *files, uint32_t set, struct buf *bytes, struct image *img)
{
	struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	struct policy policy;
	char name[16];

	policy_init(&policy, &options, &diag);
	for (uint32_t i = 0; i < N_FILES; i++) {
		if (!(set & 1u << i))
			continue;
		snprintf(name, sizeof(name), "file%u", i);
		assert_true(policy_read_text(&policy, name, buf_slice(&files[i])));
	}
	assert_true(compile_policy(&policy, bytes));
	assert_int_equal(image_open(bytes->data, bytes->len, img, NULL), 0);
	policy_release(&policy);
	diag_release(&diag);
}

static void same_bytes(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->data, b->data, a->len);
}

static void release_all(struct buf *bufs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_release(&bufs[i]);
}

static void test_linking_is_compiling(void **state)
{
	(void)state;
	for (int round = 0; round < N_ROUNDS; round++) {
		struct buf files[N_FILES] = { 0 }, bytes[N_FILES] = { 0 };
		auto_buf whole = BUF_INIT;
		auto_buf linked = BUF_INIT;
		struct image imgs[N_FILES], img;
		struct link *l = link_new();
		uint32_t first = roll(N_FILES);

		for (uint32_t i = 0; i < N_FILES; i++)
			write_file(i, &files[i]);
		for (uint32_t k = 0; k < N_FILES; k++) {
			uint32_t i = (first + k) % N_FILES;

			compile_files(files, 1u << i, &bytes[i], &imgs[i]);
			assert_int_equal(link_add(l, &imgs[i], NULL, NULL, NULL), 0);
		}
		assert_int_equal(link_finish(l, &linked, NULL), 0);
		compile_files(files, (1u << N_FILES) - 1, &whole, &img);
		same_bytes(&linked, &whole);
		link_free(l);
		release_all(files, N_FILES);
		release_all(bytes, N_FILES);
	}
}

static bool is_of_file(void *of, const struct image *img, uint32_t profile, enum image_mode *mode)
{
	const char *name = image_text(img, img->profiles[profile].name), *digits = of;

	(void)mode;
	return strpbrk(name, digits);
}

/* What is left after taking files out is what compiling the others gives. */
static void test_taking_out(void **state)
{
	struct buf files[N_FILES] = { 0 };
	auto_buf whole = BUF_INIT;
	auto_buf linked = BUF_INIT;
	auto_buf others = BUF_INIT;
	struct image all, img;
	struct link *l = link_new();

	(void)state;
	for (uint32_t i = 0; i < N_FILES; i++)
		write_file(i, &files[i]);
	compile_files(files, (1u << N_FILES) - 1, &whole, &all);
	compile_files(files, 1u << 1 | 1u << 4, &others, &img);
	assert_int_equal(link_add(l, &all, is_of_file, (char *)(uintptr_t)"14", NULL), 0);
	assert_int_equal(link_finish(l, &linked, NULL), 0);
	same_bytes(&linked, &others);
	link_free(l);
	release_all(files, N_FILES);
}

static bool complain(void *of, const struct image *img, uint32_t profile, enum image_mode *mode)
{
	(void)of, (void)img, (void)profile;
	*mode = MODE_COMPLAIN;
	return true;
}

/* The mode changes, the record of what the text says does not. */
static void test_modes(void **state)
{
	struct buf files[N_FILES] = { 0 };
	auto_buf one = BUF_INIT;
	auto_buf linked = BUF_INIT;
	struct link_record records[8];
	struct image img, out;
	struct link *l = link_new();

	(void)state;
	buf_add_text(&files[2], "profile p /bin/p { }\nprofile k flags=(kill) { }\n");
	compile_files(files, 1u << 2, &one, &img);
	assert_int_equal(link_add(l, &img, complain, NULL, NULL), 0);
	assert_int_equal(link_finish(l, &linked, NULL), 0);
	assert_int_equal(image_open(linked.data, linked.len, &out, NULL), 0);
	assert_int_equal(out.n_profiles, 2);
	assert_int_equal(link_read(&out, records, NULL), 0);
	assert_int_equal(out.profiles[0].mode, MODE_COMPLAIN);
	assert_int_equal(records[0].mode, MODE_KILL);
	assert_int_equal(records[1].mode, MODE_ENFORCE);
	assert_true(slice_is(records[1].file, "file2"));
	assert_true(slice_is(records[1].name, "p"));
	assert_int_equal(records[1].n_attachments, 1);
	link_free(l);
	release_all(files, N_FILES);
}

static void test_refusals(void **state)
{
	struct buf files[N_FILES] = { 0 };
	auto_buf one = BUF_INIT;
	auto_buf out = BUF_INIT;
	struct image_section *s;
	struct err err = ERR_INIT;
	struct image img;
	struct link *l = link_new();
	uint32_t whole;

	(void)state;
	write_file(0, &files[0]);
	compile_files(files, 1, &one, &img);
	assert_int_equal(link_add(l, &img, NULL, NULL, &err), 0);
	assert_int_equal(link_add(l, &img, NULL, NULL, &err), 0);
	assert_int_equal(link_finish(l, &out, &err), -EEXIST);
	assert_int_equal(out.len, 0);
	link_free(l);

	/* Records that end too early, wherever it is. */
	s = (struct image_section *)(uintptr_t)&img.header->sections[SECTION_LINKAGE];
	whole = s->len;
	for (s->len = 0; s->len < whole; s->len++) {
		l = link_new();
		assert_int_equal(link_add(l, &img, NULL, NULL, &err), -EINVAL);
		link_free(l);
	}
	release_all(files, N_FILES);
}

/* No profile at all is a policy too. */
static void test_nothing(void **state)
{
	struct buf files[N_FILES] = { 0 };
	auto_buf none = BUF_INIT;
	auto_buf linked = BUF_INIT;
	struct link *l = link_new();
	struct image img;

	(void)state;
	compile_files(files, 0, &none, &img);
	assert_int_equal(link_add(l, &img, NULL, NULL, NULL), 0);
	assert_int_equal(link_finish(l, &linked, NULL), 0);
	same_bytes(&linked, &none);
	link_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linking_is_compiling), cmocka_unit_test(test_taking_out),
		cmocka_unit_test(test_modes),		     cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
