/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats what apparmor_parser takes, gives what it gives: policy loaded, replaced, removed, written.
 * Each file is a policy of its own; one that is wrong is told, and the others go on. The one idea:
 * the cache is addressed by content, the expanded text of the policy and what the kernel mediates,
 * so nothing in it can be out of date.
 */
#include "cli/apparmor_parser.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/apparmor_options.h"
#include "cli/apparmor_system.h"
#include "cli/coverage.h"
#include "compile/kernel_abi.h"
#include "engine/apparmorfs.h"
#include "engine/engine.h"
#include "lang/include.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sys/stat.h>

enum { BINARY_MAX = 256 << 20 };

struct parser_run {
	struct apparmor_options options;
	struct kernel_features kernel, policy;
	bool has_policy_features;
	struct apparmorfs fs;
	bool has_fs;
	bool is_system;			/* the kernel is the bpf engine's, not AppArmor's */
	struct apparmor_system *system;
	struct buf said;		/* of it: told when it is done */
	struct buf output;		/* -S, -o: of all files */
	int status;			/* of the last file that failed */
	int missing;			/* of the last one that is not there: counts if none failed */
};

/* One file under way. */
struct parser_job {
	struct parser_run *run;
	const char *path;		/* NULL: standard input */
	struct diag diag;
	struct policy policy;
	struct kernel_abi *abi;
	bool force_complain;
};

bool apparmor_parser_is_name(const char *argv0)
{
	const char *slash = strrchr(argv0, '/');

	return !strcmp(slash ? slash + 1 : argv0, "apparmor_parser");
}

static int tell(const struct err *err)
{
	fprintf(stderr, "apparmor_parser: %s\n", err->text);
	return -err->code;
}

/* Reads features that the command line names; 1 and a message if that cannot be. */
static int read_named(struct kernel_features *features, const char *what, const char *path)
{
	struct err err = ERR_INIT;
	int r = kernel_features_read(features, path, &err);

	if (r < 0)
		fprintf(stderr, "Failed to load %s from '%s': %s\n", what, path, strerror(-r));
	return r < 0;
}

/* Features on the command line itself, for both. */
static int parse_named(struct parser_run *r, struct slice text)
{
	struct err err = ERR_INIT;

	r->has_policy_features = true;
	if (!kernel_features_parse(&r->kernel, "the text of --match-string", text, &err) &&
	    !kernel_features_parse(&r->policy, "the text of --match-string", text, &err))
		return 0;
	return tell(&err);
}

static int read_features(struct parser_run *r)
{
	const char *named = r->options.kernel_features, *policy = r->options.policy_features;

	kernel_features_init(&r->kernel);
	kernel_features_init(&r->policy);
	if (r->options.match_string)
		return parse_named(r, slice_of(r->options.match_string));
	r->has_policy_features = policy;
	if (policy && read_named(&r->policy, policy == named ? "features" : "policy-features", policy))
		return 1;
	if (named)
		return read_named(&r->kernel, policy == named ? "features" : "kernel features", named);
	if (r->is_system) {
		r->options.skip_cache = true;
		return 0;
	}
	if (!access(KERNEL_FEATURES_DIR, R_OK))
		return read_named(&r->kernel, "features", KERNEL_FEATURES_DIR);
	fprintf(stderr, "Cache read/write disabled: interface file missing. "
			"(Kernel needs AppArmor 2.4 compatibility patch.)\n");
	r->options.skip_cache = true;
	return policy ? read_named(&r->kernel, "policy-features", policy) : 0;
}

static void print_problems(const struct parser_job *j)
{
	auto_buf out = BUF_INIT;

	if (!j->diag.n_errors && j->run->options.is_quiet && !j->run->options.has_warnings_as_errors)
		return;
	diag_print(&j->diag, &out);
	io_write_fd(STDERR_FILENO, buf_text(&out), out.len);
}

