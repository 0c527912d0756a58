#include "tests/support/smtpd.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "core/buf.h"
#include "core/tls.h"

enum { SMTPD_MAX = 4 << 20, SMTPD_ANSWERS = 11 };

struct smtpd_connection {
	LIST_ENTRY(smtpd_connection) next;
	struct smtpd *smtpd;
	struct bufferevent *bev;
	bool is_in_data, is_closing, is_tls;
	bool is_tls_due; /* when the answer has left */
	bool is_asked;   /* 334: the next line answers it */
	unsigned asked;  /* by 334, so far */
};

struct smtpd {
	struct event_base *base;
	struct evconnlistener *listener;
	unsigned port;
	struct {
		const char *to, *reply;
	} answers[SMTPD_ANSWERS];
	LIST_HEAD(, smtpd_connection) connections;
	size_t accepted, open, dots, secured;
	struct tcs_tls *tls;
	bool is_implicit;
	struct tcs_buf commands, content;
};

static void
smtpd_drop(struct smtpd_connection *c)
{
	LIST_REMOVE(c, next);
	c->smtpd->open--;
	bufferevent_free(c->bev);
	free(c);
}

static void
smtpd_answer(struct smtpd_connection *c, const char *to)
{
	const char *reply = "500 what\r\n";

	if (strcasecmp(to, "QUIT") == 0) {
		reply = "221 bye\r\n";
		c->is_closing = true;
	}
	for (size_t i = 0; i < SMTPD_ANSWERS; i++) {
		if (strcasecmp(c->smtpd->answers[i].to, to) == 0)
			reply = c->smtpd->answers[i].reply;
	}
	if (reply == NULL)
		return;
	c->is_closing = c->is_closing || reply[0] == '\0';
	c->is_in_data = strncmp(reply, "354", 3) == 0;
	c->is_asked = strncmp(reply, "334", 3) == 0;
	c->asked += c->is_asked ? 1 : 0;
	(void)bufferevent_write(c->bev, reply, strlen(reply));
	c->is_tls_due = strcmp(to, "STARTTLS") == 0 && reply[0] == '2';
}

static void
smtpd_line(struct smtpd_connection *c, char *line)
{
	struct smtpd *smtpd = c->smtpd;

	if (c->is_in_data && strcmp(line, ".") == 0) {
		smtpd->dots++;
		c->is_in_data = false;
		smtpd_answer(c, ".");
	} else if (c->is_in_data) {
		tcs_buf_printf(&smtpd->content, "%s\r\n", line);
	} else {
		tcs_buf_printf(&smtpd->commands, "%s\n", line);
		if (c->is_asked) {
			smtpd_answer(c, c->asked == 1 ? "user" : "password");
			return;
		}
		line[strcspn(line, " ")] = '\0';
		if (strcasecmp(line, "DATA") == 0)
			tcs_buf_reset(&smtpd->content);
		smtpd_answer(c, line);
	}
}

