/* redis_tail.c - records of a topic from now on, for whoever looks: asked for
 * twice a second, so that nobody's connection waits in XREAD. */
#include <stdio.h>
#include <stdlib.h>

#include "core/bus/redis.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"

enum { TAIL_MS = 500, TAIL_OPENING_MS = 20, TAIL_PARTITIONS = 64 };

struct tail_partition {
	struct tcs_bus_tail *tail;
	unsigned number;
	/* The last one seen; "" until the topic's end was asked for. */
	char after[TCS_POSITION_MAX];
};

struct tcs_bus_tail {
	struct tcs_bus *bus;
	char topic[64];
	tcs_bus_tail_cb *cb;
	void *arg;
	struct tcs_timer *timer;
	struct tail_partition partitions[TAIL_PARTITIONS];
	size_t pending; /* answers still to come */
	bool is_closed; /* freed with the last answer */
};

void
tcs_redis_read_fields(const struct tcs_reply *fields,
    struct tcs_record *ret_record, struct tcs_header headers[TCS_REDIS_HEADERS])
{
	ret_record->headers = headers;
	ret_record->headers_n = 0;
	for (size_t i = 0; i + 1 < tcs_reply_count(fields); i += 2) {
		struct tcs_slice name =
		    tcs_reply_slice(tcs_reply_at(fields, i));
		struct tcs_slice value =
		    tcs_reply_slice(tcs_reply_at(fields, i + 1));
		if (tcs_slice_is(name, "k"))
			ret_record->key = value;
		else if (tcs_slice_is(name, "v"))
			ret_record->value = value;
		else if (tcs_slice_starts(name, "h.") &&
		         ret_record->headers_n < TCS_REDIS_HEADERS)
			headers[ret_record->headers_n++] = (struct tcs_header){
			    tcs_slice(name.p + 2, name.n - 2), value};
	}
}

int64_t
tcs_redis_id_ms(const char *id)
{
	struct tcs_slice rest;
	int64_t ms = 0;

	if (tcs_slice_i64(tcs_slice_cut(tcs_slice_str(id), '-', &rest), 0,
	        INT64_MAX, &ms) != TCS_OK)
		return 0;
	return ms;
}

/* False once the tail is closed, and gone with its last answer. */
static bool
tail_is_open(struct tcs_bus_tail *tail, enum tcs_err err)
{
	tail->pending--;
	tail->is_closed = tail->is_closed || err == TCS_ECANCELED;
	if (!tail->is_closed)
		return true;
	if (tail->pending == 0 && tail->timer == NULL)
		free(tail);
	return false;
}

static void
tail_hand_over(struct tail_partition *p, const struct tcs_reply *entry)
{
	struct tcs_header headers[TCS_REDIS_HEADERS];
	struct tcs_record record = {.topic = p->tail->topic,
	    .partition = p->number,
	    .position = p->after};

	(void)snprintf(p->after, sizeof(p->after), "%.*s",
	    TCS_SLICE_ARG(tcs_reply_slice(tcs_reply_at(entry, 0))));
	record.at_ms = tcs_redis_id_ms(p->after);
	tcs_redis_read_fields(tcs_reply_at(entry, 1), &record, headers);
	p->tail->cb(p->tail->arg, &record);
}

static void
tail_read(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tail_partition *p = arg;

	if (!tail_is_open(p->tail, err) || err != TCS_OK)
		return;
	for (size_t i = 0; i < tcs_reply_count(reply); i++)
		tail_hand_over(p, tcs_reply_at(reply, i));
}

/* "0-0" comes before every entry. */
static void
tail_found_end(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tail_partition *p = arg;

	if (!tail_is_open(p->tail, err) || err != TCS_OK)
		return;
	struct tcs_slice last =
	    tcs_reply_slice(tcs_reply_at(tcs_reply_at(reply, 0), 0));
	(void)snprintf(p->after, sizeof(p->after), "%.*s",
	    last.n == 0 ? 3 : (int)last.n, last.n == 0 ? "0-0" : last.p);
}

static void
tail_ask(struct tail_partition *p)
{
	struct tcs_store *store = p->tail->bus->store;
	char stream[TCS_REDIS_STREAM], from[TCS_POSITION_MAX + 1];

	(void)tcs_redis_stream(
	    tcs_store_realm(store), p->tail->topic, p->number, stream);
	(void)snprintf(from, sizeof(from), "(%s", p->after);
	p->tail->pending++;
	if (p->after[0] == '\0')
		tcs_store_send(store, tail_found_end, p, "XREVRANGE", stream,
		    "+", "-", "COUNT", "1", NULL);
	else
		tcs_store_send(store, tail_read, p, "XRANGE", stream, from, "+",
		    "COUNT", "500", NULL);
}

bool
tcs_redis_tail_is_open(const struct tcs_bus_tail *tail)
{
	for (unsigned i = 0; i < tail->bus->partitions; i++) {
		if (tail->partitions[i].after[0] == '\0')
			return false;
	}
	return true;
}

static void
tail_look(void *arg)
{
	struct tcs_bus_tail *tail = arg;

	tcs_timer_start(tail->timer,
	    tcs_redis_tail_is_open(tail) ? TAIL_MS : TAIL_OPENING_MS);
	if (tail->pending > 0 || !tcs_store_is_ready(tail->bus->store))
		return;
	for (unsigned i = 0; i < tail->bus->partitions; i++)
		tail_ask(&tail->partitions[i]);
}

struct tcs_bus_tail *
tcs_redis_tail_open(
    struct tcs_bus *bus, const char *topic, tcs_bus_tail_cb *cb, void *arg)
{
	struct tcs_bus_tail *tail = calloc(1, sizeof(*tail));

	if (tail == NULL)
		return NULL;
	tail->bus = bus;
	(void)snprintf(tail->topic, sizeof(tail->topic), "%s", topic);
	tail->cb = cb;
	tail->arg = arg;
	for (unsigned i = 0; i < bus->partitions; i++) {
		tail->partitions[i].tail = tail;
		tail->partitions[i].number = i;
	}
	tail->timer = tcs_timer_new(bus->loop, tail_look, tail);
	if (tail->timer == NULL) {
		free(tail);
		return NULL;
	}
	tcs_timer_start(tail->timer, 0);
	return tail;
}

void
tcs_redis_tail_close(struct tcs_bus_tail *tail)
{
	tcs_timer_free(&tail->timer);
	tail->is_closed = true;
	if (tail->pending == 0)
		free(tail);
}
