#include "cli/feeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "collectors/driver.h"
#include "config/args.h"
#include "core/clock.h"

int
tcs_feeds_wrong(const char *what, const char *value, const char *instead)
{
	fprintf(stderr, "tocsin feeds: %s \"%.80s\"; write: %s\n", what, value,
	    instead);
	return TCS_EXIT_USAGE;
}

int
tcs_feeds_drivers(void)
{
	for (size_t i = 0; tcs_feed_registry[i] != NULL; i++) {
		const struct tcs_feed_ops *ops = tcs_feed_registry[i];
		printf("%-12s %s\n", ops->name, ops->about);
		if (ops->url != NULL)
			printf("%-12s every %lld s from %s\n", "",
			    (long long)(ops->every_ms / 1000), ops->url);
	}
	return EXIT_SUCCESS;
}

static const struct tcs_conf_feed *
feeds_find(const struct tcs_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->feeds_n; i++) {
		if (strcmp(conf->feeds[i].name, name) == 0)
			return &conf->feeds[i];
	}
	return NULL;
}

static enum tcs_err
feeds_open_feed(const struct tcs_feeds_call *call, const char *name,
    struct tcs_feeds_driver *d, struct tcs_diag *diag)
{
	enum tcs_err err =
	    tcs_args_load(call->args, tcs_cli_drivers(), &d->conf, diag);

	if (err == TCS_OK)
		d->feed = feeds_find(d->conf, name);
	if (d->feed == NULL)
		return TCS_ENOTFOUND;
	d->ops = tcs_feed_find(d->feed->driver);
	tcs_assert(d->ops != NULL);
	d->st = d->feed->state;
	return d->ops->init == NULL ? TCS_OK : d->ops->init(d->st, diag);
}

enum tcs_err
tcs_feeds_open(const struct tcs_feeds_call *call, const char *name,
    struct tcs_feeds_driver *ret_driver, struct tcs_diag *diag)
{
	struct tcs_feeds_driver *d = ret_driver;
	const struct tcs_feed_ops *ops = tcs_feed_find(name);
	struct tcs_diag unread = {0};
	enum tcs_err err = TCS_ENOTFOUND;

	*d = (struct tcs_feeds_driver){0};
	if (ops == NULL || call->prefers_feed)
		err = feeds_open_feed(call, name, d, &unread);
	if (err == TCS_ENOTFOUND && ops != NULL) {
		tcs_conf_free(&d->conf);
		d->ops = ops;
		err = tcs_driver_open(ops, NULL, 0, &d->st, diag);
	} else if (err != TCS_OK && unread.n > 0) {
		err = tcs_diag_add(
		    diag, err, NULL, 0, "%s", tcs_diag_text(&unread));
	}
	tcs_diag_fini(&unread);
	return err;
}

void
tcs_feeds_close(struct tcs_feeds_driver *driver)
{
	if (driver->ops != NULL && driver->feed == NULL)
		tcs_driver_close(driver->ops, &driver->st);
	else if (driver->ops != NULL && driver->ops->fini != NULL)
		driver->ops->fini(driver->st);
	tcs_conf_free(&driver->conf);
	*driver = (struct tcs_feeds_driver){0};
}
