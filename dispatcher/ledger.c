#include "dispatcher/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "dispatcher/setup.h"

void *
tcs_need(void *p)
{
	tcs_assert(p != NULL);
	return p;
}

char *
tcs_need_dup(const char *text)
{
	return text == NULL ? NULL : tcs_need(strdup(text));
}

void
tcs_must(bool ok)
{
	tcs_assert(ok);
}

static void
ledger_put(struct tcs_map *map, const char *key, void *value)
{
	tcs_must(tcs_map_put(map, key, value) == TCS_OK);
}

bool
tcs_home_of(const struct tcs_record *record, char home[TCS_HOME_MAX])
{
	struct tcs_slice key = record->key;

	if (key.n == 0 || key.n >= TCS_HOME_MAX ||
	    memchr(key.p, '|', key.n) != NULL || !tcs_slice_is_utf8(key))
		return false;
	memcpy(home, key.p, key.n);
	home[key.n] = '\0';
	return true;
}

struct tcs_ledger *
tcs_ledger_new(struct tcs_dispatch *dispatch, struct tcs_unit *unit)
{
	struct tcs_ledger *ledger = tcs_need(calloc(1, sizeof(*ledger)));

	ledger->magic = TCS_LEDGER_MAGIC;
	ledger->dispatch = dispatch;
	ledger->unit = unit;
	TAILQ_INIT(&ledger->dirty);
	TAILQ_INIT(&ledger->todo);
	TAILQ_INIT(&ledger->expanding);
	TAILQ_INIT(&ledger->settling);
	TAILQ_INIT(&ledger->turns);
	return ledger;
}

void
tcs_ledger_free(struct tcs_ledger **ledger_ptr)
{
	struct tcs_ledger *ledger = *ledger_ptr;
	struct tcs_feed_hold *feed;
	void *value;
	size_t at = 0;

	if (ledger == NULL)
		return;
	/* Removal shrinks the tables, so each round starts anew. */
	while ((value = tcs_map_next(&ledger->rows, &at)) != NULL) {
		tcs_ledger_drop_row(value);
		at = 0;
	}
	for (at = 0; (value = tcs_map_next(&ledger->versions, &at)) != NULL;
	     at = 0)
		tcs_ledger_drop_version(value);
	for (at = 0; (value = tcs_map_next(&ledger->threads, &at)) != NULL;
	     at = 0)
		tcs_ledger_drop_thread(ledger, value);
	for (at = 0; (value = tcs_map_next(&ledger->rulings, &at)) != NULL;
	     at = 0)
		tcs_ledger_drop_ruling(ledger, value);
	for (at = 0; (feed = tcs_map_next(&ledger->feeds, &at)) != NULL;) {
		free(feed->name);
		free(feed);
	}
	tcs_map_fini(&ledger->threads);
	tcs_map_fini(&ledger->codes);
	tcs_map_fini(&ledger->versions);
	tcs_map_fini(&ledger->rows);
	tcs_map_fini(&ledger->lanes);
	tcs_map_fini(&ledger->feeds);
	tcs_map_fini(&ledger->rulings);
	ledger->magic = 0;
	free(ledger);
	*ledger_ptr = NULL;
}

/* Threads */

struct tcs_thread *
tcs_ledger_thread(const struct tcs_ledger *ledger, const char *hash)
{
	return tcs_map_get(&ledger->threads, hash);
}

struct tcs_thread *
tcs_ledger_add_thread(
    struct tcs_ledger *ledger, const char *home, const char *hash)
{
	struct tcs_thread *thread = tcs_need(calloc(1, sizeof(*thread)));

	tcs_assert(strlen(home) < sizeof(thread->home) &&
	           strlen(hash) < sizeof(thread->hash));
	memcpy(thread->home, home, strlen(home) + 1);
	memcpy(thread->hash, hash, strlen(hash) + 1);
	TAILQ_INIT(&thread->lanes);
	ledger_put(&ledger->threads, thread->hash, thread);
	return thread;
}

void
tcs_ledger_set_code(
    struct tcs_ledger *ledger, struct tcs_thread *thread, const char *code)
{
	if (strcmp(thread->code, code) == 0)
		return;
	tcs_assert(strlen(code) < sizeof(thread->code));
	if (tcs_map_get(&ledger->codes, thread->code) == thread)
		(void)tcs_map_remove(&ledger->codes, thread->code);
	memcpy(thread->code, code, strlen(code) + 1);
	ledger_put(&ledger->codes, thread->code, thread);
}

