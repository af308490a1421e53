/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a profile's attachments and extended attributes, gives the kernel's automaton. The one idea:
 * paths and each value are automata of their own, with starts of their own, and what one of them
 * accepts tells which it is: so the step to the next one depends on the accept value alone.
 */
#include "compile/kernel_attach.h"

#include "compile/kernel_table.h"
#include "compile/kernel_write.h"
#include "compile/lead.h"

struct attach {
	const struct profile *profile;
	struct automaton_patterns *patterns;
	struct diag *diag;
	struct dfa_builder *builder;
	size_t n_values;
	size_t len;			/* of the shortest path */
};

static bool fail(const struct attach *a, const char *text)
{
	return diag_error(a->diag, a->profile->place, "profile %.*s: %s",
			  SLICE_FMT(a->profile->full_name), text);
}

/* Value n, from 1 on: the last written one first, as the reference compiler has them. */
static const struct profile_xattr *xattr_of(const struct profile *p, size_t n)
{
	return &p->xattrs[p->n_xattrs - n];
}

static bool add_paths(struct attach *a)
{
	const struct profile *p = a->profile;

	/* A name that is a pattern attaches where nothing else is written. */
	for (size_t i = 0; !i || i < p->n_attachments; i++) {
		struct pattern_problem problem = { 0 };
		struct slice text = p->n_attachments ? p->attachments[i] : p->name;
		const struct pattern *tree = automaton_pattern(a->patterns, text, &problem);

		if (!tree)
			return fail(a, problem.text);
		dfa_builder_add(a->builder, 0, tree, 0);
		if (lead_least(tree) < a->len)
			a->len = lead_least(tree);
	}
	return true;
}

static bool add_values(struct attach *a)
{
	struct pattern_problem none;
	const struct pattern *nul = automaton_pattern(a->patterns, SLICE("\\x00"), &none);

	for (size_t n = 1; n <= a->n_values; n++) {
		struct pattern_problem problem = { 0 };
		const struct profile_xattr *x = xattr_of(a->profile, n);
		const struct pattern *tree = automaton_value(a->patterns, x->value, &problem);

		if (!tree)
			return fail(a, problem.text);
		dfa_builder_add(a->builder, (unsigned)n, automaton_both(a->patterns, nul, tree), (uint32_t)n);
	}
	return true;
}

/* All labels of a set have the same start, and the same number. */
static uint32_t accept_part(void *of, const uint32_t *labels, size_t n_labels)
{
	(void)of;
	return n_labels ? labels[0] + 1 : 0;
}

static int add_tables(const struct attach *a, const struct dfa *d, struct buf *blob, struct err *err)
{
	struct kernel_accept accept[KERNEL_ATTACH_XATTRS_MAX + 2] = { { 0 } };
	uint16_t beyond[KERNEL_ATTACH_XATTRS_MAX + 2] = { 0 };

	for (size_t part = 0; part <= a->n_values; part++) {
		accept[part + 1] = (struct kernel_accept){ PERM_EXEC, 0 };
		beyond[part + 1] = part < a->n_values ? d->start[part + 1] : 0;
	}
	if (a->n_values)
		return kernel_table_add_beyond(d, d->start[0], accept, beyond, blob, err);
	return kernel_table_add(d, d->start[0], accept, 2, blob, err);
}

static bool write_tables(const struct attach *a, struct buf *out)
{
	struct dfa_meaning meaning = { NULL, accept_part };
	auto_buf blob = BUF_INIT;
	struct err err = ERR_INIT;
	struct dfa d;
	int r = dfa_build(a->builder, &meaning, &d, &err);

	if (r < 0)
		return fail(a, err.text);
	r = add_tables(a, &d, &blob, &err);
	dfa_release(&d);
	if (r < 0)
		return fail(a, err.text);
	kernel_write_dfa(out, buf_slice(&blob));
	kernel_write_u32(out, NULL, (uint32_t)a->len);
	return true;
}

static bool is_needed(const struct profile *p)
{
	if (!p->n_attachments)
		return !pattern_is_literal(p->name);
	return p->n_attachments > 1 || p->n_xattrs || !pattern_is_literal(p->attachments[0]) ||
	       !slice_eq(p->attachments[0], p->name);
}

bool kernel_attach_write(const struct profile *p, bool with_xattrs,
			 struct automaton_patterns *patterns, struct buf *out, struct diag *diag)
{
	struct attach a = { .profile = p, .patterns = patterns, .diag = diag, .len = SIZE_MAX,
			    .n_values = with_xattrs ? p->n_xattrs : 0 };
	bool is_good;

	if (!is_needed(p))
		return true;
	if (a.n_values > KERNEL_ATTACH_XATTRS_MAX)
		return fail(&a, "it asks for more than 63 extended attributes");
	a.builder = dfa_builder_new();
	is_good = add_paths(&a) && add_values(&a) && write_tables(&a, out);
	dfa_builder_free(a.builder);
	return is_good;
}

void kernel_attach_write_names(const struct profile *p, struct buf *out)
{
	kernel_write_open(out, "xattrs");
	kernel_write_array(out, p->n_xattrs);
	for (size_t n = 1; n <= p->n_xattrs; n++)
		kernel_write_string(out, NULL, xattr_of(p, n)->name);
	kernel_write_array_end(out);
	kernel_write_close(out);
}
