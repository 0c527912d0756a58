/* schema.h - the sections of tocsin.conf, each with its table of options. */
#ifndef TOCSIN_CONFIG_SCHEMA_H
#define TOCSIN_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"
#include "config/option.h"
#include "core/slice.h"

enum tcs_schema_id {
	TCS_SCHEMA_OBSERVATORY,
	TCS_SCHEMA_STORE,
	TCS_SCHEMA_BUS,
	TCS_SCHEMA_KAFKA,
	TCS_SCHEMA_PATHS,
	TCS_SCHEMA_CLI,
	TCS_SCHEMA_FEED,
	TCS_SCHEMA_CONTACT,
	TCS_SCHEMA_CHANNEL,
	TCS_SCHEMA_COUNT
};

struct tcs_schema {
	const char *name;
	const char *help;
	const struct tcs_option *options;
	bool has_title;    /* and may then come many times */
	size_t offset;     /* in struct tcs_conf, of a section without title */
	const char *title; /* what the title is, for help and findings */
	/* Any key is taken, once: help on what they are. NULL: only options. */
	const char *keys;
};

/* TCS_SCHEMA_COUNT of them, in order. */
extern const struct tcs_schema tcs_schemas[];

/* NULL when there is no section of that name. */
const struct tcs_schema *tcs_schema_find(struct tcs_slice name);

/* What no single value tells, for one section whose values are sound: one
 * finding a fault, with the section's line. TCS_ECONFIG when there is one. */
enum tcs_err tcs_schema_check_contact(const struct tcs_conf *conf,
    const struct tcs_conf_contact *contact, struct tcs_diag *diag) TCS_MUST_USE;
enum tcs_err tcs_schema_check_channel(const struct tcs_conf *conf,
    const struct tcs_conf_channel *channel, struct tcs_diag *diag) TCS_MUST_USE;
enum tcs_err tcs_schema_check_feed(const struct tcs_conf *conf,
    const struct tcs_conf_feed *feed, struct tcs_diag *diag) TCS_MUST_USE;

#endif
