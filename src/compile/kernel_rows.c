/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats groups of rows, gives groups whose patterns speak of a kernel's objects. The one idea: a
 * pattern's tree is rewritten and put under a name of its own among the parsed patterns, so the
 * automaton is built from these rows as from any others.
 */
#include "compile/kernel_rows.h"

#include "lang/rule_class.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
	SIGNAL_EXISTS = 0,		/* in our objects */
	SIGNAL_RT = 32,
	SIGNAL_EMT = 127,
	KERNEL_SIGNAL_EXISTS = 35,	/* in the kernel's */
	KERNEL_SIGNAL_EMT = 32,
	KERNEL_SIGNAL_RT = 128,
	N_RT_SIGNALS = 33,
	KERNEL_CLASS_SYSV_MQUEUE = 18,
	NET_BYTES = 4,			/* family and type: what the kernel matches of a socket */
};

/*
 * Tables of permissions were read wrong before kernels told their version; it is a number like
 * 0x000001.
 */
static unsigned permstable_of(const struct kernel_features *kernel)
{
	const struct slice *text = map_find(&kernel->words, SLICE("policy/permstable32_version"));
	char digits[16] = "";

	if (!text || text->len >= sizeof(digits) ||
	    !kernel_features_has(kernel, "policy/permstable32", NULL))
		return 0;
	memcpy(digits, text->ptr, text->len);
	return (unsigned)strtoul(digits, NULL, 0);
}

struct kernel_support kernel_support_of(const struct kernel_features *kernel,
					const struct kernel_features *policy)
{
	static const struct {
		enum class_id class_id;
		const char *path, *word;
	} needs[] = {
		{ CLASS_MOUNT, "mount", NULL },
		{ CLASS_PTRACE, "ptrace", NULL },
		{ CLASS_SIGNAL, "signal", NULL },
		{ CLASS_NET, "network_v8", NULL },
		{ CLASS_DBUS, "dbus", NULL },
		{ CLASS_USERNS, "namespaces/mask", "userns_create" },
		{ CLASS_IO_URING, "io_uring", NULL },
	};
	struct kernel_support s = { .version = 5 };

#define HAS(path, word)                                                                            \
	(kernel_features_has(kernel, path, word) &&                                                \
	 (!policy || kernel_features_has(policy, path, word)))
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (HAS(needs[i].path, needs[i].word))
			s.classes |= 1ull << needs[i].class_id;
	s.has_posix_mqueue = HAS("ipc/posix_mqueue", NULL);
	s.has_sysv_mqueue = HAS("ipc/sysv_mqueue", NULL);
	if (s.has_posix_mqueue || s.has_sysv_mqueue)
		s.classes |= 1ull << CLASS_MQUEUE;
	s.classes |= 1ull << CLASS_FILE | 1ull << CLASS_LINK | 1ull << CLASS_LABEL;
	s.has_xattrs = HAS("domain/attach_conditions/xattr", NULL) &&
		       kernel_features_has(kernel, "policy/outofband", NULL);
	s.has_disconnected_ipc = HAS("domain/disconnected.ipc", NULL);
	s.has_kill_signal = HAS("policy/profile/kill.signal", NULL);
	s.has_error = HAS("policy/profile/error", NULL);
	s.has_interruptible = HAS("policy/profile/interruptible", NULL);
#undef HAS
	s.permstable = permstable_of(kernel);
	if (kernel_features_has(kernel, "policy/versions/v6", NULL))
		s.version = 6;
	if (kernel_features_has(kernel, "policy/versions/v7", NULL))
		s.version = 7;
	if (kernel_features_has(kernel, "policy/versions/v8", NULL))
		s.version = 8;
	return s;
}

static struct pattern *new_node(struct arena *arena, enum pattern_kind kind,
				const struct pattern *left, const struct pattern *right)
{
	struct pattern *node = arena_new(arena, struct pattern);

	node->kind = kind;
	node->left = (struct pattern *)(uintptr_t)left;
	node->right = (struct pattern *)(uintptr_t)right;
	return node;
}

static struct pattern *one_byte(struct arena *arena, unsigned byte)
{
	struct pattern *node = new_node(arena, PATTERN_SET, NULL, NULL);

	node->set[byte / 64] |= 1ull << byte % 64;
	return node;
}

