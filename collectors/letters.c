#include "collectors/letters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/bodies.h"
#include "collectors/cause.h"
#include "collectors/mail.h"
#include "config/conf.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"

struct tcs_letters {
	struct tcs_loop *loop;
	const struct tcs_feed_ops *ops;
	const struct tcs_conf_feed *conf; /* borrowed */
	tcs_letters_cb *cb;
	tcs_letters_news_cb *news;
	void *arg;
	struct tcs_mail_poll *poll;
	struct tcs_mail_watch *watch;
	struct tcs_timer *timer; /* for a poll that could not start */

	struct tcs_gathered out;
	struct tcs_bodies bodies;
	char *reason, *url;
	char cursor[TCS_MAIL_CURSOR];
};

static void
letters_on_news(void *arg, enum tcs_mail_news news, const char *reason)
{
	struct tcs_letters *l = arg;

	/* Polls go on all the same. */
	if (news == TCS_MAIL_LOST || news == TCS_MAIL_NO_IDLE)
		tcs_log(TCS_LOG_INFO, "mail.unwatched", "feed=%s reason=\"%s\"",
		    l->conf->name,
		    news == TCS_MAIL_LOST ? reason
		                          : "the server offers no IDLE");
	if (news == TCS_MAIL_NEWS || news == TCS_MAIL_WATCHING)
		l->news(l->arg);
}

static void
letters_on_timer(void *arg)
{
	struct tcs_letters *l = arg;

	l->cb(l->arg, &l->out, l->cursor, false);
}

/* Where the mailbox is: the driver's keys, and those of every feed. */
static bool
letters_conf(const struct tcs_letters *l, struct tcs_mail_conf *ret_conf)
{
	bool is_watched = l->ops->mail(l->conf->state, ret_conf);

	ret_conf->ca_file = l->conf->ca_file;
	ret_conf->size_max = (size_t)l->conf->body_max;
	ret_conf->timeout_ms = l->conf->timeout_ms;
	return is_watched;
}

static enum tcs_err
letters_begin(struct tcs_letters *l, struct tcs_diag *diag)
{
	struct tcs_mail_conf conf;
	bool is_watched = letters_conf(l, &conf);

	if (asprintf(&l->url, "imap://%s/%s", conf.server, conf.folder) < 0) {
		l->url = NULL;
		return TCS_ENOMEM;
	}
	/* An exercise's clock says when to look. */
	return is_watched && !tcs_clock_is_held()
	           ? tcs_mail_watch_new(
	                 l->loop, &conf, letters_on_news, l, &l->watch, diag)
	           : TCS_OK;
}

enum tcs_err
tcs_letters_new(struct tcs_loop *loop, const struct tcs_feed_ops *ops,
    const struct tcs_conf_feed *conf, tcs_letters_news_cb *news, void *arg,
    struct tcs_letters **ret, struct tcs_diag *diag)
{
	struct tcs_letters *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return TCS_ENOMEM;
	l->loop = loop;
	l->ops = ops;
	l->conf = conf;
	l->news = news;
	l->arg = arg;
	l->timer = tcs_timer_new(loop, letters_on_timer, l);
	enum tcs_err err =
	    l->timer == NULL ? TCS_ENOMEM : letters_begin(l, diag);
	if (err != TCS_OK)
		tcs_letters_free(&l);
	else
		*ret = l;
	return err;
}

void
tcs_letters_settle(struct tcs_letters *l)
{
	tcs_bodies_fini(&l->bodies);
	l->bodies = (struct tcs_bodies){0};
	l->out.n = 0;
}

void
tcs_letters_free(struct tcs_letters **letters)
{
	struct tcs_letters *l = letters == NULL ? NULL : *letters;

	if (l == NULL)
		return;
	if (l->poll != NULL)
		tcs_mail_cancel(l->poll);
	tcs_mail_watch_free(&l->watch);
	tcs_timer_free(&l->timer);
	tcs_letters_settle(l);
	free(l->reason);
	free(l->url);
	free(l);
	*letters = NULL;
}

/* ---- a poll ---- */

