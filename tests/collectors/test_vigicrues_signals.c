/* Stories of Vigicrues, from documents to signals: what each poll changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/compare.h"
#include "collectors/driver.h"
#include "collectors/feed.h"
#include "collectors/readings.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

enum { BODIES_MAX = 8, STEPS_MAX = 6, OPTIONS_MAX = 3 };

/* One poll: its bodies, when, and the signals about zones, one a line. */
struct step {
	const char *bodies, *at, *want;
};

/* One feed, and what it sees. */
struct story {
	const char *keys[OPTIONS_MAX], *values[OPTIONS_MAX];
	struct step steps[STEPS_MAX];
};

/* A story being told. */
struct teller {
	void *st;
	struct tcs_picture *held;
	int64_t answered_ms;
};

static const struct story stories[] = {
    /* A territory's bulletin goes with its tronçons, and is revised. */
    {{"bulletins"}, {"29"},
        {{"03-orange.geojson+bulletin.jsonld", "2026-11-23T16:01:00+01:00",
             "Alert AP16/crues 62 jaune first: L'Aa déborde\n"
             "Alert AP5/crues 62 orange first: L'Aa déborde\n"},
            {"03-orange.geojson+bulletin.jsonld", "2026-11-23T16:03:00+01:00",
                ""},
            {"04-red.geojson+bulletin-later.jsonld",
                "2026-11-23T19:05:00+01:00",
                "Update AP16/crues 62 orange: L'Aa est en crue majeure\n"
                "Update AP5/crues 62 rouge: L'Aa est en crue majeure\n"},
            {"05-orange.geojson", "2026-11-24T09:57:00+01:00",
                "Update AP16/crues 62 orange: \n"
                "Update AP5/crues 62 orange: \n"},
            {"06-green.geojson", "2026-11-24T15:58:00+01:00",
                "Update AP16/crues 62 vert end: \n"
                "Update AP5/crues 62 vert end: \n"}}},
    /* A height: a step is news, less is not, silence is unknown. */
    {{"watch", "stations"}, {"observations", "E351122001"},
        {{"observations.json+station.json", "2027-01-15T09:00:00+01:00",
             "Alert E351122001/hauteur 62 none first: Hauteur 2,31 m\n"},
            {"observations-absurd.json+station.json",
                "2027-01-15T09:10:00+01:00", ""},
            {"observations-gap.json+station.json", "2027-01-15T09:20:00+01:00",
                "Update E351122001/hauteur 62 none: Hauteur 2,50 m\n"},
            {"observations-gap.json+station.json", "2027-01-15T11:00:00+01:00",
                "Update E351122001/hauteur 62 inconnu: Dernière valeur\n"},
            {"observations-gap.json+station.json", "2027-01-15T11:10:00+01:00",
                ""}}},
    /* A forecast comes, goes, and is another when it comes again. */
    {{"watch", "stations"}, {"forecasts", "E351122001"},
        {{"forecast-list-other.json+station.json", "2027-01-15T08:00:00+01:00",
             ""},
            {"forecast-list.json+forecast.json+station.json",
                "2027-01-15T09:00:00+01:00",
                "Alert E351122001/prevision-hauteur 62 none: 3,00 m\n"},
            {"forecast-list.json+forecast.json+station.json",
                "2027-01-15T09:10:00+01:00", ""},
            {"error-204.json+forecast-list-other.json+station.json",
                "2027-01-15T10:00:00+01:00",
                "Update E351122001/prevision-hauteur 62 none end: ne publie "
                "plus\n"},
            {"forecast-list.json+forecast.json+station.json",
                "2027-01-15T11:00:00+01:00",
                "Alert E351122001/prevision-hauteur 62 none: 3,00 m\n"}}},
    /* The light way says the same as the map. */
    {{"watch", "troncons_suivis"}, {"rss", "AP5"},
        {{"rss-codes.xml", "2026-11-23T16:01:00+01:00",
             "Alert AP5/crues 62 orange first: \n"},
            {"rss-green.xml", "2026-11-23T19:08:00+01:00",
                "Update AP5/crues 62 vert end: \n"}}},
};

static void
tell_open(struct teller *t, const struct story *story)
{
	struct tcs_option_text texts[OPTIONS_MAX];
	size_t n = 0;

	*t = (struct teller){
	    .held = tcs_picture_new(), .answered_ms = TCS_NO_TIME};
	assert_non_null(t->held);
	for (; n < OPTIONS_MAX && story->keys[n] != NULL; n++)
		texts[n] = (struct tcs_option_text){
		    .key = story->keys[n], .values = &story->values[n], .n = 1};
	assert_int_equal(
	    tcs_driver_open(&tcs_feed_vigicrues, texts, n, &t->st, NULL),
	    TCS_OK);
}

