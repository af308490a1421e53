/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of an AppArmor kernel, usually below /sys/kernel/security/apparmor: policy is loaded,
 * replaced and removed by writing to them, and listed by reading.
 */
#ifndef ENGINE_APPARMORFS_H
#define ENGINE_APPARMORFS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

enum { APPARMORFS_PATH_MAX = 512, APPARMORFS_LIST_MAX = 64 << 20 };

struct apparmorfs {
	char dir[APPARMORFS_PATH_MAX];
};

enum apparmorfs_verb { APPARMORFS_LOAD, APPARMORFS_REPLACE };

/*
 * Finds them: at `dir`, or with NULL below a securityfs of /proc/mounts. -ENOENT with words if this
 * system has none.
 */
int apparmorfs_open(struct apparmorfs *fs, const char *dir, struct err *err);

/*
 * Gives the kernel one piece of binary policy, which it takes or refuses as a whole. The codes are
 * the kernel's: -EEXIST (load: there already), -EPROTO, -EPROTONOSUPPORT, -EPERM, -EACCES…
 */
int apparmorfs_write(const struct apparmorfs *fs, enum apparmorfs_verb verb, struct slice policy,
		     struct err *err);

/* Removes a profile and its children by name; ":NAMESPACE:NAME" in a namespace. */
int apparmorfs_remove(const struct apparmorfs *fs, struct slice name, struct err *err);

/* Adds the list of loaded profiles, "NAME (MODE)" a line. */
int apparmorfs_list(const struct apparmorfs *fs, struct buf *out, struct err *err);

#endif
