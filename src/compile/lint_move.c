/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Denied files that can be moved to where they are not denied: their folder, or one above it, may
 * be renamed, and under another name beside it what was denied is allowed.
 *
 *	rw all below /home/a, deny what is in .ssh:
 *	mv /home/a/.ssh /home/a/b; cat /home/a/b/id
 *
 * Looked for is a folder's path that may be renamed, and a name beside it that may be made; then,
 * by the product of what follows the one and the other, a rest of the path.
 */
#include "compile/lint_view.h"

enum {
	/* What the kernel asks of a folder that gets another name, and of the new name. */
	PERMS_FROM = PERM_READ | PERM_WRITE | PERM_SETATTR | PERM_DELETE,
	PERMS_TO = PERM_WRITE | PERM_SETATTR | PERM_CREATE,
	SEARCHES_MAX = 2000, /* products for one profile */
	NAMES_MAX = 24, /* other names of one folder */
};

struct move_search {
	struct lint *lint;
	const struct lint_check *check;
	struct lint_view *view;
	struct dfa_table table;
	bool *is_told; /* by group: its denial was told */
	unsigned who;
	const struct lint_row *denial; /* found by the product */
	unsigned n_searches;
};

static bool may(const struct move_search *m, uint32_t state, uint32_t perms)
{
	const struct lint_set *s = lint_view_set(m->view, state);

	return s && (s->result.entry.allow[m->who == WHO_OTHER] & perms) == perms;
}

static uint32_t step(const struct move_search *m, uint32_t state, char byte)
{
	return dfa_walk(&m->table, state, (const uint8_t *)&byte, 1);
}

/* A denial in the set of one that was not told yet, of what the other allows. */
static bool is_freed(void *of, uint32_t accept_from, uint32_t accept_to)
{
	struct move_search *m = of;
	const struct lint_set *from = &m->view->sets[accept_from], *to = &m->view->sets[accept_to];
	int w = m->who == WHO_OTHER;
	uint32_t freed;

	if (!accept_from || !accept_to)
		return false;
	freed = from->result.entry.deny[w] & to->result.entry.allow[w] &
		(PERM_READ | PERM_WRITE | PERM_APPEND | PERM_EXEC | PERM_MMAP);
	for (size_t i = 0; freed && i < from->n_groups; i++) {
		const struct lint_group *g = &m->view->groups[from->groups[i]];

		for (size_t k = 0; k < g->n_rows; k++) {
			const struct lower_row *row = g->rows[k].row;

			m->denial = &g->rows[k];
			if (row->verb == LOWER_DENY && row->perms & freed && row->who & m->who &&
			    row->rule && !m->is_told[from->groups[i]])
				return true;
		}
	}
	return false;
}

/* The rule that lets a folder be renamed. */
static const struct rule *writer_of(const struct move_search *m, uint32_t state)
{
	const struct lint_set *s = lint_view_set(m->view, state);

	for (size_t i = 0; i < s->n_groups; i++) {
		const struct lint_group *g = &m->view->groups[s->groups[i]];

		for (size_t k = 0; k < g->n_rows; k++)
			if (g->rows[k].row->verb == LOWER_ALLOW && g->rows[k].row->rule &&
			    g->rows[k].row->perms & PERM_DELETE && g->rows[k].row->who & m->who)
				return g->rows[k].row->rule;
	}
	return NULL;
}

static void tell(struct move_search *m, uint32_t folder, struct slice from, struct slice to,
		 struct slice rest)
{
	const struct rule *denial = m->denial->row->rule, *writer = writer_of(m, folder);
	const struct rule *shown = lint_own_rule(m->lint, denial, writer);
	struct arena *arena = lint_arena(m->lint);
	auto_buf path = BUF_INIT;
	struct lint_words words = { .class_id = CLASS_FILE, .who = m->who };

	buf_add_slice(&path, from);
	buf_add_slice(&path, rest);
	words.witness = buf_slice(&path);
	words.text = arena_printf(
		arena,
		"what %s denies is allowed when its folder has another name, and %.*s may be"
		" renamed to %.*s%s%s",
		shown == denial ? "this rule" : lint_rule_text(m->lint, denial), SLICE_FMT(from),
		SLICE_FMT(to), shown == denial && writer ? " by " : "",
		shown == denial && writer ? lint_rule_text(m->lint, writer) : "");
	words.help =
		arena_printf(arena, "deny writing to the folder itself too, as in \"deny %.*s w,\"",
			     SLICE_FMT(from));
	lint_tell(m->lint, m->check, m->view->profile, shown->place, &words);
}

/* All denials that moving one folder to one name frees. */
static void compare_names(struct move_search *m, uint32_t from_state, struct slice from,
			  uint32_t to_state, struct slice to)
{
	struct product_side a = { m->table, from_state }, b = { m->table, to_state };

	while (m->n_searches < SEARCHES_MAX) {
		auto_buf rest = BUF_INIT;

		m->n_searches++;
		if (product_find(&a, &b, is_freed, m, &rest) <= 0)
			return;
		m->is_told[m->denial->group] = true;
		tell(m, from_state, from, to, buf_slice(&rest));
	}
}

/* A folder that is to get another name. */
struct folder {
	uint32_t state;
	struct slice path; /* "/" at its end */
	uint32_t parent; /* the state before its last part */
	size_t parent_len;
	bool *is_tried; /* by state: such a name was tried */
	unsigned n_tried;
};

