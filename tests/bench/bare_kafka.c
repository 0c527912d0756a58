/* bare_kafka.c - the barest hop on Kafka, to hold ours against: librdkafka and
 * nothing else, the same bytes on the same broker; the offset is stored once
 * the record is acknowledged.
 *
 *   bare_kafka BROKERS FROM TO                       consume -> produce
 *   bare_kafka BROKERS FROM TO SOCKET PASSWORD-FILE  and what a step writes to
 *           the store too: entry and position, then the entry's removal
 *   bare_kafka BROKERS FROM post PORT PATH            consume -> POST
 *
 * "ready" on stdout once it reads. */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "core/buf.h"
#include "core/file.h"
#include "tests/bench/bare_http.h"

enum { ASK_MS = 10000 };

static rd_kafka_t *consumer, *producer;
static rd_kafka_topic_t *to_topic;
static redisContext *redis;          /* NULL: Kafka only */
static const char *from, *to, *path; /* path: POST instead */
static size_t unacked;

static void
die(const char *what)
{
	fprintf(stderr, "bare_kafka: %s\n", what);
	exit(1);
}

/* The store */

static void
open_redis(const char *socket_path, const char *password_file)
{
	struct tcs_buf password;

	tcs_buf_init(&password, 1024);
	if (tcs_file_read(password_file, &password, NULL) != TCS_OK)
		die("no password");
	while (password.n > 0 && password.p[password.n - 1] == '\n')
		password.p[--password.n] = '\0';
	redis = redisConnectUnix(socket_path);
	if (redis == NULL || redis->err != 0)
		die("no redis");
	redisReply *reply = redisCommand(redis, "AUTH %s", password.p);
	if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
		die("not authorised");
	freeReplyObject(reply);
	tcs_buf_fini(&password);
}

static void
redis_answers(int n)
{
	while (n-- > 0) {
		redisReply *reply = NULL;
		if (redisGetReply(redis, (void **)&reply) != REDIS_OK ||
		    reply->type == REDIS_REPLY_ERROR)
			die("the store refused");
		freeReplyObject(reply);
	}
}

/* One writing of the log, as it is one turn of the server. */
static void
redis_keep(const rd_kafka_message_t *m)
{
	(void)redisAppendCommand(redis, "MULTI");
	(void)redisAppendCommand(
	    redis, "SET bench.pos:%s %lld", from, (long long)m->offset);
	(void)redisAppendCommand(redis, "HSET bench.outbox:%s %lld %b", from,
	    (long long)m->offset, m->payload, m->len);
	(void)redisAppendCommand(redis, "EXEC");
	redis_answers(4);
}

static void
redis_clear(int64_t offset)
{
	(void)redisAppendCommand(
	    redis, "HDEL bench.outbox:%s %lld", from, (long long)offset);
	redis_answers(1);
}

/* Kafka */

static void
set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char reason[256];

	if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) !=
	    RD_KAFKA_CONF_OK)
		die(reason);
}

static void
store_offset(int64_t offset)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, from, 0)->offset = offset + 1;
	if (rd_kafka_offsets_store(consumer, list) !=
	    RD_KAFKA_RESP_ERR_NO_ERROR)
		die("the offset is not stored");
	rd_kafka_topic_partition_list_destroy(list);
}

static void
delivered(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	int64_t *offset = m->_private;

	(void)rk;
	(void)opaque;
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die(rd_kafka_err2str(m->err));
	if (redis == NULL)
		store_offset(*offset);
	free(offset);
	unacked--;
}

static rd_kafka_conf_t *
conf_new(const char *brokers)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", brokers);
	set(conf, "socket.nagle.disable", "true");
	return conf;
}

static void
open_producer(const char *brokers)
{
	rd_kafka_conf_t *conf = conf_new(brokers);

	set(conf, "acks", "all");
	set(conf, "enable.idempotence", "true");
	set(conf, "linger.ms", "0");
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
	to_topic =
	    producer == NULL ? NULL : rd_kafka_topic_new(producer, to, NULL);
	if (to_topic == NULL)
		die("no producer");
}

/* From the end on. */
static void
open_consumer(const char *brokers)
{
	rd_kafka_conf_t *conf = conf_new(brokers);
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	int64_t low = 0, high = 0;

	set(conf, "group.id", from);
	set(conf, "enable.auto.commit", "true");
	set(conf, "auto.commit.interval.ms", "1000");
	set(conf, "enable.auto.offset.store", "false");
	consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
	if (consumer == NULL ||
	    rd_kafka_poll_set_consumer(consumer) !=
	        RD_KAFKA_RESP_ERR_NO_ERROR ||
	    rd_kafka_query_watermark_offsets(consumer, from, 0, &low, &high,
	        ASK_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("no consumer");
	rd_kafka_topic_partition_list_add(list, from, 0)->offset = high;
	if (rd_kafka_assign(consumer, list) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("not assigned");
	rd_kafka_topic_partition_list_destroy(list);
}

static void
relay(const rd_kafka_message_t *m)
{
	int64_t *offset = malloc(sizeof(*offset));

	if (offset == NULL)
		die("out of memory");
	*offset = m->offset;
	if (redis != NULL)
		redis_keep(m);
	unacked++;
	if (rd_kafka_produce(to_topic, 0, RD_KAFKA_MSG_F_COPY, m->payload,
	        m->len, m->key, m->key_len, offset) != 0)
		die("not produced");
	if (redis == NULL)
		return;
	while (unacked > 0)
		(void)rd_kafka_poll(producer, 100);
	redis_clear(m->offset);
	store_offset(m->offset);
}

static void
take(const rd_kafka_message_t *m)
{
	if (path == NULL) {
		relay(m);
		return;
	}
	bare_http_post(path, m->payload, m->len);
	store_offset(m->offset);
}

int
main(int argc, char **argv)
{
	if (argc != 4 && argc != 6)
		die("usage: see the head of bare_kafka.c");
	from = argv[2];
	to = argv[3];
	if (argc == 6 && strcmp(to, "post") == 0) {
		bare_http_open(argv[4]);
		path = argv[5];
	} else if (argc == 6) {
		open_redis(argv[4], argv[5]);
	}
	open_producer(argv[1]);
	open_consumer(argv[1]);
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(consumer, 10);
		if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			take(m);
		if (m != NULL)
			rd_kafka_message_destroy(m);
		(void)rd_kafka_poll(producer, 0);
	}
}
