/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the bytes of an image and requests, gives verdicts. The one idea: a walk over a table, then
 * one look at an entry; everything that could be out of bounds was refused when it was opened
 * (image_check.c).
 */
#include "image/image.h"

#include "image/image_check.h"

#include <errno.h>

static const void *section(const struct image *img, enum image_section_id id, uint32_t size,
			   uint32_t *n)
{
	const struct image_section *s = &img->header->sections[id];

	*n = s->len / size;
	return img->bytes + s->off;
}

int image_open(const void *bytes, size_t len, struct image *out, struct err *err)
{
	struct image img = { .bytes = bytes, .header = bytes };
	const char *problem = image_check_frame(bytes, len);

	if (!problem) {
		img.profiles = section(&img, SECTION_PROFILES, sizeof(*img.profiles), &img.n_profiles);
		img.tables = section(&img, SECTION_TABLES, sizeof(*img.tables), &img.n_tables);
		img.states = section(&img, SECTION_ROWS, sizeof(*img.states), &img.n_states);
		img.cells = section(&img, SECTION_ROWS, sizeof(*img.cells), &img.n_cells);
		img.entries = section(&img, SECTION_ENTRIES, sizeof(*img.entries), &img.n_entries);
		img.execs = section(&img, SECTION_EXECS, sizeof(*img.execs), &img.n_execs);
		img.attach = section(&img, SECTION_ATTACH, sizeof(*img.attach), &img.n_attach);
		img.choices = section(&img, SECTION_CHOICES, sizeof(*img.choices), &img.n_choices);
		img.xattrs = section(&img, SECTION_XATTRS, sizeof(*img.xattrs), &img.n_xattrs);
		img.strings = section(&img, SECTION_STRINGS, 1, &img.strings_len);
		problem = image_check_content(&img);
	}
	if (problem)
		return err_say(err, -EINVAL, "not a sound policy image: %s", problem);
	*out = img;
	return 0;
}

const char *image_text(const struct image *img, uint32_t off)
{
	return img->strings + off;
}

uint32_t image_find_profile(const struct image *img, struct slice full_name)
{
	for (uint32_t i = 0; i < img->n_profiles; i++)
		if (slice_is(full_name, image_text(img, img->profiles[i].name)))
			return i;
	return IMAGE_NONE;
}

struct match_table image_table_walk(const struct image *img, uint32_t table)
{
	const struct image_table *t = &img->tables[table];

	return (struct match_table){ t->class_of, img->states + t->states, img->cells + t->cells };
}

const struct image_entry *image_table_entry(const struct image *img, uint32_t table, uint32_t state)
{
	const struct image_table *t = &img->tables[table];
	uint32_t accept = img->states[t->states + state].accept;

	return &img->entries[accept ? t->first_entry + accept : 0];
}

uint32_t image_table_shift(const struct image *img, uint32_t table)
{
	uint32_t shift = 0;

	while (1u << shift < img->tables[table].n_classes)
		shift++;
	return shift;
}

void image_table_spread(const struct image *img, uint32_t table, uint16_t *cells, uint16_t *accept)
{
	const struct image_table *t = &img->tables[table];
	struct match_table walk = image_table_walk(img, table);
	uint32_t row = 1u << image_table_shift(img, table);

	for (uint32_t s = 0; s < t->n_states; s++) {
		for (uint32_t c = 0; c < row; c++)
			*cells++ = c < t->n_classes ? (uint16_t)match_step(&walk, s, (uint8_t)c) : 0;
		if (accept)
			accept[s] = walk.states[s].accept;
	}
}

static const struct image_entry *entry_of(const struct image *img, const struct image_profile *p,
					  enum class_id class_id, struct slice object)
{
	struct match_table walk = image_table_walk(img, p->table);
	uint32_t state = MATCH_DEAD;

	if ((size_t)class_id < N_CLASSES && p->start[class_id])
		state = match_walk(&walk, p->start[class_id], (const uint8_t *)object.ptr, object.len);
	return image_table_entry(img, p->table, state);
}

static struct verdict unconfined(uint32_t wanted)
{
	return (struct verdict){ .allowed = wanted, .exec = { .kind = EXEC_UNCONFINED } };
}

static struct verdict settle(const struct image *img, const struct image_profile *p,
			     const struct image_entry *e, uint32_t wanted, bool is_owner)
{
	int w = is_owner ? 0 : 1;
	struct verdict v = { .allowed = e->allow[w] & wanted };

	if (p->flags & PROFILE_DEFAULT_ALLOW)
		v.allowed |= wanted & ~e->deny[w];
	v.missing = wanted & ~v.allowed;
	v.denied = v.missing & e->deny[w];
	v.quiet = p->flags & PROFILE_AUDIT ? 0 : v.missing & e->quiet[w];
	v.audit = p->flags & PROFILE_AUDIT ? v.allowed : v.allowed & e->audit[w];
	/* The second is of changes of profile at exec alone. */
	if (v.allowed & (PERM_EXEC | PERM_ONEXEC))
		v.exec = img->execs[e->exec[w]];
	return v;
}

struct verdict image_decide(const struct image *img, uint32_t profile, enum class_id class_id,
			    struct slice object, uint32_t wanted, bool is_owner)
{
	const struct image_profile *p = &img->profiles[profile];

	if (p->mode == MODE_UNCONFINED)
		return unconfined(wanted);
	return settle(img, p, entry_of(img, p, class_id, object), wanted, is_owner);
}

static bool is_same_exec(const struct image_exec *a, const struct image_exec *b)
{
	return a->kind == b->kind && a->flags == b->flags && a->name == b->name;
}

