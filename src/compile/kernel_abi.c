/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats profiles, gives the kernel's binary policy. The one idea: a profile's rows are put in the
 * kernel's objects (kernel_rows.c), the automata are built and settled as for an image
 * (automaton.c), and only the last step, permissions to two words a state, is the kernel's own.
 */
#include "compile/kernel_abi.h"

#include "compile/automaton.h"
#include "compile/kernel_attach.h"
#include "compile/kernel_perms.h"
#include "compile/kernel_rows.h"
#include "compile/kernel_table.h"
#include "compile/kernel_write.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	/* Of the word before its kernel version: what compilers of this format say of themselves. */
	VERSION_REST = 0x00202000,
	VERSION_FORCE_COMPLAIN = 0x800,
	/* An exec transition in the 14 bits that owner and others have each. */
	X_OR_UNCONFINED = 0x80,
	X_UNSAFE = 0x100,
	X_INHERIT = 0x200,
	X_INDEX_SHIFT = 10,
	X_INDEX_UNCONFINED = 1,
	X_INDEX_PROFILE = 2,
	X_INDEX_CHILD = 3,
	X_INDEX_NAMES = 4,		/* and up: the table of names */
	WHO_SHIFT = 14,
	QUIET_SHIFT = 7,
};
#define FIRST_CHANGE_PROFILE 0x80000000u
#define FIRST_ONEXEC 0x40000000u

struct kernel_abi {
	struct arena arena;
	struct kernel_options options;
	struct diag *diag;
	struct automaton_patterns patterns;
	struct map supports;		/* abi name → struct kernel_support */
};

/* A profile under way. */
struct job {
	struct kernel_abi *k;
	const struct profile *profile;
	const struct kernel_support *support;
	struct rows rows;
	struct kernel_rows kernel_rows;
	struct buf *out;
	struct slice *names;		/* of exec transitions; KERNEL_TABLE_TRANSITIONS_MAX */
	unsigned n_names;
};

struct kernel_abi *kernel_abi_new(const struct kernel_options *options, struct diag *diag)
{
	struct kernel_abi *k = calloc(1, sizeof(*k));

	if (!k)
		base_no_memory();
	k->options = *options;
	k->diag = diag;
	automaton_patterns_init(&k->patterns);
	map_init(&k->supports, &k->arena);
	return k;
}

void kernel_abi_free(struct kernel_abi *k)
{
	if (!k)
		return;
	automaton_patterns_release(&k->patterns);
	arena_release(&k->arena);
	free(k);
}

static bool fail(const struct job *j, const char *text)
{
	return diag_error(j->k->diag, j->profile->place, "profile %.*s: %s",
			  SLICE_FMT(j->profile->full_name), text);
}

/* The path of an abi file: as it is, or below the first include directory that has it. */
static const char *find_abi(struct kernel_abi *k, struct slice name)
{
	const char *path = arena_printf(&k->arena, "%.*s", SLICE_FMT(name));
	const char *const *dirs = k->options.include_dirs;

	if (name.ptr[0] == '/')
		return path;
	for (size_t i = 0; dirs && dirs[i]; i++) {
		const char *below = arena_printf(&k->arena, "%s/%s", dirs[i], path);

		if (!access(below, R_OK))
			return below;
	}
	return path;
}

static const struct kernel_support *make_support(struct kernel_abi *k, const struct profile *p)
{
	struct kernel_support *s = arena_new(&k->arena, struct kernel_support);
	struct slice name = p->abi_name;
	struct kernel_features features;
	struct err err = ERR_INIT;

	if (!name.len || slice_is(name, "default") || k->options.ignore_abi) {
		*s = kernel_support_of(k->options.features, k->options.policy_features);
		return s;
	}
	if (slice_is(name, "kernel")) {
		*s = kernel_support_of(k->options.features, NULL);
		return s;
	}
	kernel_features_init(&features);
	if (kernel_features_read(&features, find_abi(k, name), &err) < 0) {
		diag_error(k->diag, p->place, "%s", err.text);
		s = NULL;
	} else {
		*s = kernel_support_of(k->options.features, &features);
	}
	kernel_features_release(&features);
	return s;
}

/* NULL: reported. */
static const struct kernel_support *find_support(struct kernel_abi *k, const struct profile *p)
{
	struct slice key = p->abi_name.len ? p->abi_name : SLICE("default");
	struct kernel_support *s = map_find(&k->supports, key);

	if (s)
		return s;
	s = (struct kernel_support *)(uintptr_t)make_support(k, p);
	if (s)
		map_set(&k->supports, key, s);
	return s;
}

