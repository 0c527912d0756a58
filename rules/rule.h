/* rule.h - one compiled rule: built once by compile.h, then only read. */
#ifndef TOCSIN_RULES_RULE_H
#define TOCSIN_RULES_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/match.h"
#include "core/signal.h"

struct tcs_arena;
struct tcs_matcher_ops;

/* One element of <when>: a test, or a group of them. */
struct tcs_cond {
	const struct tcs_matcher_ops *ops;
	void *state;            /* the matcher's own, zeroed, then compiled */
	unsigned line;          /* in the rule's file */
	bool is_negated;        /* below an odd number of <not> */
	struct tcs_cond *child; /* first of a group */
	struct tcs_cond *next;  /* in the same group */
};

/* What is proposed when the condition holds. Texts are checked templates. */
struct tcs_raise {
	const char *id;          /* unique in its rule; default: its nature */
	const char *nature;      /* TCS_NATURE_... */
	const char *audience;    /* names, one blank between two */
	const char *decision;    /* "none", "authority" */
	const char *headline;    /* NULL: the signal's */
	const char *instruction; /* what is to be done; NULL for information */
	const char *list;        /* "crues/{zone}"; NULL: none named */
	unsigned line;
	struct tcs_raise *next;
};

/* A signal that must, or must not, open a thread. */
struct tcs_example {
	enum tcs_match want;
	struct tcs_signal signal;
	unsigned line;
	struct tcs_example *next;
};

struct tcs_rule {
	struct tcs_arena *arena; /* holds all of it */
	const char *file;
	const char *id, *title, *owner, *basis;
	int64_t review_ms;     /* to be looked at again by then */
	struct tcs_cond *when; /* the group that <when> is: all of it */
	struct tcs_raise *raises;
	struct tcs_example *examples;
};

void tcs_rule_free(struct tcs_rule **rule); /* NULL-safe, sets it to NULL */

#endif
