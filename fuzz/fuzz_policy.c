/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats policy text; reads, prints, compiles it, and reads again what was printed. Whatever the text, nothing may crash
 * or run away; what was accepted must print to text that is accepted, prints the same and means the same.
 */
#include "base/buf.h"
#include "compile/compile.h"
#include "compile/diff.h"
#include "image/image.h"
#include "lang/policy.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Nothing of this machine is included. */
static const char *const no_dirs[] = { "/nonexistent", NULL };

/* A text that was read, printed and compiled. */
struct reading {
	struct diag diag;
	struct policy policy;
	struct buf text;		/* its canonical form */
	struct buf bytes;
	struct image image;
	bool is_compiled;
};

/* False: the text is refused. */
static bool reading_init(struct reading *r, struct slice text)
{
	const struct policy_options options = { .include_dirs = no_dirs };

	*r = (struct reading){ .diag = DIAG_INIT, .text = BUF_INIT, .bytes = BUF_INIT };
	policy_init(&r->policy, &options, &r->diag);
	if (!policy_read_text(&r->policy, "fuzz", text))
		return false;
	policy_print(&r->policy, &r->text);
	r->is_compiled = compile_policy(&r->policy, &r->bytes);
	if (r->is_compiled && image_open(r->bytes.data, r->bytes.len, &r->image, NULL) < 0)
		abort();
	return true;
}

static void reading_release(struct reading *r)
{
	policy_release(&r->policy);
	diag_release(&r->diag);
	buf_release(&r->text);
	buf_release(&r->bytes);
}

static bool no_more(void *to, const struct diff_item *item)
{
	(void)to;
	(void)item;
	return false;
}

/* Both texts compile to policies that mean the same, or neither compiles. */
static void check_meaning(const struct reading *a, const struct reading *b)
{
	const struct diff_side sides[2] = { { &a->policy, &a->image }, { &b->policy, &b->image } };
	struct err err = ERR_INIT;
	bool is_same = true;

	if (a->is_compiled != b->is_compiled)
		abort();
	if (a->is_compiled && !diff_policies(sides, no_more, NULL, &is_same, &err) && !is_same)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reading first, second;

	if (reading_init(&first, slice_make((const char *)data, len))) {
		if (!reading_init(&second, buf_slice(&first.text)) ||
		    !slice_eq(buf_slice(&first.text), buf_slice(&second.text)))
			abort();
		check_meaning(&first, &second);
		reading_release(&second);
	}
	reading_release(&first);
	return 0;
}
