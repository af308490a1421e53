/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise status: eats what is in the kernel, gives it in words: the policy of the whole system, who is
 * confined by it, which hooks stand, what was lost.
 */
#include "cli/cmd.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/log.h"
#include "cli/system.h"
#include "cli/words.h"
#include "engine/bpf_bind.h"
#include "engine/bpf_kernel.h"
#include "engine/bpf_policy.h"
#include "image/label.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/utsname.h>

enum { OPTION_JSON = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
	{ OPTION_JSON, "json", NULL, "print JSON" },
	{ 0 },
};

struct state {
	struct bpf_system system;
	struct buf tasks;		/* struct policy_task[] */
	struct buf attached, missing, left_out;	/* hooks, as the inside of a JSON list */
	struct buf binds;		/* as the inside of a JSON list */
	unsigned n_missing;
	uint64_t n_left_out;		/* of hooks' own programs, whose answers it takes */
	uint32_t room;
	uint64_t counts[N_POLICY_COUNTS];
};

static void keep_task(void *to, const struct policy_task *task)
{
	buf_add(&((struct state *)to)->tasks, task, sizeof(*task));
}

static void keep_hook(void *to, const struct bpf_kernel_program *p)
{
	struct state *s = to;
	struct buf *list = p->is_attached ? &s->attached : &s->missing;

	buf_printf(list, "%s\"%s\"", list->len ? ", " : "", p->hook);
	s->n_missing += !p->is_attached;
	if (!p->n_left_out)
		return;
	buf_printf(&s->left_out, "%s{\"hook\": \"%s\", \"times\": %llu}", s->left_out.len ? ", " : "", p->hook,
		   (unsigned long long)p->n_left_out);
	if (!strncmp(p->hook, "lsm/", 4))
		s->n_left_out += p->n_left_out;
}

static void keep_bind(void *to, uint64_t id, uint32_t number, bool is_there)
{
	struct state *s = to;

	if (!is_there)
		return;
	buf_printf(&s->binds, "%s{\"cgroup\": %llu, \"profile\": \"", s->binds.len ? ", " : "",
		   (unsigned long long)id);
	buf_add_json(&s->binds, slice_of(bpf_policy_name(buf_slice(&s->system.policy), number)));
	buf_add_text(&s->binds, "\"}");
}

static int read_state(struct state *s, struct err *err)
{
	auto_fd counts = bpf_kernel_open_counts(err);
	int r = counts < 0 ? counts : bpf_kernel_each_task(keep_task, s, err);

	if (!r)
		r = bpf_kernel_each_program(keep_hook, s, err);
	if (!r)
		r = bpf_kernel_room(&s->room, err);
	if (!r)
		r = bpf_bind_each(keep_bind, s, err);
	for (int i = 0; !r && i < N_POLICY_COUNTS; i++)
		r = bpf_kernel_count(counts, (enum policy_count)i, &s->counts[i], err);
	return r;
}

static const char *const losses[N_POLICY_COUNTS] = {
	[COUNT_EVENTS_LOST] = "events_lost", [COUNT_LOSSES_TOLD] = "losses_told",
	[COUNT_NO_SCRATCH] = "refused_without_buffer",
	[COUNT_NO_LABEL] = "forks_refused", [COUNT_PATH_BUSY] = "names_in_motion",
};

static size_t count_tasks(const struct state *s)
{
	return s->tasks.len / sizeof(struct policy_task);
}

static const struct policy_task *task_at(const struct state *s, size_t i)
{
	return (const struct policy_task *)s->tasks.data + i;
}

static bool is_over_nobody(const struct policy_task *t)
{
	return t->flags & LABEL_OVER_NOBODY;
}

/* Whether two have one label. */
static bool is_alike(const struct policy_task *a, const struct policy_task *b)
{
	return a->profile == b->profile && is_over_nobody(a) == is_over_nobody(b);
}

/* Those of a profile or a stack, with "unconfined" beside it or without. */
static unsigned count_threads(const struct state *s, uint32_t number, bool with_nobody)
{
	unsigned n = 0;

	for (size_t i = 0; i < count_tasks(s); i++)
		n += task_at(s, i)->profile == number && is_over_nobody(task_at(s, i)) == with_nobody;
	return n;
}

