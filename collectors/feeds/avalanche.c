/* avalanche.c - the avalanche bulletins (BRA) of Météo-France, from its public
 * API DPBRA.
 *
 * The list of massifs first, then one bulletin a massif. The level of a massif
 * is RISQUEMAXI, 1 to 5: its own scale, never a colour of vigilance.
 *
 * Season: a massif without bulletin answers 404, "no matching blob" or a
 * <message>. That is no failure, and says nothing of the risk: the massif is
 * absent, what was said of it stands until its own expiry, and the document
 * bears a note. So the end of the season is one event of the source watch, not
 * one a massif. Out of season no massif has any: the source is fresh, and the
 * document says nothing and expires in a year. */
#include "collectors/feeds/avalanche/avalanche.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/feed.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/html.h"

enum {
	AVALANCHE_XML_MAX = 8 << 20, /* archives carry pictures of 200 kB */
	AVALANCHE_ABSENT_MAX = 4096,
};

#define AVALANCHE_OFF_SEASON_MS TCS_DAYS(366)
#define AVALANCHE_API "https://public-api.meteofrance.fr/public/DPBRA/v1"

static const struct tcs_option avalanche_options[] = {
    TCS_OPT_URL("api", struct avalanche, api, NULL,
        "base of the API, in place of what precedes " AVALANCHE_LIST " in url"),
    {.name = "massifs",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct avalanche, massifs),
        .help = "numbers or names of massifs; none: all of the list",
        .example = "{\"66\", \"Mont-Blanc\"}"},
    {.name = "departements",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct avalanche, departements),
        .help = "only massifs of these départements",
        .example = "{\"65\"}"},
    TCS_OPT_PATH("table", struct avalanche, table_path, NULL,
        "CSV of massifs and their départements, before what the list says; "
        "`tocsin tables show massifs` writes the one that is built in"),
    TCS_OPT_END,
};

static enum tcs_err
avalanche_init(void *st, struct tcs_diag *diag)
{
	struct avalanche *a = st;

	return tcs_zonetable_open(a->table_path, "massifs", &a->table, diag);
}

static void
avalanche_fini(void *st)
{
	struct avalanche *a = st;

	tcs_zonetable_free(&a->table);
}

/* ---- what came ---- */

static enum tcs_err
avalanche_refuse(
    struct avalanche_run *run, enum tcs_refusal refusal, const char *why)
{
	*run->ret_refusal = refusal;
	return tcs_diag_add(run->diag, TCS_EPARSE, NULL, 0, "%s", why);
}

/* "66", by the tag; "" when the body came without. */
static enum tcs_err
avalanche_absent(struct avalanche_run *run, const struct tcs_fetch *fetch)
{
	char code[AVALANCHE_CODE_MAX] = "";

	if (fetch->tag != NULL)
		(void)tcs_avalanche_code(tcs_slice_str(fetch->tag), code);
	run->absent[run->absent_n] =
	    tcs_arena_dup(run->arena, tcs_slice_str(code));
	return run->absent[run->absent_n++] == NULL ? TCS_ENOMEM : TCS_OK;
}

static bool
avalanche_is_absent(const struct tcs_fetch *fetch)
{
	static const char words[] = "no matching blob";
	struct tcs_slice body = fetch->body;

	return fetch->status == 404 ||
	       (body.n <= AVALANCHE_ABSENT_MAX && body.n > 0 &&
	           memmem(body.p, body.n, words, strlen(words)) != NULL);
}

/* {"code": "900901", "message": "Invalid Credentials", "description": …} */
static enum tcs_err
avalanche_error(struct avalanche_run *run, json_t *body)
{
	json_t *code = json_object_get(body, "code");

	*run->ret_refusal = TCS_REFUSAL_ERROR;
	return tcs_diag_add(run->diag, TCS_EPARSE, NULL, 0,
	    "the service answers an error, code %.20s%.0lld: %.100s, %.200s",
	    json_is_string(code) ? json_string_value(code) : "",
	    (long long)json_integer_value(code),
	    tcs_json_str(body, "message", "no text"),
	    tcs_json_str(body, "description", ""));
}

