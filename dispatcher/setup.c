#include "dispatcher/setup.h"

#include <stdlib.h>
#include <string.h>

const char *const tcs_setup_means[] = {"email", "webhook", NULL};

size_t
tcs_setup_drivers(const struct tcs_channel_ops *const *registry,
    struct tcs_conf_driver drivers[TCS_CHANNELS_MAX])
{
	size_t n = 0;

	for (; registry[n] != NULL; n++) {
		tcs_assert(n < TCS_CHANNELS_MAX);
		drivers[n] = (struct tcs_conf_driver){
		    .name = registry[n]->name,
		    .options = registry[n]->options,
		    .state_size = registry[n]->state_size,
		};
	}
	return n;
}

static const struct tcs_channel_ops *
setup_find(const struct tcs_channel_ops *const *registry, const char *name)
{
	for (size_t i = 0; registry[i] != NULL; i++) {
		if (strcmp(registry[i]->name, name) == 0)
			return registry[i];
	}
	return NULL;
}

static enum tcs_err
setup_open(struct tcs_setup *setup, const struct tcs_conf *conf,
    const struct tcs_channel_ops *const *registry,
    const struct tcs_channel_env *env, struct tcs_diag *diag)
{
	for (size_t i = 0; i < conf->channels_n; i++) {
		const struct tcs_conf_channel *channel = &conf->channels[i];
		const struct tcs_channel_ops *ops =
		    setup_find(registry, channel->name);
		if (ops == NULL || setup->channels_n == TCS_CHANNELS_MAX)
			return tcs_diag_add(diag, TCS_ECONFIG, conf->path,
			    channel->line, "no channel \"%s\"", channel->name);
		enum tcs_err err = ops->open(channel->state, env, diag);
		if (err != TCS_OK)
			return err;
		setup->channels[setup->channels_n++] =
		    (struct tcs_setup_channel){ops, channel};
	}
	return TCS_OK;
}

enum tcs_err
tcs_setup_new(struct tcs_conf **conf,
    const struct tcs_channel_ops *const *registry,
    const struct tcs_channel_env *env, struct tcs_setup **ret_setup,
    struct tcs_diag *diag)
{
	struct tcs_setup *setup = calloc(1, sizeof(*setup));

	if (setup == NULL)
		return TCS_ENOMEM;
	setup->refs = 1;
	setup->directory =
	    tcs_directory_new((*conf)->contacts, (*conf)->contacts_n);
	enum tcs_err err = setup->directory == NULL
	                       ? TCS_ENOMEM
	                       : setup_open(setup, *conf, registry, env, diag);
	if (err != TCS_OK) {
		tcs_setup_unref(&setup);
		return err;
	}
	setup->conf = *conf;
	*conf = NULL;
	*ret_setup = setup;
	return TCS_OK;
}

struct tcs_setup *
tcs_setup_ref(struct tcs_setup *setup)
{
	setup->refs++;
	return setup;
}

void
tcs_setup_unref(struct tcs_setup **setup)
{
	struct tcs_setup *s = *setup;

	*setup = NULL;
	if (s == NULL || --s->refs > 0)
		return;
	for (size_t i = 0; i < s->channels_n; i++)
		s->channels[i].ops->fini(s->channels[i].conf->state);
	tcs_directory_free(&s->directory);
	tcs_conf_free(&s->conf);
	free(s);
}

const struct tcs_setup_channel *
tcs_setup_channel(const struct tcs_setup *setup, const char *name)
{
	for (size_t i = 0; i < setup->channels_n; i++) {
		if (strcmp(setup->channels[i].ops->name, name) == 0)
			return &setup->channels[i];
	}
	return NULL;
}

const char *
tcs_setup_target(const struct tcs_conf_contact *contact, const char *channel)
{
	if (strcmp(channel, "email") == 0)
		return contact->email;
	return strcmp(channel, "webhook") == 0 ? contact->webhook : NULL;
}
