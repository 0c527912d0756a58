#include "collectors/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/bodies.h"
#include "collectors/cause.h"
#include "collectors/credential.h"
#include "collectors/hosts.h"
#include "collectors/stamp.h"
#include "config/conf.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/loop.h"

enum {
	GATHER_ROUNDS_MAX = 50, /* times that the driver is asked */
	GATHER_REDIRECTS_MAX = 5,
	GATHER_REASON_MAX = 300,
};

#define GATHER_NO_TOKEN "le service des jetons d'accès n'en donne pas"
/* A poll that takes longer is ended: the next one begins anew. */
#define GATHER_LONGEST_MS TCS_MINUTES(15)

struct tcs_gather {
	struct tcs_gather_conf conf;
	tcs_gather_cb *cb;
	void *arg;
	struct tcs_timer *timer;
	struct tcs_http_transfer *transfer;
	bool is_holding; /* the request in hand counts for its host */
	bool is_done;
	int64_t end_ms; /* boot; from the first request on */

	struct tcs_bodies bodies; /* the one at `at` is in hand */
	unsigned rounds;
	size_t answered, lacked; /* requests: got, not to be had */

	struct tcs_gathered out;
	char reason[GATHER_REASON_MAX], cause[TCS_CAUSE_MAX];
	/* Why the ordinary way failed. */
	char detour[GATHER_REASON_MAX], detour_cause[TCS_CAUSE_MAX];
	char *etag, *last_modified;
};

/* The request in hand. */
static const struct tcs_body *
gather_hand(const struct tcs_gather *g)
{
	return &g->bodies.items[g->bodies.at];
}

static bool
gather_has_hand(const struct tcs_gather *g)
{
	return g->bodies.at < g->bodies.n;
}

static void
gather_reason(struct tcs_gather *g, const char *what, const char *why)
{
	(void)snprintf(
	    g->reason, sizeof(g->reason), "%s%s", what, why == NULL ? "" : why);
	(void)snprintf(g->cause, sizeof(g->cause), "%s",
	    g->reason[0] == '\0' ? "" : tcs_cause_fault(TCS_HTTP_FAULT_OTHER));
}

/* After it: for people. */
static void
gather_because(struct tcs_gather *g, const char *cause)
{
	(void)snprintf(g->cause, sizeof(g->cause), "%s", cause);
}

/* ---- the end ---- */

static void
gather_call(void *arg)
{
	struct tcs_gather *g = arg;

	g->cb(g->arg, &g->out);
}

/* Never from inside the call that started it: the caller knows nothing yet. */
static void
gather_end(struct tcs_gather *g, enum tcs_gather_outcome outcome)
{
	g->is_done = true;
	g->out.outcome = outcome;
	/* Of two failures the ordinary way's is the one to mend. */
	g->out.reason = g->detour[0] != '\0' ? g->detour : g->reason;
	g->out.cause = g->detour[0] != '\0' ? g->detour_cause : g->cause;
	g->out.etag = g->etag;
	g->out.last_modified = g->last_modified;
	tcs_timer_start(g->timer, 0);
}

static void gather_next(struct tcs_gather *g);

static void
gather_released(struct tcs_gather *g)
{
	if (g->is_holding)
		tcs_hosts_done(g->conf.hosts, gather_hand(g)->url);
	g->is_holding = false;
}

/* The ordinary way failed. What the source's own answer was is kept: it says
 * whether the access is limited. */
static void
gather_fail(struct tcs_gather *g)
{
	gather_released(g);
	if (!g->conf.ops->has_fallback || g->out.is_fallback) {
		gather_end(g, TCS_GATHER_FAILED);
		return;
	}
	tcs_bodies_restart(&g->bodies);
	g->rounds = 0;
	g->answered = g->lacked = 0;
	g->out.is_fallback = true;
	g->out.is_partial = false;
	memcpy(g->detour, g->reason, sizeof(g->detour));
	memcpy(g->detour_cause, g->cause, sizeof(g->detour_cause));
	gather_next(g);
}

