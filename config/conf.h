/* conf.h - tocsin.conf, checked and filled in.
 *
 * libconfuse syntax: sections with titles, `key = value`. Unknown or repeated
 * keys, wrong units and values out of range are findings with file and line;
 * with any finding nothing is returned. */
#ifndef TOCSIN_CONFIG_CONF_H
#define TOCSIN_CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"
#include "core/buf.h"
#include "core/bus.h"
#include "core/err.h"
#include "core/slice.h"

/* A driver that has options of its own in a section (feed, channel). */
struct tcs_conf_driver {
	const char *name;
	const struct tcs_option *options;
	size_t state_size;
	bool needs_url; /* of a feed: it has none of its own */
};

/* What the program that loads knows; NULL-terminated lists by pointer + n. */
struct tcs_conf_drivers {
	const struct tcs_conf_driver *feeds;
	size_t feeds_n;
	const struct tcs_conf_driver *channels;
	size_t channels_n;
};

struct tcs_conf_observatory {
	char *name;   /* identifier prefix, "sidpc62" */
	char *sender; /* CAP sender, "sidpc62@prefecture.example" */
	char *title;  /* "SIDPC du Pas-de-Calais", for texts */
	struct tcs_strings departements; /* "62" */
	char *timezone;                  /* Europe/Paris */
	bool live; /* no: every text begins ESSAI, CAP status Test */
};

struct tcs_conf_store {
	char *address; /* "unix:/run/…/redis.sock" */
	char *secrets; /* folder: one password file per ACL user */
	char *admin;   /* file with the administrator's password; `run` only */
};

struct tcs_conf_bus {
	char *url;          /* "redis:" or "kafka://host:9092" */
	int64_t partitions; /* 1 to 64 */
};

/* `kafka { … }`: properties of librdkafka, passed on as they are written. */
struct tcs_conf_kafka {
	struct tcs_bus_property *properties; /* owned, n of them */
	char **files; /* of each: what has its value, or NULL */
	size_t n;
	unsigned line; /* of the section; 0: there is none */
};

struct tcs_conf_paths {
	char *rules;     /* folder of *.xml */
	char *lists;     /* folder of <name>.csv */
	char *state;     /* folder of the next two by default */
	char *documents; /* folder of fetched bodies */
	char *journal;   /* folder of the journal's files */
};

struct tcs_conf_cli {
	char *group; /* system group whose members may decide */
};

/* One `feed NAME { driver = … }`. `state` is the driver's zeroed block of
 * state_size with its options filled in; owned; NULL when the program that
 * loads does not know drivers. */
struct tcs_conf_feed {
	char *name;
	char *driver;
	char *url;
	int64_t every_ms;    /* rhythm; 0: the driver's */
	int64_t timeout_ms;  /* of one fetch */
	int64_t body_max;    /* bytes */
	int64_t interval_ms; /* at least, between two requests to one host */
	char *proxy, *ca_file;
	char *source, *source_name;    /* NULL: the driver's */
	char *key_file;                /* an API key, or NULL */
	char *token_url, *client_file; /* OAuth2, both or none */
	void *state;
	const struct tcs_option *options; /* of `state`; static */
	unsigned line;
};

struct tcs_conf_contact {
	char *name;     /* id in deliveries; "astreinte" */
	char *function; /* "agent d'astreinte" */
	struct tcs_strings audiences;
	struct tcs_strings insee;        /* communes; or */
	struct tcs_strings departements; /* "62"; one of both is needed */
	char *email, *webhook;           /* one or both */
	unsigned line;
};

/* One `channel NAME { … }`: NAME is the driver (email, webhook). */
struct tcs_conf_channel {
	char *name;
	void *state; /* as for a feed */
	const struct tcs_option *options;
	int64_t slots; /* attempts in flight at once, all targets */
	int64_t retry_base_ms, retry_cap_ms;
	int64_t attempts_max;
	unsigned line;
};

struct tcs_conf {
	char *path; /* absolute */
	struct tcs_conf_observatory observatory;
	struct tcs_conf_store store;
	struct tcs_conf_bus bus;
	struct tcs_conf_kafka kafka;
	struct tcs_conf_paths paths;
	struct tcs_conf_cli cli;
	struct tcs_conf_feed *feeds;
	size_t feeds_n;
	struct tcs_conf_contact *contacts;
	size_t contacts_n;
	struct tcs_conf_channel *channels;
	size_t channels_n;
};

/* The caller owns *ret_conf. TCS_ECONFIG, TCS_ENOTFOUND, … with findings.
 * `drivers`, or one of its lists, may be NULL and empty: then the drivers' own
 * keys in those sections are passed over unread, and `state` stays NULL. */
enum tcs_err tcs_conf_load(const char *path,
    const struct tcs_conf_drivers *drivers, struct tcs_conf **ret_conf,
    struct tcs_diag *diag) TCS_MUST_USE;
/* The same for `text`, as if it were the file at `path` (absolute). */
enum tcs_err tcs_conf_parse(struct tcs_slice text, const char *path,
    const struct tcs_conf_drivers *drivers, struct tcs_conf **ret_conf,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Read the values of `kafka` that files have, when the bus is a Kafka; a second
 * call reads what is missing. Those that cannot be read have a finding. */
enum tcs_err tcs_conf_read_secrets(
    struct tcs_conf *conf, struct tcs_diag *diag) TCS_MUST_USE;
/* What tcs_bus_new() wants; borrows from `conf`. */
void tcs_conf_bus(const struct tcs_conf *conf, struct tcs_bus_conf *ret_bus);
/* Put `documents` and `journal` below `folder`, where they are not given. */
enum tcs_err tcs_conf_set_state(
    struct tcs_conf *conf, const char *folder) TCS_MUST_USE;
/* NULL-safe. What a driver made in `state` is freed first, by its fini. */
void tcs_conf_free(struct tcs_conf **conf);
/* Every section and key with type, unit, bounds, default and help. */
void tcs_conf_help(const struct tcs_conf_drivers *drivers, struct tcs_buf *buf);

#endif
