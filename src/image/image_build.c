/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats parts, gives an image. The one idea: a section is a buffer until the end; the one that may be
 * larger than memory should be, the rows of tables, comes first and goes to the file as it grows.
 */
#include "image/image_build.h"

#include "base/io.h"
#include "image/image_check.h"

#include <errno.h>

enum { FLUSH_LEN = 1 << 20 };

void image_build_init(struct image_build *b)
{
	static const struct image_entry no_entry;
	static const struct image_exec no_exec;

	*b = (struct image_build){ .fd = -1, .sum = IMAGE_SUM_INIT };
	map_init(&b->strings_met, &b->arena);
	map_init(&b->execs_met, &b->arena);
	map_init(&b->entries_met, &b->arena);
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
	struct slice key = slice_make((const char *)entries, n * sizeof(*entries));
	uintptr_t first = (uintptr_t)map_find(&b->entries_met, key);

	if (!first) {
		first = section->len / sizeof(*entries) + 1;
		buf_add_slice(section, key);
		map_set(&b->entries_met, key, (void *)first);
	}
	return (uint32_t)first - 1;
}

/* Where the rows that are added next begin, in bytes. */
static size_t rows_end(const struct image_build *b)
{
	return b->n_flushed + b->sections[SECTION_ROWS].len;
}

static void add_packed(struct image_build *b, const struct image_build_table *t)
{
	struct buf *rows = &b->sections[SECTION_ROWS];

	for (uint32_t s = 0; s < t->n_states; s++) {
		struct image_state state = { t->base[s], t->fallback[s], t->accept[s] };

		buf_add(rows, &state, sizeof(state));
	}
	for (uint32_t i = 0; i < t->n_cells; i++) {
		struct image_cell cell = { t->check[i], t->next[i] };

		buf_add(rows, &cell, sizeof(cell));
	}
	buf_align(rows, 8);
}

/* The bytes of a table's rows, the filling at their end counted. */
static size_t rows_len(const struct image_table *t)
{
	return t->n_states * sizeof(struct image_state) +
	       (t->n_cells * sizeof(struct image_cell) + 7) / 8 * 8;
}

/* Whether the rows at an offset, in the file by now or not, are these. */
static bool has_rows(const struct image_build *b, size_t at, struct slice rows)
{
	char chunk[1 << 14];

	if (at >= b->n_flushed)
		return !memcmp(b->sections[SECTION_ROWS].data + (at - b->n_flushed), rows.ptr, rows.len);
	for (size_t i = 0; i < rows.len; i += sizeof(chunk)) {
		size_t n = rows.len - i < sizeof(chunk) ? rows.len - i : sizeof(chunk);
		off_t off = (off_t)(sizeof(struct image_header) + at + i);

		/* A table is flushed whole. A file that cannot be read shares nothing. */
		if (pread(b->fd, chunk, n, off) != (ssize_t)n || memcmp(chunk, rows.ptr + i, n))
			return false;
	}
	return true;
}

static bool is_same_table(const struct image_build *b, const struct image_table *x,
			  const struct image_table *y, struct slice rows_of_y)
{
	return x->n_states == y->n_states && x->n_cells == y->n_cells && x->n_classes == y->n_classes &&
	       x->first_entry == y->first_entry &&
	       !memcmp(x->class_of, y->class_of, sizeof(x->class_of)) &&
	       has_rows(b, x->states * sizeof(struct image_state), rows_of_y);
}

static void flush_rows(struct image_build *b)
{
	struct buf *rows = &b->sections[SECTION_ROWS];
	off_t off = (off_t)(sizeof(struct image_header) + b->n_flushed);

	image_sum_add(&b->sum, rows->data, rows->len);
	for (size_t done = 0; done < rows->len && !b->error;) {
		ssize_t n = pwrite(b->fd, rows->data + done, rows->len - done, off + (off_t)done);

		if (n < 0 && errno != EINTR)
			b->error = errno;
		done += n > 0 ? (size_t)n : 0;
	}
	b->n_flushed += rows->len;
	buf_clear(rows);
}

/* The rows of the table have been added: keeps them, or takes them off if they are there already. */
static uint32_t keep_table(struct image_build *b, const struct image_table *t)
{
	struct buf *rows = &b->sections[SECTION_ROWS];
	size_t from = t->states * sizeof(struct image_state) - b->n_flushed;
	struct slice added = slice_make(rows->data + from, rows_len(t));
	unsigned long long hash = slice_hash(added);
	struct slice key = slice_make((const char *)&hash, sizeof(hash));
	const struct image_table *tables = (const void *)b->sections[SECTION_TABLES].data;
	uintptr_t number = (uintptr_t)map_find(&b->tables_met, key);

	if (number && is_same_table(b, &tables[number - 1], t, added)) {
		buf_cut(rows, from);
		return (uint32_t)number - 1;
	}
	number = append(b, SECTION_TABLES, t, sizeof(*t)) + 1u;
	map_set(&b->tables_met, key, (void *)number);
	if (b->fd >= 0 && rows->len >= FLUSH_LEN)
		flush_rows(b);
	return (uint32_t)number - 1;
}

