/* rest.h - is a realm at rest: has everyone read everything, is nothing due and
 * nothing in flight? */
#ifndef TOCSIN_CLI_REST_H
#define TOCSIN_CLI_REST_H

#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

enum { TCS_REST_KEY = 256, TCS_REST_WHY = 200 };

struct tcs_rest {
	struct tcs_program *program; /* borrowed, as is conf */
	const struct tcs_conf *conf; /* of the daemons */
	/* Of the last look: */
	int64_t next_due_ms;    /* lowest score of the `…:due` sets */
	char why[TCS_REST_WHY]; /* what moved, or was not there yet */
};

/* `name` with the realm's prefix. */
void tcs_rest_key(
    const struct tcs_rest *rest, const char *name, char key[TCS_REST_KEY]);
/* Both run the loop.
 *
 * Looks in the order in which things flow: what was moving when it was looked
 * at is seen further down. What moves against that order needs a second look.
 */
enum tcs_err tcs_rest_look(
    struct tcs_rest *rest, int64_t now_ms, bool *ret_moves) TCS_MUST_USE;
/* Has every unit an owner, and every feed its first poll? */
enum tcs_err tcs_rest_look_start(
    struct tcs_rest *rest, bool *ret_all) TCS_MUST_USE;

/* When the feed is polled next. TCS_ENOTFOUND: no one has planned it yet. */
enum tcs_err tcs_rest_poll_due(
    struct tcs_rest *rest, const char *feed, int64_t *ret_due_ms) TCS_MUST_USE;

#endif
