#include "cli/feed_print.h"

#include <string.h>

#include "core/clock.h"
#include "core/json.h"

static const char *
feed_print_comparison(enum tcs_comparison comparison)
{
	static const char *const words[] = {
	    [TCS_COMPARE_TAKEN] = "taken",
	    [TCS_COMPARE_SAME] = "same as before",
	    [TCS_COMPARE_OLDER] = "older than the one held: ignored",
	    [TCS_COMPARE_WAITING] = "held: too many changes at once",
	};

	return words[comparison];
}

/* ---- table ---- */

static void
feed_print_levels(const struct tcs_readings *readings, struct tcs_buf *buf)
{
	json_t *counts = json_object();
	const char *level;
	json_t *count;

	for (size_t i = 0; i < readings->n; i++) {
		level = readings->items[i].level;
		if (!tcs_json_set_i64(
		        counts, level, tcs_json_i64(counts, level, 0) + 1))
			buf->err = TCS_ENOMEM;
	}
	json_object_foreach(counts, level, count)
	{
		tcs_buf_printf(
		    buf, "  %s %lld", level, json_integer_value(count));
	}
	json_decref(counts);
}

static void
feed_print_row(const struct tcs_signal *s, struct tcs_buf *buf)
{
	tcs_buf_printf(buf, "  %-6s  %-6s  %-10s  %-3s  ", s->msg_type,
	    s->status, s->zone, s->departement);
	if (s->previous_level != NULL &&
	    strcmp(s->previous_level, s->level) != 0)
		tcs_buf_printf(buf, "%s -> ", s->previous_level);
	tcs_buf_printf(buf, "%s%s%s  %s\n", s->level, s->is_end ? ", end" : "",
	    s->is_first_sight ? ", first sight" : "", s->headline);
}

static enum tcs_err
feed_print_table(const char *file, const struct tcs_readings *readings,
    struct tcs_compare_out *out, struct tcs_buf *buf, struct tcs_diag *diag)
{
	char issued[TCS_TIME_TEXT];
	int64_t issued_ms = readings->document.issued_ms;

	(void)diag;
	tcs_buf_printf(buf, "%s  issued %s", file,
	    issued_ms == TCS_NO_TIME ? "?" : tcs_time_iso(issued_ms, issued));
	feed_print_levels(readings, buf);
	tcs_buf_printf(buf, "  (%s)\n", feed_print_comparison(out->comparison));
	for (size_t i = 0; i < out->signals.n; i++)
		feed_print_row(&out->signals.items[i].signal, buf);
	return buf->err;
}

/* ---- readings ---- */

static void
feed_print_time(struct tcs_buf *buf, const char *word, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	if (ms != 0 && ms != TCS_NO_TIME)
		tcs_buf_printf(buf, "  %s %s", word, tcs_time_iso(ms, text));
}

/* A text on lines of its own, each set in. */
static void
feed_print_text(struct tcs_buf *buf, const char *text)
{
	struct tcs_slice rest = tcs_slice_str(text);

	while (text != NULL && rest.p != NULL) {
		struct tcs_slice line = tcs_slice_cut(rest, '\n', &rest);
		tcs_buf_printf(buf, "      %.*s\n", TCS_SLICE_ARG(line));
	}
}

static void
feed_print_reading(const struct tcs_reading *r, struct tcs_buf *buf)
{
	tcs_buf_printf(buf, "  %-10s %-16s %-8s %s", r->zone, r->phenomenon,
	    r->level, r->headline != NULL ? r->headline : r->zone_name);
	for (size_t i = 0; r->departements[i] != NULL; i++)
		tcs_buf_printf(
		    buf, "%s%s", i == 0 ? "  [" : " ", r->departements[i]);
	tcs_buf_str(buf, r->departements[0] != NULL ? "]"
	                 : r->is_national           ? "  [FR]"
	                                            : "  [?]");
	feed_print_time(buf, "issued", r->issued_ms);
	feed_print_time(buf, "onset", r->onset_ms);
	feed_print_time(buf, "expires", r->expires_ms);
	tcs_buf_str(buf, r->is_cancel ? "  cancelled"
	                 : r->is_end  ? "  end"
	                              : "");
	tcs_buf_char(buf, '\n');
	feed_print_text(buf, r->text);
	feed_print_text(buf, r->instruction);
	for (size_t i = 0; i < r->params_n; i++)
		tcs_buf_printf(buf, "      %s = %s\n", r->params[i].name,
		    r->params[i].value);
	for (size_t i = 0; i < r->files_n; i++)
		tcs_buf_printf(buf, "      file %s, %zu bytes\n",
		    r->files[i].name, r->files[i].content.n);
}

/* What was understood, and what was not. */
static enum tcs_err
feed_print_readings(const char *file, const struct tcs_readings *readings,
    struct tcs_compare_out *out, struct tcs_buf *buf, struct tcs_diag *diag)
{
	const struct tcs_document *d = &readings->document;

