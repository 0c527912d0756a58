/* meteofrance.c - Météo-France's vigilance: the map, the bulletins, and where
 * both are had when the API is away.
 *
 * A product replaces the one before wholly; nothing in it says that an alert is
 * the one of yesterday, and there is no cancellation. So a state here is one
 * phenomenon in one domain, and J and J1 are one future: its level is the
 * gravest colour of all hours that are still ahead when the product is issued,
 * whichever period they are in, `onset` is when it is first reached, and the
 * text says the colours in their order. An orange that is announced for
 * tomorrow is an event from that moment on, with its beginning in the headline;
 * when tomorrow has come it is the same one. An orange whose hours are past is
 * not in the product any more: the level is then what is ahead, as the source
 * says it, and nothing claims that anything was lifted. Hours are named by day
 * and hour, never "today", and what has begun has no beginning: so the text is
 * the same from product to product as long as the source means the same.
 *
 * Between midnight and six a quiet night has no new product: the one that is
 * there speaks by its J1, and holds until that ends (`expires`). Past the end
 * of all its periods a product is no fresh data, whatever its colours.
 *
 * Floods have no hours, only a colour a period. Coasts are domains of their
 * own, with vagues-submersion alone, and bring no other state to their
 * département; bulletins know none, so the département's text on waves is
 * theirs. What is absent (canicule in winter) is not read at all: it is not
 * green. France (FRA) is the maximum of its parts and no state; zones de
 * défense and Andorre have texts only.
 *
 * Bulletins join the states that they are about. Items of their own are: what
 * is announced as possible ("aggravation": the step before a change of colour),
 * the bulletins that are of no state (national, of a zone de défense, of a
 * département without one), and the comment of the map.
 *
 * A reading of the map needs the map; bulletins are optional, 404 is none. */
#include <string.h>

#include "collectors/feeds/meteofrance/mf.h"
#include "core/clock.h"
#include "core/html.h"

enum {
	METEOFRANCE_URL_MAX = 2000,
	METEOFRANCE_MORNING = 6 * 60, /* nominal issues, minutes, Paris */
	METEOFRANCE_EVENING = 16 * 60,
};

/* A product is issued seconds after its hour; one that is this little before
 * stands for it. */
#define METEOFRANCE_EARLY_MS TCS_MINUTES(10)
#define METEOFRANCE_API                                                        \
	"https://public-api.meteofrance.fr/public/DPVigilance/v1"
#define METEOFRANCE_ARCHIVE                                                    \
	"https://files.data.gouv.fr/meteofrance/data/vigilance"

/* One that no map will ever have is followed in vain. */
static const char *
meteofrance_check_domain(const char *text)
{
	struct mf_place place = tcs_mf_place(text, NULL);

	return place.kind == TCS_DOMAIN_UNKNOWN && place.word == NULL
	           ? "not a domain: a département (62), a coast (6210), FRA or "
	             "a zone de défense (ZDF_NORD)"
	           : NULL;
}

static const struct tcs_option meteofrance_options[] = {
    TCS_OPT_URL("archive", struct mf, archive, METEOFRANCE_ARCHIVE,
        "keyless archive that is read when the API does not answer"),
    {.name = "domaines",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct mf, domains),
        .help = "domains that are followed (62 brings its coast 6210 along; "
                "FRA and ZDF_NORD have texts); default: all",
        .example = "{\"62\", \"59\"}",
        .check = meteofrance_check_domain},
    TCS_OPT_BOOL("textes", struct mf, has_texts, "yes",
        "whether the bulletins are fetched beside the map"),
    TCS_OPT_END,
};

/* ---- what to ask ---- */

static enum tcs_err
meteofrance_request(const char *base, const char *path, struct tcs_ask ask,
    struct tcs_ask_sink *out)
{
	struct tcs_buf url;
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/')
		n--;
	tcs_buf_init(&url, METEOFRANCE_URL_MAX);
	tcs_buf_append(&url, base, n);
	tcs_buf_str(&url, path);
	ask.url = url.p;
	enum tcs_err err =
	    url.err == TCS_OK ? out->ask(out->arg, &ask) : url.err;
	tcs_buf_fini(&url);
	return err;
}

