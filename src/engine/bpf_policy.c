/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an image and the policy before it, gives the next policy. The one idea: the image goes over as
 * it is; what stands around it points into it, with rows spread out and numbers of profiles translated.
 */
#include "engine/bpf_policy.h"

#include "base/arena.h"
#include "engine/bpf_grant.h"
#include "engine/bpf_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

struct builder {
	const struct image *img;
	struct slice old;
	enum image_mode mode;
	uint32_t *number_of;		/* image profile → number */
	uint32_t n_numbers;
	struct policy_header head;
	struct buf *out;
	struct policy_table *tables;	/* by number in the image */
	struct bpf_stacks stacks;
	uint32_t *number_of_stack;
};

static const struct policy_header *header_of(struct slice policy)
{
	return (const void *)policy.ptr;
}

const struct policy_profile *bpf_policy_profile(struct slice policy, uint32_t number)
{
	return (const void *)(policy.ptr + header_of(policy)->profiles +
			      number * sizeof(struct policy_profile));
}

bool bpf_policy_is_packed(struct slice policy)
{
	return policy.len && header_of(policy)->is_packed;
}

uint32_t bpf_policy_count(struct slice policy)
{
	return policy.len ? header_of(policy)->n_profiles : 0;
}

uint32_t bpf_policy_find(struct slice policy, struct slice name)
{
	uint32_t n = policy.len ? header_of(policy)->n_profiles : 0;

	for (uint32_t i = 1; i < n; i++) {
		const struct policy_profile *p = bpf_policy_profile(policy, i);

		if (p->name_len == name.len && !memcmp(policy.ptr + p->name, name.ptr, name.len))
			return i;
	}
	return POLICY_UNCONFINED;
}

const char *bpf_policy_name(struct slice policy, uint32_t number)
{
	if (!number || !policy.len || number >= header_of(policy)->n_profiles ||
	    !bpf_policy_profile(policy, number)->name)
		return "unconfined";
	return policy.ptr + bpf_policy_profile(policy, number)->name;
}

static uint32_t place(struct builder *b, const void *bytes, size_t len)
{
	uint32_t at;

	while (b->out->len % 8)
		buf_add_char(b->out, '\0');
	at = (uint32_t)b->out->len;
	buf_add(b->out, bytes, len);
	return at;
}

/* Cells of a state of that table, spread out. */
static uint32_t row_of(const struct image *img, uint32_t number)
{
	return 1u << image_table_shift(img, number);
}

static size_t spread_len(const struct image *img, uint32_t number)
{
	return (size_t)img->tables[number].n_states * row_of(img, number) * sizeof(uint16_t);
}

/* Once packed it stays so: the programs in force cannot do the other. */
static bool is_to_be_packed(const struct builder *b)
{
	const struct image *img = b->img;
	size_t len = img->header->len + b->stacks.n_cells * sizeof(uint16_t);

	if (b->old.len && header_of(b->old)->is_packed)
		return true;
	for (uint32_t i = 0; i < img->n_tables; i++)
		len += spread_len(img, i);
	return len > POLICY_SPREAD_ROOM / 4 * 3;
}

static uint32_t place_text(struct builder *b, const char *text)
{
	return place(b, text, strlen(text) + 1);
}

/* That of the same name before, or the next new one. */
static uint32_t give_number(const struct builder *b, struct slice name, uint32_t *n)
{
	uint32_t number = bpf_policy_find(b->old, name);

	return number ? number : (*n)++;
}

static int give_numbers(struct builder *b, struct err *err)
{
	const struct image *img = b->img;
	uint32_t n = b->old.len ? header_of(b->old)->n_profiles : 1;

	for (uint32_t i = 0; i < img->n_profiles; i++) {
		struct slice name = slice_of(image_text(img, img->profiles[i].name));

		if (name.len >= POLICY_LABEL_MAX)
			return err_say(err, -E2BIG, "the profile name %.40s… is longer than %d bytes",
				       name.ptr, POLICY_LABEL_MAX - 1);
		b->number_of[i] = give_number(b, name, &n);
	}
	for (uint32_t i = 0; i < b->stacks.n; i++)
		b->number_of_stack[i] = give_number(b, slice_of(b->stacks.all[i].name), &n);
	if (n > POLICY_PROFILES_MAX)
		return err_say(err, -E2BIG, "more than %d profiles since the first load",
			       POLICY_PROFILES_MAX);
	b->n_numbers = n;
	return 0;
}

