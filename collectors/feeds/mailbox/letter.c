/* letter.c - one mail as a reading: who sent it may say what it says, else it
 * is passed on as it is. */
#include "collectors/feeds/mailbox/letter.h"

#include <string.h>

#include "collectors/feeds/mailbox/auth.h"
#include "collectors/feeds/mailbox/block.h"
#include "collectors/feeds/mailbox/recognisers.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/date.h"
#include "core/digest.h"
#include "core/level.h"
#include "core/message.h"

enum {
	LETTER_ARENA_MAX = 64 << 20,
	LETTER_BODY_MAX = 13000, /* of 16000 that a description may have */
	LETTER_TEXT_MAX = 32000,
	LETTER_AUTH_MAX = 400,
	LETTER_NAME_MAX = 120,
	LETTER_PARAMS_MAX = 8,
	LETTER_ZONE = 16,
	LETTER_NAMES = 3, /* communes that are named */
};

#define LETTER_FUTURE_MS TCS_HOURS(1)
#define LETTER_UNTIL_MAX_MS TCS_DAYS(30)

/* One mail on its way to a reading. */
struct letter {
	const struct tcs_mailbox *mailbox;
	const struct tcs_fetch *fetch;
	struct tcs_arena *arena;
	/* As the collector noted them above the mail. */
	struct tcs_slice bytes; /* the mail alone */
	int64_t received_ms;    /* or TCS_NO_TIME */
	bool is_cut, is_unread;

	struct tcs_message mail;
	struct tcs_recognised said;
	bool is_recognised;
	char zone[LETTER_ZONE + 1];
	struct tcs_buf text, name, auth;
	struct tcs_pair params[LETTER_PARAMS_MAX];
	size_t params_n;
};

/* ---- what the collector noted ---- */

static bool
letter_note(struct tcs_slice line, const char *name, struct tcs_slice *ret)
{
	if (!tcs_slice_starts(line, name))
		return false;
	*ret = tcs_slice_trim(
	    tcs_slice(line.p + strlen(name), line.n - strlen(name)));
	return true;
}

/* Above the first header only: below it a sender may have written them. */
static void
letter_notes(struct letter *l)
{
	struct tcs_slice rest = l->fetch->body, value;

	l->bytes = rest;
	l->received_ms = TCS_NO_TIME;
	while (rest.n > 0) {
		struct tcs_slice line = tcs_slice_cut(rest, '\n', &rest);
		if (letter_note(line, "X-Tocsin-Received:", &value)) {
			if (tcs_date_read(value, &l->received_ms) != TCS_OK)
				l->received_ms = TCS_NO_TIME;
		} else if (letter_note(line, "X-Tocsin-Cut:", &value)) {
			l->is_cut = true;
		} else if (letter_note(line, "X-Tocsin-Unread:", &value)) {
			l->is_unread = true;
		} else {
			return;
		}
		l->bytes = rest.p == NULL ? tcs_slice_str("") : rest;
	}
}

/* ---- who, when ---- */

static bool
letter_is_allowed(const struct letter *l)
{
	const struct tcs_mailbox *m = l->mailbox;

	/* What cannot even be read may be anybody's. */
	if (m->senders.n == 0 || l->is_unread)
		return true;
	for (size_t i = 0; i < m->senders.n; i++) {
		if (tcs_sender_is(
		        l->mail.sender, tcs_slice_str(m->senders.items[i])))
			return true;
	}
	return tcs_recognisers_know(m->recognisers, l->mail.sender);
}

/* A mail is known by its Message-ID, wherever and however often it is found;
 * one without by all its bytes. */
static void
letter_zone(struct letter *l)
{
	bool has_id = l->mail.id[0] != '\0';
	const struct tcs_slice parts[] = {
	    tcs_slice_str(has_id ? "id" : "bytes"),
	    has_id ? tcs_slice_str(l->mail.id)
	           : (l->bytes.n > 0 ? l->bytes : l->fetch->body)};
	char hex[TCS_DIGEST_HEX];

	(void)tcs_digest_parts(parts, 2, hex);
	memcpy(l->zone, hex, LETTER_ZONE);
	l->zone[LETTER_ZONE] = '\0';
}

