#include "dispatcher/intake.h"

#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "dispatcher/decide.h"
#include "dispatcher/dispatch.h"
#include "dispatcher/expand.h"
#include "dispatcher/issue.h"
#include "dispatcher/persist.h"
#include "dispatcher/receipt.h"
#include "dispatcher/turn.h"

/* A proposal that was read, and where it belongs. */
struct intake {
	struct tcs_ledger *ledger;
	const struct tcs_proposal *proposal;
	struct tcs_slice cap; /* its document */
	const char *home;
	char hash[9], trace[17];
	struct tcs_stages stages;
	struct tcs_thread *thread; /* NULL until it is known to be new */
	struct tcs_series *series;
	struct tcs_draft draft; /* of an information */
};

static bool
intake_is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

/* An alerte never leaves without a decision, whatever its mode says. */
static bool
intake_needs_decision(const struct tcs_proposal *proposal)
{
	return intake_is(proposal->nature, TCS_NATURE_ALERTE) ||
	       !intake_is(proposal->decision_mode, "none");
}

static enum tcs_err
intake_refuse(struct tcs_diag *diag, const char *why)
{
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0, "proposal: %s", why);
}

static enum tcs_err
intake_check(const struct intake *in, struct tcs_diag *diag)
{
	const struct tcs_proposal *p = in->proposal;

	if (p->departement == NULL || !intake_is(p->departement, in->home))
		return intake_refuse(
		    diag, "its département is not the record's key");
	if (p->expires_ms == TCS_NO_TIME)
		return intake_refuse(diag, "no expiry");
	if (p->headline == NULL)
		return intake_refuse(diag, "no headline");
	if (strlen(p->code) != TCS_CODE_LEN ||
	    strspn(p->code, TCS_CODE_ALPHABET) != TCS_CODE_LEN)
		return intake_refuse(diag, "its code is not of its form");
	if (p->number == 0)
		return intake_refuse(diag, "no number");
	if (in->thread != NULL && !intake_is(in->thread->home, in->home))
		return intake_refuse(diag, "its thread has another key");
	if (in->series != NULL && !intake_is(in->series->nature, p->nature))
		return intake_refuse(
		    diag, "earlier ones of this raise had another nature");
	if (in->thread != NULL && in->series == NULL &&
	    in->thread->series_n == TCS_SERIES_MAX)
		return intake_refuse(diag, "its thread has 16 raises already");
	return TCS_OK;
}

/* 16 hex digits from the header, or made of the opening signal as the header
 * is: the thread's identifier is that signal's, '/' and the rule's. */
static void
intake_trace(struct intake *in, const struct tcs_record *record)
{
	struct tcs_slice header = tcs_record_header(record, "trace");
	struct tcs_slice rest, thread = tcs_slice_str(in->proposal->thread);
	char signal[TCS_ID_MAX];

	if (header.n == sizeof(in->trace) - 1 &&
	    strspn(header.p, "0123456789abcdef") >= header.n) {
		memcpy(in->trace, header.p, header.n);
		in->trace[header.n] = '\0';
		return;
	}
	struct tcs_slice opening = tcs_slice_cut(thread, '/', &rest);
	size_t n = opening.n < sizeof(signal) ? opening.n : sizeof(signal) - 1;
	memcpy(signal, opening.p, n);
	signal[n] = '\0';
	tcs_trace_of(signal, in->trace);
}

static void
intake_receipt(const struct intake *in, const char *state, const char *reason)
{
	const struct tcs_receipt_proposal receipt = {
	    in->proposal->identifier, in->proposal->nature, state, reason};

	tcs_receipt_proposal(in->ledger, in->thread, &receipt);
}

void
tcs_intake_close(struct tcs_ledger *ledger, const struct tcs_thread *thread,
    struct tcs_booked *booked, enum tcs_book_state state, const char *reason)
{
	bool was_rejected = booked->state == TCS_BOOK_REJECTED;

