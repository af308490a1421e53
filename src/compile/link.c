/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats images, gives one image. The one idea: every part is added again, in the order in which the
 * compiler adds it, so that equal parts fall together as they do there.
 */
#include "compile/link.h"

#include "base/map.h"
#include "compile/attach.h"

#include <errno.h>
#include <stdlib.h>

/* One image being made. */
struct job {
	struct arena arena;
	struct summary *summary;
	struct image_build build;
	struct automaton_patterns patterns;
	struct image_profile *images;	/* as summary->profiles */
	struct diag *diag;
};

static void job_init(struct job *j, struct summary *summary, int fd, struct diag *diag)
{
	*j = (struct job){ .summary = summary, .diag = diag };
	image_build_init(&j->build);
	j->build.fd = fd;
	automaton_patterns_init(&j->patterns);
	j->images = arena_array(&j->arena, struct image_profile, summary->n_profiles + 1);
}

static void job_release(struct job *j)
{
	automaton_patterns_release(&j->patterns);
	image_build_release(&j->build);
	arena_release(&j->arena);
}

static uint32_t copy_text(struct job *j, const struct image *from, uint32_t off)
{
	return image_build_string(&j->build, slice_of(image_text(from, off)));
}

static uint32_t copy_exec(struct job *j, const struct image *from, uint32_t number)
{
	struct image_exec exec = from->execs[number];

	exec.name = copy_text(j, from, exec.name);
	return image_build_exec(&j->build, &exec);
}

/* The entries that accept values of a table mean: as many as the highest of them. */
static uint32_t count_entries(const struct image *from, const struct image_table *t)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < t->n_states; s++)
		if (from->states[t->states + s].accept > n)
			n = from->states[t->states + s].accept;
	return n;
}

/* Gives what accept values, which count from 1, are added to, as compile.c's add_entries() does. */
static bool copy_entries(struct job *j, const struct image *from, const struct image_table *t,
			 uint32_t *first_entry)
{
	uint32_t n = count_entries(from, t), first = t->first_entry + 1;
	struct image_entry *entries = arena_array(&j->arena, struct image_entry, n + 1);

	/* Opening an image checks the entries that states name, not those between them. */
	if ((uint64_t)first + n > from->n_entries)
		return diag_error(j->diag, (struct place){ 0 },
				  "not a sound policy image: entries out of bounds");
	for (uint32_t i = 0; i < n; i++) {
		entries[i] = from->entries[first + i];
		for (int w = 0; w < 2; w++)
			if (entries[i].exec[w])
				entries[i].exec[w] = copy_exec(j, from, entries[i].exec[w]);
	}
	*first_entry = n ? image_build_entries(&j->build, entries, n) - 1 : 0;
	return true;
}

static bool copy_profile(struct job *j, uint32_t number, const struct image *from)
{
	const struct summary_profile *p = &j->summary->profiles[number];
	struct image_profile *image = &j->images[number];
	uint32_t first_entry = 0;

	*image = from->profiles[p->number];
	if (p->has_new_mode)
		image->mode = p->new_mode;
	image->name = copy_text(j, from, image->name);
	image->parent = p->parent;
	image->attachment = copy_text(j, from, image->attachment);
	image->place = copy_text(j, from, image->place);
	image->disconnected = copy_text(j, from, image->disconnected);
	if (!copy_entries(j, from, &from->tables[image->table], &first_entry))
		return false;
	image->table = image_build_copy_table(&j->build, from, image->table, first_entry);
	return true;
}

static bool is_of_unit(const struct image *img, const struct summary_profile *p)
{
	return p->number < img->n_profiles &&
	       slice_is(p->name, image_text(img, img->profiles[p->number].name));
}

static bool copy_profiles(struct job *j, const struct link_units *units)
{
	for (uint32_t i = 0; i < j->summary->n_profiles; i++) {
		const struct summary_profile *p = &j->summary->profiles[i];
		const struct image *img = units->open(units->of, p->unit);

		if (!img)
			return false;
		if (!is_of_unit(img, p))
			return diag_error(j->diag, p->place,
					  "what was compiled before is not of this file; use --no-cache");
		if (!copy_profile(j, i, img))
			return false;
	}
	return true;
}

/* All but writing it. */
static bool build(struct job *j, const struct link_units *units)
{
	const struct summary *s = j->summary;

	if (!copy_profiles(j, units) ||
	    !attach_build(&j->build, s->profiles, s->n_profiles, j->images, &j->patterns, j->diag))
		return false;
	for (size_t i = 0; i < s->n_profiles; i++)
		image_build_profile(&j->build, &j->images[i]);
	summary_write(s, &j->build.sections[SECTION_LINKAGE]);
	return true;
}

bool link_units(struct summary *summary, const struct link_units *units, int fd, struct diag *diag)
{
	struct err err = ERR_INIT;
	struct job j;
	bool is_good;

	job_init(&j, summary, fd, diag);
	is_good = build(&j, units);
	if (is_good && image_build_finish_file(&j.build, &err) < 0)
		is_good = diag_error(diag, (struct place){ 0 }, "%s", err.text);
	job_release(&j);
	return is_good;
}

