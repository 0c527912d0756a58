/* test_bus_kafka.c - the Kafka driver: what every driver promises, and what is
 * its own: the outbox. One real broker serves all; each test has a realm. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/bus_topics.h"
#include "tests/support/bus_suite.h"
#include "tests/support/kafkad.h"
#include "tests/support/redisd.h"

static struct redisd store;
static struct kafkad broker;
static char realm_name[32];
static unsigned realms;

static void
start(void)
{
	redisd_start(&store, "always");
	(void)snprintf(realm_name, sizeof(realm_name), "x-t%u.", ++realms);
}

static void
stop(void)
{
	redisd_stop(&store);
}

static const char *
address(void)
{
	return store.address;
}

static const char *
realm(void)
{
	return realm_name;
}

static const char *
url(void)
{
	return broker.url;
}

static void
say(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void
topics(unsigned partitions)
{
	const struct tcs_bus_conf conf = {
	    .url = broker.url, .partitions = partitions};
	const struct tcs_bus_topics wanted = {
	    .realm = realm_name, .replication = 1};
	struct tcs_diag diag = {0};

	if (tcs_bus_topics_init(&conf, &wanted, say, NULL, &diag) != TCS_OK)
		fail_msg("no topics: %s", tcs_diag_text(&diag));
	tcs_diag_fini(&diag);
}

/* The store is part of the bus: nothing is acknowledged without it. */
static void
send_signal(int signum)
{
	kafkad_signal(&broker, signum);
	redisd_signal(&store, signum);
}

static void
restart(void)
{
	kafkad_kill(&broker);
	kafkad_again(&broker);
}

int
main(void)
{
	static const struct bus_under_test kafka = {.name = "kafka",
	    .start = start,
	    .stop = stop,
	    .store = address,
	    .realm = realm,
	    .url = url,
	    .topics = topics,
	    .signal = send_signal,
	    .restart = restart,
	    .takeover_ms = 10000,
	    .release_ms = 10000};

	if (!kafkad_is_there()) {
		printf("skipped: no Kafka, TOCSIN_KAFKA_JARS names no folder\n");
		return 77;
	}
	kafkad_start(&broker);
	int failed = bus_suite(&kafka);
	kafkad_stop(&broker);
	return failed;
}
