/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the credentials of a caller, puts them on this thread. A supervisor with privileges must not
 * lend them: what it does for a caller it does as the caller. The kernel keeps fsuid, fsgid, groups,
 * capabilities and (after unshare) the umask by thread; the C library's wrappers would change all
 * threads, so these are raw system calls.
 */
#include "engine/supervisor.h"
#include "engine/target.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What this thread wears; nothing known: its own. */
static _Thread_local struct creds worn;

static int set_effective(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)(effective & permitted), (uint32_t)permitted, 0 },
		{ (uint32_t)((effective & permitted) >> 32), (uint32_t)(permitted >> 32), 0 },
	};

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/*
 * The effective ids, and with them those of the file system: who connects to a socket is known by the
 * former. The real and saved ones stay ours, and the permitted capabilities with them.
 */
static bool set_ids(const struct creds *c)
{
	return syscall(SYS_setresgid, -1, c->fsgid, -1) == 0 &&
	       syscall(SYS_setresuid, -1, c->fsuid, -1) == 0;
}

static int wear(const struct supervisor *s, const struct creds *c)
{
	/* Changing ids needs all we have; changing them may drop it, so the effective set comes last. */
	int r = set_effective(s->own_caps, s->own_caps);

	worn.is_known = false;
	if (!r && syscall(SYS_setgroups, c->n_groups, c->groups) < 0 && s->own_caps & 1u << CAP_SETGID)
		r = -errno;
	if (!r && !set_ids(c))
		r = -EACCES;
	if (!r)
		r = set_effective(c->cap_effective, s->own_caps);
	if (!r)
		worn = *c;
	return r;
}

static bool is_same(const struct creds *a, const struct creds *b)
{
	return a->is_known && b->is_known && a->fsuid == b->fsuid && a->fsgid == b->fsgid &&
	       a->cap_effective == b->cap_effective && a->n_groups == b->n_groups &&
	       !memcmp(a->groups, b->groups, (size_t)a->n_groups * sizeof(a->groups[0]));
}

void act_own(const struct supervisor *s)
{
	struct creds own = { .is_known = true, .cap_effective = s->own_caps };

	if (!s->is_privileged || !worn.is_known)
		return;
	own.fsuid = s->own_uid;
	own.fsgid = s->own_gid;
	/* Groups give nothing that the owner of these capabilities lacks. */
	own.n_groups = worn.n_groups;
	memcpy(own.groups, worn.groups, sizeof(own.groups));
	if (is_same(&worn, &own))
		return;
	wear(s, &own);
	worn.is_known = false;
}

int call_know_creds(struct call *c)
{
	struct supervisor *s = c->supervisor;
	int r;

	if (c->task.creds.is_known)
		return 0;
	if (!s->is_privileged) {
		/* Without capabilities and without new privileges nobody becomes somebody else. */
		c->task.creds = (struct creds){ .is_known = true, .fsuid = s->own_uid,
						.fsgid = s->own_gid };
		return 0;
	}
	r = target_creds(c, &c->task.creds);
	if (!r)
		tasks_set_creds(s->tasks, c->task.tid, &c->task.creds);
	return r;
}

int call_act(struct call *c, bool with_umask)
{
	struct supervisor *s = c->supervisor;
	mode_t mask;

	if (with_umask) {
		if (target_umask(c, &mask) < 0)
			return -EACCES;
		umask(mask);
	}
	if (!s->is_privileged)
		return 0;
	if (call_know_creds(c) < 0)
		return -EACCES;
	if (is_same(&worn, &c->task.creds))
		return 0;
	return wear(s, &c->task.creds) < 0 ? -EACCES : 0;
}
