/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of records: one profile's flood leaves the others alone, and nothing is lost uncounted. */
#include "event/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct seen {
	uint64_t n_records, n_events, n_notes, n_swallowed;
	uint64_t of_quiet;		/* records of profile "quiet" */
};

static void emit(void *to, const struct event *e)
{
	struct seen *s = to;

	if (e->verdict == EVENT_STATUS) {
		s->n_notes++;
		s->n_swallowed += e->lost;
		return;
	}
	s->n_records++;
	s->n_events += e->count;
	s->of_quiet += !strcmp(e->profile, "quiet");
}

static struct event *event_of(const char *profile, uint32_t count)
{
	static struct event e;

	memset(&e, 0, sizeof(e));
	e.verdict = EVENT_DENIED;
	e.count = count;
	snprintf(e.profile, sizeof(e.profile), "%s", profile);
	return &e;
}

static void test_flood(void **state)
{
	struct seen s = { 0 };
	struct limit *l = limit_new((struct group_out){ &s, emit });

	(void)state;
	for (int i = 0; i < 1000; i++)
		limit_add(l, event_of("loud", 3), 10);
	limit_add(l, event_of("quiet", 1), 11);
	assert_int_equal(s.n_records, LIMIT_RECORDS + 1);
	assert_int_equal(s.of_quiet, 1);
	assert_int_equal(s.n_notes, 0);
	limit_tick(l, 10 + LIMIT_WINDOW_MS - 1);
	assert_int_equal(s.n_notes, 0);
	limit_tick(l, 10 + LIMIT_WINDOW_MS);
	assert_int_equal(s.n_notes, 1);
	assert_int_equal(s.n_swallowed, (1000 - LIMIT_RECORDS) * 3);
	/* The next window begins anew. */
	limit_add(l, event_of("loud", 1), 5000);
	assert_int_equal(s.n_records, LIMIT_RECORDS + 2);
	limit_free(l);
}

/* More profiles than places, in any order: the sums hold. */
static void test_sums(void **state)
{
	struct seen s = { 0 };
	struct limit *l = limit_new((struct group_out){ &s, emit });
	uint32_t seed = 5;
	uint64_t put = 0, now = 1;
	char name[16];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		snprintf(name, sizeof(name), "p%u", (seed >> 8) % (i % 2 ? 3 : 2 * LIMIT_PLACES));
		limit_add(l, event_of(name, 1 + (seed >> 24) % 4), now);
		put += 1 + (seed >> 24) % 4;
		now += (seed >> 16) % 8 == 0;
	}
	limit_flush(l);
	assert_int_equal(s.n_events + s.n_swallowed, put);
	assert_true(s.n_swallowed > 0);
	limit_free(l);
}

static void test_status_passes(void **state)
{
	struct seen s = { 0 };
	struct limit *l = limit_new((struct group_out){ &s, emit });

	(void)state;
	for (int i = 0; i < 2 * LIMIT_RECORDS; i++) {
		struct event *e = event_of("loud", 1);

		e->verdict = EVENT_STATUS;
		e->lost = 1;
		limit_add(l, e, 1);
	}
	assert_int_equal(s.n_swallowed, 2 * LIMIT_RECORDS);
	limit_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_status_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
