#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/json.h"
#include "dispatcher/channel.h"
#include "tests/support/channelrun.h"
#include "tests/support/httpd.h"
#include "tests/support/tmpdir.h"

extern const struct tcs_channel_ops tcs_channel_webhook;

static const char secret_bytes[] = "0123456789abcdefghijklmn";
static const char secret_text[] = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u\n";

struct world {
	struct channelrun run;
	struct httpd *httpd;
	char *dir;
	char secret_file[256];
	struct channelrun_try try;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	channelrun_init(&w->run);
	w->httpd = httpd_new(w->run.loop);
	w->dir = tmpdir_make();
	tmpdir_write(w->dir, "secret", tcs_slice_str(secret_text));
	(void)snprintf(
	    w->secret_file, sizeof(w->secret_file), "%s/secret", w->dir);
	channelrun_try_init(
	    &w->try, &w->run, httpd_url(w->httpd, "127.0.0.1", "/hook"));
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	channelrun_try_fini(&w->try);
	httpd_free(w->httpd);
	channelrun_fini(&w->run);
	tmpdir_remove(&w->dir);
	free(w);
	return 0;
}

static void
world_open(struct world *w, const char *format)
{
	const char *options[] = {
	    "secret_file", w->secret_file, "format", format, NULL};

	channelrun_open(&w->run, &tcs_channel_webhook, options);
}

static void
world_answer(struct world *w, const char *status, const char *headers)
{
	httpd_reply(w->httpd, "/hook", status, headers, tcs_slice("", 0));
}

/* Value of a header of the last request; the test frees it. */
static char *
world_header(struct world *w, const char *name)
{
	char start[64];

	(void)snprintf(start, sizeof(start), "\r\n%s: ", name);
	const char *at = strstr(httpd_last(w->httpd), start);
	if (at == NULL) {
		print_error("no header %s\n", name);
		return strdup("");
	}
	at += strlen(start);
	return tcs_slice_dup(tcs_slice(at, strcspn(at, "\r")));
}

static const char *
world_body(struct world *w)
{
	return strstr(httpd_last(w->httpd), "\r\n\r\n") + 4;
}

static void
a_post_that_is_taken_is_accepted(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	world_answer(w, "204 No Content", "");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	assert_int_equal(w->try.asked, 1);
	assert_int_equal(httpd_requests(w->httpd), 1);
	assert_true(tcs_slice_starts(
	    tcs_slice_str(httpd_last(w->httpd)), "POST /hook HTTP/1.1\r\n"));
	char *type = world_header(w, "Content-Type");
	assert_string_equal(type, "application/cap+xml");
	free(type);
	assert_string_equal(world_body(w), "<alert>Évacuation</alert>");
}

static void
the_signature_covers_id_time_and_body(void **state)
{
	struct world *w = *state;
	struct tcs_buf bytes;
	char wanted[48] = "v1,";

	world_open(w, "cap");
	world_answer(w, "200 OK", "");
	tcs_clock_hold(1000); /* a realm's own time does not matter here */
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	tcs_clock_release();

	char *id = world_header(w, "webhook-id");
	char *at = world_header(w, "webhook-timestamp");
	char *signature = world_header(w, "webhook-signature");
	assert_string_equal(id, "00112233445566aa");
	assert_in_range(strtoull(at, NULL, 10),
	    (uint64_t)tcs_clock_wall_ms() / 1000 - 10,
	    (uint64_t)tcs_clock_wall_ms() / 1000);
	tcs_buf_init(&bytes, 1 << 16);
	tcs_buf_printf(&bytes, "%s.%s.%s", id, at, world_body(w));
	tcs_hmac_base64(
	    tcs_slice_str(secret_bytes), tcs_buf_view(&bytes), wanted + 3);
	assert_string_equal(signature, wanted);
	tcs_buf_fini(&bytes);
	free(id);
	free(at);
	free(signature);
}