static void add_full_name(const struct parser_job *j, const struct profile *p, struct buf *out)
{
	const char *own = j->run->options.namespace_name;
	struct slice in = own ? slice_of(own) : p->namespace_name;

	if (in.len)
		buf_printf(out, ":%.*s://", SLICE_FMT(in));
	buf_add_slice(out, p->full_name);
}

/* By namespace, then by name: those of the loader's own first. */
static int compare_names(const void *a, const void *b)
{
	const struct profile *x = *(const struct profile *const *)a;
	const struct profile *y = *(const struct profile *const *)b;
	int order = slice_compare(x->namespace_name, y->namespace_name);

	return order ? order : slice_compare(x->name, y->name);
}

static void add_names(const struct parser_job *j, const struct profile *list, struct buf *out)
{
	const struct profile **sorted;
	size_t n = 0;

	for (const struct profile *p = list; p; p = p->next)
		n++;
	sorted = calloc(n + 1, sizeof(*sorted));
	if (!sorted)
		base_no_memory();
	n = 0;
	for (const struct profile *p = list; p; p = p->next)
		sorted[n++] = p;
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < n; i++) {
		add_full_name(j, sorted[i], out);
		buf_add_char(out, '\n');
		add_names(j, sorted[i]->children, out);
	}
	free(sorted);
}

static void say_done(struct parser_job *j, const struct profile *list)
{
	static const char *const words[] = {
		[ACTION_ADD] = "Addition", [ACTION_REPLACE] = "Replacement",
		[ACTION_REMOVE] = "Removal",
	};

	if (!j->run->options.is_verbose || j->run->options.action > ACTION_REMOVE)
		return;
	for (const struct profile *p = list; p; p = p->next) {
		buf_printf(&j->run->said, "%s succeeded for \"%.*s\".\n", words[j->run->options.action],
			   SLICE_FMT(p->full_name));
		/* Children go with their parent, unsaid. */
		if (j->run->options.action != ACTION_REMOVE)
			say_done(j, p->children);
	}
}

static const char *meaning(int code)
{
	switch (-code) {
	case EPROTO: return "Profile doesn't conform to protocol";
	case EPROTONOSUPPORT: return "Profile version not supported by Apparmor module";
	case EEXIST: return "Profile already exists";
	case ENOENT: return "Profile doesn't exist";
	case EPERM: return "Permission denied. You need policy admin privileges to manage profiles.";
	case EACCES: return "Access denied. You need policy admin privileges to manage profiles.";
	default: return strerror(-code);
	}
}

/* The status of a refusal is the negative errno, as far as a status goes. */
static int refused(const char *verb, struct slice name, int code)
{
	fprintf(stderr, "apparmor_parser: Unable to %s \"%.*s\".  %s\n", verb, SLICE_FMT(name),
		meaning(code));
	return code & 0xff;
}

static int give_to_kernel(const struct parser_run *r, struct slice name, struct slice binary)
{
	bool is_add = r->options.action == ACTION_ADD;
	int code;

	if (r->options.skip_kernel || !binary.len)
		return 0;
	code = apparmorfs_write(&r->fs, is_add ? APPARMORFS_LOAD : APPARMORFS_REPLACE, binary, NULL);
	return code < 0 ? refused(is_add ? "add" : "replace", name, code) : 0;
}

/*
 * Others wait from here on, so not before the policy was read. 0 or a negative errno; what has no meaning
 * of its own is told.
 */
static int open_system(struct parser_run *r)
{
	struct err err = ERR_INIT;

	if (!r->is_system || r->system || r->options.skip_kernel)
		return 0;
	r->system = apparmor_system_new(&err);
	if (r->system)
		return 0;
	if (err.code != -EPERM)
		tell(&err);
	return err.code == -EPERM ? -EACCES : err.code;
}

static int remove_one(struct parser_run *r, struct slice name)
{
	int code = open_system(r);

	if (code || r->options.skip_kernel)
		return code;
	return r->system ? apparmor_system_remove(r->system, name) : apparmorfs_remove(&r->fs, name, NULL);
}

