/* sink.h - what stands in for the far side: takes messages by SMTP and HTTP on
 * loopback, shows each and notes it in a file before it is answered. A way to
 * try a configuration, and the tests' outside witness. */
#ifndef TOCSIN_CLI_SINK_H
#define TOCSIN_CLI_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/json.h"
#include "core/slice.h"

struct tcs_loop;
struct tcs_tls;
struct evconnlistener;

enum {
	TCS_SINK_BODY_MAX = 1000000, /* bytes of one message */
	TCS_SINK_SECRET_MAX = 64,
	TCS_SINK_PASSWORD_MAX = 512,
	TCS_SINK_CONNECTIONS = 1000, /* SMTP, at once */
};

/* How the sink behaves, by the recipient's name or the path's last part. */
enum tcs_sink_manner {
	TCS_SINK_TAKE,   /* note it, say yes */
	TCS_SINK_SLOW,   /* note it, say yes after 2 s */
	TCS_SINK_CUT,    /* note it, close without a word */
	TCS_SINK_LATER,  /* 451, 503 */
	TCS_SINK_REFUSE, /* 550, 410 */
	TCS_SINK_HANG,   /* read it, say nothing */
};
enum { TCS_SINK_SLOW_MS = 2000 };

struct tcs_sink_conf {
	uint16_t smtp_port, http_port;    /* 0: a free one */
	const char *file;                 /* NULL: none */
	const char *secret_file;          /* NULL: signatures are not checked */
	const char *cert_file, *key_file; /* both, or NULL: no TLS */
	bool is_implicit;                 /* TLS from the first byte */
	const char *user, *password_file; /* both, or NULL: no AUTH */
	bool is_quiet;
};

struct tcs_sink {
	struct tcs_loop *loop;
	int fd; /* -1: no file */
	bool is_quiet;
	unsigned char secret[TCS_SINK_SECRET_MAX];
	size_t secret_n;     /* 0: not checked */
	struct tcs_tls *tls; /* NULL: none */
	bool is_implicit;
	const char *user; /* NULL: nobody needs to log in */
	char password[TCS_SINK_PASSWORD_MAX + 1];
	struct tcs_sink_smtp *smtp;
	struct tcs_sink_http *http;
};

/* One message as it is shown and noted. Strings may be NULL. */
struct tcs_sink_message {
	const char *channel;      /* "email", "webhook" */
	const char *to, *path;    /* one of both */
	const char *key;          /* the delivery's */
	const char *signature;    /* "ok", "bad" */
	const char *tls;          /* "yes" */
	struct tcs_slice body;    /* as it came */
	json_t *headers;          /* name in lower case: value; borrowed */
	struct tcs_slice subject; /* decoded; p NULL: none */
	struct tcs_slice text;    /* decoded; p NULL: none */
};

/* Listens. `sink` must stay where it is until tcs_sink_close(). */
enum tcs_err tcs_sink_open(struct tcs_sink *sink, struct tcs_loop *loop,
    const struct tcs_sink_conf *conf, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_sink_close(struct tcs_sink *sink);
/* What the ports became. */
uint16_t tcs_sink_smtp_port(const struct tcs_sink *sink);
uint16_t tcs_sink_http_port(const struct tcs_sink *sink);

enum tcs_sink_manner tcs_sink_manner(struct tcs_slice word);
/* Show and note. TCS_EIO: it could not be noted, and must not be taken. */
enum tcs_err tcs_sink_take(
    struct tcs_sink *sink, const struct tcs_sink_message *message) TCS_MUST_USE;
/* The text with what is not UTF-8 replaced; the caller owns it; NULL when out
 * of memory. */
char *tcs_sink_utf8(struct tcs_slice text);

/* The two sides; each in its own file. */
enum tcs_err tcs_sink_smtp_new(struct tcs_sink *sink, uint16_t port,
    struct tcs_sink_smtp **ret_smtp, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_sink_smtp_free(struct tcs_sink_smtp **smtp);
enum tcs_err tcs_sink_http_new(struct tcs_sink *sink, uint16_t port,
    struct tcs_sink_http **ret_http, struct tcs_diag *diag) TCS_MUST_USE;
void tcs_sink_http_free(struct tcs_sink_http **http);

#endif
