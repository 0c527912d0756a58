#include "tests/support/gatherkit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/check.h"

enum { TURNS_MAX = 20000 };

int
gatherkit_setup(void **state)
{
	struct gatherkit *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->loop = tcs_loop_new();
	w->http = tcs_http_new(w->loop, NULL);
	w->httpd = httpd_new(w->loop);
	w->hosts = tcs_hosts_new();
	(void)snprintf(
	    w->folder, sizeof(w->folder), "%s", "/tmp/tocsin-gather-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	assert_true(asprintf(&w->key_path, "%s/key", w->folder) > 0);
	w->url = strdup(httpd_url(w->httpd, "127.0.0.1", "/index"));
	w->token_url = strdup(httpd_url(w->httpd, "127.0.0.1", "/token"));
	w->feed = (struct tcs_conf_feed){.body_max = 100000,
	    .timeout_ms = 5000,
	    .interval_ms = 1000,
	    .state = w};
	w->conf = (struct tcs_gather_conf){.loop = w->loop,
	    .http = w->http,
	    .hosts = w->hosts,
	    .ops = &w->ops,
	    .feed = &w->feed,
	    .url = w->url};
	*state = w;
	return 0;
}

int
gatherkit_teardown(void **state)
{
	struct gatherkit *w = *state;

	tcs_gather_free(&w->gather);
	tcs_credential_free(&w->credential);
	tcs_hosts_free(&w->hosts);
	tcs_http_free(&w->http);
	httpd_free(w->httpd);
	tcs_loop_free(&w->loop);
	(void)unlink(w->key_path);
	(void)rmdir(w->folder);
	free(w->key_path);
	free(w->url);
	free(w->token_url);
	free(w);
	return 0;
}

static void
gathered(void *arg, const struct tcs_gathered *got)
{
	struct gatherkit *w = arg;

	w->answers++;
	w->got = *got;
	(void)snprintf(w->reason, sizeof(w->reason), "%s", got->reason);
	(void)snprintf(w->cause, sizeof(w->cause), "%s", got->cause);
	tcs_loop_stop(w->loop);
}

void
gatherkit_poll(struct gatherkit *w)
{
	w->answers = 0;
	w->gather = tcs_gather_start(&w->conf, w->gather, gathered, w);
	assert_non_null(w->gather);
	for (int i = 0; i < TURNS_MAX && w->answers == 0; i++)
		tcs_loop_once(w->loop);
	assert_int_equal(w->answers, 1);
}

void
gatherkit_reply(struct gatherkit *w, const char *path, const char *body)
{
	httpd_reply(w->httpd, path, "200 OK", "", tcs_slice_str(body));
}
