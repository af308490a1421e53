/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats assignments, aliases and words with @{VAR}; gives texts without. The one idea: values are
 * interned, so that "the same variables as last time" is a comparison of a few pointers, and a
 * rule of an abstraction is expanded once for all profiles whose preambles agree.
 */
#include "lang/expand.h"

#include "lang/branch.h"
#include "lang/glob.h"
#include "lang/lexer.h"
#include "lang/rewrite.h"
#include "lang/rule_class.h"

#include <stdarg.h>

enum { EXPANSION_NAMES_MAX = 32 }; /* of a rule that can be remembered */

struct expansion {
	struct scope *scope;
	struct slice names[EXPANSION_NAMES_MAX];
	const struct value_set *sets[EXPANSION_NAMES_MAX];
	size_t n_names; /* past the limit: not remembered */
	unsigned depth;
};

static bool expand_text(struct expansion *x, const struct word *w, struct buf *out);

void pool_init(struct pool *pool, struct arena *arena)
{
	pool->arena = arena;
	map_init(&pool->sets, arena);
	map_init(&pool->texts, arena);
}

void scope_init(struct scope *scope, struct arena *arena, struct diag *diag, struct pool *pool)
{
	*scope = (struct scope){ .arena = arena, .diag = diag, .pool = pool };
	map_init(&scope->variables, arena);
	map_init(&scope->booleans, arena);
	scope->last_alias = &scope->aliases;
}

/* A pointer that is the same for the same text. */
static const void *intern_text(struct pool *pool, struct slice text)
{
	const void *met = map_find(&pool->texts, text);

	if (!met) {
		met = arena_text(pool->arena, text);
		map_set(&pool->texts, text, (void *)met);
	}
	return met;
}

/* The set of these texts, each once, in order. */
static const struct value_set *intern_set(struct pool *pool, const struct slice *texts, size_t n)
{
	auto_buf key = BUF_INIT;
	struct value_set *set;

	for (size_t i = 0; i < n; i++) {
		buf_add_slice(&key, texts[i]);
		buf_add_char(&key, '\0');
	}
	set = map_find(&pool->sets, buf_slice(&key));
	if (set)
		return set;
	set = arena_new(pool->arena, struct value_set);
	set->texts = arena_array(pool->arena, struct slice, n);
	set->n = n;
	for (size_t i = 0; i < n; i++)
		set->texts[i] = arena_slice(pool->arena, texts[i]);
	map_set(&pool->sets, buf_slice(&key), set);
	return set;
}

static const char *op_text(enum assign_op op)
{
	static const char *const texts[] = { "=", "+=", "?=", ":=" };

	return texts[op];
}

/* A name is of one kind. True: reported. */
static bool is_of_other_kind(struct scope *scope, const struct map *others, struct slice name,
			     struct place at)
{
	if (!map_find(others, name))
		return false;
	diag_error(scope->diag, at, "\"%.*s\" is both a boolean and a variable", SLICE_FMT(name));
	diag_help(scope->diag, "$%.*s and @{%.*s} cannot both be: give one another name",
		  SLICE_FMT(name), SLICE_FMT(name));
	return true;
}

bool scope_assign(struct scope *scope, const struct node_variable *node)
{
	struct variable *v = map_find(&scope->variables, node->name);
	struct place at = node->node.place;

	if (slice_is(node->name, "profile_name")) {
		diag_error(scope->diag, at, "@{profile_name} cannot be assigned");
		diag_help(scope->diag, "it is the name of each profile by itself");
		return false;
	}
	if (is_of_other_kind(scope, &scope->booleans, node->name, at))
		return false;
	if (node->op == ASSIGN_SET && v) {
		diag_error(scope->diag, at, "@{%.*s} has a value already", SLICE_FMT(node->name));
		diag_help(scope->diag, "add to it with +=, or replace it with :=");
		return false;
	}
	if (node->op == ASSIGN_ADD && !v) {
		diag_error(scope->diag, at, "@{%.*s} has no value yet that %s could add to",
			   SLICE_FMT(node->name), op_text(node->op));
		diag_help(scope->diag, "assign the first one with =");
		return false;
	}
	if (node->op == ASSIGN_DEFAULT && v)
		return true;
	if (!v || node->op == ASSIGN_OVER) {
		v = arena_new(scope->arena, struct variable);
		v->place = at;
		map_set(&scope->variables, node->name, v);
	}
	for (size_t i = 0; i < node->values.n; i++)
		word_list_add(scope->arena, &v->words, &node->values.words[i]);
	/* Others may have been expanded with its old value, in a condition of the preamble. */
	for (size_t i = 0; i < scope->variables.n_items; i++)
		((struct variable *)scope->variables.items[i].value)->set = NULL;
	return true;
}

