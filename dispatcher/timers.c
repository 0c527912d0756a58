#include "dispatcher/timers.h"

#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "dispatcher/decide.h"
#include "dispatcher/dispatch.h"
#include "dispatcher/expand.h"
#include "dispatcher/intake.h"
#include "dispatcher/outlet.h"
#include "dispatcher/persist.h"
#include "dispatcher/turn.h"

enum { TIMERS_AGAIN_MS = 60000 }; /* while the clock is not trusted */

struct due {
	struct tcs_ledger *ledger;
	char home[TCS_HOME_MAX];
	const char *rest;
};

static void
timers_row(const struct due *due)
{
	struct tcs_row *row = tcs_map_get(&due->ledger->rows, due->rest);

	if (row == NULL)
		return;
	row->has_timer = false;
	row->is_due = row->d.state == TCS_DELIVERY_WAITING;
	tcs_outlet_offer(row->lane, due->ledger->dispatch);
}

static void
timers_alert(const struct due *due)
{
	struct tcs_version *version =
	    tcs_map_get(&due->ledger->versions, due->rest);
	int64_t now = tcs_clock_now_ms();

	if (version == NULL)
		return;
	if (due->ledger->dispatch->clock.is_halted)
		tcs_persist_timer(due->ledger, due->home, TCS_TIMER_ALERT,
		    version->id, now + TIMERS_AGAIN_MS);
	else if (now < version->expires_ms)
		tcs_persist_timer(due->ledger, due->home, TCS_TIMER_ALERT,
		    version->id, version->expires_ms);
	else
		tcs_expire(version);
}

/* "<thread hash>/<proposal>" */
static struct tcs_thread *
timers_thread_of(
    const struct tcs_ledger *ledger, const char *rest, struct tcs_booked **ret)
{
	struct tcs_slice id,
	    first = tcs_slice_cut(tcs_slice_str(rest), '/', &id);
	char hash[9];

	if (id.p == NULL || first.n >= sizeof(hash))
		return NULL;
	memcpy(hash, first.p, first.n);
	hash[first.n] = '\0';
	struct tcs_thread *thread = tcs_ledger_thread(ledger, hash);
	if (thread != NULL)
		*ret = tcs_book_find(&thread->book, id.p);
	return thread;
}

static void
timers_proposal(const struct due *due)
{
	struct tcs_ledger *ledger = due->ledger;
	struct tcs_booked *booked = NULL;
	const struct tcs_thread *thread =
	    timers_thread_of(ledger, due->rest, &booked);
	int64_t now = tcs_clock_now_ms();

	if (booked == NULL || !booked->is_open)
		return;
	if (ledger->dispatch->clock.is_halted || now < booked->expires_ms) {
		tcs_persist_booked_timer(ledger, thread, booked,
		    now < booked->expires_ms ? booked->expires_ms
		                             : now + TIMERS_AGAIN_MS);
		return;
	}
	/* Nobody decided in time: an incident, shown. */
	if (booked->state != TCS_BOOK_REJECTED)
		tcs_log(TCS_LOG_WARNING, "proposal.expired",
		    "proposal=%s nature=%s thread=%s code=%s "
		    "reason=\"undecided\" trace=%s",
		    booked->id, booked->nature, thread->hash, thread->code,
		    thread->trace);
	tcs_intake_close(
	    ledger, thread, booked, TCS_BOOK_EXPIRED, "expired undecided");
}

static void
timers_decision(const struct due *due)
{
	tcs_decide_overdue(due->ledger, due->rest);
}

/* A channel that was down may be probed: the end of the turn does it. */
static void
timers_channel(const struct due *due)
{
	tcs_log(TCS_LOG_DEBUG, "channel.probe", "channel=%s", due->rest);
}

static bool
timers_parse(const char *name, struct due *due, struct tcs_slice *kind)
{
	struct tcs_slice rest, last;
	struct tcs_slice home = tcs_slice_cut(tcs_slice_str(name), '|', &rest);

	*kind = tcs_slice_cut(rest, '/', &last);
	if (rest.p == NULL || last.p == NULL || home.n >= sizeof(due->home))
		return false;
	memcpy(due->home, home.p, home.n);
	due->rest = last.p;
	return true;
}

void
tcs_timers_fire(
    struct tcs_ledger *ledger, const char *name, struct tcs_step *step)
{
	static const struct {
		const char *kind;
		void (*fire)(const struct due *due);
	} kinds[] = {
	    {TCS_TIMER_ROW, timers_row},
	    {TCS_TIMER_ALERT, timers_alert},
	    {TCS_TIMER_PROPOSAL, timers_proposal},
	    {TCS_TIMER_DECISION, timers_decision},
	    {TCS_TIMER_CHANNEL, timers_channel},
	};
	struct due due = {.ledger = ledger};
	struct tcs_slice kind;

	tcs_turn_begin(due.ledger, step);
	if (!timers_parse(name, &due, &kind))
		kind = tcs_slice_str("");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (tcs_slice_is(kind, kinds[i].kind))
			kinds[i].fire(&due);
	}
	tcs_turn_end(due.ledger);
}
