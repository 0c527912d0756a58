/* bodies.h - the requests of one poll in the order of asking, their answers,
 * and what of them is kept for the next poll. Belongs to a gather. */
#ifndef TOCSIN_COLLECTORS_BODIES_H
#define TOCSIN_COLLECTORS_BODIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/feed.h"
#include "collectors/gather.h"
#include "core/err.h"
#include "core/http.h"

/* One request, then its answer. Texts and bytes are owned. */
struct tcs_body {
	struct tcs_ask ask; /* its flags; url and tag are below */
	char *url, *tag, *answered_url, *type, *data;
	size_t n;
	long status; /* 0: not answered */
	int64_t fetched_ms;
	struct tcs_gather_mark mark;
	bool is_hashed;
};

/* All zero at first; `stamps` is the driver's. */
struct tcs_bodies {
	const char *const *stamps;
	struct tcs_body *items;
	size_t n, at;          /* asked; answered or given up */
	size_t bytes;          /* of all answers */
	struct tcs_body *kept; /* of the poll before */
	size_t kept_n;
	struct tcs_fetch *fetches; /* of tcs_bodies_view() */
	struct tcs_gather_mark *marks;
};

/* One more request. TCS_ELIMIT: more than a poll may have; TCS_ENOMEM. */
enum tcs_err tcs_bodies_ask(
    struct tcs_bodies *bodies, const struct tcs_ask *ask) TCS_MUST_USE;
/* Answer the request at `at` by what its URL said in the poll before. False:
 * that is not known. */
bool tcs_bodies_reuse(struct tcs_bodies *bodies);
/* Go on past requests whose answer never changes and is known. */
void tcs_bodies_skip(struct tcs_bodies *bodies);
/* The answer to the request at `at`. False: out of memory. */
bool tcs_bodies_answer(
    struct tcs_bodies *bodies, const struct tcs_http_response *response);
/* What was answered so far, as a driver sees it: valid until the next call of
 * any of these. False: out of memory. */
bool tcs_bodies_view(struct tcs_bodies *bodies, struct tcs_answers *ret);
/* Over the contents of the `n` last seen, in order; n > 0. */
void tcs_bodies_digest(
    const struct tcs_bodies *bodies, size_t n, char hex[TCS_DIGEST_HEX]);
/* Ask anew from the first; what is kept stays. */
void tcs_bodies_restart(struct tcs_bodies *bodies);
/* Take over what `previous`, settled, keeps. */
void tcs_bodies_inherit(struct tcs_bodies *bodies, struct tcs_bodies *previous);
/* Give back what the next poll will ask for anew. `is_whole`: all of the poll
 * was asked for, what it did not need is not kept either. */
void tcs_bodies_settle(struct tcs_bodies *bodies, bool is_whole);
void tcs_bodies_fini(struct tcs_bodies *bodies);

/* Replace an owned text. What is no text, or too long for one, cannot be kept
 * nor published: it counts as absent. False: out of memory. */
bool tcs_bodies_text(char **to, const char *from);

#endif
