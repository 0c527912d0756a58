#include "cli/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tally.h"
#include "collectors/report/signal.h"
#include "core/bus.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"

enum { WATCH_LINE_MAX = 4096, WATCH_KEY_MAX = 128 };

static const int64_t watch_look_ms = 500;

/* One feed of the configuration. */
struct watch_feed {
	const char *name;  /* borrowed */
	json_t *value;     /* what the store held at the last look, or NULL */
	struct tcs_buf as; /* its line as last shown, without the fetch time */
};

struct tcs_watcher {
	struct tcs_loop *loop;
	struct tcs_bus *bus;
	tcs_watcher_line_cb *cb;
	void *arg;
	struct watch_feed *feeds;
	size_t feeds_n;
	struct tcs_tally *tally;
	struct tcs_bus_tail *tail;
	struct tcs_timer *timer;
	bool has_proposals; /* those that waited at start were counted */
	bool is_asking;     /* an answer is still to come */
	int64_t all_ms;     /* when all lines were shown; tcs_clock_boot_ms() */
};

/* Answers */

typedef enum tcs_err watch_value_cb(
    struct tcs_watcher *w, struct tcs_slice field, const json_t *value);

/* Each field of a hash whose name ends so, and whose value is JSON. */
static void
watch_each(struct tcs_watcher *w, const struct tcs_reply *reply,
    const char *suffix, watch_value_cb *each)
{
	size_t n = strlen(suffix);

	for (size_t i = 0; i + 1 < tcs_reply_count(reply); i += 2) {
		struct tcs_slice field =
		    tcs_reply_slice(tcs_reply_at(reply, i));
		struct tcs_slice text =
		    tcs_reply_slice(tcs_reply_at(reply, i + 1));
		json_t *value = NULL;
		if (field.n < n ||
		    memcmp(field.p + field.n - n, suffix, n) != 0)
			continue;
		enum tcs_err err = tcs_json_parse(text, &value, NULL, NULL);
		if (err == TCS_OK)
			err = each(w, field, value);
		if (err != TCS_OK)
			tcs_log(TCS_LOG_WARNING, "summary.unreadable",
			    "field=\"%.*s\" err=\"%s\"", TCS_SLICE_ARG(field),
			    tcs_strerror(err));
		json_decref(value);
	}
}

static struct watch_feed *
watch_find(struct tcs_watcher *w, struct tcs_slice name)
{
	for (size_t i = 0; i < w->feeds_n; i++) {
		if (tcs_slice_is(name, w->feeds[i].name))
			return &w->feeds[i];
	}
	return NULL;
}

static enum tcs_err
watch_feed_value(
    struct tcs_watcher *w, struct tcs_slice field, const json_t *value)
{
	struct tcs_slice rest;
	struct watch_feed *feed =
	    watch_find(w, tcs_slice_cut(field, '|', &rest));

	if (feed == NULL)
		return TCS_OK;
	json_t *copy = json_deep_copy(value);
	if (copy == NULL)
		return TCS_ENOMEM;
	json_decref(feed->value);
	feed->value = copy;
	return TCS_OK;
}

static enum tcs_err
watch_thread_value(
    struct tcs_watcher *w, struct tcs_slice field, const json_t *value)
{
	(void)field;
	return tcs_tally_thread(w->tally, value);
}

static enum tcs_err
watch_proposal_value(
    struct tcs_watcher *w, struct tcs_slice field, const json_t *value)
{
	(void)field;
	return tcs_tally_proposal(w->tally, value);
}

/* Lines */

/* `shown` is the line, `as` the same without the fetch time. */
static void
watch_write(struct tcs_watcher *w, struct watch_feed *feed,
    struct tcs_buf *shown, struct tcs_buf *as)
{
	struct tcs_source source;

	tcs_source_read(feed->name, feed->value, &source);
	struct tcs_left left = tcs_tally_left(w->tally, &source);
	tcs_source_line(shown, &source);
	tcs_buf_str(shown, " · ");
	tcs_left_line(shown, &left);
	source.fetched_ms = TCS_NO_TIME;
	tcs_source_line(as, &source);
	tcs_left_line(as, &left);
}

static void
watch_show(struct tcs_watcher *w, struct watch_feed *feed, bool is_asked)
{
	struct tcs_buf shown, as;

	tcs_buf_init(&shown, WATCH_LINE_MAX);
	tcs_buf_init(&as, WATCH_LINE_MAX);
	watch_write(w, feed, &shown, &as);
	bool is_new =
	    !tcs_slice_equal(tcs_buf_view(&as), tcs_buf_view(&feed->as));
	if ((is_new || is_asked) && shown.err == TCS_OK)
		w->cb(w->arg, shown.p);
	tcs_buf_fini(&feed->as);
	tcs_buf_fini(&shown);
	feed->as = as;
}

