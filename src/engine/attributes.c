/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats paths and names, gives values. The one idea: only what the kernel says is missing is missing;
 * what it hides from us, or fails to read, is an error, for a profile may hang on it.
 */
#include "engine/attributes.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { VALUE_MAX = 1 << 16 };		/* XATTR_SIZE_MAX */

/* The user namespace that owns the machine maps all ids to themselves. */
static bool is_first_namespace(void)
{
	unsigned inside, outside, n;
	FILE *f = fopen("/proc/self/uid_map", "re");
	bool is_first;

	if (!f)
		return false;
	is_first = fscanf(f, "%u %u %u", &inside, &outside, &n) == 3 && !inside && !outside && n == UINT32_MAX;
	fclose(f);
	return is_first;
}

static bool is_hidden(const char *name)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (strncmp(name, XATTR_TRUSTED_PREFIX, sizeof(XATTR_TRUSTED_PREFIX) - 1) != 0)
		return false;
	return syscall(SYS_capget, &head, data) < 0 || !(data[0].effective & 1u << CAP_SYS_ADMIN) ||
	       !is_first_namespace();
}

int attributes_read(const char *path, const char *name, struct slice *value)
{
	static _Thread_local char bytes[VALUE_MAX];
	ssize_t n = getxattr(path, name, bytes, sizeof(bytes));

	if (n >= 0) {
		*value = slice_make(bytes, (size_t)n);
		return 1;
	}
	if (errno != ENODATA && errno != EOPNOTSUPP)
		return -errno;
	return is_hidden(name) ? -EPERM : 0;
}

static int get(void *of, const char *name, struct slice *value)
{
	return attributes_read(of, name, value);
}

struct image_attributes attributes_of_path(const char *path)
{
	return (struct image_attributes){ get, (void *)(uintptr_t)path };
}