/* When it came to us, as far as that is known: its sender's clock may be
 * wrong, and what it says then must not make it old. */
static int64_t
letter_came(const struct letter *l)
{
	int64_t at_ms = l->received_ms;

	if (at_ms == TCS_NO_TIME)
		at_ms = l->mail.received_ms;
	if (at_ms == TCS_NO_TIME)
		at_ms = l->mail.date_ms;
	return at_ms == TCS_NO_TIME ||
	               at_ms > l->fetch->fetched_ms + LETTER_FUTURE_MS
	           ? l->fetch->fetched_ms
	           : at_ms;
}

static int64_t
letter_issued(const struct letter *l)
{
	int64_t at_ms = l->mail.date_ms;

	if (at_ms != TCS_NO_TIME && at_ms <= letter_came(l) + LETTER_FUTURE_MS)
		return at_ms;
	return l->received_ms != TCS_NO_TIME ? l->received_ms
	                                     : l->mail.received_ms;
}

static int64_t
letter_expires(const struct letter *l)
{
	int64_t came_ms = letter_came(l);
	int64_t until_ms = l->is_recognised ? l->said.until_ms : TCS_NO_TIME;
	int64_t lasts_ms = l->is_recognised && l->said.lasts_ms > 0
	                       ? l->said.lasts_ms
	                       : l->mailbox->lasts_ms;

	if (until_ms != TCS_NO_TIME && until_ms > came_ms &&
	    until_ms <= came_ms + LETTER_UNTIL_MAX_MS)
		return until_ms;
	return came_ms + lasts_ms;
}

/* ---- texts ---- */

static void
letter_files(const struct letter *l, struct tcs_buf *buf)
{
	const struct tcs_message *mail = &l->mail;

	if (mail->files_n == 0)
		return;
	tcs_buf_str(buf, "\nPièces jointes, non ouvertes : ");
	for (size_t i = 0; i < mail->files_n; i++) {
		const struct tcs_message_file *file = &mail->files[i];
		tcs_buf_printf(buf, "%s%.100s (%zu ko)", i == 0 ? "" : ", ",
		    file->name[0] == '\0' ? "sans nom" : file->name,
		    (file->content.n + 999) / 1000);
	}
	tcs_buf_str(buf, ".\n");
}

static void
letter_faults(const struct letter *l, struct tcs_buf *buf)
{
	static const struct {
		unsigned fault;
		const char *text;
	} texts[] = {
	    {TCS_MESSAGE_IS_OPEN,
	        "Courriel mal formé : il finit au milieu d'une partie."},
	    {TCS_MESSAGE_IS_HUGE,
	        "Courriel démesuré : seul son en-tête a été lu."},
	    {TCS_MESSAGE_IS_DEEP,
	        "Courriel mal formé : des parties sont trop imbriquées."},
	    {TCS_MESSAGE_IS_LONG, "Texte abrégé : la suite est dans le "
	                          "courriel."},
	    {TCS_MESSAGE_FILES_LEFT,
	        "Des pièces jointes, trop grosses ou trop nombreuses, sont "
	        "restées dans la boîte."},
	    {TCS_MESSAGE_IS_SEALED,
	        "Courriel chiffré ou scellé : à lire dans la messagerie."},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if ((l->mail.faults & texts[i].fault) != 0)
			tcs_buf_printf(buf, "\n%s\n", texts[i].text);
	}
	if (l->is_unread)
		tcs_buf_str(buf, "\nLe serveur de messagerie ne peut pas "
		                 "rendre ce courriel : à lire dans la "
		                 "messagerie.\n");
	else if (l->is_cut)
		tcs_buf_str(buf, "\nCourriel trop gros : seul son en-tête a "
		                 "été lu.\n");
	if (l->is_recognised && l->said.unplaced != NULL)
		tcs_buf_printf(buf, "\nCommunes non identifiées : %.500s.\n",
		    l->said.unplaced);
}

