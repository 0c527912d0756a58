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

enum tcs_err
tcs_mf_ask(const char *base, const char *path, struct tcs_ask ask,
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
	enum tcs_err err = tcs_mf_ask(base, "/cartevigilance/encours",
	    (struct tcs_ask){.tag = "carte"}, out);
	if (err == TCS_OK && mf->has_texts)
		err = tcs_mf_ask(base, "/textesvigilance/encours",
		    (struct tcs_ask){.tag = "textes",
		        .accepts_404 = true,
		        .is_optional = true},
		    out);
	return err;
}

/* ---- reading a poll ---- */

static const char *
meteofrance_lack(const struct mf_poll *p)
{
	if (p->has_none)
		return "no bulletin is in force (no matching blob)";
	return p->has_index ? "the archive's index alone, without any product"
	                    : "no product of the vigilance";
}

static enum tcs_err
meteofrance_check(const struct mf_poll *p, enum tcs_refusal *ret_refusal,
    struct tcs_diag *diag)
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
meteofrance_document(const struct mf_poll *p, struct tcs_document *document)
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
meteofrance_is_huge(const struct mf_poll *p)
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
	struct mf_poll p = {.arena = tcs_arena_new(MF_ARENA_MAX)};
	enum tcs_err err = p.arena == NULL ? TCS_ENOMEM : TCS_OK;

	p.map = (struct mf_map){.arena = p.arena, .issued_ms = TCS_NO_TIME};
	p.texts = (struct mf_texts){.arena = p.arena, .issued_ms = TCS_NO_TIME};
	if (err == TCS_OK)
		err = tcs_mf_bodies(&p, answers);
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
    .has_seasons = true,
    .ask = meteofrance_ask,
    .parse = meteofrance_parse,
};
