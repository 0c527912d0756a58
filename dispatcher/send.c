#include "dispatcher/send.h"

#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/failpoint.h"
#include "core/loop.h"
#include "dispatcher/outlet.h"
#include "dispatcher/persist.h"
#include "dispatcher/retry.h"
#include "dispatcher/turn.h"

enum {
	SEND_FLIGHT_MAGIC = 0x666c6967,
	SEND_LEASE_MAX_MS = 4000, /* of its 5 s; promise 5 */
};

/* One attempt, from its start to the channel's `done`. */
struct tcs_flight {
	unsigned magic;
	struct tcs_attempt attempt; /* what the channel sees */
	struct tcs_dispatch *dispatch;
	struct tcs_row *row; /* NULL: it belongs to nobody any more */
	struct tcs_outlet *outlet;
	struct tcs_queued *queued; /* its slot, while `row` is NULL */
	struct tcs_setup *setup;
	const struct tcs_setup_channel *channel;
	struct tcs_letter *letter;
	struct tcs_timer *deadline;
	char key[TCS_DELIVERY_KEY], thread_key[TCS_DELIVERY_KEY], trace[17];
	char *alert;
	int64_t expires_ms;
	bool is_committed; /* its last byte may have left */
	bool is_cancelled;
	bool is_ours; /* ended by us, and not for what the far side did */
	TAILQ_ENTRY(tcs_flight) next;
};

static struct tcs_dispatch *
send_dispatch(const struct tcs_row *row)
{
	return row->version->ledger->dispatch;
}

/* The end of an attempt */

static enum tcs_flight_end
send_flight_end(enum tcs_verdict verdict, bool is_ours)
{
	if (is_ours)
		return TCS_FLIGHT_NOTHING;
	switch (verdict) {
	case TCS_VERDICT_DOWN:
		return TCS_FLIGHT_DOWN;
	case TCS_VERDICT_LATER:
	case TCS_VERDICT_UNKNOWN:
		return TCS_FLIGHT_FAILED;
	case TCS_VERDICT_ACCEPTED:
	case TCS_VERDICT_REFUSED:
		break;
	}
	return TCS_FLIGHT_LANDED;
}

static struct tcs_retry_policy
send_policy(const struct tcs_dispatch *dispatch, const char *name)
{
	const struct tcs_setup_channel *channel =
	    tcs_setup_channel(dispatch->setup, name);
	struct tcs_retry_policy policy = {
	    TCS_SECONDS(1), TCS_MINUTES(5), 10, tcs_random_u32()};

	if (channel != NULL) {
		policy.base_ms = channel->conf->retry_base_ms;
		policy.cap_ms = channel->conf->retry_cap_ms;
		policy.attempts_max = (unsigned)channel->conf->attempts_max;
	}
	return policy;
}

/* A verdict's own: what it makes of the row. */
static void
send_conclude(struct tcs_row *row, struct tcs_attempt_end *end)
{
	struct tcs_dispatch *dispatch = send_dispatch(row);
	struct tcs_ledger *ledger = row->version->ledger;
	struct tcs_lane *lane = row->lane;
	const struct tcs_delivery_about about = tcs_row_about(row);
	struct tcs_outlet *outlet = tcs_outlet_of(dispatch, lane->channel);
	struct tcs_retry_policy policy = send_policy(dispatch, lane->channel);

	end->now_ms = tcs_clock_now_ms();
	end->is_superseded = row->version->is_superseded;
	end->is_expiry_halted = dispatch->clock.is_halted;
	end->probe_ms =
	    end->now_ms + tcs_retry_wait_ms(outlet->queue.downs + 1,
	                      policy.base_ms, policy.cap_ms, policy.random);
	tcs_turn_guard(row);
	row->d.expires_ms = row->version->expires_ms;
	tcs_delivery_conclude(&row->d, &about, end, &policy);
	tcs_turn_touch(row);
	if (end->verdict == TCS_VERDICT_DOWN)
		tcs_persist_timer(ledger, lane->thread->home, TCS_TIMER_CHANNEL,
		    lane->channel, end->probe_ms);
	tcs_outlet_release(outlet, row->queued,
	    send_flight_end(end->verdict, end->is_ours), end->probe_ms);
	row->queued = NULL;
	lane->in_flight = NULL;
	tcs_lane_note(lane, row->version->series, row->version->number,
	    row->d.may_have_had || row->d.state == TCS_DELIVERY_ACCEPTED);
}

static void
send_verdict(struct tcs_row *row, struct tcs_attempt_end *end)
{
	struct tcs_ledger *ledger = row->version->ledger;
	struct tcs_lane *lane = row->lane;

	tcs_failpoint("dispatcher.sent");
	tcs_turn_begin(ledger, NULL);
	tcs_turn_mark(ledger, TCS_TURN_VERDICT);
	send_conclude(row, end);
	tcs_outlet_offer(lane, ledger->dispatch);
	tcs_turn_end(ledger);
}

