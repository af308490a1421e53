/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules for files: `/path rwk`, `rw /path`, `file /path Px -> name`, and a bare `file`.
 *
 * Letters to bits, as the kernel interface has it:
 *	r	READ OPEN GETATTR
 *	w	WRITE APPEND CREATE DELETE RENAME SETATTR CHMOD CHOWN OPEN GETATTR
 *	a	APPEND OPEN GETATTR: an existing file, opened for appending
 *	k	LOCK		m	MMAP
 *	l	LINK, and a pair in CLASS_LINK
 *	x	EXEC with its transition
 * Every letter that allows gives GETATTR. Denials leave out OPEN and GETATTR, which other letters
 * may give: denying w must not take away reading.
 */
#include "lang/class_file.h"

#include "lang/glob.h"
#include "lang/object.h"
#include "lang/lexer.h"
#include "lang/rule_class.h"

enum {
	WRITE_PERMS = PERM_WRITE | PERM_APPEND | PERM_CREATE | PERM_DELETE | PERM_RENAME |
		      PERM_SETATTR | PERM_CHMOD | PERM_CHOWN,
	ALL_LETTERS =
		LETTER_READ | LETTER_WRITE | LETTER_MMAP | LETTER_LOCK | LETTER_LINK | LETTER_EXEC,
};

static const struct letter {
	char letter;
	unsigned bit;
	uint32_t allow;
	uint32_t deny;
} letters[] = {
	{ 'r', LETTER_READ, PERM_READ | PERM_OPEN, PERM_READ },
	{ 'w', LETTER_WRITE, WRITE_PERMS | PERM_OPEN, WRITE_PERMS },
	{ 'a', LETTER_APPEND, PERM_APPEND | PERM_OPEN, PERM_APPEND },
	{ 'm', LETTER_MMAP, PERM_MMAP, PERM_MMAP },
	{ 'k', LETTER_LOCK, PERM_LOCK, PERM_LOCK },
	{ 'l', LETTER_LINK, PERM_LINK, 0 },
};

enum { N_LETTERS = sizeof(letters) / sizeof(*letters) };

/* What the parse of a rule has met so far, next to its detail. */
struct reading {
	struct parser *p;
	struct rule *rule;
	struct file_rule *detail;
	struct place letters_at;
	struct place bare_x_at; /* where "x" stands alone */
	bool is_front; /* letters before the path */
	bool has_keyword; /* "file" or "link" */
	bool is_safe; /* "safe" or "unsafe" was written */
	bool is_unsafe;
};

static char lower_case(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static const struct letter *find_letter(char c)
{
	for (size_t i = 0; i < N_LETTERS; i++) {
		if (letters[i].letter == lower_case(c))
			return &letters[i];
	}
	return NULL;
}

bool is_file_letters(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!find_letter(text.ptr[i]) && !memchr("xpciu", lower_case(text.ptr[i]), 5))
			return false;
	}
	return text.len > 0;
}

/*
 * The transition at text[at]: [pc] [iu] x. Gives its length, 0 if there is none. The case of the
 * first letter says whether the environment is scrubbed.
 */
static size_t read_exec(struct slice text, size_t at, enum image_exec_kind *kind, unsigned *flags)
{
	size_t from = at;
	char first = lower_case(text.ptr[at]);
	char then;

	*flags = text.ptr[at] != first ? EXEC_SCRUB : 0;
	*kind = EXEC_NONE;
	if (first == 'p' || first == 'c') {
		*kind = first == 'p' ? EXEC_PROFILE : EXEC_CHILD;
		at++;
	}
	then = at < text.len ? lower_case(text.ptr[at]) : '\0';
	if (then == 'i' || then == 'u') {
		if (*kind != EXEC_NONE)
			*flags |= then == 'i' ? EXEC_OR_INHERIT : EXEC_OR_UNCONFINED;
		else
			*kind = then == 'i' ? EXEC_INHERIT : EXEC_UNCONFINED;
		at++;
	}
	if (at >= text.len || lower_case(text.ptr[at]) != 'x')
		return 0;
	/* Nothing changes hands when the profile stays; nothing goes where "x" goes nowhere. */
	if (*kind == EXEC_INHERIT || *kind == EXEC_NONE)
		*flags = 0;
	return at + 1 - from;
}

