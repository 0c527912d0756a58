#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/state.h"
#include "core/arena.h"
#include "core/clock.h"

static const struct tcs_feed_ops ops = {
    .name = "rivers", .source = "rivers", .source_name = "Rivières"};

static struct tcs_picture *
picture(void)
{
	static const char *const departements[] = {"59", "62", NULL};
	static struct tcs_last lasts[] = {{.departement = "59",
	                                      .identifier = "a.b",
	                                      .reference = "s,a.b,t",
	                                      .trace = "0123456789abcdef",
	                                      .expires_ms = 7,
	                                      .is_end = true},
	    {.departement = "62",
	        .identifier = "c.d",
	        .reference = "s,c.d,t",
	        .trace = "fedcba9876543210",
	        .expires_ms = -8}};
	struct tcs_picture *p = tcs_picture_new();

	assert_non_null(p);
	p->document = (struct tcs_document){.issued_ms = 1,
	    .next_issue_ms = 2,
	    .expires_ms = 3,
	    .frozen_ms = TCS_NO_TIME,
	    .skipped = 4};
	memset(p->hash, 'a', sizeof(p->hash) - 1);
	p->fetched_ms = 5;
	struct tcs_zone *zone = tcs_picture_add(p);
	*zone = (struct tcs_zone){.zone = "D",
	    .phenomenon = "crues",
	    .name = "Dê",
	    .level = "orange",
	    .text_hash = "0011223344556677",
	    .departements = departements,
	    .lasts = lasts,
	    .lasts_n = 2,
	    .absent = 1,
	    .seen_ms = 6};
	return p;
}

static struct tcs_feed_state
feed_state(void)
{
	struct tcs_feed_state s;

	tcs_feed_state_init(&s);
	s.state = TCS_SOURCE_SILENT;
	s.fetched_ms = 10;
	s.answered_ms = 11;
	s.next_poll_ms = 12;
	s.failures = 13;
	s.older = 14;
	s.is_limited = true;
	s.refusal = TCS_REFUSAL_ERROR;
	s.aside_refusal = TCS_REFUSAL_TRUNCATED;
	s.is_held = true;
	s.pending = (struct tcs_pending){.is_set = true, .issued_ms = 15};
	memset(s.aside, 'b', sizeof(s.aside) - 1);
	tcs_feed_state_text(&s.etag, "\"e\"", 512);
	tcs_feed_state_text(&s.last_modified, "Mon", 512);
	tcs_feed_state_text(&s.reason, "no route", 512);
	const struct tcs_new_signal said = {.signal = {.identifier = "x.y",
	                                        .sender = "s",
	                                        .sent_ms = 16,
	                                        .departement = "FR"},
	    .trace = "0123456789abcdef"};
	assert_int_equal(
	    tcs_feed_state_announce(&s, TCS_SOURCE_SILENT, &said), TCS_OK);
	return s;
}

static char *
state_text(const struct tcs_feed_state *s, const struct tcs_picture *p)
{
	json_t *json =
	    tcs_feed_state_to_json(s, &ops, "http://source.example/", p);
	struct tcs_buf buf;
	char *text = NULL;

	assert_non_null(json);
	tcs_buf_init(&buf, 1 << 16);
	tcs_json_write(&buf, json);
	assert_int_equal(tcs_buf_steal(&buf, &text), TCS_OK);
	json_decref(json);
	return text;
}

static void
a_state_comes_back_as_it_was(void **state)
{
	struct tcs_feed_state a = feed_state(), b;
	struct tcs_picture *p = picture(), *q = tcs_picture_new();
	char *text = state_text(&a, p);
	json_t *json = NULL, *zone = tcs_zone_to_json(&p->zones[0]);

	(void)state;
	tcs_feed_state_init(&b);
	assert_int_equal(
	    tcs_json_parse(tcs_slice_str(text), &json, NULL, NULL), TCS_OK);
	assert_int_equal(tcs_feed_state_from_json(&b, q, json), TCS_OK);
	assert_int_equal(tcs_zone_from_json(q, zone, NULL), TCS_OK);
	char *again = state_text(&b, q);
	assert_string_equal(again, text);
	json_t *zone_again = tcs_zone_to_json(&q->zones[0]);
	assert_true(json_equal(zone, zone_again));
	assert_int_equal(q->fetched_ms, p->fetched_ms);
	assert_int_equal(q->document.frozen_ms, TCS_NO_TIME);
	json_decref(zone_again);
	json_decref(zone);
	json_decref(json);
	free(again);
	free(text);
	tcs_picture_free(&p);
	tcs_picture_free(&q);
	tcs_feed_state_fini(&a);
	tcs_feed_state_fini(&b);
}