/* The number of a profile of the image; labels tell it. */
static uint32_t number_of(const struct state *s, uint32_t profile)
{
	const struct image *img = &s->system.image;

	return bpf_policy_find(buf_slice(&s->system.policy),
			       slice_of(image_text(img, img->profiles[profile].name)));
}

static void add_profiles(const struct state *s, struct buf *out)
{
	const struct image *img = &s->system.image;

	for (uint32_t i = 0; i < img->n_profiles; i++) {
		buf_add_escaped(out, slice_of(image_text(img, img->profiles[i].name)));
		buf_printf(out, " (%s) %u\n", words_mode(img->profiles[i].mode),
			   count_threads(s, number_of(s, i), false));
	}
}

static const struct policy_profile *profile_at(const struct state *s, uint32_t number)
{
	return bpf_policy_profile(buf_slice(&s->system.policy), number);
}

/* A stack, or what is left of one. */
static bool is_stack(const struct state *s, uint32_t number)
{
	return profile_at(s, number)->n_parts;
}

static const char *name_of(const struct state *s, uint32_t number)
{
	return bpf_policy_name(buf_slice(&s->system.policy), number);
}

static const char *mode_of(const struct state *s, uint32_t number)
{
	uint32_t mode = profile_at(s, number)->shown_mode;

	return mode == POLICY_MODE_MIXED ? "mixed" : words_mode(mode);
}

/* Those that somebody has: there may be many. */
static void add_stacks(const struct state *s, struct buf *out)
{
	for (uint32_t i = 1; i < bpf_policy_count(buf_slice(&s->system.policy)); i++) {
		for (int with_nobody = 0; with_nobody < 2; with_nobody++) {
			unsigned n = is_stack(s, i) || with_nobody ? count_threads(s, i, with_nobody) : 0;
			auto_buf label = BUF_INIT;

			if (!n)
				continue;
			label_print_with(name_of(s, i), with_nobody, &label);
			buf_add_escaped(out, buf_slice(&label));
			buf_printf(out, " (%s) %u\n", mode_of(s, i), n);
		}
	}
}

static void add_text(const struct state *s, struct buf *out)
{
	add_profiles(s, out);
	add_stacks(s, out);
	if (!s->system.image.n_profiles)
		buf_add_text(out, "no profile is loaded\n");
	if (s->n_missing)
		buf_printf(out, "hooks that do not stand: %s\n", buf_text(&s->missing));
	if (s->n_left_out)
		buf_printf(out, "questions that the kernel did not ask: %llu\n", (unsigned long long)s->n_left_out);
	for (int i = 0; i < N_POLICY_COUNTS; i++)
		if (s->counts[i])
			buf_printf(out, "%s: %llu\n", losses[i], (unsigned long long)s->counts[i]);
}

static void add_json_profiles(const struct state *s, struct buf *out)
{
	const struct image *img = &s->system.image;

	buf_add_text(out, "\"profiles\": [");
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		buf_printf(out, "%s{\"name\": \"", i ? ", " : "");
		buf_add_json(out, slice_of(image_text(img, img->profiles[i].name)));
		buf_printf(out, "\", \"mode\": \"%s\", \"place\": \"", words_mode(img->profiles[i].mode));
		buf_add_json(out, slice_of(image_text(img, img->profiles[i].place)));
		buf_printf(out, "\", \"threads\": %u, \"bytes\": %zu}", count_threads(s, number_of(s, i), false),
			   bpf_policy_bytes_of(buf_slice(&s->system.policy), img, i));
	}
	buf_add_char(out, ']');
}

static void add_json_stacks(const struct state *s, struct buf *out)
{
	const char *separator = "";

	buf_add_text(out, ", \"stacks\": [");
	for (uint32_t i = 1; i < bpf_policy_count(buf_slice(&s->system.policy)); i++) {
		if (!is_stack(s, i))
			continue;
		buf_printf(out, "%s{\"name\": \"", separator);
		buf_add_json(out, slice_of(name_of(s, i)));
		buf_printf(out, "\", \"mode\": \"%s\", \"threads\": %u}", mode_of(s, i),
			   count_threads(s, i, false));
		separator = ", ";
	}
	buf_printf(out, "], \"stacks_left_out\": %u", bpf_policy_unstacked(buf_slice(&s->system.policy)));
}

