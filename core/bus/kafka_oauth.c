#include "core/bus/kafka_oauth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus/kafka.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/http.h"
#include "core/json.h"
#include "core/loop.h"

enum {
	OAUTH_TIMEOUT_MS = 10000,
	OAUTH_FIRST_MS = 15000,
	OAUTH_ANSWER_MAX = 256 * 1024,
	OAUTH_TEXT_MAX = 16 * 1024, /* of a form, of a header */
	OAUTH_TOKEN_MAX = 64 * 1024,
	OAUTH_PAYLOAD_MAX = 48 * 1024,
	OAUTH_PRINCIPAL_MAX = 256,
	OAUTH_EXTENSIONS = 16,
	OAUTH_REASON_MAX = 400,
	OAUTH_LIFE_MAX_S = 400 * 24 * 3600,
};

#define OAUTH_URL "sasl.oauthbearer.token.endpoint.url"
#define OAUTH_ID "sasl.oauthbearer.client.id"
#define OAUTH_SECRET "sasl.oauthbearer.client.secret"
#define OAUTH_SCOPE "sasl.oauthbearer.scope"
#define OAUTH_EXTENSIONS_NAME "sasl.oauthbearer.extensions"
#define OAUTH_CA "https.ca.location"

static const char *const oauth_names[] = {OAUTH_URL, OAUTH_ID, OAUTH_SECRET,
    OAUTH_SCOPE, OAUTH_EXTENSIONS_NAME, OAUTH_CA};

struct tcs_kafka_oauth {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue; /* where it asks */
	struct kafka_wake wake;
	struct tcs_http *http;
	struct tcs_http_transfer *transfer; /* NULL: none is on its way */
	char *url, *id, *secret, *scope;
	char *extensions; /* its separators are NULs */
	const char *parts[2 * OAUTH_EXTENSIONS];
	size_t parts_n;
	bool is_ready;
	char reason[OAUTH_REASON_MAX]; /* of the last failure, or "" */
};

/* Settings */

static const struct tcs_bus_property *
oauth_find(const struct tcs_bus_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->properties_n; i++) {
		if (strcmp(conf->properties[i].name, name) == 0)
			return &conf->properties[i];
	}
	return NULL;
}

static const char *
oauth_value(const struct tcs_bus_conf *conf, const char *name)
{
	const struct tcs_bus_property *property = oauth_find(conf, name);

	return property == NULL ? NULL : property->value;
}

bool
tcs_kafka_oauth_has(const char *name)
{
	for (size_t i = 0; i < sizeof(oauth_names) / sizeof(oauth_names[0]);
	     i++) {
		if (strcmp(oauth_names[i], name) == 0)
			return true;
	}
	return false;
}

/* Not when librdkafka makes tokens up itself, which is for trials. */
static bool
oauth_is_wanted(const struct tcs_bus_conf *conf)
{
	const char *mechanism = oauth_value(conf, "sasl.mechanism");
	const char *made_up =
	    oauth_value(conf, "enable.sasl.oauthbearer.unsecure.jwt");

	if (mechanism == NULL)
		mechanism = oauth_value(conf, "sasl.mechanisms");
	return mechanism != NULL && strcmp(mechanism, "OAUTHBEARER") == 0 &&
	       (made_up == NULL || strcmp(made_up, "true") != 0);
}

static enum tcs_err
oauth_refuse(const struct tcs_bus_conf *conf, struct tcs_diag *diag,
    const char *name, const char *why)
{
	const struct tcs_bus_property *property = oauth_find(conf, name);

	return tcs_diag_add(diag, TCS_ECONFIG, conf->file,
	    property == NULL ? 0 : property->line, "kafka: %s: %s", name, why);
}

/* The client's secret travels in it. */
static bool
oauth_is_safe_url(const char *url)
{
	static const char *const prefixes[] = {
	    "http://127.0.0.1", "http://localhost", "http://[::1]"};

	if (strncmp(url, "https://", 8) == 0)
		return url[8] != '\0';
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t n = strlen(prefixes[i]);
		if (strncmp(url, prefixes[i], n) == 0 &&
		    (url[n] == ':' || url[n] == '/' || url[n] == '\0'))
			return true;
	}
	return false;
}

