/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a profile's rules, gives groups of rows; the one idea: equal patterns are walked once. */
#include "compile/rows.h"

#include <assert.h>
#include <limits.h>

const char *rows_class_word(enum class_id class_id)
{
	static const char *const words[N_CLASSES] = {
		[CLASS_FILE] = "file",	     [CLASS_CAPABILITY] = "capability",
		[CLASS_RLIMIT] = "rlimit",   [CLASS_MOUNT] = "mount",
		[CLASS_PTRACE] = "ptrace",   [CLASS_SIGNAL] = "signal",
		[CLASS_UNIX] = "unix",	     [CLASS_LINK] = "link",
		[CLASS_NET] = "network",     [CLASS_LABEL] = "change_profile",
		[CLASS_MQUEUE] = "mqueue",   [CLASS_IO_URING] = "io_uring",
		[CLASS_USERNS] = "userns",   [CLASS_DBUS] = "dbus",
		[CLASS_INET] = "network",    [CLASS_INET_UNSEEN] = "network",
	};
	const char *word = (size_t)class_id < N_CLASSES ? words[class_id] : NULL;

	return word ? word : "unknown";
}

/* Room for one more in an array of an arena; gives the array. */
static void *make_room(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 4;
	more = arena_calloc(arena, *cap, size);
	if (n)
		memcpy(more, items, n * size);
	return more;
}

static struct rows_group *find_group(struct rows *r, const struct lower_row *row)
{
	char *key = arena_alloc(&r->arena, row->pattern.len + 2);
	struct rows_group *group;
	size_t len = 1;

	key[0] = (char)row->class_id;
	if (row->pattern.ptr) {
		key[len++] = '=';
		memcpy(key + len, row->pattern.ptr, row->pattern.len);
		len += row->pattern.len;
	}
	group = map_find(&r->by_pattern, slice_make(key, len));
	if (group)
		return group;
	group = arena_new(&r->arena, struct rows_group);
	group->class_id = row->class_id;
	group->pattern = row->pattern;
	map_set(&r->by_pattern, slice_make(key, len), group);
	r->groups = make_room(&r->arena, r->groups, r->n_groups, &r->cap_groups,
			      sizeof(*r->groups));
	r->groups[r->n_groups++] = group;
	return group;
}

static void take_row(void *to, const struct lower_row *row)
{
	struct rows *r = to;
	struct rows_group *group = find_group(r, row);
	struct conflict_row *mine = arena_new(&r->arena, struct conflict_row);
	struct lower_row *copy = arena_new(&r->arena, struct lower_row);

	assert((size_t)row->class_id < N_CLASSES);
	*copy = *row;
	*mine = (struct conflict_row){ copy, row->pattern.ptr && conflict_is_exact(row->pattern) };
	group->rows = make_room(&r->arena, group->rows, group->n_rows, &group->cap,
				sizeof(*group->rows));
	group->rows[group->n_rows++] = mine;
	r->classes |= 1ull << row->class_id;
	r->n_rows++;
}

static void take_capability(void *to, uint64_t caps, const struct lower_row *how)
{
	struct rows *r = to;

	r->caps = make_room(&r->arena, r->caps, r->n_caps, &r->cap_caps, sizeof(*r->caps));
	r->caps[r->n_caps++] = (struct conflict_cap_row){ *how, caps };
	r->classes |= 1ull << CLASS_CAPABILITY;
}

static void take_rlimit(void *to, unsigned limit, uint64_t value, const struct lower_row *how)
{
	struct rows *r = to;

	(void)how;
	assert(limit < IMAGE_N_RLIMITS);
	r->rlimit[limit] = value;
	r->rlimit_set |= 1u << limit;
	r->classes |= 1ull << CLASS_RLIMIT;
}

static void take_unlowered(void *to, enum class_id class_id, const struct rule *rule)
{
	struct rows *r = to;

	r->classes |= 1ull << class_id;
	/* These have rows in CLASS_NET; the bits only tell of them. */
	if (class_id == CLASS_INET || class_id == CLASS_INET_UNSEEN || r->unlowered & 1ull << class_id)
		return;
	r->unlowered |= 1ull << class_id;
	diag_warn(r->diag, rule ? rule->place : r->profile->place,
		  "%s rules are not compiled: profile %.*s does not enforce them",
		  rows_class_word(class_id), SLICE_FMT(r->profile->full_name));
}

/* The rows of flags=(default_allow): below whatever is written. */
static void add_default_allow(struct rows *r)
{
	static const enum class_id classes[] = {
		CLASS_FILE, CLASS_LINK,	  CLASS_NET,	  CLASS_SIGNAL, CLASS_PTRACE, CLASS_UNIX,
		CLASS_MOUNT, CLASS_LABEL, CLASS_MQUEUE, CLASS_IO_URING, CLASS_USERNS, CLASS_DBUS,
	};
	struct lower_row row = { .verb = LOWER_ALLOW, .who = WHO_ALL, .priority = INT_MIN };

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		row.class_id = classes[i];
		row.perms = UINT32_MAX & ~(uint32_t)PERM_LINK_SUBSET;
		row.exec = (struct lower_exec){ 0 };
		if (row.class_id == CLASS_FILE)
			row.exec = (struct lower_exec){ EXEC_PROFILE, EXEC_OR_INHERIT, { 0 } };
		if (row.class_id == CLASS_LABEL)
			row.exec.flags = EXEC_SCRUB;
		take_row(r, &row);
	}
	take_capability(r, UINT64_MAX, &row);
}

void rows_init(struct rows *r, const struct profile *profile, struct diag *diag)
{
	struct lower_sink sink = {
		.to = r,
		.diag = diag,
		.profile = profile,
		.row = take_row,
		.capability = take_capability,
		.rlimit = take_rlimit,
		.unlowered = take_unlowered,
	};

	*r = (struct rows){ .diag = diag, .profile = profile };
	sink.arena = &r->arena;
	map_init(&r->by_pattern, &r->arena);
	profile_lower(profile, &sink);
	if (profile->flags & PROFILE_DEFAULT_ALLOW)
		add_default_allow(r);
}

void rows_release(struct rows *r)
{
	arena_release(&r->arena);
}
