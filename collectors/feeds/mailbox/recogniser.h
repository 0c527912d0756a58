/* recogniser.h - one compiled recogniser, for the files that build and use it.
 */
#ifndef TOCSIN_COLLECTORS_FEEDS_MAILBOX_RECOGNISER_H
#define TOCSIN_COLLECTORS_FEEDS_MAILBOX_RECOGNISER_H

#include "collectors/feeds/mailbox/recognisers.h"
#include "core/regex.h"

struct tcs_communes;

enum { RECOGNISER_PATTERNS_MAX = 16, RECOGNISER_MAPS_MAX = 64 };

struct tcs_recogniser_pattern {
	struct tcs_regex *regex;
	bool is_subject, is_optional;
};

/* Words of a mail, folded, and what we call that. */
struct tcs_recogniser_map {
	const char *folded, *to;
};

/* A value: what a group says, by the first map whose words are in it. */
struct tcs_recogniser_value {
	const char *is; /* when no map is; NULL: unknown */
	struct tcs_recogniser_map maps[RECOGNISER_MAPS_MAX];
	size_t maps_n;
};

/* A mail, and what must be read in it; NULL: anything. */
struct tcs_recogniser_example {
	bool is_match;
	const char *mail;
	const char *level, *phenomenon, *communes, *departements, *place;
	unsigned line;
	struct tcs_recogniser_example *next;
};

struct tcs_recogniser {
	const char *name, *title, *senders, *event, *category, *departements;
	int64_t lasts_ms;
	unsigned line;
	struct tcs_recogniser_pattern patterns[RECOGNISER_PATTERNS_MAX];
	size_t patterns_n;
	struct tcs_recogniser_value phenomenon, level;
	struct tcs_recogniser_example *examples;
	struct tcs_recogniser *next;
};

struct tcs_recognisers {
	struct tcs_arena *arena;
	struct tcs_communes *communes; /* or NULL */
	struct tcs_recogniser *first;
};

/* Is the mail one of this recogniser's, whoever sent it? */
enum tcs_match tcs_recogniser_read(const struct tcs_recognisers *all,
    const struct tcs_recogniser *r, const struct tcs_message *message,
    struct tcs_arena *arena, struct tcs_recognised *ret);
/* Its sender is one of this recogniser's. */
bool tcs_recogniser_is_for(const struct tcs_recogniser *r, const char *sender);
/* Run them all; a finding each that is not as it says. */
enum tcs_err tcs_recogniser_run_examples(const struct tcs_recognisers *all,
    const struct tcs_recogniser *r, const char *path, struct tcs_diag *diag);
/* "Arques, Blendecques et Saint-Omer (62)", codes or names, into *ret. */
void tcs_recogniser_place(const struct tcs_communes *communes,
    struct tcs_slice text, struct tcs_arena *arena, struct tcs_recognised *ret);
/* "62", "Pas-de-Calais", several with blanks or commas: codes into *ret. */
void tcs_recogniser_departements(
    struct tcs_slice text, struct tcs_recognised *ret);

#endif
