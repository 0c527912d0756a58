#include "core/failpoint.h"

#ifdef TOCSIN_FAILPOINTS

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	bool is_read;
	char name[64];
	unsigned long nth;
	int signum;
} failpoint_state;

static void
failpoint_read(void)
{
	const char *text = getenv("TOCSIN_FAILPOINT");

	failpoint_state.is_read = true;
	if (text == NULL)
		return;
	const char *slash = strchr(text, '/');
	if (slash != NULL) {
		size_t length = (size_t)(slash - text);
		if (strlen(program_invocation_short_name) != length ||
		    strncmp(program_invocation_short_name, text, length) != 0)
			return;
		text = slash + 1;
	}
	size_t n = strcspn(text, ":=");
	if (n >= sizeof(failpoint_state.name))
		return;
	memcpy(failpoint_state.name, text, n);
	failpoint_state.nth =
	    text[n] == ':' ? strtoul(text + n + 1, NULL, 10) : 1;
	failpoint_state.signum =
	    strstr(text, "=stop") != NULL ? SIGSTOP : SIGKILL;
}

/* True when this process is the one to fail. */
static bool
failpoint_claim(void)
{
	const char *path = getenv("TOCSIN_FAILPOINT_ONCE");

	if (path == NULL)
		return true;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

void
tcs_failpoint(const char *name)
{
	if (!failpoint_state.is_read)
		failpoint_read();
	if (strcmp(failpoint_state.name, name) != 0)
		return;
	if (failpoint_state.nth > 1) {
		failpoint_state.nth--;
		return;
	}
	failpoint_state.name[0] = '\0';
	if (failpoint_claim())
		(void)kill(getpid(), failpoint_state.signum);
}

#else

typedef int failpoint_unused; /* an empty unit is not C11 */

#endif
