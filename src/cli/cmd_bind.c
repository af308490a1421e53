/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise bind, pavise unbind: eat a control group, which processes get a profile by executing in it: the way
 * to confine a container whose runtime knows nothing of it.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/system.h"
#include "engine/bpf_bind.h"
#include "engine/bpf_policy.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>

enum { OPTION_PID = CMD_LONG_ONLY, OPTION_OCI };
enum { STATE_MAX = 1 << 20 };		/* bytes of a runtime's state */

static const struct cmd_option bind_options[] = {
	{ OPTION_PID, "pid", "PID", "the control group that process PID is in" },
	{ OPTION_OCI, "oci", NULL, "the one of the container whose state is on standard input" },
	{ 0 },
};

static const struct cmd_option unbind_options[] = {
	{ 0 },
};

static int parse_pid(const char *text, pid_t *pid, struct err *err)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*end || end == text || n <= 0 || n > INT32_MAX)
		return err_say(err, -EINVAL, "%s is no number of a process", text);
	*pid = (pid_t)n;
	return 0;
}

/* The state that OCI runtimes give their hooks: a JSON object with the container's process. */
static int read_state(pid_t *pid, struct err *err)
{
	auto_buf text = BUF_INIT;
	json_t *state;
	json_int_t n = 0;
	int r = io_read_fd(STDIN_FILENO, "the container's state", STATE_MAX, &text, err);

	if (r)
		return r;
	state = json_loadb(buf_text(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
	if (state)
		n = json_integer_value(json_object_get(state, "pid"));
	json_decref(state);
	if (n <= 0 || n > INT32_MAX)
		return err_say(err, -EINVAL, "standard input is no state of a container with a process");
	*pid = (pid_t)n;
	return 0;
}

static int bind_group(const char *dir, const char *profile, struct err *err)
{
	struct system_change change;
	auto_free bool *chosen = NULL;
	uint64_t id;
	int r = system_begin(&change, err);

	if (!r)
		r = system_need_policy(&change, err);
	if (!r && image_find_profile(&change.system.image, slice_of(profile)) == IMAGE_NONE) {
		/* for its words */
		chosen = system_marks(&change);
		r = system_choose(&change, (char *[]){ (char *)(uintptr_t)profile }, 1, chosen, err);
		if (!r)
			r = err_say(err, -ENOENT, "%s is a file: name one of its profiles", profile);
	}
	if (!r)
		r = bpf_bind_id(dir, &id, err);
	if (!r)
		r = bpf_bind_add(id, bpf_policy_find(buf_slice(&change.system.policy), slice_of(profile)),
				 err);
	system_end(&change);
	return r;
}

static int unbind_group(const char *dir, struct err *err)
{
	struct system_change change;
	uint64_t id;
	int r = system_begin(&change, err);

	if (!r)
		r = system_need_policy(&change, err);
	if (!r)
		r = bpf_bind_id(dir, &id, err);
	if (!r)
		r = bpf_bind_remove(id, err);
	system_end(&change);
	return r;
}

static int end(int r, const struct err *err)
{
	if (r)
		log_error("%s", err->text);
	return r ? CMD_NO : CMD_OK;
}

static int run_bind(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	auto_buf dir = BUF_INIT;
	bool is_oci = false;
	pid_t pid = 0;
	int r = 0, status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		is_oci |= id == OPTION_OCI;
		if (id == OPTION_PID && !r)
			r = parse_pid(optarg, &pid, &err);
	}
	if (status != -1)
		return status;
	if (argc - optind != (pid || is_oci || r ? 1 : 2) || (pid && is_oci))
		return cmd_usage(cmd, "which control group, and which profile?");
	if (!r && is_oci)
		r = read_state(&pid, &err);
	if (!r && pid)
		r = bpf_bind_group_of(pid, &dir, &err);
	else if (!r)
		buf_add_text(&dir, argv[optind]);
	if (!r)
		r = bind_group(buf_text(&dir), argv[argc - 1], &err);
	return end(r, &err);
}

static int run_unbind(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	int status = cmd_no_options(cmd, argc, argv);

	if (status != -1)
		return status;
	if (argc - optind != 1)
		return cmd_usage(cmd, "which control group?");
	return end(unbind_group(argv[optind], &err), &err);
}

const struct cmd cmd_bind = {
	.name = "bind",
	.arguments = "[CGROUP] PROFILE",
	.summary = "put a profile on what executes in a control group",
	.options = bind_options,
	.run = run_bind,
};

const struct cmd cmd_unbind = {
	.name = "unbind",
	.arguments = "CGROUP",
	.summary = "put no profile on what executes in a control group",
	.options = unbind_options,
	.run = run_unbind,
};
