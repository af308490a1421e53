/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mount [fstype=…] [options=…] [SOURCE] [-> POINT], remount [options=…] [POINT],
 * umount [POINT], pivot_root [oldroot=OLD] [NEW] [-> PROFILE]: eats rules of the tree of file
 * systems, gives rows of CLASS_MOUNT.
 *
 * The one idea: each "options=" is one exact set of flags, each "options in" a set any part of
 * which will do on top of it; of several, every pair gives rows (mount_rows.c). A rule that gives
 * none is an error.
 */
#include "lang/bare.h"
#include "lang/mount_rows.h"
#include "lang/object.h"
#include "lang/rule_class.h"

#include <string.h>

static bool add_set(struct parser *p, struct flag_sets *to, uint32_t set, struct place at)
{
	size_t i = 0;

	while (i < to->n && to->sets[i] < set)
		i++;
	if (i < to->n && to->sets[i] == set)
		return true;
	if (to->n == MOUNT_OPTION_SETS_MAX)
		return parser_error(p, at, "more than %d sets of options in one rule",
				    MOUNT_OPTION_SETS_MAX);
	if (!to->sets)
		to->sets = arena_array(parser_arena(p), uint32_t, MOUNT_OPTION_SETS_MAX);
	memmove(&to->sets[i + 1], &to->sets[i], (to->n - i) * sizeof(*to->sets));
	to->sets[i] = set;
	to->n++;
	return true;
}

/* One bare word, commas included, or a list in parentheses. */
static bool read_list(struct parser *p, const char *what, enum condition_op op,
		      struct word_list *out)
{
	struct word w = { 0 };

	if (parser_at(p, "("))
		return parser_values(p, what, out);
	if (op == CONDITION_IN) {
		parser_error(p, parser_place(p), "\"in\" takes a list in parentheses");
		parser_help(p, "write options in (ro, noexec)");
		return false;
	}
	if (!parser_word(p, WORD_PLAIN, what, &w))
		return false;
	word_list_add(parser_arena(p), out, &w);
	return true;
}

static bool parse_options(struct parser *p, struct mount *detail, struct place at,
			  enum condition_op op)
{
	struct word_list words = { 0 };
	uint32_t set, clear;

	if (!read_list(p, "mount options", op, &words) ||
	    !mount_flags_parse(p, &words, &set, &clear))
		return false;
	if (op == CONDITION_IN)
		return add_set(p, &detail->part, set | clear, at);
	if (set & clear) {
		parser_error(p, at, "the options contradict each other about \"%s\"",
			     mount_flags_name(set & clear));
		parser_help(p, "write \"options in (…)\" if either will do");
		return false;
	}
	return add_set(p, &detail->exact, detail->is_remount ? set | MOUNT_REMOUNT : set, at);
}

/* Bare, "ext3,ext4" is two types. */
static void add_types(struct parser *p, struct mount *detail, const struct word *w)
{
	struct word part = *w;
	size_t from = 0;
	unsigned depth = 0;

	for (size_t i = 0; !w->is_quoted && i < w->text.len; i++) {
		if (w->text.ptr[i] == '\\') {
			i++;
		} else if (w->text.ptr[i] == '{') {
			depth++;
		} else if (w->text.ptr[i] == '}' && depth) {
			depth--;
		} else if (w->text.ptr[i] == ',' && !depth) {
			part.text = slice_cut(w->text, from, i);
			word_list_add(parser_arena(p), &detail->types, &part);
			from = i + 1;
		}
	}
	part.text = slice_cut(w->text, from, w->text.len);
	word_list_add(parser_arena(p), &detail->types, &part);
}

static bool parse_types(struct parser *p, struct mount *detail, enum condition_op op)
{
	struct word_list words = { 0 };

	if (!read_list(p, "a file system type", op, &words))
		return false;
	for (size_t i = 0; i < words.n; i++) {
		words.words[i].is_pattern = true;
		if (!parser_check_pattern(p, &words.words[i]))
			return false;
		add_types(p, detail, &words.words[i]);
	}
	return true;
}

static bool parse_conditions(struct parser *p, struct mount *detail)
{
	static const char *const keys[] = { "options", "fstype", NULL };
	struct slice key;
	struct place at;
	enum condition_op op;

	while (parser_take_condition(p, &key, &at, &op)) {
		if (slice_is(key, "options") || slice_is(key, "option")) {
			if (!parse_options(p, detail, at, op))
				return false;
		} else if (slice_is(key, "fstype") || slice_is(key, "vfstype")) {
			if (!parse_types(p, detail, op))
				return false;
		} else {
			return parser_unknown(p, at, "condition", key, keys);
		}
	}
	return true;
}

static bool parse_point(struct parser *p, struct mount *detail)
{
	if (parser_at_condition(p)) {
		parser_error(p, parser_place(p), "conditions of the mount point after \"->\"");
		parser_help(p, "conditions stand before the source");
		return false;
	}
	return parser_pattern(p, WORD_PLAIN, "a mount point", &detail->point);
}