static struct tcs_readings *
tell_read(struct teller *t, const struct step *step, int64_t now_ms)
{
	struct tcs_buf bodies[BODIES_MAX];
	struct tcs_fetch fetches[BODIES_MAX];
	struct tcs_answers answers = {.items = fetches};
	struct tcs_readings *readings = NULL;
	enum tcs_refusal refusal;

	for (struct tcs_slice rest = tcs_slice_str(step->bodies);
	     rest.p != NULL;) {
		struct tcs_slice name = tcs_slice_cut(rest, '+', &rest);
		char *path = NULL;
		assert_true(answers.n < BODIES_MAX);
		assert_true(asprintf(&path, "tests/data/feeds/vigicrues/%.*s",
		                TCS_SLICE_ARG(name)) > 0);
		struct tcs_buf *buf = &bodies[answers.n];
		tcs_buf_init(buf, 1 << 20);
		assert_int_equal(tcs_file_read(path, buf, NULL), TCS_OK);
		fetches[answers.n++] =
		    (struct tcs_fetch){.url = "http://source.example/",
		        .status = 200,
		        .body = tcs_buf_view(buf),
		        .fetched_ms = now_ms};
		free(path);
	}
	assert_int_equal(tcs_readings_read(&tcs_feed_vigicrues, t->st, &answers,
	                     &readings, &refusal, NULL),
	    TCS_OK);
	for (size_t i = 0; i < answers.n; i++)
		tcs_buf_fini(&bodies[i]);
	return readings;
}

/* What follows the colon of the wanted line is to be in the text. */
static void
check_signal(const struct tcs_signal *s, struct tcs_slice *want)
{
	struct tcs_slice part;
	struct tcs_slice head =
	    tcs_slice_cut(tcs_slice_cut(*want, '\n', want), ':', &part);
	struct tcs_buf got;

	tcs_buf_init(&got, 1000);
	tcs_buf_printf(&got, "%s %s/%s %s %s%s%s", s->msg_type, s->zone,
	    s->phenomenon, s->departement, s->level,
	    s->is_first_sight ? " first" : "", s->is_end ? " end" : "");
	if (!tcs_slice_equal(tcs_buf_view(&got), head))
		fail_msg("got %s, want %.*s", got.p, TCS_SLICE_ARG(head));
	part = tcs_slice_trim(part);
	if (part.n > 0 && memmem(s->description, strlen(s->description), part.p,
	                      part.n) == NULL)
		fail_msg("%s: \"%.*s\" is not in %s", got.p,
		    TCS_SLICE_ARG(part), s->description);
	tcs_buf_fini(&got);
}

static void
tell_step(struct teller *t, const struct step *step)
{
	const struct tcs_origin origin = {.observatory = "demo",
	    .sender = "demo@tocsin.example",
	    .status = "Test",
	    .feed = "vigicrues",
	    .source = "vigicrues",
	    .source_name = "Vigicrues",
	    .ops = &tcs_feed_vigicrues};
	struct tcs_slice want = tcs_slice_str(step->want);
	struct tcs_compare_out out;
	char hash[TCS_DIGEST_HEX];
	int64_t now_ms;

	assert_int_equal(
	    tcs_time_parse(tcs_slice_str(step->at), &now_ms), TCS_OK);
	struct tcs_readings *readings = tell_read(t, step, now_ms);
	const struct tcs_compare_in in = {.origin = &origin,
	    .held = t->held,
	    .readings = readings,
	    .hash = tcs_digest(tcs_slice_str(step->bodies), hash),
	    .answered_ms = t->answered_ms,
	    .fetched_ms = now_ms,
	    .now_ms = now_ms};
	assert_int_equal(tcs_compare(&in, &out), TCS_OK);
	assert_int_equal(tcs_signals_pack(&out.signals, NULL), TCS_OK);
	for (size_t i = 0; i < out.signals.n; i++) {
		const struct tcs_signal *s = &out.signals.items[i].signal;
		if (strcmp(s->status, "System") != 0)
			check_signal(s, &want);
	}
	if (want.n > 0)
		fail_msg("%s: missing %.*s", step->bodies, TCS_SLICE_ARG(want));
	if (out.picture != NULL) {
		tcs_picture_free(&t->held);
		t->held = out.picture;
		out.picture = NULL;
	}
	t->answered_ms = now_ms;
	tcs_compare_fini(&out);
	tcs_readings_free(&readings);
}

static void
each_story_gives_its_signals_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct teller t;
		tell_open(&t, &stories[i]);
		for (size_t k = 0;
		     k < STEPS_MAX && stories[i].steps[k].bodies != NULL; k++)
			tell_step(&t, &stories[i].steps[k]);
		tcs_picture_free(&t.held);
		tcs_driver_close(&tcs_feed_vigicrues, &t.st);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_story_gives_its_signals_and_no_other),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
