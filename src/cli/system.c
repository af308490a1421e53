/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats changes, gives the policy of the whole system with them. The one idea: whatever the change, the
 * next image is linked from the one in force and what comes anew, and is put in its place as a whole.
 */
#include "cli/system.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/log.h"
#include "cli/apparmor_files.h"
#include "cli/near.h"
#include "engine/bpf_kernel.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

struct system_image {
	struct buf bytes;
	struct image image;
	bool *gone;			/* by number: taken away again, or replaced by a later one */
	bool is_complaining;
};

static void *need(size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (!p)
		base_no_memory();
	return p;
}

static struct slice name_of(const struct image *img, uint32_t profile)
{
	return slice_of(image_text(img, img->profiles[profile].name));
}

int system_begin(struct system_change *c, struct err *err)
{
	int r;

	*c = (struct system_change){ .system = BPF_SYSTEM_INIT };
	r = bpf_system_open(&c->system, true, err);
	if (r)
		return r;
	if (c->system.is_installed)
		c->n_profiles = c->system.image.n_profiles;
	c->records = need(c->n_profiles, sizeof(*c->records));
	c->gone = need(c->n_profiles, sizeof(*c->gone));
	c->modes = need(c->n_profiles, sizeof(*c->modes));
	for (uint32_t i = 0; i < c->n_profiles; i++)
		c->modes[i] = (enum image_mode)c->system.image.profiles[i].mode;
	return c->n_profiles ? link_read(&c->system.image, c->records, err) : 0;
}

void system_end(struct system_change *c)
{
	for (size_t i = 0; i < c->n_images; i++) {
		buf_release(&c->images[i].bytes);
		free(c->images[i].gone);
	}
	free(c->images);
	free(c->records);
	free(c->gone);
	free(c->modes);
	bpf_system_close(&c->system);
	*c = (struct system_change){ .system = BPF_SYSTEM_INIT };
}

int system_need_policy(const struct system_change *c, struct err *err)
{
	return c->system.is_installed ? 0 : err_say(err, -ENOENT, "no policy is in force");
}

bool *system_marks(const struct system_change *c)
{
	return need(c->n_profiles, sizeof(bool));
}

/* Calls the profile of an exact name gone, wherever it is; gives whether there was one. */
static bool replace(struct system_change *c, size_t n_images, struct slice name, bool only_look)
{
	uint32_t i = c->n_profiles ? image_find_profile(&c->system.image, name) : IMAGE_NONE;
	bool is_found = i != IMAGE_NONE && !c->gone[i];

	if (is_found)
		c->gone[i] = !only_look;
	for (size_t k = 0; k < n_images; k++) {
		i = image_find_profile(&c->images[k].image, name);
		if (i == IMAGE_NONE || c->images[k].gone[i])
			continue;
		is_found = true;
		c->images[k].gone[i] = !only_look;
	}
	return is_found;
}

static int check_new(struct system_change *c, const struct image *img, struct err *err)
{
	for (uint32_t i = 0; i < img->n_profiles; i++)
		if (replace(c, c->n_images, name_of(img, i), true))
			return err_say(err, -EEXIST, "profile %s is in force already",
				       name_of(img, i).ptr);
	return 0;
}

int system_bring(struct system_change *c, struct buf *bytes, bool is_add, bool is_complaining,
		 struct err *err)
{
	struct system_image *more;
	struct image img;
	int r = image_open(bytes->data, bytes->len, &img, err);

	if (!r && is_add)
		r = check_new(c, &img, err);
	if (!r && c->n_images == SYSTEM_IMAGES_MAX)
		r = err_say(err, -E2BIG, "more than %d files in one change", SYSTEM_IMAGES_MAX);
	if (r)
		return r;
	more = realloc(c->images, (c->n_images + 1) * sizeof(*more));
	if (!more)
		base_no_memory();
	c->images = more;
	for (uint32_t i = 0; i < img.n_profiles; i++)
		replace(c, c->n_images, name_of(&img, i), false);
	more[c->n_images++] = (struct system_image){
		.bytes = *bytes,
		.image = img,
		.gone = need(img.n_profiles, sizeof(bool)),
		.is_complaining = is_complaining,
	};
	*bytes = (struct buf)BUF_INIT;
	return 0;
}

static bool choose_old(void *of, const struct image *img, uint32_t profile, enum image_mode *mode)
{
	const struct system_change *c = of;

	(void)img;
	*mode = c->modes[profile];
	return !c->gone[profile];
}

