#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/crosscheck.h"
#include "core/clock.h"

#define TABLE                                                                  \
	"zone;nom;departements;verifie\n"                                      \
	"AP5;Aa;62;oui\nAP13;Lys amont;59 62;non\nGA1;Cèze;30;non\n"          \
	"XX1;Ailleurs;99;non\n"

static struct tcs_reading items[6];
static struct tcs_readings map = {.items = items};

static void
river(const char *zone, const char *level)
{
	items[map.n++] = (struct tcs_reading){.zone = zone,
	    .zone_name = "Rivière",
	    .phenomenon = "crues",
	    .level = level};
}

/* A carte whose period J has these domains. */
static void
carte(struct tcs_buf *buf, const char *domains)
{
	tcs_buf_reset(buf);
	tcs_buf_printf(buf,
	    "{\"product\":{\"update_time\":\"2026-11-23T10:00:12Z\","
	    "\"periods\":[{\"echeance\":\"J1\",\"timelaps\":{\"domain_ids\":[]}"
	    "},"
	    "{\"echeance\":\"J\",\"timelaps\":{\"domain_ids\":[%s]}}]}}",
	    domains);
}

#define DOMAIN_OF(id, colour)                                                  \
	"{\"domain_id\":\"" id "\",\"phenomenon_items\":["                     \
	"{\"phenomenon_id\":\"2\",\"phenomenon_max_color_id\":4},"             \
	"{\"phenomenon_id\":\"4\",\"phenomenon_max_color_id\":" colour "}]}"

static enum tcs_err
check(const char *domains, struct tcs_buf *out, struct tcs_crosscheck *count)
{
	struct tcs_zonetable *table = NULL;
	struct tcs_buf body;

	tcs_buf_init(&body, 10000);
	carte(&body, domains);
	assert_int_equal(
	    tcs_zonetable_parse(tcs_slice_str(TABLE), NULL, &table, NULL),
	    TCS_OK);
	const struct tcs_crosscheck_in in = {
	    .map = &map, .carte = tcs_buf_view(&body), .table = table};
	tcs_buf_reset(out);
	enum tcs_err err = tcs_crosscheck(&in, out, count, NULL);
	tcs_zonetable_free(&table);
	tcs_buf_fini(&body);
	return err;
}

static int
setup(void **state)
{
	(void)state;
	memset(items, 0, sizeof(items));
	map.n = 0;
	return tcs_time_parse(tcs_slice_str("2026-11-23T10:55:00+01:00"),
	           &map.document.issued_ms) == TCS_OK
	           ? 0
	           : -1;
}

static void
equal_levels_agree_and_nothing_else_is_said(void **state)
{
	(void)state;
	struct tcs_crosscheck count;
	struct tcs_buf out;

	tcs_buf_init(&out, 10000);
	river("AP5", "jaune");
	river("AP13", "vert");
	river("XX1", "rouge"); /* abroad: compared with nothing */
	assert_int_equal(check(DOMAIN_OF("62", "2") "," DOMAIN_OF(
	                           "59", "\"1\"") "," DOMAIN_OF("02", "1"),
	                     &out, &count),
	    TCS_OK);
	assert_int_equal(count.agree, 3);
	assert_int_equal(count.differ, 0);
	assert_int_equal(count.unsaid, 98);
	assert_string_equal(out.p,
	    "Vigicrues    2026-11-23T10:55:00+01:00\n"
	    "Météo-France 2026-11-23T11:00:12+01:00\n"
	    "départements: 3 agree, 0 differ, 98 unsaid\n");
	tcs_buf_fini(&out);
}

static void
a_row_too_many_is_named(void **state)
{
	(void)state;
	struct tcs_crosscheck count;
	struct tcs_buf out;

	tcs_buf_init(&out, 10000);
	river("AP13", "orange");
	river("AP5", "jaune");
	river("ZZ9", "rouge");
	assert_int_equal(check(DOMAIN_OF("62", "2"), &out, &count), TCS_OK);
	assert_int_equal(count.differ, 1);
	assert_non_null(strstr(out.p,
	    "62 Pas-de-Calais: Météo-France jaune, its tronçons orange\n"
	    "    AP13   orange   not verified  Rivière\n"
	    "départements:"));
	tcs_buf_fini(&out);
}

