#include "collectors/report/signal.h"

#include <string.h>

#include "collectors/feed.h"
#include "core/arena.h"
#include "core/digest.h"
#include "core/level.h"

enum {
	SIGNAL_HEADLINE_WHAT = 240, /* bytes of what is seen in one line */
	SIGNAL_TEXT_MAX = 16 * 1024,
	SIGNAL_INCIDENTS_MAX = TCS_REPORT_LINKS_MAX * TCS_ID_MAX,
};

static const char signal_driver[] = "report";

/* The configuration */

bool
tcs_report_is_driver(const char *driver)
{
	return strcmp(driver, signal_driver) == 0;
}

static enum tcs_err
signal_check_feed(const struct tcs_conf *conf, const struct tcs_conf_feed *feed,
    struct tcs_diag *diag)
{
	const struct {
		const char *key;
		bool is_given;
	} keys[] = {{"url", feed->url != NULL}, {"every", feed->every_ms != 0},
	    {"proxy", feed->proxy != NULL}, {"ca_file", feed->ca_file != NULL},
	    {"key_file", feed->key_file != NULL},
	    {"token_url", feed->token_url != NULL},
	    {"client_file", feed->client_file != NULL}};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].is_given)
			return tcs_diag_add(diag, TCS_ECONFIG, conf->path,
			    feed->line,
			    "feed %s: %s means nothing to the driver report, "
			    "which asks no server: it reads what `tocsin "
			    "report` writes; leave %s away",
			    feed->name, keys[i].key, keys[i].key);
	}
	return TCS_OK;
}

const struct tcs_conf_feed *
tcs_report_feed(const struct tcs_conf *conf, struct tcs_diag *diag)
{
	const struct tcs_conf_feed *found = NULL;

	for (size_t i = 0; i < conf->feeds_n; i++) {
		const struct tcs_conf_feed *feed = &conf->feeds[i];
		if (!tcs_report_is_driver(feed->driver))
			continue;
		if (found != NULL) {
			(void)tcs_diag_add(diag, TCS_ECONFIG, conf->path,
			    feed->line,
			    "feed %s: %s reads the reports already; write one "
			    "feed with driver = \"report\"",
			    feed->name, found->name);
			return NULL;
		}
		found = feed;
	}
	if (found == NULL)
		(void)tcs_diag_add(diag, TCS_ECONFIG, conf->path, 0,
		    "no feed reads reports from the field; write: feed terrain "
		    "{ driver = \"report\" }");
	else if (signal_check_feed(conf, found, diag) != TCS_OK)
		found = NULL;
	return found;
}

struct tcs_origin
tcs_report_origin(const struct tcs_conf *conf, const struct tcs_conf_feed *feed,
    const char *status)
{
	const struct tcs_feed_ops *ops = tcs_feed_find(signal_driver);

	tcs_assert(ops != NULL);
	return (struct tcs_origin){.observatory = conf->observatory.name,
	    .sender = conf->observatory.sender,
	    .status = status,
	    .feed = feed->name,
	    .source = feed->source != NULL ? feed->source : ops->source,
	    .source_name = feed->source_name != NULL ? feed->source_name
	                                             : ops->source_name,
	    .ops = ops};
}

enum tcs_err
tcs_report_check_place(
    const struct tcs_conf *conf, const char *departement, struct tcs_diag *diag)
{
	const struct tcs_strings *ours = &conf->observatory.departements;

	for (size_t i = 0; i < ours->n; i++) {
		if (strcmp(ours->items[i], departement) == 0)
			return TCS_OK;
	}
	return tcs_diag_add(diag, TCS_EINVAL, NULL, 0,
	    "département %s is not watched here: call its own préfecture; or "
	    "report the place with one of observatory { departements }",
	    departement);
}

/* Texts; all live in the arena, NULL when out of memory. */

