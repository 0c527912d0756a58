/* series.h - rows of Hub'Eau's observations_tr gathered into series, one a
 * station and quantity, and what the newest value of each says. */
#ifndef TOCSIN_COLLECTORS_FEEDS_HUBEAU_SERIES_H
#define TOCSIN_COLLECTORS_FEEDS_HUBEAU_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/json.h"

enum { HUBEAU_STATION_MAX = 16 };

/* One observation, in m or m³/s. */
struct hubeau_row {
	char station[HUBEAU_STATION_MAX];
	char grandeur; /* 'H' or 'Q' */
	int64_t at_ms;
	double value;
	int statut, qualification; /* Sandre codes; -1: not said */
};

struct hubeau_rows {
	struct hubeau_row *items; /* owned */
	size_t n, cap;
	unsigned unreadable; /* rows of a station without place, time, unit */
	size_t seen;         /* rows of any kind */
};

/* The rows of one page. Those of a site (code_station null) repeat a station's
 * and are passed over, as those without a value. TCS_ELIMIT: too many. */
enum tcs_err tcs_hubeau_rows_add(
    struct hubeau_rows *rows, const json_t *data) TCS_MUST_USE;
void tcs_hubeau_rows_fini(struct hubeau_rows *rows);
/* By station, quantity, newest first; of two of one instant the one with the
 * better status. */
void tcs_hubeau_rows_sort(struct hubeau_rows *rows);
/* Rows from `from` on that are of the same series. */
size_t tcs_hubeau_series_length(const struct hubeau_rows *rows, size_t from);
/* What the series that begins at `from` moved by within an hour, from the value
 * about an hour older than its newest. False: none is near enough. */
bool tcs_hubeau_series_rate(
    const struct hubeau_rows *rows, size_t from, double *ret_per_hour);

/* "non qualifiée", "brute"; NULL: not of the nomenclature. */
const char *tcs_hubeau_qualification_word(int code);
const char *tcs_hubeau_statut_word(int code);

#endif
