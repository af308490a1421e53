/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats files, gives profiles: the one place where trees of text become policy. It walks a file's
 * tree with a scope of variables, follows includes, decides conditionals and expands rules.
 *
 * A file that is included again in the same profile (or preamble) is taken in once; one that
 * includes itself is not entered again.
 */
#include "lang/policy.h"

#include "base/io.h"
#include "lang/branch.h"
#include "lang/class_domain.h"
#include "lang/expand.h"
#include "lang/feature.h"
#include "lang/glob.h"
#include "lang/include.h"
#include "lang/rewrite.h"
#include "lang/rule_class.h"

/* What policies share. */
struct policy_trees {
	struct arena arena;
	struct include_cache includes;
	struct pool pool;
	unsigned n_scopes;
};

/* What a policy keeps from file to file. */
struct reader {
	struct policy_trees *trees;
	struct map names; /* full names of all profiles → struct profile * */
	struct profile **last; /* where the next top-level profile goes */
};

/* A child that waits until its parent's own rules are done. */
struct pending {
	const struct node_profile *node;
	struct pending *next;
};

/* One file being made into profiles. */
struct build {
	struct policy *policy;
	struct reader *reader;
	struct arena temporary;		/* variables and what else ends with the file */
	struct scope scope;
	struct map names; /* of this file's profiles */
	struct profile *first;
	struct profile **last;
	size_t n_profiles;
	struct slice abi_name;
	unsigned include_depth;
	unsigned nesting; /* profiles within profiles, through includes too */
	bool has_failed;
};

/* One profile's body being filled. */
struct body {
	struct profile *profile;
	struct rule **last_rule;
	struct profile **last_child;
	struct pending *pending;
	struct pending **last_pending;
	unsigned number; /* of its scope of includes */
};

static void build_top(struct build *b, const struct node *node, unsigned number);
static void build_body(struct build *b, struct body *body, struct node *node,
		       const struct qualifiers *outer);
static void build_profile(struct build *b, struct body *parent, const struct node_profile *node);

static const char *const default_dirs[] = { "/etc/apparmor.d", NULL };

struct policy_trees *policy_trees_new(const char *const *dirs)
{
	struct policy_trees *t = calloc(1, sizeof(*t));

	if (!t)
		base_no_memory();
	include_init(&t->includes, &t->arena, dirs && dirs[0] ? dirs : default_dirs);
	pool_init(&t->pool, &t->arena);
	return t;
}

void policy_trees_free(struct policy_trees *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	free(t);
}

void policy_init(struct policy *p, const struct policy_options *options, struct diag *diag)
{
	struct reader *reader;

	*p = (struct policy){ .diag = diag };
	if (options)
		p->options = *options;
	reader = arena_new(&p->arena, struct reader);
	reader->trees = p->options.trees;
	if (!reader->trees)
		reader->trees = policy_trees_new(p->options.include_dirs);
	map_init(&reader->names, &p->arena);
	p->state = reader;
}

void policy_release(struct policy *p)
{
	struct reader *reader = p->state;

	if (reader && !p->options.trees)
		policy_trees_free(reader->trees);
	arena_release(&p->arena);
	*p = (struct policy){ 0 };
}

static void fail(struct build *b)
{
	b->has_failed = true;
}

/* Calls `enter` for each file that an include stands for, unless it is open or was taken already. */
struct include_visit {
	struct build *b;
	enum file_context context;
	unsigned number; /* 0: files are taken in again and again */
	void (*enter)(struct include_visit *visit, struct file *file);
	struct body *body;
	const struct qualifiers *outer;
};

static void visit_file(struct include_visit *visit, const struct node_include *node,
		       struct file *file)
{
	struct build *b = visit->b;

	if (!file->is_good)
		fail(b);
	if (file->is_open) {
		diag_warn(b->policy->diag, node->node.place,
			  "this file includes itself; that is skipped");
		return;
	}
	if (visit->number && file->seen == visit->number)
		return;
	if (visit->number)
		file->seen = visit->number;
	file->is_open = true;
	b->include_depth++;
	visit->enter(visit, file);
	b->include_depth--;
	file->is_open = false;
}

