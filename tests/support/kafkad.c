#include "tests/support/kafkad.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define KAFKAD_SCHEME "kafka://"

extern char **environ;

bool
kafkad_is_there(void)
{
	const char *jars = getenv("TOCSIN_KAFKA_JARS");
	struct stat st;

	return jars != NULL && stat(jars, &st) == 0 && S_ISDIR(st.st_mode);
}

static struct sockaddr_in
kafkad_address(unsigned port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return address;
}

/* A port that stays free while the broker is down: the kernel gives those above
 * 32768 to outgoing connections, and a client that calls again and again would
 * in time get the very port it calls. */
static unsigned
kafkad_port(void)
{
	for (int i = 0; i < 1000; i++) {
		uint16_t random = 0;
		(void)!getrandom(&random, sizeof(random), 0);
		unsigned port = 10000 + random % 22000U;
		struct sockaddr_in address = kafkad_address(port);
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		int rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
		(void)close(fd);
		if (rc == 0)
			return port;
	}
	fail_msg("no free port on 127.0.0.1");
	return 0;
}

static void
kafkad_exec(const struct kafkad *kafka)
{
	char port[16], controller_port[16];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(port, sizeof(port), "%u", kafka->port);
	(void)snprintf(controller_port, sizeof(controller_port), "%u",
	    kafka->controller_port);
	(void)execl("tests/kafka/kafkad", "kafkad", kafka->dir, "--port", port,
	    "--controller-port", controller_port, (char *)NULL);
	_exit(127);
}

static bool
kafkad_accepts(const struct kafkad *kafka)
{
	struct sockaddr_in address = kafkad_address(kafka->port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int rc = connect(fd, (struct sockaddr *)&address, sizeof(address));

	(void)close(fd);
	return rc == 0;
}

/* Does it tell its metadata, within a second? */
static bool
kafkad_answers(const struct kafkad *kafka)
{
	char option_l[] = "-L", option_m[] = "-m1", option_b[] = "-b";
	char name[] = "kcat", servers[sizeof(kafka->url)];
	char *argv[] = {name, option_l, option_m, option_b, servers, NULL};
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid = -1;

	(void)snprintf(
	    servers, sizeof(servers), "%s", kafka->url + strlen(KAFKAD_SCHEME));
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		assert_int_equal(posix_spawn_file_actions_addopen(
		                     &actions, fd, "/dev/null", O_RDWR, 0),
		    0);
	int rc = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (rc != 0)
		fail_msg("%s: %s", name, strerror(rc));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Bounded: a minute. kcat gives a port that refuses it a whole second, so it is
 * asked only when one accepts. */
static void
kafkad_await(const struct kafkad *kafka)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	time_t end = time(NULL) + 60;

	while (time(NULL) < end) {
		if (kafkad_accepts(kafka) && kafkad_answers(kafka))
			return;
		if (waitpid(kafka->pid, NULL, WNOHANG) != 0)
			fail_msg("Kafka ended; see %s/log", kafka->dir);
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("Kafka does not answer; see %s/log", kafka->dir);
}

void
kafkad_again(struct kafkad *kafka)
{
	kafka->pid = fork();
	assert_true(kafka->pid >= 0);
	if (kafka->pid == 0)
		kafkad_exec(kafka);
	kafkad_await(kafka);
}

void
kafkad_start(struct kafkad *kafka)
{
	(void)snprintf(kafka->dir, sizeof(kafka->dir), "/tmp/tocsin-XXXXXX");
	assert_non_null(mkdtemp(kafka->dir));
	kafka->port = kafkad_port();
	do {
		kafka->controller_port = kafkad_port();
	} while (kafka->controller_port == kafka->port);
	(void)snprintf(kafka->url, sizeof(kafka->url),
	    KAFKAD_SCHEME "127.0.0.1:%u", kafka->port);
	kafkad_again(kafka);
}

void
kafkad_signal(const struct kafkad *kafka, int signum)
{
	assert_int_equal(kill(kafka->pid, signum), 0);
}

void
kafkad_kill(struct kafkad *kafka)
{
	kafkad_signal(kafka, SIGKILL);
	(void)waitpid(kafka->pid, NULL, 0);
	kafka->pid = 0;
}

void
kafkad_stop(struct kafkad *kafka)
{
	char command[128];

	if (kafka->pid > 0)
		kafkad_kill(kafka);
	(void)snprintf(command, sizeof(command), "rm -rf %s", kafka->dir);
	assert_int_equal(system(command), 0); /* NOLINT: a name of our own */
}