/*
 * What a stacking transition is called: "&NAME" puts NAME on top of the profile that the program
 * attaches to; a child transition's "PARENT//&NAME" is NAME on top of PARENT.
 */
static struct slice stack_name(struct job *j, const struct lower_exec *x)
{
	if (x->kind == EXEC_CHILD)
		return slice_of(arena_printf(&j->k->arena, "%.*s//&%.*s",
					     SLICE_FMT(j->profile->full_name), SLICE_FMT(x->name)));
	return slice_of(arena_printf(&j->k->arena, "&%.*s", SLICE_FMT(x->name)));
}

/* The index of a transition's name in the table; 0 and a report if the table is full. */
static uint32_t name_index(struct job *j, const struct lower_exec *x)
{
	struct slice name = x->flags & EXEC_STACK ? stack_name(j, x) : x->name;
	unsigned i;

	for (i = 0; i < j->n_names; i++)
		if (slice_eq(j->names[i], name))
			return X_INDEX_NAMES + i;
	if (i == KERNEL_TABLE_TRANSITIONS_MAX) {
		fail(j, "it has more than 4096 different named exec transitions");
		return 0;
	}
	if (!j->names)
		j->names = arena_array(&j->k->arena, struct slice, KERNEL_TABLE_TRANSITIONS_MAX);
	j->names[j->n_names++] = name;
	return X_INDEX_NAMES + i;
}

static uint32_t exec_index(struct job *j, const struct lower_exec *x)
{
	switch (x->kind) {
	case EXEC_NONE:
	case N_EXEC_KINDS:
	case EXEC_INHERIT:
		return 0;
	case EXEC_UNCONFINED:
		return X_INDEX_UNCONFINED;
	case EXEC_PROFILE:
		return x->name.len ? name_index(j, x) : X_INDEX_PROFILE;
	case EXEC_CHILD:
		return x->name.len ? name_index(j, x) : X_INDEX_CHILD;
	}
	return 0;
}

static uint32_t exec_bits(const struct lower_exec *x)
{
	uint32_t bits = 0;

	if (x->kind == EXEC_NONE)
		return 0;
	if (x->kind == EXEC_INHERIT)
		return X_INHERIT;
	if (!(x->flags & EXEC_SCRUB))
		bits |= X_UNSAFE;
	if (x->flags & EXEC_OR_INHERIT)
		bits |= X_INHERIT;
	if (x->flags & EXEC_OR_UNCONFINED)
		bits |= X_OR_UNCONFINED;
	return bits;
}

/* The seven letters x w r a l k m. */
static uint32_t letters(uint32_t perms)
{
	uint32_t bits = perms & (PERM_EXEC | PERM_WRITE | PERM_READ | PERM_APPEND);

	if (perms & PERM_LINK)
		bits |= 0x10;
	/* One bit for both: which it is, is a matter of where it stands. */
	if (perms & (PERM_LOCK | PERM_LINK_SUBSET))
		bits |= 0x20;
	if (perms & PERM_MMAP)
		bits |= 0x40;
	return bits;
}

/* What the owner (0) or everybody else (1) may, by entry i. */
static struct kernel_perm file_perm(struct job *j, const struct automaton *a, size_t i, int who)
{
	const struct image_entry *e = &a->entries[i];
	uint32_t both = e->allow[0] | e->allow[1];
	struct kernel_perm p = {
		.allow = letters(e->allow[who]),
		.quiet = letters(e->quiet[who]),
		.has_change_profile = !!(both & PERM_CHANGE_PROFILE),
		.has_onexec = !!(both & PERM_ONEXEC),
	};

	p.audit = letters(e->audit[who]) & p.allow;
	if (p.allow & PERM_EXEC && e->exec[who]) {
		p.index = exec_index(j, a->execs[e->exec[who]]);
		p.exec = exec_bits(a->execs[e->exec[who]]);
	}
	if (e->allow[who] & KERNEL_PERM_UNSAFE)
		p.exec |= X_UNSAFE;
	return p;
}

static struct kernel_accept packed(const struct kernel_perm *pair)
{
	struct kernel_accept to = { 0 };

	for (int w = 0; w < 2; w++) {
		uint32_t allow = pair[w].allow | pair[w].exec | pair[w].index << X_INDEX_SHIFT;

		to.first |= allow << WHO_SHIFT * w;
		to.second |= (pair[w].audit | pair[w].quiet << QUIET_SHIFT) << WHO_SHIFT * w;
	}
	if (pair[0].has_change_profile)
		to.first |= FIRST_CHANGE_PROFILE;
	if (pair[0].has_onexec)
		to.first |= FIRST_ONEXEC;
	return to;
}

