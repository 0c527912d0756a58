/* mail_watch.c - a connection on which the server tells of new mail.
 *
 *   CONNECTING -> READY -> IDLING --9 min--> DONE -> READY …
 *       ^                    | lost
 *       '---- wait, growing -'
 */
#include <stdlib.h>

#include "collectors/mail.h"
#include "collectors/mail_session.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/loop.h"

enum { WATCH_MAGIC = 0x69646c65 };

/* RFC 2177 asks for less than 29 minutes; many a firewall forgets sooner. */
#define WATCH_IDLE_MS TCS_MINUTES(9)
#define WATCH_STEP_MS TCS_SECONDS(30)
#define WATCH_WAIT_MIN_MS TCS_SECONDS(1)
#define WATCH_WAIT_MAX_MS TCS_MINUTES(10)

struct tcs_mail_watch {
	unsigned magic;
	struct tcs_mail_session session;
	struct tcs_timer *timer; /* when to connect */
	int64_t wait_ms;         /* after the next loss */
	bool is_watching;        /* WATCHING was said of this connection */
	tcs_mail_news_cb *cb;
	void *arg;
};

static void
watch_begin(void *arg)
{
	struct tcs_mail_watch *watch = arg;

	tcs_assert(watch->magic == WATCH_MAGIC);
	watch->is_watching = false;
	tcs_mail_session_open(&watch->session, WATCH_STEP_MS);
}

/* The reason lives in the session: told before that is closed. */
static void
watch_lose(struct tcs_mail_watch *watch, enum tcs_err err, const char *why)
{
	watch->cb(watch->arg, TCS_MAIL_LOST, why);
	tcs_mail_session_close(&watch->session);
	/* A password that is refused again and again locks an account. */
	if (err == TCS_EDENIED)
		watch->wait_ms = WATCH_WAIT_MAX_MS;
	tcs_timer_start(watch->timer,
	    watch->wait_ms +
	        (int64_t)(tcs_random_u32() % (uint32_t)watch->wait_ms) / 4);
	watch->wait_ms *= 2;
	if (watch->wait_ms > WATCH_WAIT_MAX_MS)
		watch->wait_ms = WATCH_WAIT_MAX_MS;
}

static void
watch_over(void *arg)
{
	struct tcs_mail_watch *watch = arg;
	const struct tcs_imap *imap = &watch->session.imap;

	tcs_assert(watch->magic == WATCH_MAGIC);
	watch_lose(watch, imap->err, imap->why.p == NULL ? "" : imap->why.p);
}

static void
watch_idling(struct tcs_mail_watch *watch)
{
	struct tcs_imap *imap = &watch->session.imap;

	if (!watch->is_watching) {
		watch->is_watching = true;
		watch->wait_ms = WATCH_WAIT_MIN_MS;
		tcs_mail_session_deadline(&watch->session, WATCH_IDLE_MS);
		watch->cb(watch->arg, TCS_MAIL_WATCHING, "");
	}
	if (imap->has_news)
		watch->cb(watch->arg, TCS_MAIL_NEWS, "");
	imap->has_news = false;
}

static void
watch_moved(void *arg)
{
	struct tcs_mail_watch *watch = arg;
	struct tcs_imap *imap = &watch->session.imap;

	tcs_assert(watch->magic == WATCH_MAGIC);
	if (imap->state == TCS_IMAP_STATE_IDLING) {
		watch_idling(watch);
	} else if (!imap->has_idle) {
		watch->cb(watch->arg, TCS_MAIL_NO_IDLE, "");
		tcs_mail_session_close(&watch->session);
	} else {
		tcs_imap_idle(imap);
		if (watch->is_watching) /* begun anew: the time too */
			tcs_mail_session_deadline(
			    &watch->session, WATCH_IDLE_MS);
		tcs_mail_session_go_on(&watch->session);
	}
}

static void
watch_timed_out(void *arg)
{
	struct tcs_mail_watch *watch = arg;
	struct tcs_imap *imap = &watch->session.imap;

	tcs_assert(watch->magic == WATCH_MAGIC);
	if (imap->state != TCS_IMAP_STATE_IDLING) {
		watch_lose(
		    watch, TCS_ETIMEOUT, "the server did not answer in time");
		return;
	}
	tcs_imap_stop_idle(imap);
	tcs_mail_session_deadline(&watch->session, WATCH_STEP_MS);
	tcs_mail_session_go_on(&watch->session);
}

enum tcs_err
tcs_mail_watch_new(struct tcs_loop *loop, const struct tcs_mail_conf *conf,
    tcs_mail_news_cb *cb, void *arg, struct tcs_mail_watch **ret_watch,
    struct tcs_diag *diag)
{
	struct tcs_mail_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return TCS_ENOMEM;
	watch->magic = WATCH_MAGIC;
	watch->cb = cb;
	watch->arg = arg;
	watch->wait_ms = WATCH_WAIT_MIN_MS;
	watch->timer = tcs_timer_new(loop, watch_begin, watch);
	enum tcs_err err =
	    tcs_mail_session_init(&watch->session, loop, conf, diag);
	if (err == TCS_OK && watch->timer == NULL)
		err = TCS_ENOMEM;
	if (err != TCS_OK) {
		tcs_mail_watch_free(&watch);
		return err;
	}
	watch->session.moved = watch_moved;
	watch->session.over = watch_over;
	watch->session.timed_out = watch_timed_out;
	watch->session.arg = watch;
	tcs_timer_start(watch->timer, 0);
	*ret_watch = watch;
	return TCS_OK;
}

void
tcs_mail_watch_free(struct tcs_mail_watch **watch)
{
	if (watch == NULL || *watch == NULL)
		return;
	tcs_mail_session_fini(&(*watch)->session);
	tcs_timer_free(&(*watch)->timer);
	(*watch)->magic = 0;
	free(*watch);
	*watch = NULL;
}
