/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats self-transition requests (abi/control.h), changes labels. The caller is stopped before its
 * prctl; whatever the new profile demands is done before it goes on with our answer.
 */
#include "engine/control.h"

#include "abi/control.h"
#include "engine/exec.h"
#include "engine/inject.h"
#include "engine/judge.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static bool peek(pid_t tid, uint64_t address, void *to, size_t len)
{
	struct iovec mine = { to, len }, its = { (void *)(uintptr_t)address, len };

	return process_vm_readv(tid, &mine, 1, &its, 1, 0) == (ssize_t)len;
}

static bool poke(pid_t tid, uint64_t address, const void *from, size_t len)
{
	struct iovec mine = { (void *)(uintptr_t)from, len };
	struct iovec its = { (void *)(uintptr_t)address, len };

	return process_vm_writev(tid, &mine, 1, &its, 1, 0) == (ssize_t)len;
}

static bool is_sound(const struct control_request *r)
{
	return r->version == CONTROL_VERSION && r->verb >= CONTROL_CHANGE_PROFILE &&
	       r->verb <= CONTROL_GET_LABEL && r->name_len < CONTROL_NAME_MAX &&
	       !r->name[r->name_len] && strlen(r->name) == r->name_len;
}

static const char *mode_word(const struct supervisor *s, const struct label *l)
{
	static const char *const words[N_MODES] = {
		[MODE_ENFORCE] = "enforce", [MODE_COMPLAIN] = "complain", [MODE_KILL] = "kill",
		[MODE_UNCONFINED] = "unconfined", [MODE_PROMPT] = "prompt",
	};
	enum image_mode mode = s->image->profiles[l->profile].mode;

	if (l->null || (s->run->complain && mode != MODE_UNCONFINED))
		mode = MODE_COMPLAIN;
	return words[mode];
}

/* "NAME (MODE)"; "unconfined" has no mode. */
static int64_t get_label(struct call *c, const struct control_request *r)
{
	struct supervisor *s = c->supervisor;
	const struct label *l = &c->task.label;
	char name[512], text[600];
	int n;

	tasks_label_name(s->tasks, l, name, sizeof(name));
	if (l->profile == IMAGE_NONE)
		n = snprintf(text, sizeof(text), "%s", name);
	else
		n = snprintf(text, sizeof(text), "%s (%s)", name, mode_word(s, l));
	if (r->reply_len <= (uint32_t)n)
		return -ERANGE;
	return poke(c->task.tid, r->reply, text, (size_t)n + 1) ? n : -EFAULT;
}

/* IMAGE_NONE for "unconfined" too: *found tells. */
static uint32_t find_profile(const struct supervisor *s, struct slice name, bool *found)
{
	uint32_t profile = image_find_profile(s->image, name);

	*found = profile != IMAGE_NONE || slice_is(name, "unconfined");
	return profile;
}

static int64_t change_profile(struct call *c, const struct control_request *r, struct label *next)
{
	struct slice name = slice_make(r->name, r->name_len);
	bool is_onexec = r->verb == CONTROL_CHANGE_ONEXEC, found;
	uint32_t profile;
	int error;

	if (is_onexec && !name.len) {
		next->onexec = IMAGE_NONE;
		return 0;
	}
	profile = find_profile(c->supervisor, name, &found);
	if (!found)
		return -ENOENT;
	error = judge_change(c, is_onexec ? "change_onexec" : "change_profile", name,
			     is_onexec ? PERM_ONEXEC : PERM_CHANGE_PROFILE);
	if (error < 0)
		return error;
	if (is_onexec)
		next->onexec = profile == IMAGE_NONE ? LABEL_ONEXEC_UNCONFINED : profile;
	else
		*next = (struct label){ .profile = profile, .hat_of = IMAGE_NONE,
					.onexec = IMAGE_NONE };
	return 0;
}

/* The hat of that name below a profile, IMAGE_NONE if there is none. */
static uint32_t find_hat(const struct supervisor *s, uint32_t profile, const char *hat)
{
	const struct image *img = s->image;
	char name[1024];
	uint32_t found;

	snprintf(name, sizeof(name), "%s//%s", image_text(img, img->profiles[profile].name), hat);
	found = image_find_profile(img, slice_of(name));
	return found != IMAGE_NONE && img->profiles[found].flags & PROFILE_HAT ? found : IMAGE_NONE;
}

/* Whoever does not know the token may be an attacker inside the hat: AppArmor kills it, too. */
static int64_t wrong_token(struct call *c)
{
	struct event e = {
		.verdict = EVENT_KILLED,
		.class_id = CLASS_LABEL,
		.operation = "change_hat",
		.info = "wrong token",
		.ouid = (uid_t)-1,
		.error = EPERM,
	};

	judge_tell(c, &e);
	kill(c->task.tgid, SIGKILL);
	return -EPERM;
}

static int64_t change_hat(struct call *c, const struct control_request *r, struct label *next)
{
	const struct label *l = &c->task.label;
	bool is_in_hat = l->hat_of != IMAGE_NONE;
	uint32_t root = is_in_hat ? l->hat_of : l->profile, hat;

	if (l->profile == IMAGE_NONE || l->null || !r->token)
		return -EPERM;
	if (is_in_hat && r->token != l->hat_token)
		return wrong_token(c);
	if (!r->name_len) {
		if (!is_in_hat)
			return -EPERM;
		*next = (struct label){ .profile = root, .hat_of = IMAGE_NONE, .onexec = IMAGE_NONE };
		return 0;
	}
	hat = find_hat(c->supervisor, root, r->name);
	if (hat == IMAGE_NONE)
		return -ENOENT;
	*next = (struct label){ .profile = hat, .hat_of = root, .hat_token = r->token,
				.onexec = IMAGE_NONE };
	return 0;
}

static int64_t answer(struct call *c, const struct control_request *r)
{
	struct supervisor *s = c->supervisor;
	struct label next = c->task.label;
	int64_t result;

	if (r->verb == CONTROL_GET_LABEL)
		return get_label(c, r);
	result = r->verb == CONTROL_CHANGE_HAT ? change_hat(c, r, &next) : change_profile(c, r, &next);
	if (result < 0)
		return result;
	tasks_set_label(s->tasks, c->task.tid, &next);
	if (next.profile != c->task.label.profile)
		exec_enter(s, c->task.tid, &next);
	return result;
}

void control_serve(struct supervisor *s, pid_t tid)
{
	struct control_request request;
	struct user_regs_struct regs;
	struct call c = { .supervisor = s };
	int64_t result = -EPROTO;

	if (!tasks_find(s->tasks, tid, &c.task) || !inject_regs(tid, &regs)) {
		kill(tid, SIGKILL);
		return;
	}
	/* A filter of the program's own may ask for a tracer, too: it finds none. */
	if (regs.orig_rax != SYS_prctl || (uint32_t)regs.rdi != CONTROL_PRCTL)
		result = -ENOSYS;
	else if (regs.rdx != sizeof(request))
		result = -EPROTO;
	else if (!peek(tid, regs.rsi, &request, sizeof(request)))
		result = -EFAULT;
	else if (is_sound(&request))
		result = answer(&c, &request);
	if (!inject_answer(tid, result))
		kill(tid, SIGKILL);
}
