#include "dispatcher/restore.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"
#include "dispatcher/dispatch.h"
#include "dispatcher/expand.h"
#include "dispatcher/outlet.h"
#include "dispatcher/persist.h"
#include "dispatcher/turn.h"

const char *const tcs_restore_hashes[] = {TCS_LEDGER_THREADS, TCS_LEDGER_FEEDS,
    TCS_LEDGER_PROPOSALS, TCS_LEDGER_ROWS, TCS_LEDGER_ALERTS, TCS_LEDGER_CAPS,
    TCS_LEDGER_OUTCOMES, NULL};

/* One field of the store, as a name in two parts and a JSON object. */
struct stored {
	struct tcs_ledger *ledger;
	char home[TCS_HOME_MAX];
	const json_t *value;
};

static unsigned
restore_count(const json_t *value, const char *name)
{
	int64_t n = tcs_json_i64(value, name, 0);

	return n < 0 || n > 1000000000 ? 0 : (unsigned)n;
}

/* A text of the value that fits `max` bytes with its NUL. */
static bool
restore_copy(const json_t *value, const char *name, char *text, size_t max)
{
	const char *found = tcs_json_str(value, name, NULL);

	if (found == NULL || strlen(found) >= max)
		return false;
	memcpy(text, found, strlen(found) + 1);
	return true;
}

static bool
restore_series(struct tcs_thread *thread, const json_t *value)
{
	const char *raise = tcs_json_str(value, "raise", NULL);
	const char *nature = tcs_json_str(value, "nature", NULL);
	struct tcs_series *series =
	    raise == NULL || nature == NULL
	        ? NULL
	        : tcs_thread_add_series(thread, raise, nature);

	if (series == NULL)
		return false;
	series->number = restore_count(value, "number");
	series->version = restore_count(value, "version");
	series->is_lifted = tcs_json_bool(value, "is_lifted", false);
	series->expires_ms = tcs_json_i64(value, "expires_ms", TCS_NO_TIME);
	tcs_series_set(&series->alert, tcs_json_str(value, "alert", NULL));
	tcs_series_set(
	    &series->reference, tcs_json_str(value, "reference", NULL));
	return true;
}

static bool
restore_thread(const struct stored *s)
{
	char hash[9], code[TCS_CODE_LEN + 1];
	const json_t *raises = json_object_get(s->value, "raises");
	const json_t *item;
	size_t i;

	if (!restore_copy(s->value, "thread", hash, sizeof(hash)) ||
	    !restore_copy(s->value, "code", code, sizeof(code)) ||
	    tcs_ledger_thread(s->ledger, hash) != NULL)
		return false;
	struct tcs_thread *thread =
	    tcs_ledger_add_thread(s->ledger, s->home, hash);
	(void)restore_copy(
	    s->value, "trace", thread->trace, sizeof(thread->trace));
	thread->expires_ms = tcs_json_i64(s->value, "expires_ms", 0);
	/* Of two threads that had a code one after the other the one that
	 * lasts longer has it. */
	const struct tcs_thread *other = tcs_map_get(&s->ledger->codes, code);
	if (other == NULL || other->expires_ms <= thread->expires_ms)
		tcs_ledger_set_code(s->ledger, thread, code);
	else
		memcpy(thread->code, code, sizeof(code));
	bool is_whole = true;
	json_array_foreach(raises, i, item) is_whole =
	    restore_series(thread, item) && is_whole;
	return is_whole;
}

static bool
restore_feed(const struct stored *s)
{
	const char *name = tcs_json_str(s->value, "feed", NULL);
	int64_t released = tcs_json_i64(s->value, "released_ms", TCS_NO_TIME);

	if (name == NULL)
		return false;
	struct tcs_feed_hold *feed = tcs_ledger_feed(s->ledger, name);
	if (feed->released_ms < released)
		feed->released_ms = released;
	return true;
}

/* Proposals */

static bool
restore_booked_state(struct tcs_booked *booked, const json_t *value)
{
	if (!tcs_book_state_parse(
	        tcs_json_str(value, "state", ""), &booked->state))
		return false;
	booked->expires_ms =
	    tcs_json_i64(value, "expires_ms", booked->expires_ms);
	booked->proposed_ms =
	    tcs_json_i64(value, "proposed_ms", booked->proposed_ms);
	tcs_stages_from_json(&booked->stages, json_object_get(value, "stages"));
	if (!tcs_json_bool(value, "is_open", false))
		tcs_book_close(booked, booked->state);
	return true;
}

static bool
restore_booked(const struct stored *s)
{
	struct tcs_slice text =
	    tcs_slice_str(tcs_json_str(s->value, "cap", NULL));
	const char *hash = tcs_json_str(s->value, "thread", "");
	struct tcs_thread *thread = tcs_ledger_thread(s->ledger, hash);
	struct tcs_cap *cap = NULL;
	struct tcs_proposal proposal;
	bool is_done = false;

	if (thread == NULL || tcs_cap_read(text, &cap, NULL) != TCS_OK)
		return false;
	if (tcs_proposal_from_cap(cap, &proposal, NULL) == TCS_OK) {
		struct tcs_booked *booked =
		    tcs_need(tcs_booked_new(&proposal, text));
		is_done = restore_booked_state(booked, s->value);
		if (is_done)
			tcs_must(tcs_book_add(&thread->book, booked) == TCS_OK);
		else
			tcs_booked_free(&booked);
	}
	tcs_cap_free(&cap);
	return is_done;
}