	/* Stored before its document is given up; what was rejected stays so,
	 * unless a person thought again. */
	if (!was_rejected || state == TCS_BOOK_APPROVED)
		booked->state = state;
	booked->is_open = false;
	tcs_persist_booked(ledger, thread, booked);
	tcs_persist_booked_timer(ledger, thread, booked, TCS_NO_TIME);
	if (booked->state == state) {
		const struct tcs_receipt_proposal receipt = {booked->id,
		    booked->nature, tcs_book_state_name(state), reason};
		tcs_receipt_proposal(ledger, thread, &receipt);
	}
	tcs_book_close(booked, booked->state);
}

static void
intake_close_open(
    const struct intake *in, enum tcs_book_state state, const char *reason)
{
	struct tcs_booked *open =
	    tcs_book_open_of(&in->thread->book, in->series->raise);

	if (open != NULL)
		tcs_intake_close(in->ledger, in->thread, open, state, reason);
}

/* What each kind of proposal does. */

/* Only the validity moved. */
static void
intake_prolong(const struct intake *in)
{
	struct tcs_ledger *ledger = in->ledger;
	struct tcs_thread *thread = in->thread;
	int64_t expires = in->proposal->expires_ms;
	struct tcs_booked *open =
	    tcs_book_open_of(&thread->book, in->series->raise);
	struct tcs_version *version = in->series->current;

	if (open != NULL) {
		open->expires_ms = expires;
		tcs_persist_booked(ledger, thread, open);
		tcs_persist_booked_timer(ledger, thread, open, expires);
	}
	in->series->expires_ms = expires;
	if (version != NULL) {
		tcs_persist_version_guard(version);
		version->expires_ms = expires;
		tcs_persist_version(version);
		tcs_persist_timer(ledger, thread->home, TCS_TIMER_ALERT,
		    version->id, expires);
	}
	tcs_log(TCS_LOG_DEBUG, "proposal.prolongs",
	    "thread=%s raise=%s trace=%s", thread->hash, in->series->raise,
	    thread->trace);
}

static void
intake_expired(const struct intake *in)
{
	tcs_log(TCS_LOG_WARNING, "proposal.expired",
	    "proposal=%s nature=%s thread=%s code=%s reason=\"expired before "
	    "it was read\" trace=%s",
	    in->proposal->identifier, in->proposal->nature, in->thread->hash,
	    in->thread->code, in->thread->trace);
	intake_close_open(in, TCS_BOOK_SUPERSEDED, "a newer proposal");
	/* It is the truth although nobody is told: the one before it is not. */
	if (!intake_needs_decision(in->proposal) && in->series->current != NULL)
		tcs_supersede(in->series->current);
	intake_receipt(in, "expired", "expired before it was read");
}

static void
intake_wait(const struct intake *in)
{
	struct tcs_ledger *ledger = in->ledger;
	struct tcs_booked *booked =
	    tcs_need(tcs_booked_new(in->proposal, in->cap));

	intake_close_open(in, TCS_BOOK_SUPERSEDED, "a newer proposal");
	if (in->stages.ms[TCS_STAGE_PROPOSED] != TCS_NO_TIME)
		booked->proposed_ms = in->stages.ms[TCS_STAGE_PROPOSED];
	booked->stages = in->stages;
	tcs_must(tcs_book_add(&in->thread->book, booked) == TCS_OK);
	tcs_persist_booked(ledger, in->thread, booked);
	tcs_persist_booked_timer(
	    ledger, in->thread, booked, booked->expires_ms);
	intake_receipt(in, "waiting", NULL);
	tcs_log(TCS_LOG_INFO, "proposal.waiting",
	    "proposal=%s thread=%s code=%s action=%s trace=%s", booked->id,
	    in->thread->hash, in->thread->code, booked->action,
	    in->thread->trace);
	tcs_decide_parked(ledger, in->thread);
}

/* Nothing to lift: what waits is withdrawn, and nobody is asked. */
static void
intake_withdraw(const struct intake *in)
{
	intake_close_open(
	    in, TCS_BOOK_WITHDRAWN, "its condition no longer holds");
	intake_receipt(in, "withdrawn", "nothing was sent that it would lift");
}

static void
intake_leave(struct intake *in)
{
	const struct tcs_order order = {.stages = in->stages};

	intake_close_open(in, TCS_BOOK_SUPERSEDED, "a newer proposal");
	tcs_issue(in->ledger, in->series, in->thread, in->proposal, &order,
	    &in->draft);
}