/* Where something of the image stands in the policy. */
static uint32_t at_in_image(const struct builder *b, const void *what)
{
	return b->head.image + (uint32_t)((const uint8_t *)what - b->img->bytes);
}

static uint32_t text_in_image(const struct builder *b, uint32_t off)
{
	return at_in_image(b, image_text(b->img, off));
}

static void spread_rows(struct builder *b, uint32_t number, struct policy_table *to)
{
	to->row = row_of(b->img, number);
	to->cells = place(b, "", 0);
	buf_add_zeros(b->out, spread_len(b->img, number));
	image_table_spread(b->img, number, (uint16_t *)(void *)(b->out->data + to->cells), NULL);
}

static void point_to_table(struct builder *b, uint32_t number)
{
	const struct image_table *t = &b->img->tables[number];
	struct policy_table *to = &b->tables[number];

	to->class_of = at_in_image(b, t->class_of);
	to->states = at_in_image(b, b->img->states + t->states);
	if (b->head.is_packed)
		to->cells = at_in_image(b, b->img->cells + t->cells);
	else
		spread_rows(b, number, to);
	/* it may be -1, as an image has it */
	to->entries = at_in_image(b, b->img->entries) +
		      t->first_entry * (uint32_t)sizeof(*b->img->entries);
}

static uint32_t number_of(const struct builder *b, uint32_t profile)
{
	if (profile == IMAGE_AMBIGUOUS)
		return POLICY_AMBIGUOUS;
	return profile < b->img->n_profiles ? b->number_of[profile] : POLICY_UNCONFINED;
}

static void put_attachments(struct builder *b)
{
	const struct image *img = b->img;

	b->head.attach.entries = place(b, "", 0);
	for (uint32_t i = 0; i < img->n_attach; i++) {
		/* Kernel programs see no attributes. */
		uint32_t number = number_of(b, image_choose(img, img->attach[i], NULL));

		buf_add(b->out, &number, sizeof(number));
	}
}

/* What points into the image, which has its place now. */
static void point_to_attachments(struct builder *b)
{
	const struct image_table *t = &b->img->tables[b->img->header->attach_table];
	uint32_t numbers = b->head.attach.entries;

	b->head.attach_start = b->img->header->attach_start;
	b->head.attach = b->tables[b->img->header->attach_table];
	b->head.attach.entries = numbers + t->first_entry * (uint32_t)sizeof(uint32_t);
}

/* The target of an exec rule by its name; POLICY_UNCONFINED if there is none. */
static void find_target(const struct builder *b, struct slice name, struct policy_exec *to)
{
	struct bpf_label l;

	if (!bpf_stacks_find(&b->stacks, b->img, name, &l))
		return;
	to->target = l.stack == IMAGE_NONE ? number_of(b, l.profile) : b->number_of_stack[l.stack];
	if (l.is_over_nobody && to->target)
		to->flags |= POLICY_OVER_NOBODY;
}

static void put_execs(struct builder *b)
{
	const struct image *img = b->img;

	b->head.execs = place(b, "", 0);
	for (uint32_t i = 0; i < img->n_execs; i++) {
		const struct image_exec *from = &img->execs[i];
		struct policy_exec to = { .kind = from->kind, .flags = from->flags };

		if (from->name) {
			to.flags |= POLICY_BY_NAME;
			find_target(b, slice_of(image_text(img, from->name)), &to);
		}
		buf_add(b->out, &to, sizeof(to));
	}
}

/* ---- what is allowed whatever the object is ---- */

enum { N_FLAG_BITS = 32 };

/* A kind of mount(2) that names no source and no type: by the flags that make it and may go with them. */
struct mount_kind {
	uint32_t makes, goes_with;
};

