/* hop_ends.c - both ends of a chain of hops: publishes at a rate to its first
 * topic, reads every topic of it, and says when each record came where. Plain
 * clients: the same ends for our hops and for bare ones.
 *
 *   hop_ends redis SOCKET PASSWORD-FILE COUNT RATE STREAM [STREAM...]
 *   hop_ends kafka BROKERS -            COUNT RATE TOPIC [TOPIC...]
 *
 * A line a record on stdout: microseconds from the call that published it to
 * its arrival from each topic. Status 1 when one has not come within 20 s. */
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "core/buf.h"
#include "core/file.h"
#include "tests/bench/stats.h"

enum { TOPICS = 8, VALUE_BYTES = 2500, WAIT_S = 20 };

static struct {
	const char *address, *password_file;
	char *topics[TOPICS];
	size_t topics_n, count, missing;
	double rate;
	int64_t *sent_ns, *came_ns; /* [record], [record * topics_n + topic] */
} ends;

static void
die(const char *what)
{
	fprintf(stderr, "hop_ends: %s\n", what);
	exit(1);
}

static void
ends_value(char value[VALUE_BYTES], size_t number)
{
	memset(value, 'x', VALUE_BYTES);
	(void)snprintf(value, VALUE_BYTES, "%zu", number);
}

static void
ends_came(size_t topic, const char *value)
{
	size_t number = strtoul(value, NULL, 10);

	if (number >= ends.count)
		die("a record of someone else");
	int64_t *came = &ends.came_ns[number * ends.topics_n + topic];
	if (*came == 0)
		ends.missing--;
	*came = stats_now_ns();
}

/* Sleeps until the record's moment, then says that it leaves. */
static void
ends_leave(int64_t begin, size_t number)
{
	int64_t at = begin + (int64_t)(1e9 * (double)number / ends.rate);
	const struct timespec until = {at / 1000000000, at % 1000000000};

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
		continue;
	ends.sent_ns[number] = stats_now_ns();
}

/* Redis */

static redisReply *
ends_answer(redisReply *reply)
{
	if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
		die(reply == NULL ? "no answer" : reply->str);
	return reply;
}

static redisContext *
ends_redis(void)
{
	struct tcs_buf password;
	redisContext *redis = redisConnectUnix(ends.address);

	tcs_buf_init(&password, 1024);
	if (redis == NULL || redis->err != 0 ||
	    tcs_file_read(ends.password_file, &password, NULL) != TCS_OK)
		die("no redis");
	while (password.n > 0 && password.p[password.n - 1] == '\n')
		password.p[--password.n] = '\0';
	freeReplyObject(
	    ends_answer(redisCommand(redis, "AUTH %s", password.p)));
	tcs_buf_fini(&password);
	return redis;
}

static void *
ends_write_redis(void *arg)
{
	redisContext *redis = ends_redis();
	char value[VALUE_BYTES];
	int64_t begin = stats_now_ns();

	for (size_t i = 0; i < ends.count; i++) {
		ends_value(value, i);
		ends_leave(begin, i);
		freeReplyObject(
		    ends_answer(redisCommand(redis, "XADD %s * k 62 v %b",
		        ends.topics[0], value, (size_t)VALUE_BYTES)));
	}
	redisFree(redis);
	return arg;
}

/* Field `v` of an entry. */
static const char *
ends_field(const redisReply *fields)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, "v") == 0)
			return fields->element[i + 1]->str;
	}
	die("an entry without v");
	return NULL;
}

static void
ends_take_redis(const redisReply *stream, char last[TOPICS][64])
{
	const redisReply *entries = stream->element[1];
	size_t topic = 0;

	while (strcmp(ends.topics[topic], stream->element[0]->str) != 0)
		topic++;
	for (size_t i = 0; i < entries->elements; i++) {
		const redisReply *entry = entries->element[i];
		ends_came(topic, ends_field(entry->element[1]));
		(void)snprintf(last[topic], sizeof(last[topic]), "%s",
		    entry->element[0]->str);
	}
}

/* Where a stream ends now. */
static void
ends_last(redisContext *redis, const char *stream, char last[64])
{
	redisReply *reply = ends_answer(
	    redisCommand(redis, "XREVRANGE %s + - COUNT 1", stream));

	(void)snprintf(last, 64, "%s",
	    reply->elements == 0 ? "0" : reply->element[0]->element[0]->str);
	freeReplyObject(reply);
}

static void
ends_read_redis(redisContext *redis, char last[TOPICS][64])
{
	const char *words[6 + 2 * TOPICS] = {
	    "XREAD", "COUNT", "64", "BLOCK", "1000", "STREAMS"};
	size_t n = 6;

	for (size_t i = 0; i < ends.topics_n; i++) {
		words[n + i] = ends.topics[i];
		words[n + ends.topics_n + i] = last[i];
	}
	redisReply *reply = ends_answer(
	    redisCommandArgv(redis, (int)(n + 2 * ends.topics_n), words, NULL));
	if (reply->type == REDIS_REPLY_ARRAY) {
		for (size_t i = 0; i < reply->elements; i++)
			ends_take_redis(reply->element[i], last);
	}
	freeReplyObject(reply);
}

