/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stacks of profiles ("A//&B"): everything has to be allowed by each of them. Kernel programs walk one
 * automaton for a label, so the stacks that labels may become are made with the policy, as profiles whose
 * automaton is the product.
 *
 * Made are, while there is room: what exec and change_profile rules lead to, and what the rules of those
 * stacks lead to. A profile whose change_profile rules take more than STACK_CHOICES_MAX names
 * (`change_profile,`) has none made for these. Names that may be had one by one may be had together: up to
 * STACK_TOGETHER_MAX of them. Who needs no rule (flags=(unconfined), flags=(default_allow)) has those with one
 * more profile made, if there are STACK_CHOICES_MAX at most. What is not made is refused when it is asked for.
 */
#ifndef ENGINE_BPF_STACK_H
#define ENGINE_BPF_STACK_H

#include "engine/bpf_product.h"

#include "base/err.h"
#include "base/map.h"

enum {
	STACKS_MAX = 512,		/* of those that rules lead to */
	STACKS_CELLS_MAX = 1 << 24,	/* of all those, 2 bytes each */
	STACK_CHOICES_MAX = 16,
	STACK_TOGETHER_MAX = 4,
	STACK_STEPS_MAX = 1 << 18,	/* places looked at for where execs lead */
};

struct bpf_stack {
	const char *name;
	uint32_t parts[POLICY_PARTS_MAX]; /* profiles of the image, rising, then IMAGE_NONE */
	uint32_t n_parts;
	uint32_t by_name[POLICY_PARTS_MAX]; /* places in parts, in the order of names */
	bool is_part_lost;		/* others of its name are gone: n_parts may be 1 */
	struct image_profile profile;	/* what it says; texts and table are not set */
	uint32_t sole;			/* the one part that confines: the table is its; else IMAGE_NONE */
	struct bpf_product product;
	uint32_t shown_mode;		/* as struct policy_profile has it */
};

/* The limit that a stack is past. */
enum stack_limit {
	STACK_NO_LIMIT, STACK_PARTS, STACK_NAME, STACK_NUMBER, STACK_SIZE, STACK_ALL_SIZE, STACK_STEPS,
	N_STACK_LIMITS,
};

struct bpf_stacks {
	struct arena arena;
	struct bpf_stack *all;
	uint32_t n, cap;
	uint32_t n_left_out;		/* that rules lead to, past a limit */
	enum stack_limit limit;		/* of the first one */
	const char *left_out;		/* its name, as far as it was read */
	size_t n_cells, n_steps;
	struct map by_parts;		/* parts of those with no part lost → number + 1 */
};

/*
 * Makes the stacks of an image. Those of old names, which processes may have for labels, are made whatever
 * the limits on all are: -E2BIG with words if one cannot be. mode as bpf_policy_build() has it. Release in
 * any case.
 */
int bpf_stacks_make(struct bpf_stacks *s, const struct image *img, enum image_mode mode,
		    const char *const *old_names, uint32_t n_old, struct err *err);
void bpf_stacks_release(struct bpf_stacks *s);

/* Whether it is the name of a stack: "A//&B". */
bool bpf_stack_is_name(const char *name);

/* What a label's name tells, in any order of its parts: profiles of the image, and perhaps "unconfined". */
struct bpf_label {
	uint32_t profile;		/* if it is one profile alone; else IMAGE_NONE */
	uint32_t stack;			/* if it is several: the place in all; else IMAGE_NONE */
	bool is_over_nobody;		/* "unconfined" is one of them */
};

/* False: one of them is not there, or the stack was not made. */
bool bpf_stacks_find(const struct bpf_stacks *s, const struct image *img, struct slice name,
		     struct bpf_label *label);

#endif