static const struct mount_kind remounts[] = {
	{ MS_REMOUNT, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | MS_MANDLOCK |
			      MS_DIRSYNC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME },
	{ MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE, MS_REC | MS_SILENT },
};

struct flag_walk {
	const struct image *img;
	const struct image_profile *profile;
	struct match_table table;
	uint32_t n_states;
	const struct mount_kind *kind;
	uint8_t *seen;			/* [state][bit][is made]: walked from there already */
};

static uint32_t step(const struct flag_walk *w, uint32_t state, unsigned byte)
{
	return match_step(&w->table, state, w->table.class_of[byte]);
}

static bool is_allowed(const struct flag_walk *w, uint32_t state)
{
	const struct image_entry *e = image_table_entry(w->img, w->profile->table, state);
	bool is_free = w->profile->flags & PROFILE_DEFAULT_ALLOW && !(e->deny[1] & PERM_MOUNT_MOUNT);

	return is_free || e->allow[1] & PERM_MOUNT_MOUNT;
}

/* Whether all sets of flags that this one may still become are allowed. */
static bool allows_flags(const struct flag_walk *w, uint32_t state, unsigned bit, bool is_made)
{
	uint32_t flag = bit < N_FLAG_BITS ? 1u << bit : 0;
	uint8_t *seen = &w->seen[(state * (N_FLAG_BITS + 1) + bit) * 2 + is_made];

	if (*seen)
		return true;
	*seen = 1;
	if (!flag)
		return !is_made || is_allowed(w, state);
	if (!allows_flags(w, state, bit + 1, is_made))
		return false;
	if (!(flag & (w->kind->makes | w->kind->goes_with)))
		return true;
	return allows_flags(w, step(w, state, bit + 1), bit + 1, is_made || flag & w->kind->makes);
}

static bool allows_kind(struct flag_walk *w, const uint8_t *is_point, const struct mount_kind *kind)
{
	uint32_t n = w->n_states;
	bool is_good = true;

	w->kind = kind;
	w->seen = calloc((size_t)n * (N_FLAG_BITS + 1) * 2, 1);
	if (!w->seen)
		base_no_memory();
	for (uint32_t s = 0; s < n && is_good; s++)
		if (is_point[s])
			is_good = allows_flags(w, step(w, step(w, step(w, s, 0), 0), 0), 0, false);
	free(w->seen);
	return is_good;
}

/* Marks the states that some mount point leads to. */
static void mark_points(const struct flag_walk *w, uint32_t start, uint8_t *is_point)
{
	uint32_t n = w->n_states, n_todo = 0, *todo = calloc(n + 1, sizeof(*todo));

	if (!todo)
		base_no_memory();
	is_point[step(w, start, '/')] = 1;
	todo[n_todo++] = step(w, start, '/');
	while (n_todo) {
		uint32_t from = todo[--n_todo];

		for (unsigned byte = 1; byte < 256; byte++) {
			uint32_t to = step(w, from, byte);

			if (!is_point[to]) {
				is_point[to] = 1;
				todo[n_todo++] = to;
			}
		}
	}
	free(todo);
}

static uint32_t grants_of(const struct image *img, const struct image_profile *p)
{
	struct flag_walk w = {
		.img = img,
		.profile = p,
		.table = image_table_walk(img, p->table),
		.n_states = img->tables[p->table].n_states,
	};
	uint8_t *is_point = calloc(w.n_states + 1u, 1);
	bool is_good = true;

	if (!is_point)
		base_no_memory();
	mark_points(&w, p->start[CLASS_MOUNT], is_point);
	for (size_t i = 0; i < sizeof(remounts) / sizeof(remounts[0]) && is_good; i++)
		is_good = allows_kind(&w, is_point, &remounts[i]);
	free(is_point);
	return is_good ? POLICY_GRANT_REMOUNT : 0;
}

