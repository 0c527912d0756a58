/* watch.h - how a source does: its state, and when that may change. Pure.
 *
 * Shown is the gravest that holds: limited, silent, expired, reshaped, frozen,
 * late, fresh. A source that is not fresh never shows green. */
#ifndef TOCSIN_COLLECTORS_WATCH_H
#define TOCSIN_COLLECTORS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/feed.h"

/* From the least to the gravest. */
#define TCS_SOURCE_STATES(X)                                                   \
	X(FRESH, "fresh", "source à jour")                                     \
	X(STARTING, "starting", "premier contact en cours")                    \
	X(LATE, "late", "publication en retard")                               \
	X(FROZEN, "frozen", "publication figée")                               \
	X(RESHAPED, "reshaped", "réponse illisible")                           \
	X(EXPIRED, "expired", "dernière publication périmée")                  \
	X(SILENT, "silent", "source muette")                                   \
	X(LIMITED, "limited", "accès refusé ou limité")

#define TCS_SOURCE_ENUM(name, word, french) TCS_SOURCE_##name,
enum tcs_source_state { TCS_SOURCE_STATES(TCS_SOURCE_ENUM) };
#undef TCS_SOURCE_ENUM

struct tcs_watch_facts {
	int64_t started_ms;  /* when this process first asked */
	int64_t answered_ms; /* last time that it spoke; TCS_NO_TIME: never */
	int64_t every_ms;
	int64_t late_after_ms;
	bool has_failed;          /* the last attempt since then */
	unsigned failures;        /* in a row, with that one */
	bool is_limited;          /* last answer: 401 or 429 */
	enum tcs_refusal refusal; /* of the last body */
	bool is_mailbox;          /* an empty one is an answer too */
	bool has_document;        /* the next one means something */
	struct tcs_document document;
};

enum tcs_source_state tcs_watch_state(
    const struct tcs_watch_facts *facts, int64_t now_ms);
/* The first instant after `now_ms` at which the state may differ if nothing
 * happens until then; TCS_NO_TIME: never. */
int64_t tcs_watch_next(const struct tcs_watch_facts *facts, int64_t now_ms);

const char *tcs_source_word(enum tcs_source_state state);   /* "silent" */
const char *tcs_source_french(enum tcs_source_state state); /* for texts */
/* False: no state has that name, *ret_state is untouched. */
bool tcs_source_parse(const char *word, enum tcs_source_state *ret_state);

#endif
