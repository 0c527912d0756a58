/* kafka_topics.c - the topics of a realm on Kafka: what is there is compared
 * with what is wanted, all of it before anything is changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/bus/kafka_admin.h"
#include "core/bus/kafka_conf.h"
#include "core/bus/kafka_oauth.h"
#include "core/bus_topics.h"
#include "core/clock.h"
#include "core/topics.h"

enum {
	TOPICS_FIND_MS = 10000,
	TOPICS_ASK_MS = 500,
	TOPICS_MISSING_MS = 2000,
	TOPICS_GONE_MS = 30000,
	TOPICS_LOOK_MS = 20,
	TOPICS_LINE_MAX = 4096,
	TOPICS_MAX = 32
};

struct topics {
	const struct tcs_bus_topics *wanted;
	int partitions, servers;
	struct tcs_kafka_admin admin;
	/* The first thing that the client met; 0: nothing. */
	rd_kafka_resp_err_t met;
	char reason[400];
	struct tcs_kafka_topic all[TOPICS_MAX];
	size_t n;
};

static void
topics_error(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	struct topics *t = opaque;

	(void)rk;
	if (t->met != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	t->met = err;
	(void)snprintf(t->reason, sizeof(t->reason), "%s", reason);
}

/* A wrong password or certificate does not mend by itself. */
static rd_kafka_resp_err_t
topics_ask(
    struct topics *t, const struct rd_kafka_metadata **ret_all, int wait_ms)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TRANSPORT;

	for (int ms = 0; ms < wait_ms; ms += TOPICS_ASK_MS) {
		code = rd_kafka_metadata(
		    t->admin.rk, 1, NULL, ret_all, TOPICS_ASK_MS);
		(void)rd_kafka_poll(t->admin.rk, 0);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR ||
		    t->met == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
		    t->met == RD_KAFKA_RESP_ERR__SSL)
			break;
	}
	return code;
}

static enum tcs_err
topics_say_nobody(
    struct topics *t, const struct tcs_bus_conf *conf, rd_kafka_resp_err_t code)
{
	return tcs_diag_add(t->admin.diag, TCS_EUNAVAIL, NULL, 0,
	    "no server of %.200s answers: %s%s", conf->url,
	    t->met == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_err2str(code)
	                                         : t->reason,
	    tcs_kafka_advice(conf, t->met));
}

/* Of all topics at once: asking for one that is not there could make it. */
static enum tcs_err
topics_find(struct topics *t, const struct tcs_bus_conf *conf, int wait_ms)
{
	const struct rd_kafka_metadata *all = NULL;
	rd_kafka_resp_err_t code = topics_ask(t, &all, wait_ms);

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return topics_say_nobody(t, conf, code);
	t->servers = all->broker_cnt;
	for (size_t i = 0; i < t->n; i++) {
		struct tcs_kafka_topic *one = &t->all[i];
		one->found.partitions = 0;
		for (int k = 0; k < all->topic_cnt; k++) {
			const rd_kafka_metadata_topic_t *m = &all->topics[k];
			if (strcmp(m->topic, one->name) != 0 ||
			    m->partition_cnt == 0)
				continue;
			one->found.partitions = m->partition_cnt;
			one->found.replication = m->partitions[0].replica_cnt;
		}
	}
	rd_kafka_metadata_destroy(all);
	return TCS_OK;
}

static size_t
topics_count(const struct topics *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->all[i].found.partitions > 0;
	return n;
}

/* What is to be done */

static enum tcs_err
topics_plan(struct topics *t, bool *ret_refused)
{
	*ret_refused = false;
	for (size_t i = 0; i < t->n; i++) {
		struct tcs_kafka_topic *one = &t->all[i];
		const struct tcs_topic_wish wish = {.name = one->name,
		    .partitions = t->partitions,
		    .servers = t->servers,
		    .replication = t->wanted->replication,
		    .min_insync = t->wanted->min_insync,
		    .retention_ms = tcs_topics[i].retention_ms,
		    .is_forced = t->wanted->is_forced};
		enum tcs_err err =
		    one->found.partitions == 0
		        ? TCS_OK
		        : tcs_kafka_topic_describe(&t->admin, one);
		if (err != TCS_OK)
			return err;
		tcs_topic_plan(&wish, &one->found, &one->plan);
		if (one->plan.verdict == TCS_TOPIC_REFUSE)
			*ret_refused = true;
	}
	return TCS_OK;
}

