/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside request_*.c: the words of a question, taken one after the other. */
#ifndef CLI_REQUEST_WORDS_H
#define CLI_REQUEST_WORDS_H

#include "cli/request.h"

#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_WORDS_MAX = 10 };

struct words {
	struct slice word[REQUEST_WORDS_MAX];
	size_t n_words;
	size_t next;
};

struct operation {
	const char *name;
	uint32_t wanted;
	int (*parse)(struct request *out, const struct operation *op, struct words *w,
		     struct err *err);
};

/* The next word; false if there is none left. */
bool words_take(struct words *w, struct slice *word);

/* A word for bits of a class. */
struct access {
	const char *name;
	uint32_t bits;
};

/* Takes a word of a table; the first of the table if no such word comes next. */
uint32_t words_take_access(struct words *w, const struct access *table, size_t n);

/* Takes n words as parts with a NUL between them: one that is "-" or not there is empty. */
void words_add_parts(struct words *w, struct request *out, int n);

/* The operations of these files, each ended by a NULL name. */
extern const struct operation request_net[];
extern const struct operation request_ipc[];

#endif
