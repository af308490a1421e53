/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise status: what is in force for the whole system: profiles, modes, confined threads, losses. */
#include "cli/cmd.h"

#include "base/arena.h"
#include "base/log.h"
#include "engine/bpf_kernel.h"
#include "engine/bpf_policy.h"

#include <getopt.h>
#include <stdlib.h>

enum { OPTION_JSON = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0 },
};

struct state {
	struct buf policy;
	uint32_t n_profiles;
	uint32_t *threads;		/* by profile number */
	uint64_t counts[N_POLICY_COUNTS];
};

static void count_label(void *to, uint64_t task, const struct policy_label *label)
{
	struct state *s = to;

	(void)task;
	if (label->profile && label->profile < s->n_profiles)
		s->threads[label->profile]++;
}

static int read_state(struct state *s, struct err *err)
{
	int r = bpf_kernel_read_policy(&s->policy, err);

	if (r)
		return r;
	s->n_profiles = bpf_policy_count(buf_slice(&s->policy));
	s->threads = calloc(s->n_profiles + 1, sizeof(*s->threads));
	if (!s->threads)
		base_no_memory();
	r = bpf_kernel_each_label(count_label, s, err);
	for (int i = 0; !r && i < N_POLICY_COUNTS; i++)
		r = bpf_kernel_count((enum policy_count)i, &s->counts[i], err);
	return r;
}

static const char *const modes[N_MODES] = {
	[MODE_ENFORCE] = "enforce", [MODE_COMPLAIN] = "complain", [MODE_KILL] = "kill",
	[MODE_UNCONFINED] = "unconfined", [MODE_PROMPT] = "prompt",
};

static const char *const losses[N_POLICY_COUNTS] = {
	[COUNT_EVENTS_LOST] = "events_lost", [COUNT_NO_SCRATCH] = "refused_without_buffer",
	[COUNT_NO_LABEL] = "forks_refused", [COUNT_PATH_BUSY] = "names_in_motion",
};

static void add_text(const struct state *s, struct buf *out)
{
	struct slice policy = buf_slice(&s->policy);

	for (uint32_t i = 1; i < s->n_profiles; i++) {
		const struct policy_profile *p = bpf_policy_profile(policy, i);

		if (!p->table.cells)
			continue;
		buf_add_escaped(out, slice_of(bpf_policy_name(policy, i)));
		buf_printf(out, " (%s) %u\n", modes[p->mode < N_MODES ? p->mode : 0], s->threads[i]);
	}
	for (int i = 0; i < N_POLICY_COUNTS; i++)
		if (s->counts[i])
			buf_printf(out, "%s: %llu\n", losses[i], (unsigned long long)s->counts[i]);
}

static void add_json(const struct state *s, struct buf *out)
{
	struct slice policy = buf_slice(&s->policy);
	const char *separator = "";

	buf_add_text(out, "{\"engine\": \"bpf\", \"profiles\": [");
	for (uint32_t i = 1; i < s->n_profiles; i++) {
		const struct policy_profile *p = bpf_policy_profile(policy, i);

		if (!p->table.cells)
			continue;
		buf_printf(out, "%s{\"name\": \"", separator);
		buf_add_json(out, slice_of(bpf_policy_name(policy, i)));
		buf_printf(out, "\", \"mode\": \"%s\", \"threads\": %u}",
			   modes[p->mode < N_MODES ? p->mode : 0], s->threads[i]);
		separator = ", ";
	}
	buf_add_char(out, ']');
	for (int i = 0; i < N_POLICY_COUNTS; i++)
		buf_printf(out, ", \"%s\": %llu", losses[i], (unsigned long long)s->counts[i]);
	buf_add_text(out, "}\n");
}

static int run_status(const struct cmd *cmd, int argc, char **argv)
{
	struct state s = { 0 };
	struct err err = ERR_INIT;
	auto_buf out = BUF_INIT;
	bool is_json = false;
	int status = CMD_OK;

	for (int id; (id = cmd_next_option(cmd, argc, argv)) != -1; is_json = true)
		if (id != OPTION_JSON)
			return id == CMD_OPTION_HELP ? cmd_help(cmd) : CMD_USAGE;
	if (optind != argc)
		return cmd_usage(cmd, "no names are taken");
	if (!bpf_kernel_is_installed())
		buf_add_text(&out, is_json ? "{\"engine\": null}\n" : "no policy is in force\n");
	else if (read_state(&s, &err) < 0)
		status = CMD_NO;
	else if (is_json)
		add_json(&s, &out);
	else
		add_text(&s, &out);
	if (status)
		log_error("%s", err.text);
	buf_release(&s.policy);
	free(s.threads);
	return cmd_answer(&out, status);
}

const struct cmd cmd_status = {
	.name = "status",
	.arguments = "",
	.summary = "show what is in force for the whole system",
	.options = options,
	.run = run_status,
};
