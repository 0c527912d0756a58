#include "cli/admin.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/file.h"

enum { ADMIN_FILE_MAX = 1024 };

/* One line: "password", or "user password". Both are the caller's. */
static enum tcs_err
admin_split(struct tcs_slice line, char **ret_user, char **ret_password)
{
	struct tcs_slice password;
	struct tcs_slice user = tcs_slice_cut(line, ' ', &password);

	*ret_user =
	    password.p == NULL ? strdup("default") : tcs_slice_dup(user);
	*ret_password = tcs_slice_dup(password.p == NULL ? user : password);
	return *ret_user == NULL || *ret_password == NULL ? TCS_ENOMEM : TCS_OK;
}

enum tcs_err
tcs_admin_open(struct tcs_loop *loop, const struct tcs_conf *conf,
    const char *realm, tcs_store_state_cb *cb, void *arg,
    struct tcs_store **ret_store, struct tcs_diag *diag)
{
	struct tcs_store_conf store = {
	    .address = conf->store.address, .realm = realm};
	const char *path = conf->store.admin;
	char *user = NULL, *password = NULL;
	enum tcs_err err = TCS_OK;
	struct tcs_buf line;

	tcs_buf_init(&line, ADMIN_FILE_MAX);
	if (path != NULL) {
		err = tcs_file_read(path, &line, diag);
		if (err == TCS_OK)
			err = admin_split(tcs_slice_trim(tcs_buf_view(&line)),
			    &user, &password);
		store.user = user;
		store.password = password;
	}
	if (err == TCS_OK) {
		*ret_store = tcs_store_new(loop, &store, cb, arg);
		err = *ret_store == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (password != NULL)
		explicit_bzero(password, strlen(password));
	free(user);
	free(password);
	if (line.p != NULL)
		explicit_bzero(line.p, line.cap);
	tcs_buf_fini(&line);
	return err;
}

/* Those of one answer of SCAN. */
static enum tcs_err
admin_unlink(struct tcs_store *admin, const struct tcs_reply *keys)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < tcs_reply_count(keys) && err == TCS_OK; i++) {
		struct tcs_reply *reply = NULL;
		char *key =
		    tcs_slice_dup(tcs_reply_slice(tcs_reply_at(keys, i)));
		err = key == NULL
		          ? TCS_ENOMEM
		          : tcs_store_call(admin, &reply, "UNLINK", key, NULL);
		tcs_reply_free(&reply);
		free(key);
	}
	return err;
}

enum tcs_err
tcs_admin_clear(
    struct tcs_store *admin, const char *realm, struct tcs_diag *diag)
{
	char *cursor = strdup("0");
	enum tcs_err err = cursor == NULL ? TCS_ENOMEM : TCS_OK;
	struct tcs_buf pattern;

	/* A realm's name has nothing that a pattern reads as more. */
	tcs_assert(strncmp(realm, "x-", 2) == 0);
	tcs_buf_init(&pattern, 128);
	tcs_buf_printf(&pattern, "%s*", realm);
	while (err == TCS_OK && pattern.err == TCS_OK) {
		struct tcs_reply *reply = NULL;
		err = tcs_store_call(admin, &reply, "SCAN", cursor, "MATCH",
		    pattern.p, "COUNT", "500", NULL);
		if (err == TCS_OK)
			err = admin_unlink(admin, tcs_reply_at(reply, 1));
		free(cursor);
		cursor = tcs_slice_dup(tcs_reply_slice(tcs_reply_at(reply, 0)));
		tcs_reply_free(&reply);
		if (err == TCS_OK && cursor == NULL)
			err = TCS_ENOMEM;
		if (err != TCS_OK || strcmp(cursor, "0") == 0)
			break;
	}
	free(cursor);
	tcs_buf_fini(&pattern);
	if (err != TCS_OK)
		return tcs_diag_add(diag, err, NULL, 0,
		    "the realm %s cannot be emptied: %s", realm,
		    tcs_strerror(err));
	return TCS_OK;
}

/* Remove from `key` each of `members` that begins with "<feed>|". */
static enum tcs_err
admin_remove(struct tcs_store *admin, const char *command, const char *key,
    const struct tcs_reply *members, const char *feed)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < tcs_reply_count(members) && err == TCS_OK; i++) {
		struct tcs_slice name =
		    tcs_reply_slice(tcs_reply_at(members, i));
		struct tcs_slice rest;
		struct tcs_reply *reply = NULL;
		if (!tcs_slice_is(tcs_slice_cut(name, '|', &rest), feed))
			continue;
		char *copy = tcs_slice_dup(name);
		err = copy == NULL ? TCS_ENOMEM
		                   : tcs_store_call(admin, &reply, command, key,
		                         copy, NULL);
		tcs_reply_free(&reply);
		free(copy);
	}
	return err;
}

enum tcs_err
tcs_admin_forget(struct tcs_store *admin, const char *realm, const char *feed,
    struct tcs_diag *diag)
{
	static const struct {
		const char *key, *remove;
	} kept[] = {
	    {"src:feeds", "HDEL"}, {"src:zones", "HDEL"}, {"src:due", "ZREM"}};
	enum tcs_err err = TCS_OK;

	tcs_assert(strncmp(realm, "x-", 2) == 0);
	for (size_t i = 0; i < 3 && err == TCS_OK; i++) {
		struct tcs_reply *reply = NULL;
		struct tcs_buf key;
		bool is_hash = strcmp(kept[i].remove, "HDEL") == 0;
		tcs_buf_init(&key, 256);
		tcs_buf_printf(&key, "%s%s", realm, kept[i].key);
		err = key.err;
		if (err == TCS_OK && is_hash)
			err =
			    tcs_store_call(admin, &reply, "HKEYS", key.p, NULL);
		else if (err == TCS_OK)
			err = tcs_store_call(
			    admin, &reply, "ZRANGE", key.p, "0", "-1", NULL);
		if (err == TCS_OK)
			err = admin_remove(
			    admin, kept[i].remove, key.p, reply, feed);
		tcs_reply_free(&reply);
		tcs_buf_fini(&key);
	}
	if (err != TCS_OK)
		return tcs_diag_add(diag, err, NULL, 0,
		    "what is kept of feed %s cannot be removed: %s", feed,
		    tcs_strerror(err));
	return TCS_OK;
}