static enum tcs_err
meteofrance_ask(void *st, const struct tcs_asking *asking,
    struct tcs_ask_sink *out, struct tcs_diag *diag)
{
	const struct mf *mf = st;

	if (asking->is_fallback)
		return tcs_mf_archive_ask(mf, asking, out, diag);
	if (asking->got.n > 0)
		return TCS_OK;
	const char *base = asking->url == NULL ? METEOFRANCE_API : asking->url;
	enum tcs_err err = meteofrance_request(base, "/cartevigilance/encours",
	    (struct tcs_ask){.tag = "carte"}, out);
	if (err == TCS_OK && mf->has_texts)
		err = meteofrance_request(base, "/textesvigilance/encours",
		    (struct tcs_ask){.tag = "textes",
		        .accepts_404 = true,
		        .is_optional = true},
		    out);
	return err;
}

/* ---- what a body is ---- */

/* One poll under way of being read. */
struct meteofrance_poll {
	struct tcs_arena *arena;
	struct mf_map map;     /* issued_ms TCS_NO_TIME: none yet */
	struct mf_texts texts; /* likewise */
	bool has_none;         /* "no matching blob": no bulletin */
	bool has_index;
	bool is_full; /* a map or bulletins had more than there may be */
	/* The first body that was refused. */
	struct tcs_diag why;
	enum tcs_refusal refusal;
};

static bool
meteofrance_has(struct tcs_slice body, const char *text)
{
	return body.n > 0 && memmem(body.p, body.n, text, strlen(text)) != NULL;
}

/* A code or a text, of an error's own object or of the one that wraps it. */
static const char *
meteofrance_member(
    struct tcs_arena *arena, json_t *root, const char *const *names)
{
	static const char *const wraps[] = {"fault", "error", "Fault"};

	for (size_t i = 0; names[i] != NULL; i++) {
		const char *text =
		    tcs_mf_text(arena, json_object_get(root, names[i]));
		for (size_t k = 0; text == NULL && k < 3; k++)
			text = tcs_mf_text(arena,
			    json_object_get(
			        json_object_get(root, wraps[k]), names[i]));
		if (text != NULL)
			return text;
	}
	return NULL;
}

/* {"code":"900901","message":…}, {"fault":{…}}, {"error":…}: never data. */
static enum tcs_err
meteofrance_error(
    struct tcs_arena *arena, json_t *root, const struct mf_refusal *refusal)
{
	static const char *const codes[] = {
	    "code", "errorCode", "error_code", "status", NULL};
	static const char *const texts[] = {"message", "description",
	    "faultstring", "error_description", "detail", "error", "title",
	    NULL};
	const char *code = meteofrance_member(arena, root, codes);
	const char *text = meteofrance_member(arena, root, texts);

	if (code == NULL && text == NULL)
		return tcs_mf_refuse(refusal, TCS_REFUSAL_RESHAPED,
		    "neither \"periods\" nor \"text_bloc_items\": no product "
		    "of the vigilance");
	return tcs_mf_refuse(refusal, TCS_REFUSAL_ERROR,
	    "the service answers an error, code %.40s: %.200s",
	    code == NULL ? "unknown" : code, text == NULL ? "no text" : text);
}

/* Domains of which each has its own answer, as one map. */
static bool
meteofrance_join(struct mf_map *to, const struct mf_map *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct mf_item *item = tcs_mf_map_add(to);
		if (item == NULL)
			return false;
		size_t order = item->order;
		*item = from->items[i];
		item->order = order;
	}
	if (from->issued_ms > to->issued_ms)
		to->issued_ms = from->issued_ms;
	if (from->expires_ms > to->expires_ms)
		to->expires_ms = from->expires_ms;
	to->skipped += from->skipped;
	return true;
}

