/* episode.h - an episode: what sources served, what the field said and what
 * people decided, when, and what must come of it. A folder:
 *
 *   episode.json   the times, read here
 *   tocsin.conf    feeds, contacts, channels
 *   rules.d/ lists.d/ documents/
 *
 * tocsin.conf has fixed addresses for the sources and the sink, which
 * episode.json names; the player puts those it got from the system in their
 * place. */
#ifndef TOCSIN_CLI_EPISODE_H
#define TOCSIN_CLI_EPISODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/json.h"
#include "core/slice.h"

enum { TCS_EPISODE_EVENTS_MAX = 2000, TCS_EPISODE_MAX = 4 * 1024 * 1024 };

enum {
	TCS_EPISODE_HEADERS_MAX = 16, /* of one answer */
	TCS_EPISODE_HEADER_MAX = 400,
};

enum tcs_episode_kind {
	TCS_EPISODE_DOCUMENT, /* from now on the source answers this */
	TCS_EPISODE_DECISION,
	TCS_EPISODE_RESUME,
	TCS_EPISODE_REPORT,  /* the field says something */
	TCS_EPISODE_MAIL,    /* a mail is in the mailbox */
	TCS_EPISODE_RESTART, /* a collector dies and is started again */
};

/* How a source fails that does not answer. */
enum tcs_episode_fail {
	TCS_EPISODE_FAIL_NONE,
	TCS_EPISODE_FAIL_CLOSE, /* takes the request, ends the connection */
	TCS_EPISODE_FAIL_HANG,  /* ... and keeps it, without a word */
	TCS_EPISODE_FAIL_TLS,   /* leads to where TLS cannot be had */
};

/* All strings are the episode's; NULL where not given. */
struct tcs_episode_event {
	enum tcs_episode_kind kind;
	int64_t at_ms;
	const char *note; /* for whoever watches */
	/* document, mail, report's photo: a file of documents/ */
	const char *file;
	/* document: a body, an HTTP status, or both; or a failure; or no one
	 * listens at all */
	const char *path; /* of the URL, with its query if it matters */
	int status;
	const char *type;      /* its media type, or NULL */
	const json_t *headers; /* an object of texts, or NULL */
	enum tcs_episode_fail fail;
	bool is_away;
	bool is_once; /* not when it is played again over the same state */
	/* resume, restart */
	const char *feed;
	bool loses; /* restart: what the store had of the feed */
	/* report: what is typed; `correct` and `end` are labels */
	const char *label, *correct, *end;
	const char *where, *commune, *departement, *what, *from;
	const char *phenomenon, *level, *certainty, *contact;
	/* decision, on the proposal that waits for zone and nature */
	const char *zone, *nature, *verdict;
	const char *authority, *how, *basis, *reason;
	int64_t asked_ms, answered_ms; /* or TCS_NO_TIME */
	int64_t fact_ms;               /* report; likewise */
};

struct tcs_episode {
	const char *name; /* the realm is "x-<name>." */
	const char *title;
	int64_t start_ms, end_ms;
	/* As written in tocsin.conf, "127.0.0.1:18401". */
	const char *source, *smtp, *http;
	const char *imap;                 /* NULL: there is no mailbox */
	struct tcs_episode_event *events; /* by time, else as written */
	size_t events_n;
	const json_t *expected; /* lists of lines, by name */
	json_t *root;           /* holds the strings */
};

/* The caller owns *ret_episode. `file` is for `diag`. TCS_EPARSE with a
 * finding for each fault. */
enum tcs_err tcs_episode_parse(struct tcs_slice text, const char *file,
    struct tcs_episode **ret_episode, struct tcs_diag *diag) TCS_MUST_USE;
/* <dir>/episode.json. */
enum tcs_err tcs_episode_load(const char *dir, struct tcs_episode **ret_episode,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_episode_free(struct tcs_episode **episode); /* NULL-safe */

#endif
