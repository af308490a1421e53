/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats an image, gives its stacks. The one idea: a label is a set of profiles, and perhaps of "unconfined",
 * which adds nothing but what attaches to programs; sets that are met are followed until none is new.
 */
#include "engine/bpf_stack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct label {
	uint32_t parts[POLICY_PARTS_MAX]; /* rising, then IMAGE_NONE */
	uint32_t n_parts;
	uint32_t is_over_nobody;	/* "unconfined" is one more of them */
	uint32_t is_overfull;		/* more parts than there can be */
};

struct job {
	struct bpf_stacks *stacks;
	const struct image *img;
	enum image_mode mode;
	struct label *todo;		/* labels met, in order; the first n_done were followed */
	uint32_t n_todo, cap_todo, n_done;
	bool is_unasked;		/* no rule names what is met: none of it is missed */
	struct arena scratch;
	struct map met;			/* bytes of a label → itself */
	struct map numbers;		/* names of profiles → number + 1 */
};

/* ---- labels ---- */

static struct label no_label(void)
{
	struct label l = { 0 };

	for (int i = 0; i < POLICY_PARTS_MAX; i++)
		l.parts[i] = IMAGE_NONE;
	return l;
}

static void add_part(struct label *l, uint32_t part)
{
	uint32_t i = 0;

	while (i < l->n_parts && l->parts[i] < part)
		i++;
	if (i < l->n_parts && l->parts[i] == part)
		return;
	if (l->n_parts == POLICY_PARTS_MAX) {
		l->is_overfull = true;
		return;
	}
	memmove(&l->parts[i + 1], &l->parts[i], (l->n_parts - i) * sizeof(*l->parts));
	l->parts[i] = part;
	l->n_parts++;
}

static void add_label(struct label *l, const struct label *other)
{
	for (uint32_t i = 0; i < other->n_parts; i++)
		add_part(l, other->parts[i]);
	l->is_over_nobody |= other->is_over_nobody;
	l->is_overfull |= other->is_overfull;
}

static struct label label_of(uint32_t part)
{
	struct label l = no_label();

	add_part(&l, part);
	return l;
}

bool bpf_stack_is_name(const char *name)
{
	return strstr(name, IMAGE_STACKED);
}

static uint32_t find_profile(const struct job *j, struct slice name)
{
	return (uint32_t)(uintptr_t)map_find(&j->numbers, name) - 1;
}

/* The profiles that a name tells; false if one is not there. What is there is in *l in any case. */
static bool parse(const struct job *j, struct slice name, struct label *l)
{
	uint32_t number = find_profile(j, name);
	bool is_whole = true;

	*l = no_label();
	if (number != IMAGE_NONE) {
		add_part(l, number);
		return true;
	}
	while (name.len) {
		struct slice part = slice_take(&name, IMAGE_STACKED);

		number = find_profile(j, part);
		if (number != IMAGE_NONE)
			add_part(l, number);
		else if (slice_is(part, "unconfined"))
			l->is_over_nobody = true;
		else
			is_whole = false;
	}
	return is_whole;
}

/* ---- making ---- */

static const char *text_of(const struct job *j, uint32_t part)
{
	return image_text(j->img, j->img->profiles[part].name);
}