bool scope_assign_boolean(struct scope *scope, const struct node_boolean *node)
{
	bool *value = map_find(&scope->booleans, node->name);
	bool holds;

	if (is_of_other_kind(scope, &scope->variables, node->name, node->node.place) ||
	    !branch_decide(node->value, scope, &holds))
		return false;
	if (value && node->op == ASSIGN_SET) {
		diag_error(scope->diag, node->node.place, "$%.*s has a value already",
			   SLICE_FMT(node->name));
		diag_help(scope->diag, "replace it with :=");
		return false;
	}
	if (value && node->op == ASSIGN_DEFAULT)
		return true;
	if (!value) {
		value = arena_new(scope->arena, bool);
		map_set(&scope->booleans, node->name, value);
	}
	*value = holds;
	return true;
}

void scope_add_alias(struct scope *scope, const struct node_alias *node)
{
	struct alias *alias = arena_new(scope->arena, struct alias);
	auto_buf all = BUF_INIT;

	alias->from = node->from;
	alias->to = node->to;
	*scope->last_alias = alias;
	scope->last_alias = &alias->next;
	for (alias = scope->aliases; alias; alias = alias->next) {
		buf_add_slice(&all, alias->from);
		buf_add_char(&all, '\0');
		buf_add_slice(&all, alias->to);
		buf_add_char(&all, '\0');
	}
	scope->aliases_id = intern_text(scope->pool, buf_slice(&all));
}

struct variable *scope_builtin(struct scope *scope, struct slice value)
{
	struct variable *v = arena_new(scope->arena, struct variable);

	v->set = intern_set(scope->pool, &value, 1);
	return v;
}

/* The value that the language itself gives to a name in the profile in work. */
static const struct variable *find_builtin(const struct scope *scope, struct slice name)
{
	if (slice_is(name, "profile_name"))
		return scope->profile_name;
	if (slice_is(name, "attach_path") || slice_is(name, "exec_path"))
		return scope->attach_path;
	return NULL;
}

/* The variable nearest in name, empty if none is near. */
static struct slice near_variable(const struct scope *scope, struct slice name)
{
	struct slice near = { "", 0 };
	size_t best = 3;

	for (size_t i = 0; i < scope->variables.n_items; i++) {
		size_t distance = slice_distance(name, scope->variables.items[i].key);

		if (distance < best) {
			best = distance;
			near = scope->variables.items[i].key;
		}
	}
	return near;
}

static void report_unknown(struct scope *scope, struct slice name, struct place at)
{
	struct slice near = near_variable(scope, name);

	diag_error(scope->diag, at, "@{%.*s} has no value", SLICE_FMT(name));
	if (near.len)
		diag_help(scope->diag, "did you mean @{%.*s}?", SLICE_FMT(near));
	else if (slice_is(name, "attach_path") || slice_is(name, "exec_path"))
		diag_help(scope->diag, "this profile attaches to no program");
	else
		diag_help(
			scope->diag,
			"give it one before the profile: @{%.*s} = …, or include <tunables/global>",
			SLICE_FMT(name));
}

/* A value trimmed where it meets a "/" of the text around it. */
static struct slice trim_slashes(struct slice value, bool at_front, bool at_back)
{
	while (at_back && value.len && value.ptr[value.len - 1] == '/')
		value.len--;
	while (at_front && value.len && value.ptr[0] == '/')
		value = slice_cut(value, 1, value.len);
	return value;
}

/* Adds an alternative: its own commas outside of braces are no separators. */
static void add_alternative(struct buf *out, struct slice value)
{
	unsigned depth = 0;
	bool is_set = false;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\\' && i + 1 < value.len) {
			buf_add(out, value.ptr + i++, 2);
			continue;
		}
		if (c == '[')
			is_set = true;
		if (c == ']')
			is_set = false;
		if (c == '{' && !is_set)
			depth++;
		if (c == '}' && depth && !is_set)
			depth--;
		if (c == ',' && !depth && !is_set)
			buf_add_char(out, '\\');
		buf_add_char(out, c);
	}
}

