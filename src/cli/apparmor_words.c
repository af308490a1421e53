/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats words of options that mean nothing here, gives whether apparmor_parser has them. The one
 * idea: a tool that misspells one is told so, whoever stands behind the name.
 */
#include "cli/apparmor_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct apparmor_words {
	const char *option;
	const char *const *can_be_no;	/* these take "no-" in front, NULL-ended */
	const char *const *plain;
};

static const char *const warnings[] = {
	"rule-not-enforced", "rule-downgraded", "abi", "deprecated", "config", "cache", "debug-cache",
	"jobs", "dangerous", "unexpected", "format", "missing", "override", "dev", "pver", "priority",
	"all", NULL,
};

static const char *const dumps[] = {
	"rule-exprs", "rule-merge", "expr-stats", "expr-tree", "expr-simplified", "stats", "progress",
	"dfa-progress", "dfa-stats", "dfa-states", "dfa-states-initial", "dfa-states-post-filter",
	"dfa-states-post-minimize", "dfa-states-post-unreachable", "dfa-perms-build", "dfa-graph",
	"dfa-minimize", "dfa-unreachable", "dfa-node-map", "dfa-node-to-dfa", "dfa-uniq-perms",
	"dfa-minimize-uniq-perms", "dfa-minimize-partitions", "compress-progress", "compress-stats",
	"compressed-dfa", "equiv-stats", "equiv", "diff-encode", "diff-stats", "diff-progress",
	"state32", "flags_table", NULL,
};

static const char *const plain_dumps[] = { "show", "variables", "expanded-variables", NULL };

static const char *const optimizations[] = {
	"equiv", "expr-normalize", "expr-simplify", "minimize", "filter-deny", "remove-unreachable",
	"diff-encode", "rule-merge", "state32", "flags_table", NULL,
};

static const char *const plain_optimizations[] = {
	"show", "0", "expr-left-simplify", "expr-right-simplify", "compress-small", "compress-fast",
	"compress-large", NULL,
};

static const char *const only_show[] = { "show", NULL };

const struct apparmor_words apparmor_warn_words = { "warn", warnings, only_show };
const struct apparmor_words apparmor_dump_words = { "dump", dumps, plain_dumps };
const struct apparmor_words apparmor_optimize_words = { "Optimize", optimizations,
							plain_optimizations };

static bool is_in(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

bool apparmor_words_has(const struct apparmor_words *words, const char *word)
{
	const char *positive = strncmp(word, "no-", 3) ? word : word + 3;

	return is_in(words->can_be_no, positive) || is_in(words->plain, word);
}

bool apparmor_is_jobs(const char *word)
{
	if (!strcmp(word, "auto") || !strcmp(word, "max"))
		return true;
	if (*word == 'x')
		word++;
	if (!*word)
		return false;
	while (isdigit((unsigned char)*word))
		word++;
	return !*word;
}

bool apparmor_words_help(const char *topic, FILE *out)
{
	static const struct apparmor_words *const lists[] = {
		&apparmor_warn_words, &apparmor_dump_words, &apparmor_optimize_words,
	};
	const struct apparmor_words *words = NULL;

	if (!strcmp(topic, "Werror"))
		topic = "warn";
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (!strcasecmp(lists[i]->option, topic))
			words = lists[i];
	if (!words)
		return false;
	fprintf(out, "apparmor_parser: --%s=[Option]\n\nOptions:\n--------\n", words->option);
	for (const char *const *w = words->plain; *w; w++)
		fprintf(out, "     %s\n", *w);
	for (const char *const *w = words->can_be_no; *w; w++)
		fprintf(out, "[no-]%s\n", *w);
	return true;
}
