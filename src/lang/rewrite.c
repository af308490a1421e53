/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats paths and aliases, gives more paths. Done on text, after variables were put in: where a
 * path begins with alternatives, each of them is looked at by itself.
 */
#include "lang/rewrite.h"

#include "lang/class_file.h"

static void add_rewritten(struct scope *scope, const struct alias *alias, const struct word *w,
			  struct slice path, struct word_list *out)
{
	struct word more = *w;

	if (path.len < alias->from.len || memcmp(path.ptr, alias->from.ptr, alias->from.len) != 0)
		return;
	more.text = slice_of(arena_printf(scope->pool->arena, "%.*s%.*s", SLICE_FMT(alias->to),
					  SLICE_FMT(slice_cut(path, alias->from.len, path.len))));
	for (size_t i = 0; i < out->n; i++) {
		if (slice_eq(out->words[i].text, more.text))
			return;
	}
	word_list_add(scope->pool->arena, out, &more);
}

/* The offset behind an alternative that begins at `at`: of "," or "}". */
static size_t alternative_end(struct slice text, size_t at)
{
	unsigned depth = 0;

	for (; at < text.len; at++) {
		char c = text.ptr[at];

		if (c == '\\')
			at++;
		else if (c == '{')
			depth++;
		else if (c == '}' && !depth)
			break;
		else if (c == '}')
			depth--;
		else if (c == ',' && !depth)
			break;
	}
	return at < text.len ? at : text.len;
}

static void rewrite_path(struct scope *scope, const struct alias *alias, const struct word *w,
			 struct word_list *out)
{
	struct arena *arena = scope->pool->arena;
	size_t at = 1, close = 0;

	if (!w->text.len || w->text.ptr[0] != '{') {
		add_rewritten(scope, alias, w, w->text, out);
		return;
	}
	for (close = 1; close < w->text.len; close++) {
		close = alternative_end(w->text, close);
		if (close < w->text.len && w->text.ptr[close] == '}')
			break;
	}
	if (close >= w->text.len)
		return;
	while (at <= close) {
		size_t end = alternative_end(w->text, at);
		struct slice path = slice_of(
			arena_printf(arena, "%.*s%.*s", SLICE_FMT(slice_cut(w->text, at, end)),
				     SLICE_FMT(slice_cut(w->text, close + 1, w->text.len))));

		add_rewritten(scope, alias, w, path, out);
		at = end + 1;
	}
}

bool rewrite_paths(struct scope *scope, struct word_list *paths)
{
	for (const struct alias *alias = scope->aliases; alias; alias = alias->next) {
		size_t n = paths->n;

		for (size_t i = 0; i < n; i++) {
			struct word w = paths->words[i];

			rewrite_path(scope, alias, &w, paths);
		}
		if (paths->n > POLICY_EXPANSIONS_MAX)
			return diag_error(scope->diag, paths->words[0].place,
					  "aliases make more than %d paths of this one",
					  POLICY_EXPANSIONS_MAX);
	}
	return true;
}

/* Behind `first`, a rule for each path but the first, the one it has. */
static void add_rules(struct scope *scope, struct expanded *first, const struct word_list *paths,
		      bool is_target)
{
	struct expanded *last = first;

	for (size_t i = 1; i < paths->n; i++) {
		struct expanded *more = arena_new(scope->pool->arena, struct expanded);

		more->rule = first->rule;
		file_rule_replace(scope->pool->arena, &more->rule, is_target, &paths->words[i]);
		more->next = last->next;
		last->next = more;
		last = more;
	}
}

bool rewrite_rule(struct scope *scope, struct expanded *rule)
{
	for (int is_target = 0; is_target <= 1; is_target++) {
		for (struct expanded *one = rule; one;) {
			const struct word *path = file_rule_path(&one->rule, is_target);
			struct expanded *next = one->next;
			struct word_list paths = { 0 };

			if (path) {
				word_list_add(scope->pool->arena, &paths, path);
				if (!rewrite_paths(scope, &paths))
					return false;
				add_rules(scope, one, &paths, is_target);
			}
			one = next;
		}
	}
	return true;
}
