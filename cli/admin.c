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
