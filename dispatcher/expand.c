#include "dispatcher/expand.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/failpoint.h"
#include "core/log.h"
#include "dispatcher/dispatch.h"
#include "dispatcher/outlet.h"
#include "dispatcher/persist.h"
#include "dispatcher/receipt.h"
#include "dispatcher/send.h"
#include "dispatcher/turn.h"

/* The plan */

static size_t
expand_count_former(const struct tcs_version *version)
{
	const struct tcs_lane *lane;
	size_t n = 0;

	TAILQ_FOREACH(lane, &version->thread->lanes, next)
	n++;
	return n;
}

/* Those who may have had an earlier version. */
static size_t
expand_add_former(
    const struct tcs_version *version, struct tcs_recipient *items)
{
	const struct tcs_directory *directory = version->plan_setup->directory;
	const struct tcs_lane *lane;
	size_t n = 0;

	TAILQ_FOREACH(lane, &version->thread->lanes, next)
	{
		if ((lane->had >> version->series->index & 1U) == 0)
			continue;
		const struct tcs_conf_contact *contact =
		    tcs_directory_find(directory, lane->contact);
		if (contact != NULL)
			items[n++] =
			    (struct tcs_recipient){contact, TCS_URGENCY_OTHERS};
	}
	return n;
}

enum tcs_err
tcs_expand_plan(struct tcs_version *version, const struct tcs_address *address)
{
	struct tcs_recipient *addressed = NULL;
	size_t n = 0;

	tcs_setup_unref(&version->plan_setup);
	version->plan_setup = tcs_setup_ref(version->ledger->dispatch->setup);
	enum tcs_err err = tcs_directory_resolve(
	    version->plan_setup->directory, address, &addressed, &n);
	if (err != TCS_OK)
		return err;
	struct tcs_recipient *plan =
	    calloc(n + expand_count_former(version) + 1, sizeof(*plan));
	if (plan == NULL) {
		free(addressed);
		return TCS_ENOMEM;
	}
	if (n > 0)
		memcpy(plan, addressed, n * sizeof(*plan));
	free(addressed);
	n += expand_add_former(version, plan + n);
	free(version->plan);
	version->plan = plan;
	version->plan_n = tcs_recipients_settle(plan, n);
	version->plan_at = 0;
	version->recipients = version->plan_n;
	return TCS_OK;
}

/* The place in the plan after the last contact done. */
static void
expand_seek(struct tcs_version *version)
{
	if (version->cursor == NULL)
		return;
	for (; version->plan_at < version->plan_n; version->plan_at++) {
		const struct tcs_recipient *at =
		    &version->plan[version->plan_at];
		if (at->urgency > version->cursor_urgency ||
		    (at->urgency == version->cursor_urgency &&
		        strcmp(at->contact->name, version->cursor) > 0))
			return;
	}
}

/* After a restart: who is addressed is read from the alert itself. */
static enum tcs_err
expand_plan_again(struct tcs_version *version)
{
	struct tcs_cap *cap = NULL;
	struct tcs_alert alert;
	struct tcs_slice text =
	    tcs_slice(version->letter->cap, version->letter->cap_n);

	enum tcs_err err = tcs_cap_read(text, &cap, NULL);
	if (err == TCS_OK)
		err = tcs_alert_from_cap(cap, &alert, NULL);
	if (err == TCS_OK) {
		const struct tcs_address address = {alert.base.audience,
		    alert.base.departement, alert.base.insee,
		    alert.base.insee_n};
		err = tcs_expand_plan(version, &address);
	}
	if (err == TCS_OK)
		expand_seek(version);
	tcs_cap_free(&cap);
	return err;
}

/* Rows */

static bool
expand_is_held(const struct tcs_version *version)
{
	return version->is_first_sight &&
	       tcs_ledger_is_held(
	           version->ledger, version->feed, version->fetched_ms);
}

static bool
expand_is_expired(const struct tcs_version *version)
{
	return !version->ledger->dispatch->clock.is_halted &&
	       tcs_clock_now_ms() >= version->expires_ms;
}

