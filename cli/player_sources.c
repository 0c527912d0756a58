#include "cli/player_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/summary.h"
#include "collectors/report/signal.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/store.h"

enum { SOURCES_LINE_MAX = 8000, SOURCES_NAME_MAX = 256 };

/* Without what each poll moves. */
static enum tcs_err
sources_compare(char **shown, struct tcs_source source, bool *ret_is_other)
{
	struct tcs_buf line;

	tcs_buf_init(&line, SOURCES_LINE_MAX);
	source.fetched_ms = TCS_NO_TIME;
	tcs_source_line(&line, &source);
	enum tcs_err err = line.err;
	*ret_is_other =
	    err == TCS_OK && (*shown == NULL || strcmp(*shown, line.p) != 0);
	if (*ret_is_other) {
		free(*shown);
		*shown = NULL;
		err = tcs_buf_steal(&line, shown);
	}
	tcs_buf_fini(&line);
	return err;
}

static enum tcs_err
sources_show(struct tcs_player_sources *s, size_t i, const json_t *value)
{
	struct tcs_source source;
	struct tcs_buf line;
	bool is_other = false;

	tcs_source_read(s->conf->feeds[i].name, value, &source);
	enum tcs_err err = sources_compare(&s->shown[i], source, &is_other);
	tcs_buf_init(&line, SOURCES_LINE_MAX);
	tcs_source_line(&line, &source);
	if (err == TCS_OK)
		err = line.err;
	if (err == TCS_OK && is_other)
		s->say(s->arg, line.p);
	tcs_buf_fini(&line);
	return err;
}

static enum tcs_err
sources_load(struct tcs_player_sources *s, size_t i)
{
	struct tcs_store *store = s->program->store;
	char key[SOURCES_NAME_MAX], field[SOURCES_NAME_MAX];
	struct tcs_reply *reply = NULL;
	json_t *value = NULL;

	(void)snprintf(key, sizeof(key), "%ssrc:feeds", tcs_store_realm(store));
	(void)snprintf(
	    field, sizeof(field), "%s|state", s->conf->feeds[i].name);
	enum tcs_err err =
	    tcs_store_call(store, &reply, "HGET", key, field, NULL);
	if (err == TCS_OK && tcs_reply_kind(reply) == TCS_REPLY_STRING)
		err =
		    tcs_json_parse(tcs_reply_slice(reply), &value, NULL, NULL);
	if (err == TCS_OK && value != NULL)
		err = sources_show(s, i, value);
	json_decref(value);
	tcs_reply_free(&reply);
	return err;
}

enum tcs_err
tcs_player_show_sources(struct tcs_player_sources *sources)
{
	size_t n = sources->conf->feeds_n;
	enum tcs_err err = TCS_OK;

	if (sources->shown == NULL)
		sources->shown = calloc(n + 1, sizeof(*sources->shown));
	if (sources->shown == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < n && err == TCS_OK; i++) {
		if (!tcs_report_is_driver(sources->conf->feeds[i].driver))
			err = sources_load(sources, i);
	}
	return err;
}

void
tcs_player_sources_fini(struct tcs_player_sources *sources)
{
	size_t n = sources->shown == NULL ? 0 : sources->conf->feeds_n;

	for (size_t i = 0; i < n; i++)
		free(sources->shown[i]);
	free(sources->shown);
	sources->shown = NULL;
}
