/* stats.h - percentiles of a series of durations. */
#ifndef TOCSIN_TESTS_BENCH_STATS_H
#define TOCSIN_TESTS_BENCH_STATS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline int64_t
stats_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline int
stats_compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Sorts `values`; `per_mille` 500 is the median. */
static inline double
stats_percentile(int64_t *values, size_t n, unsigned per_mille)
{
	qsort(values, n, sizeof(*values), stats_compare);
	size_t i = n * per_mille / 1000;
	return (double)values[i < n ? i : n - 1];
}

#endif