static void
expand_row(struct tcs_version *version, struct tcs_lane *lane,
    const struct tcs_recipient *recipient)
{
	struct tcs_dispatch *dispatch = version->ledger->dispatch;
	struct tcs_delivery d = {.state = TCS_DELIVERY_QUEUED,
	    .urgency = recipient->urgency,
	    .expires_ms = version->expires_ms};

	tcs_delivery_key(version->id, lane->contact, lane->channel, d.key);
	memcpy(d.thread_key, lane->first_key, sizeof(d.thread_key));
	if (lane->first_key[0] == '\0')
		memcpy(lane->first_key, d.key, sizeof(d.key));
	struct tcs_row *row = tcs_ledger_add_row(version, lane, &d);
	tcs_lane_note(lane, version->series, version->number, false);
	tcs_turn_touch(row);
	tcs_turn_spend(version->ledger, 1);
	if (tcs_setup_channel(dispatch->setup, lane->channel) == NULL)
		tcs_turn_move(
		    row, TCS_DELIVERY_FAILED, "no such channel is configured");
	else if (expand_is_expired(version))
		tcs_turn_move(row, TCS_DELIVERY_EXPIRED, "not sent: expired");
	else if (expand_is_held(version))
		tcs_turn_move(row, TCS_DELIVERY_HELD,
		    "a first state: waits for resume of its feed");
	else
		tcs_outlet_offer(lane, dispatch);
}

static void
expand_recipient(
    struct tcs_version *version, const struct tcs_recipient *recipient)
{
	const struct tcs_conf_contact *contact = recipient->contact;

	for (size_t i = 0; tcs_setup_means[i] != NULL; i++) {
		const char *channel = tcs_setup_means[i];
		if (tcs_setup_target(contact, channel) == NULL)
			continue;
		struct tcs_lane *lane = tcs_ledger_lane(
		    version->ledger, version->thread, contact->name, channel);
		if (lane->versions[version->series->index] < version->number)
			expand_row(version, lane, recipient);
	}
}

static void
expand_finish(struct tcs_version *version)
{
	version->is_expanded = true;
	free(version->plan);
	version->plan = NULL;
	version->plan_n = version->plan_at = 0;
	tcs_setup_unref(&version->plan_setup);
	tcs_ledger_settle(version);
}

static void
expand_list(struct tcs_version *version)
{
	struct tcs_ledger *ledger = version->ledger;

	if (version->is_expanding)
		TAILQ_REMOVE(&ledger->expanding, version, expanding);
	version->is_expanding = !version->is_expanded;
	/* Behind the others: each gets its turn. */
	if (version->is_expanding)
		TAILQ_INSERT_TAIL(&ledger->expanding, version, expanding);
}

void
tcs_expand_chunk(struct tcs_version *version)
{
	struct tcs_ledger *ledger = version->ledger;

	tcs_persist_version_guard(version);
	if (version->plan == NULL && expand_plan_again(version) != TCS_OK) {
		tcs_log(TCS_LOG_ERROR, "alert.unreadable",
		    "alert=%s trace=%s reason=\"as stored it is no alert: "
		    "nobody can be told\"",
		    version->id, version->thread->trace);
		tcs_receipt_alert(version, "the alert as stored is unreadable");
		version->plan_n = 0;
	}
	while (
	    version->plan_at < version->plan_n && tcs_turn_budget(ledger) > 0) {
		const struct tcs_recipient *at =
		    &version->plan[version->plan_at++];
		expand_recipient(version, at);
		tcs_series_set(&version->cursor, at->contact->name);
		version->cursor_urgency = at->urgency;
	}
	if (version->plan_at == version->plan_n)
		expand_finish(version);
	tcs_persist_version(version);
	expand_list(version);
	tcs_failpoint("dispatcher.chunk");
}

/* What was put off */

void
tcs_put_off(struct tcs_row *row, enum tcs_todo todo)
{
	struct tcs_ledger *ledger = row->version->ledger;

	tcs_outlet_withdraw(row);
	if (row->todo == TCS_TODO_NONE)
		TAILQ_INSERT_TAIL(&ledger->todo, row, in_todo);
	if (row->todo != TCS_TODO_SUPERSEDE && row->todo != TCS_TODO_INTERRUPT)
		row->todo = todo;
}