/* Rows and alerts */

/* The version of a row, or a place for it: its alert comes later. */
static struct tcs_version *
restore_place(struct tcs_ledger *ledger, struct tcs_thread *thread,
    struct tcs_series *series, const struct tcs_delivery_about *about)
{
	struct tcs_version *version =
	    tcs_map_get(&ledger->versions, about->alert);

	if (version != NULL)
		return version;
	version = tcs_ledger_add_version(ledger, series, about->alert, NULL);
	version->thread = thread;
	version->number = about->version;
	version->is_superseded = about->version < series->version;
	version->is_expanded = true;
	if (about->version == series->version)
		series->current = version;
	return version;
}

static bool
restore_row(const struct stored *s)
{
	struct tcs_delivery d;
	struct tcs_delivery_about about;

	if (tcs_delivery_from_json(s->value, &d, &about, NULL) != TCS_OK)
		return false;
	struct tcs_thread *thread = tcs_ledger_thread(s->ledger, about.thread);
	struct tcs_series *series =
	    thread == NULL ? NULL : tcs_thread_series(thread, about.raise);
	if (series == NULL) {
		/* A final row may outlive its thread. */
		bool is_final = tcs_delivery_is_final(d.state);
		tcs_delivery_fini(&d);
		return is_final;
	}
	struct tcs_lane *lane =
	    tcs_ledger_lane(s->ledger, thread, about.contact, about.channel);
	memcpy(lane->first_key, d.thread_key[0] == '\0' ? d.key : d.thread_key,
	    sizeof(lane->first_key));
	tcs_lane_note(lane, series, about.version,
	    d.may_have_had || d.state == TCS_DELIVERY_ACCEPTED ||
	        d.state == TCS_DELIVERY_DELIVERED);
	if (tcs_delivery_is_final(d.state)) {
		tcs_delivery_fini(&d);
		return true;
	}
	struct tcs_version *version =
	    restore_place(s->ledger, thread, series, &about);
	struct tcs_row *row = tcs_ledger_add_row(version, lane, &d);
	row->has_timer = d.state == TCS_DELIVERY_WAITING;
	return true;
}

static void
restore_version_fill(struct tcs_version *version, const json_t *value)
{
	unsigned urgency = restore_count(value, "cursor_urgency");

	version->feed = tcs_need_dup(tcs_json_str(value, "feed", ""));
	version->is_first_sight = tcs_json_bool(value, "is_first_sight", false);
	version->is_automatic = tcs_json_bool(value, "is_automatic", false);
	version->sent_ms = tcs_json_i64(value, "sent_ms", 0);
	version->fetched_ms = tcs_json_i64(value, "fetched_ms", 0);
	version->expires_ms = tcs_json_i64(value, "expires_ms", 0);
	version->recipients = restore_count(value, "recipients");
	version->is_expanded = tcs_json_bool(value, "is_expanded", false) ||
	                       version->is_superseded;
	version->is_stored = true;
	version->cursor = tcs_need_dup(tcs_json_str(value, "cursor", NULL));
	version->cursor_urgency = urgency < TCS_URGENCIES
	                              ? (enum tcs_urgency)urgency
	                              : TCS_URGENCY_OTHERS;
	tcs_stages_from_json(
	    &version->stages, json_object_get(value, "stages"));
}

static bool
restore_version(const struct stored *s)
{
	const char *raise = tcs_json_str(s->value, "raise", "");
	struct tcs_thread *thread =
	    tcs_ledger_thread(s->ledger, tcs_json_str(s->value, "thread", ""));
	struct tcs_series *series =
	    thread == NULL ? NULL : tcs_thread_series(thread, raise);
	struct tcs_delivery_about about = {
	    .alert = tcs_json_str(s->value, "id", NULL),
	    .version = restore_count(s->value, "version")};

	if (about.alert == NULL)
		return false;
	struct tcs_version *version =
	    tcs_map_get(&s->ledger->versions, about.alert);
	if (version == NULL) {
		bool is_done = series == NULL ||
		               about.version < series->version ||
		               tcs_json_bool(s->value, "is_expanded", false);
		if (is_done)
			return true;
		version = restore_place(s->ledger, thread, series, &about);
	}
	restore_version_fill(version, s->value);
	return true;
}

/* Of an alert that has nothing left to do, nothing is kept. */
static void
restore_cap(
    const struct tcs_ledger *ledger, struct tcs_slice id, struct tcs_slice cap)
{
	char *name = tcs_need(tcs_slice_dup(id));
	struct tcs_version *version = tcs_map_get(&ledger->versions, name);

	free(name);
	if (version != NULL && version->is_stored && version->letter == NULL)
		version->letter = tcs_need(tcs_letter_new(cap));
}