static bool bad_letter(struct reading *r, struct slice text, size_t at)
{
	struct place place = r->letters_at;

	place.col += (unsigned)at;
	if (memchr("pciu", lower_case(text.ptr[at]), 4)) {
		parser_error(r->p, place, "\"%c\" in \"%.*s\" begins no way to execute",
			     text.ptr[at], SLICE_FMT(text));
		parser_help(r->p, "ix, ux, px, cx, pix, cix, pux or cux; upper case scrubs the "
				  "environment");
		return false;
	}
	parser_error(r->p, place, "unknown access \"%c\" in \"%.*s\"", text.ptr[at],
		     SLICE_FMT(text));
	parser_help(r->p, "r w a m k l, and x with a way to execute: ix px cx ux");
	return false;
}

static bool add_exec(struct reading *r, struct slice text, size_t at, enum image_exec_kind kind,
		     unsigned flags)
{
	struct file_rule *d = r->detail;
	struct place place = r->letters_at;
	bool is_deny = r->rule->qualifiers.deny || r->p->in_deny;

	place.col += (unsigned)at;
	if (is_deny && kind != EXEC_NONE) {
		parser_error(r->p, place, "a denial of \"x\" takes no way to execute");
		parser_help(r->p, "write \"x\" alone");
		return false;
	}
	if (kind == EXEC_NONE)
		r->bare_x_at = place;
	if ((d->letters & LETTER_EXEC) && (d->exec != kind || d->exec_flags != flags))
		return parser_error(r->p, place, "two ways to execute in \"%.*s\"",
				    SLICE_FMT(text));
	d->letters |= LETTER_EXEC;
	d->exec = kind;
	d->exec_flags = flags;
	return true;
}

static bool read_letters(struct reading *r)
{
	struct slice text = parser_peek_keyword(r->p);

	r->letters_at = parser_place(r->p);
	if (!text.len)
		return parser_expected(r->p, "access letters like \"rw\"");
	for (size_t at = 0; at < text.len;) {
		const struct letter *letter = find_letter(text.ptr[at]);
		enum image_exec_kind kind;
		unsigned flags;
		size_t len;

		if (letter) {
			r->detail->letters |= letter->bit;
			at++;
			continue;
		}
		len = read_exec(text, at, &kind, &flags);
		if (!len)
			return bad_letter(r, text, at);
		if (!add_exec(r, text, at, kind, flags))
			return false;
		at += len;
	}
	if ((r->detail->letters & LETTER_WRITE) && (r->detail->letters & LETTER_APPEND)) {
		parser_error(r->p, r->letters_at, "\"w\" and \"a\" exclude each other");
		parser_help(r->p, "\"w\" allows appending too");
		return false;
	}
	r->p->at += text.len;
	return true;
}

static bool read_path(struct reading *r)
{
	struct word *path = &r->detail->path;
	char first;

	parser_skip(r->p);
	if (parser_at_assignment(r->p))
		return parser_error(r->p, parser_place(r->p),
				    "variables are assigned before profiles, not within");
	if (!parser_pattern(r->p, WORD_PLAIN, "a path", path))
		return false;
	if (!path->text.len)
		return parser_error(r->p, path->place, "this path is empty");
	first = path->text.ptr[0];
	if (first == '/' || first == '{' || (first == '@' && path->text.ptr[1] == '{') ||
	    ((r->has_keyword || r->is_front) && memchr("[*?\\", first, 4)))
		return true;
	if (r->has_keyword || r->is_front) {
		parser_warn(r->p, path->place,
			    "no path begins like \"%.*s\": this rule never matches",
			    SLICE_FMT(path->text));
		return true;
	}
	parser_error(r->p, path->place, "expected a rule, found \"%.*s\"", SLICE_FMT(path->text));
	parser_help(r->p, "paths begin with \"/\"");
	return false;
}

