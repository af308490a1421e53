/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the words of a question, gives a class, an object and a mask. The one idea: the first word
 * is looked up in a table of operations, each with a function that reads the rest; a first word
 * made of permission letters asks for those letters of a path.
 */
#include "cli/request_words.h"

#include "event/event.h"
#include "event/names.h"
#include "image/label.h"

#include <errno.h>
#include <stdlib.h>

bool words_take(struct words *w, struct slice *word)
{
	if (w->next == w->n_words)
		return false;
	*word = w->word[w->next++];
	return true;
}

uint32_t words_take_access(struct words *w, const struct access *table, size_t n)
{
	for (size_t i = 0; i < n && w->next < w->n_words; i++)
		if (slice_is(w->word[w->next], table[i].name)) {
			w->next++;
			return table[i].bits;
		}
	return table[0].bits;
}

void words_add_parts(struct words *w, struct request *out, int n)
{
	struct slice word;

	for (int i = 0; i < n; i++) {
		if (i)
			buf_add_char(&out->object, '\0');
		if (words_take(w, &word) && !slice_is(word, "-"))
			buf_add_slice(&out->object, word);
	}
}

static int parse_path(struct request *out, const struct operation *op, struct words *w,
		      struct err *err)
{
	struct slice path;

	if (!words_take(w, &path))
		return err_say(err, -EINVAL, "%s what? give a path", op->name);
	if (path.ptr[0] != '/')
		return err_say(err, -EINVAL, "%.*s is not an absolute path", SLICE_FMT(path));
	out->class_id = CLASS_FILE;
	out->wanted = op->wanted;
	buf_add_slice(&out->object, path);
	return 0;
}

static int parse_link(struct request *out, const struct operation *op, struct words *w,
		      struct err *err)
{
	struct slice link, target;

	if (!words_take(w, &link) || !words_take(w, &target))
		return err_say(err, -EINVAL, "link needs two paths: the new name and the target");
	out->class_id = CLASS_LINK;
	out->wanted = op->wanted;
	buf_add_slice(&out->object, link);
	buf_add_char(&out->object, '\0');
	buf_add_slice(&out->object, target);
	return 0;
}

static int parse_signal(struct request *out, const struct operation *op, struct words *w,
			struct err *err)
{
	struct slice word, peer = SLICE("unconfined");
	int signal;

	out->class_id = CLASS_SIGNAL;
	out->wanted = op->wanted;
	if (!words_take(w, &word))
		return err_say(err, -EINVAL, "which signal? term, kill, hup, …");
	if (slice_is(word, "receive"))
		out->wanted = PERM_SIGNAL_RECEIVE;
	if ((slice_is(word, "send") || slice_is(word, "receive")) && !words_take(w, &word))
		return err_say(err, -EINVAL, "which signal? term, kill, hup, …");
	signal = event_find_signal(word);
	if (signal < 0)
		return err_say(err, -EINVAL, "no signal %.*s", SLICE_FMT(word));
	words_take(w, &peer);
	buf_add_char(&out->object, (char)signal);
	buf_add_slice(&out->object, peer);
	return 0;
}

static int parse_ptrace(struct request *out, const struct operation *op, struct words *w,
			struct err *err)
{
	static const struct {
		const char *word;
		uint32_t wanted;
	} kinds[] = {
		{ "trace", PERM_PTRACE_TRACE },
		{ "read", PERM_PTRACE_READ },
		{ "tracedby", PERM_PTRACE_TRACEDBY },
		{ "readby", PERM_PTRACE_READBY },
	};
	struct slice word = SLICE("unconfined");

	(void)err;
	out->class_id = CLASS_PTRACE;
	out->wanted = op->wanted;
	words_take(w, &word);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!slice_is(word, kinds[i].word))
			continue;
		out->wanted = kinds[i].wanted;
		word = SLICE("unconfined");
		words_take(w, &word);
		break;
	}
	buf_add_slice(&out->object, word);
	return 0;
}

static int parse_capability(struct request *out, const struct operation *op, struct words *w,
			    struct err *err)
{
	struct slice name;

	if (!words_take(w, &name))
		return err_say(err, -EINVAL, "which capability? net_admin, …");
	if (event_find_capability(name) < 0)
		return err_say(err, -EINVAL, "no capability %.*s", SLICE_FMT(name));
	out->class_id = CLASS_CAPABILITY;
	out->wanted = op->wanted;
	buf_add_slice(&out->object, name);
	return 0;
}

static int parse_label(struct request *out, const struct operation *op, struct words *w,
		       struct err *err)
{
	struct slice name;

	if (!words_take(w, &name))
		return err_say(err, -EINVAL, "change_profile to which profile?");
	out->class_id = CLASS_LABEL;
	out->wanted = op->wanted;
	label_print(name, &out->object);
	buf_add_char(&out->object, '\0');
	return 0;
}