static bool choose_new(void *of, const struct image *img, uint32_t profile, enum image_mode *mode)
{
	const struct system_image *i = of;

	(void)img;
	if (i->is_complaining && (*mode == MODE_ENFORCE || *mode == MODE_KILL))
		*mode = MODE_COMPLAIN;
	return !i->gone[profile];
}

static int link_all(struct system_change *c, struct link *l, struct buf *bytes, struct err *err)
{
	int r = 0;

	if (c->n_profiles)
		r = link_add(l, &c->system.image, choose_old, c, err);
	for (size_t i = 0; !r && i < c->n_images; i++)
		r = link_add(l, &c->images[i].image, choose_new, &c->images[i], err);
	return r ? r : link_finish(l, bytes, err);
}

/* The change is made already: that it cannot be told is said, and no failure of it. */
static void tell_change(const struct image *img)
{
	struct err err = ERR_INIT;

	if (apparmor_files_refresh(APPARMOR_FILES_DIR, img, &err) < 0)
		log_warning("the files in " APPARMOR_FILES_DIR " are out of date: %s", err.text);
}

int system_commit(struct system_change *c, struct err *err)
{
	struct link *l = link_new();
	auto_buf bytes = BUF_INIT;
	struct image img;
	int r = link_all(c, l, &bytes, err);

	link_free(l);
	if (!r)
		r = image_open(bytes.data, bytes.len, &img, err);
	if (!r)
		r = bpf_system_put(&c->system, &img, c->has_programs, err);
	if (!r)
		tell_change(&img);
	if (!r && c->n_images && !c->is_quiet && c->system.unstacked.len)
		log_warning("%s", buf_text(&c->system.unstacked));
	return r;
}

int system_clear(struct err *err)
{
	int r = bpf_kernel_probe(err);
	auto_fd lock = r ? r : bpf_kernel_lock(err);

	if (lock < 0)
		return lock;
	if (!bpf_kernel_is_installed())
		return err_say(err, -ENOENT, "no policy is in force");
	r = bpf_kernel_remove(err);
	if (!r)
		tell_change(NULL);
	return r;
}

/* "NAME", or "NAME//…". */
static bool is_of_family(struct slice name, struct slice of)
{
	if (name.len < of.len || memcmp(name.ptr, of.ptr, of.len) != 0)
		return false;
	return name.len == of.len || !strncmp(name.ptr + of.len, "//", 2);
}

/* Marks a profile and its children; false if there is no such profile that is not marked already. */
static bool mark_family(const struct image *img, struct slice name, bool *marks)
{
	uint32_t found = image_find_profile(img, name);

	if (found == IMAGE_NONE || marks[found])
		return false;
	for (uint32_t i = 0; i < img->n_profiles; i++)
		if (is_of_family(name_of(img, i), name))
			marks[i] = true;
	return true;
}

int system_drop(struct system_change *c, struct slice name, struct err *err)
{
	bool is_found = c->n_profiles && mark_family(&c->system.image, name, c->gone);

	for (size_t i = 0; i < c->n_images; i++)
		is_found |= mark_family(&c->images[i].image, name, c->images[i].gone);
	return is_found ? 0 : err_say(err, -ENOENT, "no profile %.*s is in force", SLICE_FMT(name));
}

static bool mark_file(const struct system_change *c, const char *word, bool *chosen)
{
	char path[PATH_MAX];
	bool is_found = false;

	if (!realpath(word, path))
		snprintf(path, sizeof(path), "%s", word);
	for (uint32_t i = 0; i < c->n_profiles; i++)
		if (slice_is(c->records[i].file, path))
			is_found = chosen[i] = true;
	return is_found;
}

static int tell_unknown(const struct system_change *c, const char *word, struct err *err)
{
	auto_buf names = BUF_INIT;
	struct near near;

	near_init(&near, slice_of(word));
	for (uint32_t i = 0; i < c->n_profiles; i++)
		near_add(&near, name_of(&c->system.image, i));
	near_print(&near, &names);
	return err_say(err, -ENOENT, "no profile %s is in force, and none from a file of that name%s%s", word,
		       names.len ? "; near it: " : "", buf_text(&names));
}

int system_choose(const struct system_change *c, char **words, int n_words, bool *chosen,
		  struct err *err)
{
	int r = system_need_policy(c, err);

	for (int i = 0; !r && i < n_words; i++) {
		auto_free bool *marks = system_marks(c);

		if (!mark_family(&c->system.image, slice_of(words[i]), marks) &&
		    !mark_file(c, words[i], marks))
			r = tell_unknown(c, words[i], err);
		for (uint32_t k = 0; k < c->n_profiles; k++)
			chosen[k] |= marks[k];
	}
	return r;
}
