/* bus.pml - who may write, what leaves, and in which order: ownership, lease,
 * fence, guard, step, outbox and delivery, on both buses. scripts/model has
 * SPIN check it; docs/reliability.md says what it leaves out.
 *
 * Two instances own one unit in turn and read three records of one key. Record
 * r brings version r of one message: its step stores the version, moves the
 * position and publishes one record; then the version goes to one contact by
 * one channel.
 *
 *   input 1 2 3 --read--> step --fence, guard--> store: pos, row, outbox
 *                           |                      |
 *      the step's answer ---'      Redis: XADD in the step ----> bus
 *        |                         Kafka: outbox, produce -----> bus
 *        '--row is SENDING, lease is sure--> far side
 *
 * Each alternative of `instance` is one event. Between any two events a fault
 * may strike; FAULTS of them in one run, of any kind, on either instance. */
#define REDIS 1
#define KAFKA 2
#ifndef BUS
#define BUS REDIS
#endif
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef DELIVERY
#define DELIVERY 1
#endif
#define RECORDS 3
#define WINDOW 2 /* steps of an instance that are under way */

/* The properties. With -DONLY=NAME that one alone is looked at. */
#define ALL_OUT 1      /* nothing that was accepted is lost */
#define IN_ORDER 2     /* nothing older leaves after something newer */
#define OWNER_ONLY 3   /* what comes under an older number changes nothing */
#define STORED_FIRST 4 /* what leaves is in the store before */
#define ACKED_LAST 5   /* what the group has acknowledged is on the bus */
#ifndef ONLY
#define ONLY 0
#endif
#define PROPERTY(name, holds) assert((ONLY != 0 && ONLY != name) || (holds))

mtype = { NONE, QUEUED, SENDING, ACCEPTED, SUPERSEDED }; /* a row */
mtype = { FREE, FOUND, MARKED, GO, OUT }; /* an attempt, in memory */

/* The store. `holder` is the instance that the lease names, 0: none. */
byte fence, holder, pos;
mtype row[RECORDS + 1] = NONE;
bool outbox[RECORDS + 1];

/* The bus: what is on it, the newest of it, the offset of the group. The far
 * side: what it got, and the last of it. A record or a version that comes once
 * more is the same bytes under the same identifier, and its reader drops it:
 * only the first publication counts. */
bool published[RECORDS + 1];
byte newest, last;

byte faults = FAULTS, gone; /* gone: the instance that never comes back */

hidden byte f, r, v, next, c, k; /* scratch: nothing between two events */
hidden mtype result;
hidden byte ok;

inline publish(n)
{
	PROPERTY(STORED_FIRST, pos >= n);
	PROPERTY(IN_ORDER, published[n] || n > newest);
	published[n] = true;
	newest = (n > newest -> n : newest)
}

inline put_out(n)
{
	if
	:: BUS == REDIS -> publish(n)
	:: BUS == KAFKA -> outbox[n] = true
	fi
}

/* A step, in the store: all checks, then all changes. `f`: its fence; `r`: the
 * record it is made of; `v`: the row that ends with `result`; `next`: the row
 * to mark SENDING; `c`: the entry of the outbox to clear. 0: none. */
inline script()
{
	ok = true;
#ifndef MUT_FENCE_OFF
	ok = ok && f == fence;
#endif
#ifndef MUT_GUARD_OFF
	ok = ok && (r == 0 || pos == r - 1) && (v == 0 || row[v] == SENDING);
#endif
	if
	:: ok ->
		PROPERTY(OWNER_ONLY, f == fence);
		if
		:: r > 0 ->
			row[r - 1] = (row[r - 1] == QUEUED -> SUPERSEDED : row[r - 1]);
			row[r] = (DELIVERY -> QUEUED : ACCEPTED);
			pos = r;
#ifndef MUT_SCRIPT_SPLIT
			put_out(r)
#endif
		:: else
		fi;
		for (k : 1 .. v - 1) { /* found SENDING, and older */
			row[k] = (row[k] == SENDING -> SUPERSEDED : row[k])
		}
		row[v] = (v > 0 -> result : NONE);
		row[next] = (next > 0 -> SENDING : NONE);
		outbox[c] = false
	:: else
	fi
}

#define DROP_STEPS do :: wire?_,_,_,_,_,_ :: empty(wire) -> break od
#define DROP_ANSWERS do :: answers?_,_,_,_ :: empty(answers) -> break od
#define DROP_ACKS do :: acked?_ :: empty(acked) -> break od
#define DROP_PRODUCED do :: produced?_,_ :: empty(produced) -> break od

