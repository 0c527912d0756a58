/* bus_suite.h - what every bus driver promises, as tests written against
 * core/bus.h only: a driver's test gives the servers, and how long ownership
 * may take there. */
#ifndef TOCSIN_TESTS_SUPPORT_BUS_SUITE_H
#define TOCSIN_TESTS_SUPPORT_BUS_SUITE_H

#include <stdint.h>

#include "core/bus.h"

struct bus_under_test {
	const char *name;
	/* Before and after each test: an empty store, and a realm whose topics
	 * are empty. */
	void (*start)(void);
	void (*stop)(void);
	const char *(*store)(void); /* address */
	const char *(*realm)(void);
	const char *(*url)(void);
	void (*topics)(unsigned partitions); /* are there */
	/* The servers of the bus: signalled; the one that holds the records
	 * killed and started again. */
	void (*signal)(int signum);
	void (*restart)(void);
	/* Until another owns what was a killed one's, and what was released. */
	int64_t takeover_ms, release_ms;
};

/* Number of failed tests. */
int bus_suite(const struct bus_under_test *under_test);

#endif