/* Of several maps of one poll the newest is read. Takes `map`. */
static enum tcs_err
meteofrance_take(struct meteofrance_poll *p, struct mf_map *map)
{
	enum tcs_err err = TCS_OK;

	if (map->is_partial && p->map.is_partial) {
		err = meteofrance_join(&p->map, map) ? TCS_OK : TCS_ENOMEM;
	} else if (map->issued_ms > p->map.issued_ms) {
		struct mf_map older = p->map;
		p->map = *map;
		*map = older;
	}
	tcs_mf_map_fini(map);
	return err;
}

static enum tcs_err
meteofrance_map(struct meteofrance_poll *p, json_t *root, int64_t fetched_ms,
    const struct mf_refusal *refusal)
{
	struct mf_map map = {.arena = p->arena, .issued_ms = TCS_NO_TIME};
	enum tcs_err err =
	    tcs_mf_is_carte(root)
	        ? tcs_mf_carte(root, &map, refusal)
	        : tcs_mf_webservice(root, fetched_ms, &map, refusal);

	if (err == TCS_OK)
		return meteofrance_take(p, &map);
	p->is_full = p->is_full || map.n >= MF_ITEMS_MAX;
	tcs_mf_map_fini(&map);
	return err;
}

static enum tcs_err
meteofrance_texts(
    struct meteofrance_poll *p, json_t *root, const struct mf_refusal *refusal)
{
	struct mf_texts texts = {.arena = p->arena, .issued_ms = TCS_NO_TIME};
	enum tcs_err err = tcs_mf_textes(root, &texts, refusal);

	if (err == TCS_OK && texts.issued_ms > p->texts.issued_ms) {
		tcs_mf_texts_fini(&p->texts);
		p->texts = texts;
	} else {
		tcs_mf_texts_fini(&texts);
	}
	return err;
}

static enum tcs_err
meteofrance_json(struct meteofrance_poll *p, const struct tcs_fetch *fetch,
    const struct mf_refusal *refusal)
{
	struct tcs_diag why = {0};
	bool is_truncated = false;
	json_t *root = NULL;
	enum tcs_err err =
	    tcs_json_parse(fetch->body, &root, &is_truncated, &why);

	if (err == TCS_EPARSE || err == TCS_ELIMIT)
		err = tcs_mf_refuse(refusal,
		    is_truncated ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED,
		    "%s", tcs_diag_text(&why));
	else if (err != TCS_OK)
		;
	else if (tcs_mf_is_carte(root) || tcs_mf_is_webservice(root))
		err = meteofrance_map(p, root, fetch->fetched_ms, refusal);
	else if (tcs_mf_is_textes(root))
		err = meteofrance_texts(p, root, refusal);
	else if (tcs_mf_is_index(root))
		p->has_index = true;
	else
		err = meteofrance_error(p->arena, root, refusal);
	json_decref(root);
	tcs_diag_fini(&why);
	return err;
}

static enum tcs_err
meteofrance_page(struct tcs_slice body, const struct mf_refusal *refusal)
{
	struct tcs_buf text;

	if (body.n > 20000)
		body.n = 20000;
	tcs_buf_init(&text, 100 * 1000);
	tcs_html_text(body, &text);
	enum tcs_err err = tcs_mf_refuse(refusal, TCS_REFUSAL_ERROR,
	    "a web page where data was asked for: %.120s",
	    text.p == NULL ? "no text" : text.p);
	tcs_buf_fini(&text);
	return err;
}

static enum tcs_err
meteofrance_xml(struct meteofrance_poll *p, struct tcs_slice body,
    const struct mf_refusal *refusal)
{
	struct mf_map map = {.arena = p->arena, .issued_ms = TCS_NO_TIME};
	enum tcs_err err = tcs_mf_xml(body, &map, refusal);

	if (err == TCS_OK)
		return meteofrance_take(p, &map);
	p->is_full = p->is_full || map.n >= MF_ITEMS_MAX;
	tcs_mf_map_fini(&map);
	return err;
}

