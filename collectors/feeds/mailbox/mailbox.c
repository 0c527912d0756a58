/* mailbox.c - a functional mailbox as a source: much of what a SIDPC watches
 * comes only as mail (APIC, Vigicrues Flash, SPC, COGIC). Each mail is an item.
 *
 * A body is one mail as it came, headers first, below lines of our own that say
 * when it came. What a recogniser of the configuration knows has phenomenon,
 * level and communes; what none knows is passed on as "courriel non reconnu".
 * Of senders that are not listened to only the number is said: in a mailbox
 * that the world can write to, they are spam. */
#include <stdlib.h>
#include <string.h>

#include "collectors/feed.h"
#include "collectors/feeds/mailbox/block.h"
#include "collectors/feeds/mailbox/letter.h"
#include "collectors/feeds/mailbox/recognisers.h"
#include "collectors/imap.h"
#include "collectors/mail.h"
#include "core/clock.h"
#include "core/host.h"
#include "territory/codes.h"

enum { MAILBOX_BYTES_MAX = 24 << 20 };

/* No mail is no sign of anything. */
#define MAILBOX_QUIET_MS TCS_DAYS(366)

static const char *
mailbox_security_fault(const char *text)
{
	bool is_known = strcmp(text, "implicit") == 0 ||
	                strcmp(text, "starttls") == 0 ||
	                strcmp(text, "none") == 0;

	return is_known ? NULL : "neither implicit, starttls nor none";
}

static const char *
mailbox_user_fault(const char *text)
{
	return strlen(text) <= TCS_IMAP_SECRET_MAX &&
	               strpbrk(text, "\r\n") == NULL
	           ? NULL
	           : "longer than 512 bytes, or more than one line";
}

static const char *
mailbox_folder_fault(const char *text)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, (size_t)8 * TCS_IMAP_FOLDER_MAX);
	bool is_good = strlen(text) <= TCS_IMAP_FOLDER_MAX &&
	               tcs_imap_folder(text, &buf) == TCS_OK;
	tcs_buf_fini(&buf);
	return is_good ? NULL : "not the name of a folder";
}

static const char *
mailbox_sender_fault(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	               strpbrk(text, " \t\r\n<>,;") == NULL
	           ? NULL
	           : "neither an address nor @domain";
}

static const char *
mailbox_departement_fault(const char *text)
{
	return tcs_departement_find(text) == NULL ? "not a département" : NULL;
}

static const struct tcs_option mailbox_options[] = {
    {.name = "server",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_mailbox, server),
        .help = "host[:port] of the IMAP server",
        .example = "imap.prefecture.example",
        .check = tcs_host_fault},
    {.name = "tls",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_mailbox, security),
        .fallback = "implicit",
        .help = "implicit (TLS from the first byte: port 993), starttls, or "
                "none to this machine alone",
        .check = mailbox_security_fault},
    {.name = "user",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_mailbox, user),
        .help = "name we log in with",
        .example = "alertes-sidpc",
        .check = mailbox_user_fault},
    TCS_OPT_PATH("password_file", struct tcs_mailbox, password_file, NULL,
        "file with the password of `user`, alone on its first line"),
    {.name = "folder",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_mailbox, folder),
        .fallback = "INBOX",
        .help = "folder that is read; nothing in it is marked or moved",
        .check = mailbox_folder_fault},
    TCS_OPT_BOOL("idle", struct tcs_mailbox, is_idle, "yes",
        "have the server tell of new mail (IDLE), beside the polls"),
    TCS_OPT_INTEGER("batch", struct tcs_mailbox, batch, "20", 1,
        TCS_IMAP_BATCH_MAX, "mails read at once"),
    TCS_OPT_DURATION("lookback", struct tcs_mailbox, lookback_ms, "24 h", 0,
        TCS_DAYS(30),
        "what is read of a mailbox that is new to us, or was renumbered"),
    {.name = "senders",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct tcs_mailbox, senders),
        .help = "who is listened to, beside the recognisers' senders: "
                "addresses, @domains; without it, everybody",
        .example = "{\"@meteo.example\"}",
        .check = mailbox_sender_fault},
    TCS_OPT_PATH("recognisers", struct tcs_mailbox, recognisers_path, NULL,
        "what certain senders' mails say, as recognisers.xml shows"),
    {.name = "authserv",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct tcs_mailbox, authserv),
        .help = "name of our mail server in Authentication-Results; without "
                "it, the topmost one's"},
    {.name = "departements",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct tcs_mailbox, departements),
        .help = "of a mail that says none; without it, the whole country",
        .example = "{\"62\"}",
        .check = mailbox_departement_fault},
    TCS_OPT_DURATION("expires", struct tcs_mailbox, lasts_ms, "24 h",
        TCS_MINUTES(10), TCS_DAYS(7),
        "how long a mail that says nothing of it holds after it came"),
    TCS_OPT_END,
};

/* ---- the block ---- */

static enum tcs_err
mailbox_init(void *st, struct tcs_diag *diag)
{
	struct tcs_mailbox *m = st;

	m->codes = calloc(m->departements.n + 1, sizeof(*m->codes));
	if (m->codes == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; i < m->departements.n; i++)
		m->codes[i] =
		    tcs_departement_find(m->departements.items[i])->code;
	if (m->security != NULL && strcmp(m->security, "none") == 0 &&
	    m->server != NULL && !tcs_host_is_loopback(m->server))
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "tls = \"none\" would send the password in the clear; "
		    "write: tls = \"implicit\"");
	return m->recognisers_path == NULL
	           ? TCS_OK
	           : tcs_recognisers_load(
	                 m->recognisers_path, &m->recognisers, diag);
}

