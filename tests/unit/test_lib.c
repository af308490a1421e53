/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpavise against the bare kernel, and against an engine of this test's own: a seccomp listener that
 * answers one request with what the case says and keeps the request it saw.
 */
#include "abi/control.h"
#include "lib/pavise.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER_TIMEOUT = 20000 /* ms */ };

/* What the engine of a case answers, and what it saw. */
struct engine {
	int listener;
	pthread_barrier_t is_ready;
	int n_interrupted;		/* how often it says EAGAIN before it answers */
	int error;			/* positive errno, or 0 */
	const char *label;		/* GET_LABEL: written to the reply */
	const char *name;		/* or told part by part, as kernel programs do */
	int mode;
	int64_t value;
	uint64_t args[6];
	struct control_request seen;
	int n_seen;
};

static int filter_open_listener(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_prctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CONTROL_PRCTL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		       &program);
}

/* A part of the label, in the answer itself. */
static void engine_answer_part(const struct engine *engine, struct seccomp_notif_resp *answer)
{
	uint64_t at = engine->seen.token;
	uint32_t part = 0;

	if (engine->seen.verb != CONTROL_GET_LABEL_PART || at > strlen(engine->name)) {
		answer->error = engine->seen.verb == CONTROL_GET_LABEL ? -EOPNOTSUPP : -ERANGE;
		return;
	}
	strncpy((char *)&part, engine->name + at, CONTROL_PART_LEN);
	answer->error = 0;
	answer->val = CONTROL_LABEL_PART | engine->mode << CONTROL_MODE_SHIFT | part;
}

