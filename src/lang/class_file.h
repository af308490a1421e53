/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules for files and links: what the body parser and the aliases need of them. */
#ifndef LANG_CLASS_FILE_H
#define LANG_CLASS_FILE_H

#include "lang/parser.h"
#include "lang/policy.h"

/* Letters of a rule. */
enum file_letter {
	LETTER_READ = 1 << 0,
	LETTER_WRITE = 1 << 1,
	LETTER_APPEND = 1 << 2,
	LETTER_MMAP = 1 << 3,
	LETTER_LOCK = 1 << 4,
	LETTER_LINK = 1 << 5,
	LETTER_EXEC = 1 << 6,
};

/* The detail of class_file and class_link. */
struct file_rule {
	struct word path;		/* absent: a bare "file" */
	unsigned letters;		/* enum file_letter */
	enum image_exec_kind exec;
	unsigned exec_flags;		/* enum image_exec_flag */
	struct word target;		/* of the exec transition if there is one, else of the link */
	bool is_subset;
};

/* A rule without a keyword: `/path rw`, `rw /path`. As parse() of a class. */
bool file_rule_parse(struct parser *p, struct rule *rule);

/* True if it looks like letters of access: "rw", "Pix". */
bool is_file_letters(struct slice text);

/* The path of a rule for files or links, or the target of a link; NULL if it has none. */
const struct word *file_rule_path(const struct rule *rule, bool is_target);
void file_rule_replace(struct arena *arena, struct rule *rule, bool is_target,
		       const struct word *path);

#endif
