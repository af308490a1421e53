/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats bytes that may be anything, says what keeps them from being an image. Everything is looked at
 * once; sums are made in 64 bits, so that none wraps.
 */
#include "image/image_check.h"

#include <string.h>

void image_sum_add(uint64_t *sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t hash = *sum;

	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word;

		memcpy(&word, p + i, 8);
		hash = (hash ^ word) * 0x100000001b3u;
		/* A product passes nothing down: without this a change of high bits would stay there. */
		hash ^= hash >> 29;
	}
	*sum = hash;
}

uint64_t image_checksum(const void *bytes, size_t len)
{
	size_t tail = offsetof(struct image_header, checksum) + sizeof(uint64_t);
	const uint8_t *p = bytes;
	uint64_t sum = IMAGE_SUM_INIT;

	image_sum_add(&sum, p + sizeof(struct image_header), len - sizeof(struct image_header));
	image_sum_add(&sum, p + tail, sizeof(struct image_header) - tail);
	return sum;
}

static const uint32_t item_sizes[N_SECTIONS] = {
	[SECTION_PROFILES] = sizeof(struct image_profile),
	[SECTION_TABLES] = sizeof(struct image_table),
	[SECTION_ROWS] = sizeof(struct image_state),
	[SECTION_ENTRIES] = sizeof(struct image_entry),
	[SECTION_EXECS] = sizeof(struct image_exec),
	[SECTION_ATTACH] = sizeof(uint32_t),
	[SECTION_CHOICES] = sizeof(struct image_choice),
	[SECTION_XATTRS] = sizeof(struct image_xattr),
	[SECTION_STRINGS] = 1,
	[SECTION_LINKAGE] = 1,
};

static const char *check_section(const struct image_header *h, int id)
{
	const struct image_section *s = &h->sections[id];

	if (s->off % 8 || s->off < sizeof(*h) || (uint64_t)s->off + s->len > h->len)
		return "a section is out of bounds";
	if (s->len % item_sizes[id])
		return "a section ends within an item";
	return NULL;
}

const char *image_check_frame(const void *bytes, size_t len)
{
	const struct image_header *h = bytes;
	const char *problem = NULL;

	if ((uintptr_t)bytes % 8)
		return "its memory is not aligned";
	if (len < sizeof(*h) || memcmp(h->magic, IMAGE_MAGIC, sizeof(h->magic)))
		return "it does not begin like one";
	if (h->version != IMAGE_VERSION)
		return "it is of another version";
	if (h->len != len || len % 8 || len > IMAGE_LEN_MAX)
		return "its length is not the one it tells";
	if (h->checksum != image_checksum(bytes, len))
		return "its checksum is wrong";
	for (int id = 0; id < N_SECTIONS && !problem; id++)
		problem = check_section(h, id);
	return problem;
}

static bool are_states_within(const struct image *img, const struct image_table *t)
{
	const struct image_state *states = img->states + t->states;

	for (uint32_t i = 0; i < t->n_states; i++)
		if ((uint64_t)states[i].base + t->n_classes > t->n_cells ||
		    states[i].fallback >= t->n_states)
			return false;
	for (uint32_t i = 0; i < t->n_cells; i++)
		if (img->cells[t->cells + i].next >= t->n_states)
			return false;
	return true;
}

static bool is_dead_dead(const struct image *img, const struct image_table *t)
{
	const struct image_state *dead = img->states + t->states;
	const struct image_cell *cells = img->cells + t->cells + dead->base;

	for (uint32_t c = 0; c < t->n_classes; c++)
		if (!cells[c].check && cells[c].next)
			return false;
	return !dead->fallback && !dead->accept;
}

static bool are_accepts_within(const struct image *img, const struct image_table *t, uint64_t n)
{
	for (uint32_t s = 0; s < t->n_states; s++) {
		uint16_t accept = img->states[t->states + s].accept;

		/* first_entry may be "-1": it is added modulo 2^32, as deciding does. */
		if (accept && (uint32_t)(t->first_entry + accept) >= n)
			return false;
	}
	return true;
}

static const char *check_table(const struct image *img, const struct image_table *t,
			       uint64_t n_answers)
{
	if (!t->n_states || t->n_states > MATCH_STATES_MAX || !t->n_classes ||
	    t->n_classes > MATCH_CLASSES_MAX)
		return "a table has an impossible size";
	if ((uint64_t)t->states + t->n_states > img->n_states ||
	    (uint64_t)t->cells + t->n_cells > img->n_cells)
		return "a table is out of bounds";
	for (int byte = 0; byte < 256; byte++)
		if (t->class_of[byte] >= t->n_classes)
			return "a class of bytes is out of bounds";
	if (!are_states_within(img, t))
		return "a state is out of bounds";
	if (!is_dead_dead(img, t))
		return "a dead state is not dead";
	if (!are_accepts_within(img, t, n_answers))
		return "an entry is out of bounds";
	return NULL;
}