/* One object for each process: threads of one may have labels of their own, then it is there twice. */
static void add_json_tasks(const struct state *s, struct buf *out)
{
	const char *separator = "";

	buf_add_text(out, ", \"processes\": [");
	for (size_t i = 0; i < count_tasks(s); i++) {
		const struct policy_task *t = task_at(s, i), *before = i ? task_at(s, i - 1) : NULL;
		auto_buf label = BUF_INIT;

		if (before && before->pid == t->pid && is_alike(before, t))
			continue;
		buf_printf(out, "%s{\"pid\": %u, \"profile\": \"", separator, t->pid);
		label_print_with(name_of(s, t->profile), is_over_nobody(t), &label);
		buf_add_json(out, buf_slice(&label));
		buf_add_text(out, "\", \"comm\": \"");
		buf_add_json(out, slice_make(t->comm, strnlen(t->comm, sizeof(t->comm))));
		buf_printf(out, "\", \"learning\": %s}", t->flags & LABEL_NULL ? "true" : "false");
		separator = ", ";
	}
	buf_add_char(out, ']');
}

static void add_kernel(struct buf *out)
{
	auto_buf lsm = BUF_INIT;
	struct err ignored = ERR_INIT;
	struct utsname kernel = { 0 };

	uname(&kernel);
	io_read_file("/sys/kernel/security/lsm", 4096, &lsm, &ignored);
	buf_add_text(out, ", \"kernel\": {\"release\": \"");
	buf_add_json(out, slice_of(kernel.release));
	buf_add_text(out, "\", \"lsm\": \"");
	buf_add_json(out, slice_make(buf_text(&lsm), strcspn(buf_text(&lsm), "\n")));
	buf_add_text(out, "\"}");
}

static void add_json(const struct state *s, struct buf *out)
{
	struct slice policy = buf_slice(&s->system.policy);

	buf_add_text(out, "{\"engine\": \"bpf\", ");
	add_json_profiles(s, out);
	add_json_stacks(s, out);
	add_json_tasks(s, out);
	buf_printf(out, ", \"policy\": {\"generation\": %llu, \"bytes\": %u, \"room\": %u}",
		   (unsigned long long)bpf_policy_generation(policy), bpf_policy_len(policy), s->room);
	buf_printf(out, ", \"hooks\": {\"attached\": [%s], \"missing\": [%s], \"left_out\": [%s]}",
		   buf_text(&s->attached), buf_text(&s->missing), buf_text(&s->left_out));
	buf_printf(out, ", \"bindings\": [%s]", buf_text(&s->binds));
	add_kernel(out);
	for (int i = 0; i < N_POLICY_COUNTS; i++)
		buf_printf(out, ", \"%s\": %llu", losses[i], (unsigned long long)s->counts[i]);
	buf_add_text(out, "}\n");
}

static void release(struct state *s)
{
	bpf_system_close(&s->system);
	buf_release(&s->tasks);
	buf_release(&s->attached);
	buf_release(&s->missing);
	buf_release(&s->left_out);
	buf_release(&s->binds);
}

static int answer(struct state *s, bool is_json, struct buf *out, struct err *err)
{
	int r = 0;

	if (access(BPF_KERNEL_DIR, F_OK) < 0 && errno == EACCES)
		return err_say(err, -EACCES, "only root can see what is in force");
	if (!bpf_kernel_is_installed()) {
		buf_add_text(out, is_json ? "{\"engine\": null}\n" : "no policy is in force\n");
		return 0;
	}
	r = bpf_system_open(&s->system, false, err);
	if (!r)
		r = read_state(s, err);
	if (!r && is_json)
		add_json(s, out);
	else if (!r)
		add_text(s, out);
	return r;
}

static int run_status(const struct cmd *cmd, int argc, char **argv)
{
	struct state s = { .system = BPF_SYSTEM_INIT };
	struct err err = ERR_INIT;
	auto_buf out = BUF_INIT;
	bool is_json = false;
	int r, status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);)
		is_json |= id == OPTION_JSON;
	if (status != -1)
		return status;
	if (optind != argc)
		return cmd_usage(cmd, "no names are taken");
	r = answer(&s, is_json, &out, &err);
	if (r)
		log_error("%s", err.text);
	release(&s);
	return cmd_answer(&out, r ? CMD_NO : CMD_OK);
}

const struct cmd cmd_status = {
	.name = "status",
	.arguments = "",
	.summary = "show what is in force for the whole system",
	.options = options,
	.run = run_status,
};
