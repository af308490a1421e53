/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that never decide anything: denied throughout, settled throughout at a higher priority,
 * said by another rule too, or of no object that there is. A rule of a file that several profiles
 * include counts only if it is so in each of them.
 */
#include "compile/lint_view.h"

#include "lang/class_capability.h"
#include "lang/rule_class.h"

/*
 * The bits of a row that stand for the rule. Some rules have rows besides those of their own class
 * (sockets of unix, the names of links), which denials do not reach.
 */
static uint64_t bits_of(const struct lint_row *r)
{
	const struct lower_row *row = r->row;

	if (row->class_id == CLASS_NET && row->rule->rule_class->class_id == CLASS_UNIX)
		return 0;
	if (row->class_id == CLASS_FILE)
		return lint_row_bits(r) & ~(uint32_t)PERM_LINK;
	/* Whether the link may allow more than its target counts only where there may be one. */
	if (row->class_id == CLASS_LINK)
		return lint_row_bits(r) & ~(uint32_t)PERM_LINK_SUBSET;
	return lint_row_bits(r);
}

/* All of a rule's rows together. */
struct outcome {
	bool is_met, is_live, is_killed, is_covered;
	const struct rule *killer, *cover;
	const struct lint_row *example; /* a row that is met; NULL: capabilities */
	uint64_t caps; /* those that are met */
};

static void add_fate(struct outcome *o, const struct lint_fate *f, uint64_t bits)
{
	o->is_met |= (f->met & bits) != 0;
	o->is_live |= (f->live & bits) != 0;
	o->is_killed |= (f->killed & bits) != 0;
	o->is_covered |= (f->covered & bits) != 0;
	if (f->killer && f->killed & bits && !o->killer)
		o->killer = f->killer->rule;
	if (f->cover && f->covered & bits && !o->cover)
		o->cover = f->cover->rule;
}

static struct outcome outcome_of(const struct lint_rule *rule)
{
	struct outcome o = { 0 };

	for (const struct lint_row *r = rule->rows; r; r = r->next) {
		uint64_t bits = bits_of(r);

		add_fate(&o, &r->fate, bits);
		if (r->fate.met & bits)
			o.example = r;
	}
	for (const struct lint_cap *c = rule->caps; c; c = c->next) {
		add_fate(&o, &c->fate, UINT64_MAX);
		o.caps |= c->fate.met;
	}
	return o;
}

static const char *first_capability(uint64_t caps)
{
	for (unsigned i = 0; capability_name(i); i++)
		if (caps >> i & 1)
			return capability_name(i);
	return NULL;
}

static struct slice example_of(struct lint *l, struct lint_view *v, const struct outcome *o,
			       struct lint_words *words)
{
	auto_buf text = BUF_INIT;

	if (!o->example && first_capability(o->caps)) {
		words->class_id = CLASS_CAPABILITY;
		return slice_of(first_capability(o->caps));
	}
	if (!o->example || !lint_view_example(v, o->example, &text))
		return SLICE("");
	words->class_id = o->example->row->class_id;
	words->who = o->example->row->who;
	return arena_slice(lint_arena(l), buf_slice(&text));
}

/* A rule that is met but settles nothing, by its kind: told, or refuted for this profile. */
static void weigh_dead(struct lint *l, const struct lint_check *check, struct lint_view *v,
		       const struct lint_rule *rule, bool wants_killed)
{
	struct outcome o = outcome_of(rule);
	struct lint_words words = { 0 };
	const struct rule *by = wants_killed ? o.killer : o.cover;

	if (!o.is_met || o.is_live || o.is_killed != wants_killed || !by) {
		lint_tell_if_always(l, check, v->profile, rule->rule->place, NULL);
		return;
	}
	words.witness = example_of(l, v, &o, &words);
	if (wants_killed) {
		words.text = arena_printf(
			lint_arena(l),
			"this rule allows nothing: whatever it matches is denied by %s",
			lint_rule_text(l, by));
		words.help =
			"take this rule out, or make the denial narrower; an exception to a denial"
			" needs a higher priority=";
	} else {
		words.text =
			arena_printf(lint_arena(l),
				     "this rule decides nothing: %s has a higher priority wherever"
				     " this one matches",
				     lint_rule_text(l, by));
		words.help = "take one of the two out, or give this one the higher priority=";
	}
	lint_tell_if_always(l, check, v->profile, rule->rule->place, &words);
}

