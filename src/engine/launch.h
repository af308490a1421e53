/* SPDX-License-Identifier: BSD-2-Clause */
/* The beginning of a tree: a child that is traced and filtered before it executes the command. */
#ifndef ENGINE_LAUNCH_H
#define ENGINE_LAUNCH_H

#include "engine/filter.h"
#include "engine/supervisor.h"

/*
 * Starts the child, up to the point where it waits to execute; fills in s->child and s->listener.
 * Negative errno with words: nothing is left running.
 */
struct launch {
	const struct filter *filter;
	int channel;			/* to the child */
};

int launch_start(struct launch *l, struct supervisor *s, struct err *err);

/* Lets it execute. What it says if it could not is read by launch_failure after its end. */
int launch_go(struct launch *l, struct err *err);

/* 0 if the command was executed, else the negative errno of the failure. */
int launch_failure(struct launch *l);
void launch_release(struct launch *l);

/* landlock.c: as tight as this kernel can; 0, or a negative errno where it has no Landlock. */
int landlock_confine(bool *has_signals);
bool landlock_has_signals(void);

#endif