static void
smtpd_readable(struct bufferevent *bev, void *arg)
{
	struct smtpd_connection *c = arg;
	char *line;

	while (!c->is_closing && !c->is_tls_due &&
	       (line = evbuffer_readln(bufferevent_get_input(bev), NULL,
	            EVBUFFER_EOL_CRLF_STRICT)) != NULL) {
		smtpd_line(c, line);
		free(line);
	}
	if (c->is_closing &&
	    evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		smtpd_drop(c);
}

static void smtpd_event(struct bufferevent *bev, short what, void *arg);
static void smtpd_written(struct bufferevent *bev, void *arg);

static void
smtpd_begin_tls(struct smtpd_connection *c)
{
	tcs_assert(c->smtpd->tls != NULL && !c->is_tls);
	c->bev = tcs_tls_accept(c->smtpd->tls, c->bev);
	tcs_assert(c->bev != NULL);
	c->is_tls = true;
	c->is_tls_due = false;
	bufferevent_setcb(
	    c->bev, smtpd_readable, smtpd_written, smtpd_event, c);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

static void
smtpd_written(struct bufferevent *bev, void *arg)
{
	struct smtpd_connection *c = arg;

	(void)bev;
	if (c->is_closing)
		smtpd_drop(c);
	else if (c->is_tls_due)
		smtpd_begin_tls(c);
}

static void
smtpd_event(struct bufferevent *bev, short what, void *arg)
{
	struct smtpd_connection *c = arg;

	(void)bev;
	if ((what & BEV_EVENT_CONNECTED) == 0) {
		smtpd_drop(c);
		return;
	}
	c->smtpd->secured++;
	if (c->smtpd->is_implicit)
		smtpd_answer(c, "banner");
}

static void
smtpd_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int n, void *arg)
{
	struct smtpd *smtpd = arg;
	struct smtpd_connection *c = calloc(1, sizeof(*c));

	(void)listener;
	(void)peer;
	(void)n;
	tcs_assert(c != NULL);
	c->smtpd = smtpd;
	c->bev = bufferevent_socket_new(smtpd->base, fd, BEV_OPT_CLOSE_ON_FREE);
	tcs_assert(c->bev != NULL);
	bufferevent_setcb(
	    c->bev, smtpd_readable, smtpd_written, smtpd_event, c);
	LIST_INSERT_HEAD(&smtpd->connections, c, next);
	smtpd->accepted++;
	smtpd->open++;
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	if (smtpd->is_implicit)
		smtpd_begin_tls(c);
	else
		smtpd_answer(c, "banner");
	if (c->is_closing)
		bufferevent_trigger(c->bev, EV_READ, 0);
}

struct smtpd *
smtpd_new(struct tcs_loop *loop)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(address);
	struct smtpd *smtpd = calloc(1, sizeof(*smtpd));

	tcs_assert(smtpd != NULL);
	*smtpd = (struct smtpd){.base = tcs_loop_base(loop),
	    .answers = {{"banner", "220 relais.example\r\n"},
	        {"EHLO", "250-relais.example\r\n250 PIPELINING\r\n"},
	        {"STARTTLS", "220 2.0.0 go\r\n"}, {"AUTH", "235 2.7.0 ok\r\n"},
	        {"user", "334 UGFzc3dvcmQ6\r\n"},
	        {"password", "235 2.7.0 ok\r\n"}, {"MAIL", "250 2.1.0 ok\r\n"},
	        {"RCPT", "250 2.1.5 ok\r\n"}, {"DATA", "354 go\r\n"},
	        {".", "250 2.0.0 queued\r\n"}, {"RSET", "250 2.0.0 ok\r\n"}}};
	LIST_INIT(&smtpd->connections);
	tcs_buf_init(&smtpd->commands, SMTPD_MAX);
	tcs_buf_init(&smtpd->content, SMTPD_MAX);
	smtpd->listener = evconnlistener_new_bind(smtpd->base, smtpd_accept,
	    smtpd, LEV_OPT_CLOSE_ON_FREE, -1, (struct sockaddr *)&address,
	    sizeof(address));
	tcs_assert(smtpd->listener != NULL);
	tcs_assert(getsockname(evconnlistener_get_fd(smtpd->listener),
	               (struct sockaddr *)&address, &n) == 0);
	smtpd->port = ntohs(address.sin_port);
	return smtpd;
}

void
smtpd_free(struct smtpd *smtpd)
{
	smtpd_cut(smtpd);
	evconnlistener_free(smtpd->listener);
	tcs_tls_free(&smtpd->tls);
	tcs_buf_fini(&smtpd->commands);
	tcs_buf_fini(&smtpd->content);
	free(smtpd);
}

unsigned
smtpd_port(const struct smtpd *smtpd)
{
	return smtpd->port;
}

void
smtpd_tls(
    struct smtpd *smtpd, const char *cert, const char *key, bool is_implicit)
{
	tcs_tls_free(&smtpd->tls);
	tcs_assert(tcs_tls_server_new(cert, key, &smtpd->tls, NULL) == TCS_OK);
	smtpd->is_implicit = is_implicit;
}

void
smtpd_reply(struct smtpd *smtpd, const char *to, const char *reply)
{
	size_t i = 0;

	while (i < SMTPD_ANSWERS && strcmp(smtpd->answers[i].to, to) != 0)
		i++;
	tcs_assert(i < SMTPD_ANSWERS);
	smtpd->answers[i].reply = reply;
}

void
smtpd_cut(struct smtpd *smtpd)
{
	struct smtpd_connection *next;

	for (struct smtpd_connection *c = LIST_FIRST(&smtpd->connections);
	     c != NULL; c = next) {
		next = LIST_NEXT(c, next);
		smtpd_drop(c);
	}
}

size_t
smtpd_connections(const struct smtpd *smtpd)
{
	return smtpd->accepted;
}

size_t
smtpd_open(const struct smtpd *smtpd)
{
	return smtpd->open;
}

size_t
smtpd_dots(const struct smtpd *smtpd)
{
	return smtpd->dots;
}

size_t
smtpd_secured(const struct smtpd *smtpd)
{
	return smtpd->secured;
}

const char *
smtpd_commands(const struct smtpd *smtpd)
{
	return smtpd->commands.p == NULL ? "" : smtpd->commands.p;
}

const char *
smtpd_content(const struct smtpd *smtpd)
{
	return smtpd->content.p == NULL ? "" : smtpd->content.p;
}
