/* httpd.h - a small HTTP server on the test's own loop, which answers exactly
 * the bytes it was told to, also when they are wrong. */
#ifndef TOCSIN_TESTS_SUPPORT_HTTPD_H
#define TOCSIN_TESTS_SUPPORT_HTTPD_H

#include <stddef.h>

#include "core/loop.h"
#include "core/slice.h"

struct httpd; /* opaque */

struct httpd *httpd_new(struct tcs_loop *loop); /* 127.0.0.1, a free port */
void httpd_free(struct httpd *httpd);
unsigned httpd_port(const struct httpd *httpd);
/* "http://<host>:<port><path>"; valid until the next call. */
const char *httpd_url(struct httpd *httpd, const char *host, const char *path);

/* What `path` answers from now on. Other paths answer 404. */
void httpd_reply(struct httpd *httpd, const char *path, const char *status,
    const char *headers, struct tcs_slice body);
/* These bytes, then the connection is closed. */
void httpd_raw(struct httpd *httpd, const char *path, struct tcs_slice bytes);
/* The request is read and never answered. */
void httpd_hang(struct httpd *httpd, const char *path);

/* Requests that came whole, and the last one: head and body, as received. */
size_t httpd_requests(const struct httpd *httpd);
const char *httpd_last(const struct httpd *httpd);

#endif
