/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats parts, gives an image. The one idea: a section is a buffer until the end. */
#include "image/image_build.h"

#include "image/image_check.h"

#include <errno.h>

void image_build_init(struct image_build *b)
{
	static const struct image_entry no_entry;
	static const struct image_exec no_exec;

	*b = (struct image_build){ 0 };
	map_init(&b->strings_met, &b->arena);
	map_init(&b->execs_met, &b->arena);
	map_init(&b->tables_met, &b->arena);
	buf_add_char(&b->sections[SECTION_STRINGS], '\0');
	image_build_entries(b, &no_entry, 1);
	image_build_exec(b, &no_exec);
}

void image_build_release(struct image_build *b)
{
	for (int i = 0; i < N_SECTIONS; i++)
		buf_release(&b->sections[i]);
	arena_release(&b->arena);
}

/* The number of an item appended to a section of items of that size. */
static uint32_t append(struct image_build *b, enum image_section_id id, const void *item,
		       size_t size)
{
	struct buf *section = &b->sections[id];
	uint32_t number = (uint32_t)(section->len / size);

	buf_add(section, item, size);
	return number;
}

uint32_t image_build_string(struct image_build *b, struct slice text)
{
	struct buf *strings = &b->sections[SECTION_STRINGS];
	uintptr_t off;

	if (!text.len)
		return 0;
	off = (uintptr_t)map_find(&b->strings_met, text);
	if (off)
		return (uint32_t)off;
	off = strings->len;
	buf_add_slice(strings, text);
	buf_add_char(strings, '\0');
	map_set(&b->strings_met, text, (void *)off);
	return (uint32_t)off;
}

uint32_t image_build_exec(struct image_build *b, const struct image_exec *exec)
{
	struct slice key = slice_make((const char *)exec, sizeof(*exec));
	uintptr_t number = (uintptr_t)map_find(&b->execs_met, key);

	if (!number) {
		number = append(b, SECTION_EXECS, exec, sizeof(*exec)) + 1u;
		map_set(&b->execs_met, key, (void *)number);
	}
	return (uint32_t)number - 1;
}

uint32_t image_build_entries(struct image_build *b, const struct image_entry *entries, size_t n)
{
	struct buf *section = &b->sections[SECTION_ENTRIES];
	uint32_t first = (uint32_t)(section->len / sizeof(*entries));

	buf_add(section, entries, n * sizeof(*entries));
	return first;
}

static uint32_t add_cells(struct image_build *b, const uint16_t *cells, size_t n)
{
	struct buf *section = &b->sections[SECTION_CELLS];
	uint32_t first = (uint32_t)(section->len / sizeof(*cells));

	buf_add(section, cells, n * sizeof(*cells));
	return first;
}

static uint32_t add_table(struct image_build *b, const struct image_build_table *t)
{
	struct image_table table = {
		.n_states = t->n_states,
		.shift = t->shift,
		.first_entry = t->first_entry,
	};

	memcpy(table.class_of, t->class_of, sizeof(table.class_of));
	table.cells = add_cells(b, t->cells, (size_t)t->n_states << t->shift);
	table.accept = add_cells(b, t->accept, t->n_states);
	return append(b, SECTION_TABLES, &table, sizeof(table));
}

static bool is_same_table(const struct image_build *b, uint32_t number,
			  const struct image_build_table *t)
{
	const struct image_table *have =
		(const struct image_table *)b->sections[SECTION_TABLES].data + number;
	const uint16_t *cells = (const uint16_t *)b->sections[SECTION_CELLS].data;

	return have->n_states == t->n_states && have->shift == t->shift &&
	       have->first_entry == t->first_entry &&
	       !memcmp(have->class_of, t->class_of, sizeof(have->class_of)) &&
	       !memcmp(cells + have->cells, t->cells, ((size_t)t->n_states << t->shift) * 2) &&
	       !memcmp(cells + have->accept, t->accept, (size_t)t->n_states * 2);
}

uint32_t image_build_table(struct image_build *b, const struct image_build_table *table)
{
	struct slice rows = slice_make((const char *)table->cells,
				       ((size_t)table->n_states << table->shift) * 2);
	unsigned long long hash = slice_hash(rows);
	struct slice key = slice_make((const char *)&hash, sizeof(hash));
	uintptr_t number = (uintptr_t)map_find(&b->tables_met, key);

	if (number && is_same_table(b, (uint32_t)number - 1, table))
		return (uint32_t)number - 1;
	number = add_table(b, table) + 1u;
	map_set(&b->tables_met, key, (void *)number);
	return (uint32_t)number - 1;
}

uint32_t image_build_profile(struct image_build *b, const struct image_profile *profile)
{
	return append(b, SECTION_PROFILES, profile, sizeof(*profile));
}

uint32_t image_build_attach(struct image_build *b, uint32_t profile)
{
	return append(b, SECTION_ATTACH, &profile, sizeof(profile));
}

static const char *crossed_limit(const struct image_build *b)
{
	uint64_t len = sizeof(struct image_header);

	for (int i = 0; i < N_SECTIONS; i++)
		len += b->sections[i].len + 8;
	if (len > IMAGE_LEN_MAX)
		return "more than 1 GiB of policy";
	if (b->sections[SECTION_PROFILES].len / sizeof(struct image_profile) > IMAGE_PROFILES_MAX)
		return "more than 65536 profiles";
	return NULL;
}

int image_build_finish(struct image_build *b, struct buf *out, struct err *err)
{
	struct image_header header = {
		.magic = IMAGE_MAGIC,
		.version = IMAGE_VERSION,
		.attach_table = b->attach_table,
		.attach_start = b->attach_start,
	};
	const char *limit = crossed_limit(b);
	size_t start = out->len;

	if (limit)
		return err_say(err, -E2BIG, "the image is too large: %s", limit);
	buf_add(out, &header, sizeof(header));
	for (int i = 0; i < N_SECTIONS; i++) {
		while ((out->len - start) % 8)
			buf_add_char(out, '\0');
		header.sections[i].off = (uint32_t)(out->len - start);
		header.sections[i].len = (uint32_t)b->sections[i].len;
		buf_add_slice(out, buf_slice(&b->sections[i]));
	}
	header.len = (uint32_t)(out->len - start);
	memcpy(out->data + start, &header, sizeof(header));
	header.checksum = image_checksum(out->data + start, header.len);
	memcpy(out->data + start, &header, sizeof(header));
	return 0;
}
