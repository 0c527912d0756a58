/* driver.h - a driver's block, for whoever has no tocsin.conf: the CLI offline,
 * tests, fuzzers. */
#ifndef TOCSIN_COLLECTORS_DRIVER_H
#define TOCSIN_COLLECTORS_DRIVER_H

#include "collectors/feed.h"
#include "config/option.h"
#include "core/err.h"

/* A block with the options of `texts` (n may be 0) and the table's defaults,
 * after its init(). The caller owns *ret_st. TCS_ECONFIG as tcs_option_fill().
 */
enum tcs_err tcs_driver_open(const struct tcs_feed_ops *ops,
    const struct tcs_option_text *texts, size_t n, void **ret_st,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_driver_close(
    const struct tcs_feed_ops *ops, void **st); /* NULL-safe */

#endif
