/* What the vigilance is asked for, and of which domains. */
#include "tests/support/check.h"
#include "tests/support/feedkit.h"

extern const struct tcs_feed_ops tcs_feed_meteofrance;

#define OPS (&tcs_feed_meteofrance)

/* "url tag 404 optional fixed", one a line. */
static void
append_ask(struct tcs_buf *buf, const struct tcs_ask *ask)
{
	tcs_buf_printf(buf, "%s %s%s%s%s%s\n", ask->url, ask->tag,
	    ask->accepts_404 ? " 404" : "", ask->is_optional ? " optional" : "",
	    ask->is_fixed ? " fixed" : "", ask->is_head ? " head" : "");
}

static enum tcs_err
asked(struct feedkit *kit, const struct tcs_asking *asking, const char *want)
{
	enum tcs_err err = feedkit_ask(kit, asking);

	assert_string_equal(feedkit_tell_asks(kit, append_ask), want);
	return err;
}

#define API "http://api.example/DPVigilance/v1"
#define ARCHIVE "https://files.data.gouv.fr/meteofrance/data/vigilance"

static void
the_api_is_asked_for_the_map_and_its_bulletins(void **state)
{
	struct tcs_asking asking = {.url = API "/", .now_ms = FEEDKIT_NOW_MS};
	const struct tcs_fetch got = {.tag = "carte", .status = 200};
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	assert_int_equal(asked(kit, &asking,
	                     API "/cartevigilance/encours carte\n" API
	                         "/textesvigilance/encours textes 404 "
	                         "optional\n"),
	    TCS_OK);
	asking.got = (struct tcs_answers){.items = &got, .n = 1};
	assert_int_equal(asked(kit, &asking, ""), TCS_OK);
	feedkit_close(&kit);
	kit = feedkit_open(OPS, (const char *const[]){"textes", "no", NULL});
	asking.got.n = 0;
	assert_int_equal(
	    asked(kit, &asking, API "/cartevigilance/encours carte\n"), TCS_OK);
	feedkit_close(&kit);
}

/* What the archive is asked for after its index said `index`. */
static enum tcs_err
asked_after(const char *index, size_t misses, const char *want)
{
	struct tcs_fetch got[12] = {
	    {.tag = "index", .status = 200, .body = tcs_slice_str(index)}};
	const struct tcs_asking asking = {.url = API,
	    .is_fallback = true,
	    .got = {.items = got, .n = 1 + misses},
	    .now_ms = FEEDKIT_NOW_MS};
	struct feedkit *kit = feedkit_open(OPS, NULL);

	for (size_t i = 1; i <= misses; i++)
		got[i] = (struct tcs_fetch){.tag = "carte", .status = 404};
	enum tcs_err err = asked(kit, &asking, want);
	feedkit_close(&kit);
	return err;
}

#define CARTE(folder)                                                          \
	ARCHIVE "/metropole/" folder "/CDP_CARTE_EXTERNE.json carte 404 "      \
	        "fixed\n"
#define TEXTES(folder)                                                         \
	ARCHIVE "/metropole/" folder                                           \
	        "/CDP_TEXTES_VIGILANCE.json textes 404 optional fixed\n"

static void
the_archive_is_asked_for_the_newest_folder_that_has_a_map(void **state)
{
	/* Years, months, days, folders, files; some have texts only; one is of
	 * a time to come. */
	static const char named[] =
	    "{\"2026\":{\"12\":{\"31\":{\"150004\":[\"CDP_CARTE_EXTERNE.json\"]"
	    "}}},\"2027\":{\"01\":{\"14\":{\"150002\":[\"CDP_CARTE_EXTERNE.json"
	    "\",\"CDP_TEXTES_VIGILANCE.json\",\"VIGNETTE_NATIONAL_J.png\"]},"
	    "\"15\":{\"060003\":[\"CDP_TEXTES_VIGILANCE.json\"],\"050011\":"
	    "[\"CDP_CARTE_EXTERNE.json\"]},\"30\":{\"050011\":"
	    "[\"CDP_CARTE_EXTERNE.json\"]}}}}";
	const struct tcs_asking asking = {.url = API, .is_fallback = true};
	struct feedkit *kit = feedkit_open(OPS, NULL);

	(void)state;
	assert_int_equal(asked(kit, &asking,
	                     ARCHIVE "/vigilance-hexagone-tree.json index\n"),
	    TCS_OK);
	feedkit_close(&kit);
	assert_int_equal(
	    asked_after(named, 0,
	        CARTE("2027/01/15/050011") TEXTES("2027/01/15/060003")),
	    TCS_OK);
	assert_int_equal(
	    asked_after(named, 1, CARTE("2027/01/14/150002")), TCS_OK);
	assert_int_equal(
	    asked_after(named, 2, CARTE("2026/12/31/150004")), TCS_OK);
	assert_int_equal(asked_after(named, 3, ""), TCS_EPARSE);
}

