/* kafka.c - the bus on Apache Kafka, for several machines: the log. */
#include "core/bus/kafka.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/bus/kafka_oauth.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/step_wire.h"
#include "core/store.h"

enum {
	KAFKA_BUS_MAGIC = 0x6b616662,
	KAFKA_SENDING_MAGIC = 0x6b61736e,
	KAFKA_SEND_MS = 10000,
};

/* Waking the loop */

static void
kafka_woke(void *arg)
{
	struct kafka_wake *wake = arg;
	uint64_t n;

	if (read(wake->fd, &n, sizeof(n)) < 0)
		n = 0; /* the timer's turn: nothing was written */
	tcs_timer_start(wake->timer, KAFKA_POLL_MS);
	wake->cb(wake->arg);
}

bool
tcs_kafka_wake_open(struct kafka_wake *wake, struct tcs_loop *loop,
    void (*cb)(void *arg), void *arg)
{
	wake->cb = cb;
	wake->arg = arg;
	wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake->fd < 0)
		return false;
	wake->watch = tcs_watch_new(loop, wake->fd, kafka_woke, wake);
	wake->timer = tcs_timer_new(loop, kafka_woke, wake);
	if (wake->watch == NULL || wake->timer == NULL) {
		tcs_kafka_wake_close(wake);
		return false;
	}
	tcs_timer_start(wake->timer, 0);
	return true;
}

void
tcs_kafka_wake_close(struct kafka_wake *wake)
{
	tcs_watch_free(&wake->watch);
	tcs_timer_free(&wake->timer);
	if (wake->fd >= 0)
		(void)close(wake->fd);
	wake->fd = -1;
}

void
tcs_kafka_wake_add(struct kafka_wake *wake, rd_kafka_queue_t *queue)
{
	static const uint64_t one = 1;

	rd_kafka_queue_io_event_enable(queue, wake->fd, &one, sizeof(one));
	/* What is there already woke nobody. */
	tcs_timer_start(wake->timer, 0);
}

/* Clients */

void
tcs_kafka_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char reason[256];

	tcs_assert(rd_kafka_conf_set(conf, name, value, reason,
	               sizeof(reason)) == RD_KAFKA_CONF_OK);
}

static struct tcs_bus_conf
kafka_conf(const struct kafka_bus *kafka)
{
	return (struct tcs_bus_conf){.url = kafka->url,
	    .partitions = kafka->bus->partitions,
	    .properties = kafka->properties,
	    .properties_n = kafka->properties_n};
}

struct tcs_kafka_oauth *
tcs_kafka_serve_oauth(const struct kafka_bus *kafka, rd_kafka_t *rk)
{
	const struct tcs_bus_conf of = kafka_conf(kafka);

	return tcs_kafka_oauth_open(kafka->bus->loop, &of, rk);
}

rd_kafka_conf_t *
tcs_kafka_conf(
    const struct kafka_bus *kafka, const char *what, struct tcs_diag *diag)
{
	rd_kafka_conf_t *conf = NULL;
	char client[160];
	const struct tcs_bus_conf of = kafka_conf(kafka);

	(void)snprintf(client, sizeof(client), "%s%s",
	    tcs_store_realm(kafka->bus->store), what);
	if (tcs_kafka_conf_new(&of, client, &conf, diag) != TCS_OK)
		return NULL;
	tcs_kafka_set(conf, "socket.nagle.disable", "true");
	tcs_kafka_set(conf, "reconnect.backoff.max.ms", "1000");
	/* A broker that accepts and does not answer is left sooner. */
	tcs_kafka_set(conf, "api.version.request.timeout.ms", "3000");
	tcs_kafka_set(conf, "socket.timeout.ms", "10000");
	tcs_kafka_set(conf, "topic.metadata.refresh.interval.ms", "30000");
	return conf;
}

void
tcs_kafka_topic(
    const struct tcs_bus *bus, const char *topic, char name[KAFKA_NAME_MAX])
{
	(void)snprintf(
	    name, KAFKA_NAME_MAX, "%s%s", tcs_store_realm(bus->store), topic);
}

/* That no broker is up says less than why the last one is not. */
static void
kafka_keep_reason(
    struct tcs_bus *bus, rd_kafka_resp_err_t err, const char *reason)
{
	if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
	    bus->reason[0] != '\0')
		return;
	(void)snprintf(bus->reason, sizeof(bus->reason), "%s", reason);
}

