/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats requests of callers, gives go-ahead or errno, tells events. The one place where a mode is
 * obeyed:
 *
 *	enforce		what is missing is refused
 *	complain	only what a rule denies explicitly is refused
 *	kill		as enforce, and the process is killed
 *	unconfined	nothing is asked
 *
 * A null profile knows no rules and complains.
 */
#include "engine/judge.h"

#include "engine/supervisor.h"
#include "engine/target.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct image *image_of(const struct call *c)
{
	return c->supervisor->image;
}

static bool is_confined(const struct call *c, const struct label *l)
{
	return l->profile != IMAGE_NONE &&
	       (l->null || image_of(c)->profiles[l->profile].mode != MODE_UNCONFINED);
}

bool judge_is_unconfined(const struct call *c)
{
	return !is_confined(c, &c->task.label);
}

static enum image_mode mode_of(const struct call *c, const struct label *l)
{
	enum image_mode mode = image_of(c)->profiles[l->profile].mode;

	if (l->null || mode == MODE_PROMPT)
		return MODE_COMPLAIN;
	return c->supervisor->run->complain && mode != MODE_UNCONFINED ? MODE_COMPLAIN : mode;
}

/* What no rule speaks of. */
static struct verdict nothing(uint32_t wanted)
{
	return (struct verdict){ .missing = wanted };
}

static struct verdict decide(const struct call *c, const struct label *l, enum class_id class_id,
			     struct slice object, uint32_t wanted, bool is_owner)
{
	if (l->null)
		return nothing(wanted);
	return image_decide(image_of(c), l->profile, class_id, object, wanted, is_owner);
}

static void fill_actor(struct call *c, const struct label *l, struct event *e)
{
	ssize_t n;

	act_own(c->supervisor);
	e->count = 1;
	e->pid = c->task.tgid;
	e->tid = c->task.tid;
	e->parent = target_parent(c->task.tgid);
	target_comm(c->task.tid, e->comm, sizeof(e->comm));
	n = target_link(c->task.tid, "exe", e->exe, sizeof(e->exe));
	e->exe_len = n < 0 ? 0 : (uint16_t)n;
	call_know_creds(c);
	e->fsuid = c->task.creds.is_known ? c->task.creds.fsuid : (uid_t)-1;
	tasks_label_name(c->supervisor->tasks, l, e->profile, sizeof(e->profile));
}

static void fill_name(char *to, uint16_t *len, bool *is_cut, struct slice name)
{
	size_t n = name.len;

	if (n > EVENT_NAME_MAX - 1) {
		n = EVENT_NAME_MAX - 1;
		*is_cut = true;
	}
	memcpy(to, name.ptr, n);
	to[n] = '\0';
	*len = (uint16_t)n;
}

static void init_event(struct event *e, enum class_id class_id, const char *operation,
		       uint32_t wanted)
{
	/* Texts are ended, numbers are 0: of the large names only the first byte counts. */
	memset(e, 0, offsetof(struct event, name));
	e->name[0] = e->target[0] = e->exe[0] = e->rule[0] = '\0';
	e->class_id = class_id;
	e->requested = wanted;
	e->ouid = (uid_t)-1;
	snprintf(e->operation, sizeof(e->operation), "%s", operation);
}

void judge_tell(struct call *c, struct event *e)
{
	fill_actor(c, &c->task.label, e);
	report_event(c->supervisor->report, e);
}

static int error_of(const struct call *c, const struct label *l, int error)
{
	uint32_t own = l->null ? 0 : image_of(c)->profiles[l->profile].error;

	return own ? (int)own : error;
}

static void kill_caller(struct call *c, const struct label *l)
{
	uint32_t signal = image_of(c)->profiles[l->profile].kill_signal;

	act_own(c->supervisor);
	kill(c->task.tgid, signal ? (int)signal : SIGKILL);
}

/*
 * Turns a verdict into an answer. *e holds what is special to the class; the rest is filled in here
 * and only if the event is told.
 */
static int obey(struct call *c, const struct label *l, const struct verdict *v, int error,
		struct event *e)
{
	bool is_complaining = mode_of(c, l) == MODE_COMPLAIN;
	uint32_t refused = is_complaining ? v->denied : v->missing;
	int given = refused ? error_of(c, l, error) : 0;

	e->denied = v->missing;
	if (refused && mode_of(c, l) == MODE_KILL)
		e->verdict = EVENT_KILLED;
	else
		e->verdict = refused ? EVENT_DENIED : v->missing ? EVENT_ALLOWED : EVENT_AUDIT;
	if (!v->missing)
		e->requested = v->audit;
	if (v->missing & ~v->quiet || v->audit) {
		e->error = given;
		fill_actor(c, l, e);
		report_event(c->supervisor->report, e);
	}
	if (e->verdict == EVENT_KILLED)
		kill_caller(c, l);
	return -given;
}

/* Nothing to refuse and nothing to report: the common case, kept short. */
static bool is_plain(const struct verdict *v)
{
	return !v->missing && !v->audit;
}

