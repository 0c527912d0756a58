#include "dispatcher/receipt.h"

#include "core/clock.h"
#include "core/step.h"

enum { RECEIPT_MAX = 100000 };

static json_t *
receipt_new(const char *kind)
{
	json_t *value = tcs_need(json_object());

	tcs_must(tcs_json_set_i64(value, "v", 1) &&
	         tcs_json_set_str(value, "kind", kind));
	return value;
}

/* Takes `value`. */
static void
receipt_publish(struct tcs_ledger *ledger, const char *home, json_t *value,
    const struct tcs_stage_headers *headers)
{
	char at[TCS_TIME_TEXT];
	struct tcs_buf buf;
	int64_t now_ms = tcs_clock_now_ms();

	tcs_must(tcs_json_set_str(value, "at", tcs_time_iso(now_ms, at)) &&
	         tcs_json_set_i64(value, "at_ms", now_ms));
	tcs_buf_init(&buf, RECEIPT_MAX);
	tcs_json_write(&buf, value);
	json_decref(value);
	tcs_assert(buf.err == TCS_OK);
	const struct tcs_outgoing record = {
	    .topic = "receipts",
	    .key = tcs_slice_str(home),
	    .value = tcs_buf_view(&buf),
	    .headers = headers->items,
	    .headers_n = headers->n,
	};
	tcs_step_publish(ledger->step, &record);
	tcs_buf_fini(&buf);
}

void
tcs_receipt_delivery(const struct tcs_row *row)
{
	const struct tcs_delivery_about about = tcs_row_about(row);
	const struct tcs_delivery *d = &row->d;
	struct tcs_stages stages = row->version->stages;
	struct tcs_stage_headers headers;
	json_t *value = receipt_new("delivery");

	tcs_must(tcs_json_set_str(value, "key", d->key) &&
	         tcs_json_set_str(value, "alert", about.alert) &&
	         tcs_json_set_str(value, "thread", about.thread) &&
	         tcs_json_set_str(value, "code", about.code) &&
	         tcs_json_set_i64(value, "version", about.version) &&
	         tcs_json_set_str(value, "contact", about.contact) &&
	         tcs_json_set_str(value, "channel", about.channel) &&
	         tcs_json_set_str(
	             value, "state", tcs_delivery_state_name(d->state)) &&
	         tcs_json_set_i64(value, "attempt", d->attempt) &&
	         tcs_json_set_str(value, "reason", d->reason) &&
	         (!d->may_have_had || json_object_set_new(value, "may_have_had",
	                                  json_true()) == 0));
	if (d->state == TCS_DELIVERY_ACCEPTED)
		stages.ms[TCS_STAGE_ACCEPTED] = tcs_clock_now_ms();
	tcs_stages_headers(&stages, d->key, about.trace, &headers);
	receipt_publish(
	    row->version->ledger, row->lane->thread->home, value, &headers);
}

void
tcs_receipt_alert(const struct tcs_version *version, const char *reason)
{
	const struct tcs_thread *thread = version->thread;
	struct tcs_stage_headers headers;
	json_t *value = receipt_new("alert");

	tcs_must(tcs_json_set_str(value, "alert", version->id) &&
	         tcs_json_set_str(value, "thread", thread->hash) &&
	         tcs_json_set_str(value, "code", thread->code) &&
	         tcs_json_set_i64(value, "version", version->number) &&
	         tcs_json_set_i64(
	             value, "recipients", (int64_t)version->recipients) &&
	         tcs_json_set_str(value, "reason", reason));
	tcs_stages_headers(
	    &version->stages, version->id, thread->trace, &headers);
	receipt_publish(version->ledger, thread->home, value, &headers);
}

void
tcs_receipt_proposal(struct tcs_ledger *ledger, const struct tcs_thread *thread,
    const struct tcs_receipt_proposal *receipt)
{
	struct tcs_stages stages;
	struct tcs_stage_headers headers;
	json_t *value = receipt_new("proposal");

	tcs_must(tcs_json_set_str(value, "proposal", receipt->id) &&
	         tcs_json_set_str(value, "thread", thread->hash) &&
	         tcs_json_set_str(value, "code", thread->code) &&
	         tcs_json_set_str(value, "nature", receipt->nature) &&
	         tcs_json_set_str(value, "state", receipt->state) &&
	         tcs_json_set_str(value, "reason", receipt->reason));
	tcs_stages_init(&stages);
	tcs_stages_headers(&stages, receipt->id, thread->trace, &headers);
	receipt_publish(ledger, thread->home, value, &headers);
}

void
tcs_receipt_decision(struct tcs_ledger *ledger, const char *home,
    const struct tcs_receipt_decision *receipt)
{
	struct tcs_stages stages;
	struct tcs_stage_headers headers;
	json_t *value = receipt_new("decision");

	tcs_must(tcs_json_set_str(value, "decision", receipt->decision) &&
	         tcs_json_set_str(value, "outcome", receipt->outcome) &&
	         tcs_json_set_str(value, "reason", receipt->reason) &&
	         tcs_json_set_str(value, "proposal", receipt->proposal) &&
	         tcs_json_set_str(value, "alert", receipt->alert));
	tcs_stages_init(&stages);
	tcs_stages_headers(
	    &stages, receipt->decision, receipt->trace, &headers);
	receipt_publish(ledger, home, value, &headers);
}
