#include "cli/player_imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "cli/sink_listen.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/loop.h"

enum {
	IMAP_MAIL_MAX = 16 << 20,
	IMAP_LINE_MAX = 64 * 1024,
	IMAP_OUT_MAX = 64 << 20,
	IMAP_DATE_MAX = 40,
};

/* ---- the mailbox ---- */

enum tcs_err
tcs_player_mailbox_add(
    struct tcs_player_mailbox *mailbox, struct tcs_slice mail, int64_t at_ms)
{
	if (mailbox->n == TCS_PLAYER_MAILS_MAX)
		return TCS_ELIMIT;
	struct tcs_player_mail *to = &mailbox->mails[mailbox->n];
	to->at_ms = at_ms;
	tcs_buf_init(&to->body, (size_t)2 * IMAP_MAIL_MAX);
	for (size_t i = 0; i < mail.n; i++) {
		bool is_bare =
		    mail.p[i] == '\n' && (i == 0 || mail.p[i - 1] != '\r');
		if (is_bare)
			tcs_buf_char(&to->body, '\r');
		tcs_buf_char(&to->body, mail.p[i]);
	}
	if (to->body.err != TCS_OK) {
		enum tcs_err err = to->body.err;
		tcs_buf_fini(&to->body);
		return err;
	}
	mailbox->n++;
	return TCS_OK;
}

void
tcs_player_mailbox_fini(struct tcs_player_mailbox *mailbox)
{
	for (uint32_t i = 0; i < mailbox->n; i++)
		tcs_buf_fini(&mailbox->mails[i].body);
	mailbox->n = 0;
}

/* ---- one command ---- */

struct imap_command {
	const struct tcs_player_mailbox *mailbox;
	struct tcs_slice tag, rest; /* what stands behind its name */
	struct tcs_buf *out;
};

static struct tcs_slice
imap_word(struct tcs_slice *rest)
{
	return tcs_slice_cut(*rest, ' ', rest);
}

static bool
imap_is(struct tcs_slice word, const char *text)
{
	return word.n == strlen(text) && strncasecmp(word.p, text, word.n) == 0;
}

static void
imap_done(const struct imap_command *c, const char *text)
{
	tcs_buf_printf(c->out, "%.*s %s\r\n", TCS_SLICE_ARG(c->tag), text);
}

static void
imap_capability(struct imap_command *c)
{
	tcs_buf_str(c->out, "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n");
	imap_done(c, "OK done");
}

static void
imap_known(struct imap_command *c)
{
	imap_done(c, "OK welcome");
}

static void
imap_examine(struct imap_command *c)
{
	tcs_buf_printf(c->out,
	    "* FLAGS ()\r\n* %u EXISTS\r\n* OK [UIDVALIDITY 1] so\r\n"
	    "* OK [UIDNEXT %u] so\r\n",
	    (unsigned)c->mailbox->n, (unsigned)c->mailbox->n + 1);
	imap_done(c, "OK [READ-ONLY] done");
}

/* "7", "7:*", "3,4,9": which UIDs? */
static bool
imap_is_in(struct tcs_slice set, uint32_t uid)
{
	while (set.n > 0) {
		struct tcs_slice to;
		struct tcs_slice from =
		    tcs_slice_cut(tcs_slice_cut(set, ',', &set), ':', &to);
		uint64_t low = 0, high = 0;
		if (tcs_slice_u64(from, UINT32_MAX, &low) != TCS_OK)
			return false;
		if (to.p == NULL)
			high = low;
		else if (tcs_slice_u64(to, UINT32_MAX, &high) != TCS_OK)
			high = UINT32_MAX; /* '*' */
		if (uid >= low && uid <= high)
			return true;
	}
	return false;
}

/* "SINCE 1-Feb-2027" is all of it: an episode is short. */
static void
imap_search(struct imap_command *c)
{
	bool has_set = imap_is(imap_word(&c->rest), "UID");

	tcs_buf_str(c->out, "* SEARCH");
	for (uint32_t uid = 1; uid <= c->mailbox->n; uid++) {
		if (!has_set || imap_is_in(c->rest, uid))
			tcs_buf_printf(c->out, " %u", (unsigned)uid);
	}
	tcs_buf_str(c->out, "\r\n");
	imap_done(c, "OK done");
}