static bool has_propagation(const struct mount *detail)
{
	for (size_t i = 0; i < detail->exact.n; i++)
		if (detail->exact.sets[i] & MOUNT_PROPAGATION & ~(uint32_t)MOUNT_REC)
			return true;
	return false;
}

static bool check_possible(struct parser *p, const struct rule *rule, const struct mount *detail)
{
	struct mount_count count = mount_rows(detail, NULL, NULL);

	if (!count.n_rows && count.n_vain)
		parser_warn(p, rule->place, "this rule allows nothing: no mount with all of "
			    "these options has a source or type");
	if (count.n_rows || count.n_vain)
		return true;
	if (has_propagation(detail) && detail->source.text.ptr && detail->point.text.ptr) {
		parser_error(p, rule->place, "a change of propagation has no source");
		parser_help(p, "write mount options=(…) -> POINT");
	} else if (detail->types.n) {
		parser_error(p, rule->place,
			     "no mount with these options has a file system type");
		parser_help(p, "leave out fstype=");
	} else {
		parser_error(p, rule->place, "no mount can meet all conditions of this rule");
		parser_help(p, "a remount has no source; bind, move and propagation have rules "
			       "of their own");
	}
	return false;
}

static bool parse_mount(struct parser *p, struct rule *rule)
{
	struct mount *detail = rule_detail_new(p, struct mount);

	rule->detail = detail;
	if (!parse_conditions(p, detail))
		return false;
	if (!parser_at(p, "->") && !parser_at_end(p) &&
	    !parser_pattern(p, WORD_PLAIN, "a source, or \"->\"", &detail->source))
		return false;
	if (parser_take(p, "->") && !parse_point(p, detail))
		return false;
	if (!check_possible(p, rule, detail))
		return false;
	if (has_propagation(detail) && detail->source.text.ptr)
		parser_warn(p, detail->source.place,
			    "the mount point of a change of propagation stands after \"->\"");
	return true;
}

static bool parse_remount(struct parser *p, struct rule *rule)
{
	struct mount *detail = rule_detail_new(p, struct mount);

	rule->detail = detail;
	detail->is_remount = true;
	if (!parse_conditions(p, detail))
		return false;
	if (!parser_at_end(p) &&
	    !parser_pattern(p, WORD_PLAIN, "a mount point", &detail->point))
		return false;
	return check_possible(p, rule, detail);
}

static bool parse_umount(struct parser *p, struct rule *rule)
{
	struct mount *detail = rule_detail_new(p, struct mount);

	rule->detail = detail;
	if (!parse_conditions(p, detail))
		return false;
	if (detail->types.n || detail->exact.n || detail->part.n)
		parser_warn(p, rule->place, "umount is judged by the mount point alone: "
			    "fstype and options have no effect");
	return parser_at_end(p) ||
	       parser_pattern(p, WORD_PLAIN, "a mount point", &detail->point);
}

static bool parse_pivot_root(struct parser *p, struct rule *rule)
{
	struct mount *detail = rule_detail_new(p, struct mount);
	static const char *const keys[] = { "oldroot", NULL };
	struct slice key;
	struct place at;
	enum condition_op op;

	rule->detail = detail;
	while (parser_take_condition(p, &key, &at, &op)) {
		if (!slice_is(key, "oldroot"))
			return parser_unknown(p, at, "condition", key, keys);
		if (op != CONDITION_IS || detail->source.text.ptr)
			return parser_error(p, at, "\"oldroot=\" stands once, with one path");
		if (!parser_pattern_value(p, "where the old root goes", &detail->source))
			return false;
	}
	if (!parser_at(p, "->") && !parser_at_end(p) &&
	    !parser_pattern(p, WORD_PLAIN, "the new root, or \"->\"", &detail->point))
		return false;
	if (!parser_take(p, "->"))
		return true;
	parser_warn(p, rule->place, "no kernel changes the profile with pivot_root: "
		    "what follows \"->\" has no effect");
	return parser_word(p, WORD_PLAIN, "the name of a profile", &detail->target);
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct mount *before = from->detail;
	struct mount *after = arena_new(expansion_arena(x), struct mount);

	*after = *before;
	to->detail = after;
	return expand_word(x, &before->source, &after->source) &&
	       expand_word(x, &before->point, &after->point) &&
	       expand_word(x, &before->target, &after->target) &&
	       expand_words(x, &before->types, &after->types);
}

static int compare_sets(const struct flag_sets *a, const struct flag_sets *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (size_t i = 0; i < a->n; i++)
		if (a->sets[i] != b->sets[i])
			return a->sets[i] < b->sets[i] ? -1 : 1;
	return 0;
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct mount *x = a->detail, *y = b->detail;
	int order = compare_sets(&x->exact, &y->exact);

	order = order ? order : compare_sets(&x->part, &y->part);
	order = order ? order : word_list_compare(&x->types, &y->types);
	order = order ? order : word_compare(&x->source, &y->source);
	order = order ? order : word_compare(&x->point, &y->point);
	return order ? order : word_compare(&x->target, &y->target);
}