/* What "safe" and "unsafe" make of the way to execute. */
static bool apply_safety(struct reading *r)
{
	struct file_rule *d = r->detail;

	if (!r->is_safe)
		return true;
	if (!(d->letters & LETTER_EXEC)) {
		parser_error(r->p, r->letters_at, "\"%s\" is for rules with \"x\"",
			     r->is_unsafe ? "unsafe" : "safe");
		parser_help(r->p, "%s px /path,", r->is_unsafe ? "unsafe" : "safe");
		return false;
	}
	if (r->is_unsafe && (r->rule->qualifiers.deny || r->p->in_deny))
		return parser_error(r->p, r->letters_at, "a denial of \"x\" takes no \"unsafe\"");
	if (r->is_unsafe)
		d->exec_flags &= ~(unsigned)EXEC_SCRUB;
	else if (d->exec != EXEC_INHERIT && d->exec != EXEC_NONE)
		d->exec_flags |= EXEC_SCRUB;
	return true;
}

static bool read_target(struct reading *r)
{
	struct file_rule *d = r->detail;
	struct place at = parser_place(r->p);
	bool is_link = d->letters & LETTER_LINK, is_exec = d->letters & LETTER_EXEC;

	if (!parser_take(r->p, "->"))
		return true;
	if (is_link && is_exec && r->is_front) {
		parser_error(r->p, at, "\"->\" cannot be for both \"l\" and \"x\"");
		parser_help(r->p, "write two rules");
		return false;
	}
	if (is_link && !is_exec) {
		if (!parser_pattern(r->p, WORD_PLAIN, "the path that is linked to", &d->target))
			return false;
		if (slice_starts(d->target.text, ":"))
			return parser_error(r->p, d->target.place,
					    "a link goes to a path, not to a namespace");
		return true;
	}
	if (!parser_word(r->p, WORD_PLAIN, "the name of a profile", &d->target))
		return false;
	if (!d->target.text.len)
		return parser_error(r->p, d->target.place, "this name is empty");
	if (slice_is(d->target.text, "&"))
		parser_warn(r->p, d->target.place, "no profile is named: exec by this rule is denied");
	if (is_exec && (d->exec != EXEC_NONE || !(r->rule->qualifiers.deny || r->p->in_deny)))
		return true;
	parser_warn(r->p, at, "\"->\" means nothing without \"l\" or \"x\"");
	d->target = (struct word){ 0 };
	return true;
}

/* "x" alone denies, or goes to the profile that "->" names, as "Px" does. */
static bool check_exec(struct reading *r)
{
	struct file_rule *d = r->detail;
	bool is_deny = r->rule->qualifiers.deny || r->p->in_deny;

	if (!(d->letters & LETTER_EXEC) || d->exec != EXEC_NONE || is_deny)
		return true;
	if (d->target.text.ptr) {
		d->exec = EXEC_PROFILE;
		d->exec_flags = r->is_unsafe ? 0 : EXEC_SCRUB;
		return true;
	}
	parser_error(r->p, r->bare_x_at, "\"x\" does not say how to execute");
	parser_help(r->p, "ix stays in this profile, px goes to the program's own, cx to a child, "
			  "ux leaves confinement");
	return false;
}

static bool read_front_form(struct reading *r)
{
	r->is_front = true;
	if (!read_letters(r))
		return false;
	if (parser_take_keyword(r->p, "subset")) {
		if (r->detail->letters != LETTER_LINK) {
			parser_error(r->p, r->letters_at, "\"subset\" is for links alone");
			parser_help(r->p, "link subset /link -> /target,");
			return false;
		}
		r->detail->is_subset = true;
	}
	return read_path(r) && apply_safety(r) && read_target(r) && check_exec(r);
}

