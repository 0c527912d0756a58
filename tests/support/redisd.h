/* redisd.h - a real Redis for a test: its own folder, a UNIX socket, the
 * settings that the store asks for. */
#ifndef TOCSIN_TESTS_SUPPORT_REDISD_H
#define TOCSIN_TESTS_SUPPORT_REDISD_H

#include <sys/types.h>

struct redisd {
	char dir[64];
	char address[96]; /* "unix:…" */
	pid_t pid;
};

/* `fsync` is appendfsync's value ("always" unless a test wants a refusal).
 * Fails the test when there is no redis-server. */
void redisd_start(struct redisd *redis, const char *fsync);
void redisd_again(struct redisd *redis, const char *fsync); /* same folder */
void redisd_signal(const struct redisd *redis, int signum);
void redisd_kill(struct redisd *redis); /* SIGKILL, and reaped */
void redisd_stop(struct redisd *redis); /* and the folder removed */

#endif