static void print_conditions(const struct mount *detail, struct buf *out)
{
	word_list_print_condition("fstype", &detail->types, out);
	for (size_t i = 0; i < detail->exact.n; i++) {
		uint32_t implied = detail->is_remount ? MOUNT_REMOUNT : 0;

		buf_add_text(out, " options=");
		mount_flags_print(detail->exact.sets[i] & ~implied, false, out);
	}
	for (size_t i = 0; i < detail->part.n; i++) {
		buf_add_text(out, " options in ");
		mount_flags_print(detail->part.sets[i], true, out);
	}
}

static void print_word(const struct word *w, const char *before, struct buf *out)
{
	if (!w->text.ptr)
		return;
	buf_add_text(out, before);
	word_print(w, out);
}

static void print_mount(const struct rule *rule, struct buf *out)
{
	const struct mount *detail = rule->detail;

	buf_add_text(out, "mount");
	print_conditions(detail, out);
	print_word(&detail->source, " ", out);
	print_word(&detail->point, " -> ", out);
}

static void print_remount(const struct rule *rule, struct buf *out)
{
	const struct mount *detail = rule->detail;

	buf_add_text(out, "remount");
	print_conditions(detail, out);
	print_word(&detail->point, " ", out);
}

static void print_umount(const struct rule *rule, struct buf *out)
{
	const struct mount *detail = rule->detail;

	buf_add_text(out, "umount");
	print_conditions(detail, out);
	print_word(&detail->point, " ", out);
}

static void print_pivot_root(const struct rule *rule, struct buf *out)
{
	const struct mount *detail = rule->detail;

	buf_add_text(out, "pivot_root");
	word_print_condition("oldroot", &detail->source, out);
	print_word(&detail->point, " ", out);
	print_word(&detail->target, " -> ", out);
}

struct give_to {
	const struct rule *rule;
	const struct lower_sink *sink;
};

static void give_mount_row(void *to, const struct mount_row *row)
{
	const struct give_to *give = to;
	auto_buf pattern = BUF_INIT;

	object_part(&pattern, row->point);
	object_end(&pattern);
	if (!row->device)
		object_any(&pattern);
	else if (!row->device->text.ptr || !slice_is(row->device->text, "detached"))
		object_part(&pattern, row->device);
	object_end(&pattern);
	if (row->types)
		object_any_of(&pattern, row->types);
	else
		object_any(&pattern);
	object_end(&pattern);
	mount_flags_add(row->set, row->may, &pattern);
	lower_give(give->sink, lower_row_of(give->rule, CLASS_MOUNT), &pattern,
		   PERM_MOUNT_MOUNT);
}

static void lower_mount(const struct rule *rule, const struct lower_sink *sink)
{
	struct give_to give = { rule, sink };

	mount_rows(rule->detail, give_mount_row, &give);
}

static void lower_umount(const struct rule *rule, const struct lower_sink *sink)
{
	const struct mount *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	object_part(&pattern, &detail->point);
	lower_give(sink, lower_row_of(rule, CLASS_MOUNT), &pattern, PERM_MOUNT_UMOUNT);
}

static void lower_pivot_root(const struct rule *rule, const struct lower_sink *sink)
{
	const struct mount *detail = rule->detail;
	auto_buf pattern = BUF_INIT;

	object_part(&pattern, &detail->point);
	object_end(&pattern);
	object_part(&pattern, &detail->source);
	lower_give(sink, lower_row_of(rule, CLASS_MOUNT), &pattern, PERM_MOUNT_PIVOT_ROOT);
}

const struct rule_class class_mount = {
	.keyword = "mount",
	.class_id = CLASS_MOUNT,
	.may = RULE_MAY_MOST,
	.parse = parse_mount,
	.expand = expand,
	.compare = compare,
	.print = print_mount,
	.lower = lower_mount,
};

const struct rule_class class_remount = {
	.keyword = "remount",
	.class_id = CLASS_MOUNT,
	.may = RULE_MAY_MOST,
	.parse = parse_remount,
	.expand = expand,
	.compare = compare,
	.print = print_remount,
	.lower = lower_mount,
};

const struct rule_class class_umount = {
	.keyword = "umount",
	.class_id = CLASS_MOUNT,
	.may = RULE_MAY_MOST,
	.parse = parse_umount,
	.expand = expand,
	.compare = compare,
	.print = print_umount,
	.lower = lower_umount,
};

const struct rule_class class_pivot_root = {
	.keyword = "pivot_root",
	.class_id = CLASS_MOUNT,
	.may = RULE_MAY_MOST,
	.parse = parse_pivot_root,
	.expand = expand,
	.compare = compare,
	.print = print_pivot_root,
	.lower = lower_pivot_root,
};

static const struct mount bare, bare_re = { .is_remount = true };
const struct bare_rule bare_mount = { &class_mount, &bare };
const struct bare_rule bare_remount = { &class_remount, &bare_re };
const struct bare_rule bare_umount = { &class_umount, &bare };
const struct bare_rule bare_pivot_root = { &class_pivot_root, &bare };
