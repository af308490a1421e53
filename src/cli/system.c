/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats changes, gives the policy of the whole system with them. The one idea: whatever the change, the
 * next image is linked from the one in force and what comes anew, and is put in its place as a whole.
 */
#include "cli/system.h"

#include "base/arena.h"
#include "base/io.h"
#include "cli/near.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct filter {
	const struct image *newer;	/* its profiles give way; NULL: none */
	const bool *chosen;		/* by number; NULL: none */
	bool is_removing;		/* the chosen ones go; else they get the mode */
	enum image_mode mode;
};

static bool choose_old(void *of, const struct image *img, uint32_t profile, enum image_mode *mode)
{
	const struct filter *f = of;
	struct slice name = slice_of(image_text(img, img->profiles[profile].name));

	if (f->newer && image_find_profile(f->newer, name) != IMAGE_NONE)
		return false;
	if (f->chosen && f->chosen[profile] && f->is_removing)
		return false;
	if (f->chosen && f->chosen[profile])
		*mode = f->mode;
	return true;
}

static bool complain(void *of, const struct image *img, uint32_t profile, enum image_mode *mode)
{
	(void)of, (void)img, (void)profile;
	if (*mode == MODE_ENFORCE || *mode == MODE_KILL)
		*mode = MODE_COMPLAIN;
	return true;
}

static int put_linked(struct bpf_system *s, struct link *l, struct err *err)
{
	auto_buf bytes = BUF_INIT;
	struct image img;
	int r = link_finish(l, &bytes, err);

	if (!r)
		r = image_open(bytes.data, bytes.len, &img, err);
	return r ? r : bpf_system_put(s, &img, false, err);
}

static int check_new(const struct bpf_system *s, const struct image *img, struct err *err)
{
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		struct slice name = slice_of(image_text(img, img->profiles[i].name));

		if (image_find_profile(&s->image, name) != IMAGE_NONE)
			return err_say(err, -EEXIST, "profile %.*s is in force already", SLICE_FMT(name));
	}
	return 0;
}

int system_load(struct bpf_system *s, const struct image *img, enum system_put how,
		bool is_complaining, struct err *err)
{
	struct link *l = link_new();
	struct filter old = { .newer = img };
	int r = 0;

	if (how == SYSTEM_ADD && s->is_installed)
		r = check_new(s, img, err);
	if (!r && how != SYSTEM_ONLY && s->is_installed)
		r = link_add(l, &s->image, choose_old, &old, err);
	if (!r)
		r = link_add(l, img, is_complaining ? complain : NULL, NULL, err);
	if (!r)
		r = put_linked(s, l, err);
	link_free(l);
	return r;
}

static int change(struct bpf_system *s, struct filter *f, struct err *err)
{
	struct link *l = link_new();
	int r = link_add(l, &s->image, choose_old, f, err);

	if (!r)
		r = put_linked(s, l, err);
	link_free(l);
	return r;
}

int system_remove(struct bpf_system *s, const bool *chosen, struct err *err)
{
	struct filter f = { .chosen = chosen, .is_removing = true };

	return change(s, &f, err);
}

int system_set_mode(struct bpf_system *s, const bool *chosen, enum image_mode mode, struct err *err)
{
	struct filter f = { .chosen = chosen, .mode = mode };

	return change(s, &f, err);
}

/* "NAME", or "NAME//…". */
static bool is_of_family(struct slice name, struct slice of)
{
	if (name.len < of.len || memcmp(name.ptr, of.ptr, of.len) != 0)
		return false;
	return name.len == of.len || !strncmp(name.ptr + of.len, "//", 2);
}

static size_t choose_named(const struct bpf_system *s, struct slice word, bool *chosen)
{
	const struct image *img = &s->image;
	size_t n = 0;

	if (image_find_profile(img, word) == IMAGE_NONE)
		return 0;
	for (uint32_t i = 0; i < img->n_profiles; i++)
		if (is_of_family(slice_of(image_text(img, img->profiles[i].name)), word)) {
			chosen[i] = true;
			n++;
		}
	return n;
}

static size_t choose_of_file(const struct image *img, const struct link_record *records,
			     const char *word, bool *chosen)
{
	char path[PATH_MAX];
	size_t n = 0;

	if (!realpath(word, path))
		snprintf(path, sizeof(path), "%s", word);
	for (uint32_t i = 0; i < img->n_profiles; i++)
		if (slice_is(records[i].file, path)) {
			chosen[i] = true;
			n++;
		}
	return n;
}

static int tell_unknown(const struct bpf_system *s, const char *word, struct err *err)
{
	auto_buf names = BUF_INIT;
	struct near near;

	near_init(&near, slice_of(word));
	for (uint32_t i = 0; i < s->image.n_profiles; i++)
		near_add(&near, slice_of(image_text(&s->image, s->image.profiles[i].name)));
	near_print(&near, &names);
	return err_say(err, -ENOENT, "no profile %s is in force, and none from a file of that name%s%s", word,
		       names.len ? "; near it: " : "", buf_text(&names));
}

int system_choose(const struct bpf_system *s, const char *word, bool *chosen, struct err *err)
{
	struct arena arena = ARENA_INIT;
	struct link_record *records;
	size_t n = choose_named(s, slice_of(word), chosen);
	int r = 0;

	if (n)
		return 0;
	records = arena_array(&arena, struct link_record, s->image.n_profiles + 1);
	r = link_read(&s->image, records, err);
	if (!r && !choose_of_file(&s->image, records, word, chosen))
		r = tell_unknown(s, word, err);
	arena_release(&arena);
	return r;
}

int system_choose_all(const struct bpf_system *s, char **words, int n_words, bool *chosen,
		      struct err *err)
{
	int r = 0;

	for (int i = 0; !r && i < n_words; i++)
		r = system_choose(s, words[i], chosen, err);
	return r;
}

bool *system_marks(const struct bpf_system *s)
{
	bool *marks = calloc(s->is_installed ? s->image.n_profiles + 1 : 1, sizeof(*marks));

	if (!marks)
		base_no_memory();
	return marks;
}

int system_open_present(struct bpf_system *s, struct err *err)
{
	int r = bpf_system_open(s, true, err);

	if (!r && !s->is_installed)
		r = err_say(err, -ENOENT, "no policy is in force");
	return r;
}
