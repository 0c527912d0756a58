#include "cli/users.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/acl.h"
#include "core/buf.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/log.h"
#include "core/store.h"

enum {
	USERS_MAX = 8,
	USERS_PASSWORD = 32,
	USERS_NAME_MAX = 96,
	USERS_REASON_MAX = 256
};

struct users_one {
	const char *role;          /* static */
	char name[USERS_NAME_MAX]; /* "<realm><role>" */
	char password[USERS_PASSWORD + 1];
	struct tcs_acl acl;
};

struct tcs_users {
	struct users_one items[USERS_MAX];
	size_t n;
	size_t pending; /* answers still to come */
	enum tcs_err err;
	char reason[USERS_REASON_MAX]; /* of the first refusal */
	tcs_users_cb *cb;
	void *arg;
};

/* Let the members of `group` pass the folder and read the file. */
static void
users_share(const char *secrets, const char *path, const char *group)
{
	const struct group *entry = getgrnam(group);

	if (entry == NULL)
		tcs_log(TCS_LOG_INFO, "users.no_group",
		    "group=\"%s\" reason=\"the system has no such group: only "
		    "whoever started this may decide\"",
		    group);
	else if (chown(secrets, (uid_t)-1, entry->gr_gid) != 0 ||
	         chown(path, (uid_t)-1, entry->gr_gid) != 0 ||
	         chmod(path, 0640) != 0)
		tcs_log(TCS_LOG_WARNING, "users.not_shared",
		    "group=\"%s\" err=\"%s\"", group, strerror(errno));
}

static enum tcs_err
users_write_password(const char *secrets, const struct users_one *one,
    const char *group, struct tcs_diag *diag)
{
	struct tcs_buf path;
	char line[USERS_PASSWORD + 2];

	tcs_buf_init(&path, 4096);
	tcs_buf_printf(&path, "%s/%s", secrets, one->name);
	(void)snprintf(line, sizeof(line), "%s\n", one->password);
	enum tcs_err err = path.err;
	if (err == TCS_OK)
		err = tcs_file_write(path.p, tcs_slice_str(line), 0600, diag);
	if (err == TCS_OK && group != NULL && strcmp(one->role, "cli") == 0)
		users_share(secrets, path.p, group);
	explicit_bzero(line, sizeof(line));
	tcs_buf_fini(&path);
	return err;
}

static void
users_draw(struct tcs_users *users, const char *realm)
{
	const char *role;

	for (size_t i = 0; (role = tcs_acl_role(realm, i)) != NULL; i++) {
		tcs_assert(users->n < USERS_MAX);
		struct users_one *one = &users->items[users->n++];
		one->role = role;
		(void)snprintf(
		    one->name, sizeof(one->name), "%s%s", realm, role);
		tcs_random_hex(one->password, USERS_PASSWORD);
	}
}

enum tcs_err
tcs_users_new(const char *realm, const char *secrets, const char *group,
    struct tcs_users **ret_users, struct tcs_diag *diag)
{
	if (!tcs_acl_is_realm(realm))
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "\"%s\" is not a realm; write: tocsin. or x-<name>. with a "
		    "name of a-z, 0-9 and -",
		    realm);
	enum tcs_err err = tcs_dir_make(secrets, diag);
	if (err != TCS_OK)
		return err;
	struct tcs_users *users = calloc(1, sizeof(*users));
	if (users == NULL)
		return TCS_ENOMEM;
	users_draw(users, realm);
	for (size_t i = 0; err == TCS_OK && i < users->n; i++) {
		struct users_one *one = &users->items[i];
		err = users_write_password(secrets, one, group, diag);
		if (err == TCS_OK)
			err = tcs_acl_build(
			    realm, one->role, one->password, &one->acl);
	}
	if (err == TCS_OK)
		*ret_users = users;
	else
		tcs_users_free(&users);
	return err;
}

void
tcs_users_free(struct tcs_users **users)
{
	if (users == NULL || *users == NULL)
		return;
	for (size_t i = 0; i < (*users)->n; i++)
		tcs_acl_fini(&(*users)->items[i].acl);
	explicit_bzero(*users, sizeof(**users));
	free(*users);
	*users = NULL;
}

const char *
tcs_users_password(const struct tcs_users *users, const char *role)
{
	for (size_t i = 0; i < users->n; i++) {
		if (strcmp(users->items[i].role, role) == 0)
			return users->items[i].password;
	}
	return NULL;
}

static void
users_done(struct tcs_users *users)
{
	if (--users->pending > 0)
		return;
	tcs_users_cb *cb = users->cb;
	users->cb = NULL;
	cb(users->arg, users->err, users->reason);
}

static void
users_on_set(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_users *users = arg;

	if (err != TCS_OK && users->err == TCS_OK) {
		struct tcs_slice text = tcs_reply_slice(reply);
		if (text.n == 0)
			text = tcs_slice_str(tcs_strerror(err));
		users->err = err;
		(void)snprintf(users->reason, sizeof(users->reason), "%.*s",
		    TCS_SLICE_ARG(text));
	}
	users_done(users);
}

/* A server without ACL file cannot keep users; they are made again then. */
static void
users_on_save(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	struct tcs_slice text = tcs_reply_slice(reply);

	if (err != TCS_OK)
		tcs_log(TCS_LOG_INFO, "users.not_saved", "reason=\"%.*s\"",
		    TCS_SLICE_ARG(text));
	users_done(arg);
}

static void
users_send_one(struct tcs_users *users, struct tcs_store *admin,
    const struct users_one *one)
{
	struct tcs_slice words[TCS_ACL_WORDS_MAX + 3] = {tcs_slice_str("ACL"),
	    tcs_slice_str("SETUSER"), tcs_slice_str(one->name)};

	for (size_t i = 0; i < one->acl.n; i++)
		words[3 + i] = tcs_slice_str(one->acl.words[i]);
	users->pending++;
	tcs_store_command(admin, words, 3 + one->acl.n, users_on_set, users);
}

void
tcs_users_send(struct tcs_users *users, struct tcs_store *admin,
    tcs_users_cb *cb, void *arg)
{
	tcs_assert(users->pending == 0);
	users->cb = cb;
	users->arg = arg;
	users->err = TCS_OK;
	users->reason[0] = '\0';
	for (size_t i = 0; i < users->n; i++)
		users_send_one(users, admin, &users->items[i]);
	users->pending++;
	tcs_store_send(admin, users_on_save, users, "ACL", "SAVE", NULL);
}
