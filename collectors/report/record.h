/* record.h - one record of the topic `reports`: what somebody in the field says
 * happened, its correction, its end. Written by the CLI, read by the collector:
 * both hold it against the same bounds. */
#ifndef TOCSIN_COLLECTORS_REPORT_RECORD_H
#define TOCSIN_COLLECTORS_REPORT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_arena;

/* Of "gendarmerie d'Arques", in bytes; a text is one line but for `what`. */
enum {
	TCS_REPORT_ID_MAX = 128,
	TCS_REPORT_NAME_MAX = 128,
	TCS_REPORT_PLACE_MAX = 160,
	TCS_REPORT_WHAT_MAX = 2000,
	TCS_REPORT_WORD_MAX = 40,
	TCS_REPORT_JSON_MAX = 64 * 1024,
	TCS_REPORT_ZONE = 49, /* "62040", "62-0a1b2c3d", and a NUL */
	TCS_REPORT_PHOTO_MAX = 10 * 1000 * 1000,
};

/* A fact is not older than that when it is reported. */
#define TCS_REPORT_PAST_MS TCS_DAYS(7)

enum tcs_report_kind {
	TCS_REPORT_NEW,
	TCS_REPORT_CORRECT, /* by its author: what is there replaces */
	TCS_REPORT_END,     /* by its author: it is over */
};

/* A file kept under its SHA-256. */
struct tcs_report_photo {
	const char *hash; /* 64 hex digits; NULL: there is none */
	const char *type; /* image/jpeg, image/png */
	size_t size;
};

/* Everything is borrowed. NULL of a correction or an end: as it was. */
struct tcs_report {
	enum tcs_report_kind kind;
	const char *id;
	const char *about; /* id of the report that it corrects or ends */
	int64_t fact_ms;   /* when it happened; TCS_NO_TIME: as it was */
	int64_t reported_ms;
	const char *typed_by;
	const char *from; /* who saw it: a function */
	const char *departement;
	const char *commune, *commune_name; /* INSEE, its name; or NULL */
	const char *place;                  /* free text, or NULL */
	const char *what;
	const char *phenomenon; /* "terrain" when it was not said */
	const char *level;      /* "none", or a word of a scale */
	const char *certainty;  /* "observed", … */
	const char *contact;    /* who can be called back; goes nowhere */
	struct tcs_report_photo photo;
};

/* All that its kind needs is there, within the bounds, and fit for CAP.
 * TCS_EINVAL or TCS_ELIMIT: `diag` has what, and what to write. */
enum tcs_err tcs_report_check(
    const struct tcs_report *report, struct tcs_diag *diag) TCS_MUST_USE;
/* Strings live in `arena`. TCS_EPARSE, or as tcs_report_check(). */
enum tcs_err tcs_report_read(struct tcs_slice json, struct tcs_arena *arena,
    struct tcs_report *ret_report, struct tcs_diag *diag) TCS_MUST_USE;
/* The record's value. */
enum tcs_err tcs_report_write(
    const struct tcs_report *report, struct tcs_buf *buf) TCS_MUST_USE;

/* "<observatory>.report.<UTC>-<8 hex>". */
void tcs_report_identify(const char *observatory, int64_t at_ms,
    const char *random, char id[TCS_REPORT_ID_MAX]);
/* The commune, else "<département>-<8 hex of the place's folded name>". */
void tcs_report_zone(
    const struct tcs_report *report, char zone[TCS_REPORT_ZONE]);
/* The word of CAP: "Observed". NULL: there is no such certainty. */
const char *tcs_report_certainty(const char *word);
/* image/jpeg or image/png by its first bytes; NULL: neither. */
const char *tcs_report_photo_type(struct tcs_slice bytes);

#endif