/* The body as far as there is room for what must be said of it. */
static void
letter_text(struct letter *l)
{
	struct tcs_slice body = tcs_slice_trim(tcs_slice_str(l->mail.text));
	bool is_long = body.n > LETTER_BODY_MAX;

	tcs_buf_init(&l->auth, LETTER_AUTH_MAX);
	bool is_doubtful =
	    tcs_auth_read(&l->mail, l->mailbox->authserv, &l->auth);
	if (is_doubtful)
		tcs_buf_printf(&l->text,
		    "Attention : expéditeur non authentifié (%s).\n\n",
		    l->auth.err == TCS_OK ? l->auth.p : "échec");
	/* Whose word it is, before what they say. */
	tcs_buf_str(&l->text, "De : ");
	tcs_buf_str(&l->text, l->mail.from == NULL || l->mail.from[0] == '\0'
	                          ? "(sans expéditeur)"
	                          : l->mail.from);
	tcs_buf_str(&l->text, "\n\n");
	if (is_long) {
		l->mail.faults |= TCS_MESSAGE_IS_LONG;
		body.n = LETTER_BODY_MAX;
		while (body.n > 0 &&
		       ((unsigned char)body.p[body.n] & 0xc0) == 0x80)
			body.n--;
	}
	tcs_buf_slice(&l->text, body);
	if (body.n == 0)
		tcs_buf_str(&l->text, "(courriel sans texte)");
	tcs_buf_char(&l->text, '\n');
	letter_files(l, &l->text);
	letter_faults(l, &l->text);
}

/* The place, some communes, or what kind of mail it is. */
static void
letter_name(struct letter *l)
{
	const struct tcs_recognised *said = &l->said;
	size_t named = 0;

	if (!l->is_recognised) {
		tcs_buf_str(&l->name, "courriel non reconnu");
		return;
	}
	if (said->place != NULL) {
		tcs_buf_printf(&l->name, "%.*s", LETTER_NAME_MAX, said->place);
		return;
	}
	for (size_t i = 0; i < said->communes_n && named < LETTER_NAMES; i++) {
		const char *name = said->names[i][0] == '\0' ? said->communes[i]
		                                             : said->names[i];
		tcs_buf_printf(&l->name, "%s%s", named == 0 ? "" : ", ", name);
		named++;
	}
	if (named > 0 && said->communes_n > named)
		tcs_buf_printf(&l->name, " et %zu autre%s",
		    said->communes_n - named,
		    said->communes_n - named > 1 ? "s" : "");
	if (named == 0)
		tcs_buf_str(&l->name, said->title);
}

static void
letter_param(struct letter *l, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		l->params[l->params_n++] = (struct tcs_pair){name, value};
}

static void
letter_params(struct letter *l)
{
	letter_param(l, "tocsin:mail-from", l->mail.from);
	letter_param(l, "tocsin:mail-id", l->mail.id);
	letter_param(
	    l, "tocsin:mail-auth", l->auth.err == TCS_OK ? l->auth.p : NULL);
	if (l->is_recognised) {
		letter_param(l, "tocsin:mail-recogniser", l->said.name);
		letter_param(l, "tocsin:mail-unplaced", l->said.unplaced);
	}
}

/* ---- the reading ---- */

static const char *const *
letter_departements(const struct letter *l)
{
	return l->is_recognised && l->said.departements_n > 0
	           ? l->said.departements
	           : l->mailbox->codes;
}

/* The subject of a mail that is understood may be no more than "APIC". */
static const char *
letter_headline(const struct letter *l)
{
	const struct tcs_recognised *said = &l->said;

	if (!l->is_recognised || said->event == NULL ||
	    tcs_level_rank(said->level) == 0)
		return l->mail.subject[0] == '\0' ? "(sans objet)"
		                                  : l->mail.subject;
	const char *words = tcs_level_words(said->level);
	return tcs_arena_printf(l->arena, "%s, %s%s : %s", said->event,
	    words == said->level ? "niveau " : "", words, l->name.p);
}