static void
gather_finish(struct tcs_gather *g)
{
	struct tcs_answers answers;

	if (!tcs_bodies_view(&g->bodies, &answers)) {
		gather_reason(g, tcs_strerror(TCS_ENOMEM), NULL);
		gather_end(g, TCS_GATHER_FAILED);
		return;
	}
	g->out.items = answers.items;
	g->out.marks = g->bodies.marks;
	g->out.n = answers.n;
	if (g->out.n > 0) {
		tcs_bodies_digest(&g->bodies, g->out.n, g->out.hash);
		gather_end(g, TCS_GATHER_BODIES);
	} else if (g->bodies.n > 0 || g->out.is_fallback) {
		gather_fail(g); /* not one answer: nothing is known of now */
	} else {
		gather_end(g, TCS_GATHER_UNCHANGED);
	}
}

/* ---- asking the driver ---- */

static enum tcs_err
gather_ask(void *arg, const struct tcs_ask *ask)
{
	struct tcs_gather *g = arg;

	return tcs_bodies_ask(&g->bodies, ask);
}

/* TCS_OK and still nothing in hand: nothing more is asked. */
static enum tcs_err
gather_ask_driver(struct tcs_gather *g, struct tcs_diag *diag)
{
	struct tcs_ask_sink sink = {.arg = g, .ask = gather_ask};

	if (g->conf.ops->ask == NULL) {
		const struct tcs_ask only = {
		    .url = g->conf.url, .is_head = true};
		return g->bodies.n > 0 ? TCS_OK : gather_ask(g, &only);
	}
	if (g->rounds++ == GATHER_ROUNDS_MAX)
		return TCS_OK;
	struct tcs_asking asking = {.url = g->conf.url,
	    .is_fallback = g->out.is_fallback,
	    .now_ms = tcs_clock_now_ms()};
	if (!tcs_bodies_view(&g->bodies, &asking.got))
		return TCS_ENOMEM;
	return g->conf.ops->ask(g->conf.feed->state, &asking, &sink, diag);
}

/* ---- one request ---- */

static bool
gather_is_head(const struct tcs_gather *g)
{
	const struct tcs_bodies *bodies = &g->bodies;

	return bodies->at == 0 && bodies->items[0].ask.is_head &&
	       !g->out.is_fallback;
}

/* This one is over, and its answer not to be had. */
static void
gather_lack(struct tcs_gather *g, const char *what, const char *cause)
{
	g->lacked++;
	gather_reason(g, what, NULL);
	gather_because(g, cause);
	if (!gather_hand(g)->ask.is_optional) {
		gather_fail(g);
		return;
	}
	/* Texts that go and come back would be news twice. */
	if (!tcs_bodies_reuse(&g->bodies))
		g->out.is_partial = true;
	g->bodies.at++;
	gather_next(g);
}

static bool
gather_keep(struct tcs_gather *g, const struct tcs_http_response *r)
{
	g->answered++;
	if (gather_is_head(g) &&
	    (!tcs_bodies_text(&g->etag, r->etag) ||
	        !tcs_bodies_text(&g->last_modified, r->last_modified)))
		return false;
	return tcs_bodies_answer(&g->bodies, r);
}

/* The head's content is what is held: so is everything behind it. */
static bool
gather_is_held(struct tcs_gather *g, const struct tcs_http_response *r)
{
	const char *held = g->conf.head_hash;
	char hex[TCS_DIGEST_HEX];

	return gather_is_head(g) && g->conf.ops->ask != NULL && held != NULL &&
	       strcmp(held,
	           tcs_stamp_digest(r->body, g->conf.ops->stamps, hex)) == 0;
}

static void
gather_take(struct tcs_gather *g, const struct tcs_http_response *r)
{
	if (gather_is_held(g, r)) {
		gather_end(g, TCS_GATHER_UNCHANGED);
	} else if (!gather_keep(g, r)) {
		gather_reason(g, tcs_strerror(TCS_ENOMEM), NULL);
		gather_end(g, TCS_GATHER_FAILED);
	} else if (g->bodies.bytes > 2 * (size_t)g->conf.feed->body_max) {
		gather_reason(g,
		    "the documents of one poll are larger than "
		    "twice body_max",
		    NULL);
		gather_because(g, tcs_cause_fault(TCS_HTTP_FAULT_SIZE));
		gather_fail(g);
	} else {
		g->bodies.at++;
		gather_next(g);
	}
}

/* Of several the longest. */
static void
gather_retry_after(struct tcs_gather *g, const struct tcs_http_response *r)
{
	if (r->retry_after_ms > g->out.retry_after_ms)
		g->out.retry_after_ms = r->retry_after_ms;
}

static bool
gather_is_refusal(long status)
{
	return status == 401 || status == 403 || status == 429;
}