static void look_for_shadowed(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++)
		if (!v->rules[i]->rule->qualifiers.deny)
			weigh_dead(l, check, v, v->rules[i], true);
}

static void look_for_unreachable(struct lint *l, const struct lint_check *check,
				 struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++)
		weigh_dead(l, check, v, v->rules[i], false);
}

/* --- rules that another one says too --- */

static bool is_before(const struct rule *a, const struct rule *b)
{
	if (a->place.line != b->place.line)
		return a->place.line < b->place.line;
	return a->place.col < b->place.col;
}

/* True if `by` says all that `r` says, of an object that both match. */
static bool says_all(const struct lint_row *by, const struct lint_row *r)
{
	const struct lower_row *a = by->row, *b = r->row;

	if (by->rule == r->rule || !by->rule || a->class_id != b->class_id || a->verb != b->verb ||
	    a->priority != b->priority || (a->who & b->who) != b->who || a->audit != b->audit ||
	    a->quiet != b->quiet || (a->perms & b->perms) != b->perms)
		return false;
	if (b->exec.kind == EXEC_NONE && !b->exec.flags)
		return a->exec.kind == EXEC_NONE || !(b->perms & PERM_EXEC);
	return conflict_is_same_exec(&a->exec, &b->exec) && by->is_exact == r->is_exact;
}

static bool is_within(const struct lint_group *inner, const struct lint_set *sets, uint32_t outer)
{
	for (size_t i = 0; i < inner->n_sets; i++)
		if (!lint_set_has(&sets[inner->sets[i]], outer))
			return false;
	return true;
}

/* Of two that say the same, the later one is told. */
static bool makes_needless(struct lint_view *v, const struct lint_row *by, const struct lint_row *r)
{
	const struct lint_group *group = &v->groups[r->group];

	if (by->rule->rule->place.source != r->rule->rule->place.source || !says_all(by, r) ||
	    !is_within(group, v->sets, by->group))
		return false;
	return !says_all(r, by) || !is_within(&v->groups[by->group], v->sets, r->group) ||
	       is_before(by->rule->rule, r->rule->rule);
}

/* A row of another rule in the same file without which nothing would change; NULL: none. */
static const struct lint_row *find_cover(struct lint_view *v, const struct lint_row *r)
{
	const struct lint_group *group = &v->groups[r->group];
	const struct lint_set *first = group->n_sets ? &v->sets[group->sets[0]] : NULL;

	for (size_t i = 0; first && i < first->n_groups; i++) {
		const struct lint_group *other = &v->groups[first->groups[i]];

		for (size_t k = 0; k < other->n_rows; k++)
			if (other->rows[k].rule && makes_needless(v, &other->rows[k], r))
				return &other->rows[k];
	}
	return NULL;
}

static const struct rule *find_cap_cover(struct lint_view *v, const struct lint_cap *c)
{
	const struct lower_row *mine = &c->row->how;

	for (size_t i = 0; i < v->rows.n_caps; i++) {
		const struct conflict_cap_row *by = &v->rows.caps[i];
		const struct lower_row *how = &by->how;

		if (!how->rule || how->rule == mine->rule || how->verb != mine->verb ||
		    how->priority != mine->priority || how->audit != mine->audit ||
		    how->quiet != mine->quiet || (by->caps & c->row->caps) != c->row->caps ||
		    how->rule->place.source != mine->rule->place.source)
			continue;
		if (by->caps != c->row->caps || is_before(how->rule, mine->rule))
			return how->rule;
	}
	return NULL;
}

/* The first rule that covers a part of this one, if every part is covered; NULL: some is not. */
static const struct rule *cover_of(struct lint_view *v, const struct lint_rule *rule)
{
	const struct rule *by = NULL;

	for (const struct lint_row *r = rule->rows; r; r = r->next) {
		const struct lint_row *cover = find_cover(v, r);

		if (!cover)
			return NULL;
		by = cover->rule->rule;
	}
	for (const struct lint_cap *c = rule->caps; c; c = c->next) {
		const struct rule *cover = find_cap_cover(v, c);

		if (!cover)
			return NULL;
		by = cover;
	}
	return by;
}