/* "key=value,key=value" into pairs; it becomes their strings. */
static bool
oauth_cut(char *text, const char *parts[], size_t *ret_n)
{
	char *at = text;
	size_t n = 0;

	while (at != NULL) {
		char *value = strchr(at, '='), *next = strchr(at, ',');
		if (value == NULL || value == at ||
		    (next != NULL && next < value) ||
		    n == (size_t)2 * OAUTH_EXTENSIONS)
			return false;
		*value++ = '\0';
		if (next != NULL)
			*next++ = '\0';
		if (at[strspn(at, "abcdefghijklmnopqrstuvwxyz"
		                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0' ||
		    strcmp(at, "auth") == 0)
			return false;
		parts[n++] = at;
		parts[n++] = value;
		at = next;
	}
	*ret_n = n;
	return true;
}

static enum tcs_err
oauth_check_extensions(const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	const char *parts[2 * OAUTH_EXTENSIONS];
	const char *text = oauth_value(conf, OAUTH_EXTENSIONS_NAME);
	size_t n;

	if (text == NULL)
		return TCS_OK;
	char *copy = strdup(text);
	if (copy == NULL)
		return TCS_ENOMEM;
	bool is_good = oauth_cut(copy, parts, &n);
	free(copy);
	return is_good ? TCS_OK
	               : oauth_refuse(conf, diag, OAUTH_EXTENSIONS_NAME,
	                     "write: key=value,key=value, keys of letters, "
	                     "none of them \"auth\", 16 at most");
}

static enum tcs_err
oauth_check_needed(const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	static const struct {
		const char *name, *why;
	} needed[] = {
	    {OAUTH_URL, "OAUTHBEARER needs it; write: the address of the "
	                "server that gives tokens"},
	    {OAUTH_ID, "OAUTHBEARER needs it; write: the name that the "
	               "server of tokens knows"},
	    {OAUTH_SECRET, "OAUTHBEARER needs it; write: '" OAUTH_SECRET
	                   "_file' = \"kafka.secret\", a file with it alone"}};
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (oauth_find(conf, needed[i].name) == NULL)
			err = oauth_refuse(
			    conf, diag, needed[i].name, needed[i].why);
	}
	return err;
}

enum tcs_err
tcs_kafka_oauth_check(const struct tcs_bus_conf *conf, struct tcs_diag *diag)
{
	const char *url = oauth_value(conf, OAUTH_URL);
	enum tcs_err err = TCS_OK;

	if (!oauth_is_wanted(conf)) {
		for (size_t i = 0;
		     i < sizeof(oauth_names) / sizeof(oauth_names[0]); i++) {
			if (oauth_find(conf, oauth_names[i]) != NULL)
				err = oauth_refuse(conf, diag, oauth_names[i],
				    "is for OAUTHBEARER; write: "
				    "'sasl.mechanism' = \"OAUTHBEARER\"");
		}
		return err;
	}
	err = oauth_check_needed(conf, diag);
	if (url != NULL && !oauth_is_safe_url(url))
		err = oauth_refuse(conf, diag, OAUTH_URL,
		    "the client's secret would travel in the open; write: "
		    "https://…");
	enum tcs_err last = oauth_check_extensions(conf, diag);
	return err == TCS_OK ? last : err;
}

void
tcs_kafka_oauth_prepare(const struct tcs_bus_conf *conf, rd_kafka_conf_t *rk)
{
	if (!oauth_is_wanted(conf))
		return;
	rd_kafka_conf_enable_sasl_queue(rk, 1);
	rd_kafka_conf_set_events(rk, RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH);
}

/* Failing */

/* librdkafka tells it on as an error of the client, and asks again. */
static void
oauth_fail(struct tcs_kafka_oauth *oauth, const char *why)
{
	(void)snprintf(oauth->reason, sizeof(oauth->reason),
	    "no token from %.200s: %.150s", oauth->url, why);
	(void)rd_kafka_oauthbearer_set_token_failure(oauth->rk, oauth->reason);
}

/* "HTTP 401 (invalid_client)": of the answer only what RFC 6749 names. */
static void
oauth_fail_status(
    struct tcs_kafka_oauth *oauth, long status, struct tcs_slice body)
{
	json_t *answer = NULL;
	const char *word = "";
	char why[160];

	if (tcs_json_parse(body, &answer, NULL, NULL) == TCS_OK)
		word = tcs_json_str(answer, "error", "");
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
	if (word[n] != '\0' || n > 40)
		n = 0;
	(void)snprintf(why, sizeof(why), "HTTP %ld%s%.*s%s%s", status,
	    n > 0 ? " (" : "", (int)n, word, n > 0 ? ")" : "",
	    status == 400 || status == 401 || status == 403
	        ? "; see client.id, client.secret_file and scope"
	        : "");
	json_decref(answer);
	oauth_fail(oauth, why);
}

/* What came */

/* What is inside of a JSON Web Token, which is not checked here: the servers
 * of the bus do that. NULL: it is another sort of token. */
static json_t *
oauth_claims(const char *token)
{
	struct tcs_slice rest = tcs_slice_str(token), payload;
	json_t *claims = NULL;
	size_t n;

	(void)tcs_slice_cut(rest, '.', &rest);
	payload = tcs_slice_cut(rest, '.', &rest);
	if (rest.p == NULL)
		return NULL;
	unsigned char *bytes = malloc(OAUTH_PAYLOAD_MAX);
	if (bytes != NULL && (tcs_base64url_decode(payload, bytes,
	                          OAUTH_PAYLOAD_MAX, &n) != TCS_OK ||
	                         tcs_json_parse(tcs_slice(bytes, n), &claims,
	                             NULL, NULL) != TCS_OK))
		claims = NULL;
	free(bytes);
	return claims;
}

/* When it ends, in ms since 1970; 0: nobody says. */
static int64_t
oauth_end_ms(const json_t *answer, const json_t *claims)
{
	int64_t life_s = tcs_json_i64(answer, "expires_in", 0);
	int64_t end_s = tcs_json_i64(claims, "exp", 0);

	if (life_s > 0)
		return tcs_clock_wall_ms() + 1000 * (life_s < OAUTH_LIFE_MAX_S
		                                            ? life_s
		                                            : OAUTH_LIFE_MAX_S);
	return end_s > 0 && end_s < INT64_MAX / 1000 ? end_s * 1000 : 0;
}

/* RFC 6750, 2.1: what else it had would be read as something else. */
static bool
oauth_is_token(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                        "abcdefghijklmnopqrstuvwxyz0123456789-._~+/");

	return n > 0 && n <= OAUTH_TOKEN_MAX &&
	       text[n + strspn(text + n, "=")] == '\0';
}

