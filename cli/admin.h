/* admin.h - the store as its administrator, whose secret no daemon holds: to
 * make users, and to empty an exercise's realm. */
#ifndef TOCSIN_CLI_ADMIN_H
#define TOCSIN_CLI_ADMIN_H

#include "config/conf.h"
#include "core/err.h"
#include "core/store.h"

struct tcs_loop;

/* With the user and password of conf->store.admin ("password", or "user
 * password", in one line); without that file as the server's default user. */
enum tcs_err tcs_admin_open(struct tcs_loop *loop, const struct tcs_conf *conf,
    const char *realm, tcs_store_state_cb *cb, void *arg,
    struct tcs_store **ret_store, struct tcs_diag *diag) TCS_MUST_USE;

/* Both run the loop, and are for an exercise's realm.
 *
 * Remove every key. */
enum tcs_err tcs_admin_clear(struct tcs_store *admin, const char *realm,
    struct tcs_diag *diag) TCS_MUST_USE;
/* Remove what the collector of `feed` keeps, while none runs: as if the store
 * had been lost. */
enum tcs_err tcs_admin_forget(struct tcs_store *admin, const char *realm,
    const char *feed, struct tcs_diag *diag) TCS_MUST_USE;

#endif
