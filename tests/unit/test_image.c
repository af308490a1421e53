/* SPDX-License-Identifier: BSD-2-Clause */
/* Images: what is built is opened and decides; what is damaged is refused or harmless. */
#include "image/image_build.h"
#include "image/image.h"
#include "image/image_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>

enum { N_MUTATIONS = 20000 };

static uint32_t seed = 7;

static uint32_t roll(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/*
 * "a" is state 2, which reads; "b" is state 3, which executes into the child; all else is dead. The
 * profile attaches to "a", and to "b" if that has the attribute user.a of value "a".
 */
static void build_sample(struct buf *out)
{
	uint8_t class_of[256] = { ['a'] = 1, ['b'] = 2 };
	const uint32_t base[4] = { 0, 1, 0, 0 };
	const uint16_t fallback[4] = { 0 };
	const uint16_t check[4] = { 0, 0, 1, 1 }, next[4] = { 0, 0, 2, 3 };
	const uint16_t accept[4] = { 0, 0, 1, 2 }, attach_accept[4] = { 0, 0, 1, 2 },
		       value_accept[4] = { 0, 0, 1, 0 };
	struct image_entry entries[2] = {
		{ .allow = { PERM_READ, 0 }, .deny = { 0, PERM_READ }, .quiet = { 0, PERM_READ } },
		{ .allow = { PERM_EXEC, PERM_EXEC }, .audit = { PERM_EXEC, 0 } },
	};
	const struct image_choice choice = { .profile = 0, .standing = 1 };
	struct image_xattr xattr = { .start = 1 };
	struct image_exec exec = { .kind = EXEC_CHILD, .flags = EXEC_SCRUB };
	struct image_profile profile = { .parent = IMAGE_NONE, .cap_allow = 1u << 7, .cap_deny = 1u << 8 };
	struct image_build_table table = {
		class_of, 3, 4, base, fallback, accept, 4, check, next, 0,
	};
	struct image_build b;

	image_build_init(&b);
	exec.name = image_build_string(&b, SLICE("one//child"));
	entries[1].exec[0] = entries[1].exec[1] = image_build_exec(&b, &exec);
	table.first_entry = image_build_entries(&b, entries, 2) - 1;
	profile.name = image_build_string(&b, SLICE("one"));
	profile.table = image_build_table(&b, &table);
	profile.start[CLASS_FILE] = 1;
	profile.n_xattrs = 1;
	image_build_profile(&b, &profile);
	image_build_attach(&b, IMAGE_NONE);
	image_build_attach(&b, 0);
	image_build_attach(&b, image_build_choices(&b, &choice, 1));
	table.accept = attach_accept;
	table.first_entry = 0;
	b.attach_table = image_build_table(&b, &table);
	b.attach_start = 1;
	table.accept = value_accept;
	table.first_entry = UINT32_MAX;
	xattr.table = image_build_table(&b, &table);
	xattr.name = image_build_string(&b, SLICE("user.a"));
	image_build_xattr(&b, &xattr);
	assert_int_equal(image_build_finish(&b, out, NULL), 0);
	image_build_release(&b);
}

static int get(void *of, const char *name, struct slice *value)
{
	const char *text = of;

	assert_non_null(name);
	*value = slice_of(text ? text : "");
	return text ? 1 : -EIO;
}

static void test_attributes(void **state)
{
	struct image_attributes fits = { get, (void *)(uintptr_t)"a" };
	struct image_attributes other = { get, (void *)(uintptr_t)"b" };
	struct image_attributes unknown = { get, NULL };
	auto_buf bytes = BUF_INIT;
	struct image img;

	(void)state;
	build_sample(&bytes);
	assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("b"), &fits), 0);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("b"), &other), IMAGE_NONE);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("b"), &unknown), IMAGE_UNREADABLE);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("b"), NULL), IMAGE_NONE);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("a"), &unknown), 0);
}