static void
oauth_take(struct tcs_kafka_oauth *oauth, const json_t *answer)
{
	const char *token = tcs_json_str(answer, "access_token", "");
	char why[256] = "";

	if (!oauth_is_token(token)) {
		oauth_fail(oauth, "its answer has no access_token");
		return;
	}
	json_t *claims = oauth_claims(token);
	const char *principal = tcs_json_str(claims, "sub", "");
	int64_t end_ms = oauth_end_ms(answer, claims);
	if (principal[0] == '\0' || strlen(principal) > OAUTH_PRINCIPAL_MAX)
		principal = oauth->id;
	if (end_ms == 0) {
		oauth_fail(oauth, "its answer has no expires_in");
	} else if (rd_kafka_oauthbearer_set_token(oauth->rk, token, end_ms,
	               principal, oauth->parts, oauth->parts_n, why,
	               sizeof(why)) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		/* Its words may have the token in them. */
		oauth_fail(oauth, "librdkafka refuses the token");
	} else {
		oauth->is_ready = true;
		oauth->reason[0] = '\0';
	}
	explicit_bzero(why, sizeof(why));
	json_decref(claims);
}

static void
oauth_answered(void *arg, const struct tcs_http_response *response)
{
	struct tcs_kafka_oauth *oauth = arg;
	json_t *answer = NULL;

	oauth->transfer = NULL;
	if (response->err != TCS_OK)
		oauth_fail(oauth, response->reason);
	else if (response->status != 200)
		oauth_fail_status(oauth, response->status, response->body);
	else if (tcs_json_parse(response->body, &answer, NULL, NULL) != TCS_OK)
		oauth_fail(oauth, "its answer is no JSON");
	else
		oauth_take(oauth, answer);
	json_decref(answer);
}

