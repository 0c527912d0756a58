#include "collectors/imap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/digest.h"

enum {
	IMAP_OUT_MAX = 16 * 1024,
	IMAP_WHY_MAX = 300,
	IMAP_SAID_MAX = 120,
};

/* A message in another encoding on the way is a little larger than said. */
static size_t
imap_literal_max(const struct tcs_imap_conf *conf)
{
	return 2 * conf->size_max + TCS_IMAP_LINE_MAX;
}

void
tcs_imap_init(struct tcs_imap *imap, const struct tcs_imap_conf *conf)
{
	tcs_assert(
	    conf->mails_max > 0 && conf->mails_max <= TCS_IMAP_BATCH_MAX);
	*imap = (struct tcs_imap){.conf = conf, .is_secure = conf->is_secure};
	tcs_imap_reader_init(&imap->reader, imap_literal_max(conf));
	tcs_buf_init(&imap->out, IMAP_OUT_MAX);
	tcs_buf_init(&imap->why, IMAP_WHY_MAX);
}

void
tcs_imap_fini(struct tcs_imap *imap)
{
	tcs_imap_reader_fini(&imap->reader);
	tcs_buf_fini(&imap->out);
	tcs_buf_fini(&imap->why);
}

void
tcs_imap_lost(struct tcs_imap *imap, enum tcs_err err, const char *why)
{
	if (imap->state == TCS_IMAP_STATE_CLOSED)
		return;
	imap->err = err;
	tcs_buf_str(&imap->why, why);
	imap->state = TCS_IMAP_STATE_CLOSED;
}

/* Lost, with what the server said. */
static void
imap_refused(struct tcs_imap *imap, enum tcs_err err, const char *what,
    struct tcs_slice said)
{
	tcs_imap_lost(imap, err, what);
	if (said.n > IMAP_SAID_MAX)
		said.n = IMAP_SAID_MAX;
	if (said.n > 0)
		tcs_buf_str(&imap->why, ": ");
	for (size_t i = 0; i < said.n; i++) {
		bool is_plain = said.p[i] >= ' ' && said.p[i] <= '~';
		tcs_buf_append(&imap->why, is_plain ? said.p + i : "?", 1);
	}
}

static void imap_command(struct tcs_imap *imap, enum tcs_imap_state state,
    const char *fmt, ...) TCS_PRINTF(3, 4);

/* A command, and the state in which its answer is awaited. */
static void
imap_command(
    struct tcs_imap *imap, enum tcs_imap_state state, const char *fmt, ...)
{
	char text[TCS_IMAP_BATCH_MAX * 11 + 100];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tcs_assert(n >= 0 && (size_t)n < sizeof(text));
	tcs_buf_printf(&imap->out, "T%u %s\r\n", ++imap->tag, text);
	imap->state = state;
}

/* ---- until the folder is open ---- */

/* What was offered in the clear, or to a stranger, is forgotten. */
static void
imap_ask_capability(struct tcs_imap *imap)
{
	imap->has_starttls = imap->has_plain = imap->has_ir = false;
	imap->has_idle = imap->is_login_disabled = false;
	imap_command(imap, TCS_IMAP_STATE_CAPABILITY, "CAPABILITY");
}

static void
imap_offers(struct tcs_imap *imap, struct tcs_slice list)
{
	struct tcs_slice word;

	while ((word = tcs_imap_word(&list)).n > 0) {
		if (tcs_imap_is(word, "STARTTLS"))
			imap->has_starttls = true;
		if (tcs_imap_is(word, "AUTH=PLAIN"))
			imap->has_plain = true;
		if (tcs_imap_is(word, "SASL-IR"))
			imap->has_ir = true;
		if (tcs_imap_is(word, "IDLE"))
			imap->has_idle = true;
		if (tcs_imap_is(word, "LOGINDISABLED"))
			imap->is_login_disabled = true;
	}
}

