/* acl.h - what each user of a realm may do in the store, as the words of
 * Redis' ACL SETUSER. One user a role; nothing here speaks to a server.
 *
 * A user's own commands have no keys; each right is a selector of its own, so
 * that no command ever meets all keys. The step's script is given no key: what
 * it calls is checked one by one against the same selectors. */
#ifndef TOCSIN_CLI_ACL_H
#define TOCSIN_CLI_ACL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

enum { TCS_ACL_WORDS_MAX = 40 };

/* All zero is empty. */
struct tcs_acl {
	char *words[TCS_ACL_WORDS_MAX]; /* owned, n of them */
	size_t n;
};

/* Roles that have a user in `realm`, one after the other from `i` = 0; NULL
 * after the last. `player` exists in exercises only. */
const char *tcs_acl_role(const char *realm, size_t i);
/* "tocsin." or "x-<name>." with name of a-z, 0-9 and '-': nothing that a key
 * pattern reads as more than itself. */
bool tcs_acl_is_realm(const char *realm);
/* The words after ACL SETUSER <name>; `ret_acl` is given empty. TCS_EINVAL:
 * not a realm or not a role of it. */
enum tcs_err tcs_acl_build(const char *realm, const char *role,
    const char *password, struct tcs_acl *ret_acl) TCS_MUST_USE;
void tcs_acl_fini(struct tcs_acl *acl); /* NULL-safe; leaves it empty */

#endif