static void set_places(const struct image_build *b, struct image_table *t)
{
	t->states = (uint32_t)(rows_end(b) / sizeof(struct image_state));
	t->cells = (t->states + t->n_states) * 2;
}

uint32_t image_build_table(struct image_build *b, const struct image_build_table *t)
{
	struct image_table table = {
		.n_states = t->n_states,
		.n_cells = t->n_cells,
		.n_classes = t->n_classes,
		.first_entry = t->first_entry,
	};

	memcpy(table.class_of, t->class_of, sizeof(table.class_of));
	set_places(b, &table);
	add_packed(b, t);
	return keep_table(b, &table);
}

uint32_t image_build_copy_table(struct image_build *b, const struct image *from, uint32_t number,
				uint32_t first_entry)
{
	const struct image_table *t = &from->tables[number];
	struct buf *rows = &b->sections[SECTION_ROWS];
	struct image_table table = *t;

	table.first_entry = first_entry;
	set_places(b, &table);
	buf_add(rows, from->states + t->states, t->n_states * sizeof(struct image_state));
	buf_add(rows, from->cells + t->cells, t->n_cells * sizeof(struct image_cell));
	buf_align(rows, 8);
	return keep_table(b, &table);
}

uint32_t image_build_profile(struct image_build *b, const struct image_profile *profile)
{
	return append(b, SECTION_PROFILES, profile, sizeof(*profile));
}

uint32_t image_build_attach(struct image_build *b, uint32_t answer)
{
	return append(b, SECTION_ATTACH, &answer, sizeof(answer));
}

uint32_t image_build_choices(struct image_build *b, const struct image_choice *choices, size_t n)
{
	const struct image_choice end = { .profile = IMAGE_NONE };
	uint32_t first = (uint32_t)(b->sections[SECTION_CHOICES].len / sizeof(end));

	buf_add(&b->sections[SECTION_CHOICES], choices, n * sizeof(*choices));
	append(b, SECTION_CHOICES, &end, sizeof(end));
	return first | IMAGE_CHOICE;
}

uint32_t image_build_xattr(struct image_build *b, const struct image_xattr *xattr)
{
	return append(b, SECTION_XATTRS, xattr, sizeof(*xattr));
}

static const char *crossed_limit(const struct image_build *b)
{
	uint64_t len = sizeof(struct image_header) + b->n_flushed;

	for (int i = 0; i < N_SECTIONS; i++)
		len += b->sections[i].len + 8;
	if (len > IMAGE_LEN_MAX)
		return "more than 1 GiB of policy";
	if (b->sections[SECTION_PROFILES].len / sizeof(struct image_profile) > IMAGE_PROFILES_MAX)
		return "more than 65536 profiles";
	return NULL;
}

/* Where all sections lie, and the checksum; rows are counted but need not be in memory any more. */
static void fill_header(struct image_build *b, struct image_header *h)
{
	size_t tail = offsetof(struct image_header, checksum) + sizeof(h->checksum);
	uint32_t at = sizeof(*h);

	*h = (struct image_header){
		.magic = IMAGE_MAGIC,
		.version = IMAGE_VERSION,
		.attach_table = b->attach_table,
		.attach_start = b->attach_start,
	};
	for (int i = 0; i < N_SECTIONS; i++) {
		struct buf *s = &b->sections[i];
		size_t len = i == SECTION_ROWS ? rows_end(b) : s->len;

		h->sections[i].off = at;
		h->sections[i].len = (uint32_t)len;
		buf_align(s, 8);
		image_sum_add(&b->sum, s->data, s->len);
		at += (uint32_t)((len + 7) / 8 * 8);
	}
	h->len = at;
	h->checksum = b->sum;
	image_sum_add(&h->checksum, (const char *)h + tail, sizeof(*h) - tail);
}

int image_build_finish(struct image_build *b, struct buf *out, struct err *err)
{
	const char *limit = crossed_limit(b);
	struct image_header header;

	if (limit)
		return err_say(err, -E2BIG, "the image is too large: %s", limit);
	fill_header(b, &header);
	buf_reserve(out, header.len);
	buf_add(out, &header, sizeof(header));
	for (int i = 0; i < N_SECTIONS; i++)
		buf_add_slice(out, buf_slice(&b->sections[i]));
	return 0;
}

static int write_at(int fd, const void *bytes, size_t len, size_t at)
{
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return -errno;
	return io_write_fd(fd, bytes, len);
}

int image_build_finish_file(struct image_build *b, struct err *err)
{
	const char *limit = crossed_limit(b);
	struct image_header header;
	int r;

	if (limit)
		return err_say(err, -E2BIG, "the image is too large: %s", limit);
	flush_rows(b);
	fill_header(b, &header);
	r = b->error ? -b->error : write_at(b->fd, &header, sizeof(header), 0);
	for (int i = 0; i < N_SECTIONS && r >= 0; i++)
		r = write_at(b->fd, b->sections[i].data, b->sections[i].len, header.sections[i].off);
	return r < 0 ? err_set(err, r, "cannot write the image") : 0;
}