/* RFC 4616: no other identity, user, password. */
static void
imap_write_plain(struct tcs_imap *imap)
{
	struct tcs_buf plain;

	tcs_buf_init(&plain, (size_t)2 * TCS_IMAP_SECRET_MAX + 2);
	tcs_buf_char(&plain, '\0');
	tcs_buf_str(&plain, imap->conf->user);
	tcs_buf_char(&plain, '\0');
	tcs_buf_str(&plain, imap->conf->password);
	tcs_assert(plain.err != TCS_ELIMIT);
	tcs_base64_encode(tcs_buf_view(&plain), &imap->out);
	tcs_buf_str(&imap->out, "\r\n");
	if (plain.p != NULL)
		explicit_bzero(plain.p, plain.n);
	tcs_buf_fini(&plain);
}

static void
imap_login(struct tcs_imap *imap)
{
	imap->step = 0;
	imap->state = TCS_IMAP_STATE_LOGIN;
	if (imap->has_plain && imap->has_ir) {
		tcs_buf_printf(
		    &imap->out, "T%u AUTHENTICATE PLAIN ", ++imap->tag);
		imap_write_plain(imap);
	} else if (imap->has_plain) {
		imap_command(imap, TCS_IMAP_STATE_LOGIN, "AUTHENTICATE PLAIN");
	} else if (imap->is_login_disabled) {
		tcs_imap_lost(imap, TCS_EDENIED,
		    "the server takes no password: neither AUTH=PLAIN nor "
		    "LOGIN");
	} else {
		/* As literals: a password may have any byte. */
		imap_command(imap, TCS_IMAP_STATE_LOGIN, "LOGIN {%zu}",
		    strlen(imap->conf->user));
	}
}

/* "+": the server waits for the next part of what LOGIN needs. */
static void
imap_login_goes_on(struct tcs_imap *imap)
{
	const struct tcs_imap_conf *conf = imap->conf;
	unsigned parts = imap->has_plain ? (imap->has_ir ? 0 : 1) : 2;

	if (imap->step == parts) {
		tcs_imap_lost(imap, TCS_EPARSE,
		    "the server asks for more than user and password");
	} else if (imap->has_plain) {
		imap_write_plain(imap);
	} else if (imap->step == 0) {
		tcs_buf_printf(&imap->out, "%s {%zu}\r\n", conf->user,
		    strlen(conf->password));
	} else {
		tcs_buf_printf(&imap->out, "%s\r\n", conf->password);
	}
	imap->step++;
}

static void
imap_examine(struct tcs_imap *imap)
{
	struct tcs_buf folder;

	tcs_buf_init(&folder, (size_t)8 * TCS_IMAP_FOLDER_MAX);
	if (tcs_imap_folder(imap->conf->folder, &folder) != TCS_OK)
		tcs_imap_lost(imap, TCS_EINVAL, "the folder has no IMAP name");
	else
		tcs_buf_printf(
		    &imap->out, "T%u EXAMINE %s\r\n", ++imap->tag, folder.p);
	tcs_buf_fini(&folder);
	if (imap->state != TCS_IMAP_STATE_CLOSED)
		imap->state = TCS_IMAP_STATE_EXAMINE;
}

static void
imap_greeted(struct tcs_imap *imap, const struct tcs_imap_reply *reply)
{
	if (reply->kind == TCS_IMAP_PREAUTH && imap->conf->has_starttls &&
	    !imap->is_secure) {
		/* No STARTTLS is possible any more: somebody's trick. */
		tcs_imap_lost(imap, TCS_EDENIED,
		    "the server greets as one that knows us, in the clear");
	} else if (reply->kind == TCS_IMAP_OK ||
	           reply->kind == TCS_IMAP_PREAUTH) {
		imap->is_known = reply->kind == TCS_IMAP_PREAUTH;
		imap_ask_capability(imap);
	} else {
		imap_refused(imap, TCS_EUNAVAIL, "the server does not serve us",
		    reply->text);
	}
}