/* It did not start: the reason is ours. */
static void
send_refuse(struct tcs_row *row, enum tcs_verdict verdict, const char *reason)
{
	struct tcs_attempt_end end = {.verdict = verdict,
	    .reason = reason,
	    .retry_after_ms = -1,
	    .is_ours = true};

	send_verdict(row, &end);
}

static void
send_flight_free(struct tcs_flight *flight)
{
	TAILQ_REMOVE(&flight->dispatch->in_flight, flight, next);
	flight->dispatch->flights--;
	tcs_timer_free(&flight->deadline);
	tcs_letter_unref(&flight->letter);
	/* The dispatch keeps another reference: this is never the last, and
	 * the channel may still be in the middle of telling. */
	tcs_setup_unref(&flight->setup);
	free(flight->alert);
	flight->magic = 0;
	free(flight);
}

/* The channel's answer: attempt->done. */
static void
send_done(struct tcs_attempt *attempt, enum tcs_verdict verdict,
    const char *reason, int64_t retry_after_ms)
{
	struct tcs_flight *flight = attempt->arg;

	tcs_assert(flight->magic == SEND_FLIGHT_MAGIC);
	struct tcs_row *row = flight->row;
	struct tcs_attempt_end end = {.verdict = verdict,
	    .reason = reason,
	    .retry_after_ms = retry_after_ms,
	    .is_ours = flight->is_ours && verdict == TCS_VERDICT_LATER};
	if (row == NULL) {
		struct tcs_dispatch *dispatch = flight->dispatch;
		tcs_outlet_release(
		    flight->outlet, flight->queued, TCS_FLIGHT_NOTHING, 0);
		send_flight_free(flight);
		tcs_outlet_pump(dispatch);
		return;
	}
	row->flight = NULL;
	send_flight_free(flight);
	send_verdict(row, &end);
}

/* The start of an attempt */

/* NULL: the bytes may leave now. */
static const char *
send_why_not(const struct tcs_flight *flight)
{
	const struct tcs_row *row = flight->row;

	if (row == NULL)
		return "the unit is no longer ours";
	if (row->version->is_superseded || row->todo != TCS_TODO_NONE)
		return "a newer version";
	if (!flight->dispatch->clock.is_halted &&
	    tcs_clock_now_ms() >= row->version->expires_ms)
		return "not sent: expired";
	if (row->version->is_automatic && flight->dispatch->clock.is_halted)
		return "the clock is not trusted";
	if (tcs_unit_lease_age_ms(row->version->ledger->unit) >=
	    SEND_LEASE_MAX_MS)
		return "the lease is not known to be ours";
	return NULL;
}

static const char *
send_guard(const struct tcs_flight *flight)
{
	const struct tcs_setup *setup = flight->setup;
	const struct tcs_guard guard = {
	    flight->dispatch->realm, setup->conf->observatory.live};
	const struct tcs_letter *letter = flight->letter;
	struct tcs_outbound outbound = {.status = letter->status};
	const struct tcs_conf_contact *contact =
	    tcs_directory_find(setup->directory, flight->row->lane->contact);
	const char *target = contact == NULL ? NULL
	                                     : tcs_setup_target(contact,
	                                           flight->channel->ops->name);

	for (int i = 0; i < TCS_OUTBOUND_PART_COUNT; i++)
		outbound.parts[i] = letter->parts[i];
	outbound.is_contact_known = target != NULL &&
	                            flight->attempt.target != NULL &&
	                            strcmp(target, flight->attempt.target) == 0;
	return tcs_guard_refuse(&guard, &outbound);
}

/* Asked by the channel just before the committing byte. */
static bool
send_may_commit(struct tcs_attempt *attempt)
{
	struct tcs_flight *flight = attempt->arg;

	tcs_assert(flight->magic == SEND_FLIGHT_MAGIC);
	tcs_failpoint("dispatcher.may-commit");
	if (flight->is_cancelled || send_why_not(flight) != NULL ||
	    send_guard(flight) != NULL) {
		flight->is_ours = !flight->is_committed;
		return false;
	}
	flight->is_committed = true;
	return true;
}

static void
send_cancel_flight(struct tcs_flight *flight)
{
	if (flight->is_cancelled)
		return;
	flight->is_cancelled = true;
	flight->channel->ops->cancel(
	    flight->channel->conf->state, &flight->attempt);
}

static void
send_overdue(void *arg)
{
	struct tcs_flight *flight = arg;

	tcs_assert(flight->magic == SEND_FLIGHT_MAGIC);
	send_cancel_flight(flight);
}

