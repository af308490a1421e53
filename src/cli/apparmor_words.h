/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that apparmor_parser's --warn, --Werror, --dump, --Optimize, --help, --jobs take. */
#ifndef CLI_APPARMOR_WORDS_H
#define CLI_APPARMOR_WORDS_H

#include <stdbool.h>
#include <stdio.h>

struct apparmor_words;

extern const struct apparmor_words apparmor_warn_words, apparmor_dump_words,
	apparmor_optimize_words;

/* A word of the list, or one with "no-" in front where that has a meaning. */
bool apparmor_words_has(const struct apparmor_words *words, const char *word);

/* "auto", "max", a number, or "xN". */
bool apparmor_is_jobs(const char *word);

/* Prints the list that --help=TOPIC is about; false if there is none. */
bool apparmor_words_help(const char *topic, FILE *out);

#endif
