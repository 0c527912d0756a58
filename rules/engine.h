/* engine.h - the daemon's work on the bus: one signal in; threads changed,
 * proposals published, in one step. */
#ifndef TOCSIN_RULES_ENGINE_H
#define TOCSIN_RULES_ENGINE_H

#include "core/err.h"
#include "core/worker.h"

struct tcs_conf;
struct tcs_engine; /* opaque */

/* What core/worker calls, with a struct tcs_engine as its argument. */
extern const struct tcs_worker_ops tcs_engine_ops;

/* Loads the rules; borrows `conf` and `realm`. Warnings are logged; on error
 * `diag` has the faults and nothing is made. */
enum tcs_err tcs_engine_new(const struct tcs_conf *conf, const char *realm,
    struct tcs_engine **ret_engine, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_engine_free(struct tcs_engine **engine); /* NULL-safe */
/* Load the rules anew and swap them whole; with any fault the old ones stay
 * and each fault is logged. For SIGHUP. */
void tcs_engine_reload(struct tcs_engine *engine);

#endif
