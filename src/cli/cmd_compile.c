/* SPDX-License-Identifier: BSD-2-Clause */
/* pavise compile: eats policy files, gives a file: Pavise's image or AppArmor's binary policy. */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/load.h"
#include "compile/batch.h"

#include <getopt.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	OPTION_FEATURES = CMD_LONG_ONLY,
	OPTION_FORMAT,
	OPTION_CACHE,
	OPTION_NO_CACHE,
	OPTION_STRICT,
	OPTION_TIMING,
};
enum { FORMAT_PAVISE, FORMAT_APPARMOR, N_FORMATS };
static const char *const formats[] = { "pavise", "apparmor" };
#define DEFAULT_FEATURES "/usr/share/apparmor-features/features"
#define SYSTEM_CACHE "/var/cache/pavise"

static const struct cmd_option options[] = {
	{ 'o', "output", "FILE", "write there (\"-\": standard output)" },
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_FORMAT, "format", "FORMAT",
	  "\"pavise\" (an image) or \"apparmor\" (what AppArmor kernels load)" },
	{ OPTION_FEATURES, "features", "FILE",
	  "compile for the kernel whose features FILE (or a directory) tells" },
	{ 'j', "jobs", "N", "compile N files at a time (default: one a processor)" },
	{ OPTION_CACHE, "cache", "DIR", "keep what was compiled in DIR" },
	{ OPTION_NO_CACHE, "no-cache", NULL, "keep nothing, use nothing that was kept" },
	{ OPTION_STRICT, "strict", NULL, "write nothing if any file has errors" },
	{ OPTION_TIMING, "timing", NULL, "tell what the phases cost" },
	{ 0 },
};

struct compile {
	const char *output;
	const char *features;		/* NULL: this kernel's */
	int format;
	unsigned jobs;
	const char *cache;
	bool no_cache;
	bool is_strict;
	bool has_timing;
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

/* Where compiled units are kept if nobody says otherwise; false: nowhere. */
static bool default_cache(struct buf *dir)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (geteuid() == 0)
		buf_add_text(dir, SYSTEM_CACHE);
	else if (cache && cache[0] == '/')
		buf_printf(dir, "%s/pavise", cache);
	else if (home && home[0] == '/')
		buf_printf(dir, "%s/.cache/pavise", home);
	return dir->len > 0;
}

