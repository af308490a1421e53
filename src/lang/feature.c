/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats feature files. Their format is a tree:
 *
 *	name {word word
 *	}
 *	name {name {word
 *	}
 *	}
 *
 * The one idea: a file is read and checked once a run, and known by its name after that. Pavise
 * mediates what the policy says whatever kernel it was written for, so nothing of it is kept.
 */
#include "lang/feature.h"

#include "base/io.h"

enum { FEATURE_FILE_MAX = 1 << 20 };

/* A "}" too many does no harm: files with one are shipped. */
static bool is_closed(struct slice text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '{')
			depth++;
		else if (text.ptr[i] == '}' && depth)
			depth--;
		else if (!text.ptr[i])
			return false;
	}
	return depth == 0;
}

static bool check_file(struct include_cache *cache, const char *path, struct place at)
{
	auto_buf bytes = BUF_INIT;
	struct err err = ERR_INIT;

	if (io_read_file(path, FEATURE_FILE_MAX, &bytes, &err) < 0)
		return diag_error(cache->policy->diag, at, "%s", err.text);
	if (!is_closed(buf_slice(&bytes)))
		return diag_error(cache->policy->diag, at,
				  "\"%s\" is no feature file: its braces do not close", path);
	return true;
}

bool feature_read(struct include_cache *cache, const struct node_abi *node, struct slice *name)
{
	struct place at = node->node.place;
	auto_buf path = BUF_INIT;
	const char *key;

	*name = node->path;
	if (slice_is(node->path, "kernel") || slice_is(node->path, "default"))
		return true;
	key = arena_printf(cache->arena, "abi%c%.*s", node->is_magic ? '<' : '"',
			   SLICE_FMT(node->path));
	if (map_find(&cache->asked, slice_of(key)) && !cache->policy->options.need)
		return true;
	if (!include_search(cache, node->path, node->is_magic, &path)) {
		include_report_missing(cache, at, node->path, node->is_magic);
		return false;
	}
	include_need(cache, POLICY_NEED_FILE, buf_text(&path));
	if (!check_file(cache, buf_text(&path), at))
		return false;
	map_set(&cache->asked, slice_of(key), cache);
	return true;
}
