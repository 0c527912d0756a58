/* email.c - deliveries as mail, one recipient a transaction, to the relay that
 * the configuration names. The relay's queue and its bounces are its own:
 * ACCEPTED is not yet delivered. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/host.h"
#include "core/secret.h"
#include "core/tls.h"
#include "dispatcher/channel.h"
#include "dispatcher/mime.h"
#include "dispatcher/relay.h"

enum { EMAIL_MAGIC = 0x6d61696c };

struct email {
	char *relay_address, *from, *helo; /* options */
	char *security, *ca_file, *user, *password_file;
	int64_t connections, idle_ms;

	struct tcs_tls *tls; /* NULL: in the clear */
	struct tcs_relay *relay;
};

/* One attempt on its way. */
struct email_try {
	unsigned magic;
	struct tcs_attempt *attempt;
	struct tcs_buf message;
	struct tcs_relay_mail mail;
};

/* What EHLO may carry: a domain or an address literal, nothing that ends the
 * line. */
static const char *
email_helo_fault(const char *name)
{
	size_t n = strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz"
	                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ.-:[]");

	return n > 0 && n <= 253 && name[n] == '\0'
	           ? NULL
	           : "not the name of a machine, in ASCII";
}

static const char *
email_security_fault(const char *text)
{
	bool is_known = strcmp(text, "starttls") == 0 ||
	                strcmp(text, "implicit") == 0 ||
	                strcmp(text, "none") == 0;

	return is_known ? NULL : "neither starttls, implicit nor none";
}

/* AUTH's own alphabet, NUL aside, is anything; a line end would be a typing
 * error. */
static const char *
email_user_fault(const char *text)
{
	return strlen(text) <= TCS_SMTP_SECRET_MAX &&
	               strpbrk(text, "\r\n") == NULL
	           ? NULL
	           : "longer than 512 bytes, or more than one line";
}

static const struct tcs_option email_options[] = {
    {.name = "relay",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct email, relay_address),
        .help = "host:port of the SMTP relay that takes our mail",
        .is_required = 1,
        .example = "mail.prefecture.example:25",
        .check = tcs_host_fault},
    {.name = "from",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct email, from),
        .help = "address the mail comes from",
        .is_required = 1,
        .example = "tocsin@prefecture.example",
        .check = tcs_mime_address_fault},
    {.name = "helo",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct email, helo),
        .help = "name we give the relay; without it, the domain of `from`",
        .example = "tocsin.prefecture.example",
        .check = email_helo_fault},
    {.name = "tls",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct email, security),
        .help = "starttls, implicit (TLS from the first byte: port 465) or "
                "none; without it starttls, and none to a relay on this "
                "machine",
        .example = "starttls",
        .check = email_security_fault},
    TCS_OPT_PATH("ca_file", struct email, ca_file, NULL,
        "authorities that may vouch for the relay's name, PEM; without it, "
        "the system's"),
    {.name = "user",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct email, user),
        .help = "name we log in with (AUTH PLAIN or LOGIN)",
        .example = "tocsin",
        .check = email_user_fault},
    TCS_OPT_PATH("password_file", struct email, password_file, NULL,
        "file with the password of `user`, alone on its first line"),
    TCS_OPT_INTEGER("connections", struct email, connections, "8", 1, 64,
        "connections to the relay, at most"),
    TCS_OPT_DURATION("idle", struct email, idle_ms, "10 s", TCS_SECONDS(1),
        TCS_MINUTES(4), "how long an unused connection is kept"),
    TCS_OPT_END,
};

/* In tocsin.conf's own words. */
static const char *
email_security(const struct email *email)
{
	if (email->security != NULL)
		return email->security;
	return tcs_host_is_loopback(email->relay_address) ? "none" : "starttls";
}

/* Whom we trust, when TLS is spoken; and that no password leaves without. */
static enum tcs_err
email_open_tls(struct email *email, struct tcs_diag *diag)
{
	bool is_clear = strcmp(email_security(email), "none") == 0;

	if ((email->user == NULL) != (email->password_file == NULL)) {
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "%s without %s; write both, or neither",
		    email->user == NULL ? "password_file" : "user",
		    email->user == NULL ? "user" : "password_file");
	}
	if (is_clear && email->user != NULL &&
	    !tcs_host_is_loopback(email->relay_address)) {
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "tls = \"none\" would send the password in the clear; "
		    "write: tls = \"starttls\"");
	}
	return is_clear ? TCS_OK
	                : tcs_tls_client_new(email->ca_file, &email->tls, diag);
}

