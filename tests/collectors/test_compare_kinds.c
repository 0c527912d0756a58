/* Items and numbers under comparison; what stands on a scale is elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/compare.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/signal.h"

#define NOON INT64_C(1800010800000) /* 2027-01-15T12:00:00+01:00 */
#define LONG_AGO (NOON - TCS_DAYS(3))

enum { READINGS_MAX = 4 };

static const struct tcs_feed_ops ops = {
    .name = "news", .source = "news", .source_name = "Nouvelles"};
static const struct tcs_origin origin = {.observatory = "demo",
    .sender = "demo@tocsin.example",
    .status = "Test",
    .feed = "news",
    .source = "pref62",
    .source_name = "Préfecture du Pas-de-Calais",
    .ops = &ops};

struct world {
	struct tcs_picture *held;
	struct tcs_compare_out out;
	struct tcs_buf said;
	int64_t answered_ms;
	bool is_incomplete;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->held = tcs_picture_new();
	w->answered_ms = TCS_NO_TIME;
	tcs_buf_init(&w->said, 1 << 16);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	tcs_compare_fini(&w->out);
	tcs_picture_free(&w->held);
	tcs_buf_fini(&w->said);
	free(w);
	return 0;
}

static void
append(struct tcs_buf *buf, const struct tcs_signal *s)
{
	bool is_system = strcmp(s->status, "System") == 0;

	tcs_buf_printf(buf, "%s%s %s%s%s", buf->n == 0 ? "" : "; ", s->msg_type,
	    is_system ? s->phenomenon : s->zone,
	    s->is_first_sight ? " first" : "", s->is_end ? " end" : "");
}

/* Taken `minutes` after noon; the source names no issue. */
static const char *
take(struct world *w, int minutes, const struct tcs_reading *items, size_t n)
{
	struct tcs_reading copies[READINGS_MAX];
	static const char *const departements[] = {"62", NULL};
	int64_t now_ms = NOON + TCS_MINUTES(minutes);
	struct tcs_readings readings = {.items = copies,
	    .n = n,
	    .document = {.issued_ms = TCS_NO_TIME,
	        .next_issue_ms = TCS_NO_TIME,
	        .expires_ms = now_ms + TCS_DAYS(1),
	        .frozen_ms = TCS_NO_TIME,
	        .is_complete = !w->is_incomplete}};
	char hash[TCS_DIGEST_HEX];

	assert_true(n <= READINGS_MAX);
	for (size_t i = 0; i < n; i++) {
		copies[i] = items[i];
		copies[i].departements = departements;
		copies[i].level =
		    items[i].level == NULL ? "none" : items[i].level;
		copies[i].phenomenon = "publication";
		copies[i].zone_name = items[i].zone;
		if (copies[i].expires_ms == 0 && copies[i].lasts_ms == 0)
			copies[i].expires_ms = NOON + TCS_DAYS(1);
	}
	(void)snprintf(hash, sizeof(hash), "%064x", minutes + 1);
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = w->held,
	    .readings = &readings,
	    .hash = hash,
	    .answered_ms = w->answered_ms,
	    .now_ms = now_ms,
	    .fetched_ms = now_ms};
	tcs_compare_fini(&w->out);
	assert_int_equal(tcs_compare(&in, &w->out), TCS_OK);
	assert_int_equal(tcs_signals_pack(&w->out.signals, NULL), TCS_OK);
	w->answered_ms = now_ms;
	tcs_buf_reset(&w->said);
	tcs_buf_str(&w->said, "");
	for (size_t i = 0; i < w->out.signals.n; i++)
		append(&w->said, &w->out.signals.items[i].signal);
	tcs_picture_free(&w->held);
	w->held = w->out.picture;
	w->out.picture = NULL;
	return w->said.p == NULL ? "" : w->said.p;
}

static struct tcs_reading
item(const char *zone, const char *text, int64_t issued_ms)
{
	return (struct tcs_reading){.kind = TCS_READING_ITEM,
	    .zone = zone,
	    .headline = zone,
	    .text = text,
	    .issued_ms = issued_ms};
}

static void
a_first_state_of_items_tells_the_recent_ones(void **state)
{
	struct world *w = *state;
	const struct tcs_reading items[] = {item("new", "x", NOON),
	    item("old", "x", LONG_AGO), item("undated", "x", TCS_NO_TIME)};

	assert_string_equal(take(w, 1, items, 3),
	    "Alert new first; Alert undated first; Alert recap");
	assert_string_equal(take(w, 2, items, 3), "");
}

static void
an_item_is_news_once_and_again_when_it_is_revised(void **state)
{
	struct world *w = *state;
	struct tcs_reading items[] = {
	    item("a", "x", NOON), item("b", "x", LONG_AGO)};

	(void)take(w, 1, items, 1);
	/* Old by its date, yet it was not there before. */
	assert_string_equal(take(w, 2, items, 2), "Alert b");
	items[1].text = "y";
	assert_string_equal(take(w, 3, items, 2), "Update b");
	items[0].headline = "[MàJ] a";
	assert_string_equal(take(w, 4, items, 2), "Update a");
	assert_string_equal(take(w, 5, items, 2), "");
}

static void
an_item_that_is_gone_or_back_says_nothing(void **state)
{
	struct world *w = *state;
	const struct tcs_reading items[] = {
	    item("a", "x", NOON), item("b", "x", NOON)};

	(void)take(w, 1, items, 2);
	assert_string_equal(take(w, 2, items, 1), "");
	assert_string_equal(take(w, 3, items, 1), "");
	assert_string_equal(take(w, 4, items, 2), "");
	assert_string_equal(take(w, 5, items, 0), "");
}

