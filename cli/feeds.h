/* feeds.h - what the parts of `tocsin feeds` share. */
#ifndef TOCSIN_CLI_FEEDS_H
#define TOCSIN_CLI_FEEDS_H

#include <stdint.h>

#include "cli/cli.h"
#include "cli/feed_print.h"
#include "collectors/feed.h"
#include "core/err.h"

/* One call; all borrowed. */
struct tcs_feeds_call {
	const struct tcs_args *args;
	int64_t at_ms;     /* --at, or TCS_NO_TIME */
	const char *state; /* --state, or NULL */
	tcs_feed_printer *print;
	bool prefers_feed; /* of a feed and a driver of one name, the feed */
};

/* A driver with its block: of a feed of tocsin.conf, or with its defaults. */
struct tcs_feeds_driver {
	const struct tcs_feed_ops *ops;
	void *st;
	struct tcs_conf *conf;            /* NULL: of no feed */
	const struct tcs_conf_feed *feed; /* likewise */
};

/* `name`: a driver, or a feed of the configuration. TCS_ENOTFOUND: neither;
 * `diag` then says why the configuration was not read, if it was not. Call
 * tcs_feeds_close() in every case. */
enum tcs_err tcs_feeds_open(const struct tcs_feeds_call *call, const char *name,
    struct tcs_feeds_driver *ret_driver, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_feeds_close(struct tcs_feeds_driver *driver);
/* "tocsin feeds: cannot do "x"; write: …". Returns the exit status. */
int tcs_feeds_wrong(const char *what, const char *value, const char *instead);

/* Each returns the exit status. */
int tcs_feeds_drivers(void);
int tcs_feeds_list(const struct tcs_feeds_call *call);
int tcs_feeds_read(const struct tcs_feeds_call *call);
int tcs_feeds_test(const struct tcs_feeds_call *call);

#endif