static struct tcs_flight *
send_flight_new(struct tcs_row *row, const struct tcs_setup_channel *channel,
    const char *target)
{
	struct tcs_dispatch *dispatch = send_dispatch(row);
	struct tcs_flight *flight = tcs_need(calloc(1, sizeof(*flight)));

	flight->magic = SEND_FLIGHT_MAGIC;
	flight->dispatch = dispatch;
	flight->row = row;
	flight->outlet = tcs_outlet_of(dispatch, row->lane->channel);
	flight->setup = tcs_setup_ref(dispatch->setup);
	flight->channel = channel;
	flight->letter = tcs_letter_ref(row->version->letter);
	flight->deadline =
	    tcs_need(tcs_timer_new(dispatch->loop, send_overdue, flight));
	flight->alert = tcs_need_dup(row->version->id);
	memcpy(flight->key, row->d.key, sizeof(flight->key));
	memcpy(
	    flight->thread_key, row->d.thread_key, sizeof(flight->thread_key));
	memcpy(flight->trace, row->lane->thread->trace, sizeof(flight->trace));
	flight->attempt = (struct tcs_attempt){
	    .key = flight->key,
	    .target = target,
	    .alert = flight->alert,
	    .trace = flight->trace,
	    .thread_key =
	        flight->thread_key[0] == '\0' ? NULL : flight->thread_key,
	    .subject = flight->letter->parts[TCS_OUTBOUND_SUBJECT],
	    .text = flight->letter->parts[TCS_OUTBOUND_TEXT],
	    .cap = tcs_slice(flight->letter->cap, flight->letter->cap_n),
	    .sent_ms = flight->letter->sent_ms,
	    .may_commit = send_may_commit,
	    .done = send_done,
	    .arg = flight,
	};
	TAILQ_INSERT_TAIL(&dispatch->in_flight, flight, next);
	dispatch->flights++;
	row->flight = flight;
	return flight;
}

/* What the row needs to start: NULL with the reason in *ret_reason. */
static const struct tcs_setup_channel *
send_resolve(
    struct tcs_row *row, const char **ret_target, const char **ret_reason)
{
	const struct tcs_setup *setup = send_dispatch(row)->setup;
	const struct tcs_lane *lane = row->lane;
	const struct tcs_setup_channel *channel =
	    tcs_setup_channel(setup, lane->channel);
	const struct tcs_conf_contact *contact =
	    tcs_directory_find(setup->directory, lane->contact);

	*ret_target =
	    contact == NULL ? NULL : tcs_setup_target(contact, lane->channel);
	if (channel == NULL)
		*ret_reason = "the channel is not configured any more";
	else if (*ret_target == NULL)
		*ret_reason =
		    "the contact is not in the configuration any more";
	else
		*ret_reason = channel->ops->check_target(*ret_target);
	if (*ret_reason == NULL &&
	    tcs_letter_render(row->version->letter, NULL) != TCS_OK)
		*ret_reason = "the alert as stored cannot be read";
	return *ret_reason == NULL ? channel : NULL;
}

void
tcs_send_start(struct tcs_row *row)
{
	const char *reason = NULL, *target = NULL;

	tcs_assert(row->d.state == TCS_DELIVERY_SENDING &&
	           row->flight == NULL && row->lane->in_flight == row);
	const struct tcs_setup_channel *channel =
	    send_resolve(row, &target, &reason);
	if (channel == NULL) {
		send_refuse(row, TCS_VERDICT_REFUSED, reason);
		return;
	}
	struct tcs_flight *flight = send_flight_new(row, channel, target);
	reason = send_guard(flight);
	if (reason != NULL)
		tcs_log(TCS_LOG_ERROR, "delivery.guarded",
		    "key=%s contact=%s channel=%s alert=%s reason=\"%s\"",
		    row->d.key, row->lane->contact, row->lane->channel,
		    row->version->id, reason);
	const char *later = send_why_not(flight);
	if (reason != NULL || later != NULL) {
		row->flight = NULL;
		send_flight_free(flight);
		send_refuse(row,
		    reason != NULL ? TCS_VERDICT_REFUSED : TCS_VERDICT_LATER,
		    reason != NULL ? reason : later);
		return;
	}
	tcs_failpoint("dispatcher.before-send");
	tcs_timer_start(flight->deadline, channel->ops->attempt_ms);
	channel->ops->send(channel->conf->state, &flight->attempt);
}

void
tcs_send_cancel(struct tcs_row *row)
{
	struct tcs_flight *flight = row->flight;

	if (flight == NULL || flight->is_committed)
		return;
	flight->is_ours = true;
	send_cancel_flight(flight);
}

void
tcs_send_forget(struct tcs_row *row)
{
	struct tcs_flight *flight = row->flight;

	tcs_outlet_withdraw(row);
	if (flight != NULL) {
		flight->row = NULL;
		flight->queued = row->queued;
		row->flight = NULL;
		row->queued = NULL;
		send_cancel_flight(flight);
	} else if (row->queued != NULL) {
		/* Marked, and not begun. */
		tcs_outlet_release(
		    tcs_outlet_of(send_dispatch(row), row->lane->channel),
		    row->queued, TCS_FLIGHT_NOTHING, 0);
		row->queued = NULL;
	}
}

void
tcs_send_cancel_all(struct tcs_dispatch *dispatch)
{
	struct tcs_flight *flight = TAILQ_FIRST(&dispatch->in_flight);

	while (flight != NULL) {
		struct tcs_flight *next = TAILQ_NEXT(flight, next);
		send_cancel_flight(flight);
		flight = next;
	}
}