/* "gendarmerie d'Arques" begins a sentence: its first letter is a capital. */
static const char *
signal_capital(struct tcs_arena *arena, const char *text)
{
	char *copy = tcs_arena_dup(arena, tcs_slice_str(text));
	unsigned char *p = (unsigned char *)copy;

	if (p == NULL)
		return NULL;
	if (p[0] >= 'a' && p[0] <= 'z')
		p[0] = (unsigned char)(p[0] - 'a' + 'A');
	else if (p[0] == 0xc3 && p[1] >= 0xa0 && p[1] <= 0xbe && p[1] != 0xb7)
		p[1] = (unsigned char)(p[1] - 0x20); /* é is É */
	return copy;
}

/* "Arques", "commune 62040", or the place as it was said. */
static const char *
signal_zone_name(struct tcs_arena *arena, const struct tcs_report *said)
{
	if (said->commune == NULL)
		return tcs_arena_dup(arena, tcs_slice_str(said->place));
	if (said->commune_name != NULL)
		return tcs_arena_dup(arena, tcs_slice_str(said->commune_name));
	return tcs_arena_printf(arena, "commune %s", said->commune);
}

/* The first line, cut between characters. */
static struct tcs_slice
signal_first_line(const char *text)
{
	struct tcs_slice rest;
	struct tcs_slice line = tcs_slice_trim(
	    tcs_slice_cut(tcs_slice_trim(tcs_slice_str(text)), '\n', &rest));

	if (line.n > SIGNAL_HEADLINE_WHAT) {
		line.n = SIGNAL_HEADLINE_WHAT;
		while (line.n > 0 &&
		       ((unsigned char)line.p[line.n] & 0xc0) == 0x80)
			line.n--;
	}
	return line;
}

/* "Terrain, Arques : route coupée par l'eau" */
static const char *
signal_headline(struct tcs_arena *arena, const struct tcs_origin *origin,
    const struct tcs_report_says *says, const char *zone_name)
{
	static const char *const words[] = {[TCS_REPORT_NEW] = "",
	    [TCS_REPORT_CORRECT] = "correction, ",
	    [TCS_REPORT_END] = "terminé, "};
	const struct tcs_report *said = &says->entry->said;
	struct tcs_slice what = signal_first_line(said->what);
	bool has_place = said->commune != NULL && said->place != NULL;

	return tcs_arena_printf(arena, "%s, %s%s%s : %s%.*s",
	    origin->source_name, zone_name, has_place ? ", " : "",
	    has_place ? said->place : "", words[says->kind],
	    TCS_SLICE_ARG(what));
}

static void
signal_append_certainty(struct tcs_buf *buf, const struct tcs_report *said)
{
	static const struct {
		const char *word, *french;
	} words[] = {{"likely", "probable"}, {"possible", "possible"},
	    {"unlikely", "peu probable"}, {"unknown", "inconnue"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(said->certainty, words[i].word) == 0)
			tcs_buf_printf(
			    buf, "\nCertitude : %s.", words[i].french);
	}
}

static void
signal_append_times(struct tcs_buf *buf, const struct tcs_report_says *says,
    const char *source_name)
{
	static const char *const words[] = {[TCS_REPORT_CORRECT] = "Corrigé",
	    [TCS_REPORT_END] = "Fin signalée"};
	const struct tcs_report_entry *entry = says->entry;
	char fact[TCS_TIME_TEXT], first[TCS_TIME_TEXT], at[TCS_TIME_TEXT];

	tcs_buf_printf(buf, "\nFait : %s. Signalé : %s, par %s (saisi par %s).",
	    tcs_time_french(entry->said.fact_ms, fact),
	    tcs_time_french(entry->first_ms, first), source_name,
	    entry->said.typed_by);
	if (says->kind != TCS_REPORT_NEW)
		tcs_buf_printf(buf, "\n%s : %s (saisi par %s).",
		    words[says->kind],
		    tcs_time_french(entry->said.reported_ms, at),
		    says->typed_by);
}