/* --- images in memory --- */

struct link {
	struct summary summary;		/* unit: number in images */
	const struct image **images;
	uint32_t n_images, cap_images;
};

struct link *link_new(void)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		base_no_memory();
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	summary_release(&l->summary);
	free(l->images);
	free(l);
}

/* Profiles of the section are those of the image, number by number. */
static int read_linkage(struct summary *s, const struct image *img, uint32_t unit, struct err *err)
{
	const struct image_section *section = &img->header->sections[SECTION_LINKAGE];
	struct slice bytes = slice_make((const char *)img->bytes + section->off, section->len);
	size_t before = s->n_profiles;
	bool is_good = summary_read(s, bytes, unit) && s->n_profiles - before == img->n_profiles;

	for (uint32_t i = 0; is_good && i < img->n_profiles; i++)
		is_good = is_of_unit(img, &s->profiles[before + i]);
	return is_good ? 0 :
			 err_say(err, -EINVAL,
				 "the image does not tell where its profiles are from: compile it anew");
}

int link_read(const struct image *img, struct link_record *records, struct err *err)
{
	struct summary s = { 0 };
	int r = read_linkage(&s, img, 0, err);

	for (size_t i = 0; !r && i < s.n_profiles; i++) {
		const struct summary_profile *p = &s.profiles[i];

		/* The image holds the text, not the arena. */
		records[i] = (struct link_record){ p->own_name, slice_of(p->place.source->name), p->mode,
						   p->n_attachments };
	}
	summary_release(&s);
	return r;
}

static void add_image(struct link *l, const struct image *img)
{
	if (l->n_images == l->cap_images) {
		l->cap_images = l->cap_images * 2 + 64;
		l->images = realloc(l->images, l->cap_images * sizeof(*l->images));
		if (!l->images)
			base_no_memory();
	}
	l->images[l->n_images++] = img;
}

/* Keeps the chosen ones of the profiles from number `before` on. */
static void choose_profiles(struct link *l, const struct image *img, size_t before,
			    link_choose *choose, void *of)
{
	struct summary *s = &l->summary;
	size_t n = s->n_profiles;

	s->n_profiles = before;
	for (uint32_t i = 0; i < n - before; i++) {
		struct summary_profile p = s->profiles[before + i];

		p.new_mode = (enum image_mode)img->profiles[i].mode;
		p.has_new_mode = true;
		if (!choose || choose(of, img, i, &p.new_mode))
			s->profiles[s->n_profiles++] = p;
	}
}

int link_add(struct link *l, const struct image *img, link_choose *choose, void *of, struct err *err)
{
	size_t before = l->summary.n_profiles;
	int r = read_linkage(&l->summary, img, l->n_images, err);

	if (r)
		return r;
	add_image(l, img);
	choose_profiles(l, img, before, choose, of);
	return 0;
}

static const struct image *open_image(void *of, uint32_t unit)
{
	return ((struct link *)of)->images[unit];
}

/* Where the parent is by now: profiles were left out, and others may have come in their places. */
static uint32_t find_parent(const struct link *l, const struct summary_profile *p,
			    const struct map *numbers)
{
	const struct image *img = l->images[p->unit];
	uint32_t parent = img->profiles[p->number].parent;

	if (parent == IMAGE_NONE)
		return IMAGE_NONE;
	/* Not there: 0 - 1, which is IMAGE_NONE. */
	return (uint32_t)(uintptr_t)map_find(numbers, slice_of(image_text(img, img->profiles[parent].name))) -
	       1;
}

static int number_profiles(struct link *l, struct err *err)
{
	struct summary *s = &l->summary;
	struct map numbers;

	/* Before sorting, which follows them: they are found by name below. */
	for (size_t i = 0; i < s->n_profiles; i++)
		s->profiles[i].parent = IMAGE_NONE;
	summary_sort(s);
	map_init(&numbers, &s->arena);
	for (size_t i = 0; i < s->n_profiles; i++)
		if (map_set(&numbers, s->profiles[i].name, (void *)(uintptr_t)(i + 1)))
			return err_say(err, -EEXIST, "profile %.*s is there twice",
				       SLICE_FMT(s->profiles[i].name));
	for (size_t i = 0; i < s->n_profiles; i++)
		s->profiles[i].parent = find_parent(l, &s->profiles[i], &numbers);
	return 0;
}

int link_finish(struct link *l, struct buf *out, struct err *err)
{
	struct link_units units = { l, open_image };
	struct diag diag = DIAG_INIT;
	struct job j;
	int r = number_profiles(l, err);

	if (r)
		return r;
	job_init(&j, &l->summary, -1, &diag);
	if (build(&j, &units))
		r = image_build_finish(&j.build, out, err);
	else
		r = err_say(err, -EINVAL, "%s",
			    diag.n_items ? diag.items[0].text : "the images cannot be put together");
	job_release(&j);
	diag_release(&diag);
	return r;
}
