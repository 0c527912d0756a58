#include "dispatcher/outlet.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "dispatcher/turn.h"

enum { OUTLET_SLOTS = 8 }; /* of a channel that is not configured */

struct tcs_outlet *
tcs_outlet_of(struct tcs_dispatch *dispatch, const char *name)
{
	struct tcs_outlet *outlet = tcs_map_get(&dispatch->outlets, name);

	if (outlet != NULL)
		return outlet;
	const struct tcs_setup_channel *channel =
	    tcs_setup_channel(dispatch->setup, name);
	outlet = tcs_need(calloc(1, sizeof(*outlet)));
	outlet->name = tcs_need_dup(name);
	tcs_queue_init(&outlet->queue,
	    channel == NULL ? OUTLET_SLOTS : (size_t)channel->conf->slots);
	tcs_must(
	    tcs_map_put(&dispatch->outlets, outlet->name, outlet) == TCS_OK);
	return outlet;
}

void
tcs_outlet_configure(struct tcs_dispatch *dispatch)
{
	for (size_t i = 0; i < dispatch->setup->channels_n; i++) {
		const struct tcs_setup_channel *channel =
		    &dispatch->setup->channels[i];
		tcs_outlet_of(dispatch, channel->ops->name)->queue.slots =
		    (size_t)channel->conf->slots;
	}
}

void
tcs_outlet_forgive(struct tcs_dispatch *dispatch)
{
	struct tcs_outlet *outlet;
	size_t at = 0;

	while ((outlet = tcs_map_next(&dispatch->outlets, &at)) != NULL)
		outlet->queue.downs = 0;
}

void
tcs_outlet_fini(struct tcs_dispatch *dispatch)
{
	struct tcs_outlet *outlet;
	size_t at = 0;

	while ((outlet = tcs_map_next(&dispatch->outlets, &at)) != NULL) {
		tcs_queue_fini(&outlet->queue);
		free(outlet->name);
		free(outlet);
	}
	tcs_map_fini(&dispatch->outlets);
}

static struct tcs_dispatch *
outlet_dispatch(const struct tcs_row *row)
{
	return row->version->ledger->dispatch;
}

/* Which of the lane goes next. */

static bool
outlet_is_wanted(const struct tcs_row *row, const struct tcs_dispatch *dispatch)
{
	if (row->todo != TCS_TODO_NONE || row->version->is_superseded)
		return false;
	if (row->version->is_automatic && dispatch->clock.is_halted)
		return false;
	return row->d.state == TCS_DELIVERY_QUEUED ||
	       (row->d.state == TCS_DELIVERY_WAITING && row->is_due);
}

static bool
outlet_is_alerte(const struct tcs_row *row)
{
	return strcmp(row->version->series->nature, TCS_NATURE_ALERTE) == 0;
}

static struct tcs_row *
outlet_choose(const struct tcs_lane *lane, const struct tcs_dispatch *dispatch)
{
	struct tcs_row *row, *best = NULL;

	TAILQ_FOREACH(row, &lane->rows, in_lane)
	{
		if (outlet_is_wanted(row, dispatch) &&
		    (best == NULL ||
		        (outlet_is_alerte(row) && !outlet_is_alerte(best))))
			best = row;
	}
	return best;
}

/* Where it would go: what shares it shares a queue. */
static const char *
outlet_target(const struct tcs_dispatch *dispatch, const struct tcs_lane *lane)
{
	const struct tcs_conf_contact *contact =
	    tcs_directory_find(dispatch->setup->directory, lane->contact);
	const char *target =
	    contact == NULL ? NULL : tcs_setup_target(contact, lane->channel);

	return target == NULL ? lane->contact : target;
}

void
tcs_outlet_withdraw(struct tcs_row *row)
{
	struct tcs_lane *lane = row->lane;

	if (lane->ready != row)
		return;
	struct tcs_outlet *outlet =
	    tcs_outlet_of(outlet_dispatch(row), lane->channel);
	tcs_queue_remove(&outlet->queue, row->queued);
	free(row->queued);
	row->queued = NULL;
	lane->ready = NULL;
}

void
tcs_outlet_offer(struct tcs_lane *lane, struct tcs_dispatch *dispatch)
{
	if (lane->in_flight != NULL)
		return;
	struct tcs_row *row = outlet_choose(lane, dispatch);
	if (row == lane->ready)
		return;
	if (lane->ready != NULL)
		tcs_outlet_withdraw(lane->ready);
	if (row == NULL)
		return;
	struct tcs_outlet *outlet = tcs_outlet_of(dispatch, lane->channel);
	row->queued = tcs_need(calloc(1, sizeof(*row->queued)));
	row->queued->arg = row;
	tcs_must(tcs_queue_push(&outlet->queue, outlet_target(dispatch, lane),
	             row->d.urgency, row->queued) == TCS_OK);
	lane->ready = row;
}

/* Filling slots */

static void
outlet_mark(struct tcs_row *row)
{
	struct tcs_lane *lane = row->lane;

	lane->ready = NULL;
	lane->in_flight = row;
	row->is_due = false;
	row->d.attempt++;
	tcs_turn_move(row, TCS_DELIVERY_SENDING, NULL);
	tcs_turn_start(row);
}

static size_t
outlet_fill(struct tcs_outlet *outlet)
{
	struct tcs_queued *queued;
	size_t n = 0;

	while ((queued = tcs_queue_take(&outlet->queue, tcs_clock_now_ms())) !=
	       NULL) {
		struct tcs_row *row = queued->arg;
		struct tcs_ledger *ledger = row->version->ledger;
		/* Another unit's than the one whose turn it is. */
		if (ledger->depth == 0) {
			tcs_turn_begin(ledger, NULL);
			ledger->is_pumped = true;
		}
		outlet_mark(row);
		n++;
	}
	return n;
}

/* Ending a turn may make more ready, so until nothing is. */
static bool
outlet_pump_once(struct tcs_dispatch *dispatch)
{
	struct tcs_outlet *outlet;
	struct tcs_ledger *ledger;
	size_t at = 0, n = 0;

	while ((outlet = tcs_map_next(&dispatch->outlets, &at)) != NULL)
		n += outlet_fill(outlet);
	TAILQ_FOREACH(ledger, &dispatch->ledgers, next)
	{
		if (ledger->is_pumped) {
			ledger->is_pumped = false;
			tcs_turn_end(ledger);
		}
	}
	return n > 0;
}

void
tcs_outlet_pump(struct tcs_dispatch *dispatch)
{
	if (dispatch->is_pumping || dispatch->is_draining)
		return;
	dispatch->is_pumping = true;
	while (outlet_pump_once(dispatch))
		continue;
	dispatch->is_pumping = false;
}

void
tcs_outlet_release(struct tcs_outlet *outlet, struct tcs_queued *queued,
    enum tcs_flight_end end, int64_t probe_ms)
{
	tcs_queue_release(&outlet->queue, queued, end, probe_ms);
	free(queued);
}
