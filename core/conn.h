/* conn.h - a connection to a server that speaks in lines (SMTP, IMAP): TCP,
 * then TLS at once or when both agreed to (STARTTLS), with a deadline. On the
 * loop; the caller's protocol is fed bytes and asked nothing. */
#ifndef TOCSIN_CORE_CONN_H
#define TOCSIN_CORE_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_conn; /* opaque */
struct tcs_host;
struct tcs_loop;
struct tcs_tls;

/* Each may free the connection. */
struct tcs_conn_ops {
	/* TLS stands and the server is who it should be. */
	void (*secured)(void *arg);
	/* What came; borrowed during the call, or until it frees. */
	void (*received)(void *arg, struct tcs_slice bytes);
	/* All that was written has left. */
	void (*written)(void *arg);
	/* It could not be made, or is gone. TCS_EDENIED: the certificate was
	 * refused; TCS_EUNAVAIL else. `why` is borrowed during the call. */
	void (*lost)(void *arg, enum tcs_err err, const char *why);
	void (*timed_out)(void *arg);
};

struct tcs_conn_conf {
	struct tcs_loop *loop;
	struct tcs_host *host; /* outlives the connection */
	struct tcs_tls *tls;   /* the same; NULL: never TLS */
	bool is_implicit;      /* TLS from the first byte */
	const struct tcs_conn_ops *ops;
	void *arg;
};

/* Not connected yet. NULL when out of memory. */
struct tcs_conn *tcs_conn_new(const struct tcs_conn_conf *conf);
/* NULL-safe, sets it to NULL. What is queued is dropped. */
void tcs_conn_free(struct tcs_conn **conn);
/* May call back, and so free the connection, before it returns true. False,
 * without a call: out of memory. */
bool tcs_conn_open(struct tcs_conn *conn);
/* `timed_out` is called after so long, unless set anew. */
void tcs_conn_deadline(struct tcs_conn *conn, int64_t after_ms);
/* False: out of memory. */
bool tcs_conn_write(struct tcs_conn *conn, struct tcs_slice bytes);
/* The same when nothing is queued: straight to the kernel, so that nothing
 * lies between what the caller asked before and the byte. */
bool tcs_conn_write_now(struct tcs_conn *conn, struct tcs_slice bytes);
/* Both sides agreed to speak TLS from here on; `secured` or `lost` follows.
 * Inside `received`, all bytes must have been looked at: what came in the clear
 * behind the agreement is the caller's to refuse. False: out of memory. */
bool tcs_conn_start_tls(struct tcs_conn *conn);
bool tcs_conn_is_secure(const struct tcs_conn *conn);
/* All that was written has left. */
bool tcs_conn_is_flushed(const struct tcs_conn *conn);

#endif
