/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats names and contents, gives entries. A file of the cache:
 *
 *	head (struct head) | rows of needs | parts
 *
 * A row of needs is a letter for its kind, 64 hexadecimal digits of what was seen, a blank, the path and a
 * NUL. The last part, which may be large and is often not wanted, has a sum of its own.
 */
#include "compile/cache.h"

#include "base/io.h"
#include "base/map.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#define MAGIC "PAVCACH\n"
#define NEW_PREFIX ".new-"

enum {
	PART_MAX = 256 << 20,
	NEEDS_MAX = 16 << 20,		/* bytes of rows */
	DIGITS = 2 * SHA256_LEN,
	UNUSED_SECONDS = 30 * 24 * 3600,
	LEFTOVER_SECONDS = 3600,
};

struct head {
	char magic[8];
	uint64_t sum;			/* of needs and parts but the last */
	uint64_t last_sum;
	uint64_t needs_len;
	uint64_t part_len[CACHE_PARTS];
};

struct cache {
	int dir;			/* -1: nothing is kept */
	struct sha256 id;
	pthread_mutex_t lock;		/* of the rest */
	struct arena arena;
	struct map seen;		/* kind and path → digits of what is there now */
	unsigned n_kept;
};

/* --- the directory --- */

static int make_dirs(const char *dir)
{
	auto_buf path = BUF_INIT;

	for (const char *p = dir; *p; p++) {
		if (*p == '/' && p > dir && mkdir(buf_text(&path), 0700) < 0 && errno != EEXIST)
			return -errno;
		buf_add_char(&path, *p);
	}
	return mkdir(buf_text(&path), 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_dir(const char *dir, int *fd, struct err *err)
{
	auto_fd opened = -1;
	struct stat st;
	int r = make_dirs(dir);

	if (r < 0)
		return err_set(err, r, "cannot make the cache %s", dir);
	opened = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (opened < 0 || fstat(opened, &st) < 0)
		return err_set(err, -errno, "cannot open the cache %s", dir);
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return err_say(err, -EPERM, "the cache %s is not ours alone: others may write to it", dir);
	*fd = take_fd(&opened);
	return 0;
}

int cache_open(const char *dir, struct slice id, struct cache **out, struct err *err)
{
	struct cache *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c)
		base_no_memory();
	c->dir = -1;
	if (dir)
		r = open_dir(dir, &c->dir, err);
	if (r < 0) {
		free(c);
		return r;
	}
	sha256(id, &c->id);
	pthread_mutex_init(&c->lock, NULL);
	map_init(&c->seen, &c->arena);
	*out = c;
	return 0;
}

/* A name that cache_keep() makes: nothing else in the directory is touched. */
static bool is_own_name(const char *name)
{
	if (!strncmp(name, NEW_PREFIX, strlen(NEW_PREFIX)))
		return true;
	return strspn(name, "0123456789abcdef") == DIGITS && !name[DIGITS];
}

static bool is_old(int dir, const char *name, time_t now)
{
	time_t limit = name[0] == '.' ? LEFTOVER_SECONDS : UNUSED_SECONDS;
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       now - st.st_mtim.tv_sec > limit;
}

/* Entries of files, and of versions of this program, that are no more; what a crash left behind. */
static void remove_old(const struct cache *c)
{
	int fd = openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	time_t now = time(NULL);

	if (fd >= 0 && !dir)
		close(fd);
	for (struct dirent *d; dir && (d = readdir(dir));)
		if (is_own_name(d->d_name) && is_old(c->dir, d->d_name, now))
			unlinkat(c->dir, d->d_name, 0);
}

void cache_close(struct cache *c)
{
	if (!c)
		return;
	if (c->n_kept)
		remove_old(c);
	if (c->dir >= 0)
		close(c->dir);
	pthread_mutex_destroy(&c->lock);
	arena_release(&c->arena);
	free(c);
}

/* --- needs --- */

static const char kinds[] = {
	[POLICY_NEED_FILE] = 'f',
	[POLICY_NEED_DIRECTORY] = 'd',
	[POLICY_NEED_ABSENCE] = 'a',
};

static void add_names(const char *path, struct buf *out)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		buf_add(out, entries[i]->d_name, strlen(entries[i]->d_name) + 1);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	else
		buf_printf(out, "/%d", errno);
}