static bool read_rule(struct parser *p, struct rule *rule, bool has_keyword)
{
	struct reading r = { .p = p, .rule = rule, .has_keyword = has_keyword };

	r.detail = rule_detail_new(p, struct file_rule);
	rule->detail = r.detail;
	r.is_unsafe = parser_take_keyword(p, "unsafe");
	r.is_safe = r.is_unsafe || parser_take_keyword(p, "safe");
	if (is_file_letters(parser_peek_keyword(p)))
		return read_front_form(&r);
	return read_path(&r) && read_letters(&r) && apply_safety(&r) && read_target(&r) &&
	       check_exec(&r);
}

bool file_rule_parse(struct parser *p, struct rule *rule)
{
	return read_rule(p, rule, false);
}

static bool parse(struct parser *p, struct rule *rule)
{
	struct file_rule *detail;

	if (!parser_at_end(p))
		return read_rule(p, rule, true);
	detail = rule_detail_new(p, struct file_rule);
	detail->letters = ALL_LETTERS;
	detail->exec = rule->qualifiers.deny || p->in_deny ? EXEC_NONE : EXEC_INHERIT;
	rule->detail = detail;
	return true;
}

/*
 * The target of a transition is a name, not a pattern. With a variable of several values it stays as it is
 * written, as in AppArmor: no profile has such a name.
 */
static bool expand_name(struct expansion *x, const struct word *from, struct word *to)
{
	struct word_list values;

	if (!expand_values(x, from, &values))
		return false;
	*to = values.n == 1 ? values.words[0] : *from;
	return true;
}

static bool expand_path(struct expansion *x, const struct word *from, struct word *to)
{
	if (!expand_word(x, from, to))
		return false;
	to->text = glob_collapse_slashes(expansion_arena(x), to->text);
	return true;
}

static bool is_transition(const struct file_rule *d)
{
	return (d->letters & LETTER_EXEC) && d->exec != EXEC_NONE;
}

static bool expand(struct expansion *x, const struct rule *from, struct rule *to)
{
	const struct file_rule *before = from->detail;
	struct file_rule after = *before;

	if (before->path.text.ptr && !expand_path(x, &before->path, &after.path))
		return false;
	if (before->target.text.ptr) {
		bool is_good = is_transition(before)
				       ? expand_name(x, &before->target, &after.target)
				       : expand_path(x, &before->target, &after.target);

		if (!is_good)
			return false;
	}
	if (after.path.text.ptr == before->path.text.ptr &&
	    after.target.text.ptr == before->target.text.ptr)
		return true;
	to->detail = arena_new(expansion_arena(x), struct file_rule);
	*(struct file_rule *)to->detail = after;
	return true;
}

const struct word *file_rule_path(const struct rule *rule, bool is_target)
{
	const struct file_rule *d = rule->detail;

	if (rule->rule_class != &class_file && rule->rule_class != &class_link)
		return NULL;
	if (!is_target)
		return d->path.text.ptr ? &d->path : NULL;
	return d->target.text.ptr && !is_transition(d) ? &d->target : NULL;
}

void file_rule_replace(struct arena *arena, struct rule *rule, bool is_target,
		       const struct word *path)
{
	struct file_rule *d = arena_new(arena, struct file_rule);

	*d = *(const struct file_rule *)rule->detail;
	if (is_target)
		d->target = *path;
	else
		d->path = *path;
	rule->detail = d;
}

static int compare_numbers(unsigned a, unsigned b)
{
	return (a > b) - (a < b);
}

static int compare(const struct rule *a, const struct rule *b)
{
	const struct file_rule *x = a->detail, *y = b->detail;
	int order = word_compare(&x->path, &y->path);

	if (!order)
		order = word_compare(&x->target, &y->target);
	if (!order)
		order = compare_numbers(x->letters, y->letters);
	if (!order)
		order = compare_numbers(x->exec, y->exec);
	if (!order)
		order = compare_numbers(x->exec_flags, y->exec_flags);
	return order ? order : compare_numbers(x->is_subset, y->is_subset);
}