static int remove_all(struct parser_job *j)
{
	int status = 0;

	for (const struct profile *p = j->policy.profiles; p; p = p->next) {
		auto_buf name = BUF_INIT;
		int code;

		add_full_name(j, p, &name);
		code = remove_one(j->run, buf_slice(&name));
		if (code < 0)
			status = refused("remove", buf_slice(&name), code);
	}
	if (!status)
		say_done(j, j->policy.profiles);
	return status;
}

static bool has_namespace(const struct parser_job *j)
{
	if (j->run->options.namespace_name)
		return true;
	for (const struct profile *p = j->policy.profiles; p; p = p->next)
		if (p->namespace_name.len)
			return true;
	return false;
}

static bool add_keys(struct parser_job *j, const struct profile *list, struct buf *key)
{
	for (const struct profile *p = list; p; p = p->next)
		if (!kernel_abi_add_key(j->abi, p, key) || !add_keys(j, p->children, key))
			return false;
	return true;
}

/* "pavise-HASH-HASH": of the content by two ways of hashing. */
static bool cache_name(struct parser_job *j, struct buf *name)
{
	auto_buf key = BUF_INIT;
	unsigned long long first;

	buf_add_text(&key, PAVISE_VERSION);
	if (!add_keys(j, j->policy.profiles, &key))
		return false;
	policy_print(&j->policy, &key);
	first = slice_hash(buf_slice(&key));
	buf_printf(&key, "%llu", first);
	for (size_t i = 0; i < key.len / 2; i++) {
		char c = key.data[i];

		key.data[i] = key.data[key.len - 1 - i];
		key.data[key.len - 1 - i] = c;
	}
	buf_printf(name, "pavise-%016llx%016llx", first, slice_hash(buf_slice(&key)));
	return true;
}

static bool read_cache(const struct parser_job *j, const char *name, struct buf *binary)
{
	const struct apparmor_options *o = &j->run->options;
	bool is_hit = false;

	for (unsigned i = 0; !o->skip_read_cache && !is_hit && i < o->n_caches; i++) {
		auto_buf path = BUF_INIT;

		buf_printf(&path, "%s/%s", o->caches[i], name);
		is_hit = io_read_file(buf_text(&path), BINARY_MAX, binary, NULL) == 0;
	}
	if (o->show_cache)
		fprintf(stderr, "Cache %s: %s\n", is_hit ? "hit" : "miss", j->path);
	return is_hit;
}

static void write_cache(const struct parser_job *j, const char *name, const struct buf *binary)
{
	const struct apparmor_options *o = &j->run->options;
	struct err err = ERR_INIT;
	auto_buf path = BUF_INIT;

	if (!o->write_cache)
		return;
	mkdir(o->caches[0], 0755);
	buf_printf(&path, "%s/%s", o->caches[0], name);
	if (io_replace_file(buf_text(&path), binary->data, binary->len, 0600, &err) < 0) {
		if (!o->is_quiet)
			fprintf(stderr, "apparmor_parser: Cache write disabled: %s\n", err.text);
	} else if (o->show_cache)
		fprintf(stderr, "Wrote cache: %s\n", buf_text(&path));
}

static bool compile_all(struct parser_job *j, struct buf *binary)
{
	bool is_good = true;

	for (const struct profile *p = j->policy.profiles; p; p = p->next)
		is_good &= kernel_abi_add(j->abi, p, binary);
	return is_good;
}

static int compile_cached(struct parser_job *j, struct buf *binary)
{
	const struct apparmor_options *o = &j->run->options;
	bool use_cache = !o->skip_cache && j->path && !j->force_complain;
	auto_buf name = BUF_INIT;

	if (!use_cache && j->path && o->show_cache)
		fprintf(stderr, "Cache miss: %s\n", j->path);
	if (use_cache && !cache_name(j, &name))
		return 1;
	if (use_cache && read_cache(j, buf_text(&name), binary))
		return 0;
	if (!compile_all(j, binary))
		return 1;
	if (use_cache)
		write_cache(j, buf_text(&name), binary);
	return 0;
}

