#include "collectors/publish.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/log.h"

enum { PUBLISH_HEADERS = 6, PUBLISH_NUMBER = 24 };

static struct tcs_header
publish_number(const char *name, int64_t value, char text[PUBLISH_NUMBER])
{
	int n = snprintf(text, PUBLISH_NUMBER, "%" PRId64, value);

	return (struct tcs_header){
	    tcs_slice_str(name), tcs_slice(text, n < 0 ? 0 : (size_t)n)};
}

static void
publish_signal(struct tcs_step *step, const struct tcs_new_signal *added)
{
	const struct tcs_signal *s = &added->signal;
	char issued[PUBLISH_NUMBER], fetched[PUBLISH_NUMBER],
	    signalled[PUBLISH_NUMBER], fact[PUBLISH_NUMBER];
	struct tcs_header headers[PUBLISH_HEADERS] = {
	    {tcs_slice_str("id"), tcs_slice_str(s->identifier)},
	    {tcs_slice_str("trace"), tcs_slice_str(added->trace)},
	    publish_number("fetched", s->fetched_ms, fetched),
	    publish_number("signalled", tcs_clock_now_ms(), signalled)};
	size_t n = 4;

	if (s->issued_ms != TCS_NO_TIME)
		headers[n++] = publish_number("issued", s->issued_ms, issued);
	if (s->report != NULL) /* the beginning of what was seen */
		headers[n++] = publish_number("fact", s->onset_ms, fact);
	const struct tcs_outgoing record = {.topic = "signals",
	    .key = tcs_slice_str(s->departement),
	    .value = added->cap,
	    .headers = headers,
	    .headers_n = n};
	tcs_step_publish(step, &record);
}

void
tcs_publish_signals(struct tcs_step *step, const struct tcs_signals *signals)
{
	for (size_t i = 0; i < signals->n; i++)
		publish_signal(step, &signals->items[i]);
}

#define PUBLISH_LASTS_MS TCS_HOURS(24)

int64_t
tcs_said_expires_ms(int64_t now_ms)
{
	return now_ms + PUBLISH_LASTS_MS;
}

bool
tcs_said_is_ending(const struct tcs_last *said, int64_t now_ms)
{
	return said != NULL && said->identifier != NULL &&
	       said->expires_ms - now_ms < PUBLISH_LASTS_MS / 2;
}

enum tcs_err
tcs_publish_system(struct tcs_step *step, const struct tcs_feed *feed,
    struct tcs_signals *signals, const struct tcs_system_text *text,
    const struct tcs_last *follows)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = text->headline == NULL || text->description == NULL
	                       ? TCS_ENOMEM
	                       : tcs_signals_add_system(signals, &feed->origin,
	                             text, follows, NULL);

	if (err == TCS_OK)
		err = tcs_signals_pack(signals, &diag);
	if (err == TCS_OK)
		tcs_publish_signals(step, signals);
	else
		tcs_log(TCS_LOG_ERROR, "feed.unsaid", "feed=%s err=\"%s\"",
		    feed->conf->name,
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err));
	tcs_diag_fini(&diag);
	return err;
}

/* A time that is not known is left out. */
static bool
publish_set_time(json_t *json, const char *member, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	return ms == TCS_NO_TIME ||
	       tcs_json_set_str(json, member, tcs_time_iso(ms, text));
}

/* Takes `json`; NULL is out of memory. Key FR: it concerns the whole. */
static enum tcs_err
publish_json(
    struct tcs_step *step, const char *topic, const char *id, json_t *json)
{
	const struct tcs_header header = {
	    tcs_slice_str("id"), tcs_slice_str(id)};
	struct tcs_buf buf;

	if (json == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&buf, TCS_RECORD_MAX);
	tcs_json_write(&buf, json);
	json_decref(json);
	enum tcs_err err = buf.err;
	if (err == TCS_OK) {
		const struct tcs_outgoing record = {.topic = topic,
		    .key = tcs_slice_str("FR"),
		    .value = tcs_buf_view(&buf),
		    .headers = &header,
		    .headers_n = 1};
		tcs_step_publish(step, &record);
	}
	tcs_buf_fini(&buf);
	return err;
}

/* NULL when `is_done` is not; frees what was begun. */
static json_t *
publish_whole(json_t *json, bool is_done)
{
	if (is_done)
		return json;
	json_decref(json);
	return NULL;
}

enum tcs_err
tcs_publish_document(struct tcs_step *step, const struct tcs_feed *feed,
    const struct tcs_document_record *r)
{
	json_t *json = json_object();
	bool is_done =
	    json != NULL && tcs_json_set_i64(json, "v", 1) &&
	    tcs_json_set_str(json, "feed", feed->conf->name) &&
	    tcs_json_set_str(json, "url", r->fetch->url) &&
	    tcs_json_set_str(json, "hash", r->hash) &&
	    tcs_json_set_i64(json, "status", r->fetch->status) &&
	    tcs_json_set_str(json, "type", r->fetch->content_type) &&
	    tcs_json_set_str(json, "etag", r->etag) &&
	    tcs_json_set_str(json, "last_modified", r->last_modified) &&
	    tcs_json_set_i64(json, "size", (int64_t)r->fetch->body.n) &&
	    publish_set_time(json, "issued", r->issued_ms) &&
	    publish_set_time(json, "fetched", r->fetch->fetched_ms) &&
	    tcs_json_set_str(json, "outcome", r->outcome);

	return publish_json(
	    step, "documents", r->hash, publish_whole(json, is_done));
}

enum tcs_err
tcs_publish_health(struct tcs_step *step, const struct tcs_feed *feed,
    enum tcs_source_state previous, int64_t now_ms)
{
	const struct tcs_feed_state *state = &feed->state;
	const struct tcs_document *document = &feed->picture->document;
	bool is_empty = tcs_picture_is_empty(feed->picture);
	json_t *json = json_object();
	bool is_done =
	    json != NULL && tcs_json_set_i64(json, "v", 1) &&
	    tcs_json_set_str(json, "feed", feed->conf->name) &&
	    tcs_json_set_str(json, "source", feed->origin.source) &&
	    tcs_json_set_str(json, "state", tcs_source_word(state->state)) &&
	    tcs_json_set_str(json, "previous", tcs_source_word(previous)) &&
	    tcs_json_set_str(json, "reason", state->reason) &&
	    (is_empty ||
	        publish_set_time(json, "issued", document->issued_ms)) &&
	    publish_set_time(json, "fetched", state->fetched_ms) &&
	    (is_empty ||
	        publish_set_time(json, "expires", document->expires_ms)) &&
	    json_object_set_new(
	        json, "levels", tcs_picture_levels(feed->picture)) == 0 &&
	    publish_set_time(json, "at", now_ms);

	return publish_json(
	    step, "health", feed->conf->name, publish_whole(json, is_done));
}
