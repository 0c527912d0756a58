#include "cli/look.h"

#include <stdio.h>
#include <string.h>

#include "cli/scan.h"
#include "cli/term.h"
#include "cli/typed.h"
#include "core/clock.h"
#include "core/json.h"

enum {
	LOOK_TEXT_MAX = 8 * TCS_RECORD_MAX,
	LOOK_VALUE_SHOWN = 60,
	LOOK_HEADER_MAX = 256,
	LOOK_AGE_MAX = 1000000,
	LOOK_UTF8_MAX = 4
};

/* What is wanted */

static enum tcs_err
look_read_age(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"s", TCS_SECONDS(1)}, {"min", TCS_MINUTES(1)},
	    {"h", TCS_HOURS(1)}, {"d", TCS_DAYS(1)}};
	size_t digits = strspn(text, "0123456789");
	struct tcs_slice unit = tcs_slice_trim(tcs_slice_str(text + digits));
	int64_t n = 0;

	if (tcs_slice_i64(tcs_slice(text, digits), 0, LOOK_AGE_MAX, &n) !=
	    TCS_OK)
		return TCS_EPARSE;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (tcs_slice_is(unit, units[i].name)) {
			*ret_ms = n * units[i].ms;
			return TCS_OK;
		}
	}
	return TCS_EPARSE;
}

enum tcs_err
tcs_look_read_since(const char *text, int64_t now_ms, int64_t *ret_ms)
{
	int64_t age_ms = 0;

	if (look_read_age(text, &age_ms) != TCS_OK)
		return tcs_typed_read_time(text, now_ms, ret_ms);
	*ret_ms = now_ms - age_ms;
	return TCS_OK;
}

bool
tcs_look_read_format(const char *text, enum tcs_look_format *ret_format)
{
	static const char *const names[] = {[TCS_LOOK_TABLE] = "table",
	    [TCS_LOOK_JSON] = "json",
	    [TCS_LOOK_VALUE] = "value"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_format = (enum tcs_look_format)i;
			return true;
		}
	}
	return false;
}

bool
tcs_look_wants(const struct tcs_look *look, const struct tcs_record *record)
{
	if (look->key != NULL && !tcs_slice_is(record->key, look->key))
		return false;
	return look->since_ms == TCS_NO_TIME || record->at_ms == 0 ||
	       record->at_ms >= look->since_ms;
}

/* One record */

/* "2026-11-27T21:28:21.123+01:00" */
static void
look_append_time(struct tcs_buf *buf, int64_t ms)
{
	enum { SECONDS = sizeof("2026-11-23T17:00:00") - 1 };
	char text[TCS_TIME_TEXT];

	(void)tcs_time_iso(ms, text);
	tcs_buf_printf(buf, "%.*s.%03d%s", SECONDS, text, (int)(ms % 1000),
	    text + SECONDS);
}

/* What is cut is cut between two characters. */
static void
look_append_start(struct tcs_buf *buf, struct tcs_slice value)
{
	bool is_cut = value.n > LOOK_VALUE_SHOWN;

	if (is_cut)
		value.n = LOOK_VALUE_SHOWN;
	for (size_t i = 0; is_cut && i < LOOK_UTF8_MAX && value.n > 0 &&
	                   ((unsigned char)value.p[value.n] & 0xc0) == 0x80;
	     i++)
		value.n--;
	tcs_term_line(buf, value);
	tcs_buf_str(buf, is_cut ? "…" : "");
}

static void
look_append_row(struct tcs_buf *buf, const struct tcs_record *record)
{
	struct tcs_slice id = tcs_record_header(record, "id");

	if (record->at_ms > 0)
		look_append_time(buf, record->at_ms);
	else
		tcs_buf_char(buf, '-');
	tcs_buf_printf(buf, "  %u/", record->partition);
	tcs_term_line(buf, tcs_slice_str(record->position));
	tcs_buf_str(buf, "  ");
	tcs_term_line(buf, record->key);
	tcs_buf_str(buf, "  ");
	tcs_term_line(buf, id.n == 0 ? tcs_slice_str("-") : id);
	tcs_buf_printf(buf, "  %zu B  ", record->value.n);
	look_append_start(buf, record->value);
	tcs_buf_char(buf, '\n');
}

static json_t *
look_make_headers(const struct tcs_record *record)
{
	json_t *headers = json_object();
	char name[LOOK_HEADER_MAX];

	for (size_t i = 0; headers != NULL && i < record->headers_n; i++) {
		const struct tcs_header *h = &record->headers[i];
		if (!tcs_slice_is_utf8(h->name) || h->name.n >= sizeof(name))
			continue;
		(void)snprintf(
		    name, sizeof(name), "%.*s", TCS_SLICE_ARG(h->name));
		(void)tcs_json_set_slice(headers, name, h->value);
	}
	return headers;
}

static void
look_append_json(struct tcs_buf *buf, const struct tcs_record *record)
{
	json_t *root = json_object();
	struct tcs_buf text;

	tcs_assert(root != NULL);
	tcs_buf_init(&text, LOOK_TEXT_MAX);
	(void)tcs_json_set_str(root, "topic", record->topic);
	(void)tcs_json_set_i64(root, "partition", record->partition);
	(void)tcs_json_set_str(root, "position", record->position);
	if (record->at_ms > 0) {
		look_append_time(&text, record->at_ms);
		(void)tcs_json_set_slice(root, "at", tcs_buf_view(&text));
		tcs_buf_reset(&text);
	}
	(void)tcs_json_set_slice(root, "key", record->key);
	(void)json_object_set_new(root, "headers", look_make_headers(record));
	if (!tcs_json_set_slice(root, "value", record->value))
		(void)tcs_json_set_i64(
		    root, "value_size", (int64_t)record->value.n);
	tcs_json_write(&text, root);
	json_decref(root);
	tcs_term_json(buf, tcs_buf_view(&text));
	tcs_buf_char(buf, '\n');
	tcs_buf_fini(&text);
}

void
tcs_look_append(struct tcs_buf *buf, const struct tcs_record *record,
    enum tcs_look_format format)
{
	if (format == TCS_LOOK_TABLE)
		look_append_row(buf, record);
	else if (format == TCS_LOOK_JSON)
		look_append_json(buf, record);
	else
		tcs_term_block(buf, record->value, "");
}

/* All of them */

struct look_state {
	const struct tcs_look *look;
	struct tcs_buf buf;
	uint64_t shown;
	bool is_more;
	enum tcs_err err;
};

static bool
look_on_record(void *arg, const struct tcs_record *record)
{
	struct look_state *state = arg;

	if (!tcs_look_wants(state->look, record))
		return true;
	if (state->shown == state->look->limit) {
		state->is_more = true;
		return false;
	}
	state->shown++;
	tcs_buf_reset(&state->buf);
	tcs_look_append(&state->buf, record, state->look->format);
	if (state->buf.err != TCS_OK)
		state->err = state->buf.err;
	else if (state->buf.n > 0 && fputs(state->buf.p, stdout) < 0)
		state->err = TCS_EIO;
	return state->err == TCS_OK;
}

enum tcs_err
tcs_look_print(struct tcs_program *program, const struct tcs_look *look,
    bool *ret_more, struct tcs_diag *diag)
{
	struct look_state state = {.look = look};

	tcs_buf_init(&state.buf, LOOK_TEXT_MAX);
	enum tcs_err err =
	    tcs_scan_topic(program, look->topic, look_on_record, &state, diag);
	tcs_buf_fini(&state.buf);
	*ret_more = state.is_more;
	return err != TCS_OK ? err : state.err;
}
