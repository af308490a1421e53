/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a file's text, gives its tree: a function for each thing that may stand in a preamble or a
 * profile. After a mistake it goes on behind the next ",", so that all mistakes are told at once.
 */
#include "lang/ast.h"
#include "lang/branch.h"
#include "lang/class_file.h"
#include "lang/lexer.h"
#include "lang/rule_class.h"

enum { PRIORITY_MAX = 1000 };

static bool parse_rule_or_block(struct parser *p, struct node_list *list);
static struct node *parse_top(struct parser *p, bool is_nested);

void *node_new(struct parser *p, size_t size, enum node_kind kind, struct place at)
{
	struct node *node = arena_alloc(p->arena, size);

	node->kind = kind;
	node->place = at;
	return node;
}

#define new_node(p, type, kind, at) ((type *)node_new((p), sizeof(type), (kind), (at)))

void node_list_add(struct node_list *list, void *node)
{
	if (!list->last)
		list->last = &list->first;
	*list->last = node;
	list->last = &((struct node *)node)->next;
}

/* `"path"`, and the ">" behind it if it stands within "<". */
static bool read_quoted_name(struct parser *p, bool is_magic, struct slice *path)
{
	struct word w;

	if (!parser_word(p, WORD_PLAIN, "a file name", &w))
		return false;
	*path = word_bytes(p->arena, &w);
	while (is_magic && p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
		p->at++;
	if (!is_magic || (p->at < p->end && *p->at++ == '>'))
		return true;
	return parser_error(p, w.place, "\">\" is missing behind this name");
}

/* A bare name: up to ">" within "<", else up to a blank (or "," if one must follow). */
static bool read_bare_name(struct parser *p, bool is_magic, bool ends_with_comma,
			   struct slice *path)
{
	const char *from = p->at;

	while (p->at < p->end && *p->at != '\n' && *p->at != '\r') {
		if (is_magic
			    ? *p->at == '>'
			    : *p->at == ' ' || *p->at == '\t' || (ends_with_comma && *p->at == ','))
			break;
		p->at++;
	}
	*path = slice_make(from, (size_t)(p->at - from));
	if (is_magic && (p->at >= p->end || *p->at++ != '>'))
		return parser_error(p, parser_place_of(p, from),
				    "this \"<\" is not closed on its line");
	while (path->len && (path->ptr[path->len - 1] == ' ' || path->ptr[path->len - 1] == '\t'))
		path->len--;
	return true;
}

/* `<path>`, `"path"` or `path`, as they are written behind include and abi. */
static bool read_file_name(struct parser *p, bool ends_with_comma, struct slice *path,
			   bool *is_magic)
{
	struct place at = parser_place(p);
	bool is_good;

	*is_magic = parser_take(p, "<");
	while (p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
		p->at++;
	if (p->at < p->end && *p->at == '"')
		is_good = read_quoted_name(p, *is_magic, path);
	else
		is_good = read_bare_name(p, *is_magic, ends_with_comma, path);
	if (is_good && path->len && memchr(path->ptr, '\0', path->len))
		return parser_error(p, at, "a NUL byte in the text");
	if (!is_good || path->len)
		return is_good;
	parser_error(p, at, "which file?");
	parser_help(p, "<path> is searched for in the include directories, \"/path\" is taken as "
		       "it is");
	return false;
}

static bool parse_include(struct parser *p, struct node_list *list)
{
	struct place at = parser_place(p);
	struct node_include *node = new_node(p, struct node_include, NODE_INCLUDE, at);
	const char *after;

	p->at += (*p->at == '#') + strlen("include");
	after = p->at;
	node->if_exists = parser_take_keyword(p, "if") && parser_take_keyword(p, "exists");
	if (!node->if_exists)
		p->at = after;
	if (!read_file_name(p, false, &node->path, &node->is_magic))
		return false;
	node_list_add(list, node);
	return true;
}

static bool parse_abi(struct parser *p, struct node_list *list)
{
	struct node_abi *node = new_node(p, struct node_abi, NODE_ABI, parser_place(p));

	p->at += strlen("abi");
	if (!read_file_name(p, true, &node->path, &node->is_magic) || !parser_need(p, ","))
		return false;
	node_list_add(list, node);
	return true;
}

/* "abi" followed by a file name; a profile may be called that too. */
static bool at_abi(struct parser *p)
{
	parser_skip(p);
	return p->end - p->at > 3 && !memcmp(p->at, "abi", 3) &&
	       (p->at[3] == ' ' || p->at[3] == '\t' || p->at[3] == '<' || p->at[3] == '"');
}

static bool take_op(struct parser *p, enum assign_op *op)
{
	static const char *const texts[] = { "=", "+=", "?=", ":=" };

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (parser_take(p, texts[i])) {
			*op = (enum assign_op)i;
			return true;
		}
	}
	return parser_expected(p, "an assignment: = += ?= or :=");
}

/* The name behind "@" or "$", with or without braces. */
static bool read_name(struct parser *p, struct slice *name)
{
	bool is_braced;
	const char *from;

	p->at++;
	is_braced = p->at < p->end && *p->at == '{';
	p->at += is_braced;
	from = p->at;
	while (p->at < p->end &&
	       (*p->at == '_' || (*p->at >= '0' && *p->at <= '9') ||
		(*p->at >= 'a' && *p->at <= 'z') || (*p->at >= 'A' && *p->at <= 'Z')))
		p->at++;
	*name = slice_make(from, (size_t)(p->at - from));
	if (!name->len || name->ptr[0] == '_' || (name->ptr[0] >= '0' && name->ptr[0] <= '9')) {
		parser_error(p, parser_place_of(p, from), "expected the name of a variable");
		parser_help(p, "a letter, then letters, digits and \"_\"");
		return false;
	}
	if (is_braced && (p->at >= p->end || *p->at++ != '}'))
		return parser_error(p, parser_place_of(p, from),
				    "this name is not closed by \"}\"");
	return true;
}

/* How long the "\" and line end at `at` are that join two lines, 0 if there are none. */
static size_t join_len(const char *at, const char *end)
{
	if (end - at > 1 && at[0] == '\\' && at[1] == '\n')
		return 2;
	return end - at > 2 && at[0] == '\\' && at[1] == '\r' && at[2] == '\n' ? 3 : 0;
}

/* Blanks and comments up to the line's end, over "\" at it; true at a further value. */
static bool skip_to_value(struct parser *p)
{
	while (p->at < p->end && *p->at != '\n') {
		if (*p->at == ' ' || *p->at == '\t' || *p->at == '\r')
			p->at++;
		else if (join_len(p->at, p->end))
			p->at += join_len(p->at, p->end);
		else
			return *p->at != '#';
	}
	return false;
}

static bool read_value(struct parser *p, struct word_list *values)
{
	struct word w = { .place = parser_place(p) };
	const char *from = p->at;

	if (*p->at == '"') {
		if (!parser_word(p, WORD_PLAIN, "a value", &w))
			return false;
		word_list_add(p->arena, values, &w);
		return true;
	}
	while (p->at < p->end && *p->at != ' ' && *p->at != '\t' && *p->at != '\r' &&
	       *p->at != '\n' && *p->at != '"') {
		if (join_len(p->at, p->end))
			break;
		p->at += *p->at == '\\' && p->at + 1 < p->end ? 2 : 1;
	}
	w.text = slice_make(from, (size_t)(p->at - from));
	if (w.text.ptr[w.text.len - 1] == ',') {
		parser_error(p, parser_place_of(p, p->at - 1),
			     "values are separated by blanks, not by \",\"");
		parser_help(p, "if the comma belongs to the value, put it in quotes");
		return false;
	}
	if (!parser_check_bare(p, &w))
		return false;
	w.text = parser_normalise(p, w.text);
	word_list_add(p->arena, values, &w);
	return true;
}

static bool parse_variable(struct parser *p, struct node_list *list)
{
	struct node_variable *node =
		new_node(p, struct node_variable, NODE_VARIABLE, parser_place(p));

	if (!read_name(p, &node->name) || !take_op(p, &node->op))
		return false;
	while (skip_to_value(p)) {
		if (!read_value(p, &node->values))
			return false;
	}
	if (!node->values.n) {
		parser_error(p, node->node.place, "@{%.*s} is given no value",
			     SLICE_FMT(node->name));
		parser_help(p, "write \"\" for an empty one");
		return false;
	}
	node_list_add(list, node);
	return true;
}

/* Where the line ends that the parser is in, with those that "\\" at the end joins to it. */
static const char *find_line_end(const struct parser *p)
{
	const char *at = p->at;

	while (at < p->end && *at != '\n') {
		if (*at == '\\' && at + 1 < p->end)
			at += at[1] == '\r' && at + 2 < p->end ? 2 : 1;
		at++;
	}
	return at;
}

/* A condition that fills the rest of its line; NULL: reported. */
static struct branch *read_line_condition(struct parser *p)
{
	const char *end = p->end;
	struct branch *condition;

	p->end = find_line_end(p);
	p->is_one_line = true;
	condition = branch_parse(p);
	if (condition && !parser_at_line_end(p)) {
		parser_expected(p, "the end of the line");
		condition = NULL;
	}
	p->is_one_line = false;
	p->end = end;
	return condition;
}

static bool parse_boolean(struct parser *p, struct node_list *list)
{
	struct node_boolean *node = new_node(p, struct node_boolean, NODE_BOOLEAN, parser_place(p));

	if (!read_name(p, &node->name) || !take_op(p, &node->op))
		return false;
	if (node->op == ASSIGN_ADD)
		return parser_error(p, node->node.place, "nothing can be added to a boolean");
	node->value = read_line_condition(p);
	if (!node->value)
		return false;
	node_list_add(list, node);
	return true;
}

static bool read_alias_side(struct parser *p, struct slice *out)
{
	struct word w;

	if (!parser_word(p, WORD_PLAIN, "a path", &w))
		return false;
	if (!slice_starts(w.text, "/"))
		return parser_error(p, w.place, "an alias is for paths, they begin with \"/\"");
	*out = w.text;
	return true;
}

static bool parse_alias(struct parser *p, struct node_list *list)
{
	struct node_alias *node = new_node(p, struct node_alias, NODE_ALIAS, parser_place(p));

	p->at += strlen("alias");
	if (!read_alias_side(p, &node->from) || !parser_need(p, "->") ||
	    !read_alias_side(p, &node->to) || !parser_need(p, ","))
		return false;
	node_list_add(list, node);
	return true;
}

static struct node *parse_braced(struct parser *p, bool is_top)
{
	const char *open;
	struct node *body;

	if (!parser_at(p, "{")) {
		parser_expected(p, "\"{\"");
		return NULL;
	}
	open = p->at++;
	body = is_top ? parse_top(p, true) : parse_body(p);
	if (!parser_take(p, "}")) {
		parser_error(p, parser_place_of(p, open), "this \"{\" is not closed");
		parser_help(p, "add \"}\"");
	}
	return body;
}

static bool parse_if(struct parser *p, bool is_top, struct node_list *list)
{
	struct node_if *node = new_node(p, struct node_if, NODE_IF, parser_place(p));

	p->at += strlen("if");
	if (!parser_enter(p))
		return false;
	node->condition = branch_parse(p);
	if (!node->condition || !parser_at(p, "{")) {
		parser_leave(p);
		return node->condition ? parser_expected(p, "\"{\" after the condition") : false;
	}
	node->then = parse_braced(p, is_top);
	if (parser_take_keyword(p, "else")) {
		struct node_list otherwise = { 0 };
		bool is_good = true;

		if (slice_is(parser_peek_keyword(p), "if"))
			is_good = parse_if(p, is_top, &otherwise);
		else
			otherwise.first = parse_braced(p, is_top);
		if (!is_good) {
			parser_leave(p);
			return false;
		}
		node->otherwise = otherwise.first;
	}
	parser_leave(p);
	node_list_add(list, node);
	return true;
}

/* True if a ")" follows on the line: what stands here is within parentheses. */
static bool is_in_parentheses(const struct parser *p)
{
	const char *at = p->at;

	while (at < p->end && *at != '\n' && *at != '{' && *at != ')')
		at++;
	return at < p->end && *at == ')';
}

/* After a mistake in a head: its body is read all the same, for its own mistakes. */
static bool recover_head(struct parser *p)
{
	for (;;) {
		parser_skip(p);
		if (p->at >= p->end || *p->at == '}' || (*p->at == ',' && !is_in_parentheses(p)))
			return false;
		if (*p->at == '{' && p->at + 1 < p->end && memchr(" \t\r\n}#", p->at[1], 6)) {
			parse_braced(p, false);
			return true;
		}
		p->at++;
	}
}

/* `profile …`, `hat …`, `^…` or, outside of profiles, `/path … {`. */
bool parse_profile(struct parser *p, bool is_nested, struct node_list *list)
{
	struct node_profile *node = new_node(p, struct node_profile, NODE_PROFILE, parser_place(p));
	bool has_keyword = parser_take_keyword(p, "profile");
	bool is_deny = p->in_deny;
	bool is_good, is_over = false;

	if (!has_keyword) {
		node->head.is_hat = parser_take_keyword(p, "hat");
		if (!node->head.is_hat && parser_take(p, "^")) {
			node->head.is_hat = true;
			if (p->at < p->end && (*p->at == ' ' || *p->at == '\t'))
				return parser_expected(p, "the name of a hat right after \"^\"");
		}
		has_keyword = node->head.is_hat;
	}
	if (is_nested && !has_keyword)
		return parser_expected(p, "\"profile\" or \"hat\"");
	if (!parser_enter(p))
		return false;
	p->in_deny = false;
	is_good = parse_head(p, has_keyword, &node->head);
	if (is_good && !parser_at(p, "{"))
		is_good = parser_expected(p, "\"{\" after the head of the profile");
	if (is_good)
		node->body = parse_braced(p, false);
	else
		is_over = recover_head(p);
	p->in_deny = is_deny;
	parser_leave(p);
	if (is_good)
		node_list_add(list, node);
	return is_good || is_over;
}

static bool read_priority(struct parser *p, struct qualifiers *q)
{
	struct place at = parser_place(p);
	struct slice text;
	uint64_t number;
	bool is_negative;

	p->at += strlen("priority");
	if (!parser_need(p, "="))
		return false;
	text = parser_peek_keyword(p);
	is_negative = slice_starts(text, "-");
	p->at += text.len;
	if (is_negative || slice_starts(text, "+"))
		text = slice_cut(text, 1, text.len);
	if (!text.len || strspn(text.ptr, "0123456789") < text.len ||
	    !slice_number(text, &number) || number > PRIORITY_MAX) {
		parser_error(p, at, "a priority is a number from -%d to %d", PRIORITY_MAX,
			     PRIORITY_MAX);
		return false;
	}
	q->priority = is_negative ? -(int)number : (int)number;
	q->has_priority = true;
	return true;
}

static bool at_priority(struct parser *p)
{
	return slice_is(parser_peek_keyword(p), "priority") && parser_at_condition(p);
}

/* A qualifier that stands where it cannot; after those that were read. */
static bool check_no_more(struct parser *p, const struct qualifiers *q)
{
	static const char *const all[] = { "audit",  "quiet", "allow", "deny",
					   "prompt", "owner", "other", NULL };
	struct slice word = parser_peek_keyword(p);

	if (at_priority(p))
		word = SLICE("priority");
	for (size_t i = 0; all[i] || slice_is(word, "priority"); i++) {
		if (all[i] && !slice_is(word, all[i]))
			continue;
		if ((q->allow || q->deny || q->prompt) &&
		    (slice_is(word, "allow") || slice_is(word, "deny") || slice_is(word, "prompt")))
			return parser_error(p, parser_place(p),
					    "allow, deny and prompt exclude each other");
		parser_error(p, parser_place(p), "\"%.*s\" cannot stand here", SLICE_FMT(word));
		parser_help(p, "the order is: priority=N audit allow owner, each once");
		return false;
	}
	return true;
}

static bool read_qualifiers(struct parser *p, struct qualifiers *q)
{
	*q = (struct qualifiers){ .who = WHO_ALL };
	if (at_priority(p) && !read_priority(p, q))
		return false;
	q->audit = parser_take_keyword(p, "audit");
	q->quiet = !q->audit && parser_take_keyword(p, "quiet");
	if (parser_take_keyword(p, "allow"))
		q->allow = true;
	else if (parser_take_keyword(p, "deny"))
		q->deny = true;
	else if (parser_take_keyword(p, "prompt"))
		q->prompt = true;
	if (!q->audit && !q->quiet)
		q->quiet = parser_take_keyword(p, "quiet");
	if (parser_take_keyword(p, "owner"))
		q->who = WHO_OWNER;
	else if (parser_take_keyword(p, "other"))
		q->who = WHO_OTHER;
	return check_no_more(p, q);
}

static bool parse_block(struct parser *p, const struct qualifiers *q, struct place at,
			struct node_list *list)
{
	struct node_block *node = new_node(p, struct node_block, NODE_BLOCK, at);
	bool is_deny = p->in_deny;

	node->qualifiers = *q;
	if (!parser_enter(p))
		return false;
	p->in_deny |= q->deny;
	node->body = parse_braced(p, false);
	p->in_deny = is_deny;
	parser_leave(p);
	node_list_add(list, node);
	return true;
}

/* Refuses qualifiers that a class does not know. */
static bool check_qualifiers(struct parser *p, const struct rule *rule, bool is_set)
{
	const struct rule_class *class = rule->rule_class;
	const struct qualifiers *q = &rule->qualifiers;
	const char *word = NULL;

	if (q->has_priority && !(class->may & RULE_MAY_PRIORITY))
		word = "priority=";
	if (q->audit && !(class->may & RULE_MAY_AUDIT))
		word = "audit";
	if ((q->allow || q->deny || q->prompt) && !(class->may & RULE_MAY_ALLOW))
		word = q->allow ? "allow" : q->deny ? "deny" : "prompt";
	if (q->quiet && !(class->may & RULE_MAY_QUIET))
		word = "quiet";
	if (q->who != WHO_ALL && !(class->may & RULE_MAY_OWNER))
		word = q->who == WHO_OWNER ? "owner" : "other";
	if (word)
		return parser_error(p, rule->place, "\"%s\" cannot stand before \"%s\"", word,
				    class->keyword);
	if (is_set && !(class->may & (RULE_MAY_SET | RULE_MUST_SET)))
		return parser_error(p, rule->place, "\"set\" cannot stand before \"%s\"",
				    class->keyword);
	if (!is_set && (class->may & RULE_MUST_SET)) {
		parser_error(p, rule->place, "\"%s\" stands behind \"set\"", class->keyword);
		parser_help(p, "set %s …", class->keyword);
		return false;
	}
	return true;
}

static bool unknown_rule(struct parser *p, struct slice word)
{
	enum { WORDS_MAX = 40 };
	static const char *const others[] = { "profile", "hat",	  "include", "if",
					      "audit",	 "allow", "deny",    "owner",
					      "other",	 "quiet", "prompt" };
	const char *names[WORDS_MAX] = { NULL };
	size_t n = 0;

	for (size_t i = 0; rule_classes[i] && n < WORDS_MAX - 12; i++)
		names[n++] = rule_classes[i]->keyword;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		names[n++] = others[i];
	return parser_unknown(p, parser_place(p), "rule", word, names);
}

/* The class of the rule that is next and how it is parsed; NULL: reported. */
static const struct rule_class *find_class(struct parser *p, bool is_set,
					   bool (**parse)(struct parser *p, struct rule *rule))
{
	struct slice word = parser_peek_keyword(p);
	const struct rule_class *class = word.len ? rule_class_find(word) : NULL;

	if (class) {
		p->at += word.len;
		*parse = class->parse;
		return class;
	}
	*parse = file_rule_parse;
	if (is_set) {
		parser_expected(p, "\"rlimit\" or \"capability\" after \"set\"");
		return NULL;
	}
	if (word.len && !is_file_letters(word) && !slice_is(word, "safe") &&
	    !slice_is(word, "unsafe")) {
		unknown_rule(p, word);
		return NULL;
	}
	if (!word.len && (!parser_at_word(p) || parser_at_assignment(p))) {
		parser_expected(p, "a rule");
		return NULL;
	}
	return &class_file;
}

/* The "," behind a rule; where it is missing, the place is the end of the rule, not what follows. */
static bool need_final_comma(struct parser *p)
{
	struct place end, next;

	if (parser_take(p, ","))
		return true;
	end = parser_place_of(p, p->skipped_from);
	next = parser_place(p);
	if (next.line == end.line && p->at < p->end && *p->at != '}')
		return parser_expected(p, "\",\" after the rule");
	return parser_error(p, end, "expected \",\" after the rule");
}

static bool parse_rule(struct parser *p, const struct qualifiers *q, struct place at,
		       struct node_list *list)
{
	bool is_set = slice_is(parser_peek_keyword(p), "set") && parser_take_keyword(p, "set");
	struct node_rule *node = new_node(p, struct node_rule, NODE_RULE, at);
	bool (*parse)(struct parser * p, struct rule * rule);

	node->rule.place = at;
	node->rule.qualifiers = *q;
	node->rule.rule_class = find_class(p, is_set, &parse);
	if (!node->rule.rule_class || !check_qualifiers(p, &node->rule, is_set))
		return false;
	if (!parse(p, &node->rule) || !need_final_comma(p))
		return false;
	node_list_add(list, node);
	return true;
}

static bool parse_rule_or_block(struct parser *p, struct node_list *list)
{
	struct place at = parser_place(p);
	struct qualifiers q;

	if (!read_qualifiers(p, &q))
		return false;
	if (parser_at(p, "{"))
		return parse_block(p, &q, at, list);
	return parse_rule(p, &q, at, list);
}

/* True at `if` that begins a conditional. */
static bool at_keyword(struct parser *p, const char *keyword)
{
	return slice_is(parser_peek_keyword(p), keyword);
}

/* Things that may not stand within a profile, for a clear message. */
static bool parse_misplaced(struct parser *p)
{
	struct place at = parser_place(p);

	if (parser_at_assignment(p) || (p->at < p->end && *p->at == '$')) {
		parser_error(p, at, "variables are assigned before profiles, not within");
		return true;
	}
	if (at_keyword(p, "alias")) {
		parser_error(p, at, "an alias stands before profiles, not within");
		return true;
	}
	if (at_keyword(p, "else")) {
		parser_error(p, at, "\"else\" without an \"if\" before it");
		return true;
	}
	return false;
}

/* `profile` and `hat` begin a child unless a path or letters follow as in a file rule. */
static bool at_child(struct parser *p)
{
	parser_skip(p);
	if (p->at < p->end && *p->at == '^')
		return true;
	return at_keyword(p, "profile") || at_keyword(p, "hat");
}

static bool parse_item(struct parser *p, struct node_list *list)
{
	if (parser_at_include(p))
		return parse_include(p, list);
	if (at_child(p))
		return parse_profile(p, true, list);
	if (at_keyword(p, "if"))
		return parse_if(p, false, list);
	if (at_abi(p))
		return parse_abi(p, list);
	if (parse_misplaced(p))
		return false;
	return parse_rule_or_block(p, list);
}

struct node *parse_body(struct parser *p)
{
	struct node_list list = { 0 };

	for (;;) {
		parser_skip(p);
		if (p->at >= p->end || *p->at == '}')
			return list.first;
		if (parser_at(p, ",")) {
			parser_expected(p, "a rule");
			p->at++;
		} else if (!parse_item(p, &list)) {
			parser_recover(p);
		}
	}
}

static bool parse_top_item(struct parser *p, struct node_list *list)
{
	if (parser_at_include(p))
		return parse_include(p, list);
	if (parser_at_assignment(p))
		return parse_variable(p, list);
	if (p->at < p->end && *p->at == '$')
		return parse_boolean(p, list);
	if (at_abi(p))
		return parse_abi(p, list);
	if (at_keyword(p, "alias"))
		return parse_alias(p, list);
	if (at_keyword(p, "if"))
		return parse_if(p, true, list);
	if (p->at < p->end && *p->at == '@' && p->end - p->at > 2 && p->at[1] == '{' &&
	    !variable_len(p->at, p->end))
		return parse_variable(p, list);
	if (!at_child(p) && rule_class_find(parser_peek_keyword(p))) {
		parser_error(p, parser_place(p), "rules stand within profiles");
		parser_help(p, "profile NAME { … }");
		return false;
	}
	return parse_profile(p, false, list);
}

/* After a mistake outside of profiles: to the next line that begins something. */
static void recover_top(struct parser *p, const char *begin)
{
	parser_recover(p);
	if (p->at == begin && p->at < p->end && *p->at != '}')
		p->at++;
}

static struct node *parse_top(struct parser *p, bool is_nested)
{
	struct node_list list = { 0 };

	for (;;) {
		const char *begin;

		parser_skip(p);
		begin = p->at;
		if (p->at >= p->end || (is_nested && *p->at == '}'))
			return list.first;
		if (*p->at == '}') {
			parser_error(p, parser_place(p), "this \"}\" closes nothing");
			p->at++;
		} else if (!parse_top_item(p, &list)) {
			recover_top(p, begin);
		}
	}
}

struct file *file_parse(struct arena *arena, struct diag *diag, const struct source *source,
			enum file_context context)
{
	struct file *file = arena_new(arena, struct file);
	struct parser p;

	parser_init(&p, arena, diag, source);
	file->source = source;
	if (context == CONTEXT_TOP)
		file->nodes = parse_top(&p, false);
	for (struct node **end = &file->nodes; context == CONTEXT_BODY;) {
		*end = parse_body(&p);
		while (*end)
			end = &(*end)->next;
		if (p.at >= p.end)
			break;
		parser_error(&p, parser_place(&p), "this \"}\" closes nothing");
		p.at++;
	}
	file->is_good = !p.has_failed;
	return file;
}