static enum tcs_err
topics_apply(struct topics *t, const struct tcs_kafka_topic *one)
{
	enum tcs_err err = TCS_OK;

	if (one->plan.verdict == TCS_TOPIC_MAKE)
		return tcs_kafka_topic_make(&t->admin, one);
	if (one->plan.verdict != TCS_TOPIC_CHANGE)
		return TCS_OK;
	if (one->plan.settings_n > 0)
		err = tcs_kafka_topic_alter(&t->admin, one);
	if (err == TCS_OK && one->plan.grow_to > 0)
		err = tcs_kafka_topic_grow(&t->admin, one);
	return err;
}

static void
topics_say(const struct tcs_kafka_topic *one, bool is_done,
    tcs_bus_topics_cb *say, void *arg)
{
	static const char *const done[] = {
	    [TCS_TOPIC_LEAVE] = "as it should be",
	    [TCS_TOPIC_MAKE] = "made",
	    [TCS_TOPIC_CHANGE] = "changed",
	    [TCS_TOPIC_REFUSE] = "refused"};
	static const char *const would[] = {
	    [TCS_TOPIC_LEAVE] = "as it should be",
	    [TCS_TOPIC_MAKE] = "would be made",
	    [TCS_TOPIC_CHANGE] = "would be changed",
	    [TCS_TOPIC_REFUSE] = "refused"};
	struct tcs_buf line;

	tcs_buf_init(&line, TOPICS_LINE_MAX);
	tcs_buf_printf(&line, "%s: %s", one->name,
	    (is_done ? done : would)[one->plan.verdict]);
	if (one->plan.said.n > 0)
		tcs_buf_printf(&line, ": %s", one->plan.said.p);
	if (line.err == TCS_OK)
		say(arg, line.p);
	tcs_buf_fini(&line);
}

static enum tcs_err
topics_execute(struct topics *t, tcs_bus_topics_cb *say, void *arg)
{
	bool is_refused = false;
	enum tcs_err err = topics_plan(t, &is_refused), first = TCS_OK;
	bool is_done = !t->wanted->is_dry && !is_refused;

	for (size_t i = 0; err == TCS_OK && i < t->n; i++) {
		enum tcs_err one =
		    is_done ? topics_apply(t, &t->all[i]) : TCS_OK;
		if (one == TCS_OK)
			topics_say(&t->all[i], is_done, say, arg);
		first = first == TCS_OK ? one : first;
	}
	if (err == TCS_OK && is_refused)
		return tcs_diag_add(t->admin.diag, TCS_EGUARD, NULL, 0,
		    "a topic is refused: nothing was changed");
	return err == TCS_OK ? first : err;
}

static enum tcs_err
topics_open(struct topics *t, const struct tcs_bus_conf *conf)
{
	rd_kafka_conf_t *rk_conf = NULL;
	char reason[256] = "";
	enum tcs_err err = tcs_kafka_conf_new(
	    conf, "tocsin-bus-init", &rk_conf, t->admin.diag);

	if (err != TCS_OK)
		return err;
	rd_kafka_conf_set_opaque(rk_conf, t);
	rd_kafka_conf_set_error_cb(rk_conf, topics_error);
	t->admin.rk =
	    rd_kafka_new(RD_KAFKA_PRODUCER, rk_conf, reason, sizeof(reason));
	if (t->admin.rk == NULL) {
		rd_kafka_conf_destroy(rk_conf);
		return tcs_diag_add(t->admin.diag, TCS_ECONFIG, conf->file, 0,
		    "kafka: %s", reason);
	}
	t->admin.queue = rd_kafka_queue_new(t->admin.rk);
	for (; tcs_topics[t->n].name != NULL; t->n++) {
		tcs_assert(t->n < TOPICS_MAX);
		(void)snprintf(t->all[t->n].name, TCS_KAFKA_TOPIC_MAX, "%s%s",
		    t->wanted->realm, tcs_topics[t->n].name);
	}
	return TCS_OK;
}

