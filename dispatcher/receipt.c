#include "dispatcher/receipt.h"

#include "core/clock.h"
#include "core/step.h"

enum { RECEIPT_MAX = 100000, RECEIPT_MOST = 1000 }; /* bytes of most */

static void
receipt_open(struct tcs_buf *buf, const char *kind)
{
	tcs_buf_init(buf, RECEIPT_MAX);
	tcs_buf_expect(buf, RECEIPT_MOST);
	tcs_json_open(buf, NULL, '{');
	tcs_json_put_i64(buf, "v", 1);
	tcs_json_put_str(buf, "kind", kind);
}

/* Ends what receipt_open() began. */
static void
receipt_publish(struct tcs_ledger *ledger, const char *home,
    struct tcs_buf *buf, const struct tcs_stage_headers *headers)
{
	char at[TCS_TIME_TEXT];
	int64_t now_ms = tcs_clock_now_ms();

	tcs_json_put_str(buf, "at", tcs_time_iso(now_ms, at));
	tcs_json_put_i64(buf, "at_ms", now_ms);
	tcs_json_close(buf, '}');
	tcs_assert(buf->err == TCS_OK);
	const struct tcs_outgoing record = {
	    .topic = "receipts",
	    .key = tcs_slice_str(home),
	    .value = tcs_buf_view(buf),
	    .headers = headers->items,
	    .headers_n = headers->n,
	};
	tcs_step_publish(ledger->step, &record);
	tcs_buf_fini(buf);
}

void
tcs_receipt_delivery(const struct tcs_row *row)
{
	const struct tcs_delivery_about about = tcs_row_about(row);
	const struct tcs_delivery *d = &row->d;
	struct tcs_stages stages = row->version->stages;
	struct tcs_stage_headers headers;
	struct tcs_buf buf;

	receipt_open(&buf, "delivery");
	tcs_json_put_str(&buf, "key", d->key);
	tcs_json_put_str(&buf, "alert", about.alert);
	tcs_json_put_str(&buf, "thread", about.thread);
	tcs_json_put_str(&buf, "code", about.code);
	tcs_json_put_i64(&buf, "version", about.version);
	tcs_json_put_str(&buf, "contact", about.contact);
	tcs_json_put_str(&buf, "channel", about.channel);
	tcs_json_put_str(&buf, "state", tcs_delivery_state_name(d->state));
	tcs_json_put_i64(&buf, "attempt", d->attempt);
	tcs_json_put_str(&buf, "reason", d->reason);
	tcs_json_put_flag(&buf, "may_have_had", d->may_have_had);
	if (d->state == TCS_DELIVERY_ACCEPTED)
		stages.ms[TCS_STAGE_ACCEPTED] = tcs_clock_now_ms();
	tcs_stages_headers(&stages, d->key, about.trace, &headers);
	receipt_publish(
	    row->version->ledger, row->lane->thread->home, &buf, &headers);
}

void
tcs_receipt_alert(const struct tcs_version *version, const char *reason)
{
	const struct tcs_thread *thread = version->thread;
	struct tcs_stage_headers headers;
	struct tcs_buf buf;

	receipt_open(&buf, "alert");
	tcs_json_put_str(&buf, "alert", version->id);
	tcs_json_put_str(&buf, "thread", thread->hash);
	tcs_json_put_str(&buf, "code", thread->code);
	tcs_json_put_i64(&buf, "version", version->number);
	tcs_json_put_i64(&buf, "recipients", (int64_t)version->recipients);
	tcs_json_put_str(&buf, "reason", reason);
	tcs_stages_headers(
	    &version->stages, version->id, thread->trace, &headers);
	receipt_publish(version->ledger, thread->home, &buf, &headers);
}

void
tcs_receipt_proposal(struct tcs_ledger *ledger, const struct tcs_thread *thread,
    const struct tcs_receipt_proposal *receipt)
{
	struct tcs_stages stages;
	struct tcs_stage_headers headers;
	struct tcs_buf buf;

	receipt_open(&buf, "proposal");
	tcs_json_put_str(&buf, "proposal", receipt->id);
	tcs_json_put_str(&buf, "thread", thread->hash);
	tcs_json_put_str(&buf, "code", thread->code);
	tcs_json_put_str(&buf, "nature", receipt->nature);
	tcs_json_put_str(&buf, "state", receipt->state);
	tcs_json_put_str(&buf, "reason", receipt->reason);
	tcs_stages_init(&stages);
	tcs_stages_headers(&stages, receipt->id, thread->trace, &headers);
	receipt_publish(ledger, thread->home, &buf, &headers);
}

void
tcs_receipt_decision(struct tcs_ledger *ledger, const char *home,
    const struct tcs_receipt_decision *receipt)
{
	struct tcs_stages stages;
	struct tcs_stage_headers headers;
	struct tcs_buf buf;

	receipt_open(&buf, "decision");
	tcs_json_put_str(&buf, "decision", receipt->decision);
	tcs_json_put_str(&buf, "outcome", receipt->outcome);
	tcs_json_put_str(&buf, "reason", receipt->reason);
	tcs_json_put_str(&buf, "proposal", receipt->proposal);
	tcs_json_put_str(&buf, "alert", receipt->alert);
	tcs_stages_init(&stages);
	tcs_stages_headers(
	    &stages, receipt->decision, receipt->trace, &headers);
	receipt_publish(ledger, home, &buf, &headers);
}
