/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats /etc/apparmor/parser.conf and a command line, gives options. The one idea: a line of the
 * file is a long option without its dashes, so one function takes both.
 */
#include "cli/apparmor_options.h"

#include "base/io.h"
#include "cli/apparmor_words.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_CONFIG "/etc/apparmor/parser.conf"
#define DEFAULT_BASE "/etc/apparmor.d"
#define DEFAULT_CACHE "/var/cache/apparmor"

enum {
	OPTION_IGNORED = 256,		/* taken, and without a meaning here */
	OPTION_POLICY_FEATURES,
	OPTION_OVERRIDE_ABI,
	OPTION_KERNEL_FEATURES,
	OPTION_ABORT,
	OPTION_CONFIG,
	OPTION_PRINT_CONFIG,
	OPTION_PURGE_CACHE,
	OPTION_PRINT_CACHE_DIR,
	OPTION_WERROR,
	OPTION_WARN,
	OPTION_MAX_JOBS,
};

static const char letters[] = "+ad::f:h::rRVvI:b:BCD:NSm:M:qQn:XKTWkL:O:po:j:";

static const struct option longs[] = {
	{ "add", no_argument, NULL, 'a' },
	{ "replace", no_argument, NULL, 'r' },
	{ "reload", no_argument, NULL, 'r' },
	{ "remove", no_argument, NULL, 'R' },
	{ "Complain", no_argument, NULL, 'C' },
	{ "complain", no_argument, NULL, 'C' },
	{ "binary", no_argument, NULL, 'B' },
	{ "names", no_argument, NULL, 'N' },
	{ "stdout", no_argument, NULL, 'S' },
	{ "ofile", required_argument, NULL, 'o' },
	{ "base", required_argument, NULL, 'b' },
	{ "Include", required_argument, NULL, 'I' },
	{ "subdomainfs", required_argument, NULL, 'f' },
	{ "apparmorfs", required_argument, NULL, 'f' },
	{ "match-string", required_argument, NULL, 'm' },
	{ "features-file", required_argument, NULL, 'M' },
	{ "policy-features", required_argument, NULL, OPTION_POLICY_FEATURES },
	{ "override-policy-abi", required_argument, NULL, OPTION_OVERRIDE_ABI },
	{ "kernel-features", required_argument, NULL, OPTION_KERNEL_FEATURES },
	{ "namespace", required_argument, NULL, 'n' },
	{ "namespace-string", required_argument, NULL, 'n' },
	{ "readimpliesX", no_argument, NULL, 'X' },
	{ "show-cache", no_argument, NULL, 'k' },
	{ "skip-cache", no_argument, NULL, 'K' },
	{ "skip-read-cache", no_argument, NULL, 'T' },
	{ "write-cache", no_argument, NULL, 'W' },
	{ "create-cache-dir", no_argument, NULL, 'W' },
	{ "skip-bad-cache", no_argument, NULL, OPTION_IGNORED },
	{ "skip-bad-cache-rebuild", no_argument, NULL, OPTION_IGNORED },
	{ "purge-cache", no_argument, NULL, OPTION_PURGE_CACHE },
	{ "debug-cache", no_argument, NULL, OPTION_IGNORED },
	{ "print-cache-dir", no_argument, NULL, OPTION_PRINT_CACHE_DIR },
	{ "cache-loc", required_argument, NULL, 'L' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "skip-kernel-load", no_argument, NULL, 'Q' },
	{ "version", no_argument, NULL, 'V' },
	{ "debug", optional_argument, NULL, 'd' },
	{ "preprocess", no_argument, NULL, 'p' },
	{ "dump", required_argument, NULL, 'D' },
	{ "Dump", required_argument, NULL, 'D' },
	{ "Optimize", required_argument, NULL, 'O' },
	{ "optimize", required_argument, NULL, 'O' },
	{ "help", optional_argument, NULL, 'h' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "max-jobs", required_argument, NULL, OPTION_MAX_JOBS },
	{ "estimated-compile-size", required_argument, NULL, OPTION_IGNORED },
	{ "abort-on-error", no_argument, NULL, OPTION_ABORT },
	{ "config-file", required_argument, NULL, OPTION_CONFIG },
	{ "print-config-file", no_argument, NULL, OPTION_PRINT_CONFIG },
	{ "print-config", no_argument, NULL, OPTION_PRINT_CONFIG },
	{ "prompt-compat", required_argument, NULL, OPTION_IGNORED },
	{ "warn", required_argument, NULL, OPTION_WARN },
	{ "Werror", optional_argument, NULL, OPTION_WERROR },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"Usage: apparmor_parser [options] [profile]\n\n"
	"This is Pavise under that name. Without profile it reads standard input.\n\n"
	"-a, --add                 load profiles into the kernel [default]\n"
	"-r, --replace             load profiles, in place of those that are loaded\n"
	"-R, --remove              remove profiles from the kernel\n"
	"-C, --Complain            load them in complain mode\n"
	"-B, --binary              the input is compiled already\n"
	"-N, --names               print the names of the profiles\n"
	"-S, --stdout              write the binary policy to standard output\n"
	"-o n, --ofile n           write the binary policy to file n\n"
	"-b n, --base n            the directory of policy, instead of " DEFAULT_BASE "\n"
	"-I n, --Include n         look for included files in n first\n"
	"-f n, --subdomainfs n     where the kernel's files are; also --apparmorfs\n"
	"-M n, --features-file n   compile for the features in file n\n"
	"    --policy-features n   what policy without abi is written for\n"
	"    --override-policy-abi n  as above, in place of abi rules too\n"
	"    --kernel-features n   what the kernel mediates\n"
	"-m n, --match-string n    compile for the features that n says itself\n"
	"-n n, --namespace n       the namespace of the profiles; also --namespace-string\n"
	"-k, --show-cache          tell where the cache is used\n"
	"-K, --skip-cache          neither read nor write the cache\n"
	"-T, --skip-read-cache     do not read the cache\n"
	"-W, --write-cache         write the cache\n"
	"-L n, --cache-loc n       where the cache is, instead of " DEFAULT_CACHE ": directories with\n"
	"                          commas between; the first is written to\n"
	"    --purge-cache         empty the cache\n"
	"    --print-cache-dir     print its directory\n"
	"-q, --quiet               no warnings\n"
	"-v, --verbose             tell what was done\n"
	"-Q, --skip-kernel-load    do all but load\n"
	"-p, --preprocess          print the policy with its includes and variables put in\n"
	"-d, --debug               only check the text; given twice, print what it was taken for as well\n"
	"    --warn=no-rule-not-enforced  do not name the rules that the engine cannot enforce\n"
	"-j n, -O n, -D n, -X, other --warn n, --max-jobs n  are taken, and mean nothing here\n"
	"    --Werror[=n]          take warnings for errors, those of all kinds\n"
	"    --abort-on-error      end at the first file with an error\n"
	"    --config-file n       instead of " DEFAULT_CONFIG "\n"
	"-V, --version             print the version\n"
	"-h, --help[=n]            print this, or the words that option n takes\n";

static void set_action(struct apparmor_options *o, enum apparmor_action action)
{
	o->action = action;
	o->n_actions++;
}

/* A list of directories is parted by commas; a backslash before one makes it part of a name. */
static void take_caches(struct apparmor_options *o, const char *list)
{
	for (o->n_caches = 0; *list && o->n_caches < APPARMOR_CACHES_MAX; list += *list == ',') {
		auto_buf name = BUF_INIT;

		for (; *list && *list != ','; list++) {
			list += list[0] == '\\' && list[1] == ',';
			buf_add_char(&name, *list);
		}
		o->caches[o->n_caches++] = arena_text(&o->arena, buf_slice(&name));
	}
	if (*list)
		fprintf(stderr, "apparmor_parser: more than %d cache locations: the others are not used\n",
			APPARMOR_CACHES_MAX);
}

static void check_word(struct apparmor_options *o, const char *option, const char *word, bool is_good)
{
	if (is_good)
		return;
	fprintf(stderr, "apparmor_parser: Invalid %s%s%s\n", option, option[0] == '-' ? " option " : "=",
		word);
	o->has_problem = true;
}

/* Most of what these say means nothing here, but that it is said right. */
static void check_words(struct apparmor_options *o, int id, const char *arg)
{
	switch (id) {
	case 'D':
		check_word(o, "--Dump", arg, apparmor_words_has(&apparmor_dump_words, arg));
		break;
	case 'O':
		check_word(o, "--Optimize", arg, apparmor_words_has(&apparmor_optimize_words, arg));
		break;
	case 'j':
		check_word(o, "option -j", arg, apparmor_is_jobs(arg));
		break;
	case OPTION_MAX_JOBS:
		check_word(o, "option max-jobs", arg, apparmor_is_jobs(arg));
		break;
	case OPTION_WARN:
		check_word(o, "--warn", arg, apparmor_words_has(&apparmor_warn_words, arg));
		if (!strcmp(arg, "no-rule-not-enforced") || !strcmp(arg, "no-all"))
			o->is_silent_of_rules = true;
		if (!strcmp(arg, "rule-not-enforced") || !strcmp(arg, "all"))
			o->is_silent_of_rules = false;
		break;
	case OPTION_WERROR:
		if (arg)
			check_word(o, "--Werror", arg, apparmor_words_has(&apparmor_warn_words, arg));
		o->has_warnings_as_errors = !arg || strncmp(arg, "no-", 3) != 0;
		break;
	case 'd':
		if (arg)
			check_word(o, "--debug", arg, !strcmp(arg, "d"));
		o->n_debug += arg ? 2 : 1;
		break;
	default:
		break;
	}
}

/* The base has to be a directory; if not, the one before stays. */
static void take_base(struct apparmor_options *o, const char *arg)
{
	struct stat st;

	if (!stat(arg, &st) && S_ISDIR(st.st_mode))
		o->base = arg;
	else
		fprintf(stderr, "Error: basedir %s is not a directory, skipping.\n", arg);
}

static void take_path(struct apparmor_options *o, int id, const char *arg)
{
	switch (id) {
	case 'b': take_base(o, arg); break;
	case 'f': o->fs = arg; break;
	case 'L': take_caches(o, arg); break;
	case 'n': o->namespace_name = arg; break;
	case 'M': o->kernel_features = o->policy_features = arg; break;
	case 'm': o->match_string = arg; break;
	case OPTION_KERNEL_FEATURES: o->kernel_features = arg; break;
	case OPTION_POLICY_FEATURES: o->policy_features = arg; break;
	case OPTION_OVERRIDE_ABI:
		o->policy_features = arg;
		o->override_abi = true;
		break;
	case 'I':
		if (o->n_dirs < APPARMOR_DIRS_MAX)
			o->dirs[o->n_dirs++] = arg;
		break;
	default:
		break;
	}
}

static void take_switch(struct apparmor_options *o, int id)
{
	switch (id) {
	case 'B': o->is_binary = true; break;
	case 'C': o->force_complain = true; break;
	case 'q': o->is_quiet = true; break;
	case 'v': o->is_verbose = true; break;
	case 'Q': o->skip_kernel = true; break;
	case 'K': o->skip_cache = true; break;
	case 'T': o->skip_read_cache = true; break;
	case 'W': o->write_cache = true; break;
	case 'k': o->show_cache = true; break;
	case OPTION_PURGE_CACHE: o->purge_cache = true; break;
	case OPTION_PRINT_CACHE_DIR: o->print_cache_dir = true; break;
	case OPTION_ABORT: o->abort_on_error = true; break;
	default: break;
	}
}

static void take_option(struct apparmor_options *o, int id, const char *arg)
{
	static const struct { int id; enum apparmor_action action; } actions[] = {
		{ 'a', ACTION_ADD },   { 'r', ACTION_REPLACE }, { 'R', ACTION_REMOVE },
		{ 'N', ACTION_NAMES }, { 'S', ACTION_STDOUT },	{ 'o', ACTION_FILE },
		{ 'p', ACTION_PREPROCESS },
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (actions[i].id == id)
			set_action(o, actions[i].action);
	if (id == 'o')
		o->output = arg;
	/* These give nothing to the kernel; names and text come from the text alone. */
	if (id == 'N' || id == 'S' || id == 'o' || id == 'p' || id == 'd')
		o->skip_kernel = true;
	if (id == 'N' || id == 'p' || id == 'S' || id == 'o')
		o->skip_cache = true;
	take_path(o, id, arg);
	take_switch(o, id);
	check_words(o, id, arg);
}

static void take_line(struct apparmor_options *o, char *line)
{
	char *name = line + strspn(line, " \t"), *end, *value;

	line[strcspn(line, "#\n")] = '\0';
	while (*name == '-')
		name++;
	end = name + strcspn(name, " \t=");
	value = end + strspn(end, " \t=");
	for (char *last = value + strlen(value); last > value && isspace((unsigned char)last[-1]);)
		*--last = '\0';
	*end = '\0';
	for (const struct option *l = longs; l->name; l++) {
		if (strcmp(l->name, name) != 0 || (l->has_arg == required_argument && !*value))
			continue;
		/* An action belongs on the command line. */
		if (!strchr("arRNSopVh", l->val) || l->val > 255)
			take_option(o, l->val, arena_text(&o->arena, slice_of(value)));
		return;
	}
}

static void read_config(struct apparmor_options *o)
{
	auto_file f = fopen(o->config, "re");
	auto_free char *line = NULL;
	size_t cap = 0;

	if (!f && strcmp(o->config, DEFAULT_CONFIG) != 0)
		fprintf(stderr, "Warning from stdin (line 1): config file '%s' not found\n", o->config);
	while (f && getline(&line, &cap, f) > 0)
		take_line(o, line);
}

/* The configuration file is read before other options are, wherever it is named. */
static void find_config(struct apparmor_options *o, int argc, char **argv)
{
	int id;

	o->config = DEFAULT_CONFIG;
	opterr = 0;
	while ((id = getopt_long(argc, argv, letters + 1, longs, NULL)) != -1)
		if (id == OPTION_CONFIG)
			o->config = optarg;
	opterr = 1;
	optind = 1;
	read_config(o);
}

static void finish(struct apparmor_options *o)
{
	if (!o->base)
		o->base = DEFAULT_BASE;
	if (!o->n_caches)
		o->caches[o->n_caches++] = DEFAULT_CACHE;
	o->dirs[o->n_dirs] = o->base;
	o->dirs[o->n_dirs + 1] = NULL;
}

static int print_help(const char *topic)
{
	if (!topic) {
		fputs(help, stdout);
		return 0;
	}
	if (apparmor_words_help(topic, stdout))
		return 0;
	fprintf(stderr, "apparmor_parser: Invalid --help option %s\n", topic);
	return 1;
}

int apparmor_options_read(struct apparmor_options *o, int argc, char **argv)
{
	int id;

	*o = (struct apparmor_options){ .action = ACTION_ADD };
	find_config(o, argc, argv);
	while ((id = getopt_long(argc, argv, letters + 1, longs, NULL)) != -1) {
		if (id == '?')
			return 1;
		if (id == 'h')
			return print_help(optarg);
		if (id == 'V') {
			puts("AppArmor parser version 4.1.0 (pavise " PAVISE_VERSION ")");
			return 0;
		}
		if (id == OPTION_PRINT_CONFIG) {
			puts(o->config);
			return 0;
		}
		take_option(o, id, optarg);
		if (o->has_problem)
			return 1;
	}
	if (o->n_actions > 1) {
		fprintf(stderr, "apparmor_parser: Too many actions given on the command line.\n");
		return 1;
	}
	finish(o);
	return -1;
}