/* What a profile of the image has and a stack too; texts of both are the image's. */
static struct policy_profile profile_of(const struct builder *b, const struct image_profile *from)
{
	struct policy_profile to = {
		.mode = bpf_product_mode(from, b->mode),
		.flags = from->flags,
		.classes = from->classes,
		.cap_allow = from->cap_allow,
		.cap_deny = from->cap_deny,
		.cap_audit = from->cap_audit,
		.cap_quiet = from->cap_quiet,
		.kill_signal = from->kill_signal,
		.error = from->error,
		.parent = number_of(b, from->parent),
		.attach_start = from->attach_start,
		.rlimit_set = from->rlimit_set,
	};

	if (from->disconnected) {
		to.disconnected_len = (uint32_t)strlen(image_text(b->img, from->disconnected));
		to.disconnected = text_in_image(b, from->disconnected);
	}
	memcpy(to.rlimit, from->rlimit, sizeof(to.rlimit));
	memcpy(to.start, from->start, sizeof(to.start));
	return to;
}

/* Where "unconfined" stands among the names of a label if it is one of them: they are in order. */
static uint32_t nobody_at(const char *name)
{
	struct slice rest = slice_of(name), part;

	for (size_t at = 0; rest.len; at = (size_t)(rest.ptr - name)) {
		part = slice_take(&rest, IMAGE_STACKED);
		if (slice_compare(part, SLICE("unconfined")) > 0)
			return (uint32_t)at;
	}
	return (uint32_t)strlen(name);
}

static struct policy_profile *profile_place(struct builder *b, uint32_t number)
{
	return (struct policy_profile *)(void *)(b->out->data + b->head.profiles) + number;
}

static void put_profile(struct builder *b, uint32_t i)
{
	const struct image_profile *from = &b->img->profiles[i];
	struct policy_profile to = profile_of(b, from);

	to.name = text_in_image(b, from->name);
	to.name_len = (uint32_t)strlen(image_text(b->img, from->name));
	to.nobody_at = nobody_at(image_text(b->img, from->name));
	to.shown_mode = to.mode;
	to.grants = grants_of(b->img, from);
	to.net_granted = bpf_grant_sockets(b->img, from, CLASS_NET);
	to.unix_granted = bpf_grant_sockets(b->img, from, CLASS_UNIX);
	to.table = b->tables[from->table];
	*profile_place(b, b->number_of[i]) = to;
}

/* ---- stacks ---- */

/* A product as rows that are packed, though none lies in another's gaps. */
static void pack_product(struct builder *b, const struct bpf_product *p, struct policy_table *to)
{
	auto_buf states = BUF_INIT;
	auto_buf cells = BUF_INIT;

	for (uint32_t s = 0; s < p->n_states; s++) {
		struct image_state state = { .base = s * p->n_classes, .accept = p->accept[s] };

		buf_add(&states, &state, sizeof(state));
		for (uint32_t c = 0; c < p->n_classes; c++) {
			struct image_cell cell = { (uint16_t)s, p->cells[s * p->n_classes + c] };

			buf_add(&cells, &cell, sizeof(cell));
		}
	}
	to->states = place(b, states.data, states.len);
	to->cells = place(b, cells.data, cells.len);
}

static void spread_product(struct builder *b, const struct bpf_product *p, struct policy_table *to)
{
	auto_buf states = BUF_INIT;

	for (uint32_t s = 0; s < p->n_states; s++) {
		struct image_state state = { .accept = p->accept[s] };

		buf_add(&states, &state, sizeof(state));
	}
	to->states = place(b, states.data, states.len);
	to->cells = place(b, p->cells, (size_t)p->n_states * p->n_classes * sizeof(*p->cells));
	to->row = p->n_classes;
}

static struct policy_table put_product(struct builder *b, const struct bpf_product *p)
{
	struct policy_table to = { .class_of = place(b, p->class_of, sizeof(p->class_of)) };

