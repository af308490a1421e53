/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a policy, gives its image:
 *
 *	profiles, sorted by name → rows (rows.c) → automaton (automaton.c, conflict.c) → tables and
 *	entries; all attachments → one table (attach.c)
 *
 * The one idea: profiles that say the same share their table and their entries, and the bytes
 * depend on the profiles alone, not on the order in which their files were read.
 */
#include "compile/compile.h"

#include "compile/attach.h"
#include "compile/automaton.h"
#include "compile/link.h"
#include "compile/rows.h"

#include <stdlib.h>

/* One compile job. */
struct job {
	struct arena arena;
	struct policy *policy;
	struct diag *diag;
	struct image_build build;
	struct automaton_patterns patterns;
	struct map names;		/* key of a profile → struct profile */
	struct map entries_met;		/* bytes of a row of entries → first number + 1 */
	struct attach_profile *profiles; /* in the order of the image */
	struct image_profile *images;	/* likewise */
	size_t n_profiles;
};

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

static void add_name(struct job *j, const struct profile *p)
{
	struct slice name = image_name(&j->arena, p);
	const struct profile *before = map_find(&j->names, name);

	if (!before) {
		map_set(&j->names, name, (void *)(uintptr_t)p);
		return;
	}
	if (j->policy->options.allow_duplicates)
		return;
	diag_error(j->diag, p->place, "profile %.*s is defined twice", SLICE_FMT(name));
	if (before->place.source)
		diag_help(j->diag, "the other one is at %s:%u; rename or remove one",
			  before->place.source->name, before->place.line);
}

static void list_profiles(struct job *j, const struct profile *list)
{
	for (const struct profile *p = list; p; p = p->next) {
		add_name(j, p);
		j->profiles[j->n_profiles++].profile = p;
		list_profiles(j, p->children);
	}
}

