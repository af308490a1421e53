/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats files, gives an image or kernel policy:
 *
 *	file → (cache | policy → unit) → spool or cache → link → output
 *
 * The one idea: only the units' names and what they say of each other stay in memory; what they were
 * compiled to waits in files. Reading is done by one thread at a time, for files that are included are
 * parsed once for all; compiling, which takes the time, by all.
 */
#include "compile/batch.h"

#include "base/io.h"
#include "compile/cache.h"
#include "compile/compile.h"
#include "compile/link.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>

enum { PART_TEXT, PART_SUMMARY, PART_BODY };

struct unit {
	const char *name;		/* its key in the cache */
	struct buf text;		/* problems */
	struct buf summary;
	bool is_good;
	bool is_cached;			/* its body is in the cache, else in the spool */
	off_t at;
	size_t len;
};

struct batch {
	const struct batch_options *options;
	struct arena arena;
	struct unit *units;
	struct cache *cache;
	struct policy_trees *trees;
	int spool;
	pthread_mutex_t reading;	/* held while the trees are in use */
	pthread_mutex_t lock;		/* of what follows */
	size_t next;
	off_t spool_len;
	struct batch_result *result;
	struct err err;			/* the first failure that is nobody's text */
};

static uint64_t cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Adds the time since *from to a sum that threads share, and begins anew. */
static void count_time(uint64_t *sum, uint64_t *from)
{
	uint64_t now = cpu_now();

	__atomic_fetch_add(sum, now - *from, __ATOMIC_RELAXED);
	*from = now;
}

/* --- one unit --- */

/* A unit being compiled. */
struct work {
	struct batch *batch;
	struct cache_needs needs;
	struct diag diag;
	struct policy policy;
	struct buf body;
};

static void need(void *to, enum policy_need kind, const char *path)
{
	struct work *w = to;

	cache_need(w->batch->cache, &w->needs, kind, path);
}

static bool is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

static bool read_policy(struct work *w, const char *path)
{
	struct batch *b = w->batch;
	struct policy_options options = { .trees = b->trees };
	bool is_good;

	if (b->options->cache_dir && !is_stdin(path)) {
		options.need = need;
		options.to = w;
		need(w, POLICY_NEED_FILE, path);
	}
	pthread_mutex_lock(&b->reading);
	policy_init(&w->policy, &options, &w->diag);
	is_good = policy_read_file(&w->policy, path);
	pthread_mutex_unlock(&b->reading);
	return is_good;
}

static bool compile_body(struct work *w, struct unit *u)
{
	const struct kernel_options *kernel = w->batch->options->kernel;
	struct summary summary = { 0 };
	bool is_good;

	if (kernel) {
		/* Nothing to link, but for names that may stand once only. */
		summary_list(&summary, w->policy.profiles);
		is_good = kernel_abi_compile(&w->policy, kernel, &w->body);
	} else {
		is_good = compile_unit(&w->policy, &summary, &w->body);
	}
	if (is_good)
		summary_write(&summary, &u->summary);
	summary_release(&summary);
	return is_good;
}

static void fail(struct batch *b, int code, const char *what)
{
	pthread_mutex_lock(&b->lock);
	if (!b->err.code)
		err_set(&b->err, code, "%s", what);
	pthread_mutex_unlock(&b->lock);
}

static void put_in_spool(struct batch *b, struct unit *u, const struct buf *body)
{
	size_t done = 0;

	pthread_mutex_lock(&b->lock);
	u->at = b->spool_len;
	b->spool_len += (off_t)body->len;
	pthread_mutex_unlock(&b->lock);
	u->len = body->len;
	while (done < body->len) {
		ssize_t n = pwrite(b->spool, body->data + done, body->len - done, u->at + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(b, n < 0 ? -errno : -ENOSPC, "cannot keep what was compiled");
			return;
		}
		done += (size_t)n;
	}
}

static void keep_unit(struct work *w, struct unit *u, const char *path)
{
	struct slice parts[CACHE_PARTS] = { buf_slice(&u->text), buf_slice(&u->summary),
					    buf_slice(&w->body) };

	u->is_cached = !is_stdin(path) && cache_keep(w->batch->cache, u->name, &w->needs, parts);
	if (!u->is_cached)
		put_in_spool(w->batch, u, &w->body);
}

static void compile_file(struct batch *b, struct unit *u, const char *path)
{
	struct work w = { .batch = b };
	uint64_t from = cpu_now();

	cache_needs_init(&w.needs);
	u->is_good = read_policy(&w, path);
	count_time(&b->result->times.read, &from);
	u->is_good = u->is_good && compile_body(&w, u);
	diag_print(&w.diag, &u->text);
	if (u->is_good)
		keep_unit(&w, u, path);
	else
		buf_printf(&u->text, "%s: left out: it has errors\n", path);
	policy_release(&w.policy);
	diag_release(&w.diag);
	cache_needs_release(&w.needs);
	buf_release(&w.body);
	count_time(&b->result->times.compile, &from);
}

