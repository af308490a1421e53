/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a policy and requests, gives verdicts and the rules behind them. The one idea: no automaton
 * and no table; each rule's pattern is tried on the object by backtracking, and each single bit is
 * settled by looking through all rules that matched. Nothing here is shared with conflict.c, so
 * that the two may be held against each other.
 */
#include "compile/provenance.h"

#include "automata/pattern.h"
#include "base/map.h"

#include <limits.h>
#include <stdlib.h>

enum { STEPS_MAX = 20000000 };		/* of one pattern on one object */

struct known_row {
	struct lower_row row;
	uint64_t caps;			/* CLASS_CAPABILITY */
};

struct known_profile {
	const struct profile *profile;
	struct known_row *rows;		/* in the order of the text */
	size_t n_rows;
	size_t cap;
	bool is_lowered;
};

struct provenance {
	struct arena arena;
	struct map profiles;		/* full name → struct known_profile */
	struct diag scratch;		/* problems were told when the policy was compiled */
	struct known_profile *lowering;
	struct provenance_match *matches;
	size_t n_matches;
	size_t cap;
};

static void add_profiles(struct provenance *p, const struct profile *list)
{
	for (const struct profile *profile = list; profile; profile = profile->next) {
		struct known_profile *known = arena_new(&p->arena, struct known_profile);
		struct slice name = profile->full_name;

		known->profile = profile;
		if (!map_find(&p->profiles, name))
			map_set(&p->profiles, name, known);
		if (profile->namespace_name.len)
			map_set(&p->profiles,
				slice_of(arena_printf(&p->arena, ":%.*s:%.*s",
						      SLICE_FMT(profile->namespace_name),
						      SLICE_FMT(name))),
				known);
		add_profiles(p, profile->children);
	}
}

struct provenance *provenance_new(const struct policy *policy)
{
	struct provenance *p = calloc(1, sizeof(*p));

	if (!p)
		base_no_memory();
	map_init(&p->profiles, &p->arena);
	add_profiles(p, policy->profiles);
	return p;
}

void provenance_free(struct provenance *p)
{
	if (!p)
		return;
	diag_release(&p->scratch);
	arena_release(&p->arena);
	free(p->matches);
	free(p);
}

static void keep_row(struct provenance *p, const struct lower_row *row, uint64_t caps)
{
	struct known_profile *known = p->lowering;

	if (known->n_rows == known->cap) {
		size_t cap = known->cap ? known->cap * 2 : 16;
		struct known_row *rows = arena_array(&p->arena, struct known_row, cap);

		if (known->n_rows)
			memcpy(rows, known->rows, known->n_rows * sizeof(*rows));
		known->rows = rows;
		known->cap = cap;
	}
	known->rows[known->n_rows++] = (struct known_row){ *row, caps };
}

static void take_row(void *to, const struct lower_row *row)
{
	keep_row(to, row, 0);
}

static void take_capability(void *to, uint64_t caps, const struct lower_row *how)
{
	struct lower_row row = *how;

	row.class_id = CLASS_CAPABILITY;
	row.perms = 1;
	row.who = WHO_ALL;
	keep_row(to, &row, caps);
}

static void take_rlimit(void *to, unsigned limit, uint64_t value, const struct lower_row *how)
{
	(void)to;
	(void)limit;
	(void)value;
	(void)how;
}

static void take_unlowered(void *to, enum class_id class_id, const struct rule *rule)
{
	(void)to;
	(void)class_id;
	(void)rule;
}

static struct known_profile *find_profile(struct provenance *p, struct slice name)
{
	struct known_profile *known = map_find(&p->profiles, name);
	struct lower_sink sink = {
		.to = p,
		.diag = &p->scratch,
		.arena = &p->arena,
		.row = take_row,
		.capability = take_capability,
		.rlimit = take_rlimit,
		.unlowered = take_unlowered,
	};

	if (!known || known->is_lowered)
		return known;
	known->is_lowered = true;
	sink.profile = known->profile;
	p->lowering = known;
	profile_lower(known->profile, &sink);
	return known;
}

/* A request under way, about one class; a link asks several of these. */
struct question {
	const struct known_profile *known;
	enum class_id class_id;
	struct slice object;
	unsigned cap;			/* CLASS_CAPABILITY */
	uint32_t wanted;
	unsigned who;			/* WHO_OWNER or WHO_OTHER */
	size_t first;			/* its matches begin here */
};

static bool is_matching(const struct question *q, const struct known_row *known)
{
	const struct lower_row *row = &known->row;

	if (row->class_id != q->class_id || !(row->who & q->who) || !(row->perms & q->wanted))
		return false;
	if (q->class_id == CLASS_CAPABILITY)
		return known->caps >> q->cap & 1;
	return pattern_matches(row->pattern, q->object, STEPS_MAX) == 1;
}

