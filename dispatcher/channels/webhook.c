/* webhook.c - deliveries as signed HTTP POSTs (Standard Webhooks 1.0): the
 * alert's CAP document, or JSON with its text. The id is the delivery's key,
 * the same at every attempt: that is how the receiver knows a duplicate. */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/failpoint.h"
#include "core/file.h"
#include "core/http.h"
#include "core/json.h"
#include "core/loop.h"
#include "dispatcher/channel.h"
#include "dispatcher/hookurl.h"

enum {
	WEBHOOK_MAGIC = 0x686f6f6b,
	WEBHOOK_SECRET_MIN = 24, /* Standard Webhooks: 24 to 64 bytes */
	WEBHOOK_SECRET_MAX = 64,
	WEBHOOK_FILE_MAX = 256,
	WEBHOOK_BODY_MAX = 4 * 1024 * 1024,
	WEBHOOK_HEAD = 1024,              /* what is signed before the body */
	WEBHOOK_ANSWER_MAX = 1024 * 1024, /* read, but of no interest */
	WEBHOOK_REASON_MAX = 400,
};

struct webhook {
	char *format, *secret_file; /* options */
	int64_t timeout_ms;

	struct tcs_http *http;
	struct tcs_timer *kick; /* tells what ended without a transfer */
	bool is_json;
	unsigned char secret[WEBHOOK_SECRET_MAX];
	size_t secret_n;
	TAILQ_HEAD(, webhook_try) over;
};

/* One attempt on its way. */
struct webhook_try {
	unsigned magic;
	struct webhook *webhook;
	struct tcs_attempt *attempt;
	struct tcs_http_transfer *transfer; /* NULL: over, or never begun */
	bool is_committed;                  /* a byte of it may have left */
	enum tcs_verdict verdict;
	struct tcs_buf reason;
	TAILQ_ENTRY(webhook_try) next;
};

static const char *
webhook_format_fault(const char *text)
{
	bool is_known = strcmp(text, "cap") == 0 || strcmp(text, "json") == 0;

	return is_known ? NULL : "neither cap nor json";
}

static const struct tcs_option webhook_options[] = {
    {.name = "format",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct webhook, format),
        .fallback = "cap",
        .help = "what is posted: cap (the CAP 1.2 document) or json",
        .example = "json",
        .check = webhook_format_fault},
    {.name = "secret_file",
        .kind = TCS_OPTION_PATH,
        .offset = offsetof(struct webhook, secret_file),
        .help = "file with the signing secret: whsec_ and base64",
        .is_required = 1,
        .example = "secrets/webhook"},
    TCS_OPT_DURATION("timeout", struct webhook, timeout_ms, "30 s",
        TCS_SECONDS(1), TCS_SECONDS(30), "how long one attempt may last"),
    TCS_OPT_END,
};

static enum tcs_err
webhook_read_secret(struct webhook *webhook, struct tcs_diag *diag)
{
	static const char prefix[] = "whsec_";
	struct tcs_buf file;

	tcs_buf_init(&file, WEBHOOK_FILE_MAX);
	enum tcs_err err = tcs_file_read(webhook->secret_file, &file, diag);
	if (err != TCS_OK)
		goto out;
	struct tcs_slice text = tcs_slice_trim(tcs_buf_view(&file));
	if (tcs_slice_starts(text, prefix)) {
		text.p += sizeof(prefix) - 1;
		text.n -= sizeof(prefix) - 1;
		err = tcs_base64_decode(text, webhook->secret,
		    sizeof(webhook->secret), &webhook->secret_n);
	} else {
		err = TCS_EPARSE;
	}
	if (err != TCS_OK || webhook->secret_n < WEBHOOK_SECRET_MIN) {
		err = tcs_diag_add(diag, TCS_ECONFIG, webhook->secret_file, 1,
		    "not a signing secret: write whsec_ and the base64 of 24 "
		    "to 64 random bytes, as `echo whsec_$(head -c 32 "
		    "/dev/urandom | base64)` does");
	}
	if (file.p != NULL)
		explicit_bzero(file.p, file.n);
out:
	tcs_buf_fini(&file);
	return err;
}

static void
webhook_try_free(struct webhook_try *try)
{
	try->magic = 0;
	tcs_buf_fini(&try->reason);
	free(try);
}

/* Told from the loop only. */
static void
webhook_tell(struct webhook_try *try, int64_t retry_after_ms)
{
	struct tcs_attempt *attempt = try->attempt;

	attempt->channel_data = NULL;
	attempt->done(attempt, try->verdict,
	    try->reason.p == NULL ? "" : try->reason.p, retry_after_ms);
	webhook_try_free(try);
}