void
tcs_kafka_trouble(struct kafka_bus *kafka, const char *who,
    rd_kafka_resp_err_t err, const char *reason)
{
	kafka_keep_reason(kafka->bus, err, reason);
	/* One connection, or one of several servers: when no server is left,
	 * that comes as an error of its own. */
	if (err == RD_KAFKA_RESP_ERR__TRANSPORT)
		return;
	const struct tcs_bus_conf of = kafka_conf(kafka);
	/* What a person has to put right is said although it is down already.
	 */
	bool is_ours = err == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	               err == RD_KAFKA_RESP_ERR__SSL;
	bool is_news = is_ours && err != kafka->trouble;
	if (is_ours)
		kafka->trouble = err;
	if (tcs_complain(&kafka->complaint, tcs_clock_boot_ms()) || is_news)
		tcs_log(TCS_LOG_WARNING, "bus.down",
		    "client=%s err=%s reason=\"%s%s\"", who,
		    rd_kafka_err2name(err), kafka->bus->reason,
		    tcs_kafka_advice(&of, err));
}

void
tcs_kafka_is_well(struct kafka_bus *kafka)
{
	kafka->bus->reason[0] = '\0';
	kafka->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
	if (tcs_complaint_over(&kafka->complaint))
		tcs_log(TCS_LOG_INFO, "bus.ready", "again=yes");
}

static void
kafka_producer_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct kafka_bus *kafka = opaque;
	char text[256];

	if (err != RD_KAFKA_RESP_ERR__FATAL) {
		tcs_kafka_trouble(kafka, "producer", err, reason);
		return;
	}
	/* Order cannot be promised any more by this producer. What is stored
	 * is sent by the next process. */
	rd_kafka_resp_err_t fatal =
	    rd_kafka_fatal_error(rk, text, sizeof(text));
	tcs_log(TCS_LOG_ERROR, "bus.fatal", "err=%s reason=\"%s\"",
	    rd_kafka_err2name(fatal), text);
	exit(1);
}

/* Records on their way */

struct kafka_sending *
tcs_kafka_sending_new(
    struct kafka_bus *kafka, struct tcs_slice records, size_t records_n)
{
	struct kafka_sending *sending = calloc(1, sizeof(*sending));

	tcs_assert(sending != NULL);
	sending->magic = KAFKA_SENDING_MAGIC;
	sending->kafka = kafka;
	sending->bytes = tcs_slice_dup(records);
	tcs_assert(sending->bytes != NULL);
	sending->n = records.n;
	sending->records_n = records_n;
	for (size_t i = 0; i < TCS_STEP_INPUTS; i++)
		sending->inputs[i] = -1;
	LIST_INSERT_HEAD(&kafka->sendings, sending, all);
	return sending;
}

void
tcs_kafka_sending_free(struct kafka_sending *sending)
{
	if (sending == NULL)
		return;
	LIST_REMOVE(sending, all);
	tcs_timer_free(&sending->deadline);
	free(sending->bytes);
	free(sending);
}

/* All records were answered, or none left. */
static void
kafka_sending_done(struct kafka_sending *sending)
{
	tcs_step_cb *cb = sending->cb;
	rd_kafka_resp_err_t failure = sending->failure;
	void *arg = sending->arg;

	if (sending->unit != NULL) {
		tcs_kafka_outbox_acked(sending);
		return;
	}
	tcs_kafka_sending_free(sending);
	if (cb == NULL)
		return;
	if (failure == RD_KAFKA_RESP_ERR_NO_ERROR)
		cb(arg, TCS_OK, "");
	else
		cb(arg, TCS_EUNAVAIL, rd_kafka_err2str(failure));
}

static void
kafka_delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	struct kafka_bus *kafka = opaque;
	struct kafka_sending *sending = message->_private;

	(void)rk;
	tcs_assert(kafka->magic == KAFKA_BUS_MAGIC &&
	           sending->magic == KAFKA_SENDING_MAGIC);
	kafka->pending_n--;
	kafka->pending_bytes -= message->len;
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		tcs_kafka_is_well(kafka);
	else if (sending->failure == RD_KAFKA_RESP_ERR_NO_ERROR)
		sending->failure = message->err;
	if (--sending->unacked == 0)
		kafka_sending_done(sending);
}

