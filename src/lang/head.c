/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the head of a profile: name, attachment, xattrs=(…), + identities=(…), flags=(…), in this
 * order. The flags are a table; each says which others it cannot stand beside.
 */
#include "lang/ast.h"
#include "lang/glob.h"
#include "lang/lexer.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum flag_group {
	GROUP_NONE,
	GROUP_MODE,
	GROUP_DELETED,
	GROUP_DISCONNECTED,
	GROUP_CHROOT,
	GROUP_RELATIVE,
	N_GROUPS,
};

enum { NO_MODE = -1 };

static const struct flag {
	const char *name;
	enum flag_group group; /* only one of a group may stand */
	int mode; /* enum image_mode or NO_MODE */
	unsigned flags;
	unsigned more_flags;
} flags[] = {
	{ "enforce", GROUP_MODE, MODE_ENFORCE, 0, 0 },
	{ "complain", GROUP_MODE, MODE_COMPLAIN, 0, 0 },
	{ "kill", GROUP_MODE, MODE_KILL, 0, 0 },
	{ "unconfined", GROUP_MODE, MODE_UNCONFINED, 0, 0 },
	{ "prompt", GROUP_MODE, MODE_PROMPT, 0, 0 },
	{ "default_allow", GROUP_MODE, MODE_ENFORCE, PROFILE_DEFAULT_ALLOW, 0 },
	{ "audit", GROUP_NONE, NO_MODE, PROFILE_AUDIT, 0 },
	{ "interruptible", GROUP_NONE, NO_MODE, PROFILE_INTERRUPTIBLE, 0 },
	{ "mediate_deleted", GROUP_DELETED, NO_MODE, PROFILE_MEDIATE_DELETED, 0 },
	{ "delegate_deleted", GROUP_DELETED, NO_MODE, 0, MORE_DELEGATE_DELETED },
	{ "attach_disconnected", GROUP_DISCONNECTED, NO_MODE, PROFILE_ATTACH_DISCONNECTED, 0 },
	{ "no_attach_disconnected", GROUP_DISCONNECTED, NO_MODE, 0, MORE_NO_ATTACH_DISCONNECTED },
	{ "chroot_attach", GROUP_CHROOT, NO_MODE, 0, MORE_CHROOT_ATTACH },
	{ "chroot_no_attach", GROUP_CHROOT, NO_MODE, 0, MORE_CHROOT_NO_ATTACH },
	{ "chroot_relative", GROUP_RELATIVE, NO_MODE, PROFILE_CHROOT_RELATIVE, 0 },
	{ "namespace_relative", GROUP_RELATIVE, NO_MODE, 0, MORE_NAMESPACE_RELATIVE },
	{ "attach_disconnected.ipc", GROUP_NONE, NO_MODE, 0, MORE_ATTACH_DISCONNECTED_IPC },
	{ "debug", GROUP_NONE, NO_MODE, 0, MORE_DEBUG },
};

enum { N_FLAGS = sizeof(flags) / sizeof(*flags), N_VALUED = 4 };

static const char *const valued_flags[N_VALUED] = {
	"attach_disconnected.path",
	"attach_disconnected.ipc",
	"kill.signal",
	"error",
};

/* What reading flags has met: the member of each group. */
struct flag_reading {
	struct parser *p;
	struct head *head;
	const struct flag *met[N_GROUPS];
};

static bool set_flag(struct flag_reading *r, const struct flag *flag, struct place at)
{
	const struct flag *met = r->met[flag->group];

	if (flag->group != GROUP_NONE && met && met != flag) {
		parser_error(r->p, at, "\"%s\" and \"%s\" exclude each other", met->name,
			     flag->name);
		return false;
	}
	r->met[flag->group] = flag;
	r->head->flags |= flag->flags;
	r->head->more_flags |= flag->more_flags;
	if (r->head->more_flags & MORE_NO_ATTACH_DISCONNECTED &&
	    r->head->more_flags & MORE_ATTACH_DISCONNECTED_IPC)
		return parser_error(r->p, at, "\"no_attach_disconnected\" and "
					      "\"attach_disconnected.ipc\" exclude each other");
	if (flag->mode != NO_MODE) {
		r->head->mode = (enum image_mode)flag->mode;
		r->head->has_mode = true;
	}
	return true;
}

static const struct flag *find_flag(struct slice name)
{
	for (size_t i = 0; i < N_FLAGS; i++) {
		if (slice_is(name, flags[i].name))
			return &flags[i];
	}
	return NULL;
}

static bool unknown_flag(struct parser *p, struct place at, struct slice name)
{
	const char *names[N_FLAGS + N_VALUED + 1] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < N_FLAGS; i++)
		names[n++] = flags[i].name;
	for (size_t i = 0; i < N_VALUED; i++)
		names[n++] = valued_flags[i];
	return parser_unknown(p, at, "profile flag", name, names);
}

