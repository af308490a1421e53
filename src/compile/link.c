/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats images, gives one image. The one idea: every part is added again, in the order in which the
 * compiler adds it, so that equal parts fall together as they do there.
 */
#include "compile/link.h"

#include "compile/attach.h"

#include <errno.h>
#include <stdlib.h>

/* Behind it: name, file, then each attachment's length and text. */
struct record_head {
	uint32_t name_len;
	uint32_t file_len;
	uint32_t mode;
	uint32_t n_attachments;
};

struct member {
	const struct image *img;
	uint32_t number;		/* in that image */
	enum image_mode mode;
	struct link_record record;
	struct slice namespace_name, full_name;
	struct profile profile;		/* as attach.h wants it */
	struct image_profile image;
};

struct link {
	struct arena arena;
	struct member *members;
	size_t n_members, cap_members;
	struct image_build build;
	struct map entries_met;
	struct map numbers;		/* image name → number + 1 */
	struct automaton_patterns patterns;
	struct diag diag;
};

void link_describe(const struct profile *p, struct buf *section)
{
	struct slice file = p->place.source ? slice_of(p->place.source->name) : SLICE("");
	struct record_head head = { (uint32_t)p->name.len, (uint32_t)file.len, p->mode,
				    attach_is_possible(p) ? (uint32_t)p->n_attachments : 0 };

	buf_add(section, &head, sizeof(head));
	buf_add_slice(section, p->name);
	buf_add_slice(section, file);
	for (uint32_t i = 0; i < head.n_attachments; i++) {
		uint32_t len = (uint32_t)p->attachments[i].len;

		buf_add(section, &len, sizeof(len));
		buf_add_slice(section, p->attachments[i]);
	}
}

static bool take_bytes(struct slice *from, void *to, size_t len)
{
	if (from->len < len)
		return false;
	memcpy(to, from->ptr, len);
	*from = slice_cut(*from, len, from->len);
	return true;
}

static bool take_text(struct slice *from, size_t len, struct slice *text)
{
	if (from->len < len)
		return false;
	*text = slice_make(from->ptr, len);
	*from = slice_cut(*from, len, from->len);
	return true;
}

static bool take_attachment(struct slice *from, struct slice *pattern)
{
	uint32_t len;

	return take_bytes(from, &len, sizeof(len)) && take_text(from, len, pattern);
}

static bool take_record(struct slice *from, struct link_record *r)
{
	struct record_head head;
	struct slice before, pattern;

	if (!take_bytes(from, &head, sizeof(head)) || !take_text(from, head.name_len, &r->name) ||
	    !take_text(from, head.file_len, &r->file) || head.mode >= N_MODES ||
	    head.n_attachments > LINK_ATTACHMENTS_MAX)
		return false;
	before = *from;
	for (uint32_t i = 0; i < head.n_attachments; i++)
		if (!take_attachment(from, &pattern))
			return false;
	r->mode = (enum image_mode)head.mode;
	r->n_attachments = head.n_attachments;
	r->attachments = slice_cut(before, 0, before.len - from->len);
	return true;
}

int link_read(const struct image *img, struct link_record *records, struct err *err)
{
	const struct image_section *s = &img->header->sections[SECTION_LINKAGE];
	struct slice rest = slice_make((const char *)img->bytes + s->off, s->len);

	for (uint32_t i = 0; i < img->n_profiles; i++)
		if (!take_record(&rest, &records[i]))
			return err_say(err, -EINVAL, "the image does not tell where its profiles are from: "
						     "compile it anew");
	return 0;
}

struct link *link_new(void)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		base_no_memory();
	map_init(&l->entries_met, &l->arena);
	map_init(&l->numbers, &l->arena);
	image_build_init(&l->build);
	automaton_patterns_init(&l->patterns);
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	automaton_patterns_release(&l->patterns);
	image_build_release(&l->build);
	diag_release(&l->diag);
	arena_release(&l->arena);
	free(l->members);
	free(l);
}

