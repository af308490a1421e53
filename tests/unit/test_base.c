/* SPDX-License-Identifier: BSD-2-Clause */
/* The base floor: each piece against its contract. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/io.h"
#include "base/map.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena a = ARENA_INIT;

	(void)state;
	for (size_t len = 1; len < 40000; len = len * 3 + 1) {
		unsigned char *p = arena_alloc(&a, len);

		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, len);
	}
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	arena_release(&a);
	assert_int_equal(a.used, 0);
}

static void buf_keeps_its_end_mark(void **state)
{
	auto_buf b = BUF_INIT;

	(void)state;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++) {
		buf_printf(&b, "%d,", i);
		assert_int_equal(b.data[b.len], '\0');
		assert_true(b.len < b.cap);
	}
	buf_clear(&b);
	assert_string_equal(buf_text(&b), "");
	buf_add(&b, "abc", 3);
	buf_align(&b, 8);
	assert_int_equal(b.len, 8);
}

static void buf_escapes(void **state)
{
	static const struct {
		struct slice in;
		const char *terminal, *json;
	} cases[] = {
		{ SLICE("plain"), "plain", "plain" },
		{ SLICE("a\nb\x1b["), "a\\x0ab\\x1b[", "a\\u000ab\\u001b[" },
		{ SLICE("\"\\"), "\"\\x5c", "\\\"\\\\" },
		{ SLICE("z\xc3\xa4"), "z\xc3\xa4", "z\xc3\xa4" },
		{ SLICE("\xff\xc3"), "\\xff\\xc3", "\\ufffd\\ufffd" },
		{ SLICE("\xc0\xaf"), "\\xc0\\xaf", "\\ufffd\\ufffd" },
		{ SLICE("\xed\xa0\x80"), "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd" },
		{ SLICE("\xc2\x9b"), "\\xc2\\x9b", "\\u009b" },
		{ SLICE("\xf0\x9f\x90\x88"), "\xf0\x9f\x90\x88", "\xf0\x9f\x90\x88" },
		{ SLICE("\0"), "\\x00", "\\u0000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		auto_buf terminal = BUF_INIT, json = BUF_INIT;

		buf_add_escaped(&terminal, cases[i].in);
		buf_add_json(&json, cases[i].in);
		assert_string_equal(buf_text(&terminal), cases[i].terminal);
		assert_string_equal(buf_text(&json), cases[i].json);
	}
}

static void map_finds_what_was_set_and_keeps_order(void **state)
{
	struct arena a = ARENA_INIT;
	struct map m;
	static int values[500];

	(void)state;
	map_init(&m, &a);
	assert_null(map_find(&m, SLICE("none")));
	for (int i = 0; i < 500; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%d", i * 7919 % 500);
		assert_null(map_set(&m, slice_of(key), &values[i]));
	}
	for (int i = 0; i < 500; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%d", i * 7919 % 500);
		assert_ptr_equal(map_find(&m, slice_of(key)), &values[i]);
		assert_true(slice_is(m.items[i].key, key));
	}
	assert_ptr_equal(map_set(&m, SLICE("key0"), &values[9]), &values[0]);
	assert_ptr_equal(map_find(&m, SLICE("key0")), &values[9]);
	assert_int_equal(m.n_items, 500);
	arena_release(&a);
}

static void test_slice_take(void **state)
{
	struct slice rest = SLICE("a//b//&c//&//&");

	(void)state;
	assert_true(slice_is(slice_take(&rest, "//&"), "a//b"));
	assert_true(slice_is(slice_take(&rest, "//&"), "c"));
	assert_true(slice_is(slice_take(&rest, "//&"), ""));
	assert_true(slice_is(slice_take(&rest, "//&"), ""));
	assert_int_equal(rest.len, 0);
	rest = SLICE("whole");
	assert_true(slice_is(slice_take(&rest, "//&"), "whole"));
	assert_int_equal(rest.len, 0);
	rest = slice_make(NULL, 0);
	assert_int_equal(slice_take(&rest, "//&").len, 0);
}

static void slices_compare(void **state)
{
	(void)state;
	assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
	assert_true(slice_compare(SLICE("ab"), SLICE("a")) > 0);
	assert_int_equal(slice_compare(SLICE("a"), SLICE("a")), 0);
	assert_true(slice_starts(SLICE("prefix"), "pre"));
	assert_false(slice_starts(SLICE("pr"), "pre"));
	assert_true(slice_ends(SLICE("file.c"), ".c"));
	assert_int_equal(slice_distance(SLICE("ffmpeg"), SLICE("ffmepg")), 2);
	assert_int_equal(slice_distance(SLICE(""), SLICE("abc")), 3);
	assert_int_equal(slice_distance(SLICE("kitten"), SLICE("sitting")), 3);
}

static void err_carries_words(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, -ENOENT, "%s", "/x"), -ENOENT);
	assert_string_equal(e.text, "/x: No such file or directory");
	assert_int_equal(err_prefix(&e, "reading"), -ENOENT);
	assert_string_equal(e.text, "reading: /x: No such file or directory");
	assert_int_equal(err_say(&e, -EINVAL, "just words"), -EINVAL);
	assert_string_equal(e.text, "just words");
	assert_int_equal(err_set(NULL, -EIO, "nobody listens"), -EIO);
}

static void diag_prints_places_in_order(void **state)
{
	const struct source file = { "x.profile", SLICE("first\n\tsec\tond\nthird") };
	struct diag d = DIAG_INIT;
	auto_buf out = BUF_INIT, json = BUF_INIT;

	(void)state;
	diag_warn(&d, (struct place){ &file, 3, 2 }, "late");
	assert_false(diag_error(&d, (struct place){ &file, 2, 6 }, "bad %s", "word"));
	diag_help(&d, "say %s", "this");
	diag_print(&d, &out);
	assert_string_equal(buf_text(&out), "x.profile:2:6: error: bad word\n"
					    "    \tsec\tond\n"
					    "    \t   \t^\n"
					    "x.profile:2:6: help: say this\n"
					    "x.profile:3:2: warning: late\n"
					    "    third\n"
					    "     ^\n");
	diag_print_json(&d, &json);
	assert_non_null(strstr(buf_text(&json), "\"column\":6,\"message\":\"bad word\""));
	assert_int_equal(d.n_errors, 1);
	assert_int_equal(d.n_warnings, 1);
	diag_release(&d);
}

static void diag_counts_past_its_limit(void **state)
{
	const struct source file = { "x", SLICE("text") };
	struct diag d = DIAG_INIT;
	auto_buf out = BUF_INIT;

	(void)state;
	for (int i = 0; i < DIAG_ITEMS_MAX + 5; i++)
		diag_error(&d, (struct place){ &file, 1, 1 }, "again");
	diag_print(&d, &out);
	assert_int_equal(d.n_errors, DIAG_ITEMS_MAX + 5);
	assert_non_null(strstr(buf_text(&out), "and 5 more problems"));
	diag_release(&d);
}

static void io_reads_and_replaces(void **state)
{
	char dir[] = "/tmp/pavise-test-XXXXXX", path[64];
	auto_buf in = BUF_INIT;
	struct err e = ERR_INIT;
	char piped[8];
	int fd;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	assert_int_equal(io_read_file(path, 100, &in, &e), -ENOENT);
	assert_int_equal(io_replace_file(path, "hello", 5, 0640, &e), 0);
	assert_int_equal(io_read_file(path, 5, &in, &e), 0);
	assert_string_equal(buf_text(&in), "hello");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(io_read_file(path, 4, &in, &e), -EFBIG);
	assert_string_equal(buf_text(&in), "hello");
	assert_int_equal(io_read_file(dir, 4, &in, &e), -EISDIR);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(io_read_file(path, 4, &in, &e), -EINVAL);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_int_equal(io_replace_file(path, "hello", 5, 0640, &e), 0);
	assert_int_equal(read(fd, piped, sizeof(piped)), 5);
	close(fd);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

/* The examples of FIPS 180-2, appendix B, and lengths around the ends of blocks against sha256sum. */
static void test_sha256(void **state)
{
	static const struct {
		size_t len;
		const char *text, *digits;
	} rows[] = {
		{ 0, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ 3, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ 56, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char text[2 * SHA256_LEN + 1];
	struct sha256 sum;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sha256(slice_make(rows[i].text, rows[i].len), &sum);
		sha256_text(&sum, text);
		assert_string_equal(text, rows[i].digits);
	}
}

static void test_sha256_blocks(void **state)
{
	static const struct {
		size_t len;
		const char *digits;
	} rows[] = {
		{ 55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072" },
		{ 56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e" },
		{ 63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2" },
		{ 64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c" },
		{ 65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9" },
		{ 119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c" },
		{ 120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98" },
		{ 200, "aa20c23e3201834050679e1d88941b9a6fed0557c9a705cb2c315e2e63fd486d" },
	};
	char text[2 * SHA256_LEN + 1], bytes[200];
	struct sha256 sum;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sha256(slice_make(bytes, rows[i].len), &sum);
		sha256_text(&sum, text);
		assert_string_equal(text, rows[i].digits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slice_take),
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(buf_keeps_its_end_mark),
		cmocka_unit_test(buf_escapes),
		cmocka_unit_test(map_finds_what_was_set_and_keeps_order),
		cmocka_unit_test(slices_compare),
		cmocka_unit_test(err_carries_words),
		cmocka_unit_test(diag_prints_places_in_order),
		cmocka_unit_test(diag_counts_past_its_limit),
		cmocka_unit_test(io_reads_and_replaces),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_sha256_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