static const char *
signal_description(struct tcs_arena *arena, const struct tcs_report_says *says,
    const char *zone_name, const char *source_name)
{
	const struct tcs_report *said = &says->entry->said;
	const char *text = NULL;
	struct tcs_buf buf;

	tcs_buf_init(&buf, SIGNAL_TEXT_MAX);
	tcs_buf_slice(&buf, tcs_slice_trim(tcs_slice_str(said->what)));
	tcs_buf_printf(&buf, "\nLieu : %s", zone_name);
	if (said->commune != NULL && said->commune_name != NULL)
		tcs_buf_printf(&buf, " (%s)", said->commune);
	if (said->commune != NULL && said->place != NULL)
		tcs_buf_printf(&buf, ", %s", said->place);
	tcs_buf_printf(&buf, ", département %s.", said->departement);
	signal_append_times(&buf, says, source_name);
	if (strcmp(said->level, "none") != 0)
		tcs_buf_printf(&buf, "\nNiveau : %s.", said->level);
	signal_append_certainty(&buf, said);
	if (said->photo.hash != NULL)
		tcs_buf_str(&buf, "\nPhoto jointe.");
	if (buf.err == TCS_OK)
		text = tcs_arena_dup(arena, tcs_buf_view(&buf));
	tcs_buf_fini(&buf);
	return text;
}

/* The first signals of the others: those name their events. */
static enum tcs_err
signal_incidents(struct tcs_arena *arena, const struct tcs_report_says *says,
    const char **ret_incidents)
{
	struct tcs_buf buf;
	enum tcs_err err = TCS_OK;

	*ret_incidents = NULL;
	if (says->links_n == 0)
		return TCS_OK;
	tcs_buf_init(&buf, SIGNAL_INCIDENTS_MAX);
	for (size_t i = 0; i < says->links_n; i++)
		tcs_buf_printf(
		    &buf, "%s%s", i == 0 ? "" : " ", says->links[i]->opening);
	err = buf.err;
	if (err == TCS_OK) {
		*ret_incidents = tcs_arena_dup(arena, tcs_buf_view(&buf));
		err = *ret_incidents == NULL ? TCS_ENOMEM : TCS_OK;
	}
	tcs_buf_fini(&buf);
	return err;
}

/* The signal */

static const struct tcs_pair *
signal_params(struct tcs_arena *arena, const struct tcs_report *said)
{
	struct tcs_pair *pairs = tcs_arena_alloc(arena, 2 * sizeof(*pairs));
	char fact[TCS_TIME_TEXT], reported[TCS_TIME_TEXT];

	if (pairs == NULL)
		return NULL;
	pairs[0] = (struct tcs_pair){"tocsin:fact",
	    tcs_arena_dup(
	        arena, tcs_slice_str(tcs_time_iso(said->fact_ms, fact)))};
	pairs[1] = (struct tcs_pair){"tocsin:reported",
	    tcs_arena_dup(arena,
	        tcs_slice_str(tcs_time_iso(said->reported_ms, reported)))};
	return pairs[0].value == NULL || pairs[1].value == NULL ? NULL : pairs;
}

static enum tcs_err
signal_file(struct tcs_arena *arena, const struct tcs_report_photo *photo,
    struct tcs_signal *draft)
{
	if (photo->hash == NULL)
		return TCS_OK;
	struct tcs_signal_file *file = tcs_arena_alloc(arena, sizeof(*file));
	if (file == NULL)
		return TCS_ENOMEM;
	*file = (struct tcs_signal_file){.name = "photo",
	    .type = tcs_arena_dup(arena, tcs_slice_str(photo->type)),
	    .hash = tcs_arena_dup(arena, tcs_slice_str(photo->hash)),
	    .size = photo->size};
	draft->files = file;
	draft->files_n = 1;
	return file->type == NULL || file->hash == NULL ? TCS_ENOMEM : TCS_OK;
}

