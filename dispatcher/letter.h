/* letter.h - the bytes of one alert version and the texts made of them, shared
 * by its deliveries, also by those that outlive the alert's place in memory. */
#ifndef TOCSIN_DISPATCHER_LETTER_H
#define TOCSIN_DISPATCHER_LETTER_H

#include <stddef.h>
#include <stdint.h>

#include "core/alert.h"
#include "core/err.h"
#include "core/slice.h"
#include "dispatcher/guard.h"

struct tcs_letter {
	unsigned refs;
	char *cap; /* owned, as is all below */
	size_t cap_n;
	int64_t sent_ms;
	/* Once rendered: */
	char *status;
	char *parts[TCS_OUTBOUND_PART_COUNT];
};

/* `cap` is copied. One reference. NULL when out of memory. */
struct tcs_letter *tcs_letter_new(struct tcs_slice cap);
struct tcs_letter *tcs_letter_ref(struct tcs_letter *letter);
void tcs_letter_unref(struct tcs_letter **letter); /* NULL-safe */
/* Make the texts of the document, unless they are there. TCS_EPARSE: it is no
 * alert. */
enum tcs_err tcs_letter_render(
    struct tcs_letter *letter, struct tcs_diag *diag) TCS_MUST_USE;
/* The same of the value that the document was written from. */
enum tcs_err tcs_letter_render_from(struct tcs_letter *letter,
    const struct tcs_cap *cap, const struct tcs_alert *alert) TCS_MUST_USE;

#endif
