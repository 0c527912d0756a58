/* verdict.h - what people do in an episode: decide about the text that waits
 * for a zone and a nature, and resume a feed. */
#ifndef TOCSIN_CLI_VERDICT_H
#define TOCSIN_CLI_VERDICT_H

#include "cli/episode.h"
#include "core/err.h"
#include "core/program.h"

/* Publish the event's decision, and wait for what becomes of it. `name` and
 * `number` make its id. TCS_ENOTFOUND: nothing waits for it; TCS_EGUARD: it was
 * refused. Runs the loop. */
enum tcs_err tcs_verdict_give(struct tcs_program *program, const char *name,
    const struct tcs_episode_event *event, size_t number,
    struct tcs_diag *diag) TCS_MUST_USE;

#endif
