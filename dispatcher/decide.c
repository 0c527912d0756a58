#include "dispatcher/decide.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "dispatcher/decision.h"
#include "dispatcher/dispatch.h"
#include "dispatcher/expand.h"
#include "dispatcher/intake.h"
#include "dispatcher/issue.h"
#include "dispatcher/persist.h"
#include "dispatcher/receipt.h"
#include "dispatcher/turn.h"

enum { DECIDE_PARKED_MAX = 1000, DECIDE_DESCRIPTION_MAX = 40000 };

/* One decision, what it binds and what came of it. */
struct verdict {
	struct tcs_ledger *ledger;
	struct tcs_ruling *ruling;
	const struct tcs_decision *decision;
	struct tcs_thread *thread; /* of its code, or NULL */
	struct tcs_binding binding;
	const char *outcome; /* accepted, refused, parked */
	struct tcs_buf reason;
	char alert[TCS_ID_MAX]; /* made by it, or "" */
};

static const char *
decide_proposal(const struct verdict *v)
{
	if (v->binding.kind == TCS_BINDING_HOLDS)
		return v->binding.current->id;
	return v->binding.read == NULL ? NULL : v->binding.read->id;
}

static void
decide_persist(const struct verdict *v)
{
	const struct tcs_ruling *ruling = v->ruling;
	const struct tcs_booked *current = v->binding.current;
	const struct tcs_decision *d = v->decision;
	struct tcs_buf buf;
	char bound[TCS_HASH_SEEN + 1] = "";

	if (v->binding.kind == TCS_BINDING_HOLDS)
		memcpy(bound, current->hash, TCS_HASH_SEEN);
	tcs_persist_open(&buf);
	tcs_json_put_str(&buf, "decision", ruling->id);
	tcs_json_put_str(&buf, "outcome", v->outcome);
	tcs_json_put_str(&buf, "reason", v->reason.n == 0 ? NULL : v->reason.p);
	tcs_json_put_str(&buf, "proposal", decide_proposal(v));
	tcs_json_put_str(&buf, "alert", v->alert[0] == '\0' ? NULL : v->alert);
	tcs_json_put_str(&buf, "code", d->code);
	tcs_json_put_str(&buf, "read", d->hash);
	tcs_json_put_str(&buf, "bound", bound[0] == '\0' ? NULL : bound);
	tcs_json_put_i64(&buf, "at_ms", d->at_ms);
	tcs_json_put_i64(&buf, "read_ms", ruling->read_ms);
	tcs_json_put_str(&buf, "record", ruling->record);
	tcs_persist_close(
	    v->ledger, TCS_LEDGER_OUTCOMES, ruling->home, ruling->id, &buf);
}

/* Stored and said; in the turn under way. */
static void
decide_conclude(const struct verdict *v)
{
	const struct tcs_receipt_decision receipt = {v->ruling->id, v->outcome,
	    v->reason.n == 0 ? NULL : v->reason.p, decide_proposal(v),
	    v->alert[0] == '\0' ? NULL : v->alert,
	    v->thread == NULL ? NULL : v->thread->trace};

	decide_persist(v);
	tcs_receipt_decision(v->ledger, v->ruling->home, &receipt);
	tcs_log(TCS_LOG_INFO, "decision.read",
	    "decision=%s outcome=%s code=%s proposal=%s alert=%s "
	    "reason=\"%s\"",
	    v->ruling->id, v->outcome,
	    v->decision->code == NULL ? "" : v->decision->code,
	    receipt.proposal == NULL ? "" : receipt.proposal, v->alert,
	    receipt.reason == NULL ? "" : receipt.reason);
}

static void
decide_refuse(struct verdict *v, const char *reason)
{
	v->outcome = "refused";
	tcs_buf_str(&v->reason, reason);
	/* What to read now, for whoever decides. */
	if (v->binding.current != NULL)
		tcs_buf_printf(&v->reason, ": read %s-%.*s", v->thread->code,
		    TCS_HASH_SEEN, v->binding.current->hash);
}

/* Approving */

static void
decide_issue(struct verdict *v, const struct tcs_proposal *proposal,
    const struct tcs_order *order, struct tcs_draft *draft)
{
	struct tcs_booked *booked = v->binding.current;
	struct tcs_series *series = tcs_thread_series(v->thread, booked->raise);

	memcpy(v->alert, draft->id, sizeof(v->alert));
	tcs_intake_close(v->ledger, v->thread, booked, TCS_BOOK_APPROVED, NULL);
	tcs_issue(v->ledger, series, v->thread, proposal, order, draft);
	tcs_persist_thread(v->ledger, v->thread);
	v->outcome = "accepted";
}

static enum tcs_err
decide_draft(struct verdict *v, struct tcs_cap *cap,
    struct tcs_proposal *proposal, struct tcs_order *order,
    struct tcs_diag *diag)
{
	const struct tcs_booked *booked = v->binding.current;
	struct tcs_draft draft = {0};

