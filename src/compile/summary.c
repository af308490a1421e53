/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats what was written of units, gives one list in the order of the image. Written form: numbers as
 * decimal text ended by a blank, text as its length, its bytes and a NUL; nothing in it needs aligning,
 * and whatever does not read as that is refused.
 */
#include "compile/summary.h"

#include "abi/image.h"
#include "base/map.h"
#include "compile/attach.h"

#include <stdlib.h>

enum { ITEMS_MAX = 1 << 20 };	/* profiles, attachments or targets of one unit */

void summary_release(struct summary *l)
{
	arena_release(&l->arena);
	*l = (struct summary){ 0 };
}

/* --- listing --- */

static size_t count_profiles(const struct profile *list)
{
	size_t n = 0;

	for (const struct profile *p = list; p; p = p->next)
		n += 1 + count_profiles(p->children);
	return n;
}

/* ":NAMESPACE:NAME", or the bare name in the loader's own namespace. */
static struct slice image_name(struct arena *arena, const struct profile *p)
{
	if (!p->namespace_name.len || slice_starts(p->full_name, ":"))
		return p->full_name;
	return slice_of(arena_printf(arena, ":%.*s:%.*s", SLICE_FMT(p->namespace_name),
				     SLICE_FMT(p->full_name)));
}

static void list_xattrs(struct summary *l, const struct profile *p, struct summary_profile *to)
{
	to->xattrs = arena_array(&l->arena, struct summary_xattr, p->n_xattrs);
	for (; to->n_xattrs < p->n_xattrs; to->n_xattrs++)
		to->xattrs[to->n_xattrs] = (struct summary_xattr){ p->xattrs[to->n_xattrs].name,
								   p->xattrs[to->n_xattrs].value };
}

/* Adds profiles with their children; parents come before them. */
static void add_profiles(struct summary *l, const struct profile *list, uint32_t parent)
{
	for (const struct profile *p = list; p; p = p->next) {
		uint32_t number = (uint32_t)l->n_profiles++;

		l->profiles[number] = (struct summary_profile){
			.name = image_name(&l->arena, p),
			.full_name = p->full_name,
			.namespace_name = p->namespace_name,
			.own_name = p->name,
			.mode = p->mode,
			.parent = parent,
			.attachments = p->attachments,
			.n_attachments = attach_is_possible(p) ? p->n_attachments : 0,
			.place = p->place,
			.source = p,
		};
		if (l->profiles[number].n_attachments)
			list_xattrs(l, p, &l->profiles[number]);
		add_profiles(l, p->children, number);
	}
}

void summary_list(struct summary *l, const struct profile *profiles)
{
	l->profiles = arena_array(&l->arena, struct summary_profile, count_profiles(profiles) + 1);
	add_profiles(l, profiles, IMAGE_NONE);
	summary_sort(l);
}

/* --- writing --- */

static void put_number(struct buf *out, size_t number)
{
	buf_printf(out, "%zu ", number);
}

static void put_text(struct buf *out, struct slice text)
{
	put_number(out, text.len);
	buf_add_slice(out, text);
	buf_add_char(out, '\0');
}

static void put_place(struct buf *out, struct place place)
{
	put_text(out, slice_of(place.source ? place.source->name : ""));
	put_number(out, place.line);
	put_number(out, place.col);
}

static void put_xattrs(struct buf *out, const struct summary_profile *p)
{
	put_number(out, p->n_xattrs);
	for (size_t i = 0; i < p->n_xattrs; i++) {
		put_text(out, p->xattrs[i].name);
		put_number(out, p->xattrs[i].value.ptr != NULL);
		put_text(out, p->xattrs[i].value);
	}
}

static void put_profile(struct buf *out, const struct summary_profile *p)
{
	put_text(out, p->name);
	put_text(out, p->full_name);
	put_text(out, p->namespace_name);
	put_text(out, p->own_name);
	put_number(out, p->mode);
	put_number(out, p->parent);
	put_place(out, p->place);
	put_xattrs(out, p);
	put_number(out, p->n_attachments);
	for (size_t i = 0; i < p->n_attachments; i++)
		put_text(out, p->attachments[i]);
	put_number(out, p->n_targets);
	for (size_t i = 0; i < p->n_targets; i++) {
		put_text(out, p->targets[i].name);
		put_place(out, p->targets[i].place);
	}
}

void summary_write(const struct summary *l, struct buf *out)
{
	put_number(out, l->n_profiles);
	for (size_t i = 0; i < l->n_profiles; i++)
		put_profile(out, &l->profiles[i]);
}

/* --- reading --- */

struct reader {
	struct summary *summary;
	struct slice rest;
	const struct source *source;	/* the last one */
	bool is_bad;
};

