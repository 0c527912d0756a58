/* signal.h - one change of state of one zone, as it travels on `signals`.
 *
 * In memory a flat value that borrows its strings; on the wire CAP 1.2 with
 * the profile's `tocsin:` parameters. Key of the record: `departement`. */
#ifndef TOCSIN_CORE_SIGNAL_H
#define TOCSIN_CORE_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cap.h"
#include "core/err.h"

/* The source of what Tocsin says about itself. */
#define TCS_SOURCE_SELF "tocsin"

enum { TCS_ID_MAX = 256 }; /* an identifier and its NUL */

/* More of what CAP can say: <parameter>, <geocode>. */
struct tcs_pair {
	const char *name, *value;
};

/* A file that came with it: <resource>, named by its SHA-256. */
struct tcs_signal_file {
	const char *name, *type;
	const char *hash; /* 64 hex digits */
	size_t size;
};

struct tcs_signal {
	const char *identifier; /* see tcs_signal_identify() */
	const char *sender;     /* who speaks: the observatory's address */
	int64_t sent_ms;
	const char *status;      /* Actual, Exercise, Test, System */
	const char *msg_type;    /* Alert, Update, Cancel */
	const char *references;  /* what it follows; NULL for the first */
	const char *incidents;   /* signals of the same zone elsewhere */
	const char *observatory; /* identifier prefix */
	const char *source;      /* "vigicrues"; System: "tocsin" */
	const char *feed;        /* name in tocsin.conf */
	const char *source_name; /* "Vigicrues": who issues, for texts */
	const char *zone;        /* "AP5"; System: the feed's name */
	const char *zone_name;   /* "Aa" */
	const char *zone_scheme; /* geocode name: "VIGICRUES" */
	const char *phenomenon;  /* "crues" */
	const char *level;       /* "orange"; on the wire "vigicrues:orange" */
	const char *previous_level; /* NULL: none known */
	int64_t issued_ms;          /* or TCS_NO_TIME */
	int64_t fetched_ms;
	int64_t expires_ms;
	const char *departement; /* "62", or "FR" */
	const char *report; /* id of the field report that it is of, or NULL */
	bool is_first_sight;
	bool is_national; /* key FR by right, not for want of a table */
	bool is_end;      /* the source's own end: AllClear */
	bool is_cancel;   /* the source says that it was wrong: Cancel */
	const char *headline, *description, *instruction, *web;
	int64_t onset_ms; /* 0 or TCS_NO_TIME: not said */

	/* NULL: what status and level give. Only `category` and `event` are
	 * filled when read. */
	const char *category, *event, *severity, *urgency, *certainty;
	const struct tcs_pair *params, *geocodes;
	size_t params_n, geocodes_n;
	const char *const *polygons; /* NULL-ended; may be NULL */
	const struct tcs_signal_file *files;
	size_t files_n;
};

/* <observatory>.<source>.<zone>[.<phenomenon>].<issued or first seen, UTC>.
 * <level>-<6 hex over level, text, area, expires, the identifier it follows
 * and the report that it is of>. Characters that CAP forbids become '_'. Writes
 * `id`. */
void tcs_signal_identify(
    const struct tcs_signal *signal, const char *follows, char id[TCS_ID_MAX]);
/* The caller owns *ret_cap. TCS_EINVAL: a member that must be there is not. */
enum tcs_err tcs_signal_to_cap(const struct tcs_signal *signal,
    struct tcs_cap **ret_cap, struct tcs_diag *diag) TCS_MUST_USE;
/* Fill *ret_signal, which borrows from `cap`. TCS_EPARSE: not a signal. */
enum tcs_err tcs_signal_from_cap(const struct tcs_cap *cap,
    struct tcs_signal *ret_signal, struct tcs_diag *diag) TCS_MUST_USE;
/* CAP status of what a realm says: Exercise in a realm "x-…", else Test until
 * the observatory is live, then Actual. */
/* A zone that is a key made of a link or a text: nobody's code of a place. */
bool tcs_zone_is_made(const char *zone);
const char *tcs_status_of(const char *realm, bool is_live);
/* 16 hex digits: the trace of everything that comes of this identifier. */
void tcs_trace_of(const char *identifier, char trace[17]);

#endif
