#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "collectors/feed.h"
#include "dispatcher/channel.h"

enum { CLI_DRIVERS_MAX = 64 };

int
tcs_cli_parse(struct tcs_args *args, const struct tcs_cli_spec *spec, int argc,
    char **argv)
{
	char *usage = NULL, *about = NULL;
	int status = TCS_EXIT_FAILURE;

	if (asprintf(&usage, "tocsin %s", spec->command->usage) < 0)
		usage = NULL;
	if (asprintf(&about, "%s%s%s", spec->command->about,
	        spec->details == NULL ? "" : "\n\n",
	        spec->details == NULL ? "" : spec->details) < 0)
		about = NULL;
	if (usage != NULL && about != NULL) {
		struct tcs_args_usage whole = {.usage = usage,
		    .about = about,
		    .options = spec->options,
		    .operands_min = spec->operands_min,
		    .operands_max = spec->operands_max,
		    .is_offline = spec->is_offline,
		    .is_visitor = !spec->has_daemons};
		status = tcs_args_parse(args, &whole, argc, argv);
	}
	free(usage);
	free(about);
	return status;
}

static void
cli_add_feeds(struct tcs_conf_drivers *drivers)
{
	static struct tcs_conf_driver rows[CLI_DRIVERS_MAX];

	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++) {
		tcs_assert(i < CLI_DRIVERS_MAX);
		rows[drivers->feeds_n++] =
		    (struct tcs_conf_driver){.name = tcs_feed_registry[i]->name,
		        .options = tcs_feed_registry[i]->options,
		        .state_size = tcs_feed_registry[i]->state_size,
		        .needs_url = tcs_feed_needs_url(tcs_feed_registry[i])};
	}
	drivers->feeds = rows;
}

static void
cli_add_channels(struct tcs_conf_drivers *drivers)
{
	static struct tcs_conf_driver rows[CLI_DRIVERS_MAX];

	for (size_t i = 0; tcs_channel_registry[i] != NULL; i++) {
		tcs_assert(i < CLI_DRIVERS_MAX);
		rows[drivers->channels_n++] = (struct tcs_conf_driver){
		    .name = tcs_channel_registry[i]->name,
		    .options = tcs_channel_registry[i]->options,
		    .state_size = tcs_channel_registry[i]->state_size};
	}
	drivers->channels = rows;
}

const struct tcs_conf_drivers *
tcs_cli_drivers(void)
{
	static struct tcs_conf_drivers drivers;

	if (drivers.feeds == NULL) {
		cli_add_feeds(&drivers);
		cli_add_channels(&drivers);
	}
	return &drivers;
}

int
tcs_cli_report(enum tcs_err err, struct tcs_diag *diag)
{
	if (diag->n > 0)
		tcs_args_print(diag);
	else if (err != TCS_OK)
		fprintf(stderr, "tocsin: %s\n", tcs_strerror(err));
	tcs_diag_fini(diag);
	return err == TCS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
