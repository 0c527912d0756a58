/* fullmap.h - a national map of Vigicrues as large as the real one: 337
 * tronçons, 2.2 MB. The same arguments give the same bytes. */
#ifndef TOCSIN_TESTS_BENCH_FULLMAP_H
#define TOCSIN_TESTS_BENCH_FULLMAP_H

#include <stdint.h>

#include "core/buf.h"

enum { FULLMAP_ZONES = 337 };

/* All are green but zone number `zone`, which has `level`. */
void fullmap_write(
    struct tcs_buf *buf, int64_t issued_ms, unsigned zone, unsigned level);

#endif