static void
json_has_the_text_and_the_cap_document(void **state)
{
	struct world *w = *state;
	json_t *body = NULL;

	world_open(w, "json");
	world_answer(w, "200 OK", "");
	w->try.attempt.thread_key = "ffeeddccbbaa9988";
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_ACCEPTED);
	char *type = world_header(w, "Content-Type");
	assert_string_equal(type, "application/json");
	free(type);
	assert_int_equal(
	    tcs_json_parse(tcs_slice_str(world_body(w)), &body, NULL, NULL),
	    TCS_OK);
	assert_int_equal(tcs_json_i64(body, "v", 0), 1);
	assert_string_equal(tcs_json_str(body, "key", ""), w->try.attempt.key);
	assert_string_equal(
	    tcs_json_str(body, "alert", ""), w->try.attempt.alert);
	assert_string_equal(
	    tcs_json_str(body, "trace", ""), w->try.attempt.trace);
	assert_string_equal(
	    tcs_json_str(body, "thread_key", ""), "ffeeddccbbaa9988");
	assert_string_equal(
	    tcs_json_str(body, "sent", ""), "2026-11-23T17:00:00+01:00");
	assert_string_equal(
	    tcs_json_str(body, "subject", ""), w->try.attempt.subject);
	assert_string_equal(
	    tcs_json_str(body, "text", ""), w->try.attempt.text);
	assert_string_equal(
	    tcs_json_str(body, "cap", ""), "<alert>Évacuation</alert>");
	json_decref(body);
}

static void
each_status_has_its_verdict(void **state)
{
	static const struct {
		const char *status;
		enum tcs_verdict verdict;
	} cases[] = {
	    {"200 OK", TCS_VERDICT_ACCEPTED},
	    {"202 Accepted", TCS_VERDICT_ACCEPTED},
	    {"301 Moved", TCS_VERDICT_REFUSED},
	    {"307 Temporary", TCS_VERDICT_REFUSED},
	    {"400 Bad", TCS_VERDICT_REFUSED},
	    {"401 Unauthorized", TCS_VERDICT_REFUSED},
	    {"404 Not Found", TCS_VERDICT_REFUSED},
	    {"408 Timeout", TCS_VERDICT_LATER},
	    {"410 Gone", TCS_VERDICT_REFUSED},
	    {"425 Too Early", TCS_VERDICT_LATER},
	    {"429 Too Many", TCS_VERDICT_LATER},
	    {"500 Internal", TCS_VERDICT_LATER},
	    {"503 Unavailable", TCS_VERDICT_LATER},
	};
	struct world *w = *state;

	world_open(w, "cap");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct channelrun_try one;
		channelrun_try_init(&one, &w->run, w->try.attempt.target);
		world_answer(w, cases[i].status,
		    "Location: http://127.0.0.1:1/elsewhere\r\n");
		if (channelrun_attempt(&one) != cases[i].verdict)
			fail_msg("%s: %d", cases[i].status, (int)one.verdict);
		assert_non_null(strstr(channelrun_reason(&one), "answered"));
		channelrun_try_fini(&one);
	}
	/* No redirect was followed. */
	assert_int_equal(
	    httpd_requests(w->httpd), sizeof(cases) / sizeof(cases[0]));
}

static void
the_receiver_says_when_to_come_back(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	world_answer(w, "429 Too Many", "Retry-After: 7\r\n");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.retry_after_ms, 7000);
}

static void
a_receiver_that_is_not_there_means_later(void **state)
{
	struct world *w = *state;
	struct httpd *gone = httpd_new(w->run.loop);
	char url[64];

	(void)snprintf(
	    url, sizeof(url), "http://127.0.0.1:%u/hook", httpd_port(gone));
	httpd_free(gone);
	world_open(w, "cap");
	w->try.attempt.target = url;
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.asked, 0);
	assert_null(strstr(channelrun_reason(&w->try), "127.0.0.1"));
	assert_non_null(strstr(channelrun_reason(&w->try), "(address)"));
}

