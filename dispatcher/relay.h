/* relay.h - connections to one SMTP relay, kept alive and reused; each mail is
 * handed in once and told its fate once. Bufferevents on the loop. */
#ifndef TOCSIN_DISPATCHER_RELAY_H
#define TOCSIN_DISPATCHER_RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/err.h"
#include "dispatcher/smtp.h"

struct tcs_loop;
struct tcs_tls;
struct tcs_relay;      /* opaque */
struct tcs_relay_conn; /* opaque */

struct tcs_relay_conf {
	const char *address; /* "mail.example:25", "127.0.0.1:2525", "[::1]" */
	const char *helo;    /* name we give ourselves */
	struct tcs_tls *tls; /* outlives the relay; NULL: in the clear */
	bool is_implicit;    /* TLS from the first byte, else STARTTLS */
	const char *user, *password; /* NULL: no AUTH */
	size_t connections;          /* at most, at once */
	int64_t idle_ms;             /* an unused connection is kept so long */
	int64_t mail_ms;             /* one mail on its connection, at most */
};

/* One mail; the caller's memory, untouched from submit until `done`. */
struct tcs_relay_mail {
	struct tcs_smtp_mail mail; /* the caller fills in these four */
	/* Asked when all but the final dot is written: false drops the
	 * connection. */
	bool (*may_commit)(struct tcs_relay_mail *mail);
	/* From the loop, never inside submit or cancel. `reason` is borrowed
	 * during the call. */
	void (*done)(struct tcs_relay_mail *mail, enum tcs_verdict verdict,
	    const char *reason);
	void *arg;

	/* The relay's. */
	TAILQ_ENTRY(tcs_relay_mail) next;
	struct tcs_relay_conn *conn; /* that carries it, or NULL */
	bool is_over; /* its fate is known, and told at the next turn */
	enum tcs_verdict verdict;
	struct tcs_buf reason;
};

/* Strings are copied; the address must be without fault (tcs_host_fault).
 * Nothing is looked up or connected before the first mail. NULL when out of
 * memory. */
struct tcs_relay *tcs_relay_new(
    struct tcs_loop *loop, const struct tcs_relay_conf *conf);
/* Nothing may be submitted and not done. NULL-safe, sets it to NULL. */
void tcs_relay_free(struct tcs_relay **relay);
void tcs_relay_submit(struct tcs_relay *relay, struct tcs_relay_mail *mail);
/* In place of submit: it cannot be sent; `done` follows with this verdict. */
void tcs_relay_refuse(struct tcs_relay *relay, struct tcs_relay_mail *mail,
    enum tcs_verdict verdict, const char *reason);
/* `done` follows: UNKNOWN when the final dot left, else LATER. */
void tcs_relay_cancel(struct tcs_relay *relay, struct tcs_relay_mail *mail);

#endif
