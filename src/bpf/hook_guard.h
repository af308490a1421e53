/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What no confined process may do whatever its profile says: reach the engine's own parts. Where a hook
 * has a program already, that one asks guard_pins(): each program costs its way there.
 */
#ifndef BPF_HOOK_GUARD_H
#define BPF_HOOK_GUARD_H

#include "bpf/decide.h"

enum { BPF_FS_MAGIC = 0xcafe4a11 };

static __always_inline int guard(bool is_ours)
{
	struct hook h;
	int r;

	if (!is_ours)
		return 0;
	r = hook_begin(&h);
	if (r == HOOK_UNCONFINED)
		return 0;
	if (r == HOOK_BROKEN)
		return -EPERM;
	h.class_id = CLASS_FILE;
	h.op = POLICY_OP_GUARD;
	r = refuse(&h, POLICY_INFO_GUARD, EPERM);
	hook_end(&h);
	return r;
}

/* Commands that reach maps, programs and links of others, or put something among their pins. */
SEC("lsm/bpf")
int BPF_PROG(guard_bpf, int cmd, union bpf_attr *attr, unsigned int size, int ret)
{
	if (ret)
		return answer(ret);
	return answer(guard(cmd == BPF_OBJ_GET || cmd == BPF_OBJ_PIN || cmd == BPF_MAP_GET_FD_BY_ID ||
			    cmd == BPF_PROG_GET_FD_BY_ID || cmd == BPF_LINK_GET_FD_BY_ID ||
			    cmd == BPF_LINK_UPDATE || cmd == BPF_LINK_DETACH));
}

static __always_inline bool is_bpf_fs(struct super_block *sb)
{
	return BPF_CORE_READ(sb, s_magic) == BPF_FS_MAGIC;
}

static __always_inline int guard_pins(struct super_block *sb)
{
	return guard(is_bpf_fs(sb));
}

SEC("lsm/inode_rename")
int BPF_PROG(guard_rename, struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
	     struct dentry *new_dentry, int ret)
{
	return answer(ret ? ret : guard_pins(old_dir->i_sb));
}

SEC("lsm/inode_rmdir")
int BPF_PROG(guard_rmdir, struct inode *dir, struct dentry *dentry, int ret)
{
	return answer(ret ? ret : guard_pins(dir->i_sb));
}

SEC("lsm/inode_link")
int BPF_PROG(guard_link, struct dentry *old_dentry, struct inode *dir, struct dentry *new_dentry, int ret)
{
	return answer(ret ? ret : guard_pins(dir->i_sb));
}

SEC("lsm/inode_symlink")
int BPF_PROG(guard_symlink, struct inode *dir, struct dentry *dentry, const char *target, int ret)
{
	return answer(ret ? ret : guard_pins(dir->i_sb));
}

SEC("lsm/inode_mkdir")
int BPF_PROG(guard_mkdir, struct inode *dir, struct dentry *dentry, unsigned short mode, int ret)
{
	return answer(ret ? ret : guard_pins(dir->i_sb));
}

#endif
