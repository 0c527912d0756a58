/* kafka_look.c - records of a topic for whoever looks: all that is there
 * (scan), or what comes from now on (tail). No group, no position. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/kafka.h"
#include "core/bus/kafka_oauth.h"
#include "core/loop.h"
#include "core/store.h"

enum { LOOK_ANSWER_MS = 10000, LOOK_PARTITIONS = 64 };

/* How long a broker holds a fetch when there is nothing new. That a partition
 * ends here is known from the first that gave nothing. */
static const char look_scan_hold_ms[] = "10", look_tail_hold_ms[] = "500";

/* A consumer that was assigned partitions by hand. */
struct kafka_look {
	struct tcs_bus *bus;
	rd_kafka_t *consumer;
	struct kafka_wake wake;
	struct tcs_kafka_oauth *oauth;
	char topic[KAFKA_NAME_MAX];
};

static void
look_close(struct kafka_look *look)
{
	tcs_kafka_oauth_close(&look->oauth);
	if (look->consumer != NULL)
		rd_kafka_destroy_flags(
		    look->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	look->consumer = NULL;
	/* Its threads write to that descriptor until they have ended. */
	tcs_kafka_wake_close(&look->wake);
}

static void
look_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	(void)rk;
	tcs_kafka_trouble(opaque, "look", err, reason);
}

static bool
look_open(struct kafka_look *look, struct tcs_bus *bus, const char *hold_ms,
    void (*woke)(void *arg), void *arg)
{
	struct tcs_diag diag = {0};
	char group[KAFKA_NAME_MAX], reason[256];

	look->bus = bus;
	look->wake.fd = -1;
	rd_kafka_conf_t *conf = tcs_kafka_conf(bus->data, "look", &diag);
	tcs_diag_fini(&diag);
	if (conf == NULL)
		return false;
	/* librdkafka assigns nothing without a group's name. */
	tcs_kafka_topic(bus, "look", group);
	tcs_kafka_set(conf, "group.id", group);
	tcs_kafka_set(conf, "enable.auto.commit", "false");
	tcs_kafka_set(conf, "enable.partition.eof", "true");
	tcs_kafka_set(conf, "auto.offset.reset", "earliest");
	tcs_kafka_set(conf, "fetch.error.backoff.ms", "100");
	tcs_kafka_set(conf, "fetch.wait.max.ms", hold_ms);
	rd_kafka_conf_set_opaque(conf, bus->data);
	rd_kafka_conf_set_error_cb(conf, look_error);
	look->consumer =
	    rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
	if (look->consumer == NULL) {
		rd_kafka_conf_destroy(conf);
		return false;
	}
	(void)rd_kafka_poll_set_consumer(look->consumer);
	if (!tcs_kafka_wake_open(&look->wake, bus->loop, woke, arg)) {
		look_close(look);
		return false;
	}
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(look->consumer);
	tcs_kafka_wake_add(&look->wake, queue);
	rd_kafka_queue_destroy(queue);
	look->oauth = tcs_kafka_serve_oauth(bus->data, look->consumer);
	return true;
}

/* Partitions [first, first + n[ from `offset` on. */
static void
look_assign(struct kafka_look *look, unsigned first, unsigned n, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)n);

	for (unsigned i = first; i < first + n; i++)
		rd_kafka_topic_partition_list_add(list, look->topic, (int32_t)i)
		    ->offset = offset;
	(void)rd_kafka_assign(look->consumer, list);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Scan: from offset 0, which is reset to the earliest where that is gone. The
 * earliest itself would be asked for before the partition's leader is known,
 * and then again half a second later. */

struct kafka_scan {
	struct kafka_look look;
	unsigned partition;
	struct tcs_timer *deadline;
	tcs_bus_scan_cb *cb;
	void (*done)(void *arg, enum tcs_err err);
	void *arg;
};

static void
scan_end(struct kafka_scan *scan, enum tcs_err err)
{
	void (*done)(void *arg, enum tcs_err err) = scan->done;
	void *arg = scan->arg;

	look_close(&scan->look);
	tcs_timer_free(&scan->deadline);
	free(scan);
	done(arg, err);
}

static void
scan_late(void *arg)
{
	scan_end(arg, TCS_EUNAVAIL);
}