/* How many bytes every match has, SIZE_MAX if that varies. */
static size_t fixed_len(const struct pattern *t)
{
	size_t left, right;

	switch (t->kind) {
	case PATTERN_EMPTY:
		return 0;
	case PATTERN_SET:
		return 1;
	case PATTERN_STAR:
		return SIZE_MAX;
	case PATTERN_CAT:
	case PATTERN_ALT:
		break;
	}
	left = fixed_len(t->left);
	right = fixed_len(t->right);
	if (left == SIZE_MAX || right == SIZE_MAX)
		return SIZE_MAX;
	if (t->kind == PATTERN_CAT)
		return left + right;
	return left == right ? left : SIZE_MAX;
}

/* The tree that matches what the first n bytes of t's matches can be, where t begins with sets. */
static const struct pattern *first_bytes(struct arena *arena, const struct pattern *t, size_t n)
{
	const struct pattern *left;
	size_t len;

	if (!n)
		return new_node(arena, PATTERN_EMPTY, NULL, NULL);
	switch (t->kind) {
	case PATTERN_EMPTY:
	case PATTERN_STAR:
		return NULL;
	case PATTERN_SET:
		return n == 1 ? t : NULL;
	case PATTERN_CAT:
		len = fixed_len(t->left);
		if (len >= n)
			return first_bytes(arena, t->left, n);
		left = first_bytes(arena, t->right, n - len);
		return left ? new_node(arena, PATTERN_CAT, t->left, left) : NULL;
	case PATTERN_ALT:
		left = first_bytes(arena, t->left, n);
		t = first_bytes(arena, t->right, n);
		return left && t ? new_node(arena, PATTERN_ALT, left, t) : NULL;
	}
	return NULL;
}

/* Our number of a signal to the kernel's; UINT_MAX if it has none. */
static unsigned kernel_signal(unsigned ours)
{
	if (ours == SIGNAL_EXISTS)
		return KERNEL_SIGNAL_EXISTS;
	if (ours < SIGNAL_RT)
		return ours;
	if (ours == SIGNAL_EMT)
		return KERNEL_SIGNAL_EMT;
	return ours < SIGNAL_RT + N_RT_SIGNALS ? KERNEL_SIGNAL_RT + ours - SIGNAL_RT : UINT_MAX;
}

static struct pattern *signal_set(struct arena *arena, const struct pattern *ours)
{
	struct pattern *set = new_node(arena, PATTERN_SET, NULL, NULL);

	if (ours->set[0] == UINT64_MAX && ours->set[1] == UINT64_MAX) {
		memset(set->set, 0xff, sizeof(set->set));
		return set;
	}
	for (unsigned n = 0; n < 256; n++) {
		unsigned theirs = kernel_signal(n);

		if (ours->set[n / 64] >> n % 64 & 1 && theirs != UINT_MAX)
			set->set[theirs / 64] |= 1ull << theirs % 64;
	}
	return set;
}

/* The tree of a signal's object with its first set in the kernel's numbers. */
static const struct pattern *signal_tree(struct arena *arena, const struct pattern *t)
{
	const struct pattern *left;

	if (t->kind == PATTERN_SET)
		return signal_set(arena, t);
	if (t->kind != PATTERN_CAT)
		return NULL;
	left = signal_tree(arena, t->left);
	return left ? new_node(arena, PATTERN_CAT, left, t->right) : NULL;
}

static bool problem(struct kernel_rows *k, const struct rows_group *group, const char *text)
{
	const struct lower_row *row = group->rows[0]->row;

	return diag_error(k->from->diag, row->rule ? row->rule->place : k->from->profile->place,
			  "%s rule: %s", rows_class_word(group->class_id), text);
}

static struct rows_group *add_group(struct kernel_rows *k, bool is_files,
				    const struct rows_group *group, struct slice pattern)
{
	struct rows *to = is_files ? &k->files : &k->others;
	struct rows_group *mine = arena_new(&k->arena, struct rows_group);

	if (to->n_groups == to->cap_groups) {
		struct rows_group **more;

		to->cap_groups = to->cap_groups * 2 + 64;
		more = arena_array(&k->arena, struct rows_group *, to->cap_groups);
		if (to->n_groups)
			memcpy(more, to->groups, to->n_groups * sizeof(*more));
		to->groups = more;
	}
	*mine = *group;
	mine->class_id = is_files ? KERNEL_START_FILES : KERNEL_START_OTHERS;
	mine->pattern = pattern;
	to->groups[to->n_groups++] = mine;
	to->n_rows += mine->n_rows;
	return mine;
}

