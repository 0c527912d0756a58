/* Stories of Vigicrues, from documents to signals: what each poll changes. */
#include "core/clock.h"
#include "core/digest.h"
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

enum { STEPS_MAX = 6, OPTIONS_MAX = 5 };

/* One poll: its bodies, when, and the signals about zones, one a line. */
struct step {
	const char *bodies, *at, *want;
};

/* One feed, and what it sees. */
struct story {
	const char *options[OPTIONS_MAX]; /* NULL after the last */
	struct step steps[STEPS_MAX];
};

static const struct story stories[] = {
    /* A territory's bulletin goes with its tronçons, and is revised. */
    {{"bulletins", "29"},
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
    {{"watch", "observations", "stations", "E351122001"},
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
    {{"watch", "forecasts", "stations", "E351122001"},
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
    {{"watch", "rss", "troncons_suivis", "AP5"},
        {{"rss-codes.xml", "2026-11-23T16:01:00+01:00",
             "Alert AP5/crues 62 orange first: \n"},
            {"rss-green.xml", "2026-11-23T19:08:00+01:00",
                "Update AP5/crues 62 vert end: \n"}}},
};

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
tell_step(struct feedkit *kit, const struct step *step)
{
	struct tcs_slice want = tcs_slice_str(step->want);
	char hash[TCS_DIGEST_HEX];
	int64_t now_ms;

	assert_int_equal(
	    tcs_time_parse(tcs_slice_str(step->at), &now_ms), TCS_OK);
	kit->fetched_ms = now_ms;
	kit->hash = tcs_digest(tcs_slice_str(step->bodies), hash);
	const struct tcs_compare_out *out =
	    feedkit_take(kit, feedkit_read_files(kit, step->bodies), now_ms);
	for (size_t i = 0; i < out->signals.n; i++) {
		const struct tcs_signal *s = &out->signals.items[i].signal;
		if (strcmp(s->status, "System") != 0)
			check_signal(s, &want);
	}
	if (want.n > 0)
		fail_msg("%s: missing %.*s", step->bodies, TCS_SLICE_ARG(want));
}

static void
each_story_gives_its_signals_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct feedkit *kit =
		    feedkit_open(&tcs_feed_vigicrues, stories[i].options);
		for (size_t k = 0;
		     k < STEPS_MAX && stories[i].steps[k].bodies != NULL; k++)
			tell_step(kit, &stories[i].steps[k]);
		feedkit_close(&kit);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_story_gives_its_signals_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
