/* daemons.h - which daemons a configuration asks for, and with what words. */
#ifndef TOCSIN_CLI_DAEMONS_H
#define TOCSIN_CLI_DAEMONS_H

#include "config/args.h"
#include "config/conf.h"
#include "core/err.h"

struct tcs_supervisor;

enum { TCS_DAEMONS_NAME = 128 };

/* Start one collector for each driver in use, rules, dispatcher and journal,
 * found beside this program, with the options that we were given. */
enum tcs_err tcs_daemons_start(struct tcs_supervisor *supervisor,
    const struct tcs_args *args, const struct tcs_conf *conf,
    struct tcs_diag *diag) TCS_MUST_USE;
/* What the supervisor calls the collector of `driver`. */
void tcs_daemons_collector(const char *driver, char name[TCS_DAEMONS_NAME]);

#endif
