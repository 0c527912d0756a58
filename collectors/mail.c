#include "collectors/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/mail_session.h"
#include "core/clock.h"
#include "core/loop.h"

enum {
	MAIL_MAGIC = 0x6d626f78,
	MAIL_BYE_MS = 2000, /* LOGOUT answered */
	MAIL_DATE_MAX = 40,
	MAIL_HEADERS_MAX = 200,
};

struct tcs_mail_poll {
	unsigned magic;
	struct tcs_mail_session session;
	struct tcs_timer *kick; /* begins it, from the loop */
	struct tcs_imap_position since;
	int64_t lookback_ms, timeout_ms;
	tcs_mail_cb *cb;
	void *arg;
	bool is_asked, has_result;
	char cursor[TCS_MAIL_CURSOR];
	char *owned[TCS_IMAP_BATCH_MAX];
	struct tcs_slice bodies[TCS_IMAP_BATCH_MAX]; /* of them */
	size_t n;
};

/* ---- positions and days ---- */

/* "7:15"; what is not that is no position. */
static struct tcs_imap_position
mail_position(const char *cursor)
{
	struct tcs_slice rest;
	struct tcs_slice first =
	    tcs_slice_cut(tcs_slice_str(cursor), ':', &rest);
	struct tcs_imap_position position = {
	    tcs_imap_number(first), tcs_imap_number(rest)};

	if (position.uidvalidity == 0)
		position.uid = 0;
	return position;
}

/* "27-Nov-2026". The server's days may be those of another timezone: a day
 * more does no harm. */
static void
mail_day(int64_t ms, char day[16])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[TCS_TIME_TEXT];
	uint64_t month = 1;

	(void)tcs_time_compact(ms, text); /* "20261127T…" */
	if (tcs_slice_u64(tcs_slice(text + 4, 2), 12, &month) != TCS_OK ||
	    month == 0)
		month = 1;
	(void)snprintf(day, 16, "%.2s-%.3s-%.4s", text + 6,
	    months + 3 * (month - 1), text);
}

/* INTERNALDATE, "27-Nov-2026 10:00:00 +0100", as a mail has it. */
static void
mail_date(struct tcs_slice date, struct tcs_buf *buf)
{
	static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ :+-";
	struct tcs_slice day, time;

	for (size_t i = 0; i < date.n; i++) {
		if (date.p[i] == '\0' || strchr(allowed, date.p[i]) == NULL)
			return;
	}
	if (date.n == 0 || date.n > MAIL_DATE_MAX)
		return;
	date = tcs_slice_trim(date);
	day = tcs_slice_cut(date, ' ', &time);
	tcs_buf_str(buf, "X-Tocsin-Received: ");
	for (size_t i = 0; i < day.n; i++)
		tcs_buf_char(buf, (char)(day.p[i] == '-' ? ' ' : day.p[i]));
	tcs_buf_char(buf, ' ');
	tcs_buf_slice(buf, time);
	tcs_buf_str(buf, "\r\n");
}

/* ---- one mail ---- */

/* The empty line after the headers; a mail without a body may have none, and
 * is whole all the same. */
static bool
mail_has_end(struct tcs_slice bytes)
{
	return tcs_slice_starts(bytes, "\r\n") ||
	       tcs_slice_starts(bytes, "\n") ||
	       (bytes.n > 0 &&
	           (memmem(bytes.p, bytes.n, "\n\r\n", 3) != NULL ||
	               memmem(bytes.p, bytes.n, "\n\n", 2) != NULL));
}

/* Of one that the server cannot give nothing but its place is known. */
static bool
mail_keep(void *arg, const struct tcs_imap_mail *mail)
{
	struct tcs_mail_poll *poll = arg;
	struct tcs_buf body;
	char *text = NULL;

	tcs_assert(poll->magic == MAIL_MAGIC && poll->n < TCS_IMAP_BATCH_MAX);
	tcs_buf_init(&body, mail->bytes.n + MAIL_HEADERS_MAX);
	mail_date(mail->date, &body);
	if (mail->is_headers)
		tcs_buf_printf(&body, "X-Tocsin-Cut: %llu\r\n",
		    (unsigned long long)mail->size);
	if (mail->bytes.n == 0)
		tcs_buf_printf(&body, "X-Tocsin-Unread: %u:%u\r\n",
		    (unsigned)poll->session.imap.uidvalidity,
		    (unsigned)mail->uid);
	tcs_buf_slice(&body, mail->bytes);
	if (!mail_has_end(mail->bytes))
		tcs_buf_str(&body, "\r\n\r\n");
	size_t n = body.n;
	if (tcs_buf_steal(&body, &text) != TCS_OK) {
		tcs_buf_fini(&body);
		return false;
	}
	poll->owned[poll->n] = text;
	poll->bodies[poll->n++] = tcs_slice(text, n);
	return true;
}

