/* proposal.h - what a rule raises, as it travels on `proposals`: CAP with
 * status Draft. An alert (alert.h) is the same value after it was decided. */
#ifndef TOCSIN_CORE_PROPOSAL_H
#define TOCSIN_CORE_PROPOSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cap.h"
#include "core/err.h"
#include "core/signal.h"

/* raise: send it; lift: the condition no longer holds, an alerte sent earlier
 * is to be lifted by a person (nothing sent earlier: nothing to lift). */
#define TCS_ACTION_RAISE "raise"
#define TCS_ACTION_LIFT "lift"
/* Only the validity moved: expiries are prolonged, nothing is sent. */
#define TCS_ACTION_PROLONG "prolong"

#define TCS_NATURE_INFORMATION "information"
#define TCS_NATURE_ALERTE "alerte"

struct tcs_proposal {
	const char *identifier; /* see tcs_proposal_identify() */
	const char *sender;
	int64_t sent_ms;
	const char *references;      /* the proposal it follows, or NULL */
	const char *intended_status; /* Actual, Exercise, Test */
	const char *observatory;
	const char *thread; /* opening signal's identifier '/' rule id */
	const char *code;   /* 3 characters */
	const char *rule, *rule_title;
	const char *raise;            /* the raise's id; default its nature */
	const char *nature;           /* TCS_NATURE_... */
	const char *action;           /* TCS_ACTION_... */
	unsigned number;              /* p<n> of this thread and raise */
	const char *decision_mode;    /* "none", "authority" */
	const char *audience;         /* blank-separated names */
	const char *signal;           /* identifier of the signal behind it */
	const char *signal_reference; /* "sender,identifier,sent" of it */
	const char *source, *source_name, *feed;
	const char *zone, *zone_name, *zone_scheme;
	const char *phenomenon; /* "crues"; NULL: the source names none */
	const char *level, *previous_level;
	int64_t issued_ms, fetched_ms, expires_ms;
	const char *departement;
	bool is_first_sight;
	bool is_end;              /* the source's own end, in an information */
	bool is_estimated;        /* no list: territoire estimé */
	const char *list;         /* "crues/AP5", or NULL */
	const char *const *insee; /* commune codes, sorted, unique */
	size_t insee_n;           /* 0: the whole département */
	const char *headline;     /* without ESSAI, nature or code */
	const char *description;  /* source, issue time, what it says */
	const char *instruction;  /* the action; NULL for information */
	const char *web;
	const char *category, *event; /* the signal's; NULL: as its source */
};

/* 8 hex digits of the thread's identifier. */
void tcs_thread_hash(const char *thread, char hash[9]);
/* <observatory>.<thread hash>.<raise>.p<n>-<6 hex of content>. */
void tcs_proposal_identify(
    const struct tcs_proposal *proposal, char id[TCS_ID_MAX]);
enum tcs_err tcs_proposal_to_cap(const struct tcs_proposal *proposal,
    struct tcs_cap **ret_cap, struct tcs_diag *diag) TCS_MUST_USE;
/* *ret_proposal borrows from `cap`, `insee` included (made in its arena). */
enum tcs_err tcs_proposal_from_cap(struct tcs_cap *cap,
    struct tcs_proposal *ret_proposal, struct tcs_diag *diag) TCS_MUST_USE;
/* What a decision binds: 64 hex over action, level, territory, audience,
 * headline, description, instruction and expiry; people see the first 6. */
void tcs_proposal_text_hash(const struct tcs_proposal *proposal, char hex[65]);

#endif
