/* kafka_admin.h - librdkafka's admin requests about one topic, each waited for:
 * half a minute at most. A failure has a finding that names the topic. */
#ifndef TOCSIN_CORE_BUS_KAFKA_ADMIN_H
#define TOCSIN_CORE_BUS_KAFKA_ADMIN_H

#include <librdkafka/rdkafka.h>

#include "core/bus/topic_plan.h"
#include "core/err.h"

enum { TCS_KAFKA_TOPIC_MAX = 128 };

/* Borrows all of it. */
struct tcs_kafka_admin {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue; /* of answers */
	struct tcs_diag *diag;
};

/* One topic, between what is there and what is done. */
struct tcs_kafka_topic {
	char name[TCS_KAFKA_TOPIC_MAX]; /* with the realm */
	struct tcs_topic_found found;
	struct tcs_topic_plan plan;
};

/* Add what it has of its own to one->found, which owns it. */
enum tcs_err tcs_kafka_topic_describe(
    struct tcs_kafka_admin *a, struct tcs_kafka_topic *one) TCS_MUST_USE;
/* As one->plan has it. */
enum tcs_err tcs_kafka_topic_make(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one) TCS_MUST_USE;
enum tcs_err tcs_kafka_topic_grow(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one) TCS_MUST_USE;
/* The plan's settings, and those of one->found that it has not: the request
 * replaces all of a topic's. */
enum tcs_err tcs_kafka_topic_alter(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one) TCS_MUST_USE;
/* With all that it holds; asked for only: the servers have it for a while. One
 * that is not there is TCS_OK. */
enum tcs_err tcs_kafka_topic_drop(
    struct tcs_kafka_admin *a, const struct tcs_kafka_topic *one) TCS_MUST_USE;
void tcs_kafka_topic_fini(struct tcs_kafka_topic *one);

#endif
