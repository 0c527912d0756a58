/* target.h - where the sections of a file go in struct tcs_conf. */
#ifndef TOCSIN_CONFIG_TARGET_H
#define TOCSIN_CONFIG_TARGET_H

#include "config/conf.h"
#include "config/sections.h"

struct tcs_target {
	void *block; /* filled from the schema's table */
	void *state; /* from the driver's; NULL: there is none */
	const struct tcs_option *options; /* the driver's */
};

/* Room for as many feeds, contacts and channels as there are. */
enum tcs_err tcs_target_reserve(
    struct tcs_conf *conf, const struct tcs_sections *sections) TCS_MUST_USE;
/* The next feed, contact or channel, with its name and line, or the one block
 * of a section without title. What it makes is freed by tcs_conf_free(). */
enum tcs_err tcs_target_take(struct tcs_conf *conf,
    const struct tcs_section *section,
    struct tcs_target *ret_target) TCS_MUST_USE;
/* Values that depend on others: the address of a socket beside the file, the
 * folders below `state`. */
enum tcs_err tcs_target_settle(struct tcs_conf *conf) TCS_MUST_USE;

#endif
