/* tls.h - TLS for bufferevents (OpenSSL): TLS 1.2 or later, the far side's
 * certificate and name always verified by a client. */
#ifndef TOCSIN_CORE_TLS_H
#define TOCSIN_CORE_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct bufferevent;
struct tcs_tls; /* whom we trust, or who we are; opaque */

/* `ca_file` has the authorities we trust; NULL: the system's. TCS_ECONFIG when
 * it cannot be read. The caller owns *ret_tls. */
enum tcs_err tcs_tls_client_new(const char *ca_file, struct tcs_tls **ret_tls,
    struct tcs_diag *diag) TCS_MUST_USE;
/* A server's, with its certificate (and chain) and key, both PEM. */
enum tcs_err tcs_tls_server_new(const char *cert_file, const char *key_file,
    struct tcs_tls **ret_tls, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_tls_free(struct tcs_tls **tls); /* NULL-safe, sets it to NULL */

/* Begin TLS on the connection of `bev`, which carried it in the clear and is
 * freed: the new bufferevent, without callbacks and not enabled. It tells
 * BEV_EVENT_CONNECTED when the handshake is done and `name`, a host name or an
 * address, is the certificate's; BEV_EVENT_ERROR else. NULL, `bev` untouched:
 * out of memory. */
struct bufferevent *tcs_tls_connect(
    struct tcs_tls *tls, struct bufferevent *bev, const char *name);
/* The same, as the server. */
struct bufferevent *tcs_tls_accept(
    struct tcs_tls *tls, struct bufferevent *bev);

/* After BEV_EVENT_ERROR: append why. True: the certificate was refused, which
 * another try does not change. */
bool tcs_tls_reason(struct bufferevent *bev, struct tcs_buf *buf);
/* Hand bytes to the kernel now, past the bufferevent's queue, which must be
 * empty: how many it took, all or none. */
size_t tcs_tls_write_now(struct bufferevent *bev, struct tcs_slice bytes);
/* Say that we end, as far as the socket takes it at once. */
void tcs_tls_bye(struct bufferevent *bev);

#endif