/* Bits 0…6 stay, those of sockets and queues above are gathered in the half of "other". */
static uint32_t gather(uint32_t perms)
{
	uint32_t high = (perms >> 8 & 0x3) | (perms >> 18 & 0x1c) | (perms >> 19 & 0x60);

	return (perms & 0x7f) | high << WHO_SHIFT;
}

static struct kernel_accept other_accept(const struct automaton *a, size_t i)
{
	const struct image_entry *e = &a->entries[i];
	uint32_t allow = gather(e->allow[1]);

	return (struct kernel_accept){
		.first = allow,
		.second = (gather(e->audit[1]) & allow) | gather(e->quiet[1]) << QUIET_SHIFT,
	};
}

static bool write_automaton(struct job *j, const struct automaton *a, unsigned start,
			    const struct kernel_accept *accept, int n_words)
{
	auto_buf blob = BUF_INIT;
	struct err err = ERR_INIT;

	if (kernel_table_add(&a->dfa, a->dfa.start[start], accept, n_words, &blob, &err) < 0)
		return fail(j, err.text);
	kernel_write_dfa(j->out, buf_slice(&blob));
	return true;
}

/* More names than the packed form has room for: a table, where the kernel reads one. */
static bool write_with_table(struct job *j, const struct automaton *a,
			     const struct kernel_perm *perms, struct kernel_accept *accept)
{
	unsigned version = j->support->permstable;

	if (!version)
		return fail(j, "it has more than 12 different named exec transitions, and this kernel "
			       "has no room for them (its features lack policy/permstable32)");
	if (a->n_entries * 2 > KERNEL_PERMS_MAX)
		return fail(j, "it has too many different permissions for a kernel's table");
	for (size_t i = 0; i < a->n_entries; i++)
		accept[i] = (struct kernel_accept){ (uint32_t)i * 2, KERNEL_STATE_HAS_OWNER };
	kernel_perms_write(j->out, perms, a->n_entries * 2, version);
	return write_automaton(j, a, KERNEL_START_FILES, accept,
			       version >= KERNEL_PERMS_FLAGS_VERSION ? 2 : 1);
}

static bool write_files(struct job *j, struct automaton *a)
{
	size_t n_errors = j->k->diag->n_errors, n = a->n_entries ? a->n_entries : 1;
	struct kernel_accept *accept = arena_array(&a->arena, struct kernel_accept, n);
	struct kernel_perm *perms = arena_array(&a->arena, struct kernel_perm, n * 2);

	accept[0] = (struct kernel_accept){ 0 };
	perms[0] = perms[1] = (struct kernel_perm){ 0 };
	for (size_t i = 1; i < a->n_entries; i++) {
		perms[i * 2] = file_perm(j, a, i, 0);
		perms[i * 2 + 1] = file_perm(j, a, i, 1);
	}
	if (j->k->diag->n_errors != n_errors)
		return false;
	if (j->n_names > KERNEL_TRANSITIONS_MAX)
		return write_with_table(j, a, perms, accept);
	for (size_t i = 1; i < a->n_entries; i++)
		accept[i] = packed(&perms[i * 2]);
	return write_automaton(j, a, KERNEL_START_FILES, accept, 2);
}

static bool write_others(struct job *j, struct automaton *a)
{
	struct kernel_accept *accept =
		arena_array(&a->arena, struct kernel_accept, a->n_entries + 1);

	for (size_t i = 1; i < a->n_entries; i++)
		accept[i] = other_accept(a, i);
	return write_automaton(j, a, KERNEL_START_OTHERS, accept, 2);
}

static bool write_rows(struct job *j, const struct rows *rows, unsigned start)
{
	struct automaton a;
	bool is_good;

	if (!automaton_build(&a, rows, &j->k->patterns, j->k->diag))
		return false;
	is_good = start == KERNEL_START_FILES ? write_files(j, &a) : write_others(j, &a);
	automaton_release(&a);
	return is_good;
}

/* Whether the program's extended attributes count. */
static bool has_xattrs(const struct job *j)
{
	return j->profile->n_xattrs && j->support->has_xattrs;
}