int judge_file(struct call *c, const char *operation, struct slice name, uint32_t wanted,
	       uid_t owner)
{
	const struct label *l = &c->task.label;
	struct verdict v;
	struct event e;
	bool is_owner;

	if (!is_confined(c, l))
		return 0;
	if (call_know_creds(c) < 0)
		return -EACCES;
	is_owner = owner == c->task.creds.fsuid;
	v = decide(c, l, CLASS_FILE, name, wanted, is_owner);
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_FILE, operation, wanted);
	e.ouid = owner;
	fill_name(e.name, &e.name_len, &e.is_cut, name);
	return obey(c, l, &v, EACCES, &e);
}

bool judge_would_allow(const struct call *c, struct slice name, uint32_t wanted, uid_t owner)
{
	const struct label *l = &c->task.label;
	struct verdict v;

	if (!is_confined(c, l))
		return true;
	if (!c->task.creds.is_known)
		return false;
	v = decide(c, l, CLASS_FILE, name, wanted, owner == c->task.creds.fsuid);
	return is_plain(&v);
}

bool judge_would_pass(struct call *c, struct slice name, uint32_t wanted, uid_t owner)
{
	const struct label *l = &c->task.label;
	struct verdict v;

	if (!is_confined(c, l))
		return true;
	if (call_know_creds(c) < 0)
		return false;
	v = decide(c, l, CLASS_FILE, name, wanted, owner == c->task.creds.fsuid);
	return !(mode_of(c, l) == MODE_COMPLAIN ? v.denied : v.missing);
}

bool judge_is_settled(const struct call *c, struct slice name, uint32_t wanted)
{
	const struct label *l = &c->task.label;

	if (!is_confined(c, l))
		return true;
	for (int is_owner = 0; is_owner < 2; is_owner++) {
		struct verdict v = decide(c, l, CLASS_FILE, name, wanted, is_owner);

		if (!is_plain(&v))
			return false;
	}
	return true;
}

int judge_link(struct call *c, struct slice link, struct slice target, uid_t target_owner)
{
	const struct label *l = &c->task.label;
	struct verdict v = nothing(PERM_LINK);
	struct event e;

	if (!is_confined(c, l))
		return 0;
	if (call_know_creds(c) < 0)
		return -EACCES;
	if (!l->null)
		v = image_decide_link(image_of(c), l->profile, link, target,
				      target_owner == c->task.creds.fsuid);
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_LINK, "link", PERM_LINK);
	e.ouid = target_owner;
	fill_name(e.name, &e.name_len, &e.is_cut, link);
	fill_name(e.target, &e.target_len, &e.is_cut, target);
	return obey(c, l, &v, EACCES, &e);
}

int judge_net(struct call *c, const char *operation, int family, int type, int protocol,
	      uint32_t wanted)
{
	const struct label *l = &c->task.label;
	char object[6] = {
		(char)(family >> 8), (char)family, (char)(type >> 8), (char)type,
		(char)(protocol >> 8), (char)protocol,
	};
	struct verdict v;
	struct event e;

	if (!is_confined(c, l))
		return 0;
	v = decide(c, l, CLASS_NET, slice_make(object, sizeof(object)), wanted, false);
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_NET, operation, wanted);
	e.family = family;
	e.type = type;
	e.protocol = protocol;
	return obey(c, l, &v, EACCES, &e);
}

/* One side of a request between two labels. */
static int judge_side(struct call *c, const struct label *l, const struct label *peer,
		      struct slice object, struct event *e, int error)
{
	struct verdict v;

	if (!is_confined(c, l))
		return 0;
	v = decide(c, l, e->class_id, object, e->requested, false);
	if (is_plain(&v))
		return 0;
	tasks_label_name(c->supervisor->tasks, peer, e->peer, sizeof(e->peer));
	return obey(c, l, &v, error, e);
}

int judge_signal(struct call *c, int signal, pid_t peer_pid, const struct label *peer)
{
	const struct label *own = &c->task.label;
	char object[1 + EVENT_LABEL_MAX];
	struct event e;
	int r;

	(void)peer_pid;
	object[0] = (char)signal;
	init_event(&e, CLASS_SIGNAL, "signal", PERM_SIGNAL_SEND);
	e.signal = signal;
	tasks_label_name(c->supervisor->tasks, peer, object + 1, EVENT_LABEL_MAX);
	r = judge_side(c, own, peer, slice_make(object, 1 + strlen(object + 1)), &e, EACCES);
	if (r < 0)
		return r;
	init_event(&e, CLASS_SIGNAL, "signal", PERM_SIGNAL_RECEIVE);
	e.signal = signal;
	tasks_label_name(c->supervisor->tasks, own, object + 1, EVENT_LABEL_MAX);
	return judge_side(c, peer, own, slice_make(object, 1 + strlen(object + 1)), &e, EACCES);
}

