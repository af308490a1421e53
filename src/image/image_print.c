/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an image, gives a listing for people:
 *
 *	profile NAME ATTACHMENT (MODE, FLAGS)  # FILE:LINE
 *	  if the program has ATTRIBUTE: N states
 *	  capabilities 0x…
 *	  automaton: N states, N classes of bytes
 *	  file: from state N
 *	  state N: owner allow … other allow … exec …
 *
 * States that accept nothing are left out unless their rows are asked for.
 */
#include "image/image.h"

#include <inttypes.h>

static const char *const mode_names[N_MODES] = {
	[MODE_ENFORCE] = "enforce", [MODE_COMPLAIN] = "complain", [MODE_KILL] = "kill",
	[MODE_UNCONFINED] = "unconfined", [MODE_PROMPT] = "prompt",
};

static const char *const flag_names[] = {
	"hat", "attach_disconnected", "mediate_deleted", "chroot_relative", "audit",
	"default_allow", "interruptible", "local",
};

static const char *const class_names[N_CLASSES] = {
	[CLASS_FILE] = "file",	     [CLASS_MOUNT] = "mount",	  [CLASS_PTRACE] = "ptrace",
	[CLASS_SIGNAL] = "signal",   [CLASS_UNIX] = "unix",	  [CLASS_LINK] = "link",
	[CLASS_NET] = "network",     [CLASS_LABEL] = "change_profile",
	[CLASS_MQUEUE] = "mqueue",   [CLASS_IO_URING] = "io_uring",
	[CLASS_USERNS] = "userns",   [CLASS_DBUS] = "dbus",	  [CLASS_INET] = "inet",
	[CLASS_INET_UNSEEN] = "inet-unseen",
};

static const char *const exec_names[N_EXEC_KINDS] = {
	[EXEC_NONE] = "none", [EXEC_INHERIT] = "inherit", [EXEC_UNCONFINED] = "unconfined",
	[EXEC_PROFILE] = "profile", [EXEC_CHILD] = "child",
};

static void print_text(const struct image *img, uint32_t off, struct buf *out)
{
	buf_add_escaped(out, slice_of(image_text(img, off)));
}

static void print_head(const struct image *img, const struct image_profile *p, struct buf *out)
{
	buf_add_text(out, "profile ");
	print_text(img, p->name, out);
	if (p->attachment) {
		buf_add_char(out, ' ');
		print_text(img, p->attachment, out);
	}
	buf_printf(out, " (%s", mode_names[p->mode]);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (p->flags & 1u << i)
			buf_printf(out, ", %s", flag_names[i]);
	buf_add_text(out, ")");
	if (p->place) {
		buf_add_text(out, "  # ");
		print_text(img, p->place, out);
	}
	buf_add_char(out, '\n');
}

static void print_plain(const struct image_profile *p, struct buf *out)
{
	if (p->cap_allow | p->cap_deny)
		buf_printf(out, "  capabilities: allow %#" PRIx64 " deny %#" PRIx64 " audit %#" PRIx64
				" quiet %#" PRIx64 "\n",
			   p->cap_allow, p->cap_deny, p->cap_audit, p->cap_quiet);
	for (unsigned r = 0; r < IMAGE_N_RLIMITS; r++)
		if (p->rlimit_set & 1u << r)
			buf_printf(out, "  rlimit %u: %" PRIu64 "\n", r, p->rlimit[r]);
	if (p->kill_signal)
		buf_printf(out, "  kills with signal %u\n", p->kill_signal);
	if (p->error)
		buf_printf(out, "  denies with errno %u\n", p->error);
}

static void print_xattrs(const struct image *img, const struct image_profile *p, struct buf *out)
{
	for (uint32_t i = 0; i < p->n_xattrs; i++) {
		const struct image_xattr *x = &img->xattrs[p->xattrs + i];

		buf_add_text(out, "  if the program has ");
		print_text(img, x->name, out);
		buf_printf(out, ": %u states\n", img->tables[x->table].n_states);
	}
}