/* Asking */

/* As in a form. */
static void
oauth_encode(struct tcs_buf *buf, const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		           "abcdefghijklmnopqrstuvwxyz0123456789-._~",
		        *c) != NULL)
			tcs_buf_char(buf, *c);
		else
			tcs_buf_printf(buf, "%%%02X", (unsigned char)*c);
	}
}

static void
oauth_wipe(struct tcs_buf *buf)
{
	if (buf->p != NULL)
		explicit_bzero(buf->p, buf->cap);
	tcs_buf_fini(buf);
}

/* "Basic …", each part encoded first (RFC 6749, 2.3.1). */
static void
oauth_write_basic(const struct tcs_kafka_oauth *oauth, struct tcs_buf *buf)
{
	struct tcs_buf plain;

	tcs_buf_init(&plain, OAUTH_TEXT_MAX);
	oauth_encode(&plain, oauth->id);
	tcs_buf_char(&plain, ':');
	oauth_encode(&plain, oauth->secret);
	tcs_buf_str(buf, "Basic ");
	tcs_base64_encode(tcs_buf_view(&plain), buf);
	if (plain.err != TCS_OK)
		buf->err = plain.err;
	oauth_wipe(&plain);
}

static void
oauth_ask(struct tcs_kafka_oauth *oauth)
{
	struct tcs_buf basic, form;
	struct tcs_diag diag = {0};

	if (oauth->transfer != NULL)
		return;
	tcs_buf_init(&basic, (size_t)2 * OAUTH_TEXT_MAX);
	tcs_buf_init(&form, OAUTH_TEXT_MAX);
	oauth_write_basic(oauth, &basic);
	tcs_buf_str(&form, "grant_type=client_credentials");
	if (oauth->scope != NULL) {
		tcs_buf_str(&form, "&scope=");
		oauth_encode(&form, oauth->scope);
	}
	const struct tcs_http_header headers[] = {
	    {"Authorization", basic.p == NULL ? "" : basic.p},
	    {"Content-Type", "application/x-www-form-urlencoded"},
	    {"Accept", "application/json"}};
	const struct tcs_http_request request = {.url = oauth->url,
	    .body = tcs_buf_view(&form),
	    .headers = headers,
	    .headers_n = sizeof(headers) / sizeof(headers[0]),
	    .body_max = OAUTH_ANSWER_MAX,
	    .timeout_ms = OAUTH_TIMEOUT_MS};
	enum tcs_err err = basic.err != TCS_OK ? basic.err : form.err;
	if (err == TCS_OK)
		err = tcs_http_start(oauth->http, &request, oauth_answered,
		    oauth, &oauth->transfer, &diag);
	oauth_wipe(&basic);
	oauth_wipe(&form);
	if (err != TCS_OK)
		oauth_fail(
		    oauth, diag.n > 0 ? diag.items[0].text : tcs_strerror(err));
	tcs_diag_fini(&diag);
}

static void
oauth_woke(void *arg)
{
	struct tcs_kafka_oauth *oauth = arg;
	rd_kafka_event_t *event;

	while ((event = rd_kafka_queue_poll(oauth->queue, 0)) != NULL) {
		if (rd_kafka_event_type(event) ==
		    RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH)
			oauth_ask(oauth);
		rd_kafka_event_destroy(event);
	}
}

/* One client */

static bool
oauth_copy(const struct tcs_bus_conf *conf, const char *name, char **ret_copy)
{
	const char *value = oauth_value(conf, name);

	*ret_copy = value == NULL ? NULL : strdup(value);
	return value == NULL || *ret_copy != NULL;
}

