/* setup.h - one configuration as the dispatcher uses it: who can be reached and
 * by which channels. Built whole, replaced whole; the old one stays until the
 * last attempt that uses it is over. */
#ifndef TOCSIN_DISPATCHER_SETUP_H
#define TOCSIN_DISPATCHER_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"
#include "core/err.h"
#include "dispatcher/channel.h"
#include "dispatcher/recipients.h"

enum { TCS_CHANNELS_MAX = 16 };

struct tcs_setup_channel {
	const struct tcs_channel_ops *ops;
	const struct tcs_conf_channel *conf;
};

struct tcs_setup {
	unsigned refs;
	struct tcs_conf *conf; /* owned */
	struct tcs_directory *directory;
	struct tcs_setup_channel channels[TCS_CHANNELS_MAX]; /* open ones */
	size_t channels_n;
};

/* The rows that tcs_conf_load() wants; returns how many. */
size_t tcs_setup_drivers(const struct tcs_channel_ops *const *registry,
    struct tcs_conf_driver drivers[TCS_CHANNELS_MAX]);
/* Takes *conf on TCS_OK and sets it to NULL; opens its channels. On error
 * nothing stays open, and `diag` says which and why. */
enum tcs_err tcs_setup_new(struct tcs_conf **conf,
    const struct tcs_channel_ops *const *registry,
    const struct tcs_channel_env *env, struct tcs_setup **ret_setup,
    struct tcs_diag *diag) TCS_MUST_USE;
struct tcs_setup *tcs_setup_ref(struct tcs_setup *setup);
void tcs_setup_unref(struct tcs_setup **setup); /* NULL-safe */

/* NULL: not configured. */
const struct tcs_setup_channel *tcs_setup_channel(
    const struct tcs_setup *setup, const char *name);
/* The contact's address for a channel, or NULL. */
const char *tcs_setup_target(
    const struct tcs_conf_contact *contact, const char *channel);
/* Channels that a contact can name, NULL-terminated. */
extern const char *const tcs_setup_means[];

#endif