static bool find_unit(struct batch *b, struct unit *u, const char *path)
{
	struct buf *parts[CACHE_PARTS] = { &u->text, &u->summary, NULL };
	uint64_t from = cpu_now();

	u->is_cached = !is_stdin(path) && cache_find(b->cache, u->name, parts);
	u->is_good = u->is_cached;
	if (u->is_cached)
		__atomic_fetch_add(&b->result->n_cached, 1, __ATOMIC_RELAXED);
	count_time(&b->result->times.find, &from);
	return u->is_cached;
}

/* --- all units --- */

static void *work_on(void *of)
{
	struct batch *b = of;

	for (;;) {
		size_t i = __atomic_fetch_add(&b->next, 1, __ATOMIC_RELAXED);
		const char *path;

		if (i >= b->options->n_files)
			return NULL;
		path = b->options->files[i];
		if (!find_unit(b, &b->units[i], path))
			compile_file(b, &b->units[i], path);
	}
}

/* The caller's thread works too: without any other there is still one. */
static void work_on_all(struct batch *b)
{
	pthread_t threads[BATCH_JOBS_MAX];
	unsigned n = 0, wanted = b->options->jobs;

	if (wanted > b->options->n_files)
		wanted = (unsigned)b->options->n_files;
	while (n + 1 < wanted && n < BATCH_JOBS_MAX && !pthread_create(&threads[n], NULL, work_on, b))
		n++;
	work_on(b);
	while (n)
		pthread_join(threads[--n], NULL);
}

static bool open_body(struct batch *b, struct unit *u, struct buf *body)
{
	struct buf *parts[CACHE_PARTS] = { &(struct buf)BUF_INIT, &(struct buf)BUF_INIT, body };
	bool is_good;

	buf_clear(body);
	if (u->is_cached) {
		is_good = cache_find(b->cache, u->name, parts);
		buf_release(parts[PART_TEXT]);
		buf_release(parts[PART_SUMMARY]);
		return is_good;
	}
	buf_reserve(body, u->len);
	body->len = u->len;
	return pread(b->spool, body->data, u->len, u->at) == (ssize_t)u->len;
}

/* --- putting together --- */

/* The unit whose image is open. */
struct open_unit {
	struct batch *batch;
	uint32_t number;
	bool is_open;
	struct buf body;
	struct image image;
};

static const struct image *open_unit(void *of, uint32_t number)
{
	struct open_unit *o = of;
	struct batch *b = o->batch;
	struct err err = ERR_INIT;

	if (o->is_open && o->number == number)
		return &o->image;
	o->number = number;
	o->is_open = open_body(b, &b->units[number], &o->body);
	if (o->is_open && image_open(o->body.data, o->body.len, &o->image, &err) < 0)
		o->is_open = false;
	if (!o->is_open)
		fail(b, -EIO, b->options->files[number]);
	return o->is_open ? &o->image : NULL;
}

static bool is_named_before(struct unit *u, const struct summary_profile *p, const struct map *names,
			    const struct summary *summary)
{
	uintptr_t before = (uintptr_t)map_find(names, p->name);
	struct diag diag = DIAG_INIT;
	struct place place;

	if (!before)
		return false;
	place = summary->profiles[before - 1].place;
	diag_error(&diag, p->place, "profile %.*s is defined twice", SLICE_FMT(p->name));
	diag_help(&diag, "the other one is at %s:%u; rename or remove one", place.source->name,
		  place.line);
	diag_print(&diag, &u->text);
	diag_release(&diag);
	return true;
}

/* Takes a unit's profiles in; if one of them is there already, none of them. */
static void add_unit(struct batch *b, uint32_t number, struct summary *summary, struct map *names)
{
	struct unit *u = &b->units[number];
	size_t before = summary->n_profiles;

	if (!summary_read(summary, buf_slice(&u->summary), number)) {
		u->is_good = false;
		fail(b, -EIO, b->options->files[number]);
		return;
	}
	for (size_t i = before; i < summary->n_profiles; i++)
		u->is_good &= !is_named_before(u, &summary->profiles[i], names, summary);
	if (!u->is_good) {
		buf_printf(&u->text, "%s: left out: it has errors\n", b->options->files[number]);
		summary->n_profiles = before;
		return;
	}
	for (size_t i = before; i < summary->n_profiles; i++)
		map_set(names, summary->profiles[i].name, (void *)(uintptr_t)(i + 1));
}

static void add_units(struct batch *b, struct summary *summary)
{
	struct map names;

	map_init(&names, &b->arena);
	for (uint32_t i = 0; i < b->options->n_files; i++) {
		if (b->units[i].is_good)
			add_unit(b, i, summary, &names);
		b->result->n_good += b->units[i].is_good;
		b->result->n_bad += !b->units[i].is_good;
	}
}

/* Kernel policy needs no putting together: one after the other. */
static bool write_bodies(struct batch *b, int fd)
{
	auto_buf body = BUF_INIT;
	int r;

	for (size_t i = 0; i < b->options->n_files; i++) {
		if (!b->units[i].is_good)
			continue;
		r = open_body(b, &b->units[i], &body) ? io_write_fd(fd, body.data, body.len) : -EIO;
		if (r < 0) {
			fail(b, r, b->options->files[i]);
			return false;
		}
	}
	return true;
}