static bool check_size(struct expansion *x, const struct word *w, const struct buf *out)
{
	if (out->len <= POLICY_PATTERN_MAX)
		return true;
	return diag_error(x->scope->diag, w->place,
			  "with its variables put in, this is more than %d bytes",
			  POLICY_PATTERN_MAX);
}

static bool expand_values_of(struct expansion *x, struct variable *v, const struct value_set **set)
{
	auto_buf text = BUF_INIT;
	struct arena *arena = x->scope->arena;
	struct slice *texts = arena_array(arena, struct slice, v->words.n);
	size_t n = 0;

	for (size_t i = 0; i < v->words.n; i++) {
		size_t k = 0;

		buf_clear(&text);
		if (!expand_text(x, &v->words.words[i], &text))
			return false;
		while (k < n && !slice_eq(texts[k], buf_slice(&text)))
			k++;
		if (k == n)
			texts[n++] = arena_slice(arena, buf_slice(&text));
	}
	*set = intern_set(x->scope->pool, texts, n);
	return true;
}

/* True if the text has a builtin variable in it, directly or not: its value is the profile's. */
static bool depends_on_profile(const struct scope *scope, const struct word_list *words,
			       unsigned depth)
{
	if (depth > POLICY_NESTING_MAX)
		return true;
	for (size_t i = 0; i < words->n; i++) {
		struct slice text = words->words[i].text;

		for (size_t at = 0; at < text.len; at++) {
			size_t len = variable_len(text.ptr + at, text.ptr + text.len);
			const struct variable *v;
			struct slice name;

			if (!len)
				continue;
			name = slice_cut(text, at + 2, at + len - 1);
			v = map_find(&scope->variables, name);
			if (!v || depends_on_profile(scope, &v->words, depth + 1))
				return true;
			at += len - 1;
		}
	}
	return false;
}

/* The values of a name; NULL: reported. */
static const struct value_set *resolve(struct expansion *x, struct slice name, struct place at)
{
	struct scope *scope = x->scope;
	struct variable *v = map_find(&scope->variables, name);
	const struct variable *builtin = find_builtin(scope, name);
	const struct value_set *set = NULL;

	if (!v && builtin)
		return builtin->set;
	if (!v) {
		report_unknown(scope, name, at);
		return NULL;
	}
	if (v->set || v->has_failed)
		return v->set;
	if (v->is_open || x->depth == POLICY_NESTING_MAX) {
		diag_error(scope->diag, v->place, "the value of @{%.*s} leads back to itself",
			   SLICE_FMT(name));
		return NULL;
	}
	v->is_open = true;
	x->depth++;
	v->has_failed = !expand_values_of(x, v, &set);
	x->depth--;
	v->is_open = false;
	if (v->has_failed)
		return NULL;
	if (!depends_on_profile(scope, &v->words, 0))
		v->set = set;
	return set;
}

static void remember(struct expansion *x, struct slice name, const struct value_set *set)
{
	if (x->depth)
		return;
	for (size_t i = 0; i < x->n_names && i < EXPANSION_NAMES_MAX; i++) {
		if (slice_eq(x->names[i], name))
			return;
	}
	if (x->n_names < EXPANSION_NAMES_MAX) {
		x->names[x->n_names] = name;
		x->sets[x->n_names] = set;
	}
	x->n_names++;
}

/* Puts in one variable that stands at text[at] with that length. */
static bool expand_variable(struct expansion *x, const struct word *w, size_t at, size_t len,
			    struct buf *out)
{
	struct slice name = slice_cut(w->text, at + 2, at + len - 1);
	const struct value_set *set = resolve(x, name, w->place);
	bool front, back;

	if (!set)
		return false;
	remember(x, name, set);
	/* Two slashes at the very start are another root, and stay: so AppArmor has it where the
	   variable has one value. */
	front = (out->len > 2 || set->n > 1) && out->len && out->data[out->len - 1] == '/';
	back = at + len < w->text.len && w->text.ptr[at + len] == '/';
	if (set->n == 1) {
		buf_add_slice(out, trim_slashes(set->texts[0], front, back));
		return check_size(x, w, out);
	}
	buf_add_char(out, '{');
	for (size_t i = 0; i < set->n; i++) {
		if (i)
			buf_add_char(out, ',');
		add_alternative(out, trim_slashes(set->texts[i], front, back));
	}
	buf_add_char(out, '}');
	return check_size(x, w, out);
}