static void
what_is_not_ours_is_refused(void **state)
{
	static const char *const texts[] = {"[]", "{}", "{\"state\":\"green\"}",
	    "{\"state\":\"fresh\"}", "{\"state\":5,\"announced\":\"fresh\"}"};
	static const char *const zones[] = {"{}", "[]",
	    "{\"zone\":\"A\",\"phenomenon\":\"p\",\"name\":\"A\"}",
	    "{\"zone\":\"A\",\"phenomenon\":\"p\",\"name\":\"A\",\"level\":"
	    "\"vert\",\"lasts\":[{}]}",
	    "{\"zone\":\"A\",\"phenomenon\":\"p\",\"name\":\"A\",\"level\":"
	    "\"vert\",\"departements\":[62]}"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct tcs_picture *p = tcs_picture_new();
		struct tcs_feed_state s;
		json_t *json = NULL;
		tcs_feed_state_init(&s);
		assert_int_equal(
		    tcs_json_parse(tcs_slice_str(texts[i]), &json, NULL, NULL),
		    TCS_OK);
		assert_int_equal(
		    tcs_feed_state_from_json(&s, p, json), TCS_EPARSE);
		json_decref(json);
		assert_int_equal(
		    tcs_json_parse(tcs_slice_str(zones[i]), &json, NULL, NULL),
		    TCS_OK);
		assert_int_equal(tcs_zone_from_json(p, json, NULL), TCS_EPARSE);
		assert_int_equal(p->n, 0);
		json_decref(json);
		tcs_picture_free(&p);
		tcs_feed_state_fini(&s);
	}
}

static void
the_end_of_a_trouble_leaves_nothing_to_follow(void **state)
{
	struct tcs_feed_state s = feed_state();

	(void)state;
	assert_int_equal(
	    tcs_feed_state_announce(&s, TCS_SOURCE_FRESH, NULL), TCS_OK);
	assert_null(s.announced_last.identifier);
	assert_int_equal(s.announced, TCS_SOURCE_FRESH);
	tcs_feed_state_fini(&s);
}

static void
a_reason_is_text_whatever_it_came_from(void **state)
{
	struct tcs_feed_state s = {0};
	char longer[400];

	(void)state;
	tcs_feed_state_reason(&s, "caf\xe9 \x01 \xef\xbf\xbf \xc3\xa9");
	assert_string_equal(s.reason, "caf?   ??? \xc3\xa9");
	memset(longer, 'a', sizeof(longer));
	memcpy(longer + 299, "\xc3\xa9", 2);
	longer[sizeof(longer) - 1] = '\0';
	tcs_feed_state_reason(&s, longer);
	assert_int_equal(strlen(s.reason), 300);
	assert_int_equal(s.reason[299], '?');
	tcs_feed_state_reason(&s, "");
	assert_null(s.reason);
	tcs_feed_state_fini(&s);
}

static void
levels_that_the_source_invents_are_counted_together(void **state)
{
	struct tcs_picture *p = tcs_picture_new();

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct tcs_zone *zone = tcs_picture_add(p);
		zone->level = tcs_arena_printf(p->arena, "niveau %d", i);
	}
	json_t *levels = tcs_picture_levels(p);
	assert_int_equal(json_object_size(levels), 51);
	assert_int_equal(tcs_json_i64(levels, "autres", 0), 150);
	json_decref(levels);
	tcs_picture_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_state_comes_back_as_it_was),
	    cmocka_unit_test(a_reason_is_text_whatever_it_came_from),
	    cmocka_unit_test(
	        levels_that_the_source_invents_are_counted_together),
	    cmocka_unit_test(what_is_not_ours_is_refused),
	    cmocka_unit_test(the_end_of_a_trouble_leaves_nothing_to_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