static size_t get_number(struct reader *r, size_t max)
{
	size_t value = 0, n = 0;

	for (; n < r->rest.len && n < 12 && r->rest.ptr[n] != ' '; n++) {
		if (r->rest.ptr[n] < '0' || r->rest.ptr[n] > '9')
			break;
		value = value * 10 + (size_t)(r->rest.ptr[n] - '0');
	}
	if (!n || n == r->rest.len || r->rest.ptr[n] != ' ' || value > max) {
		r->is_bad = true;
		r->rest.len = 0;
		return 0;
	}
	r->rest = slice_cut(r->rest, n + 1, r->rest.len);
	return value;
}

static struct slice get_text(struct reader *r)
{
	size_t len = get_number(r, r->rest.len);
	struct slice text;

	if (len >= r->rest.len || memchr(r->rest.ptr, '\0', len) || r->rest.ptr[len]) {
		r->is_bad = true;
		return SLICE("");
	}
	text = slice_cut(r->rest, 0, len);
	r->rest = slice_cut(r->rest, len + 1, r->rest.len);
	return text;
}

/* The text of the file is not at hand, only its name. */
static struct place get_place(struct reader *r)
{
	struct slice name = get_text(r);
	struct source *source;

	if (!r->source || !slice_is(name, r->source->name)) {
		source = arena_new(&r->summary->arena, struct source);
		source->name = name.ptr;
		r->source = source;
	}
	return (struct place){ r->source, (unsigned)get_number(r, UINT32_MAX),
			       (unsigned)get_number(r, UINT32_MAX) };
}

static void get_xattrs(struct reader *r, struct summary_profile *p)
{
	p->n_xattrs = get_number(r, ITEMS_MAX);
	p->xattrs = arena_array(&r->summary->arena, struct summary_xattr, p->n_xattrs);
	for (size_t i = 0; i < p->n_xattrs && !r->is_bad; i++) {
		bool has_value;

		p->xattrs[i].name = get_text(r);
		has_value = get_number(r, 1);
		p->xattrs[i].value = get_text(r);
		if (!has_value)
			p->xattrs[i].value = (struct slice){ 0 };
	}
}

static void get_profile(struct reader *r, struct summary_profile *p, size_t n_before)
{
	size_t parent;

	p->name = get_text(r);
	p->full_name = get_text(r);
	p->namespace_name = get_text(r);
	p->own_name = get_text(r);
	p->mode = (enum image_mode)get_number(r, N_MODES - 1);
	parent = get_number(r, IMAGE_NONE);
	p->parent = (uint32_t)(parent == IMAGE_NONE ? parent : parent + n_before);
	p->place = get_place(r);
	get_xattrs(r, p);
	p->n_attachments = get_number(r, ITEMS_MAX);
	p->attachments = arena_array(&r->summary->arena, struct slice, p->n_attachments);
	for (size_t i = 0; i < p->n_attachments && !r->is_bad; i++)
		p->attachments[i] = get_text(r);
	p->n_targets = get_number(r, ITEMS_MAX);
	p->targets = arena_array(&r->summary->arena, struct summary_target, p->n_targets);
	for (size_t i = 0; i < p->n_targets && !r->is_bad; i++) {
		p->targets[i].name = get_text(r);
		p->targets[i].place = get_place(r);
	}
}

static bool has_parents(const struct summary *l, size_t from)
{
	for (size_t i = from; i < l->n_profiles; i++)
		if (l->profiles[i].parent != IMAGE_NONE && l->profiles[i].parent >= l->n_profiles)
			return false;
	return true;
}

static void make_room(struct summary *l, size_t n)
{
	size_t cap = 16;
	struct summary_profile *more;

	while (cap < l->n_profiles)
		cap *= 2;
	if (l->profiles && l->n_profiles + n <= cap)
		return;
	while (cap < l->n_profiles + n)
		cap *= 2;
	more = arena_array(&l->arena, struct summary_profile, cap);
	if (l->n_profiles)
		memcpy(more, l->profiles, l->n_profiles * sizeof(*more));
	l->profiles = more;
}

bool summary_read(struct summary *l, struct slice bytes, uint32_t unit)
{
	struct reader r = { .summary = l, .rest = bytes };
	size_t before = l->n_profiles, n = get_number(&r, ITEMS_MAX);

	make_room(l, n);
	for (size_t i = 0; i < n && !r.is_bad; i++) {
		struct summary_profile *p = &l->profiles[before + i];

		*p = (struct summary_profile){ .unit = unit, .number = (uint32_t)i };
		get_profile(&r, p, before);
	}
	l->n_profiles += n;
	if (!r.is_bad && !r.rest.len && has_parents(l, before))
		return true;
	l->n_profiles = before;
	return false;
}

