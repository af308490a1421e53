/* SPDX-License-Identifier: BSD-2-Clause */
/* The serve functions, by family; each answers its call. The table in syscalls.c names them. */
#ifndef ENGINE_SERVE_H
#define ENGINE_SERVE_H

#include "engine/call.h"

/* serve_open.c: open, openat, openat2, creat */
void serve_open(struct call *c);

/* serve_name.c: names that come, go and move */
void serve_mkdir(struct call *c);	/* mkdir, mkdirat */
void serve_mknod(struct call *c);	/* mknod, mknodat */
void serve_unlink(struct call *c);	/* unlink, unlinkat, rmdir */
void serve_rename(struct call *c);	/* rename, renameat, renameat2 */
void serve_link(struct call *c);	/* link, linkat */
void serve_symlink(struct call *c);	/* symlink, symlinkat */

/* serve_attr.c: what an object carries */
void serve_chmod(struct call *c);	/* chmod, fchmod, fchmodat, fchmodat2 */
void serve_chown(struct call *c);	/* chown, lchown, fchown, fchownat */
void serve_truncate(struct call *c);	/* truncate, ftruncate */
void serve_utimes(struct call *c);	/* utime, utimes, futimesat, utimensat */
void serve_setxattr(struct call *c);	/* setxattr, lsetxattr, fsetxattr */
void serve_removexattr(struct call *c);	/* removexattr, lremovexattr, fremovexattr */

/* serve_lock.c */
void serve_flock(struct call *c);
void serve_fcntl(struct call *c);	/* F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETLEASE */

/* serve_net.c */
void serve_socket(struct call *c);	/* socket, socketpair */
void serve_bind(struct call *c);
void serve_connect(struct call *c);
void serve_sendto(struct call *c);	/* with an address */
void serve_sendmsg(struct call *c);	/* sendmsg, sendmmsg */

/* serve_map.c: executable mappings of files */
void serve_mmap(struct call *c);	/* mmap with PROT_EXEC of an fd */
void serve_mprotect(struct call *c);	/* mprotect, pkey_mprotect with PROT_EXEC */

/* serve_exec.c: execve, execveat (the early half; exec.c has the late one) */
void serve_exec(struct call *c);

/* serve_process.c: signals, ptrace and its relatives, limits, ids */
void serve_kill(struct call *c);	/* kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo */
void serve_pidfd_signal(struct call *c);
void serve_set_owner(struct call *c);	/* fcntl F_SETOWN, F_SETOWN_EX */
void serve_ptrace(struct call *c);
void serve_process_vm(struct call *c);	/* process_vm_readv, process_vm_writev, kcmp, pidfd_getfd */
void serve_prlimit(struct call *c);	/* setrlimit, prlimit64 */
void serve_set_ids(struct call *c);	/* setuid … setgroups, capset: capability, then new creds */
void serve_prctl(struct call *c);	/* PR_SET_DUMPABLE and the like */

#endif
