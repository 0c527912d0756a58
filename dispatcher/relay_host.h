/* relay_host.h - where a relay is: host and port, looked up without blocking.
 */
#ifndef TOCSIN_DISPATCHER_RELAY_HOST_H
#define TOCSIN_DISPATCHER_RELAY_HOST_H

#include <stdbool.h>

struct bufferevent;
struct tcs_loop;
struct tcs_relay_host; /* opaque */

/* NULL when `address` is host:port, [IPv6]:port or either without port (25),
 * else what is wrong. */
const char *tcs_relay_host_fault(const char *address);
/* The address, which must be without fault, is copied; nothing is looked up
 * yet. NULL when out of memory. */
struct tcs_relay_host *tcs_relay_host_new(
    struct tcs_loop *loop, const char *address);
/* No connection may be on its way. NULL-safe, sets it to NULL. */
void tcs_relay_host_free(struct tcs_relay_host **host);
/* Connect; how it went is told by the bufferevent's event callback, which may
 * be called before this returns true. False, without a call: out of memory. */
bool tcs_relay_host_connect(
    struct tcs_relay_host *host, struct bufferevent *bev);
/* A lookup failed: the name servers are read again before the next. */
void tcs_relay_host_failed(struct tcs_relay_host *host);

#endif
