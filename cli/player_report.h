/* player_report.h - what the field says in an episode, by the same way as what
 * is typed with `tocsin report`. */
#ifndef TOCSIN_CLI_PLAYER_REPORT_H
#define TOCSIN_CLI_PLAYER_REPORT_H

#include <stddef.h>

#include "cli/episode.h"
#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_communes;

struct tcs_player_reports {
	/* Given, borrowed */
	struct tcs_program *program;
	const struct tcs_episode *episode;
	const struct tcs_conf *conf;
	const char *documents; /* the episode's folder of them */
	/* Made with the first report */
	struct tcs_communes *communes; /* NULL: no names, only codes */
	char **ids;                    /* by event; NULL: none yet */
};

/* The report that the event `number` is; runs the loop until it is stored.
 * TCS_EINVAL, TCS_ENOTFOUND, TCS_EDENIED: it is not one that can be taken. */
enum tcs_err tcs_player_report(struct tcs_player_reports *reports,
    size_t number, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_player_reports_fini(struct tcs_player_reports *reports);

#endif
