/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several profiles as one that allows what all of them allow. Of what a product cannot say, which is
 * exec transitions and what links may not gain, each profile has to be asked by itself.
 */
#ifndef ENGINE_BPF_PRODUCT_H
#define ENGINE_BPF_PRODUCT_H

#include "abi/policy.h"
#include "base/arena.h"
#include "image/image.h"

#include <stdbool.h>

enum { PRODUCT_CELLS_MAX = 1 << 23 };	/* of one product, 2 bytes each */

/* Rows spread out, as struct policy_table has them; accept value 0 is no entry. */
struct bpf_product {
	uint8_t class_of[256];
	uint32_t n_classes;		/* cells of a row */
	uint32_t n_states;
	uint16_t *cells;
	uint16_t *accept;
	struct image_entry *entries;	/* n_entries; [0] is not in use */
	const struct image_entry **said; /* of each entry those of the profiles; NULL: it does not confine */
	uint32_t n_entries;
};

/* The mode that a profile is in if `mode` is asked for all (MODE_ENFORCE: each its own). */
enum image_mode bpf_product_mode(const struct image_profile *p, enum image_mode mode);

/*
 * Fills *profile with everything but texts and table. Among others that enforce, a profile in complain mode
 * allows what it does not deny. What one of them would report is audited or refused: whoever meets that asks
 * each of them. If one kills, the product kills; a name that one of them would not take (of a detached
 * object) is refused.
 */
void bpf_product_profile(const struct image *img, const uint32_t *parts, uint32_t n,
			 enum image_mode mode, struct image_profile *profile);

/*
 * Fills *out, which lives in the arena, and start of *profile, filled before. False: it has more than
 * MATCH_STATES_MAX states or PRODUCT_CELLS_MAX cells.
 */
bool bpf_product_make(struct arena *arena, const struct image *img, const uint32_t *parts, uint32_t n,
		      enum image_mode mode, struct image_profile *profile, struct bpf_product *out);

#endif
