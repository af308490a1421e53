/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats policy text, gives it back in canonical layout. The one idea: for layout a text is only a row
 * of words and comments, and where a statement ends can be told from single words:
 *
 *	a comma at a word's end, outside of parentheses	ends a rule
 *	"{" at a word's end that nothing in it closes	opens a block
 *	"}" at a statement's begin			closes one
 *	the line's end					ends an include or a variable's assignment
 */
#include "lang/format.h"

#include "lang/policy.h"

#include <ctype.h>

struct layout {
	const struct source *source;
	struct slice text;
	size_t at;
	unsigned line;
	size_t line_start;
	struct buf *out;
	struct diag *diag;
	unsigned depth;			/* open blocks */
	struct place opened[POLICY_NESTING_MAX];
	int parentheses;
	bool is_inside;			/* a statement has begun */
	bool is_by_line;		/* it ends with its line */
	bool had_newline;		/* before the word that comes */
	bool had_empty;			/* an empty line, too */
	bool is_after_open;		/* nothing was written since "{" or the begin */
	bool is_after_close;		/* "}" ends the line so far: "else" may follow it */
	bool ok;
};

static int peek(const struct layout *l, size_t ahead)
{
	return l->at + ahead < l->text.len ? (unsigned char)l->text.ptr[l->at + ahead] : -1;
}

static struct place here(const struct layout *l)
{
	return (struct place){ l->source, l->line, (unsigned)(l->at - l->line_start) + 1 };
}

static void skip_blanks(struct layout *l)
{
	unsigned n_newlines = 0;

	for (; l->at < l->text.len && isspace(peek(l, 0)); l->at++) {
		if (peek(l, 0) != '\n')
			continue;
		n_newlines++;
		l->line++;
		l->line_start = l->at + 1;
	}
	l->had_newline = n_newlines > 0;
	l->had_empty = n_newlines > 1;
}

/* A line of its own begins: the empty line before it, if one is wanted, and its indent. */
static void begin_line(struct layout *l, unsigned levels)
{
	if (l->out->len && l->out->data[l->out->len - 1] != '\n')
		buf_add_char(l->out, '\n');
	if (l->had_empty && !l->is_after_open && !l->is_inside)
		buf_add_char(l->out, '\n');
	for (unsigned i = 0; i < levels; i++)
		buf_add_text(l->out, "  ");
	l->is_after_open = false;
	l->is_after_close = false;
}

static bool is_include_comment(const struct layout *l)
{
	static const char word[] = "#include";

	return l->text.len - l->at > sizeof(word) - 1 &&
	       !memcmp(l->text.ptr + l->at, word, sizeof(word) - 1) &&
	       (isblank(peek(l, sizeof(word) - 1)) || peek(l, sizeof(word) - 1) == '<' ||
		peek(l, sizeof(word) - 1) == '"');
}

/* To the end of the line, without blanks before it. */
static struct slice read_comment(struct layout *l)
{
	size_t start = l->at, end;

	while (l->at < l->text.len && peek(l, 0) != '\n')
		l->at++;
	for (end = l->at; end > start && isspace((unsigned char)l->text.ptr[end - 1]); end--)
		;
	return slice_cut(l->text, start, end);
}

static void put_comment(struct layout *l)
{
	bool is_alone = l->had_newline || !l->out->len;

	if (is_alone)
		begin_line(l, l->depth + (l->is_inside ? 2 : 0));
	else
		buf_add_text(l->out, "  ");
	buf_add_slice(l->out, read_comment(l));
	/* The next word cannot stand on this line. */
	buf_add_char(l->out, '\n');
	l->is_after_close = false;
}

static bool skip_quoted(struct layout *l)
{
	struct place at = here(l);

	for (l->at++; l->at < l->text.len && peek(l, 0) != '\n'; l->at++) {
		if (peek(l, 0) == '\\' && l->at + 1 < l->text.len && peek(l, 1) != '\n')
			l->at++;
		else if (peek(l, 0) == '"') {
			l->at++;
			return true;
		}
	}
	diag_error(l->diag, at, "this quote does not close");
	diag_help(l->diag, "a quoted name ends with '\"' on the same line");
	return l->ok = false;
}

/* A word: no blank outside of quotes. "}" is a word of its own where a statement begins. */
static struct slice read_word(struct layout *l)
{
	size_t start = l->at;

	if (!l->is_inside && peek(l, 0) == '}') {
		l->at++;
		return slice_cut(l->text, start, l->at);
	}
	while (l->at < l->text.len && !isspace(peek(l, 0))) {
		if (peek(l, 0) == '"') {
			if (!skip_quoted(l))
				break;
		} else if (peek(l, 0) == '\\' && l->at + 1 < l->text.len && peek(l, 1) != '\n') {
			l->at += 2; /* "\ " is no end */
		} else {
			l->at++;
		}
	}
	return slice_cut(l->text, start, l->at);
}

/* Counts what a word opens and closes, outside of quotes and escapes. */
static int balance(struct slice word, char open, char close)
{
	bool is_quoted = false;
	int n = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.ptr[i] == '\\')
			i++;
		else if (word.ptr[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted)
			n += (word.ptr[i] == open) - (word.ptr[i] == close);
	}
	return n;
}

