/* sink - a far side to try a configuration with. */
#include "cli/sink.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/command.h"
#include "core/digest.h"
#include "core/loop.h"
#include "core/xml.h"

extern const struct tcs_command_ops tcs_command_sink;

static const char sink_details[] =
    "Listens on 127.0.0.1 only. Point `relay` of the channel email at the SMTP "
    "port,\nand the contacts' webhook at http://127.0.0.1:PORT/any/path.\n\n"
    "The name before the @ of a recipient, or the last part of a path, says "
    "how it is\nanswered, to try what Tocsin then does:\n"
    "  later   not taken now (451, 503)     refuse  never (550, 410)\n"
    "  slow    taken, answered after 2 s    cut     taken, closed without an "
    "answer\n"
    "  hang    read, never answered nor kept\n"
    "Any other is taken at once. Each message taken is a line of JSON in "
    "--file before\nit is answered: at_ms channel to|path key message_id "
    "in_reply_to subject text\nheaders body signature tls.\n\n"
    "With --cert and --key the SMTP side offers STARTTLS, with --user it wants "
    "a\npassword before it takes mail.";

static void
sink_stop(void *arg)
{
	tcs_loop_stop(arg);
}

static enum tcs_err
sink_port(
    const char *name, const char *text, uint16_t *port, struct tcs_diag *diag)
{
	uint64_t value;

	if (text == NULL)
		return TCS_OK;
	if (tcs_slice_u64(tcs_slice_str(text), 65535, &value) != TCS_OK) {
		return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
		    "--%s %.20s: not a port; write: 0 (a free one) to 65535",
		    name, text);
	}
	*port = (uint16_t)value;
	return TCS_OK;
}

/* As many connections as the system lets us have. */
static void
sink_raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum tcs_err
sink_serve(const struct tcs_sink_conf *conf, struct tcs_diag *diag)
{
	struct tcs_loop *loop = tcs_loop_new();
	struct tcs_sink sink;

	if (loop == NULL)
		return TCS_ENOMEM;
	tcs_xml_startup();
	enum tcs_err err = tcs_digest_startup();
	if (err == TCS_OK)
		err = tcs_loop_on_signal(loop, SIGTERM, sink_stop, loop);
	if (err == TCS_OK)
		err = tcs_loop_on_signal(loop, SIGINT, sink_stop, loop);
	if (err == TCS_OK)
		err = tcs_sink_open(&sink, loop, conf, diag);
	if (err == TCS_OK) {
		printf("sink.listening smtp=127.0.0.1:%u http=127.0.0.1:%u\n",
		    (unsigned)tcs_sink_smtp_port(&sink),
		    (unsigned)tcs_sink_http_port(&sink));
		(void)fflush(stdout);
		tcs_loop_run(loop);
		tcs_sink_close(&sink);
	}
	tcs_loop_free(&loop);
	tcs_xml_cleanup();
	return err;
}

static int
sink_run(int argc, char **argv)
{
	const char *smtp = NULL, *http = NULL;
	struct tcs_sink_conf conf = {.smtp_port = 2525, .http_port = 8025};
	const struct tcs_args_option options[] = {
	    {"smtp", "PORT", "port for mail, 0 for a free one (2525)", &smtp,
	        NULL},
	    {"http", "PORT", "port for webhooks, 0 for a free one (8025)",
	        &http, NULL},
	    {"file", "FILE", "append each message to it, a line of JSON",
	        &conf.file, NULL},
	    {"secret-file", "FILE",
	        "check webhooks' signatures with its secret", &conf.secret_file,
	        NULL},
	    {"cert", "FILE", "SMTP offers STARTTLS with this certificate, PEM",
	        &conf.cert_file, NULL},
	    {"key", "FILE", "the certificate's key, PEM", &conf.key_file, NULL},
	    {"implicit", NULL, "SMTP is TLS from the first byte", NULL,
	        &conf.is_implicit},
	    {"user", "NAME", "SMTP takes mail from this user only", &conf.user,
	        NULL},
	    {"password-file", "FILE", "the user's password",
	        &conf.password_file, NULL},
	    {"quiet", NULL, "do not show the messages", NULL, &conf.is_quiet},
	    {0},
	};
	const struct tcs_cli_spec spec = {.command = &tcs_command_sink,
	    .details = sink_details,
	    .options = options,
	    .is_offline = true};
	struct tcs_diag diag = {0};
	struct tcs_args args;
	int status = tcs_cli_parse(&args, &spec, argc, argv);

	if (status != TCS_ARGS_GO)
		return status;
	enum tcs_err err = sink_port("smtp", smtp, &conf.smtp_port, &diag);
	if (err == TCS_OK)
		err = sink_port("http", http, &conf.http_port, &diag);
	if (err != TCS_OK)
		return tcs_cli_report(err, &diag), TCS_EXIT_USAGE;
	(void)signal(SIGPIPE, SIG_IGN);
	sink_raise_limit();
	return tcs_cli_report(sink_serve(&conf, &diag), &diag);
}

const struct tcs_command_ops tcs_command_sink = {
    .name = "sink",
    .usage = "sink [--smtp PORT] [--http PORT] [--file FILE] "
             "[--secret-file FILE] [--cert FILE --key FILE [--implicit]] "
             "[--user NAME --password-file FILE] [--quiet]",
    .about = "takes messages on loopback and shows them, to try a "
             "configuration",
    .run = sink_run,
};