static void
gather_status(struct tcs_gather *g, const struct tcs_http_response *r)
{
	char text[32], cause[TCS_CAUSE_MAX];

	g->out.is_limited = g->out.is_limited || gather_is_refusal(r->status);
	gather_retry_after(g, r);
	(void)snprintf(text, sizeof(text), "HTTP %ld", r->status);
	tcs_cause_status(r->status, cause);
	gather_lack(g, text, cause);
}

static void
gather_answered(void *arg, const struct tcs_http_response *r)
{
	struct tcs_gather *g = arg;

	g->transfer = NULL;
	gather_released(g);
	if (r->err != TCS_OK) {
		gather_lack(g, r->reason, tcs_cause_fault(r->fault));
		return;
	}
	g->out.has_answered = true;
	if (r->status == 200 || r->status == 206 ||
	    (r->status == 404 && gather_hand(g)->ask.accepts_404))
		gather_take(g, r);
	else if (r->status == 304 && gather_is_head(g))
		gather_end(g, TCS_GATHER_UNCHANGED);
	else if (r->status == 401 && tcs_credential_refused(g->conf.credential))
		gather_next(g);
	else
		gather_status(g, r);
}

/* Sent to the feed's own service only: that of the first request. */
static bool
gather_may_know_key(const struct tcs_gather *g, const char *url)
{
	return !g->out.is_fallback &&
	       tcs_slice_equal(
	           tcs_host_of(url), tcs_host_of(g->bodies.items[0].url)) &&
	       (strncmp(url, "https://", 8) == 0 ||
	           tcs_hosts_is_loopback(tcs_host_of(url)));
}

static void
gather_send(struct tcs_gather *g)
{
	const char *url = gather_hand(g)->url;
	bool is_head = gather_is_head(g);
	struct tcs_http_header header;
	struct tcs_http_request request = {.url = url,
	    .etag = is_head ? g->conf.etag : NULL,
	    .last_modified = is_head ? g->conf.last_modified : NULL,
	    .body_max = (size_t)g->conf.feed->body_max,
	    .timeout_ms = g->conf.feed->timeout_ms,
	    .redirects_max = GATHER_REDIRECTS_MAX};
	struct tcs_diag diag = {0};

	if (gather_may_know_key(g, url) &&
	    tcs_credential_header(g->conf.credential, &header)) {
		request.headers = &header;
		request.headers_n = 1;
	}
	enum tcs_err err = tcs_http_start(
	    g->conf.http, &request, gather_answered, g, &g->transfer, &diag);
	if (err != TCS_OK) {
		gather_released(g);
		gather_lack(g,
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err),
		    tcs_cause_fault(TCS_HTTP_FAULT_OTHER));
	}
	tcs_diag_fini(&diag);
}

/* ---- a token ---- */

static void
gather_token_answered(void *arg, const struct tcs_http_response *r)
{
	struct tcs_gather *g = arg;
	struct tcs_diag diag = {0};

	g->transfer = NULL;
	if (r->err != TCS_OK) {
		gather_reason(g, "token service: ", r->reason);
		gather_because(g, GATHER_NO_TOKEN);
		gather_fail(g);
		return;
	}
	enum tcs_err err = tcs_credential_token_answer(
	    g->conf.credential, r->status, r->body, tcs_clock_boot_ms(), &diag);
	if (err == TCS_OK) {
		gather_next(g);
	} else {
		g->out.has_answered = true;
		/* 400 is RFC 6749's word for a client that is none. */
		g->out.is_limited = r->status == 200 || r->status == 400 ||
		                    gather_is_refusal(r->status);
		gather_retry_after(g, r);
		gather_reason(g, "", tcs_diag_text(&diag));
		gather_because(g, GATHER_NO_TOKEN);
		gather_fail(g);
	}
	tcs_diag_fini(&diag);
}

static void
gather_token(struct tcs_gather *g)
{
	struct tcs_http_request request;
	struct tcs_diag diag = {0};

	tcs_credential_token_request(g->conf.credential, &request);
	enum tcs_err err = tcs_http_start(g->conf.http, &request,
	    gather_token_answered, g, &g->transfer, &diag);
	if (err != TCS_OK) {
		gather_reason(g, "token service: ", tcs_diag_text(&diag));
		gather_because(g, GATHER_NO_TOKEN);
		gather_fail(g);
	}
	tcs_diag_fini(&diag);
}

/* ---- what comes next ---- */

