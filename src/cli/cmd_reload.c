/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise reload: eats names, reads the files that those profiles are from again, and puts what they say now
 * in the place of what they said: a profile that is no longer in its file goes out of force. All in one
 * step.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/load.h"
#include "cli/system.h"

#include <errno.h>
#include <getopt.h>

enum { OPTION_PROGRAMS = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_PROGRAMS, "programs", NULL, "put this version's kernel programs in force as well" },
	{ 'q', "quiet", NULL, "say nothing on standard error but errors" },
	{ 0 },
};

static struct load load;

struct words {
	bool has_programs, is_quiet;
};

/* The files of the chosen profiles; what came from standard input stays as it is. */
static int add_files(const struct system_change *c, const bool *chosen, size_t *n_kept, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < c->n_profiles; i++) {
		const char *file = arena_text(&load.arena, c->records[i].file);
		bool is_met = false;

		if (!chosen[i])
			continue;
		*n_kept += file[0] != '/';
		for (size_t k = 0; k < load.n_files && !is_met; k++)
			is_met = !strcmp(load.files[k], file);
		if (!is_met && file[0] == '/')
			r = load_add_file(&load, file, err);
	}
	return r;
}

/* All profiles of the files that are read again give way, chosen or not. */
static void take_files(struct system_change *c)
{
	for (uint32_t i = 0; i < c->n_profiles; i++)
		for (size_t k = 0; k < load.n_files && !c->gone[i]; k++)
			c->gone[i] = slice_is(c->records[i].file, load.files[k]);
}

static int choose(struct system_change *c, char **names, int n_names, size_t *n_kept, struct err *err)
{
	auto_free bool *chosen = system_marks(c);
	int r = system_choose(c, names, n_names, chosen, err);

	if (!n_names)
		memset(chosen, true, c->n_profiles * sizeof(*chosen));
	if (!r)
		r = add_files(c, chosen, n_kept, err);
	take_files(c);
	return r;
}

static int reload(struct system_change *c, const struct words *w, char **names, int n_names,
		  struct err *err)
{
	size_t n_kept = 0;
	int r = choose(c, names, n_names, &n_kept, err);
	bool is_good;

	if (r)
		return r;
	is_good = load_read(&load) && load_compile(&load);
	load_print_problems(&load, STDERR_FILENO, w->is_quiet);
	if (!is_good)
		return err_say(err, -EINVAL, "the policy has errors; what was in force stays");
	if (n_kept && !w->is_quiet)
		log_warning("profiles that are from no file stay as they are: %zu", n_kept);
	c->has_programs = w->has_programs;
	c->is_quiet = w->is_quiet;
	r = system_bring(c, &load.bytes, false, false, err);
	return r ? r : system_commit(c, err);
}

static int run_reload(const struct cmd *cmd, int argc, char **argv)
{
	struct system_change change = { .system = BPF_SYSTEM_INIT };
	struct words words = { 0 };
	struct err err = ERR_INIT;
	int r = 0, status;

	load_init(&load);
	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'I' && !r)
			r = load_add_dir(&load, optarg, &err);
		words.has_programs |= id == OPTION_PROGRAMS;
		words.is_quiet |= id == 'q';
	}
	if (status != -1)
		return status;
	if (!r)
		r = system_begin(&change, &err);
	if (!r)
		r = reload(&change, &words, argv + optind, argc - optind, &err);
	if (r)
		log_error("%s", err.text);
	system_end(&change);
	load_release(&load);
	return r ? CMD_NO : CMD_OK;
}

const struct cmd cmd_reload = {
	.name = "reload",
	.arguments = "[PROFILE|FILE...]",
	.summary = "read the files of profiles in force again",
	.options = options,
	.run = run_reload,
};
