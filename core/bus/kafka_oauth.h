/* kafka_oauth.h - OAUTHBEARER: tokens by the grant "client_credentials" (RFC
 * 6749, 4.4), fetched by our HTTP client whenever librdkafka asks for one,
 * which it does at the start, after four fifths of a token's life, and 10 s
 * after a failure. Debian's librdkafka has no client for that of its own
 * (OIDC).
 *
 * Set among the properties of section `kafka`, by librdkafka's names of them:
 *
 *   sasl.mechanism                        OAUTHBEARER
 *   sasl.oauthbearer.token.endpoint.url   https, or http on this machine
 *   sasl.oauthbearer.client.id
 *   sasl.oauthbearer.client.secret        from a file (…_file)
 *   sasl.oauthbearer.scope                optional
 *   sasl.oauthbearer.extensions           optional: key=value,key=value
 *   https.ca.location                     optional: the endpoint's CA, a file
 *
 * Neither token nor secret is in any text. */
#ifndef TOCSIN_CORE_BUS_KAFKA_OAUTH_H
#define TOCSIN_CORE_BUS_KAFKA_OAUTH_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#include "core/bus.h"
#include "core/err.h"

struct tcs_loop;
struct tcs_kafka_oauth; /* of one client; opaque */

/* Is it one of those above that librdkafka is not to see? */
bool tcs_kafka_oauth_has(const char *name);
/* Does it take all that it needs? One finding a fault. */
enum tcs_err tcs_kafka_oauth_check(
    const struct tcs_bus_conf *conf, struct tcs_diag *diag) TCS_MUST_USE;
/* A client with this configuration asks for tokens, if it is to have any. */
void tcs_kafka_oauth_prepare(
    const struct tcs_bus_conf *conf, rd_kafka_conf_t *rk);

/* Serve the client, so prepared, from the loop until it is closed, which comes
 * before rd_kafka_destroy(). Copies what it needs of `conf`. NULL: it is to
 * have no tokens, or there is no memory. */
struct tcs_kafka_oauth *tcs_kafka_oauth_open(
    struct tcs_loop *loop, const struct tcs_bus_conf *conf, rd_kafka_t *rk);
void tcs_kafka_oauth_close(struct tcs_kafka_oauth **oauth); /* NULL-safe */
/* It has had a token, or needs none (NULL). */
bool tcs_kafka_oauth_is_ready(const struct tcs_kafka_oauth *oauth);

/* For who runs no loop and blocks anyway: one token for the client, within
 * 15 s; it is not renewed. TCS_OK too when it is to have none. */
enum tcs_err tcs_kafka_oauth_first(const struct tcs_bus_conf *conf,
    rd_kafka_t *rk, struct tcs_diag *diag) TCS_MUST_USE;

#endif
