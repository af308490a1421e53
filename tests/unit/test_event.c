/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of an event, by tables of goldens; JSON also by a parser that is not ours. */
#include "event/event.h"
#include "event/inet.h"
#include "event/names.h"

#include <jansson.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

static void test_inet(void **state)
{
	static const struct { const char *text, *object; } rows[] = {
		{ "127.0.0.1:80", "00507f000001" },
		{ "0.0.0.0:0", "000000000000" },
		{ "255.255.255.255:65535", "ffffffffffff" },
		{ "[::1]:53", "003500000000000000000000000000000001" },
		{ "[2001:db8::a]:9", "000920010db800000000000000000000000a" },
	};
	static const char *const bad[] = {
		"127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:8a", "127.0.0.1:-1", "::1:80",
		"[::1]", "[127.0.0.1]:80", "[]:80", "[:80", "]:80", "1.2.3:80", "host:80",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1",
	};
	auto_buf mapped = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf text = BUF_INIT, object = BUF_INIT;

		assert_true(event_parse_inet(slice_of(rows[i].text), &object));
		assert_string_equal(buf_text(&object), rows[i].object);
		assert_true(event_print_inet(buf_slice(&object), &text));
		assert_string_equal(buf_text(&text), rows[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		auto_buf out = BUF_INIT;

		assert_false(event_parse_inet(slice_of(bad[i]), &out));
		assert_false(event_print_inet(slice_of(bad[i]), &out));
		assert_int_equal(out.len, 0);
	}
	assert_true(event_parse_inet(SLICE("[::ffff:10.0.0.1]:443"), &mapped));
	assert_string_equal(buf_text(&mapped), "01bb0a000001");
	buf_clear(&mapped);
	assert_true(event_parse_inet(SLICE(""), &mapped));
	assert_int_equal(mapped.len, 0);
	assert_false(event_print_inet(SLICE("0050xf000001"), &mapped));
}

static void set_name(struct event *e, const char *name)
{
	e->name_len = (uint16_t)strlen(name);
	memcpy(e->name, name, e->name_len);
}

static struct event file_event(void)
{
	struct event e = {
		.time = { 1700000000, 7000000 }, .serial = 3, .count = 1,
		.verdict = EVENT_DENIED, .class_id = CLASS_FILE,
		.operation = "open", .profile = "viewer", .comm = "cat",
		.requested = PERM_READ | PERM_WRITE, .denied = PERM_WRITE, .error = 13,
		.pid = 40, .tid = 41, .parent = 39, .fsuid = 1000, .ouid = 0,
	};

	set_name(&e, "/etc/shadow");
	e.exe_len = (uint16_t)strlen(strcpy(e.exe, "/usr/bin/cat"));
	return e;
}

#define FILE_HEAD "type=AVC msg=audit(1700000000.007:3): apparmor=\"DENIED\" operation=\"open\"" \
	" class=\"file\" error=-13 profile=\"viewer\""
#define FILE_TAIL " parent=39 exe=\"/usr/bin/cat\" pid=40 comm=\"cat\" requested_mask=\"wr\"" \
	" denied_mask=\"w\" fsuid=1000 ouid=0"

static void audit_is(const struct event *e, const char *expected)
{
	auto_buf out = BUF_INIT;

	event_print_audit(e, &out);
	assert_string_equal(buf_text(&out), expected);
}

static void test_audit_file(void **state)
{
	struct event e = file_event();

	(void)state;
	audit_is(&e, FILE_HEAD " name=\"/etc/shadow\"" FILE_TAIL "\n");
	e.count = 5;
	audit_is(&e, FILE_HEAD " name=\"/etc/shadow\"" FILE_TAIL " count=5\n");
	strcpy(e.rule, "/p:3: deny /etc/\"x\" r,");
	audit_is(&e, FILE_HEAD " name=\"/etc/shadow\"" FILE_TAIL
		 " rule=\"/p:3: deny /etc/\\x22x\\x22 r,\" count=5\n");
}

static void test_audit_names(void **state)
{
	static const struct {
		const char *name, *written;
	} rows[] = {
		{ "/a", "\"/a\"" },
		{ "/a b", "2F612062" },
		{ "/a\"", "2F6122" },
		{ "/a\n", "2F610A" },
		{ "/a\x7f", "2F617F" },
		{ "/\xc3\xa9", "2FC3A9" },
		{ "/a\\'~!", "\"/a\\'~!\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = file_event();
		auto_buf expected = BUF_INIT;

		set_name(&e, rows[i].name);
		buf_printf(&expected, "%s name=%s%s\n", FILE_HEAD, rows[i].written, FILE_TAIL);
		audit_is(&e, buf_text(&expected));
	}
}

static struct event bare(enum class_id class_id, const char *operation)
{
	struct event e = { .time = { 5, 0 }, .serial = 1, .count = 1, .verdict = EVENT_DENIED,
			   .class_id = class_id, .profile = "p", .comm = "c", .pid = 2,
			   .ouid = (uid_t)-1 };

	strcpy(e.operation, operation);
	return e;
}

#define BARE(op, class) "type=AVC msg=audit(5.000:1): apparmor=\"DENIED\" operation=\"" op \
	"\" class=\"" class "\" profile=\"p\""
#define ACTOR " pid=2 comm=\"c\""

static void test_audit_classes(void **state)
{
	struct event e = bare(CLASS_CAPABILITY, "capable");

	(void)state;
	e.capability = 21;
	audit_is(&e, BARE("capable", "cap") ACTOR " capability=21  capname=\"sys_admin\"\n");

	e = bare(CLASS_NET, "create");
	e.family = AF_INET6;
	e.type = SOCK_DGRAM;
	e.protocol = 17;
	e.requested = e.denied = PERM_NET_CREATE;
	audit_is(&e, BARE("create", "net") ACTOR " family=\"inet6\" sock_type=\"dgram\""
		 " protocol=17 requested=\"create\" denied=\"create\"\n");
	e.name_len = (uint16_t)sprintf(e.name, "127.0.0.1:80");
	e.target_len = (uint16_t)sprintf(e.target, "[::1]:443");
	audit_is(&e, BARE("create", "net") ACTOR " family=\"inet6\" sock_type=\"dgram\""
		 " protocol=17 requested=\"create\" denied=\"create\""
		 " laddr=127.0.0.1 lport=80 faddr=::1 fport=443\n");

	e = bare(CLASS_SIGNAL, "signal");
	e.signal = SIGTERM;
	e.requested = e.denied = PERM_SIGNAL_SEND;
	strcpy(e.peer, "unconfined");
	audit_is(&e, BARE("signal", "signal") ACTOR " requested_mask=\"send\""
		 " denied_mask=\"send\" signal=term peer=\"unconfined\"\n");

	e = bare(CLASS_PTRACE, "ptrace");
	e.requested = PERM_PTRACE_TRACE | PERM_PTRACE_READ;
	e.denied = PERM_PTRACE_TRACE;
	strcpy(e.peer, "other");
	audit_is(&e, BARE("ptrace", "ptrace") ACTOR " requested_mask=\"trace read\""
		 " denied_mask=\"trace\" peer=\"other\"\n");

	e = bare(CLASS_RLIMIT, "setrlimit");
	e.rlimit = 7;
	e.rlimit_value = 512;
	audit_is(&e, BARE("setrlimit", "rlimits") ACTOR " rlimit=nofile value=512\n");
}

static void test_audit_label(void **state)
{
	struct event e = bare(CLASS_LABEL, "change_profile");

	(void)state;
	set_name(&e, "q");
	e.target_len = (uint16_t)strlen(strcpy(e.target, "q"));
	strcpy(e.info, "label not found");
	e.error = 2;
	audit_is(&e, "type=AVC msg=audit(5.000:1): apparmor=\"DENIED\""
		 " operation=\"change_profile\" class=\"file\" info=\"label not found\" error=-2"
		 " profile=\"p\" name=\"q\"" ACTOR " target=\"q\"\n");
}

static void test_mask(void **state)
{
	static const struct {
		enum class_id class_id;
		uint32_t mask;
		const char *text;
	} rows[] = {
		{ CLASS_FILE, 0, "" },
		{ CLASS_FILE, PERM_READ | PERM_WRITE, "wr" },
		{ CLASS_FILE, PERM_EXEC | PERM_MMAP, "xm" },
		{ CLASS_FILE, PERM_CREATE, "c" },
		{ CLASS_FILE, PERM_CHMOD, "w" },
		{ CLASS_FILE, PERM_GETATTR, "r" },
		{ CLASS_FILE, PERM_READ | PERM_GETATTR | PERM_WRITE | PERM_SETATTR | PERM_DELETE,
		  "wrd" },
		{ CLASS_FILE, PERM_APPEND | PERM_LOCK | PERM_LINK, "akl" },
		{ CLASS_FILE, 1u << 31, "0x80000000" },
		{ CLASS_LINK, PERM_LINK, "l" },
		{ CLASS_SIGNAL, PERM_SIGNAL_SEND | PERM_SIGNAL_RECEIVE, "send receive" },
		{ CLASS_PTRACE, PERM_PTRACE_READBY, "readby" },
		{ CLASS_NET, PERM_NET_BIND | PERM_NET_CREATE, "create bind" },
		{ CLASS_NET, PERM_NET_CREATE | 1u << 31, "create 0x80000000" },
		{ CLASS_LABEL, PERM_CHANGE_PROFILE, "change_profile" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_buf out = BUF_INIT;

		event_print_mask(rows[i].class_id, rows[i].mask, &out);
		assert_string_equal(buf_text(&out), rows[i].text);
	}
}

static json_t *json_of(const struct event *e)
{
	auto_buf out = BUF_INIT;
	json_error_t error;
	json_t *root;

	event_print_json(e, &out);
	assert_ptr_equal(strchr(buf_text(&out), '\n'), buf_text(&out) + out.len - 1);
	root = json_loads(buf_text(&out), JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s in %s", error.text, buf_text(&out));
	return root;
}

static void text_is(json_t *root, const char *key, const char *expected)
{
	const char *text = json_string_value(json_object_get(root, key));

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void number_is(json_t *root, const char *key, long long expected)
{
	assert_true(json_is_integer(json_object_get(root, key)));
	assert_int_equal(json_integer_value(json_object_get(root, key)), expected);
}

static void test_json_file(void **state)
{
	struct event e = file_event();
	json_t *root = json_of(&e), *process;

	(void)state;
	text_is(root, "verdict", "denied");
	text_is(root, "profile", "viewer");
	text_is(root, "operation", "open");
	text_is(root, "class", "file");
	text_is(root, "object", "/etc/shadow");
	text_is(root, "name", "/etc/shadow");
	text_is(root, "requested_mask", "wr");
	text_is(root, "denied_mask", "w");
	number_is(root, "pid", 40);
	number_is(root, "parent", 39);
	text_is(root, "comm", "cat");
	text_is(root, "exe", "/usr/bin/cat");
	number_is(root, "uid", 1000);
	number_is(root, "ouid", 0);
	number_is(root, "count", 1);
	assert_true(json_is_null(json_object_get(root, "rule")));
	text_is(root, "@timestamp", "2023-11-14T22:13:20.007Z");
	assert_true(json_real_value(json_object_get(root, "time")) == 1700000000.007);
	process = json_object_get(root, "process");
	text_is(process, "executable", "/usr/bin/cat");
	number_is(json_object_get(process, "parent"), "pid", 39);
	text_is(json_object_get(root, "user"), "id", "1000");
	text_is(json_object_get(root, "file"), "path", "/etc/shadow");
	text_is(json_object_get(root, "event"), "kind", "alert");
	json_decref(root);
}

static void test_json_odd(void **state)
{
	struct event e = file_event();
	json_t *root;

	(void)state;
	set_name(&e, "/\xff\"\n\\");
	strcpy(e.rule, "/p:1: deny /\"a\" r,");
	root = json_of(&e);
	text_is(root, "name", "/\xef\xbf\xbd\"\n\\");
	text_is(root, "name_hex", "2fff220a5c");
	text_is(root, "rule", "/p:1: deny /\"a\" r,");
	json_decref(root);

	e = bare(CLASS_NET, "create");
	e.family = AF_UNIX;
	e.type = SOCK_STREAM;
	root = json_of(&e);
	text_is(root, "object", "unix stream");
	text_is(root, "family", "unix");
	assert_null(json_object_get(root, "ouid"));
	text_is(root, "class", "net");
	json_decref(root);

	e = bare(CLASS_SIGNAL, "signal");
	e.signal = 35;
	root = json_of(&e);
	text_is(root, "signal", "rtmin+3");
	json_decref(root);
}

static void test_line(void **state)
{
	struct event e = file_event();
	auto_buf out = BUF_INIT;

	(void)state;
	set_name(&e, "/tmp/\x1b[2J");
	e.count = 3;
	strcpy(e.rule, "v.aa:3: deny /tmp/** w,");
	event_print_line(&e, &out);
	assert_string_equal(buf_text(&out),
			    "denied: cat[40] open /tmp/\\x1b[2J (w) in profile viewer,"
			    " by v.aa:3: deny /tmp/** w, (3 times)\n");
}

static void test_same(void **state)
{
	struct event a = file_event(), b = file_event();

	(void)state;
	b.time.tv_sec++;
	b.serial++;
	b.count = 9;
	b.pid++;
	b.tid++;
	assert_true(event_is_same(&a, &b));
	set_name(&b, "/etc/shadow-");
	assert_false(event_is_same(&a, &b));
	b = file_event();
	b.denied |= PERM_READ;
	assert_false(event_is_same(&a, &b));
	b = file_event();
	b.fsuid++;
	assert_false(event_is_same(&a, &b));
	b = file_event();
	strcpy(b.profile, "other");
	assert_false(event_is_same(&a, &b));
	b = file_event();
	b.verdict = EVENT_ALLOWED;
	assert_false(event_is_same(&a, &b));
}

static void test_longest(void **state)
{
	struct event e = file_event();
	json_t *root;

	(void)state;
	memset(e.name, 'n', EVENT_NAME_MAX);
	memset(e.target, 't', EVENT_NAME_MAX);
	memset(e.exe, 'e', EVENT_NAME_MAX);
	e.name_len = e.target_len = e.exe_len = EVENT_NAME_MAX;
	e.is_cut = true;
	root = json_of(&e);
	assert_int_equal(json_string_length(json_object_get(root, "name")), EVENT_NAME_MAX);
	assert_true(json_is_true(json_object_get(root, "is_cut")));
	json_decref(root);
}

static void test_names(void **state)
{
	auto_buf word = BUF_INIT;

	(void)state;
	for (int i = 0; i <= 64; i++) {
		buf_clear(&word);
		event_print_signal(i, &word);
		assert_int_equal(event_find_signal(buf_slice(&word)), i);
	}
	for (int i = 0; event_capability_name(i); i++)
		assert_int_equal(event_find_capability(slice_of(event_capability_name(i))), i);
	assert_int_equal(event_find_family(SLICE("inet6")), AF_INET6);
	assert_int_equal(event_find_socket_type(SLICE("dgram")), SOCK_DGRAM);
	assert_int_equal(event_find_family(SLICE("")), -1);
	assert_int_equal(event_find_signal(SLICE("unknown(99)")), -1);
	assert_null(event_capability_name(-1));
	assert_null(event_capability_name(1000));
	assert_string_equal(event_class_name((enum class_id)39), "unknown");
	buf_clear(&word);
	event_print_signal(99, &word);
	assert_string_equal(buf_text(&word), "unknown(99)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_audit_file),  cmocka_unit_test(test_audit_names),
		cmocka_unit_test(test_audit_classes), cmocka_unit_test(test_audit_label),
		cmocka_unit_test(test_mask),	    cmocka_unit_test(test_json_file),
		cmocka_unit_test(test_json_odd),    cmocka_unit_test(test_line),
		cmocka_unit_test(test_same),	    cmocka_unit_test(test_longest),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_inet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
