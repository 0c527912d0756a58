#include "core/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/digest.h"
#include "core/file.h"
#include "core/log.h"
#include "core/xml.h"

enum { PROGRAM_CLOCK_MS = 10 };

static struct {
	struct tcs_timer *timer;
	struct tcs_store *store;
	char key[128];
	bool is_asked;
	struct tcs_complaint complaint;
	char role[32];
} program_state;

static void
program_store_changed(void *arg, enum tcs_store_state state, const char *reason)
{
	(void)arg;
	if (state == TCS_STORE_READY) {
		if (tcs_complaint_over(&program_state.complaint))
			tcs_log(TCS_LOG_INFO, "store.ready", "again=yes");
		tcs_program_notify("READY=1");
		return;
	}
	if (tcs_complain(&program_state.complaint, tcs_clock_boot_ms()))
		tcs_log(TCS_LOG_WARNING, "store.down", "reason=\"%s\"", reason);
}

static void
program_clock_read(void *arg, enum tcs_err err, const struct tcs_reply *reply)
{
	int64_t now_ms;

	(void)arg;
	program_state.is_asked = false;
	/* A record may have told of a later instant meanwhile. */
	if (err == TCS_OK &&
	    tcs_slice_i64(tcs_reply_slice(reply), 0, INT64_MAX / 2, &now_ms) ==
	        TCS_OK &&
	    now_ms > tcs_clock_now_ms())
		tcs_clock_hold(now_ms);
}

static void
program_clock_ask(void *arg)
{
	(void)arg;
	tcs_timer_start(program_state.timer, PROGRAM_CLOCK_MS);
	if (program_state.is_asked)
		return;
	program_state.is_asked = true;
	tcs_store_send(program_state.store, program_clock_read, NULL, "GET",
	    program_state.key, NULL);
}

static enum tcs_err
program_follow_clock(struct tcs_program *program, const char *realm)
{
	program_state.store = program->store;
	(void)snprintf(
	    program_state.key, sizeof(program_state.key), "%sclock", realm);
	tcs_clock_hold(0);
	program_state.timer =
	    tcs_timer_new(program->loop, program_clock_ask, NULL);
	if (program_state.timer == NULL)
		return TCS_ENOMEM;
	tcs_timer_start(program_state.timer, 0);
	return TCS_OK;
}

/* The password of "<realm><role>", without its line end. */
static enum tcs_err
program_password(const struct tcs_program_conf *conf, const char *user,
    struct tcs_buf *buf, struct tcs_diag *diag)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", conf->secrets, user);
	enum tcs_err err = tcs_file_read(path, buf, diag);
	if (err != TCS_OK)
		return tcs_diag_add(diag, err, path, 0,
		    "no password for the store: `tocsin run` makes it");
	while (buf->n > 0 && (buf->p[buf->n - 1] == '\n'))
		buf->p[--buf->n] = '\0';
	return TCS_OK;
}

enum tcs_err
tcs_program_open(const struct tcs_program_conf *conf,
    struct tcs_program *ret_program, struct tcs_diag *diag)
{
	struct tcs_program program = {0};
	struct tcs_buf password;
	char user[128];

	tcs_buf_init(&password, 1024);
	(void)snprintf(
	    program_state.role, sizeof(program_state.role), "%s", conf->role);
	(void)snprintf(user, sizeof(user), "%s%s", conf->realm, conf->role);
	enum tcs_err err = tcs_digest_startup();
	if (err != TCS_OK) {
		err = tcs_diag_add(
		    diag, err, NULL, 0, "the system gives no random numbers");
		goto out;
	}
	err = tcs_clock_set_zone(conf->timezone);
	if (err != TCS_OK) {
		err = tcs_diag_add(diag, err, NULL, 0,
		    "time zone \"%s\" is not known: install tzdata",
		    conf->timezone);
		goto out;
	}
	tcs_xml_startup();
	err = program_password(conf, user, &password, diag);
	if (err != TCS_OK)
		goto out;
	err = TCS_ENOMEM;
	program.loop = tcs_loop_new();
	if (program.loop == NULL)
		goto out;
	const struct tcs_store_conf store = {.address = conf->store,
	    .user = user,
	    .password = password.p == NULL ? "" : password.p,
	    .realm = conf->realm};
	program.store =
	    tcs_store_new(program.loop, &store, program_store_changed, NULL);
	if (program.store == NULL)
		goto out;
	err = tcs_bus_new(
	    program.loop, program.store, &conf->bus, &program.bus, diag);
	if (err == TCS_OK && conf->has_realm_clock)
		err = program_follow_clock(&program, conf->realm);
	if (err == TCS_OK) {
		*ret_program = program;
		memset(&program, 0, sizeof(program));
	}
out:
	if (password.p != NULL)
		explicit_bzero(password.p, password.cap);
	tcs_buf_fini(&password);
	tcs_program_close(&program);
	return err;
}

void
tcs_program_close(struct tcs_program *program)
{
	if (program->store != NULL && program->store == program_state.store) {
		tcs_timer_free(&program_state.timer);
		program_state.store = NULL;
	}
	tcs_store_free(&program->store);
	tcs_bus_free(&program->bus);
	tcs_loop_free(&program->loop);
}

/* sd_notify(3): one datagram to the socket that NOTIFY_SOCKET names. */
void
tcs_program_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = path == NULL ? 0 : strlen(path);

	if (n == 0 || n >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, n);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t length =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	        (struct sockaddr *)&address, length) < 0)
		tcs_log(TCS_LOG_WARNING, "systemd.not-told", "state=%s", state);
	(void)close(fd);
}