static void
series_free(struct tcs_series *series)
{
	free(series->raise);
	free(series->nature);
	free(series->alert);
	free(series->reference);
	free(series);
}

static void
ledger_drop_lane(struct tcs_ledger *ledger, struct tcs_lane *lane)
{
	tcs_assert(TAILQ_EMPTY(&lane->rows));
	TAILQ_REMOVE(&lane->thread->lanes, lane, next);
	(void)tcs_map_remove(&ledger->lanes, lane->key);
	free(lane->key);
	free(lane->contact);
	free(lane->channel);
	free(lane);
}

void
tcs_ledger_drop_thread(struct tcs_ledger *ledger, struct tcs_thread *thread)
{
	struct tcs_lane *lane = TAILQ_FIRST(&thread->lanes);

	while (lane != NULL) {
		struct tcs_lane *next = TAILQ_NEXT(lane, next);
		ledger_drop_lane(ledger, lane);
		lane = next;
	}
	if (tcs_map_get(&ledger->codes, thread->code) == thread)
		(void)tcs_map_remove(&ledger->codes, thread->code);
	(void)tcs_map_remove(&ledger->threads, thread->hash);
	for (unsigned i = 0; i < thread->series_n; i++) {
		tcs_assert(thread->series[i]->current == NULL);
		series_free(thread->series[i]);
	}
	tcs_book_fini(&thread->book);
	free(thread);
}

struct tcs_series *
tcs_thread_series(const struct tcs_thread *thread, const char *raise)
{
	for (unsigned i = 0; i < thread->series_n; i++) {
		if (strcmp(thread->series[i]->raise, raise) == 0)
			return thread->series[i];
	}
	return NULL;
}

struct tcs_series *
tcs_thread_add_series(
    struct tcs_thread *thread, const char *raise, const char *nature)
{
	if (thread->series_n == TCS_SERIES_MAX)
		return NULL;
	struct tcs_series *series = tcs_need(calloc(1, sizeof(*series)));
	series->index = thread->series_n;
	series->raise = tcs_need_dup(raise);
	series->nature = tcs_need_dup(nature);
	series->expires_ms = TCS_NO_TIME;
	thread->series[thread->series_n++] = series;
	return series;
}

void
tcs_series_set(char **member, const char *text)
{
	char *copy = tcs_need_dup(text);

	free(*member);
	*member = copy;
}

struct tcs_lane *
tcs_ledger_lane(struct tcs_ledger *ledger, struct tcs_thread *thread,
    const char *contact, const char *channel)
{
	struct tcs_buf key;
	char *text = NULL;

	tcs_buf_init(&key, 1000);
	tcs_buf_str(&key, thread->hash);
	tcs_buf_char(&key, '/');
	tcs_buf_str(&key, contact);
	tcs_buf_char(&key, '/');
	tcs_buf_str(&key, channel);
	tcs_must(tcs_buf_steal(&key, &text) == TCS_OK);
	struct tcs_lane *lane = tcs_map_get(&ledger->lanes, text);
	if (lane != NULL) {
		free(text);
		return lane;
	}
	lane = tcs_need(calloc(1, sizeof(*lane)));
	lane->key = text;
	lane->contact = tcs_need_dup(contact);
	lane->channel = tcs_need_dup(channel);
	lane->thread = thread;
	TAILQ_INIT(&lane->rows);
	TAILQ_INSERT_TAIL(&thread->lanes, lane, next);
	ledger_put(&ledger->lanes, lane->key, lane);
	return lane;
}

void
tcs_lane_note(struct tcs_lane *lane, const struct tcs_series *series,
    unsigned version, bool may_have_had)
{
	if (lane->versions[series->index] < version)
		lane->versions[series->index] = version;
	if (may_have_had)
		lane->had |= (uint32_t)1 << series->index;
}

/* Versions and rows */

struct tcs_version *
tcs_ledger_add_version(struct tcs_ledger *ledger, struct tcs_series *series,
    const char *id, struct tcs_letter *letter)
{
	struct tcs_version *version = tcs_need(calloc(1, sizeof(*version)));

	version->ledger = ledger;
	version->series = series;
	version->id = tcs_need_dup(id);
	version->letter = letter;
	tcs_stages_init(&version->stages);
	TAILQ_INIT(&version->rows);
	ledger_put(&ledger->versions, version->id, version);
	return version;
}