/* "02-Feb-2027 14:05:00 +0100", from "2027-02-02T14:05:00+01:00". */
static void
imap_date(int64_t at_ms, char date[IMAP_DATE_MAX])
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char iso[TCS_TIME_TEXT];
	uint64_t month = 1;

	(void)tcs_time_iso(at_ms, iso);
	if (tcs_slice_u64(tcs_slice(iso + 5, 2), 12, &month) != TCS_OK ||
	    month == 0)
		month = 1;
	(void)snprintf(date, IMAP_DATE_MAX, "%.2s-%.3s-%.4s %.8s %.3s%.2s",
	    iso + 8, months + 3 * (month - 1), iso, iso + 11, iso + 19,
	    iso + 23);
}

static struct tcs_slice
imap_headers(struct tcs_slice mail)
{
	const char *end = memmem(mail.p, mail.n, "\r\n\r\n", 4);

	return end == NULL ? mail
	                   : tcs_slice(mail.p, (size_t)(end - mail.p) + 4);
}

static void
imap_fetch_one(struct imap_command *c, uint32_t uid, struct tcs_slice items)
{
	const struct tcs_player_mail *mail = &c->mailbox->mails[uid - 1];
	struct tcs_slice body = tcs_buf_view(&mail->body);
	char date[IMAP_DATE_MAX];

	tcs_buf_printf(
	    c->out, "* %u FETCH (UID %u", (unsigned)uid, (unsigned)uid);
	if (memmem(items.p, items.n, "RFC822.SIZE", 11) != NULL)
		tcs_buf_printf(c->out, " RFC822.SIZE %zu", body.n);
	if (memmem(items.p, items.n, "INTERNALDATE", 12) != NULL) {
		imap_date(mail->at_ms, date);
		tcs_buf_printf(c->out, " INTERNALDATE \"%s\"", date);
	}
	bool has_headers = memmem(items.p, items.n, "[HEADER]", 8) != NULL;
	if (has_headers ||
	    memmem(items.p, items.n, "BODY.PEEK[]", 11) != NULL) {
		if (has_headers)
			body = imap_headers(body);
		tcs_buf_printf(c->out, " BODY[%s] {%zu}\r\n",
		    has_headers ? "HEADER" : "", body.n);
		tcs_buf_slice(c->out, body);
	}
	tcs_buf_str(c->out, ")\r\n");
}

static void
imap_fetch(struct imap_command *c)
{
	struct tcs_slice set = imap_word(&c->rest);

	for (uint32_t uid = 1; uid <= c->mailbox->n; uid++) {
		if (imap_is_in(set, uid) && c->rest.p != NULL)
			imap_fetch_one(c, uid, c->rest);
	}
	imap_done(c, "OK done");
}

static void
imap_uid(struct imap_command *c)
{
	struct tcs_slice name = imap_word(&c->rest);

	if (imap_is(name, "SEARCH") && c->rest.p != NULL)
		imap_search(c);
	else if (imap_is(name, "FETCH") && c->rest.p != NULL)
		imap_fetch(c);
	else
		imap_done(c, "BAD not here");
}

static void
imap_logout(struct imap_command *c)
{
	tcs_buf_str(c->out, "* BYE\r\n");
	imap_done(c, "OK bye");
}

bool
tcs_player_imap_answer(const struct tcs_player_mailbox *mailbox,
    struct tcs_slice line, struct tcs_buf *out)
{
	static const struct {
		const char *name;
		void (*answer)(struct imap_command *c);
	} commands[] = {{"CAPABILITY", imap_capability},
	    {"AUTHENTICATE", imap_known}, {"EXAMINE", imap_examine},
	    {"UID", imap_uid}, {"LOGOUT", imap_logout}};
	struct imap_command c = {.mailbox = mailbox, .out = out};
	struct tcs_slice rest = line;

	c.tag = imap_word(&rest);
	struct tcs_slice name =
	    rest.p == NULL ? tcs_slice("", 0) : imap_word(&rest);
	c.rest = rest;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (imap_is(name, commands[i].name)) {
			commands[i].answer(&c);
			return commands[i].answer != imap_logout;
		}
	}
	imap_done(&c, "BAD not here");
	return true;
}

/* ---- the server ---- */

struct imap_client {
	LIST_ENTRY(imap_client) next;
	struct tcs_player_imap *imap;
	struct bufferevent *connection;
	bool is_over; /* closed once all is written */
};

struct tcs_player_imap {
	const char *dir;
	struct evconnlistener *listener;
	struct tcs_player_mailbox mailbox;
	LIST_HEAD(, imap_client) clients;
};

static void
imap_free(struct imap_client *client)
{
	bufferevent_free(client->connection);
	free(client);
}

