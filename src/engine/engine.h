/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An engine enforces an image on processes. It sees the image, never the language.
 *
 * Adding an engine: engine/engine_NAME.c with one const struct engine_ops, its line in engine.c;
 * the decide cases (tests/decide) tell what is missing.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/buf.h"
#include "base/err.h"
#include "event/event.h"
#include "image/image.h"

#include <stdbool.h>
#include <stdint.h>

/* How well an engine holds the rules of a class on this machine. */
enum engine_grade { GRADE_REFUSED, GRADE_APPROXIMATE, GRADE_EXACT };

struct engine_coverage {
	enum class_id class_id;
	enum engine_grade grade;
	const char *how;		/* for people: what is approximate or why it is refused */
};

struct engine_run {
	const struct image *image;
	uint32_t profile;		/* the first one; IMAGE_NONE: by attachment of the program */
	bool complain;			/* treat every profile as in complain mode */
	bool is_strict;			/* refuse to start with rules the engine cannot hold */
	bool is_verbose;
	char *const *argv;		/* the command; argv[0] is looked up in PATH */
	/*
	 * Takes each event; called from one thread of the engine's own, one call at a time. Events the
	 * engine had to drop are told as EVENT_STATUS with `lost`.
	 */
	void (*event)(void *to, const struct event *e);
	/* Called now and then (at least each 200 ms while events wait), from that same thread. */
	void (*tick)(void *to);
	void *to;
};

struct engine_ops {
	const char *name;
	const char *summary;
	/* 0 if it can work here, else a negative errno and words that say what is missing. */
	int (*probe)(struct err *err);
	/* One line per class, ended by CLASS_NONE. */
	const struct engine_coverage *coverage;
	/* Why profiles that ask for extended attributes attach to nothing; NULL: they attach. */
	const char *without_xattrs;
	/*
	 * Runs a command confined and waits for it. Gives its wait status in *status: the caller ends
	 * the same way. Negative errno with words if it could not be started; then nothing ran.
	 */
	int (*run)(const struct engine_run *run, int *status, struct err *err);
	/* Adds the table "syscall → strategy → grade" for the manual and `pavise engines`. */
	void (*print_table)(struct buf *out);
};

/* All engines, NULL-ended, best first. */
extern const struct engine_ops *const engines[];

/* By name; NULL if there is none. */
const struct engine_ops *engine_find(const char *name);

#endif
