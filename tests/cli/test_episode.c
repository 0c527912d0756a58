#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/episode.h"
#include "core/buf.h"

#define HEAD                                                                   \
	"\"v\":1,\"name\":\"flood\",\"title\":\"Crue\","                       \
	"\"start\":\"2027-01-12T08:00:00+01:00\","                             \
	"\"end\":\"2027-01-13T08:00:00+01:00\",\"path\":\"/x\","               \
	"\"addresses\":{\"source\":\"127.0.0.1:1\",\"smtp\":\"127.0.0.1:2\","  \
	"\"http\":\"127.0.0.1:3\"},"
#define EXPECTED "\"expected\":{\"signals\":[\"AP5 orange\"]}"
#define AT "\"at\":\"2027-01-12T09:00:00+01:00\","
#define SAY "\"where\":\"62040\",\"what\":\"B\",\"from\":\"C\""
#define DECIDE                                                                 \
	"\"zone\":\"AP5\",\"nature\":\"alerte\",\"authority\":\"A\","          \
	"\"how\":\"B\",\"reason\":\"C\""

static enum tcs_err
parse(const char *text, struct tcs_episode **ret_episode, struct tcs_diag *diag)
{
	return tcs_episode_parse(
	    tcs_slice_str(text), "episode.json", ret_episode, diag);
}

static void
the_shipped_episode_is_read(void **state)
{
	(void)state;
	struct tcs_episode *episode = NULL;
	struct tcs_diag diag = {0};

	enum tcs_err err =
	    tcs_episode_load("config/default/episodes/flood", &episode, &diag);
	for (size_t i = 0; i < diag.n; i++)
		print_error("%s\n", diag.items[i].text);
	assert_int_equal(err, TCS_OK);
	assert_string_equal(episode->name, "flood");
	assert_true(episode->events_n > 15);
	for (size_t i = 1; i < episode->events_n; i++)
		assert_true(
		    episode->events[i - 1].at_ms <= episode->events[i].at_ms);
	tcs_episode_free(&episode);
	tcs_diag_fini(&diag);
}

static void
events_of_all_lists_are_in_the_order_of_their_times(void **state)
{
	(void)state;
	struct tcs_episode *episode = NULL;
	const char *text =
	    "{" HEAD "\"documents\":["
	    "{\"at\":\"2027-01-12T12:00:00+01:00\",\"status\":503},"
	    "{\"at\":\"2027-01-12T09:00:00+01:00\",\"file\":\"a\"},"
	    "{\"at\":\"2027-01-12T13:00:00+01:00\",\"away\":true}],"
	    "\"resume\":[{\"at\":\"2027-01-12T10:00:00+01:00\",\"feed\":\"v\"}]"
	    ","
	    "\"decisions\":[{\"at\":\"2027-01-12T11:00:00+01:00\"," DECIDE
	    ",\"verdict\":\"wait\"}]," EXPECTED "}";

	assert_int_equal(parse(text, &episode, NULL), TCS_OK);
	assert_int_equal(episode->events_n, 5);
	assert_string_equal(episode->events[0].file, "a");
	assert_string_equal(episode->events[0].path, "/x");
	assert_int_equal(episode->events[0].status, 200);
	assert_string_equal(episode->events[1].feed, "v");
	assert_string_equal(episode->events[2].verdict, "wait");
	assert_int_equal(episode->events[3].status, 503);
	assert_true(episode->events[4].is_away);
	assert_int_equal(
	    json_array_size(json_object_get(episode->expected, "signals")), 1);
	tcs_episode_free(&episode);
}

