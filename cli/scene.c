#include "cli/scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"

enum { SCENE_CONF_MAX = 1024 * 1024 };

#define SCENE_CONF "tocsin.conf"

/* The address that begins at `p`, or NULL. A digit behind it would make it
 * another one. */
static const struct tcs_scene_address *
scene_find(const char *p, size_t n, const struct tcs_scene_address *addresses,
    size_t addresses_n)
{
	for (size_t i = 0; i < addresses_n; i++) {
		size_t length = strlen(addresses[i].written);
		if (length > n || memcmp(p, addresses[i].written, length) != 0)
			continue;
		if (length == n || p[length] < '0' || p[length] > '9')
			return &addresses[i];
	}
	return NULL;
}

/* A bit of *ret_seen for each address that was found. */
static enum tcs_err
scene_replace(struct tcs_slice text, const struct tcs_scene_address *addresses,
    size_t n, struct tcs_buf *buf, unsigned long *ret_seen)
{
	unsigned long seen = 0;

	tcs_assert(n < 8 * sizeof(seen));
	for (size_t i = 0; i < text.n;) {
		const struct tcs_scene_address *found =
		    scene_find(text.p + i, text.n - i, addresses, n);
		if (found == NULL) {
			tcs_buf_char(buf, text.p[i++]);
			continue;
		}
		seen |= 1UL << (found - addresses);
		tcs_buf_printf(buf, "127.0.0.1:%u", found->port);
		i += strlen(found->written);
	}
	*ret_seen = seen;
	return buf->err;
}

enum tcs_err
tcs_scene_put(struct tcs_slice text, const struct tcs_scene_address *addresses,
    size_t n, struct tcs_buf *buf)
{
	unsigned long seen;

	return scene_replace(text, addresses, n, buf, &seen);
}

enum tcs_err
tcs_scene_replace(struct tcs_slice text, const char *file,
    const struct tcs_scene_address *addresses, size_t n, struct tcs_buf *buf,
    struct tcs_diag *diag)
{
	unsigned long seen = 0;
	enum tcs_err err = scene_replace(text, addresses, n, buf, &seen);

	for (size_t i = 0; err == TCS_OK && i < n; i++) {
		if ((seen & 1UL << i) == 0)
			return tcs_diag_add(diag, TCS_EINVAL, file, 0,
			    "does not have the address %s that episode.json "
			    "names",
			    addresses[i].written);
	}
	return err;
}

static char *
scene_path(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

/* `dir`/name leads to episode_dir/name, also after an earlier play. */
static enum tcs_err
scene_link(const char *episode_dir, const char *dir, const char *name,
    struct tcs_diag *diag)
{
	char *from = scene_path(dir, name);
	char *to = scene_path(episode_dir, name);
	char *real = to == NULL ? NULL : realpath(to, NULL);
	enum tcs_err err = from == NULL || to == NULL ? TCS_ENOMEM : TCS_OK;

	if (err == TCS_OK &&
	    (real == NULL || (unlink(from) != 0 && errno != ENOENT) ||
	        symlink(real, from) != 0))
		err = tcs_diag_add(diag, TCS_EIO, from, 0,
		    "cannot be made a link to %s: %s", to, strerror(errno));
	free(real);
	free(to);
	free(from);
	return err;
}

/* What the scene has itself, or does not need. */
static bool
scene_is_own(const char *name)
{
	static const char *const own[] = {
	    SCENE_CONF, "episode.json", "documents", "journal"};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcmp(own[i], name) == 0)
			return true;
	}
	return false;
}

static enum tcs_err
scene_write_conf(const char *episode_dir, const char *config,
    const struct tcs_scene_address *addresses, size_t n, struct tcs_diag *diag)
{
	struct tcs_buf text, replaced;
	char *path = scene_path(episode_dir, SCENE_CONF);

	tcs_buf_init(&text, SCENE_CONF_MAX);
	tcs_buf_init(&replaced, (size_t)2 * SCENE_CONF_MAX);
	enum tcs_err err =
	    path == NULL ? TCS_ENOMEM : tcs_file_read(path, &text, diag);
	if (err == TCS_OK)
		err = tcs_scene_replace(
		    tcs_buf_view(&text), path, addresses, n, &replaced, diag);
	if (err == TCS_OK)
		err =
		    tcs_file_write(config, tcs_buf_view(&replaced), 0640, diag);
	tcs_buf_fini(&text);
	tcs_buf_fini(&replaced);
	free(path);
	return err;
}

enum tcs_err
tcs_scene_make(const char *episode_dir, const char *dir,
    const struct tcs_scene_address *addresses, size_t n, char **ret_config,
    struct tcs_diag *diag)
{
	char **names = NULL, *config = scene_path(dir, SCENE_CONF);
	size_t names_n = 0;

	enum tcs_err err =
	    config == NULL ? TCS_ENOMEM : tcs_dir_make(dir, diag);
	if (err == TCS_OK)
		err = tcs_dir_list(episode_dir, "", &names, &names_n, diag);
	for (size_t i = 0; i < names_n && err == TCS_OK; i++) {
		if (!scene_is_own(names[i]))
			err = scene_link(episode_dir, dir, names[i], diag);
	}
	tcs_names_free(names, names_n);
	if (err == TCS_OK)
		err = scene_write_conf(episode_dir, config, addresses, n, diag);
	if (err == TCS_OK)
		*ret_config = config;
	else
		free(config);
	return err;
}