/* In several namespaces: a piece each, for one write goes to one namespace. */
static int load_pieces(struct parser_job *j)
{
	int status = 0;

	for (const struct profile *p = j->policy.profiles; p; p = p->next) {
		auto_buf binary = BUF_INIT;
		int r = kernel_abi_add(j->abi, p, &binary) ?
				give_to_kernel(j->run, p->full_name, buf_slice(&binary)) :
				1;

		if (r)
			status = r;
		buf_add_slice(&j->run->output, buf_slice(&binary));
	}
	return status;
}

/* True if a warning is an error: nothing is loaded then. */
static bool is_refused(const struct parser_job *j)
{
	return j->run->options.has_warnings_as_errors && j->diag.n_warnings;
}

/* They are a thing of AppArmor's kernel. */
static int no_namespaces(void)
{
	fprintf(stderr, "apparmor_parser: The bpf engine has no namespaces: profiles are not loaded into another "
			"one.\n");
	return -EOPNOTSUPP;
}

static int give_to_system(struct parser_job *j)
{
	bool is_add = j->run->options.action == ACTION_ADD;
	const struct profile *first = j->policy.profiles;
	int code;

	if (!first)
		return 0;
	if (!j->run->options.is_silent_of_rules)
		coverage_warn(engine_find("bpf"), &j->policy, &j->diag);
	if (is_refused(j))
		return 1;
	code = has_namespace(j) ? no_namespaces() : open_system(j->run);
	if (!code)
		code = apparmor_system_put(j->run->system, &j->policy, is_add, j->force_complain);
	if (code < 0 && j->diag.n_errors)
		return 1;
	return code < 0 ? refused(is_add ? "add" : "replace", first->full_name, code) : 0;
}

static int compile_and_load(struct parser_job *j)
{
	auto_buf binary = BUF_INIT;
	int status;

	if (is_refused(j))
		return 1;
	if (j->run->is_system) {
		status = give_to_system(j);
	} else if (has_namespace(j)) {
		status = load_pieces(j);
	} else {
		status = compile_cached(j, &binary);
		if (!status && is_refused(j))
			status = 1;
		if (!status && j->policy.profiles)
			status = give_to_kernel(j->run, j->policy.profiles->full_name,
						buf_slice(&binary));
		if (!status && j->run->options.action > ACTION_REMOVE)
			buf_add_slice(&j->run->output, buf_slice(&binary));
	}
	if (!status && is_refused(j))
		status = 1;
	if (!status)
		say_done(j, j->policy.profiles);
	return status;
}

static int act(struct parser_job *j)
{
	auto_buf text = BUF_INIT;

	if (j->run->options.n_debug > 1 && j->run->options.action <= ACTION_REMOVE) {
		policy_print(&j->policy, &text);
		if (io_write_fd(STDOUT_FILENO, text.data, text.len) < 0)
			return 1;
	}
	switch (j->run->options.action) {
	case ACTION_NAMES:
		add_names(j, j->policy.profiles, &text);
		break;
	case ACTION_PREPROCESS:
		policy_print(&j->policy, &text);
		break;
	case ACTION_REMOVE:
		return remove_all(j);
	case ACTION_ADD:
	case ACTION_REPLACE:
	case ACTION_STDOUT:
	case ACTION_FILE:
		return compile_and_load(j);
	}
	return io_write_fd(STDOUT_FILENO, buf_text(&text), text.len) < 0;
}

/* True if the base directory has a file of that name in a folder: "disable", "force-complain". */
static bool is_in_folder(const struct parser_job *j, const char *folder)
{
	const char *slash = j->path ? strrchr(j->path, '/') : NULL;
	auto_buf path = BUF_INIT;

	if (!j->path || j->run->options.action == ACTION_REMOVE ||
	    j->run->options.action == ACTION_PREPROCESS)
		return false;
	buf_printf(&path, "%s/%s/%s", j->run->options.base, folder, slash ? slash + 1 : j->path);
	return access(buf_text(&path), R_OK) == 0;
}