/* "@{X}", "$X" before "=", "+=", "?=" or ":=": an assignment, not a rule that begins so. */
static bool is_assignment(const struct layout *l, struct slice word)
{
	size_t i = 0, at = l->at;

	if (word.ptr[0] != '@' && word.ptr[0] != '$')
		return false;
	while (i < word.len && word.ptr[i] != '=' && word.ptr[i] != '}')
		i++;
	if (i < word.len && word.ptr[i] == '}')
		i++;
	if (word.ptr[0] == '$' && i < word.len && word.ptr[i] == '=')
		return true;
	if (i < word.len)
		return word.ptr[i] == '=' ||
		       (i + 1 < word.len && strchr("+?:", word.ptr[i]) && word.ptr[i + 1] == '=');
	while (at < l->text.len && isblank((unsigned char)l->text.ptr[at]))
		at++;
	if (at + 1 < l->text.len && strchr("+?:", l->text.ptr[at]))
		at++;
	return at < l->text.len && l->text.ptr[at] == '=';
}

static bool ends_with_line(const struct layout *l, struct slice word)
{
	return slice_is(word, "include") || slice_is(word, "#include") ||
	       slice_starts(word, "include<") || slice_starts(word, "#include<") ||
	       slice_starts(word, "include\"") || slice_starts(word, "#include\"") ||
	       is_assignment(l, word);
}

static void end_statement(struct layout *l)
{
	l->is_inside = false;
	l->is_by_line = false;
	l->parentheses = 0;
}

static void open_block(struct layout *l, struct place at)
{
	if (l->depth == POLICY_NESTING_MAX) {
		diag_error(l->diag, at, "more than %d blocks within each other", POLICY_NESTING_MAX);
		l->ok = false;
		return;
	}
	l->opened[l->depth++] = at;
	end_statement(l);
	l->is_after_open = true;
}

static void close_block(struct layout *l, struct place at)
{
	if (!l->depth) {
		diag_error(l->diag, at, "this \"}\" closes nothing");
		l->ok = false;
		return;
	}
	l->depth--;
	l->had_empty = false;
	begin_line(l, l->depth);
	buf_add_char(l->out, '}');
	l->is_after_close = true;
}

/* One blank, or none beside a parenthesis. */
static void put_gap(struct layout *l, struct slice word)
{
	char last = l->out->data[l->out->len - 1];

	if (last != '(' && word.ptr[0] != ')' && !(l->parentheses && word.ptr[0] == ','))
		buf_add_char(l->out, ' ');
}

static void put_word(struct layout *l, struct slice word)
{
	bool is_new_line = l->out->len && l->out->data[l->out->len - 1] == '\n';

	if (!l->is_inside && l->is_after_close && slice_is(word, "else"))
		buf_add_char(l->out, ' ');
	else if (!l->is_inside)
		begin_line(l, l->depth);
	else if ((l->had_newline || is_new_line) && !slice_is(word, "{") && !slice_is(word, ","))
		begin_line(l, l->depth + 2);
	else if (!slice_is(word, ","))
		put_gap(l, word);
	buf_add_slice(l->out, word);
	l->is_after_close = false;
}

static void take_word(struct layout *l)
{
	struct place at = here(l);
	struct slice word = read_word(l);
	bool opens = slice_ends(word, "{") && balance(word, '{', '}') > 0;

	if (!l->is_inside && slice_is(word, "}")) {
		close_block(l, at);
		return;
	}
	/* "flags=(complain){" is two words. */
	if (opens && word.len > 1) {
		l->at--;
		word.len--;
		opens = false;
	}
	put_word(l, word);
	if (!l->is_inside)
		l->is_by_line = ends_with_line(l, word);
	l->is_inside = true;
	l->parentheses += balance(word, '(', ')');
	if (opens)
		open_block(l, at);
	else if (!l->is_by_line && slice_ends(word, ",") && l->parentheses <= 0)
		end_statement(l);
}

bool format_text(const struct source *source, struct buf *out, struct diag *diag)
{
	struct layout l = {
		.source = source, .text = source->text, .line = 1, .out = out, .diag = diag,
		.is_after_open = true, .ok = true,
	};
	auto_buf own = BUF_INIT;

	l.out = &own;
	for (skip_blanks(&l); l.ok && l.at < l.text.len; skip_blanks(&l)) {
		if (l.is_by_line && l.had_newline)
			end_statement(&l);
		if (peek(&l, 0) == '#' && (l.is_inside || !is_include_comment(&l)))
			put_comment(&l);
		else
			take_word(&l);
	}
	for (unsigned i = 0; l.ok && i < l.depth; i++) {
		diag_error(diag, l.opened[i], "this \"{\" does not close");
		l.ok = i + 1 < l.depth;
	}
	if (l.depth || !l.ok)
		return false;
	if (own.len && own.data[own.len - 1] != '\n')
		buf_add_char(&own, '\n');
	buf_add_slice(out, buf_slice(&own));
	return true;
}