#define CAN_TALK (!stopped && !down)
#define HAS_ROOM (len(wire) < WINDOW && empty(answers))
#define IS_FREE (IS_READY && empty(acked))
#ifdef MUT_LEASE_OFF
#define IS_SURE true
#else
#define IS_SURE sure
#endif
#define IS_READY (own && loaded == 2 && CAN_TALK && HAS_ROOM)

/* Not ours any more, or to be taken again: everything about it is forgotten.
 * Answers and acks that still come are nobody's. */
inline forget()
{
	own = false; sure = false; loaded = 0; mine = 0; seen = 0;
	flight = 0; phase = FREE; due = false; left = 0; unsent = false;
	DROP_ANSWERS;
	DROP_ACKS;
	for (k : 1 .. len(produced)) { produced?_, r; produced!0, r }
}

/* A step that marks a row SENDING is on its way. */
inline mark()
{
#ifdef MUT_ROW_AFTER_SEND
	phase = GO
#else
	phase = MARKED
#endif
}

/* An attempt ends. The slot goes to the newest version, if that one waits or is
 * to be tried again, in the same step. What is unknown and older is superseded. */
inline conclude(verdict)
{
	v = flight;
	next = (verdict == QUEUED && v == seen -> v : (due -> seen : 0));
	result = (verdict == QUEUED && v < seen -> SUPERSEDED : verdict);
	flight = next;
	due = false;
	if
	:: next > 0 -> mark()
	:: else -> phase = FREE
	fi;
	wire!mine, 0, v, result, next, 0
}

/* Reading begins at the offset, and skips what is at or before the position:
 * so it begins after the position, as the offset is never ahead of it. */
inline store_offset(n)
{
	PROPERTY(ACKED_LAST, published[n] && n <= pos)
}

inline send_outbox()
{
	for (k : 1 .. RECORDS) {
		if
		:: outbox[k] -> produced!mine, k; left++
		:: else
		fi
	}
}

/* One instance: one process after another under one name, never two at a time.
 * As far as it knows it owns the unit, under the number `mine`. */
