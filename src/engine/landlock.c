/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backstop behind the filter: a Landlock domain in which the tree may itself only read and execute
 * files. Whatever else it does with files is done by the supervisor, whose descriptors are not
 * bound by the domain. Signals stay within it, so that none reaches the supervisor.
 * Kernel interface: Documentation/userspace-api/landlock.rst.
 */
#include "engine/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	ABI_REFER = 2,
	ABI_TRUNCATE = 3,
	ABI_SIGNALS = 6,
};

/* As in kernels younger than these headers. */
#define FS_UP_TO_SYM ((1ull << 13) - 1)
#define FS_REFER (1ull << 13)
#define FS_TRUNCATE (1ull << 14)
#define SCOPE_SIGNAL (1ull << 1)

struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

static int version(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? -errno : (int)abi;
}

bool landlock_has_signals(void)
{
	return version() >= ABI_SIGNALS;
}

static int allow_reading(int ruleset)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
				  LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = open("/", O_PATH | O_CLOEXEC),
	};
	int r = 0;

	if (rule.parent_fd < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		r = -errno;
	close(rule.parent_fd);
	return r;
}

int landlock_confine(bool *has_signals)
{
	struct ruleset attr = { .handled_fs = FS_UP_TO_SYM };
	size_t size = sizeof(attr.handled_fs);
	int abi = version(), ruleset, r;

	*has_signals = false;
	if (abi < 0)
		return abi;
	if (abi >= ABI_REFER)
		attr.handled_fs |= FS_REFER;
	if (abi >= ABI_TRUNCATE)
		attr.handled_fs |= FS_TRUNCATE;
	if (abi >= ABI_SIGNALS) {
		attr.scoped = SCOPE_SIGNAL;
		size = sizeof(attr);
	}
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return -errno;
	r = allow_reading(ruleset);
	if (!r && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	close(ruleset);
	*has_signals = !r && abi >= ABI_SIGNALS;
	return r;
}
