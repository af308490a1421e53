/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of apparmor_parser, from its configuration file and the command line. */
#ifndef CLI_APPARMOR_OPTIONS_H
#define CLI_APPARMOR_OPTIONS_H

#include "base/arena.h"

#include <stdbool.h>

enum { APPARMOR_DIRS_MAX = 64, APPARMOR_CACHES_MAX = 16 };

enum apparmor_action {
	ACTION_ADD,
	ACTION_REPLACE,
	ACTION_REMOVE,
	ACTION_NAMES,
	ACTION_STDOUT,
	ACTION_FILE,
	ACTION_PREPROCESS,
};

struct apparmor_options {
	enum apparmor_action action;
	unsigned n_actions;		/* more than one is a mistake */
	bool is_binary, is_quiet, is_verbose, force_complain, abort_on_error;
	bool skip_cache, skip_read_cache, write_cache, show_cache, purge_cache, print_cache_dir;
	bool skip_kernel;		/* nothing is given to the kernel */
	bool has_warnings_as_errors;
	bool is_silent_of_rules;	/* that the engine does not enforce */
	bool has_problem;		/* an option's word is wrong, told */
	const char *output;		/* -o */
	const char *base;		/* -b; NULL: /etc/apparmor.d */
	const char *fs;			/* -f; NULL: found */
	const char *caches[APPARMOR_CACHES_MAX]; /* -L; read in that order, the first is written to */
	unsigned n_caches;
	const char *match_string;	/* -m: features as text */
	unsigned n_debug;		/* -d: 1 only check, 2 print the interpretation too */
	const char *config;
	const char *namespace_name;	/* -n */
	const char *kernel_features, *policy_features;
	bool override_abi;
	const char *dirs[APPARMOR_DIRS_MAX + 2]; /* -I, then the base; NULL-ended */
	unsigned n_dirs;
	struct arena arena;		/* words of the configuration file */
};

/* -1: go on, argv from optind on are the files; else the exit status. */
int apparmor_options_read(struct apparmor_options *o, int argc, char **argv);

#endif
