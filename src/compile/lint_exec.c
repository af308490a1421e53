/* SPDX-License-Identifier: BSD-2-Clause */
/* Exec that hands over more than it should, or goes to a profile that is not there. */
#include "compile/lint_view.h"

#include "compile/attach.h"
#include "lang/class_file.h"
#include "lang/rule_class.h"

/* --- the environment --- */

static bool is_chosen(const struct lint_set *s, const struct lint_row *r, unsigned who)
{
	const struct lower_exec *exec = s->result.exec[who == WHO_OTHER];

	return r->row->who & who && exec && conflict_is_same_exec(exec, &r->row->exec) &&
	       s->result.entry.allow[who == WHO_OTHER] & PERM_EXEC;
}

/* A program that goes on as the row says; false: other rules always decide. */
static bool find_program(struct lint_view *v, const struct lint_row *r, struct lint_words *words,
			 struct buf *path)
{
	const struct reach *reach = lint_view_reach(v, CLASS_FILE);

	for (uint32_t i = 0; i < reach->n_states; i++) {
		const struct lint_set *s = lint_view_set(v, reach->states[i]);

		if (!s || !lint_set_has(s, r->group))
			continue;
		for (words->who = WHO_OTHER; words->who >= WHO_OWNER; words->who--) {
			if (!is_chosen(s, r, words->who))
				continue;
			reach_add_string(reach, reach->states[i], path);
			return true;
		}
	}
	return false;
}

/* "Pix": the letters of an exec, its first ones in upper case if it scrubs. */
static const char *exec_letters(struct lint *l, const struct file_rule *d, bool is_scrubbed)
{
	static const char lower[] = { [EXEC_INHERIT] = 'i',
				      [EXEC_UNCONFINED] = 'u',
				      [EXEC_PROFILE] = 'p',
				      [EXEC_CHILD] = 'c' };
	const char *other = "";
	char first = lower[d->exec];

	if (d->exec_flags & EXEC_OR_INHERIT)
		other = "i";
	if (d->exec_flags & EXEC_OR_UNCONFINED)
		other = is_scrubbed ? "U" : "u";
	return arena_printf(lint_arena(l), "%c%sx", is_scrubbed ? first - 32 : first, other);
}

static void look_at_scrubbing(struct lint *l, const struct lint_check *check, struct lint_view *v,
			      const struct lint_row *r)
{
	struct lint_words words = { .class_id = CLASS_FILE };
	const struct lower_exec *exec = &r->row->exec;
	const struct rule *rule = r->row->rule;
	auto_buf path = BUF_INIT;

	if (r->row->class_id != CLASS_FILE || exec->kind == EXEC_NONE ||
	    exec->kind == EXEC_INHERIT || exec->flags & EXEC_SCRUB ||
	    rule->rule_class != &class_file || !find_program(v, r, &words, &path))
		return;
	words.witness = buf_slice(&path);
	words.text = arena_printf(
		lint_arena(l),
		"\"%s\" hands the environment over as it is: by LD_PRELOAD and its like"
		" the caller decides what runs with the rights of the program",
		exec_letters(l, rule->detail, false));
	words.help = arena_printf(lint_arena(l), "write \"%s\", which scrubs the environment",
				  exec_letters(l, rule->detail, true));
	lint_tell(l, check, v->profile, rule->place, &words);
}

static void look_for_unscrubbed(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++)
		for (const struct lint_row *r = v->rules[i]->rows; r; r = r->next)
			look_at_scrubbing(l, check, v, r);
}

/* --- targets --- */

struct target_search {
	struct lint *lint;
	const struct lint_check *check;
	struct dfa top; /* what top-level profiles attach to */
	const struct profile *profile;
	struct dfa children; /* what the children of profile attach to */
};

static uint32_t is_any(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	(void)labels;
	return n_labels > 0;
}