/* A path that must be the same if it is written twice. */
static bool set_path(struct flag_reading *r, struct slice key, struct word *to)
{
	struct word w;

	if (!parser_word(r->p, WORD_IN_LIST, "a path", &w))
		return false;
	if (to->text.ptr && !slice_eq(to->text, w.text))
		return parser_error(r->p, w.place, "\"%.*s\" has another value already",
				    SLICE_FMT(key));
	if (!slice_starts(w.text, "/") && !slice_starts(w.text, "@")) {
		parser_error(r->p, w.place, "this path does not begin with \"/\"");
		parser_help(r->p, "%.*s=/PATH", SLICE_FMT(key));
		return false;
	}
	*to = w;
	return true;
}

/* The signal's number, 0 if there is none of that name. */
static unsigned signal_number(struct slice name)
{
	static const struct {
		const char *name;
		int number;
	} others[] = {
		{ "exists", 0 }, { "io", SIGIO }, { "pwr", SIGPWR }, { "stkflt", SIGSTKFLT }
	};
	char text[8] = { 0 };
	unsigned long n = 0;

	if (slice_starts(name, "rtmin+") && name.len > 6 && name.len <= 8) {
		for (size_t i = 6; i < name.len; i++) {
			if (name.ptr[i] < '0' || name.ptr[i] > '9')
				return 0;
			n = n * 10 + (unsigned)(name.ptr[i] - '0');
		}
		return n <= 32 ? 32 + (unsigned)n : 0;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (slice_is(name, others[i].name))
			return (unsigned)others[i].number;
	}
	if (!name.len || name.len >= sizeof(text))
		return 0;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z')
			return 0;
		text[i] = name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? (char)(name.ptr[i] - 32)
								   : name.ptr[i];
	}
	for (int i = 1; i < 32; i++) {
		if (sigabbrev_np(i) && !strcmp(sigabbrev_np(i), text))
			return (unsigned)i;
	}
	return 0;
}

static bool set_signal(struct flag_reading *r)
{
	struct word w;
	unsigned number;

	if (!parser_word(r->p, WORD_IN_LIST, "a signal", &w))
		return false;
	number = signal_number(w.text);
	if (!number) {
		parser_error(r->p, w.place, "unknown signal \"%.*s\"", SLICE_FMT(w.text));
		parser_help(r->p, "a name in small letters without SIG: kill, term, rtmin+1");
		return false;
	}
	if (r->head->kill_signal && r->head->kill_signal != number)
		return parser_error(r->p, w.place, "\"kill.signal\" has another value already");
	r->head->kill_signal = number;
	return true;
}

static bool set_error(struct flag_reading *r)
{
	enum { ERRNO_END = 134 };
	struct word w;

	if (!parser_word(r->p, WORD_IN_LIST, "the name of an error", &w))
		return false;
	for (int i = 1; i < ERRNO_END; i++) {
		const char *name = strerrorname_np(i);

		if (!name || strlen(name) != w.text.len ||
		    strncasecmp(name, w.text.ptr, w.text.len))
			continue;
		if (r->head->error && r->head->error != (unsigned)i)
			return parser_error(r->p, w.place, "\"error\" has another value already");
		r->head->error = (unsigned)i;
		return true;
	}
	parser_error(r->p, w.place, "unknown error \"%.*s\"", SLICE_FMT(w.text));
	parser_help(r->p, "a name of errno(3): EACCES, ENOENT, EPERM");
	return false;
}

static bool read_valued(struct flag_reading *r, struct slice key, struct place at)
{
	if (slice_is(key, "attach_disconnected.path"))
		return set_flag(r, find_flag(SLICE("attach_disconnected")), at) &&
		       set_path(r, key, &r->head->disconnected);
	if (slice_is(key, "attach_disconnected.ipc"))
		return set_flag(r, find_flag(key), at) &&
		       set_path(r, key, &r->head->disconnected_ipc);
	if (slice_is(key, "kill.signal"))
		return set_signal(r);
	if (slice_is(key, "error"))
		return set_error(r);
	return unknown_flag(r->p, at, key);
}

static bool read_flag(struct flag_reading *r)
{
	struct slice name = parser_peek_keyword(r->p);
	struct place at = parser_place(r->p);
	const struct flag *flag;

	if (!name.len)
		return parser_expected(r->p, "a profile flag or \")\"");
	r->p->at += name.len;
	if (parser_take(r->p, "="))
		return read_valued(r, name, at);
	flag = find_flag(name);
	return flag ? set_flag(r, flag, at) : unknown_flag(r->p, at, name);
}