/* True while there is more. */
static bool
scan_message(struct kafka_scan *scan, const rd_kafka_message_t *m)
{
	struct tcs_header headers[KAFKA_HEADERS];
	struct tcs_record record;
	char position[TCS_POSITION_MAX];

	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		if (++scan->partition == scan->look.bus->partitions)
			return false;
		look_assign(&scan->look, scan->partition, 1, 0);
		return true;
	}
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return true; /* it answers later, or the deadline ends it */
	tcs_kafka_read(scan->look.bus, m, &record, headers, position);
	return scan->cb(scan->arg, &record);
}

static void
scan_woke(void *arg)
{
	struct kafka_scan *scan = arg;
	rd_kafka_message_t *m;
	bool is_going = true;

	while (is_going &&
	       (m = rd_kafka_consumer_poll(scan->look.consumer, 0)) != NULL) {
		is_going = scan_message(scan, m);
		if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			tcs_timer_start(scan->deadline, LOOK_ANSWER_MS);
		rd_kafka_message_destroy(m);
	}
	if (!is_going)
		scan_end(scan, TCS_OK);
}

static void
scan_failed(void *arg)
{
	scan_end(arg, TCS_EUNAVAIL);
}

void
tcs_kafka_scan(struct tcs_bus *bus, const char *topic, tcs_bus_scan_cb *cb,
    void (*done)(void *arg, enum tcs_err err), void *arg)
{
	struct kafka_scan *scan = calloc(1, sizeof(*scan));

	tcs_assert(scan != NULL);
	scan->cb = cb;
	scan->done = done;
	scan->arg = arg;
	tcs_kafka_topic(bus, topic, scan->look.topic);
	bool is_open =
	    look_open(&scan->look, bus, look_scan_hold_ms, scan_woke, scan);
	scan->deadline =
	    tcs_timer_new(bus->loop, is_open ? scan_late : scan_failed, scan);
	tcs_assert(scan->deadline != NULL);
	tcs_timer_start(scan->deadline, is_open ? LOOK_ANSWER_MS : 0);
	if (is_open)
		look_assign(&scan->look, 0, 1, 0);
}

/* Tail */

struct tcs_bus_tail {
	struct kafka_look look;
	tcs_bus_tail_cb *cb;
	void *arg;
	unsigned open_n; /* partitions whose end is known */
	bool is_open[LOOK_PARTITIONS];
	bool is_calling, is_closed;
};

static void
tail_message(struct tcs_bus_tail *tail, const rd_kafka_message_t *m)
{
	struct tcs_header headers[KAFKA_HEADERS];
	struct tcs_record record;
	char position[TCS_POSITION_MAX];

	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		if (m->partition < LOOK_PARTITIONS &&
		    !tail->is_open[m->partition]) {
			tail->is_open[m->partition] = true;
			tail->open_n++;
		}
		return;
	}
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return; /* it answers later */
	tcs_kafka_read(tail->look.bus, m, &record, headers, position);
	tail->cb(tail->arg, &record);
}

static void
tail_woke(void *arg)
{
	struct tcs_bus_tail *tail = arg;
	rd_kafka_message_t *m;

	tail->is_calling = true;
	while (!tail->is_closed &&
	       (m = rd_kafka_consumer_poll(tail->look.consumer, 0)) != NULL) {
		tail_message(tail, m);
		rd_kafka_message_destroy(m);
	}
	tail->is_calling = false;
	if (tail->is_closed)
		tcs_kafka_tail_close(tail);
}

struct tcs_bus_tail *
tcs_kafka_tail_open(
    struct tcs_bus *bus, const char *topic, tcs_bus_tail_cb *cb, void *arg)
{
	struct tcs_bus_tail *tail = calloc(1, sizeof(*tail));

	if (tail == NULL)
		return NULL;
	tail->cb = cb;
	tail->arg = arg;
	tcs_kafka_topic(bus, topic, tail->look.topic);
	if (!look_open(&tail->look, bus, look_tail_hold_ms, tail_woke, tail)) {
		free(tail);
		return NULL;
	}
	look_assign(&tail->look, 0, bus->partitions, RD_KAFKA_OFFSET_END);
	return tail;
}

bool
tcs_kafka_tail_is_open(const struct tcs_bus_tail *tail)
{
	return tail->open_n == tail->look.bus->partitions;
}

void
tcs_kafka_tail_close(struct tcs_bus_tail *tail)
{
	tail->is_closed = true;
	if (tail->is_calling)
		return; /* once the record in hand is done */
	look_close(&tail->look);
	free(tail);
}
