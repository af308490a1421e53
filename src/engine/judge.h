/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ask the image, obey the mode, tell the event. Every verdict of the engine passes here.
 *
 * All functions give 0 for "go ahead" or the negative errno for the caller: -EACCES (or the
 * profile's error=), -EPERM for capabilities. In complain mode what no rule denies explicitly
 * passes and is told as EVENT_ALLOWED. In kill mode the caller's process is killed and -EACCES
 * given. Unconfined labels pass without an event.
 */
#ifndef ENGINE_JUDGE_H
#define ENGINE_JUDGE_H

#include "engine/call.h"
#include "event/event.h"
#include "image/image.h"

#include <stdint.h>
#include <sys/types.h>

/*
 * name: absolute; a folder's ends in "/" ("/" for the root). Names that reach no root ("disconnected")
 * are given as judge_file's caller got them from walk, which applied attach_disconnected.
 * owner is the object's uid, (uid_t)-1 if there is none. operation: AppArmor's word, a constant.
 */
int judge_file(struct call *c, const char *operation, struct slice name, uint32_t wanted,
	       uid_t owner);

/* As judge_file for the wanted part of an object without a verdict of its own: no event is told. */
bool judge_would_allow(const struct call *c, struct slice name, uint32_t wanted, uid_t owner);

/*
 * True if all of wanted is allowed to the owner and to others alike, with nothing to report: such a name
 * needs no look at the object before the verdict.
 */
bool judge_is_settled(const struct call *c, struct slice name, uint32_t wanted);

/* True if the mode lets it pass, whatever would be reported: no event is told. */
bool judge_would_pass(struct call *c, struct slice name, uint32_t wanted, uid_t owner);

int judge_link(struct call *c, struct slice link, struct slice target, uid_t target_owner);
int judge_net(struct call *c, const char *operation, int family, int type, int protocol,
	      uint32_t wanted);
/* Both sides: the caller's label must allow sending, the peer's receiving. */
int judge_signal(struct call *c, int signal, pid_t peer_pid, const struct label *peer);
/* wanted: PERM_PTRACE_TRACE or PERM_PTRACE_READ; the peer needs the matching …BY. */
int judge_ptrace(struct call *c, const char *operation, pid_t peer_pid, const struct label *peer,
		 uint32_t wanted);
/* A hard limit that is raised beyond what the profile sets, or one of a process under another label. */
int judge_rlimit(struct call *c, unsigned limit, uint64_t value, bool is_other);
int judge_capability(struct call *c, unsigned capability);
/* change_profile, change_hat, change_onexec (perms PERM_CHANGE_PROFILE, PERM_ONEXEC). */
int judge_change(struct call *c, const char *operation, struct slice target, uint32_t wanted);
/*
 * The change that change_onexec asked for, now that the program is known; the transition's flags
 * are given in *exec.
 */
int judge_onexec(struct call *c, struct slice target, struct slice program,
		 struct image_exec *exec);

/*
 * Asks for PERM_EXEC and gives the transition in *exec: EXEC_NONE when complain mode lets pass what no
 * rule allows; EXEC_UNCONFINED for unconfined callers.
 */
int judge_exec(struct call *c, struct slice name, uid_t owner, struct image_exec *exec);

/* A request on a path that fails for another reason than a rule, told in words: by the mode, too. */
int judge_refuse(struct call *c, const char *operation, struct slice name, uint32_t wanted,
		 const char *why);

/* Tells an event that is not a verdict of the functions above; base fields are filled from c. */
void judge_tell(struct call *c, struct event *e);

/* True if no profile is in force for the caller. */
bool judge_is_unconfined(const struct call *c);

#endif
