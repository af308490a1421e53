/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats two policies and their images, gives the differences. The one idea: two automata differ if
 * some string leads them into states that say different things, and the walk over pairs of states
 * finds the shortest such string.
 */
#include "compile/diff.h"

#include "automata/product.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A side's table made dense: the one last asked for. */
struct spread {
	uint32_t number;
	struct dfa_table table;
	uint16_t *cells, *accept;	/* what table points to; owned */
};

struct diff {
	const struct diff_side *side;
	struct arena arena;
	struct spread spread[2];
	bool (*tell)(void *to, const struct diff_item *item);
	void *to;
	struct err *err;
	bool is_same;
	bool is_ended;			/* who is told has heard enough */
	int error;
};

/* A profile that both sides have. */
struct pair {
	const struct image_profile *image[2];
	const struct profile *profile[2];
	const char *name;
};

static void tell(struct diff *d, const struct diff_item *item)
{
	d->is_same = false;
	if (!d->is_ended)
		d->is_ended = !d->tell(d->to, item);
}

static const char *text_of(const struct diff *d, int side, uint32_t off)
{
	return image_text(d->side[side].image, off);
}

/* --- heads --- */

static void compare_texts(struct diff *d, const struct pair *p, const char *field, const char *a,
			  const char *b)
{
	struct diff_item item = { .kind = DIFF_FIELD, .profile = p->name, .side = -1,
				  .field = field, .text = { a, b } };

	if (strcmp(a, b) != 0)
		tell(d, &item);
}

static const char *number_text(struct diff *d, uint64_t n)
{
	return arena_printf(&d->arena, "%llu", (unsigned long long)n);
}

static void compare_numbers(struct diff *d, const struct pair *p, const char *field, uint64_t a,
			    uint64_t b)
{
	if (a != b)
		compare_texts(d, p, field, number_text(d, a), number_text(d, b));
}

static void compare_flags(struct diff *d, const struct pair *p)
{
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {
		{ PROFILE_HAT, "hat" },
		{ PROFILE_ATTACH_DISCONNECTED, "attach_disconnected" },
		{ PROFILE_MEDIATE_DELETED, "mediate_deleted" },
		{ PROFILE_CHROOT_RELATIVE, "chroot_relative" },
		{ PROFILE_AUDIT, "audit" },
		{ PROFILE_DEFAULT_ALLOW, "default_allow" },
		{ PROFILE_INTERRUPTIBLE, "interruptible" },
	};
	uint32_t differ = p->image[0]->flags ^ p->image[1]->flags;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (differ & flags[i].flag)
			compare_texts(d, p, flags[i].name,
				      p->image[0]->flags & flags[i].flag ? "on" : "off",
				      p->image[1]->flags & flags[i].flag ? "on" : "off");
	compare_numbers(d, p, "further flags", p->profile[0]->more_flags,
			p->profile[1]->more_flags);
}

static int compare_xattrs(const void *a, const void *b)
{
	const struct profile_xattr *x = a, *y = b;
	int order = slice_compare(x->name, y->name);

	return order ? order : slice_compare(x->value, y->value);
}

/* Attributes in any order; what any value fits is the same however it is written. */
static struct profile_xattr *sorted_xattrs(struct diff *d, const struct profile *p)
{
	struct profile_xattr *xattrs = arena_array(&d->arena, struct profile_xattr, p->n_xattrs + 1);

	for (size_t i = 0; i < p->n_xattrs; i++) {
		xattrs[i] = p->xattrs[i];
		if (!xattrs[i].value.ptr)
			xattrs[i].value = SLICE("**");
	}
	qsort(xattrs, p->n_xattrs, sizeof(*xattrs), compare_xattrs);
	return xattrs;
}

/* The conditions on extended attributes and the identities, in one text. */
static const char *conditions_text(struct diff *d, const struct profile *p)
{
	struct profile_xattr *xattrs = sorted_xattrs(d, p);
	auto_buf out = BUF_INIT;

	for (size_t i = 0; i < p->n_xattrs; i++) {
		buf_printf(&out, "%s%.*s", i ? " " : "", SLICE_FMT(xattrs[i].name));
		buf_printf(&out, "=\"%.*s\"", SLICE_FMT(xattrs[i].value));
	}
	for (size_t i = 0; i < p->n_identities; i++)
		buf_printf(&out, " identity %.*s", SLICE_FMT(p->identities[i]));
	return arena_text(&d->arena, buf_slice(&out));
}

