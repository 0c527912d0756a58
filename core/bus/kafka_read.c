/* kafka_read.c - the bus on Apache Kafka: a group's member.
 *
 * Each assigned partition has a queue of its own, polled one message at a time
 * and only while its unit has room: nothing is ever paused, which skips offsets
 * in librdkafka 2.0.2, and the group's queue is polled whatever the units do.
 * The group's offset says where the broker begins; what the stored position
 * knows as done is passed over, and a gap before what is expected is gone back
 * for. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/kafka.h"
#include "core/bus/kafka_oauth.h"
#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"

enum {
	READ_SEEK_MS = 200,
	READ_DRAIN_MS = 2000,
	READ_DRAIN_LOOK_MS = 20,
	READ_AGAIN_MS = 1000,
	READ_LOST_MS = 60000,
};

struct kafka_member {
	struct tcs_bus_member *member;
	rd_kafka_t *consumer;
	struct kafka_wake wake;
	struct tcs_kafka_oauth *oauth;
	bool is_over; /* the broker gave our name to another process */
	/* The consumer has ended by an error of its own: it is made anew. */
	bool is_broken;
	/* The session is over for want of a coordinator, and none has assigned
	 * anything since; CLOCK_BOOTTIME when that was last so. */
	bool is_lost;
	int64_t lost_ms;
	struct tcs_timer *again;
	struct tcs_timer *drain; /* while leaving */
	int64_t drain_until_ms;
	void (*left)(void *);
	void *left_arg;
};

static void kafka_read_more(struct kafka_unit *unit);
static void read_break(struct kafka_member *data);
static void read_again(void *arg);

static struct kafka_unit *
read_unit(struct tcs_unit *unit)
{
	return (struct kafka_unit *)unit;
}

static rd_kafka_t *
read_consumer(const struct kafka_unit *unit)
{
	struct kafka_member *data = unit->m.member->data;

	return data->consumer;
}

/* One topic of the unit, at an offset. */
static rd_kafka_topic_partition_list_t *
read_place(const struct kafka_unit *unit, size_t topic, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	char name[KAFKA_NAME_MAX];

	tcs_assert(list != NULL);
	tcs_kafka_topic(unit->m.base.bus, unit->m.member->topics[topic], name);
	rd_kafka_topic_partition_list_add(
	    list, name, (int32_t)unit->m.base.partition)
	    ->offset = offset;
	return list;
}

/* Where it fails the messages that come are not those expected, and it is
 * tried again. */
static void
read_seek(struct kafka_unit *unit, size_t topic, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = read_place(unit, topic, offset);
	rd_kafka_error_t *error =
	    rd_kafka_seek_partitions(read_consumer(unit), list, 0);

	if (error != NULL)
		rd_kafka_error_destroy(error);
	rd_kafka_topic_partition_list_destroy(list);
	unit->sought_ms = tcs_clock_boot_ms();
}

/* Not stored when the group took the partition away meanwhile: its next owner
 * passes over what the position in the store has. */
void
tcs_kafka_store_offsets(
    struct kafka_unit *unit, const int64_t inputs[TCS_STEP_INPUTS])
{
	for (size_t i = 0; i < unit->m.member->topics_n; i++) {
		if (inputs[i] < 0 || unit->topics[i].queue == NULL)
			continue;
		rd_kafka_topic_partition_list_t *list =
		    read_place(unit, i, inputs[i] + 1);
		rd_kafka_resp_err_t err =
		    rd_kafka_offsets_store(read_consumer(unit), list);
		if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
			tcs_log(TCS_LOG_DEBUG, "offset.not-stored",
			    "topic=%s err=%s", unit->m.member->topics[i],
			    rd_kafka_err2name(err));
		rd_kafka_topic_partition_list_destroy(list);
	}
}

/* Reading */

/* What the brokers hold of the topic, as last heard. */
static void
read_bounds(const struct kafka_unit *unit, const rd_kafka_message_t *m,
    int64_t *ret_low, int64_t *ret_high)
{
	*ret_low = *ret_high = RD_KAFKA_OFFSET_INVALID;
	(void)rd_kafka_get_watermark_offsets(read_consumer(unit),
	    rd_kafka_topic_name(m->rkt), m->partition, ret_low, ret_high);
}

