/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a request and its verdict, gives the rule that would turn it round. The one idea: write the
 * rule down, read it as policy, put it into the profile, ask again; so what is told is true.
 */
#include "cli/remedy.h"

#include "cli/remedy_ipc.h"
#include "event/inet.h"
#include "event/names.h"
#include "lang/rule_class.h"

#include <sys/socket.h>

enum {
	PRIORITY_MAX = 1000,		/* of the language */
	NET_KIND_LEN = 6,		/* family, type and protocol in an object */
};

struct remedy {
	struct policy *policy;
	struct profile *profile;
	struct slice name;
	const struct request *request;
	bool is_owner;
	bool is_allowed;		/* now; the remedy denies it */
	uint32_t missing;
	int priority;			/* the highest among the rules that matched */
};

static struct profile *find_profile(struct profile *list, struct slice name)
{
	for (struct profile *p = list; p; p = p->next) {
		struct profile *child;

		if (slice_eq(p->full_name, name))
			return p;
		child = find_profile(p->children, name);
		if (child)
			return child;
	}
	return NULL;
}

void remedy_add_word(struct buf *out, struct slice bytes)
{
	auto_buf text = BUF_INIT;
	struct word word = { 0 };

	lower_add_literal(&text, bytes);
	word.text = slice_make(buf_text(&text), text.len);
	word_print(&word, out);
}

/* The letters of file rules for a mask; a denial of exec is "x", its permission "ix". */
static void add_letters(struct buf *out, uint32_t mask, bool is_deny)
{
	static const struct {
		uint32_t perms;
		const char *letter;
	} letters[] = {
		{ PERM_READ, "r" },
		{ PERM_WRITE | PERM_CREATE | PERM_DELETE | PERM_RENAME | PERM_SETATTR |
			  PERM_CHMOD | PERM_CHOWN,
		  "w" },
		{ PERM_APPEND, "a" },
		{ PERM_MMAP, "m" },
		{ PERM_LOCK, "k" },
		{ PERM_LINK, "l" },
	};
	bool has_write = mask & letters[1].perms;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (mask & letters[i].perms && !(letters[i].perms == PERM_APPEND && has_write))
			buf_add_text(out, letters[i].letter);
	if (mask & PERM_EXEC)
		buf_add_text(out, is_deny ? "x" : "ix");
}

static void add_file_rule(struct buf *out, struct slice path, uint32_t mask, bool is_deny)
{
	remedy_add_word(out, path);
	buf_add_char(out, ' ');
	add_letters(out, mask, is_deny);
}

/* The two halves of an object that has a NUL in its middle. */
static void split_object(struct slice object, struct slice *first, struct slice *second)
{
	const char *end = memchr(object.ptr, '\0', object.len);
	size_t len = end ? (size_t)(end - object.ptr) : object.len;

	*first = slice_cut(object, 0, len);
	*second = slice_cut(object, end ? len + 1 : len, object.len);
}

static unsigned u16_at(struct slice s, size_t at)
{
	return (unsigned)(unsigned char)s.ptr[at] << 8 | (unsigned char)s.ptr[at + 1];
}

/* "ip=127.0.0.1 port=80" of an address in an object; nothing if there is none. */
static void add_address(struct buf *out, struct slice address)
{
	auto_buf text = BUF_INIT;
	size_t colon, bracket;

	if (!event_print_inet(address, &text))
		return;
	bracket = text.data[0] == '[';
	colon = (size_t)(strrchr(text.data, ':') - text.data);
	buf_printf(out, "ip=%.*s port=%s", SLICE_FMT(slice_cut(buf_slice(&text), bracket, colon - bracket)),
		   text.data + colon + 1);
}

/* " ip=… port=…" of the socket itself, and " peer=(…)" of what it talks to. */
static void add_addresses(struct buf *out, struct slice object)
{
	auto_buf own = BUF_INIT, peer = BUF_INIT;
	struct slice local, others, remote, rest;

	split_object(slice_cut(object, NET_KIND_LEN, object.len), &local, &others);
	split_object(others, &remote, &rest);
	add_address(&own, local);
	add_address(&peer, remote);
	if (own.len)
		buf_printf(out, " %s", buf_text(&own));
	if (peer.len)
		buf_printf(out, " peer=(%s)", buf_text(&peer));
}

static void add_access(struct buf *out, enum class_id class_id, uint32_t mask)
{
	buf_add_text(out, " (");
	event_print_mask(class_id, mask, out);
	buf_add_char(out, ')');
}

static bool add_network_rule(struct buf *out, struct slice object, uint32_t mask)
{
	const char *family = event_family_name((int)u16_at(object, 0));
	const char *type = event_socket_type_name((int)u16_at(object, 2));
	bool is_unix = u16_at(object, 0) == AF_UNIX && type;

	if (!family)
		return false;
	if (is_unix)
		buf_printf(out, "unix (create) type=%s", type);
	else
		buf_add_text(out, "network");
	if (object.len > NET_KIND_LEN)
		add_access(out, CLASS_NET, mask);
	if (!is_unix)
		buf_printf(out, " %s%s%s", family, type ? " " : "", type ? type : "");
	if (object.len > NET_KIND_LEN)
		add_addresses(out, object);
	return true;
}

static void add_peer(struct buf *out, struct slice label)
{
	buf_add_text(out, " peer=");
	remedy_add_word(out, label);
}