static bool expand_text(struct expansion *x, const struct word *w, struct buf *out)
{
	struct slice text = w->text;

	for (size_t at = 0; at < text.len; at++) {
		size_t len = variable_len(text.ptr + at, text.ptr + text.len);

		if (len) {
			if (!expand_variable(x, w, at, len, out))
				return false;
			at += len - 1;
			continue;
		}
		if (text.ptr[at] == '@' && at + 1 < text.len && text.ptr[at + 1] == '{') {
			diag_error(x->scope->diag, w->place, "\"@{\" begins no variable here");
			diag_help(x->scope->diag,
				  "@{NAME}: a letter, then letters, digits and \"_\"");
			return false;
		}
		buf_add_char(out, text.ptr[at]);
		if (text.ptr[at] == '\\' && at + 1 < text.len)
			buf_add_char(out, text.ptr[++at]);
	}
	return check_size(x, w, out);
}

bool word_has_variable(const struct word *w)
{
	return w->text.len && memmem(w->text.ptr, w->text.len, "@{", 2) != NULL;
}

bool expand_word(struct expansion *x, const struct word *from, struct word *to)
{
	struct glob_problem problem;
	auto_buf out = BUF_INIT;
	struct word word = *from;

	if (!word_has_variable(from)) {
		*to = word;
		return true;
	}
	if (!expand_text(x, from, &out))
		return false;
	word.text = arena_slice(x->scope->pool->arena, buf_slice(&out));
	if (from->is_pattern && !glob_check(word.text, &problem)) {
		diag_error(x->scope->diag, from->place, "with its variables put in: %s",
			   problem.text);
		diag_help(x->scope->diag, "it reads %.*s", SLICE_FMT(word.text));
		return false;
	}
	*to = word;
	return true;
}

bool expand_words(struct expansion *x, const struct word_list *from, struct word_list *to)
{
	struct word_list list = { 0 };
	bool has_variable = false;
	struct word w;

	for (size_t i = 0; i < from->n; i++)
		has_variable |= word_has_variable(&from->words[i]);
	if (!has_variable) {
		*to = *from;
		return true;
	}
	for (size_t i = 0; i < from->n; i++) {
		if (!expand_word(x, &from->words[i], &w))
			return false;
		word_list_add(x->scope->pool->arena, &list, &w);
	}
	*to = list;
	return true;
}

/* All combinations of what is so far and what a name may be, each text once. */
static bool multiply(struct expansion *x, struct word_list *list, const struct word_list *values,
		     struct place at)
{
	struct arena *arena = x->scope->pool->arena;
	struct word_list out = { 0 };
	struct map met;

	if (list->n * values->n > POLICY_EXPANSIONS_MAX)
		return diag_error(x->scope->diag, at, "its variables have more than %d values",
				  POLICY_EXPANSIONS_MAX);
	map_init(&met, arena);
	for (size_t i = 0; i < list->n; i++) {
		for (size_t k = 0; k < values->n; k++) {
			struct word w = list->words[i];

			w.text = slice_of(arena_printf(arena, "%.*s%.*s", SLICE_FMT(w.text),
						       SLICE_FMT(values->words[k].text)));
			if (map_find(&met, w.text))
				continue;
			map_set(&met, w.text, &met);
			word_list_add(arena, &out, &w);
		}
	}
	*list = out;
	return true;
}

static bool flatten(struct expansion *x, const struct word *from, struct word_list *out);

/* Every value of a name by itself. */
static bool flatten_name(struct expansion *x, struct slice name, struct place at,
			 struct word_list *out)
{
	struct variable *v = map_find(&x->scope->variables, name);
	const struct value_set *set = resolve(x, name, at);
	struct word w = { .place = at };

