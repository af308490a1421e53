/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a name and a token, gives an engine's answer. The one idea: each request is one prctl call
 * with one struct (abi/control.h), which whoever confines the process answers: the same library
 * serves a supervisor and an engine in the kernel.
 */
#include "lib/pavise.h"

#include "abi/control.h"

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert((int)PAVISE_NAME_MAX == (int)CONTROL_NAME_MAX, "the public limit is the engine's");

#define PUBLIC __attribute__((visibility("default")))

static void request_init(struct control_request *request, enum control_verb verb)
{
	memset(request, 0, sizeof(*request));
	request->version = CONTROL_VERSION;
	request->verb = verb;
}

static int request_set_name(struct control_request *request, const char *name)
{
	size_t len;

	if (!name || !*name)
		return -EINVAL;
	len = strnlen(name, CONTROL_NAME_MAX);
	if (len >= CONTROL_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(request->name, name, len);
	request->name_len = (uint32_t)len;
	return 0;
}

static int request_ask(struct control_request *request)
{
	int saved = errno, error;
	long answer;

	/* Not prctl(3): it takes a variable argument list, whose upper halves are undefined. */
	for (;;) {
		answer = syscall(SYS_prctl, (unsigned long)CONTROL_PRCTL, request, sizeof(*request), 0ul, 0ul);
		error = answer < 0 ? -errno : 0;
		if (error != -EAGAIN)
			break;
		sched_yield();	/* to the one that was interrupted in the engine */
	}
	errno = saved;
	/* The kernel's word for an option it does not know; no engine ever says it. */
	if (error == -EINVAL)
		return PAVISE_NOT_CONFINED;
	return error ? error : (int)answer;
}

/* Done is 1 where a kernel program answers. */
static int request_make(struct control_request *request)
{
	int answer = request_ask(request);

	return answer == CONTROL_DONE ? 0 : answer;
}

static int ask_for(enum control_verb verb, const char *name)
{
	struct control_request request;
	int error;

	request_init(&request, verb);
	error = request_set_name(&request, name);
	return error ? error : request_make(&request);
}

PUBLIC int pavise_change_profile(const char *name)
{
	return ask_for(CONTROL_CHANGE_PROFILE, name);
}

PUBLIC int pavise_change_hat(const char *hat, uint64_t token)
{
	struct control_request request;
	int error = 0;

	request_init(&request, CONTROL_CHANGE_HAT);
	request.token = token;
	if (hat)
		error = request_set_name(&request, hat);
	if (!token)
		return -EINVAL;
	return error ? error : request_make(&request);
}

PUBLIC int pavise_change_onexec(const char *name)
{
	struct control_request request;

	if (name)
		return ask_for(CONTROL_CHANGE_ONEXEC, name);
	request_init(&request, CONTROL_CHANGE_ONEXEC);
	return request_make(&request);
}

PUBLIC int pavise_stack_profile(const char *name)
{
	return ask_for(CONTROL_STACK, name);
}

PUBLIC int pavise_stack_onexec(const char *name)
{
	return ask_for(CONTROL_STACK_ONEXEC, name);
}

static const char *mode_word(int answer)
{
	static const char *const words[] = { " (enforce)", " (complain)", " (kill)", " (unconfined)",
					     " (prompt)" };
	unsigned mode = (unsigned)answer >> CONTROL_MODE_SHIFT & CONTROL_MODE_MASK;

	if (mode == CONTROL_MODE_MIXED)
		return " (mixed)";
	return mode < sizeof(words) / sizeof(words[0]) ? words[mode] : "";
}

/* From a kernel program, which can but answer. The length, or the negative errno; the mode is the last part's. */
static int read_parts(char name[CONTROL_NAME_MAX], const char **mode)
{
	struct control_request request;
	unsigned at = 0;

	request_init(&request, CONTROL_GET_LABEL_PART);
	while (at + CONTROL_PART_LEN < CONTROL_NAME_MAX) {
		int answer;

		request.token = at;
		answer = request_ask(&request);
		if (answer < 0)
			return answer;
		*mode = mode_word(answer);
		for (unsigned i = 0; i < CONTROL_PART_LEN; i++, at++) {
			name[at] = (char)(answer >> 8 * i & 255);
			if (!name[at])
				return (int)at;
		}
	}
	return -EPROTO;
}

static int get_label_by_parts(char *buffer, size_t len)
{
	char name[CONTROL_NAME_MAX];
	const char *mode = "";
	int n = read_parts(name, &mode);
	size_t mode_len = strlen(mode);

	if (n < 0)
		return n;
	if (len <= (size_t)n + mode_len)
		return -ERANGE;
	memcpy(buffer, name, (size_t)n);
	memcpy(buffer + n, mode, mode_len + 1);
	return n + (int)mode_len;
}

PUBLIC int pavise_get_label(char *buffer, size_t len)
{
	struct control_request request;
	int answer;

	if (!buffer)
		return -EINVAL;
	request_init(&request, CONTROL_GET_LABEL);
	request.reply = (uintptr_t)buffer;
	request.reply_len = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
	answer = request_ask(&request);
	return answer == -EOPNOTSUPP ? get_label_by_parts(buffer, len) : answer;
}
