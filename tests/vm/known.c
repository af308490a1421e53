/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run under a profile that lets it read below /known/yes and not below /known/no, it has the engine know
 * folders at the one place and brings the same folders, or what could be taken for them, to the other:
 * whatever is read there then was allowed by what is not so any more. Prints "ok WHAT" or "FAILED WHAT".
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES "/known/yes"
#define NO "/known/no"

enum { TRIALS = 200, LOOKS = 3 };

static void must(int r, const char *what)
{
	if (r < 0) {
		perror(what);
		exit(1);
	}
}

static bool is_read(const char *path)
{
	int f = open(path, O_RDONLY | O_CLOEXEC);

	if (f < 0 && errno != EACCES)
		must(f, path);
	if (f >= 0)
		close(f);
	return f >= 0;
}

/* Often enough to be known. */
static bool is_always(const char *path, bool wanted)
{
	for (int i = 0; i < LOOKS; i++)
		if (is_read(path) != wanted)
			return false;
	return true;
}

static void make(const char *dir, const char *file)
{
	int f;

	must(mkdir(dir, 0755), dir);
	f = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	must(f, file);
	close(f);
}

static void unmake(const char *dir, const char *file)
{
	must(unlink(file), file);
	must(rmdir(dir), dir);
}

/* A folder ends, and another one gets its memory. */
static bool reused(void)
{
	bool is_good;

	make(YES "/d", YES "/d/f");
	is_good = is_always(YES "/d/f", true);
	unmake(YES "/d", YES "/d/f");
	make(NO "/d", NO "/d/f");
	is_good &= is_always(NO "/d/f", false);
	unmake(NO "/d", NO "/d/f");
	return is_good;
}

static bool renamed(void)
{
	bool is_good;

	make(YES "/d", YES "/d/f");
	is_good = is_always(YES "/d/f", true);
	must(rename(YES "/d", NO "/d"), "rename");
	is_good &= is_always(NO "/d/f", false);
	must(rename(NO "/d", YES "/d"), "rename");
	is_good &= is_always(YES "/d/f", true);
	unmake(YES "/d", YES "/d/f");
	return is_good;
}

static bool exchanged(void)
{
	bool is_good;

	make(YES "/d", YES "/d/f");
	make(NO "/d", NO "/d/f");
	is_good = is_always(YES "/d/f", true) && is_always(NO "/d/f", false);
	must(renameat2(AT_FDCWD, YES "/d", AT_FDCWD, NO "/d", RENAME_EXCHANGE), "exchange");
	is_good &= is_always(YES "/d/f", true) && is_always(NO "/d/f", false);
	unmake(YES "/d", YES "/d/f");
	unmake(NO "/d", NO "/d/f");
	return is_good;
}

/* The same folder by another mount, and none again. */
static bool bound(void)
{
	bool is_good;

	make(YES "/d", YES "/d/f");
	is_good = is_always(YES "/d/f", true);
	must(mount(YES, NO, NULL, MS_BIND, NULL), "bind");
	is_good &= is_always(NO "/d/f", false) && is_always(YES "/d/f", true);
	must(umount(NO), "umount");
	unmake(YES "/d", YES "/d/f");
	return is_good;
}

/* A mount moves, with all that is in it. */
static bool moved(void)
{
	bool is_good;

	must(mkdir(YES "/m", 0755), "mkdir");
	must(mkdir(NO "/m", 0755), "mkdir");
	must(mount("m", YES "/m", "tmpfs", 0, NULL), "mount");
	make(YES "/m/d", YES "/m/d/f");
	is_good = is_always(YES "/m/d/f", true);
	must(mount(YES "/m", NO "/m", NULL, MS_MOVE, NULL), "move");
	is_good &= is_always(NO "/m/d/f", false);
	must(umount(NO "/m"), "umount");
	must(rmdir(YES "/m"), "rmdir");
	must(rmdir(NO "/m"), "rmdir");
	return is_good;
}

/* What a mount hangs on is renamed. */
static bool carried(void)
{
	bool is_good;

	must(mkdir(YES "/up", 0755), "mkdir");
	must(mkdir(YES "/up/m", 0755), "mkdir");
	must(mount("m", YES "/up/m", "tmpfs", 0, NULL), "mount");
	make(YES "/up/m/d", YES "/up/m/d/f");
	is_good = is_always(YES "/up/m/d/f", true);
	must(rename(YES "/up", NO "/up"), "rename");
	is_good &= is_always(NO "/up/m/d/f", false);
	must(umount(NO "/up/m"), "umount");
	must(rmdir(NO "/up/m"), "rmdir");
	must(rmdir(NO "/up"), "rmdir");
	return is_good;
}

/* In a namespace of its own the same folder is at another place. */
static bool elsewhere(void)
{
	bool is_good;
	int status;

	make(YES "/d", YES "/d/f");
	is_good = is_always(YES "/d/f", true);
	if (!fork()) {
		must(unshare(CLONE_NEWNS), "unshare");
		must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
		must(mount(YES, NO, NULL, MS_BIND, NULL), "bind");
		_exit(!(is_always(NO "/d/f", false) && is_always(YES "/d/f", true)));
	}
	must(wait(&status), "wait");
	is_good &= !status && is_always(YES "/d/f", true);
	unmake(YES "/d", YES "/d/f");
	return is_good;
}

int main(void)
{
	static const struct {
		const char *what;
		bool (*is_good)(void);
		int n;
	} tries[] = {
		{ "memory of a folder that is used again", reused, TRIALS },
		{ "a folder that is renamed", renamed, TRIALS },
		{ "two folders that are exchanged", exchanged, TRIALS },
		{ "a folder by another mount", bound, LOOKS },
		{ "a mount that moves", moved, LOOKS },
		{ "a mount whose place is renamed", carried, LOOKS },
		{ "a folder in another namespace", elsewhere, LOOKS },
	};
	int failed = 0;

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		bool is_good = true;

		for (int n = 0; n < tries[i].n; n++)
			is_good &= tries[i].is_good();
		printf("%s what is known: %s\n", is_good ? "ok" : "FAILED", tries[i].what);
		failed |= !is_good;
	}
	return failed;
}