static bool
oauth_init(struct tcs_kafka_oauth *oauth, struct tcs_loop *loop,
    const struct tcs_bus_conf *conf)
{
	const struct tcs_http_options options = {
	    .ca_file = oauth_value(conf, OAUTH_CA)};

	if (!oauth_copy(conf, OAUTH_URL, &oauth->url) ||
	    !oauth_copy(conf, OAUTH_ID, &oauth->id) ||
	    !oauth_copy(conf, OAUTH_SECRET, &oauth->secret) ||
	    !oauth_copy(conf, OAUTH_SCOPE, &oauth->scope) ||
	    !oauth_copy(conf, OAUTH_EXTENSIONS_NAME, &oauth->extensions))
		return false;
	tcs_assert(
	    oauth->url != NULL && oauth->id != NULL && oauth->secret != NULL);
	if (oauth->extensions != NULL)
		tcs_assert(oauth_cut(
		    oauth->extensions, oauth->parts, &oauth->parts_n));
	oauth->http = tcs_http_new(loop, &options);
	oauth->queue = rd_kafka_queue_get_sasl(oauth->rk);
	if (oauth->http == NULL || oauth->queue == NULL ||
	    !tcs_kafka_wake_open(&oauth->wake, loop, oauth_woke, oauth))
		return false;
	tcs_kafka_wake_add(&oauth->wake, oauth->queue);
	return true;
}

struct tcs_kafka_oauth *
tcs_kafka_oauth_open(
    struct tcs_loop *loop, const struct tcs_bus_conf *conf, rd_kafka_t *rk)
{
	if (!oauth_is_wanted(conf))
		return NULL;
	struct tcs_kafka_oauth *oauth = calloc(1, sizeof(*oauth));
	if (oauth == NULL)
		return NULL;
	oauth->rk = rk;
	oauth->wake.fd = -1;
	if (!oauth_init(oauth, loop, conf))
		tcs_kafka_oauth_close(&oauth);
	return oauth;
}

void
tcs_kafka_oauth_close(struct tcs_kafka_oauth **ret_oauth)
{
	struct tcs_kafka_oauth *oauth = *ret_oauth;

	if (oauth == NULL)
		return;
	if (oauth->queue != NULL) {
		rd_kafka_queue_io_event_enable(oauth->queue, -1, NULL, 0);
		rd_kafka_queue_destroy(oauth->queue);
	}
	tcs_kafka_wake_close(&oauth->wake);
	tcs_http_free(&oauth->http);
	if (oauth->secret != NULL)
		explicit_bzero(oauth->secret, strlen(oauth->secret));
	free(oauth->secret);
	free(oauth->url);
	free(oauth->id);
	free(oauth->scope);
	free(oauth->extensions);
	free(oauth);
	*ret_oauth = NULL;
}

bool
tcs_kafka_oauth_is_ready(const struct tcs_kafka_oauth *oauth)
{
	return oauth == NULL || oauth->is_ready;
}

enum tcs_err
tcs_kafka_oauth_first(
    const struct tcs_bus_conf *conf, rd_kafka_t *rk, struct tcs_diag *diag)
{
	if (!oauth_is_wanted(conf))
		return TCS_OK;
	struct tcs_loop *loop = tcs_loop_new();
	struct tcs_kafka_oauth *oauth =
	    loop == NULL ? NULL : tcs_kafka_oauth_open(loop, conf, rk);
	int64_t until_ms = tcs_clock_boot_ms() + OAUTH_FIRST_MS;
	enum tcs_err err = oauth == NULL ? TCS_ENOMEM : TCS_OK;

	/* The client's wake-up ends each round after 500 ms at most. */
	while (err == TCS_OK && !oauth->is_ready && oauth->reason[0] == '\0' &&
	       tcs_clock_boot_ms() < until_ms)
		tcs_loop_once(loop);
	if (err == TCS_OK && !oauth->is_ready)
		err = tcs_diag_add(diag, TCS_EUNAVAIL, NULL, 0, "kafka: %s",
		    oauth->reason[0] == '\0' ? "librdkafka asks for no token"
		                             : oauth->reason);
	tcs_kafka_oauth_close(&oauth);
	tcs_loop_free(&loop);
	return err;
}