	if (b->head.is_packed)
		pack_product(b, p, &to);
	else
		spread_product(b, p, &to);
	to.entries = place(b, p->entries, p->n_entries * sizeof(*p->entries));
	return to;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void number_parts(const struct builder *b, const struct bpf_stack *s, uint32_t *parts)
{
	for (uint32_t i = 0; i < POLICY_PARTS_MAX; i++)
		parts[i] = i < s->n_parts ? b->number_of[s->parts[i]] : POLICY_NO_PART;
	qsort(parts, POLICY_PARTS_MAX, sizeof(*parts), by_number);
}

static void count_children(struct builder *b)
{
	for (uint32_t i = 0; i < b->img->n_profiles; i++)
		if (b->img->profiles[i].parent != IMAGE_NONE)
			profile_place(b, number_of(b, b->img->profiles[i].parent))->n_children++;
}

/* What each part says, by the number of the product's entry: offsets of entries in the image. */
static uint32_t put_said(struct builder *b, const struct bpf_stack *s)
{
	const struct bpf_product *p = &s->product;
	uint32_t at = place(b, "", 0);

	for (uint32_t i = 0; i < p->n_entries * POLICY_PARTS_MAX; i++) {
		uint32_t part = i % POLICY_PARTS_MAX, off = b->head.nothing;

		if (part < s->n_parts && p->said[i - part + s->by_name[part]])
			off = at_in_image(b, p->said[i - part + s->by_name[part]]);
		buf_add(b->out, &off, sizeof(off));
	}
	return at;
}

/* What all parts that confine are granted. */
static void join_grants(struct builder *b, const struct bpf_stack *s, struct policy_profile *to)
{
	to->grants = to->net_granted = to->unix_granted = ~0u;
	for (uint32_t i = 0; i < s->n_parts; i++) {
		const struct policy_profile *part = profile_place(b, b->number_of[s->parts[i]]);

		if (part->mode == MODE_UNCONFINED)
			continue;
		to->grants &= part->grants;
		to->net_granted &= part->net_granted;
		to->unix_granted &= part->unix_granted;
	}
}

/* After all profiles. */
static void put_stack(struct builder *b, uint32_t i)
{
	const struct bpf_stack *s = &b->stacks.all[i];
	struct policy_profile to = profile_of(b, &s->profile);

	to.name = place_text(b, s->name);
	to.name_len = (uint32_t)strlen(s->name);
	to.n_parts = s->n_parts;
	to.is_part_lost = s->is_part_lost;
	to.nobody_at = nobody_at(s->name);
	to.shown_mode = s->shown_mode;
	number_parts(b, s, to.parts);
	for (uint32_t k = 0; k < POLICY_PARTS_MAX; k++)
		to.by_name[k] = k < s->n_parts ? b->number_of[s->parts[s->by_name[k]]] : POLICY_NO_PART;
	join_grants(b, s, &to);
	if (s->sole == IMAGE_NONE) {
		to.table = put_product(b, &s->product);
		to.part_entries = put_said(b, s);
	} else {
		to.table = b->tables[b->img->profiles[s->sole].table];
	}
	*profile_place(b, b->number_of_stack[i]) = to;
}

static int by_parts(const void *a, const void *b)
{
	const struct policy_stack *x = a, *y = b;

	for (int i = 0; i < POLICY_PARTS_MAX; i++)
		if (x->parts[i] != y->parts[i])
			return x->parts[i] < y->parts[i] ? -1 : 1;
	return 0;
}

static const char *limit_words(enum stack_limit limit)
{
	static const char *const words[N_STACK_LIMITS] = {
		[STACK_NO_LIMIT] = "",
		[STACK_PARTS] = "more than 4 profiles in a stack",
		[STACK_NAME] = "a name longer than 255 bytes",
		[STACK_NUMBER] = "more than 512 stacks",
		[STACK_SIZE] = "more than 65,535 states or 16 MiB in a stack",
		[STACK_ALL_SIZE] = "more than 32 MiB in all stacks",
		[STACK_STEPS] = "too much to look at where its programs lead",
	};

	return words[limit];
}

static void put_left_out(struct builder *b)
{
	auto_buf text = BUF_INIT;

	b->head.n_unstacked = b->stacks.n_left_out;
	if (!b->stacks.n_left_out)
		return;
	buf_printf(&text, "%s%s (%s)", b->stacks.left_out,
		   b->stacks.limit == STACK_PARTS ? IMAGE_STACKED "…" : "", limit_words(b->stacks.limit));
	b->head.unstacked = place_text(b, buf_text(&text));
}

/* The table in which programs find them; those with a part lost are nobody's next label. */
static void list_stacks(struct builder *b)
{
	struct policy_stack *list = calloc(b->stacks.n + 1, sizeof(*list));
	uint32_t n = 0;

	if (!list)
		base_no_memory();
	for (uint32_t i = 0; i < b->stacks.n; i++) {
		if (b->stacks.all[i].is_part_lost)
			continue;
		number_parts(b, &b->stacks.all[i], list[n].parts);
		list[n++].number = b->number_of_stack[i];
	}
	qsort(list, n, sizeof(*list), by_parts);
	b->head.stacks = place(b, list, n * sizeof(*list));
	b->head.n_stacks = n;
	free(list);
}

/* Places of all numbers ever given: without rules and unconfined until a profile is put there. */
static void put_places(struct builder *b)
{
	struct policy_profile none = { .mode = MODE_UNCONFINED, .shown_mode = MODE_UNCONFINED }, *zero;

	b->head.unconfined_name = place_text(b, "unconfined");
	b->head.profiles = place(b, "", 0);
	for (uint32_t i = 0; i < b->n_numbers; i++)
		buf_add(b->out, &none, sizeof(none));
	zero = (void *)(b->out->data + b->head.profiles);
	zero->name = b->head.unconfined_name;
	zero->name_len = (uint32_t)strlen("unconfined");
	b->head.nobody_before = place_text(b, "unconfined" IMAGE_STACKED);
	b->head.nobody_behind = place_text(b, IMAGE_STACKED "unconfined");
}

/* Names of profiles that are gone stay: their numbers may come back. */
static void keep_names(struct builder *b)
{
	uint32_t n = b->old.len ? header_of(b->old)->n_profiles : 0;

	for (uint32_t i = 1; i < n; i++) {
		const struct policy_profile *old = bpf_policy_profile(b->old, i);
		uint32_t name = place_text(b, b->old.ptr + old->name);
		struct policy_profile *p = (void *)(b->out->data + b->head.profiles + i * sizeof(*p));

		p->name = name;
		p->name_len = old->name_len;
	}
}

static void put_all(struct builder *b)
{
	const struct image *img = b->img;
	static const struct image_entry nothing;

	place(b, &b->head, sizeof(b->head));
	put_places(b);
	keep_names(b);
	b->head.nothing = place(b, &nothing, sizeof(nothing));
	put_execs(b);
	put_attachments(b);
	b->head.image = place(b, img->bytes, img->header->len);
	b->head.image_len = img->header->len;
	for (uint32_t i = 0; i < img->n_tables; i++)
		point_to_table(b, i);
	point_to_attachments(b);
	for (uint32_t i = 0; i < img->n_profiles; i++)
		put_profile(b, i);
	count_children(b);
	for (uint32_t i = 0; i < b->stacks.n; i++)
		put_stack(b, i);
	list_stacks(b);
	put_left_out(b);
}

/* Stacks, and those of before: processes may have them for labels. */
static int make_stacks(struct builder *b, struct err *err)
{
	uint32_t n = b->old.len ? header_of(b->old)->n_profiles : 0, n_names = 0;
	const char **names = calloc(n + 1, sizeof(*names));
	int r;

	if (!names)
		base_no_memory();
	for (uint32_t i = 1; i < n; i++)
		if (bpf_stack_is_name(bpf_policy_name(b->old, i)))
			names[n_names++] = bpf_policy_name(b->old, i);
	r = bpf_stacks_make(&b->stacks, b->img, b->mode, names, n_names, err);
	free(names);
	b->number_of_stack = calloc(b->stacks.n + 1, sizeof(*b->number_of_stack));
	if (!b->number_of_stack)
		base_no_memory();
	return r;
}

int bpf_policy_build(const struct image *img, struct slice old, enum image_mode mode, struct buf *out,
		 struct err *err)
{
	struct builder b = { .img = img, .old = old, .mode = mode, .out = out };
	int r;

