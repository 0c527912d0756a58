/* tally.h - what left, by source, counted from receipts: for the lines that
 * `tocsin run` shows. Plain counting; nothing here reads the store. */
#ifndef TOCSIN_CLI_TALLY_H
#define TOCSIN_CLI_TALLY_H

#include "cli/summary.h"
#include "core/err.h"
#include "core/json.h"

struct tcs_tally; /* opaque */

struct tcs_tally *tcs_tally_new(void); /* NULL when out of memory */
void tcs_tally_free(struct tcs_tally **tally);

/* A thread of the store (rule:threads): whose code it has and what it is
 * about. One of the source watch counts for the feed that it watches. */
enum tcs_err tcs_tally_thread(
    struct tcs_tally *tally, const json_t *thread) TCS_MUST_USE;
/* A proposal of the store (ledger:proposals), at start: one that waits is
 * counted. */
enum tcs_err tcs_tally_proposal(
    struct tcs_tally *tally, const json_t *proposal) TCS_MUST_USE;
/* One receipt, in the order of the topic. */
enum tcs_err tcs_tally_receipt(
    struct tcs_tally *tally, const json_t *receipt) TCS_MUST_USE;
/* True when receipts came of codes whose thread was not given: the caller
 * gives the store's threads once more. Asking again says no until then. */
bool tcs_tally_wants_threads(struct tcs_tally *tally);
/* Sums for one source; all zero when nothing is known of it. */
struct tcs_left tcs_tally_left(
    const struct tcs_tally *tally, const struct tcs_source *source);

#endif