static void follow_include(struct include_visit *visit, const struct node_include *node)
{
	struct build *b = visit->b;
	const struct include_result *result;

	if (b->include_depth == POLICY_INCLUDE_DEPTH) {
		diag_error(b->policy->diag, node->node.place,
			   "includes are more than %d files deep", POLICY_INCLUDE_DEPTH);
		fail(b);
		return;
	}
	result = include_find(&b->reader->trees->includes, visit->context, node);
	if (result->is_missing && !node->if_exists) {
		include_report_missing(&b->reader->trees->includes, node->node.place, node->path,
				       node->is_magic);
		fail(b);
	}
	if (result->has_failed)
		fail(b);
	for (size_t i = 0; i < result->n; i++)
		visit_file(visit, node, result->files[i]);
}

static void enter_top(struct include_visit *visit, struct file *file)
{
	build_top(visit->b, file->nodes, visit->number);
}

static void enter_body(struct include_visit *visit, struct file *file)
{
	build_body(visit->b, visit->body, file->nodes, visit->outer);
}

static void check_conditions(struct build *b, const struct node *node);

/* The conditions within what is not taken must be decidable all the same. */
static void check_condition(struct build *b, const struct node_if *node)
{
	bool holds;

	if (!branch_decide(node->condition, &b->scope, &holds))
		fail(b);
	check_conditions(b, node->then);
	check_conditions(b, node->otherwise);
}

static void check_conditions(struct build *b, const struct node *node)
{
	for (; node; node = node->next) {
		if (node->kind == NODE_IF)
			check_condition(b, (const struct node_if *)node);
		else if (node->kind == NODE_BLOCK)
			check_conditions(b, ((const struct node_block *)node)->body);
		else if (node->kind == NODE_PROFILE)
			check_conditions(b, ((const struct node_profile *)node)->body);
	}
}

/* A decided conditional's branch; NULL if it failed or is empty. */
static struct node *choose_branch(struct build *b, const struct node_if *node)
{
	bool holds;

	if (!branch_decide(node->condition, &b->scope, &holds)) {
		fail(b);
		return NULL;
	}
	check_conditions(b, holds ? node->otherwise : node->then);
	return holds ? node->then : node->otherwise;
}

/* Variables and the like come before the first profile of a file. */
static bool check_preamble(struct build *b, const struct node *node)
{
	if (!b->first && !b->n_profiles)
		return true;
	diag_error(b->policy->diag, node->place, "this stands before all profiles, not behind one");
	fail(b);
	return false;
}

static void build_preamble(struct build *b, const struct node *node)
{
	bool is_good = true;

	if (!check_preamble(b, node))
		return;
	if (node->kind == NODE_VARIABLE)
		is_good = scope_assign(&b->scope, (const struct node_variable *)node);
	else if (node->kind == NODE_BOOLEAN)
		is_good = scope_assign_boolean(&b->scope, (const struct node_boolean *)node);
	else if (node->kind == NODE_ALIAS)
		scope_add_alias(&b->scope, (const struct node_alias *)node);
	else
		is_good = feature_read(&b->reader->trees->includes, (const struct node_abi *)node,
				       &b->abi_name);
	if (!is_good)
		fail(b);
}

static void build_top(struct build *b, const struct node *node, unsigned number)
{
	struct include_visit visit = {
		.b = b, .context = CONTEXT_TOP, .number = number, .enter = enter_top
	};

	for (; node; node = node->next) {
		switch (node->kind) {
		case NODE_INCLUDE:
			follow_include(&visit, (const struct node_include *)node);
			break;
		case NODE_IF:
			build_top(b, choose_branch(b, (const struct node_if *)node), number);
			break;
		case NODE_PROFILE:
			build_profile(b, NULL, (const struct node_profile *)node);
			break;
		case NODE_ABI:
		case NODE_VARIABLE:
		case NODE_BOOLEAN:
		case NODE_ALIAS:
			build_preamble(b, node);
			break;
		case NODE_RULE:
		case NODE_BLOCK:
			break; /* the parser lets none through here */
		}
	}
}