/* Is this the next one? Older ones are done; a gap is gone back for, unless
 * the brokers hold nothing of it any more. */
static bool
read_is_next(struct kafka_unit *unit, size_t topic, const rd_kafka_message_t *m)
{
	int64_t next = unit->topics[topic].next, low, high;
	const char *name = unit->m.member->topics[topic];

	if (next < 0 || m->offset == next)
		return true;
	read_bounds(unit, m, &low, &high);
	if (m->offset < next) {
		if (high < 0 || high >= next)
			return false;
		tcs_log(TCS_LOG_ERROR, "bus.topic-anew",
		    "topic=%s partition=%d position=%" PRId64 " end=%" PRId64
		    " reason=\"the topic is shorter than what was read of it: "
		    "it is read from its beginning\"",
		    name, (int)m->partition, next - 1, high);
		return true;
	}
	if (low > next) {
		tcs_log(TCS_LOG_ERROR, "bus.records-gone",
		    "topic=%s partition=%d from=%" PRId64 " to=%" PRId64
		    " reason=\"past their retention before they were read\"",
		    name, (int)m->partition, next, m->offset - 1);
		return true;
	}
	if (tcs_clock_boot_ms() - unit->sought_ms >= READ_SEEK_MS)
		read_seek(unit, topic, next);
	return false;
}

static void
read_hand_over(
    struct kafka_unit *unit, size_t topic, const rd_kafka_message_t *m)
{
	struct tcs_header headers[KAFKA_HEADERS];
	struct tcs_record record;
	char position[TCS_POSITION_MAX];

	tcs_kafka_read(unit->m.base.bus, m, &record, headers, position);
	unit->topics[topic].next = m->offset + 1;
	unit->m.member->ops->record(
	    unit->m.member->arg, &unit->m.base, &record);
}

static bool
read_has_room(const struct kafka_unit *unit)
{
	return unit->m.member != NULL && unit->is_wanted &&
	       unit->m.base.is_owned &&
	       unit->m.base.in_flight < unit->m.member->window &&
	       !tcs_unit_is_full(&unit->m.base);
}

/* At most one message. False: there was none. */
static bool
read_one(struct kafka_unit *unit, size_t topic)
{
	rd_kafka_queue_t *queue = unit->topics[topic].queue;
	struct kafka_bus *kafka = unit->m.base.bus->data;

	if (queue == NULL)
		return false;
	rd_kafka_message_t *m = rd_kafka_consume_queue(queue, 0);
	if (m == NULL)
		return false;
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		tcs_kafka_trouble(
		    kafka, "consumer", m->err, rd_kafka_message_errstr(m));
	} else {
		tcs_kafka_is_well(kafka);
		if (read_is_next(unit, topic, m))
			read_hand_over(unit, topic, m);
	}
	rd_kafka_message_destroy(m);
	return true;
}

static void
kafka_read_more(struct kafka_unit *unit)
{
	bool is_more = true;

	if (unit->is_reading || !read_has_room(unit))
		return;
	unit->is_reading = true;
	while (is_more) {
		is_more = false;
		for (size_t i = 0; i < unit->m.member->topics_n; i++) {
			if (read_has_room(unit))
				is_more |= read_one(unit, i);
		}
	}
	unit->is_reading = false;
}

void
tcs_kafka_read_unit(struct tcs_unit *base)
{
	struct kafka_unit *unit = read_unit(base);
	struct tcs_bus_member *member = unit->m.member;

	if (member->topics_n == 0 || !base->is_owned)
		return;
	unit->is_wanted = true;
	/* What a former owner of this process was handed is handed again. */
	for (size_t i = 0; !unit->is_begun && i < member->topics_n; i++) {
		if (unit->topics[i].next >= 0)
			read_seek(unit, i, unit->topics[i].next);
		else if (unit->was_handed)
			read_seek(unit, i, RD_KAFKA_OFFSET_BEGINNING);
	}
	unit->is_begun = unit->was_handed = true;
	unit->sought_ms = 0;
	struct kafka_member *data = member->data;
	tcs_timer_start(data->wake.timer, 0);
}