static enum tcs_err
avalanche_json(struct avalanche_run *run, struct tcs_slice text)
{
	bool is_truncated = false;
	json_t *body = NULL;
	enum tcs_err err = tcs_json_parse_without(
	    text, "coordinates", &body, &is_truncated, run->diag);

	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*run->ret_refusal =
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err != TCS_OK)
		return err;
	if (json_object_get(body, "features") == NULL &&
	    json_object_get(body, "message") != NULL)
		err = avalanche_error(run, body);
	else
		err = tcs_avalanche_massifs_read(
		    run->arena, body, &run->massifs, run->diag);
	json_decref(body);
	return err;
}

/* An error of the gateway: <fault><code>…</code><message>…</message>. */
static enum tcs_err
avalanche_fault(struct avalanche_run *run, const struct tcs_xml_node *root)
{
	struct tcs_buf text;

	tcs_buf_init(&text, 300);
	tcs_xml_text(root, &text);
	*run->ret_refusal = TCS_REFUSAL_ERROR;
	(void)tcs_diag_add(run->diag, TCS_EPARSE, NULL, 0,
	    "the service answers an error: %s",
	    text.n == 0 ? "no text" : text.p);
	tcs_buf_fini(&text);
	return TCS_EPARSE;
}

static enum tcs_err
avalanche_message(struct avalanche_run *run, const struct tcs_fetch *fetch,
    const struct tcs_xml_node *root)
{
	struct tcs_buf text;

	tcs_buf_init(&text, AVALANCHE_ABSENT_MAX);
	tcs_xml_text(root, &text);
	run->message =
	    tcs_arena_dup(run->arena, tcs_slice_trim(tcs_buf_view(&text)));
	tcs_buf_fini(&text);
	return avalanche_absent(run, fetch);
}

static enum tcs_err
avalanche_root(struct avalanche_run *run, const struct tcs_fetch *fetch,
    const struct tcs_xml_node *root)
{
	if (strcmp(tcs_xml_name(root), "fault") == 0)
		return avalanche_fault(run, root);
	if (strcmp(tcs_xml_name(root), "message") == 0)
		return avalanche_message(run, fetch, root);
	enum tcs_err err = tcs_avalanche_bulletins_read(
	    run->arena, root, run->bulletins, &run->n);
	if (err == TCS_EPARSE)
		return avalanche_refuse(run, TCS_REFUSAL_RESHAPED,
		    "no element has a CARTOUCHERISQUE: not an avalanche "
		    "bulletin");
	return err == TCS_ELIMIT ? avalanche_refuse(run, TCS_REFUSAL_RESHAPED,
	                               "more than 300 bulletins")
	                         : err;
}

/* It ends before its root does. */
static bool
avalanche_is_cut(struct tcs_slice text)
{
	static const char open[] = "<BULLETINS_NEIGE_AVALANCHE";
	static const char close[] = "</BULLETINS_NEIGE_AVALANCHE>";

	return memmem(text.p, text.n, open, strlen(open)) != NULL &&
	       memmem(text.p, text.n, close, strlen(close)) == NULL;
}

static enum tcs_err
avalanche_xml(struct avalanche_run *run, const struct tcs_fetch *fetch,
    struct tcs_slice text)
{
	struct tcs_xml *xml = NULL;

	if (tcs_html_is_page(text))
		return avalanche_refuse(run, TCS_REFUSAL_ERROR,
		    "a web page in place of a bulletin");
	enum tcs_err err =
	    tcs_xml_parse(text, AVALANCHE_XML_MAX, NULL, &xml, run->diag);
	if (err == TCS_EPARSE || err == TCS_ELIMIT) {
		*run->ret_refusal = avalanche_is_cut(text)
		                        ? TCS_REFUSAL_TRUNCATED
		                        : TCS_REFUSAL_RESHAPED;
		return TCS_EPARSE;
	}
	if (err == TCS_OK)
		err = avalanche_root(run, fetch, tcs_xml_root(xml));
	tcs_xml_free(&xml);
	return err;
}

static enum tcs_err
avalanche_body(struct avalanche_run *run, const struct tcs_fetch *fetch)
{
	struct tcs_slice text = tcs_slice_trim(fetch->body);

	if (tcs_slice_starts(text, "\xef\xbb\xbf"))
		text = tcs_slice_trim(tcs_slice(text.p + 3, text.n - 3));
	if (avalanche_is_absent(fetch))
		return avalanche_absent(run, fetch);
	if (text.n == 0)
		return avalanche_refuse(
		    run, TCS_REFUSAL_TRUNCATED, "an empty body");
	if (text.p[0] == '{' || text.p[0] == '[')
		return avalanche_json(run, text);
	return avalanche_xml(run, fetch, text);
}