/* Refusals of the producer itself are dealt with from the loop. */
static void
kafka_end_refused(struct kafka_bus *kafka)
{
	struct kafka_sending *sending, *next;

	for (sending = LIST_FIRST(&kafka->sendings); sending != NULL;
	     sending = next) {
		next = LIST_NEXT(sending, all);
		if (!sending->is_refused || sending->unacked > 0)
			continue;
		sending->is_refused = false;
		kafka_sending_done(sending);
		/* That may have freed others too. */
		tcs_timer_start(kafka->wake.timer, 0);
		return;
	}
}

static void
kafka_poll(void *arg)
{
	struct kafka_bus *kafka = arg;

	(void)rd_kafka_poll(kafka->producer, 0);
	kafka_end_refused(kafka);
}

rd_kafka_t *
tcs_kafka_producer(struct kafka_bus *kafka, struct tcs_diag *diag)
{
	char reason[256];

	if (kafka->producer != NULL)
		return kafka->producer;
	rd_kafka_conf_t *conf = tcs_kafka_conf(kafka, "producer", diag);
	if (conf == NULL)
		return NULL;
	tcs_kafka_set(conf, "acks", "all");
	tcs_kafka_set(conf, "enable.idempotence", "true");
	tcs_kafka_set(conf, "linger.ms", "0");
	tcs_kafka_set(conf, "message.timeout.ms", "0");
	tcs_kafka_set(conf, "partitioner", "murmur2_random");
	tcs_kafka_set(conf, "message.max.bytes", "1048576");
	/* Our own bound comes before this one. */
	tcs_kafka_set(conf, "queue.buffering.max.messages", "100000");
	rd_kafka_conf_set_opaque(conf, kafka);
	rd_kafka_conf_set_dr_msg_cb(conf, kafka_delivered);
	rd_kafka_conf_set_error_cb(conf, kafka_producer_error);
	kafka->producer =
	    rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof(reason));
	if (kafka->producer == NULL) {
		rd_kafka_conf_destroy(conf);
		(void)tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "no Kafka producer: %s", reason);
		return NULL;
	}
	rd_kafka_queue_t *queue = rd_kafka_queue_get_main(kafka->producer);
	bool is_open = tcs_kafka_wake_open(
	    &kafka->wake, kafka->bus->loop, kafka_poll, kafka);
	tcs_assert(is_open);
	tcs_kafka_wake_add(&kafka->wake, queue);
	rd_kafka_queue_destroy(queue);
	kafka->oauth = tcs_kafka_serve_oauth(kafka, kafka->producer);
	return kafka->producer;
}

void
tcs_kafka_expect(struct kafka_bus *kafka, const char *const *topics)
{
	char name[KAFKA_NAME_MAX];

	for (; topics != NULL && *topics != NULL; topics++) {
		tcs_assert(kafka->expected_n < MEMBER_TOPICS);
		tcs_kafka_topic(kafka->bus, *topics, name);
		rd_kafka_topic_t *topic =
		    rd_kafka_topic_new(kafka->producer, name, NULL);
		if (topic != NULL)
			kafka->expected[kafka->expected_n++] = topic;
	}
}

static rd_kafka_headers_t *
kafka_headers(const struct tcs_outgoing *record)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(record->headers_n);

	tcs_assert(headers != NULL);
	for (size_t i = 0; i < record->headers_n; i++) {
		const struct tcs_header *h = &record->headers[i];
		tcs_assert(
		    rd_kafka_header_add(headers, h->name.p, (ssize_t)h->name.n,
		        h->value.p,
		        (ssize_t)h->value.n) == RD_KAFKA_RESP_ERR_NO_ERROR);
	}
	return headers;
}

static rd_kafka_resp_err_t
kafka_produce_one(
    struct kafka_sending *sending, const struct tcs_outgoing *record)
{
	struct tcs_bus *bus = sending->kafka->bus;
	char name[KAFKA_NAME_MAX];
	rd_kafka_headers_t *headers = kafka_headers(record);