static void
mailbox_fini(void *st)
{
	struct tcs_mailbox *m = st;

	tcs_recognisers_free(&m->recognisers);
	free(m->codes);
	m->codes = NULL;
}

/* What is missing is said when it is asked for: recorded mails are read
 * without. */
static bool
mailbox_mail(const void *st, struct tcs_mail_conf *ret_conf)
{
	const struct tcs_mailbox *m = st;

	*ret_conf = (struct tcs_mail_conf){
	    .server = m->server == NULL ? "" : m->server,
	    .security = strcmp(m->security, "starttls") == 0 ? TCS_MAIL_STARTTLS
	                : strcmp(m->security, "none") == 0   ? TCS_MAIL_CLEAR
	                                                   : TCS_MAIL_IMPLICIT,
	    .user = m->user,
	    .password_file = m->password_file,
	    .folder = m->folder,
	    .mails_max = (size_t)m->batch,
	    .bytes_max = MAILBOX_BYTES_MAX,
	    .lookback_ms = m->lookback_ms,
	};
	return m->is_idle;
}

/* ---- a poll ---- */

static const char *
mailbox_plural(size_t n)
{
	return n > 1 ? "s" : "";
}

/* What is wrong, the gravest first. */
static void
mailbox_note(const struct tcs_mailbox_tally *t, struct tcs_document *document)
{
	struct tcs_buf buf;

	tcs_buf_init(&buf, 4000);
	if (t->unreadable > 0)
		tcs_buf_printf(&buf, "%zu corps illisible%s : pas un courriel",
		    t->unreadable, mailbox_plural(t->unreadable));
	if (t->unanswered > 0)
		tcs_buf_printf(&buf,
		    "%s%zu courriel%s où un motif a dépassé ses limites",
		    buf.n > 0 ? " ; " : "", t->unanswered,
		    mailbox_plural(t->unanswered));
	if (t->broken > 0)
		tcs_buf_printf(&buf, "%s%zu courriel%s mal formé%s",
		    buf.n > 0 ? " ; " : "", t->broken,
		    mailbox_plural(t->broken), mailbox_plural(t->broken));
	if (t->foreign > 0)
		tcs_buf_printf(&buf,
		    "%s%zu courriel%s d'expéditeurs non autorisés : %s",
		    buf.n > 0 ? " ; " : "", t->foreign,
		    mailbox_plural(t->foreign),
		    t->senders.p == NULL ? "" : t->senders.p);
	size_t n =
	    buf.n < sizeof(document->note) ? buf.n : sizeof(document->note) - 1;
	while (n > 0 && n < buf.n && ((unsigned char)buf.p[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(document->note, buf.p, n);
	document->note[n] = '\0';
	tcs_buf_fini(&buf);
}

static enum tcs_err
mailbox_read(const struct tcs_mailbox *m, const struct tcs_answers *answers,
    struct tcs_mailbox_tally *tally, struct tcs_reading_sink *out,
    bool *ret_is_cut, struct tcs_diag *diag)
{
	enum tcs_err err = TCS_OK;

	for (size_t i = 0; i < answers->n && err == TCS_OK; i++) {
		struct tcs_diag why = {0};
		err = tcs_mailbox_letter(
		    m, &answers->items[i], tally, out, ret_is_cut, &why);
		/* Told only when nothing else can be. */
		if (why.n > 0 && tally->unreadable == answers->n)
			(void)tcs_diag_add(diag, TCS_EPARSE, NULL, 0, "%s",
			    tcs_diag_text(&why));
		tcs_diag_fini(&why);
	}
	return err;
}

static enum tcs_err
mailbox_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	int64_t fetched_ms =
	    answers->n > 0 ? answers->items[answers->n - 1].fetched_ms : 0;
	struct tcs_document document = {.issued_ms = TCS_NO_TIME,
	    .next_issue_ms = TCS_NO_TIME,
	    .expires_ms = fetched_ms + MAILBOX_QUIET_MS,
	    .frozen_ms = TCS_NO_TIME};
	struct tcs_mailbox_tally tally = {0};
	bool is_cut = false;

	tcs_buf_init(&tally.senders, 1000);
	enum tcs_err err =
	    mailbox_read(st, answers, &tally, out, &is_cut, diag);
	if (err == TCS_OK && answers->n > 0 && tally.unreadable == answers->n) {
		*ret_refusal =
		    is_cut ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED;
		err = TCS_EPARSE;
	}
	if (err == TCS_OK) {
		mailbox_note(&tally, &document);
		*ret_document = document;
	}
	tcs_buf_fini(&tally.senders);
	return err;
}

const struct tcs_feed_ops tcs_feed_mailbox = {
    .name = "mailbox",
    .about = "a mailbox read by IMAP: APIC, Vigicrues Flash, SPC, COGIC, …",
    .source = "mailbox",
    .source_name = "Boîte aux lettres",
    .zone_scheme = "TOCSIN:COURRIEL",
    .zone_word = "courriel",
    .every_ms = TCS_MINUTES(2),
    .state_size = sizeof(struct tcs_mailbox),
    .options = mailbox_options,
    .mail = mailbox_mail,
    .init = mailbox_init,
    .parse = mailbox_parse,
    .fini = mailbox_fini,
};
