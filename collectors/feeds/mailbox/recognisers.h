/* recognisers.h - what certain senders' mails say: a file of the administrator,
 * one recogniser a kind of mail, with examples that are run when it is loaded.
 *
 *   <recognisers>
 *     <recogniser name="apic" title="APIC" senders="apic@meteo.example">
 *       <subject>^APIC</subject>
 *       <body>pluies (?&lt;level&gt;.*?) sur : (?&lt;communes&gt;.+)</body>
 *       <phenomenon is="pluie"/>
 *       <level><map words="très intenses" to="rouge"/> … </level>
 *       <example match="yes" level="rouge" communes="62040">From: …</example>
 *     </recogniser>
 *   </recognisers>
 *
 * Patterns are PCRE2, without regard to case, ^ and $ at each line. Groups that
 * are looked at: phenomenon, level, communes, departement, place, time, until.
 * The first recogniser whose patterns are all found says what the mail says. */
#ifndef TOCSIN_COLLECTORS_FEEDS_MAILBOX_RECOGNISERS_H
#define TOCSIN_COLLECTORS_FEEDS_MAILBOX_RECOGNISERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/match.h"
#include "core/slice.h"

struct tcs_arena;
struct tcs_communes;
struct tcs_message;
struct tcs_recognisers; /* built once, then only read; opaque */

enum {
	TCS_RECOGNISED_COMMUNES_MAX = 400,
	TCS_RECOGNISED_DEPARTEMENTS_MAX = 20,
};

/* What one mail says. Borrowed from the recognisers and the arena. */
struct tcs_recognised {
	const char *name, *title;     /* the recogniser's */
	const char *event, *category; /* or NULL */
	const char *phenomenon;
	const char *level; /* or TCS_LEVEL_UNKNOWN */
	const char *place; /* NULL: not said */
	const char *communes[TCS_RECOGNISED_COMMUNES_MAX]; /* INSEE */
	const char *names[TCS_RECOGNISED_COMMUNES_MAX];    /* "": not known */
	size_t communes_n;
	const char *unplaced; /* names that are no commune of ours; or NULL */
	const char *departements[TCS_RECOGNISED_DEPARTEMENTS_MAX + 1];
	size_t departements_n;
	int64_t onset_ms, until_ms; /* TCS_NO_TIME: not said */
	int64_t lasts_ms;           /* 0: as the driver's option has it */
};

/* `path`: the file; "": the tables alone, none is recognised. `communes` may
 * be NULL (then codes are known, and no names); it is taken. The caller owns
 * *ret_recognisers. TCS_ECONFIG: one finding a fault, with its line. */
enum tcs_err tcs_recognisers_load(const char *path,
    struct tcs_recognisers **ret_recognisers,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_recognisers_free(struct tcs_recognisers **recognisers);
/* Some recogniser is for mails of that address. NULL: none is. */
bool tcs_recognisers_know(
    const struct tcs_recognisers *recognisers, const char *sender);
/* "a@b.example" and "@b.example" both name a@b.example; whatever case. */
bool tcs_sender_is(const char *sender, struct tcs_slice named);
/* TCS_YES: *ret_recognised is filled. TCS_UNKNOWN: a limit was met, so that
 * nothing is known. `recognisers` may be NULL. */
enum tcs_match tcs_recognise(const struct tcs_recognisers *recognisers,
    const struct tcs_message *message, struct tcs_arena *arena,
    struct tcs_recognised *ret_recognised);

#endif