/* Which program this is: what another one compiled may be something else. */
static void add_program_id(struct buf *id)
{
	struct stat st;

	buf_add_text(id, PAVISE_VERSION);
	if (!stat("/proc/self/exe", &st))
		buf_printf(id, " %ju %ju %jd %ld", (uintmax_t)st.st_ino, (uintmax_t)st.st_size,
			   (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static uint64_t wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void print_timing(const struct batch_result *r, uint64_t wall)
{
	const struct { const char *name; uint64_t ns; } rows[] = {
		{ "find", r->times.find },
		{ "read", r->times.read },
		{ "compile", r->times.compile },
		{ "link", r->times.link },
		{ "elapsed", wall },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fprintf(stderr, "timing: %-8s %10.1f ms\n", rows[i].name, (double)rows[i].ns / 1e6);
	fprintf(stderr, "timing: %zu files: %zu compiled, %zu from the cache, %zu left out\n",
		r->n_good + r->n_bad, r->n_good + r->n_bad - r->n_cached, r->n_cached, r->n_bad);
}

/* Compiles to an open file; what is wrong goes to standard error. */
static bool compile_to(const struct compile *c, const struct batch_options *how, int fd,
		       struct batch_result *result)
{
	struct err err = ERR_INIT;
	auto_buf problems = BUF_INIT;
	uint64_t from = wall_now();
	bool is_good = batch_compile(how, fd, &problems, result, &err);

	io_write_fd(STDERR_FILENO, buf_text(&problems), problems.len);
	if (err.code)
		log_error("%s", err.text);
	if (c->has_timing)
		print_timing(result, wall_now() - from);
	if (is_good && result->n_bad)
		log_warning("%zu of %zu files were left out", result->n_bad,
			    result->n_bad + result->n_good);
	return is_good;
}

static int write_output(const struct compile *c, const struct batch_options *how)
{
	bool is_stdout = !strcmp(c->output, "-");
	struct io_replacement out;
	struct err err = ERR_INIT;
	struct batch_result result = { 0 };
	bool is_good = false;
	int r;

	r = is_stdout ? io_replacement_open_fd(&out, STDOUT_FILENO, "standard output", &err) :
			io_replacement_open(&out, c->output, &err);
	if (r == 0) {
		is_good = compile_to(c, how, out.fd, &result);
		r = io_replacement_close(&out, is_good, 0644, &err);
	}
	if (r < 0)
		log_error("%s", err.text);
	return r == 0 && is_good && !result.n_bad ? CMD_OK : CMD_NO;
}

/* Automata come and go by the megabyte: what one leaves, the next takes, without asking the kernel. */
static void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 64 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
	mallopt(M_TOP_PAD, 4 << 20);
}

static int compile(const struct compile *c)
{
	struct kernel_features features;
	struct kernel_options kernel = { .features = &features, .include_dirs = load.dirs };
	struct batch_options how = {
		.include_dirs = load.dirs,
		.files = load.files,
		.n_files = load.n_files,
		.kernel = c->format == FORMAT_APPARMOR ? &kernel : NULL,
		.jobs = c->jobs,
		.is_strict = c->is_strict,
	};
	struct err err = ERR_INIT;
	auto_buf id = BUF_INIT;
	auto_buf cache = BUF_INIT;
	int status = CMD_NO;

	keep_memory();
	add_program_id(&id);
	how.cache_id = buf_slice(&id);
	if (!c->no_cache)
		how.cache_dir = c->cache ? c->cache : default_cache(&cache) ? buf_text(&cache) : NULL;
	how.is_cache_optional = !c->cache;
	kernel_features_init(&features);
	if (how.kernel && read_features(c->features, &features, &err) < 0)
		log_error("%s", err.text);
	else
		status = write_output(c, &how);
	kernel_features_release(&features);
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

static bool read_jobs(const char *text, unsigned *jobs)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || n < 1 || n > BATCH_JOBS_MAX)
		return false;
	*jobs = (unsigned)n;
	return true;
}

/* The processors that we may use. */
static unsigned count_processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);

	return n > BATCH_JOBS_MAX ? BATCH_JOBS_MAX : (unsigned)n;
}

/* -1: go on; else the exit status. */
static int read_options(const struct cmd *cmd, int argc, char **argv, struct compile *c)
{
	struct err err = ERR_INIT;
	int r = 0, status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (id == 'o')
			c->output = optarg;
		if (id == 'I' && !r)
			r = load_add_dir(&load, optarg, &err);
		if (id == OPTION_FEATURES)
			c->features = optarg;
		if (id == OPTION_FORMAT && !find_format(optarg, &c->format))
			return cmd_usage(cmd, "unknown format \"%s\"", optarg);
		if (id == 'j' && !read_jobs(optarg, &c->jobs))
			return cmd_usage(cmd, "jobs are a number from 1 to %d", BATCH_JOBS_MAX);
		if (id == OPTION_CACHE)
			c->cache = optarg;
		c->no_cache |= id == OPTION_NO_CACHE;
		c->is_strict |= id == OPTION_STRICT;
		c->has_timing |= id == OPTION_TIMING;
	}
	if (status != -1)
		return status;
	for (int i = optind; i < argc && !r; i++)
		r = load_add_file(&load, argv[i], &err);
	if (r < 0) {
		log_error("%s", err.text);
		return CMD_NO;
	}
	if (optind == argc)
		return cmd_usage(cmd, "which files? \"-\" is standard input");
	if (!c->output)
		return cmd_usage(cmd, "-o says where to write; \"-\" is standard output");
	if (!load.n_files) {
		log_error("no policy files there: nothing was written");
		return CMD_NO;
	}
	return -1;
}

static int run_compile(const struct cmd *cmd, int argc, char **argv)
{
	struct compile c = { .format = FORMAT_PAVISE, .jobs = count_processors() };
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
