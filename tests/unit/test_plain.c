/* SPDX-License-Identifier: BSD-2-Clause */
/* Names told from text alone: what falls away, what makes a folder, what is left to a closer look. */
#include "engine/plain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static const struct {
	const char *base, *path;
	const char *name;		/* NULL: the text does not tell */
} cases[] = {
	{ "", "/", "/" },
	{ "", "//", "/" },
	{ "", "/.", "/" },
	{ "", "/etc/passwd", "/etc/passwd" },
	{ "", "//etc///passwd", "/etc/passwd" },
	{ "", "/./etc/./passwd", "/etc/passwd" },
	{ "", "/etc/", "/etc/" },
	{ "", "/etc/.", "/etc/" },
	{ "", "/etc/./", "/etc/" },
	{ "", "/etc/passwd/.", "/etc/passwd/" },
	{ "", "/etc/.hidden", "/etc/.hidden" },
	{ "", "/etc/...", "/etc/..." },
	{ "", "/..a/b..", "/..a/b.." },
	{ "", "/etc/..", NULL },
	{ "", "/../etc", NULL },
	{ "", "/a/../b", NULL },
	{ "", "/proc/1/environ", NULL },
	{ "", "/x/12", NULL },
	{ "", "/x/12a", "/x/12a" },
	{ "", "/x/a12/", "/x/a12/" },
	{ "/", "x", "/x" },
	{ "/", ".", "/" },
	{ "/home/u", "a/b", "/home/u/a/b" },
	{ "/home/u/", "a//b/", "/home/u/a/b/" },
	{ "/home/u", ".", "/home/u/" },
	{ "/proc/77", "environ", NULL },
	{ "/home/u", "..", NULL },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plain p;
		bool is_told = plain_read(cases[i].base, cases[i].path, &p);

		assert_int_equal(is_told, cases[i].name != NULL);
		if (!is_told)
			continue;
		assert_string_equal(p.name, cases[i].name);
		assert_int_equal(p.len, strlen(cases[i].name));
		assert_int_equal(p.is_folder, p.name[p.len - 1] == '/');
	}
}

static void test_length(void **state)
{
	char path[PATH_MAX + 8];
	struct plain p;

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[PATH_MAX - 1] = '\0';
	assert_true(plain_read("", path, &p));
	assert_int_equal(p.len, PATH_MAX - 1);
	plain_make_folder(&p);
	assert_int_equal(p.len, PATH_MAX);
	path[PATH_MAX - 1] = 'a';
	path[PATH_MAX] = '\0';
	assert_false(plain_read("", path, &p));
	path[PATH_MAX - 2] = '\0';
	assert_false(plain_read("/b", path + 1, &p));
}

static void test_folder(void **state)
{
	struct plain p;

	(void)state;
	assert_true(plain_read("", "/etc", &p));
	plain_make_folder(&p);
	plain_make_folder(&p);
	assert_string_equal(p.name, "/etc/");
	assert_int_equal(p.len, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
