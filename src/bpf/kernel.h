/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The few fields of the kernel's structures that the programs read. Each access is relocated by
 * the running kernel's own type information (CO-RE), so order and offsets here mean nothing.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct file_system_type {
	const char *name;
	int fs_flags;
	struct file_system_type *next;
};

struct super_block {
	unsigned long s_flags;
	unsigned long s_magic;
	struct dentry *s_root;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	unsigned long i_ino;
	struct super_block *i_sb;
	unsigned int i_nlink;
};

struct qstr {
	unsigned int hash;
	unsigned int len;
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

/* Named by newer kernels; the same bit in all. */
enum dentry_flags {
	DCACHE_OP_REVALIDATE = 1 << 2,
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	unsigned char d_iname[32];
	unsigned int d_flags;
	struct super_block *d_sb;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct mnt_namespace {
	struct mount *root;
	__u64 seq;
};

struct list_head {
	struct list_head *next, *prev;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_mounts;
	struct list_head mnt_child;
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	const struct cred *f_cred;
};

struct cred {
	kuid_t uid;
	kuid_t euid;
	kuid_t fsuid;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct pt_regs {
	unsigned long orig_ax;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct task_struct {
	int pid;
	int tgid;
	unsigned int flags;
	unsigned long atomic_flags;
	unsigned in_execve : 1;
	unsigned int ptrace;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	const struct cred *real_cred;
	const struct cred *cred;
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
	struct mm_struct *mm;
	void *worker_private;
	char comm[16];
};

/* A worker of io_uring knows whose it is; in older kernels by way of its struct io_wqe. */
struct io_wq {
	struct task_struct *task;
};

struct io_wqe {
	struct io_wq *wq;
};

struct io_worker {
	struct io_wqe *wqe;
};

struct io_worker___newer {
	struct io_wq *wq;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct linux_binprm {
	struct file *file;
	struct file *executable;
	struct cred *cred;
	int unsafe;
	const char *filename;
	const char *interp;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
};

struct in6_addr {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

typedef struct {
	long long counter;
} atomic64_t;

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	short unsigned int skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
};

struct kern_ipc_perm {
	int key;
};

struct rlimit {
	unsigned long rlim_cur;
	unsigned long rlim_max;
};

struct sock {
	struct sock_common __sk_common;
	short unsigned int sk_type;
	short unsigned int sk_protocol;
	struct socket *sk_socket;
};

struct socket {
	short type;
	struct sock *sk;
	struct file *file;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
};

#pragma clang attribute pop

#endif