/* What some profile of a row of siblings attaches to. */
static void build_attachments(struct lint *l, const struct profile *list, struct dfa *out)
{
	struct dfa_builder *builder = dfa_builder_new();
	struct dfa_meaning meaning = { NULL, is_any };
	struct err err = ERR_INIT;
	size_t n = 0;

	for (const struct profile *p = list; p; p = p->next) {
		/* Kernels that look at extended attributes may attach those with conditions. */
		bool is_possible = attach_is_possible(p);

		for (size_t i = 0; i < p->n_attachments && is_possible; i++) {
			struct pattern_problem problem = { 0 };
			const struct pattern *tree =
				automaton_pattern(lint_patterns(l), p->attachments[i], &problem);

			if (!tree)
				continue;
			dfa_builder_add(builder, 0, tree, 0);
			n++;
		}
	}
	*out = (struct dfa){ 0 };
	if (n)
		dfa_build(builder, &meaning, out, &err);
	dfa_builder_free(builder);
}

static bool is_attached(void *of, uint32_t accept_row, uint32_t accept_attach)
{
	(void)of;
	return accept_row && accept_attach;
}

static bool is_in_row(void *of, uint32_t accept_row, uint32_t accept_attach)
{
	(void)of;
	(void)accept_attach;
	return accept_row;
}

/*
 * True if a row names programs and to none of them a profile attaches; *path is then one of them.
 * attach may be empty, or NULL: nothing is asked.
 */
static bool is_without_profile(struct target_search *t, const struct lower_row *row,
			       const struct dfa *attach, struct buf *path)
{
	struct dfa_builder *builder = dfa_builder_new();
	struct dfa_meaning meaning = { NULL, is_any };
	struct pattern_problem problem = { 0 };
	struct err err = ERR_INIT;
	struct product_side sides[2];
	struct dfa dfa;
	bool found = false;

	dfa_builder_add(builder, 0,
			automaton_pattern(lint_patterns(t->lint), row->pattern, &problem), 0);
	if (dfa_build(builder, &meaning, &dfa, &err) >= 0) {
		sides[0] = sides[1] = product_side_of(&dfa, 0);
		if (attach && attach->n_states)
			sides[1] = product_side_of(attach, 0);
		found = (!attach || !attach->n_states ||
			 !product_find(&sides[0], &sides[1], is_attached, NULL, NULL)) &&
			product_find(&sides[0], &sides[0], is_in_row, NULL, path) > 0;
		dfa_release(&dfa);
	}
	dfa_builder_free(builder);
	return found;
}

/* A plain name: neither of another namespace nor of several profiles stacked. */
static bool is_plain(struct slice name)
{
	if (slice_starts(name, ":") || slice_starts(name, "&") || slice_is(name, "unconfined"))
		return false;
	for (size_t i = 0; i + 3 <= name.len; i++)
		if (!memcmp(name.ptr + i, "//&", 3))
			return false;
	return true;
}

static void tell_missing(struct target_search *t, const struct lower_row *row, const char *text,
			 const char *help, enum class_id class_id, struct slice witness)
{
	struct lint_words words = { class_id, witness, row->who, text, help };

	lint_tell(t->lint, t->check, t->profile, row->rule->place, &words);
}

static void look_at_named(struct target_search *t, const struct lower_row *row)
{
	struct arena *arena = lint_arena(t->lint);
	struct slice name = row->exec.name;
	bool is_child = row->exec.kind == EXEC_CHILD;
	auto_buf path = BUF_INIT;

	if (!is_plain(name) || policy_find(lint_policy_of(t->lint), name) ||
	    !is_without_profile(t, row, NULL, &path))
		return;
	tell_missing(t, row,
		     arena_printf(arena, "none of these profiles is called %.*s: this exec %s",
				  SLICE_FMT(name),
				  row->exec.flags & (EXEC_OR_INHERIT | EXEC_OR_UNCONFINED)
					  ? "never changes the profile"
					  : "is denied"),
		     is_child ? arena_printf(arena,
					     "write that profile within profile %.*s, or \"p\" for"
					     " \"c\"",
					     SLICE_FMT(t->profile->full_name))
			      : "write that profile, or name one that there is",
		     CLASS_FILE, buf_slice(&path));
}

