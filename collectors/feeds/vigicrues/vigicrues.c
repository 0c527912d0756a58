/* vigicrues.c - Vigicrues, the flood vigilance of the watched rivers: its table
 * and its options, which say what a feed watches, and what the bodies of one
 * poll give together. */
#include "collectors/feeds/vigicrues/vigicrues.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/arena.h"
#include "territory/zonetable.h"

enum { VIGICRUES_ARENA_MAX = 32 << 20 };

#define VIGICRUES_URL                                                          \
	"https://www.vigicrues.gouv.fr/services/InfoVigiCru.geojson"

/* ---- options ---- */

static const char *const vigicrues_watches[] = {
    [VIGICRUES_WATCH_MAP] = "map",
    [VIGICRUES_WATCH_RSS] = "rss",
    [VIGICRUES_WATCH_OBSERVATIONS] = "observations",
    [VIGICRUES_WATCH_FORECASTS] = "forecasts",
};

enum { WATCHES_N = sizeof(vigicrues_watches) / sizeof(vigicrues_watches[0]) };

static const char *
vigicrues_check_watch(const char *text)
{
	for (size_t i = 0; i < WATCHES_N; i++) {
		if (strcmp(text, vigicrues_watches[i]) == 0)
			return NULL;
	}
	return "is not map, rss, observations or forecasts";
}

static const char *
vigicrues_check_territory(const char *text)
{
	size_t n = strspn(text, "0123456789");

	return n > 0 && n <= 4 && text[n] == '\0'
	           ? NULL
	           : "is not the number of a territory";
}

static const char *
vigicrues_check_troncon(const char *text)
{
	return tcs_vigicrues_is_troncon(text) ? NULL
	                                      : "is not the code of a tronçon";
}

static const char *
vigicrues_check_station(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n == 10 && text[n] == '\0'
	           ? NULL
	           : "is not the code of a station, ten letters and digits";
}

static const char *
vigicrues_check_quantity(const char *text)
{
	return strcmp(text, "H") == 0 || strcmp(text, "Q") == 0
	           ? NULL
	           : "is neither H (height) nor Q (discharge)";
}

static const struct tcs_option vigicrues_options[] = {
    TCS_OPT_PATH("troncons", struct vigicrues, troncons, NULL,
        "CSV of tronçons and their départements, in place of the built-in "
        "table, which tocsin tables show troncons prints"),
    {.name = "watch",
        .kind = TCS_OPTION_STRING,
        .offset = offsetof(struct vigicrues, watch),
        .fallback = "map",
        .check = vigicrues_check_watch,
        .example = "\"observations\"",
        .help = "map: levels of all tronçons; rss: levels of those of "
                "troncons_suivis, light; observations, forecasts: of those "
                "of stations (two months at each call: every = \"10 min\")"},
    {.name = "bulletins",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct vigicrues, bulletins),
        .check = vigicrues_check_territory,
        .example = "{\"29\"}",
        .help = "map: territories whose bulletins are joined to their "
                "tronçons"},
    TCS_OPT_BOOL("departements_niveau", struct vigicrues, has_departements,
        "no",
        "map: hold the levels of départements against the table of tronçons"),
    {.name = "troncons_suivis",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct vigicrues, troncons_suivis),
        .check = vigicrues_check_troncon,
        .example = "{\"AP5\", \"AP6\"}",
        .help = "rss: tronçons to ask for"},
    {.name = "stations",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct vigicrues, stations),
        .check = vigicrues_check_station,
        .example = "{\"E351122001\"}",
        .help = "observations, forecasts: stations to ask for"},
    {.name = "grandeurs",
        .kind = TCS_OPTION_LIST,
        .offset = offsetof(struct vigicrues, grandeurs),
        .fallback = "H",
        .check = vigicrues_check_quantity,
        .example = "{\"H\", \"Q\"}",
        .help = "observations, forecasts: H height, Q discharge"},
    TCS_OPT_INTEGER("pas_hauteur_cm", struct vigicrues, height_step_cm, "10", 1,
        1000, "a height that moved by as many centimetres is news"),
    TCS_OPT_INTEGER("pas_debit_pourcent", struct vigicrues, flow_step_percent,
        "10", 1, 100,
        "a discharge that moved by as much, and by 0.1 m³/s, is news"),
    TCS_OPT_END,
};

/* What a watch cannot do without. */
static enum tcs_err
vigicrues_check(const struct vigicrues *v, struct tcs_diag *diag)
{
	bool follows = v->what == VIGICRUES_WATCH_OBSERVATIONS ||
	               v->what == VIGICRUES_WATCH_FORECASTS;

	if (v->what == VIGICRUES_WATCH_RSS && v->troncons_suivis.n == 0)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "watch = \"rss\" needs troncons_suivis, such as "
		    "{\"AP5\", \"AP6\"}");
	if (follows && v->stations.n == 0)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "watch = \"%s\" needs stations, such as {\"E351122001\"}",
		    v->watch);
	if (v->stations.n > VIGICRUES_STATIONS_MAX ||
	    v->bulletins.n > VIGICRUES_STATIONS_MAX ||
	    v->troncons_suivis.n > VIGICRUES_STATIONS_MAX)
		return tcs_diag_add(diag, TCS_ECONFIG, NULL, 0,
		    "more than %d of one kind to follow; make several feeds",
		    VIGICRUES_STATIONS_MAX);
	return TCS_OK;
}

