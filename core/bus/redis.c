/* redis.c - the bus on Redis Streams, for one machine: the log.
 *
 * One stream per partition, read like a log: no consumer group (a stopped
 * owner's open XREADGROUP would swallow the next record). The position of
 * (group, topic, partition) is a key written by the step. */
#include "core/bus/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/bus/member.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/step_wire.h"
#include "core/store.h"
#include "core/topics.h"

enum { REDIS_TRIM_EVERY = 128 };

struct redis_bus {
	int count_after; /* a script's number */
};

/* ARGV: stream, position */
static const char redis_count_after[] =
    "#!lua\n"
    "local last = redis.call('XREVRANGE', ARGV[1], '+', '-', 'COUNT', 1)\n"
    "if #last == 0 or last[1][1] == ARGV[2] then return 0 end\n"
    "local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]\n"
    "return #redis.call('XRANGE', ARGV[1], from, '+', 'COUNT', 100000)\n";

char *
tcs_redis_stream(const char *prefix, const char *topic, unsigned partition,
    char text[TCS_REDIS_STREAM])
{
	char number[TCS_SLICE_DECIMAL];
	const struct tcs_slice parts[] = {tcs_slice_str(prefix),
	    tcs_slice_str(topic), tcs_slice_str("."),
	    tcs_slice_decimal(partition, number)};

	(void)tcs_slice_join(text, TCS_REDIS_STREAM, parts, 4);
	return text;
}

/* Publishing */

static int64_t
redis_retention_ms(const char *topic)
{
	const struct tcs_topic *known = tcs_topic_find(topic);

	return known == NULL ? TCS_DAYS(35) : known->retention_ms;
}

static void
redis_trim(struct tcs_bus *bus, struct tcs_step *step, const char *stream,
    const char *topic)
{
	const char *realm = tcs_store_realm(bus->store);
	char text[256];

	tcs_step_op(step, 6, "TRIM", stream);
	(void)snprintf(text, sizeof(text), "%sgroups", realm);
	tcs_step_word(step, tcs_slice_str(text));
	(void)snprintf(text, sizeof(text), "%spos:", realm);
	tcs_step_word(step, tcs_slice_str(text));
	tcs_step_word(step, tcs_slice_str(stream));
	(void)snprintf(text, sizeof(text), "%" PRId64,
	    tcs_clock_wall_ms() - redis_retention_ms(topic));
	tcs_step_word(step, tcs_slice_str(text));
}

static void
redis_publish(struct tcs_bus *bus, struct tcs_step *step,
    const struct tcs_outgoing *record)
{
	unsigned p = tcs_bus_partition_of(bus, record->key);
	char stream[TCS_REDIS_STREAM], name[80];

	tcs_assert(record->headers_n <= TCS_REDIS_HEADERS);
	(void)tcs_redis_stream("", record->topic, p, stream);
	tcs_step_op(step, 7 + 2 * record->headers_n, "XADD", stream);
	tcs_step_word(step, tcs_slice_str("*"));
	tcs_step_word(step, tcs_slice_str("k"));
	tcs_step_word(step, record->key);
	tcs_step_word(step, tcs_slice_str("v"));
	tcs_step_word(step, record->value);
	for (size_t i = 0; i < record->headers_n; i++) {
		const struct tcs_slice parts[] = {
		    tcs_slice_str("h."), record->headers[i].name};
		tcs_step_word(
		    step, tcs_slice_join(name, sizeof(name), parts, 2));
		tcs_step_word(step, record->headers[i].value);
	}
	if (tcs_random_u32() % REDIS_TRIM_EVERY == 0)
		redis_trim(bus, step, stream, record->topic);
}

/* Lag */

struct redis_lag {
	struct tcs_bus *bus;
	char group[64], topic[64];
	unsigned partition;
	uint64_t sum;
	tcs_bus_lag_cb *cb;
	void *arg;
};

static void redis_lag_next(struct redis_lag *lag);

static void
redis_lag_counted(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_lag *lag = arg;

	lag->sum += (uint64_t)tcs_reply_int(reply);
	lag->partition++;
	if (err == TCS_OK && lag->partition < lag->bus->partitions) {
		redis_lag_next(lag);
		return;
	}
	lag->cb(lag->arg, err, lag->sum);
	free(lag);
}

static void
redis_lag_position(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_lag *lag = arg;
	struct redis_bus *data = lag->bus->data;
	char stream[TCS_REDIS_STREAM];

	if (err != TCS_OK) {
		lag->cb(lag->arg, err, 0);
		free(lag);
		return;
	}
	(void)tcs_redis_stream(tcs_store_realm(lag->bus->store), lag->topic,
	    lag->partition, stream);
	const struct tcs_slice argv[] = {
	    tcs_slice_str(stream), tcs_reply_slice(reply)};
	tcs_store_eval(lag->bus->store, data->count_after, argv, 2,
	    redis_lag_counted, lag);
}

