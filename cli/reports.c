#include "cli/reports.h"

#include <stdlib.h>
#include <string.h>

#include "cli/term.h"
#include "core/store.h"

enum { REPORTS_KEY_MAX = 256 };

static enum tcs_err
reports_add(
    struct tcs_report_book *book, struct tcs_slice value, struct tcs_diag *diag)
{
	struct tcs_report_entry *entry = NULL;
	enum tcs_err err = tcs_report_entry_read(value, &entry, diag);

	if (err == TCS_OK)
		err = tcs_report_book_put(book, entry);
	if (err != TCS_OK)
		tcs_report_entry_free(&entry);
	return err == TCS_ENOMEM ? err : TCS_OK;
}

enum tcs_err
tcs_reports_load(struct tcs_store *store, struct tcs_report_book **ret_book,
    struct tcs_diag *diag)
{
	struct tcs_report_book *book = tcs_report_book_new();
	struct tcs_reply *reply = NULL;
	struct tcs_buf key;

	tcs_buf_init(&key, REPORTS_KEY_MAX);
	tcs_buf_printf(&key, "%ssrc:reports", tcs_store_realm(store));
	enum tcs_err err = book == NULL ? TCS_ENOMEM : key.err;
	if (err == TCS_OK)
		err = tcs_store_call(store, &reply, "HGETALL", key.p, NULL);
	for (size_t i = 1; err == TCS_OK && i < tcs_reply_count(reply); i += 2)
		err = reports_add(
		    book, tcs_reply_slice(tcs_reply_at(reply, i)), diag);
	tcs_reply_free(&reply);
	tcs_buf_fini(&key);
	if (err != TCS_OK)
		tcs_report_book_free(&book);
	else
		*ret_book = book;
	return err;
}

bool
tcs_report_is_open(const struct tcs_report_entry *entry, int64_t now_ms)
{
	return !entry->is_ended && entry->expires_ms > now_ms;
}

static int
reports_order(const void *a, const void *b)
{
	const struct tcs_report_entry *const *x = a, *const *y = b;

	if ((*x)->first_ms != (*y)->first_ms)
		return (*x)->first_ms < (*y)->first_ms ? -1 : 1;
	return strcmp((*x)->said.id, (*y)->said.id);
}

/* The caller frees *ret_open. */
static enum tcs_err
reports_sort(const struct tcs_report_book *book, int64_t now_ms,
    const struct tcs_report_entry ***ret_open, size_t *ret_n)
{
	const struct tcs_report_entry **open = calloc(
	    tcs_report_book_count(book) + 1, sizeof(struct tcs_report_entry *));
	const struct tcs_report_entry *entry;
	size_t at = 0, n = 0;

	if (open == NULL)
		return TCS_ENOMEM;
	while ((entry = tcs_report_book_next(book, &at)) != NULL) {
		if (tcs_report_is_open(entry, now_ms))
			open[n++] = entry;
	}
	qsort(open, n, sizeof(struct tcs_report_entry *), reports_order);
	*ret_open = open;
	*ret_n = n;
	return TCS_OK;
}

static void
reports_append_text(struct tcs_buf *buf, const char *before, const char *text)
{
	tcs_buf_str(buf, before);
	tcs_term_line(buf, tcs_slice_str(text));
}

static void
reports_append_one(struct tcs_buf *buf, const struct tcs_report_entry *entry)
{
	const struct tcs_report *said = &entry->said;
	char fact[TCS_TIME_TEXT], first[TCS_TIME_TEXT];

	reports_append_text(buf, "", said->id);
	reports_append_text(buf, "  ", said->departement);
	if (said->commune_name != NULL)
		reports_append_text(buf, " ", said->commune_name);
	if (said->commune != NULL)
		reports_append_text(buf, " ", said->commune);
	if (said->place != NULL)
		reports_append_text(buf, " ", said->place);
	tcs_buf_printf(buf, "  fact %s  reported %s",
	    tcs_time_french(said->fact_ms, fact),
	    tcs_time_french(entry->first_ms, first));
	reports_append_text(buf, "  ", said->from);
	reports_append_text(buf, "  ", said->phenomenon);
	if (strcmp(said->level, "none") != 0)
		reports_append_text(buf, " ", said->level);
	reports_append_text(buf, "  ", said->what);
	tcs_buf_char(buf, '\n');
}

size_t
tcs_reports_append(
    const struct tcs_report_book *book, int64_t now_ms, struct tcs_buf *buf)
{
	const struct tcs_report_entry **open = NULL;
	size_t n = 0;

	if (reports_sort(book, now_ms, &open, &n) != TCS_OK) {
		buf->err = TCS_ENOMEM;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		reports_append_one(buf, open[i]);
	free(open);
	return n;
}

static void
reports_summary(
    const struct tcs_report_book *book, int64_t now_ms, struct tcs_buf *buf)
{
	const struct tcs_report_entry *entry;
	size_t at = 0, n = 0;
	int64_t last_ms = TCS_NO_TIME;
	char text[TCS_TIME_TEXT];

	while ((entry = tcs_report_book_next(book, &at)) != NULL) {
		if (!tcs_report_is_open(entry, now_ms))
			continue;
		n++;
		if (entry->first_ms > last_ms)
			last_ms = entry->first_ms;
	}
	if (n == 0)
		tcs_buf_str(buf, "aucun signalement ouvert");
	else
		tcs_buf_printf(buf, "%zu signalement%s ouvert%s, le dernier %s",
		    n, n == 1 ? "" : "s", n == 1 ? "" : "s",
		    tcs_time_french(last_ms, text));
}

enum tcs_err
tcs_reports_line(struct tcs_store *store, const char *feed, struct tcs_buf *buf,
    struct tcs_diag *diag)
{
	struct tcs_report_book *book = NULL;
	enum tcs_err err = tcs_reports_load(store, &book, diag);

	if (err != TCS_OK)
		return err;
	tcs_buf_printf(buf, "%s: ", feed);
	reports_summary(book, tcs_clock_now_ms(), buf);
	tcs_report_book_free(&book);
	return TCS_OK;
}
