/* fuzz_cap.c - any bytes as a CAP message: what is read can be checked and
 * copied; what passes the check is written, validates, and reads back as the
 * same bytes; as a signal, a proposal, an alert it is taken or refused. */
#include <stdlib.h>
#include <string.h>

#include "core/alert.h"
#include "core/cap.h"
#include "core/proposal.h"
#include "core/signal.h"
#include "core/xml.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct tcs_xml_schema *fuzz_schema;

static void
fuzz_load_schema(void)
{
	struct tcs_diag diag = {0};

	if (fuzz_schema == NULL)
		tcs_assert(tcs_xml_schema_load("config/schema/cap-1.2.xsd",
		               &fuzz_schema, &diag) == TCS_OK);
	tcs_diag_fini(&diag);
}

static void
fuzz_validate(struct tcs_slice bytes)
{
	struct tcs_xml *xml = NULL;
	struct tcs_diag diag = {0};

	tcs_assert(
	    tcs_xml_parse(bytes, TCS_CAP_MAX, NULL, &xml, &diag) == TCS_OK);
	tcs_assert(tcs_xml_validate(xml, fuzz_schema, &diag) == TCS_OK);
	tcs_diag_fini(&diag);
	tcs_xml_free(&xml);
}

/* What we write we read without a word, and write again the same. */
static void
fuzz_write(const struct tcs_cap *cap)
{
	struct tcs_buf once, twice;
	struct tcs_cap *again = NULL;
	struct tcs_diag diag = {0};

	tcs_buf_init(&once, TCS_CAP_MAX);
	tcs_buf_init(&twice, TCS_CAP_MAX);
	if (tcs_cap_check(cap, NULL) == TCS_OK &&
	    tcs_cap_write(cap, &once, NULL) == TCS_OK) {
		fuzz_validate(tcs_buf_view(&once));
		tcs_assert(
		    tcs_cap_read(tcs_buf_view(&once), &again, &diag) == TCS_OK);
		tcs_assert(diag.n == 0);
		tcs_assert(tcs_cap_write(again, &twice, NULL) == TCS_OK);
		tcs_assert(
		    tcs_slice_equal(tcs_buf_view(&once), tcs_buf_view(&twice)));
	}
	tcs_diag_fini(&diag);
	tcs_cap_free(&again);
	tcs_buf_fini(&once);
	tcs_buf_fini(&twice);
}

/* What one of our values says can be said again. */
static void
fuzz_values(struct tcs_cap *cap)
{
	struct tcs_signal signal;
	struct tcs_proposal proposal;
	struct tcs_alert alert;
	struct tcs_cap *again = NULL;
	struct tcs_buf text;
	char id[TCS_ID_MAX];

	if (tcs_signal_from_cap(cap, &signal, NULL) == TCS_OK) {
		tcs_signal_identify(&signal, signal.references, id);
		if (tcs_signal_to_cap(&signal, &again, NULL) == TCS_OK)
			tcs_cap_free(&again);
	}
	if (tcs_proposal_from_cap(cap, &proposal, NULL) == TCS_OK) {
		tcs_proposal_identify(&proposal, id);
		if (tcs_proposal_to_cap(&proposal, &again, NULL) == TCS_OK)
			tcs_cap_free(&again);
	}
	if (tcs_alert_from_cap(cap, &alert, NULL) == TCS_OK) {
		tcs_buf_init(&text, (size_t)4 * TCS_CAP_MAX);
		tcs_alert_identify(&alert, id);
		tcs_alert_subject(&alert, &text);
		tcs_assert(text.n > 0 && memchr(text.p, '\n', text.n) == NULL);
		tcs_alert_body(&alert, &text);
		tcs_assert(text.err == TCS_OK);
		tcs_buf_fini(&text);
		if (tcs_alert_to_cap(&alert, &again, NULL) == TCS_OK)
			tcs_cap_free(&again);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct tcs_cap *cap = NULL;
	struct tcs_diag diag = {0};

	fuzz_load_schema();
	enum tcs_err err = tcs_cap_read(tcs_slice(data, size), &cap, &diag);
	/* A refusal says why. */
	tcs_assert(err == TCS_OK || diag.n > 0);
	for (size_t i = 0; i < diag.n; i++)
		tcs_assert(
		    tcs_slice_is_utf8(tcs_slice_str(diag.items[i].text)));
	tcs_diag_fini(&diag);
	if (err != TCS_OK)
		return 0;

	struct tcs_cap *copy = tcs_cap_copy(cap);
	fuzz_write(cap);
	if (copy != NULL)
		fuzz_values(copy);
	tcs_cap_free(&copy);
	tcs_cap_free(&cap);
	return 0;
}
