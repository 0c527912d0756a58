/* fuzz_rules - a file of rules.d: any bytes are refused with a reason or make
 * a rule that can be asked about any signal. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/xml.h"
#include "rules/match.h"
#include "rules/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tcs_xml_schema *
fuzz_schema(void)
{
	static struct tcs_xml_schema *schema;

	if (schema == NULL && tcs_xml_schema_load("config/schema/rules.xsd",
	                          &schema, NULL) != TCS_OK)
		abort(); /* start it at the top of the tree */
	return schema;
}

static void
fuzz_ask(const struct tcs_rule *rule, const char *level, const char *text)
{
	const struct tcs_signal signal = {
	    .identifier = "s",
	    .source = "vigicrues",
	    .zone = "AP5",
	    .level = level,
	    .previous_level = "jaune",
	    .description = text,
	    .issued_ms = TCS_NO_TIME,
	    .expires_ms = TCS_NO_TIME,
	};
	struct tcs_subject subject;
	struct tcs_buf folded;

	tcs_buf_init(&folded, 1 << 20);
	if (tcs_subject_init(&subject, &signal, &folded) == TCS_OK)
		(void)tcs_rule_match(rule, &subject);
	tcs_buf_fini(&folded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcs_rule *rule = NULL;
	struct tcs_diag diag = {0};
	const struct tcs_rule_origin origin = {.file = "fuzz.xml",
	    .schema = fuzz_schema(),
	    .now_ms = INT64_C(1795449600000)};
	enum tcs_err err =
	    tcs_rule_load(tcs_slice(data, size), &origin, &rule, &diag);

	if (err != TCS_OK && err != TCS_ENOMEM && diag.n == 0)
		abort(); /* refused without a reason */
	if (err == TCS_OK) {
		fuzz_ask(rule, "orange", rule->title);
		fuzz_ask(rule, NULL, NULL);
	}
	tcs_rule_free(&rule);
	tcs_diag_fini(&diag);
	return 0;
}
