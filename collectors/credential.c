#include "collectors/credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/hosts.h"
#include "config/conf.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"

enum { CREDENTIAL_MAX = 4096, CREDENTIAL_TOKEN_TIMEOUT_MS = 20000 };

/* A token is renewed that long before its end. */
#define CREDENTIAL_EARLY_MS TCS_MINUTES(1)

struct tcs_credential {
	const struct tcs_conf_feed *conf; /* borrowed */
	const char *key_header;
	char *key;    /* of key_file, or NULL */
	char *client; /* "Basic <id>", or NULL */
	char *bearer; /* "Bearer <token>", or NULL */
	int64_t until_ms;
	bool is_renewed; /* in this poll */
	struct tcs_http_header header;
};

/* One line that may stand in a header; blanks around it go, for a key that was
 * pasted with its line end. */
static enum tcs_err
credential_read(const char *path, const char *before, char **ret_text,
    struct tcs_diag *diag)
{
	struct tcs_buf buf;
	char *text = NULL;

	tcs_buf_init(&buf, CREDENTIAL_MAX);
	enum tcs_err err = tcs_file_read(path, &buf, diag);
	struct tcs_slice line = tcs_slice_trim(tcs_buf_view(&buf));
	for (size_t i = 0; err == TCS_OK && i < line.n; i++) {
		if (line.p[i] <= ' ' || line.p[i] > '~')
			err = tcs_diag_add(diag, TCS_ECONFIG, path, 0,
			    "not a key: one line of letters and signs without "
			    "blanks is expected");
	}
	if (err == TCS_OK && line.n == 0)
		err = tcs_diag_add(
		    diag, TCS_ECONFIG, path, 0, "not a key: the file is empty");
	if (err == TCS_OK &&
	    asprintf(&text, "%s%.*s", before, TCS_SLICE_ARG(line)) < 0)
		err = TCS_ENOMEM;
	if (err == TCS_OK) {
		free(*ret_text);
		*ret_text = text;
	}
	tcs_buf_fini(&buf);
	return err;
}

static enum tcs_err
credential_load(struct tcs_credential *c, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	if (c->conf->key_file != NULL)
		err = credential_read(c->conf->key_file, "", &c->key, diag);
	if (err == TCS_OK && c->conf->client_file != NULL)
		err = credential_read(
		    c->conf->client_file, "Basic ", &c->client, diag);
	return err;
}

/* Everybody on the way could read it. NULL is the driver's own. */
static bool
credential_is_open(const char *url)
{
	return url != NULL && strncasecmp(url, "https:", 6) != 0 &&
	       !tcs_hosts_is_loopback(tcs_host_of(url));
}

static enum tcs_err
credential_check(const struct tcs_conf_feed *conf, const char *key_header,
    struct tcs_diag *diag)
{
	const char *why = NULL;

	if ((conf->token_url == NULL) != (conf->client_file == NULL))
		why = "token_url and client_file go together";
	else if (conf->key_file != NULL && conf->token_url != NULL)
		why = "write key_file, or token_url and client_file, not both";
	else if (conf->key_file != NULL && credential_is_open(conf->url))
		why = "a key goes over https alone: url is http";
	else if (credential_is_open(conf->token_url))
		why = "the application's id goes over https alone: token_url "
		      "is http";
	else if (conf->key_file != NULL && key_header == NULL)
		why = "this driver's source asks for no key: key_file is of no "
		      "use";
	if (why == NULL)
		return TCS_OK;
	return tcs_diag_add(diag, TCS_ECONFIG, NULL, conf->line, "feed %s: %s",
	    conf->name, why);
}

enum tcs_err
tcs_credential_open(const struct tcs_conf_feed *conf, const char *key_header,
    struct tcs_credential **ret, struct tcs_diag *diag)
{
	enum tcs_err err = credential_check(conf, key_header, diag);

	if (err != TCS_OK)
		return err;
	if (conf->key_file == NULL && conf->token_url == NULL) {
		*ret = NULL;
		return TCS_OK;
	}
	struct tcs_credential *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return TCS_ENOMEM;
	c->conf = conf;
	c->key_header = key_header;
	err = credential_load(c, diag);
	if (err != TCS_OK)
		tcs_credential_free(&c);
	else
		*ret = c;
	return err;
}