static void
imap_on_capability(struct tcs_imap *imap)
{
	bool wants_tls = imap->conf->has_starttls && !imap->is_secure;

	if (wants_tls && !imap->has_starttls)
		tcs_imap_lost(imap, TCS_EDENIED,
		    "the server offers no STARTTLS: nothing was sent in the "
		    "clear");
	else if (wants_tls)
		imap_command(imap, TCS_IMAP_STATE_STARTTLS, "STARTTLS");
	else if (!imap->is_known)
		imap_login(imap);
	else
		imap_examine(imap);
}

void
tcs_imap_secured(struct tcs_imap *imap)
{
	tcs_assert(imap->state == TCS_IMAP_STATE_TLS);
	imap->is_secure = true;
	imap_ask_capability(imap);
}

static void
imap_on_starttls(struct tcs_imap *imap)
{
	imap->state = TCS_IMAP_STATE_TLS;
}

/* Some offer IDLE only to whom they know. */
static void
imap_on_login(struct tcs_imap *imap)
{
	imap->is_known = true;
	imap_ask_capability(imap);
}

static void
imap_on_ready(struct tcs_imap *imap)
{
	imap->state = TCS_IMAP_STATE_READY;
}

static void
imap_on_examine(struct tcs_imap *imap)
{
	if (imap->uidvalidity == 0)
		tcs_imap_lost(imap, TCS_EPARSE,
		    "the folder has no UIDVALIDITY: no position in it can be "
		    "kept");
	else
		imap_on_ready(imap);
}

/* "* OK [UIDVALIDITY 12] …" */
static void
imap_code(struct tcs_imap *imap, struct tcs_slice code)
{
	struct tcs_slice word = tcs_imap_word(&code);
	uint32_t number = tcs_imap_number(tcs_imap_word(&code));

	if (imap->state != TCS_IMAP_STATE_EXAMINE)
		return;
	if (tcs_imap_is(word, "UIDVALIDITY"))
		imap->uidvalidity = number;
	if (tcs_imap_is(word, "UIDNEXT"))
		imap->uidnext = number;
}

/* ---- mails ---- */

void
tcs_imap_fetch(struct tcs_imap *imap, const struct tcs_imap_position *since,
    const char *day)
{
	bool is_same =
	    since->uid > 0 && since->uidvalidity == imap->uidvalidity;

	tcs_assert(imap->state == TCS_IMAP_STATE_READY);
	imap->is_renewed =
	    since->uidvalidity != 0 && since->uidvalidity != imap->uidvalidity;
	imap->position = (struct tcs_imap_position){
	    imap->uidvalidity, is_same ? since->uid : 0};
	imap->uids_n = imap->at = imap->bytes = 0;
	imap->has_more = false;
	if (!is_same)
		imap_command(
		    imap, TCS_IMAP_STATE_SEARCH, "UID SEARCH SINCE %.20s", day);
	else if (since->uid < UINT32_MAX)
		imap_command(imap, TCS_IMAP_STATE_SEARCH, "UID SEARCH UID %u:*",
		    (unsigned)since->uid + 1);
}

/* The lowest of what was found are kept, in order. "5:*" gives the last mail
 * also when it is below 5. */
static void
imap_found(struct tcs_imap *imap, uint32_t uid)
{
	size_t max = imap->conf->mails_max;
	size_t i = imap->uids_n;

	if (uid <= imap->position.uid)
		return;
	while (i > 0 && imap->uids[i - 1] > uid)
		i--;
	if (i > 0 && imap->uids[i - 1] == uid)
		return;
	if (imap->uids_n == max) {
		imap->has_more = true;
		if (i == max)
			return;
		imap->uids_n--;
	}
	memmove(imap->uids + i + 1, imap->uids + i,
	    (imap->uids_n - i) * sizeof(imap->uids[0]));
	imap->uids[i] = uid;
	imap->uids_n++;
}

static void
imap_search(struct tcs_imap *imap, struct tcs_slice list)
{
	struct tcs_slice word;

	if (imap->state != TCS_IMAP_STATE_SEARCH)
		return;
	while ((word = tcs_imap_word(&list)).n > 0)
		imap_found(imap, tcs_imap_number(word));
}