static enum tcs_err
email_open_relay(struct email *email, const struct tcs_channel_env *env,
    const char *helo, struct tcs_diag *diag)
{
	struct tcs_buf password;

	tcs_buf_init(&password, TCS_SMTP_SECRET_MAX);
	enum tcs_err err =
	    email->password_file == NULL
	        ? TCS_OK
	        : tcs_secret_read(email->password_file, &password, diag);
	if (err == TCS_OK) {
		struct tcs_relay_conf conf = {
		    .address = email->relay_address,
		    .helo = helo,
		    .tls = email->tls,
		    .is_implicit =
		        strcmp(email_security(email), "implicit") == 0,
		    .user = email->user,
		    .password = password.p,
		    .connections = (size_t)email->connections,
		    .idle_ms = email->idle_ms,
		    .mail_ms = TCS_SECONDS(60),
		};
		email->relay = tcs_relay_new(env->loop, &conf);
		err = email->relay == NULL ? TCS_ENOMEM : TCS_OK;
	}
	if (password.p != NULL)
		explicit_bzero(password.p, password.n);
	tcs_buf_fini(&password);
	return err;
}

static enum tcs_err
email_open(void *st, const struct tcs_channel_env *env, struct tcs_diag *diag)
{
	struct email *email = st;
	const char *helo =
	    email->helo != NULL ? email->helo : tcs_mime_domain(email->from);
	if (email_helo_fault(helo) != NULL) {
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "helo \"%s\": %s; write: helo = "
		    "\"tocsin.prefecture.example\"",
		    helo, email_helo_fault(helo));
	}
	enum tcs_err err = email_open_tls(email, diag);
	return err == TCS_OK ? email_open_relay(email, env, helo, diag) : err;
}

static const char *
email_check_target(const char *target)
{
	return tcs_mime_address_fault(target);
}

static void
email_finish(
    struct tcs_relay_mail *mail, enum tcs_verdict verdict, const char *reason)
{
	struct email_try *try = mail->arg;

	tcs_assert(try->magic == EMAIL_MAGIC);
	try->attempt->channel_data = NULL;
	try->attempt->done(try->attempt, verdict, reason, -1);
	try->magic = 0;
	tcs_buf_fini(&try->message);
	free(try);
}

static bool
email_may_commit(struct tcs_relay_mail *mail)
{
	struct email_try *try = mail->arg;

	tcs_assert(try->magic == EMAIL_MAGIC);
	return try->attempt->may_commit(try->attempt);
}

static enum tcs_err
email_build(
    const struct email *email, struct email_try *try, struct tcs_diag *diag)
{
	const struct tcs_attempt *attempt = try->attempt;
	struct tcs_mime_mail mail = {
	    .from = email->from,
	    .to = attempt->target,
	    .key = attempt->key,
	    .thread_key = attempt->thread_key,
	    .alert = attempt->alert,
	    .subject = attempt->subject,
	    .text = attempt->text,
	    .sent_ms = attempt->sent_ms,
	};

	tcs_buf_init(&try->message, TCS_SMTP_MESSAGE_MAX);
	return tcs_mime_build(&mail, &try->message, diag);
}

static void
email_send(void *st, struct tcs_attempt *attempt)
{
	struct email *email = st;
	struct tcs_diag diag = {0};
	struct email_try *try = calloc(1, sizeof(*try));

	tcs_assert(try != NULL); /* no verdict could be given without it */
	try->magic = EMAIL_MAGIC;
	try->attempt = attempt;
	try->mail = (struct tcs_relay_mail){
	    .may_commit = email_may_commit, .done = email_finish, .arg = try};
	attempt->channel_data = try;
	enum tcs_err err = email_build(email, try, &diag);
	if (err == TCS_OK) {
		try->mail.mail = (struct tcs_smtp_mail){
		    email->from, attempt->target, tcs_buf_view(&try->message)};
		tcs_relay_submit(email->relay, &try->mail);
	} else {
		tcs_relay_refuse(email->relay, &try->mail,
		    err == TCS_ENOMEM ? TCS_VERDICT_LATER : TCS_VERDICT_REFUSED,
		    diag.n > 0 ? tcs_diag_text(&diag) : tcs_strerror(err));
	}
	tcs_diag_fini(&diag);
}

static void
email_cancel(void *st, struct tcs_attempt *attempt)
{
	struct email *email = st;
	struct email_try *try = attempt->channel_data;

	tcs_assert(try->magic == EMAIL_MAGIC);
	tcs_relay_cancel(email->relay, &try->mail);
}

static void
email_fini(void *st)
{
	struct email *email = st;

	tcs_relay_free(&email->relay);
	tcs_tls_free(&email->tls);
}

const struct tcs_channel_ops tcs_channel_email = {
    .name = "email",
    .about = "mail by an SMTP relay",
    .state_size = sizeof(struct email),
    .options = email_options,
    .attempt_ms = TCS_SECONDS(60),
    .open = email_open,
    .check_target = email_check_target,
    .send = email_send,
    .cancel = email_cancel,
    .fini = email_fini,
};
