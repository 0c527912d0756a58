/* bare_hop.c - the barest pipeline of two hops, to hold ours against: no
 * state, no fence, no parsing; the same bytes on the same servers.
 *
 *   bare_hop relay SOCKET PASSWORD-FILE FROM TO [FILE] XREAD -> XADD
 *   bare_hop post SOCKET PASSWORD-FILE FROM PORT PATH  XREAD -> POST on one
 *                                                      kept-alive connection
 *
 * With FILE, a CAP message, what is relayed is that message with the record's
 * zone for its own: as many bytes as ours sends on. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "core/buf.h"
#include "core/bus.h"
#include "core/file.h"
#include "tests/bench/bare_http.h"

#define ZONE "<valueName>tocsin:zone</valueName>\n<value>"

static redisContext *redis;
static const char *path, *to;
static struct tcs_buf message; /* empty: the record goes on as it is */

static void
die(const char *what)
{
	fprintf(stderr, "bare_hop: %s\n", what);
	exit(1);
}

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

/* Where the zone of a message is. */
static struct tcs_slice
zone_of(const char *p, size_t n)
{
	const char *found = memmem(p, n, ZONE, strlen(ZONE));

	if (found == NULL)
		die("a message without a zone");
	const char *zone = found + strlen(ZONE);
	const char *end = memchr(zone, '<', (size_t)(p + n - zone));
	if (end == NULL)
		die("a message that is cut");
	return tcs_slice(zone, (size_t)(end - zone));
}

static void
relay(const char *value, size_t n)
{
	redisReply *reply =
	    redisCommand(redis, "XADD %s * k 62 v %b", to, value, n);

	if (reply == NULL || reply->type == REDIS_REPLY_ERROR)
		die("XADD refused");
	freeReplyObject(reply);
}

static void
relay_message(const char *value, size_t n)
{
	struct tcs_slice mine = zone_of(message.p, message.n);
	const char *rest = mine.p + mine.n;
	struct tcs_buf text;

	tcs_buf_init(&text, TCS_RECORD_MAX);
	tcs_buf_append(&text, message.p, (size_t)(mine.p - message.p));
	tcs_buf_slice(&text, zone_of(value, n));
	tcs_buf_append(&text, rest, (size_t)(message.p + message.n - rest));
	relay(text.p, text.n);
	tcs_buf_fini(&text);
}

/* Field `v` of an entry. */
static const redisReply *
value_of(const redisReply *fields)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, "v") == 0)
			return fields->element[i + 1];
	}
	die("an entry without v");
	return NULL;
}

int
main(int argc, char **argv)
{
	char last[64] = "0";

	if (argc < 6)
		die("usage: see the head of bare_hop.c");
	open_redis(argv[2], argv[3]);
	bool is_post = strcmp(argv[1], "post") == 0;
	to = argv[5];
	tcs_buf_init(&message, TCS_RECORD_MAX);
	if (is_post) {
		bare_http_open(argv[5]);
		path = argv[6];
	} else if (argc > 6 &&
	           tcs_file_read(argv[6], &message, NULL) != TCS_OK) {
		die("no message");
	}
	for (;;) {
		redisReply *reply = redisCommand(redis,
		    "XREAD COUNT 64 BLOCK 1000 STREAMS %s %s", argv[4], last);
		if (reply == NULL)
			return 0; /* the server is gone: the bench is over */
		if (reply->type == REDIS_REPLY_ARRAY) {
			const redisReply *entries =
			    reply->element[0]->element[1];
			for (size_t i = 0; i < entries->elements; i++) {
				const redisReply *entry = entries->element[i];
				const redisReply *v =
				    value_of(entry->element[1]);
				if (is_post)
					bare_http_post(path, v->str, v->len);
				else if (message.n > 0)
					relay_message(v->str, v->len);
				else
					relay(v->str, v->len);
				(void)snprintf(last, sizeof(last), "%s",
				    entry->element[0]->str);
			}
		}
		freeReplyObject(reply);
	}
}
