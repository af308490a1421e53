/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a mount rule, gives the objects it is about. The one idea: mount(2) is six calls in one,
 * told apart by its flags, and each takes only some of source, type and flags. A rule is tried as
 * each of the six, and gives a row for those that its conditions can be met in.
 */
#include "lang/mount_rows.h"

#include <stddef.h>

struct attempt {
	const struct mount *detail;
	uint32_t set, may;		/* one pair of options= and options in */
	mount_give *give;
	void *to;
	struct mount_count count;
};

static void try_row(struct attempt *a, const struct word *point, bool has_device, bool has_types,
		    uint32_t flags)
{
	struct mount_row row = {
		.point = point,
		.device = has_device ? &a->detail->source : NULL,
		.types = has_types ? &a->detail->types : NULL,
		.set = a->set & flags,
		.may = a->may & flags,
	};

	a->count.n_rows++;
	if (a->give)
		a->give(a->to, &row);
}

static const struct word *point_or_source(const struct mount *detail)
{
	return detail->point.text.ptr ? &detail->point : &detail->source;
}

/* A remount may name another command as well, which the kernel then ignores. */
static void try_remount(struct attempt *a)
{
	try_row(a, point_or_source(a->detail), false, false, MOUNT_ALL_FLAGS);
}

static void try_bind(struct attempt *a)
{
	try_row(a, &a->detail->point, true, false, MOUNT_BIND | MOUNT_REC);
}

/* The flags of a mount of its own (nosuid, noatime…) play no part in a change of propagation. */
static void try_propagation(struct attempt *a)
{
	uint32_t own = MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC | MOUNT_NOATIME |
		       MOUNT_NODIRATIME | MOUNT_RELATIME | MOUNT_STRICTATIME;

	try_row(a, point_or_source(a->detail), false, false, MOUNT_ALL_FLAGS & ~own);
}

static void try_move(struct attempt *a)
{
	try_row(a, &a->detail->point, true, false, MOUNT_MOVE);
}

/* Alone, "recursive" is no command: the kernel ignores it here. */
static void try_new(struct attempt *a)
{
	const uint32_t others = (MOUNT_COMMANDS) & ~(uint32_t)MOUNT_REC;

	try_row(a, &a->detail->point, true, true, MOUNT_ALL_FLAGS & ~others);
}

/* No flag says what is done, so it may be any of the six that the rest of the rule allows. */
static void try_all(struct attempt *a)
{
	const struct mount *detail = a->detail;
	bool has_source = detail->source.text.ptr, has_point = detail->point.text.ptr;

	if (!detail->types.n) {
		if (!has_source)
			try_remount(a);
		try_bind(a);
		if (!has_source || !has_point)
			try_propagation(a);
		try_move(a);
	}
	try_new(a);
}

static void try_pair(struct attempt *a)
{
	const struct mount *detail = a->detail;
	bool has_source = detail->source.text.ptr, has_point = detail->point.text.ptr;
	bool has_types = detail->types.n;

	if (!a->set || a->set == MOUNT_ALL_FLAGS)
		try_all(a);
	else if (a->set & MOUNT_REMOUNT && !has_source && !has_types)
		try_remount(a);
	else if (a->set & MOUNT_BIND && !has_types)
		try_bind(a);
	else if (a->set & MOUNT_PROPAGATION && (!has_source || !has_point) && !has_types)
		try_propagation(a);
	else if (a->set & MOUNT_MOVE && !has_types)
		try_move(a);
	else if (!(a->set & MOUNT_COMMANDS))
		try_new(a);
	else if ((a->set | a->may) & ~(uint32_t)MOUNT_COMMANDS)
		a->count.n_vain++;
}

struct mount_count mount_rows(const struct mount *detail, mount_give *give, void *to)
{
	struct attempt a = { .detail = detail, .give = give, .to = to };
	uint32_t no_set = detail->is_remount ? MOUNT_REMOUNT : 0, no_part = 0;
	struct flag_sets exact = detail->exact, part = detail->part;

	if (!exact.n && !part.n && !detail->is_remount)
		no_set = no_part = MOUNT_ALL_FLAGS;
	else if (!exact.n && !part.n)
		no_part = MOUNT_ALL_FLAGS & ~(uint32_t)MOUNT_REMOUNT;
	if (!exact.n)
		exact = (struct flag_sets){ &no_set, 1 };
	if (!part.n)
		part = (struct flag_sets){ &no_part, 1 };
	for (size_t i = 0; i < exact.n; i++) {
		for (size_t k = 0; k < part.n; k++) {
			a.set = exact.sets[i];
			a.may = part.sets[k];
			try_pair(&a);
		}
	}
	return a.count;
}
