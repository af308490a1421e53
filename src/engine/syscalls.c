/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table, and its form for people. Adding a mediated system call: a line here, a serve function in
 * its family's serve_*.c.
 */
#include "engine/syscalls.h"

#include "engine/serve.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>

#define N(call) { .name = #call, .way = WAY_ALLOW },
#define SERVE(call, function, grade_, how_) \
	{ .name = #call, .way = WAY_SERVE, .serve = function, .grade = grade_, .how = how_ },
#define SERVE_WHEN(call, function, when_, at_, grade_, how_) \
	{ .name = #call, .way = WAY_SERVE, .serve = function, .when = when_, .at = at_, \
	  .grade = grade_, .how = how_ },
#define REFUSE(call, error_, how_) \
	{ .name = #call, .way = WAY_REFUSE, .error = error_, .grade = "refused", .how = how_ },

#define EXACT "exact"
#define APPROXIMATE "approximate"

static const char held[] = "decided on a held object, carried out on the same one";
static const char held_name[] = "decided on a held folder and a name in it, carried out there";
static const char by_register[] = "decided on arguments in registers, then native";
static const char by_fd[] = "decided on the descriptor's file; threads that swap descriptors at that "
			    "moment can make the kernel use another";
static const char root_only[] = "changes the system as a whole";
static const char no_mounts[] = "the tree of files must stay as policy knows it";
static const char no_namespaces[] = "new namespaces would change what names mean";

const struct syscall_row syscall_rows[] = {
	/* Files by name. */
	SERVE_WHEN(open, serve_open, WHEN_NO_PATH_FD, 1, EXACT, held)
	SERVE_WHEN(openat, serve_open, WHEN_NO_PATH_FD, 2, EXACT, held)
	SERVE(openat2, serve_open, EXACT, "as openat; O_PATH fails with ENOSYS")
	SERVE(creat, serve_open, EXACT, held)
	SERVE(mkdir, serve_mkdir, EXACT, held_name)
	SERVE(mkdirat, serve_mkdir, EXACT, held_name)
	SERVE(mknod, serve_mknod, EXACT, held_name)
	SERVE(mknodat, serve_mknod, EXACT, held_name)
	SERVE(unlink, serve_unlink, EXACT, held_name)
	SERVE(unlinkat, serve_unlink, EXACT, held_name)
	SERVE(rmdir, serve_unlink, EXACT, held_name)
	SERVE(rename, serve_rename, EXACT, held_name)
	SERVE(renameat, serve_rename, EXACT, held_name)
	SERVE(renameat2, serve_rename, EXACT, held_name)
	SERVE(link, serve_link, EXACT, held_name)
	SERVE(linkat, serve_link, EXACT, held_name)
	SERVE(symlink, serve_symlink, EXACT, held_name)
	SERVE(symlinkat, serve_symlink, EXACT, held_name)
	SERVE(chmod, serve_chmod, EXACT, held)
	SERVE(fchmod, serve_chmod, EXACT, held)
	SERVE(fchmodat, serve_chmod, EXACT, held)
	SERVE(fchmodat2, serve_chmod, EXACT, held)
	SERVE(chown, serve_chown, EXACT, held)
	SERVE(lchown, serve_chown, EXACT, held)
	SERVE(fchown, serve_chown, EXACT, held)
	SERVE(fchownat, serve_chown, EXACT, held)
	SERVE(truncate, serve_truncate, EXACT, held)
	SERVE(ftruncate, serve_truncate, EXACT, held)
	SERVE(utime, serve_utimes, EXACT, held)
	SERVE(utimes, serve_utimes, EXACT, held)
	SERVE(futimesat, serve_utimes, EXACT, held)
	SERVE(utimensat, serve_utimes, EXACT, held)
	SERVE(setxattr, serve_setxattr, EXACT, held)
	SERVE(lsetxattr, serve_setxattr, EXACT, held)
	SERVE(fsetxattr, serve_setxattr, EXACT, held)
	SERVE(removexattr, serve_removexattr, EXACT, held)
	SERVE(lremovexattr, serve_removexattr, EXACT, held)
	SERVE(fremovexattr, serve_removexattr, EXACT, held)
	SERVE(flock, serve_flock, APPROXIMATE, by_fd)
	SERVE_WHEN(fcntl, serve_fcntl, WHEN_LOCKING, 1, APPROXIMATE,
		   "locks: decided on the descriptor's file, which threads may swap at that moment; F_SETOWN: "
		   "within the tree")
	SERVE_WHEN(mmap, serve_mmap, WHEN_EXECUTABLE_FILE, 2, APPROXIMATE, by_fd)
	SERVE_WHEN(mprotect, serve_mprotect, WHEN_EXECUTABLE, 2, APPROXIMATE,
		   "decided on what is mapped there at that moment")
	SERVE_WHEN(pkey_mprotect, serve_mprotect, WHEN_EXECUTABLE, 2, APPROXIMATE,
		   "decided on what is mapped there at that moment")

	/* Programs. */
	SERVE(execve, serve_exec, EXACT, "decided on the file; looked at again before its first instruction")
	SERVE(execveat, serve_exec, EXACT, "as execve")

	/* Sockets. */
	SERVE(socket, serve_socket, EXACT, by_register)
	SERVE(socketpair, serve_socket, EXACT, by_register)
	SERVE(bind, serve_bind, EXACT, "decided on the address that is used; a path as a name in a held folder")
	SERVE(connect, serve_connect, EXACT, "decided on the address that is used; a path as a held object")
	SERVE_WHEN(sendto, serve_sendto, WHEN_ADDRESS, 4, APPROXIMATE,
		   "with an address: decided on the socket's kind and the address")
	SERVE(sendmsg, serve_sendmsg, APPROXIMATE, "unix datagrams to a path: by threads that share memory, refused")
	SERVE(sendmmsg, serve_sendmsg, APPROXIMATE, "as sendmsg")

	/* Other processes. */
	SERVE(kill, serve_kill, EXACT, by_register)
	SERVE(tkill, serve_kill, EXACT, by_register)
	SERVE(tgkill, serve_kill, EXACT, by_register)
	SERVE(rt_sigqueueinfo, serve_kill, EXACT, by_register)
	SERVE(rt_tgsigqueueinfo, serve_kill, EXACT, by_register)
	SERVE(pidfd_send_signal, serve_pidfd_signal, APPROXIMATE, by_fd)
	SERVE(ptrace, serve_ptrace, "refused", "the tree is traced by its supervisor already")
	SERVE(process_vm_readv, serve_process_vm, EXACT, by_register)
	SERVE(process_vm_writev, serve_process_vm, EXACT, by_register)
	SERVE(kcmp, serve_process_vm, EXACT, by_register)
	SERVE(pidfd_getfd, serve_process_vm, "refused", "descriptors of other processes are not taken")
	SERVE(prlimit64, serve_prlimit, EXACT, by_register)
	SERVE(setrlimit, serve_prlimit, EXACT, by_register)

	/* Credentials: the kernel decides by the capabilities the profile left. */
	SERVE(setuid, serve_set_ids, EXACT, by_register)
	SERVE(setgid, serve_set_ids, EXACT, by_register)
	SERVE(setreuid, serve_set_ids, EXACT, by_register)
	SERVE(setregid, serve_set_ids, EXACT, by_register)
	SERVE(setresuid, serve_set_ids, EXACT, by_register)
	SERVE(setresgid, serve_set_ids, EXACT, by_register)
	SERVE(setfsuid, serve_set_ids, EXACT, by_register)
	SERVE(setfsgid, serve_set_ids, EXACT, by_register)
	SERVE(setgroups, serve_set_ids, EXACT, by_register)
	SERVE(capset, serve_set_ids, EXACT, by_register)

	{ .name = "prctl", .way = WAY_SERVE, .when = WHEN_PRCTL, .serve = serve_prctl,
	  .grade = EXACT, .how = "native but for change of profile and PR_SET_DUMPABLE (kept at 1)" },
	{ .name = "clone", .way = WAY_ALLOW, .when = WHEN_CLONE, .grade = EXACT,
	  .how = "native; refused with flags for new namespaces" },
	{ .name = "unshare", .way = WAY_ALLOW, .when = WHEN_UNSHARE, .grade = EXACT,
	  .how = "native for tables of files and folders; refused for namespaces" },
	{ .name = "ioctl", .way = WAY_ALLOW, .when = WHEN_IOCTL, .grade = EXACT,
	  .how = "native; TIOCSTI and TIOCLINUX, which fake terminal input, are refused, and TIOCGPTPEER, which "
		 "opens a terminal without its name" },
	{ .name = "personality", .way = WAY_ALLOW, .when = WHEN_PERSONALITY, .grade = EXACT,
	  .how = "native; refused with READ_IMPLIES_EXEC unless all may be mapped" },

	/* Refused. */
	REFUSE(clone3, ENOSYS, "its flags are in memory; programs then use clone")
	REFUSE(io_uring_setup, ENOSYS, "its requests pass by every filter")
	REFUSE(io_uring_enter, ENOSYS, "its requests pass by every filter")
	REFUSE(io_uring_register, ENOSYS, "its requests pass by every filter")
	REFUSE(open_by_handle_at, EPERM, "opens files without a name")
	REFUSE(setns, EPERM, no_namespaces)
	REFUSE(chroot, EPERM, no_mounts)
	REFUSE(pivot_root, EPERM, no_mounts)
	REFUSE(mount, EPERM, no_mounts)
	REFUSE(umount2, EPERM, no_mounts)
	REFUSE(move_mount, EPERM, no_mounts)
	REFUSE(open_tree, EPERM, no_mounts)
	REFUSE(fsopen, EPERM, no_mounts)
	REFUSE(fsconfig, EPERM, no_mounts)
	REFUSE(fsmount, EPERM, no_mounts)
	REFUSE(fspick, EPERM, no_mounts)
	REFUSE(mount_setattr, EPERM, no_mounts)
	REFUSE(swapon, EPERM, root_only)
	REFUSE(swapoff, EPERM, root_only)
	REFUSE(reboot, EPERM, root_only)
	REFUSE(kexec_load, EPERM, root_only)
	REFUSE(kexec_file_load, EPERM, root_only)
	REFUSE(init_module, EPERM, root_only)
	REFUSE(finit_module, EPERM, root_only)
	REFUSE(delete_module, EPERM, root_only)
	REFUSE(acct, EPERM, root_only)
	REFUSE(quotactl, EPERM, root_only)
	REFUSE(quotactl_fd, EPERM, root_only)
	REFUSE(syslog, EPERM, root_only)
	REFUSE(vhangup, EPERM, root_only)
	REFUSE(iopl, EPERM, root_only)
	REFUSE(ioperm, EPERM, root_only)
	REFUSE(bpf, EPERM, "programs in the kernel pass by every filter")
	REFUSE(perf_event_open, EPERM, "looks into other processes")
	REFUSE(process_madvise, EPERM, "acts on other processes")
	REFUSE(userfaultfd, EPERM, "lets a program stop the kernel in the middle of a copy")
	REFUSE(fanotify_init, EPERM, "opens files for whoever listens")
	REFUSE(fanotify_mark, EPERM, "opens files for whoever listens")
	REFUSE(lookup_dcookie, EPERM, root_only)
	REFUSE(add_key, EPERM, "the kernel's keys are not in the policy's language")
	REFUSE(request_key, EPERM, "the kernel's keys are not in the policy's language")
	REFUSE(keyctl, EPERM, "the kernel's keys are not in the policy's language")
	REFUSE(mq_open, EPERM, "message queues are not mediated here")
	REFUSE(mq_unlink, EPERM, "message queues are not mediated here")

	/* Native: they name no object, or one that was opened before, or only look at attributes. */
	N(read) N(write) N(readv) N(writev) N(pread64) N(pwrite64) N(preadv) N(pwritev)
	N(preadv2) N(pwritev2) N(close) N(close_range) N(lseek) N(stat) N(fstat) N(lstat)
	N(newfstatat) N(statx) N(access) N(faccessat) N(faccessat2) N(readlink) N(readlinkat)
	N(getcwd) N(chdir) N(fchdir) N(statfs) N(fstatfs) N(getdents) N(getdents64) N(poll)
	N(ppoll) N(select) N(pselect6) N(epoll_create) N(epoll_create1) N(epoll_ctl)
	N(epoll_wait) N(epoll_pwait) N(epoll_pwait2) N(eventfd) N(eventfd2) N(signalfd)
	N(signalfd4) N(timerfd_create) N(timerfd_settime) N(timerfd_gettime) N(inotify_init)
	N(inotify_init1) N(inotify_add_watch) N(inotify_rm_watch) N(dup) N(dup2) N(dup3) N(pipe)
	N(pipe2) N(sendfile) N(splice) N(tee) N(vmsplice) N(copy_file_range) N(fsync)
	N(fdatasync) N(sync) N(syncfs) N(sync_file_range) N(fadvise64) N(readahead) N(fallocate)
	N(memfd_create) N(getxattr) N(lgetxattr) N(fgetxattr) N(listxattr) N(llistxattr)
	N(flistxattr) N(umask) N(brk) N(munmap) N(mremap) N(msync) N(mincore) N(madvise) N(mlock)
	N(mlock2) N(munlock) N(mlockall) N(munlockall) N(memfd_secret) N(pkey_alloc) N(pkey_free)
	N(membarrier) N(rseq) N(set_robust_list) N(get_robust_list) N(futex) N(futex_waitv)
	N(mbind) N(get_mempolicy) N(set_mempolicy) N(migrate_pages) N(move_pages) N(fork)
	N(vfork) N(exit) N(exit_group) N(wait4) N(waitid) N(getpid) N(getppid) N(gettid)
	N(getpgid) N(getpgrp) N(setpgid) N(getsid) N(setsid) N(getuid) N(geteuid) N(getgid)
	N(getegid) N(getresuid) N(getresgid) N(getgroups) N(capget) N(getpriority) N(setpriority)
	N(sched_yield) N(sched_setscheduler) N(sched_getscheduler) N(sched_setparam)
	N(sched_getparam) N(sched_get_priority_max) N(sched_get_priority_min)
	N(sched_rr_get_interval) N(sched_setaffinity) N(sched_getaffinity) N(sched_setattr)
	N(sched_getattr) N(ioprio_set) N(ioprio_get) N(getrlimit) N(getrusage) N(times)
	N(sysinfo) N(uname) N(getcpu) N(getrandom) N(time) N(gettimeofday) N(clock_gettime)
	N(clock_getres) N(clock_nanosleep) N(nanosleep) N(alarm) N(getitimer) N(setitimer)
	N(timer_create) N(timer_settime) N(timer_gettime) N(timer_getoverrun) N(timer_delete)
	N(rt_sigaction) N(rt_sigprocmask) N(rt_sigreturn) N(rt_sigpending) N(rt_sigsuspend)
	N(rt_sigtimedwait) N(sigaltstack) N(restart_syscall) N(pause) N(arch_prctl)
	N(set_tid_address) N(seccomp) N(listen) N(accept) N(accept4) N(recvfrom)
	N(recvmsg) N(recvmmsg) N(shutdown) N(getsockname) N(getpeername) N(setsockopt)
	N(getsockopt) N(shmget) N(shmat) N(shmdt) N(shmctl) N(semget) N(semop) N(semtimedop)
	N(semctl) N(msgget) N(msgsnd) N(msgrcv) N(msgctl) N(landlock_create_ruleset)
	N(landlock_add_rule) N(landlock_restrict_self) N(pidfd_open) N(name_to_handle_at)
	N(settimeofday) N(adjtimex) N(clock_adjtime) N(clock_settime) N(sethostname)
	N(setdomainname) N(process_mrelease) N(set_thread_area)
	N(get_thread_area) N(modify_ldt) N(ustat) N(sysfs) N(remap_file_pages) N(mq_timedsend)
	N(mq_timedreceive) N(mq_notify) N(mq_getsetattr)
	{ .name = NULL },
};

enum { NUMBERS_MAX = 512 };

static const struct syscall_row *by_number[NUMBERS_MAX];

/* Numbers that are younger than the library that knows the others by name. */
static const struct {
	const char *name;
	int nr;
} young[] = {
	{ "fchmodat2", 452 },
};

int syscall_number(const struct syscall_row *row)
{
	int nr = seccomp_syscall_resolve_name(row->name);

	for (size_t i = 0; nr < 0 && i < sizeof(young) / sizeof(young[0]); i++)
		if (!strcmp(young[i].name, row->name))
			return young[i].nr;
	return nr;
}

void syscalls_init(void)
{
	for (const struct syscall_row *row = syscall_rows; row->name; row++) {
		int nr = syscall_number(row);

		if (nr >= 0 && nr < NUMBERS_MAX)
			by_number[nr] = row;
	}
}

const struct syscall_row *syscall_find(int nr)
{
	return nr >= 0 && nr < NUMBERS_MAX ? by_number[nr] : NULL;
}

static const char *way_word(const struct syscall_row *row)
{
	switch (row->way) {
	case WAY_SERVE:
		return "served";
	case WAY_REFUSE:
		return row->error == ENOSYS ? "ENOSYS" : "EPERM";
	case WAY_ALLOW:
		break;
	}
	return "native";
}

void syscalls_print(struct buf *out)
{
	for (const struct syscall_row *row = syscall_rows; row->name; row++)
		buf_printf(out, "  %-24s %-8s %-12s %s\n", row->name, way_word(row),
			   row->grade ? row->grade : EXACT, row->how ? row->how : "");
	buf_add_text(out, "  all others               ENOSYS   refused      not in this table\n");
}
