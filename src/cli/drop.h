/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up what a daemon no longer needs once its work is before it. */
#ifndef CLI_DROP_H
#define CLI_DROP_H

#include "base/err.h"

/*
 * For good and for the whole process: all capabilities, gaining any by exec, being traced, and, where
 * the kernel has Landlock, writing, making, removing and executing files, but in the directory `writable`
 * (NULL: nowhere; descriptors that are open stay). The user stays: files of root can still be read.
 */
int drop_privileges(const char *writable, struct err *err);

/*
 * For good and for this thread, which has to be alone: every system call but those that read and write what
 * is open, wait, take memory that is not to be executed, and end the process. Of bpf(2) elements of maps
 * that are open are left, of files readlink(2). All others fail with EPERM.
 */
int drop_calls(struct err *err);

#endif