/* A rule's qualifiers within a block that has some too. False: they contradict each other. */
static bool merge_qualifiers(struct build *b, const struct qualifiers *outer, struct place at,
			     struct qualifiers *q)
{
	if (!outer)
		return true;
	if ((outer->deny && (q->allow || q->prompt)) || (outer->allow && (q->deny || q->prompt)) ||
	    (outer->prompt && (q->allow || q->deny)))
		return diag_error(b->policy->diag, at,
				  "this contradicts the qualifiers of the block around it");
	if (outer->who && q->who && !(outer->who & q->who))
		return diag_error(b->policy->diag, at,
				  "\"owner\" and \"other\" leave nobody that this concerns");
	if (!q->has_priority && outer->has_priority) {
		q->has_priority = true;
		q->priority = outer->priority;
	}
	q->audit |= outer->audit;
	q->deny |= outer->deny;
	q->allow |= outer->allow;
	q->prompt |= outer->prompt;
	q->quiet |= outer->quiet;
	q->who &= outer->who;
	return true;
}

static void add_rule(struct body *body, struct arena *arena, const struct rule *from,
		     const struct qualifiers *q)
{
	struct rule *rule = arena_new(arena, struct rule);

	*rule = *from;
	rule->qualifiers = *q;
	if (!(rule->rule_class->may & RULE_MAY_OWNER))
		rule->qualifiers.who = WHO_ALL;
	rule->next = NULL;
	*body->last_rule = rule;
	body->last_rule = &rule->next;
}

static void build_rule(struct build *b, struct body *body, struct node_rule *node,
		       const struct qualifiers *outer)
{
	struct qualifiers q = node->rule.qualifiers;
	const struct expanded *expanded;

	if (!merge_qualifiers(b, outer, node->node.place, &q) ||
	    !expand_rule(&b->scope, node, &expanded)) {
		fail(b);
		return;
	}
	for (; expanded; expanded = expanded->next)
		add_rule(body, &b->policy->arena, &expanded->rule, &q);
}

static void build_block(struct build *b, struct body *body, const struct node_block *node,
			const struct qualifiers *outer)
{
	struct qualifiers q = node->qualifiers;

	if (merge_qualifiers(b, outer, node->node.place, &q))
		build_body(b, body, node->body, &q);
	else
		fail(b);
}

static void keep_child(struct build *b, struct body *body, const struct node_profile *node)
{
	struct pending *pending = arena_new(&b->temporary, struct pending);

	pending->node = node;
	*body->last_pending = pending;
	body->last_pending = &pending->next;
}

static void build_body(struct build *b, struct body *body, struct node *node,
		       const struct qualifiers *outer)
{
	/* Within a block the same file may be needed again, with other qualifiers. */
	struct include_visit visit = { .b = b,
				       .context = CONTEXT_BODY,
				       .number = outer ? 0 : body->number,
				       .enter = enter_body,
				       .body = body,
				       .outer = outer };

	for (; node; node = node->next) {
		switch (node->kind) {
		case NODE_RULE:
			build_rule(b, body, (struct node_rule *)node, outer);
			break;
		case NODE_BLOCK:
			build_block(b, body, (const struct node_block *)node, outer);
			break;
		case NODE_IF:
			build_body(b, body, choose_branch(b, (const struct node_if *)node), outer);
			break;
		case NODE_INCLUDE:
			follow_include(&visit, (const struct node_include *)node);
			break;
		case NODE_PROFILE:
			keep_child(b, body, (const struct node_profile *)node);
			break;
		case NODE_ABI:
			if (!feature_read(&b->reader->trees->includes, (const struct node_abi *)node,
					  &body->profile->abi_name))
				fail(b);
			break;
		case NODE_VARIABLE:
		case NODE_BOOLEAN:
		case NODE_ALIAS:
			break; /* the parser lets none through here */
		}
	}
}

/* Splits ":ns:name" and ":ns://name". */
static bool split_namespace(struct build *b, struct profile *p, struct place at)
{
	struct slice text = p->name, rest;
	const char *colon;

	if (!slice_starts(text, ":"))
		return true;
	colon = memchr(text.ptr + 1, ':', text.len - 1);
	if (!colon || colon == text.ptr + 1) {
		diag_error(b->policy->diag, at, "this namespace is not closed by \":\"");
		diag_help(b->policy->diag, ":NAMESPACE:NAME");
		return false;
	}
	p->namespace_name = slice_make(text.ptr + 1, (size_t)(colon - text.ptr) - 1);
	rest = slice_make(colon + 1, (size_t)(text.ptr + text.len - colon) - 1);
	if (slice_starts(rest, "//"))
		rest = slice_cut(rest, 2, rest.len);
	if (!rest.len)
		return diag_error(b->policy->diag, at, "there is no name behind this namespace");
	p->name = rest;
	return true;
}