int judge_ptrace(struct call *c, const char *operation, pid_t peer_pid, const struct label *peer,
		 uint32_t wanted)
{
	const struct label *own = &c->task.label;
	uint32_t by = wanted & PERM_PTRACE_TRACE ? PERM_PTRACE_TRACEDBY : PERM_PTRACE_READBY;
	char name[EVENT_LABEL_MAX];
	struct event e;
	int r;

	(void)peer_pid;
	init_event(&e, CLASS_PTRACE, operation, wanted);
	tasks_label_name(c->supervisor->tasks, peer, name, sizeof(name));
	r = judge_side(c, own, peer, slice_of(name), &e, EACCES);
	if (r < 0)
		return r;
	init_event(&e, CLASS_PTRACE, operation, by);
	tasks_label_name(c->supervisor->tasks, own, name, sizeof(name));
	return judge_side(c, peer, own, slice_of(name), &e, EACCES);
}

int judge_capability(struct call *c, unsigned capability)
{
	const struct label *l = &c->task.label;
	struct verdict v = nothing(1);
	struct event e;

	if (!is_confined(c, l))
		return 0;
	if (!l->null)
		v = image_decide_capability(image_of(c), l->profile, capability);
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_CAPABILITY, "capable", 1);
	e.capability = (int32_t)capability;
	return obey(c, l, &v, EPERM, &e);
}

int judge_rlimit(struct call *c, unsigned limit, uint64_t value, bool is_other)
{
	const struct label *l = &c->task.label;
	const struct image_profile *p;
	struct verdict v = nothing(1);
	struct event e;
	bool is_beyond;

	if (!is_confined(c, l) || l->null)
		return 0;
	p = &image_of(c)->profiles[l->profile];
	is_beyond = p->rlimit_set & 1u << limit && value > p->rlimit[limit];
	is_other = is_other && image_decide_capability(image_of(c), l->profile, CAP_SYS_RESOURCE).missing;
	if (!is_other && !is_beyond)
		return 0;
	init_event(&e, CLASS_RLIMIT, "setrlimit", 0);
	e.rlimit = limit;
	e.rlimit_value = value;
	snprintf(e.info, sizeof(e.info), "%s", is_other ? "cap_sys_resource" : "");
	return obey(c, l, &v, EACCES, &e);
}

int judge_change(struct call *c, const char *operation, struct slice target, uint32_t wanted)
{
	const struct label *l = &c->task.label;
	char object[EVENT_LABEL_MAX + 1];
	struct verdict v;
	struct event e;

	if (!is_confined(c, l))
		return 0;
	if (target.len >= EVENT_LABEL_MAX)
		return -ENOENT;
	memcpy(object, target.ptr, target.len);
	object[target.len] = '\0';
	v = decide(c, l, CLASS_LABEL, slice_make(object, target.len + 1), wanted, false);
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_LABEL, operation, wanted);
	fill_name(e.name, &e.name_len, &e.is_cut, target);
	return obey(c, l, &v, EACCES, &e);
}

int judge_onexec(struct call *c, struct slice target, struct slice program,
		 struct image_exec *exec)
{
	const struct label *l = &c->task.label;
	char object[EVENT_LABEL_MAX + EVENT_NAME_MAX + 1];
	struct verdict v;
	struct event e;

	*exec = (struct image_exec){ 0 };
	if (!is_confined(c, l))
		return 0;
	if (target.len >= EVENT_LABEL_MAX)
		return -ENOENT;
	if (program.len >= EVENT_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(object, target.ptr, target.len);
	object[target.len] = '\0';
	memcpy(object + target.len + 1, program.ptr, program.len);
	v = decide(c, l, CLASS_LABEL, slice_make(object, target.len + 1 + program.len),
		   PERM_ONEXEC, false);
	*exec = v.exec;
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_LABEL, "exec", PERM_ONEXEC);
	fill_name(e.name, &e.name_len, &e.is_cut, target);
	fill_name(e.target, &e.target_len, &e.is_cut, program);
	return obey(c, l, &v, EACCES, &e);
}

int judge_exec(struct call *c, struct slice name, uid_t owner, struct image_exec *exec)
{
	const struct label *l = &c->task.label;
	struct verdict v;
	struct event e;

	*exec = (struct image_exec){ .kind = EXEC_UNCONFINED };
	if (!is_confined(c, l))
		return 0;
	if (call_know_creds(c) < 0)
		return -EACCES;
	v = decide(c, l, CLASS_FILE, name, PERM_EXEC, owner == c->task.creds.fsuid);
	*exec = v.exec;
	if (v.missing)
		*exec = (struct image_exec){ .kind = EXEC_NONE };
	if (is_plain(&v))
		return 0;
	init_event(&e, CLASS_FILE, "exec", PERM_EXEC);
	e.ouid = owner;
	fill_name(e.name, &e.name_len, &e.is_cut, name);
	return obey(c, l, &v, EACCES, &e);
}

int judge_refuse(struct call *c, const char *operation, struct slice name, uint32_t wanted,
		 const char *why)
{
	const struct label *l = &c->task.label;
	struct verdict v = nothing(wanted);
	struct event e;

	if (!is_confined(c, l))
		return -EACCES;
	init_event(&e, CLASS_FILE, operation, wanted);
	snprintf(e.info, sizeof(e.info), "%s", why);
	fill_name(e.name, &e.name_len, &e.is_cut, name);
	return obey(c, l, &v, EACCES, &e);
}