static void
an_item_ends_only_when_the_source_says_so(void **state)
{
	struct world *w = *state;
	struct tcs_reading one = item("a", "x", NOON);

	(void)take(w, 1, &one, 1);
	one.is_end = true;
	assert_string_equal(take(w, 2, &one, 1), "Update a end");
	assert_string_equal(take(w, 3, &one, 1), "");
	one.is_end = false;
	assert_string_equal(take(w, 4, &one, 1), "");
	one.text = "again";
	assert_string_equal(take(w, 5, &one, 1), "Alert a");
	one.is_end = one.is_cancel = true;
	assert_string_equal(take(w, 6, &one, 1), "Cancel a end");
}

static void
an_item_that_is_over_when_it_is_first_seen_is_no_news(void **state)
{
	struct world *w = *state;
	struct tcs_reading items[] = {
	    item("a", "x", NOON), item("b", "x", NOON)};

	(void)take(w, 1, items, 1);
	items[1].expires_ms = NOON - 1;
	assert_string_equal(take(w, 2, items, 2), "");
}

static void
an_item_without_expiry_holds_from_its_first_sight_or_revision(void **state)
{
	struct world *w = *state;
	struct tcs_reading items[] = {item("old", "x", LONG_AGO),
	    item("new", "x", NOON), item("undated", "x", TCS_NO_TIME),
	    item("z-late", "x", LONG_AGO)};

	for (int i = 0; i < 4; i++)
		items[i].lasts_ms = TCS_HOURS(24);
	assert_string_equal(take(w, 1, items, 3),
	    "Alert new first; Alert undated first; Alert recap");
	assert_int_equal(
	    w->out.signals.items[0].signal.expires_ms, NOON + TCS_HOURS(24));
	assert_int_equal(w->out.signals.items[1].signal.expires_ms,
	    NOON + TCS_MINUTES(1) + TCS_HOURS(24));
	assert_string_equal(take(w, 2, items, 3), "");
	/* Dated three days ago, published now. */
	assert_string_equal(take(w, 3, items, 4), "Alert z-late");
	/* Never told, revised now. */
	items[0].text = "y";
	assert_string_equal(take(w, 4, items, 4), "Alert old");
	assert_int_equal(w->out.signals.items[0].signal.expires_ms,
	    NOON + TCS_MINUTES(4) + TCS_HOURS(24));
	assert_string_equal(take(w, 5, items, 4), "");
}

static void
after_a_day_without_an_answer_items_are_a_first_state(void **state)
{
	struct world *w = *state;
	const struct tcs_reading items[] = {
	    item("a", "x", NOON), item("b", "x", TCS_NO_TIME)};

	(void)take(w, 1, items, 1);
	w->answered_ms = NOON - TCS_DAYS(2);
	assert_string_equal(take(w, 2, items, 2), "Alert b first; Alert recap");
	assert_true(w->out.is_first);
}

static struct tcs_reading
number(const char *zone, double value)
{
	return (struct tcs_reading){.kind = TCS_READING_MEASURE,
	    .zone = zone,
	    .text = "Hauteur",
	    .value = value,
	    .step = 0.1};
}

static void
a_number_is_news_when_it_moved_by_a_step_since_it_was_told(void **state)
{
	static const struct {
		double value;
		const char *want;
	} cases[] = {{1.00, "Alert s first; Alert recap"}, {1.05, ""},
	    {1.09, ""}, {1.11, "Update s"}, {1.05, ""}, {1.00, "Update s"},
	    {0.95, ""}};
	struct world *w = *state;

	for (int i = 0; i < (int)(sizeof(cases) / sizeof(cases[0])); i++) {
		const struct tcs_reading one = number("s", cases[i].value);
		assert_string_equal(take(w, i, &one, 1), cases[i].want);
	}
}

static void
signals_bear_the_configured_source(void **state)
{
	struct world *w = *state;
	struct tcs_reading one = item("a", "Bonjour.", NOON);
	static const struct tcs_pair params[] = {{"tocsin:value", "2.31"}};

	one.params = params;
	one.params_n = 1;
	one.event = "Publication";
	(void)take(w, 1, &one, 1);
	const struct tcs_new_signal *added = &w->out.signals.items[0];
	assert_string_equal(added->signal.source, "pref62");
	assert_string_equal(added->signal.headline, "a");
	assert_string_equal(added->signal.description,
	    "Bonjour.\nSource : © Préfecture du Pas-de-Calais.");
	assert_non_null(memmem(
	    added->cap.p, added->cap.n, "<event>Publication</event>", 26));
	assert_non_null(memmem(added->cap.p, added->cap.n,
	    "<valueName>tocsin:value</valueName>", 35));
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WORLD_TEST(a_first_state_of_items_tells_the_recent_ones),
	    WORLD_TEST(an_item_is_news_once_and_again_when_it_is_revised),
	    WORLD_TEST(an_item_that_is_gone_or_back_says_nothing),
	    WORLD_TEST(an_item_ends_only_when_the_source_says_so),
	    WORLD_TEST(an_item_that_is_over_when_it_is_first_seen_is_no_news),
	    WORLD_TEST(
	        an_item_without_expiry_holds_from_its_first_sight_or_revision),
	    WORLD_TEST(after_a_day_without_an_answer_items_are_a_first_state),
	    WORLD_TEST(
	        a_number_is_news_when_it_moved_by_a_step_since_it_was_told),
	    WORLD_TEST(signals_bear_the_configured_source),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