static void add_match(struct provenance *p, const struct lower_row *row, uint32_t perms)
{
	if (p->n_matches == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 16;
		struct provenance_match *more = realloc(p->matches, cap * sizeof(*more));

		if (!more)
			base_no_memory();
		p->matches = more;
		p->cap = cap;
	}
	p->matches[p->n_matches++] = (struct provenance_match){ row, perms, false };
}

/* The first match, from the question's own on, that speaks of a bit at a priority as it must. */
static struct provenance_match *first_of(struct provenance *p, const struct question *q,
					 uint32_t bit, int priority,
					 bool (*is_such)(const struct lower_row *row))
{
	for (size_t i = q->first; i < p->n_matches; i++) {
		struct provenance_match *m = &p->matches[i];

		if (m->perms & bit && m->row->priority == priority && is_such(m->row))
			return m;
	}
	return NULL;
}

static bool is_deny(const struct lower_row *row)
{
	return row->verb == LOWER_DENY;
}

static bool is_silent_deny(const struct lower_row *row)
{
	return row->verb == LOWER_DENY && !row->audit;
}

static bool is_allow(const struct lower_row *row)
{
	return row->verb == LOWER_ALLOW;
}

static bool is_audited_allow(const struct lower_row *row)
{
	return row->verb == LOWER_ALLOW && row->audit;
}

static bool is_exec(const struct lower_row *row)
{
	return row->exec.kind != EXEC_NONE;
}

/* A transition of a path without *, ? and [] that stand for more than themselves. */
static bool is_exact_exec(const struct lower_row *row)
{
	bool is_escaped = false, is_exact = true;

	for (size_t i = 0; i < row->pattern.len; i++) {
		char c = row->pattern.ptr[i];

		if (!is_escaped && (c == '*' || c == '?' || c == '['))
			is_exact = false;
		is_escaped = !is_escaped && c == '\\';
	}
	return is_exact && is_exec(row);
}

static bool is_unsafe_change(const struct lower_row *row)
{
	return row->verb == LOWER_ALLOW && !(row->exec.flags & EXEC_SCRUB);
}

/* The highest priority that speaks of a bit; false if nothing does. */
static bool top_priority(const struct provenance *p, const struct question *q, uint32_t bit,
			 int *top)
{
	bool found = false;

	for (size_t i = q->first; i < p->n_matches; i++) {
		const struct provenance_match *m = &p->matches[i];

		if (!(m->perms & bit) || (found && m->row->priority <= *top))
			continue;
		*top = m->row->priority;
		found = true;
	}
	return found;
}

static void settle_exec(struct provenance *p, const struct question *q, int top,
			struct provenance_answer *out)
{
	struct provenance_match *m = first_of(p, q, PERM_EXEC, top, is_exact_exec);

	if (!m)
		m = first_of(p, q, PERM_EXEC, top, is_exec);
	if (!m)
		return;
	m->is_deciding = true;
	out->exec = m->row->exec;
}

static void settle_deny(struct provenance *p, const struct question *q, uint32_t bit, int top,
			struct provenance_answer *out)
{
	struct provenance_match *quiet = first_of(p, q, bit, top, is_silent_deny);

	out->missing |= bit;
	out->denied |= bit;
	if (quiet)
		out->quiet |= bit;
	(quiet ? quiet : first_of(p, q, bit, top, is_deny))->is_deciding = true;
}

static void settle_allow(struct provenance *p, const struct question *q, uint32_t bit, int top,
			 struct provenance_answer *out)
{
	struct provenance_match *audit = first_of(p, q, bit, top, is_audited_allow);

	out->allowed |= bit;
	if (audit)
		out->audit |= bit;
	(audit ? audit : first_of(p, q, bit, top, is_allow))->is_deciding = true;
	if (bit == PERM_EXEC && q->class_id == CLASS_FILE)
		settle_exec(p, q, top, out);
	if (bit == PERM_ONEXEC && q->class_id == CLASS_LABEL)
		out->exec.flags = first_of(p, q, bit, top, is_unsafe_change) ? 0 : EXEC_SCRUB;
}

/* No rule speaks of the bit. */
static void settle_silence(const struct question *q, uint32_t bit, struct provenance_answer *out)
{
	if (!(q->known->profile->flags & PROFILE_DEFAULT_ALLOW)) {
		out->missing |= bit;
		return;
	}
	if (bit == PERM_LINK_SUBSET && q->class_id == CLASS_LINK)
		return;
	out->allowed |= bit;
	if (bit == PERM_EXEC && q->class_id == CLASS_FILE)
		out->exec = (struct lower_exec){ EXEC_PROFILE, EXEC_OR_INHERIT, { 0 } };
	if (bit == PERM_ONEXEC && q->class_id == CLASS_LABEL)
		out->exec.flags = EXEC_SCRUB;
}

