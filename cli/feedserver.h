/* feedserver.h - an episode's sources: answers on loopback, path by path, what
 * the episode says they answered at that time, to the real collectors. */
#ifndef TOCSIN_CLI_FEEDSERVER_H
#define TOCSIN_CLI_FEEDSERVER_H

#include <stdint.h>

#include "cli/episode.h"
#include "core/err.h"

struct tcs_loop;
struct tcs_feedserver; /* opaque */

/* Listens on a free port of 127.0.0.1; every path is 404 until set. `dir` is
 * the folder of the documents, `address` how the episode writes the source's;
 * both are borrowed. */
enum tcs_err tcs_feedserver_open(struct tcs_loop *loop, const char *dir,
    const char *address, struct tcs_feedserver **ret_server,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_feedserver_close(struct tcs_feedserver **server); /* NULL-safe */
uint16_t tcs_feedserver_port(const struct tcs_feedserver *server);

/* From now on: the event's answer on its path, or, when away, no one listens
 * at all until another event. Borrows the event. `diag` names a document that
 * cannot be read. */
enum tcs_err tcs_feedserver_set(struct tcs_feedserver *server,
    const struct tcs_episode_event *event, struct tcs_diag *diag) TCS_MUST_USE;

#endif