static void
an_index_of_another_nesting_is_read_for_its_paths(void **state)
{
	static const char *const trees[] = {
	    "{\"2027\":{\"01\":{\"15\":[\"050011\"]}}}",
	    "{\"2027\":{\"01\":{\"15\":{\"050011\":{}}}}}",
	    "{\"2027\":{\"01\":{\"15\":{\"050011\":null}}}}",
	    "[\"data/vigilance/metropole/2027/01/15/050011\"]",
	    "{\"tree\":[{\"path\":\"2027/01/15/050011\",\"type\":\"dir\"}]}",
	    ("{\"name\":\"metropole\",\"children\":[{\"name\":\"2027\","
	     "\"children\":[{\"name\":\"01\",\"children\":[{\"name\":\"15\","
	     "\"children\":[{\"name\":\"050011\",\"children\":[]}]}]}]}]}"),
	    "{\"2027/01/15\":{\"050011\":1},\"2027/13/45/999999\":1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		assert_int_equal(
		    asked_after(trees[i], 0,
		        CARTE("2027/01/15/050011") TEXTES("2027/01/15/050011")),
		    TCS_OK);
}

static void
an_index_that_names_nothing_ends_the_asking(void **state)
{
	static const char *const trees[] = {"", "{", "{}", "[]", "null",
	    "{\"2027\":{\"01\":[1,2]}}", "<html></html>",
	    ("{\"2027\":{\"01\":{\"15\":{\"060003\":"
	     "[\"CDP_TEXTES_VIGILANCE.json\"]}}}}")};

	(void)state;
	for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
		assert_int_equal(asked_after(trees[i], 0, ""), TCS_EPARSE);
}

static void
the_search_for_a_map_is_bounded(void **state)
{
	struct tcs_buf index;

	(void)state;
	tcs_buf_init(&index, 1 << 16);
	tcs_buf_str(&index, "[");
	for (int i = 10; i < 60; i++)
		tcs_buf_printf(
		    &index, "%s\"2027/01/14/1500%d\"", i == 10 ? "" : ",", i);
	tcs_buf_str(&index, "]");
	assert_int_equal(
	    asked_after(index.p, 7, CARTE("2027/01/14/150052")), TCS_OK);
	assert_int_equal(asked_after(index.p, 8, ""), TCS_EPARSE);
	tcs_buf_fini(&index);
}

/* ---- options ---- */

static void
a_departement_brings_its_coast_along_and_no_other(void **state)
{
	static const char files[] = "03-now.json+textes.json";
	struct feedkit *kit =
	    feedkit_open(OPS, (const char *const[]){"domaines", "62", NULL});

	(void)state;
	assert_int_equal(feedkit_read_files(kit, files)->n, 4);
	(void)feedkit_find(kit, "6210", "vagues-submersion");
	assert_string_equal(kit->readings->document.note, "");
	feedkit_close(&kit);
	kit =
	    feedkit_open(OPS, (const char *const[]){"domaines", "6210", NULL});
	assert_int_equal(feedkit_read_files(kit, files)->n, 1);
	feedkit_close(&kit);
	/* None of them is there: said, not silently nothing. */
	kit = feedkit_open(OPS, (const char *const[]){"domaines", "2B", NULL});
	assert_int_equal(feedkit_read_files(kit, files)->n, 0);
	assert_non_null(strstr(kit->readings->document.note, "aucun"));
	feedkit_close(&kit);
}

static void
a_domain_that_is_none_is_refused(void **state)
{
	struct tcs_diag diag = {0};

	(void)state;
	assert_int_equal(
	    feedkit_options(
	        OPS, (const char *const[]){"domaines", "6", NULL}, &diag),
	    TCS_ECONFIG);
	assert_non_null(strstr(tcs_diag_text(&diag), "not a domain"));
	tcs_diag_fini(&diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_api_is_asked_for_the_map_and_its_bulletins),
	    cmocka_unit_test(
	        the_archive_is_asked_for_the_newest_folder_that_has_a_map),
	    cmocka_unit_test(an_index_of_another_nesting_is_read_for_its_paths),
	    cmocka_unit_test(an_index_that_names_nothing_ends_the_asking),
	    cmocka_unit_test(the_search_for_a_map_is_bounded),
	    cmocka_unit_test(a_departement_brings_its_coast_along_and_no_other),
	    cmocka_unit_test(a_domain_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