/* What is neither JSON nor XML, or not to be read as such. */
static const char *
meteofrance_known(struct tcs_slice body)
{
	if (body.n == 0)
		return "the body is empty";
	if (body.n > 4 && memcmp(body.p, "PK\3\4", 4) == 0)
		return "a ZIP archive, as of overseas: give its JSON files";
	if (body.p[0] != '{' && body.p[0] != '[' && body.n < 1000 &&
	    meteofrance_has(body, "vigilance.zip"))
		return "a control file: sum and size of vigilance.zip, without "
		       "any vigilance";
	return NULL;
}

static enum tcs_err
meteofrance_body(struct meteofrance_poll *p, const struct tcs_fetch *fetch,
    const struct mf_refusal *refusal)
{
	struct tcs_slice body = tcs_slice_trim(fetch->body);
	struct tcs_fetch plain = *fetch;

	if (body.n >= 3 && memcmp(body.p, "\xef\xbb\xbf", 3) == 0)
		body = tcs_slice_trim(tcs_slice(body.p + 3, body.n - 3));
	if (fetch->status == 404 ||
	    (body.n < 2000 && meteofrance_has(body, "no matching blob"))) {
		p->has_none = true;
		return TCS_OK;
	}
	const char *known = meteofrance_known(body);
	if (known != NULL)
		return tcs_mf_refuse(refusal,
		    body.n == 0 ? TCS_REFUSAL_TRUNCATED : TCS_REFUSAL_RESHAPED,
		    "%s", known);
	plain.body = body;
	if (body.p[0] != '<')
		return meteofrance_json(p, &plain, refusal);
	return tcs_html_is_page(body) ? meteofrance_page(body, refusal)
	                              : meteofrance_xml(p, body, refusal);
}

/* ---- reading a poll ---- */

/* Bodies that make no sense are forgiven when there is a map without them. */
static enum tcs_err
meteofrance_bodies(
    struct meteofrance_poll *p, const struct tcs_answers *answers)
{
	for (size_t i = 0; i < answers->n; i++) {
		struct tcs_diag why = {0};
		enum tcs_refusal kind = TCS_REFUSAL_NONE;
		const struct mf_refusal refusal = {.kind = &kind, .diag = &why};
		enum tcs_err err =
		    meteofrance_body(p, &answers->items[i], &refusal);
		if (err == TCS_EPARSE && p->refusal == TCS_REFUSAL_NONE) {
			p->refusal = kind;
			(void)tcs_diag_add(
			    &p->why, err, NULL, 0, "%s", tcs_diag_text(&why));
		}
		tcs_diag_fini(&why);
		if (err != TCS_OK && err != TCS_EPARSE)
			return err;
	}
	return TCS_OK;
}

static const char *
meteofrance_lack(const struct meteofrance_poll *p)
{
	if (p->has_none)
		return "no bulletin is in force (no matching blob)";
	return p->has_index ? "the archive's index alone, without any product"
	                    : "no product of the vigilance";
}

static enum tcs_err
meteofrance_check(const struct meteofrance_poll *p,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	if (p->map.n > 0)
		return TCS_OK;
	if (p->refusal != TCS_REFUSAL_NONE) {
		*ret_refusal = p->refusal;
		return tcs_diag_add(
		    diag, TCS_EPARSE, NULL, 0, "%s", tcs_diag_text(&p->why));
	}
	if (p->texts.issued_ms != TCS_NO_TIME)
		return TCS_OK;
	*ret_refusal = TCS_REFUSAL_ERROR;
	return tcs_diag_add(
	    diag, TCS_EPARSE, NULL, 0, "%s", meteofrance_lack(p));
}

/* In the observatory's legal time, which is that of Paris in the métropole. */
static int64_t
meteofrance_nominal_after(int64_t ms)
{
	int64_t morning = tcs_time_next_daily(ms, METEOFRANCE_MORNING);
	int64_t evening = tcs_time_next_daily(ms, METEOFRANCE_EVENING);

	return morning < evening ? morning : evening;
}

