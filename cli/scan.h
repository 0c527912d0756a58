/* scan.h - a whole topic, read for the CLI. */
#ifndef TOCSIN_CLI_SCAN_H
#define TOCSIN_CLI_SCAN_H

#include "core/bus.h"
#include "core/err.h"
#include "core/program.h"

/* Runs the loop until the topic's end, or until `cb` returns false. */
enum tcs_err tcs_scan_topic(struct tcs_program *program, const char *topic,
    tcs_bus_scan_cb *cb, void *arg, struct tcs_diag *diag) TCS_MUST_USE;

#endif
