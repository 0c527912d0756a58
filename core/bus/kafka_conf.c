/* kafka_conf.c - what of librdkafka an administrator may set, and what is the
 * bus' own. Finding texts never have the value of a secret. */
#include "core/bus/kafka_conf.h"

#include <string.h>

#include "core/buf.h"
#include "core/bus/driver.h"
#include "core/bus/kafka_oauth.h"
#include "core/bus_url.h"
#include "core/log.h"

enum {
	KAFKA_SERVERS_MAX =
	    TCS_BUS_SERVERS_MAX * (TCS_BUS_HOST_MAX + sizeof("[]:65535,")),
	KAFKA_REASON_MAX = 512
};

/* A promise hangs on each of these. A '*' at the end stands for any end. */
static const char *const kafka_reserved[] = {
    /* where it is and who speaks */
    "bootstrap.servers", "metadata.broker.list", "client.id", "group.id",
    "group.instance.id", "group.protocol.type", "allow.auto.create.topics",
    /* a record is on its servers once, and in order, before a step is done */
    "acks", "request.required.acks", "enable.idempotence", "transactional.id",
    "enable.gapless.guarantee", "partitioner", "msg_order_cmp",
    "message.timeout.ms", "delivery.timeout.ms", "message.send.max.retries",
    "retries", "max.in.flight*", "linger.ms", "queue.buffering.*",
    "queuing.strategy", "message.max.bytes", "delivery.report.only.error",
    /* a position moves when the step is done, and nothing is passed over */
    "enable.auto.commit", "auto.commit.*", "enable.auto.offset.store",
    "auto.offset.reset", "offset.store.*", "enable.partition.eof",
    "partition.assignment.strategy", "session.timeout.ms",
    "heartbeat.interval.ms", "consume.callback.*",
    /* the program's own code, and other people's */
    "*_cb", "opaque", "default_topic_conf", "enabled_events", "log.queue",
    "interceptors", "plugin.library.paths", "test.mock.*",
    "sasl.oauthbearer.method"};

static bool
kafka_is_like(const char *name, const char *pattern)
{
	size_t n = strlen(pattern), name_n = strlen(name);

	if (pattern[0] == '*')
		return name_n >= n - 1 &&
		       strcmp(name + name_n - (n - 1), pattern + 1) == 0;
	if (pattern[n - 1] == '*')
		return strncmp(name, pattern, n - 1) == 0;
	return strcmp(name, pattern) == 0;
}

static bool
kafka_is_reserved(const char *name)
{
	for (size_t i = 0;
	     i < sizeof(kafka_reserved) / sizeof(kafka_reserved[0]); i++) {
		if (kafka_is_like(name, kafka_reserved[i]))
			return true;
	}
	return false;
}

/* librdkafka's own words repeat the value. */
static bool
kafka_is_shown(const char *name)
{
	static const char *const parts[] = {
	    "password", "secret", ".pem", "sasl.oauthbearer", "ssl_"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strstr(name, parts[i]) != NULL)
			return false;
	}
	return true;
}

/* librdkafka says each failed attempt anew. What lasts is said by the driver
 * (bus.down, bus.ready), when it begins and when it is over: this is for
 * whoever looks closer. */
static void
kafka_log(const rd_kafka_t *rk, int level, const char *fac, const char *text)
{
	(void)rk;
	tcs_log(TCS_LOG_DEBUG, "kafka.client",
	    "level=%d facility=%s text=\"%s\"", level, fac, text);
}

static enum tcs_err
kafka_refuse(const struct tcs_bus_conf *conf,
    const struct tcs_bus_property *property, struct tcs_diag *diag,
    const char *why)
{
	return tcs_diag_add(diag, TCS_ECONFIG, conf->file, property->line,
	    "kafka: %s: %s", property->name, why);
}

static enum tcs_err
kafka_set(const struct tcs_bus_conf *conf,
    const struct tcs_bus_property *property, rd_kafka_conf_t *rk,
    struct tcs_diag *diag)
{
	char reason[KAFKA_REASON_MAX] = "";

	if (kafka_is_reserved(property->name))
		return kafka_refuse(conf, property, diag,
		    "Tocsin sets it itself, a promise hangs on it; write: "
		    "nothing");
	if (tcs_kafka_oauth_has(property->name))
		return TCS_OK; /* our own */
	/* NULL is its default again: the name has to be known. */
	rd_kafka_conf_res_t res = rd_kafka_conf_set(
	    rk, property->name, property->value, reason, sizeof(reason));
	if (res == RD_KAFKA_CONF_OK)
		return TCS_OK;
	if (res == RD_KAFKA_CONF_UNKNOWN)
		return kafka_refuse(conf, property, diag,
		    "librdkafka has no such property; write: one of its "
		    "CONFIGURATION.md");
	return kafka_refuse(conf, property, diag,
	    kafka_is_shown(property->name) && reason[0] != '\0'
	        ? reason
	        : "librdkafka refuses the value");
}