static void
webhook_kicked(void *arg)
{
	struct webhook *webhook = arg;
	struct webhook_try *try;

	while ((try = TAILQ_FIRST(&webhook->over)) != NULL) {
		TAILQ_REMOVE(&webhook->over, try, next);
		webhook_tell(try, -1);
	}
}

/* It ended without an answer: told at the next turn. */
static void
webhook_end(
    struct webhook_try *try, enum tcs_verdict verdict, const char *reason)
{
	try->transfer = NULL;
	try->verdict = verdict;
	tcs_buf_str(&try->reason, reason);
	TAILQ_INSERT_TAIL(&try->webhook->over, try, next);
	tcs_timer_start(try->webhook->kick, 0);
}

static enum tcs_err
webhook_open(void *st, const struct tcs_channel_env *env, struct tcs_diag *diag)
{
	struct webhook *webhook = st;

	TAILQ_INIT(&webhook->over);
	webhook->http = env->http;
	webhook->is_json = strcmp(webhook->format, "json") == 0;
	enum tcs_err err = webhook_read_secret(webhook, diag);
	if (err != TCS_OK)
		return err;
	webhook->kick = tcs_timer_new(env->loop, webhook_kicked, webhook);
	return webhook->kick == NULL ? TCS_ENOMEM : TCS_OK;
}

/* ---- the request ---- */

static enum tcs_err
webhook_write_json(const struct tcs_attempt *attempt, struct tcs_buf *body)
{
	char sent[TCS_TIME_TEXT];

	tcs_json_open(body, NULL, '{');
	tcs_json_put_i64(body, "v", 1);
	tcs_json_put_str(body, "key", attempt->key);
	tcs_json_put_str(body, "alert", attempt->alert);
	tcs_json_put_str(body, "trace", attempt->trace);
	tcs_json_put_str(body, "thread_key", attempt->thread_key);
	tcs_json_put_str(body, "sent", tcs_time_iso(attempt->sent_ms, sent));
	tcs_json_put_str(body, "subject", attempt->subject);
	tcs_json_put_str(body, "text", attempt->text);
	tcs_json_put_slice(body, "cap", attempt->cap);
	tcs_json_close(body, '}');
	return body->err;
}

/* HMAC of "{id}.{timestamp}.{body}" under the secret, in base64. */
static enum tcs_err
webhook_sign(const struct webhook *webhook, const char *id,
    struct tcs_slice timestamp, struct tcs_slice body, char ret_text[45])
{
	struct tcs_buf signed_bytes;

	tcs_buf_init(&signed_bytes, WEBHOOK_BODY_MAX + WEBHOOK_HEAD);
	tcs_buf_expect(&signed_bytes, WEBHOOK_HEAD + body.n);
	tcs_buf_str(&signed_bytes, id);
	tcs_buf_char(&signed_bytes, '.');
	tcs_buf_slice(&signed_bytes, timestamp);
	tcs_buf_char(&signed_bytes, '.');
	tcs_buf_slice(&signed_bytes, body);
	enum tcs_err err = signed_bytes.err;
	if (err == TCS_OK) {
		tcs_hmac_base64(tcs_slice(webhook->secret, webhook->secret_n),
		    tcs_buf_view(&signed_bytes), ret_text);
	}
	tcs_buf_fini(&signed_bytes);
	return err;
}

/* Asked by the client when the connection stands. */
static bool
webhook_may_send(void *arg)
{
	struct webhook_try *try = arg;

	tcs_assert(try->magic == WEBHOOK_MAGIC);
	tcs_failpoint("dispatcher.webhook-before-request");
	bool may = try->attempt->may_commit(try->attempt);
	try->is_committed |= may;
	return may;
}

/* ---- the verdict ---- */

static enum tcs_verdict
webhook_verdict(long status)
{
	if (status >= 200 && status < 300)
		return TCS_VERDICT_ACCEPTED;
	if (status == 408 || status == 425 || status == 429 || status >= 500)
		return TCS_VERDICT_LATER;
	return TCS_VERDICT_REFUSED; /* a redirect is not followed either */
}

/* The client's words, without the host they may name. */
static void
webhook_quote(struct webhook_try *try, const char *words)
{
	struct tcs_slice host = tcs_hookurl_host(try->attempt->target);

	while (*words != '\0') {
		if (host.n > 0 && strncmp(words, host.p, host.n) == 0) {
			tcs_buf_str(&try->reason, "(address)");
			words += host.n;
		} else {
			tcs_buf_char(&try->reason, *words++);
		}
	}
}

