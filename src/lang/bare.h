/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rule of each class that says its keyword alone and so covers all of it: what an "all" rule
 * is made of.
 */
#ifndef LANG_BARE_H
#define LANG_BARE_H

#include "lang/rule_class.h"

struct bare_rule {
	const struct rule_class *rule_class;
	const void *detail;		/* the class's own struct */
};

extern const struct bare_rule bare_capability;
extern const struct bare_rule bare_network;
extern const struct bare_rule bare_unix;
extern const struct bare_rule bare_signal;
extern const struct bare_rule bare_ptrace;
extern const struct bare_rule bare_mount;
extern const struct bare_rule bare_remount;
extern const struct bare_rule bare_umount;
extern const struct bare_rule bare_pivot_root;
extern const struct bare_rule bare_dbus;
extern const struct bare_rule bare_mqueue;
extern const struct bare_rule bare_userns;
extern const struct bare_rule bare_io_uring;

#endif