static void
imap_on_search(struct tcs_imap *imap)
{
	char set[TCS_IMAP_BATCH_MAX * 11 + 1] = "";
	int n = 0;

	memset(imap->has_size, 0, sizeof(imap->has_size));
	for (size_t i = 0; i < imap->uids_n; i++)
		n += snprintf(set + n, sizeof(set) - (size_t)n, "%s%u",
		    i == 0 ? "" : ",", (unsigned)imap->uids[i]);
	if (imap->uids_n > 0) {
		imap_command(imap, TCS_IMAP_STATE_SIZES,
		    "UID FETCH %s (UID RFC822.SIZE)", set);
		return;
	}
	/* Of a mailbox that is new to us the position is its end. */
	if (imap->position.uid == 0 && imap->uidnext > 0)
		imap->position.uid = imap->uidnext - 1;
	imap_on_ready(imap);
}

static void
imap_ask_mail(struct tcs_imap *imap)
{
	imap->has_got = false;
	imap_command(imap, TCS_IMAP_STATE_MAIL,
	    "UID FETCH %u (UID INTERNALDATE %s)",
	    (unsigned)imap->uids[imap->at],
	    imap->is_headers ? "BODY.PEEK[HEADER]" : "BODY.PEEK[]");
}

/* The mail at `at`, or the end. One whose size is not said is looked at only,
 * or gone. */
static void
imap_next_mail(struct tcs_imap *imap)
{
	size_t at = imap->at;

	if (at < imap->uids_n && imap->bytes >= imap->conf->bytes_max)
		imap->has_more = true;
	if (at == imap->uids_n || imap->bytes >= imap->conf->bytes_max) {
		imap_on_ready(imap);
		return;
	}
	imap->is_headers =
	    !imap->has_size[at] || imap->sizes[at] > imap->conf->size_max;
	imap_ask_mail(imap);
}

static void
imap_give(struct tcs_imap *imap, const struct tcs_imap_fetch *fetch)
{
	const struct tcs_imap_mail mail = {.uid = imap->uids[imap->at],
	    .size = imap->sizes[imap->at],
	    .date = fetch->date,
	    .bytes = fetch->body,
	    .is_headers = imap->is_headers};

	imap->has_got = true;
	imap->bytes += mail.bytes.n;
	if (!imap->conf->mail(imap->conf->arg, &mail))
		tcs_imap_lost(imap, TCS_ENOMEM, tcs_strerror(TCS_ENOMEM));
}

static void
imap_fetched(struct tcs_imap *imap, const struct tcs_imap_fetch *fetch)
{
	if (imap->state == TCS_IMAP_STATE_MAIL) {
		if (fetch->uid == imap->uids[imap->at] && fetch->has_body &&
		    !imap->has_got)
			imap_give(imap, fetch);
		return;
	}
	if (imap->state != TCS_IMAP_STATE_SIZES || !fetch->has_size)
		return;
	for (size_t i = 0; i < imap->uids_n; i++) {
		if (imap->uids[i] == fetch->uid) {
			imap->sizes[i] = fetch->size;
			imap->has_size[i] = true;
		}
	}
}

static void
imap_mail_is_over(struct tcs_imap *imap)
{
	imap->position.uid = imap->uids[imap->at];
	imap->at++;
	imap_next_mail(imap);
}

/* The server cannot give it (a message that it cannot render): its headers; if
 * not even these, that it is there. */
static void
imap_mail_refused(struct tcs_imap *imap)
{
	const struct tcs_imap_fetch nothing = {0};

	if (!imap->is_headers) {
		imap->is_headers = true;
		imap_ask_mail(imap);
		return;
	}
	imap_give(imap, &nothing);
	if (imap->state != TCS_IMAP_STATE_CLOSED)
		imap_mail_is_over(imap);
}

/* ---- waiting ---- */

void
tcs_imap_idle(struct tcs_imap *imap)
{
	tcs_assert(imap->state == TCS_IMAP_STATE_READY && imap->has_idle);
	imap_command(imap, TCS_IMAP_STATE_IDLE, "IDLE");
}

