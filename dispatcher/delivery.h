/* delivery.h - one alert version to one contact by one channel: its state, how
 * that changes, and what of it is stored.
 *
 *          slot free            ACCEPTED         report, answer
 *  QUEUED ------------> SENDING --------> ACCEPTED -------> DELIVERED
 *    ^ |                 |   |
 *    | |  timer    LATER |   | REFUSED, or out of attempts
 *    '-+----- WAITING <--'   '--------> FAILED
 *      '-> EXPIRED, SUPERSEDED (from QUEUED and WAITING), HELD <-> QUEUED
 *
 * UNKNOWN and DOWN go the way of LATER. When its timer has run out a WAITING
 * row goes to SENDING as soon as a slot is free. SENDING too ends EXPIRED or
 * SUPERSEDED when its attempt comes back without being taken. What leaves no
 * attempt to make (no channel, no target) goes from QUEUED to FAILED. */
#ifndef TOCSIN_DISPATCHER_DELIVERY_H
#define TOCSIN_DISPATCHER_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"
#include "dispatcher/channel.h"
#include "dispatcher/recipients.h"

#define TCS_DELIVERY_STATES(X)                                                 \
	X(QUEUED)                                                              \
	X(HELD)                                                                \
	X(SENDING)                                                             \
	X(WAITING)                                                             \
	X(ACCEPTED)                                                            \
	X(DELIVERED)                                                           \
	X(FAILED)                                                              \
	X(EXPIRED)                                                             \
	X(SUPERSEDED)

#define TCS_DELIVERY_ENUM(name) TCS_DELIVERY_##name,
enum tcs_delivery_state {
	TCS_DELIVERY_STATES(TCS_DELIVERY_ENUM) TCS_DELIVERY_STATE_COUNT
};
#undef TCS_DELIVERY_ENUM

enum {
	TCS_DELIVERY_KEY = 17,         /* 16 hex digits and a NUL */
	TCS_DELIVERY_UNCLEAN_MAX = 5,  /* attempts that died with the process */
	TCS_DELIVERY_REASON_MAX = 300, /* bytes kept of a reason */
};

struct tcs_delivery {
	char key[TCS_DELIVERY_KEY];
	char thread_key[TCS_DELIVERY_KEY]; /* the first's; "": this is it */
	enum tcs_delivery_state state;
	enum tcs_urgency urgency;
	unsigned attempt;  /* begun so far, this one included */
	unsigned excused;  /* of them, those that say nothing of the target */
	unsigned unclean;  /* in a row, ended by the death of the process */
	bool may_have_had; /* some attempt ended unknown */
	int64_t next_ms;   /* WAITING: not before; else 0 */
	int64_t expires_ms;
	char *reason; /* owned, or NULL: why it is in this state */
};

/* What the row is about, for its stored form; borrowed. */
struct tcs_delivery_about {
	const char *alert, *thread, *code, *raise, *nature;
	unsigned version;
	const char *contact, *channel, *trace;
};

const char *tcs_delivery_state_name(enum tcs_delivery_state state);
bool tcs_delivery_is_final(enum tcs_delivery_state state);
/* The only way a state changes: an arrow of the drawing (else a defect, and
 * the process stops), logged. `reason` is copied; NULL: none. */
void tcs_delivery_move(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, enum tcs_delivery_state to,
    const char *reason);
void tcs_delivery_fini(struct tcs_delivery *delivery); /* NULL-safe */

/* When and why to try again. */
struct tcs_retry_policy {
	int64_t base_ms, cap_ms;
	unsigned attempts_max;
	uint32_t random;
};

/* What came of an attempt. */
struct tcs_attempt_end {
	enum tcs_verdict verdict;
	const char *reason;     /* or NULL */
	int64_t retry_after_ms; /* or -1 */
	int64_t now_ms;
	int64_t probe_ms;      /* DOWN: when the channel is tried again */
	bool is_ours;          /* given up by us: says nothing of the target */
	bool is_superseded;    /* a newer version is there */
	bool is_expiry_halted; /* the clock is not trusted: nothing expires */
};

/* A verdict on a SENDING row. */
void tcs_delivery_conclude(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, const struct tcs_attempt_end *end,
    const struct tcs_retry_policy *policy);
/* A SENDING row found at take-over: its attempt ended unknown. */
void tcs_delivery_interrupted(struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, bool is_clean, int64_t now_ms);

/* When a timer of the row's own has to fire: the next attempt of a WAITING
 * one that comes before the expiry, which is the alert's; else TCS_NO_TIME. */
int64_t tcs_delivery_due_ms(const struct tcs_delivery *delivery);

/* The stored form, compact JSON; the same bytes for the same value. */
void tcs_delivery_to_json(const struct tcs_delivery *delivery,
    const struct tcs_delivery_about *about, struct tcs_buf *buf);
/* *ret_about borrows from `value`; ret_delivery->reason is owned by the
 * caller. TCS_EPARSE: not a row. */
enum tcs_err tcs_delivery_from_json(const json_t *value,
    struct tcs_delivery *ret_delivery, struct tcs_delivery_about *ret_about,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
