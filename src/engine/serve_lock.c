/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats locks, gives verdicts on the file of the descriptor. The kernel takes the lock: it must belong to
 * the caller. As with AppArmor, a lock against all others asks for the right to write, too.
 */
#include "engine/judge.h"
#include "engine/serve.h"
#include "engine/walk.h"

#include <fcntl.h>
#include <sys/file.h>

static void judge_lock(struct call *c, uint32_t wanted)
{
	auto_held h = HELD_INIT;
	int fd = call_take_fd(c, (int)c->args[0]);
	int r = fd < 0 ? fd : walk_name(c, fd, &h);

	/* The kernel refuses locks on descriptors that give no right at all. */
	if (!r && !h.is_nameless && !(fcntl(h.fd, F_GETFL) & O_PATH))
		r = judge_file(c, "file_lock", held_name(&h), wanted, h.st.st_uid);
	if (r < 0)
		call_return(c, r);
	else
		call_continue(c);
}

void serve_flock(struct call *c)
{
	uint64_t kind = (uint32_t)c->args[1] & ~(uint64_t)LOCK_NB;
	bool is_exclusive = kind == LOCK_EX;

	/* What is no lock the kernel refuses, in its own order of errors. */
	if (judge_is_unconfined(c) || (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN))
		call_continue(c);
	else
		judge_lock(c, PERM_LOCK | (is_exclusive ? PERM_WRITE : 0));
}

/* The kind of lock: in the register for a lease, else the first field of what the pointer leads to. */
static int read_type(struct call *c, short *type)
{
	if ((int)c->args[1] == F_SETLEASE) {
		*type = (short)c->args[2];
		return 0;
	}
	return call_read(c, c->args[2], type, sizeof(*type));
}

void serve_fcntl(struct call *c)
{
	short type = F_UNLCK;
	int r;

	if ((int)c->args[1] == F_SETOWN || (int)c->args[1] == F_SETOWN_EX) {
		serve_set_owner(c);
		return;
	}
	if (judge_is_unconfined(c)) {
		call_continue(c);
		return;
	}
	r = read_type(c, &type);
	if (r < 0)
		call_return(c, r);
	else
		judge_lock(c, PERM_LOCK | (type == F_WRLCK ? PERM_WRITE : 0));
}
