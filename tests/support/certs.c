#include "tests/support/certs.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/err.h"

enum { CERTS_ARGS_MAX = 32, CERTS_PATH_MAX = 300 };

extern char **environ;

static char *
certs_path(
    char path[CERTS_PATH_MAX], const char *dir, const char *name, const char *s)
{
	int n = snprintf(path, CERTS_PATH_MAX, "%s/%s%s", dir, name, s);

	tcs_assert(n > 0 && n < CERTS_PATH_MAX);
	return path;
}

static void
certs_run(const char *const *args)
{
	posix_spawn_file_actions_t quiet;
	char *argv[CERTS_ARGS_MAX];
	int status;
	pid_t pid;
	size_t n = 0;

	while (args[n] != NULL && n < CERTS_ARGS_MAX - 1) {
		memcpy(&argv[n], &args[n], sizeof(argv[n]));
		n++;
	}
	argv[n] = NULL;
	tcs_assert(posix_spawn_file_actions_init(&quiet) == 0);
	tcs_assert(posix_spawn_file_actions_addopen(
	               &quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0);
	tcs_assert(
	    posix_spawnp(&pid, "openssl", &quiet, NULL, argv, environ) == 0);
	(void)posix_spawn_file_actions_destroy(&quiet);
	tcs_assert(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Signed by itself. */
static void
certs_self(const char *dir, const char *name, const char *san)
{
	char key[CERTS_PATH_MAX], pem[CERTS_PATH_MAX];
	const char *const args[] = {"openssl", "req", "-x509", "-newkey", "ec",
	    "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
	    "-subj", "/CN=Tocsin, for a test", "-keyout",
	    certs_path(key, dir, name, ".key"), "-out",
	    certs_path(pem, dir, name, ".pem"), san == NULL ? NULL : "-addext",
	    san, NULL};

	certs_run(args);
}

/* Signed by the authority, valid for `days`; -1: until yesterday. */
static void
certs_leaf(const char *dir, const char *name, const char *san, const char *days)
{
	char key[CERTS_PATH_MAX], csr[CERTS_PATH_MAX], pem[CERTS_PATH_MAX],
	    ca[CERTS_PATH_MAX], ca_key[CERTS_PATH_MAX];
	const char *const ask[] = {"openssl", "req", "-new", "-newkey", "ec",
	    "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
	    "/CN=server", "-addext", san, "-keyout",
	    certs_path(key, dir, name, ".key"), "-out",
	    certs_path(csr, dir, name, ".csr"), NULL};
	const char *const sign[] = {"openssl", "x509", "-req", "-in", csr,
	    "-CA", certs_path(ca, dir, "ca", ".pem"), "-CAkey",
	    certs_path(ca_key, dir, "ca", ".key"), "-CAcreateserial", "-days",
	    days, "-copy_extensions", "copyall", "-out",
	    certs_path(pem, dir, name, ".pem"), NULL};

	certs_run(ask);
	certs_run(sign);
}

void
certs_make(const char *dir)
{
	static const char ours[] = "subjectAltName=DNS:localhost,IP:127.0.0.1";

	certs_self(dir, "ca", NULL);
	certs_self(dir, "self", ours);
	certs_leaf(dir, "good", ours, "2");
	certs_leaf(dir, "other", "subjectAltName=DNS:other.example", "2");
	certs_leaf(dir, "expired", ours, "-1");
}
