/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is dangerous to allow: files that may be written and then executed, the files through which
 * a process changes its own confinement, capabilities that reach past any profile.
 */
#include "compile/lint_view.h"

#include <linux/capability.h>

/* The first row of a set that gives a permission, after `from`, NULL at the end. */
static const struct lint_row *next_giver(const struct lint_view *v, const struct lint_set *s,
					 uint32_t perms, unsigned who, size_t *from)
{
	for (size_t at = 0, i = 0; i < s->n_groups; i++) {
		const struct lint_group *g = &v->groups[s->groups[i]];

		for (size_t k = 0; k < g->n_rows; k++, at++) {
			const struct lower_row *row = g->rows[k].row;

			if (at < *from || row->verb != LOWER_ALLOW || !(row->perms & perms) ||
			    !(row->who & who) || !row->rule)
				continue;
			*from = at + 1;
			return &g->rows[k];
		}
	}
	return NULL;
}

/* --- written and executed --- */

static const char write_exec_help[] = "let different files be written and executed: take \"w\" or "
				      "\"x\" out of one of the rules, or"
				      " deny one of them where the other is needed";

static const char *exec_words(enum image_exec_kind kind)
{
	if (kind == EXEC_UNCONFINED)
		return "unconfined";
	if (kind == EXEC_PROFILE || kind == EXEC_CHILD)
		return "in another profile";
	return "in this one";
}

/* A rule of a set that gives both; else the first that gives exec. */
static const struct lint_row *find_runner(const struct lint_view *v, const struct lint_set *s,
					  unsigned who, bool *gives_both)
{
	const struct lint_row *first = NULL, *r;

	*gives_both = false;
	for (size_t at = 0; (r = next_giver(v, s, PERM_EXEC, who, &at));) {
		if (r->row->perms & PERM_WRITE) {
			*gives_both = true;
			return r;
		}
		if (!first)
			first = r;
	}
	return first;
}

/* Told where it is written from: such a rule is most often the one that reaches too far. */
static void tell_write_exec(struct lint *l, const struct lint_check *check, struct lint_view *v,
			    const struct lint_set *s, struct lint_words *words)
{
	const struct lower_exec *exec = s->result.exec[words->who == WHO_OTHER];
	const char *how = exec_words(exec ? exec->kind : EXEC_NONE);
	bool gives_both;
	const struct lint_row *runner = find_runner(v, s, words->who, &gives_both), *writer;

	if (!runner)
		return;
	words->text = arena_printf(lint_arena(l), "what may be written may be executed %s", how);
	if (gives_both) {
		lint_tell(l, check, v->profile, runner->row->rule->place, words);
		return;
	}
	for (size_t at = 0; (writer = next_giver(v, s, PERM_WRITE, words->who, &at));) {
		const struct rule *write = writer->row->rule, *run = runner->row->rule;
		const struct rule *shown = lint_own_rule(l, write, run);

		words->text = arena_printf(lint_arena(l),
					   "what may be written may be executed %s: %s by %s", how,
					   shown == write ? "executed" : "written",
					   lint_rule_text(l, shown == write ? run : write));
		lint_tell(l, check, v->profile, shown->place, words);
	}
}

static void look_for_write_exec(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	const uint32_t both = PERM_WRITE | PERM_EXEC;
	const struct reach *reach = lint_view_reach(v, CLASS_FILE);
	bool *is_told = arena_array(lint_arena(l), bool, v->n_sets);

	for (uint32_t i = 0; i < reach->n_states; i++) {
		const struct lint_set *s = lint_view_set(v, reach->states[i]);

		struct lint_words words = { CLASS_FILE, { 0 }, WHO_OTHER, NULL, write_exec_help };
		auto_buf path = BUF_INIT;

		/* States are many, sets are few: the nearest state stands for the set. */
		if (!s || is_told[s - v->sets])
			continue;
		while (words.who && (s->result.entry.allow[words.who == WHO_OTHER] & both) != both)
			words.who--;
		if (!words.who)
			continue;
		reach_add_string(reach, reach->states[i], &path);
		if (!lint_is_real_path(buf_slice(&path)))
			continue;
		is_told[s - v->sets] = true;
		words.witness = buf_slice(&path);
		tell_write_exec(l, check, v, s, &words);
	}
}

/* --- own confinement --- */

struct attr_search {
	struct lint_view *view;
	bool *is_told; /* by set */
	const struct lint_set *found;
	unsigned who;
};

static bool is_attr_write(void *of, uint32_t accept_view, uint32_t accept_attr)
{
	struct attr_search *a = of;
	const struct lint_set *s = &a->view->sets[accept_view];

	if (!accept_view || !accept_attr || a->is_told[accept_view])
		return false;
	for (a->who = WHO_OTHER; a->who >= WHO_OWNER; a->who--) {
		if (!(s->result.entry.allow[a->who == WHO_OTHER] & (PERM_WRITE | PERM_APPEND)))
			continue;
		a->found = s;
		return true;
	}
	return false;
}

static uint32_t is_any(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	(void)labels;
	return n_labels > 0;
}

