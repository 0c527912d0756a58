/* player_sources.h - what a watcher is shown of the sources while an episode is
 * played: the line of `tocsin status`, each time that it is another. */
#ifndef TOCSIN_CLI_PLAYER_SOURCES_H
#define TOCSIN_CLI_PLAYER_SOURCES_H

#include "config/conf.h"
#include "core/err.h"
#include "core/program.h"

struct tcs_player_sources {
	/* Given, borrowed */
	struct tcs_program *program;
	const struct tcs_conf *conf;
	void (*say)(void *arg, const char *line);
	void *arg;
	/* Made: by feed, what was shown last; NULL: nothing yet */
	char **shown;
};

/* Runs the loop. */
enum tcs_err tcs_player_show_sources(
    struct tcs_player_sources *sources) TCS_MUST_USE;
void tcs_player_sources_fini(struct tcs_player_sources *sources);

#endif