/* ---- which bulletins count ---- */

/* The number, or what the list has under the name. */
static bool
avalanche_name(struct avalanche_run *run, struct avalanche_bulletin *b)
{
	const struct avalanche_massif *known = tcs_avalanche_massif_find(
	    &run->massifs, b->code[0] != '\0' ? b->code : b->massif);

	if (b->code[0] == '\0' && known != NULL)
		memcpy(b->code, known->code, sizeof(b->code));
	if (b->massif[0] == '\0')
		b->massif = known != NULL ? known->title : b->code;
	return b->code[0] != '\0';
}

/* The one that counts of two of one massif: the later issue, the amended. */
static bool
avalanche_is_newer(
    const struct avalanche_bulletin *a, const struct avalanche_bulletin *b)
{
	int64_t a_ms = a->issued.is_set ? a->issued.early_ms : 0;
	int64_t b_ms = b->issued.is_set ? b->issued.early_ms : 0;

	return a_ms != b_ms ? a_ms > b_ms : a->is_amended && !b->is_amended;
}

/* Bulletins without number or any time are counted and left out; of each
 * massif the newest stays. */
static enum tcs_err
avalanche_select(struct avalanche_run *run)
{
	size_t kept = 0, n = run->n;

	for (size_t i = 0; i < n; i++) {
		struct avalanche_bulletin *b = &run->bulletins[i];
		size_t k = 0;
		if (!avalanche_name(run, b) ||
		    (!b->issued.is_set && !b->valid_until.is_set)) {
			run->skipped++;
			continue;
		}
		while (k < kept && strcmp(run->bulletins[k].code, b->code) != 0)
			k++;
		if (k == kept || avalanche_is_newer(b, &run->bulletins[k]))
			run->bulletins[k] = *b;
		kept += k == kept;
	}
	run->n = kept;
	return n > 0 && kept == 0
	           ? avalanche_refuse(run, TCS_REFUSAL_RESHAPED,
	                 "no bulletin has a number (ID) and a time "
	                 "(DATEBULLETIN, DATEVALIDITE)")
	           : TCS_OK;
}

/* ---- the note ---- */

static void
avalanche_note_absent(const struct avalanche_run *run, struct tcs_buf *note)
{
	if (run->absent_n == 0)
		return;
	if (run->n == 0 && run->message == NULL) {
		tcs_buf_printf(note,
		    "Aucun bulletin d'avalanche n'est publié (hors saison).");
		return;
	}
	tcs_buf_printf(note, "Sans bulletin d'avalanche : %zu massif%s",
	    run->absent_n, run->absent_n > 1 ? "s" : "");
	for (size_t i = 0; i < run->absent_n && note->n < 120; i++) {
		const struct avalanche_massif *massif =
		    tcs_avalanche_massif_find(&run->massifs, run->absent[i]);
		if (massif != NULL || run->absent[i][0] != '\0')
			tcs_buf_printf(note, "%s%.24s", i == 0 ? " : " : ", ",
			    massif != NULL ? massif->title : run->absent[i]);
	}
	tcs_buf_str(note, " (hors saison, ou non publié).");
}

static bool
avalanche_has_chosen(const struct avalanche_run *run)
{
	for (size_t i = 0; i < run->massifs.n; i++) {
		if (tcs_avalanche_massif_is_chosen(&run->massifs.items[i],
		        &run->st->massifs, &run->st->departements))
			return true;
	}
	return run->massifs.n == 0;
}

/* Massifs that the configuration names and the list has not. */
static void
avalanche_note_unknown(const struct avalanche_run *run, struct tcs_buf *note)
{
	const struct tcs_strings *chosen = &run->st->massifs;

	if (!avalanche_has_chosen(run))
		tcs_buf_str(note, "Aucun massif de la liste de Météo-France ne "
		                  "répond au choix de la configuration.");
	for (size_t i = 0; run->massifs.n > 0 && i < chosen->n; i++) {
		if (tcs_avalanche_massif_find(
		        &run->massifs, chosen->items[i]) == NULL) {
			tcs_buf_printf(note,
			    "%sLe massif « %.40s » de la configuration n'est "
			    "pas dans la liste de Météo-France.",
			    note->n == 0 ? "" : " ", chosen->items[i]);
			return;
		}
	}
}

