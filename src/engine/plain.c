/* SPDX-License-Identifier: BSD-2-Clause */
/* Eats the text of a path, gives the name it means when no symlink is on the way. */
#include "engine/plain.h"

#include <string.h>

static bool is_number(const char *part, size_t len)
{
	return strspn(part, "0123456789") >= len;
}

static bool add_part(struct plain *p, const char *part, size_t len)
{
	if ((len == 2 && !memcmp(part, "..", 2)) || is_number(part, len) ||
	    p->len + 1 + len >= PATH_MAX)
		return false;
	p->name[p->len++] = '/';
	memcpy(p->name + p->len, part, len);
	p->len += len;
	return true;
}

static bool add_parts(struct plain *p, const char *path)
{
	while (*path) {
		size_t gap = strspn(path, "/"), len = strcspn(path + gap, "/");
		bool is_dot = len == 1 && path[gap] == '.';

		p->is_folder = !len || is_dot;
		if (len && !is_dot && !add_part(p, path + gap, len))
			return false;
		path += gap + len;
	}
	return true;
}

void plain_make_folder(struct plain *p)
{
	if (!p->len || p->name[p->len - 1] != '/')
		p->name[p->len++] = '/';
	p->name[p->len] = '\0';
	p->is_folder = true;
}

bool plain_read(const char *base, const char *path, struct plain *out)
{
	out->len = 0;
	out->is_folder = false;
	if (!add_parts(out, base) || !add_parts(out, path))
		return false;
	out->name[out->len] = '\0';
	if (out->is_folder || !out->len)
		plain_make_folder(out);
	return true;
}
