/* keeper.h - keeps the users of a realm in the store: made at start, and anew
 * at each connection, for a server without ACL file forgets them. */
#ifndef TOCSIN_CLI_KEEPER_H
#define TOCSIN_CLI_KEEPER_H

#include "config/conf.h"
#include "core/err.h"

struct tcs_loop;
struct tcs_keeper; /* opaque */

/* Connect as the administrator, draw passwords, leave them in the secrets
 * folder, make the users, and wait until they are there, at most 10 s. Runs the
 * loop; borrows `realm`. Findings say what is wrong. */
enum tcs_err tcs_keeper_open(struct tcs_loop *loop, const struct tcs_conf *conf,
    const char *realm, struct tcs_keeper **ret_keeper,
    struct tcs_diag *diag) TCS_MUST_USE;
void tcs_keeper_free(struct tcs_keeper **keeper); /* NULL-safe */
/* Of a user of the realm; borrowed. NULL: no such user. */
const char *tcs_keeper_password(
    const struct tcs_keeper *keeper, const char *role);

#endif