static const struct operation operations[] = {
	{ "read", PERM_READ, parse_path },
	{ "open", PERM_READ, parse_path },
	{ "write", PERM_WRITE, parse_path },
	{ "append", PERM_APPEND, parse_path },
	{ "exec", PERM_EXEC, parse_path },
	{ "mmap", PERM_MMAP, parse_path },
	{ "lock", PERM_LOCK, parse_path },
	{ "create", PERM_CREATE, parse_path },
	{ "mkdir", PERM_CREATE, parse_path },
	{ "mknod", PERM_CREATE, parse_path },
	{ "symlink", PERM_CREATE, parse_path },
	{ "unlink", PERM_DELETE, parse_path },
	{ "rmdir", PERM_DELETE, parse_path },
	{ "rename", PERM_READ | PERM_WRITE | PERM_DELETE, parse_path },
	{ "chmod", PERM_CHMOD, parse_path },
	{ "chown", PERM_CHOWN, parse_path },
	{ "truncate", PERM_WRITE, parse_path },
	{ "setattr", PERM_SETATTR, parse_path },
	{ "link", PERM_LINK, parse_link },
	{ "signal", PERM_SIGNAL_SEND, parse_signal },
	{ "ptrace", PERM_PTRACE_TRACE, parse_ptrace },
	{ "capability", 1, parse_capability },
	{ "change_profile", PERM_CHANGE_PROFILE, parse_label },
};

static const struct operation *const more[] = { request_net, request_ipc };

static uint32_t perm_of_letter(char letter)
{
	static const struct {
		char letter;
		uint32_t perm;
	} letters[] = {
		{ 'r', PERM_READ },   { 'w', PERM_WRITE }, { 'a', PERM_APPEND },
		{ 'm', PERM_MMAP },   { 'k', PERM_LOCK },  { 'l', PERM_LINK },
		{ 'x', PERM_EXEC },   { 'c', PERM_CREATE }, { 'd', PERM_DELETE },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].letter == letter)
			return letters[i].perm;
	return 0;
}

/* The mask if all of a word's letters are permissions, else 0. */
static uint32_t mask_of(struct slice word)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < word.len; i++) {
		uint32_t perm = perm_of_letter(word.ptr[i]);

		if (!perm)
			return 0;
		mask |= perm;
	}
	return mask;
}

/* Paths keep their blanks; other operations may have all their words in one. */
static int split_words(int n_given, char *const *given, struct words *w, struct err *err)
{
	bool is_path = n_given && (strchr(given[0], '/') || (n_given > 1 && strchr(given[1], '/')));

	*w = (struct words){ 0 };
	for (int i = 0; i < n_given; i++) {
		const char *at = given[i];

		while (*at) {
			size_t len = is_path ? strlen(at) : strcspn(at, " ");

			if (len && w->n_words == REQUEST_WORDS_MAX)
				return err_say(err, -EINVAL, "too many words in the question");
			if (len)
				w->word[w->n_words++] = slice_make(at, len);
			at += len;
			at += strspn(at, is_path ? "" : " ");
		}
	}
	return 0;
}

static int no_operation(struct slice word, struct err *err)
{
	auto_buf known = BUF_INIT;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		buf_printf(&known, ", %s", operations[i].name);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		for (const struct operation *op = more[i]; op->name; op++)
			buf_printf(&known, ", %s", op->name);
	return err_say(err, -EINVAL, "no operation %.*s; there are: letters of r w a m k l x c d%s",
		       SLICE_FMT(word), buf_text(&known));
}

static int parse_words(struct request *out, struct words *w, struct err *err)
{
	struct operation letters = { "", 0, parse_path };
	struct slice name = SLICE("");

	words_take(w, &name);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (slice_is(name, operations[i].name))
			return operations[i].parse(out, &operations[i], w, err);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		for (const struct operation *op = more[i]; op->name; op++)
			if (slice_is(name, op->name))
				return op->parse(out, op, w, err);
	letters.wanted = mask_of(name);
	return letters.wanted ? parse_path(out, &letters, w, err) : no_operation(name, err);
}

int request_parse(struct request *out, int n_words, char *const *words, struct err *err)
{
	struct request found = { 0 };
	struct words w;
	int r = split_words(n_words, words, &w, err);

	if (!r)
		r = parse_words(&found, &w, err);
	if (!r && w.next < w.n_words)
		r = err_say(err, -EINVAL, "what does \"%.*s\" mean here?",
			    SLICE_FMT(w.word[w.next]));
	if (r < 0) {
		request_release(&found);
		return r;
	}
	for (size_t i = 0; i < w.n_words; i++)
		buf_printf(&found.words, "%s%.*s", i ? " " : "", SLICE_FMT(w.word[i]));
	*out = found;
	return 0;
}

void request_set_profile(struct request *r, struct slice name)
{
	if (!r->needs_profile)
		return;
	buf_add_slice(&r->object, name);
	buf_add_char(&r->object, '\0');
	r->needs_profile = false;
}

void request_release(struct request *r)
{
	buf_release(&r->object);
	buf_release(&r->words);
}