/* ":NAMESPACE:NAME" into its parts; as the compiler puts them together. */
static void split_name(struct member *m)
{
	struct slice name = slice_of(image_text(m->img, m->img->profiles[m->number].name));
	const char *end = slice_starts(name, ":") ? memchr(name.ptr + 1, ':', name.len - 1) : NULL;

	m->full_name = name;
	m->namespace_name = SLICE("");
	if (!end)
		return;
	m->namespace_name = slice_make(name.ptr + 1, (size_t)(end - name.ptr) - 1);
	m->full_name = slice_cut(name, (size_t)(end - name.ptr) + 1, name.len);
}

static void add_member(struct link *l, const struct image *img, uint32_t number,
		       enum image_mode mode, const struct link_record *record)
{
	struct member *m;

	if (l->n_members == l->cap_members) {
		l->cap_members = l->cap_members * 2 + 64;
		m = realloc(l->members, l->cap_members * sizeof(*m));
		if (!m)
			base_no_memory();
		l->members = m;
	}
	m = &l->members[l->n_members++];
	*m = (struct member){ .img = img, .number = number, .mode = mode, .record = *record };
	split_name(m);
}

static uint32_t count_entries(const struct image *img, const struct image_table *t)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < t->n_states; s++)
		if (img->cells[t->accept + s] > n)
			n = img->cells[t->accept + s];
	return n;
}

/* Opening an image checks the entries that states name, not those between them. */
static int check_entries(const struct image *img, struct err *err)
{
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		const struct image_table *t = &img->tables[img->profiles[i].table];
		uint32_t n = count_entries(img, t);

		if (n && (uint64_t)(uint32_t)(t->first_entry + 1) + n > img->n_entries)
			return err_say(err, -EINVAL, "not a sound policy image: entries out of bounds");
	}
	return 0;
}

int link_add(struct link *l, const struct image *img, link_choose *choose, void *of, struct err *err)
{
	struct link_record *records = arena_array(&l->arena, struct link_record, img->n_profiles + 1);
	int r = link_read(img, records, err);

	if (!r)
		r = check_entries(img, err);
	for (uint32_t i = 0; !r && i < img->n_profiles; i++) {
		enum image_mode mode = (enum image_mode)img->profiles[i].mode;

		if (!choose || choose(of, img, i, &mode))
			add_member(l, img, i, mode, &records[i]);
	}
	return r;
}

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = slice_compare(x->namespace_name, y->namespace_name);

	return order ? order : slice_compare(x->full_name, y->full_name);
}

static struct slice name_of(const struct member *m)
{
	return slice_of(image_text(m->img, m->img->profiles[m->number].name));
}

static int number_all(struct link *l, struct err *err)
{
	if (l->n_members)
		qsort(l->members, l->n_members, sizeof(*l->members), compare_members);
	for (size_t i = 0; i < l->n_members; i++) {
		struct slice name = name_of(&l->members[i]);

		if (map_set(&l->numbers, name, (void *)(uintptr_t)(i + 1)))
			return err_say(err, -EEXIST, "profile %.*s is there twice", SLICE_FMT(name));
	}
	return 0;
}

static uint32_t find_number(const struct link *l, struct slice name)
{
	return (uint32_t)(uintptr_t)map_find(&l->numbers, name) - 1;
}

static uint32_t copy_text(struct link *l, const struct member *m, uint32_t off)
{
	return image_build_string(&l->build, slice_of(image_text(m->img, off)));
}

static uint32_t parent_of(struct link *l, const struct member *m)
{
	uint32_t parent = m->img->profiles[m->number].parent;

	if (parent == IMAGE_NONE)
		return IMAGE_NONE;
	/* not there: 0 - 1, which is IMAGE_NONE */
	return find_number(l, slice_of(image_text(m->img, m->img->profiles[parent].name)));
}

static uint32_t copy_exec(struct link *l, const struct member *m, uint32_t number)
{
	struct image_exec exec = m->img->execs[number];

	exec.name = copy_text(l, m, exec.name);
	return image_build_exec(&l->build, &exec);
}