static void compare_heads(struct diff *d, const struct pair *p)
{
	static const char *const modes[N_MODES] = {
		[MODE_ENFORCE] = "enforce",	  [MODE_COMPLAIN] = "complain",
		[MODE_KILL] = "kill",		  [MODE_UNCONFINED] = "unconfined",
		[MODE_PROMPT] = "prompt",
	};

	compare_texts(d, p, "mode", modes[p->image[0]->mode], modes[p->image[1]->mode]);
	compare_flags(d, p);
	compare_numbers(d, p, "kill.signal", p->image[0]->kill_signal, p->image[1]->kill_signal);
	compare_numbers(d, p, "error", p->image[0]->error, p->image[1]->error);
	compare_texts(d, p, "attach_disconnected.path", text_of(d, 0, p->image[0]->disconnected),
		      text_of(d, 1, p->image[1]->disconnected));
	compare_texts(d, p, "attach_disconnected.ipc",
		      arena_text(&d->arena, p->profile[0]->disconnected_ipc),
		      arena_text(&d->arena, p->profile[1]->disconnected_ipc));
	compare_texts(d, p, "conditions of attachment", conditions_text(d, p->profile[0]),
		      conditions_text(d, p->profile[1]));
}

/* --- capabilities and limits --- */

static void compare_caps(struct diff *d, const struct pair *p, const char *field, uint64_t a,
			 uint64_t b)
{
	struct diff_item item = { .kind = DIFF_CAPABILITY, .profile = p->name, .field = field };

	for (item.side = 0; item.side < 2; item.side++) {
		item.number[0] = item.side ? b & ~a : a & ~b;
		if (item.number[0])
			tell(d, &item);
	}
}

static bool minds_denials(const struct image_profile *p)
{
	return p->mode == MODE_COMPLAIN || p->mode == MODE_PROMPT;
}

static void compare_capabilities(struct diff *d, const struct pair *p)
{
	const struct image_profile *a = p->image[0], *b = p->image[1];

	compare_caps(d, p, "allowed", a->cap_allow, b->cap_allow);
	compare_caps(d, p, "reported", a->cap_audit, b->cap_audit);
	compare_caps(d, p, "quiet", a->cap_quiet, b->cap_quiet);
	if (minds_denials(a) || minds_denials(b))
		compare_caps(d, p, "denied", a->cap_deny, b->cap_deny);
}

static void compare_rlimits(struct diff *d, const struct pair *p)
{
	for (unsigned r = 0; r < IMAGE_N_RLIMITS; r++) {
		struct diff_item item = { .kind = DIFF_RLIMIT, .profile = p->name, .side = -1,
					  .rlimit = r };

		for (int s = 0; s < 2; s++) {
			item.has_number[s] = p->image[s]->rlimit_set >> r & 1;
			item.number[s] = item.has_number[s] ? p->image[s]->rlimit[r] : 0;
		}
		if (item.has_number[0] != item.has_number[1] || item.number[0] != item.number[1])
			tell(d, &item);
	}
}

/* --- automata --- */

static void spread_release(struct spread *s)
{
	free(s->cells);
	free(s->accept);
	*s = (struct spread){ 0 };
}

static void spread_table(struct spread *s, const struct image *img, uint32_t number)
{
	const struct image_table *t = &img->tables[number];
	uint32_t shift = image_table_shift(img, number);

	spread_release(s);
	s->number = number;
	s->cells = malloc(((size_t)t->n_states << shift) * sizeof(*s->cells));
	s->accept = malloc(t->n_states * sizeof(*s->accept));
	if (!s->cells || !s->accept)
		base_no_memory();
	image_table_spread(img, number, s->cells, s->accept);
	s->table = (struct dfa_table){ t->class_of, s->cells, s->accept, t->n_states, shift };
}

static struct product_side side_of(struct diff *d, int side, uint32_t table, uint32_t start)
{
	struct spread *s = &d->spread[side];

	if (!s->cells || s->number != table)
		spread_table(s, d->side[side].image, table);
	return (struct product_side){ s->table, start };
}

/* What is looked for in one class of rules. */
struct search {
	struct diff *d;
	const struct pair *pair;
	enum class_id class_id;
	enum diff_kind kind;
	int side;			/* DIFF_ALLOW: who allows more */
	bool minds_denials;
};

/*
 * The bits that are looked at. Of files, what is always allowed and what comes along with others
 * (attributes, opening at all) says nothing by itself.
 */
static uint32_t mask_of(const struct search *s)
{
	return s->class_id == CLASS_FILE ? ~(uint32_t)(PERM_GETATTR | PERM_OPEN) : UINT32_MAX;
}

static const struct image_entry *entry_of(const struct search *s, int side, uint32_t accept)
{
	const struct image *img = s->d->side[side].image;
	const struct image_table *t = &img->tables[s->pair->image[side]->table];

	return &img->entries[accept ? t->first_entry + accept : 0];
}

static bool is_same_exec(const struct search *s, uint32_t a, uint32_t b)
{
	const struct image_exec *x = &s->d->side[0].image->execs[a];
	const struct image_exec *y = &s->d->side[1].image->execs[b];

	return x->kind == y->kind && x->flags == y->flags &&
	       !strcmp(text_of(s->d, 0, x->name), text_of(s->d, 1, y->name));
}

