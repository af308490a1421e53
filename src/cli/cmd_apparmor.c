/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise apparmor: eats policy files or names, gives them to this machine's AppArmor kernel: the
 * engine that is already there. Each file is loaded as a whole or not at all.
 */
#include "cli/cmd.h"

#include "base/log.h"
#include "cli/load.h"
#include "compile/kernel_abi.h"
#include "engine/apparmorfs.h"

#include <errno.h>
#include <getopt.h>
#include <unistd.h>

static const struct cmd_option options[] = {
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ 0 },
};

static struct load load;

static const char *const modes[N_MODES] = {
	[MODE_ENFORCE] = "enforce", [MODE_COMPLAIN] = "complain",     [MODE_KILL] = "kill",
	[MODE_UNCONFINED] = "unconfined", [MODE_PROMPT] = "prompt",
};

static void set_mode(struct profile *list, enum image_mode mode)
{
	for (struct profile *p = list; p; p = p->next) {
		p->mode = mode;
		set_mode(p->children, mode);
	}
}

static int compile_for_this(struct buf *out, struct err *err)
{
	struct kernel_features features;
	struct kernel_options how = { .features = &features, .include_dirs = load.dirs };
	int r;

	kernel_features_init(&features);
	r = kernel_features_read(&features, KERNEL_FEATURES_DIR, err);
	if (!r && !kernel_abi_compile(&load.policy, &how, out))
		r = -EINVAL;
	kernel_features_release(&features);
	return r;
}

static int give(const struct apparmorfs *fs, enum apparmorfs_verb verb, int mode, struct err *err)
{
	auto_buf binary = BUF_INIT;
	bool is_good = load_read(&load);
	int r = -EINVAL;

	if (is_good && mode >= 0)
		set_mode(load.policy.profiles, (enum image_mode)mode);
	if (is_good)
		r = compile_for_this(&binary, err);
	load_print_problems(&load, STDERR_FILENO, false);
	return r ? r : apparmorfs_write(fs, verb, buf_slice(&binary), err);
}

static int list(const struct apparmorfs *fs, struct err *err)
{
	auto_buf text = BUF_INIT;
	auto_buf shown = BUF_INIT;
	int r = apparmorfs_list(fs, &text, err);

	if (r)
		return r;
	for (size_t from = 0, at = 0; at < text.len; at++) {
		if (text.data[at] != '\n')
			continue;
		buf_add_escaped(&shown, slice_make(text.data + from, at - from));
		buf_add_char(&shown, '\n');
		from = at + 1;
	}
	return cmd_answer(&shown, CMD_OK) == CMD_OK ? 0 : -EIO;
}

static int find_mode(const char *name)
{
	for (int i = 0; i < N_MODES; i++)
		if (!strcmp(modes[i], name))
			return i;
	return -1;
}

static int add_files(int argc, char **argv, struct err *err)
{
	int r = 0;

	for (int i = 0; i < argc && !r; i++)
		r = load_add_file(&load, argv[i], err);
	return r;
}

static int remove_all(const struct apparmorfs *fs, int argc, char **argv, struct err *err)
{
	int r = 0;

	for (int i = 0; i < argc && !r; i++)
		r = apparmorfs_remove(fs, slice_of(argv[i]), err);
	return r;
}

static int act(const struct apparmorfs *fs, const char *verb, int argc, char **argv,
	       struct err *err)
{
	int mode = -1, r;

	if (!strcmp(verb, "list"))
		return list(fs, err);
	if (!strcmp(verb, "remove"))
		return remove_all(fs, argc, argv, err);
	if (!strcmp(verb, "mode")) {
		mode = find_mode(argv[0]);
		argc--;
		argv++;
	}
	r = add_files(argc, argv, err);
	if (r)
		return r;
	return give(fs, strcmp(verb, "load") ? APPARMORFS_REPLACE : APPARMORFS_LOAD, mode, err);
}

/* NULL, or what is wrong with the words. */
static const char *check_words(int argc, char **argv)
{
	if (!argc)
		return "list, load, replace, remove or mode?";
	if (!strcmp(argv[0], "list"))
		return argc == 1 ? NULL : "list takes nothing more";
	if (!strcmp(argv[0], "mode")) {
		if (argc < 3)
			return "mode takes a mode and files";
		return find_mode(argv[1]) < 0 ? "the modes are enforce, complain, kill, unconfined" : NULL;
	}
	if (strcmp(argv[0], "load") && strcmp(argv[0], "replace") && strcmp(argv[0], "remove"))
		return "it is one of list, load, replace, remove, mode";
	return argc > 1 ? NULL : "which ones?";
}

static int run_apparmor(const struct cmd *cmd, int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct apparmorfs fs;
	const char *wrong;
	int r = 0, status;

	load_init(&load);
	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (!r)
			r = load_add_dir(&load, optarg, &err);
	}
	if (status != -1)
		return status;
	wrong = check_words(argc - optind, argv + optind);
	if (wrong)
		return cmd_usage(cmd, "%s", wrong);
	if (!r)
		r = apparmorfs_open(&fs, NULL, &err);
	if (!r)
		r = act(&fs, argv[optind], argc - optind - 1, argv + optind + 1, &err);
	if (r && err.code)
		log_error("%s", err.text);
	load_release(&load);
	return r ? CMD_NO : CMD_OK;
}

const struct cmd cmd_apparmor = {
	.name = "apparmor",
	.arguments = "list | load FILE... | replace FILE... | remove NAME... | mode MODE FILE...",
	.summary = "load policy into this machine's AppArmor kernel",
	.options = options,
	.run = run_apparmor,
};