/* ---- the poll ---- */

static void
mail_poll_free(struct tcs_mail_poll *poll)
{
	for (size_t i = 0; i < poll->n; i++)
		free(poll->owned[i]);
	tcs_mail_session_fini(&poll->session);
	tcs_timer_free(&poll->kick);
	poll->magic = 0;
	free(poll);
}

/* What was read before a fault is handed on: the fault then meets the next
 * poll alone, and nothing is read in vain for ever. */
static void
mail_poll_end(struct tcs_mail_poll *poll, enum tcs_err err, const char *why)
{
	const struct tcs_imap *imap = &poll->session.imap;
	bool is_well = poll->has_result || poll->n > 0;
	struct tcs_mail_result result = {
	    .err = is_well ? TCS_OK : err,
	    .reason = is_well ? "" : why,
	    .bodies = poll->bodies,
	    .n = poll->n,
	    .cursor = poll->cursor,
	    .has_more = poll->has_result ? imap->has_more : poll->n > 0,
	    .is_renewed = imap->is_renewed,
	};

	if (is_well)
		(void)snprintf(poll->cursor, sizeof(poll->cursor), "%u:%u",
		    (unsigned)imap->position.uidvalidity,
		    (unsigned)imap->position.uid);
	poll->cb(poll->arg, &result);
	mail_poll_free(poll);
}

static void
mail_poll_over(void *arg)
{
	struct tcs_mail_poll *poll = arg;
	struct tcs_imap *imap = &poll->session.imap;

	tcs_assert(poll->magic == MAIL_MAGIC);
	mail_poll_end(poll, imap->err == TCS_OK ? TCS_EUNAVAIL : imap->err,
	    imap->why.p == NULL ? "closed" : imap->why.p);
}

static void
mail_poll_moved(void *arg)
{
	struct tcs_mail_poll *poll = arg;
	struct tcs_imap *imap = &poll->session.imap;

	tcs_assert(poll->magic == MAIL_MAGIC);
	if (!poll->is_asked) {
		char day[16];
		mail_day(tcs_clock_wall_ms() - poll->lookback_ms, day);
		poll->is_asked = true;
		tcs_imap_fetch(imap, &poll->since, day);
	} else {
		poll->has_result = true;
		tcs_imap_logout(imap);
		tcs_mail_session_deadline(&poll->session, MAIL_BYE_MS);
	}
	tcs_mail_session_go_on(&poll->session);
}

static void
mail_poll_timed_out(void *arg)
{
	struct tcs_mail_poll *poll = arg;

	tcs_assert(poll->magic == MAIL_MAGIC);
	mail_poll_end(poll, TCS_ETIMEOUT, "the server did not answer in time");
}

static void
mail_poll_begin(void *arg)
{
	struct tcs_mail_poll *poll = arg;

	tcs_assert(poll->magic == MAIL_MAGIC);
	tcs_mail_session_open(&poll->session, poll->timeout_ms);
}

enum tcs_err
tcs_mail_start(struct tcs_loop *loop, const struct tcs_mail_conf *conf,
    const char *cursor, tcs_mail_cb *cb, void *arg,
    struct tcs_mail_poll **ret_poll, struct tcs_diag *diag)
{
	struct tcs_mail_poll *poll = calloc(1, sizeof(*poll));

	if (poll == NULL)
		return TCS_ENOMEM;
	poll->magic = MAIL_MAGIC;
	poll->since = mail_position(cursor);
	poll->lookback_ms = conf->lookback_ms;
	poll->timeout_ms = conf->timeout_ms;
	poll->cb = cb;
	poll->arg = arg;
	poll->kick = tcs_timer_new(loop, mail_poll_begin, poll);
	enum tcs_err err =
	    tcs_mail_session_init(&poll->session, loop, conf, diag);
	if (err == TCS_OK && poll->kick == NULL)
		err = TCS_ENOMEM;
	if (err != TCS_OK) {
		mail_poll_free(poll);
		return err;
	}
	poll->session.moved = mail_poll_moved;
	poll->session.over = mail_poll_over;
	poll->session.timed_out = mail_poll_timed_out;
	poll->session.arg = poll;
	poll->session.conf.mail = mail_keep;
	poll->session.conf.arg = poll;
	tcs_timer_start(poll->kick, 0);
	*ret_poll = poll;
	return TCS_OK;
}

void
tcs_mail_cancel(struct tcs_mail_poll *poll)
{
	tcs_assert(poll->magic == MAIL_MAGIC);
	mail_poll_free(poll);
}
