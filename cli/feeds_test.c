/* feeds_test.c - `tocsin feeds test`: ask a source once, and say what of its
 * answer was understood. Nothing is kept, published or sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/feeds.h"
#include "collectors/credential.h"
#include "collectors/driver.h"
#include "collectors/gather.h"
#include "collectors/hosts.h"
#include "collectors/letters.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/loop.h"

enum { TEST_OUTPUT_MAX = 64 << 20, TEST_BODY_MAX = 64000000 };

/* One test. */
struct test {
	struct tcs_feeds_driver driver;
	struct tcs_conf_feed feed; /* of a URL that no feed names */
	struct tcs_loop *loop;
	struct tcs_http *http;
	struct tcs_hosts *hosts;
	struct tcs_credential *credential;
	struct tcs_gather *gather;
	struct tcs_letters *letters;    /* of a mailbox, in place of it */
	const struct tcs_gathered *got; /* lives as long as these */
};

static void
test_gathered(void *arg, const struct tcs_gathered *got)
{
	struct test *t = arg;

	t->got = got;
	tcs_loop_stop(t->loop);
}

static void
test_mailed(void *arg, const struct tcs_gathered *got, const char *cursor,
    bool has_more)
{
	(void)cursor;
	(void)has_more;
	test_gathered(arg, got);
}

static void
test_news(void *arg)
{
	(void)arg;
}

/* What came lately, as a mailbox that is new to us is read. */
static enum tcs_err
test_mail(struct test *t, struct tcs_diag *diag)
{
	t->loop = tcs_loop_new();
	if (t->loop == NULL)
		return TCS_ENOMEM;
	const struct tcs_conf_feed *feed =
	    t->driver.feed != NULL ? t->driver.feed : &t->feed;
	enum tcs_err err = tcs_letters_new(
	    t->loop, t->driver.ops, feed, test_news, t, &t->letters, diag);
	if (err == TCS_OK)
		err = tcs_letters_poll(t->letters, NULL, test_mailed);
	if (err == TCS_OK)
		tcs_loop_run(t->loop);
	return err;
}

static const char *
test_url(const struct test *t)
{
	const struct tcs_conf_feed *feed = t->driver.feed;

	return feed != NULL && feed->url != NULL ? feed->url
	                                         : t->driver.ops->url;
}

static enum tcs_err
test_fetch(struct test *t, const char *url, struct tcs_diag *diag)
{
	const struct tcs_conf_feed *feed =
	    t->driver.feed != NULL ? t->driver.feed : &t->feed;
	const struct tcs_http_options options = {
	    .proxy = feed->proxy, .ca_file = feed->ca_file};

	t->loop = tcs_loop_new();
	t->hosts = tcs_hosts_new();
	t->http = t->loop == NULL ? NULL : tcs_http_new(t->loop, &options);
	if (t->http == NULL || t->hosts == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_credential_open(
	    feed, t->driver.ops->key_header, &t->credential, diag);
	if (err != TCS_OK)
		return err;
	const struct tcs_gather_conf conf = {.loop = t->loop,
	    .http = t->http,
	    .hosts = t->hosts,
	    .credential = t->credential,
	    .ops = t->driver.ops,
	    .feed = feed,
	    .url = url};
	t->gather = tcs_gather_start(&conf, NULL, test_gathered, t);
	if (t->gather == NULL)
		return TCS_ENOMEM;
	tcs_loop_run(t->loop);
	return TCS_OK;
}

static void
test_print_bodies(const struct test *t)
{
	for (size_t i = 0; i < t->got->n; i++) {
		const struct tcs_fetch *fetch = &t->got->items[i];
		if (t->letters != NULL) {
			printf("mail  %zu bytes\n", fetch->body.n);
			continue;
		}
		printf("HTTP %ld  %zu bytes  %s  %s\n", fetch->status,
		    fetch->body.n,
		    fetch->content_type == NULL ? "?" : fetch->content_type,
		    fetch->url);
	}
	if (t->got->reason[0] != '\0')
		printf("%s: %s\n",
		    t->got->is_fallback ? "by the other way, for the ordinary "
		                          "one failed"
		                        : "in part",
		    t->got->reason);
}

static enum tcs_err
test_read_by(const struct test *t, const struct tcs_feed_ops *ops, void *st,
    struct tcs_diag *why)
{
	const struct tcs_answers answers = {
	    .items = t->got->items, .n = t->got->n};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal = TCS_REFUSAL_NONE;
	struct tcs_compare_out out = {.comparison = TCS_COMPARE_TAKEN};
	struct tcs_buf buf;
	enum tcs_err err =
	    tcs_readings_read(ops, st, &answers, &readings, &refusal, why);

	if (err != TCS_OK)
		return err;
	tcs_buf_init(&buf, TEST_OUTPUT_MAX);
	tcs_feed_printer *print = tcs_feed_printer_find("readings");
	err = print(ops->name, readings, &out, &buf, why);
	if (err == TCS_OK && buf.n > 0)
		fputs(buf.p, stdout);
	tcs_buf_fini(&buf);
	tcs_readings_free(&readings);
	return err;
}

/* The drivers of which none was named, in turn: who understands it? */
static enum tcs_err
test_guess(const struct test *t)
{
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++) {
		const struct tcs_feed_ops *ops = tcs_feed_registry[i];
		struct tcs_diag why = {0};
		void *st = NULL;
		enum tcs_err err = ops->parse == NULL ? TCS_EPARSE
		                                      : tcs_driver_open(ops,
		                                            NULL, 0, &st, &why);
		if (err == TCS_OK)
			err = test_read_by(t, ops, st, &why);
		if (err != TCS_OK && ops->parse != NULL)
			printf("%s: not understood: %s\n", ops->name,
			    tcs_diag_text(&why));
		tcs_driver_close(ops, &st);
		tcs_diag_fini(&why);
		if (err == TCS_OK)
			return TCS_OK;
	}
	return TCS_EPARSE;
}

