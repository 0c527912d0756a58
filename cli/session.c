#include "cli/session.h"

#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/slice.h"

enum { SESSION_GROUPS_MAX = 256, SESSION_LOGIN_MAX = 40 };

/* The audit uid that the kernel keeps from login on, whatever sudo does. */
static bool
session_login_uid(uid_t *ret_uid)
{
	struct tcs_buf buf;
	uint64_t uid = 0;
	const uint64_t unset = UINT32_MAX;

	tcs_buf_init(&buf, 64);
	bool is_read =
	    tcs_file_read("/proc/self/loginuid", &buf, NULL) == TCS_OK &&
	    tcs_slice_u64(tcs_slice_trim(tcs_buf_view(&buf)), unset, &uid) ==
	        TCS_OK &&
	    uid != unset;
	tcs_buf_fini(&buf);
	if (is_read)
		*ret_uid = (uid_t)uid;
	return is_read;
}

void
tcs_session_name(char name[TCS_SESSION_NAME])
{
	uid_t uid = getuid(), login = uid;

	if (!session_login_uid(&login))
		login = uid;
	const struct passwd *entry = getpwuid(login);
	const char *suffix = uid == 0 && login != 0 ? " (root)" : "";
	if (entry != NULL)
		(void)snprintf(name, TCS_SESSION_NAME, "%.*s%s",
		    SESSION_LOGIN_MAX, entry->pw_name, suffix);
	else
		(void)snprintf(name, TCS_SESSION_NAME, "uid %lu%s",
		    (unsigned long)login, suffix);
}

static bool
session_is_member(gid_t gid)
{
	gid_t groups[SESSION_GROUPS_MAX];
	int n = getgroups(SESSION_GROUPS_MAX, groups);

	if (getegid() == gid)
		return true;
	for (int i = 0; i < n; i++) {
		if (groups[i] == gid)
			return true;
	}
	return false;
}

static bool
session_owns(const char *secret)
{
	struct stat st;

	return stat(secret, &st) == 0 && st.st_uid == getuid();
}

enum tcs_err
tcs_session_may_decide(
    const char *group, const char *secret, struct tcs_diag *diag)
{
	if (getuid() == 0)
		return TCS_OK;
	const struct group *entry = group == NULL ? NULL : getgrnam(group);
	if (entry == NULL ? session_owns(secret)
	                  : session_is_member(entry->gr_gid))
		return TCS_OK;
	if (entry == NULL)
		return tcs_diag_add(diag, TCS_EDENIED, NULL, 0,
		    "only who started Tocsin may decide here; to let others, "
		    "make the group %s and add them to it",
		    group == NULL ? "that `cli { group }` names" : group);
	return tcs_diag_add(diag, TCS_EDENIED, NULL, 0,
	    "only members of the group %s may decide; the administrator adds "
	    "you with: adduser LOGIN %s",
	    group, group);
}
