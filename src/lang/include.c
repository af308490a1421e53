/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats names of files to include, gives their trees. <name> is searched for in the include
 * directories; "name" is a path as it is, from the working directory, or else from an include
 * directory.
 */
#include "lang/include.h"

#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

void include_init(struct include_cache *cache, struct arena *arena, const char *const *dirs)
{
	cache->arena = arena;
	cache->dirs = dirs;
	map_init(&cache->asked, arena);
	map_init(&cache->files, arena);
}

void include_begin(struct include_cache *cache, struct policy *policy)
{
	cache->policy = policy;
}

static void tell_need(const struct include_cache *cache, enum policy_need need, const char *path)
{
	const struct policy_options *options = &cache->policy->options;

	if (options->need)
		options->need(options->to, need, path);
}

void include_need(struct include_cache *cache, enum policy_need need, const char *path)
{
	struct include_need *item;

	tell_need(cache, need, path);
	if (!cache->asking)
		return;
	item = arena_new(cache->arena, struct include_need);
	*item = (struct include_need){ need, arena_text(cache->arena, slice_of(path)),
				       cache->asking->needs };
	cache->asking->needs = item;
}

bool include_is_ignored(const char *name)
{
	static const char *const endings[] = {
		".dpkg-new", ".dpkg-old", ".dpkg-dist", ".dpkg-bak", ".dpkg-remove", ".pacsave",
		".pacnew",   ".rpmnew",	  ".rpmsave",	".orig",     ".rej",	     "~",
	};
	struct slice s = slice_of(name);

	if (!s.len || name[0] == '.' || slice_is(s, "README"))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (slice_ends(s, endings[i]))
			return true;
	}
	return false;
}

static bool is_there(struct include_cache *cache, const struct buf *path)
{
	struct stat st;

	if (stat(buf_text(path), &st) == 0)
		return true;
	include_need(cache, POLICY_NEED_ABSENCE, buf_text(path));
	return false;
}

static bool search_dirs(struct include_cache *cache, struct slice path, struct buf *found)
{
	for (size_t i = 0; cache->dirs[i]; i++) {
		buf_clear(found);
		buf_add_text(found, cache->dirs[i]);
		buf_add_char(found, '/');
		buf_add_slice(found, path);
		if (is_there(cache, found))
			return true;
	}
	return false;
}

bool include_search(struct include_cache *cache, struct slice path, bool is_magic,
		    struct buf *found)
{
	if (!path.len || memchr(path.ptr, '\0', path.len))
		return false;
	if (!is_magic) {
		buf_clear(found);
		buf_add_slice(found, path);
		if (is_there(cache, found))
			return true;
		if (path.ptr[0] == '/')
			return false;
	}
	return search_dirs(cache, path, found);
}

void include_report_missing(struct include_cache *cache, struct place at, struct slice path,
			    bool is_magic)
{
	auto_buf dirs = BUF_INIT;

	diag_error(cache->policy->diag, at,
		   is_magic ? "there is no file <%.*s>" : "there is no file \"%.*s\"",
		   SLICE_FMT(path));
	if (!is_magic && slice_starts(path, "/"))
		return;
	for (size_t i = 0; cache->dirs[i]; i++)
		buf_printf(&dirs, "%s%s", i ? ", " : "", cache->dirs[i]);
	diag_help(cache->policy->diag, "searched in %s%s; add a directory with -I", is_magic ? "" : "., ",
		  buf_text(&dirs));
}

/* A readable file of a policy, not too large; false: reported. */
static bool read_source(struct include_cache *cache, const char *path, struct place at,
			struct source **out)
{
	auto_buf bytes = BUF_INIT;
	struct err err = ERR_INIT;
	struct source *source;

	if (io_read_file(path, POLICY_FILE_MAX, &bytes, &err) < 0)
		return diag_error(cache->policy->diag, at, "%s", err.text);
	source = arena_new(cache->arena, struct source);
	source->name = arena_text(cache->arena, slice_of(path));
	source->text = arena_slice(cache->arena, buf_slice(&bytes));
	*out = source;
	return true;
}

static void add_file(struct include_cache *cache, struct include_result *result,
		     enum file_context context, const char *path, struct place at)
{
	struct source *source = NULL;
	struct file *file;
	struct stat st;
	char key[64];

	include_need(cache, POLICY_NEED_FILE, path);
	if (stat(path, &st) < 0) {
		result->has_failed = !diag_error(cache->policy->diag, at, "cannot read \"%s\"", path);
		return;
	}
	snprintf(key, sizeof(key), "%d:%llx:%llx", (int)context, (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	file = map_find(&cache->files, slice_of(key));
	if (!file) {
		if (!read_source(cache, path, at, &source)) {
			result->has_failed = true;
			return;
		}
		file = file_parse(cache->arena, cache->policy->diag, source, context);
		map_set(&cache->files, slice_of(key), file);
	}
	result->files[result->n++] = file;
}

static int is_wanted(const struct dirent *entry)
{
	return !include_is_ignored(entry->d_name);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_directory(struct include_cache *cache, struct include_result *result,
			  enum file_context context, const char *path, struct place at)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_wanted, compare_names);
	struct stat st;

	include_need(cache, POLICY_NEED_DIRECTORY, path);
	if (n < 0) {
		result->has_failed = !diag_error(cache->policy->diag, at, "cannot list \"%s\": %s", path,
						 strerror(errno));
		return;
	}
	result->files = arena_array(cache->arena, struct file *, (size_t)n + 1);
	for (int i = 0; i < n; i++) {
		const char *file = arena_printf(cache->arena, "%s/%s", path, entries[i]->d_name);

		if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
			add_file(cache, result, context, file, at);
		free(entries[i]);
	}
	free(entries);
}

static void find_files(struct include_cache *cache, struct include_result *result,
		       enum file_context context, const struct node_include *node)
{
	auto_buf found = BUF_INIT;
	struct stat st;

	if (!include_search(cache, node->path, node->is_magic, &found)) {
		result->is_missing = true;
		return;
	}
	while (found.len > 1 && found.data[found.len - 1] == '/')
		found.data[--found.len] = '\0';
	if (stat(buf_text(&found), &st) == 0 && S_ISDIR(st.st_mode)) {
		add_directory(cache, result, context, buf_text(&found), node->node.place);
		return;
	}
	result->files = arena_array(cache->arena, struct file *, 1);
	add_file(cache, result, context, buf_text(&found), node->node.place);
}

const struct include_result *include_find(struct include_cache *cache, enum file_context context,
					  const struct node_include *node)
{
	const char *key = arena_printf(cache->arena, "%d%c%.*s", (int)context,
				       node->is_magic ? '<' : '"', SLICE_FMT(node->path));
	struct include_result *result = map_find(&cache->asked, slice_of(key));

	if (result) {
		for (const struct include_need *n = result->needs; n; n = n->next)
			tell_need(cache, n->need, n->path);
		return result;
	}
	result = arena_new(cache->arena, struct include_result);
	cache->asking = result;
	find_files(cache, result, context, node);
	cache->asking = NULL;
	map_set(&cache->asked, slice_of(key), result);
	return result;
}