static void print_exec(const struct file_rule *d, struct buf *out)
{
	static const char first[] = { [EXEC_INHERIT] = 'i',
				      [EXEC_UNCONFINED] = 'u',
				      [EXEC_PROFILE] = 'p',
				      [EXEC_CHILD] = 'c' };
	bool is_scrubbed = d->exec_flags & EXEC_SCRUB;

	if (!(d->letters & LETTER_EXEC))
		return;
	if (d->exec != EXEC_NONE)
		buf_add_char(out, is_scrubbed ? (char)(first[d->exec] - 32) : first[d->exec]);
	if (d->exec_flags & EXEC_OR_INHERIT)
		buf_add_char(out, 'i');
	if (d->exec_flags & EXEC_OR_UNCONFINED)
		buf_add_char(out, is_scrubbed ? 'U' : 'u');
	buf_add_char(out, 'x');
}

static void print_target(const struct file_rule *d, struct buf *out)
{
	if (!d->target.text.ptr)
		return;
	buf_add_text(out, " -> ");
	word_print(&d->target, out);
}

/* A bare path that begins with a letter would be read as access or a keyword. */
static void print_path(const struct word *path, struct buf *out)
{
	char first = path->text.len ? lower_case(path->text.ptr[0]) : '\0';
	auto_buf text = BUF_INIT;

	word_print(path, &text);
	if (first < 'a' || first > 'z' || *buf_text(&text) == '"')
		buf_add_slice(out, buf_slice(&text));
	else
		buf_printf(out, "\"%s\"", buf_text(&text));
}

static void print(const struct rule *rule, struct buf *out)
{
	const struct file_rule *d = rule->detail;
	char first = d->path.text.len ? d->path.text.ptr[0] : '\0';

	if (!d->path.text.ptr) {
		buf_add_text(out, "file");
		return;
	}
	if (d->is_subset) {
		buf_add_text(out, "l subset ");
		print_path(&d->path, out);
		print_target(d, out);
		return;
	}
	if (first != '/' && first != '{')
		buf_add_text(out, "file ");
	print_path(&d->path, out);
	buf_add_char(out, ' ');
	for (size_t i = 0; i < N_LETTERS; i++) {
		if (d->letters & letters[i].bit)
			buf_add_char(out, letters[i].letter);
	}
	print_exec(d, out);
	print_target(d, out);
}

/* The full name that a transition leads to; a child's is its parent's and its own. */
static void lower_target(const struct file_rule *d, const struct lower_sink *sink,
			 struct lower_exec *exec)
{
	struct slice name;

	if (!d->target.text.ptr)
		return;
	name = word_bytes(sink->arena, &d->target);
	if (slice_starts(name, "&")) {
		exec->flags |= EXEC_STACK;
		name = slice_cut(name, 1, name.len);
	}
	/* What is put on top of the profile is a profile of its own, not a child. */
	if (exec->kind == EXEC_CHILD && !(exec->flags & EXEC_STACK) && !slice_starts(name, ":") &&
	    sink->profile)
		name = slice_of(arena_printf(sink->arena, "%.*s//%.*s",
					     SLICE_FMT(sink->profile->full_name), SLICE_FMT(name)));
	exec->name = name;
	/* A named target is where the program goes, whatever letter is in front of "x". */
	if (exec->kind == EXEC_INHERIT)
		exec->flags |= EXEC_OR_INHERIT | EXEC_SCRUB;
	if (exec->kind != EXEC_CHILD || !(exec->flags & EXEC_STACK))
		exec->kind = EXEC_PROFILE;
}

/* Who runs a program in his own profile may map it, says AppArmor. */
static bool is_inheriting(const struct file_rule *d)
{
	return d->letters & LETTER_EXEC &&
	       (d->exec == EXEC_INHERIT || (d->exec != EXEC_NONE && d->exec_flags & EXEC_OR_INHERIT));
}

