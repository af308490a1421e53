/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats what the tracer sees of threads, gives workers their labels. One table with open addressing
 * by thread number, one mutex: a look-up copies and holds nothing.
 */
#include "engine/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_SLOTS = 2 * TASKS_MAX, NULL_NAME_MAX = 512 };

struct tasks {
	const struct image *image;
	pthread_mutex_t lock;
	size_t n;
	char (*nulls)[NULL_NAME_MAX];	/* names of null profiles, from 1 */
	uint32_t n_nulls;
	struct task slots[N_SLOTS];
};

struct tasks *tasks_new(const struct image *img)
{
	struct tasks *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->image = img;
	t->nulls = calloc(NULL_PROFILES_MAX, sizeof(*t->nulls));
	if (!t->nulls) {
		free(t);
		return NULL;
	}
	t->n_nulls = 1;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void tasks_free(struct tasks *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < N_SLOTS; i++)
		if (t->slots[i].tid && t->slots[i].pidfd >= 0)
			close(t->slots[i].pidfd);
	pthread_mutex_destroy(&t->lock);
	free(t->nulls);
	free(t);
}

static size_t home_of(pid_t tid)
{
	return ((uint32_t)tid * 2654435761u) % N_SLOTS;
}

/* The place of a thread, or the free place where it would stand. */
static struct task *slot_of(struct tasks *t, pid_t tid)
{
	size_t at = home_of(tid);

	while (t->slots[at].tid && t->slots[at].tid != tid)
		at = (at + 1) % N_SLOTS;
	return &t->slots[at];
}

bool tasks_find(struct tasks *t, pid_t tid, struct task *out)
{
	struct task *slot;
	bool found;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	found = slot->tid == tid && tid > 0;
	if (found)
		*out = *slot;
	pthread_mutex_unlock(&t->lock);
	return found;
}

int tasks_add(struct tasks *t, pid_t tid, pid_t tgid, const struct label *label)
{
	struct task *slot;
	int r = 0;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	if (slot->tid) {
		r = -EEXIST;
	} else if (t->n == TASKS_MAX) {
		r = -ENOSPC;
	} else {
		*slot = (struct task){ .tid = tid, .tgid = tgid, .label = *label, .pidfd = -1 };
		t->n++;
	}
	pthread_mutex_unlock(&t->lock);
	return r;
}

/* Frees a place and moves up those that were put behind it. */
static void free_slot(struct tasks *t, struct task *slot)
{
	size_t hole = (size_t)(slot - t->slots);

	if (slot->pidfd >= 0)
		close(slot->pidfd);
	for (size_t at = (hole + 1) % N_SLOTS; t->slots[at].tid; at = (at + 1) % N_SLOTS) {
		size_t home = home_of(t->slots[at].tid);

		if ((at + N_SLOTS - home) % N_SLOTS < (at + N_SLOTS - hole) % N_SLOTS)
			continue;
		t->slots[hole] = t->slots[at];
		hole = at;
	}
	t->slots[hole].tid = 0;
	t->n--;
}

void tasks_remove(struct tasks *t, pid_t tid)
{
	struct task *slot;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	if (slot->tid)
		free_slot(t, slot);
	pthread_mutex_unlock(&t->lock);
}

size_t tasks_count(struct tasks *t)
{
	size_t n;

	pthread_mutex_lock(&t->lock);
	n = t->n;
	pthread_mutex_unlock(&t->lock);
	return n;
}

bool tasks_set_label(struct tasks *t, pid_t tid, const struct label *label)
{
	struct task *slot;
	bool found;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	found = slot->tid;
	if (found)
		slot->label = *label;
	pthread_mutex_unlock(&t->lock);
	return found;
}

bool tasks_set_creds(struct tasks *t, pid_t tid, const struct creds *creds)
{
	struct task *slot;
	bool found;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	found = slot->tid;
	if (found)
		slot->creds = *creds;
	pthread_mutex_unlock(&t->lock);
	return found;
}

void tasks_set_restarting(struct tasks *t, pid_t tid, bool is_restarting)
{
	struct task *slot;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	slot->is_restarting = slot->tid && is_restarting;
	pthread_mutex_unlock(&t->lock);
}

bool tasks_exec(struct tasks *t, pid_t old_tid, pid_t tgid)
{
	struct task moved;
	struct task *slot;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, old_tid);
	if (!slot->tid) {
		pthread_mutex_unlock(&t->lock);
		return false;
	}
	moved = *slot;
	if (old_tid != tgid) {
		slot->pidfd = -1;
		free_slot(t, slot);
		slot = slot_of(t, tgid);
		if (slot->tid)
			free_slot(t, slot);
		slot = slot_of(t, tgid);
		t->n++;
	}
	moved.tid = moved.tgid = tgid;
	moved.creds.is_known = false;
	*slot = moved;
	pthread_mutex_unlock(&t->lock);
	return true;
}

void tasks_keep_pidfd(struct tasks *t, pid_t tid, int pidfd)
{
	struct task *slot;

	pthread_mutex_lock(&t->lock);
	slot = slot_of(t, tid);
	if (slot->tid && slot->pidfd < 0)
		slot->pidfd = pidfd;
	else
		close(pidfd);
	pthread_mutex_unlock(&t->lock);
}

uint32_t tasks_null_profile(struct tasks *t, struct slice name)
{
	uint32_t number;

	pthread_mutex_lock(&t->lock);
	for (number = 1; number < t->n_nulls; number++)
		if (slice_is(name, t->nulls[number]))
			break;
	if (number == t->n_nulls && number == NULL_PROFILES_MAX)
		number--;
	else if (number == t->n_nulls) {
		snprintf(t->nulls[number], NULL_NAME_MAX, "%.*s", SLICE_FMT(name));
		t->n_nulls++;
	}
	pthread_mutex_unlock(&t->lock);
	return number;
}

void tasks_label_name(struct tasks *t, const struct label *label, char *out, size_t len)
{
	const char *name = "unconfined";

	if (label->null)
		name = t->nulls[label->null];	/* written once, before its number was told */
	else if (label->profile != IMAGE_NONE)
		name = image_text(t->image, t->image->profiles[label->profile].name);
	snprintf(out, len, "%s", name);
}
