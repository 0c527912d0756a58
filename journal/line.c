#include "journal/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"

#define LINE_START "{\"v\":1,\"n\":"
#define LINE_PREV ",\"prev\":\""
#define LINE_HASH ",\"hash\":\""
#define LINE_END "\"}"

enum { LINE_HEX = TCS_DIGEST_HEX - 1 };

void
tcs_journal_mark_start(struct tcs_journal_mark *mark)
{
	mark->n = 0;
	memset(mark->hash, '0', LINE_HEX);
	mark->hash[LINE_HEX] = '\0';
}

/* Also when there are none. */
static void
line_put(struct tcs_buf *buf, const char *name, struct tcs_slice text)
{
	tcs_json_put_slice(buf, name, text.n == 0 ? tcs_slice_str("") : text);
}

/* Bytes that are long or no text are there as their SHA-256, under
 * <name>_sha256. */
static void
line_bytes(struct tcs_buf *buf, const char *name, struct tcs_slice bytes)
{
	char hex[TCS_DIGEST_HEX], other[32];

	if (bytes.n <= TCS_JOURNAL_VALUE_MAX && tcs_slice_is_utf8(bytes)) {
		line_put(buf, name, bytes);
		return;
	}
	(void)snprintf(other, sizeof(other), "%s_sha256", name);
	tcs_json_put_str(buf, other, tcs_digest(bytes, hex));
}

/* Names may repeat, so they are a list. More than the line has room for are
 * counted. */
static void
line_headers(struct tcs_buf *buf, const struct tcs_record *record)
{
	size_t total = 0, n = 0;

	for (; n < record->headers_n; n++) {
		const struct tcs_header *header = &record->headers[n];
		total += header->name.n + header->value.n;
		if (total > TCS_JOURNAL_HEADERS_MAX)
			break;
	}
	if (n < record->headers_n)
		tcs_json_put_i64(
		    buf, "headers_left_out", (int64_t)(record->headers_n - n));
	tcs_json_open(buf, "headers", '[');
	for (size_t i = 0; i < n; i++) {
		tcs_json_open(buf, NULL, '{');
		line_bytes(buf, "name", record->headers[i].name);
		line_bytes(buf, "value", record->headers[i].value);
		tcs_json_close(buf, '}');
	}
	tcs_json_close(buf, ']');
}

static void
line_record(struct tcs_buf *buf, const struct tcs_record *record, int64_t at_ms)
{
	char hex[TCS_DIGEST_HEX], at[TCS_TIME_TEXT];
	struct tcs_slice value = record->value;

	tcs_json_put_str(buf, "topic", record->topic);
	tcs_json_put_i64(buf, "partition", record->partition);
	tcs_json_put_str(buf, "position", record->position);
	line_bytes(buf, "key", record->key);
	line_headers(buf, record);
	tcs_json_put_str(buf, "sha256", tcs_digest(value, hex));
	tcs_json_put_i64(buf, "size", (int64_t)value.n);
	if (value.n <= TCS_JOURNAL_VALUE_MAX && tcs_slice_is_utf8(value))
		line_put(buf, "value", value);
	tcs_json_put_str(buf, "at", tcs_time_iso(at_ms, at));
}

enum tcs_err
tcs_journal_line_write(struct tcs_buf *buf, const struct tcs_record *record,
    int64_t at_ms, const struct tcs_journal_mark *last,
    struct tcs_journal_mark *mark, struct tcs_diag *diag)
{
	size_t start = buf->n;

	mark->n = last->n + 1;
	tcs_buf_printf(buf, LINE_START "%llu", (unsigned long long)mark->n);
	line_record(buf, record, at_ms);
	tcs_buf_printf(buf, LINE_PREV "%s\"", last->hash);
	if (buf->err == TCS_OK && buf->n - start > TCS_JOURNAL_LINE_MAX)
		buf->err = TCS_ELIMIT;
	if (buf->err != TCS_OK) {
		return tcs_diag_add(diag, buf->err, NULL, 0,
		    "no line for %s %s: %s", record->topic, record->position,
		    tcs_strerror(buf->err));
	}
	(void)tcs_digest(tcs_slice(buf->p + start, buf->n - start), mark->hash);
	tcs_buf_printf(buf, LINE_HASH "%s" LINE_END "\n", mark->hash);
	return buf->err;
}

static bool
line_is_hex(const char *p)
{
	return strspn(p, "0123456789abcdef") >= LINE_HEX;
}

enum tcs_err
tcs_journal_line_read(struct tcs_slice text, struct tcs_journal_line *ret_line)
{
	const size_t start_n = strlen(LINE_START), prev_n = strlen(LINE_PREV);
	const size_t hash_n = strlen(LINE_HASH), end_n = strlen(LINE_END);
	const size_t tail_n = prev_n + LINE_HEX + 1 + hash_n + LINE_HEX + end_n;
	char hex[TCS_DIGEST_HEX];
	struct tcs_slice rest;

	if (text.n < start_n + tail_n || !tcs_slice_starts(text, LINE_START))
		return TCS_EPARSE;
	const char *prev = text.p + text.n - tail_n;
	const char *hash = prev + prev_n + LINE_HEX + 1;
	if (memcmp(prev, LINE_PREV, prev_n) != 0 || hash[-1] != '"' ||
	    memcmp(hash, LINE_HASH, hash_n) != 0 ||
	    memcmp(hash + hash_n + LINE_HEX, LINE_END, end_n) != 0 ||
	    !line_is_hex(prev + prev_n) || !line_is_hex(hash + hash_n))
		return TCS_EPARSE;

	struct tcs_journal_line line = {
	    .prev = tcs_slice(prev + prev_n, LINE_HEX)};
	struct tcs_slice n = tcs_slice_cut(
	    tcs_slice(text.p + start_n, text.n - start_n), ',', &rest);
	if (tcs_slice_u64(n, INT64_MAX, &line.mark.n) != TCS_OK)
		return TCS_EPARSE;
	memcpy(line.mark.hash, hash + hash_n, LINE_HEX);
	line.mark.hash[LINE_HEX] = '\0';
	(void)tcs_digest(tcs_slice(text.p, (size_t)(hash - text.p)), hex);
	line.is_true = strcmp(hex, line.mark.hash) == 0;
	*ret_line = line;
	return TCS_OK;
}

static char *
line_name(const char *topic, unsigned long long partition, const char *position)
{
	char *name = NULL;

	if (asprintf(&name, "%s.%llu %s", topic, partition, position) < 0)
		return NULL;
	return name;
}

enum tcs_err
tcs_journal_line_record(struct tcs_slice text, char **ret_name)
{
	json_t *object = NULL;
	enum tcs_err err = tcs_json_parse(text, &object, NULL, NULL);

	if (err != TCS_OK)
		return err == TCS_ENOMEM ? err : TCS_EPARSE;
	const char *topic = tcs_json_str(object, "topic", NULL);
	const char *position = tcs_json_str(object, "position", NULL);
	int64_t partition = tcs_json_i64(object, "partition", -1);
	err = TCS_EPARSE;
	if (topic != NULL && position != NULL && partition >= 0) {
		*ret_name =
		    line_name(topic, (unsigned long long)partition, position);
		err = *ret_name == NULL ? TCS_ENOMEM : TCS_OK;
	}
	json_decref(object);
	return err;
}

char *
tcs_journal_record_name(const struct tcs_record *record)
{
	return line_name(record->topic, record->partition, record->position);
}
