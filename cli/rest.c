#include "cli/rest.h"

#include <stdio.h>
#include <string.h>

#include "cli/reads.h"
#include "collectors/report/signal.h"
#include "core/bus_url.h"
#include "core/json.h"
#include "core/loop.h"
#include "core/store.h"

void
tcs_rest_key(
    const struct tcs_rest *rest, const char *name, char key[TCS_REST_KEY])
{
	(void)snprintf(key, TCS_REST_KEY, "%s%s",
	    tcs_store_realm(rest->program->store), name);
}

/* What an upstream group has done is on the bus before the next is looked at.
 */
static enum tcs_err
rest_look_reads(
    struct tcs_rest *rest, const struct tcs_read *read, bool *ret_moves)
{
	uint64_t records = 0;
	enum tcs_err err = tcs_reads_lag(rest->program, read, &records);

	*ret_moves = records > 0;
	if (records > 0)
		(void)snprintf(rest->why, sizeof(rest->why),
		    "%s has %llu records of %s to read", read->group,
		    (unsigned long long)records, read->topic);
	return err;
}

/* What a step published and Kafka has not acknowledged; on redis: there is no
 * such thing. */
static enum tcs_err
rest_look_outbox(
    struct tcs_rest *rest, const char *group, const char *unit, bool *ret_moves)
{
	struct tcs_reply *reply = NULL;
	char name[TCS_REST_KEY / 2], key[TCS_REST_KEY];

	(void)snprintf(name, sizeof(name), "outbox:%s:%s", group, unit);
	tcs_rest_key(rest, name, key);
	enum tcs_err err =
	    tcs_store_call(rest->program->store, &reply, "EXISTS", key, NULL);
	*ret_moves = tcs_reply_int(reply) > 0;
	if (*ret_moves)
		(void)snprintf(rest->why, sizeof(rest->why),
		    "the bus has not yet what %s %s published", group, unit);
	tcs_reply_free(&reply);
	return err;
}

static enum tcs_err
rest_look_outboxes(struct tcs_rest *rest, const char *group, bool *ret_moves)
{
	const struct tcs_conf *conf = rest->conf;
	bool has_feeds = strcmp(group, "collector") == 0;
	size_t n = has_feeds ? conf->feeds_n : (size_t)conf->bus.partitions;
	enum tcs_err err = TCS_OK;
	char number[24];

	if (!tcs_bus_url_is_kafka(conf->bus.url))
		return TCS_OK;
	for (size_t i = 0; i < n && err == TCS_OK && !*ret_moves; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i);
		err = rest_look_outbox(rest, group,
		    has_feeds ? conf->feeds[i].name : number, ret_moves);
	}
	return err;
}

static enum tcs_err
rest_look_due(
    struct tcs_rest *rest, const char *set, int64_t now_ms, bool *ret_moves)
{
	struct tcs_reply *reply = NULL;
	char key[TCS_REST_KEY];
	int64_t due_ms = INT64_MAX;

	tcs_rest_key(rest, set, key);
	enum tcs_err err = tcs_store_call(rest->program->store, &reply,
	    "ZRANGE", key, "0", "0", "WITHSCORES", NULL);
	struct tcs_slice score = tcs_reply_slice(tcs_reply_at(reply, 1));
	if (err == TCS_OK && score.n > 0)
		err = tcs_slice_i64(score, INT64_MIN, INT64_MAX, &due_ms);
	if (due_ms < rest->next_due_ms)
		rest->next_due_ms = due_ms;
	*ret_moves = due_ms <= now_ms;
	if (*ret_moves)
		(void)snprintf(rest->why, sizeof(rest->why),
		    "%.*s of %s is due",
		    TCS_SLICE_ARG(tcs_reply_slice(tcs_reply_at(reply, 0))),
		    set);
	tcs_reply_free(&reply);
	return err;
}

static bool
rest_is_sending(struct tcs_slice text)
{
	json_t *row = NULL;
	bool is_sending = false;

	if (tcs_json_parse(text, &row, NULL, NULL) == TCS_OK)
		is_sending =
		    strcmp(tcs_json_str(row, "state", ""), "SENDING") == 0;
	json_decref(row);
	return is_sending;
}

static enum tcs_err
rest_look_rows(struct tcs_rest *rest, bool *ret_moves)
{
	struct tcs_reply *reply = NULL;
	char key[TCS_REST_KEY];
	size_t sending = 0;

	tcs_rest_key(rest, "ledger:rows", key);
	enum tcs_err err =
	    tcs_store_call(rest->program->store, &reply, "HGETALL", key, NULL);
	for (size_t i = 1; i < tcs_reply_count(reply); i += 2)
		sending +=
		    rest_is_sending(tcs_reply_slice(tcs_reply_at(reply, i)));
	tcs_reply_free(&reply);
	*ret_moves = sending > 0;
	if (*ret_moves)
		(void)snprintf(rest->why, sizeof(rest->why),
		    "%zu deliveries are in flight", sending);
	return err;
}