/* Adds a rule for the mask without qualifiers and ","; false if there is no form for it. */
static bool add_rule(const struct remedy *r, uint32_t mask, struct buf *out)
{
	struct slice object = buf_slice(&r->request->object), first, second;

	split_object(object, &first, &second);
	switch ((int)r->request->class_id) {
	case CLASS_FILE:
		add_file_rule(out, object, mask, r->is_allowed);
		return true;
	case CLASS_LINK:
		buf_add_text(out, "link ");
		remedy_add_word(out, first);
		buf_add_text(out, " -> ");
		remedy_add_word(out, second);
		return true;
	case CLASS_NET:
		return add_network_rule(out, object, mask);
	case CLASS_SIGNAL:
		buf_add_text(out, "signal");
		add_access(out, CLASS_SIGNAL, mask);
		buf_add_text(out, " set=(");
		event_print_signal((unsigned char)object.ptr[0], out);
		buf_add_char(out, ')');
		add_peer(out, slice_cut(object, 1, object.len));
		return true;
	case CLASS_PTRACE:
		buf_add_text(out, "ptrace");
		add_access(out, CLASS_PTRACE, mask);
		add_peer(out, object);
		return true;
	case CLASS_CAPABILITY:
		buf_printf(out, "capability %.*s", SLICE_FMT(object));
		return true;
	case CLASS_LABEL:
		buf_add_text(out, "change_profile ");
		if (second.len)
			remedy_add_word(out, second);
		buf_add_text(out, second.len ? " -> " : "-> ");
		remedy_add_word(out, first);
		return true;
	default:
		return remedy_add_ipc(out, r->request->class_id, object, mask);
	}
}

/* Asks again with the rule at the end of the profile. */
static bool is_turned_with(const struct remedy *r, struct rule *rule)
{
	struct rule **end = &r->profile->rules;
	struct provenance_answer answer;
	struct provenance *p;
	bool is_turned;

	while (*end)
		end = &(*end)->next;
	*end = rule;
	p = provenance_new(r->policy);
	is_turned = provenance_decide(p, r->name, r->request->class_id,
				      buf_slice(&r->request->object), r->request->wanted,
				      r->is_owner, &answer) &&
		    !answer.missing != r->is_allowed;
	*end = NULL;
	provenance_free(p);
	return is_turned;
}

/* Reads the text of a rule, tries it; adds it to *out if it turns the verdict round. */
static bool try_rule(const struct remedy *r, const struct buf *text, struct buf *out)
{
	static const char *const no_dirs[] = { NULL };
	struct policy_options options = { .include_dirs = no_dirs };
	struct diag diag = DIAG_INIT;
	auto_buf whole = BUF_INIT;
	struct policy trial;
	bool is_turned = false;

	buf_printf(&whole, "profile trial {\n%s,\n}\n", buf_text(text));
	policy_init(&trial, &options, &diag);
	if (policy_read_text(&trial, "<trial>", buf_slice(&whole)) && trial.profiles->rules)
		is_turned = is_turned_with(r, trial.profiles->rules);
	if (is_turned)
		rule_print(trial.profiles->rules, out);
	policy_release(&trial);
	diag_release(&diag);
	return is_turned;
}

static bool try_plain(const struct remedy *r, const char *qualifiers, struct buf *out)
{
	auto_buf text = BUF_INIT;

	buf_add_text(&text, qualifiers);
	if (!add_rule(r, r->is_allowed ? r->request->wanted : r->missing, &text))
		return false;
	return try_rule(r, &text, out);
}

/* A link that fails only for want of permissions on its target. */
static bool try_target(const struct remedy *r, struct buf *out)
{
	struct provenance *p = provenance_new(r->policy);
	struct provenance_answer link, target;
	auto_buf text = BUF_INIT;
	struct slice first, second;
	uint32_t mask = 0;

	split_object(buf_slice(&r->request->object), &first, &second);
	if (provenance_decide(p, r->name, CLASS_FILE, first, ~(uint32_t)PERM_LINK, r->is_owner,
			      &link))
		mask = link.allowed;
	if (provenance_decide(p, r->name, CLASS_FILE, second, mask, r->is_owner, &target))
		mask = target.missing;
	provenance_free(p);
	add_file_rule(&text, second, mask, false);
	return mask && try_rule(r, &text, out);
}

static void find_priority(struct remedy *r, const struct provenance_answer *answer)
{
	for (size_t i = 0; i < answer->n_matches; i++)
		if (i == 0 || answer->matches[i].row->priority > r->priority)
			r->priority = answer->matches[i].row->priority;
}

bool remedy_find(struct policy *policy, struct slice profile, const struct request *request,
		 bool is_owner, const struct provenance_answer *answer, struct buf *out)
{
	struct remedy r = {
		.policy = policy,
		.profile = find_profile(policy->profiles, profile),
		.name = profile,
		.request = request,
		.is_owner = is_owner,
		.is_allowed = !answer->missing,
		.missing = answer->missing,
	};
	auto_buf qualifiers = BUF_INIT;

	if (!r.profile)
		return false;
	find_priority(&r, answer);
	if (try_plain(&r, r.is_allowed ? "deny " : "", out))
		return true;
	if (r.request->class_id == CLASS_LINK && !r.is_allowed && try_target(&r, out))
		return true;
	if (r.priority >= PRIORITY_MAX)
		return false;
	buf_printf(&qualifiers, "priority=%d %s", r.is_allowed ? r.priority : r.priority + 1,
		   r.is_allowed ? "deny " : "");
	return try_plain(&r, buf_text(&qualifiers), out);
}
