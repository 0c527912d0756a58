/* credential.h - what a service wants to know before it answers: a key from a
 * file, or an OAuth2 token (RFC 6749, client credentials).
 *
 * One token at a time: asking for another ends the one before. It is asked for
 * when there is none, when it is about to end, and once when it is refused. A
 * key goes to the host of the feed alone, over https (or on this machine), and
 * never into a log, a reason or a document. */
#ifndef TOCSIN_COLLECTORS_CREDENTIAL_H
#define TOCSIN_COLLECTORS_CREDENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/http.h"
#include "core/slice.h"

struct tcs_conf_feed;
struct tcs_credential; /* opaque */

/* NULL in *ret: the feed needs none. TCS_ECONFIG: a file cannot be read, or is
 * not a key; `diag` names it. `key_header` is the driver's; NULL: it knows no
 * key. */
enum tcs_err tcs_credential_open(const struct tcs_conf_feed *conf,
    const char *key_header, struct tcs_credential **ret,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_credential_free(struct tcs_credential **credential); /* NULL-safe */

/* A token must be asked for before the next request. */
bool tcs_credential_needs_token(
    const struct tcs_credential *credential, int64_t now_ms);
/* That request; borrows until the next call. */
void tcs_credential_token_request(
    struct tcs_credential *credential, struct tcs_http_request *request);
/* Its answer. TCS_EPARSE: no token in it, `diag` says why. */
enum tcs_err tcs_credential_token_answer(struct tcs_credential *credential,
    long status, struct tcs_slice body, int64_t now_ms,
    struct tcs_diag *diag) TCS_MUST_USE;

/* What stands in each request. False: nothing. Borrowed. */
bool tcs_credential_header(
    const struct tcs_credential *credential, struct tcs_http_header *ret);
/* The service answered 401. True: something may have changed (a token can be
 * renewed, the key's file is another), ask once more. */
bool tcs_credential_refused(struct tcs_credential *credential);
/* A poll begins: within it what is refused may be renewed once. */
void tcs_credential_begin(struct tcs_credential *credential);

#endif
