/* supervise.h - the daemons of one machine as children of `tocsin run`.
 *
 * Each is started again when it ends: at once the first time, then ever later,
 * up to 10 s. What it writes is handed over line by line. None outlives us:
 * the kernel ends a child whose parent died. */
#ifndef TOCSIN_CLI_SUPERVISE_H
#define TOCSIN_CLI_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_supervisor; /* opaque */

/* One line of a child's output, without its end; borrowed during the call. */
typedef void tcs_supervisor_line_cb(
    void *arg, const char *name, struct tcs_slice line);

/* Takes over SIGCHLD of the loop. NULL when out of memory. */
struct tcs_supervisor *tcs_supervisor_new(
    struct tcs_loop *loop, tcs_supervisor_line_cb *cb, void *arg);
/* Start `argv` (NULL-terminated, argv[0] a path; copied) and keep it alive.
 * `name` is for lines and logs. TCS_ENOTFOUND: no such program. */
enum tcs_err tcs_supervisor_add(struct tcs_supervisor *supervisor,
    const char *name, const char *const *argv,
    struct tcs_diag *diag) TCS_MUST_USE;
/* KILL that child; it has ended then, and is not started again before it is
 * released. TCS_ENOTFOUND: there is none of this name. */
enum tcs_err tcs_supervisor_hold(
    struct tcs_supervisor *supervisor, const char *name) TCS_MUST_USE;
void tcs_supervisor_release(
    struct tcs_supervisor *supervisor, const char *name);
/* Send a signal to every child that runs. */
void tcs_supervisor_signal(struct tcs_supervisor *supervisor, int signum);
/* Start no more; TERM, after `grace_ms` KILL; `cb` once all have ended. */
void tcs_supervisor_stop(struct tcs_supervisor *supervisor, int64_t grace_ms,
    void (*cb)(void *arg), void *arg);
/* NULL-safe, sets it to NULL. Children that still run are killed. */
void tcs_supervisor_free(struct tcs_supervisor **supervisor);

/* How long to wait before the next start, after `deaths` ends in a row (1 is
 * the first); one that ran for a minute starts the count anew. */
int64_t tcs_supervisor_wait_ms(unsigned deaths);

#endif
