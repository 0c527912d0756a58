#include "tests/support/redisd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void
redisd_exec(const struct redisd *redis, const char *fsync)
{
	int null = open("/dev/null", O_RDWR);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)execlp("redis-server", "redis-server", "--port", "0",
	    "--unixsocket", redis->address + 5, "--dir", redis->dir,
	    "--appendonly", "yes", "--appendfsync", fsync, "--save", "",
	    "--no-appendfsync-on-rewrite", "no", "--maxmemory-policy",
	    "noeviction", "--logfile", "log", (char *)NULL);
	_exit(127);
}

/* Bounded: until the socket accepts, or 10 s. */
static void
redisd_await(const struct redisd *redis)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timespec pause = {.tv_nsec = 10000000};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    redis->address + 5);
	for (int i = 0; i < 1000; i++) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		int rc =
		    connect(fd, (struct sockaddr *)&address, sizeof(address));
		(void)close(fd);
		if (rc == 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("redis-server did not start in %s", redis->dir);
}

void
redisd_again(struct redisd *redis, const char *fsync)
{
	redis->pid = fork();
	assert_true(redis->pid >= 0);
	if (redis->pid == 0)
		redisd_exec(redis, fsync);
	redisd_await(redis);
}

void
redisd_start(struct redisd *redis, const char *fsync)
{
	(void)snprintf(redis->dir, sizeof(redis->dir), "/tmp/tocsin-XXXXXX");
	assert_non_null(mkdtemp(redis->dir));
	(void)snprintf(redis->address, sizeof(redis->address),
	    "unix:%s/redis.sock", redis->dir);
	redisd_again(redis, fsync);
}

void
redisd_signal(const struct redisd *redis, int signum)
{
	assert_int_equal(kill(redis->pid, signum), 0);
}

void
redisd_kill(struct redisd *redis)
{
	redisd_signal(redis, SIGKILL);
	(void)waitpid(redis->pid, NULL, 0);
}

void
redisd_stop(struct redisd *redis)
{
	char command[128];

	redisd_kill(redis);
	(void)snprintf(command, sizeof(command), "rm -rf %s", redis->dir);
	assert_int_equal(system(command), 0); /* NOLINT: a name of our own */
}
