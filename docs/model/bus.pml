/* bus.pml - who may write, what leaves, and in which order: ownership, lease,
 * fence, guard, step, outbox and delivery, on both buses. scripts/model has
 * SPIN check it; docs/reliability.md says what it leaves out.
 *
 * Two instances own one unit in turn and read three records of one key. Record
 * r brings version r of one message: its step stores the version, moves the
 * position and publishes one record; then the version goes to one contact.
 *
 *   input 1 2 3 --read--> step --fence, guard--> store: pos, row, outbox
 *
 *      Redis:  XADD in the step            --> the bus
 *      Kafka:  outbox, produce, ack, clear --> the bus
 *      row is SENDING, lease is sure       --> the far side
 *
 * Each alternative of `instance` is one event. Between any two of them a fault
 * may strike: FAULTS in one run, of any kind, on either instance. Given by -D:
 * BUS, FAULTS, DELIVERY (0: a version counts as accepted once it is stored),
 * ONLY (one property; 0: all), MUT (a promise that is broken; 0: none). */
#define REDIS 1
#define KAFKA 2
#define RECORDS 3
#define WINDOW 2 /* steps of an instance under way */

#define ALL_OUT 1      /* nothing that was accepted is lost */
#define IN_ORDER 2     /* nothing older leaves after something newer */
#define OWNER_ONLY 3   /* what comes under an older number changes nothing */
#define STORED_FIRST 4 /* what leaves is in the store before */
#define ACKED_LAST 5   /* what the group acknowledged to Kafka is on the bus */
#define PROPERTY(name, holds) assert((ONLY != 0 && ONLY != name) || (holds))

#define SCRIPT_SPLIT 1   /* publish by itself; then state and position */
#define FENCE_OFF 2
#define GUARD_OFF 3
#define ROW_AFTER_SEND 4 /* bytes leave when the row's step is on its way */
#define LEASE_OFF 5      /* no look at the lease before the committing byte */
#define OFFSET_EARLY 6   /* offset stored, then produced: the outbox has it */
#define CLEAR_EARLY 7    /* outbox cleared and offset stored before the ack */
#define OUTBOX_LATE 8    /* what was left in the outbox goes after reading */

mtype = { NONE, QUEUED, SENDING, ACCEPTED, SUPERSEDED }; /* a row */
mtype = { FREE, FOUND, MARKED, GO, OUT }; /* an attempt, in memory */

/* The store. `holder` is the instance that the lease names, 0: none. */
byte fence, holder, pos;
mtype row[RECORDS + 1] = NONE;
bool outbox[RECORDS + 1];
/* What is on the bus, the newest of it, and the last the far side got. What
 * comes once more is the same bytes under the same identifier, and its reader
 * drops it: of a record only the first publication counts. */
bool published[RECORDS + 1];
byte newest, last;

byte faults = FAULTS, gone; /* gone: the instance that never comes back */
hidden byte f, r, v, next, c, k, ok; /* scratch: nothing between two events */
hidden mtype result;

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
	ok = (f == fence || MUT == FENCE_OFF) && (MUT == GUARD_OFF ||
	    (r == 0 || pos == r - 1) && (v == 0 || row[v] == SENDING));
	if
	:: ok && r > 0 ->
		pos = r;
		row[r - 1] = (row[r - 1] == QUEUED -> SUPERSEDED : row[r - 1]);
		row[r] = (DELIVERY -> QUEUED : ACCEPTED);
		if :: MUT != SCRIPT_SPLIT -> put_out(r) :: else fi
	:: else
	fi;
	if
	:: ok ->
		PROPERTY(OWNER_ONLY, f == fence);
		for (k : 1 .. v - 1) { /* older ones that were found SENDING */
			row[k] = (row[k] == SENDING -> SUPERSEDED : row[k])
		}
		row[v] = (v > 0 -> result : NONE);
		row[next] = (next > 0 -> SENDING : NONE);
		outbox[c] = false
	:: else
	fi
}

/* Reading begins after the position: what is at or before it is skipped, and
 * the group's offset is never ahead of it. */
inline store_offset(n)
{
	PROPERTY(ACKED_LAST, published[n] && n <= pos)
}

#define CAN_TALK (!stopped && !down)
#define IS_READY (own && loaded == 2 && CAN_TALK && len(wire) < WINDOW && \
	empty(answers))
