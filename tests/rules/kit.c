#include "tests/rules/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/xml.h"
#include "rules/ruleset.h"

static struct tcs_xml_schema *kit_loaded;

const struct tcs_xml_schema *
kit_schema(void)
{
	struct tcs_diag diag = {0};

	if (kit_loaded == NULL && tcs_xml_schema_load("config/schema/rules.xsd",
	                              &kit_loaded, &diag) != TCS_OK)
		fail_msg("rules.xsd: %s", tcs_diag_text(&diag));
	return kit_loaded;
}

void
kit_done(void)
{
	tcs_xml_schema_free(&kit_loaded);
	tcs_xml_cleanup();
}

enum tcs_err
kit_load(const char *text, struct tcs_rule **ret_rule, struct tcs_diag *diag)
{
	const struct tcs_rule_origin origin = {
	    .file = "r.xml", .schema = kit_schema(), .now_ms = KIT_NOW};

	return tcs_rule_load(tcs_slice_str(text), &origin, ret_rule, diag);
}

struct tcs_rule *
kit_rule(const char *when)
{
	struct tcs_diag diag = {0};
	struct tcs_rule *rule = NULL;
	char *text;

	assert_true(asprintf(&text, "%s<when>%s</when>%s</rule>", KIT_HEAD,
	                when, KIT_RAISES) > 0);
	if (kit_load(text, &rule, &diag) != TCS_OK)
		fail_msg("%s: %s", when, tcs_diag_text(&diag));
	free(text);
	tcs_diag_fini(&diag);
	return rule;
}

struct tcs_signal
kit_signal(const char *identifier, const char *level, const char *previous)
{
	return (struct tcs_signal){
	    .identifier = identifier,
	    .sender = "demo62@tocsin.example",
	    .sent_ms = KIT_NOW,
	    .status = "Test",
	    .msg_type = "Alert",
	    .observatory = "demo62",
	    .source = "vigicrues",
	    .feed = "vigicrues",
	    .source_name = "Vigicrues",
	    .zone = "AP5",
	    .zone_name = "Aa",
	    .zone_scheme = "VIGICRUES",
	    .phenomenon = "crues",
	    .level = level,
	    .previous_level = previous,
	    .issued_ms = KIT_NOW,
	    .fetched_ms = KIT_NOW,
	    .expires_ms = KIT_NOW + TCS_HOURS(18),
	    .departement = "62",
	    .headline = "Vigilance crues : Aa",
	};
}
