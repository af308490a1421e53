/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise compile: eats policy files, gives a file: Pavise's image or AppArmor's binary policy. */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/load.h"
#include "compile/kernel_abi.h"

#include <getopt.h>
#include <unistd.h>

enum { OPTION_FEATURES = CMD_LONG_ONLY, OPTION_FORMAT };
enum { FORMAT_PAVISE, FORMAT_APPARMOR, N_FORMATS };
static const char *const formats[] = { "pavise", "apparmor" };
#define DEFAULT_FEATURES "/usr/share/apparmor-features/features"

static const struct cmd_option options[] = {
	{ 'o', "output", "FILE", "write there (\"-\": standard output)" },
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_FORMAT, "format", "FORMAT",
	  "\"pavise\" (an image) or \"apparmor\" (what AppArmor kernels load)" },
	{ OPTION_FEATURES, "features", "FILE",
	  "compile for the kernel whose features FILE (or a directory) tells" },
	{ 0 },
};

struct compile {
	const char *output;
	const char *features;		/* NULL: this kernel's */
	int format;
};

static struct load load;

/* The named features, else those of this kernel, else those that Debian's package knows. */
static int read_features(const char *named, struct kernel_features *f, struct err *err)
{
	if (named)
		return kernel_features_read(f, named, err);
	if (!access(KERNEL_FEATURES_DIR, R_OK))
		return kernel_features_read(f, KERNEL_FEATURES_DIR, err);
	if (kernel_features_read(f, DEFAULT_FEATURES, err) < 0)
		return err_say(err, err->code,
			       "this kernel has no AppArmor and %s is not there: name --features",
			       DEFAULT_FEATURES);
	return 0;
}

static bool compile_for_kernel(const struct compile *c, struct buf *out, struct err *err)
{
	struct kernel_features features;
	struct kernel_options how = { .features = &features, .include_dirs = load.dirs };
	bool is_good = false;

	kernel_features_init(&features);
	if (read_features(c->features, &features, err) == 0)
		is_good = kernel_abi_compile(&load.policy, &how, out);
	kernel_features_release(&features);
	return is_good;
}

static int write_out(const char *path, const struct buf *bytes, struct err *err)
{
	if (!strcmp(path, "-"))
		return cmd_answer(bytes, CMD_OK);
	return io_replace_file(path, bytes->data, bytes->len, 0644, err) < 0 ? CMD_NO : CMD_OK;
}

static int compile(const struct compile *c)
{
	auto_buf out = BUF_INIT;
	struct err err = ERR_INIT;
	bool is_good = load_read(&load);
	int status = CMD_NO;

	if (is_good && c->format == FORMAT_PAVISE)
		is_good = load_compile(&load);
	else if (is_good)
		is_good = compile_for_kernel(c, &out, &err);
	load_print_problems(&load, STDERR_FILENO, false);
	if (is_good)
		status = write_out(c->output, c->format == FORMAT_PAVISE ? &load.bytes : &out, &err);
	if (err.code)
		log_error("%s", err.text);
	return status;
}

static bool find_format(const char *name, int *format)
{
	for (int i = 0; i < N_FORMATS; i++) {
		if (!strcmp(formats[i], name)) {
			*format = i;
			return true;
		}
	}
	return false;
}

/* -1: go on; else the exit status. */
static int read_options(const struct cmd *cmd, int argc, char **argv, struct compile *c)
{
	struct err err = ERR_INIT;
	int r = 0;

	for (int id; (id = cmd_next_option(cmd, argc, argv)) != -1;) {
		if (id == CMD_OPTION_HELP)
			return cmd_help(cmd);
		if (id == CMD_OPTION_BAD)
			return CMD_USAGE;
		if (id == 'o')
			c->output = optarg;
		if (id == 'I' && !r)
			r = load_add_dir(&load, optarg, &err);
		if (id == OPTION_FEATURES)
			c->features = optarg;
		if (id == OPTION_FORMAT && !find_format(optarg, &c->format))
			return cmd_usage(cmd, "unknown format \"%s\"", optarg);
	}
	for (int i = optind; i < argc && !r; i++)
		r = load_add_file(&load, argv[i], &err);
	if (r < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	if (!load.n_files)
		return cmd_usage(cmd, "which files? \"-\" is standard input");
	if (!c->output)
		return cmd_usage(cmd, "-o says where to write; \"-\" is standard output");
	return -1;
}

static int run_compile(const struct cmd *cmd, int argc, char **argv)
{
	struct compile c = { .format = FORMAT_PAVISE };
	int status;

	load_init(&load);
	status = read_options(cmd, argc, argv, &c);
	if (status < 0)
		status = compile(&c);
	load_release(&load);
	return status;
}

const struct cmd cmd_compile = {
	.name = "compile",
	.arguments = "-o OUT FILE...",
	.summary = "compile policy files to one binary file",
	.options = options,
	.run = run_compile,
};