	(void)out;
	(void)diag;
	tcs_buf_printf(buf, "%s  %zu reading%s%s", file, readings->n,
	    readings->n == 1 ? "" : "s",
	    d->is_complete ? ", complete" : ", not a complete set");
	feed_print_time(buf, "issued", d->issued_ms);
	feed_print_time(buf, "next", d->next_issue_ms);
	feed_print_time(buf, "expires", d->expires_ms);
	tcs_buf_char(buf, '\n');
	if (d->note[0] != '\0')
		tcs_buf_printf(buf, "  note: %s\n", d->note);
	if (d->skipped > 0)
		tcs_buf_printf(buf,
		    "  not understood: %u part(s) without a code\n",
		    d->skipped);
	for (size_t i = 0; i < readings->n; i++)
		feed_print_reading(&readings->items[i], buf);
	return buf->err;
}

/* ---- json ---- */

static bool
feed_print_set(json_t *json, const char *member, const char *text)
{
	return json_object_set_new(json, member,
	           text == NULL ? json_null() : json_string(text)) == 0;
}

static bool
feed_print_set_time(json_t *json, const char *member, int64_t ms)
{
	char text[TCS_TIME_TEXT];

	return feed_print_set(
	    json, member, ms == TCS_NO_TIME ? NULL : tcs_time_iso(ms, text));
}

static bool
feed_print_notes(json_t *json, const struct tcs_new_signal *added)
{
	json_t *notes = json_array();
	bool is_done = notes != NULL;

	if (is_done && added->signal.is_first_sight)
		is_done = json_array_append_new(
		              notes, json_string("first-sight")) == 0;
	if (is_done && added->signal.is_end)
		is_done = json_array_append_new(notes, json_string("end")) == 0;
	if (is_done && added->is_prolonged)
		is_done =
		    json_array_append_new(notes, json_string("prolonged")) == 0;
	return json_object_set_new(json, "notes", notes) == 0 && is_done;
}

static enum tcs_err
feed_print_object(const struct tcs_new_signal *added, struct tcs_buf *buf)
{
	const struct tcs_signal *s = &added->signal;
	json_t *json = json_object();
	bool is_done =
	    json != NULL && feed_print_set(json, "identifier", s->identifier) &&
	    feed_print_set(json, "msgType", s->msg_type) &&
	    feed_print_set(json, "status", s->status) &&
	    feed_print_set(json, "source", s->source) &&
	    feed_print_set(json, "zone", s->zone) &&
	    feed_print_set(json, "phenomenon", s->phenomenon) &&
	    feed_print_set(json, "level", s->level) &&
	    feed_print_set(json, "previousLevel", s->previous_level) &&
	    feed_print_set_time(json, "issued", s->issued_ms) &&
	    feed_print_set_time(json, "fetched", s->fetched_ms) &&
	    feed_print_set_time(json, "expires", s->expires_ms) &&
	    feed_print_set(json, "departement", s->departement) &&
	    feed_print_set(json, "headline", s->headline) &&
	    feed_print_set(json, "description", s->description) &&
	    feed_print_set(json, "web", s->web) &&
	    feed_print_notes(json, added);

	if (is_done)
		tcs_json_write(buf, json);
	tcs_buf_char(buf, '\n');
	json_decref(json);
	return is_done ? buf->err : TCS_ENOMEM;
}

static enum tcs_err
feed_print_json(const char *file, const struct tcs_readings *readings,
    struct tcs_compare_out *out, struct tcs_buf *buf, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	(void)file;
	(void)readings;
	(void)diag;
	for (size_t i = 0; err == TCS_OK && i < out->signals.n; i++)
		err = feed_print_object(&out->signals.items[i], buf);
	return err;
}

static enum tcs_err
feed_print_cap(const char *file, const struct tcs_readings *readings,
    struct tcs_compare_out *out, struct tcs_buf *buf, struct tcs_diag *diag)
{
	enum tcs_err err = tcs_signals_pack(&out->signals, diag);

	(void)file;
	(void)readings;
	for (size_t i = 0; err == TCS_OK && i < out->signals.n; i++) {
		tcs_buf_slice(buf, out->signals.items[i].cap);
		err = buf->err;
	}
	return err;
}

tcs_feed_printer *
tcs_feed_printer_find(const char *format)
{
	static const struct {
		const char *name;
		tcs_feed_printer *print;
	} printers[] = {{"table", feed_print_table}, {"json", feed_print_json},
	    {"cap", feed_print_cap}, {"readings", feed_print_readings}};

	for (size_t i = 0; i < sizeof(printers) / sizeof(printers[0]); i++) {
		if (strcmp(printers[i].name, format) == 0)
			return printers[i].print;
	}
	return NULL;
}
