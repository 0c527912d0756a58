/* hosts.h - how often and how many at once each host is asked, by all feeds of
 * this process together. A loopback address is nobody's public service and is
 * asked at once. */
#ifndef TOCSIN_COLLECTORS_HOSTS_H
#define TOCSIN_COLLECTORS_HOSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/slice.h"

struct tcs_hosts; /* opaque */

struct tcs_hosts *tcs_hosts_new(void);         /* NULL when out of memory */
void tcs_hosts_free(struct tcs_hosts **hosts); /* NULL-safe */

/* "example.org:8080" of a URL; borrowed from it. */
struct tcs_slice tcs_host_of(const char *url);
bool tcs_hosts_is_loopback(struct tcs_slice host);

/* Ask for one request to the host of `url` now. 0: it may start, and
 * tcs_hosts_done() must follow; else how long to wait before asking again.
 * `now_ms` is of a clock that never goes back. */
int64_t tcs_hosts_ask(struct tcs_hosts *hosts, const char *url,
    int64_t interval_ms, int64_t now_ms);
void tcs_hosts_done(struct tcs_hosts *hosts, const char *url);

#endif
