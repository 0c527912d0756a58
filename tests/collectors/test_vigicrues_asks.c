/* What the driver of Vigicrues asks for, and the options that say so. */
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_vigicrues;

#define OPS (&tcs_feed_vigicrues)

static void
append_ask(struct tcs_buf *buf, const struct tcs_ask *ask)
{
	tcs_buf_printf(buf, "%s%s%s%s\n", ask->url, ask->is_head ? " head" : "",
	    ask->is_optional ? " optional" : "", ask->is_fixed ? " fixed" : "");
}

static void
assert_asks(
    struct feedkit *kit, const char *url, const char *want, const char *tag)
{
	for (size_t i = 0; i < kit->n && tag != NULL; i++)
		kit->fetches[i].tag = tag;
	assert_int_equal(feedkit_ask_next(kit, url), TCS_OK);
	assert_string_equal(feedkit_tell_asks(kit, append_ask), want);
}

#define MAP_URL "http://source.example/services/InfoVigiCru.geojson"

static void
the_map_is_asked_first_and_what_is_beside_it_may_fail(void **state)
{
	static const char *const options[] = {"bulletins", "29", "bulletins",
	    "3", "departements_niveau", "yes", NULL};
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	assert_asks(kit, MAP_URL, MAP_URL " head\n", NULL);
	feedkit_add_files(kit, "03-orange.geojson");
	assert_asks(kit, MAP_URL, "", NULL);
	feedkit_close(&kit);

	kit = feedkit_open(OPS, options);
	assert_asks(kit, MAP_URL,
	    MAP_URL "\n"
	            "http://source.example/services/1/InfoVigiCru.jsonld?"
	            "CdEntVigiCru=29&TypEntVigiCru=5 optional\n"
	            "http://source.example/services/1/InfoVigiCru.jsonld?"
	            "CdEntVigiCru=3&TypEntVigiCru=5 optional\n"
	            "http://source.example/services/1/InfoVigiCru.jsonld?"
	            "TypEntVigiCru=4 optional\n",
	    NULL);
	feedkit_add_files(kit, "03-orange.geojson");
	assert_asks(kit, MAP_URL, "", NULL);
	feedkit_close(&kit);
}

static void
other_watches_ask_their_services_below_the_same_url(void **state)
{
	static const char *const rss[] = {"watch", "rss", "troncons_suivis",
	    "AP5", "troncons_suivis", "AP6", NULL};
	static const char *const observations[] = {"watch", "observations",
	    "stations", "E351122001", "grandeurs", "H", "grandeurs", "Q", NULL};
	struct feedkit *kit = feedkit_open(OPS, rss);

	(void)state;
	assert_asks(kit, "https://source.example",
	    "https://source.example/territoire/rss?CdEntVigiCru=AP5,AP6 "
	    "head\n",
	    NULL);
	assert_asks(kit, "http://127.0.0.1:8080/miroir/services/x.geojson",
	    "http://127.0.0.1:8080/miroir/territoire/rss?"
	    "CdEntVigiCru=AP5,AP6 head\n",
	    NULL);
	feedkit_close(&kit);

	kit = feedkit_open(OPS, observations);
	assert_asks(kit, MAP_URL,
	    "http://source.example/services/observations.json/index.php?"
	    "CdStationHydro=E351122001&GrdSerie=H&FormatDate=iso optional\n"
	    "http://source.example/services/observations.json/index.php?"
	    "CdStationHydro=E351122001&GrdSerie=Q&FormatDate=iso optional\n"
	    "http://source.example/services/station.json/index.php?"
	    "CdStationHydro=E351122001 optional fixed\n",
	    NULL);
	feedkit_close(&kit);
}

static void
forecasts_are_asked_of_the_stations_that_the_list_names(void **state)
{
	static const char *const options[] = {"watch", "forecasts", "stations",
	    "E351122001", "stations", "B540001001", NULL};
	struct feedkit *kit = feedkit_open(OPS, options);

	(void)state;
	assert_asks(kit, MAP_URL,
	    "http://source.example/services/v1.1/prevision.json?"
	    "FormatDate=iso&GrdSimul=H\n"
	    "http://source.example/services/station.json/index.php?"
	    "CdStationHydro=E351122001 optional fixed\n"
	    "http://source.example/services/station.json/index.php?"
	    "CdStationHydro=B540001001 optional fixed\n",
	    NULL);
	feedkit_add_files(kit, "forecast-list.json");
	assert_asks(kit, MAP_URL,
	    "http://source.example/services/v1.1/prevision.json?"
	    "CdEntVigiCru=E351122001&TypEntVigiCru=7&FormatDate=iso&"
	    "GrdSimul=H\n",
	    "FormatDate=iso&GrdSimul=H");
	feedkit_add_files(kit, "forecast.json");
	kit->fetches[1].tag = "CdEntVigiCru=E351122001&TypEntVigiCru=7&"
	                      "FormatDate=iso&GrdSimul=H";
	assert_asks(kit, MAP_URL, "", NULL);
	/* The one that is not listed is over, the other stands. */
	(void)feedkit_read(kit);
	assert_false(feedkit_find(kit, "E351122001", NULL)->is_end);
	assert_true(feedkit_find(kit, "B540001001", NULL)->is_end);
	feedkit_close(&kit);

	/* A list that has none of them, or says that there is none. */
	kit = feedkit_open(OPS, options);
	feedkit_add_files(kit, "forecast-list-other.json");
	assert_asks(kit, MAP_URL, "", "FormatDate=iso&GrdSimul=H");
	feedkit_add_files(kit, "error-204.json");
	assert_asks(kit, MAP_URL, "", "FormatDate=iso&GrdSimul=H");
	feedkit_close(&kit);
}

static void
options_that_cannot_work_are_refused(void **state)
{
	static const struct {
		const char *keys[2], *values[2];
	} cases[] = {
	    {{"watch"}, {"rss"}},
	    {{"watch"}, {"observations"}},
	    {{"watch"}, {"forecasts"}},
	    {{"watch"}, {"carte"}},
	    {{"bulletins"}, {"AP5"}},
	    {{"watch", "troncons_suivis"}, {"rss", "29"}},
	    {{"watch", "stations"}, {"observations", "E3511220"}},
	    {{"grandeurs"}, {"V"}},
	    {{"pas_hauteur_cm"}, {"0"}},
	    {{"pas_debit_pourcent"}, {"101"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const options[] = {cases[i].keys[0],
		    cases[i].values[0], cases[i].keys[1], cases[i].values[1],
		    NULL};
		struct tcs_diag diag = {0};
		assert_int_equal(
		    feedkit_options(OPS, options, &diag), TCS_ECONFIG);
		assert_true(strlen(tcs_diag_text(&diag)) > 0);
		tcs_diag_fini(&diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
	        the_map_is_asked_first_and_what_is_beside_it_may_fail),
	    cmocka_unit_test(
	        other_watches_ask_their_services_below_the_same_url),
	    cmocka_unit_test(
	        forecasts_are_asked_of_the_stations_that_the_list_names),
	    cmocka_unit_test(options_that_cannot_work_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
