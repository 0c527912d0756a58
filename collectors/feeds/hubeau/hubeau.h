/* hubeau.h - what the parts of the driver share. */
#ifndef TOCSIN_COLLECTORS_FEEDS_HUBEAU_HUBEAU_H
#define TOCSIN_COLLECTORS_FEEDS_HUBEAU_HUBEAU_H

#include "collectors/feed.h"
#include "core/clock.h"
#include "territory/zonetable.h"

enum {
	HUBEAU_CODES_MAX = 100, /* codes that one request may name */
	HUBEAU_CHUNKS_MAX = 10,
	HUBEAU_PAGES_MAX = 10,      /* of one request */
	HUBEAU_STATIONS_MAX = 1000, /* of one feed */
};

/* What is asked for, up to now. */
#define HUBEAU_WINDOW_MS TCS_HOURS(3)

struct hubeau {
	struct tcs_strings stations, grandeurs;
	int64_t step_h, step_q;
	char *table_path;
	struct tcs_zonetable *table; /* or NULL */
};

/* Requests that the chosen stations make. */
size_t tcs_hubeau_chunks(const struct hubeau *h);
/* The driver's `ask`. */
enum tcs_err tcs_hubeau_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag);

#endif