static void
redis_lag_next(struct redis_lag *lag)
{
	char key[256];

	(void)snprintf(key, sizeof(key), "%spos:%s:%s.%u",
	    tcs_store_realm(lag->bus->store), lag->group, lag->topic,
	    lag->partition);
	tcs_store_send(
	    lag->bus->store, redis_lag_position, lag, "GET", key, NULL);
}

static void
redis_lag(struct tcs_bus *bus, const char *group, const char *topic,
    tcs_bus_lag_cb *cb, void *arg)
{
	struct redis_lag *lag = calloc(1, sizeof(*lag));

	tcs_assert(lag != NULL);
	lag->bus = bus;
	(void)snprintf(lag->group, sizeof(lag->group), "%s", group);
	(void)snprintf(lag->topic, sizeof(lag->topic), "%s", topic);
	lag->cb = cb;
	lag->arg = arg;
	redis_lag_next(lag);
}

/* Scan */

struct redis_scan {
	struct tcs_bus *bus;
	char topic[64];
	unsigned partition;
	char after[TCS_POSITION_MAX];
	tcs_bus_scan_cb *cb;
	void (*done)(void *arg, enum tcs_err err);
	void *arg;
};

static void redis_scan_next(struct redis_scan *scan);

/* False when the reader has had enough. */
static bool
redis_scan_entry(struct redis_scan *scan, const struct tcs_reply *entry)
{
	struct tcs_header headers[TCS_REDIS_HEADERS];
	const struct tcs_reply *fields = tcs_reply_at(entry, 1);
	struct tcs_record record = {.topic = scan->topic,
	    .partition = scan->partition,
	    .position = scan->after};

	(void)snprintf(scan->after, sizeof(scan->after), "%.*s",
	    TCS_SLICE_ARG(tcs_reply_slice(tcs_reply_at(entry, 0))));
	record.at_ms = tcs_redis_id_ms(scan->after);
	tcs_redis_read_fields(fields, &record, headers);
	return scan->cb(scan->arg, &record);
}

static void
redis_scanned(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct redis_scan *scan = arg;
	size_t n = tcs_reply_count(reply);
	bool is_going = err == TCS_OK;

	for (size_t i = 0; is_going && i < n; i++)
		is_going = redis_scan_entry(scan, tcs_reply_at(reply, i));
	if (is_going && n == 0) {
		scan->partition++;
		scan->after[0] = '\0';
		is_going = scan->partition < scan->bus->partitions;
	}
	if (is_going) {
		redis_scan_next(scan);
		return;
	}
	scan->done(scan->arg, err);
	free(scan);
}

static void
redis_scan_next(struct redis_scan *scan)
{
	char stream[TCS_REDIS_STREAM], from[TCS_POSITION_MAX + 1];

	(void)tcs_redis_stream(tcs_store_realm(scan->bus->store), scan->topic,
	    scan->partition, stream);
	(void)snprintf(from, sizeof(from), "%s%s",
	    scan->after[0] == '\0' ? "-" : "(", scan->after);
	tcs_store_send(scan->bus->store, redis_scanned, scan, "XRANGE", stream,
	    from, "+", "COUNT", "100", NULL);
}

static void
redis_scan(struct tcs_bus *bus, const char *topic, tcs_bus_scan_cb *cb,
    void (*done)(void *arg, enum tcs_err err), void *arg)
{
	struct redis_scan *scan = calloc(1, sizeof(*scan));

	tcs_assert(scan != NULL);
	scan->bus = bus;
	(void)snprintf(scan->topic, sizeof(scan->topic), "%s", topic);
	scan->cb = cb;
	scan->done = done;
	scan->arg = arg;
	redis_scan_next(scan);
}

/* The driver */

static enum tcs_err
redis_open(
    struct tcs_bus *bus, const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	(void)conf;
	struct redis_bus *data = calloc(1, sizeof(*data));

	if (data == NULL)
		return tcs_diag_add(diag, TCS_ENOMEM, NULL, 0, "out of memory");
	data->count_after = tcs_store_script(bus->store, redis_count_after);
	bus->data = data;
	return TCS_OK;
}

static void
redis_close(struct tcs_bus *bus)
{
	free(bus->data);
}

const struct tcs_bus_driver tcs_bus_redis = {
    .scheme = "redis:",
    .open = redis_open,
    .close = redis_close,
    .publish = redis_publish,
    .join = tcs_redis_join,
    .leave = tcs_member_leave,
    .member_free = tcs_member_free,
    .read = tcs_redis_read,
    .pause = tcs_redis_pause,
    .input = tcs_redis_input,
    .answered = tcs_redis_answered,
    .lag = redis_lag,
    .scan = redis_scan,
    .tail_open = tcs_redis_tail_open,
    .tail_is_open = tcs_redis_tail_is_open,
    .tail_close = tcs_redis_tail_close,
};
