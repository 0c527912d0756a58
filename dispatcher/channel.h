/* channel.h - a delivery channel: starts an attempt, gives one verdict. Retry,
 * back-off, throttle, supersession and expiry live once, in the dispatcher. */
#ifndef TOCSIN_DISPATCHER_CHANNEL_H
#define TOCSIN_DISPATCHER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_http;

enum tcs_verdict {
	TCS_VERDICT_ACCEPTED, /* the far side took it; not yet delivered */
	TCS_VERDICT_LATER,    /* surely not taken: 429, 5xx, no connection */
	TCS_VERDICT_UNKNOWN,  /* may have been taken: timeout, cut connection */
	TCS_VERDICT_REFUSED,  /* will never work: bad address, other 4xx */
	TCS_VERDICT_DOWN,     /* the whole channel is unusable */
};

/* One attempt. Borrowed by the channel until it calls `done`. */
struct tcs_attempt {
	const char *key;        /* 16 hex: the same at every attempt */
	const char *target;     /* address or URL: never in the log */
	const char *alert;      /* identifier */
	const char *trace;      /* 16 hex */
	const char *thread_key; /* key of the thread's first delivery to this
	                         * contact, for In-Reply-To; may be NULL */
	const char *subject;    /* one line, UTF-8 */
	const char *text;       /* UTF-8, lines end in \n */
	struct tcs_slice cap;   /* the alert's bytes, CAP 1.2 */
	int64_t sent_ms;        /* the alert's, for Date: and timestamps */
	void *channel_data;     /* the channel's own, NULL at start */
	/* Asked just before the committing byte (SMTP: the final dot, HTTP:
	 * the request): false means drop the connection and give LATER. */
	bool (*may_commit)(struct tcs_attempt *attempt);
	/* Exactly once per send(), never inside send(), also after cancel().
	 * `reason`: one line for people, without address; `retry_after_ms` is
	 * -1 when the far side did not say. */
	void (*done)(struct tcs_attempt *attempt, enum tcs_verdict verdict,
	    const char *reason, int64_t retry_after_ms);
	void *arg; /* the dispatcher's */
};

/* What a channel may use of the program. */
struct tcs_channel_env {
	struct tcs_loop *loop;
	struct tcs_http *http;
};

struct tcs_channel_ops {
	const char *name;  /* as written in tocsin.conf */
	const char *about; /* one line */
	size_t state_size; /* zeroed block passed as `st`, options filled */
	const struct tcs_option *options;
	int64_t
	    attempt_ms; /* an attempt's own deadline: 30 s HTTP, 60 s SMTP */
	/* Read secrets, check addresses. TCS_ECONFIG with a finding. */
	enum tcs_err (*open)(
	    void *st, const struct tcs_channel_env *env, struct tcs_diag *diag);
	/* NULL when `target` is one this channel can use, else why not. */
	const char *(*check_target)(const char *target);
	void (*send)(void *st, struct tcs_attempt *attempt);
	/* Give up; `done` still follows: LATER if the committing byte has not
	 * left, UNKNOWN else. */
	void (*cancel)(void *st, struct tcs_attempt *attempt);
	void (*fini)(void *st); /* nothing is in flight any more */
};

extern const struct tcs_channel_ops *const tcs_channel_registry[];
const struct tcs_channel_ops *tcs_channel_find(const char *name); /* or NULL */

#endif
