/* readers.h - who reads the bus now, and how far: for `tocsin status`. */
#ifndef TOCSIN_CLI_READERS_H
#define TOCSIN_CLI_READERS_H

#include <stdbool.h>

#include "config/conf.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/program.h"

/* The owner of each unit ("nobody": no daemon is there for it), what waits in
 * outboxes for the bus, then the records that each group has still to read. A
 * bus that does not answer is said instead of these, and in *ret_answers; that
 * takes 2 s. Runs the loop. */
enum tcs_err tcs_readers_append(struct tcs_program *program,
    const struct tcs_conf *conf, struct tcs_buf *out,
    bool *ret_answers) TCS_MUST_USE;

#endif
