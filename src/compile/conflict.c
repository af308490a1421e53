/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the rows that match one object, gives its entry. The one idea: go down the priorities; at
 * each level only the bits that no higher level spoke of are still open.
 */
#include "compile/conflict.h"

#include <limits.h>
#include <string.h>

/* What one level says, to the owner or to others. */
struct level {
	uint64_t allow, deny, audit, quiet;
};

static void level_add(struct level *l, const struct lower_row *row, uint64_t bits)
{
	if (row->verb == LOWER_DENY) {
		l->deny |= bits;
		if (!row->audit)
			l->quiet |= bits;
		return;
	}
	l->allow |= bits;
	if (row->audit)
		l->audit |= bits;
	if (row->quiet)
		l->quiet |= bits;
}

/* Adds the level's answers for the bits in `open` to *to. */
static void level_settle(const struct level *l, uint64_t open, struct level *to)
{
	to->allow |= l->allow & ~l->deny & open;
	to->deny |= l->deny & open;
	to->audit |= l->audit & ~l->deny & open;
	to->quiet |= l->quiet & open;
}

static bool next_priority(const struct conflict_row *const *rows, size_t n_rows, bool is_first,
			  int *priority)
{
	bool found = false;
	int best = INT_MIN;

	for (size_t i = 0; i < n_rows; i++) {
		int p = rows[i]->row->priority;

		if ((is_first || p < *priority) && p >= best) {
			best = p;
			found = true;
		}
	}
	*priority = best;
	return found;
}

bool conflict_is_same_exec(const struct lower_exec *a, const struct lower_exec *b)
{
	return a->kind == b->kind && a->flags == b->flags && slice_eq(a->name, b->name);
}

static bool has_exec(const struct conflict_row *r, int priority, unsigned who)
{
	return r->row->priority == priority && r->row->verb == LOWER_ALLOW && r->row->who & who &&
	       r->row->perms & PERM_EXEC && r->row->exec.kind != EXEC_NONE;
}

static void choose_exec(const struct conflict_row *const *rows, size_t n_rows, int priority,
			int w, struct conflict_result *out)
{
	const struct conflict_row *best = NULL;

	for (size_t i = 0; i < n_rows; i++)
		if (has_exec(rows[i], priority, 1u << w) &&
		    (!best || (rows[i]->is_exact && !best->is_exact)))
			best = rows[i];
	if (best)
		out->exec[w] = &best->row->exec;
}

/* Two transitions of equal standing: an error even where an exact path or a deny has the last word. */
static void find_clash(const struct conflict_row *const *rows, size_t n_rows, int priority, int w,
		       bool is_exact, struct conflict_result *out)
{
	const struct lower_row *first = NULL;

	for (size_t i = 0; i < n_rows && !out->clash[0]; i++) {
		const struct lower_row *row = rows[i]->row;

		if (!has_exec(rows[i], priority, 1u << w) || rows[i]->is_exact != is_exact)
			continue;
		if (!first)
			first = row;
		if (conflict_is_same_exec(&row->exec, &first->exec))
			continue;
		out->clash[0] = first;
		out->clash[1] = row;
	}
}

/* A change of profile at exec leaves the environment as it is if one of the rules says unsafe. */
static void choose_safety(const struct conflict_row *const *rows, size_t n_rows, int priority,
			  int w, struct conflict_result *out)
{
	static const struct lower_exec scrub = { .flags = EXEC_SCRUB };
	bool is_safe = false;

	for (size_t i = 0; i < n_rows; i++) {
		const struct lower_row *row = rows[i]->row;

		if (row->class_id != CLASS_LABEL || row->priority != priority ||
		    row->verb != LOWER_ALLOW || !(row->perms & PERM_ONEXEC) || !(row->who & 1u << w))
			continue;
		if (!(row->exec.flags & EXEC_SCRUB))
			return;
		is_safe = true;
	}
	if (is_safe && !out->exec[w])
		out->exec[w] = &scrub;
}

static void settle_one(const struct conflict_row *const *rows, size_t n_rows, int w,
		       struct conflict_result *out)
{
	struct level all = { 0 };
	uint64_t open = UINT32_MAX;
	int priority = 0;

	for (bool is_first = true; open && next_priority(rows, n_rows, is_first, &priority);
	     is_first = false) {
		struct level l = { 0 };

		for (size_t i = 0; i < n_rows; i++)
			if (rows[i]->row->priority == priority && rows[i]->row->who & 1u << w)
				level_add(&l, rows[i]->row, rows[i]->row->perms);
		level_settle(&l, open, &all);
		if (l.allow & open & PERM_EXEC) {
			find_clash(rows, n_rows, priority, w, true, out);
			find_clash(rows, n_rows, priority, w, false, out);
		}
		if (l.allow & ~l.deny & open & PERM_EXEC)
			choose_exec(rows, n_rows, priority, w, out);
		if (l.allow & ~l.deny & open & PERM_ONEXEC)
			choose_safety(rows, n_rows, priority, w, out);
		open &= ~(l.allow | l.deny);
	}
	out->entry.allow[w] = (uint32_t)all.allow;
	out->entry.deny[w] = (uint32_t)all.deny;
	out->entry.audit[w] = (uint32_t)all.audit;
	out->entry.quiet[w] = (uint32_t)(all.quiet & ~all.allow);
}

void conflict_settle(const struct conflict_row *const *rows, size_t n_rows,
		     struct conflict_result *out)
{
	*out = (struct conflict_result){ 0 };
	for (int w = 0; w < 2; w++)
		settle_one(rows, n_rows, w, out);
}

bool conflict_is_exact(struct slice pattern)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] == '\\')
			i++;
		else if (memchr("*?[", pattern.ptr[i], 3))
			return false;
	}
	return true;
}

void conflict_settle_caps(const struct conflict_cap_row *rows, size_t n_rows,
			  struct conflict_caps *out)
{
	struct level all = { 0 };
	uint64_t open = UINT64_MAX;

	for (int64_t below = (int64_t)INT_MAX + 1, next = 0; open; below = next) {
		struct level l = { 0 };

		next = INT64_MIN;
		for (size_t i = 0; i < n_rows; i++)
			if (rows[i].how.priority < below && rows[i].how.priority > next)
				next = rows[i].how.priority;
		if (next == INT64_MIN)
			break;
		for (size_t i = 0; i < n_rows; i++)
			if (rows[i].how.priority == next)
				level_add(&l, &rows[i].how, rows[i].caps);
		level_settle(&l, open, &all);
		open &= ~(l.allow | l.deny);
	}
	*out = (struct conflict_caps){ all.allow, all.deny, all.audit, all.quiet & ~all.allow };
}