static int64_t
meteofrance_texts_end(const struct mf_texts *texts)
{
	int64_t end_ms = texts->issued_ms + TCS_HOURS(24);

	for (size_t i = 0; i < texts->n; i++) {
		if (texts->items[i].end_ms > end_ms)
			end_ms = texts->items[i].end_ms;
	}
	return end_ms;
}

static void
meteofrance_document(
    const struct meteofrance_poll *p, struct tcs_document *document)
{
	static const char unread[] =
	    "Les bulletins de suivi n'ont pas pu être lus : la carte est sans "
	    "eux.";
	static const char unfollowed[] =
	    "La carte n'a aucun des domaines qui sont suivis.";
	bool has_map = p->map.n > 0;
	int64_t issued_ms = has_map ? p->map.issued_ms : p->texts.issued_ms;

	*document = (struct tcs_document){.issued_ms = issued_ms,
	    .next_issue_ms =
	        meteofrance_nominal_after(issued_ms + METEOFRANCE_EARLY_MS),
	    .expires_ms =
	        has_map ? p->map.expires_ms : meteofrance_texts_end(&p->texts),
	    .is_complete = has_map && !p->map.is_partial,
	    .skipped = p->map.skipped};
	document->frozen_ms =
	    meteofrance_nominal_after(document->next_issue_ms);
	if (has_map && p->map.emitted == 0)
		memcpy(document->note, unfollowed, sizeof(unfollowed));
	else if (has_map && p->refusal != TCS_REFUSAL_NONE)
		memcpy(document->note, unread, sizeof(unread));
}

/* It is the body that asks for too much, not the machine that has too little.
 */
static bool
meteofrance_is_huge(const struct meteofrance_poll *p)
{
	return p->arena != NULL &&
	       (p->is_full || p->map.n >= MF_ITEMS_MAX ||
	           p->texts.n >= MF_TEXTS_MAX ||
	           tcs_arena_used(p->arena) > MF_ARENA_MAX / 2);
}

static enum tcs_err
meteofrance_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct meteofrance_poll p = {.arena = tcs_arena_new(MF_ARENA_MAX)};
	enum tcs_err err = p.arena == NULL ? TCS_ENOMEM : TCS_OK;

	p.map = (struct mf_map){.arena = p.arena, .issued_ms = TCS_NO_TIME};
	p.texts = (struct mf_texts){.arena = p.arena, .issued_ms = TCS_NO_TIME};
	if (err == TCS_OK)
		err = meteofrance_bodies(&p, answers);
	if (err == TCS_OK)
		err = meteofrance_check(&p, ret_refusal, diag);
	if (err == TCS_OK)
		err = tcs_mf_emit(st, &p.map, &p.texts, out);
	if (err == TCS_OK)
		meteofrance_document(&p, ret_document);
	if (err == TCS_ENOMEM && meteofrance_is_huge(&p)) {
		*ret_refusal = TCS_REFUSAL_RESHAPED;
		err = tcs_diag_add(diag, TCS_EPARSE, NULL, 0,
		    "it says more than any vigilance does: more than %d "
		    "states, or too much text",
		    MF_ITEMS_MAX);
	}
	tcs_mf_map_fini(&p.map);
	tcs_mf_texts_fini(&p.texts);
	tcs_diag_fini(&p.why);
	tcs_arena_free(&p.arena);
	return err;
}

static const char *const meteofrance_stamps[] = {
    "generation_timestamp", "snapshot_id", NULL};

const struct tcs_feed_ops tcs_feed_meteofrance = {
    .name = "meteofrance",
    .about = "weather vigilance by département and coast, with its bulletins "
             "(Météo-France)",
    .source = "meteofrance",
    .source_name = "Météo-France",
    .zone_scheme = "METEOFRANCE",
    .zone_word = "département",
    .url = METEOFRANCE_API,
    .every_ms = TCS_MINUTES(1),
    .late_after_ms = TCS_HOURS(1),
    .state_size = sizeof(struct mf),
    .options = meteofrance_options,
    .stamps = meteofrance_stamps,
    .key_header = "apikey",
    .has_fallback = true,
    .ask = meteofrance_ask,
    .parse = meteofrance_parse,
};