/* Tries the name that stands in *to, without "/" behind. */
static void try_name(struct move_search *m, struct folder *f, uint32_t name_state, struct buf *to)
{
	uint32_t state = step(m, name_state, '/');

	if (f->is_tried[state] || state == f->state || f->n_tried == NAMES_MAX ||
	    !may(m, state, PERMS_TO))
		return;
	f->is_tried[state] = true;
	f->n_tried++;
	buf_add_char(to, '/');
	compare_names(m, f->state, f->path, state, buf_slice(to));
}

/* Names beside a folder: over bytes that are no "/" from where its last part begins. */
static void try_names(struct move_search *m, struct folder *f)
{
	struct reach names;
	uint8_t bytes[256];

	reach_init_without(&names, &m->table, f->parent, '/');
	reach_friendly_bytes(bytes);
	for (uint32_t i = 0; i < names.n_states; i++) {
		for (unsigned k = 0; k < 256 && f->n_tried < NAMES_MAX; k++) {
			uint32_t next = step(m, names.states[i], (char)bytes[k]);
			auto_buf to = BUF_INIT;

			/* A state's nearest name; and one that leads back to the start. */
			if (bytes[k] == '/' || !bytes[k] || !next ||
			    (next != f->parent &&
			     (names.from[next] != names.states[i] || names.byte[next] != bytes[k])))
				continue;
			buf_add_slice(&to, slice_cut(f->path, 0, f->parent_len));
			reach_add_string(&names, names.states[i], &to);
			buf_add_char(&to, (char)bytes[k]);
			try_name(m, f, next, &to);
		}
	}
	reach_release(&names);
}

/* Folders cannot be renamed there, whatever a policy says. */
static bool is_movable(struct slice path)
{
	return path.len > 1 && !slice_starts(path, "/proc/") && !slice_starts(path, "/sys/");
}

static void try_folder(struct move_search *m, uint32_t state, struct slice path)
{
	struct product_side whole = product_side_of(&m->view->dfa, CLASS_FILE);
	struct folder f = { .state = state, .path = path, .parent_len = path.len - 1 };

	while (f.parent_len && path.ptr[f.parent_len - 1] != '/')
		f.parent_len--;
	f.parent = dfa_walk(&m->table, whole.start, (const uint8_t *)path.ptr, f.parent_len);
	f.is_tried = arena_array(lint_arena(m->lint), bool, m->table.n_states);
	try_names(m, &f);
}

static bool is_denying(const struct move_search *m, uint32_t state)
{
	const struct lint_set *s = lint_view_set(m->view, state);

	return s && s->result.entry.deny[m->who == WHO_OTHER];
}

static bool leads_on(const struct move_search *m, const bool *is_leading, uint32_t state)
{
	const uint16_t *row = m->table.cells + ((size_t)state << m->table.shift);

	for (uint32_t c = 0; c < 1u << m->table.shift; c++)
		if (is_leading[row[c]])
			return true;
	return false;
}

/* By state: whether something denied lies there or behind. */
static bool *find_leading(const struct move_search *m, const struct reach *reach)
{
	bool *is_leading = arena_array(lint_arena(m->lint), bool, m->table.n_states);
	bool is_changed = true;

	while (is_changed) {
		is_changed = false;
		for (uint32_t i = reach->n_states; i-- > 0;) {
			uint32_t s = reach->states[i];

			if (is_leading[s] || (!is_denying(m, s) && !leads_on(m, is_leading, s)))
				continue;
			is_leading[s] = is_changed = true;
		}
	}
	return is_leading;
}

static void try_folders(struct move_search *m)
{
	const struct reach *reach = lint_view_reach(m->view, CLASS_FILE);
	bool *is_met = arena_array(lint_arena(m->lint), bool, m->table.n_states);
	bool *is_leading = find_leading(m, reach);

	for (uint32_t i = 0; i < reach->n_states; i++) {
		uint32_t state = step(m, reach->states[i], '/');
		auto_buf path = BUF_INIT;

		if (is_met[state] || !is_leading[state] || !may(m, state, PERMS_FROM))
			continue;
		reach_add_string(reach, reach->states[i], &path);
		if (!path.len || path.data[path.len - 1] == '/')
			continue;
		is_met[state] = true;
		buf_add_char(&path, '/');
		if (is_movable(buf_slice(&path)))
			try_folder(m, state, buf_slice(&path));
	}
}

static bool has_denials(const struct lint_view *v)
{
	for (size_t i = 0; i < v->n_rules; i++)
		if (v->rules[i]->rule->qualifiers.deny)
			return true;
	return false;
}

static void look_for_moves(struct lint *l, const struct lint_check *check, struct lint_view *v)
{
	struct move_search m = {
		.lint = l,
		.check = check,
		.view = v,
		.table = product_side_of(&v->dfa, CLASS_FILE).table,
	};

	if (!has_denials(v) || !v->dfa.start[CLASS_FILE])
		return;
	m.is_told = arena_array(lint_arena(l), bool, v->rows.n_groups + 1);
	for (m.who = WHO_OTHER; m.who >= WHO_OWNER; m.who--)
		try_folders(&m);
}

const struct lint_check lint_move_checks[] = {
	{ "movable-denial", LINT_WARNING,
	  "a denied path whose folder may be renamed, so that it is reached by another name",
	  look_for_moves, NULL },
	{ 0 },
};
