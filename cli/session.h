/* session.h - who sits at this terminal: until accounts exist, the system's
 * login, allowed to decide by a group of the system. */
#ifndef TOCSIN_CLI_SESSION_H
#define TOCSIN_CLI_SESSION_H

#include "core/err.h"

enum { TCS_SESSION_NAME = 80 };

/* The login of the session, for "typed by": that of the terminal's login, also
 * under sudo, else the user's name. "mdurand", "mdurand (root)". */
void tcs_session_name(char name[TCS_SESSION_NAME]);
/* May this session decide? Members of `group` and root may. A system without
 * that group: whoever owns `secret`, the password of the user `cli`, that is
 * who started Tocsin. TCS_EDENIED with what to do. */
enum tcs_err tcs_session_may_decide(
    const char *group, const char *secret, struct tcs_diag *diag) TCS_MUST_USE;

#endif