static bool check_len(struct build *b, struct slice text, struct place at)
{
	if (text.len <= POLICY_NAME_MAX)
		return true;
	return diag_error(b->policy->diag, at, "this name has more than %d bytes", POLICY_NAME_MAX);
}

/* Sets name, full name and namespace. */
static bool name_profile(struct build *b, struct profile *p, const struct head *head)
{
	struct place at = head->name.place;
	struct word name;

	if (!scope_word(&b->scope, &head->name, &name))
		return false;
	p->name = name.text;
	if (!p->name.len)
		return diag_error(b->policy->diag, at, "this name is empty");
	if (!split_namespace(b, p, at))
		return false;
	p->full_name = p->name;
	if (p->parent) {
		p->full_name =
			slice_of(arena_printf(&b->policy->arena, "%.*s//%.*s",
					      SLICE_FMT(p->parent->full_name), SLICE_FMT(p->name)));
		if (!p->namespace_name.len)
			p->namespace_name = p->parent->namespace_name;
	}
	return check_len(b, p->full_name, at);
}

static struct slice name_key(struct arena *arena, const struct profile *p)
{
	if (!p->namespace_name.len)
		return p->full_name;
	return slice_of(arena_printf(arena, ":%.*s:%.*s", SLICE_FMT(p->namespace_name),
				     SLICE_FMT(p->full_name)));
}

static bool check_duplicate(struct build *b, struct profile *p)
{
	struct slice key = name_key(&b->policy->arena, p);
	const struct profile *met = map_find(&b->names, key);

	if (!met)
		met = map_find(&b->reader->names, key);
	if (!met || b->policy->options.allow_duplicates) {
		map_set(&b->names, key, p);
		return true;
	}
	diag_error(b->policy->diag, p->place, "there is a profile \"%.*s\" already",
		   SLICE_FMT(key));
	if (met->place.source)
		diag_help(b->policy->diag, "the other one is at %s:%u", met->place.source->name,
			  met->place.line);
	return false;
}

static bool begins_path(struct slice text)
{
	return slice_starts(text, "/") || slice_starts(text, "{/");
}

/* The patterns of programs that the profile attaches to, aliases included. */
static bool attach_profile(struct build *b, struct profile *p, const struct head *head)
{
	struct word_list paths = { 0 };
	struct word w = head->attachment;

	if ((p->flags & PROFILE_HAT) && !w.text.ptr)
		return true;
	p->attachment_text = w.text.ptr ? w.text : head->name.text;
	if (!w.text.ptr) {
		w = head->name;
		w.text = p->name;
		if (!begins_path(p->name)) {
			p->attachment_text = (struct slice){ 0 };
			return true;
		}
	}
	if (!scope_word(&b->scope, &w, &w))
		return false;
	w.text = glob_collapse_slashes(&b->policy->arena, w.text);
	if (!begins_path(w.text) && !slice_starts(w.text, "{")) {
		diag_error(b->policy->diag, w.place, "the attachment \"%.*s\" is no path",
			   SLICE_FMT(w.text));
		diag_help(b->policy->diag, "it begins with \"/\"");
		return false;
	}
	word_list_add(&b->policy->arena, &paths, &w);
	if (!check_len(b, w.text, w.place) || !rewrite_paths(&b->scope, &paths))
		return false;
	p->n_attachments = paths.n;
	p->attachments = arena_array(&b->policy->arena, struct slice, paths.n);
	for (size_t i = 0; i < paths.n; i++)
		p->attachments[i] = paths.words[i].text;
	return true;
}

static bool expand_flag_path(struct build *b, const struct word *from, struct slice *out)
{
	struct word w;

	if (!from->text.ptr)
		return true;
	if (!scope_word(&b->scope, from, &w))
		return false;
	if (!slice_starts(w.text, "/")) {
		diag_error(b->policy->diag, from->place,
			   "the path \"%.*s\" does not begin with \"/\"", SLICE_FMT(w.text));
		return false;
	}
	*out = w.text;
	return true;
}

