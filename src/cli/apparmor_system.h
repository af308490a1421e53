/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * apparmor_parser where the kernel has no AppArmor and the bpf engine works: the same requests, for the
 * policy of the whole system. All that one call asks for is done in one step at its end. Errors are
 * negative errnos as the kernel's files give them.
 */
#ifndef CLI_APPARMOR_SYSTEM_H
#define CLI_APPARMOR_SYSTEM_H

#include "base/buf.h"
#include "base/err.h"
#include "lang/policy.h"

#include <stdbool.h>

struct apparmor_system;

/* Whether this machine is one of those. */
bool apparmor_system_is_here(void);

/* Opened to change; NULL with words. */
struct apparmor_system *apparmor_system_new(struct err *err);
void apparmor_system_free(struct apparmor_system *s);

/* With s NULL, what can be said of it without loading. -EEXIST with is_add; -EINVAL if the policy cannot be compiled, which its diag tells. */
int apparmor_system_put(struct apparmor_system *s, struct policy *policy, bool is_add,
			bool force_complain);
/* The same of bytes that `pavise compile` wrote; -EPROTO if they are none. */
int apparmor_system_put_image(struct apparmor_system *s, struct slice bytes, bool is_add);

/* -ENOENT if there is no such profile. */
int apparmor_system_remove(struct apparmor_system *s, struct slice name);

/*
 * Does what was asked for, if anything was. Of stacks that have to be left out it warns, unless is_quiet; with
 * is_strict that is a refusal: -E2BIG with words.
 */
int apparmor_system_commit(struct apparmor_system *s, bool is_quiet, bool is_strict, struct err *err);

#endif
