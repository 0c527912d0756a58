/* users.h - the store's users of one realm, made with the administrator's
 * secret, which no daemon holds. Each has a random password, left in a file
 * "<realm><role>" of the secrets folder that its owner alone can read. */
#ifndef TOCSIN_CLI_USERS_H
#define TOCSIN_CLI_USERS_H

#include "core/err.h"

struct tcs_store;
struct tcs_users; /* opaque */

/* err TCS_OK, or what the server said of the first user that it refused. */
typedef void tcs_users_cb(void *arg, enum tcs_err err, const char *reason);

/* Draw the passwords and write the files; nothing is sent yet. Members of the
 * system's `group` (NULL: none) can read the one of the user `cli`. The caller
 * owns *ret_users. TCS_EINVAL: not a realm. */
enum tcs_err tcs_users_new(const char *realm, const char *secrets,
    const char *group, struct tcs_users **ret_users,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_users_free(struct tcs_users **users); /* NULL-safe */
/* Borrowed; NULL: no such user. */
const char *tcs_users_password(const struct tcs_users *users, const char *role);
/* Make every user anew on `admin`, which is ready; its server keeps them over
 * a restart if it has an ACL file. `cb` is called once, from the loop; until
 * then not again. Needed at each connection: a server without ACL file forgets
 * its users. */
void tcs_users_send(struct tcs_users *users, struct tcs_store *admin,
    tcs_users_cb *cb, void *arg);

#endif