static void
credential_forget(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void
tcs_credential_free(struct tcs_credential **credential)
{
	if (credential == NULL || *credential == NULL)
		return;
	credential_forget(&(*credential)->key);
	credential_forget(&(*credential)->client);
	credential_forget(&(*credential)->bearer);
	free(*credential);
	*credential = NULL;
}

/* ---- tokens ---- */

bool
tcs_credential_needs_token(
    const struct tcs_credential *credential, int64_t now_ms)
{
	return credential != NULL && credential->client != NULL &&
	       (credential->bearer == NULL ||
	           now_ms > credential->until_ms - CREDENTIAL_EARLY_MS);
}

void
tcs_credential_token_request(
    struct tcs_credential *credential, struct tcs_http_request *request)
{
	credential->header = (struct tcs_http_header){
	    .name = "Authorization", .value = credential->client};
	*request = (struct tcs_http_request){.url = credential->conf->token_url,
	    .method = "POST",
	    .body = tcs_slice_str("grant_type=client_credentials"),
	    .headers = &credential->header,
	    .headers_n = 1,
	    .body_max = 65536,
	    .timeout_ms = CREDENTIAL_TOKEN_TIMEOUT_MS};
}

static enum tcs_err
credential_take(struct tcs_credential *c, const json_t *json, int64_t now_ms,
    struct tcs_diag *diag)
{
	const char *token = tcs_json_str(json, "access_token", NULL);
	int64_t lasts_s = tcs_json_i64(json, "expires_in", 3600);
	char *bearer = NULL;

	if (token == NULL || token[0] == '\0' ||
	    strlen(token) > CREDENTIAL_MAX || strpbrk(token, " \r\n\t") != NULL)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "the token service answers without a usable "
		    "\"access_token\"");
	if (lasts_s < 60 || lasts_s > 86400)
		lasts_s = 3600;
	if (asprintf(&bearer, "Bearer %s", token) < 0)
		return TCS_ENOMEM;
	credential_forget(&c->bearer);
	c->bearer = bearer;
	c->until_ms = now_ms + 1000 * lasts_s;
	return TCS_OK;
}

enum tcs_err
tcs_credential_token_answer(struct tcs_credential *credential, long status,
    struct tcs_slice body, int64_t now_ms, struct tcs_diag *diag)
{
	json_t *json = NULL;

	if (status != 200)
		return tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "the token service answers HTTP %ld%s", status,
		    status == 401 || status == 400
		        ? ": is client_file the application's id?"
		        : "");
	enum tcs_err err = tcs_json_parse(body, &json, NULL, NULL);
	if (err == TCS_OK)
		err = credential_take(credential, json, now_ms, diag);
	else
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "the token service answers something that is not JSON");
	json_decref(json);
	return err;
}

/* ---- requests ---- */

bool
tcs_credential_header(
    const struct tcs_credential *credential, struct tcs_http_header *ret)
{
	if (credential == NULL)
		return false;
	if (credential->key != NULL) {
		*ret = (struct tcs_http_header){
		    .name = credential->key_header, .value = credential->key};
		return true;
	}
	if (credential->bearer == NULL)
		return false;
	*ret = (struct tcs_http_header){
	    .name = "Authorization", .value = credential->bearer};
	return true;
}

bool
tcs_credential_refused(struct tcs_credential *credential)
{
	if (credential == NULL || credential->is_renewed)
		return false;
	credential->is_renewed = true;
	if (credential->client != NULL) {
		credential_forget(&credential->bearer);
		return true;
	}
	char *before = strdup(credential->key);
	bool is_other = before != NULL &&
	                credential_load(credential, NULL) == TCS_OK &&
	                strcmp(before, credential->key) != 0;
	credential_forget(&before);
	return is_other;
}

void
tcs_credential_begin(struct tcs_credential *credential)
{
	if (credential != NULL)
		credential->is_renewed = false;
}
