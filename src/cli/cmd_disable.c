/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise disable: eats names of profiles or files, takes all that is from the same files out of force, and
 * leaves a link in the folder "disable" beside each file, so that loading the folder passes it over, as
 * AppArmor's tools have it.
 */
#include "cli/cmd.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/log.h"
#include "cli/system.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

static const struct cmd_option options[] = {
	{ 0 },
};

struct job {
	struct system_change change;
	struct arena arena;
};

/* All profiles of files of which one is chosen. */
static void take_files(struct job *j, const bool *chosen)
{
	const struct system_change *c = &j->change;

	for (uint32_t i = 0; i < c->n_profiles; i++)
		for (uint32_t k = 0; chosen[i] && k < c->n_profiles; k++)
			c->gone[k] |= slice_eq(c->records[i].file, c->records[k].file);
}

static int link_file(struct job *j, struct slice file, struct err *err)
{
	const char *path = arena_text(&j->arena, file), *slash = strrchr(path, '/');
	const char *dir, *link;

	if (path[0] != '/')
		return err_say(err, -ENOENT, "%s is no file: `pavise unload` takes its profiles out", path);
	dir = arena_printf(&j->arena, "%.*s/disable", (int)(slash - path), path);
	link = arena_printf(&j->arena, "%s%s", dir, slash);
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make %s", dir);
	if (symlink(path, link) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make the link %s", link);
	return 0;
}

/* Links first: if it ends between, the next start finds what was wanted. */
static int link_all(struct job *j, struct err *err)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < j->change.n_profiles; i++)
		if (j->change.gone[i])
			r = link_file(j, j->change.records[i].file, err);
	return r;
}

static int disable(struct job *j, char **words, int n_words, struct err *err)
{
	auto_free bool *chosen = NULL;
	int r = system_begin(&j->change, err);

	if (r)
		return r;
	chosen = system_marks(&j->change);
	r = system_choose(&j->change, words, n_words, chosen, err);
	if (r)
		return r;
	take_files(j, chosen);
	r = link_all(j, err);
	return r ? r : system_commit(&j->change, err);
}

static int run_disable(const struct cmd *cmd, int argc, char **argv)
{
	struct job j = { 0 };
	struct err err = ERR_INIT;
	int status = cmd_no_options(cmd, argc, argv), r;

	if (status != -1)
		return status;
	if (optind == argc)
		return cmd_usage(cmd, "which profiles?");
	r = disable(&j, argv + optind, argc - optind, &err);
	if (r)
		log_error("%s", err.text);
	system_end(&j.change);
	arena_release(&j.arena);
	return r ? CMD_NO : CMD_OK;
}

const struct cmd cmd_disable = {
	.name = "disable",
	.arguments = "PROFILE|FILE...",
	.summary = "take files of profiles out of force, at the next start too",
	.options = options,
	.run = run_disable,
};
