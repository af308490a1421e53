/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats events, gives what every form of them needs: are two the same, and how is a mask written.
 *
 * A mask is either letters or words. Letters, for paths, in the order of the kernel's bits, after
 * folding as the kernel folds: getattr is written as r, setattr, chmod and chown as w. Words, for
 * the other classes, one per bit, a space between.
 */
#include "event/event.h"

#include "event/names.h"

#include <stddef.h>

enum {
	PERM_SAME_AS_READ = PERM_GETATTR | PERM_OPEN,
	PERM_SAME_AS_WRITE = PERM_SETATTR | PERM_CHMOD | PERM_CHOWN | PERM_RENAME,
};

struct mask_word {
	uint32_t bit;
	const char *word;
};

static const struct mask_word file_letters[] = {
	{ PERM_EXEC, "x" },   { PERM_WRITE, "w" },  { PERM_READ, "r" }, { PERM_APPEND, "a" },
	{ PERM_CREATE, "c" }, { PERM_DELETE, "d" }, { PERM_LOCK, "k" }, { PERM_MMAP, "m" },
	{ PERM_LINK, "l" },   { 0, NULL },
};

static const struct mask_word signal_words[] = {
	{ PERM_SIGNAL_SEND, "send" },
	{ PERM_SIGNAL_RECEIVE, "receive" },
	{ 0, NULL },
};

static const struct mask_word ptrace_words[] = {
	{ PERM_PTRACE_TRACE, "trace" },
	{ PERM_PTRACE_READ, "read" },
	{ PERM_PTRACE_TRACEDBY, "tracedby" },
	{ PERM_PTRACE_READBY, "readby" },
	{ 0, NULL },
};

static const struct mask_word net_words[] = {
	{ PERM_NET_SEND, "send" },	 { PERM_NET_RECEIVE, "receive" },
	{ PERM_NET_CREATE, "create" },	 { PERM_NET_SHUTDOWN, "shutdown" },
	{ PERM_NET_CONNECT, "connect" }, { PERM_NET_SETATTR, "setattr" },
	{ PERM_NET_GETATTR, "getattr" }, { PERM_NET_ACCEPT, "accept" },
	{ PERM_NET_BIND, "bind" },	 { PERM_NET_LISTEN, "listen" },
	{ PERM_NET_SETOPT, "setopt" },	 { PERM_NET_GETOPT, "getopt" },
	{ 0, NULL },
};

static const struct mask_word label_words[] = {
	{ PERM_CHANGE_PROFILE, "change_profile" },
	{ PERM_ONEXEC, "change_onexec" },
	{ 0, NULL },
};

static const struct mask_word mqueue_words[] = {
	{ PERM_MQUEUE_WRITE, "write" },	    { PERM_MQUEUE_READ, "read" },
	{ PERM_MQUEUE_CREATE, "create" },   { PERM_MQUEUE_DELETE, "delete" },
	{ PERM_MQUEUE_OPEN, "open" },	    { PERM_MQUEUE_SETATTR, "setattr" },
	{ PERM_MQUEUE_GETATTR, "getattr" }, { 0, NULL },
};

static const struct mask_word no_words[] = { { 0, NULL } };

static const struct mask_word *words_of(enum class_id class_id)
{
	static const struct mask_word *const by_class[N_CLASSES] = {
		[CLASS_FILE] = file_letters,  [CLASS_LINK] = file_letters,
		[CLASS_SIGNAL] = signal_words, [CLASS_PTRACE] = ptrace_words,
		[CLASS_NET] = net_words,      [CLASS_UNIX] = net_words,
		[CLASS_LABEL] = label_words,  [CLASS_MQUEUE] = mqueue_words,
	};
	const struct mask_word *words = (size_t)class_id < N_CLASSES ? by_class[class_id] : NULL;

	return words ? words : no_words;
}

static uint32_t fold_file_mask(uint32_t mask)
{
	if (mask & PERM_SAME_AS_READ)
		mask |= PERM_READ;
	if (mask & PERM_SAME_AS_WRITE)
		mask |= PERM_WRITE;
	return mask & ~(uint32_t)(PERM_SAME_AS_READ | PERM_SAME_AS_WRITE | PERM_LINK_SUBSET);
}

void event_print_mask(enum class_id class_id, uint32_t mask, struct buf *out)
{
	bool is_file = class_id == CLASS_FILE || class_id == CLASS_LINK;
	size_t start = out->len;

	if (is_file)
		mask = fold_file_mask(mask);
	for (const struct mask_word *w = words_of(class_id); w->bit; w++) {
		if (!(mask & w->bit))
			continue;
		if (!is_file && out->len > start)
			buf_add_char(out, ' ');
		buf_add_text(out, w->word);
		mask &= ~w->bit;
	}
	/* A bit without a word is said, not swallowed. */
	if (mask)
		buf_printf(out, "%s0x%x", out->len > start ? " " : "", mask);
}

static bool is_same_object(const struct event *a, const struct event *b)
{
	return a->name_len == b->name_len && a->target_len == b->target_len &&
	       a->exe_len == b->exe_len && a->is_cut == b->is_cut &&
	       !memcmp(a->name, b->name, a->name_len) &&
	       !memcmp(a->target, b->target, a->target_len) && !memcmp(a->exe, b->exe, a->exe_len);
}

static bool is_same_text(const struct event *a, const struct event *b)
{
	return !strcmp(a->operation, b->operation) && !strcmp(a->profile, b->profile) &&
	       !strcmp(a->info, b->info) && !strcmp(a->peer, b->peer) &&
	       !strcmp(a->comm, b->comm) && !strcmp(a->rule, b->rule);
}

static bool is_same_actor(const struct event *a, const struct event *b)
{
	return a->parent == b->parent && a->fsuid == b->fsuid && a->ouid == b->ouid;
}

static bool is_same_detail(const struct event *a, const struct event *b)
{
	return a->signal == b->signal && a->capability == b->capability &&
	       a->family == b->family && a->type == b->type && a->protocol == b->protocol &&
	       a->has_addresses == b->has_addresses &&
	       a->rlimit == b->rlimit && a->rlimit_value == b->rlimit_value && a->lost == b->lost;
}

bool event_is_same(const struct event *a, const struct event *b)
{
	return a->verdict == b->verdict && a->class_id == b->class_id &&
	       a->requested == b->requested && a->denied == b->denied && a->error == b->error &&
	       is_same_actor(a, b) && is_same_detail(a, b) && is_same_text(a, b) &&
	       is_same_object(a, b);
}
