/* reporting.h - a report from the field on its way from what was typed to the
 * record of `reports`: of `tocsin report` and of an episode's player. */
#ifndef TOCSIN_CLI_REPORTING_H
#define TOCSIN_CLI_REPORTING_H

#include "cli/place.h"
#include "collectors/report/record.h"
#include "config/conf.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_communes;

/* What was typed; NULL: it was not. */
struct tcs_report_words {
	struct tcs_place_words place;
	const char *what, *from, *phenomenon, *level, *certainty, *contact;
	const char *at;            /* when it happened; NULL: now */
	const char *photo;         /* path */
	const char *correct, *end; /* id of an earlier one */
};

/* By whom, and where to. All is borrowed. */
struct tcs_reporting {
	struct tcs_program *program;
	const struct tcs_conf *conf;
	const char *realm;
	const struct tcs_communes *communes; /* NULL: no names, only codes */
	const char *typed_by;
	const char *random; /* 8 hex digits: the end of a new identifier */
};

/* Before anything is opened: is it asked in one of the three ways? TCS_EINVAL
 * with what to write. */
enum tcs_err tcs_reporting_check(
    const struct tcs_report_words *words, struct tcs_diag *diag) TCS_MUST_USE;
/* Publish it; runs the loop until it is stored. `text` gets what whoever has
 * the caller on the line should know: identifiers, who said the same. `id` is
 * the report's, to correct and end it by. */
enum tcs_err tcs_reporting_send(const struct tcs_reporting *reporting,
    const struct tcs_report_words *words, struct tcs_buf *text,
    char id[TCS_REPORT_ID_MAX], struct tcs_diag *diag) TCS_MUST_USE;

#endif
