#include "cli/aside.h"

#include <stdlib.h>
#include <string.h>

#include "cli/scan.h"
#include "core/clock.h"
#include "core/map.h"

enum { ASIDE_TEXT_MAX = 400 };

/* One record that was dealt with. */
struct aside_done {
	char *id;
	char *text;
};

struct tcs_aside {
	struct tcs_map done; /* by id; owns its values */
	enum tcs_err err;    /* of the scan */
};

static void
aside_done_free(struct aside_done *done)
{
	if (done == NULL)
		return;
	free(done->id);
	free(done->text);
	free(done);
}

struct tcs_aside *
tcs_aside_new(void)
{
	return calloc(1, sizeof(struct tcs_aside));
}

void
tcs_aside_free(struct tcs_aside **aside)
{
	struct aside_done *done;
	size_t at = 0;

	if (*aside == NULL)
		return;
	while ((done = tcs_map_next(&(*aside)->done, &at)) != NULL)
		aside_done_free(done);
	tcs_map_fini(&(*aside)->done);
	free(*aside);
	*aside = NULL;
}

static struct aside_done *
aside_make(const char *id, const char *word, const json_t *event)
{
	struct aside_done *done = calloc(1, sizeof(*done));
	struct tcs_buf text;

	if (done == NULL)
		return NULL;
	tcs_buf_init(&text, ASIDE_TEXT_MAX);
	tcs_buf_printf(&text, "%s by %.100s, %.40s", word,
	    tcs_json_str(event, "by", "?"), tcs_json_str(event, "at", "?"));
	done->id = strdup(id);
	if (done->id == NULL || tcs_buf_steal(&text, &done->text) != TCS_OK) {
		aside_done_free(done);
		done = NULL;
	}
	tcs_buf_fini(&text);
	return done;
}

/* The first that did it counts. */
static enum tcs_err
aside_note(struct tcs_aside *aside, const json_t *event)
{
	const char *kind = tcs_json_str(event, "kind", "");
	const char *id = tcs_json_str(event, "id", NULL);
	bool is_retry = strcmp(kind, TCS_ASIDE_RETRY) == 0;

	if (id == NULL || (!is_retry && strcmp(kind, TCS_ASIDE_DROP) != 0) ||
	    tcs_map_get(&aside->done, id) != NULL)
		return TCS_OK;
	if (aside->done.n == TCS_ASIDE_HANDLED_MAX)
		return TCS_ELIMIT;
	struct aside_done *done =
	    aside_make(id, is_retry ? "retried" : "dropped", event);
	if (done == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_map_put(&aside->done, done->id, done);
	if (err != TCS_OK)
		aside_done_free(done);
	return err;
}

enum tcs_err
tcs_aside_take(struct tcs_aside *aside, struct tcs_slice event)
{
	json_t *value = NULL;
	enum tcs_err err = TCS_OK;

	if (tcs_json_parse(event, &value, NULL, NULL) == TCS_OK)
		err = aside_note(aside, value);
	json_decref(value);
	return err;
}

static bool
aside_on_event(void *arg, const struct tcs_record *record)
{
	struct tcs_aside *aside = arg;

	aside->err = tcs_aside_take(aside, record->value);
	return aside->err == TCS_OK;
}

enum tcs_err
tcs_aside_load(
    struct tcs_program *program, struct tcs_aside *aside, struct tcs_diag *diag)
{
	enum tcs_err err =
	    tcs_scan_topic(program, "events", aside_on_event, aside, diag);

	return err == TCS_OK ? aside->err : err;
}

const char *
tcs_aside_done(const struct tcs_aside *aside, struct tcs_slice id)
{
	char *name = tcs_slice_dup(id);
	const struct aside_done *done =
	    name == NULL ? NULL : tcs_map_get(&aside->done, name);

	free(name);
	return done == NULL ? NULL : done->text;
}

enum tcs_err
tcs_aside_write(const struct tcs_aside_act *act, struct tcs_buf *buf)
{
	char at[TCS_TIME_TEXT];
	json_t *o = json_object();
	bool is_set = o != NULL && tcs_json_set_i64(o, "v", 1) &&
	              tcs_json_set_str(o, "kind", act->kind) &&
	              tcs_json_set_str(o, "by", act->by) &&
	              tcs_json_set_str(o, "at", tcs_time_iso(act->at_ms, at)) &&
	              tcs_json_set_str(o, "id", act->id) &&
	              tcs_json_set_str(o, "reason", act->reason);

	if (is_set)
		tcs_json_write(buf, o);
	json_decref(o);
	return is_set ? buf->err : TCS_EINVAL;
}

/* The record again */

/* Those that a daemon decides on; the others are only written down, and their
 * writer alone may add to them. */
static bool
aside_may_return(const char *topic)
{
	static const char *const topics[] = {
	    "reports", "signals", "proposals", "decisions"};

	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (strcmp(topic, topics[i]) == 0)
			return true;
	}
	return false;
}

static struct tcs_slice
aside_text(const json_t *value)
{
	return tcs_slice(json_string_value(value), json_string_length(value));
}

/* False when there are too many, or one is no text. */
static bool
aside_fill_headers(const json_t *object,
    struct tcs_header headers[TCS_ASIDE_HEADERS], size_t *ret_n)
{
	json_t *all = (json_t *)(uintptr_t)object;
	const char *name;
	json_t *value;

	json_object_foreach(all, name, value)
	{
		if (*ret_n == TCS_ASIDE_HEADERS || !json_is_string(value))
			return false;
		headers[(*ret_n)++] =
		    (struct tcs_header){tcs_slice_str(name), aside_text(value)};
	}
	return json_is_object(object);
}

enum tcs_err
tcs_aside_original(const json_t *value,
    struct tcs_header headers[TCS_ASIDE_HEADERS],
    struct tcs_outgoing *ret_record, struct tcs_diag *diag)
{
	const char *topic = tcs_json_str(value, "topic", "?");
	const json_t *bytes = json_object_get(value, "value");
	const json_t *key = json_object_get(value, "key");
	size_t n = 0;

	if (!aside_may_return(topic))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "nothing is given back to the topic %.64s: it is only "
		    "written down, in the journal; write: drop",
		    topic);
	if (!json_is_string(bytes) || !json_is_string(key))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "its bytes are not in the record that was set aside (no "
		    "text, or too many): let its sender publish it again, and "
		    "write: drop");
	if (!aside_fill_headers(json_object_get(value, "headers"), headers, &n))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "its headers are not all in the record that was set "
		    "aside: let its sender publish it again, and write: drop");
	*ret_record = (struct tcs_outgoing){.topic = topic,
	    .key = aside_text(key),
	    .value = aside_text(bytes),
	    .headers = headers,
	    .headers_n = n};
	return TCS_OK;
}
