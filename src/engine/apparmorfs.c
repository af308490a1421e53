/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats binary policy and names, gives them to the kernel. The one idea: one write is one piece. */
#include "engine/apparmorfs.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int is_there(const char *dir)
{
	char path[APPARMORFS_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/.load", dir);
	return access(path, F_OK) == 0;
}

/* "DEVICE POINT TYPE …" of a securityfs: true if AppArmor's files are below POINT. */
static bool try_mount(struct apparmorfs *fs, char *line)
{
	char *device = strtok(line, " "), *point = strtok(NULL, " "), *type = strtok(NULL, " ");

	if (!device || !point || !type || strcmp(type, "securityfs") != 0)
		return false;
	if (snprintf(fs->dir, sizeof(fs->dir), "%s/apparmor", point) >= (int)sizeof(fs->dir))
		return false;
	return is_there(fs->dir);
}

static bool search_mounts(struct apparmorfs *fs)
{
	auto_file mounts = fopen("/proc/mounts", "re");
	auto_free char *line = NULL;
	size_t cap = 0;

	while (mounts && getline(&line, &cap, mounts) > 0)
		if (try_mount(fs, line))
			return true;
	return false;
}

int apparmorfs_open(struct apparmorfs *fs, const char *dir, struct err *err)
{
	if (dir && strlen(dir) < sizeof(fs->dir)) {
		strcpy(fs->dir, dir);
		if (is_there(fs->dir))
			return 0;
		return err_say(err, -ENOENT, "there are no files of an AppArmor kernel in %s", dir);
	}
	if (!dir && search_mounts(fs))
		return 0;
	return err_say(err, -ENOENT, "this kernel has no AppArmor, or its securityfs is not mounted");
}

static int write_once(const struct apparmorfs *fs, const char *file, struct slice bytes)
{
	char path[APPARMORFS_PATH_MAX + 16];
	auto_fd fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", fs->dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, bytes.ptr, bytes.len);
	if (n < 0)
		return -errno;
	return (size_t)n == bytes.len ? 0 : -EIO;
}

int apparmorfs_write(const struct apparmorfs *fs, enum apparmorfs_verb verb, struct slice policy,
		     struct err *err)
{
	const char *file = verb == APPARMORFS_LOAD ? ".load" : ".replace";
	int r = write_once(fs, file, policy);

	return r < 0 ? err_set(err, r, "the kernel does not take the policy") : 0;
}

int apparmorfs_remove(const struct apparmorfs *fs, struct slice name, struct err *err)
{
	int r = write_once(fs, ".remove", name);

	return r < 0 ? err_set(err, r, "cannot remove profile %.*s", SLICE_FMT(name)) : 0;
}

int apparmorfs_list(const struct apparmorfs *fs, struct buf *out, struct err *err)
{
	char path[APPARMORFS_PATH_MAX + 16];
	auto_fd fd = -1;

	snprintf(path, sizeof(path), "%s/profiles", fs->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "cannot list the loaded profiles");
	return io_read_fd(fd, path, APPARMORFS_LIST_MAX, out, err);
}
