#include "cli/keeper.h"

#include <stdlib.h>

#include "cli/admin.h"
#include "cli/users.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/store.h"

static const int64_t keeper_wait_ms = 10000;

struct tcs_keeper {
	struct tcs_loop *loop;
	const char *realm; /* borrowed */
	struct tcs_store *store;
	struct tcs_users *users;
	struct tcs_diag *diag;          /* until the users are there; or NULL */
	struct tcs_complaint complaint; /* the store is down */
	enum tcs_err users_err;         /* of the last making */
	bool is_making, has_users, is_late;
};

static void
keeper_on_users(void *arg, enum tcs_err err, const char *reason)
{
	struct tcs_keeper *keeper = arg;

	keeper->is_making = false;
	keeper->users_err = err;
	if (err == TCS_OK) {
		keeper->has_users = true;
		return;
	}
	tcs_log(TCS_LOG_ERROR, "users.not_made", "reason=\"%s\"", reason);
	if (!keeper->has_users)
		(void)tcs_diag_add(keeper->diag, err, NULL, 0,
		    "the store refuses to make the users of %s: %s",
		    keeper->realm, reason);
}

/* At each connection: the server may have forgotten its users. */
static void
keeper_on_state(void *arg, enum tcs_store_state state, const char *reason)
{
	struct tcs_keeper *keeper = arg;

	if (state == TCS_STORE_READY) {
		if (tcs_complaint_over(&keeper->complaint))
			tcs_log(TCS_LOG_INFO, "store.ready", "again=yes");
		if (!keeper->is_making) {
			keeper->is_making = true;
			tcs_users_send(keeper->users, keeper->store,
			    keeper_on_users, keeper);
		}
		return;
	}
	if (tcs_complain(&keeper->complaint, tcs_clock_boot_ms()))
		tcs_log(TCS_LOG_WARNING, "store.down", "reason=\"%s\"", reason);
}

static void
keeper_on_late(void *arg)
{
	((struct tcs_keeper *)arg)->is_late = true;
}

/* Until the users are there: without them no daemon can start. */
static enum tcs_err
keeper_wait_users(struct tcs_keeper *keeper)
{
	struct tcs_timer *late =
	    tcs_timer_new(keeper->loop, keeper_on_late, keeper);

	if (late == NULL)
		return TCS_ENOMEM;
	tcs_timer_start(late, keeper_wait_ms);
	while (!keeper->has_users && keeper->users_err == TCS_OK &&
	       !keeper->is_late)
		tcs_loop_once(keeper->loop);
	tcs_timer_free(&late);
	if (keeper->has_users)
		return TCS_OK;
	if (keeper->users_err != TCS_OK)
		return keeper->users_err;
	return tcs_diag_add(keeper->diag, TCS_EUNAVAIL, NULL, 0, "%s",
	    tcs_store_reason(keeper->store));
}

/* A requirepass can be read by whoever may ask for the settings, and every
 * daemon must. */
static enum tcs_err
keeper_check_secret(struct tcs_keeper *keeper)
{
	struct tcs_reply *reply = NULL;
	enum tcs_err err = tcs_store_call(
	    keeper->store, &reply, "CONFIG", "GET", "requirepass", NULL);

	if (err == TCS_OK && tcs_reply_slice(tcs_reply_at(reply, 1)).n > 0)
		tcs_log(TCS_LOG_WARNING, "store.password_readable",
		    "reason=\"requirepass can be read by every daemon; write: "
		    "user default on #<sha256> ~* &* +@all, in an aclfile\"");
	tcs_reply_free(&reply);
	return err;
}

enum tcs_err
tcs_keeper_open(struct tcs_loop *loop, const struct tcs_conf *conf,
    const char *realm, struct tcs_keeper **ret_keeper, struct tcs_diag *diag)
{
	struct tcs_keeper *keeper = calloc(1, sizeof(*keeper));

	if (keeper == NULL)
		return TCS_ENOMEM;
	keeper->loop = loop;
	keeper->realm = realm;
	keeper->diag = diag;
	enum tcs_err err = tcs_users_new(
	    realm, conf->store.secrets, conf->cli.group, &keeper->users, diag);
	if (err == TCS_OK)
		err = tcs_admin_open(loop, conf, realm, keeper_on_state, keeper,
		    &keeper->store, diag);
	if (err == TCS_OK)
		err = keeper_wait_users(keeper);
	if (err == TCS_OK)
		err = keeper_check_secret(keeper);
	keeper->diag = NULL;
	if (err == TCS_OK)
		*ret_keeper = keeper;
	else
		tcs_keeper_free(&keeper);
	return err;
}

void
tcs_keeper_free(struct tcs_keeper **keeper)
{
	if (keeper == NULL || *keeper == NULL)
		return;
	tcs_store_free(&(*keeper)->store);
	tcs_users_free(&(*keeper)->users);
	free(*keeper);
	*keeper = NULL;
}

const char *
tcs_keeper_password(const struct tcs_keeper *keeper, const char *role)
{
	return tcs_users_password(keeper->users, role);
}