	if (!set)
		return false;
	remember(x, name, set);
	*out = (struct word_list){ 0 };
	if (!v) {
		w.text = set->texts[0];
		word_list_add(x->scope->pool->arena, out, &w);
		return true;
	}
	x->depth++;
	for (size_t i = 0; i < v->words.n; i++) {
		struct word_list values;

		/* No cycle here: resolve() would have found it. */
		if (!flatten(x, &v->words.words[i], &values))
			return false;
		for (size_t k = 0; k < values.n; k++)
			word_list_add(x->scope->pool->arena, out, &values.words[k]);
	}
	x->depth--;
	return true;
}

static bool flatten(struct expansion *x, const struct word *from, struct word_list *out)
{
	struct word_list list = { 0 }, values = { 0 };
	struct word piece = *from;
	size_t begin = 0;

	piece.text = slice_make("", 0);
	word_list_add(x->scope->pool->arena, &list, &piece);
	word_list_add(x->scope->pool->arena, &values, &piece);
	for (size_t at = 0; at <= from->text.len; at++) {
		size_t len = at == from->text.len ? 0
						  : variable_len(from->text.ptr + at,
								 from->text.ptr + from->text.len);
		struct word_list more;

		if (!len && at < from->text.len)
			continue;
		values.words[0].text = slice_cut(from->text, begin, at);
		if (at > begin && !multiply(x, &list, &values, from->place))
			return false;
		if (at == from->text.len)
			break;
		if (!flatten_name(x, slice_cut(from->text, at + 2, at + len - 1), from->place,
				  &more) ||
		    !multiply(x, &list, &more, from->place))
			return false;
		begin = at + len;
		at = begin - 1;
	}
	*out = list;
	return true;
}

bool expand_values(struct expansion *x, const struct word *from, struct word_list *to)
{
	struct word_list list = { 0 };

	if (!word_has_variable(from)) {
		word_list_add(x->scope->pool->arena, &list, from);
		*to = list;
		return true;
	}
	return flatten(x, from, to);
}

struct arena *expansion_arena(struct expansion *x)
{
	return x->scope->pool->arena;
}

bool expansion_error(struct expansion *x, struct place at, const char *fmt, ...)
{
	auto_buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	return diag_error(x->scope->diag, at, "%s", buf_text(&text));
}

bool scope_word(struct scope *scope, const struct word *from, struct word *to)
{
	struct expansion x = { .scope = scope };

	return expand_word(&x, from, to);
}

bool scope_values(struct scope *scope, const struct word *from, struct word_list *to)
{
	struct expansion x = { .scope = scope };

	return expand_values(&x, from, to);
}

/* Quiet: a name that has gone is simply not the same. */
static bool is_unchanged(struct scope *scope, const struct memo *memo)
{
	if (memo->aliases_id != scope->aliases_id)
		return false;
	for (size_t i = 0; i < memo->n; i++) {
		const struct variable *v = map_find(&scope->variables, memo->names[i]);

		if (!v)
			v = find_builtin(scope, memo->names[i]);
		if (!v || v->set != memo->sets[i])
			return false;
	}
	return true;
}

static void keep_memo(struct expansion *x, struct node_rule *node, const struct expanded *result)
{
	struct arena *arena = x->scope->pool->arena;
	struct memo *memo = node->memo;

	if (x->n_names > EXPANSION_NAMES_MAX)
		return;
	if (!memo || memo->n < x->n_names) {
		memo = arena_new(arena, struct memo);
		memo->names = arena_array(arena, struct slice, x->n_names);
		memo->sets = arena_array(arena, const struct value_set *, x->n_names);
		node->memo = memo;
	}
	memo->n = x->n_names;
	for (size_t i = 0; i < x->n_names; i++) {
		memo->names[i] = x->names[i];
		memo->sets[i] = x->sets[i];
	}
	memo->aliases_id = x->scope->aliases_id;
	memo->result = result;
}

bool expand_rule(struct scope *scope, struct node_rule *node, const struct expanded **out)
{
	struct expansion x = { .scope = scope };
	const struct rule_class *class = node->rule.rule_class;
	struct expanded *result;

	if (node->memo && is_unchanged(scope, node->memo)) {
		*out = node->memo->result;
		return true;
	}
	result = arena_new(scope->pool->arena, struct expanded);
	result->rule = node->rule;
	if (class->expand && !class->expand(&x, &node->rule, &result->rule))
		return false;
	if (scope->aliases && !rewrite_rule(scope, result))
		return false;
	keep_memo(&x, node, result);
	*out = result;
	return true;
}
