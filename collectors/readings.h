/* readings.h - what one document says, read by its driver and checked: zones
 * sorted and each once, texts bounded and clean. Touches its arguments only,
 * so that the daemon, the CLI, tests and the fuzzer read alike. */
#ifndef TOCSIN_COLLECTORS_READINGS_H
#define TOCSIN_COLLECTORS_READINGS_H

#include <stddef.h>

#include "collectors/feed.h"
#include "core/err.h"

struct tcs_arena;

struct tcs_readings {
	struct tcs_arena *arena; /* holds all of it, files' contents too */
	struct tcs_document document;
	struct tcs_reading *items; /* by zone, then phenomenon; unique */
	size_t n;
	size_t doubled; /* zones that were there twice: the graver was kept */
};

/* `st` is the driver's block, after its init(). The caller owns *ret_readings.
 * TCS_EPARSE: the body is refused whole, *ret_refusal and `diag` say why. */
enum tcs_err tcs_readings_read(const struct tcs_feed_ops *ops, void *st,
    const struct tcs_answers *answers, struct tcs_readings **ret_readings,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag) TCS_MUST_USE;
/* TCS_EPARSE: it says that it was issued an hour or more from now. To believe
 * it would make every document after it an older one. */
enum tcs_err tcs_readings_check_time(const struct tcs_readings *readings,
    int64_t now_ms, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag) TCS_MUST_USE;
/* TCS_EPARSE: its validity is over. A source that goes on serving an old issue
 * shows yesterday as today. */
enum tcs_err tcs_readings_check_expiry(const struct tcs_readings *readings,
    int64_t now_ms, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_readings_free(struct tcs_readings **readings); /* NULL-safe */

/* Make text from outside one that XML, JSON and people can read, in place:
 * control characters become blanks, what is no character a question mark. */
void tcs_text_clean(char *text);
/* Order of zones: by code, then phenomenon. */
int tcs_zone_compare(const char *zone_a, const char *phenomenon_a,
    const char *zone_b, const char *phenomenon_b);
/* "truncated", "error", "reshaped", "stale"; "read" for none. */
const char *tcs_refusal_word(enum tcs_refusal refusal);

#endif