static void
a_cut_after_the_request_is_unknown(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	httpd_raw(w->httpd, "/hook", tcs_slice("", 0));
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_UNKNOWN);
	assert_int_equal(httpd_requests(w->httpd), 1);
}

static void
a_receiver_that_never_answers_is_unknown(void **state)
{
	const char *options[] = {"secret_file", NULL, "timeout", "1 s", NULL};
	struct world *w = *state;

	options[1] = w->secret_file;
	channelrun_open(&w->run, &tcs_channel_webhook, options);
	httpd_hang(w->httpd, "/hook");
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_UNKNOWN);
}

static void
who_may_not_send_any_more_sends_no_byte(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	world_answer(w, "200 OK", "");
	w->try.may_commit = false;
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.asked, 1);
	assert_int_equal(httpd_requests(w->httpd), 0);
}

static void
given_up_before_the_request_is_later(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	channelrun_send(&w->try);
	channelrun_cancel(&w->try);
	channelrun_cancel(&w->try);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_LATER);
	assert_int_equal(w->try.asked, 0);
}

static void
given_up_after_the_request_is_unknown(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	httpd_hang(w->httpd, "/hook");
	channelrun_send(&w->try);
	while (httpd_requests(w->httpd) == 0)
		tcs_loop_once(w->run.loop);
	channelrun_cancel(&w->try);
	assert_int_equal(channelrun_wait(&w->try), TCS_VERDICT_UNKNOWN);
}

static void
a_target_that_is_not_allowed_is_refused(void **state)
{
	struct world *w = *state;

	world_open(w, "cap");
	w->try.attempt.target = "http://hooks.mairie.example/";
	assert_int_equal(channelrun_attempt(&w->try), TCS_VERDICT_REFUSED);
	assert_int_equal(w->try.asked, 0);
	assert_non_null(w->run.ops->check_target(w->try.attempt.target));
	assert_null(w->run.ops->check_target("https://hooks.mairie.example/"));
}

static void
wrong_options_are_refused_with_what_to_write(void **state)
{
	static const struct {
		const char *secret, *format, *says;
	} cases[] = {
	    {secret_text, "xml", "format"},
	    {"", "cap", "whsec_"},
	    {"MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u", "cap", "whsec_"},
	    {"whsec_", "cap", "whsec_"},
	    {"whsec_!!!!", "cap", "whsec_"},
	    {"whsec_dHJvcCBjb3VydA==", "cap", "whsec_"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *options[] = {"secret_file", w->secret_file,
		    "format", cases[i].format, NULL};
		struct tcs_diag diag = {0};
		tmpdir_write(w->dir, "secret", tcs_slice_str(cases[i].secret));
		if (!channelrun_refuses(
		        &w->run, &tcs_channel_webhook, options, &diag))
			fail_msg("case %zu was taken", i);
		assert_non_null(strstr(tcs_diag_text(&diag), cases[i].says));
		/* The finding does not print the secret. */
		assert_null(strstr(tcs_diag_text(&diag), "MDEy"));
		tcs_diag_fini(&diag);
	}
}

#define HOOK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    HOOK_TEST(a_post_that_is_taken_is_accepted),
	    HOOK_TEST(the_signature_covers_id_time_and_body),
	    HOOK_TEST(json_has_the_text_and_the_cap_document),
	    HOOK_TEST(each_status_has_its_verdict),
	    HOOK_TEST(the_receiver_says_when_to_come_back),
	    HOOK_TEST(a_receiver_that_is_not_there_means_later),
	    HOOK_TEST(a_cut_after_the_request_is_unknown),
	    HOOK_TEST(a_receiver_that_never_answers_is_unknown),
	    HOOK_TEST(who_may_not_send_any_more_sends_no_byte),
	    HOOK_TEST(given_up_before_the_request_is_later),
	    HOOK_TEST(given_up_after_the_request_is_unknown),
	    HOOK_TEST(a_target_that_is_not_allowed_is_refused),
	    HOOK_TEST(wrong_options_are_refused_with_what_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
