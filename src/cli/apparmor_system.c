/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats the requests of apparmor_parser, gives one change of the system's policy. */
#include "cli/apparmor_system.h"

#include <errno.h>

#if HAS_BPF

#include "cli/system.h"
#include "compile/compile.h"
#include "engine/bpf_kernel.h"

#include <stdlib.h>
#include <sys/statfs.h>

enum { SECURITY_FS = 0x73636673 };	/* SECURITYFS_MAGIC of linux/magic.h */

struct apparmor_system {
	struct system_change change;
	bool has_changed;
};

/* Not where files of that name are only shown (pavise apparmorfs). */
static bool has_apparmor(void)
{
	struct statfs fs;

	return !statfs("/sys/kernel/security/apparmor/.load", &fs) &&
	       (unsigned long)fs.f_type == SECURITY_FS;
}

bool apparmor_system_is_here(void)
{
	struct err err = ERR_INIT;
	int r = bpf_kernel_probe(&err);

	/* Who is not root is told so when he changes something. */
	return !has_apparmor() && (!r || r == -EPERM);
}

struct apparmor_system *apparmor_system_new(struct err *err)
{
	struct apparmor_system *s = calloc(1, sizeof(*s));

	if (!s)
		base_no_memory();
	if (!system_begin(&s->change, err))
		return s;
	apparmor_system_free(s);
	return NULL;
}

void apparmor_system_free(struct apparmor_system *s)
{
	if (!s)
		return;
	system_end(&s->change);
	free(s);
}

static int bring(struct apparmor_system *s, struct buf *bytes, bool is_add, bool force_complain)
{
	int r = s ? system_bring(&s->change, bytes, is_add, force_complain, NULL) : 0;

	if (s)
		s->has_changed |= !r;
	return r;
}

int apparmor_system_put(struct apparmor_system *s, struct policy *policy, bool is_add,
			bool force_complain)
{
	auto_buf bytes = BUF_INIT;

	return compile_policy(policy, &bytes) ? bring(s, &bytes, is_add, force_complain) : -EINVAL;
}

int apparmor_system_put_image(struct apparmor_system *s, struct slice bytes, bool is_add)
{
	auto_buf copy = BUF_INIT;
	int r;

	buf_add_slice(&copy, bytes);
	r = bring(s, &copy, is_add, false);
	return r == -EINVAL ? -EPROTO : r;
}

int apparmor_system_remove(struct apparmor_system *s, struct slice name)
{
	int r = system_drop(&s->change, name, NULL);

	s->has_changed |= !r;
	return r;
}

int apparmor_system_commit(struct apparmor_system *s, bool is_quiet, bool is_strict, struct err *err)
{
	s->change.is_quiet = is_quiet;
	s->change.system.is_strict = is_strict;
	return s->has_changed ? system_commit(&s->change, err) : 0;
}

#else

bool apparmor_system_is_here(void)
{
	return false;
}

struct apparmor_system *apparmor_system_new(struct err *err)
{
	err_set(err, -EOPNOTSUPP, "the bpf engine is not built in");
	return NULL;
}

void apparmor_system_free(struct apparmor_system *s)
{
	(void)s;
}

int apparmor_system_put(struct apparmor_system *s, struct policy *policy, bool is_add,
			bool force_complain)
{
	(void)s, (void)policy, (void)is_add, (void)force_complain;
	return -EOPNOTSUPP;
}

int apparmor_system_put_image(struct apparmor_system *s, struct slice bytes, bool is_add)
{
	(void)s, (void)bytes, (void)is_add;
	return -EOPNOTSUPP;
}

int apparmor_system_remove(struct apparmor_system *s, struct slice name)
{
	(void)s, (void)name;
	return -EOPNOTSUPP;
}

int apparmor_system_commit(struct apparmor_system *s, bool is_quiet, bool is_strict, struct err *err)
{
	(void)is_quiet;
	(void)is_strict;
	(void)s;
	return err_set(err, -EOPNOTSUPP, "the bpf engine is not built in");
}

#endif