/* What is there: the same text means the same outcome of reading it. */
static void look(char kind, const char *path, char digits[DIGITS + 1])
{
	auto_buf text = BUF_INIT;
	struct err err = ERR_INIT;
	struct sha256 sum;
	struct stat st;

	if (kind == 'd')
		add_names(path, &text);
	else if (kind == 'a')
		buf_printf(&text, "%d", stat(path, &st));
	else if (io_read_file(path, POLICY_FILE_MAX, &text, &err) < 0)
		buf_printf(&text, "%d", err.code);
	sha256(buf_slice(&text), &sum);
	sha256_text(&sum, digits);
}

/* The digits of what is there, looked at once. */
static const char *see(struct cache *c, char kind, const char *path)
{
	auto_buf key = BUF_INIT;
	char digits[DIGITS + 1];
	const char *seen;

	buf_printf(&key, "%c%s", kind, path);
	pthread_mutex_lock(&c->lock);
	seen = map_find(&c->seen, buf_slice(&key));
	if (!seen) {
		look(kind, path, digits);
		seen = arena_text(&c->arena, slice_of(digits));
		map_set(&c->seen, buf_slice(&key), (void *)(uintptr_t)seen);
	}
	pthread_mutex_unlock(&c->lock);
	return seen;
}

void cache_needs_init(struct cache_needs *n)
{
	*n = (struct cache_needs){ 0 };
	map_init(&n->met, &n->arena);
}

void cache_needs_release(struct cache_needs *n)
{
	buf_release(&n->rows);
	arena_release(&n->arena);
}

void cache_need(struct cache *c, struct cache_needs *n, enum policy_need need, const char *path)
{
	auto_buf key = BUF_INIT;

	buf_printf(&key, "%c%s", kinds[need], path);
	if (map_find(&n->met, buf_slice(&key)))
		return;
	map_set(&n->met, buf_slice(&key), n);
	buf_printf(&n->rows, "%c%s %s", kinds[need], see(c, kinds[need], path), path);
	buf_add_char(&n->rows, '\0');
}

static bool is_row_good(struct cache *c, const char *row, size_t len)
{
	if (len < 1 + DIGITS + 2 || !memchr("fda", row[0], 3) || row[1 + DIGITS] != ' ')
		return false;
	return !memcmp(see(c, row[0], row + 1 + DIGITS + 1), row + 1, DIGITS);
}

static bool are_needs_met(struct cache *c, struct slice rows)
{
	while (rows.len) {
		const char *end = memchr(rows.ptr, '\0', rows.len);

		if (!end || !is_row_good(c, rows.ptr, (size_t)(end - rows.ptr)))
			return false;
		rows = slice_cut(rows, (size_t)(end - rows.ptr) + 1, rows.len);
	}
	return true;
}

/* --- entries --- */

static void entry_name(const struct cache *c, const char *name, char text[DIGITS + 1])
{
	auto_buf key = BUF_INIT;
	struct sha256 sum;

	buf_add(&key, c->id.bytes, sizeof(c->id.bytes));
	buf_add_text(&key, name);
	sha256(buf_slice(&key), &sum);
	sha256_text(&sum, text);
}

static bool read_part(int fd, size_t len, size_t at, struct buf *out)
{
	size_t done = 0;

	buf_reserve(out, len);
	while (done < len) {
		ssize_t n = pread(fd, out->data + out->len, len - done, (off_t)(at + done));

		if (n <= 0)
			return false;
		out->len += (size_t)n;
		done += (size_t)n;
	}
	out->data[out->len] = '\0';
	return true;
}

static uint64_t sum_of(struct slice needs, const struct slice parts[CACHE_PARTS])
{
	uint64_t sum = slice_hash(needs);

	for (int i = 0; i < CACHE_PARTS - 1; i++)
		sum = sum * 31 + slice_hash(parts[i]);
	return sum;
}

