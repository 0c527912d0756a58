/* kafka_conf.h - librdkafka's configuration from ours; for the Kafka driver and
 * what administers its topics. */
#ifndef TOCSIN_CORE_BUS_KAFKA_CONF_H
#define TOCSIN_CORE_BUS_KAFKA_CONF_H

#include <librdkafka/rdkafka.h>

#include "core/bus.h"
#include "core/bus_url.h"
#include "core/err.h"

#define TCS_KAFKA_SCHEME TCS_BUS_KAFKA

/* Servers of conf->url, client.id `client`, then conf->properties in their
 * order; TCS_ECONFIG names a property that librdkafka does not know, a value
 * that it refuses, or one that Tocsin sets itself because a promise hangs on it
 * (acks, enable.idempotence, enable.auto.offset.store, group.id, ...), by its
 * line; a secret's value is in no finding. librdkafka's log goes to ours. The
 * caller owns *ret_conf (rd_kafka_conf_destroy(), or rd_kafka_new() takes it)
 * and sets the rest. */
enum tcs_err tcs_kafka_conf_new(const struct tcs_bus_conf *conf,
    const char *client, rd_kafka_conf_t **ret_conf,
    struct tcs_diag *diag) TCS_MUST_USE;

/* What to look at after that error of a client, or "". Static. */
const char *tcs_kafka_advice(
    const struct tcs_bus_conf *conf, rd_kafka_resp_err_t err);

#endif