void
tcs_supersede(struct tcs_version *version)
{
	struct tcs_row *row;

	version->is_superseded = true;
	if (!version->is_expanded) {
		expand_finish(version);
		expand_list(version);
	}
	TAILQ_FOREACH(row, &version->rows, in_version)
	{
		if (row->d.state == TCS_DELIVERY_SENDING)
			tcs_send_cancel(row);
		else
			tcs_put_off(row, TCS_TODO_SUPERSEDE);
	}
}

void
tcs_expire(struct tcs_version *version)
{
	struct tcs_row *row;

	TAILQ_FOREACH(row, &version->rows, in_version)
	{
		/* One in flight is told by its attempt. */
		if (row->d.state != TCS_DELIVERY_SENDING)
			tcs_put_off(row, TCS_TODO_EXPIRE);
	}
}

size_t
tcs_release(struct tcs_version *version)
{
	struct tcs_row *row;
	size_t n = 0;

	TAILQ_FOREACH(row, &version->rows, in_version)
	{
		if (row->d.state == TCS_DELIVERY_HELD) {
			tcs_put_off(row, TCS_TODO_RELEASE);
			n++;
		}
	}
	return n;
}

static void
work_interrupted(struct tcs_row *row)
{
	struct tcs_ledger *ledger = row->version->ledger;
	const struct tcs_delivery_about about = tcs_row_about(row);

	row->d.expires_ms = row->version->expires_ms;
	tcs_delivery_interrupted(
	    &row->d, &about, ledger->is_clean, tcs_clock_now_ms());
	tcs_turn_touch(row);
	tcs_lane_note(
	    row->lane, row->version->series, row->version->number, true);
	if (row->d.state != TCS_DELIVERY_WAITING)
		return;
	if (row->version->is_superseded)
		tcs_turn_move(row, TCS_DELIVERY_SUPERSEDED, "a newer version");
	else if (expand_is_expired(row->version))
		tcs_turn_move(row, TCS_DELIVERY_EXPIRED, "not sent: expired");
	else
		row->is_due = true;
}

static void
work_row(struct tcs_row *row)
{
	enum tcs_todo todo = row->todo;

	row->todo = TCS_TODO_NONE;
	switch (todo) {
	case TCS_TODO_SUPERSEDE:
		tcs_turn_move(row, TCS_DELIVERY_SUPERSEDED, "a newer version");
		break;
	case TCS_TODO_EXPIRE:
		/* It may have been prolonged since. */
		if (expand_is_expired(row->version))
			tcs_turn_move(
			    row, TCS_DELIVERY_EXPIRED, "not sent: expired");
		break;
	case TCS_TODO_RELEASE:
		if (row->d.state == TCS_DELIVERY_HELD)
			tcs_turn_move(row, TCS_DELIVERY_QUEUED, NULL);
		break;
	case TCS_TODO_INTERRUPT:
		work_interrupted(row);
		break;
	case TCS_TODO_NONE:
		break;
	}
	tcs_outlet_offer(row->lane, row->version->ledger->dispatch);
}

static bool
work_may_expand(const struct tcs_ledger *ledger)
{
	return !TAILQ_EMPTY(&ledger->expanding) &&
	       ledger->rows.n < TCS_ROWS_MAX;
}

bool
tcs_has_work(const struct tcs_ledger *ledger)
{
	return !TAILQ_EMPTY(&ledger->todo) || work_may_expand(ledger);
}

void
tcs_work(struct tcs_ledger *ledger)
{
	struct tcs_row *row;

	while (
	    ledger->budget > 0 && (row = TAILQ_FIRST(&ledger->todo)) != NULL) {
		TAILQ_REMOVE(&ledger->todo, row, in_todo);
		work_row(row);
		tcs_turn_spend(ledger, 1);
	}
	while (ledger->budget > 0 && work_may_expand(ledger))
		tcs_expand_chunk(TAILQ_FIRST(&ledger->expanding));
}
