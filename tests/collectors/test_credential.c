/* Keys and tokens of sources: read, sent, refused. */
#include <stdio.h>

#include "core/clock.h"
#include "tests/support/check.h"
#include "tests/support/gatherkit.h"

static void
write_key(struct gatherkit *w, const char *key)
{
	FILE *file = fopen(w->key_path, "w");

	assert_non_null(file);
	assert_true(fputs(key, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
open_credential(struct gatherkit *w)
{
	struct tcs_diag diag = {0};

	w->ops.key_header = "apikey";
	if (tcs_credential_open(
	        &w->feed, w->ops.key_header, &w->credential, &diag) != TCS_OK)
		fail_msg("%s", tcs_diag_text(&diag));
	w->conf.credential = w->credential;
}

static void
a_key_stands_in_the_request_without_its_line_end(void **state)
{
	struct gatherkit *w = *state;

	write_key(w, "  k1-abc\r\n");
	w->feed.key_file = w->key_path;
	open_credential(w);
	gatherkit_reply(w, "/index", "x");
	gatherkit_poll(w);
	assert_non_null(strstr(httpd_last(w->httpd), "apikey: k1-abc\r\n"));
	/* A key that was changed since is read anew when it is refused. */
	write_key(w, "k2\n");
	httpd_reply(w->httpd, "/index", "401 No", "", tcs_slice_str(""));
	size_t before = httpd_requests(w->httpd);
	gatherkit_poll(w);
	assert_int_equal(httpd_requests(w->httpd), before + 2);
	assert_non_null(strstr(httpd_last(w->httpd), "apikey: k2\r\n"));
	assert_true(w->got.is_limited);
}

static void
a_file_that_is_no_key_is_refused(void **state)
{
	static const char *const keys[] = {"", "\n", "two words", "a\nb", "é"};
	struct gatherkit *w = *state;

	w->feed.key_file = w->key_path;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct tcs_diag diag = {0};
		write_key(w, keys[i]);
		assert_int_equal(tcs_credential_open(
		                     &w->feed, "apikey", &w->credential, &diag),
		    TCS_ECONFIG);
		assert_non_null(strstr(tcs_diag_text(&diag), "not a key"));
		assert_null(strstr(tcs_diag_text(&diag), "two words"));
		tcs_diag_fini(&diag);
	}
}

static void
a_token_is_asked_for_once_and_again_when_it_is_refused(void **state)
{
	struct gatherkit *w = *state;

	write_key(w, "YXBwbGljYXRpb24=\n");
	w->feed.client_file = w->key_path;
	w->feed.token_url = w->token_url;
	open_credential(w);
	gatherkit_reply(
	    w, "/token", "{\"access_token\":\"t1\",\"expires_in\":3600}");
	gatherkit_reply(w, "/index", "x");
	gatherkit_poll(w);
	assert_non_null(
	    strstr(httpd_last(w->httpd), "Authorization: Bearer t1\r\n"));
	assert_int_equal(httpd_requests(w->httpd), 2);
	gatherkit_poll(w);
	assert_int_equal(httpd_requests(w->httpd), 3);
	/* Refused: one other token, then the source's word holds. */
	gatherkit_reply(
	    w, "/token", "{\"access_token\":\"t2\",\"expires_in\":3600}");
	httpd_reply(w->httpd, "/index", "401 No", "", tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(httpd_requests(w->httpd), 6);
	assert_non_null(
	    strstr(httpd_last(w->httpd), "Authorization: Bearer t2\r\n"));
	assert_true(w->got.is_limited);
	/* Neither token nor application's id is in what is said. */
	assert_null(strstr(w->reason, "t2"));
}

static void
a_token_service_that_fails_refuses_nobody(void **state)
{
	struct gatherkit *w = *state;

	write_key(w, "YXBwbGljYXRpb24=");
	w->feed.client_file = w->key_path;
	w->feed.token_url = w->token_url;
	open_credential(w);
	httpd_reply(w->httpd, "/token", "503 No", "Retry-After: 80\r\n",
	    tcs_slice_str(""));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_false(w->got.is_limited);
	assert_int_equal(w->got.retry_after_ms, 80000);
}

static void
a_key_or_an_id_goes_over_https_or_nowhere(void **state)
{
	struct gatherkit *w = *state;
	struct tcs_diag diag = {0};
	char far_url[] = "http://api.example/v1";

	write_key(w, "k1");
	w->feed.key_file = w->key_path;
	w->feed.url = far_url;
	assert_int_equal(
	    tcs_credential_open(&w->feed, "apikey", &w->credential, &diag),
	    TCS_ECONFIG);
	assert_non_null(strstr(tcs_diag_text(&diag), "https"));
	tcs_diag_fini(&diag);
	w->feed.url = w->url;
	w->feed.key_file = NULL;
	w->feed.client_file = w->key_path;
	w->feed.token_url = far_url;
	assert_int_equal(
	    tcs_credential_open(&w->feed, "apikey", &w->credential, &diag),
	    TCS_ECONFIG);
	tcs_diag_fini(&diag);
	assert_false(
	    tcs_hosts_is_loopback(tcs_slice_str("127.0.0.1.source.example")));
	assert_false(tcs_hosts_is_loopback(tcs_slice_str("127.example:80")));
	assert_true(tcs_hosts_is_loopback(tcs_slice_str("127.0.0.1:80")));
	assert_true(tcs_hosts_is_loopback(tcs_slice_str("127.8.1.2")));
}

static void
a_token_service_that_refuses_is_said(void **state)
{
	struct gatherkit *w = *state;

	write_key(w, "YXBwbGljYXRpb24=");
	w->feed.client_file = w->key_path;
	w->feed.token_url = w->token_url;
	open_credential(w);
	httpd_reply(w->httpd, "/token", "401 No", "", tcs_slice_str("{}"));
	gatherkit_poll(w);
	assert_int_equal(w->got.outcome, TCS_GATHER_FAILED);
	assert_true(w->got.is_limited);
	assert_non_null(strstr(w->reason, "token service answers HTTP 401"));
	gatherkit_reply(w, "/token", "<html>");
	gatherkit_poll(w);
	assert_non_null(strstr(w->reason, "not JSON"));
	gatherkit_reply(w, "/token", "{\"access_token\":\"with blank\"}");
	gatherkit_poll(w);
	assert_non_null(strstr(w->reason, "access_token"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    GATHERKIT_TEST(a_key_stands_in_the_request_without_its_line_end),
	    GATHERKIT_TEST(a_file_that_is_no_key_is_refused),
	    GATHERKIT_TEST(
	        a_token_is_asked_for_once_and_again_when_it_is_refused),
	    GATHERKIT_TEST(a_token_service_that_fails_refuses_nobody),
	    GATHERKIT_TEST(a_key_or_an_id_goes_over_https_or_nowhere),
	    GATHERKIT_TEST(a_token_service_that_refuses_is_said),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