static bool write_attachments(struct job *j)
{
	if (j->profile->n_xattrs && !has_xattrs(j))
		diag_warn(j->k->diag, j->profile->place,
			  "profile %.*s: it attaches by path alone, this kernel looks at no extended "
			  "attributes (its features lack domain/attach_conditions/xattr or "
			  "policy/outofband)",
			  SLICE_FMT(j->profile->full_name));
	return kernel_attach_write(j->profile, has_xattrs(j), &j->k->patterns, j->out, j->k->diag);
}

static uint32_t packed_mode(const struct profile *p)
{
	static const uint32_t modes[N_MODES] = {
		[MODE_ENFORCE] = 0, [MODE_COMPLAIN] = 1, [MODE_KILL] = 2,
		[MODE_UNCONFINED] = 3, [MODE_PROMPT] = 0,
	};

	return modes[p->mode];
}

static void write_flags(const struct job *j)
{
	enum { HAT = 1, DEBUG = 2, INTERRUPTIBLE = 8 };
	enum { DISCONNECTED = 0x4, CHROOT_RELATIVE = 0x8, CHROOT_ATTACH = 0x10,
	       IPC_DISCONNECTED = 0x20, MEDIATE_DELETED = 0x10000 };
	const unsigned path_words = MORE_NO_ATTACH_DISCONNECTED | MORE_DELEGATE_DELETED |
				    MORE_NAMESPACE_RELATIVE | MORE_CHROOT_NO_ATTACH;
	const struct profile *p = j->profile;
	uint32_t flags = 0, path = 0;

	if (p->flags & PROFILE_HAT)
		flags |= HAT;
	if (p->more_flags & MORE_DEBUG)
		flags |= DEBUG;
	if (p->flags & PROFILE_INTERRUPTIBLE && j->support->has_interruptible)
		flags |= INTERRUPTIBLE;
	kernel_write_open(j->out, "flags");
	kernel_write_u32(j->out, NULL, flags);
	kernel_write_u32(j->out, NULL, packed_mode(p));
	kernel_write_u32(j->out, NULL, p->flags & PROFILE_AUDIT ? 1 : 0);
	kernel_write_close(j->out);
	if (p->flags & PROFILE_ATTACH_DISCONNECTED)
		path |= DISCONNECTED;
	if (p->flags & PROFILE_CHROOT_RELATIVE)
		path |= CHROOT_RELATIVE;
	if (p->flags & PROFILE_MEDIATE_DELETED)
		path |= MEDIATE_DELETED;
	if (p->more_flags & MORE_CHROOT_ATTACH)
		path |= CHROOT_ATTACH;
	if (p->more_flags & MORE_ATTACH_DISCONNECTED_IPC && j->support->has_disconnected_ipc)
		path |= IPC_DISCONNECTED;
	/* Left out where no such flag is written: a kernel then mediates deleted files. */
	if (path || p->more_flags & path_words)
		kernel_write_u32(j->out, "path_flags", path);
}

static void write_words(const struct job *j)
{
	const struct profile *p = j->profile;

	if (p->disconnected.len)
		kernel_write_string(j->out, "disconnected", p->disconnected);
	if (p->disconnected_ipc.len && j->support->has_disconnected_ipc)
		kernel_write_string(j->out, "disconnected_ipc", p->disconnected_ipc);
	if (p->kill_signal && j->support->has_kill_signal)
		kernel_write_u32(j->out, "kill", p->kill_signal);
	if (p->error && j->support->has_error)
		kernel_write_u32(j->out, "error", p->error);
}

static void write_cap_half(const struct job *j, const struct conflict_caps *c, unsigned shift)
{
	kernel_write_u32(j->out, NULL, (uint32_t)(c->allow >> shift));
	kernel_write_u32(j->out, NULL, (uint32_t)((c->allow & c->audit) >> shift));
	kernel_write_u32(j->out, NULL, (uint32_t)((c->deny & c->quiet) >> shift));
	kernel_write_u32(j->out, NULL, 0);
}

static void write_caps_and_limits(const struct job *j)
{
	const struct rows *r = &j->rows;
	struct conflict_caps caps;

	conflict_settle_caps(r->caps, r->n_caps, &caps);
	write_cap_half(j, &caps, 0);
	kernel_write_open(j->out, "caps64");
	write_cap_half(j, &caps, 32);
	kernel_write_close(j->out);
	if (has_xattrs(j))
		kernel_attach_write_names(j->profile, j->out);
	if (!r->rlimit_set)
		return;
	kernel_write_open(j->out, "rlimits");
	kernel_write_u32(j->out, NULL, r->rlimit_set);
	kernel_write_array(j->out, IMAGE_N_RLIMITS);
	for (int i = 0; i < IMAGE_N_RLIMITS; i++)
		kernel_write_u64(j->out, r->rlimit[i]);
	kernel_write_array_end(j->out);
	kernel_write_close(j->out);
}

