/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats a command word, gives a path: the search of execvp(3), without the exec. */
#include "cli/program.h"

#include "base/slice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || eaccess(path, X_OK) < 0)
		return -EACCES;
	return 0;
}

/* The first match in PATH, in found; a file that may not be executed is remembered as -EACCES. */
static int search_path(const char *word, char found[PATH_MAX])
{
	const char *dirs = getenv("PATH");
	int answer = -ENOENT;

	dirs = dirs ? dirs : "/usr/local/bin:/usr/bin:/bin";
	for (const char *end; dirs; dirs = *end ? end + 1 : NULL) {
		int len, r;

		end = strchrnul(dirs, ':');
		len = snprintf(found, PATH_MAX, "%.*s/%s", end == dirs ? 1 : (int)(end - dirs),
			       end == dirs ? "." : dirs, word);
		if (len >= PATH_MAX)
			continue;
		r = check_program(found);
		if (!r)
			return 0;
		if (r == -EACCES)
			answer = r;
	}
	return answer;
}

int program_find(const char *word, char real[PATH_MAX], struct err *err)
{
	char found[PATH_MAX];
	bool is_path = strchr(word, '/');
	int r = is_path ? check_program(word) : *word ? search_path(word, found) : -ENOENT;

	if (r == -ENOENT && !is_path)
		return err_say(err, r, "%s: no such program in PATH", word);
	if (r < 0)
		return err_set(err, r, "%s", word);
	if (!realpath(is_path ? word : found, real))
		return err_set(err, -errno, "%s", word);
	return 0;
}
