/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Files, by the operations that AppArmor mediates and with the permissions it asks for. What cannot
 * be reached by a path (pipes, sockets, anonymous files) is not asked about.
 */
#ifndef BPF_HOOK_FILE_H
#define BPF_HOOK_FILE_H

#include "bpf/hook_guard.h"
#include "bpf/hook_held.h"
#include "bpf/queue.h"

enum {
	PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4,
	MAP_PRIVATE = 2, MAP_TYPE = 0x0f,
	VM_SHARED = 8,
	F_WRLCK = 1,
	RENAME_EXCHANGE = 2,
	S_IFLNK = 0120000,
};

static __always_inline bool is_mediated(struct super_block *sb)
{
	return !(sb->s_flags & SB_NOUSER);
}

static __always_inline bool is_folder(struct inode *inode)
{
	return inode && (inode->i_mode & S_IFMT) == S_IFDIR;
}

/* An operation on something that is there. */
static __always_inline int check_object(__u32 op, __u32 wanted, struct vfsmount *mnt,
					struct dentry *dentry)
{
	struct inode *inode;
	struct hook h;
	int r;

	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	if (!is_mediated(dentry->d_sb))
		return 0;
	inode = dentry->d_inode;
	h.class_id = CLASS_FILE;
	h.op = op;
	h.wanted = wanted;
	h.ouid = inode ? inode->i_uid.val : ~0u;
	r = check_path(&h, mnt, dentry, is_folder(inode));
	hook_end(&h);
	return r;
}

/* Something that is to be made: its owner will be the caller. */
static __always_inline int check_new(__u32 op, __u32 wanted, struct vfsmount *mnt,
				     struct dentry *dentry, bool is_dir)
{
	struct hook h;
	int r;

	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	if (!is_mediated(dentry->d_sb))
		return 0;
	h.class_id = CLASS_FILE;
	h.op = op;
	h.wanted = wanted;
	h.fsuid = current_fsuid();
	h.ouid = h.fsuid;
	r = check_path(&h, mnt, dentry, is_dir);
	hook_end(&h);
	return r;
}

/* While a program is being executed the kernel maps it and its loader: the exec was decided on. */
static __always_inline bool is_executing(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return BPF_CORE_READ_BITFIELD(task, in_execve);
}

static __always_inline __u32 perms_of_open(const struct file *file)
{
	__u32 flags = file->f_flags, perms = granted_by_open(file);

	if (flags & O_TRUNC)
		perms |= PERM_WRITE;
	if (flags & O_CREAT)
		perms |= PERM_CREATE;
	return perms;
}

/* By the kernel for itself, with credentials that are nobody's label: a layer of overlayfs. */
static __always_inline bool is_for_kernel(const struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->cred != task->real_cred && !cred_find(file->f_cred);
}

SEC("lsm/file_open")
int BPF_PROG(check_open, struct file *file, int ret)
{
	struct policy_label *l;
	__u32 is_pure;
	int r;

	if (ret)
		return answer(ret);
	forget(file);	/* of a file before it that had the same address */
	l = label_of(current_key());
	/* By an exec, which is decided on by itself. No program can set this flag. */
	if (!l || file->f_flags & FMODE_EXEC || is_for_kernel(file))
		return 0;
	is_pure = unknown(is_known_pure(l, (__u64)file->f_cred));
	if (is_queue(file->f_inode))
		r = queue_check_file(l, file->f_path.dentry, queue_perms_of_open(file));
	else
		r = check_object(POLICY_OP_OPEN, perms_of_open(file), file->f_path.mnt,
				 file->f_path.dentry);
	if (!r && !is_pure && is_mediated(file->f_inode->i_sb))
		r = note_opener(file);
	return answer(r);
}

SEC("lsm/path_unlink")
int BPF_PROG(check_unlink, const struct path *dir, struct dentry *dentry, int ret)
{
	/* queues are asked about in hook_queue.h */
	if (ret || is_queue(dentry->d_inode))
		return answer(ret);
	return answer(check_object(POLICY_OP_UNLINK, PERM_DELETE, dir->mnt, dentry));
}

SEC("lsm/path_rmdir")
int BPF_PROG(check_rmdir, const struct path *dir, struct dentry *dentry, int ret)
{
	return answer(ret ? ret : check_object(POLICY_OP_RMDIR, PERM_DELETE, dir->mnt, dentry));
}

SEC("lsm/path_mkdir")
int BPF_PROG(check_mkdir, const struct path *dir, struct dentry *dentry, unsigned short mode, int ret)
{
	return answer(ret ? ret : check_new(POLICY_OP_MKDIR, PERM_CREATE, dir->mnt, dentry, true));
}

SEC("lsm/path_mknod")
int BPF_PROG(check_mknod, const struct path *dir, struct dentry *dentry, unsigned short mode,
	     unsigned int dev, int ret)
{
	if (ret || dentry->d_sb->s_magic == MQUEUE_MAGIC)
		return answer(ret);
	return answer(check_new(POLICY_OP_MKNOD, PERM_CREATE, dir->mnt, dentry, false));
}