static enum tcs_err
test_say(struct test *t, bool is_guess, struct tcs_diag *diag)
{
	struct tcs_diag why = {0};

	if (t->got->outcome == TCS_GATHER_FAILED)
		return tcs_diag_add(diag, TCS_EIO, NULL, 0, "no answer: %s%s",
		    t->got->reason,
		    t->got->is_limited ? " (access refused or limited)" : "");
	test_print_bodies(t);
	if (t->got->n == 0) {
		printf("nothing new\n");
		return TCS_OK;
	}
	enum tcs_err err =
	    is_guess ? test_guess(t)
	             : test_read_by(t, t->driver.ops, t->driver.st, &why);
	if (err == TCS_EPARSE)
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "not understood%s%s", why.n > 0 ? ": " : " by any driver",
		    why.n > 0 ? tcs_diag_text(&why) : "");
	tcs_diag_fini(&why);
	return err;
}

static void
test_close(struct test *t)
{
	tcs_gather_free(&t->gather);
	tcs_letters_free(&t->letters);
	tcs_credential_free(&t->credential);
	tcs_http_free(&t->http);
	tcs_hosts_free(&t->hosts);
	tcs_loop_free(&t->loop);
	tcs_feeds_close(&t->driver);
}

static bool
test_is_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 ||
	       strncmp(text, "https://", 8) == 0;
}

static enum tcs_err
test_no_url(const struct test *t, const char *what, struct tcs_diag *diag)
{
	if (t->driver.feed != NULL)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "%s asks nobody: it has %s", what, t->driver.ops->about);
	return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
	    "%s has no URL of its own: name a feed of tocsin.conf or a URL",
	    what);
}

int
tcs_feeds_test(const struct tcs_feeds_call *given)
{
	struct tcs_feeds_call mine = *given;
	const struct tcs_feeds_call *call = &mine;
	static const struct tcs_feed_ops any = {.name = "any"};
	const char *what = call->args->operands[1];
	struct test t = {
	    .feed = {.body_max = TEST_BODY_MAX, .timeout_ms = TCS_SECONDS(30)}};
	bool is_url = call->args->operands_n == 2 && test_is_url(what);
	struct tcs_diag diag = {0};
	enum tcs_err err = TCS_OK;

	mine.prefers_feed = true;
	if (call->args->operands_n != 2)
		return tcs_feeds_wrong(
		    "cannot do", "test", "feeds test NAME|DRIVER|URL");
	if (is_url)
		t.driver.ops = &any;
	else
		err = tcs_feeds_open(call, what, &t.driver, &diag);
	if (err == TCS_ENOTFOUND) {
		tcs_args_print(&diag);
		tcs_diag_fini(&diag);
		test_close(&t);
		return tcs_feeds_wrong("no feed and no driver", what,
		    "a feed of tocsin.conf, one of tocsin feeds drivers, or a "
		    "URL");
	}
	t.feed.state = t.driver.st;
	const char *url = is_url ? what : test_url(&t);
	bool is_mail = t.driver.feed != NULL && t.driver.ops->mail != NULL;
	if (err == TCS_OK && !is_mail && url == NULL &&
	    t.driver.ops->ask == NULL)
		err = test_no_url(&t, what, &diag);
	if (err == TCS_OK)
		err =
		    is_mail ? test_mail(&t, &diag) : test_fetch(&t, url, &diag);
	if (err == TCS_OK)
		err = test_say(&t, is_url, &diag);
	if (is_url)
		t.driver.ops = NULL;
	test_close(&t);
	return tcs_cli_report(err, &diag);
}