#define IS_SURE (sure || MUT == LEASE_OFF)
#define ON_ITS_WAY (MUT == ROW_AFTER_SEND -> GO : MARKED)

/* Not ours any more, or to be taken again: everything about it is forgotten.
 * Answers and acks of before are nobody's. */
inline forget()
{
	own = false; sure = false; loaded = 0; mine = 0; seen = 0;
	flight = 0; phase = FREE; due = false; left = 0; unsent = false;
	do :: answers?_, _, _, _ :: empty(answers) -> break od;
	do :: acked?_ :: empty(acked) -> break od;
	for (k : 1 .. len(produced)) { produced?_, r; produced!0, r }
}

/* Steps under way when a connection ends: lost, or late and served one day. */
inline cut()
{
	if
	:: do :: wire?_, _, _, _, _, _ :: empty(wire) -> break od
	:: true
	fi
}

/* An attempt ends. The slot goes to the newest version, if that one waits or is
 * to be tried again, in the same step. Unknown and older is superseded. */
inline conclude(verdict)
{
	v = flight;
	next = (verdict == QUEUED && v == seen -> v : (due -> seen : 0));
	result = (verdict == QUEUED && v < seen -> SUPERSEDED : verdict);
	flight = next;
	phase = (next > 0 -> ON_ITS_WAY : FREE);
	due = false;
	wire!mine, 0, v, result, next, 0
}

inline send_outbox()
{
	for (k : 1 .. RECORDS) {
		if :: outbox[k] -> produced!mine, k; left++ :: else fi
	}
}

/* One instance: one process after another under one name, never two at a time.
 * As far as it knows it owns the unit, under the number `mine`. */
