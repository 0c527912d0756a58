/* reads.h - which group reads which topic, and what it has still to read. */
#ifndef TOCSIN_CLI_READS_H
#define TOCSIN_CLI_READS_H

#include <stdint.h>

#include "core/err.h"
#include "core/program.h"

struct tcs_read {
	const char *group, *topic;
};

/* Upstream first, a group's topics together; group NULL ends the table. */
extern const struct tcs_read tcs_reads[];

/* Records of the topic that the group has not acknowledged. Runs the loop. */
enum tcs_err tcs_reads_lag(struct tcs_program *program,
    const struct tcs_read *read, uint64_t *ret_records) TCS_MUST_USE;

#endif