	enum tcs_err err = tcs_proposal_from_cap(cap, proposal, diag);
	if (err != TCS_OK)
		return err;
	proposal->expires_ms = booked->expires_ms; /* prolonged since, maybe */
	err = tcs_draft_make(tcs_thread_series(v->thread, booked->raise),
	    proposal, order, &draft, diag);
	if (err == TCS_OK)
		decide_issue(v, proposal, order, &draft);
	tcs_draft_fini(&draft);
	return err;
}

static void
decide_approve(struct verdict *v)
{
	const struct tcs_booked *booked = v->binding.current;
	struct tcs_cap *cap = NULL;
	struct tcs_proposal proposal;
	struct tcs_diag diag = {0};
	struct tcs_buf description;
	struct tcs_order order = {
	    .authority = v->decision->authority, .stages = booked->stages};

	order.stages.ms[TCS_STAGE_DECIDED] = v->decision->at_ms;
	tcs_buf_init(&description, DECIDE_DESCRIPTION_MAX);
	tcs_decision_describe(v->decision, booked->hash, &description);
	order.decision = description.p;
	enum tcs_err err = description.err;
	if (err == TCS_OK)
		err = tcs_cap_read(
		    tcs_slice(booked->cap, booked->cap_n), &cap, &diag);
	if (err == TCS_OK)
		err = decide_draft(v, cap, &proposal, &order, &diag);
	if (err != TCS_OK) {
		tcs_log(TCS_LOG_ERROR, "decision.unusable",
		    "decision=%s proposal=%s reason=\"%s\"", v->decision->id,
		    booked->id, tcs_diag_text(&diag));
		decide_refuse(v, "no alert can be made of that proposal");
	}
	tcs_cap_free(&cap);
	tcs_buf_fini(&description);
	tcs_diag_fini(&diag);
}

/* Rejecting, waiting: the proposal says so. */
static void
decide_mark(struct verdict *v, enum tcs_book_state state)
{
	struct tcs_booked *booked = v->binding.current;
	const struct tcs_receipt_proposal receipt = {booked->id, booked->nature,
	    tcs_book_state_name(state), v->decision->reason};

	booked->state = state;
	tcs_persist_booked(v->ledger, v->thread, booked);
	tcs_receipt_proposal(v->ledger, v->thread, &receipt);
	v->outcome = "accepted";
}

static void
decide_apply(struct verdict *v)
{
	bool is_past = !v->ledger->dispatch->clock.is_halted &&
	               tcs_clock_now_ms() >= v->binding.current->expires_ms;

	if (is_past) {
		v->binding.kind = TCS_BINDING_REFUSED;
		decide_refuse(v, "the proposal is expired");
		return;
	}
	switch (v->decision->verdict) {
	case TCS_DECISION_APPROVE:
		decide_approve(v);
		break;
	case TCS_DECISION_REJECT:
		decide_mark(v, TCS_BOOK_REJECTED);
		break;
	case TCS_DECISION_WAIT:
		decide_mark(v, TCS_BOOK_WAIT);
		break;
	}
}

/* Which text it is about, and what follows; without a text nothing is done. */
static void
decide_bind(struct verdict *v)
{
	v->thread = tcs_map_get(&v->ledger->codes, v->decision->code);
	if (v->thread != NULL)
		v->binding = tcs_book_bind(&v->thread->book, v->decision->hash);
	switch (v->binding.kind) {
	case TCS_BINDING_HOLDS:
		decide_apply(v);
		break;
	case TCS_BINDING_REFUSED:
		decide_refuse(v, v->binding.reason);
		break;
	case TCS_BINDING_NONE:
		break;
	}
}

/* Parking */

static void
decide_park(struct verdict *v)
{
	struct tcs_ruling *ruling = v->ruling;

	if (v->ledger->parked_n >= DECIDE_PARKED_MAX) {
		decide_refuse(v, "no such proposal, and too many wait for one");
		return;
	}
	struct tcs_buf text;
	tcs_buf_init(&text, DECIDE_DESCRIPTION_MAX);
	tcs_json_write(&text, v->decision->json);
	if (text.err == TCS_OK)
		ruling->record = tcs_need_dup(text.p);
	tcs_buf_fini(&text);
	if (ruling->record == NULL) {
		decide_refuse(v, "no such proposal");
		return;
	}
	v->ledger->parked_n++;
	v->outcome = "parked";
	tcs_buf_str(&v->reason, "no text of that code and hash was read yet");
	tcs_persist_timer(v->ledger, ruling->home, TCS_TIMER_DECISION,
	    ruling->id, ruling->read_ms + TCS_PARK_MS);
}

static void
decide_unpark(struct tcs_ledger *ledger, struct tcs_ruling *ruling)
{
	free(ruling->record);
	ruling->record = NULL;
	ledger->parked_n--;
	tcs_persist_timer_clear(
	    ledger, ruling->home, TCS_TIMER_DECISION, ruling->id);
}