/* Places of parts, in the order that AppArmor names them in. */
static void sort_parts(const struct job *j, const struct label *l, uint32_t order[POLICY_PARTS_MAX])
{
	for (uint32_t i = 0; i < l->n_parts; i++) {
		uint32_t at = i;

		for (; at && strcmp(text_of(j, l->parts[order[at - 1]]), text_of(j, l->parts[i])) > 0; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

static const char *name_of(struct job *j, const struct label *l)
{
	uint32_t order[POLICY_PARTS_MAX];
	auto_buf name = BUF_INIT;

	sort_parts(j, l, order);
	for (uint32_t i = 0; i < l->n_parts; i++)
		buf_printf(&name, "%s%s", i ? IMAGE_STACKED : "", text_of(j, l->parts[order[i]]));
	return arena_text(&j->stacks->arena, buf_slice(&name));
}

static uint32_t shown_mode(const struct job *j, const struct label *l)
{
	uint32_t mode = bpf_product_mode(&j->img->profiles[l->parts[0]], j->mode);

	for (uint32_t i = 1; i < l->n_parts; i++)
		if (bpf_product_mode(&j->img->profiles[l->parts[i]], j->mode) != mode)
			return POLICY_MODE_MIXED;
	return mode;
}

/* The part that confines if only one does. */
static uint32_t find_sole(const struct job *j, const struct label *l)
{
	uint32_t sole = IMAGE_NONE;

	for (uint32_t i = 0; i < l->n_parts; i++) {
		if (bpf_product_mode(&j->img->profiles[l->parts[i]], j->mode) == MODE_UNCONFINED)
			continue;
		if (sole != IMAGE_NONE)
			return IMAGE_NONE;
		sole = l->parts[i];
	}
	return sole == IMAGE_NONE ? l->parts[0] : sole;
}

static bool make_table(struct job *j, struct bpf_stack *stack)
{
	struct bpf_stacks *s = j->stacks;

	if (stack->sole != IMAGE_NONE) {
		const struct image_profile *sole = &j->img->profiles[stack->sole];

		memcpy(stack->profile.start, sole->start, sizeof(sole->start));
		return true;
	}
	if (!bpf_product_make(&s->arena, j->img, stack->parts, stack->n_parts, j->mode, &stack->profile,
			      &stack->product))
		return false;
	s->n_cells += (size_t)stack->product.n_states * stack->product.n_classes;
	return true;
}

static enum stack_limit make(struct job *j, const struct label *l, const char *name, bool is_part_lost)
{
	struct bpf_stacks *s = j->stacks;
	struct bpf_stack stack = {
		.name = name, .n_parts = l->n_parts, .is_part_lost = is_part_lost, .sole = find_sole(j, l),
	};

	if (strlen(name) >= POLICY_LABEL_MAX)
		return STACK_NAME;
	memcpy(stack.parts, l->parts, sizeof(stack.parts));
	sort_parts(j, l, stack.by_name);
	stack.shown_mode = shown_mode(j, l);
	bpf_product_profile(j->img, stack.parts, stack.n_parts, j->mode, &stack.profile);
	if (!make_table(j, &stack))
		return STACK_SIZE;
	if (s->n == s->cap) {
		s->cap = s->cap * 2 + 16;
		s->all = realloc(s->all, s->cap * sizeof(*s->all));
		if (!s->all)
			base_no_memory();
	}
	s->all[s->n++] = stack;
	if (!is_part_lost)
		map_set(&s->by_parts, slice_make((const char *)l->parts, sizeof(l->parts)),
			(void *)(uintptr_t)s->n);
	return STACK_NO_LIMIT;
}

static uint32_t find(const struct bpf_stacks *s, const struct label *l)
{
	return (uint32_t)(uintptr_t)map_find(&s->by_parts,
					     slice_make((const char *)l->parts, sizeof(l->parts))) - 1;
}

static enum stack_limit find_limit(const struct bpf_stacks *s, const struct label *l)
{
	if (l->is_overfull)
		return STACK_PARTS;
	if (s->n >= STACKS_MAX)
		return STACK_NUMBER;
	return s->n_cells >= STACKS_CELLS_MAX ? STACK_ALL_SIZE : STACK_NO_LIMIT;
}

static void leave_out(struct job *j, const struct label *l, enum stack_limit limit)
{
	struct bpf_stacks *s = j->stacks;

	if (j->is_unasked || s->n_left_out++)
		return;
	s->limit = limit;
	s->left_out = name_of(j, l);
}

/* A label that a process may come to have: its stack is made, and it is followed. */
static void meet(struct job *j, const struct label *l)
{
	struct bpf_stacks *s = j->stacks;
	enum stack_limit limit;
	struct label *copy;

	if (l->n_parts + l->is_over_nobody < 2 || map_find(&j->met, slice_make((const char *)l, sizeof(*l))))
		return;
	copy = arena_new(&j->scratch, struct label);
	*copy = *l;
	map_set(&j->met, slice_make((const char *)l, sizeof(*l)), copy);
	if (l->n_parts >= 2 && find(s, l) == IMAGE_NONE) {
		limit = find_limit(s, l);
		if (!limit)
			limit = make(j, l, name_of(j, l), false);
		if (limit) {
			leave_out(j, l, limit);
			return;
		}
	}
	if (j->n_todo == j->cap_todo) {
		j->cap_todo = j->cap_todo * 2 + 16;
		j->todo = realloc(j->todo, j->cap_todo * sizeof(*j->todo));
		if (!j->todo)
			base_no_memory();
	}
	j->todo[j->n_todo++] = *l;
}

/* ---- where execs lead ---- */

enum { LANES_MAX = 2 * POLICY_PARTS_MAX + 1 };

/* Automata walked by the same path: of each part; of all attachments; of each part's children. */
struct lane {
	uint32_t table;
	uint32_t start;
};

struct exec_walk {
	struct job *j;
	const struct label *label;
	struct lane lanes[LANES_MAX];
	struct arena arena;
	struct map met;			/* states of all lanes → themselves */
};

static const uint32_t lane_of_all = POLICY_PARTS_MAX;

static uint32_t lane_of_children(uint32_t part)
{
	return POLICY_PARTS_MAX + 1 + part;
}

static bool confines(const struct job *j, uint32_t part)
{
	return bpf_product_mode(&j->img->profiles[part], j->mode) != MODE_UNCONFINED;
}

static bool complains(const struct job *j, uint32_t part)
{
	enum image_mode mode = bpf_product_mode(&j->img->profiles[part], j->mode);

	return mode == MODE_COMPLAIN || mode == MODE_PROMPT;
}

/* The profile that attaches in the state of a lane: IMAGE_NONE, IMAGE_AMBIGUOUS. */
static uint32_t attached(const struct exec_walk *w, const uint16_t *states, uint32_t lane)
{
	const struct image *img = w->j->img;
	uint32_t table = img->header->attach_table;
	uint32_t accept = image_table_walk(img, table).states[states[lane]].accept;

	if (!accept || !states[lane])
		return IMAGE_NONE;
	/* Kernel programs see no attributes. */
	return image_choose(img, img->attach[img->tables[table].first_entry + accept], NULL);
}

static bool is_profile(uint32_t number)
{
	return number != IMAGE_NONE && number != IMAGE_AMBIGUOUS;
}

/* Where a rule px or cx leads one part. False: nowhere, the exec is refused. */
static bool follow_rule(const struct exec_walk *w, const uint16_t *states, uint32_t i,
			const struct image_exec *x, struct label *to)
{
	const struct job *j = w->j;
	bool is_stack = x->flags & EXEC_STACK, is_named = x->name && !is_stack;
	struct label named = no_label();
	uint32_t target;

	if (x->name && !parse(j, slice_of(image_text(j->img, x->name)), &named))
		named = no_label();
	if (is_named && (named.n_parts || named.is_over_nobody)) {
		add_label(to, &named);
		return true;
	}
	target = is_named ? IMAGE_NONE :
			    attached(w, states, x->kind == EXEC_CHILD ? lane_of_children(i) : lane_of_all);
	/* cx -> &NAME: the profile itself, whatever attaches. */
	if (x->kind == EXEC_CHILD && is_stack)
		add_part(to, w->label->parts[i]);
	else if (is_profile(target))
		add_part(to, target);
	else if (x->flags & EXEC_OR_UNCONFINED)
		to->is_over_nobody = true;
	else if (x->flags & EXEC_OR_INHERIT || complains(j, w->label->parts[i]))
		add_part(to, w->label->parts[i]);
	else
		return false;
	if (is_stack)
		add_label(to, &named);
	return true;
}

static bool follow_part(const struct exec_walk *w, const uint16_t *states, uint32_t i, int who,
			struct label *to)
{
	const struct job *j = w->j;
	const struct image_profile *p = &j->img->profiles[w->label->parts[i]];
	const struct image_entry *e = image_table_entry(j->img, p->table, states[i]);
	const struct image_exec *x = &j->img->execs[e->allow[who] & PERM_EXEC ? e->exec[who] : 0];
	bool is_lenient = complains(j, w->label->parts[i]) || p->flags & PROFILE_DEFAULT_ALLOW;

	if (!(e->allow[who] & PERM_EXEC) && (!is_lenient || e->deny[who] & PERM_EXEC))
		return false;
	if (x->kind == EXEC_UNCONFINED)
		to->is_over_nobody = true;
	else if (x->kind == EXEC_PROFILE || x->kind == EXEC_CHILD)
		return follow_rule(w, states, i, x, to);
	else
		add_part(to, w->label->parts[i]);
	return true;
}

/* The next label, of the programs that lead to these states. */
static void follow_exec(struct exec_walk *w, const uint16_t *states, int who)
{
	const struct label *l = w->label;
	uint32_t attaches = attached(w, states, lane_of_all);
	struct label to = no_label();

	for (uint32_t i = 0; i < l->n_parts; i++) {
		if (confines(w->j, l->parts[i])) {
			if (!follow_part(w, states, i, who, &to))
				return;
		} else {
			add_part(&to, is_profile(attaches) ? attaches : l->parts[i]);
		}
	}
	if (l->is_over_nobody && is_profile(attaches))
		add_part(&to, attaches);
	else
		to.is_over_nobody |= l->is_over_nobody;
	meet(w->j, &to);
}

/* Whether some execs of the part lead out of it, or stack something on it. */
static bool leads_on(const struct image *img, const struct image_profile *p, bool only_stacks)
{
	const struct image_table *t = &img->tables[p->table];

	for (uint32_t s = 1; s < t->n_states; s++) {
		const struct image_entry *e = image_table_entry(img, p->table, s);

		for (int who = 0; who < 2; who++) {
			const struct image_exec *x = &img->execs[e->exec[who]];

			if (only_stacks ? x->flags & EXEC_STACK :
					  x->kind != EXEC_NONE && x->kind != EXEC_INHERIT)
				return true;
		}
	}
	return false;
}

static void set_lanes(struct exec_walk *w)
{
	const struct image *img = w->j->img;
	uint32_t attach = img->header->attach_table;

	for (uint32_t i = 0; i < LANES_MAX; i++)
		w->lanes[i] = (struct lane){ attach, 0 };
	w->lanes[lane_of_all].start = img->header->attach_start;
	for (uint32_t i = 0; i < w->label->n_parts; i++) {
		const struct image_profile *p = &img->profiles[w->label->parts[i]];

		w->lanes[lane_of_children(i)].start = p->attach_start;
		if (confines(w->j, w->label->parts[i]))
			w->lanes[i] = (struct lane){ p->table, p->start[CLASS_FILE] };
	}
}

/* A part that enforces and whose automaton is dead refuses all programs from here on. */
static bool is_refused(const struct exec_walk *w, const uint16_t *states)
{
	const struct job *j = w->j;

	for (uint32_t i = 0; i < w->label->n_parts; i++) {
		uint32_t part = w->label->parts[i];

		if (!states[i] && confines(j, part) && !complains(j, part) &&
		    !(j->img->profiles[part].flags & PROFILE_DEFAULT_ALLOW))
			return true;
	}
	return false;
}

static void come_to(struct exec_walk *w, const uint16_t *states)
{
	struct slice key = slice_make((const char *)states, LANES_MAX * sizeof(*states));

	if (!is_refused(w, states) && !map_find(&w->met, key))
		map_set(&w->met, key, w);
}

/* One byte of each class that the lanes tell apart. */
static unsigned choose_bytes(const struct exec_walk *w, uint8_t bytes[256])
{
	uint8_t met[256][LANES_MAX];
	unsigned n = 0;

	for (unsigned byte = 1; byte < 256; byte++) {
		uint8_t classes[LANES_MAX];
		unsigned i = 0;

		for (uint32_t k = 0; k < LANES_MAX; k++)
			classes[k] = w->j->img->tables[w->lanes[k].table].class_of[byte];
		while (i < n && memcmp(met[i], classes, sizeof(classes)))
			i++;
		if (i < n)
			continue;
		memcpy(met[n], classes, sizeof(classes));
		bytes[n++] = (uint8_t)byte;
	}
	return n;
}

static void step_lanes(const struct exec_walk *w, const uint16_t *states, uint8_t byte, uint16_t *next)
{
	for (uint32_t k = 0; k < LANES_MAX; k++) {
		struct match_table t = image_table_walk(w->j->img, w->lanes[k].table);

		next[k] = states[k] ? (uint16_t)match_step(&t, states[k], t.class_of[byte]) : 0;
	}
}

static void walk_execs(struct job *j, const struct label *label)
{
	struct exec_walk w = { .j = j, .label = label };
	uint16_t states[LANES_MAX], next[LANES_MAX];
	uint8_t bytes[256];
	unsigned n_bytes;

	set_lanes(&w);
	n_bytes = choose_bytes(&w, bytes);
	map_init(&w.met, &w.arena);
	for (uint32_t k = 0; k < LANES_MAX; k++)
		states[k] = (uint16_t)w.lanes[k].start;
	come_to(&w, states);
	for (size_t i = 0; i < w.met.n_items && j->stacks->n_steps++ < STACK_STEPS_MAX; i++) {
		memcpy(states, w.met.items[i].key.ptr, sizeof(states));
		for (int who = 0; who < 2; who++)
			follow_exec(&w, states, who);
		for (unsigned b = 0; b < n_bytes; b++) {
			step_lanes(&w, states, bytes[b], next);
			come_to(&w, next);
		}
	}
	if (j->stacks->n_steps >= STACK_STEPS_MAX)
		leave_out(j, label, STACK_STEPS);
	arena_release(&w.arena);
}

/* ---- where changes of profile lead ---- */

/* A place in the change_profile rules of all parts of a label: behind some parts of a target's name. */
struct choice {
	uint32_t states[POLICY_PARTS_MAX];
	struct label named;
	uint32_t is_read[POLICY_PARTS_MAX]; /* the part refuses what its rules do not name */
};

static bool read_text(const struct job *j, const struct label *l, struct choice *c, const char *text,
		      size_t len)
{
	for (uint32_t i = 0; i < l->n_parts; i++) {
		struct match_table t;

		if (!c->is_read[i])
			continue;
		t = image_table_walk(j->img, j->img->profiles[l->parts[i]].table);
		c->states[i] = match_walk(&t, c->states[i], (const uint8_t *)text, len);
		if (!c->states[i])
			return false;
	}
	return true;
}

/* What a profile does not deny explicitly it allows. */
static bool is_lenient(const struct job *j, uint32_t part)
{
	return complains(j, part) || j->img->profiles[part].flags & PROFILE_DEFAULT_ALLOW;
}

/* If no part of a label refuses by itself, those names count that rules name. */
static struct choice begin_choice(const struct job *j, const struct label *l)
{
	struct choice c = { .named = no_label() };
	bool has_strict = false;

	for (uint32_t i = 0; i < l->n_parts; i++)
		has_strict |= confines(j, l->parts[i]) && !is_lenient(j, l->parts[i]);
	for (uint32_t i = 0; i < l->n_parts; i++) {
		c.is_read[i] = confines(j, l->parts[i]) && !(has_strict && is_lenient(j, l->parts[i]));
		c.states[i] = j->img->profiles[l->parts[i]].start[CLASS_LABEL];
	}
	return c;
}

/* Names that the rules take here: fills up to STACK_CHOICES_MAX places behind them, gives how many there are. */
static uint32_t list_choices(const struct job *j, const struct label *l, const struct choice *from,
			     struct choice *choices)
{
	uint32_t n = 0;

	for (uint32_t part = 0; part < j->img->n_profiles && n <= STACK_CHOICES_MAX; part++) {
		const char *name = text_of(j, part);
		struct choice c = *from;

		if (!read_text(j, l, &c, name, strlen(name)))
			continue;
		add_part(&c.named, part);
		if (n < STACK_CHOICES_MAX)
			choices[n] = c;
		n++;
	}
	return n;
}

/* "unconfined" is a name, too. */
static bool take_nobody(const struct job *j, const struct label *l, const struct choice *from,
			struct choice *choice)
{
	*choice = *from;
	choice->named.is_over_nobody = true;
	return read_text(j, l, choice, "unconfined", strlen("unconfined"));
}

/* One that is asked for, in the place of the label or on top of it. */
static void meet_choice(struct job *j, const struct label *l, struct label named, bool is_stacked)
{
	meet(j, &named);
	if (!is_stacked)
		return;
	add_label(&named, l);
	meet(j, &named);
}

static uint32_t count_names(const struct label *l)
{
	return l->n_parts + l->is_over_nobody;
}

/* Names that may be had one by one, all sets of them. */
static void follow_together(struct job *j, const struct label *l, const struct label *named, uint32_t n,
			    bool is_stacked)
{
	for (uint32_t set = 0; set < 1u << n; set++) {
		struct label all = no_label();

		for (uint32_t i = 0; i < n; i++)
			if (set >> i & 1)
				add_label(&all, &named[i]);
		if (count_names(&all) > 1)
			meet_choice(j, l, all, is_stacked);
	}
}

static void follow_choices(struct job *j, const struct label *l, const struct choice *from, bool is_stacked)
{
	struct choice choices[STACK_CHOICES_MAX + 1];
	struct label alone[STACK_CHOICES_MAX + 1];
	uint32_t n = list_choices(j, l, from, choices), n_alone = 0;
	bool is_any = n == j->img->n_profiles && n > 1;

	/* Any name will do: nobody wrote which. Few profiles may be all that there are, but not all sets. */
	if (n > STACK_CHOICES_MAX)
		return;
	n += take_nobody(j, l, from, &choices[n]);
	for (uint32_t i = 0; i < n; i++) {
		struct choice end = choices[i], more = choices[i];

		if (read_text(j, l, &end, "", 1)) {
			meet_choice(j, l, end.named, is_stacked);
			alone[n_alone++] = end.named;
		}
		if (!is_any && from->named.n_parts + 1 < POLICY_PARTS_MAX &&
		    count_names(&more.named) > count_names(&from->named) &&
		    read_text(j, l, &more, IMAGE_STACKED, strlen(IMAGE_STACKED)))
			follow_choices(j, l, &more, is_stacked);
	}
	if (!is_any && !count_names(&from->named) && n_alone <= STACK_TOGETHER_MAX)
		follow_together(j, l, alone, n_alone, is_stacked);
}

static void follow_changes(struct job *j, const struct label *l)
{
	struct choice plain = begin_choice(j, l), stacked = plain;
	bool has_rules = false;

	for (uint32_t i = 0; i < l->n_parts; i++) {
		if (plain.is_read[i] && !plain.states[i])
			return;
		has_rules |= plain.is_read[i];
	}
	if (!has_rules)
		return;
	follow_choices(j, l, &plain, false);
	if (read_text(j, l, &stacked, "&", 1))
		follow_choices(j, l, &stacked, true);
}

/* ---- hats ---- */

/* What all parts have a hat of one name for. */
static void follow_hats(struct job *j, const struct label *l)
{
	const struct image *img = j->img;

	for (uint32_t hat = 0; hat < img->n_profiles && l->n_parts > 1; hat++) {
		const struct image_profile *p = &img->profiles[hat];
		struct label hats = label_of(hat);
		const char *own_name;

		if (p->parent != l->parts[0] || !(p->flags & PROFILE_HAT))
			continue;
		own_name = image_text(img, p->name) + strlen(image_text(img, img->profiles[p->parent].name));
		for (uint32_t i = 1; i < l->n_parts; i++) {
			auto_buf name = BUF_INIT;
			uint32_t other;

			buf_printf(&name, "%s%s", image_text(img, img->profiles[l->parts[i]].name), own_name);
			other = find_profile(j, buf_slice(&name));
			if (other != IMAGE_NONE && img->profiles[other].flags & PROFILE_HAT)
				add_part(&hats, other);
		}
		if (hats.n_parts == l->n_parts)
			meet(j, &hats);
	}
}

/* ---- all of it ---- */

static bool has_stacks(const struct image *img)
{
	for (uint32_t i = 0; i < img->n_execs; i++)
		if (img->execs[i].flags & EXEC_STACK ||
		    bpf_stack_is_name(image_text(img, img->execs[i].name)))
			return true;
	return false;
}

/* Those of names in exec rules; and those of what the profiles themselves lead to. */
static void meet_first(struct job *j)
{
	const struct image *img = j->img;
	bool is_stacking = has_stacks(img);

	for (uint32_t i = 0; i < img->n_execs; i++) {
		struct label l;

		if (parse(j, slice_of(image_text(img, img->execs[i].name)), &l))
			meet(j, &l);
	}
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		struct label l = label_of(i);

		if (!confines(j, i))
			continue;
		follow_changes(j, &l);
		if (is_stacking && leads_on(img, &img->profiles[i], true))
			walk_execs(j, &l);
	}
}

static void follow(struct job *j)
{
	while (j->n_done < j->n_todo) {
		struct label l = j->todo[j->n_done++];
		bool is_leading = l.is_over_nobody;

		for (uint32_t i = 0; i < l.n_parts; i++)
			is_leading |= !confines(j, l.parts[i]) ||
				      leads_on(j->img, &j->img->profiles[l.parts[i]], false);
		follow_changes(j, &l);
		follow_hats(j, &l);
		if (is_leading)
			walk_execs(j, &l);
	}
}

/* Who needs no rule may have any profile on top. One more, for nobody wrote that they want it. */
static void meet_unasked(struct job *j)
{
	const struct image *img = j->img;

	if (img->n_profiles > STACK_CHOICES_MAX)
		return;
	for (uint32_t i = 0; i < img->n_profiles; i++) {
		if (confines(j, i) && !(img->profiles[i].flags & PROFILE_DEFAULT_ALLOW))
			continue;
		for (uint32_t other = 0; other < img->n_profiles; other++) {
			struct label l = label_of(i);

			add_part(&l, other);
			meet(j, &l);
		}
	}
}

/* Processes with that label have the parts that are left; and their number means the same again if all are. */
static int make_old(struct job *j, const char *name, struct err *err)
{
	struct label l;
	bool is_whole = parse(j, slice_of(name), &l);

	if (!l.n_parts || find_profile(j, slice_of(name)) != IMAGE_NONE ||
	    (is_whole && find(j->stacks, &l) != IMAGE_NONE))
		return 0;
	if (!make(j, &l, arena_text(&j->stacks->arena, slice_of(name)), !is_whole || l.n_parts < 2))
		return 0;
	return err_say(err, -E2BIG, "the profiles of %s, which are stacked, are too large together: no policy can have both "
		       "until all is taken out with `pavise unload`",
		       name);
}

static void name_profiles(struct job *j)
{
	map_init(&j->numbers, &j->scratch);
	for (uint32_t i = 0; i < j->img->n_profiles; i++)
		map_set(&j->numbers, slice_of(image_text(j->img, j->img->profiles[i].name)),
			(void *)(uintptr_t)(i + 1));
}

int bpf_stacks_make(struct bpf_stacks *s, const struct image *img, enum image_mode mode,
		    const char *const *old_names, uint32_t n_old, struct err *err)
{
	struct job j = { .stacks = s, .img = img, .mode = mode };
	int r = 0;

	*s = (struct bpf_stacks){ 0 };
	map_init(&s->by_parts, &s->arena);
	map_init(&j.met, &j.scratch);
	name_profiles(&j);
	for (uint32_t i = 0; i < n_old && !r; i++)
		r = make_old(&j, old_names[i], err);
	if (!r) {
		meet_first(&j);
		follow(&j);
		j.is_unasked = true;
		meet_unasked(&j);
		follow(&j);
	}
	free(j.todo);
	arena_release(&j.scratch);
	return r;
}

bool bpf_stacks_find(const struct bpf_stacks *s, const struct image *img, struct slice name,
		     struct bpf_label *label)
{
	struct label l = no_label();

	*label = (struct bpf_label){ IMAGE_NONE, IMAGE_NONE, false };
	while (name.len) {
		struct slice text = slice_take(&name, IMAGE_STACKED);
		uint32_t part = image_find_profile(img, text);

		if (part != IMAGE_NONE)
			add_part(&l, part);
		else if (slice_is(text, "unconfined"))
			label->is_over_nobody = true;
		else
			return false;
	}
	if (l.n_parts == 1)
		label->profile = l.parts[0];
	else if (l.n_parts)
		label->stack = find(s, &l);
	return !l.is_overfull && (l.n_parts < 2 || label->stack != IMAGE_NONE);
}

void bpf_stacks_release(struct bpf_stacks *s)
{
	free(s->all);
	arena_release(&s->arena);
}
