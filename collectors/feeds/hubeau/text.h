/* text.h - one number of Hub'Eau as people read it. */
#ifndef TOCSIN_COLLECTORS_FEEDS_HUBEAU_TEXT_H
#define TOCSIN_COLLECTORS_FEEDS_HUBEAU_TEXT_H

#include <stdbool.h>

#include "collectors/feeds/hubeau/series.h"
#include "core/buf.h"

/* What is said of the newest value of a series. */
struct hubeau_value {
	const struct hubeau_row *row;
	bool has_rate;
	double per_hour;
};

/* "hauteur 2,31 m", "débit 12,4 m³/s". */
void tcs_hubeau_text_value(
    struct tcs_buf *buf, const struct hubeau_value *value);
/* " (+12 cm/h)", " (stable)"; nothing when the rate is not known. */
void tcs_hubeau_text_rate(
    struct tcs_buf *buf, const struct hubeau_value *value);
/* "Hauteur 2,31 m à 14 h 05 (+12 cm/h), donnée brute, non qualifiée." */
void tcs_hubeau_text(struct tcs_buf *buf, const struct hubeau_value *value);
/* With a point and as many decimals as mean something: "2.310". */
void tcs_hubeau_text_number(struct tcs_buf *buf, double value);

#endif
