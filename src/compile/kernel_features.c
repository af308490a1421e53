/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a feature file or directory, gives paths and words. The one idea: one map for the tree. */
#include "compile/kernel_features.h"

#include "base/io.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

void kernel_features_init(struct kernel_features *f)
{
	*f = (struct kernel_features){ 0 };
	map_init(&f->words, &f->arena);
}

void kernel_features_release(struct kernel_features *f)
{
	arena_release(&f->arena);
	*f = (struct kernel_features){ 0 };
}

static void add(struct kernel_features *f, struct slice path, struct slice text)
{
	struct slice *value = arena_new(&f->arena, struct slice);

	*value = arena_slice(&f->arena, text);
	map_set(&f->words, path, value);
}

/* A text under way; `path` is that of the tree's node, each depth's length is kept. */
struct reading {
	struct kernel_features *f;
	struct slice text;
	size_t at;
	struct buf path;
	size_t lens[KERNEL_FEATURES_DEPTH + 1];
	size_t depth;
};

static struct slice trim(struct slice s)
{
	while (s.len && isspace((unsigned char)s.ptr[0]))
		s = slice_cut(s, 1, s.len);
	while (s.len && isspace((unsigned char)s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static bool open_node(struct reading *r, struct slice name)
{
	if (r->depth == KERNEL_FEATURES_DEPTH || !name.len)
		return false;
	r->lens[r->depth++] = r->path.len;
	if (r->path.len)
		buf_add_char(&r->path, '/');
	buf_add_slice(&r->path, name);
	add(r->f, buf_slice(&r->path), SLICE(""));
	return true;
}

static bool close_node(struct reading *r, struct slice text)
{
	if (!r->depth)
		return false;
	if (text.len)
		add(r->f, buf_slice(&r->path), text);
	r->path.len = r->lens[--r->depth];
	r->path.data[r->path.len] = '\0';
	return true;
}

static bool read_all(struct reading *r)
{
	size_t from = 0;

	for (; r->at < r->text.len; r->at++) {
		char c = r->text.ptr[r->at];
		struct slice before = trim(slice_cut(r->text, from, r->at));

		if (!c)
			return false;
		if (c != '{' && c != '}')
			continue;
		if (!(c == '{' ? open_node(r, before) : close_node(r, before)))
			return false;
		from = r->at + 1;
	}
	return !r->depth && !trim(slice_cut(r->text, from, r->text.len)).len;
}

int kernel_features_parse(struct kernel_features *f, const char *name, struct slice text,
			  struct err *err)
{
	struct reading r = { .f = f, .text = text };
	bool is_good = read_all(&r);

	buf_release(&r.path);
	if (!is_good || !f->words.n_items)
		return err_say(err, -EINVAL, "%s is not a feature file", name);
	return 0;
}

static int read_dir(struct kernel_features *f, const char *dir, const char *name, int depth,
		    struct err *err);

static int read_entry(struct kernel_features *f, const char *dir, const char *name, int depth,
		      struct err *err)
{
	auto_buf bytes = BUF_INIT;
	struct stat st;
	int r;

	if (stat(dir, &st) < 0)
		return err_set(err, -errno, "cannot look at %s", dir);
	if (S_ISDIR(st.st_mode))
		return read_dir(f, dir, name, depth + 1, err);
	r = io_read_file(dir, KERNEL_FEATURES_MAX, &bytes, err);
	if (!r)
		add(f, slice_of(name), trim(buf_slice(&bytes)));
	return r;
}

static int read_dir(struct kernel_features *f, const char *dir, const char *name, int depth,
		    struct err *err)
{
	struct dirent **entries;
	int n, r = 0;

	if (depth > KERNEL_FEATURES_DEPTH)
		return err_say(err, -EINVAL, "%s is too deep for a tree of features", dir);
	n = scandir(dir, &entries, NULL, alphasort);
	if (n < 0)
		return err_set(err, -errno, "cannot list %s", dir);
	if (name[0])
		add(f, slice_of(name), SLICE(""));
	for (int i = 0; i < n; i++) {
		const char *entry = entries[i]->d_name;

		if (!r && entry[0] != '.')
			r = read_entry(f, arena_printf(&f->arena, "%s/%s", dir, entry),
				       arena_printf(&f->arena, "%s%s%s", name,
						    name[0] ? "/" : "", entry),
				       depth, err);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int kernel_features_read(struct kernel_features *f, const char *path, struct err *err)
{
	auto_buf bytes = BUF_INIT;
	struct stat st;
	int r;

	if (stat(path, &st) < 0)
		return err_set(err, -errno, "cannot look at %s", path);
	if (S_ISDIR(st.st_mode))
		return read_dir(f, path, "", 0, err);
	r = io_read_file(path, KERNEL_FEATURES_MAX, &bytes, err);
	return r ? r : kernel_features_parse(f, path, buf_slice(&bytes), err);
}

static bool has_word(struct slice text, struct slice word)
{
	for (size_t at = 0, end; at < text.len; at = end + 1) {
		for (end = at; end < text.len && !isspace((unsigned char)text.ptr[end]);)
			end++;
		if (slice_eq(slice_cut(text, at, end), word))
			return true;
	}
	return false;
}

bool kernel_features_has(const struct kernel_features *f, const char *path, const char *word)
{
	const struct slice *text = map_find(&f->words, slice_of(path));

	return text && (!word || has_word(*text, slice_of(word)));
}

void kernel_features_print(const struct kernel_features *f, struct buf *out)
{
	for (size_t i = 0; i < f->words.n_items; i++) {
		const struct slice *text = f->words.items[i].value;

		buf_printf(out, "%.*s {%.*s\n}\n", SLICE_FMT(f->words.items[i].key),
			   SLICE_FMT(*text));
	}
}