static enum tcs_err
avalanche_note(const struct avalanche_run *run, struct tcs_document *document)
{
	struct tcs_buf note;
	struct tcs_slice s;

	tcs_buf_init(&note, AVALANCHE_ABSENT_MAX);
	avalanche_note_unknown(run, &note);
	if (run->stale > 0)
		tcs_buf_printf(&note,
		    "%s%zu bulletin%s dont la validité est passée.",
		    note.n == 0 ? "" : " ", run->stale,
		    run->stale > 1 ? "s" : "");
	if (note.n > 0 && run->absent_n > 0)
		tcs_buf_char(&note, ' ');
	avalanche_note_absent(run, &note);
	s = tcs_buf_view(&note);
	if (s.n >= sizeof(document->note)) {
		s.n = sizeof(document->note) - 1;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;
	}
	if (s.n > 0)
		memcpy(document->note, s.p, s.n);
	document->note[s.n] = '\0';
	enum tcs_err err = note.err;
	tcs_buf_fini(&note);
	return err;
}

/* ---- a poll ---- */

static enum tcs_err
avalanche_read(struct avalanche_run *run, struct tcs_document *ret_document,
    struct tcs_reading_sink *out)
{
	struct tcs_document document = {
	    .issued_ms = TCS_NO_TIME,
	    .next_issue_ms = TCS_NO_TIME,
	    .expires_ms = TCS_NO_TIME,
	    .frozen_ms = TCS_NO_TIME,
	};
	enum tcs_err err = TCS_OK;

	if (run->answers->n > AVALANCHE_BODIES_MAX)
		return avalanche_refuse(
		    run, TCS_REFUSAL_RESHAPED, "more bodies than are asked");
	for (size_t i = 0; err == TCS_OK && i < run->answers->n; i++)
		err = avalanche_body(run, &run->answers->items[i]);
	if (err == TCS_OK)
		err = avalanche_select(run);
	if (err == TCS_OK)
		err = tcs_avalanche_readings(run, &document, out);
	if (err == TCS_OK)
		err = avalanche_note(run, &document);
	if (err != TCS_OK)
		return err;
	document.skipped = run->skipped;
	if (document.next_issue_ms != TCS_NO_TIME)
		document.frozen_ms =
		    tcs_time_next_daily(document.next_issue_ms, AVALANCHE_HOUR);
	if (document.expires_ms == TCS_NO_TIME)
		document.expires_ms =
		    run->answers->items[0].fetched_ms + AVALANCHE_OFF_SEASON_MS;
	*ret_document = document;
	return TCS_OK;
}

static enum tcs_err
avalanche_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct avalanche_run *run = calloc(1, sizeof(*run));
	enum tcs_err err = TCS_ENOMEM;

	if (run == NULL)
		return err;
	run->st = st;
	run->answers = answers;
	run->ret_refusal = ret_refusal;
	run->diag = diag;
	run->arena = tcs_arena_new(AVALANCHE_ARENA_MAX);
	if (run->arena != NULL)
		err = avalanche_read(run, ret_document, out);
	tcs_arena_free(&run->arena);
	free(run);
	return err;
}

const struct tcs_feed_ops tcs_feed_avalanche = {
    .name = "avalanche",
    .about = "avalanche bulletins by massif (Météo-France, DPBRA)",
    .source = "bra",
    .source_name = "Météo-France (BRA)",
    .zone_scheme = "METEOFRANCE:MASSIF",
    .zone_word = "massif",
    .url = AVALANCHE_API AVALANCHE_LIST,
    .every_ms = TCS_MINUTES(15),
    .late_after_ms = TCS_HOURS(3),
    .state_size = sizeof(struct avalanche),
    .options = avalanche_options,
    .key_header = "apikey",
    .init = avalanche_init,
    .ask = tcs_avalanche_ask,
    .parse = avalanche_parse,
    .fini = avalanche_fini,
};
