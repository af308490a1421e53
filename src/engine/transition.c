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

#include "engine/attributes.h"
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

/* A program that a call executes. */
struct program {
	struct call *call;
	const struct held *held;
};

/* Read as ourselves: the kernel, too, asks nobody's leave. The call goes on as its caller. */
static int get_attribute(void *of, const char *name, struct slice *value)
{
	const struct program *p = of;
	char path[64];
	int r, acted;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->held->fd);
	act_own(p->call->supervisor);
	r = attributes_read(path, name, value);
	acted = call_act(p->call, false);
	return acted < 0 ? acted : r;
}

/* Who attaches to the program, among all or among the children of a profile. */
static uint32_t attach(struct call *c, const struct held *held, uint32_t of)
{
	struct program program = { c, held };
	struct image_attributes attributes = { get_attribute, &program };

	return image_attach(c->supervisor->image, of, held_name(held), &attributes);
}

static uint32_t find_target(struct call *c, const struct image_exec *x, const struct held *held)
{
	const struct image *img = c->supervisor->image;

	if (x->name)
		return image_find_profile(img, slice_of(image_text(img, x->name)));
	return attach(c, held, x->kind == EXEC_CHILD ? c->task.label.profile : IMAGE_NONE);
}

/* Why no profile attaches. */
static const char *reason(uint32_t target)
{
	if (target == IMAGE_UNREADABLE)
		return "its extended attributes cannot be read";
	return target == IMAGE_NONE ? "profile not found" : "several profiles attach";
}

static int to_profile(struct call *c, const struct image_exec *x, const struct held *held,
		      struct label *next)
{
	uint32_t target = find_target(c, x, held);
	struct slice name = held_name(held);
	bool is_known = target != IMAGE_UNREADABLE;

	if (x->flags & EXEC_STACK)
		return judge_refuse(c, "exec", name, PERM_EXEC, "profiles cannot be stacked here");
	if (is_known && target != IMAGE_NONE && target != IMAGE_AMBIGUOUS) {
		*next = plain_label(target);
		return 0;
	}
	if (is_known && x->flags & EXEC_OR_INHERIT)
		return 0;
	if (is_known && x->flags & EXEC_OR_UNCONFINED) {
		*next = plain_label(IMAGE_NONE);
		return 0;
	}
	if (is_complaining(c, &c->task.label)) {
		judge_refuse(c, "exec", name, PERM_EXEC, reason(target));
		*next = null_label(c, name);
		return 0;
	}
	return judge_refuse(c, "exec", name, PERM_EXEC, reason(target));
}

/* Unconfined programs get the profile that attaches; if none does, or two alike, they stay as they are. */
static int by_attachment(struct call *c, const struct held *held, struct label *next)
{
	uint32_t profile = attach(c, held, IMAGE_NONE);

	if (profile == IMAGE_UNREADABLE)
		return judge_refuse(c, "exec", held_name(held), PERM_EXEC, reason(profile));
	if (profile != IMAGE_AMBIGUOUS && profile != IMAGE_NONE)
		*next = plain_label(profile);
	return 0;
}

static int by_rule(struct call *c, const struct held *held, struct exec_plan *plan)
{
	struct label *next = &plan->label;
	struct slice name = held_name(held);
	struct image_exec x;
	int r = judge_exec(c, name, held->st.st_uid, &x);

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
		r = to_profile(c, &x, held, next);
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

int exec_transition(struct call *c, const struct held *program, struct exec_plan *plan)
{
	const struct label *own = &c->task.label;
	int r = 0;

	plan->label = *own;
	plan->is_scrubbed = false;
	if (own->onexec != IMAGE_NONE) {
		r = by_request(c, held_name(program), plan);
	} else if (judge_is_unconfined(c)) {
		r = by_attachment(c, program, &plan->label);
	} else {
		r = by_rule(c, program, plan);
	}
	/* The way back from a hat ends with the program that knew it. */
	plan->label.hat_of = plan->label.onexec = IMAGE_NONE;
	plan->label.hat_token = 0;
	plan->is_changed = !is_same(own, &plan->label);
	return r;
}
