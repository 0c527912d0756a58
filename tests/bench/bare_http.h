/* bare_http.h - POST on one kept-alive connection to this machine, and nothing
 * else: the last part of a bare pipeline. What fails ends the program. */
#ifndef TOCSIN_TESTS_BENCH_BARE_HTTP_H
#define TOCSIN_TESTS_BENCH_BARE_HTTP_H

#include <stddef.h>

void bare_http_open(const char *port);
void bare_http_post(const char *path, const char *value, size_t n);

#endif
