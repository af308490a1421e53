/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Reading and writing by descriptor: files by what hook_held.h knows of them. Sockets are asked about as they send
 * and take, but splicing moves bytes from and to some of them past those hooks, and comes by here alone.
 */
#ifndef BPF_HOOK_USE_H
#define BPF_HOOK_USE_H

#include "bpf/hook_held.h"
#include "bpf/hook_net.h"

enum { FMODE_STREAM = 0x200000 };	/* sockets and pipes have it, and files cannot get it */

static __noinline int check_use_of_stream(struct file *file, __u32 wanted)
{
	struct policy_label *l = label_of(current_key());
	struct socket *sock = l ? bpf_sock_from_file(file) : NULL;
	struct sock *sk = sock ? sock->sk : NULL;
	__u32 op = wanted & PERM_READ ? POLICY_OP_RECVMSG : POLICY_OP_SENDMSG, perms = 0;

	if (!sk)
		return 0;
	if (wanted & PERM_READ)
		perms |= PERM_NET_RECEIVE;
	if (wanted & PERM_WRITE)
		perms |= PERM_NET_SEND;
	/* Unknown to the verifier, which would follow each by itself from here on. */
	op = unknown(op);
	perms = unknown(perms);
	if (sk->__sk_common.skc_family == AF_UNIX)
		return check_unix_message(l, sk, op, perms);
	return check_net(l, sk, op, perms, NULL, 0);
}

/* Writing to what was opened for appending is appending. */
SEC("lsm/file_permission")
int BPF_PROG(check_use, struct file *file, int mask, int ret)
{
	__u32 wanted = mask & (PERM_READ | PERM_WRITE);

	if (ret)
		return answer(ret);
	if (file->f_mode & FMODE_STREAM) {
		ret = check_use_of_stream(file, wanted);
		if (ret)
			return answer(ret);
	}
	if (wanted & PERM_WRITE && file->f_flags & O_APPEND)
		wanted = (wanted & ~PERM_WRITE) | PERM_APPEND;
	return answer(check_held(file, POLICY_OP_FILE_PERM, wanted));
}

#endif