static bool set_xattrs(struct build *b, struct profile *p, const struct head *head)
{
	for (const struct xattr_node *x = head->xattrs; x; x = x->next)
		p->n_xattrs++;
	p->xattrs = arena_array(&b->policy->arena, struct profile_xattr, p->n_xattrs);
	p->n_xattrs = 0;
	for (const struct xattr_node *x = head->xattrs; x; x = x->next) {
		struct word value = x->value;

		if (value.text.ptr && !scope_word(&b->scope, &x->value, &value))
			return false;
		p->xattrs[p->n_xattrs].name = x->name;
		p->xattrs[p->n_xattrs++].value = value.text;
	}
	return true;
}

static bool set_identities(struct build *b, struct profile *p, const struct head *head)
{
	p->identities = arena_array(&b->policy->arena, struct slice, head->identities.n);
	for (size_t i = 0; i < head->identities.n; i++) {
		struct word w;

		if (!scope_word(&b->scope, &head->identities.words[i], &w))
			return false;
		p->identities[p->n_identities++] = w.text;
	}
	return true;
}

static bool fill_head(struct build *b, struct profile *p, const struct head *head)
{
	bool is_good;

	p->flags = head->flags;
	if (p->parent)
		p->flags |= head->is_hat ? PROFILE_HAT | PROFILE_LOCAL : PROFILE_LOCAL;
	else if (head->is_hat)
		p->flags |= PROFILE_HAT;
	p->more_flags = head->more_flags;
	p->mode = head->mode;
	p->has_mode = head->has_mode;
	p->kill_signal = head->kill_signal;
	p->error = head->error;
	p->abi_name = p->parent ? p->parent->abi_name : b->abi_name;
	/* All of them, so that all problems of a head are told at once. */
	is_good = name_profile(b, p, head);
	is_good = attach_profile(b, p, head) && is_good;
	is_good = expand_flag_path(b, &head->disconnected, &p->disconnected) && is_good;
	is_good = expand_flag_path(b, &head->disconnected_ipc, &p->disconnected_ipc) && is_good;
	is_good = set_xattrs(b, p, head) && is_good;
	return set_identities(b, p, head) && is_good;
}

/* A name as a pattern that matches it alone. */
static struct slice literal_name(struct arena *arena, struct slice name)
{
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < name.len; i++) {
		if (memchr("*?[]{}", name.ptr[i], 6))
			buf_add_char(&out, '\\');
		buf_add_char(&out, name.ptr[i]);
	}
	return out.len == name.len ? name : arena_slice(arena, buf_slice(&out));
}

/* The names that the language gives to a profile while its rules are expanded. */
static void enter_scope(struct build *b, const struct profile *p)
{
	b->scope.profile_name = scope_builtin(&b->scope, literal_name(b->scope.arena, p->full_name));
	b->scope.attach_path = NULL;
	if (!p->n_attachments)
		return;
	/* Without what aliases add: they are applied to where the value is put in. */
	b->scope.attach_path = scope_builtin(&b->scope, p->attachments[0]);
}

static void build_children(struct build *b, struct body *body)
{
	const struct variable *name = b->scope.profile_name, *path = b->scope.attach_path;

	if (b->nesting == POLICY_NESTING_MAX && body->pending) {
		diag_error(b->policy->diag, body->pending->node->node.place,
			   "nested more than %d levels deep", POLICY_NESTING_MAX);
		fail(b);
		return;
	}
	b->nesting++;
	for (struct pending *one = body->pending; one; one = one->next) {
		/* A child's head does not know its parent's name. */
		b->scope.profile_name = b->scope.attach_path = NULL;
		build_profile(b, body, one->node);
	}
	b->nesting--;
	b->scope.profile_name = name;
	b->scope.attach_path = path;
}

static void add_profile(struct build *b, struct body *parent, struct profile *p)
{
	struct profile ***last = parent ? &parent->last_child : &b->last;

	**last = p;
	*last = &p->next;
	b->n_profiles++;
}

