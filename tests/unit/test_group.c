/* SPDX-License-Identifier: BSD-2-Clause */
/* Grouping: what is given out when, and that no event is ever lost from the sum of counts. */
#include "event/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { RECORDS_MAX = 4096, N_RANDOM = 20000, N_KINDS = 150 };

struct taken {
	size_t n_records;
	uint64_t sum;
	uint64_t by_kind[N_KINDS];
	struct {
		int kind;
		uint32_t count;
		uint64_t serial;
	} records[RECORDS_MAX];
};

static void take_event(void *to, const struct event *e)
{
	struct taken *taken = to;
	int kind = atoi(e->name);

	if (taken->n_records < RECORDS_MAX) {
		taken->records[taken->n_records].kind = kind;
		taken->records[taken->n_records].count = e->count;
		taken->records[taken->n_records].serial = e->serial;
	}
	taken->n_records++;
	taken->sum += e->count;
	taken->by_kind[kind % N_KINDS] += e->count;
}

static struct event event_of(int kind, uint64_t serial)
{
	struct event e = { .serial = serial, .count = 1, .verdict = EVENT_DENIED,
			   .class_id = CLASS_FILE, .operation = "open", .profile = "p" };

	e.name_len = (uint16_t)snprintf(e.name, sizeof(e.name), "%d", kind);
	return e;
}

static struct group *group_into(struct taken *taken)
{
	struct group *g = group_new((struct group_out){ taken, take_event });

	memset(taken, 0, sizeof(*taken));
	assert_non_null(g);
	return g;
}

static void add(struct group *g, int kind, uint64_t serial, uint64_t now)
{
	struct event e = event_of(kind, serial);

	group_add(g, &e, now);
}

static struct taken taken;

static void test_burst(void **state)
{
	struct group *g = group_into(&taken);

	(void)state;
	for (uint64_t i = 1; i <= 400; i++)
		add(g, 1, i, 100 + i);
	assert_int_equal(taken.n_records, 1);
	assert_int_equal(taken.records[0].count, 1);
	assert_int_equal(taken.records[0].serial, 1);
	assert_int_equal(group_tick(g, 600), GROUP_WINDOW_MS + 101 - 600);
	assert_int_equal(group_tick(g, 101 + GROUP_WINDOW_MS), -1);
	assert_int_equal(taken.n_records, 2);
	assert_int_equal(taken.records[1].count, 399);
	assert_int_equal(taken.records[1].serial, 400);
	group_free(g);
	assert_int_equal(taken.n_records, 2);
	assert_int_equal(taken.sum, 400);
}

static void test_single(void **state)
{
	struct group *g = group_into(&taken);

	(void)state;
	add(g, 1, 1, 0);
	assert_int_equal(group_tick(g, 10), -1);
	add(g, 1, 2, 5 * GROUP_WINDOW_MS);
	assert_int_equal(taken.n_records, 2);
	group_free(g);
	assert_int_equal(taken.n_records, 2);
}

static void test_free_flushes(void **state)
{
	struct group *g = group_into(&taken);

	(void)state;
	add(g, 1, 1, 0);
	add(g, 1, 2, 1);
	group_free(g);
	assert_int_equal(taken.n_records, 2);
	assert_int_equal(taken.records[1].count, 1);
}

/* One kind more than there are places: the oldest gives out what it holds and goes. */
static void test_more_kinds_than_places(void **state)
{
	struct group *g = group_into(&taken);

	(void)state;
	for (int kind = 0; kind <= GROUP_PLACES; kind++) {
		add(g, kind, 1, (uint64_t)kind);
		add(g, kind, 2, (uint64_t)kind);
	}
	assert_true(taken.sum >= GROUP_PLACES + 2);
	group_flush(g);
	assert_int_equal(taken.sum, 2 * (GROUP_PLACES + 1));
	group_free(g);
}

static void test_status_is_never_grouped(void **state)
{
	struct group *g = group_into(&taken);
	struct event e = event_of(1, 1);

	(void)state;
	e.verdict = EVENT_STATUS;
	e.lost = 7;
	group_add(g, &e, 0);
	group_add(g, &e, 1);
	assert_int_equal(taken.n_records, 2);
	group_free(g);
}

static void test_count_never_wraps(void **state)
{
	struct group *g = group_into(&taken);
	struct event e = event_of(1, 1);

	(void)state;
	group_add(g, &e, 0);
	e.count = UINT32_MAX - 1;
	group_add(g, &e, 1);
	group_add(g, &e, 2);
	group_free(g);
	assert_true(taken.sum == 1 + 2 * (uint64_t)(UINT32_MAX - 1));
}

/* Random kinds, counts and times against plain sums. */
static void test_random_sums(void **state)
{
	static uint64_t expected[N_KINDS];
	struct group *g = group_into(&taken);
	uint64_t now = 0, sum = 0;

	(void)state;
	srand(1);
	memset(expected, 0, sizeof(expected));
	for (int i = 0; i < N_RANDOM; i++) {
		int kind = rand() % (rand() % 4 ? 5 : N_KINDS);
		struct event e = event_of(kind, (uint64_t)i);

		e.count = 1 + (uint32_t)rand() % 3;
		now += (uint64_t)rand() % 40;
		group_add(g, &e, now);
		if (rand() % 10 == 0)
			group_tick(g, now += (uint64_t)rand() % 300);
		expected[kind] += e.count;
		sum += e.count;
	}
	group_free(g);
	assert_true(taken.sum == sum);
	assert_memory_equal(taken.by_kind, expected, sizeof(expected));
	assert_true(taken.n_records < N_RANDOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst),
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_free_flushes),
		cmocka_unit_test(test_more_kinds_than_places),
		cmocka_unit_test(test_status_is_never_grouped),
		cmocka_unit_test(test_count_never_wraps),
		cmocka_unit_test(test_random_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
