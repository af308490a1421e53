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

/* The operations of request_ipc.c, ended by a NULL name. */
extern const struct operation request_ipc[];

#endif