static void test_decide(void **state)
{
	auto_buf bytes = BUF_INIT;
	struct image img;
	struct verdict v;

	(void)state;
	build_sample(&bytes);
	assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
	assert_int_equal(image_find_profile(&img, SLICE("one")), 0);
	assert_int_equal(image_find_profile(&img, SLICE("two")), IMAGE_NONE);
	v = image_decide(&img, 0, CLASS_FILE, SLICE("a"), PERM_READ | PERM_WRITE, true);
	assert_int_equal(v.allowed, PERM_READ);
	assert_int_equal(v.missing, PERM_WRITE);
	assert_int_equal(v.denied, 0);
	v = image_decide(&img, 0, CLASS_FILE, SLICE("a"), PERM_READ, false);
	assert_int_equal(v.denied, PERM_READ);
	assert_int_equal(v.quiet, PERM_READ);
	v = image_decide(&img, 0, CLASS_FILE, SLICE("b"), PERM_EXEC, true);
	assert_int_equal(v.exec.kind, EXEC_CHILD);
	assert_string_equal(image_text(&img, v.exec.name), "one//child");
	assert_int_equal(v.audit, PERM_EXEC);
	v = image_decide(&img, 0, CLASS_FILE, SLICE("ab"), PERM_READ, true);
	assert_int_equal(v.missing, PERM_READ);
	v = image_decide(&img, 0, CLASS_NET, SLICE("a"), 1, true);
	assert_int_equal(v.missing, 1);
	assert_int_equal(image_decide_capability(&img, 0, 7).allowed, 1);
	assert_int_equal(image_decide_capability(&img, 0, 8).denied, 1);
	assert_int_equal(image_decide_capability(&img, 0, 64).missing, 1);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("a"), NULL), 0);
	assert_int_equal(image_attach(&img, IMAGE_NONE, SLICE("b"), NULL), IMAGE_NONE);
	assert_int_equal(image_attach(&img, 0, SLICE("a"), NULL), IMAGE_NONE);
}

static void test_print(void **state)
{
	auto_buf bytes = BUF_INIT;
	auto_buf text = BUF_INIT;
	struct image img;

	(void)state;
	build_sample(&bytes);
	assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
	image_print(&img, true, &text);
	assert_non_null(strstr(buf_text(&text), "profile one (enforce)"));
	assert_non_null(strstr(buf_text(&text), "exec child scrubbed -> one//child"));
}

static void test_spread(void **state)
{
	static const uint16_t rows[16] = { [5] = 2, [6] = 3 };
	auto_buf bytes = BUF_INIT;
	uint16_t cells[16], accept[4];
	struct image img;

	(void)state;
	build_sample(&bytes);
	assert_int_equal(image_open(bytes.data, bytes.len, &img, NULL), 0);
	assert_int_equal(image_table_shift(&img, 0), 2);
	image_table_spread(&img, 0, cells, accept);
	assert_memory_equal(cells, rows, sizeof(cells));
	assert_int_equal(accept[2], 1);
	assert_int_equal(accept[3], 2);
}

static void use(const struct image *img)
{
	struct image_attributes attributes = { get, (void *)(uintptr_t)"a" };
	auto_buf text = BUF_INIT;

	for (uint32_t p = 0; p < img->n_profiles; p++)
		for (int c = 0; c < N_CLASSES; c++) {
			image_decide(img, p, (enum class_id)c, SLICE("ab"), UINT32_MAX, true);
			image_decide(img, p, (enum class_id)c, SLICE("b"), UINT32_MAX, false);
			image_decide_link(img, p, SLICE("a"), SLICE("b"), true);
			image_attach(img, p, SLICE("b"), &attributes);
		}
	image_attach(img, IMAGE_NONE, SLICE("b"), &attributes);
	image_print(img, true, &text);
}

/* Damage behind a right checksum: refused, or as harmless as any other image. */
static void test_mutations(void **state)
{
	auto_buf sound = BUF_INIT;
	size_t n_opened = 0;

	(void)state;
	build_sample(&sound);
	for (int i = 0; i < N_MUTATIONS; i++) {
		char *bytes = malloc(sound.len);
		uint64_t sum;
		struct image img;

		memcpy(bytes, sound.data, sound.len);
		for (uint32_t n = 1 + roll(3); n; n--)
			bytes[roll((uint32_t)sound.len)] = (char)roll(256);
		sum = image_checksum(bytes, sound.len);
		memcpy(bytes + offsetof(struct image_header, checksum), &sum, sizeof(sum));
		if (!image_open(bytes, sound.len, &img, NULL)) {
			use(&img);
			n_opened++;
		}
		free(bytes);
	}
	assert_true(n_opened > 100);
	assert_true(n_opened < N_MUTATIONS);
}

static void test_refused(void **state)
{
	auto_buf bytes = BUF_INIT;
	struct err err = ERR_INIT;
	struct image img;

	(void)state;
	build_sample(&bytes);
	assert_int_equal(image_open(bytes.data, 10, &img, &err), -22);
	assert_int_equal(image_open(bytes.data, bytes.len - 8, &img, &err), -22);
	bytes.data[bytes.len - 1] ^= 1;
	assert_int_equal(image_open(bytes.data, bytes.len, &img, &err), -22);
	assert_non_null(strstr(err.text, "checksum"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decide), cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