static void
an_answer_has_its_path_status_headers_and_faults(void **state)
{
	(void)state;
	struct tcs_episode *episode = NULL;
	const char *text =
	    "{" HEAD "\"documents\":["
	    "{" AT "\"path\":\"/a?b=c\",\"status\":429,\"file\":\"f\","
	    "\"type\":\"text/html\",\"headers\":{\"Retry-After\":\"60\"}},"
	    "{" AT "\"fail\":\"tls\"},"
	    "{" AT "\"file\":\"f\",\"once\":true}]," EXPECTED "}";

	assert_int_equal(parse(text, &episode, NULL), TCS_OK);
	const struct tcs_episode_event *event = episode->events;
	assert_string_equal(event[0].path, "/a?b=c");
	assert_int_equal(event[0].status, 429);
	assert_string_equal(event[0].file, "f");
	assert_string_equal(event[0].type, "text/html");
	assert_int_equal(json_object_size(event[0].headers), 1);
	assert_int_equal(event[1].fail, TCS_EPISODE_FAIL_TLS);
	assert_true(event[2].is_once);
	tcs_episode_free(&episode);
}

static void
a_report_is_corrected_and_ended_by_its_label(void **state)
{
	(void)state;
	struct tcs_episode *episode = NULL;
	const char *text =
	    "{" HEAD "\"reports\":["
	    "{" AT "\"label\":\"pont\"," SAY ",\"level\":\"orange\","
	    "\"fact\":\"2027-01-12T08:40:00+01:00\"},"
	    "{" AT "\"correct\":\"pont\",\"what\":\"D\"},"
	    "{" AT "\"end\":\"pont\"}],"
	    "\"restart\":[{" AT "\"feed\":\"v\",\"lose\":true}]," EXPECTED "}";

	assert_int_equal(parse(text, &episode, NULL), TCS_OK);
	const struct tcs_episode_event *event = episode->events;
	assert_int_equal(event[0].kind, TCS_EPISODE_RESTART);
	assert_true(event[0].loses);
	assert_string_equal(event[1].label, "pont");
	assert_int_equal(event[1].fact_ms, event[1].at_ms - 1200000);
	assert_string_equal(event[2].correct, "pont");
	assert_string_equal(event[3].end, "pont");
	tcs_episode_free(&episode);
}

static void
what_is_wrong_is_named_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *text, *finding;
	} cases[] = {
	    {"[]", "an object is needed"},
	    {"{", "JSON truncated"},
	    {"{}", "v: is 1"},
	    {"{" HEAD "\"expected\":[]}", "expected: lists of lines"},
	    {"{" HEAD "\"expected\":{\"signals\":1}}", "signals: a list"},
	    {"{" HEAD "\"expected\":{\"signals\":[1]}}", "signals: has what"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"file\":\"../a\"}]}",
	        "documents[0].file: is a name in documents/"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"file\":\"a\","
	     "\"away\":true}]}",
	        "documents[0].file: one of"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"status\":404,"
	     "\"fail\":\"close\"}]}",
	        "documents[0].file: one of"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"fail\":\"die\"}]}",
	        "documents[0].fail: is close, hang or tls"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"files\":\"a\"}]}",
	        "documents[0].files: is not known"},
	    {"{" HEAD EXPECTED ",\"document\":[]}", "document: is not known"},
	    {"{" HEAD EXPECTED ",\"documents\":{}}",
	        "documents[0].at: a list is needed"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"status\":302,"
	     "\"headers\":{\"Location\":\"a\\r\\nX: b\"}}]}",
	        "documents[0].headers: has one that cannot be sent"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"status\":302,"
	     "\"headers\":{\"content-length\":\"3\"}}]}",
	        "documents[0].headers: has one that cannot be sent"},
	    {"{" HEAD EXPECTED ",\"mails\":[{" AT "\"file\":\"a\"}]}",
	        "mails[0].file: needs addresses.imap"},
	    {"{" HEAD EXPECTED ",\"reports\":[{" AT "\"what\":\"a\"}]}",
	        "reports[0].where: a text"},
	    {"{" HEAD EXPECTED ",\"reports\":[{" AT "\"end\":\"a\"}]}",
	        "reports[0].end: is the label of a report that stands before"},
	    {"{" HEAD EXPECTED ",\"reports\":[{" AT "\"label\":\"a\"," SAY
	     "},{" AT "\"label\":\"a\"," SAY "}]}",
	        "reports[1].label: is another one's"},
	    {"{" HEAD EXPECTED ",\"restart\":[{" AT "\"lose\":true}]}",
	        "restart[0].feed: a text"},
	    {"{" HEAD EXPECTED ",\"documents\":[{" AT "\"status\":99}]}",
	        "documents[0].status: is 200 to 599"},
	    {"{" HEAD EXPECTED ",\"documents\":[{\"at\":\"hier\",\"file\":"
	     "\"a\"}]}",
	        "documents[0].at: a time like"},
	    {"{" HEAD EXPECTED ",\"documents\":[{\"at\":"
	     "\"2028-01-12T09:00:00+01:00\",\"file\":\"a\"}]}",
	        "documents[0].at: is between start and end"},
	    {"{" HEAD EXPECTED ",\"documents\":[3]}", "documents[0].at"},
	    {"{" HEAD EXPECTED ",\"resume\":[{" AT "\"feed\":\"\"}]}",
	        "resume[0].feed: a text"},
	    {"{" HEAD EXPECTED ",\"decisions\":[{" AT DECIDE
	     ",\"verdict\":\"maybe\"}]}",
	        "decisions[0].verdict: is approve, reject or wait"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_episode *episode = NULL;
		struct tcs_diag diag = {0};
		assert_int_equal(
		    parse(cases[i].text, &episode, &diag), TCS_EPARSE);
		assert_null(episode);
		if (strstr(tcs_diag_text(&diag), cases[i].finding) == NULL)
			fail_msg("%s: %s", cases[i].text, tcs_diag_text(&diag));
		tcs_diag_fini(&diag);
	}
}

