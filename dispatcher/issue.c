#include "dispatcher/issue.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/step.h"
#include "dispatcher/expand.h"
#include "dispatcher/persist.h"
#include "dispatcher/receipt.h"
#include "dispatcher/turn.h"

/* A record holds a million bytes; the rest is for its headers. */
enum { ISSUE_CAP_MAX = 990000 };

static enum tcs_err
issue_write(const struct tcs_cap *cap, const struct tcs_alert *alert,
    struct tcs_draft *draft, struct tcs_diag *diag)
{
	struct tcs_buf text, reference;

	tcs_buf_init(&text, ISSUE_CAP_MAX);
	tcs_buf_init(&reference, 4000);
	enum tcs_err err = tcs_cap_write(cap, &text, diag);
	if (err == TCS_OK)
		err = text.err;
	tcs_cap_reference(cap, &reference);
	if (err == TCS_OK)
		err = tcs_buf_steal(&reference, &draft->reference);
	if (err == TCS_OK) {
		draft->letter = tcs_letter_new(tcs_buf_view(&text));
		err = draft->letter == NULL
		          ? TCS_ENOMEM
		          : tcs_letter_render_from(draft->letter, cap, alert);
	}
	tcs_buf_fini(&text);
	tcs_buf_fini(&reference);
	return err;
}

enum tcs_err
tcs_draft_make(const struct tcs_series *series,
    const struct tcs_proposal *proposal, const struct tcs_order *order,
    struct tcs_draft *ret_draft, struct tcs_diag *diag)
{
	struct tcs_draft draft = {.version = 1};
	struct tcs_cap *cap = NULL;
	struct tcs_alert alert = {.base = *proposal,
	    .status = proposal->intended_status,
	    .msg_type = "Alert",
	    .decision = order->decision,
	    .authority = order->authority};

	alert.base.references = NULL;
	if (series != NULL && series->version > 0) {
		draft.version = series->version + 1;
		alert.msg_type = "Update";
		alert.base.references = series->reference;
	}
	alert.version = draft.version;
	alert.base.sent_ms = tcs_clock_now_ms();
	tcs_alert_identify(&alert, draft.id);
	alert.base.identifier = draft.id;
	enum tcs_err err = tcs_alert_to_cap(&alert, &cap, diag);
	if (err == TCS_OK)
		err = issue_write(cap, &alert, &draft, diag);
	tcs_cap_free(&cap);
	if (err != TCS_OK) {
		tcs_draft_fini(&draft);
		return err;
	}
	*ret_draft = draft;
	return TCS_OK;
}

void
tcs_draft_fini(struct tcs_draft *draft)
{
	free(draft->reference);
	draft->reference = NULL;
	tcs_letter_unref(&draft->letter);
}

static void
issue_publish(const struct tcs_version *version)
{
	const struct tcs_thread *thread = version->thread;
	struct tcs_stage_headers headers;

	tcs_stages_headers(
	    &version->stages, version->id, thread->trace, &headers);
	const struct tcs_outgoing record = {
	    .topic = "alerts",
	    .key = tcs_slice_str(thread->home),
	    .value = tcs_slice(version->letter->cap, version->letter->cap_n),
	    .headers = headers.items,
	    .headers_n = headers.n,
	};
	tcs_step_publish(version->ledger->step, &record);
}

static bool
issue_lifts(const struct tcs_proposal *proposal)
{
	return proposal->is_end ||
	       strcmp(proposal->action, TCS_ACTION_LIFT) == 0;
}

/* The version in memory, and what its series says of it from now on. Takes
 * the draft. */
static struct tcs_version *
issue_add(struct tcs_ledger *ledger, struct tcs_series *series,
    const struct tcs_proposal *proposal, struct tcs_draft *draft)
{
	struct tcs_version *version =
	    tcs_ledger_add_version(ledger, series, draft->id, draft->letter);

	version->feed =
	    tcs_need_dup(proposal->feed == NULL ? "" : proposal->feed);
	version->number = draft->version;
	version->expires_ms = proposal->expires_ms;
	version->sent_ms = draft->letter->sent_ms;
	version->fetched_ms = proposal->fetched_ms;
	series->current = version;
	series->version = draft->version;
	series->expires_ms = proposal->expires_ms;
	series->is_lifted = issue_lifts(proposal);
	tcs_series_set(&series->alert, draft->id);
	free(series->reference);
	series->reference = draft->reference;
	memset(draft, 0, sizeof(*draft));
	return version;
}

static void
issue_tell_nobody(const struct tcs_version *version)
{
	tcs_log(TCS_LOG_WARNING, "alert.nobody",
	    "alert=%s thread=%s code=%s reason=\"no contact has its audience "
	    "and its territory: add one to tocsin.conf\" trace=%s",
	    version->id, version->thread->hash, version->thread->code,
	    version->thread->trace);
	tcs_receipt_alert(
	    version, "no contact has its audience and its territory");
}

void
tcs_issue(struct tcs_ledger *ledger, struct tcs_series *series,
    struct tcs_thread *thread, const struct tcs_proposal *proposal,
    const struct tcs_order *order, struct tcs_draft *draft)
{
	const struct tcs_address address = {proposal->audience,
	    proposal->departement, proposal->insee, proposal->insee_n};

	if (series->current != NULL)
		tcs_supersede(series->current);
	struct tcs_version *version =
	    issue_add(ledger, series, proposal, draft);
	version->thread = thread;
	version->stages = order->stages;
	version->is_automatic = order->decision == NULL;
	version->is_first_sight =
	    version->is_automatic && proposal->is_first_sight;
	if (thread->expires_ms < version->expires_ms)
		thread->expires_ms = version->expires_ms;
	issue_publish(version);
	tcs_persist_timer(ledger, thread->home, TCS_TIMER_ALERT, version->id,
	    version->expires_ms);
	tcs_must(tcs_expand_plan(version, &address) == TCS_OK);
	tcs_log(TCS_LOG_INFO, "alert.issued",
	    "alert=%s thread=%s code=%s nature=%s version=%u contacts=%zu "
	    "trace=%s",
	    version->id, thread->hash, thread->code, series->nature,
	    version->number, version->recipients, thread->trace);
	if (version->recipients == 0)
		issue_tell_nobody(version);
	tcs_expand_chunk(version);
}
