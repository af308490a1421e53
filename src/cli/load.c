/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats paths, gives a policy and its open image. */
#include "cli/load.h"

#include "base/io.h"
#include "base/log.h"
#include "compile/compile.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

void load_init(struct load *l)
{
	memset(l, 0, sizeof(*l));
	l->dirs[0] = LOAD_DEFAULT_DIR;
}

/* What was read goes, what is to be read stays. */
static void forget(struct load *l)
{
	buf_release(&l->bytes);
	if (l->has_policy)
		policy_release(&l->policy);
	l->has_policy = false;
	diag_release(&l->diag);
}

void load_release(struct load *l)
{
	forget(l);
	arena_release(&l->arena);
}

int load_add_dir(struct load *l, const char *dir, struct err *err)
{
	if (l->n_dirs == CMD_DIRS_MAX)
		return err_say(err, -E2BIG, "more than %d include directories", CMD_DIRS_MAX);
	l->dirs[l->n_dirs++] = dir;
	l->dirs[l->n_dirs] = LOAD_DEFAULT_DIR;
	return 0;
}

static int add_path(struct load *l, const char *path, struct err *err)
{
	if (l->n_files == CMD_FILES_MAX)
		return err_say(err, -E2BIG, "more than %d policy files", CMD_FILES_MAX);
	l->files[l->n_files++] = path;
	return 0;
}

/* Names that package managers and editors leave beside a profile. */
static bool is_leftover(struct slice name)
{
	static const char *const ends[] = {
		"~", ".bak", ".dpkg-bak", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-remove",
		".orig", ".pacnew", ".pacsave", ".rej", ".rpmnew", ".rpmsave", ".swp",
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (slice_ends(name, ends[i]))
			return true;
	return name.ptr[0] == '.' || slice_is(name, "README");
}

static int is_profile_file(const struct dirent *entry)
{
	return !is_leftover(slice_of(entry->d_name));
}

static int add_entry(struct load *l, const char *dir, const char *name, struct err *err)
{
	char *path = arena_printf(&l->arena, "%s/%s", dir, name);
	struct stat st;

	if (!access(arena_printf(&l->arena, "%s/disable/%s", dir, name), F_OK))
		return 0;
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	return add_path(l, path, err);
}

static int add_directory(struct load *l, const char *dir, struct err *err)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_profile_file, alphasort), r = 0;

	if (n < 0)
		return err_set(err, -errno, "cannot list the profiles in %s", dir);
	for (int i = 0; i < n; i++) {
		if (!r)
			r = add_entry(l, dir, entries[i]->d_name, err);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int load_add_file(struct load *l, const char *path, struct err *err)
{
	struct stat st;

	/* What is not there is a problem of the policy, told with all others. */
	if (strcmp(path, "-") && !stat(path, &st) && S_ISDIR(st.st_mode))
		return add_directory(l, path, err);
	return add_path(l, path, err);
}

int load_add_known_file(struct load *l, const char *path, struct err *err)
{
	char whole[PATH_MAX];

	if (!strcmp(path, "-") || !realpath(path, whole))
		return load_add_file(l, path, err);
	return load_add_file(l, arena_text(&l->arena, slice_of(whole)), err);
}

bool load_read(struct load *l)
{
	struct policy_options options = { .include_dirs = l->dirs };

	policy_init(&l->policy, &options, &l->diag);
	l->has_policy = true;
	for (size_t i = 0; i < l->n_files; i++)
		policy_read_file(&l->policy, l->files[i]);
	return !l->diag.n_errors;
}

bool load_compile(struct load *l)
{
	struct err err = ERR_INIT;

	if (!compile_policy(&l->policy, &l->bytes))
		return false;
	if (image_open(l->bytes.data, l->bytes.len, &l->image, &err) < 0) {
		/* Ours: what was just compiled must open. */
		diag_error(&l->diag, (struct place){ 0 }, "compiled policy: %s", err.text);
		return false;
	}
	return true;
}

void load_print_problems(const struct load *l, int fd, bool is_quiet)
{
	auto_buf out = BUF_INIT;

	if (!l->diag.n_errors && is_quiet)
		return;
	diag_print(&l->diag, &out);
	io_write_fd(fd, buf_text(&out), out.len);
}

static bool is_wrong_alone(const struct load *l, const char *file)
{
	static struct load alone;
	bool is_good;

	load_init(&alone);
	memcpy(alone.dirs, l->dirs, sizeof(alone.dirs));
	alone.n_dirs = l->n_dirs;
	alone.files[0] = file;
	alone.n_files = 1;
	is_good = load_read(&alone) && load_compile(&alone);
	load_release(&alone);
	return !is_good;
}

/* As a profile that another file has, too. */
static bool has_error(const struct load *l, const char *file)
{
	for (size_t i = 0; i < l->diag.n_items; i++) {
		const struct diag_item *item = &l->diag.items[i];

		if (item->level == DIAG_ERROR && item->place.source && !strcmp(item->place.source->name, file))
			return true;
	}
	return false;
}

static bool leave_out(struct load *l, bool (*is_wrong)(const struct load *, const char *))
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_files; i++)
		if (is_wrong(l, l->files[i]))
			log_error("left out, for it has errors: %s", l->files[i]);
		else
			l->files[n++] = l->files[i];
	if (n == l->n_files)
		return false;
	l->n_files = n;
	return true;
}

bool load_good(struct load *l, int fd)
{
	while (!load_read(l) || !load_compile(l)) {
		load_print_problems(l, fd, true);
		if (!leave_out(l, is_wrong_alone) && !leave_out(l, has_error))
			return false;
		forget(l);
	}
	return l->n_files;
}
