/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats an image, gives it in force; and the one in force back. */
#include "engine/bpf_system.h"

#include "engine/bpf_kernel.h"
#include "engine/bpf_policy.h"

#include <errno.h>
#include <unistd.h>

int bpf_system_open(struct bpf_system *s, bool to_change, struct err *err)
{
	int r = bpf_kernel_probe(err);

	*s = (struct bpf_system)BPF_SYSTEM_INIT;
	if (!r && to_change)
		r = s->lock = bpf_kernel_lock(err);
	if (r < 0)
		return r;
	s->is_installed = bpf_kernel_is_installed();
	if (!s->is_installed)
		return 0;
	r = bpf_kernel_read_policy(&s->policy, err);
	return r ? r : bpf_policy_image(buf_slice(&s->policy), &s->image, err);
}

void bpf_system_close(struct bpf_system *s)
{
	if (s->lock >= 0)
		close(s->lock);
	buf_release(&s->policy);
	buf_release(&s->unstacked);
	*s = (struct bpf_system)BPF_SYSTEM_INIT;
}

/* What it is, and what to do about it. */
static void say_unstacked(struct bpf_system *s, struct slice policy)
{
	buf_clear(&s->unstacked);
	if (!bpf_policy_unstacked(policy))
		return;
	buf_printf(&s->unstacked, "rules lead to stacks of profiles that there is no room for, %u or more, the "
		   "first ", bpf_policy_unstacked(policy));
	buf_add_escaped(&s->unstacked, slice_of(bpf_policy_unstacked_words(policy)));
	buf_add_text(&s->unstacked, ": have fewer change_profile and exec rules lead to stacks; who asks for "
				    "one that is not there is refused");
}

int bpf_system_put(struct bpf_system *s, const struct image *img, bool renew, struct err *err)
{
	auto_buf next = BUF_INIT;
	int r = bpf_policy_build(img, buf_slice(&s->policy), MODE_ENFORCE, &next, err);

	if (r)
		return r;
	say_unstacked(s, buf_slice(&next));
	if (s->is_strict && s->unstacked.len)
		return err_say(err, -E2BIG, "not loaded: %s; what was in force stays", buf_text(&s->unstacked));
	if (!s->is_installed)
		return bpf_kernel_install(buf_slice(&next), err);
	return renew ? bpf_kernel_renew(buf_slice(&next), err) : bpf_kernel_swap(buf_slice(&next), err);
}
