#include "collectors/turns.h"

#include <stdlib.h>

/* A loop that is never idle does a piece in this time all the same. */
enum { TURNS_BUSY_MS = 100 };

struct tcs_turns {
	struct tcs_timer *idle, *busy;
	struct tcs_turn *first, **end;
};

static void
turns_next(struct tcs_turns *turns)
{
	tcs_timer_start(turns->idle, 0);
	tcs_timer_start(turns->busy, TURNS_BUSY_MS);
}

static void
turns_timer(void *arg)
{
	struct tcs_turns *turns = arg;
	struct tcs_turn *turn = turns->first;

	if (turn != NULL)
		tcs_turns_leave(turns, turn);
	/* Before the call: it may end all of this. */
	if (turns->first != NULL) {
		turns_next(turns);
	} else {
		tcs_timer_stop(turns->idle);
		tcs_timer_stop(turns->busy);
	}
	if (turn != NULL)
		turn->cb(turn->arg);
}

struct tcs_turns *
tcs_turns_new(struct tcs_loop *loop)
{
	struct tcs_turns *turns = calloc(1, sizeof(*turns));

	if (turns == NULL)
		return NULL;
	turns->end = &turns->first;
	turns->idle = tcs_timer_new_idle(loop, turns_timer, turns);
	turns->busy = tcs_timer_new(loop, turns_timer, turns);
	if (turns->idle == NULL || turns->busy == NULL)
		tcs_turns_free(&turns);
	return turns;
}

void
tcs_turns_free(struct tcs_turns **turns)
{
	if (turns == NULL || *turns == NULL)
		return;
	tcs_timer_free(&(*turns)->idle);
	tcs_timer_free(&(*turns)->busy);
	free(*turns);
	*turns = NULL;
}

void
tcs_turns_ask(struct tcs_turns *turns, struct tcs_turn *turn)
{
	bool is_first = turns->first == NULL;

	if (turn->is_waiting)
		return;
	turn->is_waiting = true;
	turn->next = NULL;
	*turns->end = turn;
	turns->end = &turn->next;
	if (is_first)
		turns_next(turns);
}

void
tcs_turns_leave(struct tcs_turns *turns, struct tcs_turn *turn)
{
	struct tcs_turn **at = &turns->first;

	if (!turn->is_waiting)
		return;
	while (*at != turn)
		at = &(*at)->next;
	*at = turn->next;
	if (turns->end == &turn->next)
		turns->end = at;
	turn->next = NULL;
	turn->is_waiting = false;
}