/* What the link's name allows, being a link apart, its target allows too. */
static bool is_subset(const struct image *img, uint32_t profile, struct slice link,
		      struct slice target, bool is_owner)
{
	/* Looking at attributes is always allowed, and opening is part of other permissions. */
	uint32_t all = UINT32_MAX & ~(uint32_t)(PERM_LINK | PERM_GETATTR | PERM_OPEN);
	struct verdict mine = image_decide(img, profile, CLASS_FILE, link, all, is_owner);
	struct verdict its = image_decide(img, profile, CLASS_FILE, target, all, is_owner);

	if (mine.allowed & ~its.allowed)
		return false;
	return !(mine.allowed & PERM_EXEC) || is_same_exec(&mine.exec, &its.exec);
}

/* The entry of "link | 0 | target", walked without putting the parts together. */
static const struct image_entry *pair_entry(const struct image *img,
					    const struct image_profile *p, struct slice link,
					    struct slice target)
{
	struct match_table walk = image_table_walk(img, p->table);
	uint32_t state = p->start[CLASS_LINK];

	state = match_walk(&walk, state, (const uint8_t *)link.ptr, link.len);
	state = match_walk(&walk, state, (const uint8_t *)"", 1);
	state = match_walk(&walk, state, (const uint8_t *)target.ptr, target.len);
	return image_table_entry(img, p->table, state);
}

struct verdict image_decide_link(const struct image *img, uint32_t profile, struct slice link,
				 struct slice target, bool is_owner)
{
	const struct image_profile *p = &img->profiles[profile];
	const struct image_entry *e = pair_entry(img, p, link, target);
	struct verdict name, pair, v = { 0 };
	bool is_allowed;

	if (p->mode == MODE_UNCONFINED)
		return unconfined(PERM_LINK);
	name = image_decide(img, profile, CLASS_FILE, link, PERM_LINK, is_owner);
	pair = settle(img, p, e, PERM_LINK, is_owner);
	is_allowed = name.allowed && pair.allowed;
	if (is_allowed && e->allow[is_owner ? 0 : 1] & PERM_LINK_SUBSET)
		is_allowed = is_subset(img, profile, link, target, is_owner);
	v.allowed = is_allowed ? PERM_LINK : 0;
	v.missing = PERM_LINK & ~v.allowed;
	v.denied = (name.denied | pair.denied) & v.missing;
	v.quiet = (name.quiet | pair.quiet) & v.missing;
	v.audit = (name.audit | pair.audit) & v.allowed;
	return v;
}

struct verdict image_decide_capability(const struct image *img, uint32_t profile, unsigned cap)
{
	const struct image_profile *p = &img->profiles[profile];
	uint64_t bit = cap < 64 ? 1ull << cap : 0;
	bool is_denied = p->cap_deny & bit;
	struct verdict v = { 0 };

	if (p->mode == MODE_UNCONFINED)
		return unconfined(1);
	v.allowed = p->cap_allow & bit || (p->flags & PROFILE_DEFAULT_ALLOW && !is_denied);
	v.missing = !v.allowed;
	v.denied = v.missing && is_denied;
	v.quiet = v.missing && p->cap_quiet & bit && !(p->flags & PROFILE_AUDIT);
	v.audit = v.allowed && (p->flags & PROFILE_AUDIT || p->cap_audit & bit);
	return v;
}

/* Whether the attributes are as a profile asks: 1, 0, or negative where that cannot be known. */
static int has_attributes(const struct image *img, const struct image_profile *p,
			  const struct image_attributes *attributes)
{
	for (uint32_t i = 0; i < p->n_xattrs; i++) {
		const struct image_xattr *x = &img->xattrs[p->xattrs + i];
		struct match_table walk = image_table_walk(img, x->table);
		struct slice value;
		uint32_t state;
		int r = attributes ? attributes->get(attributes->of, image_text(img, x->name), &value) : 0;

		if (r <= 0)
			return r;
		state = match_walk(&walk, x->start, (const uint8_t *)value.ptr, value.len);
		if (!walk.states[state].accept)
			return 0;
	}
	return 1;
}

bool image_is_choice(uint32_t answer, uint32_t *first)
{
	*first = answer & ~IMAGE_CHOICE;
	return answer >= IMAGE_CHOICE && answer < IMAGE_UNREADABLE;
}

uint32_t image_choose(const struct image *img, uint32_t answer,
		      const struct image_attributes *attributes)
{
	uint32_t first, standing = 0, found = IMAGE_NONE;

	if (!image_is_choice(answer, &first))
		return answer;
	for (const struct image_choice *c = img->choices + first; c->profile != IMAGE_NONE; c++) {
		int r;

		if (found != IMAGE_NONE && c->standing != standing)
			break;
		r = has_attributes(img, &img->profiles[c->profile], attributes);
		if (r < 0)
			return IMAGE_UNREADABLE;
		if (r && found != IMAGE_NONE)
			return IMAGE_AMBIGUOUS;
		if (r) {
			found = c->profile;
			standing = c->standing;
		}
	}
	return found;
}

uint32_t image_attach(const struct image *img, uint32_t profile, struct slice path,
		      const struct image_attributes *attributes)
{
	uint32_t table = img->header->attach_table, start = img->header->attach_start, accept;
	struct match_table walk = image_table_walk(img, table);

	if (profile != IMAGE_NONE)
		start = img->profiles[profile].attach_start;
	if (!start)
		return IMAGE_NONE;
	accept = walk.states[match_walk(&walk, start, (const uint8_t *)path.ptr, path.len)].accept;
	if (!accept)
		return IMAGE_NONE;
	return image_choose(img, img->attach[img->tables[table].first_entry + accept], attributes);
}