/* Behind the "(". */
static bool read_flags(struct parser *p, struct head *head)
{
	struct flag_reading r = { .p = p, .head = head };
	size_t n = 0;

	while (!parser_take(p, ")")) {
		if (parser_take(p, ","))
			continue;
		if (!read_flag(&r))
			return false;
		n++;
	}
	if (!n)
		return parser_error(p, parser_place_of(p, p->at - 1),
				    "expected a profile flag, found \")\"");
	return true;
}

static bool read_xattrs(struct parser *p, struct head *head)
{
	struct xattr_node **last = &head->xattrs;

	while (!parser_take(p, ")")) {
		struct xattr_node *x;
		struct word name;

		if (parser_take(p, ","))
			continue;
		if (!parser_word(p, WORD_IN_LIST | WORD_NO_EQUALS, "an extended attribute", &name))
			return false;
		x = arena_new(p->arena, struct xattr_node);
		x->name = name.text;
		if (parser_take(p, "=") &&
		    !parser_pattern(p, WORD_IN_LIST, "a value for it", &x->value))
			return false;
		*last = x;
		last = &x->next;
	}
	return true;
}

/* True and taken if `key =` stands next. */
static bool take_key(struct parser *p, const char *key)
{
	const char *before = p->at;

	if (parser_take_keyword(p, key) && parser_at(p, "=") && parser_take(p, "="))
		return true;
	p->at = before;
	return false;
}

static bool read_identities(struct parser *p, struct head *head)
{
	while (parser_take(p, "+")) {
		struct word_list more;

		if (!take_key(p, "identities"))
			return parser_expected(p, "\"identities=(…)\" after \"+\"");
		if (!parser_at(p, "("))
			return parser_expected(p, "\"(\"");
		if (!parser_values(p, "an identity", &more))
			return false;
		for (size_t i = 0; i < more.n; i++)
			word_list_add(p->arena, &head->identities, &more.words[i]);
	}
	return true;
}

static bool read_conditions(struct parser *p, struct head *head)
{
	struct slice key;

	if (take_key(p, "xattrs")) {
		if (head->is_hat)
			return parser_error(p, parser_place(p), "a hat attaches to nothing");
		if (!parser_need(p, "(") || !read_xattrs(p, head))
			return false;
	}
	if (!read_identities(p, head))
		return false;
	if (take_key(p, "flags"))
		return parser_need(p, "(") && read_flags(p, head);
	if (parser_take(p, "("))
		return read_flags(p, head);
	key = parser_peek_keyword(p);
	if (!key.len || !parser_at_condition(p))
		return true;
	return parser_unknown(p, parser_place(p), "part of a profile's head", key,
			      (const char *const[]){ "flags", "xattrs", NULL });
}

/* A pattern; "{" at its end is meant to be the one that follows the head. */
static bool read_name(struct parser *p, const char *what, struct word *out)
{
	if (!parser_word(p, WORD_PLAIN, what, out))
		return false;
	out->is_pattern = true;
	if (out->is_quoted || !slice_ends(out->text, "{") || slice_ends(out->text, "\\{"))
		return parser_check_pattern(p, out);
	p->at--;
	if (out->text.len == 1)
		return parser_expected(p, what);
	return parser_error(p, parser_place_of(p, p->at), "a blank is missing before this \"{\"");
}

static bool read_attachment(struct parser *p, struct head *head)
{
	char first;

	parser_skip(p);
	first = p->at < p->end ? *p->at : '\0';
	if (first != '/' && first != '"' && first != '@')
		return true;
	if (!read_name(p, "the path of a program", &head->attachment))
		return false;
	first = head->attachment.text.len ? head->attachment.text.ptr[0] : '\0';
	if (first == '/' || first == '@' || first == '{')
		return true;
	parser_error(p, head->attachment.place, "an attachment begins with \"/\" or a variable");
	parser_help(p, "profile NAME /path/of/program {");
	return false;
}

bool parse_head(struct parser *p, bool has_keyword, struct head *head)
{
	char first;

	if (!parser_at_word(p))
		return parser_expected(p, "the name of a profile");
	if (!read_name(p, "the name of a profile", &head->name))
		return false;
	first = head->name.text.len ? head->name.text.ptr[0] : '\0';
	if (!first)
		return parser_error(p, head->name.place, "this name is empty");
	if (first == '&')
		return parser_error(p, head->name.place,
				    "this name begins with \"&\", which puts one profile on another");
	if (!has_keyword && first != '/' && first != ':') {
		parser_error(p, head->name.place,
			     "expected \"profile\" or the path of a program, found \"%.*s\"",
			     SLICE_FMT(head->name.text));
		parser_help(p, "profile %.*s {", SLICE_FMT(head->name.text));
		return false;
	}
	if (!read_attachment(p, head))
		return false;
	return read_conditions(p, head);
}
