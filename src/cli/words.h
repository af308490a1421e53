/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for what images hold, as commands print them. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "base/buf.h"
#include "image/image.h"

/* "enforce", "complain", … */
const char *words_mode(uint32_t mode);

/* Adds how a program goes on after exec: "stays in this profile", "goes to profile x; …". */
void words_add_exec(const struct image *img, const struct image_exec *exec, struct buf *out);

/*
 * Adds an object of a class: "/etc/passwd", "/a -> /b", "inet stream", "term peer"; the parts of
 * others with blanks between them, "-" for an empty one. What is not text is escaped.
 */
void words_add_object(enum class_id class_id, struct slice object, struct buf *out);

/*
 * Adds the text of a rule for a terminal: as buf_add_escaped() does, but its own backslashes stay,
 * so that it can be copied into a policy.
 */
void words_add_rule(struct slice text, struct buf *out);

#endif