static void print_exec(const struct image *img, uint32_t number, struct buf *out)
{
	const struct image_exec *x = &img->execs[number];

	if (!number)
		return;
	if (x->kind)
		buf_printf(out, " exec %s", exec_names[x->kind]);
	if (x->flags & EXEC_SCRUB)
		buf_add_text(out, " scrubbed");
	if (x->flags & EXEC_OR_INHERIT)
		buf_add_text(out, " or inherit");
	if (x->flags & EXEC_OR_UNCONFINED)
		buf_add_text(out, " or unconfined");
	if (x->name) {
		buf_add_text(out, x->flags & EXEC_STACK ? " -> &" : " -> ");
		print_text(img, x->name, out);
	}
}

static void print_side(const struct image *img, const struct image_entry *e, int w, struct buf *out)
{
	buf_printf(out, " allow %#x", e->allow[w]);
	if (e->deny[w])
		buf_printf(out, " deny %#x", e->deny[w]);
	if (e->audit[w])
		buf_printf(out, " audit %#x", e->audit[w]);
	if (e->quiet[w])
		buf_printf(out, " quiet %#x", e->quiet[w]);
	print_exec(img, e->exec[w], out);
}

static bool is_one(const struct image_entry *e)
{
	return e->allow[0] == e->allow[1] && e->deny[0] == e->deny[1] && e->audit[0] == e->audit[1] &&
	       e->quiet[0] == e->quiet[1] && e->exec[0] == e->exec[1];
}

static void print_entry(const struct image *img, const struct image_entry *e, struct buf *out)
{
	if (is_one(e)) {
		print_side(img, e, 0, out);
		return;
	}
	buf_add_text(out, " owner");
	print_side(img, e, 0, out);
	buf_add_text(out, "; other");
	print_side(img, e, 1, out);
}

static void print_row(const struct image *img, uint32_t table, uint32_t state, struct buf *out)
{
	struct match_table walk = image_table_walk(img, table);

	buf_add_text(out, "    to");
	for (uint32_t c = 0; c < img->tables[table].n_classes; c++)
		buf_printf(out, " %u", match_step(&walk, state, (uint8_t)c));
	buf_add_char(out, '\n');
}

static void print_table(const struct image *img, const struct image_profile *p, bool with_tables,
			struct buf *out)
{
	const struct image_table *t = &img->tables[p->table];

	buf_printf(out, "  automaton: %u states, %u classes of bytes, %u cells\n", t->n_states,
		   t->n_classes, t->n_cells);
	for (int c = 0; c < N_CLASSES; c++)
		if (p->start[c])
			buf_printf(out, "  %s: from state %u\n", class_names[c] ? class_names[c] : "?",
				   p->start[c]);
	for (uint32_t s = 1; s < t->n_states; s++) {
		if (img->states[t->states + s].accept) {
			buf_printf(out, "  state %u:", s);
			print_entry(img, image_table_entry(img, p->table, s), out);
			buf_add_char(out, '\n');
		} else if (with_tables) {
			buf_printf(out, "  state %u:\n", s);
		}
		if (with_tables)
			print_row(img, p->table, s, out);
	}
}

static void print_classes(const struct image_table *t, struct buf *out)
{
	buf_add_text(out, "  classes of bytes 0-255:");
	for (int byte = 0; byte < 256; byte++)
		buf_printf(out, " %u", t->class_of[byte]);
	buf_add_char(out, '\n');
}

void image_print(const struct image *img, bool with_tables, struct buf *out)
{
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		const struct image_profile *p = &img->profiles[i];

		print_head(img, p, out);
		print_xattrs(img, p, out);
		print_plain(p, out);
		if (with_tables)
			print_classes(&img->tables[p->table], out);
		print_table(img, p, with_tables, out);
	}
}