void
tcs_kafka_pause(struct tcs_unit *unit)
{
	read_unit(unit)->is_wanted = false;
}

void
tcs_kafka_input(struct tcs_step *step, struct tcs_unit *base,
    const struct tcs_record *record)
{
	struct kafka_unit *unit = read_unit(base);
	size_t topic = tcs_member_topic(unit->m.member, record->topic);
	char *stepped = unit->topics[topic].stepped;
	char key[192];
	int64_t offset;

	(void)snprintf(key, sizeof(key), "pos:%s:%s.%u", base->group,
	    record->topic, record->partition);
	if (!tcs_step_has_guard_key(step, key))
		tcs_step_guard_key(step, key,
		    stepped[0] == '\0' ? tcs_slice(NULL, 0)
		                       : tcs_slice_str(stepped));
	tcs_step_set(step, key, tcs_slice_str(record->position));
	(void)snprintf(stepped, TCS_POSITION_MAX, "%s", record->position);
	tcs_assert(tcs_slice_i64(tcs_slice_str(record->position), 0,
	               INT64_MAX - 1, &offset) == TCS_OK);
	tcs_step_beside(step)->inputs[topic] = offset;
}

void
tcs_kafka_answered(struct tcs_unit *base)
{
	struct kafka_unit *unit = read_unit(base);

	if (tcs_member_answered(&unit->m))
		kafka_read_more(unit);
}

/* The group */

/* Index of a topic with its realm, or -1. */
static int
read_topic(const struct tcs_bus_member *member, const char *name)
{
	char of[KAFKA_NAME_MAX];

	for (size_t i = 0; i < member->topics_n; i++) {
		tcs_kafka_topic(member->bus, member->topics[i], of);
		if (strcmp(of, name) == 0)
			return (int)i;
	}
	return -1;
}

static void
read_assign(struct kafka_member *data, const char *name, int32_t partition)
{
	struct tcs_bus_member *member = data->member;
	int topic = read_topic(member, name);

	if (topic < 0 || partition < 0 ||
	    (size_t)partition >= member->units_n) {
		tcs_log(TCS_LOG_ERROR, "bus.partition-unknown",
		    "topic=%s partition=%d reason=\"the configuration has %zu "
		    "partitions: make topics and configuration agree (tocsin "
		    "bus init)\"",
		    name, (int)partition, member->units_n);
		return;
	}
	struct kafka_unit *unit = (struct kafka_unit *)member->units[partition];
	rd_kafka_queue_t *queue =
	    rd_kafka_queue_get_partition(data->consumer, name, partition);
	tcs_assert(queue != NULL);
	rd_kafka_queue_forward(queue, NULL);
	tcs_kafka_wake_add(&data->wake, queue);
	unit->topics[topic].queue = queue;
	unit->topics_n++;
}

static void
read_revoke(struct kafka_member *data, const char *reason)
{
	struct tcs_bus_member *member = data->member;

	for (size_t i = 0; i < member->units_n; i++) {
		struct kafka_unit *unit = (struct kafka_unit *)member->units[i];
		tcs_member_forbid(&unit->m, reason);
		for (size_t t = 0; t < member->topics_n; t++) {
			if (unit->topics[t].queue != NULL)
				rd_kafka_queue_destroy(unit->topics[t].queue);
			unit->topics[t].queue = NULL;
		}
		unit->topics_n = 0;
		unit->was_handed = false;
	}
}