static void ask(struct provenance *p, struct question *q, struct provenance_answer *out)
{
	int top = INT_MIN;

	*out = (struct provenance_answer){ 0 };
	q->first = p->n_matches;
	for (size_t i = 0; i < q->known->n_rows; i++) {
		const struct known_row *known = &q->known->rows[i];

		if (is_matching(q, known))
			add_match(p, &known->row, known->row.perms & q->wanted);
	}
	for (uint32_t bit = 1; bit; bit <<= 1) {
		if (!(q->wanted & bit))
			continue;
		if (!top_priority(p, q, bit, &top))
			settle_silence(q, bit, out);
		else if (first_of(p, q, bit, top, is_deny))
			settle_deny(p, q, bit, top, out);
		else
			settle_allow(p, q, bit, top, out);
	}
}

/* True if what the link's name allows, being a link apart, the target allows too. */
static bool is_subset(struct provenance *p, const struct question *q, struct slice link,
		      struct slice target)
{
	struct question of_link = *q, of_target = *q;
	struct provenance_answer mine, its;
	size_t n_matches = p->n_matches;

	of_link.class_id = CLASS_FILE;
	of_link.object = link;
	of_link.wanted = UINT32_MAX & ~(uint32_t)(PERM_LINK | PERM_GETATTR | PERM_OPEN);
	of_target = of_link;
	of_target.object = target;
	ask(p, &of_link, &mine);
	ask(p, &of_target, &its);
	/* These are not about the request itself. */
	p->n_matches = n_matches;
	if (mine.allowed & ~its.allowed)
		return false;
	return !(mine.allowed & PERM_EXEC) ||
	       (mine.exec.kind == its.exec.kind && mine.exec.flags == its.exec.flags &&
		slice_eq(mine.exec.name, its.exec.name));
}

/* The link's name needs PERM_LINK, the pair must be allowed and perhaps pass the subset test. */
static void ask_link(struct provenance *p, struct question *q, struct provenance_answer *out)
{
	const char *end = memchr(q->object.ptr, '\0', q->object.len);
	size_t len = end ? (size_t)(end - q->object.ptr) : q->object.len;
	struct slice link = slice_cut(q->object, 0, len);
	struct slice target = slice_cut(q->object, end ? len + 1 : len, q->object.len);
	struct question of_name = *q;
	struct provenance_answer name, pair;
	bool is_allowed;

	of_name.class_id = CLASS_FILE;
	of_name.object = link;
	of_name.wanted = PERM_LINK;
	q->wanted = PERM_LINK | PERM_LINK_SUBSET;
	ask(p, &of_name, &name);
	ask(p, q, &pair);
	is_allowed = name.allowed && pair.allowed & PERM_LINK;
	if (is_allowed && pair.allowed & PERM_LINK_SUBSET)
		is_allowed = is_subset(p, q, link, target);
	*out = (struct provenance_answer){ 0 };
	out->allowed = is_allowed ? PERM_LINK : 0;
	out->missing = is_allowed ? 0 : PERM_LINK;
	out->denied = (name.denied | pair.denied) & out->missing;
	out->quiet = (name.quiet | pair.quiet) & out->missing;
	out->audit = (name.audit | pair.audit) & out->allowed;
}

static const char *const capability_names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	"setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
	"lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

static bool find_capability(struct slice name, unsigned *number)
{
	for (size_t i = 0; i < sizeof(capability_names) / sizeof(capability_names[0]); i++) {
		if (!slice_is(name, capability_names[i]))
			continue;
		*number = (unsigned)i;
		return true;
	}
	return false;
}

static void answer_unconfined(uint32_t wanted, struct provenance_answer *out)
{
	*out = (struct provenance_answer){ .allowed = wanted };
	if (wanted & PERM_EXEC)
		out->exec.kind = EXEC_UNCONFINED;
}

bool provenance_decide(struct provenance *p, struct slice profile, enum class_id class_id,
		       struct slice object, uint32_t wanted, bool is_owner,
		       struct provenance_answer *out)
{
	struct question q = {
		.known = find_profile(p, profile),
		.class_id = class_id,
		.object = object,
		.wanted = wanted,
		.who = is_owner ? WHO_OWNER : WHO_OTHER,
	};

	if (!q.known)
		return false;
	if (class_id == CLASS_CAPABILITY && !find_capability(object, &q.cap))
		return false;
	p->n_matches = 0;
	if (q.known->profile->mode == MODE_UNCONFINED)
		answer_unconfined(wanted, out);
	else if (class_id == CLASS_LINK)
		ask_link(p, &q, out);
	else
		ask(p, &q, out);
	if (q.known->profile->flags & PROFILE_AUDIT && q.known->profile->mode != MODE_UNCONFINED) {
		out->audit = out->allowed;
		out->quiet = 0;
	}
	out->matches = p->matches;
	out->n_matches = p->n_matches;
	return true;
}