/*
 * Puts copies of the rows with fewer permissions in place of the last group's; drops rows that have
 * none, and the group if it has no rows then. With is_exec, what leaves the environment says so.
 */
static void keep_perms(struct kernel_rows *k, struct rows_group *group, uint32_t keep, bool is_exec)
{
	const struct conflict_row **rows =
		arena_array(&k->arena, const struct conflict_row *, group->n_rows + 1);
	size_t n = 0;

	for (size_t i = 0; i < group->n_rows; i++) {
		struct conflict_row *row = arena_new(&k->arena, struct conflict_row);
		struct lower_row *lower = arena_new(&k->arena, struct lower_row);

		*lower = *group->rows[i]->row;
		lower->perms &= keep;
		if (is_exec && !(lower->exec.flags & EXEC_SCRUB) && lower->verb == LOWER_ALLOW)
			lower->perms |= KERNEL_PERM_UNSAFE;
		*row = *group->rows[i];
		row->row = lower;
		if (lower->perms)
			rows[n++] = row;
	}
	group->rows = rows;
	group->n_rows = n;
	if (!n)
		k->files.n_groups--;
}

static bool add_files(struct kernel_rows *k, const struct rows_group *group)
{
	struct rows_group *mine;

	if (group->pattern.ptr) {
		add_group(k, true, group, group->pattern);
		return true;
	}
	/* Everything: each of the three kinds of objects by itself. */
	if (group->class_id == CLASS_FILE) {
		mine = add_group(k, true, group, SLICE("**"));
		keep_perms(k, mine, ~(uint32_t)(PERM_ONEXEC | PERM_CHANGE_PROFILE), false);
	} else {
		mine = add_group(k, true, group, SLICE("**\\x00**"));
		keep_perms(k, mine, PERM_LINK, false);
	}
	return true;
}

/* Where the label ends in "LABEL\x00PROGRAM"; a set may have the same text within. */
static size_t label_end(struct slice text)
{
	bool is_in_set = false;

	for (size_t i = 0; i + 4 <= text.len; i++) {
		if (!is_in_set && !memcmp(text.ptr + i, "\\x00", 4))
			return i;
		if (text.ptr[i] == '\\')
			i++;
		else if (text.ptr[i] == '[' || text.ptr[i] == ']')
			is_in_set = text.ptr[i] == '[';
	}
	return text.len;
}

/*
 * "label 0" becomes "label"; "label 0 program" becomes "program" and "program 0 label". A rule that
 * names a program allows the change at once too: so the reference compiler has it.
 */
static bool add_label(struct kernel_rows *k, const struct rows_group *group)
{
	struct slice text = group->pattern.ptr ? group->pattern : SLICE("**\\x00**");
	struct slice label = slice_cut(text, 0, label_end(text)), program;
	struct rows_group *mine;

	if (!group->pattern.ptr || label.len + 4 >= text.len) {
		mine = add_group(k, true, group, label);
		keep_perms(k, mine, PERM_ONEXEC | PERM_CHANGE_PROFILE, false);
		for (size_t i = 0; i < mine->n_rows; i++)
			((struct lower_row *)(uintptr_t)mine->rows[i]->row)->perms |=
				PERM_CHANGE_PROFILE;
	}
	if (label.len + 4 >= text.len)
		return true;
	program = slice_cut(text, label.len + 4, text.len);
	if (slice_is(program, "/{**,}"))
		program = SLICE("/[^/\\x00]**");
	if (group->rows[0]->row->verb == LOWER_ALLOW || !group->pattern.ptr) {
		mine = add_group(k, true, group, program);
		keep_perms(k, mine, PERM_ONEXEC, false);
	}
	mine = add_group(k, true, group,
			 slice_of(arena_printf(&k->arena, "%.*s\\x00%.*s", SLICE_FMT(program),
					       SLICE_FMT(label))));
	keep_perms(k, mine, PERM_ONEXEC, true);
	return true;
}