static void
a_row_that_is_missing_is_looked_for(void **state)
{
	(void)state;
	struct tcs_crosscheck count;
	struct tcs_buf out;

	tcs_buf_init(&out, 10000);
	river("AP5", "vert");
	river("AP13", "inconnu");
	river("GA1", "orange");
	river("ZZ8", "vert");
	river("ZZ9", "orange");
	assert_int_equal(
	    check(DOMAIN_OF("62", "3") "," DOMAIN_OF("08", "2"), &out, &count),
	    TCS_OK);
	assert_int_equal(count.differ, 2);
	assert_non_null(strstr(out.p,
	    "08 Ardennes: Météo-France jaune, its tronçons none\n"
	    "    ZZ9    orange   in no row     Rivière\n"
	    "62 Pas-de-Calais: Météo-France orange, its tronçons vert (one "
	    "cannot be read)\n"
	    "    AP5    vert     verified      Rivière\n"
	    "    AP13   inconnu  not verified  Rivière\n"
	    "    ZZ9    orange   in no row     Rivière\n"
	    "départements:"));
	tcs_buf_fini(&out);
}

static void
what_is_no_flood_level_is_passed_over(void **state)
{
	(void)state;
	struct tcs_crosscheck count;
	struct tcs_buf out;

	tcs_buf_init(&out, 10000);
	river("AP5", "rouge");
	items[0].kind = TCS_READING_MEASURE;
	river("AP13", "rouge");
	items[1].phenomenon = "vent";
	assert_int_equal(
	    check("null,3,{},{\"domain_id\":7}," DOMAIN_OF(
	              "62", "1") "," DOMAIN_OF("6210", "4") "," DOMAIN_OF("59",
	              "9") "," DOMAIN_OF("30", "null"),
	        &out, &count),
	    TCS_OK);
	assert_int_equal(count.agree, 1);
	assert_int_equal(count.differ, 0);
	tcs_buf_fini(&out);
}

static void
documents_far_apart_are_said(void **state)
{
	(void)state;
	struct tcs_crosscheck count;
	struct tcs_buf out;

	tcs_buf_init(&out, 10000);
	map.document.issued_ms -= TCS_HOURS(20);
	assert_int_equal(check(DOMAIN_OF("62", "1"), &out, &count), TCS_OK);
	assert_non_null(strstr(out.p, "warning: they are 20 h apart"));
	tcs_buf_fini(&out);
}

static void
what_is_no_carte_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "{}", "[]", "{\"product\":{}}",
	    "{\"product\":{\"update_time\":\"2026-11-23T10:00:12Z\","
	    "\"periods\":[{\"echeance\":\"J1\"}]}}",
	    "{\"product\":{\"periods\":[{\"echeance\":\"J\",\"timelaps\":"
	    "{\"domain_ids\":[]}}]}}"};
	struct tcs_buf out;

	tcs_buf_init(&out, 10000);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct tcs_crosscheck count;
		struct tcs_zonetable *table = NULL;
		assert_int_equal(
		    tcs_zonetable_open(NULL, "troncons", &table, NULL), TCS_OK);
		const struct tcs_crosscheck_in in = {.map = &map,
		    .carte = tcs_slice_str(texts[i]),
		    .table = table};
		assert_int_equal(
		    tcs_crosscheck(&in, &out, &count, NULL), TCS_EPARSE);
		tcs_zonetable_free(&table);
	}
	assert_int_equal(out.n, 0);
	tcs_buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(
	        equal_levels_agree_and_nothing_else_is_said, setup),
	    cmocka_unit_test_setup(a_row_too_many_is_named, setup),
	    cmocka_unit_test_setup(a_row_that_is_missing_is_looked_for, setup),
	    cmocka_unit_test_setup(
	        what_is_no_flood_level_is_passed_over, setup),
	    cmocka_unit_test_setup(documents_far_apart_are_said, setup),
	    cmocka_unit_test_setup(what_is_no_carte_is_refused, setup),
	};

	if (tcs_clock_set_zone("Europe/Paris") != TCS_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