static void
ends_redis_run(void)
{
	redisContext *redis = ends_redis();
	char last[TOPICS][64];
	pthread_t writer;

	for (size_t i = 0; i < ends.topics_n; i++)
		ends_last(redis, ends.topics[i], last[i]);
	if (pthread_create(&writer, NULL, ends_write_redis, NULL) != 0)
		die("no thread");
	int64_t until =
	    stats_now_ns() +
	    (int64_t)(1e9 * ((double)ends.count / ends.rate + WAIT_S));
	while (ends.missing > 0 && stats_now_ns() < until)
		ends_read_redis(redis, last);
	redisFree(redis);
}

/* Kafka */

static rd_kafka_t *
ends_kafka(rd_kafka_type_t type)
{
	static const char *const settings[][3] = {{"c", "group.id", "bench"},
	    {"c", "enable.auto.commit", "false"}, {"p", "acks", "all"},
	    {"p", "enable.idempotence", "true"}, {"p", "linger.ms", "0"},
	    {"", "socket.nagle.disable", "true"}};
	const char *other = type == RD_KAFKA_PRODUCER ? "c" : "p";
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char reason[256];

	if (rd_kafka_conf_set(conf, "bootstrap.servers", ends.address, reason,
	        sizeof(reason)) != RD_KAFKA_CONF_OK)
		die(reason);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (strcmp(settings[i][0], other) != 0 &&
		    rd_kafka_conf_set(conf, settings[i][1], settings[i][2],
		        reason, sizeof(reason)) != RD_KAFKA_CONF_OK)
			die(reason);
	}
	rd_kafka_t *rk = rd_kafka_new(type, conf, reason, sizeof(reason));
	if (rk == NULL)
		die(reason);
	return rk;
}

static void *
ends_write_kafka(void *arg)
{
	rd_kafka_t *rk = ends_kafka(RD_KAFKA_PRODUCER);
	char value[VALUE_BYTES];
	const struct rd_kafka_metadata *metadata;

	/* Connected, and knows where the topic is. */
	if (rd_kafka_metadata(rk, 1, NULL, &metadata, 10000) !=
	    RD_KAFKA_RESP_ERR_NO_ERROR)
		die("no broker");
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, ends.topics[0], NULL);
	if (topic == NULL)
		die("no topic");
	int64_t begin = stats_now_ns() + 500000000;
	for (size_t i = 0; i < ends.count; i++) {
		ends_value(value, i);
		ends_leave(begin, i);
		if (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value,
		        VALUE_BYTES, "62", 2, NULL) != 0)
			die("not produced");
		(void)rd_kafka_poll(rk, 0);
	}
	(void)rd_kafka_flush(rk, 20000);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(rk);
	return arg;
}

static void
ends_read_kafka(rd_kafka_t *rk)
{
	rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 1000);
	size_t topic = 0;

	if (m == NULL)
		return;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		const char *name = rd_kafka_topic_name(m->rkt);
		while (strcmp(ends.topics[topic], name) != 0)
			topic++;
		ends_came(topic, m->payload);
	}
	rd_kafka_message_destroy(m);
}

static void
ends_kafka_run(void)
{
	rd_kafka_t *rk = ends_kafka(RD_KAFKA_CONSUMER);
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(TOPICS);
	int64_t low, high;
	pthread_t writer;

	(void)rd_kafka_poll_set_consumer(rk);
	for (size_t i = 0; i < ends.topics_n; i++) {
		if (rd_kafka_query_watermark_offsets(rk, ends.topics[i], 0,
		        &low, &high, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR)
			die("no such topic");
		rd_kafka_topic_partition_list_add(list, ends.topics[i], 0)
		    ->offset = high;
	}
	(void)rd_kafka_assign(rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (pthread_create(&writer, NULL, ends_write_kafka, NULL) != 0)
		die("no thread");
	int64_t until =
	    stats_now_ns() +
	    (int64_t)(1e9 * ((double)ends.count / ends.rate + WAIT_S));
	while (ends.missing > 0 && stats_now_ns() < until)
		ends_read_kafka(rk);
}

static void
ends_print(void)
{
	for (size_t i = 0; i < ends.count; i++) {
		for (size_t t = 0; t < ends.topics_n; t++)
			(void)printf("%s%lld", t == 0 ? "" : " ",
			    (long long)((ends.came_ns[i * ends.topics_n + t] -
			                    ends.sent_ns[i]) /
			                1000));
		(void)printf("\n");
	}
	(void)fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc < 7 || argc > 6 + TOPICS)
		die("usage: see the head of hop_ends.c");
	ends.address = argv[2];
	ends.password_file = argv[3];
	ends.count = strtoul(argv[4], NULL, 10);
	ends.rate = strtod(argv[5], NULL);
	for (int i = 6; i < argc; i++)
		ends.topics[ends.topics_n++] = argv[i];
	ends.missing = ends.count * ends.topics_n;
	ends.sent_ns = calloc(ends.count, sizeof(*ends.sent_ns));
	ends.came_ns = calloc(ends.missing, sizeof(*ends.came_ns));
	if (ends.missing == 0 || ends.sent_ns == NULL || ends.came_ns == NULL)
		die("nothing to do");
	if (strcmp(argv[1], "kafka") == 0)
		ends_kafka_run();
	else
		ends_redis_run();
	if (ends.missing > 0) {
		fprintf(stderr, "hop_ends: %zu have not come\n", ends.missing);
		_exit(1);
	}
	ends_print();
	_exit(0); /* with the clients' threads, which need no goodbye */
}