static enum tcs_err
kafka_set_properties(
    const struct tcs_bus_conf *conf, rd_kafka_conf_t *rk, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < conf->properties_n; i++) {
		if (kafka_set(conf, &conf->properties[i], rk, diag) != TCS_OK)
			err = TCS_ECONFIG;
	}
	return err;
}

/* Ours: a refusal would be a defect, or a name that is too long. */
static enum tcs_err
kafka_set_own(rd_kafka_conf_t *rk, const char *name, const char *value,
    struct tcs_diag *diag)
{
	char reason[KAFKA_REASON_MAX];

	if (rd_kafka_conf_set(rk, name, value, reason, sizeof(reason)) ==
	    RD_KAFKA_CONF_OK)
		return TCS_OK;
	return tcs_diag_add(
	    diag, TCS_ECONFIG, NULL, 0, "kafka: %s: %s", name, reason);
}

enum tcs_err
tcs_kafka_conf_new(const struct tcs_bus_conf *conf, const char *client,
    rd_kafka_conf_t **ret_conf, struct tcs_diag *diag)
{
	const char *fault = tcs_bus_url_fault(conf->url);
	struct tcs_buf servers;

	if (fault == NULL && !tcs_bus_url_is_kafka(conf->url))
		fault = "is no kafka:// bus";
	if (fault != NULL)
		return tcs_diag_add(diag, TCS_ECONFIG, conf->file, 0,
		    "bus: \"%.200s\" %s", conf->url, fault);
	rd_kafka_conf_t *rk = rd_kafka_conf_new();
	if (rk == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&servers, KAFKA_SERVERS_MAX);
	tcs_bus_url_servers(conf->url, &servers);
	enum tcs_err err = servers.err;
	if (err == TCS_OK)
		err = kafka_set_own(rk, "bootstrap.servers", servers.p, diag);
	if (err == TCS_OK)
		err = kafka_set_own(rk, "client.id", client, diag);
	if (err == TCS_OK)
		err = kafka_set_properties(conf, rk, diag);
	if (err == TCS_OK)
		err = tcs_kafka_oauth_check(conf, diag);
	tcs_buf_fini(&servers);
	if (err != TCS_OK) {
		rd_kafka_conf_destroy(rk);
		return err;
	}
	rd_kafka_conf_set_log_cb(rk, kafka_log);
	tcs_kafka_oauth_prepare(conf, rk);
	*ret_conf = rk;
	return TCS_OK;
}

static bool
kafka_is_scram(const struct tcs_bus_conf *conf)
{
	for (size_t i = 0; i < conf->properties_n; i++) {
		const struct tcs_bus_property *p = &conf->properties[i];
		if (kafka_is_like(p->name, "sasl.mechanism*") &&
		    p->value != NULL && strncmp(p->value, "SCRAM-", 6) == 0)
			return true;
	}
	return false;
}

/* Before 2.6.1 librdkafka sends its nonce twice in the last message of SCRAM
 * (its pull request 4895), and from Kafka 4 on the server compares it. */
const char *
tcs_kafka_advice(const struct tcs_bus_conf *conf, rd_kafka_resp_err_t err)
{
	switch ((int)err) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
		if (kafka_is_scram(conf) && rd_kafka_version() < 0x020601ff)
			return "; see sasl.username and sasl.password_file, "
			       "and with Kafka 4 have librdkafka 2.6.1 or "
			       "later, or another sasl.mechanism: SCRAM of "
			       "earlier ones is refused";
		return "; see sasl.mechanism, sasl.username and "
		       "sasl.password_file";
	case RD_KAFKA_RESP_ERR__SSL:
		return "; see ssl.ca.location, and whether the certificate of "
		       "the server has the name that is in the bus' url";
	default:
		return "";
	}
}

enum tcs_err
tcs_kafka_conf_check(const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	rd_kafka_conf_t *rk = NULL;
	enum tcs_err err = tcs_kafka_conf_new(conf, "tocsin", &rk, diag);

	if (rk != NULL)
		rd_kafka_conf_destroy(rk);
	return err;
}
