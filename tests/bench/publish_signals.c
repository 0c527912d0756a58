/* publish_signals.c - puts signals on the bus as a collector would, at a given
 * rate: what the kill test and the benches are fed with.
 *
 *   publish_signals ADDRESS USER PASSWORD-FILE FIRST COUNT RATE LEVEL EXPIRES-S
 *                   [BUS-URL [REALM]]
 *
 * ADDRESS is the store's; the bus is in it unless another is named. Zones are
 * T<FIRST> … (département 62), one signal each: an Alert for "orange", an
 * Update from orange for another level. A line a signal on stdout as soon as
 * the bus has it: zone, microseconds since 1970 at which it was sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/loop.h"
#include "core/signal.h"
#include "core/step.h"
#include "core/store.h"
#include "core/xml.h"
#include "tests/bench/stats.h"

static struct {
	struct tcs_loop *loop;
	struct tcs_store *store;
	struct tcs_bus *bus;
	size_t pending;
	int64_t start_ms;
} pub;

struct pub_sent {
	char zone[16];
	int64_t at_us;
};

static void
pub_done(void *arg, enum tcs_err err, const char *reason)
{
	struct pub_sent *sent = arg;

	if (err != TCS_OK) {
		fprintf(stderr, "publish_signals: %s\n", reason);
		exit(1);
	}
	printf("%s %lld\n", sent->zone, (long long)sent->at_us);
	free(sent);
	pub.pending--;
}

static void
pub_identifier(struct tcs_signal *signal, const char *zone, const char *level,
    const char *follows, char id[TCS_ID_MAX])
{
	signal->zone = zone;
	signal->level = level;
	tcs_signal_identify(signal, follows, id);
	signal->identifier = id;
}

static void
pub_write(struct tcs_signal *signal, struct tcs_buf *buf)
{
	struct tcs_diag diag = {0};
	struct tcs_cap *cap = NULL;

	if (tcs_signal_to_cap(signal, &cap, &diag) != TCS_OK ||
	    tcs_cap_write(cap, buf, &diag) != TCS_OK) {
		fprintf(stderr, "publish_signals: %s\n", tcs_diag_text(&diag));
		exit(1);
	}
	tcs_cap_free(&cap);
}

static void
pub_send(struct tcs_signal *signal)
{
	struct tcs_step *step = tcs_step_new(pub.bus);
	struct tcs_buf buf;
	char trace[17];

	tcs_buf_init(&buf, TCS_RECORD_MAX);
	pub_write(signal, &buf);
	tcs_trace_of(signal->identifier, trace);
	const struct tcs_header headers[] = {
	    {tcs_slice_str("id"), tcs_slice_str(signal->identifier)},
	    {tcs_slice_str("trace"), tcs_slice_str(trace)}};
	const struct tcs_outgoing out = {.topic = "signals",
	    .key = tcs_slice_str("62"),
	    .value = tcs_buf_view(&buf),
	    .headers = headers,
	    .headers_n = 2};
	tcs_step_publish(step, &out);
	struct pub_sent *sent = calloc(1, sizeof(*sent));
	tcs_assert(sent != NULL);
	(void)snprintf(sent->zone, sizeof(sent->zone), "%s", signal->zone);
	sent->at_us = tcs_clock_wall_us();
	pub.pending++;
	tcs_step_commit(step, pub_done, sent);
	tcs_buf_fini(&buf);
}

static void
pub_one(unsigned number, const char *level, int64_t expires_ms)
{
	char zone[16], id[TCS_ID_MAX], first[TCS_ID_MAX], sent[TCS_TIME_TEXT];
	char references[TCS_ID_MAX + 80];
	struct tcs_signal s = {.sender = "sidpc62@prefecture.example",
	    .sent_ms = pub.start_ms,
	    .status = "Test",
	    .msg_type = "Alert",
	    .observatory = "sidpc62",
	    .source = "vigicrues",
	    .feed = "vigicrues",
	    .source_name = "Vigicrues",
	    .zone_name = "Tronçon fictif",
	    .zone_scheme = "VIGICRUES",
	    .phenomenon = "crues",
	    .previous_level = "vert",
	    .issued_ms = pub.start_ms,
	    .fetched_ms = pub.start_ms,
	    .expires_ms = expires_ms,
	    .departement = "62",
	    .headline = "Vigilance crues : tronçon fictif",
	    .description = "Essai de charge."};

	(void)snprintf(zone, sizeof(zone), "T%u", number);
	pub_identifier(&s, zone, "orange", NULL, id);
	if (strcmp(level, "orange") != 0) {
		(void)snprintf(first, sizeof(first), "%s", id);
		(void)snprintf(references, sizeof(references), "%s,%s,%s",
		    s.sender, first, tcs_time_iso(s.sent_ms, sent));
		s.issued_ms = s.sent_ms = s.fetched_ms = tcs_clock_wall_ms();
		s.msg_type = "Update";
		s.references = references;
		s.previous_level = "orange";
		pub_identifier(&s, zone, level, first, id);
	}
	pub_send(&s);
}

static void
pub_open(char **argv)
{
	struct tcs_buf password;
	const struct tcs_bus_conf bus = {
	    .url = argv[9] == NULL ? "redis:" : argv[9], .partitions = 1};

	tcs_buf_init(&password, 1024);
	if (tcs_digest_startup() != TCS_OK ||
	    tcs_file_read(argv[3], &password, NULL) != TCS_OK)
		exit(1);
	while (password.n > 0 && password.p[password.n - 1] == '\n')
		password.p[--password.n] = '\0';
	const struct tcs_store_conf store = {.address = argv[1],
	    .user = argv[2],
	    .password = password.p,
	    .realm =
	        argv[9] != NULL && argv[10] != NULL ? argv[10] : "tocsin."};
	pub.loop = tcs_loop_new();
	pub.store = tcs_store_new(pub.loop, &store, NULL, NULL);
	if (tcs_bus_new(pub.loop, pub.store, &bus, &pub.bus, NULL) != TCS_OK ||
	    tcs_store_wait(pub.store, 10000, NULL) != TCS_OK) {
		fprintf(stderr, "publish_signals: no store at %s\n", argv[1]);
		exit(1);
	}
	tcs_buf_fini(&password);
}

static void
pub_tick(void *arg)
{
	(void)arg;
}

int
main(int argc, char **argv)
{
	if (argc < 9 || argc > 11) {
		fprintf(stderr,
		    "usage: publish_signals ADDRESS USER PASSWORD-FILE FIRST "
		    "COUNT RATE LEVEL EXPIRES-S [BUS-URL [REALM]]\n");
		return 2;
	}
	/* Who reads it wants each line when it is true. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	unsigned first = (unsigned)strtoul(argv[4], NULL, 10);
	unsigned count = (unsigned)strtoul(argv[5], NULL, 10);
	double rate = strtod(argv[6], NULL);
	tcs_xml_startup();
	pub_open(argv);
	/* Whole seconds: what CAP carries. */
	pub.start_ms = tcs_clock_wall_ms() / 1000 * 1000;
	int64_t expires_ms =
	    pub.start_ms + TCS_SECONDS(strtoll(argv[8], NULL, 10));
	struct tcs_timer *timer = tcs_timer_new(pub.loop, pub_tick, NULL);
	int64_t begin = stats_now_ns();
	for (unsigned i = 0; i < count; i++) {
		int64_t at = begin + (int64_t)(1e9 * i / rate);
		while (stats_now_ns() < at || pub.pending > 32) {
			int64_t left = (at - stats_now_ns()) / 1000000;
			/* Never spinning: the core is wanted by others. */
			tcs_timer_start(timer, left > 0 ? left : 1);
			tcs_loop_once(pub.loop);
		}
		pub_one(first + i, argv[7], expires_ms);
	}
	while (pub.pending > 0)
		tcs_loop_once(pub.loop);
	tcs_timer_free(&timer);
	tcs_store_free(&pub.store);
	tcs_bus_free(&pub.bus);
	tcs_loop_free(&pub.loop);
	tcs_xml_cleanup();
	return 0;
}