/* What people in the field said comes first, when somebody reads it. */
static enum tcs_err
rest_look_reports(struct tcs_rest *rest, const struct tcs_read *read,
    int64_t now_ms, bool *ret_moves)
{
	enum tcs_err err = rest_look_reads(rest, read, ret_moves);

	if (err == TCS_OK && !*ret_moves)
		err = rest_look_due(rest, "src:report-due", now_ms, ret_moves);
	if (err == TCS_OK && !*ret_moves)
		err = rest_look_outboxes(rest, read->group, ret_moves);
	return err;
}

enum tcs_err
tcs_rest_look(struct tcs_rest *rest, int64_t now_ms, bool *ret_moves)
{
	/* Whose timers, and who publishes what is read first. */
	static const struct {
		const char *due, *group;
	} flow[] = {{"src:due", "collector"}, {"rule:due", "rules"}};
	const struct tcs_read *read = tcs_reads_of(rest->conf);
	bool moves = false;
	enum tcs_err err = TCS_OK;

	rest->next_due_ms = INT64_MAX;
	if (read == tcs_reads)
		err = rest_look_reports(rest, read++, now_ms, &moves);
	for (size_t i = 0; i < 2 && err == TCS_OK && !moves; i++) {
		err = rest_look_due(rest, flow[i].due, now_ms, &moves);
		if (err == TCS_OK && !moves)
			err = rest_look_outboxes(rest, flow[i].group, &moves);
		if (err == TCS_OK && !moves)
			err = rest_look_reads(rest, read++, &moves);
	}
	if (err == TCS_OK && !moves)
		err = rest_look_due(rest, "ledger:due", now_ms, &moves);
	if (err == TCS_OK && !moves)
		err = rest_look_rows(rest, &moves);
	if (err == TCS_OK && !moves)
		err = rest_look_outboxes(rest, "dispatcher", &moves);
	for (; read->group != NULL && err == TCS_OK && !moves; read++)
		err = rest_look_reads(rest, read, &moves);
	*ret_moves = moves;
	return err;
}

/* Beginning: every unit has an owner, and every feed its first poll. */

static enum tcs_err
rest_look_owner(
    struct tcs_rest *rest, const char *group, const char *unit, bool *all)
{
	struct tcs_reply *reply = NULL;
	char name[TCS_REST_KEY / 2], key[TCS_REST_KEY];

	if (!*all)
		return TCS_OK;
	(void)snprintf(name, sizeof(name), "lease:%s:%s", group, unit);
	tcs_rest_key(rest, name, key);
	enum tcs_err err =
	    tcs_store_call(rest->program->store, &reply, "EXISTS", key, NULL);
	if (tcs_reply_int(reply) == 0) {
		*all = false;
		(void)snprintf(rest->why, sizeof(rest->why),
		    "no one owns %s %s", group, unit);
	}
	tcs_reply_free(&reply);
	return err;
}

enum tcs_err
tcs_rest_poll_due(struct tcs_rest *rest, const char *feed, int64_t *ret_due_ms)
{
	struct tcs_reply *reply = NULL;
	char member[TCS_REST_KEY / 2], key[TCS_REST_KEY];

	(void)snprintf(member, sizeof(member), "%s|poll", feed);
	tcs_rest_key(rest, "src:due", key);
	enum tcs_err err = tcs_store_call(
	    rest->program->store, &reply, "ZSCORE", key, member, NULL);
	if (err == TCS_OK && tcs_reply_slice(reply).n == 0)
		err = TCS_ENOTFOUND;
	if (err == TCS_OK)
		err = tcs_slice_i64(
		    tcs_reply_slice(reply), INT64_MIN, INT64_MAX, ret_due_ms);
	tcs_reply_free(&reply);
	return err;
}

static enum tcs_err
rest_look_poll(struct tcs_rest *rest, const char *feed, bool *all)
{
	int64_t due_ms;
	enum tcs_err err =
	    *all ? tcs_rest_poll_due(rest, feed, &due_ms) : TCS_OK;

	if (err != TCS_ENOTFOUND)
		return err;
	*all = false;
	(void)snprintf(
	    rest->why, sizeof(rest->why), "feed %s is not polled", feed);
	return TCS_OK;
}

enum tcs_err
tcs_rest_look_start(struct tcs_rest *rest, bool *ret_all)
{
	static const char *const groups[] = {
	    "rules", "dispatcher", "journal", "reports"};
	const struct tcs_conf *conf = rest->conf;
	size_t groups_n = tcs_reads_reports(conf) ? 4 : 3;
	enum tcs_err err = TCS_OK;
	char unit[16];

	*ret_all = true;
	for (size_t g = 0; g < groups_n; g++) {
		for (unsigned p = 0;
		     p < (unsigned)conf->bus.partitions && err == TCS_OK; p++) {
			(void)snprintf(unit, sizeof(unit), "%u", p);
			err = rest_look_owner(rest, groups[g], unit, ret_all);
		}
	}
	for (size_t i = 0; i < conf->feeds_n && err == TCS_OK; i++) {
		if (tcs_report_is_driver(conf->feeds[i].driver))
			continue; /* nothing is polled */
		err = rest_look_owner(
		    rest, "collector", conf->feeds[i].name, ret_all);
		if (err == TCS_OK)
			err =
			    rest_look_poll(rest, conf->feeds[i].name, ret_all);
	}
	return err;
}