static const char *
letters_cause(enum tcs_err err)
{
	if (err == TCS_EDENIED)
		return "accès refusé, mot de passe ou certificat à vérifier";
	if (err == TCS_ENOTFOUND)
		return "le dossier de la boîte n'existe pas";
	if (err == TCS_ETIMEOUT)
		return tcs_cause_fault(TCS_HTTP_FAULT_TIMEOUT);
	return err == TCS_EUNAVAIL ? tcs_cause_fault(TCS_HTTP_FAULT_CONNECT)
	                           : tcs_cause_fault(TCS_HTTP_FAULT_OTHER);
}

static void
letters_fail(struct tcs_letters *l, enum tcs_err err, const char *reason)
{
	free(l->reason);
	l->reason = strdup(reason);
	l->out.cause = letters_cause(err);
	l->out.outcome = TCS_GATHER_FAILED;
	l->out.reason = l->reason == NULL ? "" : l->reason;
}

/* False: out of memory. */
static bool
letters_copy(struct tcs_letters *l, const struct tcs_slice *mails, size_t n)
{
	const struct tcs_ask ask = {.url = l->url, .tag = "mail"};
	struct tcs_answers answers;

	for (size_t i = 0; i < n; i++) {
		const struct tcs_http_response as = {.status = 200,
		    .body = mails[i],
		    .url = l->url,
		    .content_type = "message/rfc822"};
		if (tcs_bodies_ask(&l->bodies, &ask) != TCS_OK ||
		    !tcs_bodies_answer(&l->bodies, &as))
			return false;
		l->bodies.at++;
	}
	if (!tcs_bodies_view(&l->bodies, &answers))
		return false;
	l->out.items = answers.items;
	l->out.marks = l->bodies.marks;
	l->out.n = answers.n;
	tcs_bodies_digest(&l->bodies, answers.n, l->out.hash);
	return true;
}

static void
letters_on_mail(void *arg, const struct tcs_mail_result *r)
{
	struct tcs_letters *l = arg;

	l->poll = NULL;
	l->out.has_answered = r->err == TCS_OK || r->err == TCS_EDENIED;
	l->out.is_limited = r->err == TCS_EDENIED;
	if (r->err == TCS_OK && r->is_renewed)
		tcs_log(TCS_LOG_WARNING, "mail.renumbered", "feed=%s",
		    l->conf->name);
	if (r->err != TCS_OK) {
		letters_fail(l, r->err, r->reason);
	} else if (r->n == 0) {
		l->out.outcome = TCS_GATHER_UNCHANGED;
	} else if (!letters_copy(l, r->bodies, r->n)) {
		letters_fail(l, TCS_ENOMEM, tcs_strerror(TCS_ENOMEM));
	} else {
		l->out.outcome = TCS_GATHER_BODIES;
	}
	/* Mails that could not be taken are read again. */
	if (l->out.outcome != TCS_GATHER_FAILED)
		(void)snprintf(l->cursor, sizeof(l->cursor), "%s", r->cursor);
	l->cb(l->arg, &l->out, l->cursor, r->err == TCS_OK && r->has_more);
}

enum tcs_err
tcs_letters_poll(struct tcs_letters *l, const char *cursor, tcs_letters_cb *cb)
{
	struct tcs_mail_conf conf;
	struct tcs_diag diag = {0};

	tcs_letters_settle(l);
	l->cb = cb;
	l->out = (struct tcs_gathered){
	    .reason = "", .cause = "", .retry_after_ms = -1};
	(void)snprintf(
	    l->cursor, sizeof(l->cursor), "%s", cursor == NULL ? "" : cursor);
	(void)letters_conf(l, &conf);
	enum tcs_err err = tcs_mail_start(
	    l->loop, &conf, cursor, letters_on_mail, l, &l->poll, &diag);
	if (err != TCS_OK && err != TCS_ENOMEM) {
		letters_fail(l, err, tcs_diag_text(&diag));
		tcs_timer_start(l->timer, 0);
		err = TCS_OK;
	}
	tcs_diag_fini(&diag);
	return err;
}