/* The bits that differ in the way that is looked for; for exec 1 if the transitions differ. */
static uint32_t differing(const struct search *s, const struct image_entry *a,
			  const struct image_entry *b, int w)
{
	const struct image_entry *more = s->side ? b : a, *less = s->side ? a : b;
	uint32_t both = a->allow[w] & b->allow[w], neither = ~(a->allow[w] | b->allow[w]), found;

	switch ((int)s->kind) {
	case DIFF_ALLOW:
		return more->allow[w] & ~less->allow[w] & mask_of(s);
	case DIFF_EXEC:
		return both & (s->class_id == CLASS_FILE ? PERM_EXEC : PERM_ONEXEC) &&
		       !is_same_exec(s, a->exec[w], b->exec[w]);
	default:
		found = (a->audit[w] ^ b->audit[w]) & both;
		found |= (a->quiet[w] ^ b->quiet[w]) & neither;
		if (s->minds_denials)
			found |= (a->deny[w] ^ b->deny[w]) & neither;
		return found & mask_of(s);
	}
}

static bool is_differing(void *of, uint32_t accept_a, uint32_t accept_b)
{
	const struct search *s = of;
	const struct image_entry *a = entry_of(s, 0, accept_a), *b = entry_of(s, 1, accept_b);

	return differing(s, a, b, 0) || differing(s, a, b, 1);
}

static uint32_t accept_of(const struct product_side *side, struct slice object)
{
	uint32_t state = dfa_walk(&side->table, side->start, (const uint8_t *)object.ptr,
				    object.len);

	return side->table.accept[state];
}

static void tell_object(const struct search *s, const struct product_side sides[2],
			struct slice object)
{
	const struct image_entry *a = entry_of(s, 0, accept_of(&sides[0], object));
	const struct image_entry *b = entry_of(s, 1, accept_of(&sides[1], object));
	int w = differing(s, a, b, 1) ? 1 : 0;
	struct diff_item item = {
		.kind = s->kind,
		.profile = s->pair->name,
		.side = s->kind == DIFF_ALLOW ? s->side : -1,
		.class_id = s->class_id,
		.object = object,
		.perms = differing(s, a, b, w),
		.exec = { s->d->side[0].image->execs[a->exec[w]],
			  s->d->side[1].image->execs[b->exec[w]] },
		.is_owner = !w,
	};

	tell(s->d, &item);
}

static int too_large(struct diff *d, const char *profile)
{
	d->error = err_say(d->err, -E2BIG, "profile %s: too large to be compared", profile);
	return d->error;
}

static void search(struct search *s, const struct product_side sides[2])
{
	auto_buf object = BUF_INIT;
	int found;

	if (s->d->is_ended || s->d->error)
		return;
	found = product_find(&sides[0], &sides[1], is_differing, s, &object);
	if (found < 0)
		too_large(s->d, s->pair->name);
	else if (found)
		tell_object(s, sides, buf_slice(&object));
}

static void compare_class(struct diff *d, const struct pair *p, enum class_id class_id)
{
	struct search s = { .d = d, .pair = p, .class_id = class_id };
	struct product_side sides[2];

	for (int i = 0; i < 2; i++)
		sides[i] = side_of(d, i, p->image[i]->table,
				   p->image[i]->start[class_id]);
	s.minds_denials = minds_denials(p->image[0]) || minds_denials(p->image[1]);
	s.kind = DIFF_ALLOW;
	for (s.side = 0; s.side < 2; s.side++)
		search(&s, sides);
	s.side = 0;
	s.kind = DIFF_EXEC;
	if (class_id == CLASS_FILE || class_id == CLASS_LABEL)
		search(&s, sides);
	s.kind = DIFF_REPORT;
	search(&s, sides);
}

/* --- attachments --- */

struct attach_search {
	struct diff *d;
};

/* "A, or B, C alike, or D": who attaches if the program's attributes are as he asks. */
static const char *choice_text(struct diff *d, const struct image *img, const struct image_choice *c)
{
	auto_buf out = BUF_INIT;

	for (uint32_t standing = c->standing; c->profile != IMAGE_NONE; c++) {
		buf_printf(&out, "%s%s%s", !out.len ? "" : c->standing == standing ? ", " : ", or ",
			   image_text(img, img->profiles[c->profile].name),
			   img->profiles[c->profile].n_xattrs ? " by its attributes" : "");
		standing = c->standing;
	}
	return arena_text(&d->arena, buf_slice(&out));
}