/* Rate, token, request: one of them, for the item in hand. */
static void
gather_go(struct tcs_gather *g)
{
	const char *url = gather_hand(g)->url;

	if (!g->is_holding) {
		int64_t wait_ms = tcs_hosts_ask(g->conf.hosts, url,
		    g->conf.feed->interval_ms, tcs_clock_boot_ms());
		if (wait_ms > 0) {
			tcs_timer_start(g->timer, wait_ms);
			return;
		}
		/* Waiting for other feeds' turns is no fault of the source. */
		if (g->end_ms == INT64_MAX)
			g->end_ms = tcs_clock_boot_ms() + GATHER_LONGEST_MS;
		g->is_holding = true;
	}
	if (gather_may_know_key(g, url) &&
	    tcs_credential_needs_token(g->conf.credential, tcs_clock_boot_ms()))
		gather_token(g);
	else
		gather_send(g);
}

static void
gather_next(struct tcs_gather *g)
{
	struct tcs_diag diag = {0};
	enum tcs_err err = TCS_OK;

	if (tcs_clock_boot_ms() > g->end_ms) {
		gather_released(g);
		gather_reason(g, "the poll takes longer than 15 minutes", NULL);
		gather_because(g, tcs_cause_fault(TCS_HTTP_FAULT_TIMEOUT));
		gather_end(g, TCS_GATHER_FAILED);
		return;
	}
	tcs_bodies_skip(&g->bodies);
	if (!gather_has_hand(g) && g->lacked > 0 && g->answered == 0) {
		/* What is only remembered is no answer, and a driver that
		 * knows of none would ask for the same once more. */
		gather_fail(g);
		return;
	}
	if (!gather_has_hand(g))
		err = gather_ask_driver(g, &diag);
	/* What makes no sense to the driver is read as it is: parse says. */
	if (err != TCS_OK && (err != TCS_EPARSE || g->bodies.at == 0)) {
		gather_reason(g, "",
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err));
		gather_fail(g);
	} else if (gather_has_hand(g) && err == TCS_OK) {
		tcs_bodies_skip(&g->bodies);
		if (gather_has_hand(g))
			gather_go(g);
		else
			gather_next(g);
	} else {
		gather_finish(g);
	}
	tcs_diag_fini(&diag);
}

static void
gather_timer(void *arg)
{
	struct tcs_gather *g = arg;

	if (g->is_done)
		gather_call(g);
	else if (g->bodies.n == 0)
		gather_next(g);
	else
		gather_go(g);
}

/* ---- life ---- */

struct tcs_gather *
tcs_gather_start(const struct tcs_gather_conf *conf,
    struct tcs_gather *previous, tcs_gather_cb *cb, void *arg)
{
	struct tcs_gather *g = calloc(1, sizeof(*g));

	if (g != NULL)
		g->timer = tcs_timer_new(conf->loop, gather_timer, g);
	if (g == NULL || g->timer == NULL) {
		free(g);
		tcs_gather_free(&previous);
		return NULL;
	}
	g->conf = *conf;
	g->cb = cb;
	g->arg = arg;
	g->out.retry_after_ms = -1;
	g->end_ms = INT64_MAX;
	g->bodies.stamps = conf->ops->stamps;
	if (previous != NULL)
		tcs_bodies_inherit(&g->bodies, &previous->bodies);
	tcs_gather_free(&previous);
	tcs_credential_begin(conf->credential);
	if (conf->resting != NULL && conf->ops->has_fallback) {
		g->out.is_fallback = true;
		g->out.is_limited = true;
		(void)snprintf(
		    g->detour, sizeof(g->detour), "%s", conf->resting);
	}
	tcs_timer_start(g->timer, 0);
	return g;
}

void
tcs_gather_settle(struct tcs_gather *gather)
{
	gather->out.n = 0;
	/* What was not asked for may be, after a poll cut short. */
	tcs_bodies_settle(
	    &gather->bodies, gather->out.outcome == TCS_GATHER_BODIES);
}

void
tcs_gather_free(struct tcs_gather **gather)
{
	struct tcs_gather *g = gather == NULL ? NULL : *gather;

	if (g == NULL)
		return;
	if (g->transfer != NULL)
		tcs_http_cancel(g->transfer);
	gather_released(g);
	tcs_timer_free(&g->timer);
	tcs_bodies_fini(&g->bodies);
	free(g->etag);
	free(g->last_modified);
	free(g);
	*gather = NULL;
}
