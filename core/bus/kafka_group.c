/* kafka_group.c - the bus on Apache Kafka: a group's member, from joining to
 * leaving, and what the group assigns to it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/kafka.h"
#include "core/bus/kafka_oauth.h"
#include "core/clock.h"
#include "core/loop.h"

enum {
	GROUP_DRAIN_MS = 2000,
	GROUP_DRAIN_LOOK_MS = 20,
	GROUP_AGAIN_MS = 1000,
	GROUP_LOST_MS = 60000,
};

static void group_break(struct kafka_member *data);
static void group_again(void *arg);

/* Index of a topic with its realm, or -1. */
static int
group_topic(const struct tcs_bus_member *member, const char *name)
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
group_assign(struct kafka_member *data, const char *name, int32_t partition)
{
	struct tcs_bus_member *member = data->member;
	int topic = group_topic(member, name);

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
group_revoke(struct kafka_member *data, const char *reason)
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
group_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err,
    rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_member *data = opaque;
	struct tcs_bus_member *member = data->member;

	if (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		data->is_lost =
		    data->is_lost || rd_kafka_assignment_lost(rk) != 0;
		group_revoke(data, data->is_lost
		                       ? "no coordinator of the group answers"
		                       : "the group gives it to another");
		(void)rd_kafka_assign(rk, NULL);
		return;
	}
	if (data->is_lost)
		data->lost_ms = tcs_clock_boot_ms();
	data->is_lost = false;
	for (int i = 0; i < list->cnt; i++)
		group_assign(
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
group_fatal(struct kafka_member *data)
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
	        tcs_clock_boot_ms() - data->lost_ms < GROUP_LOST_MS)) {
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
group_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct kafka_member *data = opaque;

	(void)rk;
	if (err == RD_KAFKA_RESP_ERR__FATAL)
		group_fatal(data);
	else
		tcs_kafka_trouble(
		    data->member->bus->data, "consumer", err, reason);
}

/* A message that came before its partition had its own queue. */
static void
group_stray(struct kafka_member *data, const rd_kafka_message_t *m)
{
	struct tcs_bus_member *member = data->member;
	int topic = group_topic(member, rd_kafka_topic_name(m->rkt));

	if (topic < 0 || (size_t)m->partition >= member->units_n)
		return;
	struct kafka_unit *unit =
	    (struct kafka_unit *)member->units[m->partition];
	if (unit->topics[topic].next < 0)
		unit->topics[topic].next = m->offset;
	tcs_kafka_seek(unit, (size_t)topic, unit->topics[topic].next);
}

static void
group_woke(void *arg)
{
	struct kafka_member *data = arg;
	struct tcs_bus_member *member = data->member;
	struct kafka_bus *kafka = member->bus->data;
	rd_kafka_message_t *m;

	while ((m = rd_kafka_consumer_poll(data->consumer, 0)) != NULL) {
		if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			group_stray(data, m);
		else if (m->err == RD_KAFKA_RESP_ERR__FATAL)
			group_fatal(data);
		else
			tcs_kafka_trouble(kafka, member->group, m->err,
			    rd_kafka_message_errstr(m));
		rd_kafka_message_destroy(m);
	}
	if (data->is_broken) {
		group_break(data);
		return;
	}
	if (data->is_over)
		group_revoke(data, "another process has this instance's name");
	for (size_t i = 0; i < member->units_n; i++)
		tcs_kafka_read_more((struct kafka_unit *)member->units[i]);
}

/* Joining and leaving */

static bool
group_unit_init(struct tcs_member_unit *m)
{
	struct kafka_unit *unit = (struct kafka_unit *)m;

	TAILQ_INIT(&unit->sendings);
	/* Named units, and those that only own, are nobody's but the lease's.
	 */
	m->is_eligible = m->member->topics_n == 0;
	return true;
}

static void
group_unit_fini(struct tcs_member_unit *m)
{
	tcs_kafka_outbox_drop((struct kafka_unit *)m);
}

