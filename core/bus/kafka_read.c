/* kafka_read.c - the bus on Apache Kafka: a unit's records.
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
#include "core/clock.h"
#include "core/loop.h"
#include "core/store.h"

enum { READ_SEEK_MS = 200 };

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
void
tcs_kafka_seek(struct kafka_unit *unit, size_t topic, int64_t offset)
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
		tcs_kafka_seek(unit, topic, next);
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

void
tcs_kafka_read_more(struct kafka_unit *unit)
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
			tcs_kafka_seek(unit, i, unit->topics[i].next);
		else if (unit->was_handed)
			tcs_kafka_seek(unit, i, RD_KAFKA_OFFSET_BEGINNING);
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
	int64_t offset;

	tcs_member_move(step, base, record, unit->topics[topic].stepped);
	tcs_assert(tcs_slice_i64(tcs_slice_str(record->position), 0,
	               INT64_MAX - 1, &offset) == TCS_OK);
	tcs_step_beside(step)->inputs[topic] = offset;
}

void
tcs_kafka_answered(struct tcs_unit *base)
{
	struct kafka_unit *unit = read_unit(base);

	if (tcs_member_answered(&unit->m))
		tcs_kafka_read_more(unit);
}