/* One request, in the same address space as its asker. */
static bool engine_answer_one(struct engine *engine)
{
	struct seccomp_notif call = {0};
	struct seccomp_notif_resp answer = {0};
	struct pollfd poll_fd = {.fd = engine->listener, .events = POLLIN};

	if (poll(&poll_fd, 1, ANSWER_TIMEOUT) != 1 || !(poll_fd.revents & POLLIN) ||
	    ioctl(engine->listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
		return false;
	memcpy(engine->args, call.data.args, sizeof(engine->args));
	memcpy(&engine->seen, (void *)(uintptr_t)call.data.args[1], sizeof(engine->seen));
	engine->n_seen++;
	if (engine->label)
		strcpy((char *)(uintptr_t)engine->seen.reply, engine->label);
	answer.id = call.id;
	answer.error = engine->n_seen <= engine->n_interrupted ? -EAGAIN : -engine->error;
	answer.val = engine->value;
	if (engine->name)
		engine_answer_part(engine, &answer);
	return !ioctl(engine->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* The engine's thread: one request, or as many as it takes. */
static void *engine_answer(void *arg)
{
	struct engine *engine = arg;

	pthread_barrier_wait(&engine->is_ready);
	while (engine_answer_one(engine) && (engine->name || engine->n_seen <= engine->n_interrupted))
		;
	return NULL;
}

struct asker {
	struct engine *engine;
	int (*ask)(void);
	int result;
};

/* The asker's thread: only it has the filter, and it ends with it. */
static void *asker_ask(void *arg)
{
	struct asker *asker = arg;

	asker->engine->listener = filter_open_listener();
	pthread_barrier_wait(&asker->engine->is_ready);
	if (asker->engine->listener >= 0)
		asker->result = asker->ask();
	close(asker->engine->listener);
	return NULL;
}

static int ask_engine(struct engine *engine, int (*ask)(void))
{
	struct asker asker = {engine, ask, 12345};
	pthread_t answering, asking;

	pthread_barrier_init(&engine->is_ready, NULL, 2);
	assert_int_equal(pthread_create(&answering, NULL, engine_answer, engine), 0);
	assert_int_equal(pthread_create(&asking, NULL, asker_ask, &asker), 0);
	pthread_join(asking, NULL);
	pthread_join(answering, NULL);
	pthread_barrier_destroy(&engine->is_ready);
	assert_true(engine->listener >= 0);
	return asker.result;
}

static char label[64];

static int ask_profile(void)
{
	return pavise_change_profile("parent//child");
}

static int ask_hat(void)
{
	return pavise_change_hat("hat", 0xfedcba9876543210);
}

static int ask_back(void)
{
	return pavise_change_hat(NULL, 7);
}

static int ask_onexec(void)
{
	return pavise_change_onexec("next");
}

static int ask_cancel(void)
{
	return pavise_change_onexec(NULL);
}

static int ask_stack(void)
{
	return pavise_stack_profile("top");
}

static int ask_stack_onexec(void)
{
	return pavise_stack_onexec("top");
}

static int ask_label(void)
{
	return pavise_get_label(label, sizeof(label));
}

static const struct {
	int (*ask)(void);
	uint32_t verb;
	const char *name;
	uint64_t token;
} requests[] = {
	{ask_profile, CONTROL_CHANGE_PROFILE, "parent//child", 0},
	{ask_hat, CONTROL_CHANGE_HAT, "hat", 0xfedcba9876543210},
	{ask_back, CONTROL_CHANGE_HAT, "", 7},
	{ask_onexec, CONTROL_CHANGE_ONEXEC, "next", 0},
	{ask_cancel, CONTROL_CHANGE_ONEXEC, "", 0},
	{ask_stack, CONTROL_STACK, "top", 0},
	{ask_stack_onexec, CONTROL_STACK_ONEXEC, "top", 0},
	{ask_label, CONTROL_GET_LABEL, "", 0},
};

enum { N_REQUESTS = sizeof(requests) / sizeof(*requests) };

static void test_unconfined(void **state)
{
	(void)state;
	for (int i = 0; i < N_REQUESTS; i++) {
		errno = 77;
		assert_int_equal(requests[i].ask(), PAVISE_NOT_CONFINED);
		assert_int_equal(errno, 77);
	}
}

static void test_request_bytes(void **state)
{
	(void)state;
	for (int i = 0; i < N_REQUESTS; i++) {
		struct engine engine = {0};
		struct control_request want = {
			.version = CONTROL_VERSION,
			.verb = requests[i].verb,
			.token = requests[i].token,
			.name_len = strlen(requests[i].name),
		};

		strcpy(want.name, requests[i].name);
		if (requests[i].ask == ask_label) {
			want.reply = (uintptr_t)label;
			want.reply_len = sizeof(label);
		}
		assert_int_equal(ask_engine(&engine, requests[i].ask), 0);
		assert_int_equal(engine.n_seen, 1);
		assert_int_equal(engine.args[0], CONTROL_PRCTL);
		assert_int_equal(engine.args[2], sizeof(want));
		assert_int_equal(engine.args[3], 0);
		assert_int_equal(engine.args[4], 0);
		assert_memory_equal(&engine.seen, &want, sizeof(want));
	}
}

static void test_answers(void **state)
{
	static const int errors[] = {ENOENT, EACCES, EPERM, EPROTO, ERANGE, ENOMEM};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		for (int j = 0; j < N_REQUESTS; j++) {
			struct engine engine = {.error = errors[i]};

			assert_int_equal(ask_engine(&engine, requests[j].ask), -errors[i]);
			assert_int_equal(engine.n_seen, 1);
		}
	}
}

static void test_interrupted(void **state)
{
	(void)state;
	for (int i = 0; i < N_REQUESTS; i++) {
		struct engine engine = {.n_interrupted = 3, .error = EACCES};

		assert_int_equal(ask_engine(&engine, requests[i].ask), -EACCES);
		assert_int_equal(engine.n_seen, 4);
	}
}

static void test_label(void **state)
{
	struct engine engine = {.label = "kittens-serving (enforce)"};

	(void)state;
	engine.value = strlen(engine.label);
	assert_int_equal(ask_engine(&engine, ask_label), strlen(engine.label));
	assert_string_equal(label, engine.label);
}

static void test_label_in_parts(void **state)
{
	static const struct {
		const char *name;
		int mode;
		const char *want;
	} cases[] = {
		{"kittens", 0, "kittens (enforce)"}, {"cat", 1, "cat (complain)"},
		{"a", 2, "a (kill)"}, {"ab", 3, "ab (unconfined)"}, {"abcd", 4, "abcd (prompt)"},
		{"unconfined", CONTROL_NO_MODE, "unconfined"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct engine engine = {.name = cases[i].name, .mode = cases[i].mode};

		assert_int_equal(ask_engine(&engine, ask_label), strlen(cases[i].want));
		assert_string_equal(label, cases[i].want);
		assert_int_equal(engine.n_seen, 2 + strlen(cases[i].name) / CONTROL_PART_LEN);
	}
}

static void test_label_does_not_fit(void **state)
{
	char name[sizeof(label)];
	struct engine engine = {.name = name, .mode = CONTROL_NO_MODE};

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(ask_engine(&engine, ask_label), sizeof(label) - 1);
	assert_string_equal(label, name);
	engine.mode = 0;
	assert_int_equal(ask_engine(&engine, ask_label), -ERANGE);
}

static int ask_longest(void)
{
	char name[PAVISE_NAME_MAX + 1];

	memset(name, 'x', sizeof(name));
	name[PAVISE_NAME_MAX - 1] = '\0';
	return pavise_change_profile(name);
}

static void test_longest_name(void **state)
{
	struct engine engine = {0};

	(void)state;
	assert_int_equal(ask_engine(&engine, ask_longest), 0);
	assert_int_equal(engine.seen.name_len, PAVISE_NAME_MAX - 1);
	assert_int_equal(strlen(engine.seen.name), PAVISE_NAME_MAX - 1);
}

static void test_name_too_long(void **state)
{
	char name[PAVISE_NAME_MAX + 2];

	(void)state;
	memset(name, 'x', sizeof(name));
	name[PAVISE_NAME_MAX] = '\0';
	assert_int_equal(pavise_change_profile(name), -ENAMETOOLONG);
	assert_int_equal(pavise_change_onexec(name), -ENAMETOOLONG);
	assert_int_equal(pavise_change_hat(name, 1), -ENAMETOOLONG);
	name[PAVISE_NAME_MAX] = 'x';
	name[PAVISE_NAME_MAX + 1] = '\0';
	assert_int_equal(pavise_change_profile(name), -ENAMETOOLONG);
}

static void test_bad_arguments(void **state)
{
	(void)state;
	assert_int_equal(pavise_change_profile(NULL), -EINVAL);
	assert_int_equal(pavise_change_profile(""), -EINVAL);
	assert_int_equal(pavise_change_onexec(""), -EINVAL);
	assert_int_equal(pavise_stack_profile(NULL), -EINVAL);
	assert_int_equal(pavise_stack_onexec(""), -EINVAL);
	assert_int_equal(pavise_change_hat("", 1), -EINVAL);
	assert_int_equal(pavise_change_hat("hat", 0), -EINVAL);
	assert_int_equal(pavise_change_hat(NULL, 0), -EINVAL);
	assert_int_equal(pavise_get_label(NULL, 100), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unconfined),
		cmocka_unit_test(test_request_bytes),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_label_in_parts),
		cmocka_unit_test(test_label_does_not_fit),
		cmocka_unit_test(test_longest_name),
		cmocka_unit_test(test_name_too_long),
		cmocka_unit_test(test_bad_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