static void
decide_again(struct tcs_ledger *ledger, struct tcs_ruling *ruling,
    const struct tcs_thread *thread)
{
	struct tcs_decision decision;
	struct verdict v = {.ledger = ledger, .ruling = ruling};

	if (tcs_decision_parse(
	        tcs_slice_str(ruling->record), &decision, NULL) != TCS_OK)
		return; /* its timer will refuse it */
	v.decision = &decision;
	tcs_buf_init(&v.reason, 4000);
	if (strcmp(decision.code, thread->code) == 0)
		decide_bind(&v);
	if (v.outcome != NULL) {
		decide_unpark(ledger, ruling);
		decide_conclude(&v);
	}
	tcs_buf_fini(&v.reason);
	tcs_decision_fini(&decision);
}

void
tcs_decide_parked(struct tcs_ledger *ledger, const struct tcs_thread *thread)
{
	struct tcs_ruling *ruling;
	size_t at = 0;

	/* None, nearly always. */
	while (ledger->parked_n > 0 &&
	       (ruling = tcs_map_next(&ledger->rulings, &at)) != NULL) {
		if (ruling->record != NULL)
			decide_again(ledger, ruling, thread);
	}
}

void
tcs_decide_overdue(struct tcs_ledger *ledger, const char *id)
{
	struct tcs_ruling *ruling = tcs_map_get(&ledger->rulings, id);
	struct tcs_decision decision = {0};
	struct verdict v = {
	    .ledger = ledger, .ruling = ruling, .decision = &decision};

	if (ruling == NULL || ruling->record == NULL)
		return;
	if (tcs_decision_parse(
	        tcs_slice_str(ruling->record), &decision, NULL) != TCS_OK)
		tcs_log(TCS_LOG_ERROR, "decision.unreadable", "decision=%s",
		    ruling->id);
	tcs_buf_init(&v.reason, 4000);
	decide_refuse(&v, "no text of that code and hash came within 24 h");
	tcs_log(TCS_LOG_WARNING, "decision.overdue", "decision=%s", ruling->id);
	decide_unpark(ledger, ruling);
	decide_conclude(&v);
	tcs_buf_fini(&v.reason);
	tcs_decision_fini(&decision);
}

/* Releasing a feed's first state */

static void
decide_resume(struct verdict *v)
{
	struct tcs_ledger *ledger = v->ledger;
	struct tcs_feed_hold *feed = tcs_ledger_feed(ledger, v->decision->feed);
	struct tcs_version *version;
	size_t at = 0, n = 0;

	v->outcome = "accepted";
	if (feed->released_ms < v->decision->at_ms)
		feed->released_ms = v->decision->at_ms;
	tcs_persist_feed(ledger, v->ruling->home, feed);
	while ((version = tcs_map_next(&ledger->versions, &at)) != NULL) {
		if (version->is_first_sight &&
		    strcmp(version->feed, feed->name) == 0 &&
		    !tcs_ledger_is_held(
		        ledger, feed->name, version->fetched_ms))
			n += tcs_release(version);
	}
	tcs_log(TCS_LOG_INFO, "feed.resumed", "feed=%s released=%zu",
	    feed->name, n);
}

static void
decide_run(struct verdict *v)
{
	if (v->decision->kind == TCS_DECISION_RESUME)
		decide_resume(v);
	else
		decide_bind(v);
	if (v->outcome == NULL)
		decide_park(v);
	decide_conclude(v);
}

enum tcs_err
tcs_decide_record(struct tcs_ledger *ledger, const struct tcs_record *record,
    struct tcs_step *step, struct tcs_diag *diag)
{
	struct tcs_decision decision;
	struct verdict v = {.ledger = ledger, .decision = &decision};
	char home[TCS_HOME_MAX];

	if (!tcs_home_of(record, home))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "decision: the record's key is none");
	enum tcs_err err = tcs_decision_parse(record->value, &decision, diag);
	if (err != TCS_OK)
		return err;
	if (tcs_map_get(&ledger->rulings, decision.id) != NULL) {
		tcs_log(
		    TCS_LOG_INFO, "decision.seen", "decision=%s", decision.id);
		tcs_decision_fini(&decision);
		return TCS_OK;
	}
	tcs_buf_init(&v.reason, 4000);
	tcs_turn_begin(ledger, step);
	tcs_turn_mark(ledger, TCS_TURN_DECISION);
	v.ruling = tcs_ledger_add_ruling(ledger, home, decision.id);
	v.ruling->read_ms = tcs_clock_now_ms();
	decide_run(&v);
	tcs_turn_end(ledger);
	tcs_failpoint("dispatcher.decision");
	tcs_buf_fini(&v.reason);
	tcs_decision_fini(&decision);
	return TCS_OK;
}