void
tcs_imap_stop_idle(struct tcs_imap *imap)
{
	tcs_assert(imap->state == TCS_IMAP_STATE_IDLING);
	tcs_buf_str(&imap->out, "DONE\r\n");
	imap->state = TCS_IMAP_STATE_DONE;
}

void
tcs_imap_logout(struct tcs_imap *imap)
{
	tcs_assert(imap->state == TCS_IMAP_STATE_READY);
	imap_command(imap, TCS_IMAP_STATE_LOGOUT, "LOGOUT");
}

static void
imap_on_logout(struct tcs_imap *imap)
{
	imap->state = TCS_IMAP_STATE_CLOSED;
}

static void
imap_exists(struct tcs_imap *imap, uint32_t number)
{
	bool is_waiting = imap->state == TCS_IMAP_STATE_IDLE ||
	                  imap->state == TCS_IMAP_STATE_IDLING ||
	                  imap->state == TCS_IMAP_STATE_DONE;

	if (is_waiting && number > imap->exists)
		imap->has_news = true;
	imap->exists = number;
}

/* ---- every answer ---- */

/* What carries each state on; NULL: no tagged answer is awaited in it. And what
 * a refusal is. */
static const struct {
	void (*go_on)(struct tcs_imap *imap);
	enum tcs_err refusal;
	const char *refused;
} imap_steps[TCS_IMAP_STATE_COUNT] = {
    [TCS_IMAP_STATE_CAPABILITY] = {imap_on_capability, TCS_EPARSE,
        "CAPABILITY is refused"},
    [TCS_IMAP_STATE_STARTTLS] = {imap_on_starttls, TCS_EDENIED,
        "STARTTLS is refused"},
    [TCS_IMAP_STATE_LOGIN] = {imap_on_login, TCS_EDENIED,
        "user or password is refused"},
    [TCS_IMAP_STATE_EXAMINE] = {imap_on_examine, TCS_ENOTFOUND,
        "the folder cannot be opened"},
    [TCS_IMAP_STATE_SEARCH] = {imap_on_search, TCS_EUNAVAIL,
        "SEARCH is refused"},
    [TCS_IMAP_STATE_SIZES] = {imap_next_mail, TCS_EUNAVAIL, "FETCH is refused"},
    [TCS_IMAP_STATE_MAIL] = {imap_mail_is_over, TCS_EUNAVAIL,
        "FETCH is refused"},
    [TCS_IMAP_STATE_IDLE] = {imap_on_ready, TCS_EUNAVAIL, "IDLE is refused"},
    [TCS_IMAP_STATE_IDLING] = {imap_on_ready, TCS_EUNAVAIL, "IDLE is refused"},
    [TCS_IMAP_STATE_DONE] = {imap_on_ready, TCS_EUNAVAIL, "IDLE is refused"},
    [TCS_IMAP_STATE_LOGOUT] = {imap_on_logout, TCS_EUNAVAIL,
        "LOGOUT is refused"},
};

/* RFC 5530: it is not the password that is wrong. */
static bool
imap_is_for_now(struct tcs_slice code)
{
	return tcs_imap_is(code, "UNAVAILABLE") ||
	       tcs_imap_is(code, "SERVERBUG") || tcs_imap_is(code, "INUSE") ||
	       tcs_imap_is(code, "LIMIT");
}

/* Of a refused login the code alone: some repeat what was sent to them. */
static void
imap_login_refused(struct tcs_imap *imap, struct tcs_slice code)
{
	if (imap_is_for_now(code))
		imap_refused(imap, TCS_EUNAVAIL,
		    "the server cannot log anybody in now", code);
	else
		imap_refused(imap, TCS_EDENIED,
		    imap_steps[TCS_IMAP_STATE_LOGIN].refused, code);
}