static void
names_that_could_reach_another_realm_are_refused(void **state)
{
	(void)state;
	static const char *const names[] = {
	    "tocsin.", "a*", "A", "a.b", "é", "x y", ""};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tcs_episode *episode = NULL;
		struct tcs_diag diag = {0};
		char *text = NULL;
		assert_true(
		    asprintf(&text,
		        "{\"name\":\"%s\",\"v\":1,\"title\":\"t\","
		        "\"start\":\"2027-01-12T08:00:00+01:00\","
		        "\"end\":\"2027-01-12T08:00:00+01:00\","
		        "\"addresses\":{\"source\":\"a\",\"smtp\":\"b\","
		        "\"http\":\"c\"},\"expected\":{}}",
		        names[i]) > 0);
		assert_int_equal(parse(text, &episode, &diag), TCS_EPARSE);
		assert_memory_equal(tcs_diag_text(&diag), "name", 4);
		tcs_diag_fini(&diag);
		free(text);
	}
}

static void
cut_anywhere_it_is_refused_without_a_trace(void **state)
{
	(void)state;
	const char *text = "{" HEAD "\"documents\":[{" AT "\"file\":\"a\"}],"
	                   "\"decisions\":[{" AT DECIDE
	                   ",\"verdict\":\"wait\"}]," EXPECTED "}";

	for (size_t n = 0; n < strlen(text); n++) {
		struct tcs_episode *episode = NULL;
		assert_int_equal(
		    tcs_episode_parse(tcs_slice(text, n), "e", &episode, NULL),
		    TCS_EPARSE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_shipped_episode_is_read),
	    cmocka_unit_test(
	        events_of_all_lists_are_in_the_order_of_their_times),
	    cmocka_unit_test(an_answer_has_its_path_status_headers_and_faults),
	    cmocka_unit_test(a_report_is_corrected_and_ended_by_its_label),
	    cmocka_unit_test(what_is_wrong_is_named_with_its_place),
	    cmocka_unit_test(names_that_could_reach_another_realm_are_refused),
	    cmocka_unit_test(cut_anywhere_it_is_refused_without_a_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
