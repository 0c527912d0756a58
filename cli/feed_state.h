/* feed_state.h - what `feeds read --state` keeps between two calls: a picture
 * and what waits, in one JSON file. */
#ifndef TOCSIN_CLI_FEED_STATE_H
#define TOCSIN_CLI_FEED_STATE_H

#include "collectors/compare.h"
#include "collectors/picture.h"
#include "core/err.h"

/* The caller owns *ret_picture. A file that is not there is an empty state;
 * TCS_EPARSE: it is not one of ours, or of another driver. */
enum tcs_err tcs_feed_state_load(const char *path, const char *driver,
    struct tcs_picture **ret_picture, struct tcs_pending *ret_pending,
    struct tcs_diag *diag) TCS_MUST_USE;
enum tcs_err tcs_feed_state_save(const char *path, const char *driver,
    const struct tcs_picture *picture, const struct tcs_pending *pending,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