/* --- order --- */

struct place_in_list {
	const struct summary_profile *profile;
	uint32_t old;
};

/* Equal names (where they are allowed) in the order of the text. */
static int compare_names(const void *a, const void *b)
{
	const struct place_in_list *x = a, *y = b;
	int order = slice_compare(x->profile->namespace_name, y->profile->namespace_name);

	if (!order)
		order = slice_compare(x->profile->full_name, y->profile->full_name);
	return order ? order : (x->old > y->old) - (x->old < y->old);
}

void summary_sort(struct summary *l)
{
	struct place_in_list *sorted = arena_array(&l->arena, struct place_in_list, l->n_profiles + 1);
	struct summary_profile *profiles = arena_array(&l->arena, struct summary_profile, l->n_profiles + 1);
	uint32_t *new_of = arena_array(&l->arena, uint32_t, l->n_profiles + 1);

	for (uint32_t i = 0; i < l->n_profiles; i++)
		sorted[i] = (struct place_in_list){ &l->profiles[i], i };
	qsort(sorted, l->n_profiles, sizeof(*sorted), compare_names);
	for (uint32_t i = 0; i < l->n_profiles; i++) {
		profiles[i] = *sorted[i].profile;
		new_of[sorted[i].old] = i;
	}
	for (uint32_t i = 0; i < l->n_profiles; i++)
		if (profiles[i].parent != IMAGE_NONE)
			profiles[i].parent = new_of[profiles[i].parent];
	l->profiles = profiles;
}

/* --- targets and checks --- */

void summary_add_target(struct summary *l, struct summary_profile *p, struct slice name, struct place place)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (slice_eq(p->targets[i].name, name) && p->targets[i].place.source == place.source &&
		    p->targets[i].place.line == place.line)
			return;
	/* Doubled at each power of two. */
	if (!(p->n_targets & (p->n_targets - 1))) {
		size_t cap = p->n_targets ? p->n_targets * 2 : 1;
		struct summary_target *more = arena_array(&l->arena, struct summary_target, cap);

		if (p->n_targets)
			memcpy(more, p->targets, p->n_targets * sizeof(*more));
		p->targets = more;
	}
	p->targets[p->n_targets++] = (struct summary_target){ name, place };
}

/* True if the name is "PARENT//…". */
static bool is_child_of(struct slice name, struct slice parent)
{
	return name.len > parent.len + 2 && !memcmp(name.ptr, parent.ptr, parent.len) &&
	       !memcmp(name.ptr + parent.len, "//", 2);
}

/* Of several that are stacked, "A//&B", all have to be; nothing behind the last "//&" is "unconfined". */
static bool is_there(const struct map *names, struct slice name)
{
	struct slice rest = name, part = slice_take(&rest, IMAGE_STACKED);

	if (part.len == name.len || map_find(names, name))
		return map_find(names, name);
	while (part.len && (map_find(names, part) || slice_is(part, "unconfined"))) {
		if (!rest.len)
			return true;
		part = slice_take(&rest, IMAGE_STACKED);
	}
	return false;
}

static void check_targets(const struct summary_profile *p, const struct map *names, struct diag *diag)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		struct slice name = p->targets[i].name;

		if (is_there(names, name))
			continue;
		diag_warn(diag, p->targets[i].place,
			  "profile %.*s is not among these: exec by this rule is denied unless it is loaded",
			  SLICE_FMT(name));
		if (is_child_of(name, p->full_name))
			diag_help(diag, "write it as a child of profile %.*s", SLICE_FMT(p->full_name));
	}
}

static bool check_name(const struct summary_profile *p, struct map *names, struct diag *diag)
{
	const struct summary_profile *before = map_find(names, p->name);

	if (!before) {
		map_set(names, p->name, (void *)(uintptr_t)p);
		return true;
	}
	diag_error(diag, p->place, "profile %.*s is defined twice", SLICE_FMT(p->name));
	if (before->place.source)
		diag_help(diag, "the other one is at %s:%u; rename or remove one",
			  before->place.source->name, before->place.line);
	return false;
}

bool summary_check(const struct summary *l, bool allow_duplicates, struct diag *diag)
{
	struct arena arena = ARENA_INIT;
	struct diag ignored = DIAG_INIT;
	struct map names;
	bool is_good = true;

	map_init(&names, &arena);
	for (size_t i = 0; i < l->n_profiles; i++)
		is_good &= check_name(&l->profiles[i], &names, allow_duplicates ? &ignored : diag);
	for (size_t i = 0; i < l->n_profiles; i++)
		check_targets(&l->profiles[i], &names, diag);
	diag_release(&ignored);
	arena_release(&arena);
	return is_good || allow_duplicates;
}
