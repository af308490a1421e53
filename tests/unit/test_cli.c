/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the command line that are pure: near words, questions, the search for a program. */
#include "cli/near.h"
#include "cli/program.h"
#include "cli/request.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void test_near(void **state)
{
	static const char *const known[] = { "viewer", "converter", "service", "service//convert",
					     "viewers", "view", "x" };
	static const struct {
		const char *word, *near;
	} rows[] = {
		{ "viewre", "viewer, viewers, view" },
		{ "viewer", "viewer, viewers, view" },
		{ "convert", "converter, service//convert" },
		{ "servise", "service, service//convert" },
		{ "zzzzzz", "" },
		{ "", "" },
		{ "y", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = BUF_INIT;
		struct near near;

		near_init(&near, slice_of(rows[i].word));
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			near_add(&near, slice_of(known[k]));
		near_print(&near, &out);
		if (slice_is(SLICE("servise"), rows[i].word))
			assert_non_null(strstr(buf_text(&out), "service"));
		else
			assert_string_equal(buf_text(&out), rows[i].near);
	}
}

static void test_near_is_bounded(void **state)
{
	static char words[40][8];
	auto_buf out = BUF_INIT;
	struct near near;
	size_t n_commas = 0;

	(void)state;
	near_init(&near, SLICE("word"));
	for (int i = 0; i < 40; i++) {
		snprintf(words[i], sizeof(words[i]), "word%d", i);
		near_add(&near, slice_of(words[i]));
	}
	near_add(&near, SLICE("word"));
	near_print(&near, &out);
	for (size_t i = 0; i < out.len; i++)
		n_commas += out.data[i] == ',';
	assert_int_equal(n_commas, NEAR_MAX - 1);
	assert_true(slice_starts(buf_slice(&out), "word, "));
}

#define OBJECT(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *words[9];
	enum class_id class_id;
	uint32_t wanted;
	const char *object;
	size_t len;
} questions[] = {
	{ { "read", "/a" }, CLASS_FILE, PERM_READ, OBJECT("/a") },
	{ { "rw", "/a b" }, CLASS_FILE, PERM_READ | PERM_WRITE, OBJECT("/a b") },
	{ { "x", "/a" }, CLASS_FILE, PERM_EXEC, OBJECT("/a") },
	{ { "mkdir", "/a/" }, CLASS_FILE, PERM_CREATE, OBJECT("/a/") },
	{ { "link", "/a", "/b" }, CLASS_LINK, PERM_LINK, OBJECT("/a\0/b") },
	{ { "network", "inet" }, CLASS_NET, PERM_NET_CREATE, OBJECT("\0\2\0\1\0\0") },
	{ { "network inet6 dgram udp" }, CLASS_NET, PERM_NET_CREATE, OBJECT("\0\12\0\2\0\21") },
	{ { "network", "inet", "raw", "1" }, CLASS_NET, PERM_NET_CREATE, OBJECT("\0\2\0\3\0\1") },
	{ { "network connect inet stream tcp 127.0.0.1:7 [::ffff:10.0.0.255]:443" }, CLASS_NET,
	  PERM_NET_CONNECT, OBJECT("\0\2\0\1\0\6" "00077f000001\0" "01bb0a0000ff\0\0me\0") },
	{ { "network", "bind", "inet6", "dgram", "0", "[::1]:53" }, CLASS_NET, PERM_NET_BIND,
	  OBJECT("\0\12\0\2\0\0" "003500000000000000000000000000000001\0\0\0me\0") },
	{ { "network", "getattr", "netlink", "raw" }, CLASS_NET, PERM_NET_GETATTR, OBJECT("\0\20\0\3\0\0") },
	{ { "signal", "term", "q" }, CLASS_SIGNAL, PERM_SIGNAL_SEND, OBJECT("\17q") },
	{ { "signal", "receive", "kill" }, CLASS_SIGNAL, PERM_SIGNAL_RECEIVE,
	  OBJECT("\11unconfined") },
	{ { "ptrace" }, CLASS_PTRACE, PERM_PTRACE_TRACE, OBJECT("unconfined") },
	{ { "ptrace", "readby", "q" }, CLASS_PTRACE, PERM_PTRACE_READBY, OBJECT("q") },
	{ { "ptrace", "q" }, CLASS_PTRACE, PERM_PTRACE_TRACE, OBJECT("q") },
	{ { "capability", "net_admin" }, CLASS_CAPABILITY, 1, OBJECT("net_admin") },
	{ { "change_profile", "q" }, CLASS_LABEL, PERM_CHANGE_PROFILE, OBJECT("q\0") },
	{ { "change_onexec", "q", "/a" }, CLASS_LABEL, PERM_ONEXEC, OBJECT("q\0/a") },
	{ { "unix", "stream" }, CLASS_NET, PERM_NET_CREATE, OBJECT("\0\1\0\1\0\0") },
	{ { "unix", "bind", "stream", "@a" }, CLASS_UNIX, PERM_NET_BIND, OBJECT("\0\1\0\0@a\0\0\0") },
	{ { "unix", "connect", "dgram", "-", "p", "@x", "q" }, CLASS_UNIX, PERM_NET_CONNECT,
	  OBJECT("\0\2\0\0\0p\0@x\0q") },
	{ { "mount", "/m/", "/dev/a", "ext4", "nodev,ro" }, CLASS_MOUNT, PERM_MOUNT_MOUNT,
	  OBJECT("/m/\0/dev/a\0ext4\0\1\3") },
	{ { "mount", "/m/" }, CLASS_MOUNT, PERM_MOUNT_MOUNT, OBJECT("/m/\0\0\0") },
	{ { "umount", "/m/" }, CLASS_MOUNT, PERM_MOUNT_UMOUNT, OBJECT("/m/") },
	{ { "pivot_root", "/n/", "/n/o/" }, CLASS_MOUNT, PERM_MOUNT_PIVOT_ROOT, OBJECT("/n/\0/n/o/") },
	{ { "dbus", "send", "session", "n", "l", "/p", "i", "m" }, CLASS_DBUS, PERM_DBUS_SEND,
	  OBJECT("session\0n\0l\0/p\0i\0m") },
	{ { "dbus", "bind", "system", "n" }, CLASS_DBUS, PERM_DBUS_BIND, OBJECT("system\0n") },
	{ { "dbus", "eavesdrop", "system" }, CLASS_DBUS, PERM_DBUS_EAVESDROP, OBJECT("system") },
	{ { "mqueue", "read", "/q", "l" }, CLASS_MQUEUE, PERM_MQUEUE_READ, OBJECT("/q\0l") },
	{ { "userns" }, CLASS_USERNS, PERM_USERNS_CREATE, OBJECT("") },
	{ { "io_uring" }, CLASS_IO_URING, PERM_IO_URING_SQPOLL, OBJECT("") },
	{ { "io_uring", "override_creds", "q" }, CLASS_IO_URING, PERM_IO_URING_OVERRIDE_CREDS,
	  OBJECT("q") },
};

