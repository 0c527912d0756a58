/* program.h - what every daemon's main() does first: configuration's store and
 * bus opened, signals, clock of the realm. Blocks only until the loop runs. */
#ifndef TOCSIN_CORE_PROGRAM_H
#define TOCSIN_CORE_PROGRAM_H

#include <stdbool.h>

#include "core/bus.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/store.h"

struct tcs_program_conf {
	const char *role;    /* "rules": ACL user is "<realm><role>" */
	const char *realm;   /* "tocsin." */
	const char *store;   /* "unix:/path" or "127.0.0.1:6379" */
	const char *secrets; /* folder with a file "<realm><role>" a user */
	struct tcs_bus_conf bus;
	const char *timezone; /* "Europe/Paris" */
	bool has_realm_clock; /* the store's `clock` key is the time */
};

struct tcs_program {
	struct tcs_loop *loop;
	struct tcs_store *store;
	struct tcs_bus *bus;
};

/* `diag` says what to do. With has_realm_clock the clock is held at the value
 * of the store's key `clock` (ms) and follows it within 20 ms; until it was
 * read once the time is 1970 and no timer fires. */
enum tcs_err tcs_program_open(const struct tcs_program_conf *conf,
    struct tcs_program *ret_program, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_program_close(struct tcs_program *program);
/* Tell systemd, when it is there. */
void tcs_program_notify(const char *state);

#endif