	b.number_of = calloc(img->n_profiles + 1, sizeof(*b.number_of));
	b.tables = calloc(img->n_tables + 1, sizeof(*b.tables));
	if (!b.number_of || !b.tables)
		base_no_memory();
	b.head.version = POLICY_VERSION;
	b.head.generation = old.len ? header_of(old)->generation + 1 : 1;
	r = make_stacks(&b, err);
	b.head.is_packed = is_to_be_packed(&b);
	if (!r)
		r = give_numbers(&b, err);
	if (!r) {
		put_all(&b);
		b.head.n_profiles = b.n_numbers;
		b.head.len = (uint32_t)out->len;
		memcpy(out->data, &b.head, sizeof(b.head));
	}
	bpf_stacks_release(&b.stacks);
	free(b.number_of_stack);
	free(b.number_of);
	free(b.tables);
	return r;
}

/* Entry 0 is everybody's. */
static uint32_t count_entries(const struct image *img, const struct image_table *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_states; i++)
		if (img->states[t->states + i].accept > n)
			n = img->states[t->states + i].accept;
	return n;
}

size_t bpf_policy_bytes_of(struct slice policy, const struct image *img, uint32_t profile)
{
	uint32_t number = img->profiles[profile].table;
	const struct image_table *t = &img->tables[number];
	size_t len = sizeof(struct policy_profile) + sizeof(struct image_profile) + sizeof(*t);

	len += t->n_states * sizeof(*img->states) + t->n_cells * sizeof(*img->cells) +
	       count_entries(img, t) * sizeof(*img->entries);
	return bpf_policy_is_packed(policy) ? len : len + spread_len(img, number);
}