static void
imap_end(struct imap_client *client)
{
	LIST_REMOVE(client, next);
	imap_free(client);
}

static void
imap_read(struct bufferevent *connection, void *arg)
{
	struct imap_client *client = arg;
	struct evbuffer *input = bufferevent_get_input(connection);
	char *line;
	size_t n;

	while (!client->is_over &&
	       (line = evbuffer_readln(input, &n, EVBUFFER_EOL_CRLF)) != NULL) {
		struct tcs_buf out;
		tcs_buf_init(&out, IMAP_OUT_MAX);
		client->is_over = !tcs_player_imap_answer(
		    &client->imap->mailbox, tcs_slice(line, n), &out);
		if (out.err != TCS_OK ||
		    bufferevent_write(connection, out.p, out.n) != 0)
			client->is_over = true;
		tcs_buf_fini(&out);
		free(line);
	}
	if (evbuffer_get_length(input) > IMAP_LINE_MAX)
		client->is_over = true;
}

static void
imap_event(struct bufferevent *connection, short what, void *arg)
{
	(void)connection;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
		imap_end(arg);
}

static void
imap_written(struct bufferevent *connection, void *arg)
{
	struct imap_client *client = arg;

	(void)connection;
	if (client->is_over)
		imap_end(client);
}

static bool
imap_greet(struct imap_client *client)
{
	static const char greeting[] = "* OK an episode's mailbox\r\n";
	struct bufferevent *connection = client->connection;

	bufferevent_setcb(
	    connection, imap_read, imap_written, imap_event, client);
	return bufferevent_write(connection, greeting, sizeof(greeting) - 1) ==
	           0 &&
	       bufferevent_enable(connection, EV_READ | EV_WRITE) == 0;
}

static void
imap_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *address, int n, void *arg)
{
	struct tcs_player_imap *imap = arg;
	struct imap_client *client = calloc(1, sizeof(*client));
	struct bufferevent *connection = bufferevent_socket_new(
	    evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);

	(void)address;
	(void)n;
	if (client == NULL || connection == NULL) {
		free(client);
		if (connection == NULL)
			(void)evutil_closesocket(fd);
		else
			bufferevent_free(connection);
		return;
	}
	client->imap = imap;
	client->connection = connection;
	LIST_INSERT_HEAD(&imap->clients, client, next);
	if (!imap_greet(client))
		imap_end(client);
}

enum tcs_err
tcs_player_imap_open(struct tcs_loop *loop, const char *dir,
    struct tcs_player_imap **ret_imap, struct tcs_diag *diag)
{
	struct tcs_player_imap *imap = calloc(1, sizeof(*imap));

	if (imap == NULL)
		return TCS_ENOMEM;
	imap->dir = dir;
	LIST_INIT(&imap->clients);
	enum tcs_err err =
	    tcs_sink_listen(loop, 0, imap_accept, imap, &imap->listener, diag);
	if (err != TCS_OK)
		free(imap);
	else
		*ret_imap = imap;
	return err;
}

void
tcs_player_imap_close(struct tcs_player_imap **imap)
{
	struct imap_client *client;

	if (*imap == NULL)
		return;
	evconnlistener_free((*imap)->listener);
	while (!LIST_EMPTY(&(*imap)->clients)) {
		client = LIST_FIRST(&(*imap)->clients);
		LIST_REMOVE(client, next);
		imap_free(client);
	}
	tcs_player_mailbox_fini(&(*imap)->mailbox);
	free(*imap);
	*imap = NULL;
}

uint16_t
tcs_player_imap_port(const struct tcs_player_imap *imap)
{
	return tcs_sink_listens_on(imap->listener);
}

enum tcs_err
tcs_player_imap_add(struct tcs_player_imap *imap,
    const struct tcs_episode_event *event, struct tcs_diag *diag)
{
	struct tcs_buf mail;
	char *path = NULL;

	if (asprintf(&path, "%s/%s", imap->dir, event->file) < 0)
		return TCS_ENOMEM;
	tcs_buf_init(&mail, IMAP_MAIL_MAX);
	enum tcs_err err = tcs_file_read(path, &mail, diag);
	if (err == TCS_OK)
		err = tcs_player_mailbox_add(
		    &imap->mailbox, tcs_buf_view(&mail), event->at_ms);
	if (err == TCS_ELIMIT)
		err = tcs_diag_add(diag, err, path, 0,
		    "the mailbox of an episode holds %d mails",
		    TCS_PLAYER_MAILS_MAX);
	tcs_buf_fini(&mail);
	free(path);
	return err;
}