void
tcs_ledger_drop_version(struct tcs_version *version)
{
	struct tcs_ledger *ledger = version->ledger;

	tcs_assert(TAILQ_EMPTY(&version->rows));
	if (version->is_expanding)
		TAILQ_REMOVE(&ledger->expanding, version, expanding);
	if (version->is_settling)
		TAILQ_REMOVE(&ledger->settling, version, settling);
	if (version->series != NULL && version->series->current == version)
		version->series->current = NULL;
	(void)tcs_map_remove(&ledger->versions, version->id);
	tcs_letter_unref(&version->letter);
	tcs_setup_unref(&version->plan_setup);
	free(version->plan);
	free(version->cursor);
	free(version->id);
	free(version->feed);
	free(version);
}

struct tcs_row *
tcs_ledger_add_row(struct tcs_version *version, struct tcs_lane *lane,
    const struct tcs_delivery *delivery)
{
	struct tcs_row *row = tcs_need(calloc(1, sizeof(*row)));

	row->d = *delivery;
	row->version = version;
	row->lane = lane;
	TAILQ_INSERT_TAIL(&version->rows, row, in_version);
	version->rows_n++;
	TAILQ_INSERT_TAIL(&lane->rows, row, in_lane);
	ledger_put(&version->ledger->rows, row->d.key, row);
	return row;
}

void
tcs_ledger_drop_row(struct tcs_row *row)
{
	struct tcs_ledger *ledger = row->version->ledger;
	struct tcs_lane *lane = row->lane;

	tcs_assert(row->queued == NULL && row->flight == NULL);
	if (lane->in_flight == row)
		lane->in_flight = NULL;
	if (row->is_dirty)
		TAILQ_REMOVE(&ledger->dirty, row, in_dirty);
	if (row->todo != TCS_TODO_NONE)
		TAILQ_REMOVE(&ledger->todo, row, in_todo);
	TAILQ_REMOVE(&lane->rows, row, in_lane);
	TAILQ_REMOVE(&row->version->rows, row, in_version);
	row->version->rows_n--;
	tcs_ledger_settle(row->version);
	(void)tcs_map_remove(&ledger->rows, row->d.key);
	tcs_delivery_fini(&row->d);
	free(row->stored);
	free(row);
}

void
tcs_ledger_settle(struct tcs_version *version)
{
	if (version->is_settling)
		return;
	version->is_settling = true;
	TAILQ_INSERT_TAIL(&version->ledger->settling, version, settling);
}

struct tcs_delivery_about
tcs_row_about(const struct tcs_row *row)
{
	const struct tcs_version *version = row->version;
	const struct tcs_thread *thread = row->lane->thread;

	return (struct tcs_delivery_about){
	    .alert = version->id,
	    .thread = thread->hash,
	    .code = thread->code,
	    .raise = version->series->raise,
	    .nature = version->series->nature,
	    .version = version->number,
	    .contact = row->lane->contact,
	    .channel = row->lane->channel,
	    .trace = thread->trace,
	};
}

/* Feeds and decisions */

struct tcs_feed_hold *
tcs_ledger_feed(struct tcs_ledger *ledger, const char *name)
{
	struct tcs_feed_hold *feed = tcs_map_get(&ledger->feeds, name);

	if (feed != NULL)
		return feed;
	feed = tcs_need(calloc(1, sizeof(*feed)));
	feed->name = tcs_need_dup(name);
	feed->released_ms = TCS_NO_TIME;
	ledger_put(&ledger->feeds, feed->name, feed);
	return feed;
}

bool
tcs_ledger_is_held(
    const struct tcs_ledger *ledger, const char *name, int64_t fetched_ms)
{
	const struct tcs_feed_hold *feed = tcs_map_get(&ledger->feeds, name);

	return feed == NULL || feed->released_ms == TCS_NO_TIME ||
	       feed->released_ms / 1000 < fetched_ms / 1000;
}

struct tcs_ruling *
tcs_ledger_add_ruling(
    struct tcs_ledger *ledger, const char *home, const char *id)
{
	struct tcs_ruling *ruling = tcs_need(calloc(1, sizeof(*ruling)));

	tcs_assert(strlen(home) < sizeof(ruling->home));
	memcpy(ruling->home, home, strlen(home) + 1);
	ruling->id = tcs_need_dup(id);
	ledger_put(&ledger->rulings, ruling->id, ruling);
	return ruling;
}

void
tcs_ledger_drop_ruling(struct tcs_ledger *ledger, struct tcs_ruling *ruling)
{
	(void)tcs_map_remove(&ledger->rulings, ruling->id);
	if (ruling->record != NULL)
		ledger->parked_n--;
	free(ruling->record);
	free(ruling->id);
	free(ruling);
}
