/* profile.h - what signals, proposals and alerts have in common as CAP: the
 * `tocsin:` parameters as tables, one info in French, one area. */
#ifndef TOCSIN_CORE_PROFILE_H
#define TOCSIN_CORE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cap.h"

enum tcs_profile_kind {
	TCS_PROFILE_TEXT,  /* const char * */
	TCS_PROFILE_LEVEL, /* const char *; "<source>:" before it on the wire */
	TCS_PROFILE_TIME,  /* int64_t, TCS_NO_TIME when absent */
	TCS_PROFILE_FLAG,  /* bool; "yes", or absent */
	TCS_PROFILE_NUMBER, /* unsigned */
};

struct tcs_profile_param {
	const char *name;
	enum tcs_profile_kind kind;
	size_t offset; /* in the struct written or filled */
	bool is_required;
};

/* What becomes the message's info. NULL texts are left out. */
struct tcs_profile_info {
	/* NULL: what category, phenomenon and level give. */
	const char *event, *severity, *urgency, *certainty;
	int64_t onset_ms;                /* 0 or TCS_NO_TIME: not said */
	const char *category, *response; /* words of CAP */
	const char *phenomenon, *level;
	bool is_end;
	int64_t expires_ms;
	const char *sender_name, *headline, *description, *instruction, *web;
};

struct tcs_profile_area {
	const char *zone, *zone_name, *zone_scheme;
	const char *departement; /* "FR": none */
	const char *const *insee;
	size_t insee_n;
};

/* TCS_EINVAL: a required member is absent, named in `diag`. */
enum tcs_err tcs_profile_write(struct tcs_cap *cap, const void *value,
    const struct tcs_profile_param *params, size_t n,
    struct tcs_diag *diag) TCS_MUST_USE;
/* TCS_EPARSE: a required parameter is absent or unreadable. Members borrow
 * from `cap`; those of absent parameters become NULL, false, TCS_NO_TIME. */
enum tcs_err tcs_profile_read(const struct tcs_cap *cap, void *value,
    const struct tcs_profile_param *params, size_t n,
    struct tcs_diag *diag) TCS_MUST_USE;

void tcs_profile_add_info(
    struct tcs_cap *cap, const struct tcs_profile_info *info);
/* To the first info. */
void tcs_profile_add_area(
    struct tcs_cap *cap, const struct tcs_profile_area *area);
/* From the first area of the first info; `zone` must be known. */
const char *tcs_profile_zone_scheme(
    const struct tcs_cap *cap, const char *zone);               /* or NULL */
const char *tcs_profile_departement(const struct tcs_cap *cap); /* or "FR" */
/* The first info asks for that response. */
bool tcs_profile_has_response(const struct tcs_cap *cap, const char *response);

/* A part of an identifier: at most `max` bytes of `text` (NULL: nothing),
 * anything but letters, digits and ".:_-" as '_'. */
void tcs_profile_id_part(struct tcs_buf *buf, const char *text, size_t max);

#endif