static void
webhook_answered(void *arg, const struct tcs_http_response *response)
{
	struct webhook_try *try = arg;

	tcs_assert(try->magic == WEBHOOK_MAGIC);
	tcs_failpoint("dispatcher.webhook-answered");
	try->transfer = NULL;
	if (response->err == TCS_OK) {
		try->verdict = webhook_verdict(response->status);
		tcs_buf_str(&try->reason, "the receiver answered ");
		tcs_buf_i64(&try->reason, response->status);
		webhook_tell(try, response->retry_after_ms);
		return;
	}
	bool may_be_taken = try->is_committed && !response->is_unsent;
	try->verdict = may_be_taken ? TCS_VERDICT_UNKNOWN : TCS_VERDICT_LATER;
	webhook_quote(try, response->reason);
	webhook_tell(try, -1);
}

static enum tcs_err
webhook_start(
    struct webhook_try *try, struct tcs_slice body, struct tcs_diag *diag)
{
	struct webhook *webhook = try->webhook;
	const struct tcs_attempt *attempt = try->attempt;
	char digits[TCS_SLICE_DECIMAL], signature[3 + 45] = "v1,";

	/* The receiver compares it with its own clock: real time, whatever
	 * the realm's is. */
	struct tcs_slice timestamp =
	    tcs_slice_decimal(tcs_clock_wall_ms() / 1000, digits);
	enum tcs_err err =
	    webhook_sign(webhook, attempt->key, timestamp, body, signature + 3);
	if (err != TCS_OK)
		return err;
	struct tcs_http_header headers[] = {
	    {"Content-Type",
	        webhook->is_json ? "application/json" : "application/cap+xml"},
	    {"webhook-id", attempt->key},
	    {"webhook-timestamp", timestamp.p},
	    {"webhook-signature", signature},
	};
	struct tcs_http_request request = {
	    .url = attempt->target,
	    .body = body,
	    .headers = headers,
	    .headers_n = sizeof(headers) / sizeof(headers[0]),
	    .body_max = WEBHOOK_ANSWER_MAX,
	    .timeout_ms = webhook->timeout_ms,
	    .may_send = webhook_may_send,
	};
	return tcs_http_start(webhook->http, &request, webhook_answered, try,
	    &try->transfer, diag);
}

static void
webhook_send(void *st, struct tcs_attempt *attempt)
{
	struct webhook *webhook = st;
	struct tcs_slice body = attempt->cap;
	struct tcs_diag diag = {0};
	struct tcs_buf json;
	enum tcs_err err = TCS_OK;
	struct webhook_try *try = calloc(1, sizeof(*try));

	tcs_assert(try != NULL); /* no verdict could be given without it */
	try->magic = WEBHOOK_MAGIC;
	try->webhook = webhook;
	try->attempt = attempt;
	tcs_buf_init(&try->reason, WEBHOOK_REASON_MAX);
	attempt->channel_data = try;
	tcs_buf_init(&json, WEBHOOK_BODY_MAX);
	if (webhook->is_json) {
		err = webhook_write_json(attempt, &json);
		body = tcs_buf_view(&json);
	}
	const char *fault = tcs_hookurl_fault(attempt->target);
	if (err == TCS_OK && fault != NULL)
		err = tcs_diag_add(&diag, TCS_EINVAL, NULL, 0, "%s", fault);
	if (err == TCS_OK)
		err = webhook_start(try, body, &diag);
	if (err != TCS_OK)
		webhook_end(try,
		    err == TCS_ENOMEM ? TCS_VERDICT_LATER : TCS_VERDICT_REFUSED,
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err));
	tcs_buf_fini(&json);
	tcs_diag_fini(&diag);
}

static void
webhook_cancel(void *st, struct tcs_attempt *attempt)
{
	struct webhook_try *try = attempt->channel_data;

	(void)st;
	tcs_assert(try->magic == WEBHOOK_MAGIC);
	if (try->transfer == NULL)
		return;
	tcs_http_cancel(try->transfer);
	webhook_end(try,
	    try->is_committed ? TCS_VERDICT_UNKNOWN : TCS_VERDICT_LATER,
	    try->is_committed ? "given up before the answer"
	                      : "given up before it left");
}

static void
webhook_fini(void *st)
{
	struct webhook *webhook = st;

	tcs_assert(TAILQ_EMPTY(&webhook->over));
	tcs_timer_free(&webhook->kick);
	explicit_bzero(webhook->secret, sizeof(webhook->secret));
}

const struct tcs_channel_ops tcs_channel_webhook = {
    .name = "webhook",
    .about = "signed HTTP POST of the CAP document, or of JSON",
    .state_size = sizeof(struct webhook),
    .options = webhook_options,
    .attempt_ms = TCS_SECONDS(30),
    .open = webhook_open,
    .check_target = tcs_hookurl_fault,
    .send = webhook_send,
    .cancel = webhook_cancel,
    .fini = webhook_fini,
};
