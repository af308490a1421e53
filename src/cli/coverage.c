/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a policy and an engine's table of classes, gives warnings. The one idea: rules are asked
 * for their class by lowering them, so no rule class has to be known here.
 */
#include "cli/coverage.h"

#include "lang/lower.h"

#include <stddef.h>

enum { PLACES_SHOWN_MAX = 40 };

/* The rules of one class, each place once: an abstraction is included by many profiles. */
struct class_use {
	const struct rule **rules;
	size_t n_rules;
	size_t cap;
};

struct survey {
	struct arena arena;
	struct class_use uses[N_CLASSES];
	const struct engine_coverage *refused[N_CLASSES];
	struct diag scratch;		/* lowering was reported when the policy was compiled */
};

static bool is_same_place(struct place a, struct place b)
{
	return a.line == b.line && a.col == b.col && a.source && b.source &&
	       !strcmp(a.source->name, b.source->name);
}

static void add_rule(struct survey *s, enum class_id class_id, const struct rule *rule)
{
	struct class_use *use = &s->uses[class_id];

	if (!rule || !s->refused[class_id])
		return;
	for (size_t i = 0; i < use->n_rules; i++)
		if (is_same_place(use->rules[i]->place, rule->place))
			return;
	if (use->n_rules == use->cap) {
		size_t cap = use->cap ? use->cap * 2 : 8;
		const struct rule **rules = arena_array(&s->arena, const struct rule *, cap);

		if (use->n_rules)
			memcpy(rules, use->rules, use->n_rules * sizeof(*rules));
		use->rules = rules;
		use->cap = cap;
	}
	use->rules[use->n_rules++] = rule;
}

static void take_row(void *to, const struct lower_row *row)
{
	add_rule(to, row->class_id, row->rule);
}

static void take_capability(void *to, uint64_t caps, const struct lower_row *how)
{
	(void)caps;
	add_rule(to, CLASS_CAPABILITY, how->rule);
}

static void take_rlimit(void *to, unsigned limit, uint64_t value, const struct lower_row *how)
{
	(void)limit;
	(void)value;
	add_rule(to, CLASS_RLIMIT, how->rule);
}

static void take_unlowered(void *to, enum class_id class_id, const struct rule *rule)
{
	add_rule(to, class_id, rule);
}

static void survey_profiles(struct survey *s, const struct profile *profiles)
{
	for (const struct profile *p = profiles; p; p = p->next) {
		struct lower_sink sink = {
			.to = s,
			.diag = &s->scratch,
			.arena = &s->arena,
			.profile = p,
			.row = take_row,
			.capability = take_capability,
			.rlimit = take_rlimit,
			.unlowered = take_unlowered,
		};

		profile_lower(p, &sink);
		survey_profiles(s, p->children);
	}
}

static const char *place_name(struct place at)
{
	return at.source ? at.source->name : "?";
}

static void warn_of(const struct engine_ops *engine, const struct engine_coverage *coverage,
		    const struct class_use *use, struct diag *diag)
{
	const char *word = coverage_class_word(coverage->class_id);
	auto_buf others = BUF_INIT;

	diag_warn(diag, use->rules[0]->place, "%s rules are not enforced by engine %s: %s", word,
		  engine->name, coverage->how);
	for (size_t i = 1; i < use->n_rules && i <= PLACES_SHOWN_MAX; i++)
		buf_printf(&others, "%s%s:%u", i > 1 ? ", " : "",
			   place_name(use->rules[i]->place), use->rules[i]->place.line);
	if (use->n_rules > PLACES_SHOWN_MAX + 1)
		buf_printf(&others, " and %zu more", use->n_rules - PLACES_SHOWN_MAX - 1);
	if (use->n_rules > 1)
		diag_help(diag, "more %s rules at %s", word, buf_text(&others));
}

/* Those that the engine attaches to nothing: the number of profiles. */
static size_t warn_of_xattrs(const struct engine_ops *engine, const struct profile *profiles,
			     struct diag *diag)
{
	size_t n = 0;

	for (const struct profile *p = profiles; p; p = p->next) {
		n += warn_of_xattrs(engine, p->children, diag);
		if (!p->n_xattrs || !p->n_attachments)
			continue;
		n++;
		diag_warn(diag, p->place, "profile %.*s does not attach under engine %s: %s",
			  SLICE_FMT(p->full_name), engine->name, engine->without_xattrs);
		diag_help(diag, "name it where it is to be used: px -> %.*s", SLICE_FMT(p->full_name));
	}
	return n;
}

size_t coverage_warn(const struct engine_ops *engine, const struct policy *policy,
		     struct diag *diag)
{
	struct survey survey = { 0 };
	size_t n_classes = engine->without_xattrs ? warn_of_xattrs(engine, policy->profiles, diag) : 0;

	for (const struct engine_coverage *c = engine->coverage; c->class_id != CLASS_NONE; c++)
		if (c->grade == GRADE_REFUSED)
			survey.refused[c->class_id] = c;
	survey_profiles(&survey, policy->profiles);
	for (size_t i = 0; i < N_CLASSES; i++) {
		if (!survey.uses[i].n_rules)
			continue;
		warn_of(engine, survey.refused[i], &survey.uses[i], diag);
		n_classes++;
	}
	diag_release(&survey.scratch);
	arena_release(&survey.arena);
	return n_classes;
}

const char *coverage_class_word(enum class_id class_id)
{
	static const char *const words[N_CLASSES] = {
		[CLASS_FILE] = "file",	     [CLASS_CAPABILITY] = "capability",
		[CLASS_RLIMIT] = "rlimit",   [CLASS_MOUNT] = "mount",
		[CLASS_PTRACE] = "ptrace",   [CLASS_SIGNAL] = "signal",
		[CLASS_UNIX] = "unix",	     [CLASS_LINK] = "link",
		[CLASS_NET] = "network",     [CLASS_LABEL] = "change_profile",
		[CLASS_MQUEUE] = "mqueue",   [CLASS_IO_URING] = "io_uring",
		[CLASS_USERNS] = "userns",   [CLASS_DBUS] = "dbus",
		[CLASS_INET] = "inet",	     [CLASS_INET_UNSEEN] = "inet unseen",
	};
	const char *word = (size_t)class_id < N_CLASSES ? words[class_id] : NULL;

	return word ? word : "unknown";
}

const char *coverage_grade_word(enum engine_grade grade)
{
	static const char *const words[] = {
		[GRADE_REFUSED] = "refused",
		[GRADE_APPROXIMATE] = "approximate",
		[GRADE_EXACT] = "exact",
	};

	return words[grade];
}
