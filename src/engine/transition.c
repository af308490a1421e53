/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a label and a program, gives the next label. The laws, as AppArmor has them:
 *
 *	a change asked for at exec goes first
 *	unconfined	the profile that attaches to the path, or none
 *	ix		the same label			ux	none
 *	px, cx		the profile by name, else by attachment: among all, among the children
 *	not found	pix, cix: ix; pux, cux: ux; complain mode: a null profile; else EACCES
 */
#include "engine/exec.h"

#include "engine/judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct label plain_label(uint32_t profile)
{
	return (struct label){ .profile = profile, .hat_of = IMAGE_NONE, .onexec = IMAGE_NONE };
}

static bool is_complaining(const struct call *c, const struct label *l)
{
	return l->null || c->supervisor->run->complain ||
	       c->supervisor->image->profiles[l->profile].mode == MODE_COMPLAIN;
}

/* "PROFILE//null-PATH" of the label's profile. */
static struct label null_label(struct call *c, struct slice name)
{
	const struct image *img = c->supervisor->image;
	uint32_t profile = c->task.label.profile;
	struct label l = plain_label(profile);
	char text[512];
	int n = snprintf(text, sizeof(text), "%s//null-%.*s",
			 image_text(img, img->profiles[profile].name), SLICE_FMT(name));

	if (n >= (int)sizeof(text))
		n = sizeof(text) - 1;
	l.null = tasks_null_profile(c->supervisor->tasks, slice_make(text, (size_t)n));
	return l;
}

static uint32_t find_target(struct call *c, const struct image_exec *x, struct slice name)
{
	const struct image *img = c->supervisor->image;
	uint32_t of = x->kind == EXEC_CHILD ? c->task.label.profile : IMAGE_NONE;

	if (x->name)
		return image_find_profile(img, slice_of(image_text(img, x->name)));
	return image_attach(img, of, name);
}

static int to_profile(struct call *c, const struct image_exec *x, struct slice name,
		      struct label *next)
{
	uint32_t target = find_target(c, x, name);

	if (x->flags & EXEC_STACK)
		return judge_refuse(c, "exec", name, PERM_EXEC, "profiles cannot be stacked here");
	if (target != IMAGE_NONE && target != IMAGE_AMBIGUOUS) {
		*next = plain_label(target);
		return 0;
	}
	if (x->flags & EXEC_OR_INHERIT)
		return 0;
	if (x->flags & EXEC_OR_UNCONFINED) {
		*next = plain_label(IMAGE_NONE);
		return 0;
	}
	if (is_complaining(c, &c->task.label)) {
		judge_refuse(c, "exec", name, PERM_EXEC, "profile not found");
		*next = null_label(c, name);
		return 0;
	}
	return judge_refuse(c, "exec", name, PERM_EXEC,
			    target == IMAGE_NONE ? "profile not found" : "several profiles attach");
}

/* Unconfined programs get the profile that attaches; if none does, or two alike, they stay as they are. */
static struct label attached(const struct call *c, struct slice name)
{
	uint32_t profile = image_attach(c->supervisor->image, IMAGE_NONE, name);

	if (profile == IMAGE_AMBIGUOUS || profile == IMAGE_NONE)
		return c->task.label;
	return plain_label(profile);
}

static int by_rule(struct call *c, struct slice name, uid_t owner, struct exec_plan *plan)
{
	struct label *next = &plan->label;
	struct image_exec x;
	int r = judge_exec(c, name, owner, &x);

	if (r < 0)
		return r;
	switch ((enum image_exec_kind)x.kind) {
	case EXEC_NONE:
		/* Nothing allows it: complain mode let it pass. Or all that is not denied is allowed. */
		if (is_complaining(c, &c->task.label))
			*next = null_label(c, name);
		return 0;
	case EXEC_UNCONFINED:
		*next = plain_label(IMAGE_NONE);
		break;
	case EXEC_PROFILE:
	case EXEC_CHILD:
		r = to_profile(c, &x, name, next);
		break;
	case EXEC_INHERIT:
	case N_EXEC_KINDS:
		break;
	}
	plan->is_scrubbed = x.flags & EXEC_SCRUB;
	return r;
}

static bool is_same(const struct label *a, const struct label *b)
{
	return a->profile == b->profile && a->null == b->null;
}

/* The label that change_onexec asked for, if it may be had at this program. */
static int by_request(struct call *c, struct slice name, struct exec_plan *plan)
{
	uint32_t target = c->task.label.onexec;
	char text[EVENT_LABEL_MAX];
	struct image_exec x;
	int r;

	plan->label = plain_label(target == LABEL_ONEXEC_UNCONFINED ? IMAGE_NONE : target);
	tasks_label_name(c->supervisor->tasks, &plan->label, text, sizeof(text));
	r = judge_onexec(c, slice_of(text), name, &x);
	plan->is_scrubbed = x.flags & EXEC_SCRUB;
	return r;
}

int exec_transition(struct call *c, struct slice name, uid_t owner, struct exec_plan *plan)
{
	const struct label *own = &c->task.label;
	int r = 0;

	plan->label = *own;
	plan->is_scrubbed = false;
	if (own->onexec != IMAGE_NONE) {
		r = by_request(c, name, plan);
	} else if (judge_is_unconfined(c)) {
		plan->label = attached(c, name);
	} else {
		r = by_rule(c, name, owner, plan);
	}
	/* The way back from a hat ends with the program that knew it. */
	plan->label.hat_of = plan->label.onexec = IMAGE_NONE;
	plan->label.hat_token = 0;
	plan->is_changed = !is_same(own, &plan->label);
	return r;
}