/* Puts a tree behind a class byte under a name of its own, and the group's rows with it. */
static bool add_tree(struct kernel_rows *k, const struct rows_group *group, unsigned class_byte,
		     const struct pattern *tree)
{
	struct arena *arena = &k->patterns->arena;
	struct slice name;

	if (!tree)
		return problem(k, group, "its object cannot be put as the kernel has it");
	/* A byte 1 in front: no rule's pattern begins so. */
	name = slice_of(arena_printf(arena, "\1%u %u %.*s", class_byte,
				     (unsigned)group->class_id, SLICE_FMT(group->pattern)));
	if (!map_find(&k->patterns->trees, name))
		map_set(&k->patterns->trees, name,
			new_node(arena, PATTERN_CAT, one_byte(arena, class_byte), tree));
	add_group(k, false, group, name);
	return true;
}

/* System V queues have their number as four bytes in the kernel's objects. */
static bool add_mqueue(struct kernel_rows *k, const struct rows_group *group,
		       const struct pattern *tree)
{
	bool is_sysv = slice_starts(group->pattern, "[0-9]");

	if (is_sysv || !k->support->has_posix_mqueue)
		return true;
	return add_tree(k, group, CLASS_MQUEUE, tree);
}

static bool is_any_byte(const struct pattern *t)
{
	return t->kind == PATTERN_SET && (t->set[0] & t->set[1] & t->set[2] & t->set[3]) == UINT64_MAX;
}

/* The tree without its first byte, which is one set; NULL if that set is not of all bytes. */
static const struct pattern *behind_any_byte(struct arena *arena, const struct pattern *t)
{
	const struct pattern *left;

	if (is_any_byte(t))
		return new_node(arena, PATTERN_EMPTY, NULL, NULL);
	if (t->kind != PATTERN_CAT)
		return NULL;
	left = behind_any_byte(arena, t->left);
	return left ? new_node(arena, PATTERN_CAT, left, t->right) : NULL;
}

/*
 * Of some classes the kernel asks about the peer's label by itself: class of labels | class |
 * label. Tracing is asked about so alone, signals where it is not yet known which.
 */
static bool add_label_form(struct kernel_rows *k, const struct rows_group *group,
			   const struct pattern *tree)
{
	struct arena *arena = &k->patterns->arena;
	unsigned class_byte = (unsigned)group->class_id;

	if (group->class_id == CLASS_SIGNAL && group->pattern.ptr)
		tree = behind_any_byte(arena, tree);
	if (!tree)
		return true;
	tree = new_node(arena, PATTERN_CAT, one_byte(arena, class_byte), tree);
	return add_tree(k, group, CLASS_LABEL, tree);
}

static bool add_other(struct kernel_rows *k, const struct rows_group *group)
{
	struct pattern_problem bad = { 0 };
	const struct pattern *tree = automaton_pattern(k->patterns, group->pattern, &bad);
	unsigned class_byte = (unsigned)group->class_id;

	if (!tree)
		return problem(k, group, bad.text);
	if (group->class_id == CLASS_PTRACE || group->class_id == CLASS_SIGNAL)
		add_label_form(k, group, tree);
	if (!group->pattern.ptr)
		return add_tree(k, group, class_byte, tree);
	switch ((int)group->class_id) {
	case CLASS_NET:
		tree = first_bytes(&k->patterns->arena, tree, NET_BYTES);
		break;
	case CLASS_SIGNAL:
		tree = signal_tree(&k->patterns->arena, tree);
		break;
	case CLASS_MQUEUE:
		return add_mqueue(k, group, tree);
	default:
		break;
	}
	return add_tree(k, group, class_byte, tree);
}

/* True if the class needs no telling: what it says is said in another class too. */
static bool is_told_elsewhere(enum class_id class_id)
{
	return class_id == CLASS_UNIX;
}

static void tell_left_out(struct kernel_rows *k, const struct rows_group *group)
{
	const struct lower_row *row = group->rows[0]->row;

	if (k->told >> group->class_id & 1 || is_told_elsewhere(group->class_id) || !row->rule)
		return;
	k->told |= 1ull << group->class_id;
	diag_warn(k->from->diag, row->rule->place,
		  "%s rules are not enforced by this kernel: profile %.*s goes without them",
		  rows_class_word(group->class_id), SLICE_FMT(k->from->profile->full_name));
}

/*
 * A denial of unix sockets that the language put as one of network sockets, for a kernel that knows
 * those alone: the reference compiler leaves it out.
 */
static bool is_unheld_denial(const struct rows_group *group)
{
	const struct lower_row *row = group->rows[0]->row;

	return group->class_id == CLASS_NET && row->verb == LOWER_DENY && row->rule &&
	       row->rule->rule_class == &class_unix;
}