static bool
restore_outcome(const struct stored *s)
{
	const char *id = tcs_json_str(s->value, "decision", NULL);
	const char *record = tcs_json_str(s->value, "record", NULL);

	if (id == NULL || tcs_map_get(&s->ledger->rulings, id) != NULL)
		return false;
	struct tcs_ruling *ruling =
	    tcs_ledger_add_ruling(s->ledger, s->home, id);
	ruling->read_ms = tcs_json_i64(s->value, "read_ms", 0);
	ruling->record = tcs_need_dup(record);
	if (record != NULL)
		s->ledger->parked_n++;
	return true;
}

static bool
restore_read(const struct stored *s, const char *hash)
{
	static const struct {
		const char *hash;
		bool (*read)(const struct stored *s);
	} readers[] = {
	    {TCS_LEDGER_THREADS, restore_thread},
	    {TCS_LEDGER_FEEDS, restore_feed},
	    {TCS_LEDGER_PROPOSALS, restore_booked},
	    {TCS_LEDGER_ROWS, restore_row},
	    {TCS_LEDGER_ALERTS, restore_version},
	    {TCS_LEDGER_OUTCOMES, restore_outcome},
	};

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcmp(readers[i].hash, hash) == 0)
			return readers[i].read(s);
	}
	return false;
}

void
tcs_restore_field(struct tcs_ledger *ledger, const char *hash,
    struct tcs_slice field, struct tcs_slice value)
{
	struct tcs_slice rest, home = tcs_slice_cut(field, '|', &rest);
	struct stored s = {.ledger = ledger};
	json_t *json = NULL;
	bool is_read = false;

	if (rest.p != NULL && strcmp(hash, TCS_LEDGER_CAPS) == 0) {
		restore_cap(ledger, rest, value);
		return;
	}
	if (rest.p != NULL && home.n < sizeof(s.home) &&
	    tcs_json_parse(value, &json, NULL, NULL) == TCS_OK) {
		memcpy(s.home, home.p, home.n);
		s.value = json;
		is_read = restore_read(&s, hash);
	}
	if (!is_read)
		tcs_log(TCS_LOG_ERROR, "ledger.unreadable",
		    "hash=%s field=\"%.*s\" reason=\"passed over\"", hash,
		    TCS_SLICE_ARG(field));
	json_decref(json);
}

/* Everything is there. */

static void
restore_go_on(struct tcs_row *row)
{
	const struct tcs_version *version = row->version;
	struct tcs_dispatch *dispatch = version->ledger->dispatch;
	int64_t now = tcs_clock_now_ms();

	if (row->d.state == TCS_DELIVERY_SENDING)
		tcs_put_off(row, TCS_TODO_INTERRUPT);
	else if (version->is_superseded)
		tcs_put_off(row, TCS_TODO_SUPERSEDE);
	else if (!dispatch->clock.is_halted && now >= version->expires_ms)
		tcs_put_off(row, TCS_TODO_EXPIRE);
	else if (row->d.state == TCS_DELIVERY_HELD &&
	         !tcs_ledger_is_held(
	             version->ledger, version->feed, version->fetched_ms))
		tcs_put_off(row, TCS_TODO_RELEASE);
	row->is_due =
	    row->d.state == TCS_DELIVERY_WAITING && row->d.next_ms <= now;
	tcs_outlet_offer(row->lane, dispatch);
}

/* Its rows say that it exists, and the store has it or its text not. */
static void
restore_lost(struct tcs_version *version)
{
	tcs_log(TCS_LOG_ERROR, "alert.lost",
	    "alert=%s rows=%zu reason=\"not in the store\"", version->id,
	    version->rows_n);
	version->letter = tcs_need(tcs_letter_new(tcs_slice_str("")));
	if (version->feed != NULL)
		return;
	version->feed = tcs_need_dup("");
	/* Nothing can be made of it: each attempt will say so, and fail. */
	version->expires_ms = INT64_MAX;
}

void
tcs_restore_ready(struct tcs_ledger *ledger, bool is_clean)
{
	struct tcs_version *version;
	struct tcs_row *row;
	size_t at = 0;

	ledger->is_clean = is_clean;
	ledger->is_ready = true;
	while ((version = tcs_map_next(&ledger->versions, &at)) != NULL) {
		if (version->letter == NULL)
			restore_lost(version);
		if (!version->is_expanded) {
			version->is_expanding = true;
			TAILQ_INSERT_TAIL(
			    &ledger->expanding, version, expanding);
		}
	}
	tcs_turn_begin(ledger, NULL);
	for (at = 0; (row = tcs_map_next(&ledger->rows, &at)) != NULL;)
		restore_go_on(row);
	tcs_turn_end(ledger);
	tcs_log(TCS_LOG_INFO, "ledger.ready",
	    "threads=%zu alerts=%zu rows=%zu clean=%d", ledger->threads.n,
	    ledger->versions.n, ledger->rows.n, is_clean);
}
