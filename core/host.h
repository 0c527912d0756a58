/* host.h - where a server is: host and port, looked up without blocking. */
#ifndef TOCSIN_CORE_HOST_H
#define TOCSIN_CORE_HOST_H

#include <stdbool.h>

struct bufferevent;
struct tcs_host; /* opaque */
struct tcs_loop;

/* NULL when `address` is host:port, [IPv6]:port or either without port, else
 * what is wrong. */
const char *tcs_host_fault(const char *address);
/* The host of an address without fault is this machine. */
bool tcs_host_is_loopback(const char *address);
/* The address, which must be without fault, is copied; `port` is for one that
 * has none. Nothing is looked up yet. NULL when out of memory. */
struct tcs_host *tcs_host_new(
    struct tcs_loop *loop, const char *address, int port);
/* No connection may be on its way. NULL-safe, sets it to NULL. */
void tcs_host_free(struct tcs_host **host);
const char *tcs_host_name(const struct tcs_host *host); /* without port */
/* Connect; how it went is told by the bufferevent's event callback, which may
 * be called before this returns true. False, without a call: out of memory. */
bool tcs_host_connect(struct tcs_host *host, struct bufferevent *bev);
/* A lookup failed: the name servers are read again before the next. */
void tcs_host_failed(struct tcs_host *host);

#endif