static int work(struct parser_job *j)
{
	struct parser_run *r = j->run;
	struct policy_options options = { .include_dirs = r->options.dirs };
	struct kernel_options kernel = {
		.features = &r->kernel,
		.policy_features = r->has_policy_features ? &r->policy : NULL,
		.ignore_abi = r->options.override_abi,
		.include_dirs = r->options.dirs,
		.namespace_name = slice_of(r->options.namespace_name),
		.force_complain = j->force_complain,
	};
	const char *path = j->path;
	char whole[PATH_MAX];
	int status = 1;

	/* The policy in force tells where it is from, to whoever asks from anywhere. */
	if (r->system && path && realpath(path, whole))
		path = whole;
	policy_init(&j->policy, &options, &j->diag);
	j->abi = kernel_abi_new(&kernel, &j->diag);
	if (policy_read_file(&j->policy, path ? path : "-") && !j->diag.n_errors)
		status = act(j);
	print_problems(j);
	kernel_abi_free(j->abi);
	policy_release(&j->policy);
	diag_release(&j->diag);
	return status;
}

static int process_text(struct parser_run *r, const char *path)
{
	struct parser_job j = { .run = r, .path = path };

	j.force_complain = r->options.force_complain;
	if (is_in_folder(&j, "disable")) {
		if (!r->options.is_quiet)
			fprintf(stderr, "Skipping profile in %s/disable: %s\n", r->options.base, path);
		return 0;
	}
	if (is_in_folder(&j, "force-complain")) {
		fprintf(stderr, "Warning: found %s in %s/force-complain, forcing complain mode\n", path,
			r->options.base);
		j.force_complain = true;
	}
	return work(&j);
}

static int process_binary(struct parser_run *r, const char *path)
{
	auto_buf binary = BUF_INIT;
	struct err err = ERR_INIT;
	int code;

	code = path ? io_read_file(path, BINARY_MAX, &binary, &err) :
		      io_read_fd(STDIN_FILENO, "standard input", BINARY_MAX, &binary, &err);
	if (code < 0)
		return tell(&err);
	if (r->options.skip_kernel)
		return 0;
	if (r->options.action == ACTION_REMOVE) {
		fprintf(stderr, "apparmor_parser: Profiles are removed by their text, not by binary policy.\n");
		return EINVAL;
	}
	if (r->is_system) {
		bool is_add = r->options.action == ACTION_ADD;

		code = open_system(r);
		if (!code)
			code = apparmor_system_put_image(r->system, buf_slice(&binary), is_add);
		return code < 0 ? refused(is_add ? "add" : "replace", slice_of(path ? path : "stdin"), code) : 0;
	}
	return give_to_kernel(r, slice_of(path ? path : "stdin"), buf_slice(&binary));
}

static void process(struct parser_run *r, const char *path)
{
	int status = r->options.is_binary ? process_binary(r, path) : process_text(r, path);

	if (status)
		r->status = status;
}

static int is_policy_file(const struct dirent *entry)
{
	return !include_is_ignored(entry->d_name);
}

static void process_dir(struct parser_run *r, const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_policy_file, alphasort);

	if (n < 0) {
		fprintf(stderr, "There was an error while loading profiles from %s\n", dir);
		r->status = errno;
		return;
	}
	for (int i = 0; i < n; i++) {
		auto_buf path = BUF_INIT;
		struct stat st;

		buf_printf(&path, "%s/%s", dir, entries[i]->d_name);
		if ((!r->status || !r->options.abort_on_error) && !stat(buf_text(&path), &st) &&
		    !S_ISDIR(st.st_mode))
			process(r, buf_text(&path));
		free(entries[i]);
	}
	free(entries);
}