/* The entries of a table, which counts them from 1; as compile.c's add_entries(). */
static uint32_t copy_entries(struct link *l, const struct member *m, const struct image_table *t)
{
	uint32_t n = count_entries(m->img, t);
	struct image_entry *entries;
	struct slice key;
	uintptr_t first;

	if (!n)
		return 0;
	entries = arena_array(&l->arena, struct image_entry, n);
	key = slice_make((const char *)entries, n * sizeof(*entries));
	memcpy(entries, m->img->entries + (uint32_t)(t->first_entry + 1), key.len);
	for (uint32_t i = 0; i < n; i++)
		for (int w = 0; w < 2; w++)
			if (entries[i].exec[w])
				entries[i].exec[w] = copy_exec(l, m, entries[i].exec[w]);
	first = (uintptr_t)map_find(&l->entries_met, key);
	if (!first) {
		first = image_build_entries(&l->build, entries, n) + 1u;
		map_set(&l->entries_met, key, (void *)first);
	}
	return (uint32_t)first - 2;
}

static void copy_profile(struct link *l, struct member *m)
{
	const struct image_profile *from = &m->img->profiles[m->number];
	const struct image_table *t = &m->img->tables[from->table];
	struct image_profile *to = &m->image;
	struct image_build_table table = { t->class_of, m->img->cells + t->cells,
					   m->img->cells + t->accept, t->n_states, t->shift, 0 };

	*to = *from;
	to->mode = m->mode;
	to->name = copy_text(l, m, from->name);
	to->parent = parent_of(l, m);
	to->attachment = copy_text(l, m, from->attachment);
	to->place = copy_text(l, m, from->place);
	to->disconnected = copy_text(l, m, from->disconnected);
	table.first_entry = copy_entries(l, m, t);
	to->table = image_build_table(&l->build, &table);
}

/* As much of a profile as its attachments need. */
static void fill_profile(struct link *l, struct member *m)
{
	struct profile *p = &m->profile;
	struct slice rest = m->record.attachments;
	uint32_t parent = parent_of(l, m);

	p->name = m->record.name;
	p->full_name = m->full_name;
	p->namespace_name = m->namespace_name;
	p->flags = m->img->profiles[m->number].flags;
	p->parent = parent == IMAGE_NONE ? NULL : &l->members[parent].profile;
	p->mode = m->record.mode;
	p->n_attachments = m->record.n_attachments;
	p->attachments = arena_array(&l->arena, struct slice, p->n_attachments + 1);
	for (size_t i = 0; i < p->n_attachments; i++)
		take_attachment(&rest, &p->attachments[i]);
}

static int attach_all(struct link *l, struct err *err)
{
	struct attach_profile *profiles = arena_array(&l->arena, struct attach_profile, l->n_members + 1);
	uint32_t *starts = arena_array(&l->arena, uint32_t, l->n_members + 1);

	for (size_t i = 0; i < l->n_members; i++) {
		fill_profile(l, &l->members[i]);
		profiles[i] = (struct attach_profile){ &l->members[i].profile, (uint32_t)i };
	}
	if (!attach_build(&l->build, profiles, l->n_members, starts, &l->patterns, &l->diag))
		return err_say(err, -EINVAL, "%s",
			       l->diag.n_items ? l->diag.items[0].text : "the attachments cannot be joined");
	for (size_t i = 0; i < l->n_members; i++)
		l->members[i].image.attach_start = starts[i];
	return 0;
}

static void copy_record(struct link *l, const struct member *m)
{
	const struct link_record *r = &m->record;
	struct buf *section = &l->build.sections[SECTION_LINKAGE];
	struct record_head head = { (uint32_t)r->name.len, (uint32_t)r->file.len, r->mode,
				    r->n_attachments };

	buf_add(section, &head, sizeof(head));
	buf_add_slice(section, r->name);
	buf_add_slice(section, r->file);
	buf_add_slice(section, r->attachments);
}

int link_finish(struct link *l, struct buf *out, struct err *err)
{
	int r = number_all(l, err);

	for (size_t i = 0; !r && i < l->n_members; i++)
		copy_profile(l, &l->members[i]);
	if (!r)
		r = attach_all(l, err);
	for (size_t i = 0; !r && i < l->n_members; i++) {
		image_build_profile(&l->build, &l->members[i].image);
		copy_record(l, &l->members[i]);
	}
	return r ? r : image_build_finish(&l->build, out, err);
}
