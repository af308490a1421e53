/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of profiles follows what is in force, for who holds its folder too, and nowhere else. */
#include "cli/apparmor_files.h"

#include "base/io.h"
#include "compile/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { TEXT_MAX = 4096 };

static const char *const no_dirs[] = { "/nonexistent", NULL };
static char dir[] = "/tmp/pavise-files-XXXXXX";

static void compile_text(const char *text, struct buf *bytes, struct image *img)
{
	struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	struct policy policy;

	policy_init(&policy, &options, &diag);
	assert_true(policy_read_text(&policy, "text", slice_of(text)));
	assert_true(compile_policy(&policy, bytes));
	assert_int_equal(image_open(bytes->data, bytes->len, img, NULL), 0);
	policy_release(&policy);
	diag_release(&diag);
}

static const char *path_of(const char *name)
{
	static char path[220];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int make_tree(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(path_of("kept"), 0755) | mkdir(path_of("kept/security"), 0755) |
			 mkdir(path_of("kept/security/apparmor"), 0755) | mkdir(path_of("other"), 0755), 0);
	return 0;
}

static int remove_tree(void **state)
{
	char words[100];

	(void)state;
	snprintf(words, sizeof(words), "rm -rf %s", dir);
	return system(words);
}

static int refresh(const struct image *img)
{
	char kept[240];
	struct err err = ERR_INIT;

	snprintf(kept, sizeof(kept), "%s", path_of("kept"));
	return apparmor_files_refresh(kept, img, &err);
}

/* What stands in the file of that name in the folder that is held; "" if nothing does. */
static const char *held_text(int folder)
{
	static char text[TEXT_MAX];
	auto_fd fd = openat(folder, "profiles", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void test_follows(void **state)
{
	auto_buf one = BUF_INIT, two = BUF_INIT;
	struct image first, second;
	auto_fd folder = open(path_of("kept/security/apparmor"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	(void)state;
	compile_text("profile a { } profile b flags=(complain) { profile c { } }", &one, &first);
	compile_text("profile b { }", &two, &second);
	assert_int_equal(refresh(&first), 0);
	assert_string_equal(held_text(folder), "a (enforce)\nb (complain)\nb//c (enforce)\n");
	assert_int_equal(refresh(&second), 0);
	assert_string_equal(held_text(folder), "b (enforce)\n");
	assert_int_equal(fstatat(folder, "profiles", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0444);
	/* Nothing is in force; a file of a changer that was killed is there. */
	assert_int_equal(symlinkat("/tmp/nothing", folder, ".profiles.new"), 0);
	assert_int_equal(refresh(NULL), 0);
	assert_string_equal(held_text(folder), "");
	assert_int_not_equal(access("/tmp/nothing", F_OK), 0);
}

static void test_nobody_asked(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(apparmor_files_refresh(path_of("none"), NULL, &err), 0);
	assert_int_equal(apparmor_files_refresh(path_of("other"), NULL, &err), 0);
	assert_int_not_equal(access(path_of("other/security"), F_OK), 0);
}

/* Whoever could have prepared a folder is not written for. */
static void test_others(void **state)
{
	static const char *const folders[] = { "kept", "kept/security", "kept/security/apparmor" };

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		assert_int_equal(chmod(path_of(folders[i]), 0775), 0);
		assert_int_equal(refresh(NULL), -EPERM);
		assert_int_equal(chmod(path_of(folders[i]), 0757), 0);
		assert_int_equal(refresh(NULL), -EPERM);
		if (geteuid() == 0) {
			assert_int_equal(chmod(path_of(folders[i]), 0755) | chown(path_of(folders[i]), 1, 0), 0);
			assert_int_equal(refresh(NULL), -EPERM);
			assert_int_equal(chown(path_of(folders[i]), 0, 0), 0);
		}
		assert_int_equal(chmod(path_of(folders[i]), 0755), 0);
	}
	assert_int_not_equal(access(path_of("kept/security/apparmor/profiles"), F_OK), 0);
	assert_int_equal(refresh(NULL), 0);
}

static void test_links(void **state)
{
	static const char *const folders[] = { "kept/security/apparmor", "kept/security", "kept" };

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char moved[240];

		snprintf(moved, sizeof(moved), "%s/moved%zu", dir, i);
		assert_int_equal(rename(path_of(folders[i]), moved), 0);
		assert_int_equal(symlink(moved, path_of(folders[i])), 0);
		assert_true(refresh(NULL) < 0);
		assert_int_equal(unlink(path_of(folders[i])), 0);
		assert_int_equal(rename(moved, path_of(folders[i])), 0);
	}
	assert_int_equal(refresh(NULL), 0);
}

/* What cannot be replaced goes: a list that is wrong is worse than none. */
static void test_no_room(void **state)
{
	auto_buf bytes = BUF_INIT;
	struct image img;
	auto_fd folder = open(path_of("kept/security/apparmor"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	compile_text("profile a { }", &bytes, &img);
	assert_int_equal(refresh(&img), 0);
	assert_int_equal(mkdirat(folder, ".profiles.new", 0755), 0);
	assert_true(refresh(NULL) < 0);
	assert_int_not_equal(faccessat(folder, "profiles", F_OK, 0), 0);
	assert_int_equal(unlinkat(folder, ".profiles.new", AT_REMOVEDIR), 0);
	assert_int_equal(refresh(&img), 0);
	assert_string_equal(held_text(folder), "a (enforce)\n");
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TREE(test_follows), IN_TREE(test_nobody_asked), IN_TREE(test_others), IN_TREE(test_links),
		IN_TREE(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