static void
topics_close(struct topics *t)
{
	for (size_t i = 0; i < t->n; i++)
		tcs_kafka_topic_fini(&t->all[i]);
	if (t->admin.queue != NULL)
		rd_kafka_queue_destroy(t->admin.queue);
	if (t->admin.rk != NULL)
		rd_kafka_destroy(t->admin.rk);
	free(t);
}

static enum tcs_err
topics_new(const struct tcs_bus_conf *conf, const struct tcs_bus_topics *wanted,
    int wait_ms, struct topics **ret_topics, struct tcs_diag *diag)
{
	struct topics *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return TCS_ENOMEM;
	t->wanted = wanted;
	t->partitions = (int)conf->partitions;
	t->admin.diag = diag;
	enum tcs_err err = topics_open(t, conf);
	if (err == TCS_OK)
		err = tcs_kafka_oauth_first(conf, t->admin.rk, diag);
	if (err == TCS_OK)
		err = topics_find(t, conf, wait_ms);
	if (err == TCS_OK)
		*ret_topics = t;
	else
		topics_close(t);
	return err;
}

enum tcs_err
tcs_bus_topics_init(const struct tcs_bus_conf *conf,
    const struct tcs_bus_topics *wanted, tcs_bus_topics_cb *say, void *arg,
    struct tcs_diag *diag)
{
	struct topics *t = NULL;
	enum tcs_err err = topics_new(conf, wanted, TOPICS_FIND_MS, &t, diag);

	if (err != TCS_OK)
		return err;
	err = topics_execute(t, say, arg);
	topics_close(t);
	return err;
}

enum tcs_err
tcs_bus_topics_missing(const struct tcs_bus_conf *conf, const char *realm,
    struct tcs_buf *missing, struct tcs_diag *diag)
{
	const struct tcs_bus_topics of = {.realm = realm};
	struct topics *t = NULL;
	enum tcs_err err = topics_new(conf, &of, TOPICS_MISSING_MS, &t, diag);

	if (err != TCS_OK)
		return err;
	for (size_t i = 0; i < t->n; i++) {
		if (t->all[i].found.partitions == 0)
			tcs_buf_printf(missing, " %s", t->all[i].name);
	}
	topics_close(t);
	return missing->err;
}

/* Removed */

static enum tcs_err
topics_wait_gone(struct topics *t, const struct tcs_bus_conf *conf)
{
	const struct timespec rest = {.tv_nsec = TOPICS_LOOK_MS * 1000000L};
	int64_t until = tcs_clock_boot_ms() + TOPICS_GONE_MS;

	for (;;) {
		enum tcs_err err = topics_find(t, conf, TOPICS_FIND_MS);
		if (err != TCS_OK || topics_count(t) == 0)
			return err;
		if (tcs_clock_boot_ms() > until)
			return tcs_diag_add(t->admin.diag, TCS_ETIMEOUT, NULL,
			    0,
			    "%zu topics of %s are still there %d s after the "
			    "servers were asked to remove them",
			    topics_count(t), t->wanted->realm,
			    TOPICS_GONE_MS / 1000);
		(void)nanosleep(&rest, NULL);
	}
}

enum tcs_err
tcs_bus_topics_drop(
    const struct tcs_bus_conf *conf, const char *realm, struct tcs_diag *diag)
{
	const struct tcs_bus_topics of = {.realm = realm};
	struct topics *t = NULL;

	/* The real realm's are never removed by a program. */
	tcs_assert(strncmp(realm, "x-", 2) == 0);
	enum tcs_err err = topics_new(conf, &of, TOPICS_FIND_MS, &t, diag);
	if (err != TCS_OK)
		return err;
	bool are_there = topics_count(t) > 0;
	for (size_t i = 0; err == TCS_OK && i < t->n; i++) {
		if (t->all[i].found.partitions > 0)
			err = tcs_kafka_topic_drop(&t->admin, &t->all[i]);
	}
	if (err == TCS_OK && are_there)
		err = topics_wait_gone(t, conf);
	topics_close(t);
	return err;
}
