/* pass.h - one signal through all rules: what it changes and what it raises,
 * gathered before anything is kept, so that a signal that cannot be handled
 * leaves no trace in memory. */
#ifndef TOCSIN_RULES_PASS_H
#define TOCSIN_RULES_PASS_H

#include "core/buf.h"
#include "core/err.h"
#include "core/proposal.h"
#include "core/signal.h"
#include "rules/lists.h"
#include "rules/ruleset.h"
#include "rules/threads.h"

struct tcs_arena;

/* What the observatory is, for every signal. */
struct tcs_pass_conf {
	const char *observatory, *sender;
	const char *status; /* what proposals are meant for */
	char *const *departements;
	size_t departements_n;
};

/* Signals that changed nothing, since the start. */
struct tcs_pass_counts {
	unsigned long stale, seen, expired;
};

/* A proposal that is to be published. */
struct tcs_pass_proposal {
	struct tcs_proposal value;
	struct tcs_pass_proposal *next;
};

/* A thread that is to be kept. */
struct tcs_pass_thread {
	struct tcs_thread value;
	char name[TCS_THREAD_NAME_MAX];
	struct tcs_slice json; /* in the arena */
	bool is_new;
	struct tcs_pass_thread *next;
};

struct tcs_pass {
	const struct tcs_pass_conf *conf;
	const struct tcs_ruleset *rules;
	struct tcs_lists *lists;
	struct tcs_threads *threads; /* read; but for the codes of new ones */
	const struct tcs_signal *signal;
	const char *signal_reference;
	int64_t now_ms;
	struct tcs_arena *arena; /* for all that is made */
	struct tcs_buf *folded;  /* for the signal's text */
	struct tcs_diag *notes;  /* of lists that could not be used */
	struct tcs_pass_counts *counts;

	/* What came of it, in the order of the rules. */
	struct tcs_pass_thread *changed;
	struct tcs_pass_proposal *raised;
};

/* Run the signal through the rules; fills `changed` and `raised`. On error
 * nothing is to be kept: the codes that were taken are free again, and `diag`
 * says why the signal is refused. */
enum tcs_err tcs_pass_run(
    struct tcs_pass *pass, struct tcs_diag *diag) TCS_MUST_USE;
/* The same as an error would: give the codes of new threads back. */
void tcs_pass_undo(struct tcs_pass *pass);
/* Keep the threads: after this the step must be committed, or the unit be
 * revoked. TCS_ENOMEM. */
enum tcs_err tcs_pass_keep(struct tcs_pass *pass) TCS_MUST_USE;

#endif
