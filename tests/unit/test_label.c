/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of labels, as somebody writes them and as AppArmor 6.1 and 6.12 print them. */
#include "image/label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
	const char *told, *name;
} rows[] = {
	{ "a", "a" },
	{ "unconfined", "unconfined" },
	{ "b//&a", "a//&b" },
	{ "a//&a", "a" },
	{ "a//&b//&a", "a//&b" },
	{ "c//&b//&a//&b", "a//&b//&c" },
	{ "b//&a//hat", "a//hat//&b" },
	{ "a//kid//&a", "a//&a//kid" },
	/* By their bytes, whatever letters. */
	{ "abc//&ab//&a//&Z", "Z//&a//&ab//&abc" },
	{ "unconfined//&a", "a//&unconfined" },
	{ "y//&unconfined", "unconfined//&y" },
	{ "u//&unconfined//&a", "a//&u//&unconfined" },
	{ "a//&", "a//&unconfined" },
	{ "&b//&a", "&a//&b" },
	{ "&a", "&a" },
	{ "", "" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = BUF_INIT;

		label_print(slice_of(rows[i].told), &out);
		assert_string_equal(buf_text(&out), rows[i].name);
	}
}

static void test_too_many(void **state)
{
	auto_buf told = BUF_INIT;
	auto_buf out = BUF_INIT;

	(void)state;
	for (int i = 0; i <= LABEL_NAMES_MAX; i++)
		buf_printf(&told, "%s%d", i ? "//&" : "", LABEL_NAMES_MAX - i);
	label_print(buf_slice(&told), &out);
	assert_string_equal(buf_text(&out), buf_text(&told));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