proctype instance(byte me)
{
	chan wire = [WINDOW + 1] of { byte, byte, byte, mtype, byte, byte };
	chan answers = [WINDOW + 1] of { byte, byte, byte, byte };
	/* the client's queue; each fault may leave one behind */
	chan produced = [(FAULTS + 1) * RECORDS] of { byte, byte };
	chan acked = [RECORDS] of { byte };
	bool stopped, down; /* by SIGSTOP; without the store */
	bool own, sure;     /* sure: the lease was renewed less than 4 s ago */
	byte mine, loaded;
	byte seen;          /* the newest record that is in a step */
	byte flight;        /* the version whose attempt has the slot */
	mtype phase = FREE;
	bool due;           /* `seen` waits for the slot */
	byte left;          /* of the outbox as it was found */
	bool unsent;        /* OUTBOX_LATE: it is still to be sent */

end:	do
	/* Ownership. On Kafka the group says who may try; here any may. */
	:: atomic { !own && CAN_TALK && (holder == 0 || holder == me) &&
	       (me == 1 || fence > 0) -> /* 1 is the first, by symmetry */
		fence++; holder = me; mine = fence; own = true; sure = true }
	:: atomic { own && CAN_TALK && !sure -> /* renew */
		if :: holder == me -> sure = true :: else -> forget() fi }
	:: atomic { sure && !CAN_TALK -> sure = false } /* 4 s pass */
	:: atomic { holder == me && !sure -> holder = 0 } /* 5 s have passed */

	/* Load: rows and outbox, which goes first; then the position. */
	:: atomic { own && CAN_TALK && loaded == 0 ->
		for (k : 1 .. RECORDS) {
			flight = (row[k] == SENDING -> k : flight);
			due = due || row[k] == QUEUED
		}
		phase = (flight > 0 || due -> FOUND : FREE);
		loaded = 1;
		unsent = MUT == OUTBOX_LATE;
		if :: !unsent -> send_outbox() :: else fi }
	:: atomic { own && CAN_TALK && loaded == 1 -> seen = pos; loaded = 2 }
	:: atomic { IS_READY && unsent -> unsent = false; send_outbox() }

	/* Read one record; its step marks the row if the slot is free. */
	:: atomic { IS_READY && left == 0 && empty(acked) && seen < RECORDS ->
		seen++;
		due = DELIVERY && flight > 0;
		next = (DELIVERY && flight == 0 -> seen : 0);
		flight = (next > 0 -> next : flight);
		phase = (next > 0 -> ON_ITS_WAY : phase);
		if
		:: MUT == SCRIPT_SPLIT -> wire!mine, seen, 0, OUT, 0, 0
		:: else
		fi;
		wire!mine, seen, 0, NONE, next, 0 }

	/* The store serves a step, also when its sender is gone. */
	:: atomic { nempty(wire) && nfull(answers) ->
		wire?f, r, v, result, next, c;
		if
		:: v == 0 && result == OUT -> /* SCRIPT_SPLIT: no checks */
			PROPERTY(OWNER_ONLY, f == fence);
			put_out(r)
		:: else ->
			script();
			if
			:: own && f == mine -> answers!r, next, c, ok
			:: else
			fi
		fi }

	/* Its answer: refused, the unit is given up; else what it allows. */
	:: atomic { CAN_TALK && nempty(answers) ->
		answers?r, next, c, ok;
		phase = (next > 0 && phase == MARKED -> GO : phase);
		if
		:: !ok -> forget()
		:: ok && r > 0 && BUS == KAFKA ->
			produced!mine, r;
			if
			:: MUT == OFFSET_EARLY -> store_offset(r)
			:: MUT == CLEAR_EARLY -> wire!mine, 0, 0, NONE, 0, r
			:: else
			fi
		:: ok && c > 0 ->
			left = (left > 0 -> left - 1 : 0);
			store_offset(c)
		:: else
		fi }

	/* Kafka: the client's threads produce, in order; an ack is handled. */
	:: atomic { nempty(produced) && nfull(acked) ->
		produced?f, r;
		publish(r);
		if :: own && f == mine -> acked!r :: else fi }
	:: atomic { IS_READY && nempty(acked) ->
		acked?r;
		wire!mine, 0, 0, NONE, 0, r }

	/* Delivery. What was found SENDING is unknown; else the committing byte
	 * leaves, or a newer version cancels it; the verdict is stored. */
	:: atomic { IS_READY && phase == FOUND -> conclude(QUEUED) }
	:: atomic { own && !stopped && phase == GO && flight == seen &&
	       IS_SURE ->
		PROPERTY(OWNER_ONLY, mine == fence);
		PROPERTY(STORED_FIRST, row[flight] == SENDING);
		PROPERTY(IN_ORDER, flight >= last);
		last = flight;
		phase = OUT }
	:: atomic { IS_READY && phase == GO && flight < seen ->
		conclude(SUPERSEDED) }
	:: atomic { IS_READY && phase == OUT -> conclude(ACCEPTED) }

	/* Faults: killed, and then restarted or not; stopped; store out of
	 * reach; one step refused alone; no verdict; asked to leave. */
	:: atomic { faults > 0 && fence > 0 && gone != me ->
		faults--; forget(); stopped = false; down = false; cut();
		if
		:: do :: produced?_, _ :: empty(produced) -> break od
		:: true
		fi;
		if
		:: gone == 0 -> gone = me; stopped = true
		:: true
		fi }
	:: atomic { faults > 0 && fence > 0 && !stopped ->
		faults--; stopped = true }
	:: atomic { stopped && gone != me -> stopped = false }
	:: atomic { faults > 0 && fence > 0 && CAN_TALK ->
		faults--; down = true;
		if
		:: len(wire) + len(answers) > 0 -> forget(); cut()
		:: else
		fi }
	:: atomic { down -> down = false }
	:: atomic { faults > 0 && nempty(wire) ->
		faults--;
		wire?f, r, v, result, next, c;
		if :: own && f == mine -> answers!r, next, c, false :: else fi }
	:: atomic { faults > 0 && IS_READY && phase == OUT ->
		faults--; conclude(QUEUED) }
	:: atomic { faults > 0 && own && CAN_TALK && empty(wire) ->
		faults--; holder = (holder == me -> 0 : holder); forget() }
	od
}

#define IS_DONE(n) (published[n] && !outbox[n] && \
	(row[n] == ACCEPTED || row[n] == SUPERSEDED))

init
{
	atomic { run instance(1); run instance(2) }
	do
	:: faults > 0 -> faults = 0 /* no more of them */
	:: timeout -> break         /* nothing can happen any more */
	od;
	PROPERTY(ALL_OUT, pos == RECORDS && row[RECORDS] == ACCEPTED &&
	    IS_DONE(1) && IS_DONE(2) && IS_DONE(3))
}