	tcs_kafka_topic(bus, record->topic, name);
	/* Not by rd_kafka_producev(): its macros are GNU C. */
	const rd_kafka_vu_t parts[] = {
	    {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = name},
	    {.vtype = RD_KAFKA_VTYPE_PARTITION,
	        .u.i32 = (int32_t)tcs_bus_partition_of(bus, record->key)},
	    {.vtype = RD_KAFKA_VTYPE_KEY,
	        .u.mem = {(void *)(uintptr_t)record->key.p, record->key.n}},
	    {.vtype = RD_KAFKA_VTYPE_VALUE,
	        .u.mem = {(void *)(uintptr_t)record->value.p, record->value.n}},
	    {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
	    {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
	    {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = sending}};
	rd_kafka_error_t *error = rd_kafka_produceva(
	    sending->kafka->producer, parts, sizeof(parts) / sizeof(parts[0]));
	rd_kafka_resp_err_t err = rd_kafka_error_code(error);
	rd_kafka_error_destroy(error);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_headers_destroy(headers); /* else the message's */
	return err;
}

void
tcs_kafka_produce(struct kafka_sending *sending)
{
	struct kafka_bus *kafka = sending->kafka;
	struct tcs_slice rest = tcs_slice(sending->bytes, sending->n);
	struct tcs_header headers[KAFKA_HEADERS];
	struct tcs_outgoing record;
	struct tcs_diag diag = {0};
	char topic[64];

	if (tcs_kafka_producer(kafka, &diag) == NULL)
		sending->failure = RD_KAFKA_RESP_ERR__INVALID_ARG;
	tcs_diag_fini(&diag);
	while (rest.n > 0 && sending->failure == RD_KAFKA_RESP_ERR_NO_ERROR) {
		tcs_assert(tcs_kafka_next_record(
		               &rest, &record, topic, headers) == TCS_OK);
		sending->failure = kafka_produce_one(sending, &record);
		if (sending->failure != RD_KAFKA_RESP_ERR_NO_ERROR)
			break;
		sending->unacked++;
		kafka->pending_n++;
		kafka->pending_bytes += record.value.n;
	}
	if (sending->failure != RD_KAFKA_RESP_ERR_NO_ERROR) {
		sending->is_refused = true;
		tcs_timer_start(kafka->wake.timer, 0);
	}
}

/* Steps */

static void
kafka_publish(struct tcs_bus *bus, struct tcs_step *step,
    const struct tcs_outgoing *record)
{
	struct tcs_step_beside *beside = tcs_step_beside(step);
	size_t n = record->key.n + record->value.n;

	(void)bus;
	tcs_assert(record->headers_n <= KAFKA_HEADERS);
	for (size_t i = 0; i < record->headers_n; i++)
		n += record->headers[i].name.n + record->headers[i].value.n;
	if (n > KAFKA_RECORD_MAX) {
		tcs_step_fail(step, TCS_ELIMIT);
		return;
	}
	tcs_kafka_write_record(&beside->records, record);
	beside->records_n++;
}

static void
kafka_send_late(void *arg)
{
	struct kafka_sending *sending = arg;
	tcs_step_cb *cb = sending->cb;

	sending->cb = NULL;
	cb(sending->arg, TCS_EUNAVAIL,
	    "the bus has not answered within 10 s: whether it takes the record "
	    "is not known");
}

static void
kafka_send(
    struct tcs_bus *bus, struct tcs_slice records, tcs_step_cb *cb, void *arg)
{
	struct tcs_slice rest = records;
	struct tcs_header headers[KAFKA_HEADERS];
	struct tcs_outgoing record;
	char topic[64];
	size_t n = 0;

	for (; rest.n > 0; n++)
		tcs_assert(tcs_kafka_next_record(
		               &rest, &record, topic, headers) == TCS_OK);
	struct kafka_sending *sending =
	    tcs_kafka_sending_new(bus->data, records, n);
	sending->cb = cb;
	sending->arg = arg;
	sending->deadline = tcs_timer_new(bus->loop, kafka_send_late, sending);
	tcs_assert(sending->deadline != NULL);
	tcs_timer_start(sending->deadline, KAFKA_SEND_MS);
	tcs_kafka_produce(sending);
}

static bool
kafka_is_full(const struct tcs_unit *unit)
{
	const struct kafka_bus *kafka = unit->bus->data;

	return kafka->pending_n >= KAFKA_OUTBOX_RECORDS ||
	       kafka->pending_bytes >= KAFKA_OUTBOX_BYTES;
}

void
tcs_kafka_read(const struct tcs_bus *bus, const rd_kafka_message_t *m,
    struct tcs_record *ret_record, struct tcs_header headers[KAFKA_HEADERS],
    char position[TCS_POSITION_MAX])
{
	size_t realm = strlen(tcs_store_realm(bus->store));
	rd_kafka_headers_t *all = NULL;
	rd_kafka_timestamp_type_t kind;
	const char *name;
	const void *value;
	size_t size;

	(void)snprintf(position, TCS_POSITION_MAX, "%" PRId64, m->offset);
	*ret_record =
	    (struct tcs_record){.topic = rd_kafka_topic_name(m->rkt) + realm,
	        .partition = (unsigned)m->partition,
	        .position = position,
	        .key = tcs_slice(m->key, m->key_len),
	        .value = tcs_slice(m->payload, m->len),
	        .headers = headers,
	        .at_ms = rd_kafka_message_timestamp(m, &kind)};
	if (kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE)
		ret_record->at_ms = 0;
	if (rd_kafka_message_headers(m, &all) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	for (size_t i = 0;
	     i < KAFKA_HEADERS && rd_kafka_header_get_all(all, i, &name, &value,
	                              &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
	     i++)
		headers[ret_record->headers_n++] = (struct tcs_header){
		    tcs_slice_str(name), tcs_slice(value, size)};
}

/* The driver */

static void
kafka_close(struct tcs_bus *bus)
{
	struct kafka_bus *kafka = bus->data;

	for (size_t i = 0; i < kafka->expected_n; i++)
		rd_kafka_topic_destroy(kafka->expected[i]);
	tcs_kafka_oauth_close(&kafka->oauth);
	if (kafka->producer != NULL)
		rd_kafka_destroy(kafka->producer);
	/* Its threads write to that descriptor until they have ended. */
	tcs_kafka_wake_close(&kafka->wake);
	struct kafka_sending *sending, *next;
	for (sending = LIST_FIRST(&kafka->sendings); sending != NULL;
	     sending = next) {
		next = LIST_NEXT(sending, all);
		tcs_kafka_sending_free(sending);
	}
	for (size_t i = 0; i < kafka->properties_n; i++) {
		free((void *)(uintptr_t)kafka->properties[i].name);
		free((void *)(uintptr_t)kafka->properties[i].value);
	}
	free(kafka->properties);
	free(kafka->url);
	free(kafka);
}

static bool
kafka_copy_conf(struct kafka_bus *kafka, const struct tcs_bus_conf *conf)
{
	kafka->url = strdup(conf->url);
	kafka->properties =
	    calloc(conf->properties_n + 1, sizeof(*kafka->properties));
	if (kafka->url == NULL || kafka->properties == NULL)
		return false;
	for (size_t i = 0; i < conf->properties_n; i++) {
		kafka->properties[i].name = strdup(conf->properties[i].name);
		kafka->properties[i].value = strdup(conf->properties[i].value);
		kafka->properties_n++;
		if (kafka->properties[i].name == NULL ||
		    kafka->properties[i].value == NULL)
			return false;
	}
	return true;
}

static enum tcs_err
kafka_open(
    struct tcs_bus *bus, const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	struct kafka_bus *kafka = calloc(1, sizeof(*kafka));

	if (kafka == NULL)
		return tcs_diag_add(diag, TCS_ENOMEM, NULL, 0, "out of memory");
	kafka->magic = KAFKA_BUS_MAGIC;
	kafka->bus = bus;
	kafka->wake.fd = -1;
	LIST_INIT(&kafka->sendings);
	bus->data = kafka;
	if (!kafka_copy_conf(kafka, conf)) {
		kafka_close(bus);
		return tcs_diag_add(diag, TCS_ENOMEM, NULL, 0, "out of memory");
	}
	/* What is wrong in the configuration is said at the start. */
	rd_kafka_conf_t *trial = tcs_kafka_conf(kafka, "trial", diag);
	if (trial == NULL) {
		kafka_close(bus);
		return TCS_ECONFIG;
	}
	rd_kafka_conf_destroy(trial);
	return TCS_OK;
}

const struct tcs_bus_driver tcs_bus_kafka = {
    .scheme = TCS_KAFKA_SCHEME,
    .open = kafka_open,
    .close = kafka_close,
    .publish = kafka_publish,
    .prepare = tcs_kafka_prepare,
    .stored = tcs_kafka_stored,
    .send = kafka_send,
    .is_full = kafka_is_full,
    .join = tcs_kafka_join,
    .leave = tcs_kafka_leave,
    .member_free = tcs_kafka_member_free,
    .read = tcs_kafka_read_unit,
    .pause = tcs_kafka_pause,
    .input = tcs_kafka_input,
    .answered = tcs_kafka_answered,
    .lag = tcs_kafka_lag,
    .scan = tcs_kafka_scan,
    .tail_open = tcs_kafka_tail_open,
    .tail_is_open = tcs_kafka_tail_is_open,
    .tail_close = tcs_kafka_tail_close,
};
