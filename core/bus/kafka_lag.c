/* kafka_lag.c - how many records of a topic a group has still to do: for who
 * looks, the CLI. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/bus/kafka.h"
#include "core/bus/kafka_oauth.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"

enum {
	LAG_ASK_MS = 2000,
	LAG_TOKEN_MS = 10000,
	LAG_TOKEN_LOOK_MS = 50,
	LAG_REST_MS = 5000,
};

struct kafka_lag {
	struct tcs_bus *bus;
	char group[64], topic[64];
	unsigned partition;
	uint64_t sum;
	struct tcs_timer *token; /* while the producer has none yet */
	int64_t token_until_ms;
	tcs_bus_lag_cb *cb;
	void *arg;
};

static void kafka_lag_next(struct kafka_lag *lag);

static void
kafka_lag_end(struct kafka_lag *lag, enum tcs_err err)
{
	struct kafka_bus *kafka = lag->bus->data;

	if (err == TCS_EUNAVAIL)
		kafka->lag_failed_ms = tcs_clock_boot_ms();
	lag->cb(lag->arg, err, lag->sum);
	tcs_timer_free(&lag->token);
	free(lag);
}

/* What the brokers' connections said meanwhile, else the answer itself. */
static void
kafka_lag_explain(
    struct kafka_lag *lag, const char *name, rd_kafka_resp_err_t code)
{
	struct kafka_bus *kafka = lag->bus->data;
	struct tcs_bus *bus = lag->bus;
	bool is_absent = code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
	                 code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	                 code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;

	(void)rd_kafka_poll(kafka->producer, 0);
	if (is_absent)
		(void)snprintf(bus->reason, sizeof(bus->reason),
		    "there is no partition %u of %s; write: tocsin bus init",
		    lag->partition, name);
	else if (bus->reason[0] == '\0')
		(void)snprintf(bus->reason, sizeof(bus->reason), "%s: %s", name,
		    rd_kafka_err2str(code));
}

/* Asked by who looks, the CLI: this blocks, 2 s at most, and not again before
 * 5 s when there was no answer. */
static enum tcs_err
kafka_lag_count(struct kafka_lag *lag, struct tcs_slice position)
{
	struct kafka_bus *kafka = lag->bus->data;
	struct tcs_diag diag = {0};
	char name[KAFKA_NAME_MAX];
	int64_t low, high, done;

	if (kafka->lag_failed_ms != 0 &&
	    tcs_clock_boot_ms() - kafka->lag_failed_ms < LAG_REST_MS)
		return TCS_EUNAVAIL;
	rd_kafka_t *rk = tcs_kafka_producer(kafka, &diag);
	tcs_diag_fini(&diag);
	if (rk == NULL)
		return TCS_ECONFIG;
	tcs_kafka_topic(lag->bus, lag->topic, name);
	rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
	    rk, name, (int32_t)lag->partition, &low, &high, LAG_ASK_MS);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		kafka_lag_explain(lag, name, code);
		return TCS_EUNAVAIL;
	}
	if (tcs_slice_i64(position, 0, INT64_MAX - 1, &done) != TCS_OK ||
	    done + 1 < low)
		done = low - 1;
	lag->sum += high > done + 1 ? (uint64_t)(high - done - 1) : 0;
	return TCS_OK;
}

static void
kafka_lag_position(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct kafka_lag *lag = arg;

	if (err == TCS_OK)
		err = kafka_lag_count(lag, tcs_reply_slice(reply));
	lag->partition++;
	if (err == TCS_OK && lag->partition < lag->bus->partitions)
		kafka_lag_next(lag);
	else
		kafka_lag_end(lag, err);
}

static void
kafka_lag_next(struct kafka_lag *lag)
{
	char key[256];

	(void)snprintf(key, sizeof(key), "%spos:%s:%s.%u",
	    tcs_store_realm(lag->bus->store), lag->group, lag->topic,
	    lag->partition);
	tcs_store_send(
	    lag->bus->store, kafka_lag_position, lag, "GET", key, NULL);
}

/* Counting blocks the loop, on which a token would come. */
static void
kafka_lag_begin(void *arg)
{
	struct kafka_lag *lag = arg;
	struct kafka_bus *kafka = lag->bus->data;
	struct tcs_diag diag = {0};
	int64_t now_ms = tcs_clock_boot_ms();

	(void)tcs_kafka_producer(kafka, &diag);
	tcs_diag_fini(&diag);
	if (tcs_kafka_oauth_is_ready(kafka->oauth) ||
	    (lag->token != NULL && now_ms >= lag->token_until_ms)) {
		kafka_lag_next(lag);
		return;
	}
	if (lag->token == NULL) {
		lag->token =
		    tcs_timer_new(lag->bus->loop, kafka_lag_begin, lag);
		tcs_assert(lag->token != NULL);
		lag->token_until_ms = now_ms + LAG_TOKEN_MS;
	}
	tcs_timer_start(lag->token, LAG_TOKEN_LOOK_MS);
}

void
tcs_kafka_lag(struct tcs_bus *bus, const char *group, const char *topic,
    tcs_bus_lag_cb *cb, void *arg)
{
	struct kafka_lag *lag = calloc(1, sizeof(*lag));

	tcs_assert(lag != NULL);
	lag->bus = bus;
	(void)snprintf(lag->group, sizeof(lag->group), "%s", group);
	(void)snprintf(lag->topic, sizeof(lag->topic), "%s", topic);
	lag->cb = cb;
	lag->arg = arg;
	kafka_lag_begin(lag);
}