static void process_path(struct parser_run *r, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		r->missing = errno;
		fprintf(stderr, "File %s not found, skipping...\n", path);
	} else if (S_ISDIR(st.st_mode)) {
		process_dir(r, path);
	} else {
		process(r, path);
	}
}

static int empty_cache(const char *dir)
{
	auto_dir d = opendir(dir);
	struct dirent *entry;

	if (!d) {
		fprintf(stderr, "Failed to clear cache files (%s): %s\n", dir, strerror(errno));
		return 1;
	}
	while (d && (entry = readdir(d)))
		if (!strncmp(entry->d_name, "pavise-", 7))
			unlinkat(dirfd(d), entry->d_name, 0);
	return 0;
}

static int write_output(struct parser_run *r)
{
	struct err err = ERR_INIT;

	if (r->options.action == ACTION_STDOUT && r->output.len)
		return io_write_fd(STDOUT_FILENO, r->output.data, r->output.len) < 0;
	if (r->options.action == ACTION_FILE &&
	    io_replace_file(r->options.output, buf_text(&r->output), r->output.len, 0644, &err) < 0) {
		fprintf(stderr, "apparmor_parser: Could not open file %s\n", r->options.output);
		return 1;
	}
	return 0;
}

/* 0, or the exit status. */
static int open_kernel(struct parser_run *r)
{
	struct err err = ERR_INIT;

	if (r->options.skip_kernel || r->is_system)
		return 0;
	if (apparmorfs_open(&r->fs, r->options.fs, &err) < 0) {
		fprintf(stderr, "Warning: unable to find a suitable fs in /proc/mounts, is it "
				"mounted?\nUse --subdomainfs to override.\n");
		return 1;
	}
	return 0;
}

/* What was done is said once it is. */
static void finish_system(struct parser_run *r)
{
	const struct apparmor_options *o = &r->options;
	struct err err = ERR_INIT;

	if (r->system && apparmor_system_commit(r->system, o->is_quiet || o->is_silent_of_rules,
						o->has_warnings_as_errors, &err) < 0) {
		buf_clear(&r->said);
		r->status = tell(&err) & 0xff;
	}
}

static int run_all(struct parser_run *r, int argc, char **argv)
{
	int status;

	/* What is written as AppArmor's kernel wants it is AppArmor's. */
	r->is_system = !r->options.fs && r->options.action != ACTION_STDOUT &&
		       r->options.action != ACTION_FILE && apparmor_system_is_here();
	status = read_features(r);
	if (!status)
		status = open_kernel(r);
	if (status)
		return status;
	if (argc == 0)
		process(r, NULL);
	for (int i = 0; i < argc && (!(r->status | r->missing) || !r->options.abort_on_error); i++)
		process_path(r, argv[i]);
	finish_system(r);
	status = write_output(r);
	io_write_fd(STDOUT_FILENO, buf_text(&r->said), r->said.len);
	if (r->status || r->missing)
		return r->status ? r->status : r->missing;
	return status;
}

static int print_caches(const struct apparmor_options *o)
{
	int status = 0;

	for (unsigned i = 0; i < o->n_caches; i++)
		status |= printf("%s\n", o->caches[i]) < 0;
	return status;
}

int apparmor_parser_main(int argc, char **argv)
{
	struct parser_run *r = calloc(1, sizeof(*r));
	int status;

	if (!r)
		base_no_memory();
	status = apparmor_options_read(&r->options, argc, argv);
	if (status < 0 && r->options.print_cache_dir)
		status = print_caches(&r->options);
	if (status < 0 && r->options.purge_cache && empty_cache(r->options.caches[0]))
		status = 1;
	if (status < 0)
		status = run_all(r, argc - optind, argv + optind);
	kernel_features_release(&r->kernel);
	kernel_features_release(&r->policy);
	apparmor_system_free(r->system);
	buf_release(&r->output);
	buf_release(&r->said);
	arena_release(&r->options.arena);
	free(r);
	return status;
}
