#include "tests/support/dovecot.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/tmpdir.h"

enum { DOVECOT_PATH_MAX = 400 };

static const char *
dovecot_path(char path[DOVECOT_PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(path, DOVECOT_PATH_MAX, "%s/%s", dir, name);

	assert_true(n > 0 && n < DOVECOT_PATH_MAX);
	return path;
}

bool
dovecot_is_there(void)
{
	return access("/usr/sbin/dovecot", X_OK) == 0;
}

static int
dovecot_socket(int port, bool is_bound)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc = is_bound ? bind(fd, (const struct sockaddr *)&address,
	                        sizeof(address))
	                  : connect(fd, (const struct sockaddr *)&address,
	                        sizeof(address));

	if (rc == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Two ports that follow each other and are free. */
static int
dovecot_ports(void)
{
	for (int i = 0; i < 200; i++) {
		struct sockaddr_in address = {0};
		socklen_t n = sizeof(address);
		int first = dovecot_socket(0, true);
		assert_int_not_equal(first, -1);
		assert_int_equal(
		    getsockname(first, (struct sockaddr *)&address, &n), 0);
		int port = ntohs(address.sin_port);
		int second = port < 65535 ? dovecot_socket(port + 1, true) : -1;
		(void)close(first);
		if (second == -1)
			continue;
		(void)close(second);
		return port;
	}
	fail_msg("no two free ports");
	return 0;
}

static void
dovecot_pause(void)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	(void)nanosleep(&pause, NULL);
}

void
dovecot_again(struct dovecot *dovecot, const char *certs, const char *cert)
{
	char pem[DOVECOT_PATH_MAX], key[DOVECOT_PATH_MAX], name[40], port[12];
	int fd = -1;

	(void)snprintf(name, sizeof(name), "%s.pem", cert);
	(void)dovecot_path(pem, certs, name);
	(void)snprintf(name, sizeof(name), "%s.key", cert);
	(void)dovecot_path(key, certs, name);
	(void)snprintf(port, sizeof(port), "%d", dovecot->port);
	dovecot->pid = fork();
	assert_int_not_equal(dovecot->pid, -1);
	if (dovecot->pid == 0) {
		int null = open("/dev/null", O_RDWR);
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		(void)execl("tests/dovecot/dovecotd", "dovecotd", dovecot->dir,
		    port, pem, key, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 1000 && fd == -1; i++) {
		dovecot_pause();
		fd = dovecot_socket(dovecot->port + 1, false);
	}
	if (fd == -1)
		fail_msg("dovecot did not start in %s", dovecot->dir);
	(void)close(fd);
}

void
dovecot_start(struct dovecot *dovecot, const char *certs, const char *cert)
{
	*dovecot =
	    (struct dovecot){.dir = tmpdir_make(), .port = dovecot_ports()};
	dovecot_again(dovecot, certs, cert);
}

void
dovecot_kill(struct dovecot *dovecot)
{
	int status;

	(void)kill(dovecot->pid, SIGTERM);
	assert_int_equal(waitpid(dovecot->pid, &status, 0), dovecot->pid);
	/* What it had started goes by itself, and then the port is free. */
	for (int i = 0; i < 1000; i++) {
		int fd = dovecot_socket(dovecot->port + 1, false);
		if (fd == -1)
			return;
		(void)close(fd);
		dovecot_pause();
	}
	fail_msg("dovecot did not end");
}

void
dovecot_stop(struct dovecot *dovecot)
{
	dovecot_kill(dovecot);
	tmpdir_remove(&dovecot->dir);
}

void
dovecot_empty(struct dovecot *dovecot)
{
	char path[DOVECOT_PATH_MAX];
	char *dir = strdup(dovecot_path(path, dovecot->dir, "mail/tocsin"));

	assert_non_null(dir);
	tmpdir_remove(&dir);
}

/* As the owner of the folder, whoever that is. */
static void
dovecot_own(const char *dir, const char *path)
{
	struct stat st;

	assert_int_equal(stat(dir, &st), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, st.st_uid, st.st_gid), 0);
}

void
dovecot_drop(struct dovecot *dovecot, const char *folder, const char *message)
{
	static const char *const parts[] = {"", "/tmp", "/new", "/cur"};
	char mail[DOVECOT_PATH_MAX], dir[DOVECOT_PATH_MAX], name[100];
	char from[DOVECOT_PATH_MAX], to[DOVECOT_PATH_MAX];

	(void)dovecot_path(mail, dovecot->dir, "mail");
	for (size_t i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "tocsin%s%s%s",
		    i > 0 && folder[0] != '\0' ? "/" : "", i > 0 ? folder : "",
		    i > 0 ? parts[i - 1] : "");
		assert_true(mkdir(dovecot_path(dir, mail, name), 0700) == 0 ||
		            errno == EEXIST);
		dovecot_own(mail, dir);
	}
	(void)dovecot_path(dir, mail, "tocsin");
	(void)snprintf(
	    name, sizeof(name), "%s/tmp/%u.test", folder, ++dovecot->dropped);
	(void)dovecot_path(from, dir, name);
	(void)snprintf(
	    name, sizeof(name), "%s/new/%u.test", folder, dovecot->dropped);
	(void)dovecot_path(to, dir, name);
	FILE *file = fopen(from, "w");
	assert_non_null(file);
	assert_true(fputs(message, file) >= 0 && fclose(file) == 0);
	dovecot_own(mail, from);
	assert_int_equal(rename(from, to), 0);
}

unsigned
dovecot_seen(const struct dovecot *dovecot)
{
	char path[DOVECOT_PATH_MAX];
	const struct dirent *entry;
	unsigned n = 0;
	DIR *dir = opendir(dovecot_path(path, dovecot->dir, "mail/tocsin/cur"));

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *flags = strstr(entry->d_name, ":2,");
		if (flags != NULL && strchr(flags, 'S') != NULL)
			n++;
	}
	(void)closedir(dir);
	return n;
}

void
dovecot_renumber(struct dovecot *dovecot)
{
	static const char *const files[] = {"dovecot-uidlist",
	    "dovecot-uidvalidity", "dovecot.index.log", "dovecot.index",
	    "dovecot.index.cache", "dovecot.list.index.log"};
	char dir[DOVECOT_PATH_MAX], path[DOVECOT_PATH_MAX];
	const struct timespec second = {.tv_sec = 1, .tv_nsec = 100000000};

	(void)dovecot_path(dir, dovecot->dir, "mail/tocsin");
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		(void)unlink(dovecot_path(path, dir, files[i]));
	/* The new one is the time, in seconds. */
	(void)nanosleep(&second, NULL);
}
