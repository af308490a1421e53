/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What AppArmor's kernel would tell of the bpf engine, as plain files: features, profiles in force. They are
 * written on demand anywhere, and kept true in one place, from when they are first written there.
 */
#ifndef CLI_APPARMOR_FILES_H
#define CLI_APPARMOR_FILES_H

#include "base/err.h"
#include "image/image.h"

#define APPARMOR_FILES_DIR "/run/pavise/apparmorfs"

/*
 * Writes all of them below dir, which is made if need be; img is the policy in force, NULL if there is none.
 * Folders and files below it belong to the caller, and only he can write there, else it is refused; symbolic
 * links are not followed. Each file is replaced in one step, and folders stay the same.
 */
int apparmor_files_write(const char *dir, const struct image *img, struct err *err);

/*
 * Where they are kept (dir is APPARMOR_FILES_DIR, but for tests), brings the profiles up to date after a
 * change. 0 if nobody has asked for them there. If they cannot be written they are taken away: what is told
 * is true.
 */
int apparmor_files_refresh(const char *dir, const struct image *img, struct err *err);

#endif
