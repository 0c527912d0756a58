#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/alert.h"
#include "dispatcher/decision.h"

#define AT "\"at\":\"2026-11-23T17:00:00+01:00\""
#define HEAD "{\"v\":1,\"id\":\"d-1\"," AT ",\"typed_by\":\"camille\","
#define DECIDE                                                                 \
	HEAD "\"kind\":\"decide\",\"code\":\"K7P\",\"hash\":\"a1b2c3\","       \
	     "\"verdict\":\"approve\",\"authority\":\"Sous-pr\303\251fet\","   \
	     "\"how\":\"t\303\251l\303\251phone\",\"reason\":\"crue\""

static enum tcs_err
parse(const char *text, struct tcs_decision *ret_decision)
{
	return tcs_decision_parse(tcs_slice_str(text), ret_decision, NULL);
}

static void
a_decision_is_read(void **state)
{
	struct tcs_decision d;

	(void)state;
	assert_int_equal(parse(DECIDE ",\"new\":3}", &d), TCS_OK);
	assert_int_equal(d.kind, TCS_DECISION_DECIDE);
	assert_int_equal(d.verdict, TCS_DECISION_APPROVE);
	assert_string_equal(d.code, "K7P");
	assert_string_equal(d.hash, "a1b2c3");
	assert_int_equal(d.at_ms, 1795449600000);
	assert_null(d.basis);
	tcs_decision_fini(&d);
	assert_int_equal(
	    parse(HEAD "\"kind\":\"resume\",\"feed\":\"vigicrues\"}", &d),
	    TCS_OK);
	assert_int_equal(d.kind, TCS_DECISION_RESUME);
	assert_string_equal(d.feed, "vigicrues");
	tcs_decision_fini(&d);
}

static void
what_is_not_one_is_refused_whole(void **state)
{
	static const char *const cases[] = {
	    "",
	    "[]",
	    "{}",
	    "{\"v\":1}",
	    DECIDE, /* not closed */
	    HEAD "\"kind\":\"sing\"}",
	    HEAD "\"kind\":\"resume\"}",
	    HEAD "\"kind\":\"resume\",\"feed\":\" \"}",
	    HEAD "\"kind\":\"decide\"}",
	    "{\"v\":2,\"id\":\"d-1\"," AT ",\"typed_by\":\"c\","
	    "\"kind\":\"resume\",\"feed\":\"vigicrues\"}",
	    "{\"v\":1,\"id\":\"d|1\"," AT ",\"typed_by\":\"c\","
	    "\"kind\":\"resume\",\"feed\":\"vigicrues\"}",
	    "{\"v\":1,\"id\":\"d-1\",\"at\":\"monday\",\"typed_by\":\"c\","
	    "\"kind\":\"resume\",\"feed\":\"vigicrues\"}",
	    "{\"v\":1,\"id\":\"d-1\"," AT ","
	    "\"kind\":\"resume\",\"feed\":\"vigicrues\"}",
	    DECIDE ",\"asked\":\"noon\"}",
	};
	struct tcs_decision d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(parse(cases[i], &d), TCS_EPARSE);
}

/* One member of a good decision replaced. */
static void
each_member_has_its_form(void **state)
{
	static const struct {
		const char *member, *value;
	} cases[] = {{"code", "K7"}, {"code", "K7PP"}, {"code", "k7p"},
	    {"code", "KI1"}, {"hash", "a1b2c"}, {"hash", "A1B2C3"},
	    {"hash", "a1b2cg"}, {"verdict", "yes"}, {"verdict", ""},
	    {"authority", ""}, {"how", " "}, {"reason", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tcs_decision d;
		json_t *json = NULL;
		struct tcs_buf buf;
		assert_int_equal(tcs_json_parse(tcs_slice_str(DECIDE "}"),
		                     &json, NULL, NULL),
		    TCS_OK);
		assert_true(
		    tcs_json_set_str(json, cases[i].member, cases[i].value));
		tcs_buf_init(&buf, 4096);
		tcs_json_write(&buf, json);
		assert_int_equal(parse(buf.p, &d), TCS_EPARSE);
		tcs_buf_fini(&buf);
		json_decref(json);
	}
}

static void
the_alert_says_who_decided_and_which_text_was_read(void **state)
{
	struct tcs_decision d;
	struct tcs_buf buf;

	(void)state;
	assert_int_equal(parse(DECIDE ",\"basis\":\"plan = a how=x\",\"asked\":"
	                              "\"2026-11-23T16:55:00+01:00\"}",
	                     &d),
	    TCS_OK);
	tcs_buf_init(&buf, 4096);
	tcs_decision_describe(&d, "ffeeddccbbaa", &buf);
	assert_non_null(strstr(buf.p, "id=d-1 read=a1b2c3 bound=ffeedd "));
	assert_true(tcs_slice_is(
	    tcs_decision_part(buf.p, "authority"), "Sous-pr\303\251fet"));
	assert_true(tcs_slice_is(
	    tcs_decision_part(buf.p, "how"), "t\303\251l\303\251phone"));
	assert_true(tcs_slice_is(
	    tcs_decision_part(buf.p, "at"), "2026-11-23T17:00:00+01:00"));
	tcs_buf_fini(&buf);
	tcs_decision_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_decision_is_read),
	    cmocka_unit_test(what_is_not_one_is_refused_whole),
	    cmocka_unit_test(each_member_has_its_form),
	    cmocka_unit_test(
	        the_alert_says_who_decided_and_which_text_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