static bool link_images(struct batch *b, struct summary *summary, int fd, struct buf *problems)
{
	struct open_unit open = { .batch = b };
	struct link_units units = { &open, open_unit };
	struct diag diag = DIAG_INIT;
	bool is_good;

	summary_sort(summary);
	summary_check(summary, true, &diag);
	is_good = link_units(summary, &units, fd, &diag);
	diag_print(&diag, problems);
	diag_release(&diag);
	buf_release(&open.body);
	return is_good;
}

static bool write_output(struct batch *b, int fd, struct buf *problems)
{
	uint64_t from = cpu_now();
	struct summary summary = { 0 };
	bool is_good;

	add_units(b, &summary);
	for (size_t i = 0; i < b->options->n_files; i++)
		buf_add_slice(problems, buf_slice(&b->units[i].text));
	is_good = b->result->n_good && !(b->options->is_strict && b->result->n_bad) && !b->err.code;
	if (is_good && b->options->kernel)
		is_good = write_bodies(b, fd);
	else if (is_good)
		is_good = link_images(b, &summary, fd, problems);
	summary_release(&summary);
	count_time(&b->result->times.link, &from);
	return is_good;
}

/* Names by which the cache knows the files: where they are, and what else their meaning depends on. */
static void name_units(struct batch *b)
{
	auto_free char *here = getcwd(NULL, 0);
	auto_buf name = BUF_INIT;

	b->units = arena_array(&b->arena, struct unit, b->options->n_files);
	for (size_t i = 0; i < b->options->n_files; i++) {
		buf_clear(&name);
		/* Relative names within a file count from here, too. */
		buf_printf(&name, "%s\n%s\n", here ? here : "", b->options->files[i]);
		for (size_t k = 0; b->options->include_dirs[k]; k++)
			buf_printf(&name, "%s\n", b->options->include_dirs[k]);
		b->units[i].name = arena_text(&b->arena, buf_slice(&name));
	}
}

/* What all entries depend on: the program, the form of the output, the kernel it is for. */
static void add_cache_id(const struct batch_options *o, struct buf *id)
{
	buf_add_slice(id, o->cache_id);
	buf_printf(id, "\n%d %s\n", IMAGE_VERSION, o->kernel ? "kernel" : "image");
	if (!o->kernel)
		return;
	kernel_features_print(o->kernel->features, id);
	if (o->kernel->policy_features)
		kernel_features_print(o->kernel->policy_features, id);
	buf_printf(id, "\n%d %d %.*s\n", o->kernel->ignore_abi, o->kernel->force_complain,
		   SLICE_FMT(o->kernel->namespace_name));
}

/* A nameless file beside other temporary ones: what it holds may be more than memory should. */
static int open_spool(void)
{
	const char *dir = getenv("TMPDIR");
	int fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	FILE *file;

	if (fd >= 0)
		return fd;
	file = tmpfile();
	if (!file)
		return -1;
	fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
	fclose(file);
	return fd;
}

static bool open_batch(struct batch *b)
{
	const struct batch_options *o = b->options;
	auto_buf id = BUF_INIT;
	struct err err = ERR_INIT;
	int r;

	add_cache_id(o, &id);
	r = cache_open(o->cache_dir, buf_slice(&id), &b->cache, &err);
	if (r < 0 && o->is_cache_optional)
		r = cache_open(NULL, buf_slice(&id), &b->cache, &err);
	if (r < 0) {
		err_say(&b->err, r, "%s", err.text);
		return false;
	}
	b->spool = open_spool();
	if (b->spool < 0)
		err_set(&b->err, -errno, "cannot make a temporary file");
	return b->spool >= 0;
}

static void close_batch(struct batch *b)
{
	for (size_t i = 0; i < b->options->n_files; i++) {
		buf_release(&b->units[i].text);
		buf_release(&b->units[i].summary);
	}
	if (b->spool >= 0)
		close(b->spool);
	policy_trees_free(b->trees);
	cache_close(b->cache);
	pthread_mutex_destroy(&b->reading);
	pthread_mutex_destroy(&b->lock);
	arena_release(&b->arena);
}

bool batch_compile(const struct batch_options *options, int fd, struct buf *problems,
		   struct batch_result *result, struct err *err)
{
	struct batch b = { .options = options, .spool = -1, .result = result };
	bool is_good;

	assert(options->jobs && options->jobs <= BATCH_JOBS_MAX);
	*result = (struct batch_result){ 0 };
	pthread_mutex_init(&b.reading, NULL);
	pthread_mutex_init(&b.lock, NULL);
	b.trees = policy_trees_new(options->include_dirs);
	name_units(&b);
	is_good = open_batch(&b);
	if (is_good) {
		work_on_all(&b);
		is_good = write_output(&b, fd, problems);
	}
	if (b.err.code)
		err_say(err, b.err.code, "%s", b.err.text);
	close_batch(&b);
	return is_good && !err->code;
}