static int count_words(const char *const *words)
{
	int n = 0;

	while (n < 9 && words[n])
		n++;
	return n;
}

static void test_questions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct err err = ERR_INIT;
		struct request r;

		if (request_parse(&r, count_words(questions[i].words),
				  (char *const *)questions[i].words, &err))
			fail_msg("row %zu: %s", i, err.text);
		request_set_profile(&r, SLICE("me"));
		assert_int_equal(r.class_id, questions[i].class_id);
		assert_int_equal(r.wanted, questions[i].wanted);
		assert_int_equal(r.object.len, questions[i].len);
		assert_memory_equal(buf_text(&r.object), questions[i].object, questions[i].len);
		request_release(&r);
	}
}

static void test_bad_questions(void **state)
{
	static const char *const rows[][9] = {
		{ NULL }, { "" }, { "fly", "/a" }, { "read" }, { "read", "a" }, { "rz", "/a" },
		{ "read", "/a", "/b" }, { "link", "/a" }, { "network" }, { "network", "nowhere" },
		{ "network", "inet", "stream", "99999" }, { "network", "inet", "stream", "no" },
		{ "signal" }, { "signal", "send" }, { "signal", "no" }, { "capability" },
		{ "capability", "no" }, { "change_profile" }, { "ptrace", "a", "b" },
		{ "signal a b c d e f g h" }, { "unix" }, { "unix", "sideways" }, { "unix", "create", "stream", "@x" },
		{ "network", "bind", "inet", "stream", "0", "127.0.0.1" },
		{ "network", "bind", "inet", "stream", "0", "127.0.0.1:99999" },
		{ "network", "bind", "inet", "stream", "0", "::1:80" },
		{ "network", "bind", "inet", "stream", "0", "[127.0.0.1]:80" },
		{ "network", "create", "inet", "stream", "0", "127.0.0.1:80" }, { "mount" },
		{ "mount", "/m", "/d", "ext4", "rx" }, { "umount" }, { "pivot_root", "/a" }, { "dbus" },
		{ "mqueue" }, { "userns", "destroy" }, { "change_onexec", "q" }, { "io_uring", "a", "b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = ERR_INIT;
		struct request r;

		assert_int_equal(request_parse(&r, count_words(rows[i]), (char *const *)rows[i],
					       &err), -EINVAL);
		assert_true(err.text[0]);
	}
}

static void make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_program(void **state)
{
	char dir[] = "/tmp/pavise-test-XXXXXX", path[200], real[PATH_MAX], here[PATH_MAX];
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(dir), 0);
	assert_int_equal(mkdir("a", 0700) | mkdir("b", 0700), 0);
	make_file("a/tool", 0600);
	make_file("b/tool", 0700);
	make_file("a/text", 0600);
	assert_int_equal(symlink("../b/tool", "a/link"), 0);
	snprintf(path, sizeof(path), "%s/a:%s/b", dir, dir);
	setenv("PATH", path, 1);
	snprintf(path, sizeof(path), "%s/b/tool", dir);

	/* One that may not be executed does not hide the next. */
	assert_int_equal(program_find("tool", real, &err), 0);
	assert_string_equal(real, path);
	assert_int_equal(program_find("link", real, &err), 0);
	assert_string_equal(real, path);
	assert_int_equal(program_find("./a/link", real, &err), 0);
	assert_string_equal(real, path);
	assert_int_equal(program_find("text", real, &err), -EACCES);
	assert_int_equal(program_find("a/text", real, &err), -EACCES);
	assert_int_equal(program_find("./a", real, &err), -EACCES);
	assert_int_equal(program_find("none", real, &err), -ENOENT);
	assert_int_equal(program_find("./none", real, &err), -ENOENT);
	assert_int_equal(program_find("", real, &err), -ENOENT);
	setenv("PATH", "a::b", 1);
	make_file("tool2", 0700);
	assert_int_equal(program_find("tool2", real, &err), 0);

	unlink("a/tool");
	unlink("a/text");
	unlink("a/link");
	unlink("b/tool");
	unlink("tool2");
	rmdir("a");
	rmdir("b");
	assert_int_equal(chdir(here), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near),	   cmocka_unit_test(test_near_is_bounded),
		cmocka_unit_test(test_questions),  cmocka_unit_test(test_bad_questions),
		cmocka_unit_test(test_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