static void
read_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
    rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_member *data = opaque;
	struct tcs_bus_member *member = data->member;

	if (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		data->is_lost =
		    data->is_lost || rd_kafka_assignment_lost(rk) != 0;
		read_revoke(data, data->is_lost
		                      ? "no coordinator of the group answers"
		                      : "the group gives it to another");
		(void)rd_kafka_assign(rk, NULL);
		return;
	}
	if (data->is_lost)
		data->lost_ms = tcs_clock_boot_ms();
	data->is_lost = false;
	for (int i = 0; i < list->cnt; i++)
		read_assign(
		    data, list->elems[i].topic, list->elems[i].partition);
	(void)rd_kafka_assign(rk, list);
	tcs_log(TCS_LOG_INFO, "bus.assigned", "group=%s partitions=%d",
	    member->group, list->cnt);
	for (size_t i = 0; i < member->units_n; i++) {
		struct kafka_unit *unit = (struct kafka_unit *)member->units[i];
		if (unit->topics_n == member->topics_n)
			tcs_member_allow(&unit->m);
	}
}

/* The consumer does nothing any more. */
static void
read_fatal(struct kafka_member *data)
{
	char text[256] = "";

	if (data->is_over || data->is_broken)
		return;
	rd_kafka_resp_err_t fatal =
	    rd_kafka_fatal_error(data->consumer, text, sizeof(text));
	/* An offset that waited for a coordinator is sent to the new one under
	 * no member's name, and librdkafka takes the refusal for the end. */
	if (data->is_lost ||
	    (data->lost_ms != 0 &&
	        tcs_clock_boot_ms() - data->lost_ms < READ_LOST_MS)) {
		tcs_log(TCS_LOG_WARNING, "bus.joining-anew",
		    "group=%s err=%s reason=\"%s\"", data->member->group,
		    rd_kafka_err2name(fatal), text);
		data->is_broken = true;
		return;
	}
	tcs_log(TCS_LOG_ERROR, "bus.instance-twice",
	    "group=%s instance=%s err=%s reason=\"%s; another process runs "
	    "under this name, which goes on; give one --instance, or stop "
	    "it\"",
	    data->member->group, data->member->instance,
	    rd_kafka_err2name(fatal), text);
	data->is_over = true;
}

static void
read_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct kafka_member *data = opaque;

	(void)rk;
	if (err == RD_KAFKA_RESP_ERR__FATAL)
		read_fatal(data);
	else
		tcs_kafka_trouble(
		    data->member->bus->data, "consumer", err, reason);
}

/* A message that came before its partition had its own queue. */
static void
read_stray(struct kafka_member *data, const rd_kafka_message_t *m)
{
	struct tcs_bus_member *member = data->member;
	int topic = read_topic(member, rd_kafka_topic_name(m->rkt));

	if (topic < 0 || (size_t)m->partition >= member->units_n)
		return;
	struct kafka_unit *unit =
	    (struct kafka_unit *)member->units[m->partition];
	if (unit->topics[topic].next < 0)
		unit->topics[topic].next = m->offset;
	read_seek(unit, (size_t)topic, unit->topics[topic].next);
}

static void
read_woke(void *arg)
{
	struct kafka_member *data = arg;
	struct tcs_bus_member *member = data->member;
	struct kafka_bus *kafka = member->bus->data;
	rd_kafka_message_t *m;

	while ((m = rd_kafka_consumer_poll(data->consumer, 0)) != NULL) {
		if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			read_stray(data, m);
		else if (m->err == RD_KAFKA_RESP_ERR__FATAL)
			read_fatal(data);
		else
			tcs_kafka_trouble(kafka, member->group, m->err,
			    rd_kafka_message_errstr(m));
		rd_kafka_message_destroy(m);
	}
	if (data->is_broken) {
		read_break(data);
		return;
	}
	if (data->is_over)
		read_revoke(data, "another process has this instance's name");
	for (size_t i = 0; i < member->units_n; i++)
		kafka_read_more((struct kafka_unit *)member->units[i]);
}

/* Joining and leaving */

static bool
kafka_unit_init(struct tcs_member_unit *m)
{
	struct kafka_unit *unit = (struct kafka_unit *)m;

	TAILQ_INIT(&unit->sendings);
	/* Named units, and those that only own, are nobody's but the lease's.
	 */
	m->is_eligible = m->member->topics_n == 0;
	return true;
}

static void
kafka_unit_fini(struct tcs_member_unit *m)
{
	tcs_kafka_outbox_drop((struct kafka_unit *)m);
}

