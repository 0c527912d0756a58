/* cap.h - CAP 1.2 messages (OASIS CAP-v1.2, 1 July 2010): read, check, write.
 *
 * A message and all its strings live in one arena. Lists keep the document's
 * order. Text members are NULL when the element is absent, and never empty:
 * an empty element is read as absent. Reading never alters text but for
 * outer blanks. */
#ifndef TOCSIN_CORE_CAP_H
#define TOCSIN_CORE_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/slice.h"

struct tcs_arena;

enum { TCS_CAP_MAX = 1024 * 1024 }; /* bytes of one document */

struct tcs_cap_text { /* <polygon>, <circle>, <category>, ... */
	const char *text;
	struct tcs_cap_text *next;
};

struct tcs_cap_value {    /* <parameter>, <geocode>, <eventCode> */
	const char *name; /* valueName */
	const char *value;
	struct tcs_cap_value *next;
};

struct tcs_cap_resource {
	const char *desc, *mime_type, *size, *uri, *deref_uri, *digest;
	struct tcs_cap_resource *next;
};

struct tcs_cap_area {
	const char *desc;
	struct tcs_cap_text *polygons, *circles; /* "lat,lon lat,lon ..." */
	struct tcs_cap_value *geocodes;
	const char *altitude, *ceiling;
	struct tcs_cap_area *next;
};

struct tcs_cap_info {
	const char *language; /* RFC 3066; NULL stands for en-US */
	struct tcs_cap_text *categories, *response_types;
	const char *event, *urgency, *severity, *certainty, *audience;
	struct tcs_cap_value *event_codes;
	int64_t effective_ms, onset_ms, expires_ms; /* or TCS_NO_TIME */
	const char *sender_name, *headline, *description, *instruction;
	const char *web, *contact;
	struct tcs_cap_value *parameters;
	struct tcs_cap_resource *resources;
	struct tcs_cap_area *areas;
	struct tcs_cap_info *next;
};

struct tcs_cap {
	struct tcs_arena *arena; /* holds this struct's strings and lists */
	const char *identifier, *sender;
	int64_t sent_ms;
	const char *status, *msg_type, *source, *scope, *restriction;
	const char *addresses, *note;
	struct tcs_cap_text *codes;
	const char *references; /* "sender,identifier,sent ..." */
	const char *incidents;
	struct tcs_cap_info *infos;
	bool is_short; /* a building call ran out of memory: do not use */
};

/* An empty message; NULL when out of memory. */
struct tcs_cap *tcs_cap_new(void);
void tcs_cap_free(struct tcs_cap **cap); /* NULL-safe, sets it to NULL */

/* Read one document, in any encoding it declares. TCS_OK: the caller owns
 * *ret_cap; findings in `diag`, if any, make it *faulty* (usable, with notes).
 * TCS_EPARSE, TCS_ELIMIT: *invalid*, not to be used; what makes it so comes
 * first among the findings. Each finding names element and line.
 *
 * Invalid is what a receiver cannot use safely: XML that is broken or has a
 * DOCTYPE; another namespace (CAP 1.1, 1.0); no identifier, sender or readable
 * sent; status, msgType or scope not of the standard; no event, urgency,
 * severity or certainty in an info; Cancel, Ack or Error without references,
 * for they say nothing by themselves.
 *
 * Faulty is what leaves the rest usable. An Update whose references are empty
 * or malformed is faulty: it tells a state of its own, and is taken like a
 * first message. A time that is unreadable, a polygon or circle that breaks
 * its form (latitude first, closed, in range), a resource without description
 * or type: left out, and said. A time with Z is read, and said. */
enum tcs_err tcs_cap_read(struct tcs_slice text, struct tcs_cap **ret_cap,
    struct tcs_diag *diag) TCS_MUST_USE;

/* What the schema and the standard ask and this value breaks. TCS_EINVAL with
 * the findings; strict: what is only faulty when read counts too. */
enum tcs_err tcs_cap_check(
    const struct tcs_cap *cap, struct tcs_diag *diag) TCS_MUST_USE;

/* Check, then append the XML document (UTF-8, legal time with offset). Nothing
 * is appended on error. */
enum tcs_err tcs_cap_write(const struct tcs_cap *cap, struct tcs_buf *buf,
    struct tcs_diag *diag) TCS_MUST_USE;

/* Building. Copies go into the message's arena; out of memory returns NULL (or
 * is ignored by the void forms and found by tcs_cap_check). NULL text is
 * allowed and gives NULL or nothing. */
const char *tcs_cap_dup(struct tcs_cap *cap, const char *text);
struct tcs_cap_info *tcs_cap_add_info(struct tcs_cap *cap);
struct tcs_cap_area *tcs_cap_add_area(
    struct tcs_cap *cap, struct tcs_cap_info *info, const char *desc);
struct tcs_cap_resource *tcs_cap_add_resource(struct tcs_cap *cap,
    struct tcs_cap_info *info, const char *desc, const char *mime_type);
void tcs_cap_add_text(
    struct tcs_cap *cap, struct tcs_cap_text **list, const char *text);
void tcs_cap_add_value(struct tcs_cap *cap, struct tcs_cap_value **list,
    const char *name, const char *value);

/* Parameters of the first info. Get: NULL when absent. Set: replaces; NULL
 * value removes. */
const char *tcs_cap_param(const struct tcs_cap *cap, const char *name);
void tcs_cap_set_param(
    struct tcs_cap *cap, const char *name, const char *value);
/* A deep copy that lives on its own; NULL when out of memory. */
struct tcs_cap *tcs_cap_copy(const struct tcs_cap *cap);
/* "sender,identifier,sent" of `cap`, for another's references. Appends. */
void tcs_cap_reference(const struct tcs_cap *cap, struct tcs_buf *buf);

#endif