static const char *check_tables(const struct image *img)
{
	uint32_t attach = img->header->attach_table;
	const char *problem = NULL;

	if (attach >= img->n_tables)
		return "it has no table of attachments";
	if (img->header->attach_start >= img->tables[attach].n_states)
		return "a start state is out of bounds";
	for (uint32_t i = 0; i < img->n_tables && !problem; i++)
		problem = check_table(img, &img->tables[i],
				      i == attach ? img->n_attach : img->n_entries);
	return problem;
}

static bool is_string(const struct image *img, uint32_t off)
{
	return off < img->strings_len;
}

static const char *check_profile(const struct image *img, const struct image_profile *p)
{
	uint32_t n_states;

	if (!is_string(img, p->name) || !is_string(img, p->attachment) || !is_string(img, p->place) ||
	    !is_string(img, p->disconnected))
		return "a name is out of bounds";
	if (p->parent != IMAGE_NONE && p->parent >= img->n_profiles)
		return "a parent is out of bounds";
	if (p->mode >= N_MODES)
		return "a profile has an unknown mode";
	if (p->table >= img->n_tables)
		return "a profile's table is out of bounds";
	/* Equal tables are one: that of attachments was checked against its own answers only. */
	if (p->table == img->header->attach_table &&
	    !are_accepts_within(img, &img->tables[p->table], img->n_entries))
		return "an entry is out of bounds";
	n_states = img->tables[p->table].n_states;
	for (int c = 0; c < N_CLASSES; c++)
		if (p->start[c] >= n_states)
			return "a start state is out of bounds";
	if (p->attach_start >= img->tables[img->header->attach_table].n_states)
		return "a start state is out of bounds";
	if ((uint64_t)p->xattrs + p->n_xattrs > img->n_xattrs)
		return "a profile's attributes are out of bounds";
	if (p->kill_signal > 64 || p->error > 4095)
		return "a profile's signal or error is out of bounds";
	return NULL;
}

static const char *check_profiles(const struct image *img)
{
	const char *problem = NULL;

	if (img->n_profiles > IMAGE_PROFILES_MAX)
		return "it has too many profiles";
	for (uint32_t i = 0; i < img->n_profiles && !problem; i++)
		problem = check_profile(img, &img->profiles[i]);
	return problem;
}

static const char *check_answers(const struct image *img)
{
	if (!img->n_entries || !img->n_execs)
		return "it lacks its first entry";
	for (uint32_t i = 0; i < img->n_entries; i++)
		if (img->entries[i].exec[0] >= img->n_execs || img->entries[i].exec[1] >= img->n_execs)
			return "an exec transition is out of bounds";
	for (uint32_t i = 0; i < img->n_execs; i++)
		if (img->execs[i].kind >= N_EXEC_KINDS || !is_string(img, img->execs[i].name))
			return "an exec transition is unknown";
	return NULL;
}

static bool is_attachment(const struct image *img, uint32_t answer)
{
	uint32_t first;

	if (image_is_choice(answer, &first))
		return first < img->n_choices;
	return answer < img->n_profiles || answer == IMAGE_NONE || answer == IMAGE_AMBIGUOUS;
}

static const char *check_attachments(const struct image *img)
{
	for (uint32_t i = 0; i < img->n_attach; i++)
		if (!is_attachment(img, img->attach[i]))
			return "an attachment is out of bounds";
	for (uint32_t i = 0; i < img->n_choices; i++)
		if (img->choices[i].profile >= img->n_profiles && img->choices[i].profile != IMAGE_NONE)
			return "a choice is out of bounds";
	if (img->n_choices && img->choices[img->n_choices - 1].profile != IMAGE_NONE)
		return "a choice does not end";
	for (uint32_t i = 0; i < img->n_xattrs; i++) {
		const struct image_xattr *x = &img->xattrs[i];

		if (!is_string(img, x->name) || x->table >= img->n_tables ||
		    x->start >= img->tables[x->table].n_states)
			return "an extended attribute is out of bounds";
	}
	return NULL;
}

const char *image_check_content(const struct image *img)
{
	static const struct image_entry nothing;
	const char *problem;

	if (!img->strings_len || img->strings[0] || img->strings[img->strings_len - 1])
		return "its text does not end";
	problem = check_answers(img);
	if (!problem)
		problem = check_attachments(img);
	if (!problem && memcmp(&img->entries[0], &nothing, sizeof(nothing)))
		problem = "its first entry allows something";
	if (!problem)
		problem = check_tables(img);
	return problem ? problem : check_profiles(img);
}