static void
kafka_unit_lost(struct tcs_member_unit *m)
{
	struct kafka_unit *unit = (struct kafka_unit *)m;

	unit->is_wanted = unit->is_begun = false;
	tcs_kafka_outbox_drop(unit);
}

static const struct tcs_member_ops kafka_member_ops = {
    .unit_size = sizeof(struct kafka_unit),
    .unit_init = kafka_unit_init,
    .unit_fini = kafka_unit_fini,
    .taken = tcs_kafka_load,
    .lost = kafka_unit_lost,
};

static rd_kafka_conf_t *
kafka_member_conf(struct kafka_member *data)
{
	struct tcs_bus_member *member = data->member;
	struct tcs_diag diag = {0};
	char group[KAFKA_NAME_MAX];
	rd_kafka_conf_t *conf =
	    tcs_kafka_conf(member->bus->data, member->group, &diag);

	tcs_diag_fini(&diag);
	if (conf == NULL)
		return NULL;
	tcs_kafka_topic(member->bus, member->group, group);
	tcs_kafka_set(conf, "group.id", group);
	tcs_kafka_set(conf, "group.instance.id", member->instance);
	tcs_kafka_set(conf, "partition.assignment.strategy", "range");
	tcs_kafka_set(conf, "session.timeout.ms", "6000");
	/* The lease, 5 s, is renewed as often: it has run out before the group
	 * gives the partition to another. */
	tcs_kafka_set(conf, "heartbeat.interval.ms", "1000");
	tcs_kafka_set(conf, "auto.offset.reset", "earliest");
	tcs_kafka_set(conf, "enable.auto.commit", "true");
	tcs_kafka_set(conf, "auto.commit.interval.ms", "1000");
	tcs_kafka_set(conf, "enable.auto.offset.store", "false");
	/* Bounded memory: per partition. */
	tcs_kafka_set(conf, "queued.min.messages", "1000");
	tcs_kafka_set(conf, "queued.max.messages.kbytes", "4096");
	tcs_kafka_set(conf, "fetch.max.bytes", "4194304");
	tcs_kafka_set(conf, "fetch.error.backoff.ms", "100");
	rd_kafka_conf_set_opaque(conf, data);
	rd_kafka_conf_set_rebalance_cb(conf, read_rebalance);
	rd_kafka_conf_set_error_cb(conf, read_error);
	return conf;
}

