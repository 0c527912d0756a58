/* turns.h - heavy work, one piece at a time, and when there is nothing else to
 * do. Reading a document may take a tenth of a second, a hostile one more:
 * before each of them everything that is due is done, polls of other feeds and
 * leases first of all. */
#ifndef TOCSIN_COLLECTORS_TURNS_H
#define TOCSIN_COLLECTORS_TURNS_H

#include <stdbool.h>

#include "core/loop.h"

struct tcs_turns;

/* One piece of work; a part of what it is for, zeroed before its first use. */
struct tcs_turn {
	tcs_loop_cb *cb;
	void *arg;
	struct tcs_turn *next;
	bool is_waiting;
};

struct tcs_turns *tcs_turns_new(struct tcs_loop *loop);
void tcs_turns_free(struct tcs_turns **turns); /* NULL-safe */

/* Call turn->cb once, never from inside, when those that came before have had
 * their turn and the loop is idle, or has not been for a while. `turn` is
 * borrowed until then. */
void tcs_turns_ask(struct tcs_turns *turns, struct tcs_turn *turn);
/* Not any more; nothing if it does not wait. */
void tcs_turns_leave(struct tcs_turns *turns, struct tcs_turn *turn);

#endif