static void
group_unit_lost(struct tcs_member_unit *m)
{
	struct kafka_unit *unit = (struct kafka_unit *)m;

	unit->is_wanted = unit->is_begun = false;
	tcs_kafka_outbox_drop(unit);
}

static const struct tcs_member_ops group_member_ops = {
    .unit_size = sizeof(struct kafka_unit),
    .unit_init = group_unit_init,
    .unit_fini = group_unit_fini,
    .taken = tcs_kafka_load,
    .lost = group_unit_lost,
};

static rd_kafka_conf_t *
group_member_conf(struct kafka_member *data)
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
	rd_kafka_conf_set_rebalance_cb(conf, group_rebalance);
	rd_kafka_conf_set_error_cb(conf, group_error);
	return conf;
}

static bool
group_subscribe(struct kafka_member *data)
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
group_consumer_open(struct kafka_member *data)
{
	char reason[256] = "";
	rd_kafka_conf_t *conf = group_member_conf(data);

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
	        &data->wake, data->member->bus->loop, group_woke, data))
		return false;
	rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(data->consumer);
	tcs_kafka_wake_add(&data->wake, queue);
	rd_kafka_queue_destroy(queue);
	data->oauth =
	    tcs_kafka_serve_oauth(data->member->bus->data, data->consumer);
	return group_subscribe(data);
}

struct tcs_bus_member *
tcs_kafka_join(struct tcs_bus *bus, const struct tcs_bus_member_conf *conf,
    const struct tcs_bus_member_ops *ops, void *arg)
{
	struct tcs_bus_member *member =
	    tcs_member_new(bus, conf, &group_member_ops, ops, arg);

	if (member == NULL)
		return NULL;
	struct kafka_member *data = calloc(1, sizeof(*data));
	tcs_assert(data != NULL);
	data->member = member;
	data->wake.fd = -1;
	data->again = tcs_timer_new(bus->loop, group_again, data);
	tcs_assert(data->again != NULL);
	member->data = data;
	/* It introduces itself to the brokers now: the first alert must not
	 * wait for that. */
	struct tcs_diag diag = {0};
	bool is_open = tcs_kafka_producer(bus->data, &diag) != NULL;
	if (is_open)
		tcs_kafka_expect(bus->data, conf->publishes);
	if (is_open && member->topics_n > 0)
		is_open = group_consumer_open(data);
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
group_consumer_close(struct kafka_member *data)
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
group_break(struct kafka_member *data)
{
	data->is_broken = false;
	group_revoke(data, "the consumer is made anew");
	group_consumer_close(data);
	tcs_timer_start(data->again, GROUP_AGAIN_MS);
}

static void
group_again(void *arg)
{
	struct kafka_member *data = arg;

	if (group_consumer_open(data))
		return;
	group_consumer_close(data);
	tcs_timer_start(data->again, GROUP_AGAIN_MS);
}

static bool
group_is_drained(const struct tcs_bus_member *member)
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
group_drain(void *arg)
{
	struct kafka_member *data = arg;

	if (!group_is_drained(data->member) &&
	    tcs_clock_boot_ms() < data->drain_until_ms) {
		tcs_timer_start(data->drain, GROUP_DRAIN_LOOK_MS);
		return;
	}
	group_consumer_close(data);
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
	data->drain_until_ms = tcs_clock_boot_ms() + GROUP_DRAIN_MS;
	data->drain = tcs_timer_new(member->bus->loop, group_drain, data);
	tcs_assert(data->drain != NULL);
	tcs_timer_start(data->drain, 0);
}

void
tcs_kafka_member_free(struct tcs_bus_member *member)
{
	struct kafka_member *data = member->data;

	group_consumer_close(data);
	tcs_timer_free(&data->drain);
	tcs_timer_free(&data->again);
	tcs_member_free(member);
	free(data);
}