static const char *
signal_dup(struct tcs_arena *arena, const char *text)
{
	return text == NULL ? NULL : tcs_arena_dup(arena, tcs_slice_str(text));
}

/* Its texts must outlive the entry. */
static enum tcs_err
signal_draft(struct tcs_arena *arena, const struct tcs_origin *origin,
    const struct tcs_report_says *says, struct tcs_signal *draft)
{
	const struct tcs_report_entry *entry = says->entry;
	const struct tcs_report *said = &entry->said;
	bool is_end = says->kind == TCS_REPORT_END;
	const char *author = signal_capital(arena, said->from);
	const char *zone_name = signal_zone_name(arena, said);
	bool has_moved = entry->previous_level != NULL &&
	                 strcmp(entry->previous_level, said->level) != 0;

	if (author == NULL || zone_name == NULL)
		return TCS_ENOMEM;
	*draft = (struct tcs_signal){.status = origin->status,
	    .source = origin->source,
	    .source_name = author,
	    .zone = signal_dup(arena, entry->zone),
	    .zone_name = zone_name,
	    .zone_scheme =
	        said->commune == NULL ? origin->ops->zone_scheme : "INSEE",
	    .phenomenon = signal_dup(arena, said->phenomenon),
	    .level = signal_dup(arena, said->level),
	    .previous_level =
	        has_moved ? signal_dup(arena, entry->previous_level) : NULL,
	    .issued_ms = said->reported_ms,
	    .fetched_ms = says->fetched_ms,
	    .expires_ms = entry->expires_ms,
	    .departement = signal_dup(arena, said->departement),
	    .report = signal_dup(arena, said->id),
	    .is_end = is_end,
	    .headline = signal_headline(arena, origin, says, zone_name),
	    .description = signal_description(arena, says, zone_name, author),
	    .onset_ms = said->fact_ms,
	    .category = "Safety",
	    .event = "Signalement du terrain",
	    .urgency = is_end ? "Past" : "Immediate",
	    .certainty = tcs_report_certainty(said->certainty),
	    .params = signal_params(arena, said),
	    .params_n = 2};
	bool is_whole = draft->zone != NULL && draft->phenomenon != NULL &&
	                draft->level != NULL && draft->departement != NULL &&
	                draft->report != NULL && draft->headline != NULL &&
	                draft->description != NULL && draft->params != NULL;
	return is_whole ? signal_file(arena, &said->photo, draft) : TCS_ENOMEM;
}

enum tcs_err
tcs_report_signal(struct tcs_signals *signals, const struct tcs_origin *origin,
    const struct tcs_report_says *says, struct tcs_new_signal **ret_added)
{
	const struct tcs_report_entry *entry = says->entry;
	const struct tcs_last last = {.identifier = entry->identifier,
	    .reference = entry->reference,
	    .trace = entry->trace};
	const char *incidents = NULL;
	struct tcs_signal draft;
	enum tcs_err err = signal_draft(signals->arena, origin, says, &draft);

	if (err == TCS_OK)
		err = signal_incidents(signals->arena, says, &incidents);
	if (err == TCS_OK)
		err = tcs_signals_add(signals, origin, &draft,
		    entry->identifier == NULL ? NULL : &last, ret_added);
	if (err == TCS_OK)
		(*ret_added)->signal.incidents = incidents;
	return err;
}

enum tcs_err
tcs_report_entry_sign(
    struct tcs_report_entry *entry, const struct tcs_new_signal *added)
{
	struct tcs_last last;
	enum tcs_err err = tcs_signal_to_last(entry->arena, added, &last);

	if (err != TCS_OK)
		return err;
	if (entry->opening == NULL)
		entry->opening = last.identifier;
	entry->identifier = last.identifier;
	entry->reference = last.reference;
	entry->trace = last.trace;
	return TCS_OK;
}