static bool build_attr_paths(struct lint *l, struct dfa *out)
{
	static const char paths[] = "/proc/{self,thread-self,[1-9]*}/{,task/[1-9]*/}attr/"
				    "{,apparmor/,smack/}{current,exec,prev,fscreate,keycreate,"
				    "sockcreate}";
	struct dfa_builder *builder = dfa_builder_new();
	struct dfa_meaning meaning = { NULL, is_any };
	struct pattern_problem problem = { 0 };
	struct err err = ERR_INIT;
	int r;

	dfa_builder_add(builder, 0, automaton_pattern(lint_patterns(l), slice_of(paths), &problem),
			0);
	r = dfa_build(builder, &meaning, out, &err);
	dfa_builder_free(builder);
	return r >= 0;
}

/* A program that changes its profile must write there; a rule that names the file says so. */
static bool is_meant(const struct lint_view *v, struct slice pattern)
{
	bool changes = v->rows.classes >> CLASS_LABEL & 1 || v->profile->flags & PROFILE_HAT;

	for (const struct profile *c = v->profile->children; c && !changes; c = c->next)
		changes = c->flags & PROFILE_HAT;
	for (size_t i = 0; changes && i + 6 <= pattern.len; i++)
		if (!memcmp(pattern.ptr + i, "/attr/", 6))
			return true;
	return false;
}

static void tell_attr_write(struct lint *l, const struct lint_check *check,
			    const struct attr_search *a, struct slice path)
{
	struct lint_words words = {
		.class_id = CLASS_FILE,
		.witness = path,
		.who = a->who,
		.text = "this lets processes change their own confinement, or that of others",
		.help = "write the path without a glob that reaches \"attr\", or deny it; a "
			"program that"
			" changes its profile needs no more than \"owner "
			"@{PROC}/@{pid}/attr/current w\","
			" and a change_profile rule",
	};
	const struct lint_row *giver;

	for (size_t at = 0;
	     (giver = next_giver(a->view, a->found, PERM_WRITE | PERM_APPEND, a->who, &at));)
		if (!is_meant(a->view, giver->row->pattern))
			lint_tell(l, check, a->view->profile, giver->row->rule->place, &words);
}

static void look_for_attr_write(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	struct attr_search a = { .view = v };
	struct product_side sides[2];
	struct dfa attr;

	if (!build_attr_paths(l, &attr))
		return;
	a.is_told = arena_array(lint_arena(l), bool, v->n_sets);
	sides[0] = product_side_of(&v->dfa, CLASS_FILE);
	sides[1] = product_side_of(&attr, 0);
	for (;;) {
		auto_buf path = BUF_INIT;

		if (product_find(&sides[0], &sides[1], is_attr_write, &a, &path) <= 0)
			break;
		tell_attr_write(l, check, &a, buf_slice(&path));
		a.is_told[a.found - v->sets] = true;
	}
	dfa_release(&attr);
}

/* --- capabilities --- */

static const struct strong_capability {
	unsigned number;
	const char *name;
	const char *why;
} strong[] = {
	{ CAP_SYS_MODULE, "sys_module", "loads code into the kernel, which ends all confinement" },
	{ CAP_SYS_RAWIO, "sys_rawio", "reaches the machine's memory and ports past the kernel" },
	{ CAP_SYS_PTRACE, "sys_ptrace",
	  "reads and changes other users' processes, as far as ptrace rules and file rules for "
	  "/proc"
	  " let it" },
	{ CAP_SYS_ADMIN, "sys_admin",
	  "is most of what root may do: mounting, namespaces, quotas, …" },
	{ CAP_MAC_OVERRIDE, "mac_override", "passes over mandatory access control" },
	{ CAP_MAC_ADMIN, "mac_admin", "loads and replaces profiles, its own too" },
};

/* The strong ones among a rule's that stay allowed, in words; the first is the witness. */
static const char *strong_words(struct lint *l, uint64_t caps, struct slice *first)
{
	const char *why = NULL;
	auto_buf names = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++) {
		if (!(caps >> strong[i].number & 1))
			continue;
		if (!n++) {
			*first = slice_of(strong[i].name);
			why = strong[i].why;
		}
		buf_printf(&names, "%s%s", n > 1 ? ", " : "", strong[i].name);
	}
	if (n > 1)
		return arena_printf(lint_arena(l), "this gives %s, which reach past any profile",
				    buf_text(&names));
	return n ? arena_printf(lint_arena(l), "%s %s", buf_text(&names), why) : NULL;
}

static void look_for_capabilities(struct lint *l, const struct lint_check *check,
				  struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++) {
		struct lint_words words = { .class_id = CLASS_CAPABILITY };
		uint64_t caps = 0;

		for (const struct lint_cap *c = v->rules[i]->caps; c; c = c->next)
			if (c->row->how.verb == LOWER_ALLOW)
				caps |= c->fate.live & v->caps.allow;
		words.text = strong_words(l, caps, &words.witness);
		if (!words.text)
			continue;
		words.help = "name only the capabilities that the program is seen to need; what an"
			     " included file gives can be denied: \"deny capability NAME,\"";
		lint_tell(l, check, v->profile, v->rules[i]->rule->place, &words);
	}
}

const struct lint_check lint_danger_checks[] = {
	{ "write-and-exec", LINT_WARNING, "a file that may be both written and executed",
	  look_for_write_exec, NULL },
	{ "attr-write", LINT_WARNING,
	  "writing to /proc/*/attr/*, where processes change their confinement",
	  look_for_attr_write, NULL },
	{ "strong-capability", LINT_WARNING,
	  "a capability that reaches past any profile: sys_admin, sys_module, sys_ptrace, "
	  "sys_rawio,"
	  " mac_admin, mac_override",
	  look_for_capabilities, NULL },
	{ 0 },
};