/* "safe" and "unsafe" for one and the same change leave open what is meant. */
static void check_changes(struct build *b, const struct profile *p)
{
	static bool safe, unsafe;
	struct map met = { 0 };

	for (const struct rule *rule = p->rules; rule; rule = rule->next) {
		auto_buf key = BUF_INIT;
		bool is_unsafe;

		if (!change_profile_key(rule, &key, &is_unsafe))
			continue;
		if (!met.arena)
			map_init(&met, &b->temporary);
		if (map_find(&met, buf_slice(&key)) == (is_unsafe ? &safe : &unsafe)) {
			diag_error(b->policy->diag, rule->place,
				   "the same change is safe here and unsafe in another rule");
			fail(b);
		}
		map_set(&met, buf_slice(&key), is_unsafe ? &unsafe : &safe);
	}
}

static void build_profile(struct build *b, struct body *parent, const struct node_profile *node)
{
	struct profile *p = arena_new(&b->policy->arena, struct profile);
	struct body body = { .profile = p };
	bool is_good;

	p->place = node->node.place;
	p->parent = parent ? parent->profile : NULL;
	is_good = fill_head(b, p, &node->head) && check_duplicate(b, p);
	if (!is_good)
		fail(b);
	if (!p->full_name.len)
		return;
	add_profile(b, parent, p);
	body.last_rule = &p->rules;
	body.last_child = &p->children;
	body.last_pending = &body.pending;
	body.number = ++b->reader->trees->n_scopes;
	enter_scope(b, p);
	build_body(b, &body, node->body, NULL);
	check_changes(b, p);
	build_children(b, &body);
	b->scope.profile_name = b->scope.attach_path = NULL;
}

static void keep_names(struct build *b)
{
	for (size_t i = 0; i < b->names.n_items; i++)
		map_set(&b->reader->names, b->names.items[i].key, b->names.items[i].value);
}

/* Hands a file's profiles over to the policy. */
static void keep_profiles(struct build *b)
{
	struct reader *reader = b->reader;

	if (!b->first)
		return;
	if (!reader->last)
		reader->last = &b->policy->profiles;
	*reader->last = b->first;
	reader->last = b->last;
	b->policy->n_profiles += b->n_profiles;
	keep_names(b);
}

static bool build_file(struct policy *p, const struct source *source)
{
	struct reader *reader = p->state;
	struct build b = { .policy = p, .reader = reader };
	struct file *file = file_parse(&p->arena, p->diag, source, CONTEXT_TOP);
	bool is_good;

	include_begin(&reader->trees->includes, p);
	b.last = &b.first;
	map_init(&b.names, &b.temporary);
	scope_init(&b.scope, &b.temporary, p->diag, &reader->trees->pool);
	file->is_open = true;
	build_top(&b, file->nodes, ++reader->trees->n_scopes);
	is_good = file->is_good && !b.has_failed;
	if (is_good)
		keep_profiles(&b);
	arena_release(&b.temporary);
	return is_good;
}

bool policy_read_text(struct policy *p, const char *name, struct slice text)
{
	struct source *source = arena_new(&p->arena, struct source);

	source->name = arena_text(&p->arena, slice_of(name));
	if (text.len > POLICY_FILE_MAX)
		return diag_error(p->diag, (struct place){ .source = source },
				  "more than %d bytes of text", POLICY_FILE_MAX);
	source->text = arena_slice(&p->arena, text);
	return build_file(p, source);
}

bool policy_read_file(struct policy *p, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	auto_buf bytes = BUF_INIT;
	struct err err = ERR_INIT;
	struct source source = { .name = is_stdin ? "<stdin>" : path };
	int r;

	if (is_stdin)
		r = io_read_fd(STDIN_FILENO, "standard input", POLICY_FILE_MAX, &bytes, &err);
	else
		r = io_read_file(path, POLICY_FILE_MAX, &bytes, &err);
	if (r < 0)
		return diag_error(p->diag, (struct place){ .source = &source }, "%s", err.text);
	return policy_read_text(p, source.name, buf_slice(&bytes));
}

const struct profile *policy_find(const struct policy *p, struct slice full_name)
{
	const struct reader *reader = p->state;

	return map_find(&reader->names, full_name);
}
