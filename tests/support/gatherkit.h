/* gatherkit.h - a server, and what gathers from it, for tests. */
#ifndef TOCSIN_TESTS_SUPPORT_GATHERKIT_H
#define TOCSIN_TESTS_SUPPORT_GATHERKIT_H

#include <stdbool.h>

#include "collectors/credential.h"
#include "collectors/gather.h"
#include "collectors/hosts.h"
#include "config/conf.h"
#include "core/http.h"
#include "core/loop.h"
#include "tests/support/httpd.h"

/* What the driver of these tests asks, and what came of it. */
struct gatherkit {
	struct tcs_loop *loop;
	struct tcs_http *http;
	struct httpd *httpd;
	struct tcs_hosts *hosts;
	struct tcs_credential *credential;
	struct tcs_conf_feed feed;
	struct tcs_feed_ops ops;
	struct tcs_gather_conf conf;
	struct tcs_gather *gather;
	char folder[32];
	char *key_path, *url, *token_url;
	bool is_fixed, is_asked;
	unsigned answers;
	struct tcs_gathered got; /* its bodies live as long as `gather` */
	char reason[400], cause[200];
};

/* Of each test: its kit is *state. */
int gatherkit_setup(void **state);
int gatherkit_teardown(void **state);
#define GATHERKIT_TEST(name)                                                   \
	cmocka_unit_test_setup_teardown(                                       \
	    name, gatherkit_setup, gatherkit_teardown)

/* One poll, until it has answered. */
void gatherkit_poll(struct gatherkit *w);
/* What `path` answers from now on: 200, and that body. */
void gatherkit_reply(struct gatherkit *w, const char *path, const char *body);

#endif