/* The name of what attaches; NULL: nothing does. */
static const char *attached(struct diff *d, int side, uint32_t accept)
{
	const struct image *img = d->side[side].image;
	const struct image_table *t = &img->tables[img->header->attach_table];
	uint32_t profile = accept ? img->attach[t->first_entry + accept] : IMAGE_NONE;
	uint32_t first;

	if (profile == IMAGE_NONE)
		return NULL;
	if (image_is_choice(profile, &first))
		return choice_text(d, img, img->choices + first);
	if (profile == IMAGE_AMBIGUOUS)
		return "(ambiguous)";
	return image_text(img, img->profiles[profile].name);
}

static bool is_other_attached(void *of, uint32_t accept_a, uint32_t accept_b)
{
	const struct attach_search *s = of;
	const char *a = attached(s->d, 0, accept_a), *b = attached(s->d, 1, accept_b);

	return a && b ? strcmp(a, b) != 0 : a != b;
}

/* Among the top-level profiles if p is NULL, else among the children of a pair. */
static void compare_attachments(struct diff *d, const struct pair *p)
{
	struct attach_search s = { d };
	struct product_side sides[2];
	struct diff_item item = { .kind = DIFF_ATTACH, .side = -1, .profile = p ? p->name : NULL };
	auto_buf path = BUF_INIT;
	int found;

	for (int i = 0; i < 2; i++) {
		const struct image *img = d->side[i].image;

		sides[i] = side_of(d, i, img->header->attach_table,
				   p ? p->image[i]->attach_start : img->header->attach_start);
	}
	if (d->is_ended || d->error)
		return;
	found = product_find(&sides[0], &sides[1], is_other_attached, &s, &path);
	if (found < 0)
		too_large(d, p ? p->name : "(attachments)");
	if (found <= 0)
		return;
	item.object = buf_slice(&path);
	for (int i = 0; i < 2; i++)
		item.text[i] = attached(d, i, accept_of(&sides[i], item.object));
	tell(d, &item);
}

/* --- profiles --- */

/* A profile's name in an image: ":NAMESPACE:NAME" in a namespace. */
static bool is_named(struct diff *d, const struct profile *p, const char *name)
{
	if (!p->namespace_name.len || slice_starts(p->full_name, ":"))
		return slice_is(p->full_name, name);
	return !strcmp(name, arena_printf(&d->arena, ":%.*s:%.*s", SLICE_FMT(p->namespace_name),
					  SLICE_FMT(p->full_name)));
}

static const struct profile *find_head(struct diff *d, const struct profile *list,
				       const char *name)
{
	for (const struct profile *p = list; p; p = p->next) {
		const struct profile *child;

		if (is_named(d, p, name))
			return p;
		child = find_head(d, p->children, name);
		if (child)
			return child;
	}
	return NULL;
}

static void compare_pair(struct diff *d, const struct pair *p)
{
	compare_heads(d, p);
	compare_capabilities(d, p);
	compare_rlimits(d, p);
	for (int c = 0; c < N_CLASSES; c++)
		compare_class(d, p, (enum class_id)c);
	compare_attachments(d, p);
}

/* Tells what only one side has; gives the number of the same profile on the other, or NONE. */
static uint32_t find_other(struct diff *d, int side, uint32_t number)
{
	const struct image *img = d->side[side].image;
	const char *name = image_text(img, img->profiles[number].name);
	uint32_t other = image_find_profile(d->side[!side].image, slice_of(name));
	struct diff_item item = { .kind = DIFF_MISSING, .profile = name, .side = side };

	if (other == IMAGE_NONE)
		tell(d, &item);
	return other;
}

static void compare_profile(struct diff *d, uint32_t number)
{
	uint32_t other = find_other(d, 0, number);
	struct pair p;

	if (other == IMAGE_NONE)
		return;
	p.image[0] = &d->side[0].image->profiles[number];
	p.image[1] = &d->side[1].image->profiles[other];
	p.name = text_of(d, 0, p.image[0]->name);
	for (int i = 0; i < 2; i++) {
		p.profile[i] = find_head(d, d->side[i].policy->profiles, p.name);
		assert(p.profile[i]);
	}
	compare_pair(d, &p);
}

int diff_policies(const struct diff_side side[2],
		  bool (*tell_item)(void *to, const struct diff_item *item), void *to,
		  bool *is_same, struct err *err)
{
	struct diff d = { .side = side, .tell = tell_item, .to = to, .err = err, .is_same = true };

	for (uint32_t i = 0; i < side[0].image->n_profiles && !d.is_ended && !d.error; i++)
		compare_profile(&d, i);
	for (uint32_t i = 0; i < side[1].image->n_profiles && !d.is_ended; i++)
		find_other(&d, 1, i);
	compare_attachments(&d, NULL);
	for (int i = 0; i < 2; i++)
		spread_release(&d.spread[i]);
	arena_release(&d.arena);
	if (!d.error)
		*is_same = d.is_same;
	return d.error;
}