SEC("lsm/path_symlink")
int BPF_PROG(check_symlink, const struct path *dir, struct dentry *dentry, const char *old, int ret)
{
	return answer(ret ? ret : check_new(POLICY_OP_SYMLINK, PERM_CREATE, dir->mnt, dentry, false));
}

SEC("lsm/path_truncate")
int BPF_PROG(check_truncate, const struct path *path, int ret)
{
	return answer(ret ? ret : check_object(POLICY_OP_TRUNCATE, PERM_WRITE | PERM_SETATTR, path->mnt,
					path->dentry));
}

/* By descriptor; kernels before 6.2 ask the hook above, and do not have this one. */
SEC("lsm/file_truncate")
int BPF_PROG(check_ftruncate, struct file *file, int ret)
{
	return answer(ret ? ret : check_object(POLICY_OP_TRUNCATE, PERM_WRITE | PERM_SETATTR,
					       file->f_path.mnt, file->f_path.dentry));
}

/* Who opens pins to others, or gives them away, has helpers. */
static __always_inline int check_attribute(__u32 op, __u32 wanted, const struct path *path)
{
	int r = guard_pins(path->dentry->d_sb);

	return r ? r : check_object(op, wanted, path->mnt, path->dentry);
}

SEC("lsm/path_chmod")
int BPF_PROG(check_chmod, const struct path *path, unsigned short mode, int ret)
{
	return answer(ret ? ret : check_attribute(POLICY_OP_CHMOD, PERM_CHMOD, path));
}

SEC("lsm/path_chown")
int BPF_PROG(check_chown, const struct path *path, unsigned int uid, unsigned int gid, int ret)
{
	return answer(ret ? ret : check_attribute(POLICY_OP_CHOWN, PERM_CHOWN, path));
}

/* One name that becomes another one. */
static __noinline int check_new_name(struct vfsmount *from, struct dentry *old_dentry, struct vfsmount *to,
				     struct dentry *new_dentry)
{
	struct inode *inode = old_dentry->d_inode;
	struct hook h;
	int r;

	r = check_object(POLICY_OP_RENAME_SRC,
			 PERM_READ | PERM_GETATTR | PERM_WRITE | PERM_SETATTR | PERM_DELETE, from,
			 old_dentry);
	if (r)
		return r;
	r = hook_begin(&h);
	if (r != HOOK_CONFINED)
		return r == HOOK_BROKEN ? -EACCES : 0;
	h.class_id = CLASS_FILE;
	h.op = POLICY_OP_RENAME_DEST;
	h.wanted = PERM_WRITE | PERM_SETATTR | PERM_CREATE;
	h.ouid = inode ? inode->i_uid.val : ~0u;
	r = check_path(&h, to, new_dentry, is_folder(inode));
	hook_end(&h);
	return r;
}

/* What changes places is renamed both ways. */
SEC("lsm/path_rename")
int BPF_PROG(check_rename, const struct path *old_dir, struct dentry *old_dentry,
	     const struct path *new_dir, struct dentry *new_dentry, unsigned int flags, int ret)
{
	struct vfsmount *from = old_dir->mnt, *to = new_dir->mnt;

	if (!ret && flags & RENAME_EXCHANGE)
		ret = check_new_name(to, new_dentry, from, old_dentry);
	return answer(ret ? ret : check_new_name(from, old_dentry, to, new_dentry));
}

SEC("lsm/file_lock")
int BPF_PROG(check_lock, struct file *file, unsigned int cmd, int ret)
{
	if (ret)
		return answer(ret);
	return answer(check_held(file, POLICY_OP_FILE_LOCK,
				 PERM_LOCK | (cmd == F_WRLCK ? PERM_WRITE : 0)));
}

static __always_inline __u32 perms_of_map(const struct file *file, unsigned long prot, bool is_private)
{
	__u32 perms = prot & PROT_READ ? PERM_READ : 0;

	if (prot & PROT_WRITE && !is_private)
		perms |= PERM_WRITE;
	if (prot & PROT_EXEC)
		perms |= PERM_MMAP;
	return perms;
}

SEC("lsm/mmap_file")
int BPF_PROG(check_mmap, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret || !file || !label_of(current_key()) || is_executing())
		return answer(ret);
	return answer(check_held(file, POLICY_OP_FILE_MMAP,
				 perms_of_map(file, prot, (flags & MAP_TYPE) == MAP_PRIVATE)));
}

SEC("lsm/file_mprotect")
int BPF_PROG(check_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot,
	     int ret)
{
	struct file *file;

	if (ret)
		return answer(ret);
	file = vma->vm_file;
	if (!file)
		return 0;
	return answer(check_held(file, POLICY_OP_FILE_MPROTECT,
				 perms_of_map(file, prot, !(vma->vm_flags & VM_SHARED))));
}

#endif