/* By name; equal names (where they are allowed) in the order of the text. */
static int compare_profiles(const void *a, const void *b)
{
	const struct attach_profile *x = a, *y = b;
	int order = slice_compare(x->profile->namespace_name, y->profile->namespace_name);

	if (!order)
		order = slice_compare(x->profile->full_name, y->profile->full_name);
	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static void sort_profiles(struct job *j)
{
	size_t n = count_profiles(j->policy->profiles);

	j->profiles = arena_array(&j->arena, struct attach_profile, n + 1);
	j->images = arena_array(&j->arena, struct image_profile, n + 1);
	list_profiles(j, j->policy->profiles);
	for (size_t i = 0; i < n; i++)
		j->profiles[i].number = (uint32_t)i;
	qsort(j->profiles, n, sizeof(*j->profiles), compare_profiles);
	for (size_t i = 0; i < n; i++)
		j->profiles[i].number = (uint32_t)i;
}

/* A target that is a plain name, which can be looked for. */
static bool is_plain_target(const struct lower_exec *x)
{
	if (!x->name.len || x->flags & (EXEC_OR_INHERIT | EXEC_OR_UNCONFINED))
		return false;
	return !memchr(x->name.ptr, '@', x->name.len) && x->name.ptr[0] != ':' &&
	       x->name.ptr[0] != '&';
}

/* True if the name is "PARENT//…". */
static bool is_child_of(struct slice name, struct slice parent)
{
	return name.len > parent.len + 2 && !memcmp(name.ptr, parent.ptr, parent.len) &&
	       !memcmp(name.ptr + parent.len, "//", 2);
}

static void warn_missing(struct job *j, const struct profile *p, const struct lower_row *row)
{
	if (!is_plain_target(&row->exec) || map_find(&j->names, row->exec.name))
		return;
	diag_warn(j->diag, row->rule->place,
		  "profile %.*s is not among these: exec by this rule is denied unless it is loaded",
		  SLICE_FMT(row->exec.name));
	if (is_child_of(row->exec.name, p->full_name))
		diag_help(j->diag, "write it as a child of profile %.*s", SLICE_FMT(p->full_name));
}

/* Transitions to profiles that are not here: AppArmor, too, takes them. Each rule is told once. */
static void warn_missing_targets(struct job *j, const struct rows *rows)
{
	const struct rule *told = NULL;

	for (size_t i = 0; i < rows->n_groups; i++) {
		const struct rows_group *group = rows->groups[i];

		for (size_t k = 0; k < group->n_rows; k++) {
			const struct lower_row *row = group->rows[k]->row;

			if (row->exec.kind == EXEC_NONE || !row->rule || row->rule == told)
				continue;
			warn_missing(j, rows->profile, row);
			told = row->rule;
		}
	}
}

static uint32_t add_exec(struct job *j, const struct lower_exec *x)
{
	struct image_exec exec = {
		.kind = (uint8_t)x->kind,
		.flags = (uint8_t)x->flags,
		.name = image_build_string(&j->build, x->name),
	};

	return image_build_exec(&j->build, &exec);
}

/* Appends entries, or finds the same ones; gives what accept values are added to. */
static uint32_t add_entries(struct job *j, const struct automaton *a)
{
	size_t n = a->n_entries - 1;
	struct image_entry *entries = arena_array(&j->arena, struct image_entry, n + 1);
	struct slice key = slice_make((const char *)entries, n * sizeof(*entries));
	uintptr_t first;

	if (!n)
		return 0;
	memcpy(entries, a->entries + 1, n * sizeof(*entries));
	for (size_t i = 0; i < n; i++)
		for (int w = 0; w < 2; w++)
			if (entries[i].exec[w])
				entries[i].exec[w] = add_exec(j, a->execs[entries[i].exec[w]]);
	first = (uintptr_t)map_find(&j->entries_met, key);
	if (!first) {
		first = image_build_entries(&j->build, entries, n) + 1u;
		map_set(&j->entries_met, key, (void *)first);
	}
	/* Accept values count from 1. */
	return (uint32_t)first - 2;
}

static void add_automaton(struct job *j, const struct rows *rows, struct image_profile *image)
{
	struct image_build_table table;
	struct automaton a;

	if (!automaton_build(&a, rows, &j->patterns, j->diag))
		return;
	table = (struct image_build_table){
		a.dfa.class_of, a.dfa.cells,	     a.dfa.accept,
		a.dfa.n_states, a.dfa.shift, add_entries(j, &a),
	};
	image->table = image_build_table(&j->build, &table);
	memcpy(image->start, a.dfa.start, sizeof(image->start));
	automaton_release(&a);
}

static void fill_plain(const struct rows *rows, struct image_profile *image)
{
	struct conflict_caps caps;

	conflict_settle_caps(rows->caps, rows->n_caps, &caps);
	image->classes = rows->classes;
	image->cap_allow = caps.allow;
	image->cap_deny = caps.deny;
	image->cap_audit = caps.audit;
	image->cap_quiet = caps.quiet;
	image->rlimit_set = rows->rlimit_set;
	memcpy(image->rlimit, rows->rlimit, sizeof(image->rlimit));
}

static struct slice place_text(struct job *j, struct place place)
{
	if (!place.source)
		return SLICE("");
	return slice_of(arena_printf(&j->arena, "%s:%u", place.source->name, place.line));
}

static uint32_t find_number(const struct job *j, const struct profile *p)
{
	for (size_t i = 0; p && i < j->n_profiles; i++)
		if (j->profiles[i].profile == p)
			return (uint32_t)i;
	return IMAGE_NONE;
}

static void fill_head(struct job *j, const struct profile *p, struct image_profile *image)
{
	struct image_build *b = &j->build;

	image->name = image_build_string(b, image_name(&j->arena, p));
	image->parent = find_number(j, p->parent);
	image->attachment = image_build_string(b, p->attachment_text);
	image->place = image_build_string(b, place_text(j, p->place));
	image->flags = p->flags | (p->parent ? PROFILE_LOCAL : 0u);
	image->mode = p->mode;
	image->kill_signal = p->kill_signal;
	image->error = p->error;
	image->disconnected = image_build_string(b, p->disconnected);
}

static void compile_profile(struct job *j, size_t number)
{
	const struct profile *p = j->profiles[number].profile;
	struct image_profile *image = &j->images[number];
	struct rows rows;

	fill_head(j, p, image);
	rows_init(&rows, p, j->diag);
	warn_missing_targets(j, &rows);
	fill_plain(&rows, image);
	add_automaton(j, &rows, image);
	rows_release(&rows);
}

static void compile_attachments(struct job *j)
{
	uint32_t *starts = arena_array(&j->arena, uint32_t, j->n_profiles + 1);

	if (!attach_build(&j->build, j->profiles, j->n_profiles, starts, &j->patterns, j->diag))
		return;
	for (size_t i = 0; i < j->n_profiles; i++)
		j->images[i].attach_start = starts[i];
}

static bool finish(struct job *j, struct buf *image)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < j->n_profiles; i++) {
		image_build_profile(&j->build, &j->images[i]);
		link_describe(j->profiles[i].profile, &j->build.sections[SECTION_LINKAGE]);
	}
	if (image_build_finish(&j->build, image, &err) < 0)
		return diag_error(j->diag, (struct place){ 0 }, "%s", err.text);
	return true;
}

bool compile_policy(struct policy *policy, struct buf *image)
{
	struct job j = { .policy = policy, .diag = policy->diag };
	size_t n_errors = policy->diag->n_errors;
	bool is_good;

	map_init(&j.names, &j.arena);
	map_init(&j.entries_met, &j.arena);
	image_build_init(&j.build);
	automaton_patterns_init(&j.patterns);
	sort_profiles(&j);
	for (size_t i = 0; i < j.n_profiles; i++)
		compile_profile(&j, i);
	compile_attachments(&j);
	is_good = policy->diag->n_errors == n_errors && finish(&j, image);
	automaton_patterns_release(&j.patterns);
	image_build_release(&j.build);
	arena_release(&j.arena);
	return is_good;
}