proctype instance(byte me)
{
	chan wire = [WINDOW + 1] of { byte, byte, byte, mtype, byte, byte };
	chan answers = [WINDOW + 1] of { byte, byte, byte, bool };
	chan produced = [3 * RECORDS] of { byte, byte }; /* the client's queue */
	chan acked = [3 * RECORDS] of { byte };
	bool stopped, down; /* by SIGSTOP; without the store */
	bool own, sure;     /* sure: the lease was renewed less than 4 s ago */
	byte loaded, mine, seen; /* seen: the newest record in a step */
	byte flight;        /* the version whose attempt has the slot */
	mtype phase = FREE;
	bool due;           /* `seen` waits for the slot */
	byte left;          /* of the outbox that was found */
	bool unsent;        /* it is still to be sent: MUT_OUTBOX_LATE */

end:	do
	/* --- ownership. On Kafka the group says who may try; any may here. */
	:: atomic { !own && CAN_TALK && (holder == 0 || holder == me) &&
	       (me == 1 || fence > 0) -> /* 1 is the first: symmetry */
		fence++; holder = me; mine = fence; own = true; sure = true }
	:: atomic { own && CAN_TALK && !sure -> /* renew */
		if
		:: holder == me -> sure = true
		:: else -> forget()
		fi }
	:: atomic { sure && !CAN_TALK -> sure = false } /* 4 s pass */
	:: atomic { holder == me && !sure -> holder = 0 } /* 5 s have passed */

	/* --- load: rows, and the outbox, which is sent first; then the position */
	:: atomic { own && CAN_TALK && loaded == 0 ->
		for (k : 1 .. RECORDS) {
			flight = (row[k] == SENDING -> k : flight);
			due = due || row[k] == QUEUED
		};
		phase = (flight > 0 || due -> FOUND : FREE);
#ifdef MUT_OUTBOX_LATE
		unsent = true;
#else
		send_outbox();
#endif
		loaded = 1 }
	:: atomic { own && CAN_TALK && loaded == 1 ->
		seen = pos;
		loaded = 2 }
	:: atomic { IS_READY && unsent -> unsent = false; send_outbox() }

	/* --- read one record, and send its step */
	:: atomic { IS_FREE && left == 0 && seen < RECORDS ->
		seen++;
#ifdef MUT_SCRIPT_SPLIT
		wire!mine, seen, 0, OUT, 0, 0; /* OUT: only publish, no checks */
#endif
		if
		:: DELIVERY && flight == 0 -> /* the slot is free */
			flight = seen;
			due = false;
			mark();
			wire!mine, seen, 0, NONE, seen, 0
		:: else ->
			due = DELIVERY;
			wire!mine, seen, 0, NONE, 0, 0
		fi }

	/* --- the store serves a step, also one whose sender is gone */
	:: atomic { nempty(wire) && nfull(answers) ->
		wire?f, r, v, result, next, c;
		if
		:: v == 0 && result == OUT ->
			PROPERTY(OWNER_ONLY, f == fence);
			put_out(r)
		:: else ->
			script();
			if
			:: own && f == mine -> answers!r, next, c, ok
			:: else
			fi
		fi }

	/* --- the answer: refused, the unit is given up; else what it allows */
	:: atomic { CAN_TALK && nempty(answers) ->
		answers?r, next, c, ok;
		if
		:: !ok -> forget()
		:: else ->
			phase = (next > 0 && phase == MARKED -> GO : phase);
			if
			:: BUS == KAFKA && r > 0 ->
				produced!mine, r;
#ifdef MUT_OFFSET_EARLY
				store_offset(r);
#endif
#ifdef MUT_CLEAR_EARLY
				wire!mine, 0, 0, NONE, 0, r
#endif
			:: c > 0 -> /* the outbox' entry is cleared: store the offset */
				left = (left > 0 -> left - 1 : 0);
				store_offset(c)
			:: else
			fi
		fi }

	/* --- Kafka: the client's threads produce, in order; acks are handled */
	:: atomic { nempty(produced) && nfull(acked) ->
		produced?f, r;
		publish(r);
		if
		:: own && f == mine -> acked!r
		:: else
		fi }
	:: atomic { IS_READY && nempty(acked) ->
		acked?r;
		wire!mine, 0, 0, NONE, 0, r }

	/* --- delivery: found SENDING it is unknown; else it leaves, or is
	 * cancelled, and its verdict is stored */
	:: atomic { IS_FREE && phase == FOUND -> conclude(QUEUED) }
	:: atomic { own && !stopped && phase == GO && flight == seen &&
	       IS_SURE -> /* the committing byte */
		PROPERTY(OWNER_ONLY, mine == fence);
		PROPERTY(STORED_FIRST, row[flight] == SENDING);
		PROPERTY(IN_ORDER, flight >= last);
		last = flight;
		phase = OUT }
	:: atomic { IS_FREE && phase == GO && flight < seen ->
		conclude(SUPERSEDED) }
	:: atomic { IS_FREE && phase == OUT -> conclude(ACCEPTED) }

	/* --- faults. What was under way is lost, or late and arrives one day. */
	:: atomic { faults > 0 && fence > 0 && gone != me -> /* killed, restarted or not */
		faults--;
		forget();
		stopped = false; down = false;
		if
		:: DROP_STEPS; DROP_PRODUCED
		:: true
		fi;
		if
		:: gone == 0 -> gone = me; stopped = true
		:: true
		fi }
	:: atomic { faults > 0 && fence > 0 && !stopped -> faults--; stopped = true }
	:: atomic { stopped && gone != me -> stopped = false }
	:: atomic { faults > 0 && fence > 0 && CAN_TALK -> /* the connection breaks */
		faults--;
		down = true;
		if
		:: len(wire) + len(answers) > 0 ->
			forget(); /* outcome unknown */
			if
			:: DROP_STEPS
			:: true
			fi
		:: else
		fi }
	:: atomic { down && gone != me -> down = false }
	:: atomic { faults > 0 && nempty(wire) -> /* one step alone is refused */
		faults--;
		wire?f, r, v, result, next, c;
		if
		:: own && f == mine -> answers!r, next, c, false
		:: else
		fi }
	:: atomic { faults > 0 && IS_READY && phase == OUT -> /* timeout */
		faults--;
		conclude(QUEUED) }
	:: atomic { faults > 0 && own && CAN_TALK && empty(wire) -> /* leave */
		faults--;
		holder = (holder == me -> 0 : holder);
		forget() }
	od
}

#define IS_DONE(n) (published[n] && !outbox[n] && \
	(row[n] == ACCEPTED || row[n] == SUPERSEDED))

init
{
	atomic { run instance(1); run instance(2) };
	do
	:: faults > 0 -> faults = 0 /* no more of them */
	:: timeout -> break /* nothing can happen any more */
	od;
	PROPERTY(ALL_OUT, pos == RECORDS && row[RECORDS] == ACCEPTED &&
	    IS_DONE(1) && IS_DONE(2) && IS_DONE(3))
}