static void look_at_attached(struct target_search *t, const struct lower_row *row)
{
	bool is_child = row->exec.kind == EXEC_CHILD;
	auto_buf path = BUF_INIT;

	if (!is_without_profile(t, row, is_child ? &t->children : &t->top, &path))
		return;
	tell_missing(
		t, row,
		is_child ? "no child of this profile attaches to what this rule executes"
			 : "none of these profiles attaches to what this rule executes: it is "
			   "denied",
		is_child ? "write a child profile for the program, or \"ix\" to stay in this one"
			 : "write a profile for the program; or \"Pix\", \"PUx\", to say what is "
			   "done"
			   " without",
		CLASS_FILE, buf_slice(&path));
}

static bool has_label(const struct profile *list, struct slice pattern)
{
	enum { STEPS_MAX = 1000000 };

	for (const struct profile *p = list; p; p = p->next) {
		auto_buf label = BUF_INIT;

		buf_add_slice(&label, p->full_name);
		buf_add_char(&label, '\0');
		if (pattern_matches(pattern, buf_slice(&label), STEPS_MAX) ||
		    has_label(p->children, pattern))
			return true;
	}
	return false;
}

/* change_profile -> NAME; the row that has nothing behind the label is asked. */
static void look_at_change(struct target_search *t, const struct lower_row *row)
{
	auto_buf label = BUF_INIT;

	if (row->verb != LOWER_ALLOW || !conflict_is_exact(row->pattern) ||
	    !slice_ends(row->pattern, "\\x00") || !is_without_profile(t, row, NULL, &label) ||
	    !label.len || !is_plain(slice_cut(buf_slice(&label), 0, label.len - 1)) ||
	    has_label(lint_policy_of(t->lint)->profiles, row->pattern))
		return;
	tell_missing(t, row,
		     arena_printf(lint_arena(t->lint),
				  "none of these profiles is called %s: this change is refused",
				  label.data),
		     "write that profile, or name one that there is", CLASS_LABEL,
		     buf_slice(&label));
}

static void look_at_row(struct target_search *t, const struct lower_row *row)
{
	const struct lower_exec *exec = &row->exec;
	bool has_other = exec->flags & (EXEC_OR_INHERIT | EXEC_OR_UNCONFINED);

	if (!row->rule)
		return;
	if (row->class_id == CLASS_LABEL)
		look_at_change(t, row);
	if (row->class_id != CLASS_FILE ||
	    (exec->kind != EXEC_PROFILE && exec->kind != EXEC_CHILD) ||
	    (has_other && exec->kind == EXEC_PROFILE))
		return;
	if (exec->name.len)
		look_at_named(t, row);
	else
		look_at_attached(t, row);
}

static void look_at_targets_of(struct target_search *t, const struct profile *list)
{
	for (const struct profile *p = list; p; p = p->next) {
		struct diag problems = DIAG_INIT; /* told when the policy was compiled */
		struct rows rows;

		t->profile = p;
		build_attachments(t->lint, p->children, &t->children);
		rows_init(&rows, p, &problems);
		for (size_t g = 0; g < rows.n_groups && p->mode != MODE_UNCONFINED; g++)
			for (size_t k = 0; k < rows.groups[g]->n_rows; k++)
				look_at_row(t, rows.groups[g]->rows[k]->row);
		rows_release(&rows);
		dfa_release(&t->children);
		diag_release(&problems);
		look_at_targets_of(t, p->children);
	}
}

static void look_for_missing(struct lint *l, const struct lint_check *check)
{
	struct target_search t = { .lint = l, .check = check };
	const struct profile *top = lint_policy_of(l)->profiles;

	build_attachments(l, top, &t.top);
	look_at_targets_of(&t, top);
	dfa_release(&t.top);
}

const struct lint_check lint_exec_checks[] = {
	{ "unscrubbed-exec", LINT_WARNING,
	  "px, cx or ux in lower case: the new program trusts the caller's environment",
	  look_for_unscrubbed, NULL },
	{ "missing-target", LINT_WARNING,
	  "exec or change_profile into a profile that is not among those given", NULL,
	  look_for_missing },
	{ 0 },
};