static bool add_any(struct kernel_rows *k, const struct rows_group *group)
{
	if (!(k->support->classes >> group->class_id & 1)) {
		tell_left_out(k, group);
		return true;
	}
	if (is_unheld_denial(group)) {
		tell_left_out(k, group);
		return true;
	}
	if (group->class_id == CLASS_FILE || group->class_id == CLASS_LINK)
		return add_files(k, group);
	if (group->class_id == CLASS_LABEL)
		return add_label(k, group);
	return add_other(k, group);
}

/*
 * A row that makes the byte of each mediated class a state: without that state the kernel takes
 * the class for one that the profile does not speak of, and allows all of it.
 */
static void add_mediated(struct kernel_rows *k)
{
	static const enum class_id classes[] = {
		CLASS_FILE, CLASS_MOUNT,    CLASS_PTRACE, CLASS_SIGNAL, CLASS_NET,
		CLASS_DBUS, CLASS_IO_URING, CLASS_USERNS, CLASS_MQUEUE,
	};
	bool is_free = k->from->profile->mode == MODE_UNCONFINED ||
		       k->from->profile->flags & PROFILE_DEFAULT_ALLOW;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		enum class_id c = classes[i];
		struct lower_row *row = arena_new(&k->arena, struct lower_row);
		struct conflict_row *conflict = arena_new(&k->arena, struct conflict_row);
		struct rows_group group = { .class_id = c, .n_rows = 1 };

		if (!(k->support->classes >> c & 1) || (is_free && c != CLASS_USERNS))
			continue;
		if (c == CLASS_FILE && k->support->version < 6)
			continue;
		*row = (struct lower_row){ .perms = 1u << 2, .who = WHO_ALL, .priority = INT_MAX };
		/* What these two allow or deny is a matter of this very state. */
		if (c == CLASS_IO_URING || c == CLASS_USERNS)
			row->priority = INT_MIN;
		conflict->row = row;
		group.rows = arena_new(&k->arena, const struct conflict_row *);
		group.rows[0] = conflict;
		add_group(k, false, &group,
			  slice_of(arena_printf(&k->arena, "\\x%02x", (unsigned)c)));
	}
}

static bool has_hats(const struct profile *p)
{
	return p->flags & PROFILE_HAT || p->children;
}

static void imply(struct kernel_rows *k, const char *pattern, uint32_t perms)
{
	struct lower_row *row = arena_new(&k->arena, struct lower_row);
	struct conflict_row *conflict = arena_new(&k->arena, struct conflict_row);
	struct rows_group group = { .class_id = CLASS_FILE, .n_rows = 1 };

	*row = (struct lower_row){ .perms = perms, .who = WHO_OWNER, .class_id = CLASS_FILE };
	conflict->row = row;
	group.rows = arena_new(&k->arena, const struct conflict_row *);
	group.rows[0] = conflict;
	add_group(k, true, &group, slice_of(pattern));
}

/* A program that changes hats or profiles has to write to files that are mediated themselves. */
static void add_implied(struct kernel_rows *k)
{
	const uint32_t write = PERM_WRITE;
	bool has_change = k->from->classes >> CLASS_LABEL & 1 &&
			  !(k->from->profile->flags & PROFILE_DEFAULT_ALLOW);

	if (!has_hats(k->from->profile) && !has_change)
		return;
	imply(k, "/proc/*/attr/apparmor/", PERM_READ);
	imply(k, "/sys/module/apparmor/parameters/enabled", PERM_READ);
	if (has_hats(k->from->profile))
		imply(k, "/proc/[0-9]*/attr/{apparmor/,}current", write);
	if (has_change)
		imply(k, "/proc/*/attr/{apparmor/,}{current,exec}", write);
}

bool kernel_rows_init(struct kernel_rows *k, const struct rows *rows,
		      const struct kernel_support *support, struct automaton_patterns *patterns)
{
	bool is_good = true;

	*k = (struct kernel_rows){ .from = rows, .support = support, .patterns = patterns };
	k->files = k->others = (struct rows){ .diag = rows->diag, .profile = rows->profile };
	for (size_t i = 0; i < rows->n_groups; i++)
		is_good &= add_any(k, rows->groups[i]);
	add_implied(k);
	add_mediated(k);
	return is_good;
}

void kernel_rows_release(struct kernel_rows *k)
{
	arena_release(&k->arena);
}
