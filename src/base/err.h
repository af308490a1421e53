/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world failed: a negative errno and words about it. The function that fails fills struct err
 * and returns the code; every caller passes it on; only the edge (a command) prints it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum { ERR_TEXT_MAX = 1024 };

struct err {
	int code;			/* negative errno, 0: nothing failed */
	char text[ERR_TEXT_MAX];
};

#define ERR_INIT { 0 }

/*
 * Fills *e (which may be NULL) with code, a negative errno, and words; ": " and the meaning of
 * the errno are added. Returns code. Too long a text is cut.
 */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, without the meaning of the errno: for words that say it all. */
int err_say(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts words and ": " before what *e already says. Returns e's code. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
