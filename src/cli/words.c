/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats what images hold, gives words; objects are taken apart as abi/class.h puts them together. */
#include "cli/words.h"

#include "event/names.h"

const char *words_mode(uint32_t mode)
{
	static const char *const words[N_MODES] = {
		[MODE_ENFORCE] = "enforce",	  [MODE_COMPLAIN] = "complain",
		[MODE_KILL] = "kill",		  [MODE_UNCONFINED] = "unconfined",
		[MODE_PROMPT] = "prompt",
	};

	return words[mode];
}

void words_add_exec(const struct image *img, const struct image_exec *exec, struct buf *out)
{
	static const char *const words[N_EXEC_KINDS] = {
		[EXEC_NONE] = "changes profile",
		[EXEC_INHERIT] = "stays in this profile",
		[EXEC_UNCONFINED] = "leaves confinement",
		[EXEC_PROFILE] = "goes to the profile that attaches",
		[EXEC_CHILD] = "goes to the child profile that attaches",
	};

	if (exec->name)
		buf_printf(out, "goes to profile %s%s", exec->flags & EXEC_STACK ? "&" : "",
			   image_text(img, exec->name));
	else
		buf_add_text(out, words[exec->kind]);
	if (exec->flags & EXEC_OR_INHERIT)
		buf_add_text(out, "; without one it stays");
	if (exec->flags & EXEC_OR_UNCONFINED)
		buf_add_text(out, "; without one it leaves confinement");
	if (exec->flags & EXEC_SCRUB)
		buf_add_text(out, "; the environment is scrubbed");
}

static unsigned u16_at(struct slice s, size_t at)
{
	return (unsigned)(unsigned char)s.ptr[at] << 8 | (unsigned char)s.ptr[at + 1];
}

static void add_word(struct buf *out, const char *word, unsigned number)
{
	if (out->len && out->data[out->len - 1] != ' ')
		buf_add_char(out, ' ');
	if (word)
		buf_add_text(out, word);
	else
		buf_printf(out, "%u", number);
}

/* The parts between NULs; none for an empty object. */
static void add_parts(struct slice object, const char *between, struct buf *out)
{
	for (size_t at = 0; object.len && at <= object.len;) {
		const char *end = memchr(object.ptr + at, '\0', object.len - at);
		size_t to = end ? (size_t)(end - object.ptr) : object.len;

		if (at)
			buf_add_text(out, between);
		if (to == at)
			buf_add_char(out, '-');
		buf_add_escaped(out, slice_cut(object, at, to));
		at = to + 1;
	}
}

/* Two-byte numbers in front, then parts. */
static void add_socket(struct slice object, bool has_family, struct buf *out)
{
	size_t at = 0;

	if (has_family && at + 2 <= object.len) {
		add_word(out, event_family_name((int)u16_at(object, at)), u16_at(object, at));
		at += 2;
	}
	if (at + 2 <= object.len) {
		add_word(out, event_socket_type_name((int)u16_at(object, at)), u16_at(object, at));
		at += 2;
	}
	if (at + 2 <= object.len) {
		add_word(out, NULL, u16_at(object, at));
		at += 2;
	}
	if (at < object.len)
		buf_add_char(out, ' ');
	add_parts(slice_cut(object, at, object.len), " ", out);
}

void words_add_object(enum class_id class_id, struct slice object, struct buf *out)
{
	switch ((int)class_id) {
	case CLASS_LINK:
		add_parts(object, " -> ", out);
		break;
	case CLASS_NET:
		add_socket(object, true, out);
		break;
	case CLASS_UNIX:
		add_socket(object, false, out);
		break;
	case CLASS_SIGNAL:
		if (!object.len)
			break;
		event_print_signal((unsigned char)object.ptr[0], out);
		buf_add_char(out, ' ');
		add_parts(slice_cut(object, 1, object.len), " ", out);
		break;
	default:
		add_parts(object, " ", out);
	}
}

void words_add_rule(struct slice text, struct buf *out)
{
	for (size_t at = 0; at < text.len;) {
		const char *end = memchr(text.ptr + at, '\\', text.len - at);
		size_t to = end ? (size_t)(end - text.ptr) : text.len;

		buf_add_escaped(out, slice_cut(text, at, to));
		if (end)
			buf_add_char(out, '\\');
		at = to + 1;
	}
}