static void
watch_show_feeds(struct tcs_watcher *w)
{
	int64_t now_ms = tcs_clock_boot_ms();
	bool is_minute = now_ms - w->all_ms >= TCS_MINUTES(1);

	if (is_minute)
		w->all_ms = now_ms;
	for (size_t i = 0; i < w->feeds_n; i++)
		watch_show(w, &w->feeds[i], is_minute);
}

/* Looking */

static void
watch_ask(struct tcs_watcher *w, tcs_store_cb *cb, const char *hash)
{
	struct tcs_store *store = tcs_bus_store(w->bus);
	char key[WATCH_KEY_MAX];

	(void)snprintf(key, sizeof(key), "%s%s", tcs_store_realm(store), hash);
	tcs_store_send(store, cb, w, "HGETALL", key, NULL);
}

static void
watch_on_feeds(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_watcher *w = arg;

	if (err == TCS_ECANCELED)
		return;
	w->is_asking = false;
	if (err != TCS_OK)
		return;
	watch_each(w, reply, "|state", watch_feed_value);
	watch_show_feeds(w);
}

static void
watch_on_threads(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	if (err == TCS_OK)
		watch_each(arg, reply, "", watch_thread_value);
}

static void
watch_on_proposals(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_watcher *w = arg;

	if (err != TCS_OK)
		return;
	w->has_proposals = true;
	watch_each(w, reply, "", watch_proposal_value);
}

static void
watch_look(void *arg)
{
	struct tcs_watcher *w = arg;

	tcs_timer_start(w->timer, watch_look_ms);
	if (w->is_asking || !tcs_store_is_ready(tcs_bus_store(w->bus)))
		return;
	w->is_asking = true;
	bool is_first = !w->has_proposals;
	if (tcs_tally_wants_threads(w->tally) || is_first)
		watch_ask(w, watch_on_threads, "rule:threads");
	if (is_first)
		watch_ask(w, watch_on_proposals, "ledger:proposals");
	watch_ask(w, watch_on_feeds, "src:feeds");
}

static void
watch_on_receipt(void *arg, const struct tcs_record *record)
{
	struct tcs_watcher *w = arg;
	json_t *receipt = NULL;
	enum tcs_err err = tcs_json_parse(record->value, &receipt, NULL, NULL);

	if (err == TCS_OK)
		err = tcs_tally_receipt(w->tally, receipt);
	if (err != TCS_OK)
		tcs_log(TCS_LOG_WARNING, "summary.unreadable",
		    "topic=receipts position=%s err=\"%s\"", record->position,
		    tcs_strerror(err));
	json_decref(receipt);
}

struct tcs_watcher *
tcs_watcher_new(struct tcs_loop *loop, struct tcs_bus *bus,
    const struct tcs_conf *conf, tcs_watcher_line_cb *cb, void *arg)
{
	struct tcs_watcher *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	*w = (struct tcs_watcher){
	    .loop = loop, .bus = bus, .cb = cb, .arg = arg};
	w->feeds = calloc(conf->feeds_n + 1, sizeof(*w->feeds));
	w->tally = tcs_tally_new();
	w->timer = tcs_timer_new(loop, watch_look, w);
	w->tail = tcs_bus_tail_new(bus, "receipts", watch_on_receipt, w);
	if (w->feeds == NULL || w->tally == NULL || w->timer == NULL ||
	    w->tail == NULL) {
		tcs_watcher_free(&w);
		return NULL;
	}
	for (size_t i = 0; i < conf->feeds_n; i++) {
		struct watch_feed *feed = &w->feeds[w->feeds_n];
		if (tcs_report_is_driver(conf->feeds[i].driver))
			continue; /* no source that could be fresh */
		feed->name = conf->feeds[i].name;
		tcs_buf_init(&feed->as, WATCH_LINE_MAX);
		w->feeds_n++;
	}
	w->all_ms = tcs_clock_boot_ms();
	watch_look(w);
	return w;
}

bool
tcs_watcher_is_ready(const struct tcs_watcher *watcher)
{
	return tcs_bus_tail_is_open(watcher->bus, watcher->tail);
}

/* The store's callbacks do not come any more once the store is freed first. */
void
tcs_watcher_free(struct tcs_watcher **watcher)
{
	if (watcher == NULL || *watcher == NULL)
		return;
	struct tcs_watcher *w = *watcher;
	tcs_bus_tail_free(w->bus, &w->tail);
	tcs_timer_free(&w->timer);
	tcs_tally_free(&w->tally);
	for (size_t i = 0; i < w->feeds_n; i++) {
		json_decref(w->feeds[i].value);
		tcs_buf_fini(&w->feeds[i].as);
	}
	free(w->feeds);
	free(w);
	*watcher = NULL;
}
