/* reads.h - which group reads which topic, and what it has still to read. */
#ifndef TOCSIN_CLI_READS_H
#define TOCSIN_CLI_READS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_read {
	const char *group, *topic;
};

/* Upstream first, a group's topics together; group NULL ends the table. */
extern const struct tcs_read tcs_reads[];
/* The same with that configuration: without its first row, the group
 * "reports", when no feed reads reports. */
const struct tcs_read *tcs_reads_of(const struct tcs_conf *conf);
/* Does that configuration read reports from the field? */
bool tcs_reads_reports(const struct tcs_conf *conf);

/* Records of the topic that the group has not acknowledged. Runs the loop. */
enum tcs_err tcs_reads_lag(struct tcs_program *program,
    const struct tcs_read *read, uint64_t *ret_records) TCS_MUST_USE;

#endif
