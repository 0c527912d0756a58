#include "config/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/property.h"
#include "config/schema.h"
#include "core/file.h"

enum tcs_err
tcs_target_reserve(struct tcs_conf *conf, const struct tcs_sections *sections)
{
	const size_t *counts = sections->counts;

	conf->feeds = calloc(counts[TCS_SCHEMA_FEED] + 1, sizeof(*conf->feeds));
	conf->contacts =
	    calloc(counts[TCS_SCHEMA_CONTACT] + 1, sizeof(*conf->contacts));
	conf->channels =
	    calloc(counts[TCS_SCHEMA_CHANNEL] + 1, sizeof(*conf->channels));
	return conf->feeds == NULL || conf->contacts == NULL ||
	               conf->channels == NULL
	           ? TCS_ENOMEM
	           : TCS_OK;
}

/* Zeroed memory for a driver's options; *ret_state stays NULL for none. */
static enum tcs_err
target_make_state(const struct tcs_conf_driver *driver, void **ret_state,
    const struct tcs_option **ret_options)
{
	if (driver == NULL)
		return TCS_OK;
	*ret_state = calloc(1, driver->state_size + 1);
	*ret_options = driver->options;
	return *ret_state == NULL ? TCS_ENOMEM : TCS_OK;
}

static enum tcs_err
target_take_titled(struct tcs_conf *conf, const struct tcs_section *section,
    struct tcs_target *target)
{
	char *title = tcs_slice_dup(section->scan->title);
	unsigned line = section->scan->line;
	enum tcs_err err = title == NULL ? TCS_ENOMEM : TCS_OK;

	if (section->schema == &tcs_schemas[TCS_SCHEMA_CONTACT]) {
		struct tcs_conf_contact *c =
		    &conf->contacts[conf->contacts_n++];
		*target = (struct tcs_target){.block = c};
		c->name = title;
		c->line = line;
		return err;
	}
	if (section->schema == &tcs_schemas[TCS_SCHEMA_FEED]) {
		struct tcs_conf_feed *f = &conf->feeds[conf->feeds_n++];
		f->name = title;
		f->line = line;
		if (err == TCS_OK)
			err = target_make_state(
			    section->driver, &f->state, &f->options);
		*target = (struct tcs_target){f, f->state, f->options};
		return err;
	}
	struct tcs_conf_channel *c = &conf->channels[conf->channels_n++];
	c->name = title;
	c->line = line;
	if (err == TCS_OK)
		err =
		    target_make_state(section->driver, &c->state, &c->options);
	*target = (struct tcs_target){c, c->state, c->options};
	return err;
}

enum tcs_err
tcs_target_take(struct tcs_conf *conf, const struct tcs_section *section,
    struct tcs_target *ret_target)
{
	if (section->schema->has_title)
		return target_take_titled(conf, section, ret_target);
	*ret_target = (struct tcs_target){
	    .block = (char *)conf + section->schema->offset};
	return TCS_OK;
}

/* "unix:redis.sock" is beside the file too. */
static enum tcs_err
target_settle_address(struct tcs_conf *conf)
{
	char *path = NULL, *address = NULL;

	if (conf->store.address == NULL ||
	    strncmp(conf->store.address, "unix:", 5) != 0)
		return TCS_OK;
	path = tcs_path_beside(conf->path, conf->store.address + 5);
	if (path == NULL || asprintf(&address, "unix:%s", path) < 0) {
		free(path);
		return TCS_ENOMEM;
	}
	free(path);
	free(conf->store.address);
	conf->store.address = address;
	return TCS_OK;
}

static char *
target_join(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* *path is below `folder` from now on, if it was below `before` or nowhere. */
static enum tcs_err
target_move(
    char **path, const char *before, const char *folder, const char *name)
{
	char *old = target_join(before, name);
	enum tcs_err err = old == NULL ? TCS_ENOMEM : TCS_OK;

	if (err == TCS_OK && (*path == NULL || strcmp(*path, old) == 0)) {
		char *moved = target_join(folder, name);
		if (moved == NULL) {
			err = TCS_ENOMEM;
		} else {
			free(*path);
			*path = moved;
		}
	}
	free(old);
	return err;
}

enum tcs_err
tcs_conf_set_state(struct tcs_conf *conf, const char *folder)
{
	struct tcs_conf_paths *paths = &conf->paths;
	char *copy = strdup(folder);
	enum tcs_err err = copy == NULL ? TCS_ENOMEM : TCS_OK;

	if (err == TCS_OK)
		err = target_move(
		    &paths->documents, paths->state, folder, "documents");
	if (err == TCS_OK)
		err = target_move(
		    &paths->journal, paths->state, folder, "journal");
	if (err != TCS_OK) {
		free(copy);
		return err;
	}
	free(paths->state);
	paths->state = copy;
	return TCS_OK;
}

enum tcs_err
tcs_target_settle(struct tcs_conf *conf)
{
	enum tcs_err err = target_settle_address(conf);

	return err != TCS_OK ? err
	                     : tcs_conf_set_state(conf, conf->paths.state);
}

static void
target_free_feed(struct tcs_conf_feed *feed)
{
	tcs_option_clear(feed->options, feed->state);
	free(feed->state);
	tcs_option_clear(tcs_schemas[TCS_SCHEMA_FEED].options, feed);
	free(feed->name);
}

static void
target_free_channel(struct tcs_conf_channel *channel)
{
	tcs_option_clear(channel->options, channel->state);
	free(channel->state);
	tcs_option_clear(tcs_schemas[TCS_SCHEMA_CHANNEL].options, channel);
	free(channel->name);
}

void
tcs_conf_free(struct tcs_conf **conf_at)
{
	struct tcs_conf *conf = *conf_at;

	if (conf == NULL)
		return;
	for (size_t i = 0; i < conf->feeds_n; i++)
		target_free_feed(&conf->feeds[i]);
	for (size_t i = 0; i < conf->channels_n; i++)
		target_free_channel(&conf->channels[i]);
	for (size_t i = 0; i < conf->contacts_n; i++) {
		tcs_option_clear(tcs_schemas[TCS_SCHEMA_CONTACT].options,
		    &conf->contacts[i]);
		free(conf->contacts[i].name);
	}
	for (size_t i = 0; i < TCS_SCHEMA_COUNT; i++)
		if (!tcs_schemas[i].has_title)
			tcs_option_clear(tcs_schemas[i].options,
			    (char *)conf + tcs_schemas[i].offset);
	tcs_properties_fini(&conf->kafka);
	free(conf->feeds);
	free(conf->channels);
	free(conf->contacts);
	free(conf->path);
	free(conf);
	*conf_at = NULL;
}
