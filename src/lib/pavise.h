/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpavise: how a confined program asks for another profile, and learns which one it is in.
 *
 * All functions may be called from any thread and concern the calling thread alone, and what it
 * forks or starts from then on: a program with threads changes before it makes them, or in each.
 * None allocates, keeps state or sets errno. All are safe between fork and exec and in signal
 * handlers.
 *
 * They return 0 (pavise_get_label: a length), or a negative error number:
 *
 *	PAVISE_NOT_CONFINED	no engine of Pavise confines this process; nothing was changed
 *	-ENOENT			no profile or hat of that name is loaded
 *	-EACCES			the policy in force does not allow this change
 *	-EPERM			wrong token; the engine ends the process
 *	-EPROTO			the engine does not know this request
 *	-ERANGE			the label does not fit in the buffer
 *	-ENAMETOOLONG		a name of PAVISE_NAME_MAX bytes or more
 *	-EINVAL			a NULL or empty name, a zero token, a NULL buffer: a mistake of the caller
 *
 * A filter outside of Pavise that refuses unknown prctl options gives its own error number.
 */
#ifndef PAVISE_H
#define PAVISE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	/* Returned by all functions where nothing confines the process. */
	PAVISE_NOT_CONFINED = -ENOSYS,
	/* Bytes of the name of a profile or hat, its end mark included. */
	PAVISE_NAME_MAX = 512,
};

/*
 * Moves the calling thread into a profile, at once and for good. The profile in force must allow it
 * ("change_profile -> NAME"); a child profile is named in full, as "parent//child".
 */
int pavise_change_profile(const char *name);

/*
 * Moves into a hat of the present profile, or, from a hat, into one beside it; name it without its
 * parent. The way back needs the token: choose it at random, keep it out of reach of what the hat
 * confines. With a NULL hat: leaves the hat; the token must be the one given on entering.
 */
int pavise_change_hat(const char *hat, uint64_t token);

/*
 * What the calling thread executes next starts in this profile, if the profile in force allows it
 * ("change_profile EXEC -> NAME"). NULL: forget it, the next exec follows the rules again.
 */
int pavise_change_onexec(const char *name);

/*
 * Puts a profile on top of the present label: from now on both have to allow everything. The profile in
 * force must allow it ("change_profile -> &NAME"); who is not confined may stack every profile. It is
 * allowed to threads that can gain no privileges (no_new_privs), too. The second one does it when a
 * program is executed. Stacks are made when policy is loaded: -ENOENT, or at exec -EACCES, if this one was
 * not. The engine seccomp has none: -EPROTO.
 */
int pavise_stack_profile(const char *name);
int pavise_stack_onexec(const char *name);

/*
 * Writes the label of the calling thread, "NAME (MODE)" and an end mark, for example
 * "kittens-serving (enforce)". The buffer has `len` bytes. Gives the length without the end mark; on
 * an error the buffer's content is undefined.
 */
int pavise_get_label(char *buffer, size_t len);

#ifdef __cplusplus
}
#endif

#endif
