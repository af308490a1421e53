/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a policy, gives its image:
 *
 *	profiles, sorted by name (summary.c) → rows (rows.c) → automaton (automaton.c, conflict.c) → tables and
 *	entries; all attachments → one table (attach.c)
 *
 * The one idea: profiles that say the same share their table and their entries, and the bytes
 * depend on the profiles alone, not on the order in which their files were read.
 */
#include "compile/compile.h"

#include "compile/attach.h"
#include "compile/automaton.h"
#include "compile/rows.h"
#include "compile/summary.h"
#include "compile/table.h"

/* One compile job. */
struct job {
	struct arena arena;
	struct policy *policy;
	struct diag *diag;
	struct image_build build;
	struct automaton_patterns patterns;
	struct summary *summary;		/* profiles, in the order of the image */
	struct image_profile *images;	/* likewise */
};

/* A target that is a plain name, which can be looked for. */
static bool is_plain_target(const struct lower_exec *x)
{
	if (!x->name.len || x->flags & (EXEC_OR_INHERIT | EXEC_OR_UNCONFINED))
		return false;
	return !memchr(x->name.ptr, '@', x->name.len) && x->name.ptr[0] != ':' &&
	       x->name.ptr[0] != '&';
}

static void add_targets(struct job *j, const struct rows *rows, struct summary_profile *p)
{
	for (size_t i = 0; i < rows->n_groups; i++) {
		const struct rows_group *group = rows->groups[i];

		for (size_t k = 0; k < group->n_rows; k++) {
			const struct lower_row *row = group->rows[k]->row;

			if (row->exec.kind != EXEC_NONE && row->rule && is_plain_target(&row->exec))
				summary_add_target(j->summary, p, arena_slice(&j->summary->arena, row->exec.name),
						row->rule->place);
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

/* Gives what accept values, which count entries from 1, are added to. */
static uint32_t add_entries(struct job *j, const struct automaton *a)
{
	size_t n = a->n_entries - 1;
	struct image_entry *entries = arena_array(&j->arena, struct image_entry, n + 1);

	if (n)
		memcpy(entries, a->entries + 1, n * sizeof(*entries));
	for (size_t i = 0; i < n; i++)
		for (int w = 0; w < 2; w++)
			if (entries[i].exec[w])
				entries[i].exec[w] = add_exec(j, a->execs[entries[i].exec[w]]);
	return n ? image_build_entries(&j->build, entries, n) - 1 : 0;
}

static void add_automaton(struct job *j, const struct rows *rows, struct image_profile *image)
{
	struct automaton a;

	if (!automaton_build(&a, rows, &j->patterns, j->diag))
		return;
	image->table = table_add(&j->build, &a.dfa, add_entries(j, &a));
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

/* Without a flag about paths, files that are deleted go by the name they had: so kernels read such a profile. */
static unsigned image_flags(const struct profile *p)
{
	const unsigned words = PROFILE_ATTACH_DISCONNECTED | PROFILE_CHROOT_RELATIVE,
		       more = MORE_NO_ATTACH_DISCONNECTED | MORE_DELEGATE_DELETED | MORE_NAMESPACE_RELATIVE |
			      MORE_CHROOT_ATTACH | MORE_CHROOT_NO_ATTACH;
	unsigned flags = p->flags | (p->parent ? PROFILE_LOCAL : 0u);

	return p->flags & words || p->more_flags & more ? flags : flags | PROFILE_MEDIATE_DELETED;
}

static void fill_head(struct job *j, uint32_t number, struct image_profile *image)
{
	const struct profile *p = j->summary->profiles[number].source;
	struct image_build *b = &j->build;

	image->name = image_build_string(b, j->summary->profiles[number].name);
	image->parent = j->summary->profiles[number].parent;
	image->attachment = image_build_string(b, p->attachment_text);
	image->place = image_build_string(b, place_text(j, p->place));
	image->flags = image_flags(p);
	image->mode = p->mode;
	image->kill_signal = p->kill_signal;
	image->error = p->error;
	image->disconnected = image_build_string(b, p->disconnected);
}

static void compile_profile(struct job *j, uint32_t number)
{
	struct image_profile *image = &j->images[number];
	struct rows rows;

	fill_head(j, number, image);
	rows_init(&rows, j->summary->profiles[number].source, j->diag);
	add_targets(j, &rows, &j->summary->profiles[number]);
	fill_plain(&rows, image);
	add_automaton(j, &rows, image);
	rows_release(&rows);
}

static void compile_profiles(struct job *j)
{
	summary_list(j->summary, j->policy->profiles);
	j->images = arena_array(&j->arena, struct image_profile, j->summary->n_profiles + 1);
	for (uint32_t i = 0; i < j->summary->n_profiles; i++)
		compile_profile(j, i);
}

static void compile_attachments(struct job *j)
{
	attach_build(&j->build, j->summary->profiles, j->summary->n_profiles, j->images, &j->patterns, j->diag);
}

static void add_profiles(struct job *j)
{
	for (size_t i = 0; i < j->summary->n_profiles; i++)
		image_build_profile(&j->build, &j->images[i]);
}

static bool finish(struct job *j, struct buf *image)
{
	struct err err = ERR_INIT;

	add_profiles(j);
	if (image_build_finish(&j->build, image, &err) < 0)
		return diag_error(j->diag, (struct place){ 0 }, "%s", err.text);
	return true;
}

static void job_init(struct job *j, struct summary *summary, struct diag *diag)
{
	*j = (struct job){ .summary = summary, .diag = diag };
	image_build_init(&j->build);
	automaton_patterns_init(&j->patterns);
}

static void job_release(struct job *j)
{
	automaton_patterns_release(&j->patterns);
	image_build_release(&j->build);
	arena_release(&j->arena);
}

bool compile_policy(struct policy *policy, struct buf *image)
{
	size_t n_errors = policy->diag->n_errors;
	struct summary summary = { 0 };
	struct job j;
	bool is_good;

	job_init(&j, &summary, policy->diag);
	j.policy = policy;
	compile_profiles(&j);
	summary_check(&summary, policy->options.allow_duplicates, policy->diag);
	compile_attachments(&j);
	summary_write(&summary, &j.build.sections[SECTION_LINKAGE]);
	is_good = policy->diag->n_errors == n_errors && finish(&j, image);
	job_release(&j);
	summary_release(&summary);
	return is_good;
}

bool compile_unit(struct policy *policy, struct summary *summary, struct buf *image)
{
	uint16_t dead = 0;
	struct dfa nothing = { .n_classes = 1, .n_states = 1, .cells = &dead, .accept = &dead };
	size_t n_errors = policy->diag->n_errors;
	struct job j;
	bool is_good;

	job_init(&j, summary, policy->diag);
	j.policy = policy;
	compile_profiles(&j);
	j.build.attach_table = table_add(&j.build, &nothing, 0);
	is_good = policy->diag->n_errors == n_errors && finish(&j, image);
	job_release(&j);
	return is_good;
}