static bool is_within(struct slice policy, uint32_t off, uint64_t len)
{
	return off <= policy.len && len <= policy.len - off;
}

static bool is_text(struct slice policy, uint32_t off, uint32_t len)
{
	return is_within(policy, off, (uint64_t)len + 1) && !policy.ptr[off + len];
}

int bpf_policy_check(struct slice policy, struct err *err)
{
	const struct policy_header *h = header_of(policy);

	if (policy.len < sizeof(*h) || h->version != POLICY_VERSION || h->len > policy.len)
		return err_say(err, -EINVAL,
			       "the policy in force is of another version: take all out with `pavise unload`, then "
			       "load it anew; processes that run are unconfined from then on until each executes a "
			       "program");
	policy.len = h->len;
	if (h->unstacked >= h->len ||
	    !memchr(policy.ptr + h->unstacked, '\0', h->len - h->unstacked))
		return err_say(err, -EINVAL, "the policy in the kernel is damaged");
	if (!h->n_profiles || h->n_profiles > POLICY_PROFILES_MAX ||
	    !is_within(policy, h->profiles, (uint64_t)h->n_profiles * sizeof(struct policy_profile)))
		return err_say(err, -EINVAL, "the policy in the kernel is damaged");
	for (uint32_t i = 0; i < h->n_profiles; i++)
		if (!is_text(policy, bpf_policy_profile(policy, i)->name, bpf_policy_profile(policy, i)->name_len))
			return err_say(err, -EINVAL, "the policy in the kernel is damaged");
	return 0;
}

int bpf_policy_image(struct slice policy, struct image *img, struct err *err)
{
	const struct policy_header *h = header_of(policy);

	if (h->image % 8 || !is_within(policy, h->image, h->image_len))
		return err_say(err, -EINVAL, "the policy in the kernel is damaged");
	return image_open(policy.ptr + h->image, h->image_len, img, err);
}

uint64_t bpf_policy_generation(struct slice policy)
{
	return policy.len ? header_of(policy)->generation : 0;
}

uint32_t bpf_policy_unstacked(struct slice policy)
{
	return policy.len ? header_of(policy)->n_unstacked : 0;
}

const char *bpf_policy_unstacked_words(struct slice policy)
{
	uint32_t at = policy.len ? header_of(policy)->unstacked : 0;

	return at ? policy.ptr + at : "";
}

uint32_t bpf_policy_len(struct slice policy)
{
	return policy.len ? header_of(policy)->len : 0;
}