static bool
intake_is_past(const struct intake *in)
{
	return !in->ledger->dispatch->clock.is_halted &&
	       tcs_clock_now_ms() >= in->proposal->expires_ms;
}

static void
intake_apply(struct intake *in)
{
	const struct tcs_proposal *p = in->proposal;
	bool is_lift = intake_is(p->action, TCS_ACTION_LIFT);

	if (intake_is(p->action, TCS_ACTION_PROLONG))
		intake_prolong(in);
	else if (intake_is_past(in))
		intake_expired(in);
	else if (is_lift && (in->series->version == 0 || in->series->is_lifted))
		intake_withdraw(in);
	else if (intake_needs_decision(p))
		intake_wait(in);
	else
		intake_leave(in);
}

/* Thread and series are there from now on, and know this proposal. */
static void
intake_place(struct intake *in)
{
	const struct tcs_proposal *p = in->proposal;

	if (in->thread == NULL) {
		in->thread =
		    tcs_ledger_add_thread(in->ledger, in->home, in->hash);
		memcpy(in->thread->trace, in->trace, sizeof(in->trace));
		in->thread->expires_ms = p->expires_ms;
	}
	tcs_ledger_set_code(in->ledger, in->thread, p->code);
	if (in->series == NULL)
		in->series = tcs_need(
		    tcs_thread_add_series(in->thread, p->raise, p->nature));
	in->series->number = p->number;
	if (in->thread->expires_ms < p->expires_ms)
		in->thread->expires_ms = p->expires_ms;
}

/* An information is drafted before anything changes: it may be refused. */
static enum tcs_err
intake_draft(struct intake *in, struct tcs_diag *diag)
{
	const struct tcs_order order = {.stages = in->stages};

	if (intake_needs_decision(in->proposal) ||
	    intake_is(in->proposal->action, TCS_ACTION_PROLONG))
		return TCS_OK;
	return tcs_draft_make(
	    in->series, in->proposal, &order, &in->draft, diag);
}

static enum tcs_err
intake_run(struct intake *in, const struct tcs_record *record,
    struct tcs_step *step, struct tcs_diag *diag)
{
	const struct tcs_proposal *p = in->proposal;

	tcs_thread_hash(p->thread, in->hash);
	in->thread = tcs_ledger_thread(in->ledger, in->hash);
	if (in->thread != NULL)
		in->series = tcs_thread_series(in->thread, p->raise);
	enum tcs_err err = intake_check(in, diag);
	if (err != TCS_OK)
		return err;
	if (in->series != NULL && p->number <= in->series->number) {
		tcs_log(TCS_LOG_INFO, "proposal.seen",
		    "proposal=%s thread=%s trace=%s", p->identifier, in->hash,
		    in->thread->trace);
		return TCS_OK;
	}
	intake_trace(in, record);
	tcs_stages_read(&in->stages, record);
	err = intake_draft(in, diag);
	if (err != TCS_OK)
		return err;
	tcs_turn_begin(in->ledger, step);
	tcs_turn_mark(in->ledger, TCS_TURN_PROPOSAL);
	intake_place(in);
	intake_apply(in);
	tcs_persist_thread(in->ledger, in->thread);
	tcs_turn_end(in->ledger);
	tcs_failpoint("dispatcher.accepted");
	return TCS_OK;
}

enum tcs_err
tcs_intake_proposal(struct tcs_ledger *ledger, const struct tcs_record *record,
    struct tcs_step *step, struct tcs_diag *diag)
{
	struct tcs_cap *cap = NULL;
	struct tcs_proposal proposal;
	struct intake in = {
	    .ledger = ledger, .proposal = &proposal, .cap = record->value};
	char home[TCS_HOME_MAX];

	if (!tcs_home_of(record, home))
		return intake_refuse(diag, "the record's key is none");
	in.home = home;
	enum tcs_err err = tcs_cap_read(record->value, &cap, diag);
	if (err == TCS_OK)
		err = tcs_proposal_from_cap(cap, &proposal, diag);
	if (err == TCS_OK)
		err = intake_run(&in, record, step, diag);
	tcs_draft_fini(&in.draft);
	tcs_cap_free(&cap);
	return err;
}