static enum tcs_err
letter_emit(struct letter *l, struct tcs_reading_sink *out)
{
	const struct tcs_recognised *said = &l->said;
	const struct tcs_message *mail = &l->mail;
	struct tcs_reading_file files[TCS_MESSAGE_FILES_MAX];
	struct tcs_pair *geocodes = tcs_arena_alloc(
	    l->arena, (TCS_RECOGNISED_COMMUNES_MAX + 1) * sizeof(*geocodes));
	bool is_known = l->is_recognised;

	if (geocodes == NULL)
		return TCS_ENOMEM;
	for (size_t i = 0; is_known && i < said->communes_n; i++)
		geocodes[i] = (struct tcs_pair){"INSEE", said->communes[i]};
	for (size_t i = 0; i < mail->files_n; i++)
		files[i] = (struct tcs_reading_file){
		    .name = mail->files[i].name[0] == '\0'
		                ? NULL
		                : mail->files[i].name,
		    .type = mail->files[i].type,
		    .content = mail->files[i].content};
	const struct tcs_reading reading = {.kind = TCS_READING_ITEM,
	    .zone = l->zone,
	    .zone_name = l->name.p,
	    .phenomenon = is_known ? said->phenomenon : "courriel",
	    .level = is_known ? said->level : "none",
	    .headline = letter_headline(l),
	    .text = l->text.p,
	    .departements = letter_departements(l),
	    .is_national = letter_departements(l)[0] == NULL,
	    .issued_ms = letter_issued(l),
	    .onset_ms =
	        is_known && said->onset_ms != TCS_NO_TIME ? said->onset_ms : 0,
	    .expires_ms = letter_expires(l),
	    .category = is_known ? said->category : NULL,
	    .event = is_known && said->event != NULL ? said->event : "Courriel",
	    .params = l->params,
	    .params_n = l->params_n,
	    .geocodes = geocodes,
	    .geocodes_n = is_known ? said->communes_n : 0,
	    .files = files,
	    .files_n = mail->files_n};
	return out->emit(out->arg, &reading);
}

/* A mail of nobody that we listen to: counted, and its address noted. */
static void
letter_foreign(const struct letter *l, struct tcs_mailbox_tally *tally)
{
	tally->foreign++;
	if (tally->foreign <= LETTER_NAMES)
		tcs_buf_printf(&tally->senders, "%s%.60s",
		    tally->senders.n == 0 ? "" : ", ",
		    l->mail.sender[0] == '\0' ? "sans adresse"
		                              : l->mail.sender);
}

static enum tcs_err
letter_take(struct letter *l, struct tcs_mailbox_tally *tally,
    struct tcs_reading_sink *out)
{
	enum tcs_match answer = tcs_recognise(
	    l->mailbox->recognisers, &l->mail, l->arena, &l->said);

	l->is_recognised = answer == TCS_YES;
	tally->taken++;
	tally->unanswered += answer == TCS_UNKNOWN ? 1 : 0;
	tally->broken +=
	    (l->mail.faults & (TCS_MESSAGE_IS_OPEN | TCS_MESSAGE_IS_HUGE |
	                          TCS_MESSAGE_IS_DEEP)) != 0
	        ? 1
	        : 0;
	letter_zone(l);
	letter_text(l);
	letter_name(l);
	letter_params(l);
	if (l->text.err != TCS_OK || l->name.err != TCS_OK)
		return l->text.err != TCS_OK ? l->text.err : l->name.err;
	return letter_emit(l, out);
}

enum tcs_err
tcs_mailbox_letter(const struct tcs_mailbox *mailbox,
    const struct tcs_fetch *fetch, struct tcs_mailbox_tally *tally,
    struct tcs_reading_sink *out, bool *ret_is_cut, struct tcs_diag *diag)
{
	struct letter l = {.mailbox = mailbox,
	    .fetch = fetch,
	    .arena = tcs_arena_new(LETTER_ARENA_MAX)};

	if (l.arena == NULL)
		return TCS_ENOMEM;
	tcs_buf_init(&l.text, LETTER_TEXT_MAX);
	tcs_buf_init(&l.name, LETTER_TEXT_MAX);
	letter_notes(&l);
	enum tcs_err err =
	    tcs_message_read(fetch->body, l.arena, &l.mail, ret_is_cut, diag);
	if (err == TCS_EPARSE) {
		tally->unreadable++;
		err = TCS_OK;
	} else if (err == TCS_OK && !letter_is_allowed(&l)) {
		letter_foreign(&l, tally);
	} else if (err == TCS_OK) {
		err = letter_take(&l, tally, out);
	}
	tcs_buf_fini(&l.text);
	tcs_buf_fini(&l.name);
	tcs_buf_fini(&l.auth);
	tcs_arena_free(&l.arena);
	return err;
}