/* ":NAMESPACE:NAME" has a NUL in place of its second colon. */
static void write_transitions(const struct job *j)
{
	if (!j->n_names)
		return;
	kernel_write_open(j->out, "xtable");
	kernel_write_array(j->out, j->n_names);
	for (unsigned i = 0; i < j->n_names; i++) {
		char *name = arena_text(&j->k->arena, j->names[i]);
		char *colon = name[0] == ':' ? strchr(name + 1, ':') : NULL;

		if (colon)
			*colon = '\0';
		kernel_write_string(j->out, NULL, slice_make(name, j->names[i].len));
	}
	kernel_write_array_end(j->out);
	kernel_write_close(j->out);
}

static bool write_policy(struct job *j)
{
	if (j->kernel_rows.others.n_groups) {
		kernel_write_open(j->out, "policydb");
		if (!write_rows(j, &j->kernel_rows.others, KERNEL_START_OTHERS))
			return false;
		kernel_write_close(j->out);
	}
	if (!j->kernel_rows.files.n_groups)
		return true;
	if (!write_rows(j, &j->kernel_rows.files, KERNEL_START_FILES))
		return false;
	write_transitions(j);
	return true;
}

static bool write_profile(struct job *j)
{
	struct slice namespace_name = j->k->options.namespace_name.len ?
					      j->k->options.namespace_name :
					      j->profile->namespace_name;
	uint32_t version = VERSION_REST | j->support->version;

	if (j->k->options.force_complain)
		version |= VERSION_FORCE_COMPLAIN;
	kernel_write_u32(j->out, "version", version);
	if (namespace_name.len)
		kernel_write_string(j->out, "namespace", namespace_name);
	kernel_write_open(j->out, "profile");
	kernel_write_string(j->out, NULL, j->profile->full_name);
	if (!write_attachments(j))
		return false;
	write_words(j);
	write_flags(j);
	write_caps_and_limits(j);
	if (!write_policy(j))
		return false;
	kernel_write_close(j->out);
	return true;
}

static bool add_one(struct kernel_abi *k, const struct profile *p, struct buf *out)
{
	struct job j = { .k = k, .profile = p, .out = out, .support = find_support(k, p) };
	bool is_good;

	if (!j.support)
		return false;
	rows_init(&j.rows, p, k->diag);
	is_good = kernel_rows_init(&j.kernel_rows, &j.rows, j.support, &k->patterns) &&
		  write_profile(&j);
	kernel_rows_release(&j.kernel_rows);
	rows_release(&j.rows);
	return is_good;
}

static bool add_tree(struct kernel_abi *k, const struct profile *p, struct buf *out)
{
	bool is_good = add_one(k, p, out);

	for (const struct profile *child = p->children; child; child = child->next)
		is_good &= add_tree(k, child, out);
	return is_good;
}

bool kernel_abi_add(struct kernel_abi *k, const struct profile *profile, struct buf *out)
{
	size_t n_errors = k->diag->n_errors, before = out->len;

	if (add_tree(k, profile, out) && k->diag->n_errors == n_errors)
		return true;
	out->len = before;
	if (out->data)
		out->data[before] = '\0';
	return false;
}

bool kernel_abi_add_key(struct kernel_abi *k, const struct profile *profile, struct buf *out)
{
	const struct kernel_support *s = find_support(k, profile);

	if (!s)
		return false;
	buf_printf(out, "%u %u %llx %d%d%d%d%d%d%d%d %.*s\n", s->version, s->permstable,
		   (unsigned long long)s->classes, s->has_posix_mqueue, s->has_sysv_mqueue,
		   s->has_xattrs, s->has_disconnected_ipc, s->has_kill_signal, s->has_error,
		   s->has_interruptible, k->options.force_complain,
		   SLICE_FMT(k->options.namespace_name));
	return true;
}

bool kernel_abi_compile(struct policy *policy, const struct kernel_options *options,
			struct buf *out)
{
	struct kernel_abi *k = kernel_abi_new(options, policy->diag);
	auto_buf all = BUF_INIT;
	bool is_good = true;

	for (const struct profile *p = policy->profiles; p; p = p->next)
		is_good &= kernel_abi_add(k, p, &all);
	kernel_abi_free(k);
	if (is_good)
		buf_add_slice(out, buf_slice(&all));
	return is_good;
}