static void look_for_redundant(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++) {
		const struct rule *rule = v->rules[i]->rule, *by = cover_of(v, v->rules[i]);
		struct outcome o = outcome_of(v->rules[i]);
		struct lint_words words = { 0 };

		if (!by || !o.is_live) {
			lint_tell_if_always(l, check, v->profile, rule->place, NULL);
			continue;
		}
		words.text = arena_printf(lint_arena(l), "%s says all of this too",
					  lint_rule_text(l, by));
		words.help = "take this rule out: nothing changes";
		words.witness = example_of(l, v, &o, &words);
		lint_tell_if_always(l, check, v->profile, rule->place, &words);
	}
}

/* --- rules of nothing --- */

static uint32_t is_both(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	(void)labels;
	return n_labels == 2;
}

/* True if the texts of the two patterns have one in common. */
static bool is_overlapping(const struct pattern *a, const struct pattern *b)
{
	struct dfa_builder *builder = dfa_builder_new();
	struct dfa_meaning meaning = { NULL, is_both };
	struct err err = ERR_INIT;
	struct dfa dfa;
	bool found = true;

	dfa_builder_add(builder, 0, a, 0);
	dfa_builder_add(builder, 0, b, 1);
	if (dfa_build(builder, &meaning, &dfa, &err) >= 0) {
		found = dfa.start[0] && dfa.n_states > 1;
		dfa_release(&dfa);
	}
	dfa_builder_free(builder);
	return found;
}

/* Only such a text may be of no real path: one with a component "." or "..", or not from "/" on. */
static bool is_suspect(struct slice pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] == '.' &&
		    (i + 1 == pattern.len || memchr("/,}", pattern.ptr[i + 1], 3)))
			return true;
	return pattern.len && pattern.ptr[0] != '/';
}

static bool is_of_real_path(struct lint *l, const struct lint_row *r)
{
	struct pattern_problem problem = { 0 };

	if (r->row->class_id != CLASS_FILE || !r->row->pattern.ptr || !is_suspect(r->row->pattern))
		return true;
	return is_overlapping(automaton_pattern(lint_patterns(l), r->row->pattern, &problem),
			      lint_real_paths(l));
}

static bool has_file_row(const struct lint_rule *rule)
{
	for (const struct lint_row *r = rule->rows; r; r = r->next)
		if (r->row->class_id == CLASS_FILE)
			return true;
	return false;
}

static bool is_of_something(struct lint *l, const struct lint_rule *rule)
{
	bool is_of_files = has_file_row(rule);

	if (rule->caps)
		return true;
	for (const struct lint_row *r = rule->rows; r; r = r->next) {
		/* The pair of a link says nothing more of its name. */
		if (is_of_files && r->row->class_id == CLASS_LINK)
			continue;
		if (r->fate.met && is_of_real_path(l, r))
			return true;
	}
	return false;
}

static void look_for_nothing(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++) {
		const struct lint_rule *rule = v->rules[i];
		struct outcome o = outcome_of(rule);
		struct lint_words words = { 0 };

		if (is_of_something(l, rule)) {
			lint_tell_if_always(l, check, v->profile, rule->rule->place, NULL);
			continue;
		}
		words.witness = example_of(l, v, &o, &words);
		words.text = words.class_id ? "this rule matches nothing: no path looks like this"
					    : "this rule matches nothing: no text fits its pattern";
		words.help =
			words.class_id
				? "write the path as it is when \".\", \"..\" and links are"
				  " resolved, from \"/\" on"
				: "two of its parts contradict each other; take it out or mend it";
		lint_tell_if_always(l, check, v->profile, rule->rule->place, &words);
	}
}

const struct lint_check lint_rules_checks[] = {
	{ "shadowed-allow", LINT_WARNING,
	  "an allow rule whose every object is denied by other rules", look_for_shadowed, NULL },
	{ "unreachable-rule", LINT_WARNING,
	  "a rule that rules of a higher priority settle wherever it matches", look_for_unreachable,
	  NULL },
	{ "redundant-rule", LINT_NOTE,
	  "a rule that says nothing which another in its file does not", look_for_redundant, NULL },
	{ "matches-nothing", LINT_WARNING, "a rule whose pattern fits no object that can be",
	  look_for_nothing, NULL },
	{ 0 },
};