static bool
kafka_subscribe(struct kafka_member *data)
{
	struct tcs_bus_member *member = data->member;
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new((int)member->topics_n);
	char name[KAFKA_NAME_MAX];

	for (size_t i = 0; i < member->topics_n; i++) {
		tcs_kafka_topic(member->bus, member->topics[i], name);
		rd_kafka_topic_partition_list_add(
		    list, name, RD_KAFKA_PARTITION_UA);
	}
	rd_kafka_resp_err_t err = rd_kafka_subscribe(data->consumer, list);
	rd_kafka_topic_partition_list_destroy(list);
	return err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool
kafka_consumer_open(struct kafka_member *data)
{
	char reason[256] = "";
	rd_kafka_conf_t *conf = kafka_member_conf(data);

	if (conf == NULL)
		return false;
	data->consumer =
	    rd_kafka_new(RD_KAFKA_CONSUMER, conf, reason, sizeof(reason));
	if (data->consumer == NULL) {
		tcs_log(
		    TCS_LOG_ERROR, "bus.no-consumer", "reason=\"%s\"", reason);
		rd_kafka_conf_destroy(conf);
		return false;
	}
	(void)rd_kafka_poll_set_consumer(data->consumer);
	if (!tcs_kafka_wake_open(
	        &data->wake, data->member->bus->loop, read_woke, data))
		return false;
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(data->consumer);
	tcs_kafka_wake_add(&data->wake, queue);
	rd_kafka_queue_destroy(queue);
	data->oauth =
	    tcs_kafka_serve_oauth(data->member->bus->data, data->consumer);
	return kafka_subscribe(data);
}

struct tcs_bus_member *
tcs_kafka_join(struct tcs_bus *bus, const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg)
{
	struct tcs_bus_member *member =
	    tcs_member_new(bus, conf, &kafka_member_ops, ops, arg);

	if (member == NULL)
		return NULL;
	struct kafka_member *data = calloc(1, sizeof(*data));
	tcs_assert(data != NULL);
	data->member = member;
	data->wake.fd = -1;
	data->again = tcs_timer_new(bus->loop, read_again, data);
	tcs_assert(data->again != NULL);
	member->data = data;
	/* It introduces itself to the brokers now: the first alert must not
	 * wait for that. */
	struct tcs_diag diag = {0};
	bool is_open = tcs_kafka_producer(bus->data, &diag) != NULL;
	if (is_open)
		tcs_kafka_expect(bus->data, conf->publishes);
	if (is_open && member->topics_n > 0)
		is_open = kafka_consumer_open(data);
	if (!is_open) {
		tcs_log(TCS_LOG_ERROR, "bus.not-joined", "reason=\"%s\"",
		    tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
		tcs_kafka_member_free(member);
		return NULL;
	}
	return member;
}

/* Nothing is read any more, and the group hears no more of us. A static member
 * does not leave by closing; and closing waits for brokers that may be away. */
static void
kafka_consumer_close(struct kafka_member *data)
{
	struct tcs_bus_member *member = data->member;

	tcs_kafka_oauth_close(&data->oauth);
	for (size_t i = 0; i < member->units_n; i++) {
		struct kafka_unit *unit = (struct kafka_unit *)member->units[i];
		for (size_t t = 0; t < member->topics_n; t++) {
			if (unit->topics[t].queue != NULL)
				rd_kafka_queue_destroy(unit->topics[t].queue);
			unit->topics[t].queue = NULL;
		}
	}
	if (data->consumer != NULL)
		rd_kafka_destroy_flags(
		    data->consumer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	data->consumer = NULL;
	/* Its threads write to that descriptor until they have ended. */
	tcs_kafka_wake_close(&data->wake);
}

/* From the loop, at an error after which it does nothing any more. */
static void
read_break(struct kafka_member *data)
{
	data->is_broken = false;
	read_revoke(data, "the consumer is made anew");
	kafka_consumer_close(data);
	tcs_timer_start(data->again, READ_AGAIN_MS);
}

static void
read_again(void *arg)
{
	struct kafka_member *data = arg;

	if (kafka_consumer_open(data))
		return;
	kafka_consumer_close(data);
	tcs_timer_start(data->again, READ_AGAIN_MS);
}

static bool
kafka_is_drained(const struct tcs_bus_member *member)
{
	for (size_t i = 0; i < member->units_n; i++) {
		const struct kafka_unit *unit =
		    (const struct kafka_unit *)member->units[i];
		if (!TAILQ_EMPTY(&unit->sendings))
			return false;
	}
	return true;
}

static void
kafka_drain(void *arg)
{
	struct kafka_member *data = arg;

	if (!kafka_is_drained(data->member) &&
	    tcs_clock_boot_ms() < data->drain_until_ms) {
		tcs_timer_start(data->drain, READ_DRAIN_LOOK_MS);
		return;
	}
	kafka_consumer_close(data);
	tcs_member_leave(data->member, data->left, data->left_arg);
}

void
tcs_kafka_leave(struct tcs_bus_member *member, void (*cb)(void *), void *arg)
{
	struct kafka_member *data = member->data;

	for (size_t i = 0; i < member->units_n; i++)
		tcs_kafka_pause(&member->units[i]->base);
	tcs_timer_stop(data->again);
	data->left = cb;
	data->left_arg = arg;
	data->drain_until_ms = tcs_clock_boot_ms() + READ_DRAIN_MS;
	data->drain = tcs_timer_new(member->bus->loop, kafka_drain, data);
	tcs_assert(data->drain != NULL);
	tcs_timer_start(data->drain, 0);
}

void
tcs_kafka_member_free(struct tcs_bus_member *member)
{
	struct kafka_member *data = member->data;

	kafka_consumer_close(data);
	tcs_timer_free(&data->drain);
	tcs_timer_free(&data->again);
	tcs_member_free(member);
	free(data);
}