static bool read_head(int fd, struct head *h)
{
	struct stat st;
	uint64_t len;

	if (pread(fd, h, sizeof(*h), 0) != sizeof(*h) || memcmp(h->magic, MAGIC, sizeof(h->magic)) ||
	    fstat(fd, &st) < 0 || h->needs_len > NEEDS_MAX)
		return false;
	len = sizeof(*h) + h->needs_len;
	for (int i = 0; i < CACHE_PARTS; i++) {
		if (h->part_len[i] > PART_MAX)
			return false;
		len += h->part_len[i];
	}
	return len == (uint64_t)st.st_size;
}

/* All of the entry is read before the caller's buffers are touched. */
static bool read_entry(struct cache *c, int fd, struct buf *parts[CACHE_PARTS])
{
	struct buf own[CACHE_PARTS] = { 0 };
	struct slice read[CACHE_PARTS];
	auto_buf needs = BUF_INIT;
	size_t at = sizeof(struct head);
	struct head h;
	bool is_good = read_head(fd, &h) && read_part(fd, h.needs_len, at, &needs);

	for (int i = 0; i < CACHE_PARTS && is_good; i++) {
		at += i ? h.part_len[i - 1] : h.needs_len;
		if (parts[i] || i < CACHE_PARTS - 1)
			is_good = read_part(fd, h.part_len[i], at, &own[i]);
		read[i] = buf_slice(&own[i]);
	}
	is_good = is_good && sum_of(buf_slice(&needs), read) == h.sum &&
		  (!parts[CACHE_PARTS - 1] || slice_hash(read[CACHE_PARTS - 1]) == h.last_sum) &&
		  are_needs_met(c, buf_slice(&needs));
	for (int i = 0; i < CACHE_PARTS; i++) {
		if (is_good && parts[i])
			buf_add_slice(parts[i], buf_slice(&own[i]));
		buf_release(&own[i]);
	}
	return is_good;
}

bool cache_find(struct cache *c, const char *name, struct buf *parts[CACHE_PARTS])
{
	char entry[DIGITS + 1];
	auto_fd fd = -1;

	if (c->dir < 0)
		return false;
	entry_name(c, name, entry);
	fd = openat(c->dir, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || !read_entry(c, fd, parts))
		return false;
	/* It is in use: remove_old() goes by this time. Only the owner gets here. */
	futimens(fd, NULL);
	return true;
}

static bool write_entry(int fd, const struct cache_needs *needs,
			const struct slice parts[CACHE_PARTS])
{
	struct slice rows = buf_slice(&needs->rows);
	struct head h = {
		.magic = MAGIC,
		.sum = sum_of(rows, parts),
		.last_sum = slice_hash(parts[CACHE_PARTS - 1]),
		.needs_len = rows.len,
	};
	bool is_good;

	for (int i = 0; i < CACHE_PARTS; i++)
		h.part_len[i] = parts[i].len;
	is_good = rows.len <= NEEDS_MAX && io_write_fd(fd, &h, sizeof(h)) >= 0 &&
		  io_write_fd(fd, rows.ptr, rows.len) >= 0;
	for (int i = 0; i < CACHE_PARTS && is_good; i++)
		is_good = parts[i].len <= PART_MAX && io_write_fd(fd, parts[i].ptr, parts[i].len) >= 0;
	return is_good;
}

static unsigned next_number(struct cache *c)
{
	unsigned number;

	pthread_mutex_lock(&c->lock);
	number = c->n_kept++;
	pthread_mutex_unlock(&c->lock);
	return number;
}

bool cache_keep(struct cache *c, const char *name, const struct cache_needs *needs,
		const struct slice parts[CACHE_PARTS])
{
	char entry[DIGITS + 1], temporary[64];
	auto_fd fd = -1;

	if (c->dir < 0)
		return false;
	entry_name(c, name, entry);
	snprintf(temporary, sizeof(temporary), NEW_PREFIX "%d-%u", (int)getpid(), next_number(c));
	fd = openat(c->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	/* No fsync: an entry that a crash cuts short is found out by its length and sums. */
	if (write_entry(fd, needs, parts) && renameat(c->dir, temporary, c->dir, entry) == 0)
		return true;
	unlinkat(c->dir, temporary, 0);
	return false;
}