static void lower_file(const struct rule *rule, const struct lower_sink *sink)
{
	const struct file_rule *d = rule->detail;
	struct lower_row row = lower_row_of(rule, CLASS_FILE);
	bool is_deny = row.verb == LOWER_DENY;

	for (size_t i = 0; i < N_LETTERS; i++) {
		if (d->letters & letters[i].bit)
			row.perms |= is_deny ? letters[i].deny : letters[i].allow | PERM_GETATTR;
	}
	if (d->letters & LETTER_EXEC) {
		row.perms |= is_deny ? PERM_EXEC : PERM_EXEC | PERM_GETATTR;
		if (!is_deny && d->exec != EXEC_NONE) {
			row.exec.kind = d->exec;
			row.exec.flags = d->exec_flags;
			lower_target(d, sink, &row.exec);
		}
	}
	if (!row.perms)
		return;
	row.pattern = d->path.text.ptr ? d->path.text : SLICE("/{**,}");
	if (!is_deny && is_inheriting(d) && !row.audit)
		row.perms |= PERM_MMAP;
	sink->row(sink->to, &row);
	/* What nobody wrote is not reported. */
	if (!is_deny && is_inheriting(d) && row.audit) {
		row.perms = PERM_MMAP;
		row.exec = (struct lower_exec){ 0 };
		row.audit = false;
		sink->row(sink->to, &row);
	}
}

/*
 * The pair of a link. Where no target is written any will do, as long as the link allows no more
 * than its target.
 */
static void lower_link(const struct rule *rule, const struct lower_sink *sink)
{
	const struct file_rule *d = rule->detail;
	struct lower_row row = lower_row_of(rule, CLASS_LINK);
	bool has_target = d->target.text.ptr && !is_transition(d);
	auto_buf pattern = BUF_INIT;

	if (d->path.text.ptr)
		object_glob(&pattern, d->path.text);
	else
		buf_add_text(&pattern, "/{**,}");
	object_end(&pattern);
	if (has_target)
		buf_add_slice(&pattern, d->target.text);
	else
		buf_add_text(&pattern, "/[^/]**");
	row.perms = PERM_LINK;
	if (row.verb == LOWER_ALLOW && (!has_target || d->is_subset))
		row.perms |= PERM_LINK_SUBSET;
	lower_give(sink, row, &pattern, row.perms);
}

static void lower(const struct rule *rule, const struct lower_sink *sink)
{
	const struct file_rule *d = rule->detail;

	lower_file(rule, sink);
	if (d->letters & LETTER_LINK)
		lower_link(rule, sink);
}

const struct rule_class class_file = {
	.keyword = "file",
	.class_id = CLASS_FILE,
	.may = RULE_MAY_MOST | RULE_MAY_OWNER,
	.parse = parse,
	.expand = expand,
	.compare = compare,
	.print = print,
	.lower = lower,
};

/* `link [subset] /link -> /target`: a rule for files with the letter "l" and nothing else. */
static bool link_parse(struct parser *p, struct rule *rule)
{
	struct reading r = { .p = p, .rule = rule, .has_keyword = true };

	r.detail = rule_detail_new(p, struct file_rule);
	rule->detail = r.detail;
	r.detail->letters = LETTER_LINK;
	r.detail->is_subset = parser_take_keyword(p, "subset");
	if (!read_path(&r))
		return false;
	if (!parser_at(p, "->"))
		return parser_expected(p, "\"->\" and the path that is linked to");
	return read_target(&r);
}

static void link_print(const struct rule *rule, struct buf *out)
{
	const struct file_rule *d = rule->detail;

	buf_add_text(out, d->is_subset ? "link subset " : "link ");
	print_path(&d->path, out);
	print_target(d, out);
}

const struct rule_class class_link = {
	.keyword = "link",
	.class_id = CLASS_LINK,
	.may = RULE_MAY_MOST | RULE_MAY_OWNER,
	.parse = link_parse,
	.expand = expand,
	.compare = compare,
	.print = link_print,
	.lower = lower,
};