static void
imap_tagged(struct tcs_imap *imap, const struct tcs_imap_reply *reply)
{
	enum tcs_imap_state state = imap->state;
	char tag[16];

	(void)snprintf(tag, sizeof(tag), "T%u", imap->tag);
	if (!tcs_slice_is(reply->tag, tag) || imap_steps[state].go_on == NULL)
		tcs_imap_lost(
		    imap, TCS_EPARSE, "the server answered out of turn");
	else if (reply->kind == TCS_IMAP_OK)
		imap_steps[state].go_on(imap);
	else if (state == TCS_IMAP_STATE_MAIL && !imap->has_got)
		imap_mail_refused(imap);
	else if (state == TCS_IMAP_STATE_MAIL)
		imap_mail_is_over(imap);
	else if (state == TCS_IMAP_STATE_LOGIN)
		imap_login_refused(imap, reply->code);
	else
		imap_refused(imap, imap_steps[state].refusal,
		    imap_steps[state].refused, reply->text);
}

static void
imap_continues(struct tcs_imap *imap)
{
	if (imap->state == TCS_IMAP_STATE_LOGIN)
		imap_login_goes_on(imap);
	else if (imap->state == TCS_IMAP_STATE_IDLE)
		imap->state = TCS_IMAP_STATE_IDLING;
	else
		tcs_imap_lost(
		    imap, TCS_EPARSE, "the server answered out of turn");
}

static void
imap_untagged(struct tcs_imap *imap, const struct tcs_imap_reply *reply)
{
	switch (reply->kind) {
	case TCS_IMAP_CAPABILITY:
		if (imap->state == TCS_IMAP_STATE_CAPABILITY)
			imap_offers(imap, reply->list);
		break;
	case TCS_IMAP_EXISTS:
		imap_exists(imap, reply->number);
		break;
	case TCS_IMAP_SEARCH:
		imap_search(imap, reply->list);
		break;
	case TCS_IMAP_FETCH:
		imap_fetched(imap, &reply->fetch);
		break;
	case TCS_IMAP_OK:
		imap_code(imap, reply->code);
		break;
	case TCS_IMAP_BYE:
		if (imap->state != TCS_IMAP_STATE_LOGOUT)
			imap_refused(imap, TCS_EUNAVAIL,
			    "the server ends the connection", reply->text);
		break;
	case TCS_IMAP_OTHER:
	case TCS_IMAP_CONTINUE:
	case TCS_IMAP_NO:
	case TCS_IMAP_BAD:
	case TCS_IMAP_PREAUTH:
		break;
	}
}

static void
imap_response(struct tcs_imap *imap, struct tcs_slice response)
{
	struct tcs_imap_reply reply;

	if (tcs_imap_reply_parse(response, &reply) != TCS_OK)
		tcs_imap_lost(
		    imap, TCS_EPARSE, "the server's answer is not IMAP");
	else if (reply.kind == TCS_IMAP_CONTINUE)
		imap_continues(imap);
	else if (reply.tag.p != NULL)
		imap_tagged(imap, &reply);
	else if (imap->state == TCS_IMAP_STATE_GREETING)
		imap_greeted(imap, &reply);
	else
		imap_untagged(imap, &reply);
}

void
tcs_imap_receive(struct tcs_imap *imap, struct tcs_slice bytes)
{
	struct tcs_slice response;
	bool is_whole = true;

	while (imap->state != TCS_IMAP_STATE_CLOSED && is_whole) {
		if (tcs_imap_reader_next(
		        &imap->reader, &bytes, &response, &is_whole) != TCS_OK)
			tcs_imap_lost(imap, TCS_ELIMIT,
			    "the server's answer is too long");
		else if (is_whole)
			imap_response(imap, response);
		if (imap->state == TCS_IMAP_STATE_TLS && bytes.n > 0)
			tcs_imap_lost(imap, TCS_EDENIED,
			    "more came in the clear behind the answer to "
			    "STARTTLS");
		if (imap->out.err != TCS_OK)
			tcs_imap_lost(
			    imap, imap->out.err, tcs_strerror(imap->out.err));
	}
}