static enum tcs_err
vigicrues_init(void *st, struct tcs_diag *diag)
{
	struct vigicrues *v = st;

	for (size_t i = 0; v->watch != NULL && i < WATCHES_N; i++) {
		if (strcmp(v->watch, vigicrues_watches[i]) == 0)
			v->what = (enum vigicrues_watch)i;
	}
	enum tcs_err err = vigicrues_check(v, diag);
	if (err != TCS_OK)
		return err;
	return tcs_zonetable_open(v->troncons, "troncons", &v->table, diag);
}

static void
vigicrues_fini(void *st)
{
	struct vigicrues *v = st;

	tcs_zonetable_free(&v->table);
}

/* ---- what a poll brought ---- */

static const struct vigicrues_body *
vigicrues_first(const struct vigicrues_run *run, enum vigicrues_kind kind)
{
	for (size_t i = 0; i < run->n; i++) {
		if (run->bodies[i].kind == kind)
			return &run->bodies[i];
	}
	return NULL;
}

static enum tcs_err
vigicrues_refuse_body(
    struct vigicrues_run *run, const struct vigicrues_body *body)
{
	*run->ret_refusal = body->refusal;
	return tcs_diag_add(run->diag, TCS_EPARSE, NULL, body->line, "%s",
	    body->why == NULL ? "not read" : body->why);
}

/* What came beside the point and says nothing. */
static void
vigicrues_remark(struct vigicrues_run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		const struct vigicrues_body *body = &run->bodies[i];
		if (body->kind == VIGICRUES_UNREAD ||
		    body->kind == VIGICRUES_UNKNOWN ||
		    body->kind == VIGICRUES_ERROR)
			tcs_vigicrues_note(run,
			    "réponse %zu sur %zu illisible (%s)", i + 1, run->n,
			    body->kind == VIGICRUES_ERROR ? "erreur du service"
			                                  : "autre forme");
	}
}

/* By what matters most of what is there. */
static enum tcs_err
vigicrues_read(struct vigicrues_run *run)
{
	const struct vigicrues_body *map = vigicrues_first(run, VIGICRUES_MAP);
	const struct vigicrues_body *rss = vigicrues_first(run, VIGICRUES_RSS);
	bool is_none = vigicrues_first(run, VIGICRUES_NO_FORECAST) != NULL;
	struct vigicrues_bulletins bulletins = {0};

	if (map != NULL)
		return tcs_vigicrues_map(run, map->root);
	if (rss != NULL)
		return tcs_vigicrues_rss(run, rss);
	if (vigicrues_first(run, VIGICRUES_BULLETIN) != NULL) {
		enum tcs_err err =
		    tcs_vigicrues_bulletins_read(run, &bulletins);
		return err == TCS_OK
		           ? tcs_vigicrues_bulletins_emit(run, &bulletins)
		           : err;
	}
	if (vigicrues_first(run, VIGICRUES_SERIES) != NULL)
		return tcs_vigicrues_observations(run);
	if (vigicrues_first(run, VIGICRUES_FORECAST) != NULL ||
	    vigicrues_first(run, VIGICRUES_FORECAST_LIST) != NULL ||
	    (is_none && run->v->what == VIGICRUES_WATCH_FORECASTS))
		return tcs_vigicrues_forecasts(run);
	return vigicrues_refuse_body(run, &run->bodies[0]);
}

/* The map is asked first, what is beside it may be missing: without the map
 * there is no poll. */
static bool
vigicrues_is_headless(const struct vigicrues_run *run)
{
	const struct vigicrues_body *first = &run->bodies[0];

	return run->v->what == VIGICRUES_WATCH_MAP &&
	       (first->kind == VIGICRUES_UNREAD ||
	           first->kind == VIGICRUES_ERROR);
}

static enum tcs_err
vigicrues_parse(void *st, const struct tcs_answers *answers,
    struct tcs_document *ret_document, struct tcs_reading_sink *out,
    enum tcs_refusal *ret_refusal, struct tcs_diag *diag)
{
	struct tcs_document document = {0};
	struct vigicrues_run run = {.v = st,
	    .arena = tcs_arena_new(VIGICRUES_ARENA_MAX),
	    .document = &document,
	    .out = out,
	    .ret_refusal = ret_refusal,
	    .diag = diag};

	if (run.arena == NULL)
		return TCS_ENOMEM;
	enum tcs_err err = tcs_vigicrues_bodies(&run, answers);
	if (err == TCS_OK)
		err = vigicrues_is_headless(&run)
		          ? vigicrues_refuse_body(&run, &run.bodies[0])
		          : vigicrues_read(&run);
	if (err == TCS_OK) {
		vigicrues_remark(&run);
		*ret_document = document;
	}
	tcs_vigicrues_bodies_fini(&run);
	tcs_arena_free(&run.arena);
	return err;
}

/* Each service says when it made the file. */
static const char *const vigicrues_stamps[] = {
    "DateHeureCreationFichier", NULL};

const struct tcs_feed_ops tcs_feed_vigicrues = {
    .name = "vigicrues",
    .about = "flood vigilance of the watched rivers, by tronçon (Vigicrues)",
    .source = "vigicrues",
    .source_name = "Vigicrues",
    .zone_scheme = "VIGICRUES",
    .zone_word = "tronçon",
    .url = VIGICRUES_URL,
    .every_ms = TCS_MINUTES(2),
    .late_after_ms = TCS_MINUTES(30),
    .state_size = sizeof(struct vigicrues),
    .options = vigicrues_options,
    .stamps = vigicrues_stamps,
    .init = vigicrues_init,
    .ask = tcs_vigicrues_ask,
    .parse = vigicrues_parse,
    .fini = vigicrues_fini,
};
